"""What is wrong with the meaning of canonical values: the same for a workbook and for JSON."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from recruitcheck.personal import bare_key, mask, personal, told
from recruitcheck.problem import Problem
from recruitcheck.rules.standard import Field, FieldType, Section, Standard
from recruitcheck.rules.tables import is_blank
from recruitcheck.submission import (
    COMMENT,
    CURRENCY,
    FIRST_DAY,
    LAST_DAY,
    MAX_AMOUNT,
    MAX_TEXT,
    Address,
    Place,
    Where,
    decimal_text,
    field_of,
)

_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]")


def validate(
    standard: Standard, data: Mapping[str, Any], where: Where, unread: Collection[Address] = ()
) -> list[Problem]:
    """Everything that is wrong with the meaning of canonical values, and every blank that counts.

    ``unread`` are the addresses of values that were given and could not be read: nothing more is said of them.
    """
    problems: list[Problem] = []
    kind = data.get("organisation", {}).get("kind")
    for section in standard.questionnaire.sections:
        if not section.is_table:
            problems += _comments(section, data.get("comments", {}).get(section.id) or {}, where)
            problems += _validate_row(section, None, data.get(section.id) or {}, where, standard)
            problems += _blanks(section, [data.get(section.id) or {}], kind, where, unread)
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
        problems += _keys(section, rows, where, unread)
        if rows:
            problems += _blanks(section, rows, kind, where, unread)
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
        value: Any = row.get(f.id)
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
        known = {standard.currency, *(rate.currency for rate in standard.rates)}
        if f.type is FieldType.MONEY and value["currency"] not in known and Decimal(value["amount"]):
            at = where(section.id, number, f.id + CURRENCY)
            found = value["currency"]
            yield _problem("rate-missing", section, number, f.id, at, found, currency=standard.currency)


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


def _comments(section: Section, words: Mapping[str, str], where: Where) -> Iterator[Problem]:
    """The comments beside the answers of a single record: texts like any other."""
    for name, text in words.items():
        field_id = field_of(section, name)
        at = where(section.id, None, name + COMMENT)
        home = section.field(field_id)
        if home:
            yield from _text(section, None, home, text, at)


def _keys(
    section: Section, rows: list[Mapping[str, Any]], where: Where, unread: Collection[Address]
) -> Iterator[Problem]:
    for f in section.fields:
        if not f.key:
            continue
        first: dict[str, int] = {}
        for number, row in enumerate(rows, start=1):
            value = row.get(f.id)
            if (section.id, number, f.id) in unread:
                continue
            if is_blank(value):
                yield _problem("key-missing", section, number, f.id, where(section.id, number, f.id), "")
                continue
            seen = first.setdefault(bare_key(str(value)), number)
            if seen != number:
                at, other = where(section.id, number, f.id), where(section.id, seen, f.id)
                yield _problem(
                    "key-twice", section, number, f.id, at, told(str(value), section, f.id), other=other.cell
                )


def _blanks(
    section: Section,
    rows: list[Mapping[str, Any]],
    kind: str | None,
    where: Where,
    unread: Collection[Address],
) -> Iterator[Problem]:
    """A blank required field is an error; any other blank is listed, once a column, as not answered."""
    asked = set(("agency", "employer") if kind in (None, "both") else (kind,))
    numbers = range(1, len(rows) + 1) if section.is_table else (None,)
    for f in section.fields:
        if f.key or not asked & set(f.asked):
            continue
        blank = (number for number, row in zip(numbers, rows, strict=True) if is_blank(row.get(f.id)))
        empty = [number for number in blank if (section.id, number, f.id) not in unread]
        if not empty:
            continue
        code = "required-missing" if f.required else "not-answered"
        first = _problem(code, section, empty[0], f.id, where(section.id, empty[0], f.id), "")
        yield replace(first, count=len(empty))
