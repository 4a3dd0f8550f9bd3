"""What tables and single records share: columns, how a cell looks, what it takes, and what it refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import labels, layout
from recruitcheck.intake.cells import column_letters
from recruitcheck.intake.template_look import DATE_FORMAT, MONEY_FORMAT, TEXT_FORMAT, Look
from recruitcheck.intake.template_values import CellText
from recruitcheck.rules.standard import Field, FieldType, Section
from recruitcheck.submission import FIRST_DAY, LAST_DAY, MAX_AMOUNT
from recruitcheck.text import Texts

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MARK_WIDTH: Final = 6.3
ARABIC_MARK_WIDTH: Final = 7.6
CURRENCY_WIDTH: Final = 9.5
WIDEST: Final = 46.0

#: what Excel shows of a message box
INPUT_TITLE: Final = 32
INPUT_MESSAGE: Final = 255

#: where a table's state stands, as a formula names it
STATE_CELL: Final = f"$A${layout.FIRST_ROW}"


@dataclass(frozen=True, slots=True)
class Site:
    """What every sheet of one workbook shares."""

    look: Look
    texts: Texts
    kind: str | None
    footer: str
    confidential: bool
    cell_text: CellText | None = None

    @property
    def header_text(self) -> str:
        """What stands above each printed page of the annex."""
        return self.texts.say("template.confidential") if self.confidential else ""


@dataclass(slots=True)
class Filled:
    """What the start sheet says about a sheet: where its answers stand, how many are asked and given.

    Of a single record, each cell in ``each`` counts; of each range in ``groups`` one answer is enough.
    """

    section: Section
    sheet: str
    asked: int = 0
    given: int = 0
    state: str = ""
    each: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table, or one row of a single record."""

    name: str
    field: Field
    group: str
    label: str
    width: float

    @property
    def is_mark(self) -> bool:
        return layout.CHOICE_MARK in self.name

    @property
    def is_currency(self) -> bool:
        return self.name.endswith(layout.CURRENCY_SUFFIX)

    @property
    def heading(self) -> str:
        return f"{self.group}\n{self.label}" if self.group else self.label


def columns_of(site: Site, section: Section) -> list[Column]:
    """The columns of a section's fields, in order."""
    return [
        Column(name, asked, *labels.column_heading(site.texts, asked, name), width=_width(site, asked, name))
        for asked in layout.asked_fields(section, site.kind)
        for name in layout.column_names(asked)
    ]


def _width(site: Site, asked: Field, name: str) -> float:
    """A width that fits the answers and the longest word of the heading."""
    if layout.CHOICE_MARK in name:
        return ARABIC_MARK_WIDTH if site.look.rtl else MARK_WIDTH
    if name.endswith(layout.CURRENCY_SUFFIX):
        return CURRENCY_WIDTH
    look, texts = site.look, site.texts
    match asked.type:
        case FieldType.DATE:
            width = 13.0
        case FieldType.YES_NO | FieldType.INTEGER | FieldType.DECIMAL:
            width = 11.0
        case FieldType.MONEY:
            width = 14.0
        case FieldType.COUNTRY:
            width = _widest(look, [labels.country_word(texts, code) for code in labels.NEAR_COUNTRIES])
        case FieldType.CHOICE:
            width = max(12.0, _widest(look, [labels.choice_word(texts, asked, c.id) for c in asked.choices]))
        case _:
            width = 18.0 if asked.key or asked.id == "worker" else 24.0
    words = labels.heading(texts, asked).split(" ")
    return min(WIDEST, max(width, *(look.width_of(word) for word in words)))


def _widest(look: Look, words: Sequence[str]) -> float:
    return max(look.width_of(word) for word in words) + 1.5


# ---- one cell --------------------------------------------------------------------------------------------------------


def cell_format(look: Look, column: Column) -> Format:
    """How answers of that column look: dates and yes/no in the middle, numbers to the end, text at the start."""
    if column.is_mark or column.is_currency:
        return look.answer(align="center")
    match column.field.type:
        case FieldType.DATE:
            return look.answer(align="center", num_format=DATE_FORMAT)
        case FieldType.YES_NO:
            return look.answer(align="center")
        case FieldType.MONEY:
            return look.answer(align=look.end, indent=look.cell_indent, num_format=MONEY_FORMAT)
        case FieldType.INTEGER | FieldType.DECIMAL:
            return look.answer(align=look.end, indent=look.cell_indent)
        case FieldType.TEXT:
            return look.answer(align=look.start, indent=look.cell_indent, num_format=TEXT_FORMAT)
        case _:
            return look.answer(align=look.start, indent=look.cell_indent)


def write_cell(sheet: Worksheet, row: int, at: int, value: object, form: Format) -> None:
    """One answer, as what it is: a real date, a number, a text; never a formula or a link."""
    if value is None or value == "":
        sheet.write_blank(row, at, None, form)
    elif isinstance(value, date):
        sheet.write_datetime(row, at, value, form)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        sheet.write_number(row, at, value, form)
    else:
        sheet.write_string(row, at, str(value), form)


def write_names(sheet: Worksheet, names: Sequence[str]) -> None:
    """The hidden row of machine names."""
    for at, name in enumerate(names):
        sheet.write_string(layout.NAME_ROW - 1, at, name)
    sheet.set_row(layout.NAME_ROW - 1, None, None, {"hidden": True})


def mark_if_blank(sheet: Worksheet, look: Look, row: int, at: int) -> None:
    """A cell that must be filled in is tinted while it is blank."""
    criteria = f"=ISBLANK(${column_letters(at + 1)}${row + 1})"
    sheet.conditional_format(row, at, row, at, {"type": "formula", "criteria": criteria, "format": look.attention()})


# ---- words at a cell -------------------------------------------------------------------------------------------------


def how_to_answer(texts: Texts, column: Column) -> str:
    """One sentence on what the cell takes."""
    asked = column.field
    if column.is_currency:
        return texts.say("template.ask.currency")
    if column.is_mark:
        return texts.say("template.ask.mark")
    word = texts.say(f"template.ask.{_ask_key(asked)}")
    if asked.type in (FieldType.INTEGER, FieldType.DECIMAL) and asked.maximum is not None:
        word += " " + texts.say("template.ask.range", low=asked.minimum or 0, high=asked.maximum)
    if asked.required:
        word += " " + texts.say("template.ask.required")
    return word


def _ask_key(asked: Field) -> str:
    if asked.type is FieldType.CHOICE:
        return "code" if layout.is_code_set(c.id for c in asked.choices) else "choice"
    if asked.type is FieldType.TEXT:
        if asked.id == "worker":
            return "worker"
        return "key" if asked.key else "text"
    return asked.type.value


def prompt(title: str, message: str) -> dict[str, str]:
    """What a click on the cell shows."""
    return {
        "input_title": labels.shortened(title, INPUT_TITLE),
        "input_message": labels.shortened(message, INPUT_MESSAGE),
    }


# ---- what a cell refuses ---------------------------------------------------------------------------------------------


def rule(texts: Texts, column: Column) -> dict[str, Any]:
    """Drop-down or check of an answer; what is no number or date is questioned, not refused: it may be text."""
    asked = column.field
    if column.is_currency:
        return pick(texts, "currency", coded=True)
    if column.is_mark:
        return pick(texts, "yes_no")
    match asked.type:
        case FieldType.CHOICE:
            return pick(texts, asked.choice_set, coded=layout.is_code_set(c.id for c in asked.choices))
        case FieldType.YES_NO:
            return pick(texts, "yes_no")
        case FieldType.COUNTRY | FieldType.CURRENCY:
            return pick(texts, asked.type.value, coded=True)
        case FieldType.DATE:
            between = {"criteria": "between", "minimum": FIRST_DAY, "maximum": LAST_DAY}
            return {"validate": "date"} | between | _wrong(texts, "date", "warning")
        case FieldType.MONEY:
            return _between("decimal", 0, MAX_AMOUNT) | _wrong(texts, "money", "warning")
        case FieldType.INTEGER | FieldType.DECIMAL:
            low = asked.minimum if asked.minimum is not None else -MAX_AMOUNT
            high = asked.maximum if asked.maximum is not None else MAX_AMOUNT
            kind = "integer" if asked.type is FieldType.INTEGER else "decimal"
            return _between(kind, low, high) | _wrong(texts, kind, "warning", low=low, high=high)
    return {"validate": "any"}


def pick(texts: Texts, name: str, *, coded: bool = False) -> dict[str, Any]:
    """A drop-down. Of a coded set the code alone may be typed, so another text is questioned, not refused."""
    wrong = _wrong(texts, "code", "warning") if coded else _wrong(texts, "choice")
    return {"validate": "list", "source": f"={layout.LIST_PREFIX}{name}"} | wrong


def _between(kind: str, low: int, high: int) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": low, "maximum": high}


def _wrong(texts: Texts, key: str, error_type: str = "stop", **values: object) -> dict[str, str]:
    return {
        "error_type": error_type,
        "error_title": labels.shortened(texts.say("template.wrong.title"), INPUT_TITLE),
        "error_message": labels.shortened(texts.say(f"template.wrong.{key}", **values), INPUT_MESSAGE),
    }
