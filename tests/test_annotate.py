"""The annotated copy is the sender's own workbook with the problems in it, and nothing of anybody else."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.comments import Comment
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import PatternFill
from openpyxl.worksheet.hyperlink import Hyperlink

from recruitcheck import library
from recruitcheck.intake import annotate_book, layout, palette
from recruitcheck.intake.annotate import MARK, annotate
from recruitcheck.intake.cells import Book, Cell, Sheet
from recruitcheck.problem import Problem
from tests.workbooks import book_of, made, standard

ERROR, WARNING = "number-range", "not-answered"


def words(problem: Problem) -> tuple[str, str, str]:
    return f"{problem.code}: {problem.found}", f"expected {problem.field}", f"mend {problem.field}"


def at(cell: str, code: str = ERROR, sheet: str = "Payroll", **more: object) -> Problem:
    return Problem(code=code, file="audit.xlsx", sheet=sheet, cell=cell, found="-5", field="gross", **more)


def copy(data: bytes, problems: Sequence[Problem], language: str = "en", book: Book | None = None) -> bytes:
    out = BytesIO()
    book = book or book_of(data)
    annotate(data, book.kind, book, problems, library.texts(standard(), language), out, words=words)
    return out.getvalue()


@cache
def marked() -> bytes:
    """The filled template with the usual problems marked."""
    return copy(made(rows=3), PROBLEMS)


@cache
def look(data: bytes) -> Workbook:
    """A workbook that is only looked at."""
    return load_workbook(BytesIO(data))


def marks(data: bytes) -> dict[tuple[str, str], str]:
    """(sheet, cell) -> colour of every mark."""
    return {
        (sheet.title, cell): rule.dxf.fill.bgColor.rgb[2:]
        for sheet in look(data).worksheets
        for formatting in sheet.conditional_formatting
        for rule in formatting.rules
        if MARK in rule.formula[0]
        for cell in str(formatting.sqref).split()
    }


def notes(data: bytes) -> dict[tuple[str, str], str]:
    return {
        (sheet.title, cell.coordinate): cell.comment.text
        for sheet in look(data).worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.comment
    }


def values(data: bytes, *, without: Sequence[str] = ("Problems", "Start")) -> dict[str, dict[str, object]]:
    return {
        sheet.title: {c.coordinate: c.value for row in sheet.iter_rows() for c in row if c.value is not None}
        for sheet in look(data).worksheets
        if sheet.title not in without
    }


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def small() -> bytes:
    """A workbook of two sheets, for what does not depend on the template."""
    book = Workbook()
    book.active.title = "Payroll"
    for row in range(3, 6):
        for column in range(2, 15):
            book.active.cell(row, column, row * column)
    book.create_sheet("Audit")["C4"] = "site"
    return saved(book)


def changed(change: object) -> bytes:
    """The small workbook after a stranger has worked in it."""
    book = load_workbook(BytesIO(small()))
    change(book)
    return saved(book)


PROBLEMS = (at("K3"), at("K3", "cell-error"), at("L4", WARNING), at("M5", WARNING), at("M5"), at("C9", sheet="Audit"))


# ---- marks -----------------------------------------------------------------------------------------------------------


def test_exactly_the_cells_with_problems_are_marked() -> None:
    data = marked()
    expected = {
        ("Payroll", "K3"): palette.ERROR,
        ("Payroll", "L4"): palette.WARNING,
        ("Payroll", "M5"): palette.ERROR,
        ("Audit", "C9"): palette.ERROR,
    }
    assert marks(data) == expected
    assert set(notes(data)) == set(expected)


def test_several_problems_of_one_cell_share_one_note_that_says_what_to_do() -> None:
    note = notes(marked())["Payroll", "K3"]
    assert "number-range: -5" in note
    assert "cell-error: -5" in note
    assert note.count("What to do: mend gross") == 2


def test_a_cell_keeps_its_own_look_under_the_mark() -> None:
    before = look(made(rows=3))["Payroll"]["K3"]
    after = look(marked())["Payroll"]["K3"]
    assert (after.fill.fgColor.rgb, after.number_format) == (before.fill.fgColor.rgb, before.number_format)


def test_our_colours_come_before_those_of_the_sheet() -> None:
    rules = [
        (rule.priority, MARK in rule.formula[0])
        for formatting in look(marked())["Audit"].conditional_formatting
        for rule in formatting.rules
    ]
    assert sorted(rules)[0][1]
    assert len({priority for priority, _ in rules}) == len(rules)


def test_a_problem_inside_a_merged_range_is_marked_where_it_can_be_seen() -> None:
    data = changed(lambda book: book["Payroll"].merge_cells("K10:L12"))
    assert set(marks(copy(data, [at("L11")]))) == {("Payroll", "K10")}


def test_hundreds_of_marks_stay_in_formats_of_reasonable_length() -> None:
    data = copy(small(), [at(f"K{row}") for row in range(3, 303)])
    with zipfile.ZipFile(BytesIO(data)) as archive:
        longest = max(len(part) for name in archive.namelist() for part in archive.read(name).split(b'"'))
    assert len(marks(data)) == 300
    assert longest < 64 * 1024


# ---- content ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_value_stays_as_it_was(language: str) -> None:
    data = made("audit", language, None, 3)
    own = look(data).worksheets[0].title
    problems = library.texts(standard(), language).say("template.problems.sheet")
    assert values(copy(data, PROBLEMS, language), without=(own, problems)) == values(data, without=(own,))


def test_drop_downs_hidden_rows_names_and_helper_sheets_survive() -> None:
    before, after = look(made(rows=3)), look(marked())
    assert set(after.defined_names) == set(before.defined_names)
    assert after.sheetnames[1:] == before.sheetnames
    for sheet in before.worksheets:
        other = after[sheet.title]
        assert other.sheet_state == sheet.sheet_state
        assert other.freeze_panes == sheet.freeze_panes
        assert other.row_dimensions[1].hidden == sheet.row_dimensions[1].hidden
        assert len(other.data_validations.dataValidation) == len(sheet.data_validations.dataValidation)


def test_the_corrected_copy_uploads_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    from recruitcheck.intake import gate, reading

    monkeypatch.setattr(gate, "read", lambda upload: book_of(upload.data, upload.name))  # no child process
    uploads = [gate.Upload("audit.xlsx", made(rows=3)), gate.Upload("annex.xlsx", made("annex", rows=3))]
    first = reading.read(uploads)
    assert first.submission is not None
    pairs = zip(uploads, first.books, strict=True)
    second = reading.read([gate.Upload(book.file, copy(one.data, PROBLEMS, book=book)) for one, book in pairs])
    assert second.submission is not None
    assert second.submission.canonical_bytes() == first.submission.canonical_bytes()
    assert second.problems == first.problems


def test_a_formula_becomes_its_result_unless_it_has_none() -> None:
    def change(book: Workbook) -> None:
        book["Payroll"]["K3"], book["Payroll"]["K4"], book["Payroll"]["K5"] = "=1+1", "=2+2", "=1/0"

    data = changed(change)
    kinds = {3: Cell(3, 11, 2, text="2"), 4: Cell(4, 11, "=2+2", "uncached"), 5: Cell(5, 11, "#DIV/0!", "error")}
    book = book_of(data)
    sheets = [
        Sheet(
            s.name, s.state, tuple(c for c in s.cells if c.column != 11 or c.row not in kinds) + tuple(kinds.values())
        )
        if s.name == "Payroll"
        else s
        for s in book.sheets
    ]
    after = load_workbook(BytesIO(copy(data, PROBLEMS, book=Book(book.file, "xlsx", tuple(sheets)))))
    assert [after["Payroll"][f"K{row}"].value for row in (3, 4, 5)] == [2, "=2+2", "#DIV/0!"]
    assert after["Payroll"]["K5"].data_type == "e"
    assert any(cell.data_type == "f" for row in look(marked())["Start"].iter_rows() for cell in row)


def test_text_that_begins_like_a_formula_stays_text_in_the_cell_and_in_the_list() -> None:
    data = copy(small(), [Problem(code=ERROR, sheet="Audit", cell="C4", found="=HYPERLINK(1)")])
    book = look(data)
    cells = [c for s in book.worksheets for r in s.iter_rows() for c in r if str(c.value).startswith("=")]
    assert {c.data_type for c in cells if c.parent.title != "Start"} == {"s"}
    assert any(c.value == "=HYPERLINK(1)" for c in cells)


# ---- what is taken out -----------------------------------------------------------------------------------------------


def stranger(book: Workbook) -> None:
    book.properties.creator, book.properties.lastModifiedBy, book.properties.company = "Somebody", "Else", "Firm"
    book.properties.title = book.properties.description = "secret"
    book.custom_doc_props.append(StringProperty(name="Owner", value="secret"))
    sheet = book["Payroll"]
    sheet["K3"].comment = Comment("secret", "Somebody")
    sheet["L3"].hyperlink = "https://example.org/secret"
    sheet["Z9"].hyperlink = Hyperlink(ref="Z9", location="'Audit'!C3", display="there")


def test_comments_links_and_properties_of_strangers_are_taken_out() -> None:
    data = copy(changed(stranger), [at("M5")])
    with zipfile.ZipFile(BytesIO(data)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"secret" not in everything
    assert b"Somebody" not in everything
    assert b"example.org" not in everything
    assert set(notes(data)) == {("Payroll", "M5")}
    book = look(data)
    assert book["Payroll"]["Z9"].hyperlink.location == "'Audit'!C3"
    assert look(marked())["Start"]["B30"].hyperlink is not None


def test_what_names_another_file_is_left_out() -> None:
    other = Problem(code=ERROR, file="annex.xlsx", sheet="Payroll", cell="K3", found="secret", confidential=True)
    data = copy(small(), [other, at("L4")])
    assert set(marks(data)) == {("Payroll", "L4")}
    assert "secret" not in str(values(data, without=()))


# ---- again -----------------------------------------------------------------------------------------------------------


def test_twice_is_the_same_as_once() -> None:
    once = marked()
    twice = copy(once, PROBLEMS)
    assert marks(twice) == marks(once)
    assert notes(twice) == notes(once)
    assert values(twice, without=()) == values(once, without=())
    assert look(twice).sheetnames == look(once).sheetnames


def test_marks_of_an_earlier_time_are_gone_when_nothing_is_wrong_any_more() -> None:
    clean = copy(copy(small(), PROBLEMS), [])
    assert marks(clean) == {}
    assert notes(clean) == {}
    words_shown = [cell.value for row in look(clean)["Problems"].iter_rows() for cell in row]
    assert "No problem was found." in words_shown


def test_a_mark_that_moved_with_its_row_is_taken_out_all_the_same() -> None:
    moved = with_part(copy(small(), [at("K3")]), "xl/worksheets/sheet2.xml", b'sqref="K3"', b'sqref="K7:K9"')
    assert set(marks(moved)) == {("Payroll", "K7:K9")}
    assert marks(copy(moved, [])) == {}


def test_a_sheet_of_the_senders_that_is_called_like_ours_is_kept() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("Problems")["A1"] = "mine"

    book = load_workbook(BytesIO(copy(changed(change), PROBLEMS)))
    assert book["Problems"]["A1"].value == "mine"
    assert book.sheetnames[0] == layout.PROBLEMS
    again = load_workbook(BytesIO(copy(saved(book), PROBLEMS)))
    assert again.sheetnames == book.sheetnames


def test_the_same_problems_give_the_same_bytes_whatever_the_clock_says() -> None:
    with zipfile.ZipFile(BytesIO(marked())) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"2026-01-01T00:00:00Z") == 2
    assert copy(made(rows=3), PROBLEMS) == marked()


# ---- the list --------------------------------------------------------------------------------------------------------


def test_the_first_sheet_lists_every_problem_with_a_link_to_its_cell() -> None:
    grouped = at("K8", WARNING, count=12)
    whole = Problem(code="template-meta", file="audit.xlsx")
    book = load_workbook(BytesIO(copy(small(), [grouped, at("K3"), whole, at("C4", sheet="Audit")])))
    sheet = book.worksheets[0]
    assert book.active is sheet
    assert [s.title for s in book.worksheets if s.sheet_view.tabSelected] == [sheet.title]
    rows = [row for row in sheet.iter_rows(min_row=7) if row[0].value]
    assert [row[0].value for row in rows] == ["To correct", "To correct", "Worth a look", "Worth a look"]
    assert [row[2].value for row in rows] == ["K3", "C4", "K8", None]
    links = [row[2].hyperlink.location if row[2].hyperlink else None for row in rows]
    assert links == ["'Payroll'!K3", "'Audit'!C4", "'Payroll'!K8", None]
    assert [row[7].value for row in rows] == [None, None, "12", None]
    assert [c.value for c in rows[0][3:7]] == ["number-range: -5", "-5", "expected gross", "mend gross"]
    shown = str([row[0].value for row in sheet.iter_rows(max_row=5)])
    assert "To correct: 2.  Worth a look: 2." in shown
    assert "Payroll 13  ·  Audit 1" in shown


def test_the_list_reads_from_the_right_in_arabic() -> None:
    book = load_workbook(BytesIO(copy(small(), PROBLEMS, "ar")))
    sheet = book.worksheets[0]
    assert sheet.title == "الأخطاء"
    assert sheet.sheet_view.rightToLeft
    assert sheet["A7"].alignment.readingOrder == 2


def test_a_hidden_sheet_with_a_problem_is_shown_and_our_helper_sheets_are_not() -> None:
    def change(book: Workbook) -> None:
        book.create_sheet("Old")["B2"] = 7
        book.create_sheet(layout.META)["A1"] = "schema"
        book["Old"].sheet_state, book[layout.META].sheet_state = "hidden", "veryHidden"

    data = copy(changed(change), [at("B2", "sheet-hidden", sheet="Old"), at("A1", sheet=layout.META)])
    book = look(data)
    assert book["Old"].sheet_state == "visible"
    assert book[layout.META].sheet_state == "veryHidden"


# ---- other kinds of file ---------------------------------------------------------------------------------------------

ODS = Book(
    "audit.ods",
    "ods",
    (
        Sheet("Start", "visible", (Cell(1, 1, layout.START), Cell(3, 3, "What this is"))),
        Sheet(
            "Payroll",
            "visible",
            (
                Cell(1, 1, layout.STATE),
                Cell(1, 2, "payslip_ref"),
                Cell(2, 1, "This sheet is"),
                Cell(2, 2, "Payslip"),
                Cell(3, 2, "=1+1"),
                Cell(4, 2, 12.5, text="12.5"),
                Cell(5, 2, date(2026, 3, 31)),
                Cell(6, 2, datetime(2026, 3, 31, 9, 30)),  # noqa: DTZ001 - cells have no zone
                Cell(7, 2, True),
                Cell(8, 2, "#DIV/0!", "error"),
                Cell(9, 2, "of:=[.A1]", "uncached"),
                Cell(10, 2, "bell\x07"),
            ),
        ),
        Sheet("a name that is longer than a workbook takes", "hidden", (Cell(1, 1, "x"),)),
    ),
)


def test_of_other_files_the_cells_stand_at_the_same_addresses() -> None:
    data = copy(b"", [Problem(code=ERROR, file="audit.ods", sheet="Payroll", cell="B4")], book=ODS)
    book = look(data)
    sheet = book["Payroll"]
    assert [sheet.cell(row, 2).value for row in range(3, 11)] == [
        "=1+1",
        12.5,
        datetime(2026, 3, 31),  # noqa: DTZ001
        datetime(2026, 3, 31, 9, 30),  # noqa: DTZ001
        True,
        "#DIV/0!",
        "of:=[.A1]",
        "bell\N{REPLACEMENT CHARACTER}",
    ]
    assert [sheet.cell(row, 2).data_type for row in (3, 8, 9)] == ["s", "e", "s"]
    assert sheet.row_dimensions[1].hidden
    assert set(marks(data)) == {("Payroll", "B4")}
    assert book.sheetnames == ["Problems", "Payroll", "a name that is longer than a"]
    assert book.worksheets[2].sheet_state == "hidden"


def test_a_csv_in_arabic_comes_back_from_right_to_left() -> None:
    cells = (Cell(1, 1, "مرجع العقد"), Cell(1, 2, "بلد الشغل"), Cell(2, 1, "C-1"))
    book = Book("contracts.csv", "csv", (Sheet("contracts", "visible", cells),))
    data = copy(b"", [Problem(code=ERROR, sheet="contracts", cell="A2")], "fr", book)
    sheet = look(data)["contracts"]
    assert sheet.sheet_view.rightToLeft
    assert sheet["A2"].value == "C-1"


def test_a_file_without_cells_is_refused() -> None:
    with pytest.raises(ValueError, match="json"):
        copy(b"{}", [], book=Book("a.json", "json"))


@pytest.mark.parametrize("part", ["mergeCells", "hyperlinks"])
def test_a_range_over_the_whole_sheet_costs_neither_time_nor_memory(part: str) -> None:
    one = {"mergeCells": b"mergeCell", "hyperlinks": b"hyperlink"}[part]
    extra = b'<%b><%b ref="A1:XFD1048576"/></%b>' % (part.encode(), one, part.encode())
    book = Workbook()
    book.active.title = "Payroll"
    book.active["B3"] = "here"
    data = with_part(saved(book), "xl/worksheets/sheet1.xml", b"</sheetData>", b"</sheetData>" + extra)
    cells = Book("audit.xlsx", "xlsx", (Sheet("Payroll", "visible", (Cell(3, 2, "here"),)),))
    started = time.monotonic()
    after = copy(data, [at("B3")], book=cells)
    assert time.monotonic() - started < 2
    assert values(after) == {"Payroll": {"B3": "here"}}


def with_part(data: bytes, name: str, old: bytes, new: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for part in source.namelist():
            content = source.read(part)
            target.writestr(part, content.replace(old, new) if part == name else content)
    return out.getvalue()


def test_a_workbook_that_the_library_cannot_load_whole_is_written_anew() -> None:
    data = with_part(made(rows=3), "xl/worksheets/sheet2.xml", b'type="list"', b'type="lost"')
    assert annotate_book._original(data, book_of(made(rows=3))) is None
    after = copy(data, [at("K3")], book=book_of(made(rows=3)))
    assert ("Payroll", "K3") in marks(after)
    assert values(after)["Payroll"] == values(made(rows=3))["Payroll"]


def test_a_fill_of_the_senders_is_not_taken_for_a_mark() -> None:
    def change(book: Workbook) -> None:
        book["Payroll"]["K3"].fill = PatternFill("solid", start_color=f"FF{palette.ERROR}")

    after = load_workbook(BytesIO(copy(changed(change), [])))
    assert after["Payroll"]["K3"].fill.fgColor.rgb == f"FF{palette.ERROR}"


def test_the_copy_is_written_to_a_path_as_well(tmp_path: Path) -> None:
    path = tmp_path / "marked.xlsx"
    annotate(small(), "xlsx", book_of(small()), PROBLEMS, library.texts(standard(), "en"), path, words=words)
    assert load_workbook(path).sheetnames[0] == "Problems"


def test_without_words_of_its_own_it_uses_those_of_the_catalogue() -> None:
    out = BytesIO()
    problem = at("K3", values={"min": "0", "max": ""})
    annotate(small(), "xlsx", book_of(small()), [problem], library.texts(standard(), "en"), out)
    assert notes(out.getvalue())["Payroll", "K3"]
