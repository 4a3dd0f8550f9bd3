"""The same workbook with the problems marked: coloured cells, notes, and a first sheet that lists every problem.

The reader ignores the list, the colours and the notes, and all of them are taken out when the file is annotated
again: the corrected copy uploads as it is. A colour is a conditional format with a formula of its own, so the
cell's own look is never touched, and the colour stays with its cell when rows are moved.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Final

from recruitcheck.intake import annotate_book, annotate_list, labels, layout, palette
from recruitcheck.intake.cells import Book
from recruitcheck.problem import Problem, Severity
from recruitcheck.text import Texts, problem_words

if TYPE_CHECKING:
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

#: (what is wrong, what is expected, what to do) of a problem in the reader's language
Words = Callable[[Problem], tuple[str, str, str]]

#: by this formula a colour is known as ours
MARK: Final = "recruitcheck-mark"
MARK_FORMULA: Final = f'LEN("{MARK}")>0'

#: addresses in one conditional format, well under the longest attribute that the gate lets in
MARKS_IN_ONE: Final = 100

NOTE_LENGTH: Final = 1500
NOTE_WIDTH: Final = 340

_CELL: Final = re.compile(r"[A-Z]{1,3}[1-9][0-9]{0,6}")


def annotate(
    upload_data: bytes,
    kind: str,
    book: Book,
    problems: Sequence[Problem],
    texts: Texts,
    out_path: str | PathLike[str] | IO[bytes],
    *,
    words: Words | None = None,
) -> None:
    """Writes an .xlsx with the content of the upload and every problem of this file marked in it.

    ``kind`` is what the gate found ("xlsx", "ods", "csv", "csvzip"); of an .xlsx the original is marked, of the
    others a workbook with the same cells at the same addresses. A problem that names another file is left out:
    what stands in the annex never gets into the audit workbook. Raises ValueError for a kind without cells.
    """
    mine = [problem for problem in problems if problem.file in ("", book.file)]
    mine.sort(key=lambda problem: problem.severity is not Severity.ERROR)
    workbook, sheets = annotate_book.open_copy(upload_data, kind, book)
    annotate_book.strip(workbook)
    _unmark(workbook)
    sheets = {name: title for name, title in sheets.items() if title in workbook.sheetnames}
    say = words or (lambda problem: problem_words(problem, texts))
    told = [annotate_list.Told(problem, *say(problem), link=_link(workbook, sheets, problem)) for problem in mine]
    for sheet in workbook.worksheets:
        _mark(sheet, texts, [one for one in told if sheets.get(one.problem.sheet) == sheet.title])
    annotate_list.write(workbook, texts, told)
    annotate_book.save(workbook, out_path)


# ---- earlier marks ---------------------------------------------------------------------------------------------------


def _unmark(workbook: Workbook) -> None:
    """Takes out the list and the colours of an earlier time; notes went with the strangers' comments."""
    from openpyxl.formatting.formatting import ConditionalFormattingList

    names = {name.casefold() for name in labels.problem_names()}
    for sheet in list(workbook.worksheets):
        if sheet["A1"].value == layout.PROBLEMS and (sheet.title.casefold() in names or sheet.title[:1] == "_"):
            workbook.remove(sheet)
            continue
        kept = ConditionalFormattingList()
        for formatting in sheet.conditional_formatting:
            for rule in formatting.rules:
                if not any(MARK in str(formula) for formula in rule.formula or ()):
                    kept.add(str(formatting.sqref), rule)
        sheet.conditional_formatting = kept


# ---- marks of this time ----------------------------------------------------------------------------------------------


def _link(workbook: Workbook, sheets: dict[str, str], problem: Problem) -> str:
    """Where a click on the problem leads, as "'Sheet'!C14"; "" for a problem of the whole file."""
    title = sheets.get(problem.sheet, "")
    if not title:
        return ""
    sheet = workbook[title]
    if sheet.sheet_state != "visible":
        if title.startswith("_"):
            return ""
        sheet.sheet_state = "visible"  # what is wrong must be seen
    cell = problem.cell if _CELL.fullmatch(problem.cell) else f"B{layout.LABEL_ROW}"
    return f"{labels.quoted(title)}!{cell}"


def _mark(sheet: Worksheet, texts: Texts, told: Sequence[annotate_list.Told]) -> None:
    """Colours and notes of one sheet."""
    by_cell: dict[str, list[annotate_list.Told]] = {}
    for one in told:
        if _CELL.fullmatch(one.problem.cell):
            by_cell.setdefault(_anchor(sheet, one.problem.cell), []).append(one)
    errors = [at for at, here in by_cell.items() if any(one.is_error for one in here)]
    warnings = [at for at in by_cell if at not in set(errors)]
    rules = [(cells, palette.ERROR) for cells in _portions(errors)]
    rules += [(cells, palette.WARNING) for cells in _portions(warnings)]
    _colour(sheet, rules)
    for at, here in by_cell.items():
        sheet[at].comment = _note(texts, here)


def _anchor(sheet: Worksheet, at: str) -> str:
    """The cell itself, or the first one of the merged range that hides it."""
    from openpyxl.cell import MergedCell

    if not isinstance(sheet[at], MergedCell):
        return at
    for merged in sheet.merged_cells.ranges:
        if at in merged:
            return str(merged.start_cell.coordinate)
    return at


def _portions(cells: Sequence[str]) -> list[Sequence[str]]:
    return [cells[start : start + MARKS_IN_ONE] for start in range(0, len(cells), MARKS_IN_ONE)]


def _colour(sheet: Worksheet, rules: Sequence[tuple[Sequence[str], str]]) -> None:
    """Adds our colours in front of the sheet's own conditional formats."""
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles import PatternFill
    from openpyxl.styles.differential import DifferentialStyle

    for formatting in sheet.conditional_formatting:
        for rule in formatting.rules:
            rule.priority = (rule.priority or 1) + len(rules)
    for priority, (cells, colour) in enumerate(rules, start=1):
        fill = PatternFill(start_color=f"FF{colour}", end_color=f"FF{colour}", fill_type="solid")
        rule = Rule(type="expression", formula=[MARK_FORMULA], dxf=DifferentialStyle(fill=fill))
        rule.priority = priority
        sheet.conditional_formatting.add(" ".join(cells), rule)


def _note(texts: Texts, told: Sequence[annotate_list.Told]) -> Any:
    """One note for all problems of a cell."""
    from openpyxl.comments import Comment

    text = labels.clipped("\n\n".join(_note_text(texts, one) for one in told), NOTE_LENGTH)
    lines = sum(1 + len(line) // 46 for line in text.split("\n"))
    return Comment(text, "recruitcheck", width=NOTE_WIDTH, height=min(420, 18 * lines + 22))


def _note_text(texts: Texts, one: annotate_list.Told) -> str:
    parts = [one.message]
    if one.problem.count > 1:
        parts.append(texts.say("template.problems.alike", count=one.problem.count))
    if one.fix:
        parts.append(texts.say("template.problems.note_fix", fix=one.fix))
    return "\n".join(parts)
