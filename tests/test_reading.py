"""The reader: a filled template comes back as it was, in every kind of file; odd but honest ways are understood."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from openpyxl import load_workbook

from recruitcheck import library
from recruitcheck.intake import gate, labels, layout, reading
from recruitcheck.intake.cells import Book, Cell, Sheet
from recruitcheck.intake.gate import Upload
from recruitcheck.intake.reading import Reading
from recruitcheck.submission import SCHEMA, Submission, canonical_bytes, from_json
from recruitcheck.text import LANGUAGES, problem_words
from tests import fill, hostile
from tests.fill import book_of, sheet_of

KINDS = (None, "agency", "employer")


def canonical(kind: str | None = None) -> bytes:
    submission, problems = from_json(fill.submission(kind), "x.json", fill.standard())
    assert problems == []
    return submission.canonical_bytes()


def codes(found: Reading) -> list[str]:
    return sorted({problem.code for problem in found.problems} - {"not-answered", "required-missing"})


def told(found: Reading, code: str) -> list[tuple[str, str]]:
    """(sheet, cell) of each problem of that code."""
    return sorted((problem.sheet, problem.cell) for problem in found.every if problem.code == code)


def rows(found: Reading, section: str) -> Any:
    assert found.submission is not None
    return found.submission.data["sections"][section]["rows"]


def read_drawn(*sheets: Sheet, **meta: str) -> Reading:
    return reading.understand([book_of(*sheets, **meta)])


@pytest.fixture(scope="module")
def books() -> tuple[Book, ...]:
    """The two filled files as cells."""
    return reading.read(fill.uploads()).books


# -- round trip --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_filled_template_comes_back_as_it_was(language: str, kind: str | None) -> None:
    found = reading.read(fill.uploads(language, kind))
    assert found.problems == ()
    assert found.ok
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical(kind)


@pytest.mark.parametrize(
    ("delimiter", "encoding"),
    [(",", "utf-8"), (";", "utf-8-sig"), ("\t", "utf-16"), (";", "utf-16-le"), (",", "utf-16-be")],
)
def test_csv_zip_is_the_same_submission(books: tuple[Book, ...], delimiter: str, encoding: str) -> None:
    zips = [fill.csv_zip(book, delimiter=delimiter, encoding=encoding) for book in books]
    found = reading.read([Upload(f"{at}.zip", data) for at, data in enumerate(zips)])
    assert codes(found) == []
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()


@pytest.mark.parametrize(("language", "encoding"), [("fr", "cp1252"), ("ar", "cp1256")])
def test_csv_of_an_old_code_page(language: str, encoding: str) -> None:
    """Sheets whose letters are all of one code page; a name in another script cannot be in such a file."""
    data = fill.submission("agency")
    texts = {"fr": "Société Générale d’Intérim", "ar": "شركة الشاوية للتوظيف"}
    _replace_texts(data, texts[language])
    before = reading.read([Upload("audit.xlsx", fill.workbook(data, "audit", language, "agency"))])
    (book,) = before.books
    kept = [sheet for sheet in book.sheets if _fits(sheet, encoding)]
    assert len(kept) > 9
    found = reading.read(
        [Upload("a.zip", fill.csv_zip(replace(book, sheets=tuple(kept)), delimiter=";", encoding=encoding))]
    )
    assert {problem.code for problem in found.problems} <= {"sheet-missing", "required-missing", "not-answered"}
    for section in ("contracts", "payroll", "complaints", "corrective"):
        assert rows(found, section) == rows(before, section)


def _replace_texts(data: dict[str, Any], text: str) -> None:
    tables = [row for part in data["sections"].values() for row in part["rows"]]
    for row in (data["organisation"], data["audit"], *tables):
        for key, value in row.items():
            if value in fill.TEXTS:
                row[key] = text


def _fits(sheet: Sheet, encoding: str) -> bool:
    try:
        for cell in sheet.cells:
            str(cell.value).encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def test_csv_folder_is_the_same_submission(books: tuple[Book, ...], tmp_path: Any) -> None:
    import zipfile

    uploads = []
    for at, book in enumerate(books):
        folder = tmp_path / str(at)
        folder.mkdir()
        with zipfile.ZipFile(io.BytesIO(fill.csv_zip(book))) as archive:
            archive.extractall(folder)
        uploads.append(gate.load(folder))
    found = reading.read(uploads)
    assert found.problems == ()
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()


def test_ods_is_the_same_submission(books: tuple[Book, ...]) -> None:
    found = reading.read([Upload(f"{at}.ods", fill.ods(book)) for at, book in enumerate(books)])
    assert found.problems == ()
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()


def test_json_is_the_same_submission() -> None:
    found = reading.read([Upload("s.json", json.dumps(fill.submission()).encode())])
    assert found.problems == ()
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()
    again = reading.read([Upload("s.json", found.submission.canonical_bytes())])
    assert again.submission is not None
    assert again.submission.digest == found.submission.digest


def test_order_and_names_of_files_do_not_count() -> None:
    audit, annex = fill.uploads()
    found = reading.read([replace(annex, name="b.xlsx"), replace(audit, name="a.xlsx")])
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()


def test_empty_template_is_read_and_nothing_is_answered() -> None:
    uploads = [Upload(f"{part}.xlsx", fill.workbook({}, part, "fr")) for part in fill.PARTS]
    found = reading.read(uploads)
    assert found.submission is not None
    data = found.submission.data
    assert all(not data[section.id] for section in fill.standard().questionnaire.singles)
    assert all(part == {"state": "open", "rows": []} for part in data["sections"].values())
    assert codes(found) == ["state-missing"]
    missing = [problem for problem in found.every if problem.code == "required-missing"]
    assert {problem.field for problem in missing} == {"kind", "reference", "audit_kind"}
    assert all(problem.cell.startswith("C") and problem.sheet for problem in missing)
    assert all(cell == "A3" for _, cell in told(found, "state-missing"))


# -- files that do not belong together ---------------------------------------------------------------------------


def test_missing_annex_is_open_sections() -> None:
    audit, _ = fill.uploads()
    found = reading.read([audit])
    assert found.problems == ()
    assert found.submission is not None
    for section in ("interviews", "fees"):
        assert found.submission.data["sections"][section] == {"state": "open", "rows": []}


def test_same_file_twice() -> None:
    audit, _ = fill.uploads()
    found = reading.read([audit, audit])
    assert [(problem.code, problem.values["other"]) for problem in found.problems] == [("file-twice", "audit.xlsx")]
    assert reading.read([audit, replace(audit, name="copy.xlsx")]).problems[0].file == "copy.xlsx"


def test_same_section_in_two_files() -> None:
    audit, _ = fill.uploads()
    data = fill.submission()
    data["sections"]["contracts"]["rows"].pop()
    found = reading.read([audit, Upload("other.xlsx", fill.workbook(data))])
    conflicts = [problem for problem in found.problems if problem.code == "parts-conflict"]
    assert [(problem.file, problem.section) for problem in conflicts] == [("other.xlsx", "contracts")]
    assert found.submission is not None
    assert found.submission.place("contracts", 1, "written").file == "audit.xlsx"


def test_wrong_pairing() -> None:
    audit, _ = fill.uploads()
    annex = Upload("annex.xlsx", fill.workbook(fill.submission(), "annex", pairing="FFFF-0000-FFFF"))
    found = reading.read([audit, annex])
    assert codes(found) == ["template-pairing"]
    assert fill.PAIRING in found.problems[0].found
    assert "FFFF-0000-FFFF" in found.problems[0].found


def test_editions() -> None:
    one = book_of()
    other = book_of(file="annex.xlsx", standard="ethical-recruitment@2031.1")
    assert codes(reading.understand([one, other])) == ["template-edition"]
    unknown = reading.understand([other])
    assert [(p.code, p.file, p.found) for p in unknown.problems] == [
        ("standard-unknown", "annex.xlsx", "ethical-recruitment@2031.1")
    ]
    assert unknown.submission is None
    assert codes(reading.understand([other], standard=fill.standard().name)) == []
    assert codes(reading.understand([one], standard="nonsense@1")) == ["standard-unknown"]
    assert codes(reading.understand([Book("x.csv", "csv")])) == ["template-meta"]
    assert codes(reading.understand([Book("x.csv", "csv")], standard=fill.standard().name)) == []
    assert codes(reading.understand([one, Book("x.csv", "csv")])) == []
    assert codes(read_drawn(countries="MA,ZZ")) == ["country-no-overlay"]


# -- sheets ------------------------------------------------------------------------------------------------------

CONTRACTS = """
| _state   | contract_ref | written | signed_on    | offered_wage | offered_wage.currency |
| complete | C-1          | yes     | {2026-03-14} | {3422.72}    | MAD                   |
"""


@pytest.mark.parametrize(
    "name",
    ["contracts", "CONTRACTS", " Contracts ", "Contrats échantillonnés", "Con-tracts", "العقود", "عقود", "Feuil3"],
)
def test_sheet_by_code_by_label_or_by_its_machine_names(name: str) -> None:
    texts = {language: library.texts(fill.standard(), language) for language in LANGUAGES}
    known = {"Contrats échantillonnés": "fr", "العقود": "ar"}
    if name in known:
        name = labels.sheet_name(texts[known[name]], "contracts").upper()
    found = read_drawn(sheet_of(name, CONTRACTS))
    assert codes(found) == []
    assert rows(found, "contracts")[0]["offered_wage"] == {"amount": "3422.72", "currency": "MAD"}


def test_every_sheet_in_every_language_whatever_its_accents() -> None:
    import unicodedata

    for language in LANGUAGES:
        texts = library.texts(fill.standard(), language)
        for section in fill.standard().questionnaire.tables:
            name = unicodedata.normalize("NFKD", labels.sheet_name(texts, section.id)).upper().replace(" ", "\u00a0 ")
            bare = "".join(ch for ch in name if not unicodedata.combining(ch)).replace("ة", "ه")
            found = read_drawn(sheet_of(bare, "| _state |\n| none |"), language="en")
            assert codes(found) == []
            assert found.submission is not None
            assert found.submission.data["sections"][section.id]["state"] == "none"


def test_sheet_order_does_not_count(books: tuple[Book, ...]) -> None:
    turned = [replace(book, sheets=book.sheets[::-1]) for book in books]
    found = reading.understand(turned)
    assert found.submission is not None
    assert found.submission.canonical_bytes() == canonical()


def test_strange_sheets() -> None:
    blank = Sheet("Sheet1", "visible", ())
    assert codes(read_drawn(sheet_of("contracts", CONTRACTS), blank)) == []
    noted = sheet_of("Contrakts 2", "| | |\n| | call them back |")
    found = read_drawn(noted)
    assert told(found, "sheet-unknown") == [("Contrakts 2", "B2")]
    assert codes(read_drawn(replace(noted, state="hidden"))) == ["sheet-hidden"]
    assert codes(read_drawn(replace(noted, name="_notes"))) == ["sheet-unknown"]
    twice = read_drawn(sheet_of("contracts", CONTRACTS), sheet_of("Contracts (2)", CONTRACTS))
    assert codes(twice) == ["sheet-twice"]
    part = read_drawn(sheet_of("contracts", CONTRACTS), part="audit")
    assert "sheet-missing" in codes(part)
    assert {p.section for p in part.every if p.code == "sheet-missing"}.isdisjoint({"contracts", "fees", "interviews"})


# -- headings ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_labels_alone_are_enough(language: str) -> None:
    """The hidden row of machine names is gone from every sheet, and so is the hidden column."""
    found = reading.read(fill.uploads(language))
    stripped = [replace(book, sheets=tuple(_without_names(sheet) for sheet in book.sheets)) for book in found.books]
    again = reading.understand(stripped)
    assert again.problems == ()
    assert again.submission is not None
    assert again.submission.canonical_bytes() == canonical()


def _without_names(sheet: Sheet) -> Sheet:
    if sheet.name.startswith("_"):
        return sheet
    is_table = any(cell.value == layout.STATE for cell in sheet.cells)
    kept = [cell for cell in sheet.cells if cell.row > 1 and (is_table or cell.column > 1)]
    return replace(sheet, cells=tuple(replace(cell, row=cell.row - 1) for cell in kept))


@pytest.mark.parametrize(
    "heading",
    ["signed_on", "SIGNED ON", "Date de signature", "تاريخ التوقيع"],
)
def test_heading_in_any_language(heading: str) -> None:
    texts = {language: library.texts(fill.standard(), language) for language in LANGUAGES}
    told_as = {"Date de signature": "fr", "تاريخ التوقيع": "ar"}
    if heading in told_as:
        heading = texts[told_as[heading]].field("contracts", "signed_on").replace("é", "É").replace("ة", "ه")
    found = read_drawn(
        sheet_of("contracts", f"| this sheet is | contract_ref | {heading} |\n| complete | C-1 | {{2026-03-14}} |")
    )
    assert codes(found) == []
    assert rows(found, "contracts") == [{"contract_ref": "C-1", "signed_on": "2026-03-14"}]


def test_columns_may_be_reordered_and_rows_inserted() -> None:
    found = read_drawn(
        sheet_of(
            "contracts",
            """
            | | | | |
            | offered_wage.currency | signed_on | offered_wage | contract_ref | _state |
            | | | | | |
            | MAD | | {3422.72} | C-1 | |
            | | | | | |
            | | | | | |
            | | {2026-03-14} | | C-2 | complete |
            """,
        )
    )
    assert codes(found) == []
    assert rows(found, "contracts") == [
        {"contract_ref": "C-1", "offered_wage": {"amount": "3422.72", "currency": "MAD"}},
        {"contract_ref": "C-2", "signed_on": "2026-03-14"},
    ]
    assert found.submission is not None
    assert str(found.submission.place("contracts", 2, "signed_on")) == "contracts!B7"
    assert str(found.submission.place("contracts", 1, "offered_wage")) == "contracts!C4"


def test_rows_beyond_the_prepared_ones() -> None:
    lines = "\n".join(f"| | C-{n} |" for n in range(layout.PREPARED_ROWS + 500))
    found = read_drawn(sheet_of("contracts", f"| _state | contract_ref |\n| complete | |\n{lines}"))
    assert len(rows(found, "contracts")) == layout.PREPARED_ROWS + 500
    assert codes(found) == []


def test_headings_that_are_wrong() -> None:
    found = read_drawn(
        sheet_of(
            "contracts", "| _state | contract_ref | signed on | signed_on | notes |\n| complete | C-1 | | | call |"
        )
    )
    assert told(found, "column-twice") == [("contracts", "D1")]
    assert told(found, "column-unknown") == [("contracts", "E1")]
    assert codes(read_drawn(sheet_of("contracts", "| C-1 | yes |\n| C-2 | no |"))) == ["header-missing"]
    no_key = read_drawn(sheet_of("contracts", "| _state | written |\n| complete | yes |"))
    assert codes(no_key) == ["column-missing", "key-missing"]
    beside = read_drawn(
        sheet_of("contracts", "| | see below |\n| _state | contract_ref |\n| complete | C-1 | | | !!! |")
    )
    assert told(beside, "cell-outside") == [("contracts", "B1"), ("contracts", "E3")]


def test_label_moved_without_its_hidden_name() -> None:
    """Two visible columns were swapped below the hidden row: neither reading is sure."""
    texts = library.texts(fill.standard(), "en")
    labelled = [texts.field("contracts", name) for name in ("written", "copy_given")]
    found = read_drawn(
        sheet_of(
            "contracts",
            f"""
            | _state | contract_ref | written | copy_given |
            | this sheet is | {texts.field("contracts", "contract_ref")} | {labelled[1]} | {labelled[0]} |
            | complete | C-1 | yes | no |
            """,
        )
    )
    assert told(found, "column-twice") == [("contracts", "C2"), ("contracts", "D2")]
    assert rows(found, "contracts") == [{"contract_ref": "C-1"}]


def test_a_value_that_is_also_a_heading_is_no_heading() -> None:
    found = read_drawn(
        sheet_of(
            "fees", "| _state | worker | fee_code | paid_by |\n| | | | worker |\n| complete | w1 | RF-01 | worker |"
        )
    )
    assert rows(found, "fees") == [{"paid_by": "worker"}, {"worker": "w1", "fee_code": "RF-01", "paid_by": "worker"}]


# -- states ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "state"),
    [
        ("complete", "complete"),
        ("Complète", "complete"),
        ("rien à signaler", "none"),
        ("لم تُفحص", "open"),
        ("none ", "none"),
    ],
)
def test_state_in_any_language(typed: str, state: str) -> None:
    found = read_drawn(sheet_of("housing", f"| _state | room_ref |\n| {typed} | |"))
    assert found.submission is not None
    assert found.submission.data["sections"]["housing"] == {"state": state, "rows": []}
    assert codes(found) == (["complete-empty"] if state == "complete" else [])


def test_state_that_is_wrong() -> None:
    assert told(read_drawn(sheet_of("housing", "| _state | room_ref |\n| maybe | |")), "state-unknown") == [
        ("housing", "A2")
    ]
    two = read_drawn(sheet_of("housing", "| _state | room_ref |\n| complete | r1 |\n| none | r2 |"))
    assert told(two, "state-unknown") == [("housing", "A3")]
    both = read_drawn(sheet_of("housing", "| _state | room_ref |\n| | r1 |\n| none | r2 |"))
    assert told(both, "none-with-rows") == [("housing", "A3")]
    assert codes(read_drawn(sheet_of("housing", "| _state | room_ref |\n| #REF! | r1 |"))) == ["cell-error"]
    assert codes(read_drawn(sheet_of("housing", "| room_ref | sleepers |\n| r1 | {4} |"))) == ["state-missing"]


# -- cells -------------------------------------------------------------------------------------------------------


def test_errors_and_formulas() -> None:
    found = read_drawn(
        sheet_of(
            "housing",
            "| _state | room_ref | sleepers | area |\n| complete | r1 | #DIV/0! | =B3*2 |\n| | r2 | {4} | {12.5} |",
        )
    )
    assert told(found, "cell-error") == [("housing", "C2")]
    assert told(found, "formula-no-value") == [("housing", "D2")]
    assert rows(found, "housing") == [{"room_ref": "r1"}, {"room_ref": "r2", "sleepers": 4, "area": "12.5"}]


def test_formula_with_its_result_in_a_real_file() -> None:
    def sheet(formula: str, value: object) -> bytes:
        names = [
            hostile.cell(f"{letter}1", name)
            for letter, name in zip("ABC", ("_state", "room_ref", "sleepers"), strict=True)
        ]
        cells = (
            hostile.cell("A2", "complete"),
            hostile.cell("B2", "r1"),
            hostile.cell("C2", value, "n", formula=formula),
        )
        return hostile.xlsx(hostile.row(1, *names) + hostile.row(2, *cells), names=("housing",))

    found = reading.read([Upload("a.xlsx", sheet("2+2", 4))], standard=fill.standard().name)
    assert rows(found, "housing") == [{"room_ref": "r1", "sleepers": 4}]
    found = reading.read([Upload("a.xlsx", sheet("2+2", None))], standard=fill.standard().name)
    assert told(found, "formula-no-value") == [("housing", "C2")]


def test_dates_of_1904_and_of_1900() -> None:
    names = [
        hostile.cell(f"{letter}1", name)
        for letter, name in zip("ABC", ("_state", "contract_ref", "signed_on"), strict=True)
    ]
    for epoch, serial in (("", 46095), ('<workbookPr date1904="1"/>', 46095 - 1462)):
        line = hostile.row(
            2, hostile.cell("A2", "complete"), hostile.cell("B2", "C-1"), hostile.cell("C2", serial, style=1)
        )
        data = hostile.xlsx(hostile.row(1, *names) + line, names=("contracts",), workbook=epoch)
        found = reading.read([Upload("a.xlsx", data)], standard=fill.standard().name)
        assert rows(found, "contracts") == [{"contract_ref": "C-1", "signed_on": "2026-03-14"}]


def test_merged_cells_hold_their_first_value() -> None:
    book = load_workbook(io.BytesIO(fill.filled()))
    sheet = book["Housing"]
    at = sheet.cell(3, 3).coordinate
    sheet.merge_cells(f"{at}:{sheet.cell(4, 3).coordinate}")
    out = io.BytesIO()
    book.save(out)
    found = reading.read([Upload("audit.xlsx", out.getvalue())])
    first, second, *_ = rows(found, "housing")
    assert "sleepers" in first
    assert "sleepers" not in second


def test_digits_of_a_number_survive() -> None:
    names = [
        hostile.cell(f"{letter}1", name)
        for letter, name in zip("ABCD", ("_state", "room_ref", "area", "x"), strict=True)
    ][:3]
    typed = {"0.1": "0.1", "1234.56": "1234.56", "3422.72": "3422.72", "2E4": "20000", "3.4000000000000004": "3.4"}
    lines = [
        hostile.row(n, hostile.cell(f"B{n}", f"r{n}"), hostile.cell(f"C{n}", raw, "n"))
        for n, raw in enumerate(typed, 2)
    ]
    found = reading.read([Upload("a.xlsx", hostile.xlsx(hostile.row(1, *names) + "".join(lines), names=("housing",)))])
    assert [row["area"] for row in rows(found, "housing")] == list(typed.values())
    assert found.submission is not None
    _no_float(found.submission.canonical())
    with pytest.raises(TypeError):
        canonical_bytes({"amount": 0.1})


def _no_float(value: Any) -> None:
    assert not isinstance(value, float)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _no_float(part)


def test_money_people_type() -> None:
    found = read_drawn(
        sheet_of(
            "payroll",
            """
            | _state | payslip_ref | gross | gross.currency | net | net.currency | deducted_loan |
            | complete | P-1 | 1 500 DH | | 1.234,50 | درهم مغربي | {0} |
            | | P-2 | {1500} | | | MAD | |
            | | P-3 | 1 500 DH | EUR | 1,500 | MAD | |
            """,
        )
    )
    first, *others = rows(found, "payroll")
    assert first["gross"] == {"amount": "1500.00", "currency": "MAD"}
    assert first["net"] == {"amount": "1234.50", "currency": "MAD"}
    assert first["deducted_loan"] == {"amount": "0.00", "currency": "MAD"}
    assert others == [{"payslip_ref": "P-2"}, {"payslip_ref": "P-3"}]
    assert told(found, "currency-missing") == [("payroll", "C3")]
    assert told(found, "amount-missing") == [("payroll", "F3")]
    assert told(found, "number-unreadable") == [("payroll", "C4")]
    assert told(found, "number-ambiguous") == [("payroll", "E4")]


def test_several_choices_in_one_cell_or_one_column_each() -> None:
    found = read_drawn(
        sheet_of(
            "orientation",
            """
            | _state | session_ref | topics | | topics:OR-03 |
            | complete | S-1 | OR-01; or 02, OR-05 | | x |
            | | S-2 | | | yes |
            | | S-3 | OR-01; OR-99 | | no |
            """,
        )
    )
    one, two, three = rows(found, "orientation")
    assert one["topics"] == ["OR-01", "OR-02", "OR-03", "OR-05"]
    assert two["topics"] == ["OR-03"]
    assert told(found, "choice-unknown") == [("orientation", "C4")]
    assert "topics" not in three or three["topics"] == []


def test_row_of_totals_is_one_problem_and_no_record() -> None:
    for word in ("Total", "TOTAUX :", "المجموع", "الإجمالي"):
        found = read_drawn(
            sheet_of(
                "payroll",
                "| _state | payslip_ref | gross | gross.currency |\n| complete | P-1 | {10} | MAD |\n"
                f"| | {word} | {{10}} | |",
            )
        )
        assert len(rows(found, "payroll")) == 1
        assert told(found, "cell-outside") == [("payroll", "B3")]


def test_unknown_never_becomes_an_answer() -> None:
    found = read_drawn(
        sheet_of(
            "interviews",
            """
            | _state | worker | consent | paid_fee | threatened | has_copy | free_to_resign |
            | complete | w1 | not asked | declined | ? | | N/A |
            """,
        )
    )
    (row,) = rows(found, "interviews")
    assert row == {"worker": "w1", "consent": "not_asked", "paid_fee": "declined"}
    assert told(found, "choice-unknown") == [("interviews", "E2"), ("interviews", "G2")]
    vague = read_drawn(
        sheet_of("contracts", "| _state | contract_ref | written | copy_given |\n| complete | C-1 | unknown | 1 |")
    )
    assert rows(vague, "contracts") == [{"contract_ref": "C-1"}]
    assert codes(vague) == ["yes-no-unreadable"]


# -- single records ----------------------------------------------------------------------------------------------


def test_single_record_with_comments_and_odd_rows() -> None:
    found = read_drawn(
        sheet_of(
            "practices",
            """
            | _code | _label | answer | comment | _seek |
            | # | Conduct | | | |
            | chain_mapped | | oui | Registre vu. | |
            | # | Fees | stray | | |
            | staff_trained | | نعم | | |
            | nonsense | Nonsense? | yes | | |
            | | | | lost words | |
            | staff_trained | | no | | |
            | documents_seen:POL | | x | | | beside |
            """,
        )
    )
    assert found.submission is not None
    assert found.submission.data["practices"] == {
        "documents_seen": ["POL"],
        "chain_mapped": "yes",
        "staff_trained": "yes",
    }
    assert found.submission.data["comments"] == {"practices": {"chain_mapped": "Registre vu."}}
    assert told(found, "row-unknown") == [("practices", at) for at in ("C4", "C6", "D7")]
    assert told(found, "row-twice") == [("practices", "C8")]
    assert told(found, "cell-outside") == [("practices", "F9")]


def test_answers_moved_one_row_down_beside_the_hidden_codes() -> None:
    texts = library.texts(fill.standard(), "en")
    label = {name: texts.field("practices", name) for name in ("chain_mapped", "staff_trained")}
    found = read_drawn(
        sheet_of(
            "practices",
            f"""
            | _code | _label | answer |
            | chain_mapped | {label["staff_trained"]} | yes |
            | staff_trained | {label["chain_mapped"]} | no |
            """,
        )
    )
    assert told(found, "row-twice") == [("practices", "C2"), ("practices", "C3")]
    assert found.submission is not None
    assert found.submission.data["practices"] == {}


def test_comment_is_checked_like_any_text() -> None:
    long = "x" * 2001
    found = read_drawn(
        sheet_of("practices", f"| _code | _label | answer | comment |\n| chain_mapped | | yes | {long} |")
    )
    assert told(found, "text-too-long") == [("practices", "D2")]


# -- personal data -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ("٠٦١٢٣٤٥٦٧٨", "phone"),
        ("+212 6 12-34-56-78", "phone"),
        ("06\u200f12345678", "phone"),
        ("06/12/34/56/78", "phone"),
        ("f.alaoui@example.ma", "email"),
        ("BK 123456", "identity"),
        ("BE123456", "identity"),
        ("XY1234567", "identity"),
        ("Fatima El Alaoui", "name"),
        ("فاطمة", "name"),
    ],
)
def test_personal_data_is_reported_and_never_shown(typed: str, what: str) -> None:
    found = read_drawn(sheet_of("interviews", f"| _state | worker | paid_fee |\n| complete | {typed} | no |"))
    (problem,) = [p for p in found.every if p.code == "personal-data"]
    assert (problem.sheet, problem.cell, problem.values["what"]) == ("interviews", "B2", what)
    assert problem.confidential
    _never_shown(found, typed)
    as_json = {"schema": SCHEMA, "sections": {"interviews": {"state": "complete", "rows": [{"worker": typed}]}}}
    again = reading.read([Upload("s.json", json.dumps(as_json).encode())])
    assert [p.values["what"] for p in again.every if p.code == "personal-data"] == [what]
    _never_shown(again, typed)


def _never_shown(found: Reading, typed: str) -> None:
    for problem in (*found.problems, *found.every):
        for language in LANGUAGES:
            words = " ".join(problem_words(problem, library.texts(fill.standard(), language)))
            for text in (words, problem.found, *problem.values.values()):
                assert typed not in text
                assert len(typed) < 9 or typed[3:] not in text


@pytest.mark.parametrize("typed", ["w07", "W-007", "w12/3", "٠٧"])
def test_worker_codes_are_no_names(typed: str) -> None:
    found = read_drawn(sheet_of("interviews", f"| _state | worker |\n| complete | {typed} |"))
    assert codes(found) == []


def test_personal_data_in_the_wrong_cell_is_masked_too() -> None:
    phone, name = "0612345678", "Fatima El Alaoui"
    found = read_drawn(
        sheet_of(
            "fees",
            f"""
            | _state | worker | fee_code | amount | paid_on |
            | complete | w1 | {phone} x | {phone} MA | {phone} | {name} |
            """,
        )
    )
    assert codes(found) == ["cell-outside", "choice-unknown", "date-unreadable", "number-unreadable"]
    _never_shown(found, phone)
    _never_shown(found, name)
    twice = read_drawn(sheet_of("interviews", f"| _state | worker |\n| complete | {name} |\n| | {name.upper()} |"))
    assert "key-twice" in codes(twice)
    _never_shown(twice, name)
    _never_shown(twice, name.upper())


def test_days_in_the_annex_are_no_phone_numbers() -> None:
    found = read_drawn(
        sheet_of("interviews", "| _state | worker | language |\n| complete | w1 | Darija, 2026-03-14 to 15/03/2026 |")
    )
    assert codes(found) == []


def test_keys_nobody_can_tell_apart() -> None:
    found = read_drawn(
        sheet_of("housing", "| _state | room_ref |\n| complete | R12 |\n| | r\u200e١٢ |\n| | R13 |\n| | |")
    )
    assert told(found, "key-twice") == [("housing", "B3")]


# -- JSON --------------------------------------------------------------------------------------------------------


def read_json(data: Any, **options: Any) -> Reading:
    raw = data if isinstance(data, bytes) else json.dumps({"standard": fill.standard().name} | data).encode()
    return reading.read([Upload("s.json", raw)], **options)


def test_json_meets_the_same_problems_as_a_workbook() -> None:
    row = {"room_ref": "r1", "sleepers": 5000, "area": "1.23456"}
    data = {"schema": SCHEMA, "sections": {"housing": {"state": "none", "rows": [row, row | {"area": "x"}]}}}
    found = read_json(data)
    drawn = read_drawn(
        sheet_of(
            "housing",
            "| _state | room_ref | sleepers | area |\n| none | r1 | {5000} | {1.23456} |\n| | r1 | {5000} | x |",
        )
    )
    assert (
        codes(found)
        == codes(drawn)
        == ["key-twice", "none-with-rows", "number-range", "number-too-fine", "number-unreadable"]
    )
    assert told(found, "key-twice") == [("", "sections.housing.rows[1].room_ref")]


@pytest.mark.parametrize(
    ("part", "code", "path"),
    [
        (
            {"sections": {"housing": {"state": "open", "rows": [{"room_ref": ""}]}}},
            "json-blank-row",
            "sections.housing.rows[0]",
        ),
        (
            {"sections": {"housing": {"rows": [{"room_ref": "r", "area": 1.5}]}}},
            "json-type",
            "sections.housing.rows[0].area",
        ),
        ({"sections": {"housing": {"rows": ["r"]}}}, "json-type", "sections.housing.rows[0]"),
        ({"sections": {"housing": {"state": "maybe"}}}, "state-unknown", "sections.housing.state"),
        ({"sections": {"hoosing": {}}}, "json-unknown-key", "sections.hoosing"),
        ({"organisation": {"kynd": "agency"}}, "json-unknown-key", "organisation.kynd"),
        ({"organisation": {"main_destination": "ZZ"}}, "country-unknown", "organisation.main_destination"),
        (
            {"organisation": {"deposit": {"amount": "1", "currency": "QQQ"}}},
            "currency-unknown",
            "organisation.deposit.currency",
        ),
        ({"organisation": {"deposit": {"amount": "1"}}}, "currency-missing", "organisation.deposit.currency"),
        ({"organisation": {"deposit": {"currency": "MAD"}}}, "amount-missing", "organisation.deposit.amount"),
        (
            {"organisation": {"deposit": {"amount": "1e9999999", "currency": "MAD"}}},
            "number-unreadable",
            "organisation.deposit.amount",
        ),
        ({"audit": {"hours_on_site": "NaN"}}, "number-unreadable", "audit.hours_on_site"),
        ({"audit": {"ended_on": "20260302"}}, "date-unreadable", "audit.ended_on"),
        ({"audit": {"selection": "nobody"}}, "choice-unknown", "audit.selection"),
        ({"comments": {"audit": {"nonsense": "x"}}}, "json-unknown-key", "comments.audit.nonsense"),
        ({"comments": {"audit": 3}}, "json-type", "comments"),
        ({"countries": "MA"}, "json-type", "countries"),
        ({"history": {"previous_failed": 4}}, "json-type", "history"),
    ],
)
def test_json_that_is_wrong(part: dict[str, Any], code: str, path: str) -> None:
    found = read_json({"schema": SCHEMA} | part)
    assert [(p.code, p.cell) for p in found.every if p.code == code] == [(code, path)]
    assert not found.ok


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'{"schema": "recruitcheck/submission@1", "schema": "x"}', "json-twice"),
        (b'{"schema": "recruitcheck/submission@1", "audit": {"reference": "\\ud800"}}', "json-unreadable"),
        (b'{"schema": "recruitcheck/submission@1", "audit": {"hours_on_site": NaN}}', "json-unreadable"),
        (
            b'{"schema": "recruitcheck/submission@1", "audit": {"hours_on_site": ' + b"9" * 5000 + b"}}",
            "json-unreadable",
        ),
        (b'{"schema": "recruitcheck/submission@1", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "json-unreadable"),
        (b'{"schema": "recruitcheck/submission@9"}', "json-schema"),
        (b'["schema"]', "json-schema"),
        (b'{"schema": ', "json-unreadable"),
        (b'{"schema": "\xff"}', "json-unreadable"),
    ],
)
def test_json_that_cannot_be_read(raw: bytes, code: str) -> None:
    found = read_json(raw)
    assert [problem.code for problem in found.problems] == [code]
    assert found.submission is None


def test_history_only_where_it_is_allowed() -> None:
    data = {
        "schema": SCHEMA,
        "history": {"previous_failed": ["FE-01"], "closed_critical_on": ["2026-01-02"], "overdue_critical": 1},
    }
    found = read_json(data)
    assert found.submission is not None
    assert found.submission.history is not None
    assert codes(found) == []
    assert b"previous_failed" not in found.submission.canonical_bytes()
    refused = read_json(data, history_allowed=False)
    assert codes(refused) == ["history-unexpected"]
    assert refused.submission is not None
    assert refused.submission.history is None


# -- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_names_everything(language: str) -> None:
    found = read_drawn(sheet_of("contracts", "| _state | contract_ref | signed_on |\n| complete | C-1 | 03/04/2026 |"))
    (problem,) = [p for p in found.problems if p.code == "date-ambiguous"]
    record = reading.problem_record(problem, library.texts(fill.standard(), language))
    assert (record["file"], record["sheet"], record["cell"], record["row"]) == ("audit.xlsx", "contracts", "C2", 1)
    assert record["found"] == "03/04/2026"
    assert all(record[part] for part in ("message", "expected", "fix"))
    assert "2026-04-03" in record["message"]
    assert "{" not in record["message"] + record["expected"] + record["fix"]


def test_blank_without_a_cell_names_the_file_it_belongs_to() -> None:
    found = reading.understand([book_of(file="audit.xlsx", part="audit"), book_of(file="annex.xlsx", part="annex")])
    missing = [p for p in found.every if p.code == "required-missing"]
    assert missing
    assert {(p.file, p.cell) for p in missing} == {("audit.xlsx", "")}
    assert isinstance(found.submission, Submission)


def test_cell_of_a_stranger_is_a_cell() -> None:
    """Values of every type in every kind of question: a problem or an answer, never an exception."""
    from datetime import UTC, datetime, time

    values = [
        True,
        10**30,
        1e300,
        0.1,
        -1,
        "9" * 30_000,
        "a" * 30_000 + "@",
        datetime(2026, 1, 2, tzinfo=UTC),
        time(3, 4),
        "\u202ex",
        "²",
        "½",
    ]
    for section in fill.standard().questionnaire.tables:
        names = [name for f in section.fields for name in (f.id, *layout.column_names(f)[1:2])]
        for value in values:
            cells = [Cell(1, at, name) for at, name in enumerate(names, 1)]
            cells += [Cell(2, at, value) for at in range(1, len(names) + 1)]
            found = read_drawn(Sheet(section.id, "visible", tuple(cells)))
            assert found.submission is not None
            found.submission.canonical_bytes()
            assert all(len(p.found) <= 80 for p in found.every)
