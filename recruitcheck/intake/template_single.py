"""Single-record sheets: code (hidden), question, answer, comment, what to look for; a band above each group."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.template_columns import (
    Column,
    Filled,
    Site,
    columns_of,
    how_to_answer,
    mark_if_blank,
    prompt,
    rule,
    write_cell,
    write_names,
)
from recruitcheck.intake.template_look import (
    DATE_FORMAT,
    MARGIN,
    MONEY_FORMAT,
    PAGE_PIXELS,
    PAGE_POINTS,
    TEXT_FORMAT,
    pixels,
    print_setup,
)
from recruitcheck.intake.template_values import cells_of
from recruitcheck.rules.standard import FieldType, Section

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

#: code (hidden), question, answer, comment, what to look for
WIDTHS: Final = (24.0, 54.0, 30.0, 30.0, 60.0)
QUESTION, ANSWER, COMMENT, SEEK = 1, 2, 3, 4
HEADINGS: Final = ("label_heading", "answer_heading", "comment_heading", "seek_heading")

#: fewer rows than these are not left alone on a page
FEW_ROWS: Final = 5


@dataclass(frozen=True, slots=True)
class Band:
    """A title between groups of questions; in place of a code it has "#", so the reader skips it."""

    title: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """What is filled in: answers by field, comments by the machine name of their row."""

    answers: Mapping[str, Any]
    comments: Mapping[str, str]


def write_single(sheet: Worksheet, section: Section, site: Site, record: Record) -> Filled:
    """Writes one single record."""
    look, texts = site.look, site.texts
    for at, width in enumerate(WIDTHS):
        sheet.set_column(at, at, width, look.paper(), {"hidden": at == 0})
    sheet.set_column(len(WIDTHS), len(WIDTHS) + MARGIN, 9, look.paper())
    write_names(sheet, layout.SINGLE_COLUMNS)
    head = look.height(1, padding=12)
    sheet.set_row(layout.LABEL_ROW - 1, head)
    for at, key in enumerate(HEADINGS, start=QUESTION):
        sheet.write_string(layout.LABEL_ROW - 1, at, texts.say(f"template.{key}"), look.header(indent=1))

    filled = Filled(section, sheet.name)
    row = layout.FIRST_ROW - 1
    blocks: list[tuple[int, list[float]]] = []
    for band, columns in groups(site, section):
        first, heights = row, _band(sheet, site, row, band)
        row += len(heights)
        for column in columns:
            heights.append(_row(sheet, site, row, column, record))
            row += 1
        blocks.append((first, heights))
        _count(filled, columns, row - len(columns), record.answers)

    sheet.freeze_panes(layout.LABEL_ROW, ANSWER)
    sheet.hide_gridlines(2)
    if look.rtl:
        sheet.right_to_left()
    name, page = texts.section(section.id), texts.say("template.page")
    print_setup(sheet, look, name=name, left=site.footer, page=page, center=site.header_text)
    sheet.repeat_rows(layout.LABEL_ROW - 1, layout.LABEL_ROW - 1)
    sheet.print_area(0, QUESTION, row - 1, SEEK)
    scale = PAGE_PIXELS / sum(pixels(width) for width in WIDTHS[1:])
    sheet.set_print_scale(math.floor(scale * 100))
    sheet.set_h_pagebreaks(row_breaks(blocks, PAGE_POINTS / scale - head))
    return filled


def groups(site: Site, section: Section) -> list[tuple[Band, list[Column]]]:
    """The rows of a section under their bands: by principle first, then one group for each multiple choice."""
    texts = site.texts
    opening = Band(texts.section(section.id), texts.section_help(section.id))
    found: list[tuple[Band, list[Column]]] = [(opening, [])]
    columns = columns_of(site, section)
    principle = ""
    for column in columns:
        if column.is_mark:
            continue
        if column.field.principle != principle:
            principle = column.field.principle
            summary = texts.get("principle", principle, "summary")
            found.append((Band(texts.principle(principle), summary), []))
        found[-1][1].append(column)
    for asked, marks in groupby((c for c in columns if c.is_mark), key=lambda c: c.field):
        note = " ".join(filter(None, (texts.field_help(asked.section, asked.id), texts.say("template.several"))))
        found.append((Band(labels.heading(texts, asked), note), list(marks)))
    return found


def _band(sheet: Worksheet, site: Site, row: int, band: Band) -> list[float]:
    """Writes a title row, and its note under it; gives the heights of those rows."""
    look = site.look
    top = look.band(indent=1, valign="bottom" if band.note else "vcenter")
    under = look.band(indent=1, bold=False, grow=-1, font_color=palette.INK, valign="top")
    heights: list[float] = []
    for form, text, height in ((top, band.title, 26.0), (under, band.note, look.height(1, padding=5))):
        if not text:
            continue
        sheet.write_string(row, 0, layout.BAND)
        sheet.write_string(row, QUESTION, labels.tidy(site.texts, text), form)
        for at in range(ANSWER, SEEK + 1):
            sheet.write_blank(row, at, None, form)
        sheet.set_row(row, height)
        heights.append(height)
        row += 1
    return heights


def _row(sheet: Worksheet, site: Site, row: int, column: Column, record: Record) -> float:
    """Writes one question with its answer; gives the height of the row."""
    look, texts, asked = site.look, site.texts, column.field
    value = cells_of(asked, record.answers.get(asked.id), texts, site.cell_text).get(column.name)
    comment = record.comments.get(column.name, "")
    label = column.label if column.is_mark else column.heading.replace("\n", " ")
    seek = "" if column.group else labels.tidy(texts, texts.field_help(asked.section, asked.id))
    sheet.write_string(row, 0, column.name)
    sheet.write_string(row, QUESTION, label, look.label(indent=2 if column.group else 1))
    form = look.answer(text_wrap=True, align=look.start, indent=1, num_format=_number_format(column))
    write_cell(sheet, row, ANSWER, value, form)
    write_cell(sheet, row, COMMENT, comment, look.answer(text_wrap=True, indent=1, num_format=TEXT_FORMAT))
    write_cell(sheet, row, SEEK, seek, look.muted())
    texts_at = ((QUESTION, label), (SEEK, seek), (COMMENT, comment), (ANSWER, value if isinstance(value, str) else ""))
    height = look.height(max(look.lines(text, WIDTHS[at] - 2) for at, text in texts_at), padding=10)
    sheet.set_row(row, height)
    sheet.data_validation(
        row, ANSWER, row, ANSWER, rule(texts, column) | prompt(column.label, how_to_answer(texts, column))
    )
    if asked.required:
        mark_if_blank(sheet, look, row, ANSWER)
    return height


def _number_format(column: Column) -> str:
    if column.is_currency or column.is_mark:
        return "General"
    formats = {FieldType.DATE: DATE_FORMAT, FieldType.MONEY: MONEY_FORMAT, FieldType.TEXT: TEXT_FORMAT}
    return formats.get(column.field.type, "General")


def row_breaks(blocks: Sequence[tuple[int, list[float]]], room: float) -> list[int]:
    """Before which rows a new page starts, so that a block stays whole if it can, and a title with its first rows.

    A block is the number of its first row and the heights of its rows in points. Neither the head nor the
    tail of a block that must be cut is left with a few rows.
    """
    breaks: list[int] = []
    used = 0.0
    for first, heights in blocks:
        whole = sum(heights)
        if used and used + (whole if whole <= room * 0.6 else sum(heights[:FEW_ROWS])) > room:
            breaks.append(first)
            used = 0.0
        at = 0
        while used + sum(heights[at:]) > room and at < len(heights):
            fitting = at
            while fitting < len(heights) and used + sum(heights[at : fitting + 1]) <= room:
                fitting += 1
            cut = max(at + 1, min(fitting, len(heights) - FEW_ROWS))
            breaks.append(first + cut)
            at, used = cut, 0.0
        used += sum(heights[at:])
    return breaks


# ---- what counts as answered -----------------------------------------------------------------------------------------


def _count(filled: Filled, columns: Sequence[Column], first: int, answers: Mapping[str, Any]) -> None:
    """Notes which cells of that group count on the start sheet: an amount once, a multiple choice once."""
    asked = dict.fromkeys(c.field.id for c in columns)
    filled.asked += len(asked)
    filled.given += sum(answers.get(name) not in (None, "", []) for name in asked)
    for counts, run in groupby(enumerate(columns, start=first), key=lambda pair: _counts(pair[1])):
        rows = [row for row, _ in run]
        if counts:
            (filled.each if counts == "each" else filled.groups).append(f"$C${rows[0] + 1}:$C${rows[-1] + 1}")


def _counts(column: Column) -> str:
    """ "each" for a row that counts by itself, "group" for one of several choices, "" for a currency."""
    if column.is_mark:
        return "group"
    return "" if column.is_currency else "each"
