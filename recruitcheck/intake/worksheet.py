"""The gate's own look at the worksheets of an .xlsx: every row and cell counted, the claimed dimension never believed.

A blank cell, styled or not, may be anywhere; a value may only be where a person could have put it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from recruitcheck.intake import limits
from recruitcheck.intake.cells import address, column_letters
from recruitcheck.intake.limits import over, refusal
from recruitcheck.intake.markup import Attributes, Calls, End, Start
from recruitcheck.intake.values import is_blank
from recruitcheck.problem import ProblemError

MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

Call = TypeVar("Call", Start, End)

_REFERENCE: Final = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})", re.ASCII)
_RANGE: Final = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})(?::\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6}))?", re.ASCII)
_QUOTED: Final = re.compile(r"\"[^\"]*\"|'[^']*'")
_DDE: Final = re.compile(r"\bDDE\s*\(", re.IGNORECASE)


def in_main(calls: Mapping[str, Call]) -> dict[str, Call]:
    """The same calls for the elements of a spreadsheet and of nothing else."""
    return {f"{MAIN} {name}": call for name, call in calls.items()}


def column_number(letters: str) -> int:
    """ "AA" -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


_COLUMNS: Final = {column_letters(n): n for n in range(1, limits.LAST_COLUMN + 1)}


def place(reference: str) -> tuple[int, int] | None:
    """ "C14" -> (14, 3); None if the format has no such cell."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        return None
    row, column = int(match[2]), _COLUMNS.get(match[1])
    return None if column is None or row > limits.LAST_ROW else (row, column)


def is_dde(formula: str) -> bool:
    """True if the formula asks another program for its value; a bar outside quotes means nothing else."""
    return ("|" in formula and "|" in _QUOTED.sub("", formula)) or _DDE.search(formula) is not None


@dataclass(slots=True)
class Strings:
    """The shared strings: how many there are and which of them look blank."""

    count: int = 0
    blank: set[int] = field(default_factory=set)
    _pieces: list[str] = field(default_factory=list)
    _length: int = 0
    _inside: bool = False

    def text(self, data: str) -> None:
        if self._inside:
            self._length += len(data)
            if self._length > limits.MAX_CHARACTERS:
                raise over("characters", limits.MAX_CHARACTERS, self._length)
            self._pieces.append(data)

    def calls(self) -> Calls:
        """What to call while walking the part that holds them."""
        start, end = {"si": self._open, "t": self._open_text}, {"si": self._close, "t": self._close_text}
        return Calls(in_main(start), in_main(end), self.text)

    def _open(self, _: Attributes) -> None:
        self._pieces.clear()
        self._length = 0

    def _close(self) -> None:
        if is_blank("".join(self._pieces)):
            self.blank.add(self.count)
        self.count += 1
        if self.count > limits.MAX_STRINGS:
            raise over("strings", limits.MAX_STRINGS, self.count)

    def _open_text(self, _: Attributes) -> None:
        self._inside = True

    def _close_text(self) -> None:
        self._inside = False


class Worksheets:
    """Walks one worksheet part after another; the totals are those of the file."""

    def __init__(self, strings: Strings) -> None:
        self.strings = strings
        self.cells = 0
        self.has_formula = False
        self.dde: tuple[str, str] | None = None
        start: Mapping[str, Start] = {
            "row": self._open_row,
            "c": self._open_cell,
            "v": self._open_value,
            "f": self._open_formula,
            "t": self._open_text,
            "mergeCell": self._merge,
        }
        end: Mapping[str, End] = {
            "row": self._close_row,
            "c": self._close_cell,
            "v": self._close_value,
            "f": self._close_formula,
            "t": self._close_value,
        }
        self.calls = Calls(in_main(start), in_main(end), self.text)
        self.begin("")

    def begin(self, sheet: str) -> None:
        """The next part is that sheet's."""
        self._sheet = sheet
        self._row = self._column = self._merges = 0
        self._in_row = self._in_cell = False
        self._type = ""
        self._seen_value = self._seen_formula = False
        self._pieces: list[str] = []
        self._length = 0
        self._listening = False
        self._formula: list[str] = []
        self._in_formula = False

    def text(self, data: str) -> None:
        if self._listening:
            self._length += len(data)
            if self._length > limits.MAX_CHARACTERS:
                raise over("characters", limits.MAX_CHARACTERS, self._length, sheet=self._sheet, cell=self._cell())
            (self._formula if self._in_formula else self._pieces).append(data)

    def _cell(self) -> str:
        return address(self._row, self._column or 1) if self._row else ""

    def _damaged(self, reason: str) -> ProblemError:
        return refusal("file-damaged", reason=reason, sheet=self._sheet, cell=self._cell())

    def _open_row(self, attributes: Attributes) -> None:
        given = attributes.get("r")
        if self._in_row:
            raise self._damaged("nested-row")
        if given is None:
            row = self._row + 1
        elif given.isascii() and given.isdigit() and len(given) <= 7:
            row = int(given)
        else:
            raise self._damaged("row-number")
        if not 1 <= row <= limits.LAST_ROW:
            raise self._damaged("row-number")
        if row <= self._row:
            twice = row == self._row
            self._row, self._column = row, 0
            raise self._damaged("row-twice" if twice else "row-order")
        self._row, self._column = row, 0
        self._in_row = True

    def _close_row(self) -> None:
        self._in_row = False

    def _open_cell(self, attributes: Attributes) -> None:
        if not self._in_row or self._in_cell:
            raise self._damaged("nested-cell")
        given = attributes.get("r")
        if given is None:
            at = (self._row, self._column + 1)
        else:
            found = place(given)
            if found is None:
                raise self._damaged("cell-address")
            at = found
        if at[0] != self._row or at[1] > limits.LAST_COLUMN:
            raise self._damaged("cell-address")
        if at[1] <= self._column:
            twice = at[1] == self._column
            self._column = at[1]
            raise self._damaged("cell-twice" if twice else "cell-order")
        self._column = at[1]
        self._in_cell = True
        self._type = attributes.get("t", "n")
        self._seen_value = self._seen_formula = False
        self._length = 0
        if self._pieces:
            self._pieces.clear()

    def _open_value(self, _: Attributes) -> None:
        if self._in_cell:
            if self._seen_value:
                raise self._damaged("value-twice")
            self._seen_value = self._listening = True

    def _open_text(self, _: Attributes) -> None:
        self._listening = self._in_cell

    def _close_value(self) -> None:
        self._listening = False

    def _open_formula(self, _: Attributes) -> None:
        if self._in_cell:
            if self._seen_formula:
                raise self._damaged("value-twice")
            self._seen_formula = self._listening = self._in_formula = True
            self.has_formula = True
            self._formula.clear()
            self._length = 0

    def _close_formula(self) -> None:
        if self._in_formula:
            self._listening = self._in_formula = False
            self._length = 0
            if self.dde is None and is_dde("".join(self._formula)):
                self.dde = (self._sheet, self._cell())

    def _close_cell(self) -> None:
        self._in_cell = False
        text = "".join(self._pieces)
        if not self._seen_formula and self._is_blank(text):
            return
        self.cells += 1
        if self._row > limits.MAX_ROWS:
            raise over("rows", limits.MAX_ROWS, self._row, sheet=self._sheet, cell=self._cell())
        if self._column > limits.MAX_COLUMNS:
            raise over("columns", limits.MAX_COLUMNS, self._column, sheet=self._sheet, cell=self._cell())
        if self.cells > limits.MAX_CELLS:
            raise over("cells", limits.MAX_CELLS, self.cells, sheet=self._sheet)

    def _is_blank(self, text: str) -> bool:
        if self._type == "s" and text:
            if not (text.isascii() and text.isdigit() and len(text) <= 9) or int(text) >= self.strings.count:
                raise self._damaged("shared-string")
            return int(text) in self.strings.blank
        return is_blank(text)

    def _merge(self, attributes: Attributes) -> None:
        self._merges += 1
        reference = attributes.get("ref", "")
        if self._merges > limits.MAX_MERGES:
            raise over("merges", limits.MAX_MERGES, self._merges, sheet=self._sheet)
        match = _RANGE.fullmatch(reference)
        if match is None:
            raise refusal("file-damaged", reason="merge", sheet=self._sheet, found=reference)
        first_column, first_row, last_column, last_row = match.groups()
        columns = abs(column_number(last_column or first_column) - column_number(first_column)) + 1
        rows = abs(int(last_row or first_row) - int(first_row)) + 1
        if rows * columns > limits.MAX_MERGE_AREA:
            raise over("merge-area", limits.MAX_MERGE_AREA, reference, sheet=self._sheet)
