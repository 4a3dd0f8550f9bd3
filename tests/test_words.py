"""Small worlds in full: every word of the language over every combination of a few answers, against the oracle."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from recruitcheck.rules.evaluate import evaluate
from recruitcheck.rules.tables import from_records
from tests.oracle import Oracle
from tests.strategies import DAYS, PARAMETERS, criterion, standard

COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
OPEN_AND_CLOSED = ("open", "complete")


def outcomes(texts: list[str], records: list[Any], days: list[Any] | None = None) -> dict[str, list[int]]:
    """What each expression comes to for each submission, all at once."""
    rules = standard(*[criterion(f"e{at:04}", [text]) for at, text in enumerate(texts)])
    verdicts = evaluate(rules, from_records(rules, records, days or [DAYS[2]] * len(records)))
    return {text: verdicts.checks[at][0].tolist() for at, text in enumerate(texts)}


def agree(texts: list[str], records: list[Any], days: list[Any] | None = None) -> None:
    """Engine and oracle say the same of every expression and every submission."""
    rules, days = standard(), days or [DAYS[2]] * len(records)
    oracles = [Oracle(rules, data, day, PARAMETERS) for data, day in zip(records, days, strict=True)]
    for text, got in outcomes(texts, records, days).items():
        for data, found, oracle in zip(records, got, oracles, strict=True):
            assert found == oracle.truth(text), (text, data)


def sheets(rows: list[dict[str, Any]], most: int = 2) -> list[dict[str, Any]]:
    """Every sheet of up to that many of those rows, open and closed."""
    return [
        {"sections": {"fees": {"state": state, "rows": list(chosen)}}}
        for state in OPEN_AND_CLOSED
        for number in range(most + 1)
        for chosen in product(rows, repeat=number)
    ]


# the table of scoring.md, section 1, as it is written: rows are true (T), false (F) or unknown (U)
TABLE = [
    # (expression, rows, closed, open)
    ("any(fees, proof)", "", 0, 1),
    ("any(fees, proof)", "F", 0, 1),
    ("any(fees, proof)", "FU", 1, 1),
    ("any(fees, proof)", "FT", 2, 2),
    ("every(fees, proof)", "", 2, 1),
    ("every(fees, proof)", "T", 2, 1),
    ("every(fees, proof)", "TU", 1, 1),
    ("every(fees, proof)", "UF", 0, 0),
    ("count(fees) == 0", "", 2, 1),
    ("count(fees) == 0", "U", 0, 0),
    ("count(fees, proof) >= 1", "U", 1, 1),
    ("count(fees, proof) >= 1", "T", 2, 2),
    ("count(fees, proof) <= 1", "TF", 2, 1),
    ("count(fees, proof) <= 1", "TU", 1, 1),
    ("count(fees, proof) <= 1", "TT", 0, 0),
    ("share(fees, proof) >= 50", "", 1, 1),
    ("share(fees, proof) >= 50", "TF", 2, 1),
    ("share(fees, proof) >= 50", "TTU", 2, 1),
    ("share(fees, proof) >= 50", "TFU", 1, 1),
    ("share(fees, proof) >= 50", "FFU", 0, 1),
    ("share(fees, proof) * 3 == 100", "TFF", 2, 1),
    ("sum(fees, hours, proof) >= 2", "", 0, 1),
    ("sum(fees, hours, proof) >= 2", "TT", 2, 2),
    ("sum(fees, hours, proof) >= 2", "TU", 1, 1),
    ("sum(fees, hours, proof) <= 2", "TU", 2, 1),
    ("sum(fees, hours, proof) < 2", "TTU", 0, 0),
    ("sum(fees, delta, proof) >= 2", "TT", 2, 1),
    ("sum(fees, delta, proof) < 2", "TT", 0, 1),
]


@pytest.mark.parametrize(("text", "rows", "closed", "opened"), TABLE)
def test_the_words_over_rows_mean_what_the_table_says(text: str, rows: str, closed: int, opened: int) -> None:
    """A closed section decides, an open one only by what it already holds."""
    answers = {"T": True, "F": False, "U": None}
    filled = [{"proof": answers[row], "hours": "1", "delta": 1} for row in rows]
    records = [{"sections": {"fees": {"state": state, "rows": filled}}} for state in ("complete", "open")]
    assert outcomes([text], records)[text] == [closed, opened]


def test_words_over_rows_agree_with_the_oracle_in_every_small_sheet() -> None:
    """True, false and unknown rows; blank, positive and negative numbers; open and closed."""
    rows = [
        {"proof": proof, "delta": delta, "hours": hours}
        for proof, (delta, hours) in product((True, False, None), ((3, "0.5"), (-2, "2"), (None, None)))
    ]
    numbers = ["count(fees)", "count(fees, proof)", "share(fees, proof)", "sum(fees, hours)", "sum(fees, hours, proof)"]
    numbers += ["sum(fees, delta)", "sum(fees, delta, proof)", "sum(fees, delta, proof) * count(fees, proof)"]
    numbers += ["count(fees, proof) - count(fees, delta > 0)", "share(fees, proof) * sum(fees, delta)"]
    texts = [f"{number} {op} {edge}" for number in numbers for op in COMPARISONS for edge in (0, 1, 50)]
    texts += ["any(fees, proof)", "every(fees, proof)", "not any(fees, delta > 0 and proof)"]
    texts += ["every(fees, delta > 0 or proof)", "any(fees, not proof) or every(fees, hours < 2)"]
    twice = "sum(fees, delta, proof) * sum(fees, delta, proof)"  # from minus six to nine where the sign is open
    texts += [f"{twice} {op} {edge}" for op in COMPARISONS for edge in ("5", "(0 - 5)", "0")]
    texts += ["count(fees) * 0 == 0", "sum(fees, hours) * count(fees, delta > 99) == 0", "0 * sum(fees, delta) == 0"]
    agree(texts, sheets(rows))


def test_money_agrees_with_the_oracle_on_every_day_and_in_every_currency() -> None:
    """On, before and after the day of each rate; without rate, day or amount; against zero, a figure, another."""
    amounts = [None, *({"amount": text, "currency": code} for text in ("0", "10") for code in ("MAD", "EUR", "XAF"))]
    days = (None, "2024-12-31", "2025-01-01", "2026-02-28", "2026-03-01")
    facts = [{"fund": a, "debt": b, "founded": day} for a, b, day in product(amounts, amounts, days)]
    texts = [f"{left} {op} {right}" for left, right in MONEY for op in COMPARISONS]
    whole = [(on, fact) for fact in facts for on in (DAYS[1], DAYS[3], DAYS[4])]
    agree(texts, [{"organisation": fact} for _, fact in whole], [on for on, _ in whole])


MONEY = [
    ("fund", "0"),
    ("0", "fund - debt"),
    ("fund", "debt"),
    ("fund", "param.cap"),
    ("param.nil", "fund"),
    ("fund * 2", "debt + fund"),
    ("fund - param.cap", "debt"),
]


def test_sums_of_money_agree_with_the_oracle() -> None:
    """A line without a rate or a day can raise a sum that is never negative, and hides any other."""
    known = [("10", "MAD"), ("1", "EUR"), ("1", "XAF")]
    some = [None, *({"amount": amount, "currency": code} for amount, code in known)]
    rows = [{"amount": a, "change": a, "paid_on": day} for a, day in product(some, (None, "2026-03-01"))]
    texts = [
        f"sum(fees, {name}) {op} {right}"
        for name, op, right in product(
            ("amount", "change"), COMPARISONS, ("0", "param.cap", "sum(fees, amount, proof)")
        )
    ]
    agree(texts, sheets(rows))


def test_dates_parameters_and_choices_agree_with_the_oracle() -> None:
    """Every day on which a value starts or ends, blanks on either side, choices that are no answer."""
    facts = [
        {
            "organisation": {"founded": founded, "surplus": surplus, "kind": kind},
            "practices": {"told": told, "seen": seen},
        }
        for founded, surplus, (kind, told, seen) in product(
            (None, "2026-02-28", "2026-07-01"),
            (None, 0, 2, 30, 90),
            ((None, None, []), ("both", "unknown", ["none_seen"]), ("agency", "yes", ["CTR", "none_seen"])),
        )
    ]
    whole = [(day, fact) for fact in facts for day in DAYS]
    texts = [f"surplus {op} param.{name}" for op in COMPARISONS for name in ("many", "within")]
    texts += [f"founded {op} {other}" for op in COMPARISONS for other in ("as_of", '"2026-02-28"')]
    texts += [f"days_between(founded, as_of) {op} param.within" for op in COMPARISONS]
    texts += [
        'told == "yes"',
        'told != "yes"',
        'told in ("no",)',
        'not (told == "no")',
        '"CTR" in seen',
        '"PAY" in seen',
    ]
    texts += ['kind in ("agency", "both")', 'kind != "employer" and told == "yes" or "CTR" in seen']
    agree(texts, [fact for _, fact in whole], [day for day, _ in whole])
