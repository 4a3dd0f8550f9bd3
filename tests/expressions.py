"""Hypothesis strategies for random typed expressions over the questionnaire of :mod:`tests.strategies`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from recruitcheck.rules.standard import FieldType, Standard
from tests.strategies import DAYS, PARAMETERS, QUESTIONNAIRE, criterion, dated, standard

Draw = Callable[[st.SearchStrategy[Any]], Any]
COMPARE = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
RISING = st.sampled_from([">", ">="])
UNITS = ["", "hours", "days", "percent"]
TABLES = [section.id for section in QUESTIONNAIRE.tables]
LIVES = [(None, None)] * 5 + [(DAYS[2], DAYS[3]), (DAYS[3], None), (None, DAYS[2])]
#: the same names with other values, as two criteria have them
OTHERS = {**PARAMETERS, "many": replace(PARAMETERS["many"], values=dated(("2025-01-01", 1), ("2026-05-01", 50)))}
DATES = ['"2026-01-01"', '"2026-03-01"', '"2024-02-29"']


@dataclass(frozen=True)
class Writer:
    """Writes one expression. ``section`` is the table a quantifier runs over, ``gain`` where `answered` may stand."""

    draw: Draw
    use: str = "check"
    section: str = ""
    depth: int = 3
    gain: bool = False
    negated: bool = False

    def pick(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def below(self, **changes: Any) -> Writer:
        return replace(self, depth=self.depth - 1, **changes)

    def names(self, *kinds: str) -> list[str]:
        """The fields of those types that may be named here."""
        homes = [s for s in QUESTIONNAIRE.singles if self.use != "applies" or s.id in ("organisation", "audit")]
        homes += [QUESTIONNAIRE.section(self.section)] if self.section else []
        return [f.id for home in homes for f in home.fields if f.type in kinds]

    def truth(self) -> str:
        leaves = [self.flag, self.choice, self.place, self.date_order, *[self.order] * 4, *[self.money_order] * 3]
        if not self.negated and self.names("choices"):
            leaves.append(self.tick)
        if self.use == "evidence" and self.gain:
            leaves.append(self.presence)
        if self.depth <= 0:
            return self.pick(*leaves)()
        forms = [*leaves, self.both, self.both, self.negation]
        if not self.section and self.use != "applies":
            forms += [self.quantified] * 6
        return self.pick(*forms)()

    def flag(self) -> str:
        return self.pick(*self.names("yes_no"))

    def choice(self) -> str:
        name = self.pick(*self.names("choice"))
        codes = next(f for f in QUESTIONNAIRE.fields() if f.id == name).choices
        codes = [f'"{code.id}"' for code in codes if not code.unanswered]
        if self.draw(st.booleans()):
            return f"{name} {self.pick('==', '!=')} {self.pick(*codes)}"
        return f"{name} in ({', '.join(self.draw(st.lists(st.sampled_from(codes), min_size=1, max_size=2)))},)"

    def place(self) -> str:
        name, codes = self.pick(
            *[(n, ('"MA"', '"FR"')) for n in self.names("country")],
            *[(n, ('"MAD"', '"EUR"')) for n in self.names("currency")],
        )
        return self.pick(f"{name} == {codes[0]}", f"{codes[1]} != {name}", f"{name} in ({codes[0]}, {codes[1]})")

    def tick(self) -> str:
        return (
            f"{self.pick(chr(34) + 'PAY' + chr(34), chr(34) + 'CTR' + chr(34))} in {self.pick(*self.names('choices'))}"
        )

    def presence(self) -> str:
        if not self.section and self.draw(st.booleans()):
            return f"adequate(talks, {self.pick('paid', 'papers', 'heard', 'mark', 'wait')})"
        return f"answered({self.pick(*self.names(*FieldType))})"

    def order(self) -> str:
        unit = self.pick(*UNITS)
        op = self.draw(RISING if self.gain and self.draw(st.booleans()) else COMPARE)
        left = self.below(gain=self.gain and op in (">", ">=")).number(unit)
        return f"{left} {op} {self.below(gain=False).number(unit)}"

    def money_order(self) -> str:
        inside = self.below(gain=False)
        right = self.pick(inside.money, inside.money, lambda: "0", lambda: "param.cap", lambda: "param.nil")()
        sides = [inside.money(), self.draw(COMPARE), right]
        return " ".join(sides if self.draw(st.booleans()) else [sides[2], sides[1], sides[0]])

    def date_order(self) -> str:
        return f"{self.date()} {self.draw(COMPARE)} {self.pick(self.date(), *DATES)}"

    def both(self) -> str:
        inner = self.below()
        return f"({inner.truth()} {self.pick('and', 'or')} {inner.truth()})"

    def negation(self) -> str:
        return f"not ({self.below(gain=False, negated=True).truth()})"

    def quantified(self) -> str:
        table = self.pick(*TABLES)
        return f"{self.pick('any', 'every')}({table}, {self.below(section=table).truth()})"

    def number(self, unit: str) -> str:
        leaves = [lambda: str(self.pick(0, 1, 2, 12, 50, 365, 3_000_000_000)), lambda: self.numeric(unit)]
        if unit == "days":
            leaves.append(lambda: f"days_between({self.date()}, {self.pick(self.date(), *DATES)})")
        if not self.section:
            leaves += [lambda: self.total(unit)] * 4
        if self.depth > 0:
            leaves += [lambda: self.arithmetic(unit)] * 2
        return self.pick(*leaves)()

    def numeric(self, unit: str) -> str:
        fits = [f"param.{p.id}" for p in PARAMETERS.values() if p.unit in ("", unit)]
        fields = {f.id: f for f in QUESTIONNAIRE.fields()}
        return self.pick(*fits, *[n for n in self.names("integer", "decimal") if fields[n].unit in ("", unit)])

    def total(self, unit: str) -> str:
        table = self.pick("fees") if self.use == "applies" else self.pick(*TABLES)
        inside, words = self.below(section=table), ["count"] if unit in ("", "hours", "days") else ["share"]
        if self.use == "applies":
            return f"count({table})"
        word = self.pick(*words, "sum")
        if word == "share":
            return f"share({table}, {inside.truth()})"
        if word == "count":
            return self.pick(f"count({table})", f"count({table}, {inside.truth()})")
        home = QUESTIONNAIRE.section(table)
        numbers = [f for f in home.fields if f.type in ("integer", "decimal") and f.unit in ("", unit)]
        chosen = self.pick(*numbers)
        inside = inside if chosen.non_negative else replace(inside, gain=False)
        return self.pick(f"sum({table}, {chosen.id})", f"sum({table}, {chosen.id}, {inside.truth()})")

    def arithmetic(self, unit: str) -> str:
        op = self.pick("+", "-", "*")
        left = self.below(gain=self.gain and op != "*").number(unit)
        right = self.below(gain=self.gain and op == "+").number("" if op == "*" else unit)
        return f"({left} {op} {right})"

    def money(self) -> str:
        leaves = [lambda: self.pick(*self.names("money"))] * 3 + [lambda: self.pick("param.cap", "param.nil")]
        if not self.section and self.use != "applies":
            name = self.pick("amount", "change")
            leaves += [lambda: f"sum(fees, {name})", lambda: f"sum(fees, {name}, {self.below(section='fees').truth()})"]
        if self.depth > 0:
            inside = self.below()
            leaves += [lambda: f"({inside.money()} {self.pick('+', '-')} {inside.money()})"]
            leaves += [lambda: f"({inside.money()} * {inside.number('')})"]
        return self.pick(*leaves)()

    def date(self) -> str:
        return self.pick(*self.names("date"), "as_of")


@st.composite
def expressions(draw: Draw, use: str = "check", depth: int = 3) -> str:
    """The text of a random expression that types where `use` says that it stands."""
    return Writer(draw, use, depth=depth, gain=use == "evidence").truth()


@st.composite
def criteria(draw: Draw, name: str = "one") -> dict[str, Any]:
    """What makes a random criterion: one or two checks, evidence, sometimes an audience and `applies`."""
    return {
        "name": name,
        "musts": draw(st.lists(expressions(depth=2), min_size=1, max_size=2)),
        "principle": draw(st.sampled_from(["conduct", "fees", "contracts", "equality"])),
        "severity": draw(st.sampled_from(["critical", "major", "minor"])),
        "weight": draw(st.integers(1, 10)),
        "evidence": draw(st.one_of(st.just("none"), expressions("evidence", 2))),
        "applies": draw(st.one_of(st.just(""), expressions("applies", 1))),
        "gate": draw(st.sampled_from([None, None, None, "eligibility", "zero-tolerance"])),
        "audience": draw(st.sampled_from([("agency", "employer"), ("agency",), ("employer",)])),
        "life": draw(st.sampled_from(LIVES)),
        "parameters": draw(st.sampled_from([PARAMETERS, OTHERS])),
        "confidence": draw(st.sampled_from(["V1"] * 9 + ["U"])),
    }


@st.composite
def rulebooks(draw: Draw, most: int = 3) -> list[dict[str, Any]]:
    """What makes a small standard of random criteria; see :func:`book`."""
    return [draw(criteria(f"r{at}")) for at in range(draw(st.integers(1, most)))]


def book(rules: list[dict[str, Any]]) -> Standard:
    """The bound standard of a drawn rulebook, which prints better than its nodes."""
    return standard(*[criterion(**rule) for rule in rules])
