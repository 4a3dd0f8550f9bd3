"""A zip file read by ourselves: its directory checked before anything is inflated, every byte counted while it is.

The spreadsheet library opens the same bytes with :mod:`zipfile` later; whatever the two could see
differently (duplicates, overlaps, prefixes, sizes that lie) is refused here.
"""

from __future__ import annotations

import stat
import struct
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from recruitcheck.intake import limits
from recruitcheck.intake.limits import CHUNK, refusal
from recruitcheck.problem import ProblemError

_END: Final = struct.Struct("<4s4H2LH")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64: Final = struct.Struct("<4sLQL")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")

_STORED, _DEFLATED, _AES = 0, 8, 99
_ENCRYPTED, _DESCRIPTOR, _STRONG, _UTF8 = 0x1, 0x8, 0x40, 0x800
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
_STEP: Final = 16 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """One entry: where its data starts, how long it is in the file and how long it says it is inflated."""

    name: str
    start: int
    packed: int
    size: int
    deflated: bool
    crc: int

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")


@dataclass(slots=True)
class Meter:
    """Bytes inflated so far from one file."""

    total: int = 0


@dataclass(frozen=True, slots=True)
class Container:
    """A zip whose directory has been checked; inflating goes through :meth:`stream`."""

    data: bytes = field(repr=False)
    parts: tuple[Part, ...]

    def find(self, name: str) -> Part | None:
        """The part of that exact name, or None."""
        return next((part for part in self.parts if part.name == name), None)

    def stream(self, part: Part, meter: Meter) -> Iterator[bytes]:
        """The part's bytes in chunks of at most 64 KiB.

        Raises ProblemError file-bomb once it grows out of bounds, file-damaged if it is not what the directory said.
        """
        size, crc = 0, 0
        for chunk in self._inflate(part) if part.deflated else self._stored(part):
            size += len(chunk)
            meter.total += len(chunk)
            _guard_growth(part, size, meter)
            crc = zlib.crc32(chunk, crc)
            yield chunk
        if size != part.size or crc != part.crc:
            raise refusal("file-damaged", reason="size", part=part.name)

    def read(self, part: Part, meter: Meter, most: int) -> bytes:
        """The part's bytes whole; raises ProblemError file-bomb if they are more than ``most``."""
        pieces: list[bytes] = []
        size = 0
        for chunk in self.stream(part, meter):
            size += len(chunk)
            if size > most:
                raise refusal("file-bomb", what="part", limit=limits.size_text(most), part=part.name)
            pieces.append(chunk)
        return b"".join(pieces)

    def _stored(self, part: Part) -> Iterator[bytes]:
        for at in range(part.start, part.start + part.packed, CHUNK):
            yield self.data[at : min(at + CHUNK, part.start + part.packed)]

    def _inflate(self, part: Part) -> Iterator[bytes]:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        stop = part.start + part.packed
        try:
            for at in range(part.start, stop, _STEP):
                pending = self.data[at : min(at + _STEP, stop)]
                while True:
                    chunk = inflater.decompress(pending, CHUNK)
                    pending = inflater.unconsumed_tail
                    if chunk:
                        yield chunk
                    if not pending and len(chunk) < CHUNK:
                        break
                if inflater.eof and (inflater.unused_data or at + _STEP < stop):
                    raise refusal("file-damaged", reason="size", part=part.name)
        except zlib.error:
            raise refusal("file-damaged", reason="compression", part=part.name) from None
        if not inflater.eof:
            raise refusal("file-damaged", reason="compression", part=part.name)


def open_container(data: bytes) -> Container:
    """The zip's parts, in the order of its directory.

    Raises ProblemError: file-damaged, file-encrypted, file-parts, file-bomb or file-empty.
    """
    count, offset, end = _directory(data)
    if count == 0:
        raise refusal("file-empty", what="zip")
    if count > limits.MAX_PARTS:
        raise refusal("file-parts", what="count", limit=limits.MAX_PARTS, found=count)
    records = _records(data, count, offset, end)
    _refuse_names([record.name for record in records])
    _refuse_overlap(records, offset)
    declared = sum(record.size for record in records)
    if declared > limits.MAX_INFLATED:
        raise _too_large(declared)
    following = {a.header: b.header for a, b in pairwise(sorted(records, key=lambda record: record.header))}
    return Container(data, tuple(_part(data, record, following.get(record.header, offset)) for record in records))


def _directory(data: bytes) -> tuple[int, int, int]:
    """(number of entries, where the directory starts, where it ends)."""
    at = data.rfind(b"PK\5\6", max(0, len(data) - _END.size - _FULL16))
    if at < 0 or at + _END.size > len(data):
        raise refusal("file-damaged", reason="cut-off")
    _, disk, first_disk, here, count, size, offset, comment = _END.unpack_from(data, at)
    if at + _END.size + comment != len(data):
        raise refusal("file-damaged", reason="cut-off")
    end = at
    locator = at - _LOCATOR64.size
    if locator >= 0 and data[locator : locator + 4] == b"PK\6\7":
        end = locator - _END64.size
        if end < 0 or data[end : end + 4] != b"PK\6\6" or _LOCATOR64.unpack_from(data, locator)[2] != end:
            raise refusal("file-damaged", reason="directory")
        _, _, _, _, disk, first_disk, here, count, size, offset = _END64.unpack_from(data, end)
    if disk or first_disk or here != count or offset + size != end:
        raise refusal("file-damaged", reason="directory")
    return count, offset, end


@dataclass(frozen=True, slots=True)
class _Record:
    """One entry of the directory."""

    name: str
    raw: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    header: int


def _records(data: bytes, count: int, offset: int, end: int) -> list[_Record]:
    """The directory, entry by entry."""
    records: list[_Record] = []
    at = offset
    for _ in range(count):
        if at + _CENTRAL.size > end or data[at : at + 4] != b"PK\1\2":
            raise refusal("file-damaged", reason="directory")
        record = _CENTRAL.unpack_from(data, at)
        flags, method, crc, packed, size = record[3], record[4], *record[7:10]
        (name_size, extra_size, comment_size), external, header = record[10:13], *record[15:17]
        raw = data[at + _CENTRAL.size :][:name_size]
        extra = data[at + _CENTRAL.size + name_size :][:extra_size]
        at += _CENTRAL.size + name_size + extra_size + comment_size
        if at > end:
            raise refusal("file-damaged", reason="directory")
        size, packed, header = _wide(extra, size, packed, header)
        name = _name(raw, flags, extra)
        _refuse_entry(name, flags, method, external >> 16)
        records.append(_Record(name, raw, flags, method, crc, packed, size, header))
    if at != end:
        raise refusal("file-damaged", reason="directory")
    return records


def _wide(extra: bytes, size: int, packed: int, header: int) -> tuple[int, int, int]:
    """The three numbers, from the zip64 field where the short ones are full."""
    wanted = [number == _FULL32 for number in (size, packed, header)]
    if not any(wanted):
        return size, packed, header
    field_ = _extra(extra, 0x0001)
    if len(field_) < 8 * sum(wanted):
        raise refusal("file-damaged", reason="directory")
    wide = iter(struct.unpack_from(f"<{sum(wanted)}Q", field_))
    size, packed, header = (
        next(wide) if full else short for full, short in zip(wanted, (size, packed, header), strict=True)
    )
    return size, packed, header


def _extra(extra: bytes, wanted: int) -> bytes:
    """The extra field of that kind, or empty bytes."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == wanted:
            return extra[at + 4 : at + 4 + length]
        at += 4 + length
    return b""


def _name(raw: bytes, flags: int, extra: bytes) -> str:
    """The entry's name: UTF-8 where it says or shows so, else the old DOS code page."""
    unicode_path = _extra(extra, 0x7075)
    if not flags & _UTF8 and len(unicode_path) > 5 and struct.unpack_from("<L", unicode_path, 1)[0] == zlib.crc32(raw):
        raw = unicode_path[5:]
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        if flags & _UTF8:
            raise refusal("file-parts", what="name", part=raw.decode("latin-1")) from None
        return raw.decode("cp437")


def _refuse_entry(name: str, flags: int, method: int, mode: int) -> None:
    if flags & (_ENCRYPTED | _STRONG) or method == _AES:
        raise refusal("file-encrypted", what="zip", part=name)
    if method not in (_STORED, _DEFLATED):
        raise refusal("file-parts", what="method", part=name, found=method)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal("file-parts", what="link", part=name)


def _part(data: bytes, record: _Record, following: int) -> Part:
    """The part, from a local header that agrees with the directory; its data ends before ``following``."""
    header, name = record.header, record.name
    if header + _LOCAL.size > len(data) or data[header : header + 4] != b"PK\3\4":
        raise refusal("file-damaged", reason="header", part=name)
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack_from(data, header)
    start = header + _LOCAL.size + name_size + extra_size
    raw = data[header + _LOCAL.size :][:name_size]
    agrees = raw == record.raw and method == record.method and not flags & (_ENCRYPTED | _STRONG)
    if agrees and not (flags | record.flags) & _DESCRIPTOR:
        size, packed, _ = _wide(data[start - extra_size : start], size, packed, 0)
        agrees = (crc, packed, size) == (record.crc, record.packed, record.size)
    if not agrees or (method == _STORED and record.packed != record.size):
        raise refusal("file-damaged", reason="header", part=name)
    if start + record.packed > following:
        raise refusal("file-bomb", what="overlap", limit=limits.size_text(limits.MAX_INFLATED), part=name)
    part = Part(name, start, record.packed, record.size, method == _DEFLATED, record.crc)
    if part.is_folder and part.size:
        raise refusal("file-parts", what="name", part=name)
    return part


def _refuse_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        body = name.removesuffix("/")
        segments = body.split("/")
        if (
            not body
            or len(name) > limits.MAX_PART_NAME
            or not name.isprintable()
            or any(c in name for c in '\\:*?"<>|')
            or any(segment.strip(" .") == "" or segment != segment.strip() for segment in segments)
        ):
            raise refusal("file-parts", what="name", part=name)
        folded = unicodedata.normalize("NFKC", body).casefold()
        if folded in seen:
            raise refusal("file-parts", what="twice", part=name)
        seen.add(folded)


def _refuse_overlap(records: list[_Record], directory: int) -> None:
    """Every entry must lie before the next, as far as the directory can tell; the first at the file's very start."""
    ordered = sorted(records, key=lambda record: record.header)
    if ordered[0].header != 0:
        raise refusal("file-damaged", reason="prefix")
    nexts = [record.header for record in ordered[1:]] + [directory]
    for record, following in zip(ordered, nexts, strict=True):
        if record.header + _LOCAL.size + len(record.raw) + record.packed > following:
            raise refusal("file-bomb", what="overlap", limit=limits.size_text(limits.MAX_INFLATED), part=record.name)


def _guard_growth(part: Part, size: int, meter: Meter) -> None:
    if meter.total > limits.MAX_INFLATED:
        raise _too_large(meter.total)
    if size > limits.RATIO_FROM and size > limits.MAX_RATIO * part.packed:
        limit = limits.size_text(limits.MAX_INFLATED)
        raise refusal("file-bomb", what="ratio", limit=limit, ratio=limits.MAX_RATIO, part=part.name)
    if size > part.size:
        raise refusal("file-damaged", reason="size", part=part.name)


def _too_large(found: int) -> ProblemError:
    return refusal(
        "file-bomb", what="total", limit=limits.size_text(limits.MAX_INFLATED), found=limits.size_text(found)
    )
