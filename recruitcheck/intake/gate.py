"""What may be opened at all: files are looked at before a spreadsheet library sees them, and read in a child process.

>>> book = read(load("audit.xlsx"))
"""

from __future__ import annotations

import io
import os
import re
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from recruitcheck.intake import delimited, limits, odf, ooxml
from recruitcheck.intake.cells import Book, Cell, Sheet
from recruitcheck.intake.container import Container, Meter, open_container
from recruitcheck.intake.limits import problem, refusal, shown, size_text
from recruitcheck.problem import ProblemError

if TYPE_CHECKING:
    from recruitcheck.intake.child import Ceiling, Item

#: what a name promises
EXTENSIONS: Final = {
    "xlsx": "xlsx",
    "ods": "ods",
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "zip": "csvzip",
    "json": "json",
}
_MACRO_EXTENSIONS: Final = ("xlsm", "xltm", "xlam")

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAMS: Final = ("EncryptedPackage", "DRMContent")
_EXCEL_STREAMS: Final = ("Workbook", "Book")
_MAGIC: Final = (
    (b"%PDF", "pdf"),
    (b"\x89PNG", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF8", "gif"),
    (b"\x1f\x8b", "gzip"),
    (b"Rar!", "rar"),
    (b"7z\xbc\xaf", "7z"),
    (b"\xfd7zXZ", "xz"),
    (b"{\\rtf", "rtf"),
    (b"SQLite format 3", "sqlite"),
)
_MARKUP: Final = re.compile(rb"\s*(?:<\?xml|<!doctype|<html|<table|<workbook)", re.IGNORECASE)
_NESTED: Final = re.compile(r"\.(?:xlsx|xlsm|xls|ods|zip)$", re.IGNORECASE)
_MOST_TYPES: Final = limits.MIB
_BATCH: Final = 128 * limits.KIB


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its name is only ever shown, never opened."""

    name: str
    data: bytes = field(repr=False)

    @property
    def display(self) -> str:
        """The last part of the name, safe to print."""
        return shown(re.split(r"[/\\]", self.name)[-1].strip()) or "?"

    @property
    def extension(self) -> str:
        """ "Audit.XLSX" -> "xlsx"; "" if the name has none."""
        match = re.search(r"\.([A-Za-z0-9]{1,10})[\s.]*$", self.display)
        return match[1].lower() if match else ""


def load(path: str | os.PathLike[str]) -> Upload:
    """The file at that path, or the .csv files of that folder as one zip; sizes are checked before reading.

    Raises ProblemError: file-missing, file-too-big, file-parts or file-kind-unknown.
    """
    place = Path(path)
    try:
        if place.is_dir():
            return _load_folder(place)
        return Upload(place.name, _read_file(place, limits.MAX_UPLOAD))
    except ProblemError as error:
        raise _named(error, shown(place.name)) from None
    except OSError as error:
        reason = "permission" if isinstance(error, PermissionError) else "missing"
        raise _named(refusal("file-missing", reason=reason), shown(place.name)) from None


def _read_file(place: Path, most: int) -> bytes:
    found = place.stat()
    if not stat.S_ISREG(found.st_mode):
        raise refusal("file-missing", reason="not-a-file")
    if found.st_size > most:
        raise _too_big(found.st_size)
    with place.open("rb") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise _too_big(len(data))
    return data


def _load_folder(place: Path) -> Upload:
    packed = io.BytesIO()
    total = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in delimited.names([entry.name for entry in sorted(place.iterdir()) if not entry.is_dir()]):
            if (place / name).is_symlink():
                raise refusal("file-parts", what="link", part=name)
            data = _read_file(place / name, limits.MAX_UPLOAD - total)
            total += len(data)
            archive.writestr(zipfile.ZipInfo(os.fsencode(name).decode("utf-8", "replace")), data)
    if not total:
        raise refusal("file-missing", reason="no-csv")
    return Upload(place.resolve().name, packed.getvalue())


def inspect(upload: Upload) -> str:
    """What the file is, "xlsx", "ods", "csv", "csvzip" or "json", once every part of it has been looked at.

    Raises ProblemError with every reason to refuse it that could be found.
    """
    try:
        return _examine(upload)[0]
    except ProblemError as error:
        raise _named(error, upload.display) from None


def kind_of(upload: Upload) -> str:
    """What the file is, from its size, name, first bytes and directory only: enough to choose who reads it.

    Raises ProblemError. What this lets pass is not yet fit to be opened: :func:`read` looks at all of it.
    """
    try:
        return _outline(upload)[0]
    except ProblemError as error:
        raise _named(error, upload.display) from None


def read(upload: Upload, *, ceiling: Ceiling | None = None) -> Book:
    """The cells of the file, inspected and parsed in a child process.

    ``ceiling`` is what the child may use. Raises ProblemError; a JSON file is not for here.
    """
    from recruitcheck.intake import child  # keeps multiprocessing out of every start of the program

    try:
        kind, _ = _outline(upload)
        if kind == "json":
            raise refusal("file-kind-unknown", found="json")
        items = child.run(_work, (upload.name, upload.data), ceiling or child.Ceiling())
        return Book(upload.display, "csv" if kind == "csvzip" else kind, tuple(_sheets(items)))
    except ProblemError as error:
        raise _named(error, upload.display) from None


def _named(error: ProblemError, name: str) -> ProblemError:
    return ProblemError(*(found.at(file=name) for found in error.problems))


# from cheap to dear


def _examine(upload: Upload) -> tuple[str, ooxml.Findings]:
    """The kind and what was found, after looking at everything."""
    kind, container = _outline(upload)
    findings = ooxml.Findings()
    if kind == "csv":
        delimited.decode(upload.data)
    elif container is not None:
        look = {"xlsx": ooxml.inspect, "ods": odf.inspect, "csvzip": _inspect_csv_zip}[kind]
        findings = look(container)
        findings.settle()
    return kind, findings


def _outline(upload: Upload) -> tuple[str, Container | None]:
    """What the file is, from its size, its first bytes and a zip's directory; nothing large is inflated."""
    data, extension = upload.data, upload.extension
    if not data.strip(b"\0 \t\r\n"):
        raise refusal("file-empty", what="file")
    if len(data) > limits.MAX_UPLOAD:
        raise _too_big(len(data))
    if data.startswith(_OLE):
        raise _compound(data, extension)
    if data.startswith((b"PK\3\4", b"PK\5\6", b"PK\7\x08")):
        container = open_container(data)
        kind = _zip_kind(container, extension)
        _compare(extension, kind)
        return kind, container
    return _text_kind(data, extension), None


def _too_big(found: int) -> ProblemError:
    return refusal("file-too-big", limit=size_text(limits.MAX_UPLOAD), found=size_text(found))


def _compound(data: bytes, extension: str) -> ProblemError:
    """An OLE file: a locked workbook, one of before 2007, or something else of Microsoft's."""
    if any(name.encode("utf-16-le") in data for name in _ENCRYPTED_STREAMS):
        return refusal("file-encrypted", what="office")
    if any(_stream_name(name) in data for name in _EXCEL_STREAMS) or extension in ("xls", "xlt"):
        return refusal("file-old-excel")
    return refusal("file-kind-unknown", found="ole")


def _stream_name(name: str) -> bytes:
    """A name as a compound file's directory has it: with its end, so that "Book" is not found in "Workbook1"."""
    return (name + "\0").encode("utf-16-le")


def _zip_kind(container: Container, extension: str) -> str:
    """Which kind of zip; raises ProblemError for one that is none of ours."""
    names = [part.name for part in container.parts]
    types, mimetype = container.find(ooxml.CONTENT_TYPES), container.find(odf.MIMETYPE)
    if types is not None and mimetype is not None:
        raise refusal("file-parts", what="two-kinds", part=mimetype.name)
    if types is not None:
        found = ooxml.flavour(container.read(types, Meter(), _MOST_TYPES))
        if found == "xlsm" or (found == "xlsx" and extension in _MACRO_EXTENSIONS):
            raise refusal("file-macros", what="macro", part="")
        if found != "xlsx":
            raise refusal("file-kind-unknown", found=found or "zip")
        return "xlsx"
    if mimetype is not None:
        given = container.read(mimetype, Meter(), limits.KIB).strip()
        if given != odf.SPREADSHEET:
            raise refusal("file-kind-unknown", found=given.rpartition(b".")[2].decode("ascii", "replace"))
        return "ods"
    if any(name.endswith(".iwa") for name in names):
        raise refusal("file-kind-unknown", found="numbers")
    nested = next((name for name in names if _NESTED.search(name)), None)
    if nested is not None:
        raise refusal("file-parts", what="nested", part=nested)
    if not delimited.names(names):
        raise refusal("file-empty", what="zip")
    return "csvzip"


def _inspect_csv_zip(container: Container) -> ooxml.Findings:
    """Every .csv decoded once; all that cannot be are told."""
    findings, meter = ooxml.Findings(), Meter()
    wanted = set(delimited.names(part.name for part in container.parts))
    for part in container.parts:
        if part.name in wanted:
            try:
                delimited.decode(container.read(part, meter, limits.MAX_CSV), part.name)
            except ProblemError as error:
                for found in error.problems:
                    findings.problems.setdefault((found.code, part.name), found)
    return findings


def _text_kind(data: bytes, extension: str) -> str:
    """ "csv" or "json", which only the name can tell apart; raises ProblemError for what is no text."""
    found = next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")
    if not found and _MARKUP.match(data[:1024].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")):
        found = "html"
    expected = EXTENSIONS.get(extension)
    if expected is None:
        raise refusal("file-kind-unknown", extension=extension, found=found or "text")
    if not found and expected in ("csv", "json"):
        if expected == "json" and not data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith((b"{", b"[")):
            raise refusal("file-kind-differs", extension=extension, found="text")
        return expected
    raise refusal("file-kind-differs", extension=extension, found=found or "text")


def _compare(extension: str, kind: str) -> None:
    """A zip's content says what it is; its name may not say another thing."""
    expected = EXTENSIONS.get(extension)
    if expected is not None and expected != kind:
        raise refusal("file-kind-differs", extension=extension, found="csv.zip" if kind == "csvzip" else kind)
    if expected is None and extension and kind != "csvzip":  # a folder of .csv files may be called anything
        raise refusal("file-kind-unknown", extension=extension, found=kind)


# the child's side and the parent's


def _work(name: str, data: bytes) -> Iterator[Item]:
    """In the child: every look, then the cells in batches as plain lists."""
    from recruitcheck.intake import workbook

    upload = Upload(name, data)
    kind, findings = _examine(upload)
    book = workbook.parse(kind, upload.display, data, findings.formulas)
    if findings.sheets is not None and findings.sheets != [sheet.name for sheet in book.sheets]:
        raise refusal("file-damaged", reason="two-readings")
    for sheet in book.sheets:
        yield [sheet.name, sheet.state]
        for batch in _batches(sheet.cells):
            yield {"cells": batch}


def _batches(cells: Iterable[Cell]) -> Iterator[list[list[Any]]]:
    """The cells as lists, so many at a time that a line of them stays small."""
    batch: list[list[Any]] = []
    size = 0
    for cell in cells:
        batch.append(_packed(cell))
        size += 50 + (len(cell.value) if isinstance(cell.value, str) else 0)
        if size > _BATCH:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _packed(cell: Cell) -> list[Any]:
    value, mark = cell.value, ""
    if isinstance(value, datetime | date | time):
        mark = "t" if isinstance(value, time) else "m" if isinstance(value, datetime) else "d"
        value = value.isoformat()
    return [cell.row, cell.column, value, cell.kind, cell.text, mark]


_MARKS: Final = {"t": time.fromisoformat, "m": datetime.fromisoformat, "d": date.fromisoformat}


def _unpacked(row: Any, column: Any, value: Any, kind: Any, text: Any, mark: Any) -> Cell:
    kept: Any = _MARKS[mark](value) if mark else value
    if not (isinstance(row, int) and isinstance(column, int) and isinstance(kept, str | int | float | date | time)):
        raise TypeError("no cell")
    return Cell(row, column, kept, str(kind), str(text))


def _sheets(items: Iterable[Item]) -> Iterator[Sheet]:
    """The sheets from what the child sent, which is checked like anything else from outside."""
    name, state = "", ""
    cells: list[Cell] = []
    started = False
    try:
        for item in items:
            if isinstance(item, dict):
                cells.extend(_unpacked(*packed) for packed in item["cells"])
                continue
            if started:
                yield Sheet(name, state, tuple(cells))
            (name, state), cells, started = (str(given) for given in item), [], True  # type: ignore[union-attr]
    except (TypeError, ValueError, KeyError):
        raise ProblemError(problem("file-damaged", reason="unreadable")) from None
    if started:
        yield Sheet(name, state, tuple(cells))
