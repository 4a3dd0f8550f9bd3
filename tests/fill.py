"""Filled-in submissions for tests: as canonical data, as the product's own workbooks, as sheets drawn in a test."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from openpyxl import load_workbook

from recruitcheck import library
from recruitcheck.intake import layout, template
from recruitcheck.intake.cells import Book, Cell, Sheet, address
from recruitcheck.intake.gate import Upload
from recruitcheck.rules.standard import Field, FieldType, Standard
from recruitcheck.submission import SCHEMA
from tests import hostile

PAIRING = "A1B2-C3D4-E5F6"
PARTS = ("audit", "annex")
TEXTS = ("Chaouia Recrutement", "شركة الشاوية", "Conseil & Cie", "Darija / français")
DAYS = ("2025-11-03", "2025-12-14", "2026-01-20", "2026-02-28")


def standard() -> Standard:
    """The edition that ships."""
    return library.load()


# -- answers -----------------------------------------------------------------------------------------------------


def answer(f: Field, number: int, salt: int) -> Any:
    """A plausible canonical answer; later in the record and further down means another value."""
    match f.type:
        case FieldType.YES_NO:
            return (number + salt) % 3 != 0
        case FieldType.CHOICE:
            return f.choices[(number + salt) % len(f.choices)].id
        case FieldType.CHOICES:
            return [c.id for at, c in enumerate(f.choices) if (at + number) % 3 == 0]
        case FieldType.INTEGER:
            return (f.minimum or 0) + 20 + (7 * number + salt) % 60
        case FieldType.DECIMAL:
            return ("40", "44.5", "7.25", "38.0625")[(number + salt) % 4]
        case FieldType.MONEY:
            amount = ("3422.72", "1234.56", "200000.00", "0.10", "0.00")[(number + salt) % 5]
            return {"amount": amount, "currency": ("MAD", "MAD", "EUR")[(number + salt) % 3]}
        case FieldType.DATE:
            return DAYS[min(3, 2 * bool(f.after) + (number + salt) % 2)]
        case FieldType.COUNTRY:
            return ("MA", "FR", "AE", "QA")[(number + salt) % 4]
        case FieldType.CURRENCY:
            return "MAD"
    if f.key or f.id == "worker":
        return f"w{number + 1:02}" if f.id == "worker" else f"{f.section[:2].upper()}-{number + 1:03}"
    return TEXTS[(number + salt) % 4]


@lru_cache(maxsize=8)
def _submission(kind: str | None, rows: int) -> dict[str, Any]:
    data: dict[str, Any] = {"schema": SCHEMA, "standard": standard().name, "countries": []}
    for section in standard().questionnaire.singles:
        fields = layout.asked_fields(section, kind)
        data[section.id] = {f.id: answer(f, 0, salt) for salt, f in enumerate(fields)}
    data["organisation"]["kind"] = kind or "both"
    sections = {}
    for section in standard().questionnaire.tables:
        fields = layout.asked_fields(section, kind)
        many = [{f.id: answer(f, number, salt) for salt, f in enumerate(fields)} for number in range(rows)]
        sections[section.id] = {"state": "complete", "rows": many}
    sections["subagents"] = {"state": "none", "rows": []}
    data["sections"] = sections
    data["comments"] = {"practices": {"chain_mapped": "Vu le registre du 3 mars."}}
    return data


def submission(kind: str | None = None, rows: int = 4) -> dict[str, Any]:
    """A whole submission, every question answered, in canonical form; the caller's own copy."""
    import copy

    return copy.deepcopy(_submission(kind, rows))


# -- files -------------------------------------------------------------------------------------------------------


def workbook(
    data: Mapping[str, Any], part: str = "audit", language: str = "en", kind: str | None = None, **options: Any
) -> bytes:
    """The product's own template with those answers, as .xlsx."""
    out = io.BytesIO()
    given = {"pairing": PAIRING, "build": "test"} | options
    texts = library.texts(standard(), language)
    template.write(standard(), texts, part=part, kind=kind, path_or_file=out, values=data, **given)
    return out.getvalue()


@lru_cache(maxsize=32)
def filled(part: str = "audit", language: str = "en", kind: str | None = None) -> bytes:
    """`workbook` of `submission`, made once."""
    return workbook(submission(kind), part, language, kind)


def uploads(language: str = "en", kind: str | None = None) -> list[Upload]:
    """The two filled files of one submission."""
    return [Upload(f"{part}.xlsx", filled(part, language, kind)) for part in PARTS]


def edited(data: bytes, cells: Mapping[tuple[str, str], Any]) -> bytes:
    """The workbook with other values in some cells, by (sheet, address)."""
    book = load_workbook(io.BytesIO(data), rich_text=True)
    for (sheet, at), value in cells.items():
        book[sheet][at] = value
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def csv_zip(book: Book, *, delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    """Every sheet of the book as a .csv file, as a spreadsheet program would save it; the meta sheet stays UTF-8."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for sheet in book.sheets:
            if sheet.name in (layout.LISTS,):
                continue
            text = io.StringIO()
            writer = csv.writer(text, delimiter=delimiter)
            writer.writerows(_lines(sheet))
            archive.writestr(f"{sheet.name}.csv", text.getvalue().encode(encoding))
    return out.getvalue()


def _lines(sheet: Sheet) -> list[list[str]]:
    wide = max((cell.column for cell in sheet.cells), default=1)
    lines = [[""] * wide for _ in range(max((cell.row for cell in sheet.cells), default=1))]
    for cell in sheet.cells:
        lines[cell.row - 1][cell.column - 1] = _typed(cell)
    return lines


def _typed(cell: Cell) -> str:
    return cell.value.isoformat()[:10] if isinstance(cell.value, date) else cell.text or str(cell.value)


def ods(book: Book) -> bytes:
    """The book as .ods: numbers and dates as such."""
    tables = []
    for sheet in book.sheets:
        rows = []
        at = {(cell.row, cell.column): cell for cell in sheet.cells}
        for number in range(1, max((row for row, _ in at), default=0) + 1):
            wide = max((column for row, column in at if row == number), default=1)
            rows.append(hostile.ods_row(*(_ods_cell(at.get((number, column))) for column in range(1, wide + 1))))
        tables.append(f"<table:table table:name={quoteattr(sheet.name)}>{''.join(rows)}</table:table>")
    return hostile.ods(content=hostile.ods_content("".join(tables)))


def _ods_cell(cell: Cell | None) -> str:
    if cell is None:
        return hostile.ods_cell()
    shown = escape(_typed(cell)).replace("\n", "</text:p><text:p>")
    if isinstance(cell.value, date):
        attributes = f'office:value-type="date" office:date-value="{_typed(cell)}"'
    elif isinstance(cell.value, int | float) and not isinstance(cell.value, bool):
        attributes = f'office:value-type="float" office:value="{cell.text or cell.value}"'
    else:
        attributes = ""
    return hostile.ods_cell(shown, attributes=attributes)


# -- sheets drawn in a test --------------------------------------------------------------------------------------


def sheet_of(name: str, drawn: str, state: str = "visible") -> Sheet:
    """A sheet from a markdown table: ``| a | b |`` a row, an empty field a blank cell, ``||`` rows kept blank.

    ``#DIV/0!`` is an error, ``=A1+B2`` a formula without a result, ``{12.5}`` a number, ``{2026-03-14}`` a date.
    """
    cells: list[Cell] = []
    for row, line in enumerate(filter(None, (line.strip() for line in drawn.splitlines())), start=1):
        for column, text in enumerate(line.strip("|").split("|"), start=1):
            if text.strip():
                cells.append(_drawn(row, column, text.strip()))
    return Sheet(name, state, tuple(cells))


def _drawn(row: int, column: int, text: str) -> Cell:
    if text.startswith("#") and text.endswith(("!", "?", "A")):
        return Cell(row, column, text, "error")
    if text.startswith("="):
        return Cell(row, column, text, "uncached")
    if text.startswith("{"):
        inside = text[1:-1]
        if inside.count("-") == 2:
            return Cell(row, column, date.fromisoformat(inside))
        number = float(inside) if set(inside) & set(".e") else int(inside)
        return Cell(row, column, number, "value", inside if "e" not in inside else "")
    return Cell(row, column, text)


def meta_sheet(**values: str) -> Sheet:
    """The very hidden sheet that says what the file is."""
    known = {"schema": layout.SCHEMA, "standard": standard().name, "language": "en"} | values
    cells = [
        Cell(row, column, text) for row, pair in enumerate(known.items(), 1) for column, text in enumerate(pair, 1)
    ]
    return Sheet(layout.META, "veryHidden", tuple(cell for cell in cells if cell.value))


def book_of(*sheets: Sheet, file: str = "audit.xlsx", **meta: str) -> Book:
    """A workbook of drawn sheets."""
    return Book(file, "xlsx", (*sheets, meta_sheet(**meta)))


def place_of(book: Book, section: str, name: str, row: int = 1) -> tuple[str, str]:
    """(sheet, address) of a field's cell in a filled template: of record ``row``, or of a single record."""
    for sheet in book.sheets:
        heads = {str(cell.value): cell.column for cell in sheet.cells if cell.row == layout.NAME_ROW}
        codes = {str(cell.value): cell.row for cell in sheet.cells if cell.column == 1 and cell.row >= layout.FIRST_ROW}
        if layout.STATE in heads and name in heads and _is(book, sheet, section):
            return sheet.name, address(layout.FIRST_ROW + row - 1, heads[name])
        if "answer" in heads and name in codes and _is(book, sheet, section):
            return sheet.name, address(codes[name], heads["answer"])
    raise KeyError((section, name))


def _is(book: Book, sheet: Sheet, section: str) -> bool:
    from recruitcheck.intake.lexicon import Lexicon

    found = Lexicon(standard()).sheet(sheet.name)
    return not isinstance(found, str) and found is not None and found.id == section
