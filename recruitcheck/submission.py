"""What was filled in, in canonical form: sections, open or closed, with the cells every value came from.

The reader makes it from workbooks, this module from canonical JSON; both meet the same validation, so both
meet the same problems. The canonical bytes (sorted keys, UTF-8, no floats) are what is scored and digested.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from recruitcheck.personal import told
from recruitcheck.problem import Problem
from recruitcheck.rules.score import History
from recruitcheck.rules.standard import Field, FieldType, Section, Standard
from recruitcheck.rules.tables import DECIMAL_SCALE, MONEY_SCALE, is_blank

SCHEMA: Final = "recruitcheck/submission@1"
STATES: Final = ("complete", "none", "open")
MAX_TEXT: Final = 2000
MAX_AMOUNT: Final = 10**9
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)

#: what stands behind a field's id in the address of a part of it: the currency of an amount, the comment beside it
CURRENCY, COMMENT = ".currency", ".comment"

#: codes that stand for no country and for no money, and what people write for the others
NO_COUNTRY: Final = frozenset(("EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"))
NO_CURRENCY: Final = frozenset(("XTS", "XXX"))

_DECIMAL = re.compile(r"-?\d{1,30}(?:\.\d{1,30})?", re.ASCII)
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

#: (section, row from 1 or None, field) of a value
Address = tuple[str, int | None, str]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was typed: file, sheet and cell as the spreadsheet shows it (a path in JSON)."""

    file: str = ""
    sheet: str = ""
    cell: str = ""

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}" if self.sheet else self.cell or self.file


#: where a value stands, or would stand
Where = Callable[[str, int | None, str], Place]


@dataclass(frozen=True, slots=True)
class Submission:
    """One submission. ``data`` holds single sections by id and ``sections`` with state and rows."""

    standard: str
    countries: tuple[str, ...]
    data: Mapping[str, Any]
    cells: Mapping[Address, Place] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    history: History | None = None

    def canonical(self) -> dict[str, Any]:
        """The canonical form without history: absent instead of blank, every section present."""
        return {"schema": SCHEMA, "standard": self.standard, "countries": list(self.countries), **self.data}

    def canonical_bytes(self) -> bytes:
        return canonical_bytes(self.canonical())

    @property
    def digest(self) -> str:
        return "sha256:" + hashlib.sha256(self.canonical_bytes()).hexdigest()

    def value(self, section: str, row: int | None, field_id: str) -> Any:
        """The canonical value at an address, None if blank."""
        if row is None:
            return self.data.get(section, {}).get(field_id)
        return self.data["sections"][section]["rows"][row - 1].get(field_id)

    def place(self, section: str, row: int | None, field_id: str) -> Place:
        """Where that value was typed; an empty place if it never was."""
        return self.cells.get((section, row, field_id), Place())

    def as_of(self) -> date | None:
        """The day the audit ended, or None if it is not known."""
        ended = self.data.get("audit", {}).get("ended_on")
        return date.fromisoformat(ended) if ended else None


def canonical_bytes(value: Any) -> bytes:
    """Sorted keys, UTF-8, no spaces, no floats. Raises TypeError on a float."""
    _refuse_floats(value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("a canonical value is never a float")
    if isinstance(value, Mapping):
        for part in value.values():
            _refuse_floats(part)
    elif isinstance(value, list | tuple):
        for part in value:
            _refuse_floats(part)


def decimal_text(number: Decimal, least: int = 0) -> str:
    """Plain decimal text without exponent, with at least that many decimals: 8000 -> "8000.00"."""
    text = format(number, "f")
    whole, _, part = text.partition(".")
    part = part.rstrip("0").ljust(least, "0")
    return f"{whole}.{part}" if part else whole


def fineness(number: Decimal) -> int:
    """How many decimals a number needs: 1.50 -> 1. Never rounds, so no digit is ever lost here."""
    _, _, part = format(number, "f").partition(".")
    return len(part.rstrip("0"))


def clean_text(text: str) -> str:
    """NFC, invisible characters removed (marks of direction only at the ends), spaces folded to one space."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if ch.isspace() else ch for ch in text if ch not in "\ufeff\u200b\u2060\u00ad")
    return re.sub(" +", " ", text).strip(" \u200e\u200f\u061c")


@lru_cache(maxsize=1)
def known_countries() -> frozenset[str]:
    """Every two-letter code of a country or territory (Unicode CLDR)."""
    from babel import Locale

    codes = (str(code) for code in Locale.parse("en").territories)
    return frozenset(code for code in codes if re.fullmatch("[A-Z]{2}", code)) - NO_COUNTRY


@lru_cache(maxsize=1)
def known_currencies() -> frozenset[str]:
    """Every three-letter code of a currency (Unicode CLDR), those of before the euro among them."""
    from babel import Locale

    return frozenset(Locale.parse("en").currencies) - NO_CURRENCY


@lru_cache(maxsize=1 << 12)
def nearest(word: str, known: frozenset[str]) -> str:
    """The known word that is nearest, as a hint that reads the same in every language; "" if none is near."""
    near = difflib.get_close_matches(word[:80], sorted(known), n=1, cutoff=0.6)
    return f"→ {near[0]}?" if near else ""


def field_of(section: Section, name: str) -> str:
    """The field that a machine name belongs to: "topics:OR-01" -> "topics", "amount.currency" -> "amount"."""
    bare = name.removesuffix(CURRENCY)
    return bare if section.field(bare) else bare.split(":", 1)[0]


# -- canonical JSON ----------------------------------------------------------------------------------------------


class _Twice(ValueError):
    pass


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        keys = [key for key, _ in pairs]
        raise _Twice(next(key for key in keys if keys.count(key) > 1))
    return table


def parse_json(data: bytes, file: str) -> tuple[dict[str, Any] | None, list[Problem]]:
    """The object in a canonical JSON file, or None and what is wrong with it."""
    try:
        found = json.loads(
            data.decode("utf-8-sig"), object_pairs_hook=_no_twins, parse_float=_Float, parse_constant=_no_number
        )
        json.dumps(found, ensure_ascii=False).encode()
    except _Twice as error:
        return None, [Problem(code="json-twice", file=file, found=str(error)[:80].encode("utf-8", "replace").decode())]
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        return None, [Problem(code="json-unreadable", file=file, cell=place, found=error.msg)]
    except (RecursionError, ValueError):  # nested too deep, half a character, a number of a thousand digits
        return None, [Problem(code="json-unreadable", file=file)]
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else type(found).__name__
        return None, [Problem(code="json-schema", file=file, found=str(schema)[:80], values={"schema": SCHEMA})]
    return found, []


class _Float(float):
    """A number with a point or an exponent: canonical JSON has none, so it is only ever refused."""


def _no_number(name: str) -> None:
    raise ValueError(name)


#: what a person calls the types of JSON
_JSON_NAMES: Final = {
    dict: "object",
    list: "list",
    str: "text",
    int: "number",
    bool: "true/false",
    _Float: "number with a point",
    type(None): "null",
}


def _json_name(value: Any) -> str:
    return _JSON_NAMES.get(type(value), type(value).__name__)


class _JsonReader:
    def __init__(self, standard: Standard, file: str) -> None:
        self.standard, self.file = standard, file
        self.problems: list[Problem] = []
        self.cells: dict[Address, Place] = {}

    def note(self, code: str, path: str, found: Any = "", section: str = "", *, field: str = "", **values: str) -> None:
        home = self.standard.questionnaire.section(section)
        row = re.search(r"\.rows\[(\d+)\]", path)
        self.problems.append(
            Problem(
                code=code,
                file=self.file,
                cell=path,
                section=section,
                row=int(row[1]) + 1 if row else None,
                field=field,
                found=told(str(found), home, field)[:80],
                values=values,
                confidential=bool(home and home.confidential),
            )
        )

    def row(self, section: Section, number: int | None, table: Any, path: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            self.note("json-type", path, _json_name(table), section.id, wanted="object")
            return {}
        row: dict[str, Any] = {}
        for key, value in table.items():
            f = section.field(key)
            where = f"{path}.{key}"
            if f is None:
                hint = nearest(key, frozenset(f.id for f in section.fields))
                self.note("json-unknown-key", where, key, section.id, hint=hint)
                continue
            self.cells[section.id, number, key] = Place(self.file, "", where)
            if is_blank(value):
                continue
            canonical = self.value(section, f, value, where)
            if canonical is not None:
                row[key] = canonical
        return row

    def value(self, section: Section, f: Field, value: Any, path: str) -> Any:
        """The canonical value, or None after noting why there is none."""
        match f.type:
            case FieldType.YES_NO if isinstance(value, bool) or value in ("yes", "no"):
                return value in (True, "yes")
            case FieldType.CHOICE if isinstance(value, str):
                return self.choice(section, f, value, path)
            case FieldType.CHOICES if isinstance(value, list) and all(isinstance(word, str) for word in value):
                words = [self.choice(section, f, word, path) for word in value]
                return [choice.id for choice in f.choices if choice.id in words] or None
            case FieldType.INTEGER if isinstance(value, int) and not isinstance(value, bool):
                return value
            case FieldType.DECIMAL if isinstance(value, str | int) and not isinstance(value, bool):
                return self.decimal(section, f, value, path, DECIMAL_SCALE, 0)
            case FieldType.MONEY if isinstance(value, dict):
                return self.money(section, f, value, path)
            case FieldType.DATE if isinstance(value, str):
                try:
                    if _ISO_DAY.fullmatch(value):
                        return date.fromisoformat(value).isoformat()
                except ValueError:
                    pass
                self.note("date-unreadable", path, value, section.id, field=f.id)
                return None
            case FieldType.TEXT if isinstance(value, str):
                return clean_text(value) or None
            case FieldType.COUNTRY | FieldType.CURRENCY if isinstance(value, str):
                if value in (known_countries() if f.type is FieldType.COUNTRY else known_currencies()):
                    return value
                self.note(f"{f.type}-unknown", path, value, section.id, field=f.id)
                return None
        self.note("json-type", path, _json_name(value), section.id, field=f.id, wanted=_WANTED[f.type])
        return None

    def money(self, section: Section, f: Field, value: Mapping[str, Any], path: str) -> dict[str, str] | None:
        for key in value.keys() - {"amount", "currency"}:
            self.note("json-unknown-key", f"{path}.{key}", key, section.id, field=f.id, hint="")
        given, currency = value.get("amount"), value.get("currency")
        if is_blank(given) and is_blank(currency):
            return None
        if is_blank(given):
            self.note("amount-missing", f"{path}.amount", currency, section.id, field=f.id)
        if is_blank(currency):
            self.note("currency-missing", f"{path}.currency", given, section.id, field=f.id)
        amount = None if is_blank(given) else self.decimal(section, f, given, f"{path}.amount", MONEY_SCALE, 2)
        if not is_blank(currency) and (not isinstance(currency, str) or currency not in known_currencies()):
            self.note("currency-unknown", f"{path}.currency", currency, section.id, field=f.id)
            return None
        return None if amount is None or is_blank(currency) else {"amount": amount, "currency": str(currency)}

    def choice(self, section: Section, f: Field, word: str, path: str) -> str | None:
        ids = frozenset(choice.id for choice in f.choices)
        if word in ids:
            return word
        hint = nearest(word, ids)
        self.note("choice-unknown", path, word, section.id, field=f.id, choice_set=f.choice_set, hint=hint)
        return None

    def decimal(self, section: Section, f: Field, value: Any, path: str, scale: int, least: int) -> str | None:
        if isinstance(value, bool) or not isinstance(value, str | int):
            self.note("json-type", path, _json_name(value), section.id, field=f.id, wanted=_WANTED[FieldType.DECIMAL])
            return None
        if not _DECIMAL.fullmatch(str(value)):
            self.note("number-unreadable", path, value, section.id, field=f.id)
            return None
        number = Decimal(value)
        if fineness(number) > scale:
            self.note("number-too-fine", path, value, section.id, field=f.id, decimals=str(scale))
            return None
        return decimal_text(number, least)


#: what stands for each type in canonical JSON
_WANTED: Final = {
    FieldType.YES_NO: "true, false",
    FieldType.CHOICE: '"code"',
    FieldType.CHOICES: '["code", …]',
    FieldType.INTEGER: "12",
    FieldType.DECIMAL: '"12.5"',
    FieldType.MONEY: '{"amount": "8000.00", "currency": "MAD"}',
    FieldType.DATE: '"2026-03-31"',
    FieldType.TEXT: '"…"',
    FieldType.COUNTRY: '"MA"',
    FieldType.CURRENCY: '"MAD"',
}


def from_json(
    found: Mapping[str, Any], file: str, standard: Standard, *, history_allowed: bool = True
) -> tuple[Submission, list[Problem]]:
    """A submission from a parsed canonical JSON object, and what is wrong with its shape; see also `validate`."""
    reader = _JsonReader(standard, file)
    data: dict[str, Any] = {}
    known = {"schema", "standard", "countries", "sections", "history", "comments"}
    known |= {section.id for section in standard.questionnaire.singles}
    for key in found:
        if key not in known:
            reader.note("json-unknown-key", key, key, hint=nearest(key, frozenset(known)))
    for section in standard.questionnaire.singles:
        data[section.id] = reader.row(section, None, found.get(section.id) or {}, section.id)
    parts = found.get("sections") or {}
    if not isinstance(parts, dict):
        reader.note("json-type", "sections", _json_name(parts), wanted="object")
        parts = {}
    tables = {section.id: section for section in standard.questionnaire.tables}
    for key in parts:
        if key not in tables:
            reader.note("json-unknown-key", f"sections.{key}", key, hint=nearest(key, frozenset(tables)))
    data["sections"] = {name: _json_section(reader, section, parts.get(name)) for name, section in tables.items()}
    data |= _json_comments(reader, found.get("comments") or {})
    history = None
    if found.get("history") is not None:
        if history_allowed:
            history = _history(reader, found["history"])
        else:
            reader.note("history-unexpected", "history")
    countries = found.get("countries") or []
    if not isinstance(countries, list) or not all(isinstance(c, str) for c in countries):
        reader.note("json-type", "countries", _json_name(countries), wanted="list")
        countries = []
    whole = tuple(sorted(set(countries)))
    return Submission(standard.name, whole, data, reader.cells, (file,), history), reader.problems


def json_path(section: str, row: int | None, field_id: str) -> str:
    """Where a value stands, or would stand, in canonical JSON: ``sections.fees.rows[0].amount``."""
    path = section if row is None else f"sections.{section}.rows[{row - 1}]"
    return f"{path}.{field_id}".rstrip(".")


def _is_words(words: Any) -> bool:
    return isinstance(words, dict) and all(isinstance(text, str) for text in words.values())


def _json_section(reader: _JsonReader, section: Section, part: Any) -> dict[str, Any]:
    path = f"sections.{section.id}"
    if part is None:
        return {"state": "open", "rows": []}
    if not isinstance(part, dict) or not isinstance(part.get("rows", []), list):
        reader.note("json-type", path, _json_name(part), section.id, wanted="state, rows")
        return {"state": "open", "rows": []}
    for key in part:
        if key not in ("state", "rows"):
            reader.note("json-unknown-key", f"{path}.{key}", key, section.id, hint="")
    state = part.get("state", "open")
    if state not in STATES:
        reader.note("state-unknown", f"{path}.state", state, section.id)
        state = "open"
    rows = []
    for place, table in enumerate(part.get("rows", [])):
        row = reader.row(section, place + 1, table, f"{path}.rows[{place}]")
        if isinstance(table, dict) and all(is_blank(value) for value in table.values()):
            reader.note("json-blank-row", f"{path}.rows[{place}]", "", section.id)
        rows.append(row)
    return {"state": state, "rows": rows}


def _json_comments(reader: _JsonReader, comments: Any) -> dict[str, Any]:
    """The comments as canonical data, nothing if there are none."""
    if not isinstance(comments, dict) or not all(_is_words(words) for words in comments.values()):
        reader.note("json-type", "comments", _json_name(comments), wanted='{"section": {"field": "…"}}')
        return {}
    singles = {section.id: section for section in reader.standard.questionnaire.singles}
    kept: dict[str, dict[str, str]] = {}
    for name, words in comments.items():
        if name not in singles:
            reader.note("json-unknown-key", f"comments.{name}", name, hint=nearest(name, frozenset(singles)))
            continue
        for key, text in words.items():
            path = f"comments.{name}.{key}"
            if singles[name].field(field_of(singles[name], key)) is None:
                known = frozenset(f.id for f in singles[name].fields)
                reader.note("json-unknown-key", path, key, name, hint=nearest(key, known))
            elif clean_text(text):
                kept.setdefault(name, {})[key] = clean_text(text)
                reader.cells[name, None, key + COMMENT] = Place(reader.file, "", path)
    return {"comments": kept} if kept else {}


def _history(reader: _JsonReader, found: Any) -> History | None:
    try:
        failed, closed = found.get("previous_failed", []), found.get("closed_critical_on", [])
        overdue = found.get("overdue_critical", 0)
        lists = isinstance(failed, list) and isinstance(closed, list)
        if not lists or not all(isinstance(item, str) for item in failed) or not isinstance(overdue, int):
            raise TypeError
        return History(tuple(failed), tuple(date.fromisoformat(day) for day in closed), overdue)
    except (AttributeError, TypeError, ValueError):
        reader.note("json-type", "history", _json_name(found), wanted="previous_failed, closed_critical_on")
        return None


def merge(parts: Iterable[Submission], standard: Standard) -> tuple[Submission, list[Problem]]:
    """One submission from its parts (audit workbook, annex, …): a section filled in two parts is a conflict.

    What no part holds is an open section. Raises ValueError without any part.
    """
    parts = list(parts)
    if not parts:
        raise ValueError("no part")
    problems: list[Problem] = []
    data: dict[str, Any] = {section.id: {} for section in standard.questionnaire.singles}
    data["sections"] = {section.id: {"state": "open", "rows": []} for section in standard.questionnaire.tables}
    owner: dict[str, str] = {}
    cells: dict[Address, Place] = {}
    comments: dict[str, dict[str, str]] = {}
    for part in parts:
        name = part.files[0] if part.files else ""
        own = set()
        for section in standard.questionnaire.sections:
            home = data["sections"] if section.is_table else data
            given: Any = part.data.get("sections", {}) if section.is_table else part.data
            given = given.get(section.id)
            words = part.data.get("comments", {}).get(section.id, {})
            if (not given and not words) or (section.is_table and given["state"] == "open" and not given["rows"]):
                continue
            if section.id in owner:
                if home[section.id] != given or comments.get(section.id, {}) != words:
                    values = {"other": owner[section.id]}
                    problems.append(Problem(code="parts-conflict", file=name, section=section.id, values=values))
                continue
            owner[section.id] = name
            own.add(section.id)
            home[section.id] = given or {}
            if words:
                comments[section.id] = words
        for address, place in part.cells.items():
            if address[0] in own or address[0] not in owner:
                cells[address] = place
    if comments:
        data["comments"] = comments
    first = parts[0]
    countries = tuple(sorted({country for part in parts for country in part.countries}))
    files = tuple(name for part in parts for name in part.files)
    history = next((part.history for part in parts if part.history), None)
    return Submission(first.standard, countries, data, cells, files, history), problems
