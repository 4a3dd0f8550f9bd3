"""Verdict bytes -> the scorecard's integers, limbs, caps and band (scoring.md, sections 2 and 3).

Everything is integer arithmetic over columns; a ratio is compared by cross-multiplication, a percentage is
only ever made where it is printed. One submission is a column of one.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any, Final

import numpy as np

from recruitcheck.rules.evaluate import Verdicts, evaluate, expression_truth, interviewed
from recruitcheck.rules.interval import TRUE, choose
from recruitcheck.rules.outcome import ABSENT, Band, Verdict
from recruitcheck.rules.standard import Criterion, Gate, Severity, Standard
from recruitcheck.rules.tables import Array, Tables

FIGURES: Final = ("applicable", "earned", "claimed", "known", "points")
LIMBS: Final = ("score", "points", "core", "coverage", "assurance")
OUTCOMES: Final = ("band", "self-declared", "not-rated", "not-eligible", "incomplete")
_BAND, _SELF, _NOT_RATED, _NOT_ELIGIBLE, _INCOMPLETE = range(5)


@dataclass(frozen=True, slots=True)
class History:
    """What the organisation's previous rated audit left behind; written by the store, never by an upload."""

    previous_failed: tuple[str, ...] = ()
    closed_critical_on: tuple[date, ...] = ()
    overdue_critical: int = 0


@dataclass(slots=True)
class Scores:
    """Integers of every submission: ``figures`` and ``principles`` by name, ``limbs`` and ``band`` as Band codes.

    ``outcome`` indexes OUTCOMES; ``at_best`` and limbs are 0 where there is no letter.
    """

    figures: dict[str, Array]
    principles: dict[str, dict[str, Array]]
    limbs: dict[str, Array]
    outcome: Array
    band: Array
    at_best: Array


@dataclass(frozen=True, slots=True)
class Facts:
    """What the score needs to know besides the verdicts, one item a submission.

    ``kind`` is the kind of audit as a word (a blank one is a self-assessment), ``assurance`` and ``reach`` are
    A0..A4 as numbers: got, and best for this kind of audit. ``repeat`` marks the submissions whose previous
    rated audit failed a criterion; ``capped`` is the best band that history allows, or 0, and ``caps`` says why.
    """

    count: int
    kind: Array
    assurance: Array
    reach: Array
    workers: Array
    interviewed: Array
    adequate: Array
    repeat: Mapping[str, Array]
    capped: Array
    caps: Mapping[int, list[tuple[str, str]]]

    def repeated(self, count: int) -> Facts:
        """The facts of the first submission, that many times: one case under many verdicts."""

        def many(array: Array) -> Array:
            return np.repeat(array[:1], count)

        return Facts(
            count,
            many(self.kind),
            many(self.assurance),
            many(self.reach),
            many(self.workers),
            many(self.interviewed),
            many(self.adequate),
            {name: many(rows) for name, rows in self.repeat.items()},
            many(self.capped),
            {},
        )


def facts(standard: Standard, tables: Tables, history: Sequence[History | None] | None = None) -> Facts:
    """The facts of every submission; ``history`` is one item a submission, or None."""
    past = {place: item for place, item in enumerate(history or ()) if item is not None}
    kind = _audit_kind(standard, tables)
    workers, number, adequate = interviewed(standard, tables)
    corroborated = expression_truth(standard, tables, standard.policy.corroborated) == TRUE
    assurance = np.where(kind == "desk", 1, np.where(kind == "site", np.where(adequate, 3, 2), 0))
    assurance = np.where((assurance == 3) & corroborated, 4, assurance)
    reach = np.where(kind == "desk", 1, np.where(kind == "site", 3, 0))
    repeat: dict[str, Array] = {}
    for place, item in past.items():
        for name in item.previous_failed:
            repeat.setdefault(name, np.zeros(tables.count, bool))[place] = True
    capped, caps = _caps(standard, tables, past)
    return Facts(tables.count, kind, assurance, reach, workers, number, adequate, repeat, capped, caps)


def score(standard: Standard, proven: Array, claimed: Array, known: Facts) -> Scores:
    """The scores of every submission from its verdict bytes (one row a criterion, one column a submission)."""
    count, policy = known.count, standard.policy
    critical_open, eligible_fail = np.zeros(count, bool), np.zeros(count, bool)
    eligible_open, zero_tolerance = np.zeros(count, bool), np.zeros(count, bool)
    principles: dict[str, dict[str, Array]] = {}
    for principle in standard.principles:
        part = {name: _Sum(count) for name in FIGURES}
        for place, criterion in enumerate(standard.criteria):
            if criterion.principle != principle:
                continue
            failed, unknown = proven[place] == Verdict.FAIL, proven[place] == Verdict.UNKNOWN
            passed = proven[place] == Verdict.PASS
            part["applicable"].add(failed | unknown | passed, criterion.weight)
            part["earned"].add(passed, criterion.weight)
            part["claimed"].add(claimed[place] == Verdict.PASS, criterion.weight)
            part["known"].add(failed | passed, criterion.weight)
            points, more = _points(standard, criterion)
            part["points"].add(failed, points)
            if criterion.id in known.repeat:
                part["points"].add(failed & known.repeat[criterion.id], more)
            if criterion.severity is Severity.CRITICAL:
                critical_open |= unknown
            if criterion.gate is Gate.ELIGIBILITY:
                eligible_fail |= failed
                eligible_open |= unknown
            elif criterion.gate is Gate.ZERO_TOLERANCE:
                zero_tolerance |= failed
        principles[principle] = {name: part[name].total() for name in FIGURES}
    totals = {name: np.zeros(count, np.int32) for name in FIGURES}
    for figures in principles.values():
        for name in FIGURES:
            totals[name] += figures[name]

    limbs = {
        "score": _share_limb(policy.bands["score"], totals["earned"], totals["applicable"]),
        "points": _points_limb(policy.bands["points"], totals["points"]),
        "core": _core_limb(standard, principles, {p: part["earned"] for p, part in principles.items()}),
        "coverage": _letter_or_none(policy.bands["coverage"], totals["known"], totals["applicable"]),
        "assurance": _assurance_limb(policy.bands["assurance"], known.assurance),
    }
    weakest = np.maximum(np.maximum.reduce(list(limbs.values())), known.capped)
    at_best = np.maximum.reduce(
        [
            _share_limb(policy.bands["score"], _hopeful(totals), totals["applicable"]),
            limbs["points"],
            _core_limb(standard, principles, {p: _hopeful(part) for p, part in principles.items()}),
            _assurance_limb(policy.bands["assurance"], known.reach),
            known.capped,
        ]
    )
    rated = totals["applicable"] > 0
    judged = known.kind != "self"
    at_best = choose(rated & judged, at_best, np.uint8(Band.NONE))
    thin = totals["known"] * 100 < policy.incomplete_below * totals["applicable"]
    decisive_open = eligible_open | critical_open | thin
    outcome = np.full(count, _BAND, np.uint8)
    for where, what in (  # the first match wins, so it is written last
        (critical_open | thin, _INCOMPLETE),
        (eligible_open, _NOT_RATED),
        (decisive_open & (at_best >= Band.D), _BAND),
        (zero_tolerance, _BAND),
        (eligible_fail, _NOT_ELIGIBLE),
        (~rated, _NOT_RATED),
        (~judged, _SELF),
    ):
        outcome = choose(where, np.uint8(what), outcome)
    weakest = choose(zero_tolerance, np.uint8(Band.E), weakest)
    band = choose(outcome == _BAND, weakest, np.uint8(Band.NONE))
    return Scores(totals, principles, limbs, outcome, band, at_best)


class _Sum:
    """Weights added up by submission: in bytes as long as they fit, which takes an eighth of the time."""

    def __init__(self, count: int) -> None:
        self._bytes = [np.zeros(count, np.uint8)]
        self._room = 255

    def add(self, rows: Array, weight: int) -> None:
        while weight > 0:
            if not self._room:
                self._bytes.append(np.zeros_like(self._bytes[0]))
                self._room = 255
            step = min(weight, self._room)
            self._bytes[-1] += rows.view(np.uint8) * np.uint8(step)
            self._room -= step
            weight -= step

    def total(self) -> Array:
        small = 255 * len(self._bytes) < 1 << 14  # two of them still add up; a quarter less time over a million
        whole: Array = self._bytes[0].astype(np.int16 if small else np.int32)
        for more in self._bytes[1:]:
            whole += more
        return whole


def _hopeful(part: Mapping[str, Array]) -> Array:
    """What would be earned if everything that is not known were fine."""
    return part["earned"] + part["applicable"] - part["known"]


def _audit_kind(standard: Standard, tables: Tables) -> Array:
    """The kind of audit as a word; a blank kind is a self-assessment."""
    home = standard.questionnaire.single_field("audit_kind")
    words = np.asarray(["self", *([choice.id for choice in home.choices] if home else [])])
    return words[tables.singles["audit_kind"].values]


def _points(standard: Standard, criterion: Criterion) -> tuple[int, int]:
    """(failure points of a criterion, how many more where it also failed in the previous rated audit)."""
    points = standard.policy.failure_points[criterion.severity]
    return points, standard.policy.repeat_points[criterion.severity] - points


def _band(missed: list[Array]) -> Array:
    """The letter after those whose edge is missed: 1 is A."""
    band: Array = reduce(np.add, [miss.view(np.uint8) for miss in missed]) + np.uint8(Band.A)
    return band


def _missed(edges: Mapping[str, int], letters: str, part: Array, whole: Array) -> list[Array]:
    """Where part / whole, percent, is below the edge of each letter."""
    part, whole = part.astype(np.int32), whole.astype(np.int32)
    return [part * 100 < edges[letter] * whole for letter in letters]


def _share_limb(edges: Mapping[str, int], part: Array, whole: Array) -> Array:
    """A to E of part / whole, percent: at least the edge."""
    return choose(whole != 0, _band(_missed(edges, "ABCD", part, whole)), np.uint8(Band.NONE))


def _points_limb(edges: Mapping[str, int], points: Array) -> Array:
    return _band([points >= edges[letter] for letter in "ABCD"])


def _letter_or_none(edges: Mapping[str, int], part: Array, whole: Array) -> Array:
    missed = _missed(edges, "ABC", part, whole)
    return choose(~missed[-1] & (whole != 0), _band(missed), np.uint8(Band.NONE))


def _core_limb(standard: Standard, principles: Mapping[str, Mapping[str, Array]], earned: Mapping[str, Array]) -> Array:
    """The weakest core principle: A, B, C, else D; one with nothing applicable is left out."""
    edges = standard.policy.bands["core"]
    limb = np.zeros(1, np.uint8)
    for core in standard.policy.core_principles:
        whole = principles[core]["applicable"]
        band = _band(_missed(edges, "ABC", earned[core], whole))
        limb = np.maximum(limb, choose(whole != 0, band, np.uint8(Band.NONE)))
    return limb


def _assurance_limb(edges: Mapping[str, int], assurance: Array) -> Array:
    missed = [assurance < edges[letter] for letter in "ABC"]
    return choose(~missed[-1], _band(missed), np.uint8(Band.NONE))


def twelve_months_after(day: date, months: int) -> date:
    """The same day that many calendar months later; the 29th of February counts as the 28th."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    in_month = 28 if (day.month, day.day) == (2, 29) else day.day
    return date(day.year + year, month + 1, min(in_month, last))


def _caps(
    standard: Standard, tables: Tables, past: Mapping[int, History]
) -> tuple[Array, dict[int, list[tuple[str, str]]]]:
    """(the best band each submission may reach or 0, the caps of each capped one as (reason, at most))."""
    policy = standard.policy
    worst = np.zeros(tables.count, np.uint8)
    reasons: dict[int, list[tuple[str, str]]] = {}
    for place, item in past.items():
        ended = int(tables.ended_on[place]) or int(tables.as_of[place])
        closed = [twelve_months_after(day, policy.recent_months) for day in item.closed_critical_on]
        caps: list[tuple[str, str]] = []
        if ended and any(date.fromordinal(ended) < day for day in closed):
            caps.append(("recent-critical", policy.recent_cap))
        if item.overdue_critical:
            caps.append(("overdue-critical", policy.overdue_cap))
        if caps:
            reasons[place] = caps
            worst[place] = max(Band[letter] for _, letter in caps)
    return worst, reasons


# -- one scorecard -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assessment:
    """Verdicts, facts and scores of some submissions under one resolved standard."""

    standard: Standard
    tables: Tables
    verdicts: Verdicts
    facts: Facts
    scores: Scores


def assess(
    standard: Standard,
    tables: Tables,
    history: Sequence[History | None] | None = None,
    verdicts: Verdicts | None = None,
) -> Assessment:
    """Everything there is to know of some submissions; ``verdicts`` spares evaluating them again."""
    verdicts = verdicts or evaluate(standard, tables)
    known = facts(standard, tables, history)
    return Assessment(standard, tables, verdicts, known, score(standard, verdicts.proven, verdicts.claimed, known))


def scorecard(
    assessment: Assessment, place: int, *, submission: str, engine: str, rates: str, history: History | None
) -> dict[str, Any]:
    """The scorecard of one submission (``recruitcheck/scorecard@1``): words, integers and nothing else."""
    standard, scores, known = assessment.standard, assessment.scores, assessment.facts
    as_of = int(assessment.tables.as_of[place])
    criteria: dict[str, Any] = {}
    gates: list[str] = []
    for at, criterion in enumerate(standard.criteria):
        code = int(assessment.verdicts.proven[at][place])
        if code == ABSENT:
            continue
        proven = Verdict(code)
        criteria[criterion.id] = _criterion(assessment, criterion, at, place)
        if criterion.gate and (
            proven is Verdict.FAIL or (proven is Verdict.UNKNOWN and criterion.gate is Gate.ELIGIBILITY)
        ):
            gates.append(criterion.id)
    workers = int(known.workers[place])
    card: dict[str, Any] = {
        "schema": "recruitcheck/scorecard@1",
        "standard": standard.name,
        "digest": standard.digest,
        "rates": rates,
        "countries": list(standard.countries),
        "as_of": date.fromordinal(as_of).isoformat() if as_of else None,
        "submission": submission,
        "engine": engine,
        "outcome": OUTCOMES[int(scores.outcome[place])],
        "band": _letter(scores.band[place]),
        "at_best": _letter(scores.at_best[place]),
        "figures": {name: int(scores.figures[name][place]) for name in FIGURES},
        "limbs": {name: _letter(scores.limbs[name][place]) for name in LIMBS},
        "assurance": f"A{int(known.assurance[place])}",
        "caps": [{"reason": reason, "at_most": letter} for reason, letter in known.caps.get(place, ())],
        "gates": gates,
        "principles": {
            principle: {name: int(scores.principles[principle][name][place]) for name in FIGURES}
            for principle in standard.principles
        },
        "criteria": criteria,
        "sample": {
            "workers": workers if workers >= 0 else None,
            "interviewed": int(known.interviewed[place]),
            "adequate": bool(known.adequate[place]),
        },
    }
    if history is None:
        card["history"] = "not given"
    return card


def _letter(code: Any) -> str | None:
    return Band(int(code)).name if int(code) else None


def _criterion(assessment: Assessment, criterion: Criterion, at: int, place: int) -> dict[str, Any]:
    verdicts = assessment.verdicts
    proven, claimed = (Verdict(int(rows[at][place])) for rows in (verdicts.proven, verdicts.claimed))
    because = [
        {"check": check.id, "verdict": Verdict(int(truth[place])).word}
        for check, truth in zip(criterion.checks, verdicts.checks[at], strict=True)
    ]
    local = [
        {
            "country": item.country,
            "check": item.check,
            "allows": Verdict(int(truth[place])).word,
            "clause": item.clause,
            "confidence": str(item.confidence),
        }
        for item, truth in zip(criterion.derogations, verdicts.local[at], strict=True)
        if not assessment.tables.as_of[place] or item.start.toordinal() <= assessment.tables.as_of[place]
    ]
    failed = proven is Verdict.FAIL
    again = criterion.id in assessment.facts.repeat and bool(assessment.facts.repeat[criterion.id][place])
    points, more = _points(assessment.standard, criterion) if failed else (0, 0)
    return {
        "proven": proven.word,
        "claimed": claimed.word,
        "reasons": [item["check"] for item in because if item["verdict"] == "fail"] if failed else [],
        "points": points + more if again else points,
        "weight": criterion.weight,
        "local_law": local,
        "confidence": str(criterion.confidence),
        "because": because,
    }
