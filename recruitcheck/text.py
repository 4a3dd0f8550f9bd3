"""Words by language: the texts of a standard, the interface's messages, numbers and dates.

Interface messages are TOML files ``messages/<topic>.<language>.toml``; the texts of a standard are
``text/<language>.toml`` beside it. English is the source; a missing text falls back to English and
a translation of an older revision is marked stale.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Final

from recruitcheck.problem import Problem

LANGUAGES: Final = ("en", "fr", "ar")
SOURCE: Final = "en"

_LISTED: Final = 12
_LEFT_OVER: Final = re.compile(r"\{[a-z_]+\}")


def direction(language: str) -> str:
    """ "rtl" for Arabic, "ltr" otherwise."""
    return "rtl" if language == "ar" else "ltr"


@cache
def messages(language: str) -> Mapping[str, Any]:
    """Every interface message of one language, by topic, as nested tables."""
    merged: dict[str, Any] = {}
    folder = resources.files("recruitcheck") / "messages"
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.name.endswith(f".{language}.toml"):
            merged[entry.name.split(".")[0]] = tomllib.loads(entry.read_text(encoding="utf-8"))
    return merged


def _find(tree: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """The leaf at that path, or None."""
    at: Any = tree
    for key in path:
        if not isinstance(at, Mapping) or key not in at:
            return None
        at = at[key]
    return at


def say(language: str, key: str, **values: object) -> str:
    """The message ``topic.name`` in that language, else in English, filled with values.

    Raises KeyError if no language has it: a missing message is a fault of the program.
    """
    path = tuple(key.split("."))
    text = _find(messages(language), path)
    if text is None:
        text = _find(messages(SOURCE), path)
    if text is None:
        raise KeyError(key)
    return fill(str(text), values)


def fill(text: str, values: Mapping[str, object]) -> str:
    """``text`` with each ``{name}`` replaced; a name without a value stays as it is."""
    for name, value in values.items():
        text = text.replace("{" + name + "}", str(value))
    return text


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts of one standard in one language, with English behind it."""

    language: str
    tables: Mapping[str, Any]
    source: Mapping[str, Any] = field(default_factory=dict)

    @property
    def direction(self) -> str:
        return direction(self.language)

    def get(self, *path: str) -> str:
        """The text at that path, else the English one, else "" ."""
        for tree in (self.tables, self.source):
            found = _find(tree, path)
            if found is not None and not isinstance(found, Mapping):
                return str(found)
        return ""

    def get_table(self, *path: str) -> Mapping[str, str]:
        """The table of texts at that path, in this language or else in English; empty if there is none."""
        for tree in (self.tables, self.source):
            found = _find(tree, path)
            if isinstance(found, Mapping):
                return found
        return {}

    def principle(self, principle: str) -> str:
        return self.get("principle", principle, "title") or principle

    def section(self, section: str) -> str:
        return self.get("section", section, "label") or section

    def section_help(self, section: str) -> str:
        return self.get("section", section, "help")

    def field(self, section: str, field_id: str) -> str:
        return self.get("field", section, field_id, "label") or field_id

    def field_help(self, section: str, field_id: str) -> str:
        return self.get("field", section, field_id, "help")

    def choice(self, choice_set: str, choice: str) -> str:
        return self.get("choice", choice_set, choice) or choice

    def criterion(self, criterion: str, part: str = "title") -> str:
        """A part of a criterion's text: title, requirement, seek, fix, rights."""
        return self.get(criterion, part) or (criterion if part == "title" else "")

    def because(self, criterion: str, check: str, values: Mapping[str, object]) -> str:
        """Why a check failed, filled; the check's id if no text says it."""
        return fill(self.get(criterion, "because", check) or check, values)

    def stale(self, criterion: str) -> bool:
        """True if this language renders an older English revision than the current one."""
        if self.language == SOURCE:
            return False
        return bool(_find(self.tables, (criterion, "of")) != _find(self.source, (criterion, "revision")))

    def say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)

    def figure(self, number: str) -> str:
        """A decimal figure as this language writes it in Morocco: 84.1 in English, 84,1 in French and Arabic."""
        return number if self.language == SOURCE else number.replace(".", ",")


def problem_words(problem: Problem, texts: Texts) -> tuple[str, str, str]:
    """(message, what is expected, how to fix it) of a problem in the language of ``texts``."""
    values: dict[str, object] = dict(problem.values)
    choice_set = problem.values.get("choice_set", "")
    if choice_set:
        words = texts.get_table("choice", choice_set)
        listed = [f"{code} · {word}" if any(ch.isupper() for ch in code) else word for code, word in words.items()]
        values["choices"] = ", ".join(listed[:_LISTED]) + (" …" if len(listed) > _LISTED else "")
    if problem.section:
        values["section"] = texts.section(problem.section)
    values["field"] = texts.field(problem.section, problem.field) if problem.field else ""
    if problem.code == "personal-data":
        values["what"] = texts.say(f"words.personal.{values['what']}")
    if problem.found or "found" not in values:
        values["found"] = isolate(problem.found)
    values["count"] = problem.count
    parts = (texts.say(f"problems.{problem.code}.{part}", **values) for part in ("message", "expected", "fix"))
    message, expected, fix = (" ".join(_LEFT_OVER.sub("", part).split()) for part in parts)
    return message, expected, fix


def isolate(text: str) -> str:
    """A stored text between marks that keep its direction from touching the sentence around it."""
    return f"\u2068{text}\u2069" if text and not text.isascii() else text
