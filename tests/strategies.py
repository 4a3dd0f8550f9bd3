"""A small standard in memory, and Hypothesis strategies for expressions and submissions of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import strategies as st

from recruitcheck.rules import binding
from recruitcheck.rules.grammar import Always
from recruitcheck.rules.score import Assessment, History, assess, scorecard
from recruitcheck.rules.standard import (
    Check,
    Choice,
    Clause,
    Confidence,
    Criterion,
    DatedValue,
    Field,
    FieldType,
    Gate,
    Parameter,
    Policy,
    Questionnaire,
    Rate,
    SamplePolicy,
    Section,
    Severity,
    Standard,
)
from recruitcheck.rules.tables import from_records
from recruitcheck.submission import canonical_bytes

PRINCIPLES = ("conduct", "fees", "contracts", "freedom", "equality", "remedy")

SETS = {
    "answer": (Choice("yes"), Choice("no"), Choice("unknown", unanswered=True)),
    "worker_answer": (Choice("yes"), Choice("not_asked", unanswered=True), Choice("no"), Choice("mute", declined=True)),
    "org_kind": (Choice("agency"), Choice("employer"), Choice("both")),
    "audit_kind": (Choice("self"), Choice("desk"), Choice("site")),
    "selection": (Choice("inspector"), Choice("random"), Choice("management")),
    "code": (Choice("PAY"), Choice("CTR"), Choice("mute", declined=True), Choice("none_seen", unanswered=True)),
}


def field(section: str, text: str) -> Field:
    """One field from "id type[:choices] [unit] [+] [?]": + is never negative, ? is a question to a worker."""
    name, kind, *marks = text.split()
    kind, _, chosen = kind.partition(":")
    units = [mark for mark in marks if mark not in "+?" and "=" not in mark]
    dated = [mark.removeprefix("on=") for mark in marks if mark.startswith("on=")]
    return Field(
        id=name,
        section=section,
        type=FieldType(kind),
        choice_set=chosen,
        choices=SETS.get(chosen, ()),
        unit=units[0] if units else "",
        minimum=0 if "+" in marks else None,
        key=name == "worker",
        question="?" in marks,
        date_of=dated[0] if dated else "",
    )


def section(name: str, *fields: str, table: bool = False, none: bool = False) -> Section:
    kind = "table" if table else "single"
    return Section(name, kind, tuple(field(name, text) for text in fields), name == "talks", none)


QUESTIONNAIRE = Questionnaire(
    (
        section(
            "organisation",
            "kind choice:org_kind",
            "workers integer + workers",
            "surplus integer",
            "flag yes_no",
            "home country",
            "coin currency",
            "ratio decimal hours",
            "founded date",
            "fund money + on=founded",
            "debt money on=founded",
            "label text",
        ),
        section("audit", "audit_kind choice:audit_kind", "ended_on date", "selection choice:selection", "calm yes_no"),
        section("practices", "seen choices:code", "told choice:answer", "policy yes_no"),
        section(
            "fees",
            "payer choice:answer",
            "amount money + on=paid_on",
            "change money on=paid_on",
            "paid_on date",
            "due_on date",
            "hours decimal + hours",
            "delta integer",
            "proof yes_no",
            "tags choices:code",
            "land country",
            "unit_of currency",
            table=True,
            none=True,
        ),
        section(
            "talks",
            "worker text",
            "consent choice:worker_answer",
            "paid choice:worker_answer ?",
            "papers choices:code ?",
            "heard yes_no",
            "wait integer + hours",
            "mark integer ?",
            table=True,
        ),
    )
)

RATES = tuple(
    Rate(currency, "MAD", date.fromisoformat(start), value)
    for currency, start, value in (
        ("EUR", "2025-01-01", "10.5"),
        ("EUR", "2026-03-01", "10.725"),
        ("USD", "2026-01-01", "9.2"),
    )
)

_FACT = binding.Scope(QUESTIONNAIRE, {}, use="fact", sample_section="talks")
POLICY = Policy(
    core_principles=("fees", "contracts", "equality"),
    failure_points={"critical": 30, "major": 8, "minor": 2},
    repeat_points={"critical": 45, "major": 12, "minor": 3},
    incomplete_below=85,
    bands={
        "score": {"A": 85, "B": 70, "C": 50, "D": 30},
        "points": {"A": 8, "B": 16, "C": 30, "D": 60},
        "core": {"A": 70, "B": 55, "C": 35},
        "coverage": {"A": 95, "B": 90, "C": 85},
        "assurance": {"A": 3, "B": 2, "C": 1},
    },
    sample=SamplePolicy(
        section="talks",
        worker="worker",
        consent=binding.bind_rows('consent == "yes"', "talks", _FACT),
        population="workers",
        independent=binding.bind('selection in ("inspector", "random")', _FACT),
        confidence=95,
        bound=10,
        bound_workers=1,
        discount=(3, 2),
    ),
    corroborated=binding.bind('"CTR" in seen', _FACT),
    recent_months=12,
    recent_cap="B",
    overdue_cap="E",
    conditions=8,
    restriction=30,
)


def dated(*values: tuple[str, int] | tuple[str, int, str]) -> tuple[DatedValue, ...]:
    parts = [(date.fromisoformat(v[0]), v[1], date.fromisoformat(v[2]) if v[2:] else None) for v in values]
    return tuple(DatedValue(start, value, until) for start, value, until in parts)


PARAMETERS = {
    p.id: p
    for p in (
        Parameter("many", "", "lower", dated(("2026-01-01", 2), ("2026-07-01", 0))),
        Parameter("within", "days", "lower", dated(("2025-01-01", 90, "2026-03-31"), ("2026-07-01", 30))),
        Parameter("rest", "hours", "higher", dated(("2025-01-01", 12))),
        Parameter("most", "percent", "higher", dated(("2026-01-01", 50))),
        Parameter("cap", "minor currency units", "lower", dated(("2026-01-01", 10725), ("2026-07-01", 0))),
        Parameter("nil", "minor currency units", "lower", dated(("2025-01-01", 0))),
    )
}
DAYS = [None, *map(date.fromisoformat, ("2025-06-30", "2026-02-28", "2026-05-01", "2026-07-01", "2027-01-01"))]


def criterion(
    name: str,
    musts: Sequence[str],
    *,
    principle: str = "conduct",
    severity: str = "minor",
    weight: int = 1,
    evidence: str = "none",
    applies: str = "",
    gate: str | None = None,
    questionnaire: Questionnaire = QUESTIONNAIRE,
    parameters: Mapping[str, Parameter] = PARAMETERS,
    audience: tuple[str, ...] = ("agency", "employer"),
    life: tuple[date | None, date | None] = (None, None),
    confidence: str = "V1",
) -> Criterion:
    """A bound criterion whose checks are called c1, c2, …"""
    scope = binding.Scope(questionnaire, parameters, sample_section="talks")
    proof = binding.bind(evidence, replace(scope, use="evidence"))
    return Criterion(
        id=name,
        principle=principle,
        severity=Severity(severity),
        weight=weight,
        audience=audience,
        stage="recruitment",
        clauses=(Clause("project", "1", Confidence(confidence)),),
        checks=tuple(Check(f"c{at}", must, binding.bind(must, scope)) for at, must in enumerate(musts, start=1)),
        evidence=evidence,
        evidence_node=None if isinstance(proof, Always) else proof,
        applies=applies,
        applies_node=binding.bind(applies, replace(scope, use="applies")) if applies else None,
        gate=Gate(gate) if gate else None,
        life_from=life[0],
        life_until=life[1],
        parameters=parameters,
    )


def standard(*criteria: Criterion, questionnaire: Questionnaire = QUESTIONNAIRE, policy: Policy = POLICY) -> Standard:
    return Standard(
        id="small",
        edition="1",
        status="draft",
        currency="MAD",
        start=date(2026, 1, 1),
        principles=PRINCIPLES,
        policy=policy,
        questionnaire=questionnaire,
        criteria=tuple(sorted(criteria, key=lambda c: PRINCIPLES.index(c.principle))),
        rates=RATES,
        digest="sha256:small",
    )


def assessed(
    rules: Standard,
    records: Sequence[Mapping[str, Any]],
    days: Sequence[date | None] | None = None,
    history: Sequence[History | None] | None = None,
) -> Assessment:
    return assess(rules, from_records(rules, records, days or [date(2026, 2, 28)] * len(records)), history)


def cards(assessment: Assessment, history: Sequence[History | None] | None = None) -> list[dict[str, Any]]:
    """The scorecard of every submission."""
    past = history or [None] * assessment.tables.count
    return [
        scorecard(assessment, place, submission="", engine="", rates="", history=item)
        for place, item in enumerate(past)
    ]


def card_bytes(assessment: Assessment) -> list[bytes]:
    """Canonical bytes, which refuse a float."""
    return [canonical_bytes(card) for card in cards(assessment)]


# -- submissions -------------------------------------------------------------------------------------------------

_AMOUNTS = ("0", "0.01", "9.5", "10", "100.00", "107.25", "1126.125", "99999999999999999999.999")
_DATES = ("2024-12-31", "2025-06-30", "2026-01-01", "2026-02-28", "2026-03-01", "2026-06-01")
_WHOLE = (0, 1, 2, 3, 12, 30, 50, 2**31, 2**62, 10**25)
_CURRENCIES = ("MAD", "EUR", "USD", "XAF")


def _signed(values: Sequence[Any], minimum: int | None) -> list[Any]:
    negative = [f"-{v}" if isinstance(v, str) else -v for v in values] if minimum is None else []
    return [*values, *negative]


def answers(f: Field) -> list[Any]:
    """Some canonical values of a field, none of them blank but a tick list."""
    match f.type:
        case FieldType.YES_NO:
            return [True, False]
        case FieldType.CHOICE:
            return [choice.id for choice in f.choices]
        case FieldType.CHOICES:
            return [[], *[[c.id] for c in f.choices], [c.id for c in f.choices[:2]], [c.id for c in f.choices[1:]]]
        case FieldType.INTEGER:
            return _signed(range(1, 40) if f.id == "workers" else _WHOLE, f.minimum)
        case FieldType.DECIMAL:
            return _signed(("0", "0.5", "8", "12", "12.0001", "48.25"), f.minimum)
        case FieldType.MONEY:
            amounts = _signed(_AMOUNTS, f.minimum)
            return [{"amount": amount, "currency": code} for amount in amounts for code in _CURRENCIES]
        case FieldType.DATE:
            return list(_DATES)
        case FieldType.COUNTRY:
            return ["MA", "FR", "QA"]
        case FieldType.CURRENCY:
            return list(_CURRENCIES)
    return ["w1", "w2", "w3", "w4"]


def _maybe(f: Field) -> st.SearchStrategy[Any]:
    """An answer, or None one time in five."""
    some = answers(f)
    return st.sampled_from([*[None] * (len(some) // 4 or 1), *some])


def _record(home: Section) -> st.SearchStrategy[dict[str, Any]]:
    whole = st.fixed_dictionaries({f.id: _maybe(f) for f in home.fields})
    return whole.map(lambda row: {name: value for name, value in row.items() if value is not None})


def _part(home: Section) -> st.SearchStrategy[dict[str, Any]]:
    rows = st.lists(_record(home), max_size=4)
    closed = st.builds(lambda r: {"state": "complete" if r else "none", "rows": r}, rows)
    return closed | st.builds(lambda r: {"state": "open", "rows": r}, rows)


ROWS = {home.id: _record(home) for home in QUESTIONNAIRE.tables}
SUBMISSION = st.fixed_dictionaries(
    {
        **{home.id: _record(home) for home in QUESTIONNAIRE.singles},
        "sections": st.fixed_dictionaries({home.id: _part(home) for home in QUESTIONNAIRE.tables}),
    }
)
DAY = st.sampled_from(DAYS)
