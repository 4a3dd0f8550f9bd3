"""The documentation tells of everything there is, and only of what there is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import click

from recruitcheck.cli import main
from recruitcheck.rules.grammar import CALLS
from recruitcheck.rules.standard import FieldType

ROOT = Path(__file__).parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(group: click.Group) -> list[str]:
    return list(group.commands)


def test_every_command_is_in_the_readme() -> None:
    readme = read("README.md")
    assert [name for name in commands(main) if f"recruitcheck {name}" not in readme] == []


def test_every_command_that_the_readme_names_exists() -> None:
    named = set(re.findall(r"^recruitcheck ([a-z]+)", read("README.md"), re.MULTILINE))
    assert named <= set(commands(main))


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z]+)", read("README.md"))) - {"demo", "test"} <= targets
    assert {"demo", "test", "lint", "bench", "install"} <= targets


def test_every_word_of_the_language_is_explained() -> None:
    page = read("docs/expressions.md")
    assert [word for word in CALLS if f"{word}(" not in page] == []


def test_every_field_type_is_explained() -> None:
    page = read("docs/workbook.md")
    assert [kind for kind in FieldType if f"| `{kind}` |" not in page] == []


def test_the_page_of_problem_codes_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert read("docs/problems.md") == module.problems_page()


def test_every_link_between_pages_leads_somewhere() -> None:
    broken = []
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *(ROOT / "standards").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert broken == []
