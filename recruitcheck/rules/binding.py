"""Names -> fields and parameters, types, choices, "did you mean": every typing rule of the language.

Types are words: ``truth``, ``number``, ``money``, ``date``, ``choice``, ``choices``, ``country``, ``currency``,
``text``. Units are compared as written; a whole-number literal, a count and a product of two united numbers
have none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

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
    ExpressionError,
    FieldRef,
    Has,
    Name,
    Node,
    Not,
    Number,
    OneOf,
    Or,
    Param,
    Word,
    did_you_mean,
    parse,
)
from recruitcheck.rules.standard import Field, FieldType, Parameter, Questionnaire

#: the unit of a parameter that is compared with money: hundredths of the standard's currency
MONEY_UNIT: Final = "minor currency units"

_TYPE_OF_FIELD: Final = {
    FieldType.YES_NO: "truth",
    FieldType.INTEGER: "number",
    FieldType.DECIMAL: "number",
}
_ORDERED: Final = ("number", "money", "date")


def letters_code(word: str) -> int:
    """A country or currency code as a number: base 27, so that two and three letters never meet; 0 is blank.

    Raises ValueError for anything but capital letters.
    """
    code = 0
    for letter in word:
        if not "A" <= letter <= "Z":
            raise ValueError(word)
        code = code * 27 + ord(letter) - 64
    return code


def choice_code(field: Field, word: str) -> int:
    """The number of a choice in its column: its place from 1, or 0 for a choice that reads as unanswered."""
    for place, choice in enumerate(field.choices, start=1):
        if choice.id == word:
            return 0 if choice.unanswered else place
    raise KeyError(word)


@dataclass(frozen=True, slots=True)
class Scope:
    """What an expression may name, and where it stands.

    ``use`` is "check", "evidence", "applies", "allows", "consent" or "fact"; ``section`` is the table a
    quantifier runs over; ``gain`` is True where more answers can only help; ``negated`` is True under `not`.
    """

    questionnaire: Questionnaire
    parameters: Mapping[str, Parameter]
    use: str = "check"
    country: str = ""
    sample_section: str = ""
    section: str = ""
    gain: bool = False
    negated: bool = False


@dataclass(frozen=True, slots=True)
class _Typed:
    node: Node
    type: str
    unit: str = ""


def bind(text: str, scope: Scope) -> Node:
    """The bound expression: it is true, false or unknown.

    Raises ExpressionError for anything that does not type, with its column and the nearest known word.
    """
    if scope.use == "evidence" and text.strip() == "none":
        return Always((0, 4))
    scope = replace(scope, gain=scope.use == "evidence")
    return _truth(parse(text), scope)


def bind_rows(text: str, section: str, scope: Scope) -> Node:
    """The bound condition over one row of a section. Raises as `bind`."""
    return _truth(parse(text), replace(scope, section=section, use="consent"))


def _refuse(node: Node, message: str, hint: str = "") -> ExpressionError:
    return ExpressionError(message, node.span[0] + 1, hint=hint)


def _truth(node: Node, scope: Scope) -> Node:
    typed = _bind(node, scope)
    if typed.type == "truth":
        return typed.node
    if typed.type in ("choice", "choices"):
        raise _refuse(node, "a choice is compared, only a yes_no field stands bare", 'write field == "yes"')
    raise _refuse(node, f"a {typed.type} is neither true nor false", "compare it with something")


def _bind(node: Node, scope: Scope) -> _Typed:
    match node:
        case Number():
            return _Typed(node, "number")
        case Word():
            return _Typed(node, "word")
        case Name():
            return _name(node, scope)
        case Param(id=name):
            if name not in scope.parameters:
                raise _refuse(node, f"no parameter {name!r} here", did_you_mean(name, scope.parameters))
            unit = scope.parameters[name].unit
            return _Typed(node, "money", MONEY_UNIT) if unit == MONEY_UNIT else _Typed(node, "number", unit)
        case Not(span=span, part=part):
            inner = replace(scope, gain=False, negated=True)
            return _Typed(Not(span, _truth(part, inner)), "truth")
        case And(span=span, parts=parts):
            return _Typed(And(span, tuple(_truth(part, scope) for part in parts)), "truth")
        case Or(span=span, parts=parts):
            return _Typed(Or(span, tuple(_truth(part, scope) for part in parts)), "truth")
        case Compare():
            return _compare(node, scope)
        case OneOf(span=span, left=left, options=options):
            typed = _bind(left, scope)
            if typed.type not in ("choice", "country", "currency"):
                raise _refuse(left, f"'in' wants a choice, not a {typed.type}")
            return _Typed(OneOf(span, typed.node, tuple(_code(option, typed) for option in options)), "truth")
        case Has(span=span, option=option, field=field):
            typed = _bind(field, scope)
            if typed.type != "choices":
                raise _refuse(field, f"'in' wants a field of several choices, not a {typed.type}")
            if scope.negated:
                raise _refuse(node, "membership does not stand under 'not'", "a tick that is missing proves nothing")
            return _Typed(Has(span, _code(option, typed), typed.node), "truth")
        case Arithmetic():
            return _arithmetic(node, scope)
        case DaysBetween(span=span, left=left, right=right):
            dates = [_dated(part, scope) for part in (left, right)]
            return _Typed(DaysBetween(span, *dates), "number", "days")
        case Aggregate():
            return _aggregate(node, scope)
        case Adequate():
            return _adequate(node, scope)
        case Answered(span=span, field=field):
            _only_where_it_helps(node, "answered", scope)
            if not isinstance(field, Name):
                raise _refuse(field, "answered takes the name of a field")
            ref = _field(field, scope)
            return _Typed(Answered(span, ref), "truth")
    raise _refuse(node, f"{type(node).__name__} cannot stand here")


def _field(node: Name, scope: Scope) -> FieldRef:
    section = scope.questionnaire.section(scope.section) if scope.section else None
    field = section.field(node.id) if section else None
    if field:
        return FieldRef(node.span, field, True)
    single = scope.questionnaire.single_field(node.id)
    if single is None:
        known = [f.id for s in scope.questionnaire.singles for f in s.fields]
        known += [f.id for f in section.fields] if section else []
        home = next((s.id for s in scope.questionnaire.tables if s.field(node.id)), "")
        hint = did_you_mean(node.id, [*known, "as_of", "param"])
        if home and not section:
            hint = f"it is a column of {home}: use it inside any, every, count, sum or share"
        raise _refuse(node, f"no field {node.id!r} here", hint)
    if scope.use == "applies" and single.section not in ("organisation", "audit"):
        raise _refuse(node, f"'applies' reads only facts of organisation and audit, not {single.section}")
    return FieldRef(node.span, single, False)


def _name(node: Name, scope: Scope) -> _Typed:
    if node.id == "as_of":
        return _Typed(AsOf(node.span), "date")
    if node.id == "country":
        if not scope.country:
            raise _refuse(node, "'country' is known only in an overlay's criteria")
        return _Typed(Code(node.span, scope.country, letters_code(scope.country)), "country")
    ref = _field(node, scope)
    kind = _TYPE_OF_FIELD.get(ref.field.type, str(ref.field.type))
    unit = MONEY_UNIT if kind == "money" else ref.field.unit
    return _Typed(ref, kind, unit)


def _code(option: Node, typed: _Typed) -> Code:
    if not isinstance(option, Word):
        raise _refuse(option, "a choice is written as quoted text")
    if typed.type in ("country", "currency"):
        length = 2 if typed.type == "country" else 3
        letters = option.value.isascii() and option.value.isalpha() and option.value.isupper()
        if len(option.value) != length or not letters:
            raise _refuse(option, f"{option.value!r} is not a {typed.type} code")
        return Code(option.span, option.value, letters_code(option.value))
    field = typed.node.field if isinstance(typed.node, FieldRef) else None
    if field is None:
        raise _refuse(option, "a choice is compared with a field")
    try:
        code = choice_code(field, option.value)
    except KeyError:
        hint = did_you_mean(option.value, [choice.id for choice in field.choices])
        raise _refuse(option, f"{field.id} has no choice {option.value!r}", hint) from None
    if code == 0:
        raise _refuse(option, f"{option.value!r} reads as unanswered and cannot be named", "unknown is never good")
    return Code(option.span, option.value, code)


def _day(node: Node) -> Day:
    if isinstance(node, Word):
        try:
            return Day(node.span, node.value, date.fromisoformat(node.value).toordinal())
        except ValueError:
            raise _refuse(node, f"{node.value!r} is not a date", 'write "2026-01-31"') from None
    raise _refuse(node, "a date is compared with a date")


def _dated(node: Node, scope: Scope) -> Node:
    typed = _bind(node, scope)
    if typed.type == "date":
        return typed.node
    return _day(node)


def _compare(node: Compare, scope: Scope) -> _Typed:
    rising = node.op in (">", ">=")
    left = _bind(node.left, replace(scope, gain=scope.gain and rising))
    right = _bind(node.right, replace(scope, gain=False))
    sides = {left.type, right.type}
    if "truth" in sides:
        raise _refuse(node, "a yes_no field or a condition is not compared", "it stands bare")
    if "text" in sides:
        raise _refuse(node, "free text is not compared: two spellings of one name would differ")
    if "choices" in sides:
        raise _refuse(node, "a field of several choices is not compared", 'write "A" in field')
    lefts, rights = left.node, right.node
    if "word" in sides:
        typed, word = (right, node.left) if left.type == "word" else (left, node.right)
        if typed.type == "word":
            raise _refuse(node, "two texts are compared")
        bound: Node = _day(word) if typed.type == "date" else _literal(word, typed)
        lefts, rights = (bound, rights) if left.type == "word" else (lefts, bound)
        sides = {typed.type}
    if len(sides) != 1 and not _zero_money(left, right):
        raise _refuse(node, f"a {left.type} is compared with a {right.type}", _money_hint(sides))
    if not sides & set(_ORDERED) and node.op not in ("==", "!="):
        raise _refuse(node, f"a {left.type} has no order", "use == or !=")
    if sides == {"choice"} and "word" not in (left.type, right.type):
        _same_set(node, lefts, rights)
    if sides == {"number"} and left.unit and right.unit and left.unit != right.unit:
        raise _refuse(node, f"{left.unit!r} is compared with {right.unit!r}")
    return _Typed(Compare(node.span, node.op, lefts, rights), "truth")


def _literal(word: Node, typed: _Typed) -> Node:
    if typed.type in ("choice", "country", "currency"):
        return _code(word, typed)
    raise _refuse(word, f"a {typed.type} is compared with quoted text")


def _same_set(node: Compare, left: Node, right: Node) -> None:
    sets = [part.field.choice_set for part in (left, right) if isinstance(part, FieldRef)]
    if len(sets) == 2 and sets[0] != sets[1]:
        raise _refuse(node, f"choices of {sets[0]!r} are compared with choices of {sets[1]!r}")


def _zero_money(left: _Typed, right: _Typed) -> bool:
    """Money may be compared with a literal 0, which needs no rate and no unit."""
    pair = {left.type: left.node, right.type: right.node}
    literal = pair.get("number")
    return set(pair) == {"money", "number"} and isinstance(literal, Number) and literal.value == 0


def _money_hint(sides: set[str]) -> str:
    return f"use a parameter with unit {MONEY_UNIT!r}" if sides == {"money", "number"} else ""


def _arithmetic(node: Arithmetic, scope: Scope) -> _Typed:
    plus = node.op == "+"
    left = _bind(node.left, replace(scope, gain=scope.gain and node.op in "+-"))
    right = _bind(node.right, replace(scope, gain=scope.gain and plus))
    for side, part in ((left, node.left), (right, node.right)):
        if side.type not in ("number", "money"):
            raise _refuse(part, f"{node.op} wants numbers, not a {side.type}")
    bound = Arithmetic(node.span, node.op, left.node, right.node)
    if node.op == "*":
        if left.type == right.type == "money":
            raise _refuse(node, "money is multiplied by a number, not by money")
        if "money" in (left.type, right.type):
            return _Typed(bound, "money", MONEY_UNIT)
        units = [side.unit for side in (left, right) if side.unit]
        return _Typed(bound, "number", units[0] if len(units) == 1 else "")
    if left.type != right.type:
        raise _refuse(node, f"{left.type} {node.op} {right.type}", _money_hint({left.type, right.type}))
    if left.unit and right.unit and left.unit != right.unit:
        raise _refuse(node, f"{left.unit!r} {node.op} {right.unit!r}")
    return _Typed(bound, left.type, left.unit or right.unit)


def _table(node: Aggregate | Adequate, scope: Scope) -> str:
    section = scope.questionnaire.section(node.section)
    tables = [table.id for table in scope.questionnaire.tables]
    if section is None or not section.is_table:
        hint = did_you_mean(node.section, tables)
        raise _refuse(node, f"no table section {node.section!r}", hint)
    if scope.section:
        raise _refuse(node, "quantifiers do not nest")
    return section.id


def _aggregate(node: Aggregate, scope: Scope) -> _Typed:
    section_id = _table(node, scope)
    section = scope.questionnaire.section(section_id)
    assert section is not None
    if scope.use == "applies":
        if node.kind != "count" or node.cond is not None:
            raise _refuse(node, "'applies' may only count(section) without a condition")
        if not section.may_be_none:
            raise _refuse(node, f"'applies' cannot rest on {section_id}", "only a section that may be none is counted")
    inner = replace(scope, section=section_id)
    if node.kind == "sum" and isinstance(node.field, Name):  # one more row may lower a sum of what can be negative
        summed = section.field(node.field.id)
        inner = replace(inner, gain=inner.gain and summed is not None and summed.non_negative)
    cond = None if node.cond is None else _truth(node.cond, inner)
    if node.kind != "sum":
        kind = "truth" if node.kind in ("any", "every") else "number"
        unit = "percent" if node.kind == "share" else ""
        return _Typed(Aggregate(node.span, node.kind, section_id, cond), kind, unit)
    if not isinstance(node.field, Name):
        raise _refuse(node, "sum takes a section and one of its fields")
    ref = _field(node.field, inner)
    typed = _name(node.field, inner)
    if typed.type not in ("number", "money") or not ref.row:
        raise _refuse(node.field, f"{ref.field.id} is not a number of {section_id}")
    return _Typed(Aggregate(node.span, "sum", section_id, cond, ref), typed.type, typed.unit)


def _adequate(node: Adequate, scope: Scope) -> _Typed:
    _only_where_it_helps(node, "adequate", scope)
    section_id = _table(node, scope)
    if section_id != scope.sample_section:
        raise _refuse(node, f"adequate reads the worker sample: {scope.sample_section}", "see [policy.sample]")
    if not isinstance(node.field, Name):
        raise _refuse(node, "adequate takes a section and one of its fields")
    ref = _field(node.field, replace(scope, section=section_id))
    if not ref.row:
        raise _refuse(node.field, f"{ref.field.id} is not a field of {section_id}")
    return _Typed(Adequate(node.span, section_id, ref), "truth")


def _only_where_it_helps(node: Node, word: str, scope: Scope) -> None:
    if scope.use != "evidence":
        raise _refuse(node, f"{word} stands in 'evidence' only")
    if not scope.gain:
        raise _refuse(node, f"{word} stands only where more answers can only help", "not under 'not', <, <=, ==, !=")


__all__ = ["MONEY_UNIT", "Scope", "bind", "bind_rows", "choice_code", "letters_code"]
