"""Recorder -> steps, witness rows, and the fields they rest on: how a verdict came about.

The same evaluation as any other, with a recorder; this module only reads what was recorded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np

from recruitcheck.rules.evaluate import Recorder, Verdicts, evaluate
from recruitcheck.rules.grammar import (
    Adequate,
    Aggregate,
    And,
    Answered,
    AsOf,
    Code,
    Day,
    FieldRef,
    Has,
    Node,
    Not,
    Number,
    Or,
    Param,
    Word,
)
from recruitcheck.rules.interval import Interval, Money
from recruitcheck.rules.outcome import Truth, Verdict
from recruitcheck.rules.standard import Criterion, FieldType, Standard
from recruitcheck.rules.tables import Tables

_CONNECTIVES: Final = (And, Or, Not)
_LEAVES: Final = (Number, Word, Code, Day)


@dataclass(frozen=True, slots=True)
class Step:
    """One part of an expression: its text, what it came to, how deep it stands.

    ``rows`` are the record numbers (from 1) that decided a quantifier: witnesses of an `any`, counter-examples
    of an `every`, the rows that counted; ``of`` is how many rows the section has, None outside a quantifier.
    """

    text: str
    result: str
    depth: int
    section: str = ""
    rows: tuple[int, ...] = ()
    unsure: tuple[int, ...] = ()
    of: int | None = None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CheckTrace:
    check: str
    verdict: Verdict
    text: str
    steps: tuple[Step, ...]

    @property
    def deciding(self) -> Step | None:
        """The first step over the rows of a section, which a reason counts and points at; None if there is none."""
        return next((step for step in self.steps if step.of is not None), None)


@dataclass(frozen=True, slots=True)
class Trace:
    """How one criterion came about for one submission."""

    criterion: Criterion
    proven: int
    claimed: int
    applies: tuple[Step, ...]
    evidence: tuple[Step, ...]
    evidence_truth: Truth
    checks: tuple[CheckTrace, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One evaluated submission with everything that was recorded; ``traces`` in the order of the criteria."""

    tables: Tables
    verdicts: Verdicts
    recorder: Recorder
    traces: tuple[Trace, ...]

    def gaps(self, place: int) -> list[Gap]:
        """Why the criterion at that place is not known."""
        found = self.traces[place]
        return gaps(found.criterion, self.tables, found, self.recorder)


def explain(standard: Standard, tables: Tables) -> Explanation:
    """The traces of every criterion of a table of one submission. Raises ValueError for more than one."""
    if tables.count != 1:
        raise ValueError("an explanation is of one submission")
    recorder = Recorder()
    verdicts = evaluate(standard, tables, recorder)
    traces = [_trace(criterion, place, verdicts, recorder) for place, criterion in enumerate(standard.criteria)]
    return Explanation(tables, verdicts, recorder, tuple(traces))


def _trace(criterion: Criterion, place: int, verdicts: Verdicts, recorder: Recorder) -> Trace:
    checks = tuple(
        CheckTrace(check.id, Verdict(int(truth[0])), check.must, tuple(steps(check.node, check.must, recorder)))
        for check, truth in zip(criterion.checks, verdicts.checks[place], strict=True)
    )
    applies = tuple(steps(criterion.applies_node, criterion.applies, recorder)) if criterion.applies_node else ()
    evidence = tuple(steps(criterion.evidence_node, criterion.evidence, recorder)) if criterion.evidence_node else ()
    proven, claimed = int(verdicts.proven[place][0]), int(verdicts.claimed[place][0])
    return Trace(criterion, proven, claimed, applies, evidence, Truth(int(verdicts.evidence[place][0])), checks)


def steps(node: Node, text: str, recorder: Recorder, depth: int = 0) -> list[Step]:
    """The parts of an expression from the outside in, each with what it came to."""
    own = _step(node, text, recorder, depth)
    if isinstance(node, Aggregate | Adequate | Answered | Has):
        return [own]
    inner = [
        step
        for child in node.children()
        if not isinstance(child, _LEAVES)
        for step in steps(child, text, recorder, depth + 1)
    ]
    return [own, *inner]


def _step(node: Node, text: str, recorder: Recorder, depth: int) -> Step:
    shown = " ".join(text[node.span[0] : node.span[1]].split())
    dated = isinstance(node, AsOf) or (isinstance(node, FieldRef) and node.field.type is FieldType.DATE)
    result = _result(recorder.values.get(node), dated=dated)
    fields = tuple((ref.field.section, ref.field.id) for ref in node.walk() if isinstance(ref, FieldRef))
    if not isinstance(node, Aggregate):
        if isinstance(node, Adequate | Answered) or not isinstance(node, _CONNECTIVES):
            return Step(shown, result, depth, fields=fields)
        return Step(shown, result, depth)
    rows = recorder.rows.get(node)
    truth = np.zeros(0, np.uint8) if rows is None else rows[:, 0]
    wanted = Truth.FALSE if node.kind == "every" else Truth.TRUE
    decided = tuple(int(at) + 1 for at in np.flatnonzero(truth == wanted))
    unsure = tuple(int(at) + 1 for at in np.flatnonzero(truth == Truth.UNKNOWN))
    return Step(shown, result, depth, node.section, decided, unsure, len(truth), fields)


def _result(value: Any, *, dated: bool = False) -> str:
    """A recorded value of one submission in words and exact numbers: "true", "12", "3 to 5", "at least 2"."""
    if isinstance(value, Money):
        return _result(value.converted)
    if isinstance(value, Interval):
        if dated and not _flag(value.void):
            return date.fromordinal(int(np.ravel(value.low)[0])).isoformat()
        return _number(value)
    if value is None or np.ndim(value) == 0 or np.size(value) != 1:
        return ""
    return Truth(int(np.ravel(value)[0])).name.lower()


def _number(value: Interval) -> str:
    if _flag(value.void):
        return "unknown"
    low, high = (_shown(end, value) for end in (value.low, value.high))
    if _flag(value.endless):
        return "unknown" if _flag(value.bottomless) else f"at least {low}"
    return low if low == high else f"{low} to {high}"


def _flag(mask: Any) -> bool:
    return mask is not None and bool(np.ravel(mask)[0])


def _shown(end: Any, value: Interval) -> str:
    """An exact ratio as decimal text with at most two decimals, rounded half up only here."""
    numerator, divisor = int(np.ravel(end)[0]), int(np.ravel(value.divisor)[0]) * 10**value.scale
    whole = (abs(numerator) * 200 + divisor) // (2 * divisor)
    sign = "-" if numerator < 0 else ""
    text = f"{sign}{whole // 100}.{whole % 100:02d}"
    return text.removesuffix(".00")


def fields_of(node: Node | None) -> Sequence[tuple[str, str]]:
    """The (section, field) pairs that an expression reads, in order, each once."""
    found = [(ref.field.section, ref.field.id) for ref in node.walk() if isinstance(ref, FieldRef)] if node else []
    return list(dict.fromkeys(found))


# -- what is not known -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gap:
    """One reason why something is not known.

    ``kind`` is "blank" (a field without an answer), "open" (a sheet not declared complete), "rows" (lines with
    blanks, numbered from 1), "document" (a piece of evidence not seen), "workers" (too few answered a question),
    "empty" (no line to judge by) or "date" (no value in force).
    """

    kind: str
    section: str = ""
    field: str = ""
    choice: str = ""
    rows: tuple[int, ...] = ()


def gaps(criterion: Criterion, tables: Tables, found: Trace, recorder: Recorder) -> list[Gap]:
    """Why a criterion is UNKNOWN, each reason once: unsure checks, then the evidence, then whether it applies."""
    out: list[Gap] = []
    if criterion.applies_node is not None and recorder.values[criterion.applies_node][0] == Truth.UNKNOWN:
        out += _gaps(criterion.applies_node, tables, recorder)
    for check, seen in zip(criterion.checks, found.checks, strict=True):
        if seen.verdict is Verdict.UNKNOWN:
            out += _gaps(check.node, tables, recorder)
    if criterion.evidence_node is not None and found.evidence_truth is not Truth.TRUE:
        out += _gaps(criterion.evidence_node, tables, recorder)
    if not tables.singles["kind"].values[0]:
        out.insert(0, Gap("blank", "organisation", "kind"))
    return list(dict.fromkeys(out))


def _gaps(node: Node, tables: Tables, recorder: Recorder) -> list[Gap]:
    """The reasons in one expression that did not come out true."""
    truth = recorder.values.get(node)
    if isinstance(node, _CONNECTIVES):
        parts = [part for part in node.children() if _short(part, recorder, negated=isinstance(node, Not))]
        return [gap for part in parts for gap in _gaps(part, tables, recorder)]
    if isinstance(node, Aggregate):
        return _aggregate_gaps(node, tables, recorder)
    if isinstance(node, Adequate) and isinstance(node.field, FieldRef):
        return [Gap("workers", node.section, node.field.field.id)]
    if isinstance(node, Has) and isinstance(node.option, Code) and isinstance(node.field, FieldRef):
        return [Gap("document", node.field.field.section, node.field.field.id, node.option.value)]
    if isinstance(node, FieldRef) and not node.row:
        return [Gap("blank", node.field.section, node.field.id)] if _blank(node, tables) else []
    if truth is None and not isinstance(node, Answered):
        return []
    out: list[Gap] = []
    for part in node.walk():
        if part is node:
            continue
        if isinstance(part, Aggregate):
            out += _aggregate_gaps(part, tables, recorder)
        elif isinstance(part, FieldRef) and not part.row and _blank(part, tables):
            out.append(Gap("blank", part.field.section, part.field.id))
        elif isinstance(part, Param | AsOf) and _nothing_in_force(recorder.values.get(part)):
            out.append(Gap("date"))
    return out


def _nothing_in_force(value: Any) -> bool:
    return isinstance(value, Interval) and _flag(value.void)


def _short(node: Node, recorder: Recorder, *, negated: bool) -> bool:
    """True if that part of a connective is not yet as it should be."""
    truth = recorder.values.get(node)
    if truth is None or np.ndim(truth) == 0:
        return True
    return int(np.ravel(truth)[0]) != (Truth.FALSE if negated else Truth.TRUE)


def _aggregate_gaps(node: Aggregate, tables: Tables, recorder: Recorder) -> list[Gap]:
    table = tables.tables[node.section]
    rows = recorder.rows.get(node)
    truth = np.zeros(0, np.uint8) if rows is None else rows[:, 0]
    out = []
    if table.open[0]:
        out.append(Gap("open", node.section))
    elif not len(truth):
        out.append(Gap("empty", node.section))
    unsure = tuple(int(at) + 1 for at in np.flatnonzero(truth == Truth.UNKNOWN))
    if unsure:
        fields = [ref.field.id for ref in node.walk() if isinstance(ref, FieldRef) and ref.row]
        out.append(Gap("rows", node.section, ",".join(dict.fromkeys(fields)), rows=unsure))
    return out


def _blank(ref: FieldRef, tables: Tables) -> bool:
    column = tables.singles[ref.field.id]
    if column.known is not None:
        return not column.known[0]
    numeric = ref.field.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)
    return not numeric and not column.values[0]
