"""Cells with their addresses, from every kind of file; knows nothing of fields. Runs inside the gate's child process.

openpyxl (with defusedxml) finds the sheets of an .xlsx, its epoch and what is a date. The rows are streamed
as the gate streams them, since openpyxl's own row iterator pads every gap, keeps every blank row in memory,
cannot tell a formula's empty text from no result, and has lost the digits of a number when we see it.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final

from openpyxl import DEFUSEDXML
from openpyxl.reader.excel import ExcelReader
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format
from openpyxl.utils.datetime import from_excel, from_ISO8601
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from recruitcheck.intake import delimited, limits, ods
from recruitcheck.intake.cells import Book, Cell, Sheet, Value, address
from recruitcheck.intake.container import Container, Meter, open_container
from recruitcheck.intake.limits import over, refusal
from recruitcheck.intake.markup import Attributes, Calls, Elements, End, MarkupError, Start, walk
from recruitcheck.intake.values import clock, is_blank, number
from recruitcheck.intake.worksheet import place
from recruitcheck.problem import ProblemError

_NS: Final = f"{SHEET_MAIN_NS} "
_SI, _T, _PHONETIC = f"{_NS}si", f"{_NS}t", f"{_NS}rPh"
_STYLES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_ESCAPE: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


def parse(kind: str, name: str, data: bytes, formulas: bool) -> Book:
    """The book in a file that has passed the gate.

    ``formulas`` says whether any was seen; without one nobody looks for them. Raises ProblemError.
    """
    match kind:
        case "xlsx":
            return Book(name, kind, _xlsx(data, formulas))
        case "ods":
            container = open_container(data)
            content = container.find("content.xml")
            if content is None:
                raise refusal("file-damaged", reason="part-missing", part="content.xml")
            return Book(name, kind, ods.sheets(container.stream(content, Meter())))
        case "csv":
            return Book(name, kind, (delimited.sheet(data, _stem(name)),))
        case "csvzip":
            return Book(name, "csv", _csv_zip(data))
    raise ValueError(f"no reader for {kind!r}")


def _stem(name: str) -> str:
    """ "a/Payroll.csv" -> "Payroll"."""
    last = name.rpartition("/")[2]
    return last.rpartition(".")[0] or last


def _csv_zip(data: bytes) -> tuple[Sheet, ...]:
    container, meter = open_container(data), Meter()
    wanted = set(delimited.names(part.name for part in container.parts))
    parts = [part for part in container.parts if part.name in wanted]
    if len(parts) > limits.MAX_SHEETS:
        raise over("sheets", limits.MAX_SHEETS, len(parts))
    return tuple(
        delimited.sheet(container.read(part, meter, limits.MAX_CSV), _stem(part.name), part.name) for part in parts
    )


def _xlsx(data: bytes, formulas: bool) -> tuple[Sheet, ...]:
    if not DEFUSEDXML:
        raise RuntimeError("openpyxl does not use defusedxml")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl warns with what stands in cells
        reader = ExcelReader(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        reader.read_manifest()
        reader.read_workbook()
    look = _Look(open_container(data), reader.wb.epoch, formulas=formulas)
    for content_type, calls in ((SHARED_STRINGS, _Strings(look).calls), (_STYLES, _Styles(look).calls)):
        part = reader.package.find(content_type)
        if part is not None:
            look.walk(part.PartName[1:], calls)
    return tuple(_sheets(reader, look))


def _sheets(reader: ExcelReader, look: _Look) -> Iterator[Sheet]:
    for sheet, relation in reader.parser.find_sheets():
        if not relation.Type.endswith("/chartsheet"):
            rows = _Rows(sheet.name, look)
            look.walk(relation.target, rows.calls)
            yield Sheet(sheet.name, sheet.state or "visible", tuple(rows.cells))


@dataclass(slots=True)
class _Look:
    """What the cells of one workbook refer to."""

    container: Container
    epoch: datetime
    formulas: bool
    strings: list[str] = field(default_factory=list)
    dates: set[int] = field(default_factory=set)
    lengths: set[int] = field(default_factory=set)
    total: int = 0
    meter: Meter = field(default_factory=Meter)
    elements: Elements = field(default_factory=Elements)

    def walk(self, name: str, calls: Calls) -> None:
        """Walk one part; raises ProblemError."""
        part = self.container.find(name)
        if part is None:
            raise refusal("file-damaged", reason="part-missing", part=name)
        try:
            walk(self.container.stream(part, self.meter), name, self.elements, lambda _: calls)
        except MarkupError:
            raise refusal("file-damaged", reason="xml", part=name) from None


def unescaped(text: str) -> str:
    """Text as typed: ``_x000D_`` is a carriage return, a line end is one line feed."""
    if "_x" in text:
        text = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


class _Strings:
    """Collects the shared strings: runs joined, phonetic hints left out."""

    def __init__(self, look: _Look) -> None:
        self.strings = look.strings
        self.pieces: list[str] = []
        self.listening = False
        self.phonetic = False
        start = {_SI: self._open, _T: self._open_text, _PHONETIC: self._open_phonetic}
        end = {_SI: self._close, _T: self._close_text, _PHONETIC: self._close_phonetic}
        self.calls = Calls(start, end, self._said)

    def _open(self, _: Attributes) -> None:
        self.pieces = []

    def _close(self) -> None:
        self.strings.append(unescaped("".join(self.pieces)))

    def _open_text(self, _: Attributes) -> None:
        self.listening = not self.phonetic

    def _close_text(self) -> None:
        self.listening = False

    def _open_phonetic(self, _: Attributes) -> None:
        self.phonetic = True

    def _close_phonetic(self) -> None:
        self.phonetic = False

    def _said(self, text: str) -> None:
        if self.listening:
            self.pieces.append(text)


class _Styles:
    """Finds out which cell styles are dates and which are lengths of time."""

    def __init__(self, look: _Look) -> None:
        self.look = look
        self.formats: dict[int, str] = dict(BUILTIN_FORMATS)
        self.in_cells = False
        self.styles: list[int] = []
        start = {_NS + "numFmt": self._format, _NS + "cellXfs": self._open, _NS + "xf": self._style}
        self.calls = Calls(start, {_NS + "cellXfs": self._close})

    def _format(self, attributes: Attributes) -> None:
        self.formats[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")

    def _open(self, _: Attributes) -> None:
        self.in_cells = True

    def _style(self, attributes: Attributes) -> None:
        if self.in_cells:
            self.styles.append(int(attributes.get("numFmtId", "0")))

    def _close(self) -> None:
        self.in_cells = False
        kinds: dict[int, tuple[bool, bool]] = {}
        for style, format_id in enumerate(self.styles):
            if format_id not in kinds:
                code = self.formats.get(format_id, "General")
                kinds[format_id] = (bool(is_date_format(code)), bool(is_timedelta_format(code)))
            is_date, is_length = kinds[format_id]
            if is_date:
                self.look.dates.add(style)
            if is_length:
                self.look.lengths.add(style)


class _Rows:
    """Collects the cells of one worksheet that are not blank."""

    def __init__(self, sheet: str, look: _Look) -> None:
        self.sheet, self.look = sheet, look
        self.cells: list[Cell] = []
        self.row = self.column = 0
        self.attributes: Attributes | None = None
        self.value: list[str] | None = None
        self.formula: list[str] | None = None
        self.inline: list[str] = []
        self.into: list[str] | None = None
        self.in_string = self.phonetic = False
        start: dict[str, Start] = {
            _NS + "row": self._open_row,
            _NS + "c": self._open_cell,
            _NS + "v": self._open_value,
            _NS + "f": self._open_formula,
            _NS + "is": self._open_string,
            _T: self._open_text,
            _PHONETIC: self._open_phonetic,
        }
        end: dict[str, End] = {
            _NS + "c": self._close_cell,
            _NS + "v": self._close_text,
            _NS + "f": self._close_text,
            _NS + "is": self._close_string,
            _T: self._close_text,
            _PHONETIC: self._close_phonetic,
        }
        self.calls = Calls(start, end, self._said)

    def _open_row(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        self.row = self.row + 1 if given is None else int(given)
        self.column = 0

    def _open_cell(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        if given is None:
            self.column += 1
        else:
            at = place(given)
            if at is None or at[0] != self.row:
                raise self._damaged("cell-address")
            self.column = at[1]
        self.attributes = attributes
        self.value = self.formula = None

    def _open_value(self, _: Attributes) -> None:
        if self.attributes is not None:
            self.value = self.into = []

    def _open_formula(self, _: Attributes) -> None:
        if self.attributes is not None and self.look.formulas:
            self.formula = self.into = []

    def _open_string(self, _: Attributes) -> None:
        self.in_string = True

    def _close_string(self) -> None:
        self.in_string = False

    def _open_text(self, _: Attributes) -> None:
        if self.in_string and not self.phonetic:
            self.into = self.inline

    def _close_text(self) -> None:
        self.into = None

    def _open_phonetic(self, _: Attributes) -> None:
        self.phonetic = True

    def _close_phonetic(self) -> None:
        self.phonetic = False

    def _said(self, text: str) -> None:
        if self.into is not None:
            self.into.append(text)

    def _close_cell(self) -> None:
        attributes, self.attributes = self.attributes, None
        if attributes is None or (self.value is None and self.formula is None and not self.inline):
            return
        kind = attributes.get("t", "n")
        raw = "".join(self.inline if kind == "inlineStr" else self.value or ())
        self.inline.clear()
        if not raw:
            has_text = kind == "str" and self.value is not None  # a formula whose result is the empty text
            if self.formula is not None and not has_text:
                self._add("=" + "".join(self.formula), "uncached")
            return
        try:
            self._typed(kind, raw, attributes)
        except (ValueError, IndexError, OverflowError):
            raise self._damaged("value") from None

    def _typed(self, kind: str, raw: str, attributes: dict[str, str]) -> None:
        match kind:
            case "s":
                self._add_text(self.look.strings[int(raw)])
            case "n":
                self._add_number(raw, int(attributes.get("s", "0")))
            case "str" | "inlineStr":
                self._add_text(unescaped(raw))
            case "b":
                if raw not in ("0", "1", "false", "true"):
                    raise ValueError("not a boolean")
                self._add(raw in ("1", "true"))
            case "e":
                self._add(raw, "error")
            case "d":
                self._add(_moment(from_ISO8601(raw)))
            case _:
                raise ValueError("no such type of cell")

    def _add_number(self, raw: str, style: int) -> None:
        value, text = number(raw)
        if style in self.look.dates:
            try:
                shown = from_excel(value, self.look.epoch, timedelta=style in self.look.lengths)
            except (OverflowError, ValueError):
                shown = None  # the program shows ####; the number is what is left
            if shown is not None:
                self._add(_moment(shown))
                return
        self._add(value, text=text)

    def _add_text(self, text: str) -> None:
        if not is_blank(text):
            self._add(text)

    def _add(self, value: Value, kind: str = "value", text: str = "") -> None:
        self.look.total += 1
        if self.look.total > limits.MAX_CELLS:
            raise over("cells", limits.MAX_CELLS, self.look.total, sheet=self.sheet)
        self.cells.append(Cell(self.row, self.column, value, kind, text))

    def _damaged(self, reason: str) -> ProblemError:
        where = address(self.row, self.column) if self.row and self.column else ""
        return refusal("file-damaged", reason=reason, sheet=self.sheet, cell=where)


def _moment(shown: date | datetime | time | timedelta) -> Value:
    """A datetime at midnight is a date, a length of time a time of day or text."""
    if isinstance(shown, timedelta):
        return clock(shown)
    if isinstance(shown, datetime) and shown.time() == time.min:
        return shown.date()
    return shown
