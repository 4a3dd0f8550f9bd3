"""The doors into the columns: what they refuse, and the corners where exact numbers used to break."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from recruitcheck.rules.evaluate import evaluate
from recruitcheck.rules.standard import Parameter
from recruitcheck.rules.tables import from_frames, from_records, scaled
from tests.strategies import criterion, dated, standard

EVERYTHING = standard(
    criterion("one", ['flag and kind == "agency" and home == "MA" and coin == "EUR" and founded == as_of']),
    criterion("two", ['surplus == 1 and ratio == 1 and fund == debt and "PAY" in seen']),
)


@pytest.mark.parametrize(
    ("section", "name", "value"),
    [
        ("organisation", "flag", "oui"),
        ("organisation", "flag", "true"),
        ("organisation", "kind", "Agency"),
        ("organisation", "home", "ma"),
        ("organisation", "coin", "Dh"),
        ("organisation", "founded", "31/01/2026"),
        ("organisation", "founded", "2026-02-30"),
        ("organisation", "surplus", 3.7),
        ("organisation", "surplus", "3,5"),
        ("organisation", "surplus", "many"),
        ("organisation", "surplus", float("nan")),
        ("organisation", "ratio", "1.00005"),
        ("organisation", "ratio", "1e9999"),
        ("organisation", "ratio", "Infinity"),
        ("organisation", "fund", {"amount": "1,5", "currency": "MAD"}),
        ("organisation", "fund", {"amount": "1.0005", "currency": "MAD"}),
        ("organisation", "fund", {"amount": "1", "currency": "mad"}),
        ("organisation", "fund", {"amount": "1", "currency": "€"}),
        ("practices", "seen", ["PAYY"]),
    ],
)
def test_a_value_that_the_reader_should_have_refused_is_refused(section: str, name: str, value: Any) -> None:
    """KeyError or ValueError, never a number that stands for something else."""
    with pytest.raises((KeyError, ValueError)):
        from_records(EVERYTHING, [{section: {name: value}}], [None])


@pytest.mark.parametrize(
    ("value", "scale", "whole"),
    [("1234.50", 2, 123450), ("-0.001", 3, -1), (12, 3, 12000), ("1e2", 0, 100), ("9" * 60, 4, int("9" * 60 + "0000"))],
)
def test_a_decimal_becomes_a_whole_number_exactly(value: Any, scale: int, whole: int) -> None:
    """Every digit stays, beyond the 28 of the usual context too."""
    assert scaled(value, scale) == whole


CORNERS = [
    # (expression, first submission's organisation, its day, truth): what once went wrong
    ("param.nil == fund", {"fund": {"amount": "0", "currency": "EUR"}}, "2025-06-30", 2),
    ("param.cap == fund", {"fund": {"amount": "0", "currency": "XAF"}}, "2026-07-01", 2),
    ("param.cap == fund", {"fund": {"amount": "0", "currency": "XAF"}}, "2026-05-01", 1),
    ("surplus * 3000000000 == surplus", {"surplus": 0}, "2026-05-01", 2),
    ("fund * 3000000000 == fund", {"fund": {"amount": "0", "currency": "MAD"}}, "2026-05-01", 2),
    ("ratio * ratio * ratio == surplus", {"surplus": 0, "ratio": "0"}, "2026-05-01", 2),
    ("surplus < 99999999999999999999999", {"surplus": 5}, "2026-05-01", 2),
    ("surplus < param.huge", {"surplus": 2**80}, "2026-05-01", 2),
    ("surplus < param.huge", {"surplus": 2**80}, "2025-05-01", 0),
]


@pytest.mark.parametrize(("text", "facts", "day", "truth"), CORNERS)
def test_corners_come_out_alone_as_among_others(text: str, facts: dict[str, Any], day: str, truth: int) -> None:
    """Zeros, blanks, numbers beyond 64 bits, and neighbours whose day has another value in force."""
    huge = Parameter("huge", "", "lower", dated(("2025-01-01", 3), ("2026-01-01", 2**90)))
    parameters = {**criterion("x", ["flag"]).parameters, "huge": huge}
    rules = standard(criterion("one", [text], parameters=parameters))
    days = [date.fromisoformat(at) for at in (day, "2024-01-01", "2025-06-30", "2026-05-01", "2027-01-01")]
    data = [{"organisation": facts}, {}, {"organisation": {"surplus": 1}}, {}, {}]
    together = evaluate(rules, from_records(rules, data, [*days[:-1], None])).checks[0][0]
    alone = evaluate(rules, from_records(rules, data[:1], days[:1])).checks[0][0]
    assert (together[0], alone[0]) == (truth, truth)


def test_two_criteria_may_say_the_same_with_figures_of_their_own() -> None:
    """What is worked out once for both is only what no parameter is in."""
    texts = ["surplus > param.many", "any(fees, delta > param.many and proof)", "count(fees, delta > param.many) == 1"]
    some = criterion("x", ["flag"]).parameters
    few, lots = ({**some, "many": Parameter("many", "", "lower", dated(("2025-01-01", n)))} for n in (1, 9))
    rules = standard(criterion("few", texts, parameters=few), criterion("lots", texts, parameters=lots))
    rows = {"state": "complete", "rows": [{"delta": 5, "proof": True}]}
    data = {"organisation": {"surplus": 5}, "sections": {"fees": rows}}
    verdicts = evaluate(rules, from_records(rules, [data, {}], [date(2026, 1, 1)] * 2))
    assert [[int(truth[0]) for truth in checks] for checks in verdicts.checks] == [[2, 2, 2], [0, 0, 0]]


def test_no_submission_at_all_is_a_batch_too() -> None:
    """An empty partition comes out empty, through either door."""
    rules = standard(criterion("one", ["every(fees, proof) and sum(fees, delta) * count(talks) >= share(fees, proof)"]))
    none = pd.DataFrame({"submission": []})
    for tables in (from_records(rules, [], []), from_frames(rules, none, {}, date(2026, 1, 1))):
        assert evaluate(rules, tables).proven.shape == (1, 0)


def test_a_section_without_a_file_is_a_section_without_rows() -> None:
    """In a batch a section that nobody filled in has no Parquet file."""
    rules = standard(criterion("one", ["count(fees) == 0 and sum(fees, hours) == 0"]))
    heads = pd.DataFrame({"submission": ["a", "b"], "kind": ["agency", "both"], "fees__state": ["none", None]})
    tables = from_frames(rules, heads, {}, date(2026, 1, 1))
    assert evaluate(rules, tables).proven.tolist() == [[2, 1]]


def test_frames_that_do_not_fit_together_are_refused() -> None:
    """Two submissions of one name, or rows of nobody: no guessing whose they are."""
    rules = standard(criterion("one", ["count(fees) > 0"]))
    twice = pd.DataFrame({"submission": ["a", "a"]})
    with pytest.raises(ValueError, match="two submissions of one name"):
        from_frames(rules, twice, {}, date(2026, 1, 1))
    one, rows = pd.DataFrame({"submission": ["a"]}), pd.DataFrame({"submission": ["b"], "proof": [True]})
    with pytest.raises(ValueError, match="rows of a submission that is not there"):
        from_frames(rules, one, {"fees": rows}, date(2026, 1, 1))
