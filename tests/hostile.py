"""Builders of files, honest and hostile, made in memory: no binary fixture, nothing on disk."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SPREADSHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml"
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

Parts = dict[str, "str | bytes"]


def packed(
    parts: Mapping[str, str | bytes] | Sequence[tuple[str, str | bytes]], *, stored: Sequence[str] = ()
) -> bytes:
    """A zip of those parts; a sequence may name one twice."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items() if isinstance(parts, Mapping) else parts:
            how = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name)
            info.compress_type = how
            archive.writestr(info, content)
    return out.getvalue()


def row(number: int, *cells: str) -> str:
    """One row of numbered cells in XML."""
    return f'<row r="{number}">{"".join(cells)}</row>'


def cell(reference: str, value: object = None, kind: str = "", style: int | None = None, formula: str = "") -> str:
    """One cell in XML; text goes in line."""
    attributes = f' r="{reference}"' if reference else ""
    attributes += f' s="{style}"' if style is not None else ""
    if isinstance(value, str) and not kind:
        return f'<c{attributes} t="inlineStr"><is><t xml:space="preserve">{value}</t></is></c>'
    attributes += f' t="{kind}"' if kind else ""
    inner = f"<f>{formula}</f>" if formula else ""
    inner += f"<v>{value}</v>" if value is not None else ""
    return f"<c{attributes}>{inner}</c>"


def worksheet(data: str, *, before: str = "", after: str = "") -> str:
    """A worksheet part with those rows."""
    return (
        f'{HEAD}<worksheet xmlns="{MAIN}" xmlns:r="{RELATION}">{before}<sheetData>{data}</sheetData>{after}</worksheet>'
    )


def xlsx_parts(
    *sheets: str,
    strings: str | None = None,
    styles: str = "",
    workbook: str = "",
    types: str = "",
    relations: str = "",
    names: Sequence[str] = (),
    states: Sequence[str] = (),
) -> Parts:
    """The parts of a small .xlsx; ``sheets`` are whole worksheet parts or only their rows."""
    sheets = sheets or (row(1, cell("A1", 1)),)
    parts: Parts = {}
    overrides = [f'<Override PartName="/xl/workbook.xml" ContentType="{SPREADSHEETML}.sheet.main+xml"/>']
    overrides.append(f'<Override PartName="/xl/styles.xml" ContentType="{SPREADSHEETML}.styles+xml"/>')
    links, listed = [f'<Relationship Id="rS" Type="{RELATION}/styles" Target="styles.xml"/>'], []
    for at, content in enumerate(sheets, 1):
        overrides.append(
            f'<Override PartName="/xl/worksheets/sheet{at}.xml" ContentType="{SPREADSHEETML}.worksheet+xml"/>'
        )
        links.append(f'<Relationship Id="r{at}" Type="{RELATION}/worksheet" Target="worksheets/sheet{at}.xml"/>')
        name = names[at - 1] if at <= len(names) else f"S{at}"
        state = f' state="{states[at - 1]}"' if at <= len(states) and states[at - 1] else ""
        listed.append(f'<sheet name="{name}" sheetId="{at}"{state} r:id="r{at}"/>')
        parts[f"xl/worksheets/sheet{at}.xml"] = content if "<worksheet" in content else worksheet(content)
    if strings is not None:
        overrides.append(
            f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SPREADSHEETML}.sharedStrings+xml"/>'
        )
        links.append(f'<Relationship Id="rT" Type="{RELATION}/sharedStrings" Target="sharedStrings.xml"/>')
        parts["xl/sharedStrings.xml"] = f'{HEAD}<sst xmlns="{MAIN}">{strings}</sst>'
    first: Parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{"".join(overrides)}{types}</Types>',
        "_rels/.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f'<Relationship Id="r1" Type="{RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{HEAD}<workbook xmlns="{MAIN}" xmlns:r="{RELATION}">{workbook}'
        f"<sheets>{''.join(listed)}</sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
        f"{''.join(links)}{relations}</Relationships>",
        "xl/styles.xml": f'{HEAD}<styleSheet xmlns="{MAIN}">'
        + (styles or '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="46"/><xf numFmtId="9"/></cellXfs>')
        + "</styleSheet>",
    }
    return first | parts


def xlsx(*sheets: str, extra: Mapping[str, str | bytes] | None = None, **options: object) -> bytes:
    """A small .xlsx, with parts added or replaced by ``extra``."""
    return packed(xlsx_parts(*sheets, **options) | dict(extra or {}))  # type: ignore[arg-type]


ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_URN = "urn:oasis:names:tc:opendocument:xmlns:"
_SPACES = "".join(
    f' xmlns:{short}="{_URN}{long}:1.0"'
    for short, long in (
        ("office", "office"),
        ("table", "table"),
        ("text", "text"),
        ("style", "style"),
        ("draw", "drawing"),
        ("script", "script"),
    )
)
_SPACES += (
    ' xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods_content(tables: str, styles: str = "", scripts: str = "") -> str:
    """A content.xml with those tables."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content{_SPACES}>{scripts}'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )


def table(rows: str, name: str = "T1", style: str = "") -> str:
    """One table of an .ods."""
    styled = f' table:style-name="{style}"' if style else ""
    return f'<table:table table:name="{name}"{styled}>{rows}</table:table>'


def manifest(inside: str = "") -> str:
    """The manifest of an .ods, with something inside its content entry."""
    return (
        f'<?xml version="1.0"?><manifest:manifest xmlns:manifest="{_URN}manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">{inside}'
        "</manifest:file-entry></manifest:manifest>"
    )


def ods(rows: str = "", *, content: str | bytes = "", extra: Mapping[str, str | bytes] | None = None) -> bytes:
    """A small .ods of one table with those rows, or with that content."""
    parts: Parts = {
        "mimetype": ODS_TYPE,
        "META-INF/manifest.xml": manifest(),
        "content.xml": content or ods_content(table(rows)),
    }
    return packed(parts | dict(extra or {}), stored=("mimetype",))


def ods_row(*cells: str, repeated: int = 1) -> str:
    """One row of an .ods."""
    times = f' table:number-rows-repeated="{repeated}"' if repeated != 1 else ""
    return f"<table:table-row{times}>{''.join(cells)}</table:table-row>"


def ods_cell(text: str = "", *, repeated: int = 1, attributes: str = "") -> str:
    """One cell of an .ods, text unless the attributes say otherwise."""
    times = f' table:number-columns-repeated="{repeated}"' if repeated != 1 else ""
    if text and "value-type" not in attributes:
        attributes += ' office:value-type="string"'
    inner = f"<text:p>{text}</text:p>" if text else ""
    return f"<table:table-cell{times} {attributes}>{inner}</table:table-cell>"


# what nobody writes by accident


def lying_sizes(data: bytes, name: str, claimed: int) -> bytes:
    """The same zip, saying in both places that the part is only that large."""
    out = bytearray(data)
    for at, size_at, name_at in _headers(data):
        if data[name_at : name_at + len(name)] == name.encode():
            struct.pack_into("<L", out, at + size_at, claimed)
    return bytes(out)


def _headers(data: bytes) -> list[tuple[int, int, int]]:
    """(where a header is, where in it the size is, where the name is) for local and central headers."""
    found: list[tuple[int, int, int]] = []
    for mark, size_at, name_at in ((b"PK\3\4", 22, 30), (b"PK\1\2", 24, 46)):
        at = data.find(mark)
        while at >= 0:
            found.append((at, size_at, at + name_at))
            at = data.find(mark, at + 4)
    return found


def flagged(data: bytes, bit: int) -> bytes:
    """The same zip with a flag set on every entry."""
    out = bytearray(data)
    for at, size_at, _ in _headers(data):
        flags_at = at + (6 if size_at == 22 else 8)
        struct.pack_into("<H", out, flags_at, struct.unpack_from("<H", data, flags_at)[0] | bit)
    return bytes(out)


def tiny_zip(names: Sequence[str], *, overlap: bool = False, content: bytes = b"") -> bytes:
    """A zip of stored entries written by hand; with ``overlap`` all of them are the first one's bytes."""
    body, directory = bytearray(), bytearray()
    for at, name in enumerate(names):
        raw = name.encode()
        sizes = (zlib.crc32(content), len(content), len(content))
        header = 0 if overlap else len(body)
        if not (overlap and at):
            body += struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0x800, 0, 0, 0, *sizes, len(raw), 0) + raw + content
        directory += (
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0x800, 0, 0, 0, *sizes, len(raw), 0, 0, 0, 0, 0, header) + raw
        )
    count = min(len(names), 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def compound(stream: str) -> bytes:
    """The look of an OLE compound file with one stream of that name."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504 + (stream + "\0").encode("utf-16-le") + b"\0" * 512


def png() -> bytes:
    """One black pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


# what a child may try


def answer(*items: object) -> Iterator[object]:
    """A well-behaved child."""
    yield from items


def sleeper() -> Iterator[object]:
    """Says one thing and never another."""
    yield "first"
    time.sleep(60)


def spinner() -> Iterator[object]:
    """Burns the processor."""
    while True:
        pass
    yield


def glutton() -> Iterator[object]:
    """Takes memory until there is none."""
    taken = []
    while True:
        taken.append(bytearray(1 << 20))
    yield


def chatterbox() -> Iterator[object]:
    """Never stops answering."""
    while True:
        yield "x" * 100_000


def crasher(number: int) -> Iterator[object]:
    """Dies of a signal."""
    signal.raise_signal(number)
    yield


def raiser() -> Iterator[object]:
    """Fails with a server's path in its message."""
    raise RuntimeError("/srv/secret/path")
    yield


def liar() -> Iterator[object]:
    """Goes around the answering and writes nonsense to every open pipe."""
    for fd in range(3, 64):
        with contextlib.suppress(OSError):
            os.write(fd, b'["problems", [{"code": "no-such-code"}]]\n')
    yield


def attempt(what: str, path: str) -> Iterator[object]:
    """Try something forbidden; answer with the name of the error, or with "done"."""
    try:
        if what == "socket":
            socket.socket().close()
        elif what == "process":
            subprocess.run(["true"], check=False)
        elif what == "system":
            os.system("true")
        elif what == "write":
            open(path, "w").close()
        elif what == "read":
            open(path).close()
        elif what == "remove":
            os.remove(path)
        elif what == "fork":
            os.fork()
        yield "done"
    except Exception as error:
        yield type(error).__name__


def interfaces() -> Iterator[object]:
    """The network devices a child sees, by a way that no audit hook watches."""
    yield [name for _, name in socket.if_nameindex()]


def modules() -> Iterator[object]:
    """What has been imported in a child."""
    yield sorted(name for name in ("numpy", "flask", "pandas", "pytest", "openpyxl") if sys.modules.get(name))
