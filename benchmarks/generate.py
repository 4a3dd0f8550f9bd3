"""Seeded random national data, straight as columns, and the same submissions as canonical dicts for a sample.

No answer is likely to be right: the data is made to exercise every branch of the evaluator, not to look like
a country. 5 % of the answers are blank, 10 % of the table sections are open.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from recruitcheck import library
from recruitcheck.rules import tables as t
from recruitcheck.rules.resolve import resolve
from recruitcheck.rules.standard import Field, FieldType, Standard
from recruitcheck.submission import SCHEMA

UNKNOWN, OPEN = 0.05, 0.10
FIRST, LAST = date(2026, 1, 1).toordinal(), date(2026, 12, 31).toordinal()
COUNTRIES = ("MA", "FR", "ES", "SA", "QA", "AE")
CURRENCIES = ("MAD", "MAD", "EUR", "USD", "SAR")
TEXTS = 500  # so few that one submission has now and then the same worker code twice
MOST = 120  # of a number; hours are below 80
MONEY = 9_000_000  # thousandths


def shipped() -> Standard:
    """The shipped standard with every overlay that it has."""
    standard = library.load()
    return resolve(standard, sorted(standard.overlays))


def generate(
    standard: Standard,
    count: int,
    rows: int,
    *,
    seed: int = 1,
    unknown: float = UNKNOWN,
    only: str = "",
) -> t.Tables:
    """``count`` submissions with ``rows`` child rows spread over the table sections that the standard reads.

    With ``only`` all rows are in that section and every submission has at least one there; without unknowns
    every section is closed too.
    """
    rng, used, build = np.random.default_rng(seed), t.used_fields(standard), t._Builder(standard)

    def columns(fields: tuple[Field, ...], chosen: set[str], shape: tuple[int, ...]) -> dict[str, t.Column]:
        made: dict[str, t.Column] = {}
        for f in sorted((f for f in fields if f.id in chosen), key=lambda f: f.type is FieldType.MONEY):
            dated = made.get(f.date_of) or singles.get(f.date_of)
            made[f.id] = _column(f, shape, rng, unknown, build=build, dates=dated.values if dated else None)
        return made

    singles: dict[str, t.Column] = {}
    for section in standard.questionnaire.singles:
        singles.update(columns(section.fields, used.get(section.id, set()), (count,)))
    read = [section for section in standard.questionnaire.tables if section.id in used]
    tables = {}
    for place, section in enumerate(read):
        share = rows * (place + 1) // len(read) - rows * place // len(read)
        least = int(section.id == only)
        if only:
            share = rows * least
        counts = np.bincount(rng.integers(0, count, share - least * count), minlength=count) + least
        groups, order = t._layout(counts)
        blocks = [
            t.Block(height, members, columns(section.fields, used[section.id], (height, len(members))))
            for height, members in groups
        ]
        is_open = rng.random(count) < (OPEN if unknown else 0)
        tables[section.id] = t.Table(is_open.view(np.uint8), blocks, order)
    ended = singles["ended_on"].values
    as_of = np.where(ended == 0, date(2026, 6, 30).toordinal(), ended).astype(np.int32)
    return t.Tables(count, singles, tables, as_of, ended)


def _column(
    f: Field, shape: tuple[int, ...], rng: np.random.Generator, unknown: float, *, build: Any, dates: Any
) -> t.Column:
    blank = rng.random(shape, dtype=np.float32) < unknown
    match f.type:
        case FieldType.YES_NO:
            return t.Column(np.where(blank, 0, rng.integers(1, 3, shape, dtype=np.uint8)))
        case FieldType.CHOICE:
            codes = [0 if c.unanswered else at for at, c in enumerate(f.choices, start=1)]
            codes = codes if unknown else [code for code in codes if code]
            values = np.asarray(codes, np.uint8)[rng.integers(0, len(codes), shape, dtype=np.uint8)]
            return t.Column(np.where(blank, np.uint8(0), values))
        case FieldType.CHOICES:
            values = rng.integers(1, 1 << len(f.choices), shape, dtype=np.uint64)
            return t.Column(np.where(blank, np.uint64(0), values))
        case FieldType.DATE:
            values = np.where(blank, np.int32(0), rng.integers(FIRST, LAST + 1, shape, dtype=np.int32))
            return t.Column(values, t._mask(~blank), 0, 1 << 22)
        case FieldType.COUNTRY | FieldType.CURRENCY:
            return t.Column(np.where(blank, np.int32(0), _letters(COUNTRIES, shape, rng)))
        case FieldType.TEXT:
            return t.Column(np.where(blank, np.int32(0), rng.integers(1, TEXTS + 1, shape, dtype=np.int32)))
        case FieldType.MONEY:
            amounts = rng.integers(0, MONEY // 500 + 1, shape, dtype=np.int32) * 500
            amounts[rng.random(shape, dtype=np.float32) < 0.3] = 0
            amounts[blank] = 0
            currencies = np.where(blank, np.int32(0), _letters(CURRENCIES, shape, rng))
            return build.money(amounts, currencies, ~blank, MONEY, dates)
        case FieldType.DECIMAL:
            values = rng.integers(0, 800, shape, dtype=np.int32) * 10 ** (t.DECIMAL_SCALE - 1)
            values[blank] = 0
            return t.Column(values, t._mask(~blank), t.DECIMAL_SCALE, 80 * 10**t.DECIMAL_SCALE)
    values = rng.integers(f.minimum or 0, min(f.maximum or MOST, MOST) + 1, shape, dtype=np.int32)
    values[blank] = 0
    return t.Column(values, t._mask(~blank), 0, MOST)


def _letters(words: tuple[str, ...], shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    codes = np.asarray([t.letters_code(word) for word in words], np.int32)
    return codes[rng.integers(0, len(codes), shape, dtype=np.uint8)]


def records(standard: Standard, tables: t.Tables, places: range | list[int]) -> list[dict[str, Any]]:
    """The same submissions as canonical dicts; only what the standard reads is in them."""
    wanted = {place: at for at, place in enumerate(places)}
    out: list[dict[str, Any]] = [{"sections": {}} for _ in wanted]
    for section in standard.questionnaire.singles:
        fields = [f for f in section.fields if f.id in tables.singles]
        for place, at in wanted.items():
            out[at][section.id] = _row(fields, {f.id: tables.singles[f.id] for f in fields}, place)
    for name, table in tables.tables.items():
        section = standard.questionnaire.section(name)
        for place, at in wanted.items():
            out[at]["sections"][name] = {"state": "open" if table.open[place] else "complete", "rows": []}
        for block in table.blocks:
            fields = [f for f in section.fields if f.id in block.columns]
            for column in np.flatnonzero(np.isin(block.members, list(wanted))).tolist():
                rows = out[wanted[int(block.members[column])]]["sections"][name]["rows"]
                rows += [_row(fields, block.columns, (row, column)) for row in range(block.rows)]
    return out


def days(tables: t.Tables, places: range | list[int]) -> list[date]:
    return [date.fromordinal(int(tables.as_of[place])) for place in places]


def _row(fields: list[Field], columns: dict[str, t.Column], at: Any) -> dict[str, Any]:
    values = {f.id: _value(f, columns[f.id], at) for f in fields}
    return {name: value for name, value in values.items() if value is not None}


def _value(f: Field, column: t.Column, at: Any) -> Any:
    number = int(column.values[at])
    if column.known is not None and not column.known[at]:
        return None
    match f.type:
        case FieldType.INTEGER:
            return number
        case FieldType.DECIMAL:
            return str(Decimal(number).scaleb(-column.scale))
        case FieldType.MONEY:
            return {"amount": str(Decimal(number).scaleb(-column.scale)), "currency": _word(int(column.currency[at]))}
    if number == 0:
        return None
    match f.type:
        case FieldType.YES_NO:
            return number == 1
        case FieldType.CHOICE:
            return f.choices[number - 1].id
        case FieldType.CHOICES:
            return [choice.id for bit, choice in enumerate(f.choices) if number >> bit & 1]
        case FieldType.DATE:
            return date.fromordinal(number).isoformat()
        case FieldType.TEXT:
            return f"W{number}"
    return _word(number)


def _word(code: int) -> str:
    """The letters of a country or currency code."""
    word = ""
    while code:
        code, letter = divmod(code, 27)
        word = chr(letter + 64) + word
    return word


# -- one filled submission ---------------------------------------------------------------------------------------

DAYS = ("2026-01-12", "2026-01-20", "2026-02-02", "2026-02-26")
TOLD = ("Vu le registre du siège", "شركة الشاوية", "Conseil et placement", "Darija")
SIZES = {"interviews": 60, "contracts": 30, "fees": 40}
OTHERS = 10  # rows of every other table section


def filled(standard: Standard) -> dict[str, Any]:
    """A canonical submission in which every question is answered: 60 interviews, 30 contracts, 40 fee rows."""
    data: dict[str, Any] = {"schema": SCHEMA, "standard": standard.name, "countries": list(standard.countries)}
    for section in standard.questionnaire.singles:
        data[section.id] = {f.id: _answer(f, 0, at) for at, f in enumerate(section.fields)}
    data["organisation"]["kind"] = "both"
    data["audit"]["audit_kind"] = "site"
    data["sections"] = {
        section.id: {
            "state": "complete",
            "rows": [
                {f.id: _answer(f, number, at) for at, f in enumerate(section.fields)}
                for number in range(SIZES.get(section.id, OTHERS))
            ],
        }
        for section in standard.questionnaire.tables
    }
    return data


def _answer(f: Field, row: int, at: int) -> Any:
    match f.type:
        case FieldType.YES_NO:
            return (row + at) % 3 != 0
        case FieldType.CHOICE:
            answered = [choice.id for choice in f.choices if not choice.unanswered]
            return answered[(row + at) % len(answered)]
        case FieldType.CHOICES:
            return [choice.id for place, choice in enumerate(f.choices) if (place + row) % 3 == 0]
        case FieldType.INTEGER:
            return (f.minimum or 0) + 20 + (7 * row + at) % 60
        case FieldType.DECIMAL:
            return ("40", "44.5", "7.25")[(row + at) % 3]
        case FieldType.MONEY:
            return {"amount": ("3422.72", "1234.5", "200000", "0")[(row + at) % 4], "currency": "MAD"}
        case FieldType.DATE:
            return DAYS[2 * bool(f.after) + (row + at) % 2]
        case FieldType.COUNTRY:
            return COUNTRIES[(row + at) % len(COUNTRIES)]
        case FieldType.CURRENCY:
            return "MAD"
    if f.id == "worker":
        return f"w{row + 1:02}"
    return f"{f.section[:2].upper()}-{row + 1:03}" if f.key else TOLD[(row + at) % len(TOLD)]
