"""The cells of an .ods, streamed from its content: repeats are counted, never laid out.

calamine reads an error cell as blank and pandas' reader runs out of memory on a kilobyte of repeat
counts, so this is our own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from recruitcheck.intake import limits
from recruitcheck.intake.cells import Cell, Sheet, Value, address
from recruitcheck.intake.limits import over, refusal
from recruitcheck.intake.markup import Attributes, Calls, Elements, End, MarkupError, Start, walk
from recruitcheck.intake.values import ERRORS, clock, is_blank, number

_URN: Final = "urn:oasis:names:tc:opendocument:xmlns:"
TABLE, TEXT, OFFICE, STYLE = f"{_URN}table:1.0 ", f"{_URN}text:1.0 ", f"{_URN}office:1.0 ", f"{_URN}style:1.0 "
CALCEXT: Final = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0 "

#: whatever is in these is no cell content
_SKIPPED: Final = (
    OFFICE + "annotation",
    OFFICE + "forms",
    OFFICE + "event-listeners",
    TABLE + "shapes",
    TABLE + "detective",
    TABLE + "tracked-changes",
    TABLE + "content-validations",
    TEXT + "ruby-text",
    TEXT + "note",
    f"{_URN}drawing:1.0 frame",
    f"{_URN}drawing:1.0 custom-shape",
    f"{_URN}drawing:1.0 control",
)
_SPACES: Final = re.compile(r"[ \t\r\n]+")
_ERROR: Final = re.compile(r"Err:[0-9]{3}")
_DATE: Final = re.compile(r"-?[0-9]{4,9}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.,][0-9]+)?Z?)?")
_TIME: Final = re.compile(r"(-?)P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,7})H)?(?:([0-9]{1,9})M)?(?:([0-9.]{1,20})S)?)?")
#: how LibreOffice keeps Excel's booleans: as formulas of the value 1 or 0
_BOOLEANS: Final = {"of:=TRUE()": True, "of:=FALSE()": False}
_PREFIX: Final = re.compile(r"^[a-z]+:(?==)")
_MOST_REPEATS: Final = 2**31


@dataclass(frozen=True, slots=True)
class _Content:
    """What one cell holds, before it has a place."""

    value: Value
    kind: str = "value"
    text: str = ""


def sheets(content: Iterable[bytes]) -> tuple[Sheet, ...]:
    """Every table with its cells; raises ProblemError file-limits or file-damaged."""
    return tuple(_walk(content, keep=True).sheets)


def count(content: Iterable[bytes]) -> bool:
    """Go through every table without keeping a cell; True if there is a formula. Raises as :func:`sheets`."""
    return _walk(content, keep=False).has_formula


def _walk(content: Iterable[bytes], *, keep: bool) -> _Tables:
    tables = _Tables(keep)
    try:
        walk(content, "content.xml", Elements(), lambda _: tables.calls)
    except MarkupError:
        raise refusal("file-damaged", reason="xml", part="content.xml") from None
    return tables


class _Tables:
    """Follows one content.xml."""

    def __init__(self, keep: bool) -> None:
        self.keep = keep
        self.sheets: list[Sheet] = []
        self.has_formula = False
        self.total = 0
        self.hidden_styles: set[str] = set()
        self.style = ""
        self.depth_skipped = 0
        self.name: str | None = None
        self.state = "visible"
        self.cells: list[Cell] = []
        self.row = self.next_row = 1
        self.row_repeat = 1
        self.columns: list[tuple[int, int, _Content]] = []
        self.column = 1
        self.cell: Attributes | None = None
        self.paragraphs: list[str] = []
        self.pieces: list[str] | None = None
        self.folded = False
        self.length = 0
        start: dict[str, Start] = {
            STYLE + "style": self._style,
            STYLE + "table-properties": self._table_properties,
            TABLE + "table": self._open_table,
            TABLE + "table-row": self._open_row,
            TABLE + "table-cell": self._open_cell,
            TABLE + "covered-table-cell": self._open_cell,
            TEXT + "p": self._open_paragraph,
            TEXT + "h": self._open_paragraph,
            TEXT + "s": self._space,
            TEXT + "tab": lambda _: self._add("\t"),
            TEXT + "line-break": lambda _: self._add("\n"),
        }
        end: dict[str, End] = {
            TABLE + "table": self._close_table,
            TABLE + "table-row": self._close_row,
            TABLE + "table-cell": self._close_cell,
            TABLE + "covered-table-cell": self._close_cell,
            TEXT + "p": self._close_paragraph,
            TEXT + "h": self._close_paragraph,
        }
        for skipped in _SKIPPED:
            start[skipped], end[skipped] = self._skip, self._skipped
        self.calls = Calls(start, end, self._said)

    # what is skipped

    def _skip(self, _: Attributes) -> None:
        self.depth_skipped += 1

    def _skipped(self) -> None:
        self.depth_skipped -= 1

    # which tables are hidden

    def _style(self, attributes: Attributes) -> None:
        self.style = attributes.get(STYLE + "name", "") if attributes.get(STYLE + "family") == "table" else ""

    def _table_properties(self, attributes: Attributes) -> None:
        if self.style and attributes.get(TABLE + "display") == "false":
            self.hidden_styles.add(self.style)

    # tables, rows, cells

    def _open_table(self, attributes: Attributes) -> None:
        if self.depth_skipped:
            return
        if self.name is not None:
            raise refusal("file-damaged", reason="nested-table", sheet=self.name, cell=self._address())
        if len(self.sheets) == limits.MAX_SHEETS:
            raise over("sheets", limits.MAX_SHEETS, limits.MAX_SHEETS + 1)
        self.name = attributes.get(TABLE + "name", "")
        self.state = "hidden" if attributes.get(TABLE + "style-name", "") in self.hidden_styles else "visible"
        self.cells, self.row, self.next_row = [], 1, 1

    def _close_table(self) -> None:
        if not self.depth_skipped:
            self.sheets.append(Sheet(self.name or "", self.state, tuple(self.cells)))
            self.name, self.cells = None, []

    def _open_row(self, attributes: Attributes) -> None:
        if self.depth_skipped:
            return
        if self.name is None or self.cell is not None:
            raise refusal("file-damaged", reason="nested-row", sheet=self.name or "")
        self.row, self.row_repeat = self.next_row, self._repeat(attributes, "number-rows-repeated")
        self.next_row = self.row + self.row_repeat
        self.column = 1
        self.columns = []

    def _close_row(self) -> None:
        if self.depth_skipped or not self.columns:
            return
        last, repeats, _ = self.columns[-1]
        if self.next_row - 1 > limits.MAX_ROWS:
            where = address(self.row, self.columns[0][0])
            raise over("rows", limits.MAX_ROWS, self.next_row - 1, sheet=self.name or "", cell=where)
        if last + repeats - 1 > limits.MAX_COLUMNS:
            where = address(self.row, min(last, limits.LAST_COLUMN))
            raise over("columns", limits.MAX_COLUMNS, last + repeats - 1, sheet=self.name or "", cell=where)
        self.total += self.row_repeat * sum(repeats for _, repeats, _ in self.columns)
        if self.total > limits.MAX_CELLS:
            raise over("cells", limits.MAX_CELLS, self.total, sheet=self.name or "")
        if self.keep:
            for row in range(self.row, self.next_row):
                for first, repeats, content in self.columns:
                    for column in range(first, first + repeats):
                        self.cells.append(Cell(row, column, content.value, content.kind, content.text))

    def _open_cell(self, attributes: Attributes) -> None:
        if self.depth_skipped:
            return
        if self.name is None or self.cell is not None:
            raise refusal("file-damaged", reason="nested-cell", sheet=self.name or "", cell=self._address())
        self.cell = attributes
        self.paragraphs = []
        self.length = 0

    def _close_cell(self) -> None:
        if self.depth_skipped or self.cell is None:
            return
        attributes, self.cell = self.cell, None
        repeats = self._repeat(attributes, "number-columns-repeated")
        content = self._content(attributes)
        if content is not None:
            if len(self.columns) >= limits.MAX_COLUMNS:
                raise over("columns", limits.MAX_COLUMNS, self.column, sheet=self.name or "", cell=self._address())
            self.columns.append((self.column, repeats, content))
        self.column += repeats

    def _repeat(self, attributes: Attributes, name: str) -> int:
        given = attributes.get(TABLE + name, "1")
        if not (given.isascii() and given.isdigit()) or len(given) > 10 or not 0 < int(given) <= _MOST_REPEATS:
            raise refusal("file-damaged", reason="repeat", sheet=self.name or "", cell=self._address(), found=given)
        return int(given)

    def _address(self) -> str:
        return address(self.row, min(self.column, limits.LAST_COLUMN))

    # text

    def _open_paragraph(self, _: Attributes) -> None:
        if self.cell is not None and not self.depth_skipped:
            self.pieces, self.folded = [], False
            self._grow(1 if self.paragraphs else 0)

    def _close_paragraph(self) -> None:
        if self.pieces is not None and not self.depth_skipped:
            self.paragraphs.append("".join(self.pieces))
            self.pieces = None

    def _said(self, data: str) -> None:
        """Text of a paragraph, its white space folded as the format asks: what should stay is a text:s."""
        if self.pieces is None or self.depth_skipped:
            return
        folded = _SPACES.sub(" ", data)
        if folded[0] == " " and (self.folded or not self.pieces):
            folded = folded[1:]
        if folded:
            self._grow(len(folded))
            self.pieces.append(folded)
            self.folded = folded[-1] == " "

    def _add(self, data: str) -> None:
        if self.pieces is not None and not self.depth_skipped:
            self._grow(len(data))
            self.pieces.append(data)
            self.folded = False

    def _space(self, attributes: Attributes) -> None:
        given = attributes.get(TEXT + "c", "1")
        if not (given.isascii() and given.isdigit()) or len(given) > 10:
            raise refusal("file-damaged", reason="repeat", sheet=self.name or "", cell=self._address(), found=given)
        if self.pieces is not None and not self.depth_skipped:
            self._grow(int(given))  # before the spaces exist
            self.pieces.append(" " * int(given))
            self.folded = False

    def _grow(self, more: int) -> None:
        self.length += more
        if self.length > limits.MAX_CHARACTERS:
            where = self._address()
            raise over("characters", limits.MAX_CHARACTERS, self.length, sheet=self.name or "", cell=where)

    # values

    def _content(self, attributes: Attributes) -> _Content | None:
        """What the cell shows, or None if it is blank."""
        kind = attributes.get(OFFICE + "value-type", "")
        formula = attributes.get(TABLE + "formula")
        text = "\n".join(self.paragraphs)
        self._grow(len(attributes.get(OFFICE + "string-value", "")))
        if formula is not None:
            self.has_formula = True
        if attributes.get(CALCEXT + "value-type") == "error" or (
            (formula is not None or kind not in ("", "string")) and (text in ERRORS or _ERROR.fullmatch(text))
        ):
            return _Content(text or "#ERROR", "error")
        if formula is not None and kind in ("", "void") and not self.paragraphs:
            return _Content(_PREFIX.sub("", formula), "uncached")  # LibreOffice gives an empty text a paragraph
        if formula in _BOOLEANS:
            return _Content(_BOOLEANS[formula])
        try:
            return _typed(kind, attributes, text)
        except ValueError:
            raise refusal(
                "file-damaged", reason="value", sheet=self.name or "", cell=self._address(), found=kind
            ) from None


def _typed(kind: str, attributes: Attributes, text: str) -> _Content | None:
    """The stored value; raises ValueError if it is not of its own type."""
    match kind:
        case "float" | "percentage" | "currency":
            value, plain = number(attributes.get(OFFICE + "value", ""))
            return _Content(value, text=plain)
        case "date":
            return _Content(_date(attributes.get(OFFICE + "date-value", "")))
        case "time":
            return _Content(_time(attributes.get(OFFICE + "time-value", "")))
        case "boolean":
            given = attributes.get(OFFICE + "boolean-value", "")
            if given not in ("true", "false"):
                raise ValueError("not a boolean")
            return _Content(given == "true")
    stored = attributes.get(OFFICE + "string-value") or text
    return None if is_blank(stored) else _Content(stored)


def _date(given: str) -> Value:
    """The date; as the text it is if it lies outside the calendar ("20266-03-02")."""
    if not _DATE.fullmatch(given):
        raise ValueError("not a date")
    try:
        at = datetime.fromisoformat(given.removesuffix("Z").replace(",", ".")[:26])
    except ValueError:
        return given
    return at.date() if at.time() == datetime.min.time() else at


def _time(given: str) -> Value:
    match = _TIME.fullmatch(given)
    if match is None or given.endswith(("P", "T")):
        raise ValueError("not a time")
    sign, days, hours, minutes, seconds = match.groups()
    length = timedelta(
        days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=round(float(seconds or 0), 6)
    )
    return clock(-length if sign else length)
