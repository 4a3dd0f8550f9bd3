"""Values and known-masks as numpy arrays: the only place that sees pandas dtypes.

A single submission is a table of one row. Rows of a table section are laid out by how many a submission has:
within a block every submission has equally many, and a column is an array ``rows x submissions``, so that a
quantifier is one reduction over axis 0. Choices are small codes with 0 for unanswered; numbers are exact
integers at a fixed scale; dates are day ordinals; money is thousandths of its own currency, and the same
converted to the standard's currency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from recruitcheck.rules.binding import choice_code, letters_code
from recruitcheck.rules.grammar import Adequate, Aggregate, FieldRef, Node
from recruitcheck.rules.standard import Field, FieldType, Rate, Section, Standard

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[Any]
Row = Mapping[str, Any]

DECIMAL_SCALE: Final = 4
MONEY_SCALE: Final = 3
#: elements of a block's column: small enough that a handful of columns stays in a core's cache
BLOCK: Final = 1 << 17
#: submissions that are evaluated together: a third less memory than a million at once, since what lies between is
#: reused; with a quarter of it the blocks are so small that Python's share costs a third more time
PART: Final = 1 << 18
#: what a signed 64-bit number holds with room for one addition; beyond it Python integers take over
EXACT: Final = 1 << 62


@dataclass(slots=True)
class Column:
    """One field of many records. ``bound`` is the largest absolute value; ``known`` None means all answered."""

    values: Array
    known: Array | None = None
    scale: int = 0
    bound: int = 0
    currency: Array | None = None
    converted: Column | None = None

    def take(self, members: Array | slice) -> Column:
        """The same column for some of the submissions."""

        def some(array: Array | None) -> Array | None:
            return None if array is None else array[members]

        values = some(self.values)
        assert values is not None
        converted = self.converted.take(members) if self.converted else None
        return Column(values, some(self.known), self.scale, self.bound, some(self.currency), converted)


@dataclass(slots=True)
class Block:
    """Submissions with equally many rows: ``members`` are their places, columns are rows x submissions."""

    rows: int
    members: Array
    columns: dict[str, Column]


@dataclass(slots=True)
class Table:
    """One table section. ``place[i]`` is where submission i stands in the order of the blocks."""

    open: Array
    blocks: list[Block]
    place: Array | None


@dataclass(slots=True)
class Tables:
    """The columns of ``count`` submissions; ``as_of`` holds day ordinals, 0 where the day is not known."""

    count: int
    singles: dict[str, Column]
    tables: dict[str, Table]
    as_of: Array
    ended_on: Array = field(default_factory=lambda: np.zeros(0, np.int32))

    def parts(self) -> Iterator[tuple[slice, Tables]]:
        """(which submissions, their columns), at most PART at a time; columns are views, nothing is copied."""
        if 0 < self.count <= PART:
            yield slice(0, self.count), self
            return
        rest = {name: iter(table.blocks) for name, table in self.tables.items()}
        for start in range(0, self.count, PART):
            at = slice(start, min(start + PART, self.count))
            singles = {name: column.take(at) for name, column in self.singles.items()}
            tables = {}
            for name, table in self.tables.items():
                blocks = _blocks_of(rest[name], at)
                place = None if table.place is None else table.place[at] - start
                tables[name] = Table(table.open[at], blocks, place)
            yield at, Tables(at.stop - start, singles, tables, self.as_of[at], self.ended_on[at])


def _blocks_of(blocks: Iterator[Block], at: slice) -> list[Block]:
    """The next blocks of a table, which are those of a part, with its submissions counted from 0."""
    taken, missing = [], at.stop - at.start
    while missing:
        block = next(blocks)
        taken.append(Block(block.rows, block.members - at.start, block.columns))
        missing -= len(block.members)
    return taken


def used_fields(standard: Standard) -> dict[str, set[str]]:
    """The fields that some expression of the standard reads, by section; no other column is ever built."""
    used: dict[str, set[str]] = {"audit": {"audit_kind", "ended_on"}, "organisation": {"kind"}}

    def see(node: Node | None) -> None:
        fields, sections = _read_by(node) if node else ((), ())
        for section in sections:
            used.setdefault(section, set())
        for read in fields:
            used.setdefault(read.section, set()).add(read.id)
            if read.date_of:
                used.setdefault(_section_of(standard, read, read.date_of), set()).add(read.date_of)

    for criterion in standard.criteria:
        see(criterion.applies_node)
        see(criterion.evidence_node)
        for check in criterion.checks:
            see(check.node)
        for derogation in criterion.derogations:
            see(derogation.node)
    sample = standard.policy.sample
    see(sample.consent)
    see(sample.independent)
    see(standard.policy.corroborated)
    interviews = standard.questionnaire.section(sample.section)
    questions = [f.id for f in interviews.fields if f.question] if interviews else []
    used.setdefault(sample.section, set()).update([sample.worker, *questions])
    home_field = standard.questionnaire.single_field(sample.population)
    if home_field:
        used.setdefault(home_field.section, set()).add(sample.population)
    return used


@lru_cache(maxsize=1 << 12)
def _read_by(expression: Node) -> tuple[tuple[Field, ...], tuple[str, ...]]:
    """(fields, table sections) that an expression reads; kept, since it would be half the time of a single record."""
    parts = list(expression.walk())
    sections = tuple(part.section for part in parts if isinstance(part, Aggregate | Adequate))
    return tuple(part.field for part in parts if isinstance(part, FieldRef)), sections


def _section_of(standard: Standard, money: Field, dated: str) -> str:
    """The section of the date field that converts a money field: its own section, else a single record."""
    own = standard.questionnaire.section(money.section)
    if own and own.field(dated):
        return own.id
    single = standard.questionnaire.single_field(dated)
    return single.section if single else money.section


# -- one value ---------------------------------------------------------------------------------------------------


#: any number of up to a thousand digits, never rounded (the usual context rounds to 28 without a word)
_EXACTLY: Final = Context(prec=1000, Emax=1000, Emin=-1000, traps=[InvalidOperation, Inexact, Overflow])


def scaled(value: object, scale: int) -> int:
    """An exact decimal ("1234.50", 12) as a whole number of its ``10 ** -scale`` parts.

    Raises ValueError if it has more decimals than that or is no number.
    """
    try:
        number = Decimal(str(value)).scaleb(scale, _EXACTLY)
        whole = int(number)
    except ArithmeticError:
        raise ValueError(value) from None
    if number != whole:
        raise ValueError(value)
    return whole


def encode(field: Field, value: Any) -> int:
    """A canonical value as the number that stands in its column; 0 is blank for codes, dates and texts.

    Raises KeyError or ValueError for a value that the reader should have refused.
    """
    match field.type:
        case FieldType.YES_NO:
            return {True: 1, False: 2, "yes": 1, "no": 2}[value]
        case FieldType.CHOICE:
            return choice_code(field, value)
        case FieldType.CHOICES:
            mask = 0
            for word in value:
                code = choice_code(field, word)
                mask |= 1 << (code - 1) if code else 0
            return mask
        case FieldType.DATE:
            return (value if isinstance(value, date) else date.fromisoformat(value)).toordinal()
        case FieldType.COUNTRY | FieldType.CURRENCY:
            return letters_code(value)
        case FieldType.INTEGER:
            return value if type(value) is int else scaled(value, 0)
        case FieldType.DECIMAL:
            return scaled(value, DECIMAL_SCALE)
    raise ValueError(field.type)


def is_blank(value: Any) -> bool:
    """True for what reads as unanswered in canonical form: absent, null, empty text or an empty list."""
    return value is None or (isinstance(value, str | list | tuple) and not value)


_DTYPE: Final[Mapping[FieldType, type]] = {
    FieldType.YES_NO: np.uint8,
    FieldType.CHOICE: np.uint8,
    FieldType.CHOICES: np.uint64,
    FieldType.DATE: np.int32,
    FieldType.COUNTRY: np.int32,
    FieldType.CURRENCY: np.int32,
}


def fit(values: Sequence[int] | Array, bound: int) -> Array:
    """Whole numbers in the smallest exact array: 32 bits, 64 bits, or Python integers."""
    if bound < 1 << 31:
        return np.asarray(values, dtype=np.int32)
    return np.asarray(values, dtype=np.int64 if bound < EXACT else object)


# -- many values -------------------------------------------------------------------------------------------------


class _Builder:
    """Makes columns from sequences of canonical values, with the rates of one standard."""

    def __init__(self, standard: Standard) -> None:
        self._standard = standard
        self._texts: dict[str, int] = {}
        self._rates = _RateTable(standard.rates, standard.currency)

    def column(self, field: Field, values: Sequence[Any], shape: tuple[int, ...], dates: Array | None) -> Column:
        """A column of canonical values in row-major order; ``dates`` are the ordinals that convert money."""
        if field.type is FieldType.MONEY:
            return self._money(values, shape, dates)
        if field.type is FieldType.TEXT:
            codes = [0 if is_blank(v) else self._texts.setdefault(str(v), len(self._texts) + 1) for v in values]
            return Column(np.asarray(codes, dtype=np.int32).reshape(shape))
        seen: dict[Any, int] = {}

        def number(value: Any) -> int:
            if type(value) not in (str, bool):
                return 0 if is_blank(value) else encode(field, value)
            if value not in seen:  # codes and days come again and again: twice as fast over thousands of records
                seen[value] = 0 if is_blank(value) else encode(field, value)
            return seen[value]

        numbers = [number(value) for value in values]
        if field.type in _DTYPE:
            array: Array = np.asarray(numbers, dtype=_DTYPE[field.type]).reshape(shape)
            if field.type is FieldType.DATE:
                return Column(array, _mask(array != 0), 0, 1 << 22)
            return Column(array)
        known = np.asarray([not is_blank(value) for value in values], dtype=bool).reshape(shape)
        bound = max(map(abs, numbers), default=0)
        scale = DECIMAL_SCALE if field.type is FieldType.DECIMAL else 0
        return Column(fit(numbers, bound).reshape(shape), _mask(known), scale, bound)

    def _money(self, values: Sequence[Any], shape: tuple[int, ...], dates: Array | None) -> Column:
        amounts, currencies = [0] * len(values), [0] * len(values)
        known = np.zeros(len(values), dtype=bool)
        for place, value in enumerate(values):
            if is_blank(value) or is_blank(value.get("amount")) or is_blank(value.get("currency")):
                continue
            amounts[place] = scaled(value["amount"], MONEY_SCALE)
            currencies[place] = letters_code(value["currency"])
            known[place] = True
        bound = max(map(abs, amounts), default=0)
        return self.money(
            fit(amounts, bound).reshape(shape),
            np.asarray(currencies, dtype=np.int32).reshape(shape),
            known.reshape(shape),
            bound,
            dates,
        )

    def money(self, amounts: Array, currencies: Array, known: Array, bound: int, dates: Array | None) -> Column:
        """A money column with its exact conversion; an amount without a date or a rate converts to a blank."""
        if dates is None:
            dates = np.zeros(amounts.shape, dtype=np.int32)
        rates, has_rate = self._rates.on(currencies, dates)
        wide = bound * self._rates.highest
        exact = np.int64 if wide < EXACT else object
        converted = amounts.astype(exact) * rates.astype(exact)
        std = Column(converted, _mask(known & has_rate), MONEY_SCALE + self._rates.scale, wide)
        return Column(amounts, _mask(known), MONEY_SCALE, bound, currencies, std)


class _RateTable:
    """Dated exact rates: units of the standard's currency for one unit of another."""

    def __init__(self, rates: Iterable[Rate], currency: str) -> None:
        decimals = [Decimal(rate.value) for rate in rates if rate.to == currency]
        self.scale = max([0, *(-int(d.as_tuple().exponent) for d in decimals)])
        self.highest = max([10**self.scale, *(scaled(d, self.scale) for d in decimals)])
        self._own = letters_code(currency)
        by_currency: dict[int, list[tuple[int, int]]] = {}
        for rate in rates:
            if rate.to == currency:
                entry = (rate.start.toordinal(), scaled(rate.value, self.scale))
                by_currency.setdefault(letters_code(rate.currency), []).append(entry)
        self._by_currency = {code: sorted(entries) for code, entries in by_currency.items()}

    def on(self, currencies: Array, dates: Array) -> tuple[Array, Array]:
        """(rate at the table's scale, whether there is one) for each currency code and day."""
        rates = np.zeros(currencies.shape, dtype=np.int64)
        own = currencies == self._own
        rates[own] = 10**self.scale
        found = own.copy()
        for code, entries in self._by_currency.items():
            rows = (currencies == code) & (dates != 0)
            if code == self._own or not rows.any():
                continue
            starts = np.asarray([start for start, _ in entries])
            values = np.asarray([0, *(value for _, value in entries)])
            place = np.searchsorted(starts, dates[rows], side="right")
            rates[rows] = values[place]
            found[rows] = place > 0
        return rates, found


def _mask(known: Array) -> Array | None:
    """None where everything is known, so that the evaluator can skip the work."""
    return None if known.all() else known


def _layout(counts: Array) -> tuple[list[tuple[int, Array]], Array | None]:
    """The submissions of each part grouped by how many rows they have, and each one's place in that order."""
    if not len(counts):
        return [(0, np.zeros(0, np.int64))], None
    part = np.arange(len(counts)) // PART
    order = np.lexsort((counts, part))
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    groups: list[tuple[int, Array]] = []
    edges = np.flatnonzero(np.diff(counts[order], prepend=-1) | np.diff(part, prepend=0))
    for start, stop in zip(edges, [*edges[1:], len(order)], strict=True):
        rows = int(counts[order[start]])
        step = max(1, BLOCK // max(1, rows))
        groups += [(rows, order[at : min(at + step, stop)]) for at in range(start, stop, step)]
    straight = bool((order == np.arange(len(order))).all())
    return groups, None if straight else place


def _open_flags(states: Sequence[str | None]) -> Array:
    return np.asarray([0 if state in ("complete", "none") else 1 for state in states], dtype=np.uint8)


def from_records(standard: Standard, records: Sequence[Mapping[str, Any]], as_of: Sequence[date | None]) -> Tables:
    """Columns from canonical submissions (see the workbook's format); ``as_of`` is one day a record.

    Raises KeyError or ValueError on a value that the reader should have refused.
    """
    used, build, count = used_fields(standard), _Builder(standard), len(records)

    def singles_of(section: Section) -> dict[str, Column]:
        rows = [record.get(section.id) or {} for record in records]
        return _columns(section, used, lambda f: [row.get(f.id) for row in rows], (count,), build, singles)

    singles: dict[str, Column] = {}
    for section in standard.questionnaire.singles:
        singles.update(singles_of(section))
    tables = {}
    for section in standard.questionnaire.tables:
        if section.id not in used:
            continue
        parts = [(record.get("sections") or {}).get(section.id) or {} for record in records]
        rows_of = [part.get("rows") or [] for part in parts]
        groups, place = _layout(np.asarray([len(rows) for rows in rows_of], dtype=np.int64))
        blocks = []
        for height, members in groups:
            rows = [rows_of[member][at] for at in range(height) for member in members]

            def values(f: Field, rows: Sequence[Row] = rows) -> list[Any]:
                return [row.get(f.id) for row in rows]

            columns = _columns(section, used, values, (height, len(members)), build, {})
            blocks.append(Block(height, members, columns))
        tables[section.id] = Table(_open_flags([part.get("state") for part in parts]), blocks, place)
    days = np.asarray([day.toordinal() if day else 0 for day in as_of], dtype=np.int32)
    return Tables(count, singles, tables, days, singles["ended_on"].values)


def _columns(
    section: Section,
    used: Mapping[str, set[str]],
    values: Callable[[Field], Sequence[Any]],
    shape: tuple[int, ...],
    build: _Builder,
    known: Mapping[str, Column],
) -> dict[str, Column]:
    """The used columns of one section; dates first, since money is converted by them."""
    fields = [f for f in section.fields if f.id in used.get(section.id, ())]
    columns: dict[str, Column] = {}
    for f in sorted(fields, key=lambda f: f.type is FieldType.MONEY):
        dated = columns.get(f.date_of) or known.get(f.date_of)
        columns[f.id] = build.column(f, values(f), shape, dated.values if dated else None)
    return columns


def from_frames(
    standard: Standard, submissions: pd.DataFrame, sections: Mapping[str, pd.DataFrame], as_of: pd.Series | date
) -> Tables:
    """Columns from data frames: one row a submission, one frame a table section, joined on ``submission``.

    Single-record fields are columns of ``submissions``, ``<section>__state`` holds a section's state, money is
    ``<field>`` and ``<field>.currency``, a multiple choice is text with codes between semicolons. Any dtype
    will do: each column is reduced to its distinct values, and those are read one by one.
    """
    import pandas as pd

    used, build, count = used_fields(standard), _Builder(standard), len(submissions)
    keys = pd.Index(submissions["submission"])
    if not keys.is_unique:
        raise ValueError("two submissions of one name")
    singles: dict[str, Column] = {}
    for section in standard.questionnaire.singles:
        singles.update(_frame_columns(section, used, submissions, build, singles))
    tables = {}
    for section in standard.questionnaire.tables:
        if section.id not in used:
            continue
        frame = sections.get(section.id, pd.DataFrame({"submission": []}))
        owner = keys.get_indexer(frame["submission"])
        if (owner < 0).any():
            raise ValueError(f"{section.id} has rows of a submission that is not there")
        counts = np.bincount(owner, minlength=count)
        by_owner = np.argsort(owner, kind="stable")
        starts = np.concatenate(([0], np.cumsum(counts)[:-1])) if count else np.zeros(0, np.int64)
        groups, place = _layout(counts)
        flat = _frame_columns(section, used, frame, build, {})
        blocks = []
        for height, members in groups:
            rows = (
                by_owner[starts[members] + np.arange(height)[:, None]] if height else np.zeros((0, len(members)), int)
            )
            blocks.append(Block(height, members, {name: column.take(rows) for name, column in flat.items()}))
        name = f"{section.id}__state"
        states = list(submissions[name]) if name in submissions else [None] * count
        tables[section.id] = Table(_open_flags(states), blocks, place)
    if isinstance(as_of, date):
        days = np.full(count, as_of.toordinal(), dtype=np.int32)
    else:
        days = _distinct(as_of, lambda day: date.fromisoformat(str(day)[:10]).toordinal(), np.int32)[0]
    return Tables(count, singles, tables, days, singles["ended_on"].values)


def _distinct(series: pd.Series, read: Callable[[Any], int], dtype: type) -> tuple[Array, Array, int]:
    """(values, known, largest absolute value) of a column, reading each distinct value once."""
    import pandas as pd

    codes, uniques = pd.factorize(series)
    found = uniques.tolist()  # Python's own values: a numpy scalar is not even comparable with []
    blank = [is_blank(value) for value in found]
    numbers = [0 if empty else read(value) for value, empty in zip(found, blank, strict=True)]
    bound = max(map(abs, numbers), default=0)
    lookup = np.asarray([*numbers, 0], dtype=dtype if dtype is not int else fit([], bound).dtype)
    known = np.asarray([*(not empty for empty in blank), False])
    return lookup[codes], known[codes], bound


def _frame_columns(
    section: Section,
    used: Mapping[str, set[str]],
    frame: pd.DataFrame,
    build: _Builder,
    known: Mapping[str, Column],
) -> dict[str, Column]:
    columns: dict[str, Column] = {}
    texts: dict[str, int] = {}
    fields = [f for f in section.fields if f.id in used.get(section.id, ())]
    for f in sorted(fields, key=lambda f: f.type is FieldType.MONEY):
        if f.id not in frame:
            blank = [None] * len(frame)
            columns[f.id] = build.column(f, blank, (len(frame),), None)
        elif f.type is FieldType.MONEY:
            amounts, has_amount, bound = _distinct(frame[f.id], lambda v: scaled(v, MONEY_SCALE), int)
            currencies, has_currency, _ = _distinct(frame[f"{f.id}.currency"], letters_code, np.int32)
            dated = columns.get(f.date_of) or known.get(f.date_of)
            dates = dated.values if dated else None
            columns[f.id] = build.money(amounts, currencies, has_amount & has_currency, bound, dates)
        elif f.type is FieldType.TEXT:
            values, _, _ = _distinct(frame[f.id], lambda v: texts.setdefault(str(v), len(texts) + 1), np.int32)
            columns[f.id] = Column(values)
        else:
            read = _reader(f)
            values, answered, bound = _distinct(frame[f.id], read, _DTYPE.get(f.type, int))
            numeric = f.type not in _DTYPE or f.type is FieldType.DATE
            scale = DECIMAL_SCALE if f.type is FieldType.DECIMAL else 0
            columns[f.id] = Column(values, _mask(answered) if numeric else None, scale, bound)
    return columns


def _reader(field: Field) -> Callable[[Any], int]:
    if field.type is FieldType.CHOICES:
        return lambda value: encode(field, [word for word in str(value).split(";") if word])
    if field.type is FieldType.DATE:
        return lambda value: encode(field, str(value)[:10])
    return lambda value: encode(field, value)
