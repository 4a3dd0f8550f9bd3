"""Cells of a .csv, of several in a zip or a folder: encoding and delimiter found out, or asked for, never guessed."""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from recruitcheck.intake import limits
from recruitcheck.intake.cells import Cell, Sheet, address
from recruitcheck.intake.limits import over, refusal
from recruitcheck.intake.values import is_blank

SUFFIXES: Final = (".csv", ".tsv", ".txt")

_CLUTTER: Final = re.compile(r"(?:^|/)(?:__MACOSX|\.[^/]*|desktop\.ini|Thumbs\.db)(?:/|$)", re.IGNORECASE)
_DELIMITERS: Final = ",;\t"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: an accented letter of an older code page (Mac, DOS) read as cp1252 gives these inside a word
_STRANGE: Final = re.compile(r"(?<=[a-z])[\u017d\u0160\u02c6\u0192\u2021\u201a](?=[a-z\s,;\"]|$)")
_WORD: Final = re.compile(r"(?:[^\W\d_]|[\u0640\u064b-\u065f\u0670])+")
#: Arabic letters that no word consists of: what cp1256 makes of a lone "À" or "É"
_NEVER_ALONE: Final = "\u06c1\u0629"
_TOLD: Final = re.compile(r"(\"?)sep=([,;|:\t])\1(?:\r\n|\r|\n)", re.IGNORECASE)
_LINES_COMPARED: Final = 20
_HEAD: Final = 65_536


def names(given: Iterable[str]) -> list[str]:
    """The .csv files among a folder's or a zip's names, without what operating systems add by themselves.

    Raises ProblemError file-kind-unknown for anything else.
    """
    kept = [name for name in given if not name.endswith("/") and not _CLUTTER.search(name)]
    for name in kept:
        if not name.lower().endswith(SUFFIXES):
            raise refusal("file-kind-unknown", found="zip", part=name)
    return kept


def decode(data: bytes, part: str = "") -> str:
    """The text of a .csv.

    Raises ProblemError file-encoding if more than one encoding is likely, file-damaged if it is no text.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(_strictly(data[len(mark) :], encoding, part), part)
    if b"\0" in data:
        return _checked(_wide(data, part), part)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _one_byte(data, part)


def _strictly(data: bytes, encoding: str, part: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise refusal("file-encoding", found=encoding, part=part) from None


def _checked(text: str, part: str) -> str:
    if "\0" in text:
        raise refusal("file-damaged", reason="nul", part=part)
    return text


def _wide(data: bytes, part: str) -> str:
    """UTF-16 that does not say so: only in one byte order is it made of the letters we expect, and has line ends."""
    likely: list[str] = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text and any(c in text for c in "\r\n,;\t") and _is_expected(text[:10_000]):
            likely.append(text)
    if len(likely) != 1:
        raise refusal("file-damaged", reason="nul", part=part)
    return likely[0]


def _is_expected(text: str) -> bool:
    """True if the text has no control characters and is, with few exceptions, Latin, Greek, Cyrillic or Arabic."""
    known = sum(c < "\u0780" or "\u2000" <= c <= "\u22ff" or "\ufb00" <= c <= "\ufeff" for c in text)
    control = any(unicodedata.category(c) in ("Cn", "Co", "Cc") for c in set(text) - set("\r\n\t"))
    return not control and known >= 0.9 * len(text)


def _one_byte(data: bytes, part: str) -> str:
    """cp1252 or cp1256, where it makes no difference or where only one of them gives words."""
    arabic = data.decode("cp1256")
    try:
        latin = data.decode("cp1252")
    except UnicodeDecodeError:
        latin = ""
    unclear = refusal("file-encoding", found="cp1252, cp1256", part=part)
    if latin == arabic:
        if _STRANGE.search(latin):
            raise unclear
        return latin
    words, mixed = _arabic_words(arabic)
    if words and words >= 10 * mixed:
        return arabic
    if latin and mixed and not words and not _STRANGE.search(latin):
        return latin
    raise unclear


def _arabic_words(text: str) -> tuple[int, int]:
    """(words of Arabic letters only, words that mix Arabic with Latin letters) of a text read as cp1256.

    A word counts once, from three letters on, two words of two letters count as one.
    """
    long = short = mixed = 0
    for word in {match[0] for match in _WORD.finditer(text)}:
        arabic = sum("\u0600" <= c <= "\u06ff" for c in word)
        if not arabic:
            continue
        if arabic < len(word) or word in _NEVER_ALONE:
            mixed += 1
        elif arabic >= 3:
            long += 1
        elif arabic == 2:
            short += 1
    return long + short // 2, mixed


def sheet(data: bytes, name: str, part: str = "") -> Sheet:
    """The records of one .csv as rows, every value as the text it is.

    Raises ProblemError: file-encoding, file-delimiter, file-damaged or file-limits.
    """
    text = decode(data, part)
    text, delimiter = _told(text)
    delimiter = delimiter or _sniffed(text, part)
    cells: list[Cell] = []
    row = 0
    try:
        for row, record in enumerate(_records(text, delimiter), 1):
            for column, value in enumerate(record, 1):
                if is_blank(value):
                    continue
                if row > limits.MAX_ROWS:
                    raise over("rows", limits.MAX_ROWS, row, sheet=name, cell=address(row, 1))
                if column > limits.MAX_COLUMNS:
                    raise over("columns", limits.MAX_COLUMNS, column, sheet=name, cell=address(row, 1))
                if len(value) > limits.MAX_CHARACTERS:
                    where = address(row, column)
                    raise over("characters", limits.MAX_CHARACTERS, len(value), sheet=name, cell=where)
                cells.append(Cell(row, column, value))
            if len(cells) > limits.MAX_CELLS:
                raise over("cells", limits.MAX_CELLS, len(cells), sheet=name)
    except csv.Error as error:
        if "field larger" in str(error):
            raise over("characters", limits.MAX_CHARACTERS, "", sheet=name, cell=address(row + 1, 1)) from None
        raise refusal("file-damaged", reason="quotes", sheet=name, cell=address(row + 1, 1), part=part) from None
    return Sheet(name, "visible", tuple(cells))


def _records(text: str, delimiter: str) -> csv._reader:  # type: ignore[name-defined]
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)


def _told(text: str) -> tuple[str, str]:
    """The text after a first line ``sep=;``, which spreadsheet programs obey and do not show; and what it says."""
    match = _TOLD.match(text)
    return (text[match.end() :], match[2]) if match else (text, "")


def _sniffed(text: str, part: str) -> str:
    """The delimiter that parts the header into most fields; the following rows decide a tie.

    Raises ProblemError file-delimiter if it stays undecided, or if the header shows another delimiter.
    """
    head = _head(text)
    counted = {delimiter: [len(record) for record in _some(head, delimiter)] for delimiter in _DELIMITERS}
    most = max(lengths[0] if lengths else 1 for lengths in counted.values())
    if most == 1:
        if "|" in _outside_quotes(head.split("\n", 1)[0]):
            raise refusal("file-delimiter", found="|", part=part)
        return _single_column(counted, part)
    best = [delimiter for delimiter, lengths in counted.items() if lengths and lengths[0] == most]
    if len(best) > 1:
        steady = [d for d in best if len(counted[d]) > 1 and all(n == most for n in counted[d])]
        if len(steady) != 1:
            raise refusal("file-delimiter", found=" ".join(_name(d) for d in best), part=part)
        best = steady
    return best[0]


def _single_column(counted: dict[str, list[int]], part: str) -> str:
    """A header of one field: rows that part evenly all the same make it undecided."""
    parting = [d for d, lengths in counted.items() if len(lengths) > 1 and min(lengths[1:]) > 1]
    if parting:
        raise refusal("file-delimiter", found=" ".join(_name(d) for d in parting), part=part)
    return ","


def _some(head: str, delimiter: str) -> Sequence[list[str]]:
    """The first records that are not empty, as far as they can be read with that delimiter."""
    records: list[list[str]] = []
    with contextlib.suppress(csv.Error):
        for record in csv.reader(io.StringIO(head, newline=""), delimiter=delimiter):
            if any(record):
                records.append(record)
            if len(records) == _LINES_COMPARED:
                return records
    return records if len(head) < _HEAD else records[:1] + records[1:-1]


def _head(text: str) -> str:
    """Enough of the text to see a header and a few rows."""
    return text[:_HEAD].lstrip("\r\n")


def _outside_quotes(line: str) -> str:
    return re.sub(r'"[^"]*"', "", line)


def _name(delimiter: str) -> str:
    return "tab" if delimiter == "\t" else delimiter
