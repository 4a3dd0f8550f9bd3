"""The workbook to mark: the stranger's own, cleaned of what is nobody's business, or one with the same cells.

A file has passed the gate before it gets here. Even so the library that keeps formats and drop-downs builds every
cell of a merged or linked range, so a workbook of unreasonable extent is written anew from its cells.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from os import PathLike
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final
from xml.parsers import expat

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.cells import Book, Cell, Sheet, column_letters
from recruitcheck.intake.template_look import DATE_FORMAT, FONT, em_width, wrapped_lines
from recruitcheck.text import direction

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

KINDS: Final = ("xlsx", "ods", "csv", "csvzip")

#: a workbook with more is written anew: elements of its parts, cells of merged and linked ranges
MAX_ELEMENTS: Final = 600_000
MAX_RANGES: Final = 100_000

#: the copy carries no clock
CREATED: Final = datetime(2026, 1, 1)  # noqa: DTZ001 - the library writes dates without a zone
ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)

#: the functions of the meter on the start sheet; no other formula is handed on
METER: Final = frozenset({"COUNTA", "IF", "NOT", "REPT", "ROUND"})

#: pixels of a letter of the rebuilt copy, whose texts are all of 10 points
LETTER: Final = 10 * 96 / 72

#: rows of the rebuilt copy that are measured and made handsome; the rest is left plain
DRESSED_ROWS: Final = 2000

_RANGE: Final = re.compile(r"\$?([A-Z]+)\$?(\d+):\$?([A-Z]+)\$?(\d+)")
_ARABIC: Final = re.compile("[\u0620-\u064a]")


def open_copy(upload_data: bytes, kind: str, book: Book) -> tuple[Workbook, dict[str, str]]:
    """A workbook to mark, and the title of each of the book's sheets in it by the sheet's name.

    Raises ValueError for a kind of file that has no cells.
    """
    if kind not in KINDS:
        raise ValueError(f"a file of kind {kind!r} cannot be annotated")
    workbook = _original(upload_data, book) if kind == "xlsx" and _is_reasonable(upload_data) else None
    if workbook is None:
        return _rebuilt(book)
    return workbook, {sheet.title: sheet.title for sheet in workbook.worksheets}


# ---- the stranger's own workbook -------------------------------------------------------------------------------------


def _is_reasonable(data: bytes) -> bool:
    """False for a workbook whose loading would cost more than its cells are worth."""
    from openpyxl.utils.cell import column_index_from_string

    elements = covered = 0

    def opened(name: str, attributes: dict[str, str]) -> None:
        nonlocal elements, covered
        elements += 1
        if name.rpartition(":")[2] in ("mergeCell", "hyperlink"):
            match = _RANGE.fullmatch(attributes.get("ref", ""))
            if match:
                columns = abs(column_index_from_string(match[3]) - column_index_from_string(match[1])) + 1
                covered += columns * (abs(int(match[4]) - int(match[2])) + 1)

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                parser = expat.ParserCreate()
                parser.StartElementHandler = opened
                with archive.open(name) as part:
                    try:
                        while chunk := part.read(1 << 16):
                            parser.Parse(chunk)
                            if elements > MAX_ELEMENTS or covered > MAX_RANGES:
                                return False
                    except expat.ExpatError:
                        return False
    return True


def _original(data: bytes, book: Book) -> Workbook | None:
    """The upload as the library reads it, formulas replaced by their results; None if it cannot be read whole."""
    from openpyxl import load_workbook

    try:
        workbook = load_workbook(io.BytesIO(data), keep_links=False, rich_text=True)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, zipfile.BadZipFile):
        return None  # an oddity that only the formatting half of the library minds
    for title in [sheet.title for sheet in workbook.chartsheets]:
        del workbook[title]
    if [sheet.title for sheet in workbook.worksheets] != [sheet.name for sheet in book.sheets]:
        known = {sheet.name for sheet in book.sheets}
        if not known <= set(workbook.sheetnames):
            return None
    for sheet in book.sheets:
        _settle_formulas(workbook[sheet.name], sheet)
    return workbook


def _settle_formulas(worksheet: Worksheet, sheet: Sheet) -> None:
    """Puts results in place of formulas, except for the meter on the start sheet and for what has no result."""
    known = {(cell.row, cell.column): cell for cell in sheet.cells}
    is_start = worksheet["A1"].value == layout.START
    for cell in _cells(worksheet):
        if cell.data_type != "f" or (is_start and _is_meter(cell.value)):
            continue
        result = known.get((cell.row, cell.column))
        if result is None:
            cell.value = None
        elif result.kind != "uncached":
            _set(cell, result)


def _is_meter(formula: object) -> bool:
    return isinstance(formula, str) and set(re.findall(r"([A-Za-z_.][\w.]*)\(", formula)) <= METER


def _cells(worksheet: Worksheet) -> Iterator[Any]:
    """Every cell there is, without making those that are not."""
    from openpyxl.cell import Cell as Written

    cells: dict[tuple[int, int], Any] = worksheet._cells  # iter_rows would make every blank cell
    return (cell for cell in list(cells.values()) if isinstance(cell, Written))


def strip(workbook: Workbook) -> None:
    """Takes out comments, links to the outside, pictures, pivot tables and what the file says of its makers."""
    from openpyxl.packaging.core import DocumentProperties
    from openpyxl.packaging.custom import CustomPropertyList

    workbook.properties = DocumentProperties(creator="recruitcheck", created=CREATED, modified=CREATED)
    workbook.custom_doc_props = CustomPropertyList()
    for sheet in workbook.worksheets:
        sheet._images, sheet._charts, sheet._pivots = [], [], []
        for cell in _cells(sheet):
            cell.comment = None
            link = cell.hyperlink
            if link is not None and (link.target or not link.location):
                cell.hyperlink = None


# ---- a workbook with the same cells ----------------------------------------------------------------------------------


def _rebuilt(book: Book) -> tuple[Workbook, dict[str, str]]:
    """A new workbook with the book's cells at their addresses, and its sheet titles by the book's names.

    The start sheet holds no answers and is not written again.
    """
    from openpyxl import Workbook

    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    titles: dict[str, str] = {}
    rtl = _is_rtl(book)
    for sheet in book.sheets:
        if _first(sheet) == layout.START:
            continue
        worksheet = workbook.create_sheet(labels.sheet_title(sheet.name))
        titles[sheet.name] = worksheet.title
        worksheet.sheet_state = sheet.state if sheet.state in ("hidden", "veryHidden") else "visible"
        worksheet.sheet_view.rightToLeft = rtl
        for cell in sheet.cells:
            _set(worksheet.cell(cell.row, cell.column), cell)
        if worksheet.sheet_state == "visible":
            _dress(worksheet, sheet, rtl=rtl)
    return workbook, titles


def _is_rtl(book: Book) -> bool:
    """Does the file say that it is in Arabic, or, if it says nothing, are its headings?"""
    for sheet in book.sheets:
        if sheet.name.strip().casefold() == layout.META:
            words = {cell.row: str(cell.value) for cell in sheet.cells if cell.column == 2}
            keys = {str(cell.value): cell.row for cell in sheet.cells if cell.column == 1}
            return direction(words.get(keys.get("language", 0), "")) == "rtl"
    heads = [str(cell.value) for sheet in book.sheets for cell in sheet.cells if cell.row <= layout.LABEL_ROW]
    return sum(_ARABIC.search(head) is not None for head in heads) * 2 > len(heads)


def _first(sheet: Sheet) -> object:
    """What stands in A1: our sheets say there what they are."""
    return next((cell.value for cell in sheet.cells if (cell.row, cell.column) == (1, 1)), "")


def _set(written: Any, cell: Cell) -> None:
    """One value as it was: a text that begins like a formula stays a text, an error stays an error."""
    from openpyxl.cell.cell import ERROR_CODES

    value = cell.value
    if isinstance(value, str):
        written.value = labels.printable(value)
        written.data_type = "e" if cell.kind == "error" and value in ERROR_CODES else "s"
        return
    if isinstance(value, datetime):
        written.value = value.replace(tzinfo=None)
        written.number_format = f"{DATE_FORMAT} hh:mm:ss"
    elif isinstance(value, date):
        written.value = value
        written.number_format = DATE_FORMAT
    elif isinstance(value, time):
        written.value = value.replace(tzinfo=None)
    else:
        written.value = value


def _dress(worksheet: Worksheet, sheet: Sheet, *, rtl: bool) -> None:
    """Headings that look like headings, columns that fit, machine names out of sight."""
    from openpyxl.styles import Alignment, Font, PatternFill

    first = _first(sheet)
    has_names = first in (layout.STATE, layout.SINGLE_COLUMNS[0])
    head = layout.LABEL_ROW if has_names else 1
    worksheet.row_dimensions[1].hidden = has_names
    if first == layout.SINGLE_COLUMNS[0]:
        worksheet.column_dimensions["A"].hidden = True
    worksheet.freeze_panes = f"A{head + 1}"
    worksheet.page_setup.orientation = "landscape"
    worksheet.page_setup.fitToHeight = 0
    worksheet.sheet_properties.pageSetUpPr.fitToPage = True
    worksheet.print_title_rows = f"{head}:{head}"
    fill = PatternFill("solid", start_color=f"FF{palette.GREEN}")
    body = Font(name=FONT, size=10)
    wrapped, plain = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="top")
    widths: dict[str, float] = {}
    for cell in sheet.cells:
        written = worksheet.cell(cell.row, cell.column)
        if cell.row == head:
            written.fill = fill
            written.font = Font(name=FONT, size=10, bold=True, color=f"FF{palette.WHITE}")
            written.alignment = Alignment(wrap_text=True, vertical="center", readingOrder=2 if rtl else 0)
        elif head < cell.row <= DRESSED_ROWS:
            written.font = body
            written.alignment = wrapped if isinstance(cell.value, str) else plain
            width = em_width(cell.text or str(cell.value)) * 2 + 3
            letter = written.column_letter
            widths[letter] = min(46.0, max(width, widths.get(letter, 12.0)))
    for letter, width in widths.items():
        worksheet.column_dimensions[letter].width = width
    _set_heights(worksheet, sheet, widths)


def _set_heights(worksheet: Worksheet, sheet: Sheet, widths: dict[str, float]) -> None:
    """Rows high enough for their wrapped texts: not every program grows them by itself."""
    lines: dict[int, int] = {}
    for cell in sheet.cells:
        if isinstance(cell.value, str) and cell.row <= DRESSED_ROWS:
            room = (widths.get(column_letters(cell.column), 12.0) * 7 - 8) / LETTER
            needed = sum(wrapped_lines(part, room) for part in cell.value.split("\n"))
            lines[cell.row] = max(needed, lines.get(cell.row, 1))
    for row, count in lines.items():
        if count > 1:
            worksheet.row_dimensions[row].height = min(400, count * 13 + 4)


# ---- saving ----------------------------------------------------------------------------------------------------------


def save(workbook: Workbook, out_path: str | PathLike[str] | IO[bytes]) -> None:
    """Writes the workbook without a trace of when."""
    buffer = io.BytesIO()
    workbook.save(buffer)
    clean = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(clean, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-01-01T00:00:00Z", data)
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, data)
    if isinstance(out_path, str | PathLike):
        Path(out_path).write_bytes(clean.getvalue())
    else:
        out_path.write(clean.getvalue())
