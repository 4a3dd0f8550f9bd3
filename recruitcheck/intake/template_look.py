"""How the workbook looks: one font, a few formats, sizes that fit the words, the mark."""

from __future__ import annotations

import math
import struct
import unicodedata
import zlib
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import palette
from recruitcheck.text import Texts

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

#: Arial is on every desk and free office programs have a font of the same widths; Tahoma has the clearer Arabic
FONT: Final = "Arial"
ARABIC_FONT: Final = "Tahoma"

DATE_FORMAT: Final = "yyyy-mm-dd"
MONEY_FORMAT: Final = "#,##0.00#"
TEXT_FORMAT: Final = "@"

PAPER_A4: Final = 9

#: tinted columns beside the last one that is used: enough to fill a wide screen
MARGIN: Final = 26

BOLD: Final = 1.08

#: usable size of a landscape A4 page at 100 %, with a margin of error: pixels across, points down
PAGE_PIXELS: Final = 970
PAGE_POINTS: Final = 490

#: widths of the letters of Arial that differ much from the usual 0.556, in units of its size
NARROW_TO_WIDE: Final = (
    ("ijl'|", 0.22),
    (" .,:;ftI/()[]-!·", 0.28),
    ("r", 0.33),
    ("cksvxyzJ", 0.5),
    ("w", 0.72),
    ("mMW%", 0.86),
)
NARROW_ARABIC: Final = "اأإآلر.،؛زدذوى"


class Look:
    """Formats of one workbook in one language, each made once."""

    def __init__(self, book: Workbook, texts: Texts) -> None:
        self.book = book
        self.rtl = texts.direction == "rtl"
        self.start, self.end = ("right", "left") if self.rtl else ("left", "right")
        #: LibreOffice indents some cells of a right-to-left column and others not: there, none is
        self.cell_indent = 0 if self.rtl else 1
        self.font = ARABIC_FONT if self.rtl else FONT
        self.size = 11 if self.rtl else 10
        self._made: dict[tuple[tuple[str, Any], ...], Format] = {}

    def format(self, **properties: Any) -> Format:
        """A format with the workbook's font and direction; ``grow`` enlarges the text by that many points."""
        grow = properties.pop("grow", 0)
        base: dict[str, Any] = {
            "font_name": self.font,
            "font_size": self.size + grow,
            "font_color": "#" + palette.INK,
            "valign": "vcenter",
        }
        if self.rtl:
            base |= {"reading_order": 2, "align": self.start}
        merged = base | {k: f"#{v}" if k.endswith("color") else v for k, v in properties.items()}
        key = tuple(sorted(merged.items()))
        if key not in self._made:
            self._made[key] = self.book.add_format(merged)
        return self._made[key]

    # -- formats by what they are for --

    def paper(self) -> Format:
        return self.format(bg_color=palette.PAPER)

    def header(self, *, required: bool = False, **extra: Any) -> Format:
        properties: dict[str, Any] = {
            "bold": True,
            "font_color": palette.WHITE,
            "bg_color": palette.GREEN,
            "text_wrap": True,
            "border": 1,
            "border_color": palette.GREEN_LINE,
        }
        if required:
            properties |= {"bottom": 5, "bottom_color": palette.SAFFRON}
        return self.format(**(properties | extra))

    def sub_header(self, **extra: Any) -> Format:
        """A column that belongs to a group: one choice of several, the currency of an amount."""
        return self.header(font_color=palette.INK, bg_color=palette.GREEN_TINT, bold=False, **extra)

    def answer(self, **extra: Any) -> Format:
        return self.format(**({"bg_color": palette.WHITE, "border": 1, "border_color": palette.LINE} | extra))

    def band(self, **extra: Any) -> Format:
        return self.format(
            **({"bold": True, "bg_color": palette.GREEN_TINT, "font_color": palette.GREEN, "grow": 1} | extra)
        )

    def label(self, **extra: Any) -> Format:
        return self.format(
            **(
                {"bg_color": palette.PAPER, "text_wrap": True, "bottom": 1, "bottom_color": palette.LINE, "indent": 1}
                | extra
            )
        )

    def muted(self, **extra: Any) -> Format:
        return self.label(font_color=palette.MUTED, **extra)

    def attention(self) -> Format:
        """Laid over a cell that must be filled in and is blank."""
        return self.book.add_format({"bg_color": "#" + palette.SAFFRON_TINT})

    # -- sizes --

    def lines(self, text: str, width: float, *, grow: int = 0, bold: bool = False) -> int:
        """How many lines ``text`` takes in a column that is ``width`` digits wide."""
        room = (width * 7 - 8) / ((self.size + grow) * 96 / 72) / (BOLD if bold else 1.0)
        return sum(wrapped_lines(line, room) for line in text.split("\n"))

    def height(self, lines: int, *, grow: int = 0, padding: float = 6) -> float:
        """The height of a row of that many lines, in points."""
        per_line = (self.size + grow) * (1.6 if self.rtl else 1.28)
        return min(400, math.ceil(lines * per_line + padding))

    def width_of(self, text: str) -> float:
        """How wide a column must be, in digits, for ``text`` in bold on one line."""
        return em_width(text) * self.size * 96 / 72 * BOLD / 7 + 2


def pixels(width: float) -> int:
    """A column's width on the screen."""
    return int(width * 7 + 5)


def em_width(text: str) -> float:
    """About how wide a text is in Arial, in units of its size."""
    return sum(map(_letter_width, text))


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if "\u0600" <= letter <= "\u06ff":
        return 0.33 if letter in NARROW_ARABIC else 0.63
    for letters, width in NARROW_TO_WIDE:
        if letter in letters:
            return width
    return 0.69 if letter.isupper() else 0.556


def wrapped_lines(text: str, room: float) -> int:
    """How many lines of that width the words of ``text`` fill; a word too long for a line is broken."""
    lines, used = 1, 0.0
    for word in text.split():
        width = em_width(word)
        gap = 0.28 if used else 0.0
        if used and used + gap + width > room:
            lines, used, gap = lines + 1, 0.0, 0.0
        used += gap + width
        while used > room:
            lines, used = lines + 1, used - room
    return lines


def print_setup(
    sheet: Worksheet, look: Look, *, name: str, left: str, page: str, center: str = "", landscape: bool = True
) -> None:
    """A4, margins, and a footer with the sheet's name and the page; ``page`` holds {page} and {pages}."""
    sheet.set_paper(PAPER_A4)
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.4, right=0.4, top=0.55 if center else 0.4, bottom=0.6)
    pages = _footer_text(page).replace("{page}", "&P").replace("{pages}", "&N")
    names = f"{_footer_text(left)}  |  {_footer_text(name)}"
    first, last = (pages, names) if look.rtl else (names, pages)
    sheet.set_footer(f"&L&8{first}&R&8{last}", {"margin": 0.3})
    if center:
        sheet.set_header(f'&C&8&"{look.font},Bold"{_footer_text(center)}', {"margin": 0.25})


def _footer_text(text: str) -> str:
    return text.replace("&", "&&")


# ---- the mark --------------------------------------------------------------------------------------------------------


@cache
def star(side: int = 92, colour: str = palette.SAFFRON) -> bytes:
    """The eight-pointed star of two squares as a small PNG on a clear ground."""
    fine = 3
    rows = []
    rgb = bytes.fromhex(colour)
    for y in range(side):
        row = bytearray(b"\x00")
        for x in range(side):
            hits = sum(
                _in_star((x + (i + 0.5) / fine) / side * 2 - 1, (y + (j + 0.5) / fine) / side * 2 - 1)
                for i in range(fine)
                for j in range(fine)
            )
            row += rgb + bytes([hits * 255 // fine**2])
        rows.append(bytes(row))
    header = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", zlib.compress(b"".join(rows), 9))
        + _chunk(b"IEND", b"")
    )


def _in_star(x: float, y: float) -> bool:
    """Is the point in the star (within the unit square) and outside the small star that is cut from its middle?"""
    return _reach(x, y) <= 0.69 and _reach(x, y) > 0.3


def _reach(x: float, y: float) -> float:
    """Half the side of the smallest upright or turned square around the origin that holds the point."""
    upright = max(abs(x), abs(y))
    turned = (abs(x) + abs(y)) / math.sqrt(2)
    return min(upright, turned)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
