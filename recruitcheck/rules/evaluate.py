"""The one evaluator: bound expressions over columns, three-valued, with an optional recorder.

Truth is a byte (false 0, unknown 1, true 2), so `and` is minimum, `or` is maximum, `not x` is 2 - x. A single
submission is a table of one row and an explanation is the same evaluation with a recorder; there is no second
implementation.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property, lru_cache, reduce
from typing import Any, Final

import numpy as np

from recruitcheck.rules.binding import MONEY_UNIT, letters_code
from recruitcheck.rules.grammar import (
    Adequate,
    Aggregate,
    Always,
    And,
    Answered,
    Arithmetic,
    AsOf,
    Code,
    Compare,
    Day,
    DaysBetween,
    FieldRef,
    Has,
    Node,
    Not,
    Number,
    OneOf,
    Or,
    Param,
)
from recruitcheck.rules.interval import (
    FALSE,
    TRUE,
    UNKNOWN,
    Interval,
    Money,
    as_money,
    calculate,
    choose,
    compare,
    compare_money,
    either,
    nowhere,
    of_column,
    point,
    subtract,
)
from recruitcheck.rules.outcome import ABSENT, Verdict
from recruitcheck.rules.sample import first_of_each, repeated, smallest_adequate
from recruitcheck.rules.standard import Criterion, Field, FieldType, Parameter, SamplePolicy, Standard
from recruitcheck.rules.tables import EXACT, Array, Block, Column, Table, Tables, fit

_NOT_APPLICABLE, _ABSENT, _ALL = np.uint8(Verdict.NOT_APPLICABLE), np.uint8(ABSENT), np.uint8(255)
_MINOR_SCALE: Final = 2  # money parameters are hundredths of the standard's currency


@dataclass(slots=True)
class Recorder:
    """What every node came to: ``values`` by node, ``rows`` the truth of a quantifier's condition by row."""

    values: dict[Node, Any] = field(default_factory=dict)
    rows: dict[Node, Array] = field(default_factory=dict)


@dataclass(slots=True)
class Verdicts:
    """Bytes, one row a criterion and one column a submission, in the order of the standard's criteria.

    ``checks`` has the verdict of each check by itself, ``evidence`` the truth of each evidence expression,
    ``local`` the truth of each derogation's ``allows``.
    """

    proven: Array
    claimed: Array
    checks: list[list[Array]]
    evidence: list[Array]
    local: list[list[Array]]


def evaluate(standard: Standard, tables: Tables, recorder: Recorder | None = None) -> Verdicts:
    """The verdicts of every criterion for every submission.

    proven = min over checks(min(check, max(evidence, UNKNOWN))), claimed the same without the evidence; both
    NOT_APPLICABLE where audience and `applies` are false, UNKNOWN where they are unknown, ABSENT where the
    criterion is not in force on the submission's day or ships disabled.
    """
    proven, claimed = (np.empty((len(standard.criteria), tables.count), np.uint8) for _ in range(2))
    checks = [_rows(len(criterion.checks), tables.count) for criterion in standard.criteria]
    evidence = _rows(len(standard.criteria), tables.count)
    local = [_rows(len(criterion.derogations), tables.count) for criterion in standard.criteria]
    for at, part in tables.parts():
        run = _Run(standard, part, recorder)
        for place, criterion in enumerate(standard.criteria):
            scope = _Scope(run, criterion)
            truths = [scope.truth(check.node) for check in criterion.checks]
            proof = scope.truth(criterion.evidence_node or Always((0, 0)))
            weakest = reduce(np.minimum, truths)
            applies = run.audience(criterion)
            if criterion.applies_node:
                applies = np.minimum(applies, scope.truth(criterion.applies_node))
            backed = np.minimum(weakest, np.maximum(proof, UNKNOWN))
            keep, put = _overrides(applies, _not_in_force(criterion, part.as_of, run.days))
            for out, verdict in ((claimed[place, at], weakest), (proven[place, at], backed)):
                np.bitwise_and(verdict, keep, out=out)
                np.bitwise_or(out, put, out=out)
            evidence[place][at] = proof
            for out, truth in zip(checks[place], truths, strict=True):
                out[at] = truth
            for out, derogation in zip(local[place], criterion.derogations, strict=True):
                out[at] = scope.truth(derogation.node)
    return Verdicts(proven, claimed, checks, evidence, local)


def _expressions(standard: Standard) -> Iterator[Node]:
    """Every expression of the criteria."""
    for criterion in standard.criteria:
        yield from (check.node for check in criterion.checks)
        yield from (item.node for item in criterion.derogations)
        yield from (node for node in (criterion.evidence_node, criterion.applies_node) if node)


def _rows(number: int, count: int) -> list[Array]:
    """Room for verdict bytes, an array a row: numpy asks for huge pages for larger ones, which took twice the time."""
    return [np.empty(count, np.uint8) for _ in range(number)]


def expression_truth(standard: Standard, tables: Tables, node: Node, criterion: Criterion | None = None) -> Array:
    """Truth bytes of one bound expression for every submission."""
    truth = np.empty(tables.count, np.uint8)
    for at, part in tables.parts():
        truth[at] = _Scope(_Run(standard, part), criterion).truth(node)
    return truth


def interviewed(standard: Standard, tables: Tables) -> tuple[Array, Array, Array]:
    """(workers in the population or -1, distinct workers interviewed, whether the sample is adequate).

    A worker counts who consented and answered at least one field marked ``question``.
    """
    section = standard.questionnaire.section(standard.policy.sample.section)
    questions = [f for f in section.fields if f.question] if section else []
    workers, number = np.empty(tables.count, np.int64), np.empty(tables.count, np.int32)
    adequate = np.empty(tables.count, bool)
    for at, part in tables.parts():
        run = _Run(standard, part)
        scope = _Scope(run, None)
        workers[at], number[at] = run.population, scope.distinct_workers(questions)
        adequate[at] = scope.enough(number[at])
    return workers, number, adequate


def _overrides(applies: Array, absent: Array | None) -> tuple[Array, Array]:
    """(bytes to keep, bytes to put): ``verdict & keep | put`` is forty times faster than a masked copy."""
    put = _NOT_APPLICABLE >> applies  # false: not applicable, unknown: unknown, true: 0
    keep = (applies == TRUE).view(np.uint8) * _ALL
    if absent is not None:
        put, keep = choose(absent, _ABSENT, put), choose(absent, FALSE, keep)
    return keep, put


def _not_in_force(criterion: Criterion, as_of: Array, days: tuple[int, int]) -> Array | None:
    """Where the criterion is not in force; None if it is on all days from the first to the last."""
    if not criterion.enabled:
        return np.ones(as_of.shape, bool)
    start = criterion.life_from.toordinal() if criterion.life_from else 0
    end = criterion.life_until.toordinal() if criterion.life_until else 1 << 30
    if start <= days[0] and days[1] <= end:
        return None
    absent: Array = (as_of != 0) & ((as_of < start) | (as_of > end))
    return absent


class _Run:
    """One evaluation: the standard, the columns, and what all criteria share of them."""

    def __init__(self, standard: Standard, tables: Tables, recorder: Recorder | None = None) -> None:
        self.standard, self.tables, self.recorder = standard, tables, recorder
        self._audiences: dict[tuple[str, ...], Array] = {}
        self.shared = _shared(tuple(_expressions(standard)))
        self.seen: dict[tuple[int, int], Any] = {}

    @cached_property
    def days(self) -> tuple[int, int]:
        """The first and the last day of the submissions; 0 where a day is not known."""
        as_of = self.tables.as_of
        return (int(as_of.min()), int(as_of.max())) if as_of.size else (0, 0)

    @cached_property
    def population(self) -> Array:
        """Workers the sample stands for, -1 where that is not known."""
        column = self.tables.singles[self.standard.policy.sample.population]
        values = column.values.astype(np.int64)
        return values if column.known is None else np.where(column.known, values, -1)

    @cached_property
    def interviews_needed(self) -> Array:
        """The fewest interviews that are an adequate sample, by submission; out of reach without a population.

        Unless the inspector or chance chose the workers, n counts as n / 1.5 rounded down, which is the same
        as asking for 1.5 times as many, rounded up.
        """
        sample = self.standard.policy.sample
        above, below = sample.discount
        distinct = np.unique(self.population)
        place = np.searchsorted(distinct, self.population)  # half the time of np.unique's own inverse
        least = [
            smallest_adequate(int(n), sample.confidence, sample.bound, sample.bound_workers) if n > 0 else 1 << 30
            for n in distinct
        ]
        chosen = np.asarray(least, dtype=np.int32)
        unchosen = np.asarray([-(-n * above // below) if n < 1 << 30 else n for n in least], dtype=np.int32)
        independent = _Scope(self, None).truth(self.standard.policy.sample.independent) == TRUE
        return np.where(independent, chosen[place], unchosen[place])

    @cached_property
    def interviews(self) -> list[tuple[Array, Array]]:
        """By block of the sample: (rows of a worker who consented, submissions with two rows of one worker)."""
        sample = self.standard.policy.sample
        found = []
        for block in self.tables.tables[sample.section].blocks:
            worker = block.columns[sample.worker].values
            consent = _Scope(self, None, block).truth(sample.consent) == TRUE
            found.append((consent & (worker != 0), repeated(worker)))
        return found

    def audience(self, criterion: Criterion) -> Array:
        """True where the organisation's kind belongs to the criterion's audience; `both` belongs to either."""
        if criterion.audience not in self._audiences:
            home = self.standard.questionnaire.single_field("kind")
            words = [choice.id for choice in home.choices] if home else []
            member = [UNKNOWN, *(TRUE if word in (*criterion.audience, "both") else FALSE for word in words)]
            kind = self.tables.singles["kind"].values
            self._audiences[criterion.audience] = np.asarray(member, dtype=np.uint8)[kind]
        return self._audiences[criterion.audience]


class _Scope:
    """One criterion over all submissions, or, inside a quantifier, over the rows of one block."""

    __slots__ = ("_block", "_criterion", "_recorder", "_run", "_tables", "shape")

    def __init__(self, run: _Run, criterion: Criterion | None, block: Block | None = None) -> None:
        self._run = run
        self._tables = run.tables
        self._recorder = run.recorder
        self._criterion = criterion
        self._block = block
        self.shape = (run.tables.count,) if block is None else (block.rows, len(block.members))

    def _inside(self, block: Block) -> _Scope:
        return _Scope(self._run, self._criterion, block)

    # -- leaves --------------------------------------------------------------------------------------------------

    def column(self, ref: FieldRef) -> Column:
        if ref.row:
            assert self._block is not None
            return self._block.columns[ref.field.id]
        column = self._tables.singles[ref.field.id]
        return column if self._block is None else column.take(self._block.members)

    def as_of(self) -> Array:
        days = self._tables.as_of
        return days if self._block is None else days[self._block.members]

    def parameter(self, name: str) -> Interval:
        assert self._criterion is not None
        return _dated(self._criterion.parameters[name], self.as_of, self._run.days)

    # -- truth ---------------------------------------------------------------------------------------------------

    def truth(self, node: Node) -> Array:
        """Truth bytes of a bound expression, in the shape of this scope."""
        truth: Array = self._once(node, self._truth_in_shape)
        return truth

    def _once(self, node: Node, evaluate: Callable[[Any], Any]) -> Any:
        """What a node comes to; kept where several criteria say the same, but always recorded by itself."""
        if self._recorder is not None:
            self._recorder.values[node] = evaluate(node)
            return self._recorder.values[node]
        number = self._run.shared.get(node)
        if number is None:
            return evaluate(node)
        key = (id(self._block), number)
        if key not in self._run.seen:
            self._run.seen[key] = evaluate(node)
        return self._run.seen[key]

    def _truth_in_shape(self, node: Node) -> Array:
        truth = self._truth(node)
        return truth if truth.shape == self.shape else np.broadcast_to(truth, self.shape)

    def _truth(self, node: Node) -> Array:
        match node:
            case And(parts=parts):
                return reduce(np.minimum, [self.truth(part) for part in parts])
            case Or(parts=parts):
                return reduce(np.maximum, [self.truth(part) for part in parts])
            case Not(part=part):
                return TRUE - self.truth(part)
            case Compare():
                return self._compare(node)
            case OneOf(left=left, options=options):
                codes = self._codes(left)
                same = [codes == option.code for option in options if isinstance(option, Code)]
                return _of_codes(reduce(np.logical_or, same), codes)
            case Has(option=Code(code=code), field=FieldRef() as ref):
                mask = self.column(ref).values
                return _of_codes(mask & np.uint64(1 << (code - 1)) != 0, mask)
            case FieldRef() as ref:
                codes = self.column(ref).values
                return _of_codes(codes == 1, codes)
            case Aggregate(kind=kind) if kind in ("any", "every"):
                return self._quantifier(node)
            case Adequate(field=FieldRef(field=question)):
                return self.enough(self.distinct_workers([question])).view(np.uint8) * TRUE
            case Answered(field=FieldRef() as ref):
                return _answered(self.column(ref), ref.field).view(np.uint8) * TRUE
            case Always():
                return np.full(self.shape, TRUE)
        raise TypeError(f"{type(node).__name__} has no truth")

    def _codes(self, node: Node) -> Array:
        if isinstance(node, Code):
            return np.asarray(node.code, dtype=np.int32)
        assert isinstance(node, FieldRef)
        return self.column(node).values

    def _compare(self, node: Compare) -> Array:
        if _is_coded(node.left) or _is_coded(node.right):
            first, second = self._codes(node.left), self._codes(node.right)
            equal = first == second
            truth = equal if node.op == "==" else ~equal
            if isinstance(node.right, Code):
                return _of_codes(truth, first)
            if isinstance(node.left, Code):
                return _of_codes(truth, second)
            return _three(truth, (first == 0) | (second == 0))
        left, right = self.number(node.left), self.number(node.right)
        if isinstance(left, Money) or isinstance(right, Money):
            return compare_money(node.op, as_money(left), as_money(right))
        return compare(node.op, left, right)

    # -- numbers -------------------------------------------------------------------------------------------------

    def number(self, node: Node) -> Interval | Money:
        """A number or an amount, as an interval."""
        number: Interval | Money = self._once(node, self._number)
        return number

    def _number(self, node: Node) -> Interval | Money:
        match node:
            case Number(value=literal):
                return point(literal)
            case Day(ordinal=ordinal):
                return point(ordinal)
            case AsOf():
                days = self.as_of()
                return Interval(days, days, 1 << 22, void=nowhere(days == 0))
            case Param(id=name):
                value = self.parameter(name)
                assert self._criterion is not None
                if self._criterion.parameters[name].unit != MONEY_UNIT:
                    return value
                amount = Interval(value.low, value.low, value.bound, _MINOR_SCALE, void=value.void)
                zero = np.asarray(value.low == 0)  # by submission: another day may have another value
                return Money(amount, letters_code(self._run.standard.currency), amount, zero)
            case FieldRef(field=field) as ref:
                column = self.column(ref)
                if field.type is not FieldType.MONEY:
                    return of_column(column)
                assert column.currency is not None and column.converted is not None
                return Money(of_column(column), column.currency, of_column(column.converted))
            case DaysBetween(left=left, right=right):
                first, last = self.number(left), self.number(right)
                assert isinstance(first, Interval) and isinstance(last, Interval)
                return subtract(last, first)
            case Arithmetic(op=op, left=left, right=right):
                return calculate(op, self.number(left), self.number(right))
            case Aggregate():
                return self._total(node)
        raise TypeError(f"{type(node).__name__} is no number")

    # -- over the rows of a section ------------------------------------------------------------------------------

    def _table(self, section: str) -> Table:
        return self._tables.tables[section]

    def _rows(self, node: Aggregate, block: Block) -> Array:
        """Truth of the condition for every row of a block."""
        inside = self._inside(block)
        truth = np.full(inside.shape, TRUE) if node.cond is None else inside.truth(node.cond)
        if self._recorder is not None:
            self._recorder.rows[node] = truth
        return truth

    def _gather(self, table: Table, parts: Sequence[Array]) -> Array:
        """Results of the blocks, back in the order of the submissions."""
        whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return whole if table.place is None else whole.take(table.place)

    def _quantifier(self, node: Aggregate) -> Array:
        table = self._table(node.section)
        worst = np.maximum.reduce if node.kind == "any" else np.minimum.reduce
        empty = FALSE if node.kind == "any" else TRUE
        parts = [
            worst(self._rows(node, block), axis=0) if block.rows else np.full(len(block.members), empty)
            for block in table.blocks
        ]
        truth = self._gather(table, parts)
        if node.kind == "any":
            return np.maximum(truth, table.open)  # an open section may hide a witness
        return np.minimum(truth, TRUE - table.open)  # or a counter-example

    def _total(self, node: Aggregate) -> Interval | Money:
        table = self._table(node.section)
        is_open = table.open.view(bool)
        unclosed = is_open if is_open.any() else None
        if node.kind in ("count", "share"):
            truths = [self._rows(node, block) for block in table.blocks]
            sure = self._gather(table, [_count(truth == TRUE) for truth in truths])
            maybe = self._gather(table, [_count(truth != FALSE) for truth in truths])
            bound = max((block.rows for block in table.blocks), default=0)
            sure, maybe = sure.astype(np.int32), maybe.astype(np.int32)
            if node.kind == "count":
                return Interval(sure, maybe, bound, endless=unclosed)
            rows = self._gather(table, [np.full(len(b.members), b.rows, np.int64) for b in table.blocks])
            void = nowhere(is_open | (rows == 0))
            divisor = np.maximum(rows, 1)
            hundred = (sure.astype(np.int64) * 100, maybe.astype(np.int64) * 100)
            return Interval(*hundred, bound * 100, divisor=divisor, divisor_bound=max(bound, 1), void=void)
        assert isinstance(node.field, FieldRef)
        money = node.field.field.type is FieldType.MONEY
        pieces = [_sum(self._rows(node, b), self._summand(node.field, b), node.field.field) for b in table.blocks]
        lows, highs, blanks, bounds = zip(*pieces, strict=True)
        low, high, blank = (self._gather(table, part) for part in (lows, highs, blanks))
        bound = max(bounds)
        column = self._summand(node.field, table.blocks[0]) if table.blocks else None
        scale = column.scale if column else 0
        if node.field.field.non_negative:
            endless = either(unclosed, nowhere(blank))
            total = Interval(low, high, bound, scale, endless=endless)
        else:
            total = Interval(low, high, bound, scale, void=either(unclosed, nowhere(blank)))
        if not money:
            return total
        return Money(total, letters_code(self._run.standard.currency), total)

    def _summand(self, ref: FieldRef, block: Block) -> Column:
        column = block.columns[ref.field.id]
        return column.converted if column.converted is not None else column

    # -- the worker sample ---------------------------------------------------------------------------------------

    def distinct_workers(self, questions: list[Field]) -> Array:
        """Distinct worker codes among rows with consent and at least one of the questions answered."""
        sample: SamplePolicy = self._run.standard.policy.sample
        table = self._table(sample.section)
        parts = []
        for block, (consenting, twice) in zip(table.blocks, self._run.interviews, strict=True):
            answered = np.zeros(consenting.shape, bool)
            for question in questions:
                answered |= _spoken(block.columns[question.id], question)
            rows = consenting & answered
            number = _count(rows)
            worker = block.columns[sample.worker].values
            number[twice] = _count(first_of_each(worker[:, twice], rows[:, twice]))
            parts.append(number)
        return self._gather(table, parts).astype(np.int32)

    def enough(self, number: Array) -> Array:
        """Whether that many interviews are an adequate sample of the population."""
        return number >= self._run.interviews_needed


@lru_cache(maxsize=32)
def _shared(expressions: tuple[Node, ...]) -> dict[Node, int]:
    """The nodes that say the same as another one, each with a number for what it says."""
    said: dict[Hashable, list[Node]] = {}
    for expression in expressions:
        for node in expression.walk():
            said.setdefault(_term(node), []).append(node)
    said.pop(None, None)
    repeated = [nodes for nodes in said.values() if len(nodes) > 1]
    return {node: number for number, nodes in enumerate(repeated) for node in nodes}


def _term(node: Node) -> Hashable:
    """What a node says, wherever it stands; None if a parameter is in it, since criteria differ in those."""
    if isinstance(node, FieldRef):
        return node.field.section, node.field.id
    parts = tuple(_term(part) for part in node.children())
    if isinstance(node, Param) or None in parts:
        return None
    own = (getattr(node, item.name) for item in fields(node)[1:])  # all but the place in the text
    return type(node).__name__, *(value for value in own if isinstance(value, str | int)), parts


def _is_coded(node: Node) -> bool:
    coded = (FieldType.CHOICE, FieldType.COUNTRY, FieldType.CURRENCY)
    return isinstance(node, Code) or (isinstance(node, FieldRef) and node.field.type in coded)


def _three(truth: Array, unknown: Array) -> Array:
    """Truth bytes of a two-valued mask that is unknown in places: those become 1, the rest 0 or 2."""
    yes = (truth & ~unknown).view(np.uint8)
    return yes + yes + unknown.view(np.uint8)


def _of_codes(truth: Array, codes: Array) -> Array:
    """Truth bytes of a comparison of choice codes; code 0 is unanswered."""
    return _three(np.asarray(truth), np.asarray(codes == 0))


def _answered(column: Column, field: Field) -> Array:
    if field.type in (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY):
        return np.ones(column.values.shape, bool) if column.known is None else column.known
    return np.not_equal(column.values, 0)


def _spoken(column: Column, field: Field) -> Array:
    """Answered, and not declined."""
    if field.type is FieldType.CHOICES:  # any tick but a declined one
        ticks = sum(1 << place for place, choice in enumerate(field.choices) if not choice.declined)
        return (column.values & np.uint64(ticks)).astype(bool)
    answered = _answered(column, field)
    for place, choice in enumerate(field.choices, start=1):
        if choice.declined:
            answered = answered & (column.values != place)
    return answered


def _count(rows: Array) -> Array:
    """True rows by submission; in bytes, where they fit, it takes a third of the time."""
    narrow = np.uint8 if len(rows) < 256 else np.int32
    return np.asarray(np.add.reduce(rows.view(np.uint8), axis=0, dtype=narrow))


def _sum(truth: Array, column: Column, field: Field) -> tuple[Array, Array, Array, int]:
    """(lowest, highest, whether a blank counts, largest possible) of the sum over the rows of a block.

    Rows that are true count, rows that are unknown may count. A blank adds [0, infinity) to a field that
    cannot be negative and leaves nothing known of any other.
    """
    bound = column.bound * max(1, len(truth))
    wide = np.int64 if bound < EXACT else object
    values = column.values if bound < EXACT else column.values.astype(object)
    known = np.ones(truth.shape, bool) if column.known is None else column.known
    sure, maybe = (truth == TRUE) & known, (truth != FALSE) & known
    unsure = maybe & ~sure
    low_rows = sure if field.non_negative else sure | (unsure & (values < 0))
    high_rows = maybe if field.non_negative else sure | (unsure & (values > 0))
    low = np.add.reduce(values * low_rows, axis=0, dtype=wide)  # five times as fast as np.where: no branch
    high = np.add.reduce(values * high_rows, axis=0, dtype=wide)
    blank = np.logical_or.reduce((truth != FALSE) & ~known, axis=0)
    return low, high, blank, bound


def _dated(parameter: Parameter, as_of: Callable[[], Array], days: tuple[int, int]) -> Interval:
    """The parameter's value on each submission's day; nothing is known in a hole or without a day.

    A value holds from one edge to the next, so that only the edges between the first and the last day are read.
    """
    starts = {value.start.toordinal() for value in parameter.values}
    edges = sorted(starts | {value.until.toordinal() + 1 for value in parameter.values if value.until})
    first, last = (bisect_right(edges, day) for day in days)
    dated = [parameter.on(date.fromordinal(edges[at - 1])) if at else None for at in range(first, last + 1)]
    values = [0 if item is None else item.value for item in dated]
    if len(dated) == 1 and dated[0] is not None:
        return point(values[0])
    place = np.searchsorted(edges, as_of(), side="right") - first
    gone = np.asarray([item is None for item in dated])[place]
    bound = max(map(abs, values))
    low = fit(values, bound)[place]
    return Interval(low, low, bound, void=nowhere(gone))
