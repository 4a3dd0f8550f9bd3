"""The scoring model of scoring.md, sections 2 to 4: limbs, outcome, caps, gates, sample."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from itertools import product
from math import comb
from typing import Any

import numpy as np
import pytest

from recruitcheck.rules.outcome import ABSENT, Band, Verdict
from recruitcheck.rules.sample import counted, smallest_adequate, upper_bound
from recruitcheck.rules.score import OUTCOMES, Facts, History, Scores, score, twelve_months_after
from recruitcheck.rules.standard import Criterion, Standard
from tests.strategies import POLICY, assessed, cards, criterion, standard

F, U, P, N, X = Verdict.FAIL, Verdict.UNKNOWN, Verdict.PASS, Verdict.NOT_APPLICABLE, ABSENT


def facts(count: int, *, kind: str = "site", assurance: int = 3, capped: int = 0, repeat: Any = None) -> Facts:
    """What the score knows besides the verdicts, the same for every submission."""
    reach = {"self": 0, "desk": 1, "site": 3}[kind]
    numbers = [np.full(count, value) for value in (assurance, reach, 100, 30)]
    return Facts(count, np.full(count, kind), *numbers, np.ones(count, bool), repeat or {}, np.full(count, capped), {})


def scored(rules: Standard, columns: list[list[int]], **known: Any) -> Scores:
    """The scores of submissions given as columns of verdicts, one verdict a criterion."""
    proven = np.asarray(columns, np.uint8).T.reshape(len(rules.criteria), len(columns))
    return score(rules, proven, proven, facts(len(columns), **known))


def plain(
    name: str, weight: int = 1, severity: str = "minor", principle: str = "conduct", gate: str | None = None
) -> Criterion:
    return criterion(name, ["flag"], weight=weight, severity=severity, principle=principle, gate=gate)


def letters(codes: Any) -> str:
    return "".join(Band(int(code)).name if code else "-" for code in codes)


def letter(edges: dict[str, int], part: int, whole: int) -> str:
    """The first letter whose percentage is reached."""
    return next(name for name, edge in edges.items() if Fraction(part, whole) >= Fraction(edge, 100))


# -- limbs -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("whole", [1, 7, 20, 47, 100])
def test_the_score_limb_changes_exactly_at_its_percentages(whole: int) -> None:
    """At least 85, 70, 50, 30 percent, for every number of points earned."""
    rules = standard(*[plain(f"c{at:03}") for at in range(whole)])
    got = scored(rules, [[P] * earned + [U] * (whole - earned) for earned in range(whole + 1)]).limbs["score"]
    edges = {"A": 85, "B": 70, "C": 50, "D": 30, "E": 0}
    wanted = [
        next(x for x, edge in edges.items() if Fraction(e, whole) >= Fraction(edge, 100)) for e in range(whole + 1)
    ]
    assert letters(got) == "".join(wanted)


@pytest.mark.parametrize("whole", [1, 20, 47, 100])
def test_the_coverage_limb_reaches_no_letter_below_85_percent(whole: int) -> None:
    """At least 95, 90, 85 percent known; less is null."""
    rules = standard(*[plain(f"c{at:03}") for at in range(whole)])
    got = scored(rules, [[F] * known + [U] * (whole - known) for known in range(whole + 1)]).limbs["coverage"]
    edges = {"A": 95, "B": 90, "C": 85, "-": 0}
    wanted = [
        next(x for x, edge in edges.items() if Fraction(k, whole) >= Fraction(edge, 100)) for k in range(whole + 1)
    ]
    assert letters(got) == "".join(wanted)


def test_the_points_limb_changes_exactly_below_its_points() -> None:
    """Below 8, 16, 30, 60 points; each even number from 0 to 64 by minors of 2."""
    rules = standard(*[plain(f"c{at:02}") for at in range(32)])
    got = scored(rules, [[F] * fails + [P] * (32 - fails) for fails in range(33)])
    assert got.figures["points"].tolist() == list(range(0, 66, 2))
    assert letters(got.limbs["points"]) == "A" * 4 + "B" * 4 + "C" * 7 + "D" * 15 + "E" * 3


@pytest.mark.parametrize(
    ("fails", "points", "band"),
    [
        ("", 0, "A"),
        ("nnn", 6, "A"),
        ("j", 8, "B"),
        ("jnnn", 14, "B"),
        ("jj", 16, "C"),
        ("jjjnn", 28, "C"),
        ("c", 30, "D"),
        ("cjjjnn", 58, "D"),
        ("cc", 60, "E"),
    ],
)
def test_failure_points_are_30_8_and_2(fails: str, points: int, band: str) -> None:
    """Critical, major and minor failures add up."""
    pool = [plain(f"c{at}", 5, "critical") for at in range(2)] + [plain(f"j{at}", 3, "major") for at in range(3)]
    rules = standard(*pool, *[plain(f"n{at}") for at in range(3)])
    verdicts = [F if int(c.id[1]) < fails.count(c.id[0]) else P for c in rules.criteria]
    got = scored(rules, [verdicts])
    assert (got.figures["points"][0], letters(got.limbs["points"])) == (points, band)


def test_a_repeated_finding_counts_half_as_much_again() -> None:
    """45, 12 and 3, and only where the criterion fails again."""
    rules = standard(plain("c", 5, "critical"), plain("j", 3, "major"), plain("n"))
    repeat = {name: np.ones(3, bool) for name in ("c", "j", "n", "long-gone")}
    got = scored(rules, [[F, F, F], [F, P, U], [P, N, X]], repeat=repeat)
    assert got.figures["points"].tolist() == [60, 45, 0]


def test_the_sums_of_a_big_standard_are_exact() -> None:
    """Three hundred criteria of weight ten, all failed again, all passed, all open."""
    rules = standard(*[plain(f"c{at:03}", 10, "critical") for at in range(300)])
    repeat = {c.id: np.asarray([True, True, True]) for c in rules.criteria}
    got = scored(rules, [[F] * 300, [P] * 300, [U] * 300], repeat=repeat)
    assert {name: got.figures[name].tolist() for name in ("applicable", "earned", "known", "points")} == {
        "applicable": [3000, 3000, 3000],
        "earned": [0, 3000, 0],
        "known": [3000, 3000, 0],
        "points": [13500, 0, 0],
    }


@pytest.mark.parametrize("whole", [1, 10, 20])
def test_the_core_limb_is_that_of_the_weakest_core_principle(whole: int) -> None:
    """At least 70, 55, 35 percent in each of fees, contracts and equality; D below; never E."""
    rules = standard(*[plain(f"{p}{at}", principle=p) for p in POLICY.core_principles for at in range(whole)])
    edges = {"A": 70, "B": 55, "C": 35, "D": 0}
    for weak, strong in product(range(whole + 1), (whole, whole // 2)):
        column = [P if int(c.id.removeprefix(c.principle)) < (weak if c.principle == "contracts" else strong) else U
                  for c in rules.criteria]  # fmt: skip
        assert letters(scored(rules, [column]).limbs["core"]) == letter(edges, min(weak, strong), whole)


def test_a_core_principle_with_nothing_applicable_is_left_out() -> None:
    """With none applicable the limb is null and does not bind."""
    rules = standard(plain("a"), plain("f", principle="fees"), plain("g", principle="contracts"))
    got = scored(rules, [[P, F, P], [P, N, P], [P, N, N]])
    assert letters(got.limbs["core"]) == "DA-"
    assert letters(got.band) == "DAA"


@pytest.mark.parametrize(
    ("kind", "assurance", "band"),
    [("desk", 1, "C"), ("site", 2, "B"), ("site", 3, "A"), ("site", 4, "A"), ("self", 0, "-")],
)
def test_the_assurance_limb_follows_the_kind_of_audit(kind: str, assurance: int, band: str) -> None:
    """A1 gives C, A2 gives B, A3 and A4 give A, A0 nothing."""
    got = scored(standard(plain("a")), [[P]], kind=kind, assurance=assurance)
    assert letters(got.limbs["assurance"]) == band


# -- outcome -----------------------------------------------------------------------------------------------------

#: weight 86 of 100 is background, so that one open criterion may or may not make the coverage thin
GATED = standard(
    plain("gate", 1, "minor", gate="eligibility"),
    plain("zero", 5, "critical", gate="zero-tolerance"),
    plain("grave", 5, "critical"),
    *[plain(f"back{at}", 10) for at in range(8)],
    plain("small", 9),
)
GOOD = dict.fromkeys([c.id for c in GATED.criteria], P)
ALL_NOT = dict.fromkeys(GOOD, N)
BAD = {"back0": F, "back1": F, "back2": F, "back3": F, "back4": F, "back5": F, "back6": F, "back7": F}


def outcome(changes: dict[str, int], **known: Any) -> tuple[str, str | None, str | None]:
    """(outcome, band, at_best) of one column of verdicts."""
    verdicts = {**GOOD, **changes}
    got = scored(GATED, [[verdicts[c.id] for c in GATED.criteria]], **known)
    return OUTCOMES[got.outcome[0]], letters(got.band), letters(got.at_best)


ROWS = [
    # (what, expected outcome, band, at_best), in the order of scoring.md: each wins over all later ones
    ("self", {"kind": "self", "assurance": 0}, {}, ("self-declared", "-", "-")),
    ("nothing applies", {}, ALL_NOT, ("not-rated", "-", "-")),
    ("not eligible", {}, {"gate": F}, ("not-eligible", "-", "A")),
    ("zero tolerance", {}, {"zero": F}, ("band", "E", "D")),
    ("decisive, at best D", {}, {"grave": U, **BAD}, ("band", "E", "E")),
    ("eligibility open", {}, {"gate": U}, ("not-rated", "-", "A")),
    ("critical open", {}, {"grave": U}, ("incomplete", "-", "A")),
    ("thin", {}, {"back0": U, "small": U}, ("incomplete", "-", "A")),
    ("otherwise", {}, {}, ("band", "A", "A")),
]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_each_row_of_the_outcome_table_gives_its_outcome(row: Any) -> None:
    """One cause alone."""
    _, known, changes, expected = row
    assert outcome(changes, **known) == expected


#: nothing applies: then nothing fails or is open either, so that only a self-assessment can meet this row
PAIRS = [(a, b) for a in range(len(ROWS)) for b in range(a + 1, len(ROWS)) if ROWS[a][2] is not ALL_NOT]


@pytest.mark.parametrize(("first", "later"), PAIRS)
def test_each_row_of_the_outcome_table_wins_over_the_later_ones(first: int, later: int) -> None:
    """Two causes at once: the earlier row decides."""
    (_, known, changes, expected), (_, _, more, _) = ROWS[first], ROWS[later]
    assert outcome({**more, **changes}, **known)[:2] == expected[:2]


@pytest.mark.parametrize(
    ("fails", "best", "expected"), [(["back0", "back1", "back2"], "B", "incomplete"), (["grave"], "D", "band")]
)
def test_silence_hides_nothing_where_at_best_is_d_already(fails: list[str], best: str, expected: str) -> None:
    """An open critical criterion does not hold back a band that no answer could lift above D."""
    got = outcome({"zero": U, **dict.fromkeys(fails, F)})
    assert (got[0], got[2]) == (expected, best)


@pytest.mark.parametrize(
    ("passed", "failed", "expected"),
    [
        (85, 0, ("band", "C", "A")),
        (84, 0, ("incomplete", "-", "A")),
        (69, 14, ("incomplete", "-", "C")),
        (69, 15, ("band", "D", "D")),
        (54, 30, ("band", "E", "E")),
    ],
)
def test_a_thin_file_is_incomplete_unless_it_is_bad_already(passed: int, failed: int, expected: Any) -> None:
    """Coverage of exactly 85 percent is enough; below it, what is known may still be enough for D or E."""
    rules = standard(*[plain(f"c{at:03}") for at in range(100)])
    got = scored(rules, [[P] * passed + [F] * failed + [U] * (100 - passed - failed)])
    assert (OUTCOMES[got.outcome[0]], letters(got.band), letters(got.at_best)) == expected


def test_at_best_is_what_the_open_answers_could_reach_for_this_kind_of_audit() -> None:
    """Every UNKNOWN counts as PASS, a desk review reaches A1 and so C, caps bind, gates do not."""
    assert outcome({"back0": U}, kind="desk", assurance=1)[2] == "C"
    assert outcome({"back0": U}, assurance=2)[2] == "A"
    assert outcome({"back0": U}, capped=Band.B)[2] == "B"
    assert outcome({"gate": F})[2] == "A"


# -- caps and history --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closed", "ended", "capped"),
    [
        ("2025-03-04", "2026-03-03", True),
        ("2025-03-04", "2026-03-04", False),
        ("2025-03-04", "2026-03-05", False),
        ("2024-02-29", "2025-02-27", True),
        ("2024-02-29", "2025-02-28", False),
        ("2023-02-28", "2024-02-27", True),
        ("2023-02-28", "2024-02-28", False),
        ("2023-02-28", "2024-02-29", False),
        ("2023-03-01", "2024-02-29", True),
        ("2025-12-31", "2026-12-30", True),
        ("2025-12-31", "2026-12-31", False),
    ],
)
def test_a_recent_critical_finding_caps_for_less_than_twelve_months(closed: str, ended: str, capped: bool) -> None:
    """The exact day no longer caps, and 29 February counts as the 28th."""
    rules = standard(plain("a", 5, "critical"))
    data = {"organisation": {"kind": "agency", "flag": True}, "audit": {"audit_kind": "site", "ended_on": ended}}
    past = [History(closed_critical_on=(date.fromisoformat(closed),))]
    (card,) = cards(assessed(rules, [data], [date(2026, 6, 30)], past), past)
    assert card["caps"] == ([{"reason": "recent-critical", "at_most": "B"}] if capped else [])
    assert twelve_months_after(date(2024, 2, 29), 48) == date(2028, 2, 28)


def test_caps_are_printed_also_where_they_do_not_bind_and_count_from_as_of_without_an_end() -> None:
    """Both caps stand with their reasons; the worse one binds; no end day: `as_of` stands in."""
    rules = standard(plain("a"))
    past = [History(closed_critical_on=(date(2026, 1, 1),), overdue_critical=1)]
    site = {"organisation": {"kind": "agency", "flag": False}, "audit": {"audit_kind": "site"}}
    (card,) = cards(assessed(rules, [site], [date(2026, 6, 30)], past), past)
    assert [cap["reason"] for cap in card["caps"]] == ["recent-critical", "overdue-critical"]
    assert [cap["at_most"] for cap in card["caps"]] == ["B", "E"]
    assert (card["outcome"], card["band"], card["at_best"]) == ("band", "E", "E")
    assert "history" not in card
    assert cards(assessed(rules, [site], [date(2027, 1, 1)], past), past)[0]["caps"][0]["reason"] == "overdue-critical"
    assert cards(assessed(rules, [site], [date(2026, 6, 30)]))[0]["history"] == "not given"


def test_gates_list_every_failed_gate_and_every_open_eligibility_gate_whatever_the_outcome() -> None:
    """A self-assessment lists them too; an open zero-tolerance gate is no finding."""
    zero = criterion("z", ["calm"], severity="critical", weight=5, gate="zero-tolerance")
    rules = standard(plain("e", gate="eligibility"), zero, plain("n"))
    answers = [({}, {}), ({"flag": False}, {"calm": False}), ({"flag": True}, {"calm": True})]
    data = [{"organisation": {"kind": "agency", **one}, "audit": {"audit_kind": "self", **two}} for one, two in answers]
    got = cards(assessed(rules, data))
    assert [card["gates"] for card in got] == [["e"], ["e", "z"], []]
    assert {card["outcome"] for card in got} == {"self-declared"}


# -- the sample --------------------------------------------------------------------------------------------------

TABLE = {5: 4, 10: 8, 20: 12, 30: 15, 50: 19, 80: 22, 120: 24, 180: 25, 250: 26, 500: 28, 1000: 28}


@pytest.mark.parametrize(("population", "number"), TABLE.items())
def test_the_smallest_adequate_sample_is_that_of_the_table(population: int, number: int) -> None:
    """Section 4, every column; one interview fewer does not suffice."""
    assert smallest_adequate(population) == number
    tolerated = max(population // 10, 1)
    assert upper_bound(population, number, 0) <= tolerated < upper_bound(population, number - 1, 0)


def test_the_smallest_adequate_sample_is_the_smallest_whose_bound_is_tolerated() -> None:
    """For every population up to 120, and under other policies: straight from the definition."""
    for population in range(1, 121):
        for confidence, percent, workers in ((95, 10, 1), (90, 10, 1), (95, 20, 2), (80, 0, 0), (95, 10, 500)):
            tolerated = max(population * percent // 100, workers)
            bounds = (upper_bound(population, n, 0, confidence) for n in range(1, population + 1))
            wanted = next(n for n, bound in enumerate(bounds, start=1) if bound <= tolerated)
            assert smallest_adequate(population, confidence, percent, workers) == wanted


def test_the_sentence_of_the_page_is_right() -> None:
    """30 of 120 workers were interviewed, none reported a fee; up to 9 (7.5 %) could still have paid."""
    assert upper_bound(120, 30, 0) == 9


def test_the_upper_bound_is_exact() -> None:
    """Against every M and every drawing, in fractions, for up to 14 workers."""
    for population in range(1, 15):
        for n in range(population + 1):
            for k in range(n + 1):
                possible = []
                for harmed in range(population + 1):
                    ways = [comb(harmed, x) * comb(population - harmed, n - x) for x in range(k + 1)]
                    if Fraction(sum(ways), comb(population, n)) >= Fraction(5, 100):
                        possible.append(harmed)
                assert upper_bound(population, n, k) == max(possible), (population, n, k)


@pytest.mark.parametrize("impossible", [(5, 6, 0), (5, 3, 4), (5, 3, -1), (-1, 0, 0)])
def test_an_impossible_sample_is_refused(impossible: tuple[int, int, int]) -> None:
    """k of n of N must be in order."""
    with pytest.raises(ValueError):
        upper_bound(*impossible)


def talks(count: int, **changes: Any) -> list[dict[str, Any]]:
    return [{"worker": f"w{at}", "consent": "yes", "paid": "no", **changes} for at in range(count)]


def case(
    rows: list[dict[str, Any]], kind: str | None = "site", workers: int | None = 10, **audit: Any
) -> dict[str, Any]:
    known = {"audit_kind": kind, "selection": "inspector", **audit}
    return {
        "organisation": {"kind": "agency", "workers": workers},
        "audit": known,
        "practices": {"seen": []},
        "sections": {"talks": {"state": "complete", "rows": rows}},
    }


@pytest.mark.parametrize(
    ("data", "assurance", "interviewed"),
    [
        (case(talks(8)), "A3", 8),
        (case(talks(8)) | {"practices": {"seen": ["CTR"]}}, "A4", 8),
        (case(talks(7)), "A2", 7),
        (case(talks(7)) | {"practices": {"seen": ["CTR"]}}, "A2", 7),
        (case(talks(8), "desk"), "A1", 8),
        (case(talks(8), "desk") | {"practices": {"seen": ["CTR"]}}, "A1", 8),
        (case(talks(8), "self"), "A0", 8),
        (case(talks(8), None), "A0", 8),
        (case(talks(8), selection="management"), "A2", 8),
        (case(talks(10), selection="management"), "A2", 10),
        (case(talks(18), workers=20, selection="management"), "A3", 18),
        (case(talks(17), workers=20, selection="management"), "A2", 17),
        (case(talks(18), workers=20, selection=None), "A3", 18),
        (case(talks(8), workers=None), "A2", 8),
        (case(talks(8), workers=0), "A2", 8),
        (case(talks(8) + talks(8)), "A3", 8),
        (case(talks(8, consent="no")), "A2", 0),
        (case(talks(8, paid="mute")), "A2", 0),
        (case(talks(8, paid="not_asked")), "A2", 0),
        (case(talks(8, paid="mute", mark=0)), "A3", 8),
        (case(talks(8, worker=None)), "A2", 0),
        (case(talks(8, paid=None, papers=["mute"])), "A2", 0),
        (case(talks(8, paid=None, papers=["PAY"])), "A3", 8),
    ],
)
def test_assurance_follows_the_audit_and_the_sample(data: Any, assurance: str, interviewed: int) -> None:
    """A0 to A4; distinct codes with consent and one answered question; others choosing costs a third."""
    (card,) = cards(assessed(standard(plain("a")), [data]))
    assert (card["assurance"], card["sample"]["interviewed"]) == (assurance, interviewed)
    assert card["sample"]["workers"] == data["organisation"]["workers"]
    assert card["sample"]["adequate"] is (assurance in ("A3", "A4") or (assurance in ("A0", "A1") and interviewed >= 8))


def test_the_discount_is_n_over_one_and_a_half_rounded_down() -> None:
    """Unless the inspector or chance chose."""
    assert [counted(n, False, (3, 2)) for n in (0, 1, 2, 3, 17, 18)] == [0, 0, 1, 2, 11, 12]
    assert counted(17, True, (3, 2)) == 17


def test_points_beyond_a_byte_are_added_exactly() -> None:
    """Figures of a policy may be as large as its authors like."""
    from recruitcheck.rules.score import _Sum

    total = _Sum(2)
    for points in (300, 7, 700):
        total.add(np.asarray([True, False]), points)
    assert total.total().tolist() == [1007, 0]
