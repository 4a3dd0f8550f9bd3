"""Writes the pages of docs/ that are made from data: problems.md from the catalogue and its English words."""

from __future__ import annotations

from pathlib import Path

from recruitcheck.problem import CATALOGUE
from recruitcheck.text import messages

HEAD = """# Problem codes

Every problem names its file, sheet and cell, what was found, what is expected and how to fix it, in the reader's
language. Codes are public: they do not change their meaning. Errors block, notes do not. Made by `docs/make.py`.

| code | | what is wrong | what to do |
|---|---|---|---|
"""


def problems_page() -> str:
    """The page of problem codes, in the order of the catalogue."""
    words = messages("en")["problems"]
    rows = []
    for code, severity in CATALOGUE.items():
        level = "error" if severity == "error" else "note"
        rows.append(f"| `{code}` | {level} | {words[code]['message']} | {words[code]['fix']} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    (Path(__file__).parent / "problems.md").write_text(problems_page(), encoding="utf-8")
