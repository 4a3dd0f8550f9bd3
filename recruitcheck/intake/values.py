"""What a spreadsheet program shows for a number, a time or a blank; shared by every reader of cells."""

from __future__ import annotations

import re
from datetime import time, timedelta
from decimal import Decimal
from typing import Final

#: characters that take no room on the screen; a cell of nothing else looks blank
INVISIBLE: Final = "\u00ad\u034f\u061c\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069\ufeff"

ERRORS: Final = frozenset(
    {"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
)

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LONGEST_NUMBER: Final = 400
_LARGEST: Final = 9.99999999999999e307  # of a spreadsheet; beyond it 15 digits overflow


def is_blank(text: str) -> bool:
    """True if a person looking at the cell sees nothing."""
    return not text or text.isspace() or not text.strip().strip(INVISIBLE).strip()


def number(raw: str) -> tuple[int | float, str]:
    """A stored number as (value, text as shown): 15 significant digits, no exponent, whole numbers as int.

    Raises ValueError if it is no finite number.
    """
    if len(raw) <= 15 and raw.isascii() and raw.isdigit():
        whole = int(raw)
        return whole, str(whole)
    raw = raw.strip(" \t\r\n")
    if len(raw) > _LONGEST_NUMBER or not _NUMBER.fullmatch(raw):
        raise ValueError("not a number")
    exact = float(raw)
    if abs(exact) > _LARGEST:
        raise ValueError("number out of range")
    text = f"{exact:.15g}"
    if "e" in text:
        text = format(Decimal(text), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if "." not in text:
        whole = int(text)
        return whole, str(whole)
    return float(text), text


def clock(length: timedelta) -> time | str:
    """A length of time as a time of day if it is less than one, else as text: "37:30:00"."""
    seconds = length.total_seconds()
    if 0 <= seconds < 86_400:
        whole = int(seconds)
        return time(whole // 3600, whole // 60 % 60, whole % 60, length.microseconds)
    sign, whole = ("-" if seconds < 0 else ""), abs(round(seconds))
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
