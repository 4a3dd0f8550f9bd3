"""Reads ``standards/``: editions, texts, cases, digests. The only reader of the standards' TOML.

A standard that has any fault does not load: StandardFault carries all of them, each with file, key and line.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from recruitcheck.edition import read_edition
from recruitcheck.problem import Fault
from recruitcheck.rules.grammar import did_you_mean
from recruitcheck.rules.standard import Field, FieldType, Standard
from recruitcheck.text import SOURCE, Texts
from recruitcheck.tomlfile import TomlFile

DEFAULT: Final = "ethical-recruitment"


class UnknownStandard(LookupError):
    """No such standard or edition; ``known`` are those there are."""

    def __init__(self, name: str, known: list[str]) -> None:
        super().__init__(name)
        self.name, self.known = name, known


@dataclass(frozen=True, slots=True)
class Case:
    """One worked case of a criterion; ``data`` is a canonical submission without its envelope."""

    criterion: str
    name: str
    expect: str
    because: tuple[str, ...]
    as_of: date
    countries: tuple[str, ...]
    data: Mapping[str, Any]
    file: str
    line: int


def root() -> Path:
    """The folder of the standards: inside the installed package, else beside it in a checkout."""
    inside = Path(__file__).parent / "standards"
    return inside if inside.is_dir() else Path(__file__).parent.parent / "standards"


def editions(folder: Path | None = None) -> list[str]:
    """Every ``id@edition`` there is, in order."""
    base = folder or root()
    return sorted(f"{path.parent.parent.name}@{path.parent.name}" for path in base.glob("*/*/standard.toml"))


def default_edition(folder: Path | None = None) -> str:
    """The newest edition of the standard that ships."""
    return [name for name in editions(folder) if name.startswith(f"{DEFAULT}@")][-1]


def load(name: str | None = None, folder: Path | None = None) -> Standard:
    """One edition, bound. ``name`` is ``id@edition`` (or just the id: its newest edition).

    Raises UnknownStandard, or StandardFault with everything that is wrong in its files.
    """
    base = folder or root()
    known = editions(base)
    wanted = name or default_edition(base)
    if "@" not in wanted:
        wanted = next((full for full in reversed(known) if full.startswith(f"{wanted}@")), wanted)
    if wanted not in known:
        raise UnknownStandard(wanted, known)
    return _load(wanted, base)


@lru_cache(maxsize=8)
def _load(name: str, base: Path) -> Standard:
    """However an edition is asked for, it is read once."""
    return read_edition(base, edition_folder(name, base), digests(name, base)["rules"])


def edition_folder(name: str, folder: Path | None = None) -> Path:
    standard_id, edition = name.split("@")
    return (folder or root()) / standard_id / edition


def digests(name: str, folder: Path | None = None) -> dict[str, str]:
    """``{"rules": "sha256:…", "text": "sha256:…"}`` of an edition: a typo is not a new rule."""
    home = edition_folder(name, folder)
    rules: list[Path] = []
    text: list[Path] = []
    for path in sorted(home.rglob("*.toml")):
        parts = path.relative_to(home).parts
        if "cases" not in parts:
            (text if "text" in parts else rules).append(path)
    return {"rules": _digest(home, rules), "text": _digest(home, text)}


def rates_digest(folder: Path | None = None) -> str:
    """The digest of the currency rates, which all editions share."""
    base = folder or root()
    return _digest(base, [base / "rates.toml"])


def _digest(home: Path, files: list[Path]) -> str:
    lines = [(path.relative_to(home).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]
    return "sha256:" + hashlib.sha256(json.dumps(lines).encode()).hexdigest()


def lock(folder: Path | None = None) -> Mapping[str, Mapping[str, str]]:
    """The digests of the released editions, by name."""
    path = (folder or root()) / "lock.toml"
    return TomlFile(path, "lock.toml", []).data if path.exists() else {}


def sources(folder: Path | None = None) -> Mapping[str, Mapping[str, Any]]:
    """Every cited instrument by id."""
    return TomlFile((folder or root()) / "sources.toml", "sources.toml", []).data


def texts(standard: Standard | str, language: str, folder: Path | None = None) -> Texts:
    """The texts of a standard, its overlays included, in one language with English behind it."""
    name = standard if isinstance(standard, str) else standard.name
    return Texts(language, _tables(name, language, folder), _tables(name, SOURCE, folder))


@lru_cache(maxsize=32)
def _tables(name: str, language: str, folder: Path | None) -> Mapping[str, Any]:
    home = edition_folder(name, folder)
    merged: dict[str, Any] = {}
    for path in [home / "text" / f"{language}.toml", *sorted(home.glob(f"overlays/*/text/{language}.toml"))]:
        if path.exists():
            for key, value in TomlFile(path, path.name, []).data.items():
                merged[key] = {**merged.get(key, {}), **value}
    return merged


def cases(standard: Standard, folder: Path | None = None) -> tuple[list[Case], list[Fault]]:
    """Every case of an edition, and what is wrong with the case files."""
    home = edition_folder(standard.name, folder)
    base = folder or root()
    found: list[Case] = []
    faults: list[Fault] = []
    for path in sorted([*home.glob("cases/*/*.toml"), *home.glob("overlays/*/cases/*.toml")]):
        file = TomlFile(path, path.relative_to(base).as_posix(), faults)
        country = path.relative_to(home).parts[1] if "overlays" in path.relative_to(home).parts else ""
        for place, table in enumerate(file.data.get("case", [])):
            case = _case(standard, file, table, ["case", place], path.stem, country)
            if case:
                found.append(case)
    return found, faults


def _case(
    standard: Standard, file: TomlFile, table: dict[str, Any], path: list[str | int], criterion: str, country: str
) -> Case | None:
    data: dict[str, Any] = {section.id: {} for section in standard.questionnaire.singles}
    data["sections"] = {}
    envelope = {"name", "expect", "because", "as_of", "countries"}
    ok = True
    for key, value in table.items():
        section = standard.questionnaire.section(key)
        field = standard.questionnaire.single_field(key)
        if key in envelope:
            continue
        if section and section.is_table:
            rows = [{} for _ in range(value)] if isinstance(value, int) else list(value)
            for row in rows:
                for name in row:
                    if section.field(name) is None:
                        hint = did_you_mean(name, [f.id for f in section.fields])
                        file.fault([*path, key], f"{key} has no field {name!r}", hint=hint)
                        ok = False
            canonical = [{k: _canonical(section.field(k), v) for k, v in row.items()} for row in rows]
            data["sections"][key] = {"state": "complete", "rows": canonical}
        elif field:
            data[field.section][key] = _canonical(field, value)
        else:
            known = [f.id for s in standard.questionnaire.singles for f in s.fields]
            known += [s.id for s in standard.questionnaire.tables]
            file.fault([*path, key], "no such field or section", hint=did_you_mean(key, known))
            ok = False
    if "expect" not in table or "name" not in table:
        file.fault(path, "a case has a name and an expectation")
        return None
    countries = tuple(table.get("countries", [country] if country else []))
    as_of = table.get("as_of", date(2026, 6, 30))
    shown = table["name"], table["expect"], tuple(table.get("because", ()))
    return Case(criterion, *shown, as_of, countries, data, file.shown, file.line(path)) if ok else None


def _canonical(field: Field | None, value: Any) -> Any:
    """A value as written in a case -> as in a canonical submission: "450.00 MAD", dates, decimals as text."""
    if field is None:
        return value
    if field.type is FieldType.MONEY and isinstance(value, str):
        amount, _, currency = value.partition(" ")
        return {"amount": amount, "currency": currency}
    if isinstance(value, date):
        return value.isoformat()
    if field.type is FieldType.DECIMAL:
        return str(value)
    return value
