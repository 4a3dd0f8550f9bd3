"""Frozen types of a standard: what ``standards/`` says, once read and bound.

Nothing here reads a file; :mod:`recruitcheck.library` builds these, :mod:`recruitcheck.rules.binding`
fills the expressions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recruitcheck.rules.grammar import Node


class FieldType(StrEnum):
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHOICES = "choices"
    INTEGER = "integer"
    DECIMAL = "decimal"
    MONEY = "money"
    DATE = "date"
    TEXT = "text"
    COUNTRY = "country"
    CURRENCY = "currency"


class Severity(StrEnum):
    CRITICAL = "critical"
    MAJOR = "major"
    MINOR = "minor"


class Gate(StrEnum):
    ELIGIBILITY = "eligibility"
    ZERO_TOLERANCE = "zero-tolerance"


class Confidence(StrEnum):
    """How sure a clause is: V1 read in the source, V2 reported, G general knowledge, U unverified, P project rule."""

    V1 = "V1"
    V2 = "V2"
    G = "G"
    U = "U"
    P = "P"


#: From surest to least sure, for "the weakest tag among the clauses"; P is a rule of our own and stands apart.
CONFIDENCE_ORDER = (Confidence.V1, Confidence.P, Confidence.V2, Confidence.G, Confidence.U)


@dataclass(frozen=True, slots=True)
class Choice:
    """One code of a choice set; ``unanswered`` reads as blank, ``declined`` is an answer that `adequate` skips."""

    id: str
    unanswered: bool = False
    declined: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``scale`` decimals are kept exactly; ``minimum >= 0`` is what "non-negative" means."""

    id: str
    section: str
    type: FieldType
    choice_set: str = ""
    choices: tuple[Choice, ...] = ()
    unit: str = ""
    minimum: int | None = None
    maximum: int | None = None
    key: bool = False
    required: bool = False
    question: bool = False
    asked: tuple[str, ...] = ("agency", "employer")
    stage: str = ""
    after: str = ""
    date_of: str = ""
    principle: str = ""

    @property
    def non_negative(self) -> bool:
        return self.minimum is not None and self.minimum >= 0


@dataclass(frozen=True, slots=True)
class Section:
    """One sheet: a single record, or a table of rows. A confidential section belongs to the annex."""

    id: str
    kind: str
    fields: tuple[Field, ...]
    confidential: bool = False
    may_be_none: bool = False

    @property
    def is_table(self) -> bool:
        return self.kind == "table"

    def field(self, field_id: str) -> Field | None:
        """The field of that id, or None if the section has none."""
        return next((f for f in self.fields if f.id == field_id), None)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    sections: tuple[Section, ...]

    def section(self, section_id: str) -> Section | None:
        """The section of that id, or None if there is none."""
        return next((s for s in self.sections if s.id == section_id), None)

    @property
    def singles(self) -> tuple[Section, ...]:
        return tuple(s for s in self.sections if not s.is_table)

    @property
    def tables(self) -> tuple[Section, ...]:
        return tuple(s for s in self.sections if s.is_table)

    def single_field(self, field_id: str) -> Field | None:
        """The single-record field of that id (unique over the questionnaire), or None."""
        for section in self.singles:
            found = section.field(field_id)
            if found:
                return found
        return None

    def fields(self) -> Iterator[Field]:
        for section in self.sections:
            yield from section.fields


@dataclass(frozen=True, slots=True)
class Clause:
    source: str
    at: str
    confidence: Confidence

    def __str__(self) -> str:
        return f"{self.source} {self.at}"


@dataclass(frozen=True, slots=True)
class DatedValue:
    """A value in force from ``start`` to ``until``, both days included; the latest ``start`` wins."""

    start: date
    value: int
    until: date | None = None
    clause: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A dated number. ``stricter`` is "lower" or "higher": the only way an overlay may move it."""

    id: str
    unit: str
    stricter: str
    values: tuple[DatedValue, ...]

    def on(self, day: date) -> DatedValue | None:
        """The value in force that day, or None in a hole."""
        best: DatedValue | None = None
        for value in self.values:
            in_force = value.start <= day and (value.until is None or day <= value.until)
            if in_force and (best is None or value.start >= best.start):
                best = value
        return best


@dataclass(frozen=True, slots=True)
class Check:
    """A short expression that must be true; its id is the reason code of a failure."""

    id: str
    must: str
    node: Node


@dataclass(frozen=True, slots=True)
class Corrective:
    owner: str
    within_days: int
    closed_when: str
    training: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Derogation:
    """Local law is looser than ``check``: printed beside the verdict, never deciding it."""

    country: str
    criterion: str
    check: str
    start: date
    allows: str
    node: Node
    clause: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Criterion:
    id: str
    principle: str
    severity: Severity
    weight: int
    audience: tuple[str, ...]
    stage: str
    clauses: tuple[Clause, ...]
    checks: tuple[Check, ...]
    evidence: str
    evidence_node: Node | None
    applies: str = ""
    applies_node: Node | None = None
    gate: Gate | None = None
    life_from: date | None = None
    life_until: date | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    corrective: Corrective | None = None
    country: str = ""
    derogations: tuple[Derogation, ...] = ()

    @property
    def confidence(self) -> Confidence:
        """The weakest tag among the clauses; a number without any outside source is P."""
        return max((c.confidence for c in self.clauses), key=CONFIDENCE_ORDER.index)

    @property
    def enabled(self) -> bool:
        """A criterion that rests on an unverified fact ships disabled: it is shown, never scored."""
        return self.confidence is not Confidence.U


@dataclass(frozen=True, slots=True)
class SamplePolicy:
    """How the worker sample is read (scoring.md, section 4)."""

    section: str
    worker: str
    consent: Node
    population: str
    independent: Node
    confidence: int
    bound: int
    bound_workers: int
    discount: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """Every figure of the scoring model; the code knows the shape, never the figures."""

    core_principles: tuple[str, ...]
    failure_points: Mapping[str, int]
    repeat_points: Mapping[str, int]
    incomplete_below: int
    bands: Mapping[str, Mapping[str, int]]
    sample: SamplePolicy
    corroborated: Node
    recent_months: int
    recent_cap: str
    overdue_cap: str
    conditions: int
    restriction: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Units of ``to`` for one unit of ``currency`` from ``start`` on, as an exact decimal text."""

    currency: str
    to: str
    start: date
    value: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Overlay:
    """What a country tightens, derogates and adds. ``notes`` are laws with no force of a rule yet."""

    country: str
    base: str
    tightened: tuple[Tightening, ...]
    derogations: tuple[Derogation, ...]
    added: tuple[Criterion, ...]
    notes: tuple[Mapping[str, object], ...] = ()

    def tightened_values(self, criterion: str, parameter: str) -> tuple[DatedValue, ...]:
        """The dated values this overlay sets for one parameter of one criterion, possibly none."""
        return tuple(t.value for t in self.tightened if (t.criterion, t.parameter) == (criterion, parameter))


@dataclass(frozen=True, slots=True)
class Tightening:
    country: str
    criterion: str
    parameter: str
    value: DatedValue


@dataclass(frozen=True, slots=True)
class Standard:
    """One edition, bound. ``countries`` is empty for the edition itself, set for a resolved one."""

    id: str
    edition: str
    status: str
    currency: str
    start: date
    principles: tuple[str, ...]
    policy: Policy
    questionnaire: Questionnaire
    criteria: tuple[Criterion, ...]
    rates: tuple[Rate, ...]
    overlays: Mapping[str, Overlay] = field(default_factory=dict)
    changes: tuple[Mapping[str, object], ...] = ()
    countries: tuple[str, ...] = ()
    digest: str = ""

    @property
    def name(self) -> str:
        return f"{self.id}@{self.edition}"

    def criterion(self, criterion_id: str) -> Criterion | None:
        """The criterion of that id, or None if this standard has none."""
        return next((c for c in self.criteria if c.id == criterion_id), None)
