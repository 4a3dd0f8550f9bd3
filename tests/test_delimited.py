"""Delimited text: the encoding and the delimiter are found out, or asked for, and never guessed."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitcheck.intake import delimited, gate, values
from recruitcheck.intake.cells import Cell
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import ProblemError
from tests.hostile import (
    packed,
)

ROWS = [
    ["code", "nom", "ville"],
    ["w01", "Société", "Fès"],
    ["w02", "a;b,c\td", "x"],
    ["", "", ""],
    ["w03", "", "y\nz"],
]
ARABIC = [["code", "الاسم", "المدينة"], ["w01", "شركة الأمل", "فاس"]]


def written(rows: list[list[str]], delimiter: str, end: str = "\r\n") -> str:
    quoted = [['"' + v.replace('"', '""') + '"' if any(c in v for c in ';,\t"\n') else v for v in r] for r in rows]
    return end.join(delimiter.join(r) for r in quoted) + end


def of_csv(data: bytes) -> list[tuple[int, int, object]]:
    return [(c.row, c.column, c.value) for c in delimited.sheet(data, "S").cells]


def expected(rows: list[list[str]]) -> list[tuple[int, int, object]]:
    return [(r, c, v) for r, cells_ in enumerate(rows, 1) for c, v in enumerate(cells_, 1) if v]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "mark"),
    [
        ("utf-8", b""),
        ("utf-8", codecs.BOM_UTF8),
        ("utf-16-le", codecs.BOM_UTF16_LE),
        ("utf-16-be", codecs.BOM_UTF16_BE),
        ("utf-16-le", b""),
        ("utf-16-be", b""),
        ("utf-32-le", codecs.BOM_UTF32_LE),
        ("cp1252", b""),
        ("cp1256", b""),
    ],
)
def test_a_csv_reads_the_same_in_every_encoding_and_delimiter(encoding: str, mark: bytes, delimiter: str) -> None:
    rows = ROWS if encoding != "cp1256" else ARABIC
    for end in ("\r\n", "\n", "\r"):
        assert of_csv(mark + written(rows, delimiter, end).encode(encoding)) == expected(rows)
    if encoding.startswith("utf"):
        assert of_csv(mark + written(ARABIC, delimiter).encode(encoding)) == expected(ARABIC)


def test_french_in_a_western_code_page_is_french_and_arabic_in_an_arabic_one_is_arabic() -> None:
    for text in (
        "code;prénom\n1;Hélène\n",
        "code;École\n1;ÉTÉ\n",
        "code;À payer\n1;MAÎTRE N° 5\n",
        "code;Año\n1;España\n",
    ):
        assert delimited.decode(text.encode("cp1252")) == text
    for text in ("code;الاسم\n1;شركة\n", "code;نعم، لا؟\n1;گچ\n", "كود;prénom\n1;فاس\n"):
        assert delimited.decode(text.encode("cp1256")) == text


@pytest.mark.parametrize(
    "data",
    [
        "code;\u0634\n1;x\n".encode("cp1256"),
        b"code;\xbf\xa1\n1;x\n",
        "code;café\n1;Hélène\n".encode("mac-roman"),
        "code;employé\n1;x\n".encode("cp850"),
        "code;نعم\n1;x\n".encode("iso8859-6") + "É\u00c9t ÉT É1 aÉ".encode("cp1252"),
        b"\xff\xfea;b\n\x00",
        codecs.BOM_UTF8 + b"a;\xff\n",
    ],
)
def test_an_encoding_that_is_not_clear_is_asked_for_and_never_guessed(data: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        delimited.decode(data)
    assert [p.code for p in caught.value.problems] == ["file-encoding"]


@pytest.mark.parametrize(
    "data", [b"a;b\n1;\0\n", b"\0a;b", b"\1\2\0\3", b"a;b\n1;\0x\n" * 50, b"\0" + b"a;b\n1;2\n" * 9]
)
def test_a_zero_byte_is_no_text(data: bytes) -> None:
    with pytest.raises(ProblemError) as caught:
        delimited.decode(data)
    assert [p.code for p in caught.value.problems] == ["file-damaged"]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("sep=;\na,b;c\n", [(1, 1, "a,b"), (1, 2, "c")]),
        ('"sep=,"\r\na;b,c\n', [(1, 1, "a;b"), (1, 2, "c")]),
        ("SEP=\t\na,b\tc\n", [(1, 1, "a,b"), (1, 2, "c")]),
        ("a;b;c,d\n", [(1, 1, "a"), (1, 2, "b"), (1, 3, "c,d")]),
        ('"x, y; z",b\n', [(1, 1, "x, y; z"), (1, 2, "b")]),
        ("a,b;c\n1,2;3\n4,5;6,7\n", [(1, 1, "a,b"), (1, 2, "c")]),
        ("only\none\n", [(1, 1, "only"), (2, 1, "one")]),
        ("\n\na;b\n", [(3, 1, "a"), (3, 2, "b")]),
        ('a;b\n"x\ny";1\nz;2\n', [(1, 1, "a"), (1, 2, "b"), (2, 1, "x\ny"), (2, 2, "1"), (3, 1, "z"), (3, 2, "2")]),
    ],
)
def test_the_delimiter_is_found_in_the_header(text: str, first: list[tuple[int, int, object]]) -> None:
    assert of_csv(text.encode())[: len(first)] == first


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a,b;c\n1,2;3\n", "file-delimiter"),
        ("a|b|c\n1|2|3\n", "file-delimiter"),
        ("a\n1;2\n3;4\n", "file-delimiter"),
        ('a;b\n"x"y;1\n', "file-damaged"),
        ('a;b\n"x;1\n', "file-damaged"),
        ("a;b\n" + "x" * 40_000, "file-limits"),
        ("a;b\n" + ";" * 200 + "x", "file-limits"),
        ("a;b\n" + "\n" * 50_000 + "x", "file-limits"),
    ],
)
def test_a_csv_that_can_be_read_in_two_ways_or_not_at_all_is_refused(text: str, code: str) -> None:
    with pytest.raises(ProblemError) as caught:
        delimited.sheet(text.encode(), "S")
    assert [p.code for p in caught.value.problems] == [code]


@given(st.lists(st.lists(st.text("abc é;,\t\"'\nنعم1", max_size=5), min_size=2, max_size=4), min_size=1, max_size=6))
def test_what_was_written_as_csv_is_read_back(rows: list[list[str]]) -> None:
    rows = [["h1", "h2", "h3", "h4"], *rows]
    for delimiter in ",;\t":
        found = of_csv(("sep=" + delimiter + "\n" + written(rows, delimiter)).encode())
        assert found == [(r, c, v) for r, c, v in expected(rows) if not values.is_blank(str(v))]


def test_a_zip_of_csv_files_is_one_book_and_every_unclear_file_is_told() -> None:
    data = packed({"audit/Fees.csv": "a;b\n1;2\n", "audit/الرسوم.csv": "a;b\n", "audit/": ""})
    book = gate.read(Upload("a.zip", data))
    assert (book.kind, [s.name for s in book.sheets]) == ("csv", ["Fees", "الرسوم"])
    bad = "a;\u0634\n".encode("cp1256")
    with pytest.raises(ProblemError) as caught:
        gate.inspect(Upload("a.zip", packed({"A.csv": bad, "B.csv": "a;b", "C.csv": bad})))
    assert [(p.code, p.values["part"]) for p in caught.value.problems] == [
        ("file-encoding", "A.csv"),
        ("file-encoding", "C.csv"),
    ]


def test_a_lone_csv_is_a_sheet_of_its_own_name() -> None:
    book = gate.read(Upload("Payroll.csv", "a;b\n١;2\n".encode()))
    assert [(s.name, s.cells) for s in book.sheets] == [
        ("Payroll", (Cell(1, 1, "a"), Cell(1, 2, "b"), Cell(2, 1, "١"), Cell(2, 2, "2")))
    ]
