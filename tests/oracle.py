"""A naive interpreter of the expression language: one submission, Fractions, None for what is not known.

It reads the text with Python's own parser and follows scoring.md, section 1, word by word. It shares nothing
with the product but the questionnaire, the dates and the figures of the standard.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from functools import cache
from math import comb, inf, isinf
from typing import Any, NamedTuple

from recruitcheck.rules.standard import Criterion, Field, FieldType, Parameter, Standard


class Num(NamedTuple):
    """Every number is an interval."""

    low: Any
    high: Any


class Cash(NamedTuple):
    """An amount in one currency ("" where several were added up), and the same converted, None without a rate."""

    own: Num | None
    currency: str
    converted: Num | None
    zero: bool = False


def plus(x: Any, y: Any) -> Any:
    return x if isinf(x) else y if isinf(y) else x + y


def times(x: Any, y: Any) -> Any:
    if x == 0 or y == 0:
        return 0
    return (inf if (x > 0) == (y > 0) else -inf) if isinf(x) or isinf(y) else x * y


def calculate(op: type, a: Any, b: Any) -> Any:
    """a op b; nothing is known of it where nothing is known of a or of b."""
    if a is None or b is None:
        return None
    if isinstance(a, Cash) and isinstance(b, Cash):
        same = a.currency == b.currency != ""
        own = calculate(op, a.own, b.own) if same else None
        return Cash(own, a.currency if same else "", calculate(op, a.converted, b.converted))
    if isinstance(a, Cash) or isinstance(b, Cash):
        cash, factor = (a, b) if isinstance(a, Cash) else (b, a)
        return cash._replace(own=calculate(op, cash.own, factor), converted=calculate(op, cash.converted, factor))
    if op is ast.Mult:
        corners = [times(x, y) for x in a for y in b]
        return Num(min(corners), max(corners))
    x, y = b if op is ast.Add else (-b.high, -b.low)
    return Num(plus(a.low, x), plus(a.high, y))


def compare(op: type, a: Any, b: Any) -> int:
    """Decided if all pairs agree, else unknown."""
    if isinstance(a, Cash) or isinstance(b, Cash):
        a, b = (Cash(v, "", v, True) if isinstance(v, Num) else v for v in (a, b))
        if a is None or b is None:
            return 1
        same = a.currency == b.currency != "" or (a.zero and b.currency) or (b.zero and a.currency)
        a, b = (a.own, b.own) if same else (a.converted, b.converted)
    if a is None or b is None:
        return 1
    if isinstance(a, str) and isinstance(b, str):
        return 2 * ((a == b) is (op is ast.Eq))
    a, b = day(a), day(b)
    if op in (ast.Gt, ast.LtE):
        a, b = b, a
    if op in (ast.Eq, ast.NotEq):
        yes, no = a.low == a.high == b.low == b.high, a.high < b.low or b.high < a.low
    else:
        yes, no = a.high < b.low, a.low >= b.high
    truth = 2 if yes else 0 if no else 1
    return 2 - truth if op in (ast.NotEq, ast.GtE, ast.LtE) else truth


def day(value: Any) -> Any:
    return Num(*[date.fromisoformat(value).toordinal()] * 2) if isinstance(value, str) else value


@cache
def enough(population: int, confidence: int, percent: int, least: int) -> int:
    """The fewest interviews after which M harmed workers, more than is tolerated, are no longer possible."""

    def worst(n: int) -> int:
        whole = comb(population, n) * (100 - confidence)
        return max(m for m in range(population + 1) if 100 * comb(population - m, n) >= whole)

    return next(n for n in range(1, population + 1) if worst(n) <= max(Fraction(percent * population, 100), least))


class Oracle:
    """One submission on one day under one standard."""

    def __init__(
        self, standard: Standard, data: Mapping[str, Any], as_of: date | None, parameters: Mapping[str, Parameter] = {}
    ) -> None:
        self.standard, self.data, self.as_of, self.parameters = standard, data, as_of, parameters
        self.country = ""

    def truth(self, text: str) -> int:
        return 2 if text.strip() == "none" else self._truth(ast.parse(f"(\n{text}\n)", mode="eval").body, None)

    def criterion(self, c: Criterion) -> tuple[int, int]:
        """(proven, claimed) of one criterion; 255 where it is not in force."""
        inside = Oracle(self.standard, self.data, self.as_of, c.parameters)
        inside.country = c.country
        start, end = c.life_from or date.min, c.life_until or date.max
        if not c.enabled or (self.as_of and not start <= self.as_of <= end):
            return 255, 255
        kind = self._field("kind", None)
        applies = min(
            1 if kind is None else 2 * (kind in (*c.audience, "both")), inside.truth(c.applies) if c.applies else 2
        )
        if applies < 2:
            return (3, 3) if applies == 0 else (1, 1)
        checks, evidence = [inside.truth(check.must) for check in c.checks], inside.truth(c.evidence)
        return min(min(check, max(evidence, 1)) for check in checks), min(checks)

    def _truth(self, node: ast.expr, row: tuple[str, Any] | None) -> int:
        match node:
            case ast.BoolOp(op=op, values=parts):
                return (min if isinstance(op, ast.And) else max)(self._truth(part, row) for part in parts)
            case ast.UnaryOp(operand=part):
                return 2 - self._truth(part, row)
            case ast.Compare(left=left, ops=[ast.In()], comparators=[ast.Tuple(elts=options)]):
                value = self._value(left, row)
                return 1 if value is None else 2 * (value in [option.value for option in options])
            case ast.Compare(left=ast.Constant(value=code), ops=[ast.In()], comparators=[field]):
                ticks = self._value(field, row)
                return 1 if ticks is None else 2 * (code in ticks)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return compare(type(op), self._value(left, row), self._value(right, row))
            case ast.Call(func=ast.Name(id="adequate"), args=[_, field]):
                return 2 * self.adequate([field.id])
            case ast.Call(func=ast.Name(id="answered"), args=[field]):
                return 2 * (self._value(field, row) is not None)
            case ast.Call(func=ast.Name(id="any"), args=[section, cond]):
                truths, closed = self._rows(section.id, cond)
                return max(truths, default=0) if closed else 2 if 2 in truths else 1
            case ast.Call(func=ast.Name(id="every"), args=[section, cond]):
                truths, closed = self._rows(section.id, cond)
                return min(truths, default=2) if closed else 0 if 0 in truths else 1
        value = self._value(node, row)
        return 1 if value is None else 2 * value

    def _rows(self, section: str, cond: ast.expr | None) -> tuple[list[int], bool]:
        part = self.data.get("sections", {}).get(section) or {}
        truths = [2 if cond is None else self._truth(cond, (section, row)) for row in part.get("rows", ())]
        return truths, part.get("state") in ("complete", "none")

    def _value(self, node: ast.expr, row: tuple[str, Any] | None) -> Any:
        match node:
            case ast.Constant(value=value):
                return value if isinstance(value, str) else Num(value, value)
            case ast.Name(id="as_of"):
                return day(self.as_of.isoformat()) if self.as_of else None
            case ast.Name(id="country"):
                return self.country
            case ast.Name(id=name):
                return self._field(name, row)
            case ast.Attribute(attr=name):
                return self._parameter(self.parameters[name])
            case ast.BinOp(left=left, op=op, right=right):
                return calculate(type(op), self._value(left, row), self._value(right, row))
            case ast.Call(func=ast.Name(id="days_between"), args=[first, last]):
                return calculate(ast.Sub, day(self._value(last, row)), day(self._value(first, row)))
            case ast.Call(func=ast.Name(id=word), args=[section, *rest]):
                if word == "sum":
                    return self._sum(section.id, rest[0].id, rest[1] if rest[1:] else None)
                truths, closed = self._rows(section.id, rest[0] if rest else None)
                sure, maybe = truths.count(2), len(truths) - truths.count(0)
                if word == "count":
                    return Num(sure, maybe if closed else inf)
                total = len(truths)
                return Num(Fraction(100 * sure, total), Fraction(100 * maybe, total)) if closed and total else None
        raise AssertionError(ast.dump(node))

    def _sum(self, section: str, name: str, cond: ast.expr | None) -> Any:
        field = self.standard.questionnaire.section(section).field(name)
        truths, closed = self._rows(section, cond)
        never_negative = field.minimum is not None and field.minimum >= 0
        if not closed and not never_negative:
            return None
        low, high = 0, 0 if closed else inf
        for place, truth in enumerate(truths):
            value = self._field(name, (section, self.data["sections"][section]["rows"][place]))
            value = value.converted if isinstance(value, Cash) else value
            if truth and value is None and not never_negative:
                return None
            if truth and value is None:
                high = inf
            elif truth:
                low = plus(low, value.low if truth == 2 else min(value.low, 0))
                high = plus(high, value.high if truth == 2 else max(value.high, 0))
        total = Num(low, high)
        return Cash(total, self.standard.currency, total) if field.type is FieldType.MONEY else total

    def _parameter(self, parameter: Parameter) -> Any:
        values = [v for v in parameter.values if self.as_of and v.start <= self.as_of <= (v.until or date.max)]
        if not values:
            return None
        value = max(values, key=lambda v: v.start).value
        if parameter.unit != "minor currency units":
            return Num(value, value)
        amount = Num(*[Fraction(value, 100)] * 2)
        return Cash(amount, self.standard.currency, amount, value == 0)

    def _field(self, name: str, row: tuple[str, Any] | None) -> Any:
        asked = self.standard.questionnaire
        field = asked.section(row[0]).field(name) if row else None
        record = row[1] if field else None
        if not field:
            field = asked.single_field(name)
            record = self.data.get(field.section) or {}
        return self._read(field, record)

    def _read(self, field: Field, record: Mapping[str, Any]) -> Any:
        value = record.get(field.id)
        if value is None or value in ("", [], ()):
            return None
        silent = [choice.id for choice in field.choices if choice.unanswered]
        match field.type:
            case FieldType.YES_NO:
                return value in (True, "yes")
            case FieldType.CHOICE:
                return None if value in silent else value
            case FieldType.CHOICES:
                return frozenset(value) - set(silent) or None
            case FieldType.INTEGER | FieldType.DECIMAL:
                return Num(Fraction(value), Fraction(value))
            case FieldType.DATE:
                return day(value)
            case FieldType.MONEY:
                own = Num(*[Fraction(value["amount"])] * 2)
                rate = self._rate(value["currency"], record.get(field.date_of))
                return Cash(own, value["currency"], None if rate is None else Num(own.low * rate, own.high * rate))
        return value

    def _rate(self, currency: str, on: str | None) -> Fraction | None:
        if currency == self.standard.currency:
            return Fraction(1)
        rates = [r for r in self.standard.rates if (r.currency, r.to) == (currency, self.standard.currency)]
        rates = [r for r in rates if on and r.start <= date.fromisoformat(on)]
        return Fraction(max(rates, key=operator.attrgetter("start")).value) if rates else None

    def interviewed(self, fields: list[str]) -> int:
        """Distinct workers with consent who answered one of the questions without declining."""
        sample, workers = self.standard.policy.sample, set()
        for row in (self.data.get("sections", {}).get(sample.section) or {}).get("rows", ()):
            place, worker = (sample.section, row), row.get(sample.worker)
            for name in fields if worker and row.get("consent") == "yes" else ():
                field = self.standard.questionnaire.section(sample.section).field(name)
                value, declined = self._field(name, place), {c.id for c in field.choices if c.declined}
                if value is not None and not (value <= declined if isinstance(value, frozenset) else value in declined):
                    workers.add(worker)
        return len(workers)

    def adequate(self, fields: list[str]) -> bool:
        sample, population = self.standard.policy.sample, self._field(self.standard.policy.sample.population, None)
        if population is None or population.low <= 0:
            return False
        n, chosen = self.interviewed(fields), self._field("selection", None) in ("inspector", "random")
        n = n if chosen else n * sample.discount[1] // sample.discount[0]
        return n >= enough(int(population.low), sample.confidence, sample.bound, sample.bound_workers)
