"""What people type in one cell, and what it means: tables of text, value or problem code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitcheck import library
from recruitcheck.intake import coerce, labels, layout
from recruitcheck.intake.cells import Cell, Value
from recruitcheck.intake.lexicon import Lexicon, fold, months
from recruitcheck.rules.standard import Field, FieldType
from recruitcheck.submission import known_countries, known_currencies
from recruitcheck.text import LANGUAGES

STANDARD = library.load()
LEXICON = Lexicon(STANDARD)


def field(section: str, name: str) -> Field:
    home = STANDARD.questionnaire.section(section)
    assert home is not None
    found = home.field(name)
    assert found is not None
    return found


def typed(value: Value, text: str = "") -> Cell:
    return Cell(1, 1, value, "value", text)


def result(read: Callable[[], Any]) -> Any:
    """The value, or the problem's code in brackets."""
    try:
        return read()
    except coerce.Unreadable as error:
        return f"[{error.code}]"


# -- numbers -----------------------------------------------------------------------------------------------------

UNREADABLE = "[number-unreadable]"
AMBIGUOUS = "[number-ambiguous]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1234", "1234.00"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50", "1234.50"),
        ("1\u00a0234\u00a0567,5", "1234567.50"),
        ("1,234.50", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("1’234,50", "1234.50"),
        ("1,234,567", "1234567.00"),
        ("1.234.567", "1234567.00"),
        ("1 234,567", "1234.567"),
        ("12,5", "12.50"),
        ("12.5", "12.50"),
        ("0,125", "0.125"),
        ("0.125", "0.125"),
        (".5", "0.50"),
        ("15.", "15.00"),
        ("+15", "15.00"),
        ("−15", "-15.00"),
        ("(15)", "-15.00"),
        ("٣٬٤٢٢٫٧٢", "3422.72"),
        ("٣٤٢٢٫٧٢", "3422.72"),
        ("٣٤٢٢،٧٢", "3422.72"),
        ("١٫٢٣٤", "1.234"),
        ("۳۴۲۲٫۷۲", "3422.72"),
        ("\u200f1500\u200f", "1500.00"),
        (" 1500 ", "1500.00"),
        ("1,234", AMBIGUOUS),
        ("1.234", AMBIGUOUS),
        ("-1,234", AMBIGUOUS),
        ("999.000", AMBIGUOUS),
        ("12 50", UNREADABLE),
        ("06 12 34 56 78", UNREADABLE),
        ("1,23,456", UNREADABLE),
        ("1,234.567.890", UNREADABLE),
        ("1.2.3", UNREADABLE),
        ("1,2345,67", UNREADABLE),
        ("12..5", UNREADABLE),
        ("1e5", UNREADABLE),
        ("2,00E+05", UNREADABLE),
        ("--5", UNREADABLE),
        ("(5", UNREADABLE),
        ("5%", UNREADABLE),
        ("about 5", UNREADABLE),
        ("5-6", UNREADABLE),
        ("-", UNREADABLE),
        ("½", UNREADABLE),
        ("²", UNREADABLE),
        ("NaN", UNREADABLE),
        ("inf", UNREADABLE),
        ("9" * 21, UNREADABLE),
        ("1" * 30_000, UNREADABLE),
    ],
)
def test_number(text: str, expected: str) -> None:
    assert result(lambda: coerce.exact(typed(text), 3, 2)) == expected


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        (0.1, "0.1", "0.1"),
        (1234.56, "1234.56", "1234.56"),
        (3422.72, "3422.72", "3422.72"),
        (200000, "200000", "200000"),
        (1.234, "1.234", "1.234"),
        (0.1, "", "0.1"),
        (1e-05, "", "[number-too-fine]"),
        (0.30000000000000004, "0.3", "0.3"),
        (True, "", UNREADABLE),
        (date(2026, 1, 2), "", UNREADABLE),
        (time(8, 30), "", UNREADABLE),
        (float("inf"), "", UNREADABLE),
        (1e300, "", UNREADABLE),
    ],
)
def test_number_of_a_numeric_cell(value: Value, text: str, expected: str) -> None:
    assert result(lambda: coerce.exact(typed(value, text), 4, 0)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        ("12,0", 12),
        ("1,234", 1234),
        ("1.234", 1234),
        ("1 234", 1234),
        ("12 travailleurs", 12),
        ("١٢ عاملا", UNREADABLE),
        ("١٢ عامل", 12),
        ("1.000", AMBIGUOUS),
        ("12,5", "[number-not-whole]"),
        ("12 pommes", UNREADABLE),
    ],
)
def test_whole_number(text: str, expected: object) -> None:
    assert result(lambda: coerce.whole(typed(text), "workers")) == expected


@pytest.mark.parametrize("text", ["44,5 h", "44.5 heures", "44,5 hours", "44٫5 ساعة", "44,5h"])
def test_unit_that_was_asked_for(text: str) -> None:
    hours = field("contracts", "signed_hours")
    assert coerce.simple(typed(text), hours, LEXICON) == "44.5"
    assert result(lambda: coerce.simple(typed(text), field("housing", "area"), LEXICON)) == UNREADABLE


@given(st.decimals(min_value="-99999999", max_value="99999999", places=3, allow_nan=False, allow_infinity=False))
def test_every_number_written_in_full_is_read_back(number: Any) -> None:
    plain = f"{number:f}"
    for text in (plain + "0", plain.replace(".", ",") + "0", f"{number:,.4f}", f"{number:,.4f}".replace(",", " ")):
        if abs(number) >= 1 and text.strip("-").partition(".")[2] == "":
            continue
        assert coerce.number_of(text) == number


# -- money -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 500 DH", ("1500.00", "MAD")),
        ("1500dhs", ("1500.00", "MAD")),
        ("MAD 1.234,50", ("1234.50", "MAD")),
        ("1500,- DH", ("1500.00", "MAD")),
        ("١٥٠٠ درهم مغربي", ("1500.00", "MAD")),
        ("1500 د.م.", ("1500.00", "MAD")),
        ("€1,500.00", ("1500.00", "EUR")),
        ("1 500,00 €", ("1500.00", "EUR")),
        ("US$ 20", ("20.00", "USD")),
        ("QAR 20", ("20.00", "QAR")),
        ("-20 EUR", ("-20.00", "EUR")),
        ("1500", ("1500.00", "")),
        ("20 $", UNREADABLE),
        ("1500 درهم", UNREADABLE),
        ("Rs.500", UNREADABLE),
        ("500 EUR ou MAD", UNREADABLE),
        ("MAD 500 EUR", UNREADABLE),
        ("1,500 DH", AMBIGUOUS),
        ("50 %", UNREADABLE),
        ("5 or 6 MAD", UNREADABLE),
        ("DH", UNREADABLE),
        ("1.2345 MAD", "[number-too-fine]"),
    ],
)
def test_amount(text: str, expected: object) -> None:
    assert result(lambda: coerce.amount(typed(text), LEXICON)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MAD", "MAD"),
        (" mad ", "MAD"),
        ("Dh", "MAD"),
        ("dirham marocain", "MAD"),
        ("€", "EUR"),
        ("Euros", "EUR"),
        ("يورو", "EUR"),
        ("$", "[currency-unknown]"),
        ("درهم", "[currency-unknown]"),
        ("XXX", "[currency-unknown]"),
        ("QQQ", "[currency-unknown]"),
    ],
)
def test_currency(text: str, expected: str) -> None:
    assert result(lambda: coerce.currency(typed(text), LEXICON)) == expected


# -- dates -------------------------------------------------------------------------------------------------------

DAY = "2026-03-14"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 3, 14), DAY),
        (datetime(2026, 3, 14, 9, 30, tzinfo=UTC), DAY),
        ("2026-03-14", DAY),
        ("2026/3/14", DAY),
        ("2026-03-14T08:30:00", DAY),
        ("2026-03-14 00:00", DAY),
        ("14/03/2026", DAY),
        ("14.3.2026", DAY),
        ("14-03-2026", DAY),
        ("14 / 03 / 2026", DAY),
        ("03/14/2026", DAY),
        ("١٤/٠٣/٢٠٢٦", DAY),
        ("۱۴/۰۳/۲۰۲۶", DAY),
        ("\u200f14/03/2026", DAY),
        ("14 mars 2026", DAY),
        ("14 MARS 2026", DAY),
        ("samedi 14 mars 2026", DAY),
        ("1er août 2026", "2026-08-01"),
        ("14 févr. 2026", "2026-02-14"),
        ("March 14, 2026", DAY),
        ("14th of March 2026", "[date-unreadable]"),
        ("14-Mar-2026", DAY),
        ("14 مارس 2026", DAY),
        ("السبت ١٤ مارس ٢٠٢٦", DAY),
        ("14 غشت 2026", "2026-08-14"),
        ("14 أغسطس، 2026", "2026-08-14"),
        ("14 كانون الثاني 2026", "2026-01-14"),
        ("04/04/2026", "2026-04-04"),
        ("03/04/2026", "[date-ambiguous]"),
        ("٠٣/٠٤/٢٠٢٦", "[date-ambiguous]"),
        ("31/02/2026", "[date-unreadable]"),
        ("2026-02-30", "[date-unreadable]"),
        ("14/13/2026", "[date-unreadable]"),
        ("14/03/26", "[date-unreadable]"),
        ("14-03/2026", "[date-unreadable]"),
        ("mars 2026", "[date-unreadable]"),
        ("2026", "[date-unreadable]"),
        ("14 mars avril 2026", "[date-unreadable]"),
        ("vers le 14 mars 2026", "[date-unreadable]"),
        ("32 mars 2026", "[date-unreadable]"),
        (46095, "[date-unreadable]"),
        (True, "[date-unreadable]"),
        (time(3, 4), "[date-unreadable]"),
    ],
)
def test_date(value: Value, expected: str) -> None:
    assert result(lambda: coerce.day(typed(value))) == expected


@given(st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)))
def test_every_day_in_every_language(day: date) -> None:
    from babel.dates import format_date

    for locale in ("en", "fr", "ar", "ar_MA", "ar_TN"):
        for width in ("full", "long"):
            assert coerce.day(typed(format_date(day, width, locale))) == day.isoformat()


def test_twelve_months_and_no_word_for_two() -> None:
    assert set(months().values()) == set(range(1, 13))


# -- yes, no, choices --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *(
            (word, True)
            for word in ("yes", "YES", "oui", "Oui.", "oui\u00a0", "نعم", "نَعَم", "y", "true", "vrai", "✓", True)
        ),
        *((word, False) for word in ("no", "non", "Non ", "لا", "n", "false", "faux", False)),
        *((word, None) for word in ("x", "1", "0", "maybe", "oui et non", "?", "-", "inconnu", "n/a", 1, 0)),
    ],
)
def test_yes_no(value: Value, expected: bool | None) -> None:
    wanted = "[yes-no-unreadable]" if expected is None else expected
    assert result(lambda: coerce.yes_no(typed(value), LEXICON)) == wanted


@pytest.mark.parametrize(
    ("value", "expected"), [("x", True), ("X", True), ("1", True), (1, True), ("oui", True), ("0", False), ("-", False)]
)
def test_mark(value: Value, expected: bool) -> None:
    assert coerce.tick(typed(value), LEXICON) is expected


def test_every_choice_by_code_and_by_label_in_every_language() -> None:
    for f in STANDARD.questionnaire.fields():
        for language in LANGUAGES:
            texts = library.texts(STANDARD, language)
            for choice in f.choices:
                label = texts.choice(f.choice_set, choice.id)
                for text in (
                    choice.id,
                    choice.id.upper(),
                    label,
                    label.upper(),
                    f" {label}. ",
                    labels.choice_word(texts, f, choice.id),
                ):
                    assert coerce.choice(typed(text), f, LEXICON) == choice.id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RF-01", "RF-01"),
        ("rf 01", "RF-01"),
        ("RF-01 · whatever it was called", "RF-01"),
        ("RF-01 ·", "RF-01"),
        ("RF-1", "[choice-unknown]"),
        ("", "[choice-unknown]"),
    ],
)
def test_code(text: str, expected: str) -> None:
    assert result(lambda: coerce.choice(typed(text), field("fees", "fee_code"), LEXICON)) == expected


def test_code_with_the_label_of_another() -> None:
    f = field("fees", "fee_code")
    other = library.texts(STANDARD, "fr").choice(f.choice_set, "RF-02")
    assert result(lambda: coerce.choice(typed(layout.coded("RF-01", other)), f, LEXICON)) == "[choice-ambiguous]"


def test_unknown_is_no_answer() -> None:
    answer, worker = field("practices", "chain_mapped"), field("interviews", "paid_fee")
    assert coerce.choice(typed("unknown"), answer, LEXICON) == "unknown"
    assert coerce.choice(typed("declined"), worker, LEXICON) == "declined"
    assert coerce.choice(typed(True), answer, LEXICON) == "yes"
    for text in ("?", "n/a", "1", "0", "x", "none"):
        assert result(lambda text=text: coerce.choice(typed(text), answer, LEXICON)) == "[choice-unknown]"


@pytest.mark.parametrize(
    "text", ["OR-01; OR-05", "or-05,OR-01", "OR-01\nOR-05;", "OR-01؛ OR-05", "OR-01، OR-05", "or01/or05"]
)
def test_several(text: str) -> None:
    assert coerce.several(typed(text), field("orientation", "topics"), LEXICON) == {"OR-01", "OR-05"}


# -- countries ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MA", "MA"),
        ("ma", "MA"),
        ("MA · Morocco", "MA"),
        ("MA · Maroc", "MA"),
        ("Maroc", "MA"),
        ("المغرب", "MA"),
        ("Émirats arabes unis", "AE"),
        ("emirats arabes unis", "AE"),
        ("UAE", "AE"),
        ("الإمارات", "AE"),
        ("السعودية", "SA"),
        ("UK", "GB"),
        ("Qatar", "QA"),
        ("قطر", "QA"),
        ("MA · France", "[country-unknown]"),
        ("ZZ", "[country-unknown]"),
        ("EU", "[country-unknown]"),
        ("Atlantis", "[country-unknown]"),
        ("", "[country-unknown]"),
    ],
)
def test_country(text: str, expected: str) -> None:
    assert result(lambda: coerce.simple(typed(text), field("contracts", "destination"), LEXICON)) == expected


def test_every_country_by_name() -> None:
    for language in LANGUAGES:
        for code, name in labels.countries(language).items():
            assert LEXICON.country(name) == code
            assert LEXICON.country(layout.coded(code, name)) == code
            assert code in known_countries()
    assert {"MAD", "EUR", "AED"} <= known_currencies()


# -- texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("  Atelier \u00a0 de\nTanger ", "Atelier de Tanger"),
        ("e\u0301te\u0301", "été"),
        ("\u200fورشة\u200f", "ورشة"),
        ("=1+1", "=1+1"),
        ("\ufeff\u200b", None),
        (7, "7"),
        (date(2026, 3, 14), DAY),
    ],
)
def test_text(value: Value, expected: str | None) -> None:
    assert coerce.simple(typed(value), field("organisation", "address"), LEXICON) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.one_of(st.text(max_size=40), st.integers(), st.floats(), st.booleans()), st.sampled_from(list(FieldType)))
def test_anything_is_a_value_or_a_problem(value: Value, kind: FieldType) -> None:
    if kind in (FieldType.MONEY, FieldType.CHOICES):
        return
    f = next((f for f in STANDARD.questionnaire.fields() if f.type is kind), Field(id="x", section="fees", type=kind))
    found = result(lambda: coerce.simple(typed(value), f, LEXICON))
    assert not isinstance(found, float)
