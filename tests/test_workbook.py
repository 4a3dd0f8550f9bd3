"""Cells come out as the spreadsheet program shows them, from every kind of file and whoever wrote it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from recruitcheck.intake import gate, values
from recruitcheck.intake.cells import Book, address
from recruitcheck.intake.gate import Upload
from recruitcheck.intake.workbook import parse
from recruitcheck.problem import ProblemError
from tests.hostile import (
    RELATION,
    SPREADSHEETML,
    cell,
    ods,
    ods_cell,
    ods_content,
    ods_row,
    packed,
    png,
    row,
    table,
    worksheet,
    xlsx,
    xlsx_parts,
)

Found = dict[str, tuple[object, str, str]]


def cells(data: bytes, kind: str = "xlsx", *, formulas: bool = True) -> Found:
    """The first sheet's cells by address, as (value, kind, text); read here, without a child."""
    return by_address(parse(kind, f"a.{kind}", data, formulas))


def by_address(book: Book) -> Found:
    return {address(c.row, c.column): (c.value, c.kind, c.text) for c in book.sheets[0].cells}


def one(xml: str, **options: Any) -> tuple[object, str, str] | None:
    """What one cell in A1 becomes; None if it is blank."""
    return cells(xlsx(row(1, xml), **options)).get("A1")


# numbers


@pytest.mark.parametrize(
    ("raw", "value", "text"),
    [
        ("5", 5, "5"),
        ("5.0", 5, "5"),
        ("-0", 0, "0"),
        ("0.1", 0.1, "0.1"),
        ("1234.5", 1234.5, "1234.5"),
        ("-1234.50", -1234.5, "-1234.5"),
        ("0.30000000000000004", 0.3, "0.3"),
        ("8000.0000000000009", 8000, "8000"),
        ("1E3", 1000, "1000"),
        ("1.5E-7", 1.5e-7, "0.00000015"),
        ("1E+20", 10**20, "100000000000000000000"),
        ("12345678901234567890", 12345678901234600000, "12345678901234600000"),
        ("123456789012345", 123456789012345, "123456789012345"),
        (" 7\n", 7, "7"),
        (".5", 0.5, "0.5"),
        ("007", 7, "7"),
    ],
)
def test_a_number_is_what_the_program_shows(raw: str, value: float, text: str) -> None:
    assert one(cell("A1", raw, "n")) == (value, "value", text)
    assert type(one(cell("A1", raw, "n"))[0]) is type(value)  # type: ignore[index]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**10), max_value=10**10))
def test_fifteen_digits_survive_exactly(number: Any) -> None:
    value, text = values.number(repr(float(number)))
    assert float(text) == float(number) == value
    assert "e" not in text.lower()


@given(st.floats(-9.9e307, 9.9e307))
def test_every_stored_float_has_a_plain_text(number: float) -> None:
    value, text = values.number(repr(number))
    assert text.lstrip("-").replace(".", "", 1).isdigit()
    assert float(text) == pytest.approx(number, rel=1e-14, abs=0)
    assert float(value) == float(text)


@pytest.mark.parametrize("raw", ["", "x", "1,5", "1_0", "١", "nan", "inf", "1e999", "0x10", "--1", "9" * 401])
def test_what_is_no_number_is_no_number(raw: str) -> None:
    with pytest.raises(ValueError):
        values.number(raw)


def test_a_percentage_is_a_plain_number() -> None:
    assert one(cell("A1", 0.25, style=3)) == (0.25, "value", "0.25")


# dates


@pytest.mark.parametrize(
    ("serial", "style", "shown", "shown_1904"),
    [
        ("46083", 1, date(2026, 3, 2), date(2030, 3, 3)),
        ("46083.4375", 1, datetime(2026, 3, 2, 10, 30, tzinfo=None), datetime(2030, 3, 3, 10, 30, tzinfo=None)),  # noqa: DTZ001
        ("0.5", 1, time(12), time(12)),
        ("1.5625", 2, "37:30:00", "37:30:00"),
        ("0.25", 2, time(6), time(6)),
        ("61", 1, date(1900, 3, 1), date(1904, 3, 2)),
        ("59", 1, date(1900, 2, 28), date(1904, 2, 29)),
        ("99999999", 1, 99999999, 99999999),
    ],
)
def test_dates_follow_the_epoch_of_the_workbook(serial: str, style: int, shown: object, shown_1904: object) -> None:
    xml = cell("A1", serial, "n", style=style)
    assert one(xml)[0] == shown  # type: ignore[index]
    assert one(xml, workbook='<workbookPr date1904="1"/>')[0] == shown_1904  # type: ignore[index]
    assert one(xml, workbook='<workbookPr date1904="true"/>')[0] == shown_1904  # type: ignore[index]


def test_a_date_of_iso_type_is_a_date() -> None:
    assert one(cell("A1", "2026-03-02", "d")) == (date(2026, 3, 2), "value", "")
    assert one(cell("A1", "2026-03-02T00:00:00", "d")) == (date(2026, 3, 2), "value", "")


@pytest.mark.parametrize(
    ("code", "is_date"),
    [
        ("dd/mm/yyyy", True),
        ("[$-40C]d mmm yyyy", True),
        ("#,##0.00 &quot;MAD&quot;", False),
        ("0.0%", False),
        ("@", False),
    ],
)
def test_a_custom_format_decides_what_is_a_date(code: str, is_date: bool) -> None:
    styles = f'<numFmts><numFmt numFmtId="164" formatCode="{code}"/></numFmts><cellXfs><xf numFmtId="164"/></cellXfs>'
    assert isinstance(one(cell("A1", 46083, style=0), styles=styles)[0], date) == is_date  # type: ignore[index]


# text


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("00123", "00123"),
        ("  lead", "  lead"),
        ("a\nb", "a\nb"),
        ("a_x000D_\nb", "a\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_xD83D__xDE00_", "\N{GRINNING FACE}"),
        ("_xD83D_", "\N{REPLACEMENT CHARACTER}"),
        ("a_x0_b", "a_x0_b"),
        ("&lt;b&gt;&amp;", "<b>&"),
        ("نعم ١٢٣\u200f", "نعم ١٢٣\u200f"),
        ("a\u00a0b", "a\u00a0b"),
        ("=1+1", "=1+1"),
    ],
)
def test_text_is_as_it_was_typed(stored: str, shown: str) -> None:
    assert one(cell("A1", stored)) == (shown, "value", "")
    assert one(cell("A1", 0, "s"), strings=f'<si><t xml:space="preserve">{stored}</t></si>') == (shown, "value", "")
    assert one(cell("A1", stored, "str")) == (shown, "value", "")


def test_runs_are_joined_and_phonetic_hints_left_out() -> None:
    runs = "<r><t>a </t></r><r><rPr><b/></rPr><t>b</t></r><rPh sb='0' eb='1'><t>X</t></rPh>"
    assert one(cell("A1", 0, "s"), strings=f"<si>{runs}</si>") == ("a b", "value", "")
    assert one(f'<c r="A1" t="inlineStr"><is>{runs}</is></c>') == ("a b", "value", "")


@pytest.mark.parametrize("stored", ["", " ", "\n\t", "\u00a0", "\u200b\u200f", "\ufeff"])
def test_what_looks_blank_is_blank(stored: str) -> None:
    assert one(cell("A1", stored)) is None
    assert one(cell("A1", 0, "s"), strings=f'<si><t xml:space="preserve">{stored}</t></si>') is None


def test_yes_and_no_are_booleans_and_no_numbers() -> None:
    assert one(cell("A1", 1, "b")) == (True, "value", "")
    assert one(cell("A1", 0, "b"))[0] is False  # type: ignore[index]


# formulas and errors


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        ('<c r="A1"><f>1+1</f><v>2</v></c>', (2, "value", "2")),
        ('<c r="A1" t="str"><f>A2</f><v>x</v></c>', ("x", "value", "")),
        ('<c r="A1"><f>1+1</f></c>', ("=1+1", "uncached", "")),
        ('<c r="A1"><f>1+1</f><v></v></c>', ("=1+1", "uncached", "")),
        ('<c r="A1" t="str"><f>""</f><v></v></c>', None),
        ('<c r="A1" t="str"><f>""</f></c>', ('=""', "uncached", "")),
        ('<c r="A1"><f t="shared" si="0"/></c>', ("=", "uncached", "")),
        ('<c r="A1" t="e"><f>1/0</f><v>#DIV/0!</v></c>', ("#DIV/0!", "error", "")),
        ('<c r="A1" t="e"><v>#N/A</v></c>', ("#N/A", "error", "")),
        ('<c r="A1" t="b"><f>TRUE()</f><v>1</v></c>', (True, "value", "")),
        ('<c r="A1" s="1"><f>TODAY()</f><v>46083</v></c>', (date(2026, 3, 2), "value", "")),
    ],
)
def test_a_formula_is_its_result_or_is_said_to_have_none(xml: str, expected: object) -> None:
    assert one(xml) == expected
    assert by_address(gate.read(Upload("a.xlsx", xlsx(row(1, xml))))).get("A1") == expected


def test_formulas_are_not_looked_for_where_none_was_seen() -> None:
    assert cells(xlsx(row(1, cell("A1", formula="1+1"), cell("B1", 2))), formulas=False) == {"B1": (2, "value", "2")}


# places


def test_nothing_stops_at_a_gap() -> None:
    rows = row(1, cell("A1", 1)) + row(3, cell("C3", 2)) + row(40_000, cell("GR40000", 3))
    assert [(a, v[0]) for a, v in cells(xlsx(rows)).items()] == [("A1", 1), ("C3", 2), ("GR40000", 3)]


def test_rows_and_cells_without_a_number_follow_the_one_before() -> None:
    rows = "<row><c><v>1</v></c><c><v>2</v></c></row><row r='5'><c r='C5'><v>3</v></c><c><v>4</v></c></row>"
    rows += "<row><c><v>5</v></c></row>"
    assert {a: v[0] for a, v in cells(xlsx(rows)).items()} == {"A1": 1, "B1": 2, "C5": 3, "D5": 4, "A6": 5}


def test_sheets_keep_their_order_their_names_and_whether_they_are_hidden() -> None:
    data = xlsx("", "", "", names=["Données é", "ورقة", "_meta"], states=["", "hidden", "veryHidden"])
    sheets = parse("xlsx", "a.xlsx", data, formulas=True).sheets
    assert [(s.name, s.state) for s in sheets] == [
        ("Données é", "visible"),
        ("ورقة", "hidden"),
        ("_meta", "veryHidden"),
    ]


def test_a_chart_sheet_is_no_sheet_of_cells() -> None:
    parts = xlsx_parts(row(1, cell("A1", 1)), "<chartsheet/>")
    rels = str(parts["xl/_rels/workbook.xml.rels"])
    for at, kind in (("2", "chartsheet"),):
        rels = rels.replace(f'Id="r{at}" Type="{RELATION}/worksheet"', f'Id="r{at}" Type="{RELATION}/{kind}"')
    parts |= {"xl/_rels/workbook.xml.rels": rels, "xl/worksheets/sheet2.xml": "<chartsheet/>"}
    assert [s.name for s in gate.read(Upload("a.xlsx", packed(parts))).sheets] == ["S1"]


def test_a_prefix_on_every_element_changes_nothing() -> None:
    parts = xlsx_parts(row(1, cell("A1", "x"), cell("B1", 2)))
    sheet = str(parts["xl/worksheets/sheet1.xml"]).replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?")
    parts["xl/worksheets/sheet1.xml"] = sheet.replace("xmlns=", "xmlns:x=")
    assert cells(packed(parts)) == {"A1": ("x", "value", ""), "B1": (2, "value", "2")}
    assert by_address(gate.read(Upload("a.xlsx", packed(parts)))) == cells(packed(parts))


def test_a_part_in_utf_16_reads_like_one_in_utf_8() -> None:
    sheet = worksheet(row(1, cell("A1", "نعم"))).replace("UTF-8", "UTF-16").encode("utf-16")
    assert by_address(gate.read(Upload("a.xlsx", xlsx(extra={"xl/worksheets/sheet1.xml": sheet})))) == {
        "A1": ("نعم", "value", "")
    }


# whoever wrote it


def _awkward(*, epoch_1904: bool) -> bytes:
    """A workbook with every honest feature that a reader may stumble over."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"date_1904": epoch_1904, "remove_timezone": True})
    sheet, second = book.add_worksheet("Données é"), book.add_worksheet("ورقة")
    hidden = book.add_worksheet("h")
    hidden.very_hidden()
    second.right_to_left()
    day, bold = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"bold": True})
    sheet.write("A1", "00123")
    sheet.write("A2", 1234.5)
    sheet.write_datetime("A3", datetime(2026, 3, 2, tzinfo=UTC), day)
    sheet.write_datetime("A4", datetime(2026, 3, 2, 10, 30, tzinfo=UTC), book.add_format({"num_format": 22}))
    sheet.write_boolean("A5", True)
    sheet.write_formula("A6", "=1+1", None, 2)
    sheet.write_formula("A7", "=1/0", None, "#DIV/0!")
    sheet.write_rich_string("A8", "a ", bold, "bold", " z")
    sheet.write("A9", "two\nlines")
    sheet.write_blank("A10", None, day)
    sheet.write_url("A11", "https://example.org/x", string="link")
    sheet.write_comment("A2", "a comment")
    sheet.write("A12", timedelta(hours=37, minutes=30), book.add_format({"num_format": "[h]:mm"}))
    sheet.merge_range("C1:E2", "merged", bold)
    sheet.data_validation("B1:B10", {"validate": "list", "source": ["yes", "no"]})
    sheet.conditional_format("A1:A20", {"type": "cell", "criteria": ">", "value": 5, "format": bold})
    sheet.insert_image("G5", "p.png", {"image_data": io.BytesIO(png())})
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "='Données é'!$A$2:$A$4"})
    sheet.insert_chart("K2", chart)
    sheet.freeze_panes(2, 1)
    sheet.protect("secret")
    sheet.repeat_rows(0)
    sheet.set_row(999, 30)
    second.add_table("A1:B3", {"data": [["x", 1], ["y", 2]], "columns": [{"header": "h1"}, {"header": "h2"}]})
    second.write(300, 5, "far")
    hidden.write("A1", "v")
    book.define_name("answers", "='Données é'!$B$1:$B$2")
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("epoch_1904", [False, True])
def test_a_workbook_with_every_awkward_honest_feature_is_read_whole(epoch_1904: bool) -> None:
    book = gate.read(Upload("a.xlsx", _awkward(epoch_1904=epoch_1904)))
    assert [(s.name, s.state) for s in book.sheets] == [
        ("Données é", "visible"),
        ("ورقة", "visible"),
        ("h", "veryHidden"),
    ]
    assert {at: found[0] for at, found in by_address(book).items()} == {
        "A1": "00123",
        "C1": "merged",
        "A2": 1234.5,
        "A3": date(2026, 3, 2),
        "A4": datetime(2026, 3, 2, 10, 30, tzinfo=None),  # noqa: DTZ001
        "A5": True,
        "A6": 2,
        "A7": "#DIV/0!",
        "A8": "a bold z",
        "A9": "two\nlines",
        "A11": "link",
        "A12": "37:30:00",
    }
    assert [c.value for c in book.sheets[1].cells] == ["h1", "h2", "x", 1, "y", 2, "far"]


def _through_openpyxl(data: bytes) -> list[dict[str, object]]:
    """openpyxl's own reading, as our second opinion."""
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    read = []
    for sheet in book.worksheets:
        found = {c.coordinate: c.value for r in sheet.iter_rows() for c in r if c.value is not None}
        read.append({at: v.date() if isinstance(v, datetime) and v.time() == time() else v for at, v in found.items()})
    return read


_VALUES = st.one_of(
    st.integers(-(10**14), 10**14),
    st.decimals(-(10**9), 10**9, places=3).map(float),
    st.booleans(),
    st.dates(date(1910, 1, 1), date(2100, 1, 1)),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co")), min_size=1).filter(
        lambda t: not values.is_blank(t) and not t.startswith("=") and "_x" not in t
    ),
)
_GRID = st.dictionaries(st.tuples(st.integers(1, 30), st.integers(1, 12)), _VALUES, max_size=15)


@given(_GRID)
def test_whatever_openpyxl_writes_is_read_as_openpyxl_reads_it(grid: dict[tuple[int, int], Any]) -> None:
    book = openpyxl.Workbook()
    for (at_row, column), value in grid.items():
        book.active.cell(at_row, column).value = value  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    (expected,) = _through_openpyxl(out.getvalue())
    found = {at: v[0] for at, v in cells(out.getvalue()).items()}
    assert found == expected
    assert found == {address(*at): value for at, value in grid.items()}
    assert gate.inspect(Upload("a.xlsx", out.getvalue())) == "xlsx"


# OpenDocument


def of_ods(*xml: str) -> Found:
    return cells(ods(ods_row(*xml)), "ods")


def typed(kind: str, attributes: str, shown: str = "", more: str = "") -> str:
    return ods_cell(shown, attributes=f'office:value-type="{kind}" {attributes} {more}')


@pytest.mark.parametrize(
    ("xml", "expected"),
    [
        (typed("float", 'office:value="1234.5"', "1 234,50"), (1234.5, "value", "1234.5")),
        (typed("float", 'office:value="5"', "5"), (5, "value", "5")),
        (typed("percentage", 'office:value="0.255"', "25.5%"), (0.255, "value", "0.255")),
        (typed("currency", 'office:currency="MAD" office:value="8000"', "8,000.00 MAD"), (8000, "value", "8000")),
        (typed("date", 'office:date-value="2026-03-02"', "02/03/2026"), (date(2026, 3, 2), "value", "")),
        (typed("date", 'office:date-value="2026-03-02T00:00:00"'), (date(2026, 3, 2), "value", "")),
        (typed("date", 'office:date-value="20266-03-02"'), ("20266-03-02", "value", "")),
        (typed("time", 'office:time-value="PT09H30M00S"', "09:30"), (time(9, 30), "value", "")),
        (typed("time", 'office:time-value="PT37H30M00S"', "37:30"), ("37:30:00", "value", "")),
        (typed("boolean", 'office:boolean-value="true"', "VRAI"), (True, "value", "")),
        (typed("float", 'office:value="1"', "TRUE", 'table:formula="of:=TRUE()"'), (True, "value", "")),
        (typed("float", 'office:value="2"', "2", 'table:formula="of:=1+1"'), (2, "value", "2")),
        (typed("string", 'office:string-value=""', "#DIV/0!", 'calcext:value-type="error"'), ("#DIV/0!", "error", "")),
        (typed("float", 'office:value="0"', "#N/A", 'table:formula="of:=NA()"'), ("#N/A", "error", "")),
        (typed("string", 'office:string-value=""', "Err:502", 'table:formula="of:=X"'), ("Err:502", "error", "")),
        (typed("string", "", "#N/A"), ("#N/A", "value", "")),
        ('<table:table-cell table:formula="of:=1+1"/>', ("=1+1", "uncached", "")),
        ('<table:table-cell table:formula="of:=IF(1;2)"><text:p/></table:table-cell>', None),
        (typed("string", 'office:string-value="stored"', "shown"), ("stored", "value", "")),
        ("<table:table-cell><text:p>untyped</text:p></table:table-cell>", ("untyped", "value", "")),
        ("<table:table-cell/>", None),
        (ods_cell(" \u200f "), None),
    ],
)
def test_a_cell_of_an_ods_is_what_the_program_shows(xml: str, expected: object) -> None:
    assert of_ods(xml).get("A1") == expected


@pytest.mark.parametrize(
    ("inner", "shown"),
    [
        ("<text:p>a</text:p><text:p>b</text:p>", "a\nb"),
        ("<text:p>a<text:line-break/>b<text:tab/>c</text:p>", "a\nb\tc"),
        ('<text:p><text:s text:c="2"/>lead<text:s/> double</text:p>', "  lead  double"),
        ("<text:p>a\n   b <text:span>bold </text:span> c</text:p>", "a b bold c"),
        ('<text:p>see <text:a xlink:href="http://x">link</text:a></text:p>', "see link"),
        ("<office:annotation><text:p>a note</text:p></office:annotation><text:p>x</text:p>", "x"),
        ("<draw:frame><draw:text-box><text:p>box</text:p></draw:text-box></draw:frame><text:p>x</text:p>", "x"),
        ("<text:p>نعم</text:p>", "نعم"),
    ],
)
def test_the_text_of_an_ods_is_as_it_was_typed(inner: str, shown: str) -> None:
    found = of_ods(f'<table:table-cell office:value-type="string">{inner}</table:table-cell>')
    assert found == {"A1": (shown, "value", "")}


def test_repeats_and_covered_cells_keep_every_address_right() -> None:
    rows = (
        ods_row(ods_cell(repeated=3), repeated=4)
        + ods_row(ods_cell("a", repeated=2), "<table:covered-table-cell/>", ods_cell("b"), repeated=2)
        + ods_row(ods_cell("c"))
    )
    found = {at: v[0] for at, v in cells(ods(rows), "ods").items()}
    assert found == {"A5": "a", "B5": "a", "D5": "b", "A6": "a", "B6": "a", "D6": "b", "A7": "c"}


def test_groups_and_header_rows_of_an_ods_are_rows_like_others() -> None:
    rows = f"<table:table-header-rows>{ods_row(ods_cell('h'))}</table:table-header-rows>"
    rows += f"<table:table-row-group>{ods_row(ods_cell('r'))}</table:table-row-group>"
    assert list(cells(ods(rows), "ods")) == ["A1", "A2"]


def test_a_hidden_table_is_said_to_be_hidden_and_changes_are_not_content() -> None:
    styles = (
        '<style:style style:name="h" style:family="table"><style:table-properties table:display="false"/></style:style>'
    )
    changes = "<table:tracked-changes><table:table><table:table-row/></table:table></table:tracked-changes>"
    content = ods_content(changes + table(ods_row(ods_cell("x")), "A") + table("", "B", "h"), styles)
    sheets = gate.read(Upload("a.ods", ods(content=content))).sheets
    assert [(s.name, s.state, len(s.cells)) for s in sheets] == [("A", "visible", 1), ("B", "hidden", 0)]


def test_a_value_that_an_ods_gives_wrongly_is_refused_where_it_stands() -> None:
    for xml in (typed("float", 'office:value="x"'), typed("boolean", ""), typed("time", 'office:time-value="PT"')):
        with pytest.raises(ProblemError) as caught:
            of_ods(ods_cell("a"), xml)
        (problem,) = caught.value.problems
        assert (problem.code, problem.sheet, problem.cell) == ("file-damaged", "T1", "B1")


# there and back


def test_every_kind_of_value_comes_back_from_the_child_as_it_was() -> None:
    xml = row(
        1, cell("A1", 1), cell("B1", 1.5), cell("C1", 1, "b"), cell("D1", 46083, style=1), cell("E1", 46083.5, style=1)
    )
    xml += row(2, cell("A2", 0.5, style=1), cell("B2", "x"), cell("C2", "#N/A", "e"), cell("D2", formula="1"))
    data = xlsx(xml)
    assert gate.read(Upload("a.xlsx", data)) == parse("xlsx", "a.xlsx", data, formulas=True)


def test_the_template_type_is_read_like_a_workbook() -> None:
    types = str(xlsx_parts()["[Content_Types].xml"]).replace("sheet.main+xml", "template.main+xml")
    assert SPREADSHEETML in types
    assert by_address(gate.read(Upload("a.xlsx", xlsx(extra={"[Content_Types].xml": types})))) == {
        "A1": (1, "value", "1")
    }
