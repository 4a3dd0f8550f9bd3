"""Table sheets: names in the hidden row 1, labels in row 2, the state of the sheet in A3, answers from B3 on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.template_columns import (
    INPUT_MESSAGE,
    Column,
    Filled,
    Site,
    cell_format,
    columns_of,
    how_to_answer,
    mark_if_blank,
    pick,
    prompt,
    rule,
    write_cell,
    write_names,
)
from recruitcheck.intake.template_look import BOLD, MARGIN, PAGE_PIXELS, Look, em_width, pixels, print_setup
from recruitcheck.intake.template_values import cells_of
from recruitcheck.rules.standard import Section

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: blank rows that a printed table shows, so that it can be filled in by hand
PRINTED_ROWS: Final = 18

STATE_WIDTH: Final = 17.0

#: the smallest scale at which a printed table is still read with ease
SMALLEST_SCALE: Final = 0.6

#: a turned heading never makes the head of a table higher than this, in points
HIGHEST_HEAD: Final = 260


def write_table(
    sheet: Worksheet, section: Section, site: Site, state: str, rows: Sequence[Mapping[str, Any]]
) -> Filled:
    """Writes one table with its rows, if any are given."""
    look = site.look
    columns = columns_of(site, section)
    _columns(sheet, look, columns)
    write_names(sheet, [layout.STATE, *(c.name for c in columns)])
    _head(sheet, site, columns)
    _state_cell(sheet, site, state)
    first, last = layout.FIRST_ROW - 1, layout.FIRST_ROW - 2 + max(layout.PREPARED_ROWS, len(rows))
    for at, column in enumerate(columns, start=1):
        checked = rule(site.texts, column)
        if checked["validate"] != "any":
            sheet.data_validation(first, at, last, at, checked)
    for number, row in enumerate(rows, start=first):
        cells = _row_cells(site, section, row)
        for at, column in enumerate(columns, start=1):
            write_cell(sheet, number, at, cells.get(column.name), cell_format(look, column))
    _blank_rows(sheet, look, columns, first + len(rows))
    sheet.freeze_panes(layout.LABEL_ROW, 2)
    sheet.set_selection(first, 1, first, 1)
    sheet.hide_gridlines(2)
    if look.rtl:
        sheet.right_to_left()
    _print(sheet, site, site.texts.section(section.id), columns)
    return Filled(section, sheet.name, given=len(rows), state=state)


def _columns(sheet: Worksheet, look: Look, columns: Sequence[Column]) -> None:
    """Widths, and the look of every row to come: no cell need be written for it."""
    sheet.set_default_row(look.height(1, padding=5))
    sheet.set_column(0, 0, STATE_WIDTH, look.paper())
    for at, column in enumerate(columns, start=1):
        sheet.set_column(at, at, column.width, cell_format(look, column))
    sheet.set_column(len(columns) + 1, len(columns) + MARGIN, 9, look.paper())


def _row_cells(site: Site, section: Section, row: Mapping[str, Any]) -> dict[str, object]:
    cells: dict[str, object] = {}
    for asked in layout.asked_fields(section, site.kind):
        cells |= cells_of(asked, row.get(asked.id), site.texts, site.cell_text)
    return cells


def _blank_rows(sheet: Worksheet, look: Look, columns: Sequence[Column], first: int) -> None:
    """Ruled blank rows, so that a printed table can be filled in by hand."""
    for number in range(first, layout.FIRST_ROW - 1 + PRINTED_ROWS):
        for at, column in enumerate(columns, start=1):
            sheet.write_blank(number, at, None, cell_format(look, column))


def _state_cell(sheet: Worksheet, site: Site, state: str) -> None:
    texts, row = site.texts, layout.FIRST_ROW - 1
    word = labels.state_word(texts, state) if state else None
    write_cell(sheet, row, 0, word, site.look.answer(bold=True, align="center", text_wrap=True))
    words = prompt(texts.say("template.state.heading"), texts.say("template.state.help"))
    sheet.data_validation(row, 0, row, 0, pick(texts, "state") | words)
    mark_if_blank(sheet, site.look, row, 0)


# ---- the head --------------------------------------------------------------------------------------------------------


def _head(sheet: Worksheet, site: Site, columns: Sequence[Column]) -> None:
    look, row = site.look, layout.LABEL_ROW - 1
    sheet.set_row(row, _head_height(look, columns))
    state = look.header(bg_color=palette.INK, align="center")
    sheet.write_string(row, 0, site.texts.say("template.state.heading"), state)
    for at, column in enumerate(columns, start=1):
        if column.is_mark:
            _two_lines(sheet, look, at, column, look.sub_header(rotation=90, align="left"))
        elif column.is_currency:
            _two_lines(sheet, look, at, column, look.sub_header(align="center"))
        else:
            sheet.write_string(row, at, column.label, look.header(required=column.field.required, align="center"))
        title = column.label if column.group else labels.heading(site.texts, column.field)
        sheet.data_validation(row, at, row, at, {"validate": "any"} | prompt(title, "") | _note(site, column))


def _two_lines(sheet: Worksheet, look: Look, at: int, column: Column, form: Format) -> None:
    """The group in small grey letters, the column's own label under it in bold."""
    small = look.format(font_color=palette.MUTED, grow=-2)
    own = look.format(bold=True, grow=-1)
    sheet.write_rich_string(layout.LABEL_ROW - 1, at, small, column.group + "\n", own, column.label, form)


def _note(site: Site, column: Column) -> dict[str, str]:
    """Help of the field and how to answer, on two lines: what a click on the heading shows."""
    texts, asked = site.texts, column.field
    help_text = texts.field_help(asked.section, asked.id)
    if column.group:
        help_text = f"{column.heading.replace(chr(10), ' ')}. {help_text}"
    how = how_to_answer(texts, column)
    room = INPUT_MESSAGE - len(how) - 1
    return {"input_message": f"{labels.shortened(help_text, room)}\n{how}" if help_text else how}


def _head_height(look: Look, columns: Sequence[Column]) -> float:
    """High enough for the longest turned label and for every wrapped one."""
    wrapped = [look.lines(c.heading, c.width - 0.5, bold=True) for c in columns if not c.is_mark]
    turned = [_turned_height(look, c) for c in columns if c.is_mark]
    return max(look.height(max([2, *wrapped]), padding=10), *turned, 0)


def _turned_height(look: Look, column: Column) -> float:
    """A turned heading has room for three lines: one of the group, two of its own."""
    own = em_width(column.label) * (look.size - 1) * BOLD
    word = max(em_width(word) for word in column.label.split()) * (look.size - 1) * BOLD
    group = em_width(column.group) * (look.size - 2)
    return min(HIGHEST_HEAD, math.ceil(max(group, own * 0.6 + 14, word)) + 14)


# ---- printing --------------------------------------------------------------------------------------------------------


def _print(sheet: Worksheet, site: Site, name: str, columns: Sequence[Column]) -> None:
    """One page wide if that stays readable, else as many pages as needed, cut between questions."""
    page = site.texts.say("template.page")
    print_setup(sheet, site.look, name=name, left=site.footer, page=page, center=site.header_text)
    sheet.repeat_rows(layout.LABEL_ROW - 1, layout.LABEL_ROW - 1)
    blocks = [list(group) for _, group in groupby(columns[1:], key=lambda c: c.field.id)]
    widths = [sum(pixels(c.width) for c in block) for block in blocks]
    widths[:1] = [widths[0] + pixels(STATE_WIDTH)] if widths else []
    breaks, scale = page_breaks(widths, pixels(columns[0].width))
    if not breaks:
        sheet.fit_to_pages(1, 0)
        return
    sheet.repeat_columns(1, 1)
    sheet.set_print_scale(math.floor(scale * 100))
    sheet.set_v_pagebreaks([2 + sum(len(block) for block in blocks[:at]) for at in breaks])


def page_breaks(widths: Sequence[int], lead: int) -> tuple[list[int], float]:
    """Before which blocks of columns a new page starts, and the scale; no break if one page is readable.

    A block is the columns of one question, which stay together; ``lead`` is repeated on each page.
    """
    total = lead + sum(widths)
    if PAGE_PIXELS / total >= SMALLEST_SCALE:
        return [], min(1.0, PAGE_PIXELS / total)
    pages = math.ceil(sum(widths) / (PAGE_PIXELS / SMALLEST_SCALE - lead))
    fair = sum(widths) / pages
    breaks: list[int] = []
    filled = 0
    for at, width in enumerate(widths):
        if filled and filled + width / 2 > fair and len(breaks) < pages - 1:
            breaks.append(at)
            filled = 0
        filled += width
    edges = [0, *breaks, len(widths)]
    widest = max(sum(widths[first:last]) for first, last in pairwise(edges))
    return breaks, min(1.0, PAGE_PIXELS / (lead + widest))
