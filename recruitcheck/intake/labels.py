"""The words that people see in the workbook, made in one place: the template writes them, the reader knows them again.

A sheet is named by its section's label, a column or a row by its field's label with unit and required mark,
a choice by its label, or by code and label where the codes are known to people (``layout.is_code_set``).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Final

from recruitcheck.intake import layout
from recruitcheck.rules.standard import Field, FieldType, Section
from recruitcheck.text import LANGUAGES, Texts, say

#: stands after the label of a field whose blank is an error
REQUIRED: Final = "\u00a0*"

SHEET_NAME_LENGTH: Final = 31

#: offered first in the drop-down of countries: where workers leave from and for
NEAR_COUNTRIES: Final = ("MA", "FR", "ES", "IT", "BE", "NL", "DE", "PT", "CA", "AE", "QA", "SA", "KW", "BH", "OM", "JO")

#: CLDR territories that are no labour market of their own: groupings, dependent or uninhabited territories.
#: They are not offered; somebody who means one types its code.
_NOT_OFFERED: Final = (
    "AC AI AQ AS AW AX BL BM BQ BV CC CK CP CQ CW CX DG EA EH EU EZ FK FO GF GG GI GL GP GS GU HM IC IM IO JE KY MF MP "
    "MQ MS NC NF NU PF PM PN PR QO RE SH SJ SX TA TC TF TK UM UN VG VI WF XA XB XK YT ZZ"
)
NOT_OFFERED: Final = frozenset(_NOT_OFFERED.split())

#: offered in this order in the drop-down of currencies, after the standard's own
_CURRENCIES: Final = (
    "MAD EUR AED QAR SAR USD GBP CAD CHF KWD BHD OMR JOD EGP TND DZD MRU TRY XOF XAF NGN KES "
    "PHP INR BDT NPR LKR PKR IDR VND MYR THB CNY JPY KRW PLN RON"
)
CURRENCIES: Final = tuple(_CURRENCIES.split())


# ---- sheets ----------------------------------------------------------------------------------------------------------


def sheet_title(text: str) -> str:
    """``text`` as a sheet may be named: no forbidden sign, no apostrophe at the ends, at most 31 characters."""
    clean = " ".join(re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).split()).strip("' ")
    if len(clean) > SHEET_NAME_LENGTH:
        clean = clean[:SHEET_NAME_LENGTH].rsplit(" ", 1)[0] if " " in clean else clean[:SHEET_NAME_LENGTH]
    return clean.strip("' ") or "_"


def sheet_name(texts: Texts, section: str) -> str:
    """The name of a section's sheet."""
    return sheet_title(texts.section(section))


def start_names() -> tuple[str, ...]:
    """The names of the start sheet in every language, its code first."""
    return (layout.START, *(sheet_title(say(language, "template.start.sheet")) for language in LANGUAGES))


def problem_names() -> tuple[str, ...]:
    """The names of the sheet of problems in every language, its code first."""
    return (layout.PROBLEMS, *(sheet_title(say(language, "template.problems.sheet")) for language in LANGUAGES))


def quoted(sheet: str) -> str:
    """A sheet's name as formulas and links write it."""
    return "'" + sheet.replace("'", "''") + "'"


# ---- headings --------------------------------------------------------------------------------------------------------


def unit_word(texts: Texts, unit: str) -> str:
    """A unit in the reader's language; the unit as the questionnaire writes it if no language has a word."""
    try:
        return texts.get("unit", unit) or texts.say(f"template.unit.{unit}")
    except KeyError:
        return unit


def heading(texts: Texts, field: Field) -> str:
    """A field's label with its unit, if the label does not name it already, and the required mark."""
    label = tidy(texts, texts.field(field.section, field.id).strip())
    unit = unit_word(texts, field.unit) if field.unit else ""
    if unit and unit.casefold() not in label.casefold():
        label = f"{label} ({unit})"
    return label + REQUIRED if field.required else label


def group(texts: Texts, label: str) -> str:
    """A label that more follows: "Wage offered:" above "currency"."""
    return texts.say("template.group", label=label)


def tidy(texts: Texts, text: str) -> str:
    """A text of the standard as it is set: in French no sign of two parts starts a line."""
    return re.sub(r" (?=[?!:;»])", "\u00a0", text) if texts.language == "fr" else text


def column_heading(texts: Texts, field: Field, name: str) -> tuple[str, str]:
    """What stands above the column ``name`` of that field: the group's line, or "", and the column's own line.

    ``name`` is one of ``layout.column_names(field)``.
    """
    label = heading(texts, field)
    if name.endswith(layout.CURRENCY_SUFFIX):
        return group(texts, label.removesuffix(REQUIRED)), texts.say("template.currency")
    if layout.CHOICE_MARK in name:
        choice = name.split(layout.CHOICE_MARK, 1)[1]
        return group(texts, label), choice_word(texts, field, choice)
    return "", label


def heading_text(texts: Texts, field: Field, name: str) -> str:
    """The heading of a column or row as one text, as it stands in the cell."""
    above, own = column_heading(texts, field, name)
    return f"{above}\n{own}" if above else own


# ---- answers ---------------------------------------------------------------------------------------------------------


def choice_word(texts: Texts, field: Field, choice: str) -> str:
    """What a drop-down shows for a choice."""
    label = texts.choice(field.choice_set, choice)
    return layout.coded(choice, label) if layout.is_code_set(c.id for c in field.choices) else label


def yes_no_word(texts: Texts, value: bool) -> str:
    return texts.say("template.yes" if value else "template.no")


def state_word(texts: Texts, state: str) -> str:
    """What the state cell of a table sheet shows: "complete", "none" or "open" in words."""
    return texts.say(f"template.state.{state}")


def list_name(field: Field) -> str:
    """The named range that feeds a field's drop-down, or "" if it has none."""
    if field.type is FieldType.CHOICE:
        return layout.LIST_PREFIX + field.choice_set
    if field.type in (FieldType.YES_NO, FieldType.CHOICES):
        return layout.LIST_PREFIX + "yes_no"
    if field.type in (FieldType.COUNTRY, FieldType.CURRENCY):
        return layout.LIST_PREFIX + field.type.value
    return ""


@cache
def countries(language: str) -> dict[str, str]:
    """Country names by ISO code in that language (Unicode CLDR), near ones first, the others by name."""
    from babel import Locale

    names = {str(code): str(name) for code, name in Locale.parse(language).territories.items()}
    codes = [code for code in names if len(code) == 2 and code.isalpha() and code not in NOT_OFFERED]
    near = [code for code in NEAR_COUNTRIES if code in codes]
    rest = sorted((code for code in codes if code not in near), key=lambda code: (_sort_key(names[code]), code))
    return {code: _plain(names[code]) for code in (*near, *rest)}


def country_word(texts: Texts, code: str) -> str:
    return layout.coded(code, countries(texts.language).get(code, ""))


def _plain(name: str) -> str:
    """A name without the invisible marks that CLDR puts around brackets."""
    return "".join(c for c in name if unicodedata.category(c) != "Cf").replace("\u00a0", " ")


def _sort_key(name: str) -> str:
    """Accents and the hamza do not count in the order, nor does the Arabic article."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name.casefold()) if not unicodedata.combining(c))
    return bare.removeprefix("ال")


# ---- long texts ------------------------------------------------------------------------------------------------------


def shortened(text: str, length: int) -> str:
    """``text`` on one line, cut at a word with an ellipsis if it is longer than a message box holds."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: length - 1]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:،؛") + "…"


def clipped(text: str, length: int) -> str:
    """``text`` with its lines, cut with an ellipsis if it is longer."""
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


def printable(text: str) -> str:
    """``text`` with a replacement character for each that a workbook cannot hold."""
    return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\N{REPLACEMENT CHARACTER}", text)


def sections_of(sections: Sequence[Section], part: str) -> tuple[Section, ...]:
    """The sections of one of the two files: "annex" holds what is confidential, "audit" the rest."""
    return tuple(s for s in sections if s.confidential == (part == "annex"))
