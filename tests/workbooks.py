"""Filled-in workbooks for tests: one fixed answer for every question there is."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook

from recruitcheck import library
from recruitcheck.intake import template
from recruitcheck.intake.cells import Book, Cell, Sheet
from recruitcheck.rules.standard import Field, FieldType, Standard

FIRST_DAY = date(2026, 1, 5)
PAIRING = "AT-2026-0147"


def standard() -> Standard:
    return library.load()


def answer(field: Field, n: int) -> Any:
    """A canonical answer that differs with ``n``."""
    match field.type:
        case FieldType.YES_NO:
            return n % 3 != 0
        case FieldType.CHOICE:
            return field.choices[n % len(field.choices)].id
        case FieldType.CHOICES:
            return [c.id for at, c in enumerate(field.choices) if (at + n) % 3]
        case FieldType.INTEGER:
            return (field.minimum or 0) + n + 3
        case FieldType.DECIMAL:
            return f"{40 + n}.25"
        case FieldType.MONEY:
            return {"amount": f"{3000 + n * 117}.50", "currency": ("MAD", "EUR", "SAR")[n % 3]}
        case FieldType.DATE:
            return (FIRST_DAY + timedelta(days=n * 9)).isoformat()
        case FieldType.COUNTRY:
            return ("MA", "FR", "SA", "ES")[n % 4]
        case FieldType.CURRENCY:
            return "MAD"
    if field.key or field.id == "worker":
        return f"{field.id[:1]}{n + 1:02d}"
    return ("Atelier de Tanger", "ورشة طنجة", "=1+1")[n % 3]


def filled(rows: int = 3, kind: str | None = None) -> dict[str, Any]:
    """A canonical submission in which every question asked of that kind is answered."""
    values: dict[str, Any] = {"sections": {}}
    for section in standard().questionnaire.sections:
        fields = [f for f in section.fields if kind is None or kind in f.asked]
        if section.is_table:
            made = [{f.id: answer(f, n + (0 if f.key else at)) for at, f in enumerate(fields)} for n in range(rows)]
            values["sections"][section.id] = {"state": "complete", "rows": made}
        else:
            values[section.id] = {f.id: answer(f, at) for at, f in enumerate(fields)}
    values["comments"] = {"practices": {"age_verified": "seen on 3 March"}}
    return values


@cache
def made(part: str = "audit", language: str = "en", kind: str | None = None, rows: int | None = None) -> bytes:
    """A template as bytes; filled in if ``rows`` says how many rows a table has."""
    file = BytesIO()
    values = None if rows is None else filled(rows, kind)
    texts = library.texts(standard(), language)
    template.write(
        standard(), texts, part=part, kind=kind, pairing=PAIRING, path_or_file=file, values=values, build="t1"
    )
    return file.getvalue()


@cache
def opened(part: str = "audit", language: str = "en", kind: str | None = None, rows: int | None = None) -> Workbook:
    """The same, read with openpyxl; shared between tests, which only look."""
    return load_workbook(BytesIO(made(part, language, kind, rows)))


@cache
def book_of(data: bytes, name: str = "audit.xlsx", kind: str = "xlsx") -> Book:
    """The cells of a workbook as the reader's child hands them over."""
    sheets = []
    for sheet in load_workbook(BytesIO(data), data_only=True).worksheets:
        cells = [
            Cell(cell.row, cell.column, cell.value, text=str(cell.value))
            for row in sheet.iter_rows()
            for cell in row
            if cell.value is not None
        ]
        sheets.append(Sheet(sheet.title, sheet.sheet_state, tuple(cells)))
    return Book(name, kind, tuple(sheets))
