"""Expression text -> nodes. A small subset of Python syntax; what is not listed is refused at its column.

Python's own parser reads the text (``ast.parse(mode="eval")``), its tree is translated into the frozen nodes
below and thrown away: nothing is ever evaluated by Python.
"""

from __future__ import annotations

import ast
import difflib
import io
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from recruitcheck.rules.standard import Field


class ExpressionError(ValueError):
    """An expression that is refused: ``column`` counts from 1, ``message`` says what and what was meant."""

    def __init__(self, message: str, column: int, *, hint: str = "") -> None:
        super().__init__(f"column {column}: {message}" + (f"; {hint}" if hint else ""))
        self.message = message
        self.column = column
        self.hint = hint


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A piece of an expression; ``span`` is its first and one-past-last column in the text, from 0."""

    span: tuple[int, int]

    def children(self) -> Iterator[Node]:
        """The nodes directly inside this one."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, Node):
                yield value
            elif isinstance(value, tuple):
                yield from (part for part in value if isinstance(part, Node))

    def walk(self) -> Iterator[Node]:
        """This node and every one below it."""
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True, slots=True, eq=False)
class Number(Node):
    value: int


@dataclass(frozen=True, slots=True, eq=False)
class Word(Node):
    value: str


@dataclass(frozen=True, slots=True, eq=False)
class Name(Node):
    """A name as written; binding replaces it by a :class:`FieldRef`, :class:`AsOf` or :class:`Code`."""

    id: str


@dataclass(frozen=True, slots=True, eq=False)
class FieldRef(Node):
    """A bound field: ``row`` is True for a field of the table that the quantifier runs over."""

    field: Field
    row: bool


@dataclass(frozen=True, slots=True, eq=False)
class Code(Node):
    """A choice, country or currency literal, bound: ``code`` is its number in the columns."""

    value: str
    code: int


@dataclass(frozen=True, slots=True, eq=False)
class Day(Node):
    """A date literal, bound: ``ordinal`` counts days from year 1."""

    value: str
    ordinal: int


@dataclass(frozen=True, slots=True, eq=False)
class AsOf(Node):
    pass


@dataclass(frozen=True, slots=True, eq=False)
class Param(Node):
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Compare(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class OneOf(Node):
    """``field in ("a", "b")``"""

    left: Node
    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Has(Node):
    """``"PAY" in documents_seen``"""

    option: Node
    field: Node


@dataclass(frozen=True, slots=True, eq=False)
class Not(Node):
    part: Node


@dataclass(frozen=True, slots=True, eq=False)
class And(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Or(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Arithmetic(Node):
    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class DaysBetween(Node):
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, eq=False)
class Always(Node):
    """The evidence ``'none'``: nothing is needed."""


@dataclass(frozen=True, slots=True, eq=False)
class Aggregate(Node):
    """``any every count sum share`` over the rows of a section; ``cond`` None means every row."""

    kind: str
    section: str
    cond: Node | None
    field: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Adequate(Node):
    section: str
    field: Node


@dataclass(frozen=True, slots=True, eq=False)
class Answered(Node):
    field: Node


COMPARISONS: Final = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
ARITHMETIC: Final = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*"}

#: every word of the language that is written like a call, with how it is used
CALLS: Final = {
    "any": "any(section, condition)",
    "every": "every(section, condition)",
    "count": "count(section) or count(section, condition)",
    "sum": "sum(section, field) or sum(section, field, condition)",
    "share": "share(section, condition)",
    "adequate": "adequate(section, field)",
    "answered": "answered(field)",
    "days_between": "days_between(date, date)",
}
MAX_LENGTH: Final = 2000
MAX_DEPTH: Final = 40


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """ "did you mean 'x'?" for the nearest known word, or "" when none is near."""
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else ""


def parse(text: str) -> Node:
    """The nodes of one expression.

    Raises ExpressionError with the column of the first thing that the language does not have.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"longer than {MAX_LENGTH} characters", MAX_LENGTH + 1)
    flat = text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
    lead, line = len(flat) - len(flat.lstrip()), flat.strip()
    try:
        tree = ast.parse(line, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        column = (getattr(error, "offset", 1) or len(line) + 1) + lead  # Python says 0 for the end
        raise ExpressionError(f"not an expression: {getattr(error, 'msg', error)}", column) from None
    for token in tokenize.generate_tokens(io.StringIO(line).readline) if "#" in line else ():
        if token.type == tokenize.COMMENT:  # the lines of the text are one line here: it would swallow the rest
            raise ExpressionError("a remark is not part of the language", lead + token.start[1] + 1)
    return _Translator(flat, lead).node(tree.body, 0)


class _Translator:
    def __init__(self, text: str, lead: int) -> None:
        self._lead = lead
        self._bytes = text.strip().encode()

    def _column(self, offset: int) -> int:
        """Characters before a byte offset: Python counts columns in bytes."""
        return len(self._bytes[:offset].decode(errors="ignore")) + self._lead

    def _span(self, tree: ast.expr) -> tuple[int, int]:
        return self._column(tree.col_offset), self._column(tree.end_col_offset or tree.col_offset)

    def _refuse(self, tree: ast.expr, message: str, hint: str = "") -> ExpressionError:
        return ExpressionError(message, self._span(tree)[0] + 1, hint=hint)

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._refuse(tree, "nested too deep")
        span, below = self._span(tree), depth + 1
        match tree:
            case ast.Constant(value=bool()):
                raise self._refuse(tree, "true and false are not written", "a yes_no field stands bare")
            case ast.Constant(value=int(value)):
                return Number(span, value)
            case ast.Constant(value=str(value)):
                return Word(span, value)
            case ast.Constant():
                raise self._refuse(tree, "only whole numbers and quoted text are literals", "use a parameter")
            case ast.Name(id=name):
                return Name(span, name)
            case ast.Attribute(value=ast.Name(id="param"), attr=name):
                return Param(span, name)
            case ast.BoolOp(op=op, values=values):
                parts = tuple(self.node(value, below) for value in values)
                return And(span, parts) if isinstance(op, ast.And) else Or(span, parts)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(span, self.node(operand, below))
            case ast.UnaryOp():
                raise self._refuse(tree, "no sign before a number", "turn the comparison round")
            case ast.BinOp(op=op, left=left, right=right) if type(op) in ARITHMETIC:
                return Arithmetic(span, ARITHMETIC[type(op)], self.node(left, below), self.node(right, below))
            case ast.BinOp():
                raise self._refuse(tree, "only + - * are known", "multiply the other side instead of dividing")
            case ast.Compare():
                return self._compare(tree, span, below)
            case ast.Call():
                return self._call(tree, span, below)
        raise self._refuse(tree, f"{type(tree).__name__.lower()} is not part of the language")

    def _compare(self, tree: ast.Compare, span: tuple[int, int], depth: int) -> Node:
        if len(tree.ops) != 1:
            raise self._refuse(tree, "comparisons are not chained", "write a < b and b < c")
        op, right = tree.ops[0], tree.comparators[0]
        if type(op) in COMPARISONS:
            return Compare(span, COMPARISONS[type(op)], self.node(tree.left, depth), self.node(right, depth))
        if isinstance(op, ast.NotIn):
            raise self._refuse(tree, "'not in' is not known", 'write not (x in ("a", "b"))')
        if not isinstance(op, ast.In):
            raise self._refuse(tree, "'is' is not known", "write ==")
        if isinstance(right, ast.Tuple):
            if not right.elts:
                raise self._refuse(right, "an empty list of choices")
            return OneOf(span, self.node(tree.left, depth), tuple(self.node(item, depth) for item in right.elts))
        if isinstance(tree.left, ast.Constant) and isinstance(right, ast.Name):
            return Has(span, self.node(tree.left, depth), self.node(right, depth))
        raise self._refuse(tree, "'in' has no list", 'write field in ("a", "b") or "A" in field')

    def _call(self, tree: ast.Call, span: tuple[int, int], depth: int) -> Node:
        if not isinstance(tree.func, ast.Name):
            raise self._refuse(tree, "only the words of the language are called")
        word, args = tree.func.id, tree.args
        if word not in CALLS:
            raise self._refuse(tree, f"{word!r} is not known", did_you_mean(word, CALLS))
        usage = f"write {CALLS[word]}"
        if tree.keywords or any(isinstance(arg, ast.Starred) for arg in args):
            raise self._refuse(tree, f"{word} takes plain values", usage)
        wanted = {"count": (1, 2), "sum": (2, 3), "answered": (1, 1)}.get(word, (2, 2))
        if not wanted[0] <= len(args) <= wanted[1]:
            raise self._refuse(tree, f"{word} takes {wanted[0]} to {wanted[1]} values, not {len(args)}", usage)
        if word == "days_between":
            return DaysBetween(span, self.node(args[0], depth), self.node(args[1], depth))
        if word == "answered":
            return Answered(span, self.node(args[0], depth))
        if not isinstance(args[0], ast.Name):
            raise self._refuse(args[0], f"{word} starts with the name of a section", usage)
        section = args[0].id
        rest = [self.node(arg, depth) for arg in args[1:]]
        if word == "adequate":
            return Adequate(span, section, rest[0])
        if word == "sum":
            return Aggregate(span, "sum", section, rest[1] if len(rest) > 1 else None, rest[0])
        return Aggregate(span, word, section, rest[0] if rest else None)
