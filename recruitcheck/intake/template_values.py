"""Answers in canonical form -> what each cell of the workbook holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final

from recruitcheck.intake import labels, layout
from recruitcheck.rules.standard import Field, FieldType, Section
from recruitcheck.text import Texts

#: what a caller may put in place of a value before it is written: text for a date, Arabic digits for a number
CellText = Callable[[Field, object], object]

#: a spreadsheet keeps 15 significant digits; a longer number is written as text, whole
EXACT_DIGITS: Final = 15


def cells_of(field: Field, value: object, texts: Texts, cell_text: CellText | None = None) -> dict[str, object]:
    """What stands in each column of that field for one answer, by machine name; nothing for a blank answer.

    ``value`` is in the form of a canonical submission: money ``{"amount", "currency"}``, dates ISO text, yes/no
    booleans, several choices as a list of ids, decimals as text. Raises ValueError for a value of another form.
    """
    if value in (None, "", []):
        return {}
    cells = _typed(field, value, texts)
    if cell_text is None:
        return cells
    return {name: cell_text(field, cell) for name, cell in cells.items()}


def _typed(field: Field, value: object, texts: Texts) -> dict[str, object]:
    if field.type is FieldType.MONEY:
        return _money(field, value)
    if field.type is FieldType.CHOICES:
        if isinstance(value, str) or not isinstance(value, Sequence):
            raise _refused(field, value)
        marks = {f"{field.id}{layout.CHOICE_MARK}{_choice(field, one)}" for one in value}
        return {name: labels.yes_no_word(texts, value=True) for name in layout.column_names(field) if name in marks}
    return {field.id: _single(field, value, texts)}


def _single(field: Field, value: object, texts: Texts) -> object:
    """The one cell of a field that has one column."""
    match field.type:
        case FieldType.YES_NO:
            if not isinstance(value, bool):
                raise _refused(field, value)
            return labels.yes_no_word(texts, value=value)
        case FieldType.CHOICE:
            return labels.choice_word(texts, field, _choice(field, value))
        case FieldType.COUNTRY:
            return labels.country_word(texts, str(value))
        case FieldType.INTEGER | FieldType.DECIMAL:
            return _number(field, value)
        case FieldType.DATE:
            return _date(field, value)
        case _:
            return str(value)


def _choice(field: Field, value: object) -> str:
    if any(choice.id == value for choice in field.choices):
        return str(value)
    raise _refused(field, value)


def _money(field: Field, value: object) -> dict[str, object]:
    if not isinstance(value, Mapping) or not set(value) <= {"amount", "currency"}:
        raise _refused(field, value)
    cells: dict[str, object] = {}
    if value.get("amount") not in (None, ""):
        cells[field.id] = _number(field, value["amount"])
    if value.get("currency"):
        cells[field.id + layout.CURRENCY_SUFFIX] = str(value["currency"])
    return cells


def _number(field: Field, value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        raise _refused(field, value)
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise _refused(field, value) from None
    if len(number.normalize().as_tuple().digits) > EXACT_DIGITS:
        return format(number, "f")
    return int(number) if field.type is FieldType.INTEGER and number == int(number) else number


def _date(field: Field, value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise _refused(field, value) from None


def _refused(field: Field, value: object) -> ValueError:
    return ValueError(f"{field.section}.{field.id} ({field.type}) cannot hold {value!r}")


# ---- a whole submission ----------------------------------------------------------------------------------------------


def single_answers(section: Section, values: Mapping[str, Any], kind: str | None) -> Mapping[str, Any]:
    """The answers of a single-record section. Raises ValueError for an answer that has no row in this workbook."""
    return _placed(section, values.get(section.id) or {}, kind)


def table_answers(
    section: Section, values: Mapping[str, Any], kind: str | None
) -> tuple[str, Sequence[Mapping[str, Any]]]:
    """The state of a table section, "" if not given, and its rows. Raises ValueError for an answer without a column."""
    given = (values.get("sections") or {}).get(section.id) or {}
    state = given.get("state") or ""
    if state and state not in layout.STATE_CHOICES:
        raise ValueError(f"{section.id}: state {state!r} is not one of {', '.join(layout.STATE_CHOICES)}")
    return state, [_placed(section, row, kind) for row in given.get("rows") or ()]


def check_known(sections: Sequence[Section], values: Mapping[str, Any]) -> None:
    """Raises ValueError if ``values`` holds a section that the questionnaire has not."""
    singles = {s.id for s in sections if not s.is_table}
    tables = {s.id for s in sections if s.is_table}
    others = {"schema", "standard", "countries", "history", "sections", "comments"}
    unknown = (set(values) - singles - others) | (set(values.get("sections") or {}) - tables)
    if unknown:
        raise ValueError(f"no such section: {', '.join(sorted(unknown))}")


def _placed(section: Section, answers: Mapping[str, Any], kind: str | None) -> Mapping[str, Any]:
    columns = {f.id for f in layout.asked_fields(section, kind)}
    lost = sorted(k for k, v in answers.items() if k not in columns and v not in (None, "", []))
    if lost:
        raise ValueError(f"{section.id}: no place in this workbook for {', '.join(lost)}")
    return answers
