"""The first sheet of an annotated copy: every problem with its cell, what is expected and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.template_look import ARABIC_FONT, FONT, PAPER_A4, wrapped_lines
from recruitcheck.problem import Problem, Severity
from recruitcheck.text import Texts

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS: Final = (
    ("severity", 15.0),
    ("sheet_head", 20.0),
    ("cell", 9.0),
    ("message", 46.0),
    ("found", 24.0),
    ("expected", 36.0),
    ("fix", 46.0),
    ("times", 9.0),
)
TITLE_ROW, COUNT_ROW, HOW_ROW, SHEETS_ROW, HEAD_ROW = 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True)
class Told:
    """A problem in the reader's words, and where a click on it leads."""

    problem: Problem
    message: str
    expected: str
    fix: str
    link: str = ""

    @property
    def is_error(self) -> bool:
        return self.problem.severity is Severity.ERROR


def write(workbook: Workbook, texts: Texts, told: Sequence[Told]) -> None:
    """Puts the list in front of the other sheets and opens the workbook on it."""
    names = {sheet.title.casefold() for sheet in workbook.worksheets}
    wanted = labels.sheet_title(_say(texts, "sheet"))
    sheet = workbook.create_sheet(layout.PROBLEMS if wanted.casefold() in names else wanted, 0)
    for other in workbook.worksheets:
        other.sheet_view.tabSelected = False
    workbook.active = 0
    _Painter(sheet, texts).write(told)


def _say(texts: Texts, key: str, **values: object) -> str:
    return texts.say(f"template.problems.{key}", **values)


class _Painter:
    """Writes the sheet from top to bottom."""

    def __init__(self, sheet: Worksheet, texts: Texts) -> None:
        self.sheet, self.texts = sheet, texts
        self.rtl = texts.direction == "rtl"
        self.size = 11 if self.rtl else 10

    def write(self, told: Sequence[Told]) -> None:
        self._setup()
        errors = sum(one.is_error for one in told)
        say = self.texts
        self._line(TITLE_ROW, _say(say, "title"), height=30, bold=True, size=self.size + 6, color=palette.GREEN)
        counts = _say(say, "counts", errors=errors, warnings=len(told) - errors) if told else _say(say, "none")
        self._line(COUNT_ROW, counts, height=22, bold=True, size=self.size + 1)
        self._line(HOW_ROW, _say(say, "how") if told else "", height=20, color=palette.MUTED)
        self._line(SHEETS_ROW, self._by_sheet(told), height=20)
        if told:
            self._head()
        for row, one in enumerate(told, start=HEAD_ROW + 1):
            self._problem(row, one)

    def _setup(self) -> None:
        from openpyxl.worksheet.page import PageMargins

        sheet = self.sheet
        sheet["A1"] = layout.PROBLEMS
        sheet.row_dimensions[1].hidden = True
        for (_, width), letter in zip(COLUMNS, "ABCDEFGH", strict=True):
            sheet.column_dimensions[letter].width = width
        sheet.sheet_view.rightToLeft = self.rtl
        sheet.sheet_view.showGridLines = False
        sheet.sheet_view.tabSelected = True
        sheet.sheet_properties.tabColor = palette.SAFFRON
        sheet.freeze_panes = f"A{HEAD_ROW + 1}"
        sheet.page_setup.orientation = "landscape"
        sheet.page_setup.paperSize = PAPER_A4
        sheet.page_setup.fitToHeight = 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_title_rows = f"{HEAD_ROW}:{HEAD_ROW}"
        sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.oddFooter.center.text = "&P / &N"

    def _by_sheet(self, told: Sequence[Told]) -> str:
        """How many on each sheet, in the order of the list: "By sheet:  Contracts 3  ·  Payroll 1"."""
        counts: dict[str, int] = {}
        for one in told:
            name = one.problem.sheet or _say(self.texts, "whole_file")
            counts[name] = counts.get(name, 0) + one.problem.count
        if not counts:
            return ""
        return "  ".join((_say(self.texts, "by_sheet"), "  ·  ".join(f"{k} {n}" for k, n in counts.items())))

    # -- rows --

    def _line(self, row: int, text: str, *, height: float, **font: Any) -> None:
        cell = self.sheet.cell(row, 1)
        self._put(cell, text, wrap=False, **font)
        self.sheet.row_dimensions[row].height = height

    def _head(self) -> None:
        from openpyxl.styles import PatternFill

        fill = PatternFill("solid", start_color=f"FF{palette.GREEN}")
        for column, (key, _) in enumerate(COLUMNS, start=1):
            cell = self.sheet.cell(HEAD_ROW, column)
            self._put(cell, _say(self.texts, key), bold=True, color=palette.WHITE, middle=True)
            cell.fill = fill
        self.sheet.row_dimensions[HEAD_ROW].height = 24

    def _problem(self, row: int, one: Told) -> None:
        from openpyxl.styles import Border, PatternFill, Side
        from openpyxl.worksheet.hyperlink import Hyperlink

        problem = one.problem
        texts = (
            _say(self.texts, "error" if one.is_error else "warning"),
            problem.sheet or _say(self.texts, "whole_file"),
            problem.cell,
            one.message,
            problem.found,
            one.expected,
            one.fix,
            str(problem.count) if problem.count > 1 else "",
        )
        line = Border(bottom=Side("thin", color=f"FF{palette.LINE}"))
        for column, text in enumerate(texts, start=1):
            cell = self.sheet.cell(row, column)
            self._put(cell, text, bold=column == 1)
            cell.border = line
        colour = palette.ERROR if one.is_error else palette.WARNING
        self.sheet.cell(row, 1).fill = PatternFill("solid", start_color=f"FF{colour}")
        if one.link:
            for column in (2, 3):
                cell = self.sheet.cell(row, column)
                if cell.value:
                    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=one.link)
                    self._put(cell, texts[column - 1], color=palette.GREEN, underline="single", bold=True)
        self.sheet.row_dimensions[row].height = self._height(texts)

    def _put(self, cell: Any, text: str, *, wrap: bool = True, middle: bool = False, **font: Any) -> None:
        """A text as text: what begins like a formula stays what it is."""
        from openpyxl.styles import Alignment, Font

        name = ARABIC_FONT if self.rtl else FONT
        cell.value = labels.printable(text) or None
        if text:
            cell.data_type = "s"
        cell.font = Font(**({"name": name, "size": self.size, "color": palette.INK} | font))
        cell.alignment = Alignment(
            horizontal="right" if self.rtl else "left",
            vertical="top" if wrap and not middle else "center",
            wrap_text=wrap,
            readingOrder=2 if self.rtl else 0,
        )

    def _height(self, texts: Sequence[str]) -> float:
        lines = 1
        for (_, width), text in zip(COLUMNS, texts, strict=True):
            room = (width * 7 - 10) / (self.size * 96 / 72)
            lines = max(lines, sum(wrapped_lines(part, room) for part in text.split("\n")))
        return min(400, lines * self.size * (1.6 if self.rtl else 1.3) + 8)
