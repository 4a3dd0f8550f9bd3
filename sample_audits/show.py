"""Scores every sample audit and prints what the product says, each in its own language: ``make demo``."""

from __future__ import annotations

import sys
from typing import Any

from catalogue import SAMPLES, Sample
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from recruitcheck import library, scoring, terminal
from recruitcheck.intake import gate
from recruitcheck.intake.reading import read
from recruitcheck.text import say


def show(out: Console, sample: Sample) -> tuple[str, str]:
    """Prints the scorecard, or the problems, of one sample; gives its outcome in English and its band."""
    found = read([gate.load(path) for path in sample.files()])
    if found.submission is None or found.standard is None or not found.ok:
        standard = found.standard or library.load()
        terminal.problems(out, found.problems, library.texts(standard, sample.language))
        return "refused: the problems are listed above", ""
    result = scoring.score(found.submission, found.standard)
    texts = library.texts(found.standard, sample.language)
    terminal.scorecard(out, result.report(texts), texts)
    card: Any = result.card
    best = f", at best {card['at_best']}" if card["outcome"] == "incomplete" and card["at_best"] else ""
    return say("en", f"words.outcome.{card['outcome']}") + best, card["band"] or ""


def main() -> int:
    """Prints every sample and a closing table. 0, unless something in the product is broken."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    out = terminal.console()
    closing = Table("sample", "language", "outcome", "band", title="Sample audits, all fictitious")
    for sample in SAMPLES:
        out.print()
        out.print(Rule(f"sample_audits/{sample.path}", align="left"))
        closing.add_row(sample.path, sample.language, *show(out, sample))
    out.print()
    out.print(closing)
    return 0


if __name__ == "__main__":
    sys.exit(main())
