"""What changed between two editions: criteria kept, reworded, tightened, loosened, changed, added, retired."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from recruitcheck.rules.resolve import stricter
from recruitcheck.rules.standard import Criterion, Parameter, Standard

KINDS: Final = ("added", "retired", "tightened", "loosened", "changed", "reworded", "kept")


@dataclass(frozen=True, slots=True)
class Change:
    """One criterion: what kind of change, in which parts, and from which day."""

    criterion: str
    kind: str
    parts: tuple[str, ...]
    start: date


def diff(old: Standard, new: Standard, old_texts: Mapping[str, Any], new_texts: Mapping[str, Any]) -> list[Change]:
    """The changes from one edition to another, overlays included, by kind and then in the new edition's order.

    A criterion is tightened or loosened when every part that changed moved that way (weight, severity, gate, a
    dated number, a check more or less); an expression that reads otherwise is a change that somebody must judge.
    """
    before, after = _criteria(old), _criteria(new)
    changes = [Change(name, "added", (), c.life_from or new.start) for name, c in after.items() if name not in before]
    changes += [Change(name, "retired", (), new.start) for name in before if name not in after]
    for name, criterion in after.items():
        if name in before:
            parts, kind = _compare(before[name], criterion)
            if not parts and old_texts.get(name) != new_texts.get(name):
                kind = "reworded"
            changes.append(Change(name, kind, tuple(parts), _start(before[name], criterion, new)))
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def _criteria(standard: Standard) -> dict[str, Criterion]:
    every = [*standard.criteria, *(c for overlay in standard.overlays.values() for c in overlay.added)]
    return {criterion.id: criterion for criterion in every}


def _compare(old: Criterion, new: Criterion) -> tuple[list[str], str]:
    parts: list[str] = []
    ways: set[str] = set()

    def saw(part: str, way: str) -> None:
        parts.append(part)
        ways.add(way)

    order = ("minor", "major", "critical")
    if old.weight != new.weight:
        saw(f"weight {old.weight} → {new.weight}", "tightened" if new.weight > old.weight else "loosened")
    if old.severity != new.severity:
        rise = order.index(new.severity) > order.index(old.severity)
        saw(f"severity {old.severity} → {new.severity}", "tightened" if rise else "loosened")
    if old.gate != new.gate:
        saw(f"gate {old.gate or '–'} → {new.gate or '–'}", "loosened" if not new.gate else "tightened")
    was, now = ({check.id: check.must for check in c.checks} for c in (old, new))
    for name in now.keys() - was.keys():
        saw(f"check {name} added", "tightened")
    for name in was.keys() - now.keys():
        saw(f"check {name} dropped", "loosened")
    for name in was.keys() & now.keys():
        if was[name] != now[name]:
            saw(f"check {name}", "changed")
    for part in ("applies", "evidence", "audience"):
        if getattr(old, part) != getattr(new, part):
            saw(part, "changed")
    for name in old.parameters.keys() & new.parameters.keys():
        way = _moved(old.parameters[name], new.parameters[name])
        if way:
            saw(f"param {name}", way)
    if not ways:
        return parts, "kept"
    return sorted(parts), ways.pop() if len(ways) == 1 else "changed"


def _moved(old: Parameter, new: Parameter) -> str:
    """Which way the newest value moved; "" if every dated value is the same."""
    if [(v.start, v.until, v.value) for v in old.values] == [(v.start, v.until, v.value) for v in new.values]:
        return ""
    last_old = max(old.values, key=lambda v: v.start).value
    last_new = max(new.values, key=lambda v: v.start).value
    if last_old == last_new:
        return "changed"
    return "tightened" if stricter(new, last_old, last_new) == last_new else "loosened"


def _start(old: Criterion, new: Criterion, standard: Standard) -> date:
    """The first day on which the newer rule holds: a new dated value's, else the criterion's, else the edition's."""
    dated = {value.start for p in new.parameters.values() for value in p.values}
    dated -= {value.start for p in old.parameters.values() for value in p.values}
    return min(dated, default=new.life_from or standard.start)
