"""A cell as typed by a person -> a canonical value, or the one reason why not.

Tolerant of people: Arabic-Indic and Persian digits, ``1 234,50`` and ``1,234.50``, ``1 500 DH``, dates as dates,
ISO text, dd/mm/yyyy or ``14 mars 2026``, yes, oui and نعم. Strict about meaning: what could be read two ways is
not read at all.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from recruitcheck.intake.cells import Cell
from recruitcheck.intake.lexicon import UNIT_WORDS, Lexicon, fold, months, weekdays
from recruitcheck.rules.standard import Field, FieldType
from recruitcheck.rules.tables import DECIMAL_SCALE, MONEY_SCALE
from recruitcheck.submission import clean_text, decimal_text, fineness

_INVISIBLE: Final = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\u061c\ufeff\u00ad]")
_ISO: Final = re.compile(r"(\d{4}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{1,2})")
_DAY_FIRST: Final = re.compile(r"(\d{1,2}) ?([-/.]) ?(\d{1,2}) ?\2 ?(\d{4})")
_CLOCK: Final = re.compile(r"[T ]\d{1,2}:\d\d(?::\d\d(?:\.\d+)?)?$")
_ORDINAL: Final = re.compile(r"(\d{1,4})(?:er|st|nd|rd|th)?", re.ASCII)
_STRONG: Final = re.compile("[;؛\n|]")
_WEAK: Final = re.compile("[,،/+&]")
_NUMBER: Final = re.compile(r"[-+(]?[\d.,' ]*\d[\d.,' ]*\)?")
_GROUPED: Final = re.compile(r"\d{1,3}(?:[ ']\d{3})+(?![\d ' ])")
#: longer than any amount in any money, short enough to compute with
_MOST_DIGITS: Final = 20
#: longer than any number or date that a person types
_LONGEST: Final = 60


class Unreadable(ValueError):
    """A cell that cannot be read; ``code`` is the problem's code, ``values`` fill its message."""

    def __init__(self, code: str, **values: str) -> None:
        super().__init__(code)
        self.code, self.values = code, values


def shown(cell: Cell) -> str:
    """What a person sees in the cell."""
    if isinstance(cell.value, datetime):
        return cell.value.date().isoformat()
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    return cell.text or str(cell.value)


@lru_cache(maxsize=1 << 12)
def plain(text: str) -> str:
    """European digits, no invisible characters, every space an ordinary one, trimmed."""
    text = _INVISIBLE.sub("", text)
    digits = [str(unicodedata.decimal(ch)) if ch.isdecimal() and not ch.isascii() else ch for ch in text]
    return "".join(" " if ch.isspace() and ch != "\n" else ch for ch in digits).strip()


# -- numbers -----------------------------------------------------------------------------------------------------


def whole(cell: Cell, unit: str = "") -> int:
    """A whole number. Raises Unreadable."""
    number = _decimal(cell, unit, is_whole=True)
    if number != number.to_integral_value():
        raise Unreadable("number-not-whole")
    return int(number)


def exact(cell: Cell, scale: int, least: int, unit: str = "") -> str:
    """A decimal as canonical text with at most ``scale`` and at least ``least`` decimals. Raises Unreadable."""
    return _canonical(_decimal(cell, unit), scale, least)


def _canonical(number: Decimal, scale: int, least: int) -> str:
    if fineness(number) > scale:
        raise Unreadable("number-too-fine", decimals=str(scale))
    return decimal_text(number, least)


def _decimal(cell: Cell, unit: str = "", *, is_whole: bool = False) -> Decimal:
    if isinstance(cell.value, bool | date):
        raise Unreadable("number-unreadable")
    if isinstance(cell.value, int | float):
        number = Decimal(cell.text or str(cell.value))
        if not number.is_finite() or number.adjusted() >= _MOST_DIGITS:
            raise Unreadable("number-unreadable")
        return number
    return number_of(_without_unit(plain(str(cell.value)), unit), is_whole=is_whole)


def _without_unit(text: str, unit: str) -> str:
    """ "48 h" -> "48" where the question asks for hours."""
    for word in UNIT_WORDS.get(unit, ()):
        if text.casefold().endswith(word) and text[: -len(word)].rstrip()[-1:].isdigit():
            return text[: -len(word)].rstrip()
    return text


def number_of(text: str, *, is_whole: bool = False) -> Decimal:
    """The number that a text in any of the three languages' habits means.

    Raises Unreadable: "number-ambiguous" where a lone comma or point before three digits may group or divide.
    ``is_whole`` helps to tell: nobody recruits 1.2 workers.
    """
    bare = re.sub("[\u2019\u02bc\u066c]", "'", plain(text)).replace("\u2212", "-")
    arabic = "\u066b" in bare
    bare = re.sub("[\u066b]", ".", bare).replace("\u060c", ",")
    if len(bare) > _LONGEST or not _NUMBER.fullmatch(bare):
        raise Unreadable("number-unreadable")
    sign = ""
    if bare.startswith("(") or bare.endswith(")"):
        if not (bare.startswith("(") and bare.endswith(")")):
            raise Unreadable("number-unreadable")
        sign, bare = "-", bare[1:-1].strip()
    elif bare[0] in "+-":
        sign, bare = bare[0].strip("+"), bare[1:].strip()
    parted = _GROUPED.match(bare)
    if parted:
        bare = re.sub("[ ']", "", parted[0]) + bare[parted.end() :]
    if re.search("[ ']", bare):
        raise Unreadable("number-unreadable")
    bare = _pointed(bare, is_whole=is_whole, is_clear=bool(parted) or arabic)
    if not re.fullmatch(r"(\d+\.?\d*|\.\d+)", bare) or sum(ch.isdigit() for ch in bare) > _MOST_DIGITS:
        raise Unreadable("number-unreadable")
    return Decimal(sign + bare)


def _pointed(bare: str, *, is_whole: bool, is_clear: bool) -> str:
    """The digits with a point for the decimals and no other sign. ``is_clear``: a lone sign can only divide."""
    marks = [ch for ch in bare if ch in ",."]
    if not marks:
        return bare
    if len(set(marks)) == 2:
        last = bare[max(bare.rfind(","), bare.rfind("."))]
        group = "," if last == "." else "."
        if not re.fullmatch(rf"\d{{1,3}}(?:{re.escape(group)}\d{{3}})+[,.]\d+", bare):
            raise Unreadable("number-unreadable")
        return bare.replace(group, "").replace(last, ".")
    if len(marks) > 1:
        if not re.fullmatch(r"\d{1,3}(?:[,.]\d{3})+", bare):
            raise Unreadable("number-unreadable")
        return bare.replace(marks[0], "")
    lone = re.fullmatch(r"([1-9]\d{0,2})[,.](\d{3})", bare)
    if lone and not is_clear:
        if is_whole and lone[2] != "000":
            return lone[1] + lone[2]
        raise Unreadable("number-ambiguous")
    return bare.replace(",", ".")


def amount(cell: Cell, lexicon: Lexicon) -> tuple[str, str]:
    """An amount of money as canonical text, and the currency that is typed with it, "" if none. Raises Unreadable."""
    if not isinstance(cell.value, str):
        return _canonical(_decimal(cell), MONEY_SCALE, 2), ""
    text = plain(cell.value)
    digits = [at for at, ch in enumerate(text[:_LONGEST]) if ch.isdigit()]
    if not digits or len(text) > _LONGEST:
        raise Unreadable("number-unreadable")
    head, number, tail = text[: digits[0]], text[digits[0] : digits[-1] + 1], text[digits[-1] + 1 :]
    before, after = _word(head), _word(tail)
    if before and head.endswith((".", ",")):
        raise Unreadable("number-unreadable")  # Rs.500 may be half of one
    head = "".join(ch for ch in head[-1:] if ch in "+-(") if before else head
    tail = tail[:1].strip(".,- ") if after and not tail[:1].isalpha() else "" if after else tail
    found = {lexicon.currency(word) for word in (before, after) if word}
    if None in found or len(found) > 1:
        raise Unreadable("number-unreadable")
    return _canonical(number_of(head + number + tail), MONEY_SCALE, 2), next(iter(found), None) or ""


def _word(text: str) -> str:
    """The word or sign of a currency in the text before or after a number, "" if there is none."""
    is_word = any(ch.isalpha() or unicodedata.category(ch) == "Sc" for ch in text)
    return text.strip(" -+(),") if is_word else ""


def currency(cell: Cell, lexicon: Lexicon) -> str:
    """A currency's code. Raises Unreadable."""
    found = lexicon.currency(plain(shown(cell)))
    if found is None:
        raise Unreadable("currency-unknown")
    return found


# -- dates -------------------------------------------------------------------------------------------------------


def day(cell: Cell) -> str:
    """A date as ISO text. Raises Unreadable: "date-ambiguous" for 03/04/2026, which may be March or April."""
    if isinstance(cell.value, datetime):
        return cell.value.date().isoformat()
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    if not isinstance(cell.value, str):
        raise Unreadable("date-unreadable")
    text = _CLOCK.sub("", " ".join(plain(cell.value).split()))
    try:
        return _day_of(text).isoformat()
    except Unreadable:
        raise
    except ValueError:
        raise Unreadable("date-unreadable") from None


def _day_of(text: str) -> date:
    iso, first = _ISO.fullmatch(text), _DAY_FIRST.fullmatch(text)
    if iso:
        return date(int(iso[1]), int(iso[3]), int(iso[4]))
    if not first:
        return _spelt(text)
    one, two, year = int(first[1]), int(first[3]), int(first[4])
    if one <= 12 and two <= 12 and one != two:
        raise Unreadable("date-ambiguous", one=date(year, two, one).isoformat(), two=date(year, one, two).isoformat())
    return date(year, two, one) if two <= 12 else date(year, one, two)


def _spelt(text: str) -> date:
    """ "14 mars 2026", "March 14, 2026", "السبت 14 مارس 2026". Raises ValueError for anything else."""
    numbers: list[str] = []
    words: list[str] = []
    for token in re.split(r"[\s,،./-]+", text[:_LONGEST]):
        ordinal = _ORDINAL.fullmatch(token.casefold())
        if ordinal:
            numbers.append(ordinal[1])
        elif fold(token):
            words.append(fold(token))
    if len(words) > 1:
        words = [word for word in words if word not in weekdays()]
    long, short = [n for n in numbers if len(n) == 4], [n for n in numbers if len(n) <= 2]
    month = months().get("".join(words))
    if month is None or len(numbers) != 2 or not long or not short:
        raise ValueError(text)
    return date(int(long[0]), month, int(short[0]))


# -- choices -----------------------------------------------------------------------------------------------------


def choice(cell: Cell, field: Field, lexicon: Lexicon, text: str | None = None) -> str:
    """The code of a choice. Raises Unreadable with the nearest known label."""
    typed = plain(shown(cell) if text is None else text)
    found = lexicon.choices(field, typed)
    if not found and {"yes", "no"} <= {c.id for c in field.choices}:
        answer = cell.value if isinstance(cell.value, bool) else lexicon.yes_no(typed)
        found = frozenset() if answer is None else frozenset({"yes" if answer else "no"})
    if len(found) == 1:
        return next(iter(found))
    if found:
        raise Unreadable("choice-ambiguous", choices=", ".join(sorted(found)), choice_set=field.choice_set)
    hint = lexicon.nearest_choice(field, typed)
    raise Unreadable("choice-unknown", choice_set=field.choice_set, hint=hint)


def several(cell: Cell, field: Field, lexicon: Lexicon) -> set[str]:
    """The codes of a multiple choice typed in one cell, between semicolons or commas. Raises Unreadable."""
    parts: list[str] = []
    for part in _STRONG.split(plain(shown(cell))):
        known = not part.strip() or lexicon.choices(field, part.strip())
        parts += [part] if known else _WEAK.split(part)
    return {choice(cell, field, lexicon, part) for part in parts if part.strip()}


def tick(cell: Cell, lexicon: Lexicon) -> bool:
    """Whether one of several choices is marked. Raises Unreadable."""
    answer = cell.value if isinstance(cell.value, bool) else lexicon.tick(plain(shown(cell)))
    if answer is None:
        raise Unreadable("yes-no-unreadable")
    return answer


def yes_no(cell: Cell, lexicon: Lexicon) -> bool:
    """Yes or no. Raises Unreadable."""
    answer = cell.value if isinstance(cell.value, bool) else lexicon.yes_no(plain(shown(cell)))
    if answer is None:
        raise Unreadable("yes-no-unreadable")
    return answer


def simple(cell: Cell, field: Field, lexicon: Lexicon) -> Any:
    """The canonical value of a field that has one cell. Raises Unreadable."""
    match field.type:
        case FieldType.YES_NO:
            return yes_no(cell, lexicon)
        case FieldType.CHOICE:
            return choice(cell, field, lexicon)
        case FieldType.INTEGER:
            return whole(cell, field.unit)
        case FieldType.DECIMAL:
            return exact(cell, DECIMAL_SCALE, 0, field.unit)
        case FieldType.DATE:
            return day(cell)
        case FieldType.TEXT:
            return clean_text(shown(cell)) or None
        case FieldType.COUNTRY:
            found = lexicon.country(plain(shown(cell)))
            if found is None:
                raise Unreadable("country-unknown")
            return found
        case FieldType.CURRENCY:
            return currency(cell, lexicon)
    raise TypeError(field.type)
