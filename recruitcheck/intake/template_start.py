"""The first sheet: what this file is, how to fill it in, who may see it, and how far it is filled in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING, Final

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.template_columns import STATE_CELL, Filled
from recruitcheck.intake.template_look import FONT, MARGIN, Look, print_setup, star
from recruitcheck.text import Texts

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

#: margin, headings, text, filled in, state, bar, margin
WIDTHS: Final = (3.0, 25.0, 74.0, 17.0, 21.0, 17.0, 3.0)
LAST: Final = 5
BLOCKS: Final = 10
FULL: Final = "■"
EMPTY: Final = "□"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the file says about itself."""

    part: str
    standard: str
    edition: str
    countries: Sequence[str]
    kind: str | None
    pairing: str
    build: str


class StartSheet:
    """Writes the start sheet from top to bottom; ``row`` is the next free row."""

    def __init__(self, sheet: Worksheet, look: Look, texts: Texts, facts: Facts, filled: Sequence[Filled]) -> None:
        self.sheet, self.look, self.texts, self.facts, self.filled = sheet, look, texts, facts, filled
        self.row = 0

    def write(self) -> None:
        self._setup()
        self._title()
        self._facts()
        if self.facts.part == "annex":
            self._warning()
        self._words("about", [self.say(f"about_{self.facts.part}")])
        self._words("who", [self.say(f"who_{self.facts.part}")])
        self._how()
        self._legend()
        self._sheets()
        self.sheet.print_area(0, 0, self.row, LAST + 1)

    def say(self, key: str, **values: object) -> str:
        return self.texts.say(f"template.start.{key}", **values)

    # -- parts --

    def _setup(self) -> None:
        sheet, look = self.sheet, self.look
        for at, width in enumerate(WIDTHS):
            sheet.set_column(at, at, width, look.paper())
        sheet.set_column(len(WIDTHS), len(WIDTHS) + MARGIN, 9, look.paper())
        sheet.hide_gridlines(2)
        if look.rtl:
            sheet.right_to_left()
        page = self.texts.say("template.page")
        left = f"{self.facts.standard} {self.facts.edition}"
        center = self.texts.say("template.confidential") if self.facts.part == "annex" else ""
        print_setup(sheet, look, name=self.say("sheet"), left=left, page=page, center=center, landscape=False)
        sheet.fit_to_pages(1, 1)
        sheet.write_string(0, 0, layout.START)
        sheet.set_row(0, None, None, {"hidden": True})
        self.row = 1

    def _title(self) -> None:
        look, sheet = self.look, self.sheet
        title = _standard_title(self.texts, self.facts.standard)
        subtitle = f"{title}  ·  {self.say('edition', edition=self.facts.edition)}"
        lines = (
            ("", 12, look.format(bg_color=palette.GREEN)),
            (self.say(f"title_{self.facts.part}"), 34,
             look.format(bg_color=palette.GREEN, font_color=palette.WHITE, bold=True, grow=10)),
            (subtitle, 22,
             look.format(bg_color=palette.GREEN, font_color=palette.WHITE, grow=1, valign="top")),
            ("", 10, look.format(bg_color=palette.GREEN)),
        )  # fmt: skip
        for text, height, form in lines:
            for at in range(LAST + 2):
                sheet.write_blank(self.row, at, None, form)
            if text:
                sheet.write_string(self.row, 2, text, form)
            sheet.set_row(self.row, height)
            self.row += 1
        sheet.insert_image(self.row - 3, 1, "star.png", {
            "image_data": BytesIO(star()), "x_scale": 0.7, "y_scale": 0.7, "x_offset": 62, "y_offset": 2,
            "object_position": 3, "decorative": True,
        })  # fmt: skip
        self._gap()

    def _facts(self) -> None:
        """Two facts on a line: the left one beside the heading, the right one over the narrow columns."""
        facts, texts = self.facts, self.texts
        countries = ", ".join(labels.country_word(texts, code) for code in facts.countries)
        lines = (
            (("standard", f"{facts.standard} {facts.edition}"), ("pairing", facts.pairing)),
            (("countries", countries or self.say("no_countries")), ("build", facts.build)),
            (("kind", texts.say(f"template.kind.{facts.kind or 'all'}")),
             ("language", texts.say(f"template.language.{texts.language}"))),
        )  # fmt: skip
        self._heading("facts")
        for left, right in lines:
            self._pair(2, *left)
            self._pair(3, *right)
            self.sheet.set_row(self.row, self.look.height(1, padding=7))
            self.row += 1
        form = self.look.format(font_color=palette.MUTED, bg_color=palette.PAPER, grow=-1)
        self.sheet.write_string(self.row, 2, self.say("pairing_note"), form)
        self.row += 1
        self._gap()

    def _warning(self) -> None:
        look = self.look
        box = {"bg_color": palette.SAFFRON_TINT}
        head = look.format(bold=True, grow=2, indent=1, **box)
        body = look.format(text_wrap=True, **box)
        lines = [self.say(f"warning_{key}") for key in ("names", "codes", "fiction")]
        for number, line in enumerate(lines):
            for at in range(1, LAST + 1):
                self.sheet.write_blank(self.row, at, None, body)
            if number == 0:
                self.sheet.write_string(self.row, 1, self.say("warning"), head)
            bold = look.format(text_wrap=True, bold=number == 0, **box)
            self.sheet.write_string(self.row, 2, line, bold)
            self.sheet.set_row(self.row, look.height(look.lines(line, WIDTHS[2], bold=number == 0), padding=10))
            self.row += 1
        self._gap()

    def _how(self) -> None:
        rows = "step_rows_annex" if self.facts.part == "annex" else "step_rows"
        keys = ("step_cells", rows, "step_lists", "step_values", "step_blank", "step_state", "step_send")
        self._words("how", [f"{number}.  {self.say(key)}" for number, key in enumerate(keys, start=1)])

    def _legend(self) -> None:
        look = self.look
        samples = (
            ("legend_write", look.answer(indent=1)),
            ("legend_required", look.answer(bg_color=palette.SAFFRON_TINT, indent=1)),
            ("legend_title", look.header(indent=1)),
            ("legend_help", look.muted()),
        )
        self._heading("legend")
        for key, form in samples:
            self.sheet.write_string(self.row, 2, self.say(key), form)
            self.sheet.set_row(self.row, look.height(1, padding=7))
            self.row += 1
        self._gap()

    # -- pieces --

    def _heading(self, key: str) -> None:
        self.sheet.write_string(self.row, 1, self.say(key), self._heading_format())

    def _heading_format(self) -> Format:
        return self.look.format(bold=True, grow=1, font_color=palette.GREEN, bg_color=palette.PAPER, valign="top")

    def _words(self, key: str, lines: Sequence[str]) -> None:
        """A heading at the side and its lines beside it."""
        self._heading(key)
        form = self.look.format(text_wrap=True, bg_color=palette.PAPER, valign="top")
        for line in lines:
            self.sheet.write_string(self.row, 2, line, form)
            self.sheet.set_row(self.row, self.look.height(self.look.lines(line, WIDTHS[2]), padding=5))
            self.row += 1
        if lines:
            self._gap()

    def _pair(self, at: int, name: str, value: str) -> None:
        """One fact above a line: its name in grey, its value in bold."""
        form = self.look.format(bg_color=palette.PAPER, bottom=1, bottom_color=palette.LINE)
        if at == 3:
            for column in range(at, LAST + 1):
                self.sheet.write_blank(self.row, column, None, form)
        grey = self.look.format(font_color=palette.MUTED)
        bold = self.look.format(bold=True)
        shown = f"\u200e{value}\u200e" if self.look.rtl and value.isascii() else value
        title = labels.group(self.texts, self.say(name)) + "  "
        self.sheet.write_rich_string(self.row, at, grey, title, bold, shown or "–", form)

    def _gap(self, height: float = 9) -> None:
        self.sheet.set_row(self.row, height)
        self.row += 1

    # -- how far it is filled in --

    def _sheets(self) -> None:
        look, sheet = self.look, self.sheet
        top = self.row
        heads = ("sheets", "sheets_holds", "sheets_filled", "sheets_state")
        for at, key in enumerate(heads, start=1):
            sheet.write_string(top, at, self.say(key), look.header(indent=1))
        sheet.write_blank(top, LAST, None, look.header())
        sheet.set_row(top, look.height(1, padding=10))
        self.row += 1
        first = self.row
        for one in self.filled:
            self._sheet_row(one)
        self._meter(first)

    def _sheet_row(self, one: Filled) -> None:
        look, sheet, row = self.look, self.sheet, self.row
        name = labels.quoted(one.sheet)
        cell = {"bg_color": palette.PAPER, "bottom": 1, "bottom_color": palette.LINE}
        link = look.format(font_color=palette.GREEN, bold=True, underline=1, indent=1, **cell)
        sheet.write_url(row, 1, f"internal:{name}!B{layout.FIRST_ROW}", link, one.sheet)
        holds = self.texts.section_help(one.section.id)
        sheet.write_string(row, 2, holds, look.format(text_wrap=True, indent=1, **cell))
        start = look.start
        bar = look.format(font_color=palette.GREEN, font_name=FONT, align=start, indent=1, **cell)
        if one.section.is_table:
            self._table_state(one, name, cell, start)
            stated = f'{name}!{STATE_CELL}<>""'
            formula = f'=REPT("{FULL}",{BLOCKS}*({stated}))&REPT("{EMPTY}",{BLOCKS}*NOT({stated}))'
            sheet.write_formula(row, LAST, formula, bar, _bar(BLOCKS if one.state else 0))
        else:
            counted = "+".join(
                [f"COUNTA({','.join(f'{name}!{cells}' for cells in one.each)})"] * bool(one.each)
                + [f"(COUNTA({name}!{cells})>0)" for cells in one.groups]
            )
            before, after = self.say("filled_of", of=one.asked).split("{n}")
            form = look.format(num_format=_around(before, after), align=start, indent=1, **cell)
            sheet.write_formula(row, 3, f"={counted}", form, one.given)
            share = f"$D{row + 1}/{one.asked}"
            percent = look.format(num_format="0%", align=start, indent=1, **cell)
            sheet.write_formula(row, 4, f"={share}", percent, one.given / one.asked)
            formula = "=" + _bar_formula(f"$E{row + 1}")
            sheet.write_formula(row, LAST, formula, bar, _bar(one.given / one.asked * BLOCKS))
        sheet.set_row(row, look.height(look.lines(holds, WIDTHS[2]), padding=8))
        self.row += 1

    def _table_state(self, one: Filled, name: str, cell: dict[str, object], start: str) -> None:
        look, sheet, row = self.look, self.sheet, self.row
        first, last = layout.FIRST_ROW, layout.FIRST_ROW - 1 + max(layout.PREPARED_ROWS, one.given)
        before, after = self.say("filled_rows").split("{n}")
        form = look.format(num_format=_around(before, after), align=start, indent=1, **cell)
        sheet.write_formula(row, 3, f"=COUNTA({name}!$B${first}:$B${last})", form, one.given)
        state = f"{name}!{STATE_CELL}"
        blank = self.say("state_blank")
        shown = labels.state_word(self.texts, one.state) if one.state else blank
        form = look.format(align=start, indent=1, **cell)
        sheet.write_formula(row, 4, f'=IF({state}="","{_doubled(blank)}",{state})', form, shown)

    def _meter(self, first: int) -> None:
        """The whole file: questions answered and tables closed, of all."""
        look, sheet, row = self.look, self.sheet, self.row
        tables = [one for one in self.filled if one.section.is_table]
        singles = [one for one in self.filled if not one.section.is_table]
        total = sum(one.asked for one in singles) + len(tables)
        done = sum(one.given for one in singles) + sum(one.state != "" for one in tables)
        parts = [f"$D{first + 1 + at}" for at, one in enumerate(self.filled) if not one.section.is_table]
        parts += [f'({labels.quoted(one.sheet)}!{STATE_CELL}<>"")' for one in tables]
        form = look.band(indent=1)
        for at in range(1, LAST + 1):
            sheet.write_blank(row, at, None, form)
        sheet.write_string(row, 1, self.say("meter"), form)
        sheet.write_string(row, 2, self.say("meter_note", total=total), look.band(indent=1, bold=False, grow=0))
        plain = {"align": look.start, "indent": 1}
        sheet.write_formula(row, 3, "=" + "+".join(parts), look.band(num_format="0", **plain), done)
        sheet.write_formula(row, 4, f"=$D{row + 1}/{total}", look.band(num_format="0%", **plain), done / total)
        bar = look.band(grow=0, font_name=FONT, bold=False, **plain)
        sheet.write_formula(row, LAST, "=" + _bar_formula(f"$E{row + 1}"), bar, _bar(done / total * BLOCKS))
        sheet.set_row(row, 26)
        self.row += 1


def _standard_title(texts: Texts, standard: str) -> str:
    """The standard's name in the reader's language; its id if the texts give none."""
    return texts.get("standard", "title") or texts.get("standard", standard, "title") or standard


def _bar(blocks: float) -> str:
    full = int(blocks + 0.5)
    return FULL * full + EMPTY * (BLOCKS - full)


def _bar_formula(share: str) -> str:
    return f'REPT("{FULL}",ROUND({share}*{BLOCKS},0))&REPT("{EMPTY}",{BLOCKS}-ROUND({share}*{BLOCKS},0))'


def _around(before: str, after: str) -> str:
    """A number format that shows words around the number."""
    return "".join((f'"{before}"' if before else "", "0", f'"{after}"' if after else ""))


def _doubled(text: str) -> str:
    return text.replace('"', '""')
