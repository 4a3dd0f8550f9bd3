"""Colours of the workbook: ink on warm paper, one deep green-blue, one saffron for attention (design/look.md)."""

from __future__ import annotations

from typing import Final

INK: Final = "1C2B30"
MUTED: Final = "5E6B6B"
PAPER: Final = "FAF6EC"
WHITE: Final = "FFFFFF"
LINE: Final = "D8D1C0"

GREEN: Final = "0F4C4F"
GREEN_TINT: Final = "DDEAE7"
GREEN_LINE: Final = "8DB3AE"

SAFFRON: Final = "E09B12"
SAFFRON_TINT: Final = "FDEFCB"

#: marks of the annotated copy
ERROR: Final = "F7C752"
WARNING: Final = "CFE6F5"
