"""What would change: verdicts put in by hand, and the shortest ways to the next band.

The search is exhaustive: every subset of up to 15 open criteria is one column of the same scoring.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from recruitcheck.rules.outcome import ABSENT, Band, Verdict
from recruitcheck.rules.score import OUTCOMES, Assessment, Scores, score
from recruitcheck.rules.tables import Array

MOST: Final = 15


@dataclass(frozen=True, slots=True)
class Step:
    """One possible result: the criteria that would have to pass, and the outcome and band they lead to."""

    criteria: tuple[str, ...]
    outcome: str
    band: str | None


@dataclass(frozen=True, slots=True)
class WhatIf:
    """``ways`` are the shortest sets of open criteria that lead to a better result, lightest first.

    ``looked_at`` are the open criteria that were tried, ``left_out`` those beyond the first 15.
    """

    now: Step
    ways: tuple[Step, ...]
    looked_at: tuple[str, ...]
    left_out: tuple[str, ...]


def with_verdicts(assessment: Assessment, changes: Mapping[str, Verdict]) -> Scores:
    """The scores of the first submission with some verdicts replaced. Raises KeyError for an unknown criterion."""
    places = {criterion.id: place for place, criterion in enumerate(assessment.standard.criteria)}
    proven, claimed = assessment.verdicts.proven[:, :1].copy(), assessment.verdicts.claimed[:, :1].copy()
    for name, verdict in changes.items():
        if proven[places[name], 0] == ABSENT:
            raise KeyError(name)
        proven[places[name], 0] = claimed[places[name], 0] = verdict
    return score(assessment.standard, proven, claimed, assessment.facts.repeated(1))


def shortest_ways(assessment: Assessment, most: int = MOST, *, show: int = 5) -> WhatIf:
    """The shortest sets of open criteria that, all passing, lead to a better result than now.

    A better result is a better band, or a band (at least as good as `at_best`) where there is none. Beyond 15
    open criteria the heaviest are tried: critical first, then by weight.
    """
    standard = assessment.standard
    codes = assessment.verdicts.proven[:, 0]
    open_places = [place for place in range(len(standard.criteria)) if codes[place] in (Verdict.FAIL, Verdict.UNKNOWN)]
    order = ("critical", "major", "minor")
    open_places.sort(
        key=lambda place: (
            codes[place] != Verdict.FAIL,
            order.index(standard.criteria[place].severity),
            -standard.criteria[place].weight,
            place,
        )
    )
    tried, left = open_places[:most], open_places[most:]
    names = tuple(standard.criteria[place].id for place in tried)
    subsets = np.arange(1 << len(tried), dtype=np.int64)
    proven = np.repeat(assessment.verdicts.proven[:, :1], len(subsets), axis=1)
    claimed = np.repeat(assessment.verdicts.claimed[:, :1], len(subsets), axis=1)
    for bit, place in enumerate(tried):
        chosen = (subsets >> bit) & 1 == 1
        proven[place][chosen] = claimed[place][chosen] = Verdict.PASS
    scores = score(standard, proven, claimed, assessment.facts.repeated(len(subsets)))
    rank = _rank(scores)
    sizes, weights = np.zeros(len(subsets), np.int64), np.zeros(len(subsets), np.int64)
    for bit, place in enumerate(tried):
        sizes += (subsets >> bit) & 1
        weights += ((subsets >> bit) & 1) * standard.criteria[place].weight
    better = np.flatnonzero(rank < rank[0])
    ways: list[Step] = []
    if better.size:
        least = sizes[better].min()
        best = better[sizes[better] == least]
        for column in best[np.lexsort((best, weights[best], rank[best]))][:show]:
            ways.append(_step(scores, int(column), [names[b] for b in range(len(tried)) if column >> b & 1]))
    return WhatIf(_step(scores, 0, []), tuple(ways), names, tuple(standard.criteria[place].id for place in left))


def _rank(scores: Scores) -> Array:
    """Smaller is better: bands A to E, then no band at all."""
    return np.where(scores.band == Band.NONE, 9, scores.band)


def _step(scores: Scores, column: int, criteria: list[str]) -> Step:
    band = Band(int(scores.band[column]))
    return Step(tuple(criteria), OUTCOMES[int(scores.outcome[column])], band.name if band else None)
