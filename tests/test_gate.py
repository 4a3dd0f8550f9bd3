"""What the gate lets in and what it refuses, and how cheaply: names, containers, what may not be inside."""

from __future__ import annotations

import concurrent.futures
import contextlib
import io
import os
import random
import struct
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recruitcheck.intake import gate, limits
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import ProblemError
from tests import hostile
from tests.hostile import (
    MAIN,
    RELATION,
    SPREADSHEETML,
    cell,
    compound,
    flagged,
    lying_sizes,
    manifest,
    ods,
    ods_cell,
    ods_content,
    ods_row,
    packed,
    row,
    table,
    tiny_zip,
    worksheet,
    xlsx,
    xlsx_parts,
)
from tests.measure import GOOD, cheap, codes, refused, values_of

MIB = limits.MIB


# what is let in


def test_an_honest_file_of_each_kind_is_let_in() -> None:
    assert gate.inspect(Upload("Audit.XLSX", GOOD)) == "xlsx"
    assert gate.inspect(Upload("audit.ods", ods(ods_row(ods_cell("x"))))) == "ods"
    assert gate.inspect(Upload("fees.csv", b"a;b\n1;2\n")) == "csv"
    assert gate.inspect(Upload("audit.zip", packed({"Fees.csv": "a;b\n", "__MACOSX/._Fees.csv": "x"}))) == "csvzip"
    assert gate.inspect(Upload("audit.json", b' {"schema": "x"}')) == "json"


def test_the_kind_is_known_without_inflating_anything() -> None:
    bomb = Upload("a.xlsx", xlsx(extra={"xl/media/a.bin": bytes(40 * MIB)}))
    with cheap(0.2, 10):
        assert gate.kind_of(bomb) == "xlsx"
    with pytest.raises(ProblemError):
        gate.kind_of(Upload("a.ods", GOOD))


def test_what_was_let_in_is_read_with_the_name_it_came_with() -> None:
    book = gate.read(Upload("C:\\fakepath\\Audit.xlsx", GOOD))
    assert (book.file, book.kind, [s.name for s in book.sheets]) == ("Audit.xlsx", "xlsx", ["S1", "S2"])
    assert [c.value for c in book.sheets[0].cells] == [1, "نعم"]


def test_a_json_file_is_not_for_the_reader_of_cells() -> None:
    with pytest.raises(ProblemError) as caught:
        gate.read(Upload("audit.json", b"{}"))
    assert [p.code for p in caught.value.problems] == ["file-kind-unknown"]


def test_a_read_after_the_first_is_quick() -> None:
    gate.read(Upload("a.xlsx", GOOD))
    start = time.perf_counter()
    for _ in range(5):
        gate.read(Upload("a.xlsx", GOOD))
    assert (time.perf_counter() - start) / 5 < 0.5


def test_many_readers_at_once_each_get_their_own_file() -> None:
    def one(number: int) -> object:
        return gate.read(Upload("a.xlsx", xlsx(row(1, cell("A1", number))))).sheets[0].cells[0].value

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(16))) == list(range(16))


# loading


def test_a_folder_of_csv_files_is_one_upload(tmp_path: Path) -> None:
    folder = tmp_path / "march.v2"
    folder.mkdir()
    (folder / "Fees.csv").write_text("a;b\n1;2\n")
    (folder / "Payroll.tsv").write_text("a\tb\n")
    (folder / ".DS_Store").write_text("x")
    book = gate.read(gate.load(folder))
    assert (book.file, book.kind, [s.name for s in book.sheets]) == ("march.v2", "csv", ["Fees", "Payroll"])


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda p: None, "file-missing"),
        (lambda p: p.mkdir(), "file-missing"),
        (os.mkfifo, "file-missing"),
        (lambda p: (p.mkdir(), (p / "notes.docx").write_text("x")), "file-kind-unknown"),
        (lambda p: (p.mkdir(), (p / "a.csv").symlink_to("/etc/passwd")), "file-parts"),
        (lambda p: (p.touch(), os.truncate(p, limits.MAX_UPLOAD + 1)), "file-too-big"),
        (lambda p: (p.mkdir(), (p / "a.csv").touch(), os.truncate(p / "a.csv", limits.MAX_UPLOAD + 1)), "file-too-big"),
    ],
    ids=["absent", "empty folder", "fifo", "other file", "symlink", "large", "large in folder"],
)
def test_what_cannot_be_loaded_is_told_without_its_folder(
    tmp_path: Path, make: Callable[[Path], object], code: str
) -> None:
    place = tmp_path / "x.csv"
    make(place)
    with cheap(1, 20), pytest.raises(ProblemError) as caught:
        gate.load(place)
    (problem,) = caught.value.problems
    assert (problem.code, problem.file) == (code, "x.csv")
    assert str(tmp_path) not in repr(problem)


# name and content


@pytest.mark.parametrize(
    ("name", "data", "code", "found"),
    [
        ("a.xlsx", b"", "file-empty", None),
        ("a.xlsx", b"\0" * 5000, "file-empty", None),
        ("a.csv", b" \r\n\t", "file-empty", None),
        ("a.zip", tiny_zip([]), "file-empty", None),
        ("a.zip", packed({"__MACOSX/x": "x"}), "file-empty", None),
        ("a.xlsx", b"a;b\n1;2\n", "file-kind-differs", "text"),
        ("a.xlsx", hostile.png(), "file-kind-differs", "png"),
        ("a.xlsx", b"%PDF-1.7", "file-kind-differs", "pdf"),
        ("a.ods", GOOD, "file-kind-differs", "xlsx"),
        ("a.csv", GOOD, "file-kind-differs", "xlsx"),
        ("a.xlsx", ods(), "file-kind-differs", "ods"),
        ("a.xlsx", packed({"a.csv": "a;b"}), "file-kind-differs", "csv.zip"),
        ("a.csv", b"<html><table>", "file-kind-differs", "html"),
        ("a.json", b"a;b", "file-kind-differs", "text"),
        ("a.csv", hostile.png(), "file-kind-differs", "png"),
        ("a.exe", GOOD, "file-kind-unknown", "xlsx"),
        ("a.dat", b"a;b", "file-kind-unknown", "text"),
        ("a.xls", b"<html><table>", "file-kind-unknown", "html"),
        ("a.ods", packed({"mimetype": "application/vnd.oasis.opendocument.text"}), "file-kind-unknown", "text"),
        ("a.xlsx", packed({"[Content_Types].xml": "<T>wordprocessingml</T>"}), "file-kind-unknown", "docx"),
        ("a.xlsx", packed({"[Content_Types].xml": "<T>sheet.binary</T>"}), "file-kind-unknown", "xlsb"),
        ("a.numbers", packed({"Index/Document.iwa": "x"}), "file-kind-unknown", "numbers"),
        ("a.zip", packed({"photo.jpg": "x"}), "file-kind-unknown", "zip"),
        ("a.xlsx", compound("EncryptedPackage"), "file-encrypted", None),
        ("a.xlsx", compound("\tDRMContent"), "file-encrypted", None),
        ("a.xls", compound("Workbook"), "file-old-excel", None),
        ("a.xlsx", compound("Book"), "file-old-excel", None),
        ("a.doc", compound("WordDocument"), "file-kind-unknown", "ole"),
        ("a.xlsm", xlsx(), "file-macros", None),
    ],
)
def test_a_name_that_promises_another_thing_is_refused(name: str, data: bytes, code: str, found: str | None) -> None:
    (problem,) = refused(data, name)
    assert problem.code == code
    assert (problem.found or None) == found


def test_a_workbook_in_the_strict_dialect_is_named_as_such() -> None:
    strict = str(xlsx_parts()["xl/workbook.xml"]).replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main")
    (problem,) = refused(xlsx(extra={"xl/workbook.xml": strict}))
    assert (problem.code, problem.values["found"]) == ("file-kind-unknown", "strict-xlsx")


def test_an_upload_over_the_limit_is_refused_unread() -> None:
    (problem,) = refused(b"PK\3\4" + b"x" * limits.MAX_UPLOAD)
    assert (problem.code, dict(problem.values)) == ("file-too-big", {"limit": "10 MiB", "found": "10 MiB"})


@pytest.mark.parametrize(
    "name", ["\u202ecod.xlsx", "a\0.csv/../../x.xlsx", "../../etc/x.xlsx", "x" * 5000 + ".xlsx", "", "/"]
)
def test_a_hostile_name_is_only_ever_shown(name: str) -> None:
    shown = Upload(name, GOOD).display
    assert 0 < len(shown) <= 120
    assert shown.isprintable()
    assert "/" not in shown


# containers


def test_every_cut_of_a_file_is_one_problem() -> None:
    for data, name in ((GOOD, "a.xlsx"), (ods(ods_row(ods_cell("x"))), "a.ods")):
        for cut in (
            5,
            40,
            len(data) // 4,
            len(data) // 2,
            len(data) * 3 // 4,
            len(data) - 30,
            len(data) - 22,
            len(data) - 1,
        ):
            assert codes(data[:cut], name) == [("file-damaged", "cut-off")]


def test_a_changed_byte_is_found_out() -> None:
    numbers = random.Random(7)
    for _ in range(40):
        data = bytearray(GOOD)
        data[numbers.randrange(len(data))] ^= 0x55
        with cheap(2), contextlib.suppress(ProblemError):
            book = gate.read(Upload("a.xlsx", bytes(data)))
            assert [c.value for s in book.sheets for c in s.cells] == [1, "نعم", "two"]


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../x.xml",
            "/x.xml",
            "xl\\x.xml",
            "C:x.xml",
            "xl//x.xml",
            "xl/./x.xml",
            "xl/../x.xml",
            "x\1.xml",
            "..",
            "a|b",
        ),
        *("x\u202e.xml", "x" * 300, " x.xml", "x.xml ", "a/ /b", "x\n.xml", "a?b"),
    ],
)
def test_a_part_with_a_name_like_a_path_is_refused(name: str) -> None:
    assert codes(xlsx(extra={name: "x"})) == [("file-parts", "name")]


def test_a_part_name_cut_short_by_a_zero_byte_is_refused() -> None:
    assert codes(tiny_zip(["[Content_Types].xml", "a\0b"])) == [("file-parts", "name")]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused_also_ignoring_case() -> None:
    parts = list(xlsx_parts().items())
    sheet = worksheet(row(1, cell("A1", "other")))
    for second in ("xl/worksheets/sheet1.xml", "XL/Worksheets/SHEET1.xml", "xl/worksheets/\uff53heet1.xml"):
        assert codes(packed([*parts, (second, sheet)])) == [("file-parts", "twice")]


def test_too_many_parts_are_counted_before_any_is_opened() -> None:
    with cheap(1, 60):
        assert codes(tiny_zip([f"x{n}" for n in range(60_000)])) == [("file-parts", "count")]


def test_parts_that_share_their_bytes_are_a_bomb() -> None:
    assert codes(tiny_zip([f"x{n}" for n in range(100)], overlap=True, content=b"x" * 1000)) == [
        ("file-bomb", "overlap")
    ]


def test_something_before_the_first_part_is_refused() -> None:
    shifted = bytearray(b"PK\3\4" + b"#" * 28 + GOOD)
    assert codes(bytes(shifted)) == [("file-damaged", "directory")]


def test_something_after_the_directory_is_refused() -> None:
    assert codes(GOOD + b"x") == [("file-damaged", "cut-off")]


def test_a_locked_zip_is_called_locked() -> None:
    for bit in (1, 0x40):
        assert codes(flagged(GOOD, bit)) == [("file-encrypted", "zip")]


class _Pipe(io.RawIOBase):
    """Something that can be written to and not gone back in."""

    def __init__(self) -> None:
        self.written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += bytes(data)
        return len(bytes(data))


@pytest.mark.parametrize("wide", [False, True])
def test_a_streamed_and_a_wide_zip_are_honest_ones(wide: bool) -> None:
    out = _Pipe()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in xlsx_parts().items():
            with archive.open(name, "w", force_zip64=wide) as part:
                part.write(str(content).encode())
        archive.comment = b"made by a program that streams"
    assert values_of(bytes(out.written)) == [1]


def test_a_wide_directory_is_read_and_has_to_agree() -> None:
    at = GOOD.rfind(b"PK\5\6")
    count, size, offset = struct.unpack_from("<H2L", GOOD, at + 10)
    wide = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, at, 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    assert values_of(GOOD[:at] + wide + locator + end) == [1, "نعم", "two"]
    lying = struct.pack("<4sLQL", b"PK\6\7", 0, at - 1, 1)
    assert codes(GOOD[:at] + wide + lying + end) == [("file-damaged", "directory")]


def test_a_symlink_in_a_zip_is_refused() -> None:
    data = bytearray(packed({"a.csv": "/etc/passwd"}))
    at = data.find(b"PK\1\2")
    data[at + 40 : at + 42] = (0o120777).to_bytes(2, "little")
    assert codes(bytes(data), "a.zip") == [("file-parts", "link")]


@pytest.mark.parametrize("head", [b"PK\3\4", b"\x1f\x8b\x08", b"Rar!\x1a", b"7z\xbc\xaf\x27\x1c"])
def test_an_archive_in_an_archive_is_refused(head: bytes) -> None:
    assert codes(xlsx(extra={"xl/media/image1.png": head + b"x" * 99})) == [("file-parts", "nested")]
    assert codes(packed({"audit.xlsx": GOOD}), "a.zip") == [("file-parts", "nested")]


def test_zeros_by_the_hundred_mebibyte_are_a_bomb() -> None:
    assert codes(xlsx(extra={"xl/media/a.bin": bytes(40 * MIB)})) == [("file-bomb", "ratio")]
    assert codes(xlsx(extra={f"xl/media/{n}.bin": bytes(9 * MIB) for n in range(12)})) == [("file-bomb", "total")]


def test_a_bomb_that_lies_about_its_size_is_stopped_where_the_lie_ends() -> None:
    data = xlsx(extra={"xl/media/a.bin": bytes(40 * MIB)})
    for claim in (1000, 0):
        with cheap(2, 40):
            assert codes(lying_sizes(data, "xl/media/a.bin", claim)) == [("file-damaged", "size")]
    assert codes(lying_sizes(GOOD, "xl/styles.xml", 50 * MIB)) == [("file-damaged", "size")]


def test_an_honest_part_of_little_ratio_is_no_bomb() -> None:
    noise = random.Random(1).randbytes(300_000)
    assert gate.inspect(Upload("a.xlsx", xlsx(extra={"xl/media/a.bin": noise * 30}))) == "xlsx"


# what may not be inside

DTD = '<!DOCTYPE x [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "docProps/app.xml", "xl/media/image1.png", "_rels/.rels"])
def test_a_dtd_is_refused_in_any_part_in_any_encoding(part: str, encoding: str) -> None:
    content = f'<?xml version="1.0"?>{DTD}<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'.encode(encoding)
    assert [code for code, _ in codes(xlsx(extra={part: content}))] == ["file-dtd"]
    assert [code for code, _ in codes(ods(content=content), "a.ods")] == ["file-dtd"]


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?><!DOCTYPE worksheet SYSTEM "http://127.0.0.1/x.dtd"><worksheet/>',
        '<!DOCTYPE worksheet PUBLIC "a" "b"><worksheet/>',
        '<?xml version="1.0" encoding="ISO-8859-1"?><!DOCTYPE w [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><w/>',
        b'<?xml version="1.0" encoding="cp037"?>' + '<!DOCTYPE w [<!ENTITY a "b">]><w>&a;</w>'.encode("cp037"),
        b'<?xml version="1.0" encoding="utf-7"?>+ADwAIQ-DOCTYPE w><w/>',
        '<?xml version="1.0"?>' + " " * 65_500 + DTD + "<worksheet/>",
    ],
)
def test_a_dtd_cannot_hide_outside_or_behind_an_encoding(content: str | bytes) -> None:
    ((code, reason),) = codes(xlsx(extra={"xl/worksheets/sheet1.xml": content}))
    assert code == "file-dtd" or (code, reason) in (("file-damaged", "encoding"), ("file-damaged", "xml"))


def _typed(kind: str, part: str = "xl/x.bin") -> str:
    return f'<Override PartName="/{part}" ContentType="{kind}"/>'


def _related(kind: str, target: str, mode: str = "") -> str:
    external = f' TargetMode="{mode}"' if mode else ""
    return f'<Relationship Id="rX" Type="{RELATION}/{kind}" Target="{target}"{external}/>'


@pytest.mark.parametrize(
    "data",
    [
        xlsx(extra={"xl/vbaProject.bin": b"x"}),
        xlsx(types=_typed("application/vnd.ms-office.vbaProject")),
        xlsx(types='<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'),
        xlsx(relations=_related("xlMacrosheet", "macrosheets/sheet1.xml")),
        xlsx(extra={"xl/macrosheets/sheet1.xml": "<x/>"}),
        xlsx(workbook='<definedNames><definedName name="a" xlm="1">x</definedName></definedNames>'),
    ],
)
def test_macros_are_refused_wherever_they_show(data: bytes) -> None:
    assert codes(data) == [("file-macros", "macro")]


def test_a_macro_workbook_under_another_name_is_found_by_its_content() -> None:
    types = str(xlsx_parts()["[Content_Types].xml"]).replace(
        f"{SPREADSHEETML}.sheet.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    )
    assert codes(xlsx(extra={"[Content_Types].xml": types})) == [("file-macros", "macro")]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (xlsx(extra={"xl/externalLinks/externalLink1.xml": "<externalLink/>"}), "link"),
        (xlsx(relations=_related("externalLink", "x.xml")), "link"),
        (xlsx(relations=_related("image", "http://127.0.0.1/x.png", "External")), "link"),
        (xlsx(relations=_related("worksheet", "file:///etc/passwd", "External")), "link"),
        (xlsx(row(1, cell("A1", 1, formula="cmd|'/C calc'!A0"))), "dde"),
        (xlsx(row(1, cell("A1", 1, formula='DDE("soffice";"x";"y")'))), "dde"),
        (xlsx(workbook="<definedNames><definedName name='a'>excel|'x'!A1</definedName></definedNames>"), "dde"),
        (xlsx(extra={"xl/embeddings/oleObject1.bin": b"x"}), "object"),
        (xlsx(extra={"xl/media/image1.png": compound("x")}), "object"),
        (xlsx(types=_typed("application/vnd.openxmlformats-officedocument.oleObject")), "object"),
        (xlsx(extra={"xl/activeX/activeX1.xml": "<x/>"}), "object"),
        (xlsx(relations=_related("control", "x.xml")), "object"),
        (xlsx(extra={"xl/connections.xml": "<connections/>"}), "connection"),
        (xlsx(extra={"xl/queryTables/queryTable1.xml": "<x/>"}), "connection"),
    ],
)
def test_nothing_reaches_outside_the_file(data: bytes, what: str) -> None:
    assert codes(data) == [("file-external", what)]


def test_a_dde_formula_is_told_with_its_cell() -> None:
    data = xlsx(row(1, cell("A1", 1)), row(7, cell("C7", 1, formula="cmd|x!A1"), cell("D7", 1, formula="cmd|x!A1")))
    (problem,) = refused(data)
    assert (problem.sheet, problem.cell) == ("S2", "C7")


def test_dde_by_its_own_part_is_called_by_its_name_too() -> None:
    link = f'<externalLink xmlns="{MAIN}"><ddeLink ddeService="cmd" ddeTopic="/C calc"/></externalLink>'
    assert codes(xlsx(extra={"xl/externalLinks/externalLink1.xml": link})) == [
        ("file-external", "link"),
        ("file-external", "dde"),
    ]


def test_every_reason_to_refuse_is_told_at_once() -> None:
    data = xlsx(
        row(1, cell("A1", 1, formula="cmd|x!A1")), extra={"xl/vbaProject.bin": b"x", "xl/connections.xml": "<c/>"}
    )
    assert codes(data) == [("file-macros", "macro"), ("file-external", "connection"), ("file-external", "dde")]


@pytest.mark.parametrize(
    "formula",
    ['A1&amp;"|"&amp;B1', "'a|b'!A1", 'IF(A1="|",1,2)', 'CONCATENATE("x|y",A1)', 'HYPERLINK("http://x","y")'],
)
def test_a_bar_within_quotes_is_no_dde(formula: str) -> None:
    assert values_of(xlsx(row(1, cell("A1", 1, formula=formula)))) == [1]


def test_a_hyperlink_is_no_external_link() -> None:
    link = _related("hyperlink", "https://example.org", "External")
    rels = f'<Relationships xmlns="{hostile.PACKAGE}/relationships">{link}</Relationships>'
    assert values_of(xlsx(extra={"xl/worksheets/_rels/sheet1.xml.rels": rels})) == [1]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ods(extra={"META-INF/manifest.xml": manifest("<manifest:encryption-data/>")}), ("file-encrypted", "ods")),
        (ods(extra={"Basic/Standard/Module1.xml": "<m/>"}), ("file-macros", "macro")),
        (ods(extra={"Scripts/python/x.py": "x"}), ("file-macros", "macro")),
        (
            ods(content=ods_content("", scripts="<office:scripts><office:script>x()</office:script></office:scripts>")),
            ("file-macros", "macro"),
        ),
        (
            ods(content=ods_content("<office:event-listeners><script:event-listener/></office:event-listeners>")),
            ("file-macros", "macro"),
        ),
        (ods(content=ods_content("<table:dde-links/>")), ("file-external", "dde")),
        (ods(ods_row(ods_cell("1", attributes="table:formula='of:=DDE(1;2;3)'"))), ("file-external", "dde")),
        (ods(ods_row(ods_cell("1", attributes="table:formula=\"msoxl:=cmd|'x'!A1\""))), ("file-external", "dde")),
        (
            ods(content=ods_content(table("<table:table-source xlink:href='http://x/y.ods'/>"))),
            ("file-external", "link"),
        ),
        (ods(ods_row("<draw:image xlink:href='http://127.0.0.1/x.png'/>")), ("file-external", "link")),
        (ods(ods_row("<draw:object-ole xlink:href='./Object 1'/>")), ("file-external", "object")),
        (ods(extra={"ObjectReplacements/x": compound("x")}), ("file-external", "object")),
        (ods(content=ods_content("<table:database-source-sql/>")), ("file-external", "connection")),
    ],
)
def test_an_ods_may_not_run_fetch_or_lock_anything(data: bytes, expected: tuple[str, str]) -> None:
    assert codes(data, "a.ods") == [expected]


def test_what_libreoffice_writes_of_itself_is_no_macro() -> None:
    script = '<office:scripts><office:script script:language="ooo:Basic"></office:script></office:scripts>'
    data = ods(
        content=ods_content(table(ods_row(ods_cell("{1|2}", attributes="table:formula='of:={1|2}'"))), scripts=script),
        extra={"Basic/script-lc.xml": "<x/>", "Basic/Standard/script-lb.xml": "<x/>", "Configurations2/menubar/": ""},
    )
    assert values_of(data, "a.ods") == ["{1|2}"]


def test_two_kinds_in_one_zip_are_refused() -> None:
    assert codes(xlsx(extra={"mimetype": hostile.ODS_TYPE})) == [("file-parts", "two-kinds")]
