"""Edition + overlays -> the resolved standard: pure, printable, and independent of the day.

Dates stay inside the parameters: for a parameter that several countries tighten, the strictest value in
force wins on every single day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from recruitcheck.rules.standard import Criterion, DatedValue, Parameter, Standard


class NoOverlay(KeyError):
    """A country for which the edition has no overlay; ``known`` are those that have one."""

    def __init__(self, country: str, known: Sequence[str]) -> None:
        super().__init__(country)
        self.country = country
        self.known = tuple(known)


def resolve(standard: Standard, countries: Sequence[str]) -> Standard:
    """The standard with the overlays of those countries applied, in alphabetical order of country.

    Raises NoOverlay for a country that the edition does not cover.
    """
    chosen = tuple(sorted(set(countries)))
    for country in chosen:
        if country not in standard.overlays:
            raise NoOverlay(country, sorted(standard.overlays))
    overlays = [standard.overlays[country] for country in chosen]
    criteria = []
    for criterion in standard.criteria:
        tightened = {
            name: _tightened(parameter, [o.tightened_values(criterion.id, name) for o in overlays])
            for name, parameter in criterion.parameters.items()
        }
        derogations = tuple(d for o in overlays for d in o.derogations if d.criterion == criterion.id)
        criteria.append(replace(criterion, parameters=tightened, derogations=derogations))
    added: list[Criterion] = [criterion for overlay in overlays for criterion in overlay.added]
    order = {principle: place for place, principle in enumerate(standard.principles)}
    criteria = sorted([*criteria, *added], key=lambda c: order[c.principle])
    return replace(standard, criteria=tuple(criteria), countries=chosen)


def stricter(parameter: Parameter, a: int, b: int) -> int:
    """The stricter of two values of a parameter."""
    return min(a, b) if parameter.stricter == "lower" else max(a, b)


def _tightened(parameter: Parameter, timelines: list[tuple[DatedValue, ...]]) -> Parameter:
    """The parameter whose value on every day is the strictest of its own and the overlays'."""
    timelines = [values for values in timelines if values]
    if not timelines:
        return parameter
    lines = [parameter, *(replace(parameter, values=values) for values in timelines)]
    starts = {value.start for line in lines for value in line.values}
    ends = {value.until for line in lines for value in line.values if value.until and value.until < date.max}
    starts |= {end + timedelta(days=1) for end in ends}
    days = sorted(starts)
    merged: list[DatedValue] = []
    for place, day in enumerate(days):
        until = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
        best = _strictest(parameter, lines, day)
        if best is None:
            continue
        merged.append(replace(best, start=day, until=until))
    return replace(parameter, values=tuple(merged))


def _strictest(parameter: Parameter, lines: list[Parameter], day: date) -> DatedValue | None:
    best: DatedValue | None = None
    for line in lines:
        value = line.on(day)
        if value is None:
            continue
        if best is None or (value.value != best.value and stricter(parameter, value.value, best.value) == value.value):
            best = value
    return best
