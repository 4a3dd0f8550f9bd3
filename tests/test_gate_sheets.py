"""What a worksheet may hold: every row and cell counted, repeats and merges never laid out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recruitcheck.intake import gate, limits
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import ProblemError
from tests.hostile import (
    MAIN,
    cell,
    ods,
    ods_cell,
    ods_content,
    ods_row,
    packed,
    row,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
)
from tests.measure import cheap, codes, refused, values_of

MIB = limits.MIB


def test_a_lying_dimension_loses_no_row() -> None:
    rows = "".join(row(n, cell(f"A{n}", n), cell(f"C{n}", n)) for n in range(1, 56))
    for claim in ("A1:B2", "A1", "A1:XFD1048576", "nonsense", "B5:B3"):
        found = values_of(xlsx(worksheet(rows, before=f'<dimension ref="{claim}"/>')))
        assert found == [n for n in range(1, 56) for _ in range(2)]


def test_a_far_value_is_refused_where_it_stands() -> None:
    for at, what in (("XFD1048576", "rows"), ("XFD7", "columns"), ("A50001", "rows"), ("GS1", "columns")):
        data = xlsx(row(1, cell("A1", 1)) if at != "GS1" else "", row(int(at.lstrip("XFDGSA")), cell(at, 1)))
        (problem,) = refused(data)
        assert (problem.code, problem.values["what"], problem.sheet, problem.cell) == ("file-limits", what, "S2", at)


def test_a_far_blank_costs_nothing() -> None:
    far = row(1048575, cell("A1048575", "  \u200b ")) + row(1048576, cell("XFD1048576", style=1))
    with cheap(1, 20):
        assert values_of(xlsx(row(1, cell("A1", 1), cell("XFD1", style=1)) + far)) == [1]
    shared = row(1, cell("A1", 0, "s"), cell("XFD1", 1, "s"))
    assert values_of(xlsx(shared, strings="<si><t>x</t></si><si><t> </t></si>")) == ["x"]


def test_a_million_styled_rows_are_read_past() -> None:
    upload = Upload(
        "a.xlsx", xlsx(row(1, cell("A1", 1)) + "".join(f'<row r="{n}" s="1"/>' for n in range(2, 1_000_001)))
    )
    with cheap(10, 60):
        book = gate.read(upload)
    assert len(book.sheets[0].cells) == 1


def test_merges_are_counted_and_never_laid_out() -> None:
    for refs, what in ((["A1:XFD1048576"], "merge-area"), ([f"A{n}:B{n}" for n in range(1, 10_002)], "merges")):
        merges = "".join(f'<mergeCell ref="{ref}"/>' for ref in refs)
        with cheap(1, 20):
            assert codes(xlsx(worksheet("", after=f"<mergeCells>{merges}</mergeCells>"))) == [("file-limits", what)]
    fine = '<mergeCells><mergeCell ref="A1:XFD1"/></mergeCells>'
    assert values_of(xlsx(worksheet(row(1, cell("A1", 1)), after=fine))) == [1]


@pytest.mark.parametrize(
    ("rows", "reason", "at"),
    [
        (row(1, cell("A1", 1)) + row(1, cell("A1", 2)), "row-twice", "A1"),
        (row(2, cell("A2", 1)) + row(1, cell("A1", 2)), "row-order", "A1"),
        (row(1, cell("A1", 1), cell("A1", 2)), "cell-twice", "A1"),
        (row(1, cell("B1", 1), cell("A1", 2)), "cell-order", "A1"),
        (row(1, cell("B1", 1), cell("", 2), cell("C1", 3)), "cell-twice", "C1"),
        (row(1, cell("A2", 1)), "cell-address", "A1"),
        (row(1, cell("A0", 1)), "cell-address", "A1"),
        (row(1, cell("XFE1", 1)), "cell-address", "A1"),
        (row(1, cell("\uff211", 1)), "cell-address", "A1"),
        (row(1048577), "row-number", ""),
        ('<row r="-1"/>', "row-number", ""),
        ('<row r="1e3"/>', "row-number", ""),
        ('<row r="1"><c r="A1"><v>1</v><v>2</v></c></row>', "value-twice", "A1"),
        ('<row r="1"><c r="A1"><f>1</f><f>2</f></c></row>', "value-twice", "A1"),
        ('<row r="1"><row r="2"/></row>', "nested-row", "A1"),
        ('<row r="1"><c r="A1"><c r="B1"/></c></row>', "nested-cell", "A1"),
        (row(1, cell("A1", 5, "s")), "shared-string", "A1"),
        (row(1, cell("A1", -1, "s")), "shared-string", "A1"),
    ],
)
def test_a_sheet_that_two_readers_could_read_differently_is_refused(rows: str, reason: str, at: str) -> None:
    (problem,) = refused(xlsx(rows))
    assert (problem.code, problem.values["reason"], problem.cell) == ("file-damaged", reason, at)


@pytest.mark.parametrize(
    ("rows", "found"),
    [
        (row(1, cell("A1", "abc", "n")), "value"),
        (row(1, cell("A1", "1_0", "n")), "value"),
        (row(1, cell("A1", "١", "n")), "value"),
        (row(1, cell("A1", "nan", "n")), "value"),
        (row(1, cell("A1", "1e999", "n")), "value"),
        (row(1, cell("A1", "9" * 5000, "n")), "value"),
        (row(1, cell("A1", "2", "b")), "value"),
        (row(1, cell("A1", "x", "zz")), "value"),
        (row(1, cell("A1", "not a date", "d")), "value"),
    ],
)
def test_a_value_that_is_not_of_its_type_is_refused_where_it_stands(rows: str, found: str) -> None:
    with pytest.raises(ProblemError) as caught:
        gate.read(Upload("a.xlsx", xlsx(rows)))
    (problem,) = caught.value.problems
    assert (problem.code, problem.values["reason"], problem.sheet, problem.cell) == ("file-damaged", found, "S1", "A1")


def test_two_sheets_on_one_part_are_refused() -> None:
    parts = xlsx_parts(row(1, cell("A1", 1)), row(1, cell("A1", 2)))
    rels = str(parts["xl/_rels/workbook.xml.rels"]).replace("sheet2.xml", "sheet1.xml")
    assert codes(packed(parts | {"xl/_rels/workbook.xml.rels": rels})) == [("file-damaged", "part-shared")]


def test_a_sheet_whose_part_is_missing_or_something_else_is_refused() -> None:
    parts = xlsx_parts(row(1, cell("A1", 1)), row(1, cell("A1", 2)))
    without = {name: content for name, content in parts.items() if not name.endswith("sheet2.xml")}
    assert codes(packed(without)) == [("file-damaged", "part-missing")]
    other = f'<other xmlns="{MAIN}"><row r="1"><c r="A1"><v>9</v></c></row></other>'
    assert codes(packed(parts | {"xl/worksheets/sheet2.xml": other})) == [("file-damaged", "part-missing")]
    assert codes(packed(parts | {"xl/worksheets/sheet2.xml": "no xml"})) == [("file-damaged", "part-missing")]
    assert codes(packed(parts | {"xl/worksheets/sheet2.xml": "<worksheet><a></worksheet>"})) == [
        ("file-damaged", "xml")
    ]


def test_a_sheet_in_another_namespace_is_refused_and_not_read_as_empty() -> None:
    for wrong in ("http://example.org/x", "", MAIN + " "):
        sheet = worksheet(row(1, cell("A1", 1))).replace(f'xmlns="{MAIN}"', f'xmlns="{wrong}"')
        assert refused(xlsx(extra={"xl/worksheets/sheet1.xml": sheet}))[0].code == "file-damaged"


def test_a_sheet_that_is_related_to_no_part_is_refused_and_not_left_out() -> None:
    parts = xlsx_parts(row(1, cell("A1", 1)), row(1, cell("A1", 2)))
    for wrong in ('x:id="r2" xmlns:x="http://example.org"', 'id="r2"', ""):
        book = str(parts["xl/workbook.xml"]).replace('r:id="r2"', wrong)
        assert codes(packed(parts | {"xl/workbook.xml": book})) == [("file-damaged", "part-missing")]


def _repeated(count: int) -> str:
    return "".join(f'<sheet name="n{n}" sheetId="{n}" r:id="r1"/>' for n in range(count))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (lambda: xlsx(workbook=f"<sheets>{_repeated(100_000)}</sheets>"), "sheets"),
        (lambda: xlsx(row(1, cell("A1", "x" * 40_000))), "characters"),
        (
            lambda: xlsx("", strings=f"<si>{'<r><t>' + 'x' * 20_000 + '</t></r>'}{'<t>' + 'x' * 20_000 + '</t>'}</si>"),
            "characters",
        ),
        (lambda: xlsx(row(1, cell("A1", 1, formula="1+" * 20_000 + "1"))), "characters"),
        (lambda: xlsx("", strings="<si><t>x</t></si>" * 300_001), "strings"),
        (lambda: xlsx(f'<row r="1" x="{"A" * 20 * MIB}"/>'), "tag"),
        (lambda: xlsx(f'<row r="1" x="{"A" * 100_000}"/>'), "attribute"),
        (lambda: xlsx(f"<!--{'A' * 9 * MIB}-->"), "tag"),
        (lambda: xlsx("<a>" * 300), "depth"),
        (lambda: xlsx("".join(f"<a{n}/>" for n in range(40_000))), "names"),
        (lambda: xlsx("".join(f'<row r="{n}"><c/></row>' for n in range(1, 1)) + "<a/>" * 2_300_000), "elements"),
        (lambda: xlsx(styles="<cellXfs>" + "<xf/>" * 66_000 + "</cellXfs>"), "styles"),
        (
            lambda: xlsx(styles="<numFmts>" + "<numFmt numFmtId='200' formatCode='0'/>" * 5_001 + "</numFmts>"),
            "formats",
        ),
        (lambda: xlsx(styles=f"<numFmts><numFmt numFmtId='200' formatCode='{'[' * 60_000}'/></numFmts>"), "format"),
        (
            lambda: xlsx(workbook="<definedNames>" + "<definedName name='a'/>" * 10_001 + "</definedNames>"),
            "defined-names",
        ),
        (
            lambda: xlsx(relations="".join(f'<Relationship Id="q{n}" Type="t" Target="x"/>' for n in range(10_001))),
            "relations",
        ),
        (lambda: xlsx("".join(f'<row r="{n}">{"<c><v>1</v></c>" * 199}</row>' for n in range(1, 1600))), "cells"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_more_of_anything_than_a_person_needs_is_refused(data: Callable[[], bytes], what: str) -> None:
    large = what in ("elements", "strings", "cells")  # seconds of looking: once is enough
    (problem,) = refused(data(), steps=[gate.inspect if large else gate.read])
    assert (problem.code, problem.values["what"]) == ("file-limits", what)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (ods(ods_row(ods_cell("x", repeated=2_000_000_000))), "columns"),
        (ods(ods_row(ods_cell("x"), repeated=2_000_000_000)), "rows"),
        (ods(ods_row(ods_cell("x", repeated=200), repeated=50_000)), "cells"),
        (
            ods(ods_row('<table:table-cell><text:p>a<text:s text:c="2000000000"/></text:p></table:table-cell>')),
            "characters",
        ),
        (ods(ods_row("<table:table-cell>" + "<text:p/>" * 40_000 + "</table:table-cell>")), "characters"),
        (ods(content=ods_content(table("", "x") * 21)), "sheets"),
        (ods(ods_row("".join(ods_cell("x") for _ in range(300)))), "columns"),
    ],
)
def test_a_kilobyte_of_repeats_does_not_become_gigabytes(data: bytes, what: str) -> None:
    with cheap(1, 20):
        assert codes(data, "a.ods") == [("file-limits", what)]


def test_blank_repeats_are_counted_past() -> None:
    blank = ods_row(ods_cell(repeated=2_000_000_000), repeated=1_000_000_000)
    with cheap(1, 20):
        assert values_of(ods(ods_row(ods_cell("x"), ods_cell(repeated=16_383)) + blank * 3), "a.ods") == ["x"]


@pytest.mark.parametrize("count", ["0", "-1", "x", "1e9", "99999999999999", "٣"])
def test_a_repeat_that_is_no_count_is_refused(count: str) -> None:
    data = ods(ods_row(f'<table:table-cell table:number-columns-repeated="{count}"/>'))
    assert codes(data, "a.ods") == [("file-damaged", "repeat")]


def test_cells_that_share_one_long_text_do_not_become_gigabytes() -> None:
    rows = "".join(f'<row r="{n}">{"<c t=" + chr(34) + "s" + chr(34) + "><v>0</v></c>"}</row>' for n in range(1, 4001))
    data = xlsx(rows, strings=f"<si><t>{'ن' * 32_000}</t></si>")
    assert gate.inspect(Upload("a.xlsx", data)) == "xlsx"
    (problem,) = refused(data, steps=[gate.read])
    assert (problem.code, problem.values["what"]) == ("file-limits", "answer")
