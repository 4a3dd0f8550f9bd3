"""The worker sample: exact hypergeometric bounds (scoring.md, section 4). Integers only."""

from __future__ import annotations

from functools import lru_cache
from math import comb

import numpy as np

from recruitcheck.rules.tables import Array


def upper_bound(population: int, interviewed: int, harmed: int, confidence: int = 95) -> int:
    """The largest M of N workers who might be affected, when k of n interviewed report the harm.

    M is the largest number with P(X <= k) >= 100 - confidence percent for X ~ hypergeometric(N, M, n).
    With nobody interviewed it is N. Raises ValueError unless 0 <= k <= n <= N.
    """
    if not 0 <= harmed <= interviewed <= population:
        raise ValueError("0 <= harmed <= interviewed <= population")
    whole = comb(population, interviewed)

    def possible(affected: int) -> bool:
        within = sum(comb(affected, x) * comb(population - affected, interviewed - x) for x in range(harmed + 1))
        return within * 100 >= (100 - confidence) * whole

    low, high = harmed, population
    while low < high:  # P(X <= k) falls as M rises
        middle = (low + high + 1) // 2
        low, high = (middle, high) if possible(middle) else (low, middle - 1)
    return low


@lru_cache(maxsize=1 << 16)
def smallest_adequate(population: int, confidence: int = 95, bound: int = 10, bound_workers: int = 1) -> int:
    """The fewest interviews, at least 1, after which nobody reporting a harm bounds it at `bound` percent.

    A sample is adequate when, for k = 0, the upper bound is at most ``bound`` percent of N, or at most
    ``bound_workers`` when that is more. Raises ValueError if the population is not positive.
    """
    if population < 1:
        raise ValueError("population must be at least 1")
    allowed = max(bound * population // 100, bound_workers)
    if allowed >= population:
        return 1
    worse = allowed + 1  # adequate as soon as M = allowed + 1 is no longer possible with k = 0
    ways, whole, interviewed = 1, 1, 0
    while ways * 100 >= (100 - confidence) * whole:
        ways *= population - worse - interviewed
        whole *= population - interviewed
        interviewed += 1
    return max(1, interviewed)


def counted(interviewed: int, independent: bool, discount: tuple[int, int]) -> int:
    """Interviews that count: all of them, or fewer when neither inspector nor chance chose the workers."""
    return interviewed if independent else interviewed * discount[1] // discount[0]


def repeated(worker: Array) -> Array:
    """The submissions in which one worker code stands in several rows; so few that only they are sorted."""
    ordered = np.sort(worker, axis=0)
    again = (ordered[1:] == ordered[:-1]) & (ordered[1:] != 0)
    return np.flatnonzero(np.logical_or.reduce(again, axis=0))


def first_of_each(worker: Array, rows: Array) -> Array:
    """One true row for each distinct worker code among the true rows of a submission."""
    ordered = np.sort(np.where(rows, worker, 0), axis=0)
    fresh = np.empty(ordered.shape, bool)
    fresh[:1] = ordered[:1] != 0
    fresh[1:] = (ordered[1:] != ordered[:-1]) & (ordered[1:] != 0)
    return fresh
