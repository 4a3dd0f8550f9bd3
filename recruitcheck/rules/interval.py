"""Exact interval arithmetic over columns: every number of an expression is ``[lowest, highest]``.

Values are whole numbers over ``10 ** scale * divisor``; infinities are masks, never floats. A comparison is
decided if all pairs of the two intervals agree. Where the largest possible value would leave 64 bits, the
arrays turn into Python integers, so nothing is ever rounded or wrapped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from recruitcheck.rules.tables import EXACT, Array, Column

Ints = Array | int
Mask = Array | None

FALSE, UNKNOWN, TRUE = np.uint8(0), np.uint8(1), np.uint8(2)


@dataclass(frozen=True, slots=True)
class Interval:
    """``low`` is ``high`` where the number is known exactly. ``void``: nothing is known, any comparison is
    unknown. ``endless`` / ``bottomless``: no highest / no lowest. ``bound``: largest absolute numerator."""

    low: Ints
    high: Ints
    bound: int
    scale: int = 0
    divisor: Ints = 1
    divisor_bound: int = 1
    void: Mask = None
    endless: Mask = None
    bottomless: Mask = None

    @property
    def exact(self) -> bool:
        """True if low and high are the same array and there are no infinities."""
        return self.low is self.high and self.endless is None and self.bottomless is None


def point(value: int) -> Interval:
    return Interval(value, value, abs(value))


def either(a: Mask, b: Mask) -> Mask:
    """Union of two masks, where None is "nowhere"."""
    if a is None:
        return b
    return a if b is None else a | b


def _wide(values: Ints, bound: int) -> Ints:
    """The same numbers in a type that holds ``bound``."""
    if not isinstance(values, np.ndarray) or bound < 1 << 31:
        return values
    return values.astype(object if bound >= EXACT else np.int64, copy=False)


def _times(values: Ints, factor: Ints, bound: int) -> Ints:
    if isinstance(factor, int) and factor == 1:
        return values
    if isinstance(values, int) and values == 1:
        return factor
    return _wide(values, bound) * _wide(factor, bound)


def align(a: Interval, b: Interval) -> tuple[Interval, Interval]:
    """The two numbers over one common denominator."""
    if a.scale == b.scale and a.divisor is b.divisor:
        return a, b
    scale = max(a.scale, b.scale)
    total = a.divisor_bound * b.divisor_bound
    divisor = _times(a.divisor, b.divisor, total)
    return _over(a, b, scale, divisor, total), _over(b, a, scale, divisor, total)


def _over(number: Interval, other: Interval, scale: int, divisor: Ints, total: int) -> Interval:
    """The number over the common denominator of both."""
    factor = 10 ** (scale - number.scale)
    bound = max(number.bound, 1) * factor * other.divisor_bound  # zeros too meet the factor in one type
    low = high = _times(_times(number.low, factor, bound), other.divisor, bound)
    if number.high is not number.low:
        high = _times(_times(number.high, factor, bound), other.divisor, bound)
    return Interval(low, high, bound, scale, divisor, total, number.void, number.endless, number.bottomless)


def add(a: Interval, b: Interval) -> Interval:
    a, b = align(a, b)
    bound = a.bound + b.bound
    low = high = _wide(a.low, bound) + _wide(b.low, bound)
    if a.low is not a.high or b.low is not b.high:
        high = _wide(a.high, bound) + _wide(b.high, bound)
    void, endless = either(a.void, b.void), either(a.endless, b.endless)
    bottomless = either(a.bottomless, b.bottomless)
    return Interval(low, high, bound, a.scale, a.divisor, a.divisor_bound, void, endless, bottomless)


def negate(a: Interval) -> Interval:
    low = high = -a.low
    if a.high is not a.low:
        low = -a.high
    return Interval(low, high, a.bound, a.scale, a.divisor, a.divisor_bound, a.void, a.bottomless, a.endless)


def subtract(a: Interval, b: Interval) -> Interval:
    return add(a, negate(b))


def multiply(a: Interval, b: Interval) -> Interval:
    """The product; an infinity times zero is zero."""
    bound = max(a.bound, 1) * max(b.bound, 1)  # zeros too meet the other factor in one type
    scale, total = a.scale + b.scale, a.divisor_bound * b.divisor_bound
    divisor: Ints = 1
    if not (isinstance(a.divisor, int) and isinstance(b.divisor, int)):
        divisor = _wide(a.divisor, total) * _wide(b.divisor, total)
    void = either(a.void, b.void)
    if a.exact and b.exact:
        low = _wide(a.low, bound) * _wide(b.low, bound)
        return Interval(low, low, bound, scale, divisor, total, void)
    if _never_negative(a) and _never_negative(b):
        low, high = _wide(a.low, bound) * _wide(b.low, bound), _wide(a.high, bound) * _wide(b.high, bound)
        endless = either(_endless_product(a, b), _endless_product(b, a))
        return Interval(low, high, bound, scale, divisor, total, void, endless)
    corners = [_corner(a, b, left, right, bound) for left in ("low", "high") for right in ("low", "high")]
    values = np.broadcast_arrays(*[value for value, _ in corners])
    signs = np.broadcast_arrays(*[sign for _, sign in corners])
    endless = np.logical_or.reduce([sign > 0 for sign in signs])
    bottomless = np.logical_or.reduce([sign < 0 for sign in signs])
    finite = [sign == 0 for sign in signs]
    low = _extreme(np.minimum, values, finite)
    high = _extreme(np.maximum, values, finite)
    return Interval(
        low,
        high,
        bound,
        scale,
        divisor,
        total,
        void,
        endless if endless.any() else None,
        bottomless if bottomless.any() else None,
    )


def _never_negative(a: Interval) -> bool:
    return a.bottomless is None and bool(np.all(a.low >= 0))


def _endless_product(a: Interval, b: Interval) -> Mask:
    """Where a has no highest value and b is not certainly zero."""
    if a.endless is None:
        return None
    return a.endless & either(np.asarray(b.high > 0), b.endless)


def _corner(a: Interval, b: Interval, left: str, right: str, bound: int) -> tuple[Ints, Any]:
    """(product of two ends, sign of its infinity or 0)."""
    x, y = getattr(a, left), getattr(b, right)
    x_sign, y_sign = _sign(a, left), _sign(b, right)
    infinite = _is_infinite(a, left) | _is_infinite(b, right)
    return _wide(x, bound) * _wide(y, bound), np.where(infinite, x_sign * y_sign, 0)


def _is_infinite(a: Interval, end: str) -> Any:
    mask = a.bottomless if end == "low" else a.endless
    return np.False_ if mask is None else mask


def _sign(a: Interval, end: str) -> Any:
    value = np.asarray(getattr(a, end))
    finite = (value > 0).astype(np.int8) - (value < 0).astype(np.int8)
    return np.where(_is_infinite(a, end), np.int8(-1 if end == "low" else 1), finite)


def _extreme(pick: np.ufunc, values: tuple[Array, ...], finite: list[Array]) -> Array:
    """The least or greatest finite corner; 0 where none is finite, since both ends are then infinite."""
    best = np.where(finite[0], values[0], 0)
    seen = finite[0]
    for value, real in zip(values[1:], finite[1:], strict=True):
        best = np.where(real, np.where(seen, pick(best, value), value), best)
        seen = seen | real
    return best


def compare(op: str, a: Interval, b: Interval) -> Array:
    """Truth bytes of ``a op b``: true or false where every pair of values agrees, unknown elsewhere."""
    a, b = align(a, b)
    if op in ("<", ">="):
        truth = _less(a, b)
        return TRUE - truth if op == ">=" else truth
    if op in (">", "<="):
        truth = _less(b, a)
        return TRUE - truth if op == "<=" else truth
    truth = _equal(a, b)
    return TRUE - truth if op == "!=" else truth


def _bytes(mask: Any) -> Array:
    """A boolean mask as 0 and 1."""
    return np.asarray(mask, dtype=bool).view(np.uint8)


def choose(mask: Any, yes: Any, no: Any) -> Array:
    """``np.where`` for bytes, ten times as fast: where the mask is mixed, a branch costs more than four passes."""
    keep = _bytes(mask) * np.uint8(255)
    chosen: Array = (yes & keep) | (no & ~keep)
    return chosen


def _blur(truth: Array, void: Mask) -> Array:
    """Unknown where nothing is known."""
    return truth if void is None else choose(void, UNKNOWN, truth)


def _less(a: Interval, b: Interval) -> Array:
    void = either(a.void, b.void)
    if a.exact and b.exact:
        less = _bytes(a.low < b.low)
        return _blur(less + less, void)
    surely, maybe = np.asarray(a.high < b.low, dtype=bool), np.asarray(a.low < b.high, dtype=bool)
    for gone in (a.endless, b.bottomless):
        surely = surely if gone is None else surely & ~gone
    for wide in (a.bottomless, b.endless):
        maybe = maybe if wide is None else maybe | wide
    return _blur(_bytes(surely) + _bytes(maybe), void)


def _equal(a: Interval, b: Interval) -> Array:
    void = either(a.void, b.void)
    if a.exact and b.exact:
        same = _bytes(a.low == b.low)
        return _blur(same + same, void)
    surely = (a.low == a.high) & (b.low == b.high) & (a.low == b.low)
    below, above = np.asarray(a.low <= b.high, dtype=bool), np.asarray(b.low <= a.high, dtype=bool)
    for wide in (a.endless, b.bottomless):
        above = above if wide is None else above | wide
    for wide in (a.bottomless, b.endless):
        below = below if wide is None else below | wide
    maybe = below & above
    for wide in (a.endless, b.endless, a.bottomless, b.bottomless):
        surely = surely if wide is None else surely & ~wide
    return _blur(_bytes(surely) + _bytes(maybe), void)


def nowhere(mask: Array) -> Mask:
    """The mask, or None if it is false everywhere."""
    return mask if mask.any() else None


def of_column(column: Column) -> Interval:
    """The numbers of a column: exact where known, void elsewhere."""
    void = None if column.known is None else ~column.known
    return Interval(column.values, column.values, column.bound, column.scale, void=void)


# -- money -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in its own currency (code 0: none, or mixed) and the same in the standard's."""

    own: Interval
    currency: Array | int
    converted: Interval
    zero: Array | bool = False


def as_money(value: Interval | Money) -> Money:
    """A literal 0 is no amount in any currency and needs no rate."""
    return value if isinstance(value, Money) else Money(value, 0, value, True)


def compare_money(op: str, left: Money, right: Money) -> Array:
    """Two amounts in one currency as they are, otherwise converted; a comparison with zero needs no rate."""
    own = compare(op, left.own, right.own)
    a, b = np.asarray(left.currency), np.asarray(right.currency)
    plain = (a == b) & (a != 0)
    for zero, single in ((left.zero, b), (right.zero, a)):
        if zero is not False:
            plain = plain | (zero & (single != 0))
    return choose(plain, own, compare(op, left.converted, right.converted))


def calculate(op: str, left: Interval | Money, right: Interval | Money) -> Interval | Money:
    """``left op right`` of numbers, of amounts, or of an amount and a number."""
    if isinstance(left, Interval) and isinstance(right, Interval):
        return {"+": add, "-": subtract, "*": multiply}[op](left, right)
    if op == "*":
        money, factor = (left, right) if isinstance(left, Money) else (right, left)
        assert isinstance(money, Money) and isinstance(factor, Interval)
        return Money(multiply(money.own, factor), money.currency, multiply(money.converted, factor), money.zero)
    combine = add if op == "+" else subtract
    first, second = as_money(left), as_money(right)
    a, b = np.asarray(first.currency), np.asarray(second.currency)
    currency = np.where(a == b, a, 0)
    return Money(combine(first.own, second.own), currency, combine(first.converted, second.converted))
