"""The report: figures rounded once, reasons that name the question nobody asked, words in the reader's language."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from recruitcheck import library, scoring
from recruitcheck.report import Report, clause_text, percent
from recruitcheck.rules.resolve import resolve
from recruitcheck.rules.standard import Clause, Confidence
from recruitcheck.submission import from_json
from tests.test_cli import record


def report_of(changes: dict[str, Any] | None = None, language: str = "en", countries: tuple[str, ...] = ()) -> Report:
    standard = resolve(library.load(), countries)
    found = record(countries=list(countries), **(changes or {}))
    submission, problems = from_json(found, "audit.json", standard)
    assert problems == []
    return scoring.score(submission, standard, date(2026, 3, 4)).report(library.texts(standard, language))


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [(37, 44, "84.1"), (42, 47, "89.4"), (1, 3, "33.3"), (1, 2000, "0.1"), (1, 2001, "0.0"), (0, 5, "0.0"), (3, 0, "")],
)
def test_a_percentage_is_rounded_half_up_to_one_decimal(part: int, whole: int, shown: str) -> None:
    assert percent(part, whole) == shown


@pytest.mark.parametrize(
    ("confidence", "note"),
    [("V1", ""), ("V2", "to be confirmed"), ("G", "to be confirmed"), ("P", "project rule"), ("U", "unverified")],
)
def test_a_clause_says_how_sure_it_is(confidence: str, note: str) -> None:
    texts = library.texts(library.load(), "en")
    shown = clause_text(Clause("ilo-c181", "Art. 7(1)", Confidence(confidence)), library.sources(), texts)
    assert shown.startswith("ILO C181 Art. 7(1)")
    assert note in shown
    assert ("(" in shown.removeprefix("ILO C181 Art. 7(1)")) == bool(note)


def test_the_sample_sentence_gives_the_bound_and_not_only_the_count() -> None:
    found = record()
    for row in found["sections"]["interviews"]["rows"]:
        row["paid_fee"] = "no"
    shown = report_of({"sections": found["sections"]}).sample
    assert shown == "30 of 120 workers were interviewed, none reported a fee; up to 9 (7.5 %) could still have paid."


def test_a_finding_has_its_clause_its_count_and_its_cells() -> None:
    finding = next(item for item in report_of().findings if item.criterion == "fees-none-charged")
    assert "Workers who say they paid: 3 of 30." in finding.reasons
    assert "ILO C181 Art. 7(1)" in finding.clauses
    assert "sections.fees.rows[0].amount" in finding.cells
    assert finding.confidential


def test_what_is_not_known_names_the_question_that_nobody_answered() -> None:
    unknown = {item.criterion: " ".join(item.gaps) for item in report_of().unknown}
    texts = library.texts(library.load(), "en")
    assert texts.field("practices", "complaint_channel_open") in unknown["remedy-channel"]
    assert "GRV" in unknown["remedy-channel"]
    assert texts.section("contracts") in unknown["contracts-written"]
    assert texts.field("interviews", "threatened") in unknown["freedom-no-threats"]


def test_every_unknown_criterion_says_why() -> None:
    for language in ("en", "fr", "ar"):
        assert [
            item.criterion for item in report_of(language=language, countries=("MA",)).unknown if not item.gaps
        ] == []


def test_an_empty_submission_is_not_rated_and_every_gap_is_told() -> None:
    bare = report_of({"organisation": {}, "audit": {"audit_kind": "site"}, "practices": {}, "sections": {}})
    assert bare.band is None
    assert bare.findings == ()
    assert all(item.gaps for item in bare.unknown)


def test_the_binding_limb_is_named_in_a_sentence() -> None:
    shown = report_of()
    assert shown.band is not None
    assert shown.band in shown.binding
    assert any(limb.label in shown.binding for limb in shown.limbs)


def test_a_report_from_an_annex_says_that_it_is_confidential() -> None:
    assert report_of().has_annex
    assert not report_of({"sections": {}}).has_annex
