"""What was filled in, in canonical form: sections, open or closed, with the cells every value came from.

The reader makes it from workbooks, this module from canonical JSON; both meet the same validation, so both
meet the same problems. The canonical bytes (sorted keys, UTF-8, no floats) are what is scored and digested.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from recruitcheck.problem import Problem
from recruitcheck.rules.grammar import did_you_mean
from recruitcheck.rules.score import History
from recruitcheck.rules.standard import Field, FieldType, Section, Standard
from recruitcheck.rules.tables import DECIMAL_SCALE, MONEY_SCALE, is_blank

SCHEMA: Final = "recruitcheck/submission@1"
STATES: Final = ("complete", "none", "open")
MAX_TEXT: Final = 2000
MAX_AMOUNT: Final = 10**9
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 12, 31)

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


def clean_text(text: str) -> str:
    """NFC, invisible characters removed, spaces and line breaks folded to one space."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(" " if ch.isspace() else ch for ch in text if ch not in "\ufeff\u200b\u2060\u00ad")
    return re.sub(" +", " ", text).strip()


# -- validation: the same for a workbook and for JSON ------------------------------------------------------------

Where = Callable[[str, int | None, str], Place]

_PHONE = re.compile(r"(?:\+|00)?\d(?:[\s.\-()]?\d){7,14}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_IDENTITY = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{1,2}\s?\d{5,8}(?![A-Za-z0-9])")
_WORKER_CODE = re.compile(r"(?=.*\d)[A-Za-z0-9][A-Za-z0-9\-_/]{0,11}")
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]")


def validate(standard: Standard, data: Mapping[str, Any], where: Where) -> list[Problem]:
    """Everything that is wrong with the meaning of canonical values, and every blank that counts."""
    problems: list[Problem] = []
    kind = data.get("organisation", {}).get("kind")
    for section in standard.questionnaire.sections:
        if not section.is_table:
            problems += _validate_row(section, None, data.get(section.id) or {}, where, standard)
            problems += _blanks(section, [data.get(section.id) or {}], kind, where, single=True)
            continue
        part = data.get("sections", {}).get(section.id) or {}
        rows, state = part.get("rows") or [], part.get("state") or "open"
        at = where(section.id, None, "")
        if state == "none" and rows:
            problems.append(_problem("none-with-rows", section, None, "", at, str(len(rows))))
        if state == "complete" and not rows:
            problems.append(_problem("complete-empty", section, None, "", at, ""))
        for number, row in enumerate(rows, start=1):
            problems += _validate_row(section, number, row, where, standard)
        problems += _keys(section, rows, where)
        if rows:
            problems += _blanks(section, rows, kind, where, single=False)
    return problems


def _problem(
    code: str, section: Section, row: int | None, field_id: str, at: Place, found: str, **values: str
) -> Problem:
    return Problem(
        code=code,
        file=at.file,
        sheet=at.sheet,
        cell=at.cell,
        section=section.id,
        row=row,
        field=field_id,
        found=found[:80],
        values=values,
        confidential=section.confidential,
    )


def _validate_row(
    section: Section, number: int | None, row: Mapping[str, Any], where: Where, standard: Standard
) -> Iterator[Problem]:
    for f in section.fields:
        value = row.get(f.id)
        if is_blank(value):
            continue
        at = where(section.id, number, f.id)
        if f.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY):
            yield from _range(section, number, f, value, at)
        elif f.type is FieldType.DATE:
            day = date.fromisoformat(value)
            if not FIRST_DAY <= day <= LAST_DAY:
                limits = {"min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
                yield _problem("date-range", section, number, f.id, at, value, **limits)
            before = row.get(f.after) if f.after else None
            if before and day < date.fromisoformat(before):
                yield _problem("date-order", section, number, f.id, at, value, other=f.after, before=before)
        elif f.type is FieldType.TEXT:
            yield from _text(section, number, f, value, at)
        if f.type is FieldType.MONEY and value["currency"] != standard.currency:
            if value["currency"] not in {rate.currency for rate in standard.rates}:
                currency = value["currency"]
                yield _problem("rate-missing", section, number, f.id, at, currency, currency=standard.currency)


def _range(section: Section, number: int | None, f: Field, value: Any, at: Place) -> Iterator[Problem]:
    amount = Decimal(str(value["amount"] if f.type is FieldType.MONEY else value))
    low = f.minimum
    high = MAX_AMOUNT if f.type is FieldType.MONEY and f.maximum is None else f.maximum
    if (low is not None and amount < low) or (high is not None and amount > high):
        limits = {"min": "" if low is None else str(low), "max": "" if high is None else str(high)}
        yield _problem("number-range", section, number, f.id, at, decimal_text(amount), **limits)


def _text(section: Section, number: int | None, f: Field, value: str, at: Place) -> Iterator[Problem]:
    if len(value) > MAX_TEXT:
        yield _problem("text-too-long", section, number, f.id, at, str(len(value)), limit=str(MAX_TEXT))
    if _BIDI.search(value):
        yield _problem("text-control", section, number, f.id, at, _BIDI.sub("\N{REPLACEMENT CHARACTER}", value))
    if section.confidential:
        what = personal(value, code=f.id == "worker")
        if what:
            yield _problem("personal-data", section, number, f.id, at, mask(value), what=what)


def personal(value: str, *, code: bool) -> str:
    """ "phone", "email", "identity" or "name" if a text of the annex looks like one, else "" .

    ``code``: the text should be a worker's code, so anything else in its place is taken for a name.
    """
    plain = "".join(str(unicodedata.digit(ch)) if ch.isdigit() else ch for ch in value)
    for what, pattern in (("email", _EMAIL), ("phone", _PHONE), ("identity", _IDENTITY)):
        if pattern.search(plain):
            return what
    return "name" if code and not _WORKER_CODE.fullmatch(plain) else ""


def mask(value: str) -> str:
    """The first character and the length: enough to find the cell, too little to name anybody."""
    return f"{value[:1]}… ({len(value)})"


def _keys(section: Section, rows: list[Mapping[str, Any]], where: Where) -> Iterator[Problem]:
    for f in section.fields:
        if not f.key:
            continue
        first: dict[str, int] = {}
        for number, row in enumerate(rows, start=1):
            value = row.get(f.id)
            if is_blank(value):
                yield _problem("key-missing", section, number, f.id, where(section.id, number, f.id), "")
                continue
            seen = first.setdefault(str(value).casefold(), number)
            if seen != number:
                at, other = where(section.id, number, f.id), where(section.id, seen, f.id)
                shown = mask(str(value)) if section.confidential and personal(str(value), code=True) else str(value)
                yield _problem("key-twice", section, number, f.id, at, shown, other=other.cell)


def _blanks(
    section: Section, rows: list[Mapping[str, Any]], kind: str | None, where: Where, *, single: bool
) -> Iterator[Problem]:
    """A blank required field is an error; any other blank is listed, once a column, as not answered."""
    asked = set(("agency", "employer") if kind in (None, "both") else (kind,))
    for f in section.fields:
        if f.key or not asked & set(f.asked):
            continue
        empty = [None if single else number for number, row in enumerate(rows, start=1) if is_blank(row.get(f.id))]
        if not empty:
            continue
        code = "required-missing" if f.required else "not-answered"
        first = _problem(code, section, empty[0], f.id, where(section.id, empty[0], f.id), "")
        yield replace(first, count=len(empty))


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
        found = json.loads(data.decode("utf-8-sig"), object_pairs_hook=_no_twins, parse_float=Decimal)
    except _Twice as error:
        return None, [Problem(code="json-twice", file=file, found=str(error))]
    except UnicodeDecodeError:
        return None, [Problem(code="json-unreadable", file=file, found="")]
    except json.JSONDecodeError as error:
        place = f"{error.lineno}:{error.colno}"
        return None, [Problem(code="json-unreadable", file=file, cell=place, found=error.msg)]
    except (RecursionError, InvalidOperation):
        return None, [Problem(code="json-unreadable", file=file)]
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        schema = found.get("schema") if isinstance(found, dict) else type(found).__name__
        return None, [Problem(code="json-schema", file=file, found=str(schema)[:80], values={"schema": SCHEMA})]
    return found, []


class _JsonReader:
    def __init__(self, standard: Standard, file: str) -> None:
        self.standard, self.file = standard, file
        self.problems: list[Problem] = []
        self.cells: dict[Address, Place] = {}

    def note(self, code: str, path: str, found: Any = "", section: str = "", **values: str) -> None:
        home = self.standard.questionnaire.section(section)
        self.problems.append(
            Problem(
                code=code,
                file=self.file,
                cell=path,
                section=section,
                found=str(found)[:80],
                values=values,
                confidential=bool(home and home.confidential),
            )
        )

    def row(self, section: Section, number: int | None, table: Any, path: str) -> dict[str, Any]:
        if not isinstance(table, dict):
            self.note("json-type", path, type(table).__name__, section.id, wanted="object")
            return {}
        row: dict[str, Any] = {}
        for key, value in table.items():
            f = section.field(key)
            where = f"{path}.{key}"
            if f is None:
                hint = did_you_mean(key, [f.id for f in section.fields])
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
                return self.decimal(section, value, path, DECIMAL_SCALE, 0)
            case FieldType.MONEY if isinstance(value, dict) and set(value) == {"amount", "currency"}:
                amount = self.decimal(section, value["amount"], f"{path}.amount", MONEY_SCALE, 2)
                if not re.fullmatch("[A-Z]{3}", str(value["currency"])):
                    self.note("currency-unknown", f"{path}.currency", value["currency"], section.id)
                    return None
                return None if amount is None else {"amount": amount, "currency": value["currency"]}
            case FieldType.DATE if isinstance(value, str):
                try:
                    return date.fromisoformat(value).isoformat()
                except ValueError:
                    self.note("date-unreadable", path, value, section.id)
                    return None
            case FieldType.TEXT if isinstance(value, str):
                return clean_text(value) or None
            case FieldType.COUNTRY | FieldType.CURRENCY if isinstance(value, str):
                length = 2 if f.type is FieldType.COUNTRY else 3
                if re.fullmatch(f"[A-Z]{{{length}}}", value):
                    return value
                self.note(f"{f.type}-unknown", path, value, section.id)
                return None
        self.note("json-type", path, type(value).__name__, section.id, wanted=str(f.type))
        return None

    def choice(self, section: Section, f: Field, word: str, path: str) -> str | None:
        ids = [choice.id for choice in f.choices]
        if word in ids:
            return word
        hint = did_you_mean(word, ids)
        self.note("choice-unknown", path, word, section.id, field=f.id, choice_set=f.choice_set, hint=hint)
        return None

    def decimal(self, section: Section, value: Any, path: str, scale: int, least: int) -> str | None:
        try:
            number = Decimal(value) if isinstance(value, str | int) and not isinstance(value, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite():
            self.note("number-unreadable", path, value, section.id)
            return None
        if number != round(number, scale):
            self.note("number-too-fine", path, value, section.id, decimals=str(scale))
            return None
        return decimal_text(number, least)


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
            reader.note("json-unknown-key", key, key, hint=did_you_mean(key, known))
    for section in standard.questionnaire.singles:
        data[section.id] = reader.row(section, None, found.get(section.id) or {}, section.id)
    parts = found.get("sections") or {}
    if not isinstance(parts, dict):
        reader.note("json-type", "sections", type(parts).__name__, wanted="object")
        parts = {}
    tables = {section.id: section for section in standard.questionnaire.tables}
    for key in parts:
        if key not in tables:
            reader.note("json-unknown-key", f"sections.{key}", key, hint=did_you_mean(key, tables))
    data["sections"] = {name: _json_section(reader, section, parts.get(name)) for name, section in tables.items()}
    comments = found.get("comments") or {}
    if isinstance(comments, dict) and all(_is_words(words) for words in comments.values()):
        if comments:
            data["comments"] = comments
    else:
        reader.note("json-type", "comments", type(comments).__name__, wanted="section: field: text")
    history = None
    if found.get("history") is not None:
        if history_allowed:
            history = _history(reader, found["history"])
        else:
            reader.note("history-unexpected", "history")
    countries = found.get("countries") or []
    if not isinstance(countries, list) or not all(isinstance(c, str) for c in countries):
        reader.note("json-type", "countries", type(countries).__name__, wanted="list")
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
        reader.note("json-type", path, type(part).__name__, section.id, wanted="state, rows")
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


def _history(reader: _JsonReader, found: Any) -> History | None:
    try:
        failed, closed = found.get("previous_failed", []), found.get("closed_critical_on", [])
        overdue = found.get("overdue_critical", 0)
        if not all(isinstance(item, str) for item in failed) or not isinstance(overdue, int):
            raise TypeError
        return History(tuple(failed), tuple(date.fromisoformat(day) for day in closed), overdue)
    except (AttributeError, TypeError, ValueError):
        reader.note("json-type", "history", type(found).__name__, wanted="previous_failed, closed_critical_on")
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
    for part in parts:
        name = part.files[0] if part.files else ""
        cells.update(part.cells)
        for section in standard.questionnaire.sections:
            home = data["sections"] if section.is_table else data
            given = part.data.get("sections", {}).get(section.id) if section.is_table else part.data.get(section.id)
            empty = not given or (section.is_table and given["state"] == "open" and not given["rows"])
            if empty:
                continue
            if section.id in owner and home[section.id] != given:
                values = {"other": owner[section.id]}
                problems.append(Problem(code="parts-conflict", file=name, section=section.id, values=values))
                continue
            owner[section.id] = name
            home[section.id] = given
    comments = {section: words for part in parts for section, words in part.data.get("comments", {}).items()}
    if comments:
        data["comments"] = comments
    first = parts[0]
    countries = tuple(sorted({country for part in parts for country in part.countries}))
    files = tuple(name for part in parts for name in part.files)
    history = next((part.history for part in parts if part.history), None)
    return Submission(first.standard, countries, data, cells, files, history), problems
