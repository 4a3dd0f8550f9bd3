"""Where things stand in the workbook: shared by the template, the reader and the annotated copy.

Table sheet: row 1 holds machine names (hidden), row 2 labels, data from row 3. Column A is the state of the
sheet: ``_state`` in A1, "this sheet is" in A2, the answer in A3; fields follow from column B.
Single-record sheet: column A code (hidden), B label, C answer, D comment, E evidence to seek; row 1 holds the
machine names of those columns (hidden), row 2 their labels, records from row 3.
Money is two columns (or two rows): ``amount`` and ``amount.currency``.
A multiple choice is one column (or row) per choice, ``topics:OR-01``, marked yes; a single ``topics`` column
with codes between semicolons is read as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from recruitcheck.rules.standard import Field, FieldType, Section

SCHEMA: Final = "recruitcheck/workbook@1"

NAME_ROW: Final = 1
LABEL_ROW: Final = 2
FIRST_ROW: Final = 3

STATE: Final = "_state"
STATE_CHOICES: Final = ("complete", "none", "open")

SINGLE_COLUMNS: Final = ("_code", "_label", "answer", "comment", "_seek")

META: Final = "_meta"
LISTS: Final = "_lists"
START: Final = "_start"
PROBLEMS: Final = "_problems"

#: keys of the very hidden ``_meta`` sheet: column A key, column B value
META_KEYS: Final = ("schema", "standard", "language", "countries", "kind", "part", "build", "pairing")

CURRENCY_SUFFIX: Final = ".currency"
CHOICE_MARK: Final = ":"

#: sets whose ids are codes that people know; their drop-downs read "RF-01 · label"
CODE_SEPARATOR: Final = " · "

#: rows of a table sheet that carry drop-downs and checks; more rows are read all the same
PREPARED_ROWS: Final = 1000

#: a row of a single-record sheet, or a column, whose machine name starts so is text for people: the reader skips it
BAND: Final = "#"

#: named ranges of the drop-downs: ``set_<choice set>``, ``set_yes_no``, ``set_state``, ``set_country``, …
LIST_PREFIX: Final = "set_"


def is_code_set(ids: Iterable[str]) -> bool:
    """True for a choice set whose ids are codes that people know: one with an upper-case letter in an id."""
    return any(letter.isupper() for choice in ids for letter in choice)


def coded(choice: str, label: str) -> str:
    """ "RF-01", "Advertising" -> "RF-01 · Advertising"."""
    return f"{choice}{CODE_SEPARATOR}{label}" if label and label != choice else choice


def code_of(text: str) -> str:
    """The code that "RF-01 · Advertising" starts with; the whole text, trimmed, if it has no separator."""
    return text.split(CODE_SEPARATOR.strip(), 1)[0].strip()


def column_names(field: Field) -> tuple[str, ...]:
    """The machine names of a field's columns (of its rows, on a single-record sheet), in order."""
    if field.type is FieldType.MONEY:
        return (field.id, field.id + CURRENCY_SUFFIX)
    if field.type is FieldType.CHOICES:
        return tuple(f"{field.id}{CHOICE_MARK}{choice.id}" for choice in field.choices)
    return (field.id,)


def asked_fields(section: Section, kind: str | None) -> tuple[Field, ...]:
    """The fields that are asked of that kind of organisation; every field if ``kind`` is None."""
    return tuple(f for f in section.fields if kind is None or kind in f.asked)
