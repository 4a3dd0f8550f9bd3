"""Cells with their addresses: what every kind of file becomes, before anybody knows about fields."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time

Value = str | int | float | bool | date | datetime | time


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that is not blank.

    ``value`` is what the spreadsheet program shows as typed: text, int, float, bool, date, datetime.
    ``kind`` is "value", "error" (``value`` is the error's text, "#DIV/0!") or "uncached" (a formula
    whose result was never stored; ``value`` is the formula's text).
    A number keeps its shortest exact text in ``text`` ("1234.5"), so no float is ever computed with.
    """

    row: int
    column: int
    value: Value
    kind: str = "value"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: its name as shown, ``state`` "visible", "hidden" or "veryHidden", and its cells in row order."""

    name: str
    state: str = "visible"
    cells: tuple[Cell, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Book:
    """One file as received: its display name, what it is ("xlsx", "ods", "csv") and its sheets."""

    file: str
    kind: str
    sheets: tuple[Sheet, ...] = field(default=())


def column_letters(column: int) -> str:
    """1 -> "A", 27 -> "AA": the letters a spreadsheet shows for a column number from 1."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def address(row: int, column: int) -> str:
    """(14, 3) -> "C14"."""
    return f"{column_letters(column)}{row}"
