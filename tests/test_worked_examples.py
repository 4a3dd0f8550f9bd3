"""The six worked examples of scoring.md, section 6, as cases of a standard of thirteen criteria."""

from __future__ import annotations

from typing import Any

import pytest

from recruitcheck.rules.score import History
from recruitcheck.rules.standard import Questionnaire, Standard
from tests.strategies import QUESTIONNAIRE, assessed, cards, criterion, section, standard

THIRTEEN = {
    "LEG1": ("conduct", 5, "critical"),
    "LEG2": ("conduct", 3, "major"),
    "FEE1": ("fees", 5, "critical"),
    "FEE2": ("fees", 2, "minor"),
    "FEE3": ("fees", 3, "major"),
    "CON1": ("contracts", 4, "major"),
    "CON2": ("contracts", 5, "critical"),
    "CON3": ("contracts", 3, "major"),
    "NDI1": ("equality", 3, "major"),
    "NDI2": ("equality", 4, "major"),
    "MOV1": ("freedom", 5, "critical"),
    "REM1": ("remedy", 3, "major"),
    "REM2": ("remedy", 2, "minor"),
}
ASKED = Questionnaire(
    (
        *[home for home in QUESTIONNAIRE.sections if home.id != "organisation"],
        section(
            "organisation",
            "kind choice:org_kind",
            "workers integer +",
            "has_chain yes_no",
            *[f"ok_{name} choice:answer" for name in THIRTEEN],
            *[f"seen_{name} yes_no" for name in THIRTEEN],
        ),
    )
)


def thirteen() -> Standard:
    parts = [
        criterion(
            name,
            ["every(fees, proof)" if name == "FEE1" else f'ok_{name} == "yes"'],
            principle=principle,
            weight=weight,
            severity=severity,
            evidence=f"seen_{name}",
            applies="has_chain" if name == "LEG2" else "",
            questionnaire=ASKED,
            parameters={},
        )
        for name, (principle, weight, severity) in THIRTEEN.items()
    ]
    return standard(*parts, questionnaire=ASKED)


TALKS = [{"worker": f"w{at}", "consent": "yes", "paid": "no"} for at in range(8)]


def example(
    changes: dict[str, str],
    *,
    seen: Any = THIRTEEN,
    kind: str = "site",
    fees: Any = None,
    history: History | None = None,
    chain: bool = True,
) -> dict[str, Any]:
    """The scorecard of one worked example: every answer is yes and every evidence seen, but for the changes."""
    data = {
        "organisation": {"kind": "agency", "workers": 10},
        "audit": {"audit_kind": kind, "selection": "inspector"},
        "sections": {"talks": {"state": "complete", "rows": TALKS}},
    }
    data["organisation"] |= {"has_chain": chain} | {f"ok_{name}": changes.get(name, "yes") for name in THIRTEEN}
    data["organisation"] |= {f"seen_{name}": name in seen for name in THIRTEEN}
    data["sections"]["fees"] = fees or {"state": "none", "rows": []}
    return cards(assessed(thirteen(), [data], history=[history]), [history])[0]


def figures(card: dict[str, Any], *names: str) -> list[int]:
    return [card["figures"][name] for name in names]


def limbs(card: dict[str, Any]) -> str:
    return "".join(card["limbs"][name] or "-" for name in ("score", "points", "core", "coverage", "assurance"))


PAID = {"state": "complete", "rows": [{"proof": False}]}


def test_example_1_a_self_assessment_is_declared_and_not_rated() -> None:
    """Everything claimed, evidence for three: earned 9, claimed 47, coverage 9 of 47."""
    card = example({}, seen=("LEG1", "FEE2", "REM2"), kind="self")
    assert figures(card, "applicable", "earned", "claimed", "known") == [47, 9, 47, 9]
    assert (card["outcome"], card["band"], card["at_best"], card["assurance"]) == ("self-declared", None, None, "A0")


def test_example_2_fees_found_end_in_d() -> None:
    """All PASS but FEE1: 42 of 47, 30 points, fees 5 of 10, core C."""
    card = example({}, fees=PAID)
    assert figures(card, "applicable", "earned", "known", "points") == [47, 42, 47, 30]
    assert [card["principles"]["fees"][name] for name in ("earned", "applicable")] == [5, 10]
    assert (limbs(card), card["outcome"], card["band"]) == ("ADCAA", "band", "D")


@pytest.mark.parametrize(
    ("changes", "expected", "letters_", "band"),
    [
        ({"CON3": "no", "NDI2": "unknown"}, [44, 37, 40, 8], "BBCBA", "C"),
        ({"CON3": "no"}, [44, 41, 44, 8], "ABAAA", "B"),
        ({"NDI2": "unknown"}, [44, 40, 40, 0], "AACBA", "C"),
    ],
)
def test_example_3_ordinary_weaknesses(changes: dict[str, str], expected: list[int], letters_: str, band: str) -> None:
    """LEG2 does not apply: band C; with evidence for NDI2 band B; fixing CON3 alone leaves C."""
    card = example(changes, chain=False)
    assert figures(card, "applicable", "earned", "known", "points") == expected
    assert (limbs(card), card["band"]) == (letters_, band)
    assert card["criteria"]["LEG2"]["proven"] == "not-applicable"


FOUR = dict.fromkeys(("LEG2", "FEE3", "CON3", "REM1"), "no")


def test_example_4_four_majors_end_in_d_and_a_repeated_one_adds_four_points() -> None:
    """35 of 47, 32 points, fees 7 of 10 and contracts 9 of 12; 36 with CON3 repeated."""
    card, repeated = example(FOUR), example(FOUR, history=History(previous_failed=("CON3", "NDI1")))
    assert figures(card, "earned", "points") == [35, 32]
    assert [card["principles"][p]["earned"] for p in ("fees", "contracts")] == [7, 9]
    assert (limbs(card), card["band"]) == ("BDAAA", "D")
    assert figures(repeated, "points") == [36]
    assert repeated["criteria"]["CON3"]["points"] == 12


def test_example_5_a_blank_fee_sheet_is_incomplete() -> None:
    """FEE1 is open: 42 of 47 earned and known, no points, at best A."""
    card = example({}, fees={"state": "open", "rows": []})
    assert figures(card, "earned", "known", "points") == [42, 42, 0]
    assert (card["outcome"], card["band"], card["at_best"]) == ("incomplete", None, "A")


def test_example_6_silence_hides_nothing() -> None:
    """Four majors and a blank fee sheet: at best D, so band D."""
    card = example(FOUR, fees={"state": "open", "rows": []})
    assert (card["outcome"], card["band"], card["at_best"]) == ("band", "D", "D")
