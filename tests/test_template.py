"""The workbook is what the questionnaire says, no more and no less."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from recruitcheck import library
from recruitcheck.intake import labels, layout, template
from recruitcheck.intake.template_look import em_width, star, wrapped_lines
from recruitcheck.intake.template_single import row_breaks
from recruitcheck.intake.template_table import page_breaks
from recruitcheck.rules.standard import Field, FieldType, Section
from recruitcheck.text import LANGUAGES, messages
from tests.workbooks import PAIRING, answer, filled, made, opened, standard

PARTS = ("audit", "annex")


def sheet_of(section: Section, language: str = "en", kind: str | None = None, rows: int | None = None) -> Worksheet:
    texts = library.texts(standard(), language)
    part = "annex" if section.confidential else "audit"
    return opened(part, language, kind, rows)[labels.sheet_name(texts, section.id)]


def names(sheet: Worksheet, section: Section) -> list[str]:
    """The machine names of a sheet, in order."""
    if section.is_table:
        return [cell.value for cell in sheet[layout.NAME_ROW]]
    return [row[0].value for row in sheet.iter_rows(min_row=layout.FIRST_ROW) if not row[0].value.startswith("#")]


def every_section() -> list[Section]:
    return list(standard().questionnaire.sections)


# ---- structure -------------------------------------------------------------------------------------------------------


def test_every_field_of_a_section_has_its_columns_once() -> None:
    for section in every_section():
        expected = [name for f in section.fields for name in layout.column_names(f)]
        found = names(sheet_of(section), section)
        if section.is_table:
            assert found == [layout.STATE, *expected]
        else:
            assert Counter(found) == Counter(expected)


@pytest.mark.parametrize("kind", template.KINDS)
def test_a_question_that_is_not_asked_of_a_kind_is_left_out(kind: str) -> None:
    for section in every_section():
        found = names(sheet_of(section, kind=kind), section)
        asked = {name for f in section.fields if kind in f.asked for name in layout.column_names(f)}
        assert set(found) - {layout.STATE} == asked


def test_confidential_sections_stand_only_in_the_annex() -> None:
    texts = library.texts(standard(), "en")
    for section in every_section():
        name = labels.sheet_name(texts, section.id)
        assert (name in opened("annex").sheetnames) == section.confidential
        assert (name in opened("audit").sheetnames) != section.confidential


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("part", PARTS)
def test_no_cell_is_merged_and_only_the_start_sheet_calculates(part: str, language: str) -> None:
    book = opened(part, language)
    for number, sheet in enumerate(book.worksheets):
        assert not sheet.merged_cells.ranges
        formulas = [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert bool(formulas) == (number == 0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_headings_are_unique_so_that_a_label_means_one_column(language: str) -> None:
    for section in every_section():
        sheet = sheet_of(section, language)
        if section.is_table:
            shown = [cell.value for cell in sheet[layout.LABEL_ROW]]
            assert max(Counter(shown).values()) == 1
            texts = library.texts(standard(), language)
            wanted = [labels.heading_text(texts, f, name) for f in section.fields for name in layout.column_names(f)]
            assert shown == [texts.say("template.state.heading"), *wanted]


@pytest.mark.parametrize("language", LANGUAGES)
def test_sheet_names_fit_and_differ_and_are_never_those_of_our_own_sheets(language: str) -> None:
    texts = library.texts(standard(), language)
    sheets = [labels.sheet_name(texts, section.id) for section in every_section()]
    ours = {name.casefold() for name in (*labels.start_names(), *labels.problem_names())}
    assert len({name.casefold() for name in sheets}) == len(sheets)
    assert all(len(name) <= labels.SHEET_NAME_LENGTH and name.casefold() not in ours for name in sheets)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sheet_opens_in_the_direction_of_its_language(language: str) -> None:
    for part in PARTS:
        for sheet in opened(part, language).worksheets:
            if not sheet.title.startswith("_"):
                assert bool(sheet.sheet_view.rightToLeft) == (language == "ar")


@pytest.mark.parametrize("part", PARTS)
def test_meta_says_what_the_file_is_and_nobody_sees_it(part: str) -> None:
    sheet = opened(part, "fr", "agency")[layout.META]
    found = {row[0].value: row[1].value for row in sheet.iter_rows()}
    assert tuple(found) == layout.META_KEYS
    assert found["schema"] == layout.SCHEMA
    assert found["standard"] == standard().name
    assert (found["language"], found["kind"], found["part"]) == ("fr", "agency", part)
    assert (found["pairing"], found["build"]) == (PAIRING, "t1")
    assert found["countries"] is None
    assert sheet.sheet_state == opened(part)[layout.LISTS].sheet_state == "veryHidden"


def test_no_cell_holds_an_empty_text() -> None:
    for part in PARTS:
        for sheet in opened(part, rows=3).worksheets:
            assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.value == ""]


def test_machine_names_are_hidden_and_headings_stay_in_view() -> None:
    for section in every_section():
        sheet = sheet_of(section)
        assert sheet.row_dimensions[layout.NAME_ROW].hidden
        assert sheet.freeze_panes == "C3"
        assert section.is_table or sheet.column_dimensions["A"].hidden


def test_practices_are_grouped_by_principle_under_bands_that_the_reader_skips() -> None:
    section = standard().questionnaire.section("practices")
    assert section is not None
    principles: list[str] = []
    for code, label, *_ in sheet_of(section).iter_rows(min_row=layout.FIRST_ROW, values_only=True):
        if code == layout.BAND:
            principles.append(str(label))
        else:
            field = section.field(str(code).split(layout.CHOICE_MARK)[0])
            title = library.texts(standard(), "en").principle(field.principle) if field and field.principle else ""
            assert not title or title in principles[-2:]


def test_the_annex_warns_before_anything_else_and_on_every_printed_page() -> None:
    texts = library.texts(standard(), "en")
    start = opened("annex").worksheets[0]
    words = [cell.value for row in start.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert texts.say("template.start.warning_names") in words
    assert texts.say("template.start.warning_names") not in [c.value for r in opened("audit").worksheets[0] for c in r]
    for sheet in opened("annex").worksheets[:3]:
        assert "CONFIDENTIAL" in sheet.oddHeader.center.text


# ---- drop-downs and checks -------------------------------------------------------------------------------------------


def validation(sheet: Worksheet, cell: str) -> object:
    return next((rule for rule in sheet.data_validations.dataValidation if cell in rule.sqref), None)


def list_words(language: str, name: str, part: str = "audit") -> list[str]:
    book = opened(part, language)
    sheet, cells = book.defined_names[name].attr_text.split("!")
    return [row[0].value for row in book[sheet.strip("'")][cells.replace("$", "")]]


def test_every_choice_has_a_drop_down_that_is_filled() -> None:
    for section in every_section():
        part = "annex" if section.confidential else "audit"
        for cell, wanted in listed_cells(section):
            rule = validation(sheet_of(section), cell)
            assert rule.type == "list"
            assert rule.formula1 == wanted
            assert all(list_words("en", wanted, part))


def listed_cells(section: Section) -> list[tuple[str, str]]:
    """Cells of a section that take a choice, first and last prepared row, and the list each should offer."""
    sheet = sheet_of(section)
    found = [("A3", "set_state")] if section.is_table else []
    for at, name in enumerate(names(sheet, section), start=1):
        field = section.field(name.split(layout.CHOICE_MARK)[0])
        wanted = labels.list_name(field) if field else ""
        if name.endswith(layout.CURRENCY_SUFFIX):
            wanted = "set_currency"
        if section.is_table:
            cells = [f"{sheet.cell(1, at).column_letter}{row}" for row in (3, 302)]
        else:
            cells = [f"C{row[0].row}" for row in sheet.iter_rows(min_row=3) if row[0].value == name]
        found += [(cell, wanted) for cell in cells if wanted]
    return found


def test_drop_downs_of_codes_show_the_code_first_and_others_only_the_label() -> None:
    assert list_words("en", "set_fee_code", "annex")[0].startswith("RF-01 · ")
    assert list_words("fr", "set_country")[0] == "MA · Maroc"
    assert list_words("ar", "set_answer")[:2] == ["نعم", "لا"]
    assert list_words("en", "set_currency")[:6] == ["MAD", "EUR", "AED", "QAR", "SAR", "USD"]


def test_a_date_or_number_that_is_typed_as_text_is_questioned_but_never_refused() -> None:
    for section in every_section():
        for rule in sheet_of(section).data_validations.dataValidation:
            if rule.type in ("date", "whole", "decimal"):
                assert rule.errorStyle == "warning"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_message_box_is_short_enough_to_be_shown(language: str) -> None:
    for part in PARTS:
        for sheet in opened(part, language).worksheets:
            for rule in sheet.data_validations.dataValidation:
                assert len(rule.promptTitle or "") <= 32
                assert len(rule.prompt or "") <= 255
                assert len(rule.error or "") <= 255


def test_a_required_answer_is_marked_in_words_and_by_colour() -> None:
    section = standard().questionnaire.section("audit")
    assert section is not None
    sheet = sheet_of(section)
    tinted = {str(formatting.sqref) for formatting in sheet.conditional_formatting}
    for row in sheet.iter_rows(min_row=layout.FIRST_ROW):
        field = section.field(row[0].value)
        if field:
            assert row[1].value.endswith(labels.REQUIRED) == field.required
            assert (row[2].coordinate in tinted) == field.required


# ---- given answers ---------------------------------------------------------------------------------------------------


def expected_cells(field: Field, value: object, language: str) -> dict[str, object]:
    """What a person should see for a canonical answer, written down a second time."""
    texts = library.texts(standard(), language)
    yes, no = texts.say("template.yes"), texts.say("template.no")
    match field.type:
        case FieldType.YES_NO:
            return {field.id: yes if value else no}
        case FieldType.CHOICE:
            label = texts.choice(field.choice_set, str(value))
            coded = any(c.isupper() for choice in field.choices for c in choice.id)
            return {field.id: f"{value} · {label}" if coded else label}
        case FieldType.CHOICES:
            return {f"{field.id}:{choice}": yes for choice in value}
        case FieldType.MONEY:
            return {field.id: float(value["amount"]), f"{field.id}.currency": value["currency"]}
        case FieldType.DECIMAL:
            return {field.id: float(value)}
        case FieldType.DATE:
            return {field.id: datetime.fromisoformat(value)}
        case FieldType.COUNTRY:
            return {field.id: f"{value} · {labels.countries(language)[value]}"}
    return {field.id: value}


@pytest.mark.parametrize("language", LANGUAGES)
def test_given_answers_stand_in_their_cells(language: str) -> None:
    values = filled()
    for section in every_section():
        sheet = sheet_of(section, language, rows=3)
        if section.is_table:
            rows = list(sheet.iter_rows(values_only=True))
            assert rows[2][0] == library.texts(standard(), language).say("template.state.complete")
            for given, row in zip(values["sections"][section.id]["rows"], rows[2:5], strict=True):
                shown = {name: cell for name, cell in zip(rows[0][1:], row[1:], strict=True) if cell is not None}
                assert shown == merged(section, given, language)
        else:
            shown = {row[0]: row[2] for row in sheet.iter_rows(min_row=3, values_only=True) if row[2] is not None}
            assert shown == merged(section, values[section.id], language)


def merged(section: Section, given: dict, language: str) -> dict[str, object]:
    out: dict[str, object] = {}
    for field in section.fields:
        out |= expected_cells(field, given[field.id], language)
    return out


def test_a_comment_stands_beside_its_answer() -> None:
    section = standard().questionnaire.section("practices")
    assert section is not None
    comments = {row[0]: row[3] for row in sheet_of(section, rows=3).iter_rows(min_row=3, values_only=True) if row[3]}
    assert comments == {"age_verified": "seen on 3 March"}


def test_text_that_begins_like_a_formula_stays_text() -> None:
    cells = [c for s in opened(rows=3).worksheets[1:] for r in s.iter_rows() for c in r if c.value == "=1+1"]
    assert cells
    assert {cell.data_type for cell in cells} == {"s"}


def test_the_meter_shows_what_its_formulas_would() -> None:
    for rows, share in ((None, 0), (3, 1)):
        sheet = load_workbook(BytesIO(made(rows=rows)), data_only=True).worksheets[0]
        *_, last = [row for row in sheet.iter_rows(values_only=True) if isinstance(row[3], int)]
        assert last[4] == share


def test_a_longer_number_than_a_spreadsheet_keeps_is_written_as_text() -> None:
    sheet = written({"organisation": {"paid_capital": {"amount": "123456789012345678.25", "currency": "MAD"}}})
    assert "123456789012345678.25" in {row[2] for row in sheet.iter_rows(values_only=True)}


def test_a_caller_may_replace_every_value_before_it_is_written() -> None:
    def eastern(field: Field, value: object) -> object:
        if isinstance(value, Decimal):
            return str(value).translate(str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫"))
        return value

    sheet = written({"organisation": {"deposit": {"amount": "12.50", "currency": "MAD"}}}, cell_text=eastern)
    assert {"١٢٫٥٠", "MAD"} <= {row[2] for row in sheet.iter_rows(values_only=True)}


def written(values: dict, **options: object) -> Worksheet:
    file = BytesIO()
    texts = library.texts(standard(), "en")
    given = {"part": "audit", "kind": None, "pairing": "", "build": "", "values": values} | options
    template.write(standard(), texts, path_or_file=file, **given)
    return load_workbook(file)["Organisation"]


@pytest.mark.parametrize(
    "values",
    [
        {"organisations": {}},
        {"organisation": {"colour": "red"}},
        {"organisation": {"kind": "ministry"}},
        {"organisation": {"uses_subagents": "yes"}},
        {"organisation": {"licence_from": "1 March"}},
        {"organisation": {"deposit": "12.50 MAD"}},
        {"sections": {"payrolls": {}}},
        {"sections": {"payroll": {"state": "done"}}},
        {"sections": {"payroll": {"rows": [{"wage": 1}]}}},
    ],
)
def test_an_answer_that_has_no_cell_is_refused_instead_of_lost(values: dict) -> None:
    with pytest.raises(ValueError):
        written(values)


def test_an_answer_that_is_not_asked_of_the_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="licence_number"):
        written({"organisation": {"licence_number": "17"}}, kind="employer")
    written({"organisation": {"licence_number": None}}, kind="employer")


def test_the_same_answers_give_the_same_bytes() -> None:
    made.cache_clear()
    first = made("annex", "ar", rows=3)
    made.cache_clear()
    assert made("annex", "ar", rows=3) == first


# ---- words and sizes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_message_with_the_same_places(language: str) -> None:
    def flat(tree: dict, path: str = "") -> dict[str, set[str]]:
        out: dict[str, set[str]] = {}
        for key, value in tree.items():
            if isinstance(value, dict):
                out |= flat(value, f"{path}{key}.")
            else:
                out[path + key] = set(re.findall(r"\{(\w+)\}", value))
        return out

    assert flat(messages(language)["template"]) == flat(messages("en")["template"])


def test_every_unit_of_the_questionnaire_has_a_word_in_every_language() -> None:
    units = {field.unit for field in standard().questionnaire.fields() if field.unit}
    french = library.texts(standard(), "fr")
    assert all(labels.unit_word(french, unit) != "" for unit in units)
    assert labels.unit_word(french, "days") == "jours"
    assert labels.unit_word(french, "furlongs") == "furlongs"


def test_a_code_set_is_told_by_its_ids() -> None:
    assert layout.is_code_set(["RF-01", "OS-01"])
    assert not layout.is_code_set(["yes", "from_3_to_12_months"])
    assert layout.code_of("RF-01 · Registration fee") == "RF-01"
    assert layout.code_of(" RF-01 ") == "RF-01"


def test_countries_start_with_the_near_ones_and_leave_out_what_is_no_labour_market() -> None:
    for language in LANGUAGES:
        offered = labels.countries(language)
        assert tuple(offered)[: len(labels.NEAR_COUNTRIES)] == labels.NEAR_COUNTRIES
        assert not labels.NOT_OFFERED & set(offered)
        assert len(offered) > 190


def test_a_sheet_title_is_always_one_that_a_workbook_takes() -> None:
    assert labels.sheet_title("Pay: 2026/27 [draft]?") == "Pay 2026 27 draft"
    assert labels.sheet_title("'quoted'") == "quoted"
    assert len(labels.sheet_title("word " * 20)) <= 31
    assert labels.sheet_title("???") == "_"


def test_a_table_that_is_too_wide_is_cut_between_questions_into_even_pages() -> None:
    assert page_breaks([100, 100], 100) == ([], 1.0)
    breaks, scale = page_breaks([300] * 10, 150)
    assert breaks == [3, 6]
    assert 0.6 <= scale <= 1


def test_a_group_of_questions_stays_on_one_page_if_it_can() -> None:
    assert row_breaks([(2, [30.0] * 8), (10, [30.0] * 8)], 300) == [10]
    assert row_breaks([(2, [30.0] * 30)], 300) == [12, 22]
    assert row_breaks([(2, [30.0] * 12)], 300) == [9]


def test_lines_are_counted_as_a_program_would_break_them() -> None:
    assert wrapped_lines("", 10) == 1
    assert wrapped_lines("one two three", em_width("one two") + 0.1) == 2
    assert wrapped_lines("x" * 40, em_width("x" * 10)) == 4


def test_the_mark_is_one_small_picture() -> None:
    assert star().startswith(b"\x89PNG")
    assert len(star()) < 3000


def test_samples_answer_every_question() -> None:
    for field in standard().questionnaire.fields():
        assert answer(field, 1) not in (None, "", [])
