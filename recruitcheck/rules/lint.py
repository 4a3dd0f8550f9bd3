"""House rules for standards: what ``standards lint`` refuses. Pure; the library hands everything in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Protocol

from recruitcheck.problem import Fault
from recruitcheck.rules.evaluate import evaluate
from recruitcheck.rules.grammar import Param
from recruitcheck.rules.outcome import ABSENT, Verdict
from recruitcheck.rules.resolve import resolve, stricter
from recruitcheck.rules.standard import Criterion, FieldType, Gate, Parameter, Severity, Standard
from recruitcheck.rules.tables import from_records

LEAST_WEIGHT = {Severity.CRITICAL: 5, Severity.MAJOR: 3, Severity.MINOR: 1}
PARTS = ("title", "requirement", "seek", "fix", "rights")
PASS_FAIL_UNKNOWN = ("pass", "fail", "unknown")


class CaseLike(Protocol):
    """One worked case; see the library's Case."""

    @property
    def criterion(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def expect(self) -> str: ...
    @property
    def because(self) -> tuple[str, ...]: ...
    @property
    def as_of(self) -> date: ...
    @property
    def countries(self) -> tuple[str, ...]: ...
    @property
    def data(self) -> Mapping[str, Any]: ...
    @property
    def file(self) -> str: ...
    @property
    def line(self) -> int: ...


def lint(
    standard: Standard,
    texts: Mapping[str, Mapping[str, Any]],
    cases: Sequence[CaseLike],
    digests: Mapping[str, str],
    lock: Mapping[str, Mapping[str, str]],
) -> list[Fault]:
    """Every fault of a loaded edition: weights and gates, texts in each language, parameters, overlays, cases, lock.

    ``texts`` holds the tables of each language; the first one is the source language.
    """
    criteria = [*standard.criteria, *(c for overlay in standard.overlays.values() for c in overlay.added)]
    faults: list[Fault] = []
    for criterion in criteria:
        faults += _weights(criterion)
        faults += _texts(criterion, texts)
        for parameter in criterion.parameters.values():
            faults += _parameter(criterion, parameter)
    faults += _ids(criteria)
    faults += _overlays(standard, texts)
    faults += _questionnaire(standard, texts)
    faults += _cases(standard, criteria, cases)
    faults += _lock(standard, digests, lock)
    return faults


def _place(criterion: Criterion) -> str:
    folder = f"overlays/{criterion.country}/criteria" if criterion.country else f"criteria/{criterion.principle}"
    return f"{folder}/{criterion.id}.toml"


def _fault(criterion: Criterion, key: str, message: str, level: str = "error") -> Fault:
    return Fault(_place(criterion), key, 0, message, level=level)


def _weights(criterion: Criterion) -> list[Fault]:
    faults = []
    least = LEAST_WEIGHT[criterion.severity]
    if criterion.weight < least:
        faults.append(_fault(criterion, "weight", f"a {criterion.severity} criterion weighs at least {least}"))
    if criterion.gate is Gate.ZERO_TOLERANCE and criterion.severity is not Severity.CRITICAL:
        faults.append(_fault(criterion, "gate", "a zero-tolerance gate requires a critical criterion"))
    if criterion.severity is Severity.CRITICAL and criterion.evidence_node is None:
        faults.append(_fault(criterion, "evidence", "a critical criterion needs evidence, not 'none'"))
    if not criterion.clauses:
        faults.append(_fault(criterion, "clause", "a criterion has at least one clause"))
    if len({check.id for check in criterion.checks}) != len(criterion.checks) or not criterion.checks:
        faults.append(_fault(criterion, "check", "a criterion has checks, each with an id of its own"))
    return faults


def _ids(criteria: Sequence[Criterion]) -> list[Fault]:
    seen: set[str] = set()
    faults = []
    for criterion in criteria:
        if criterion.id in seen:
            faults.append(_fault(criterion, "id", "another criterion has this id"))
        seen.add(criterion.id)
    return faults


def _texts(criterion: Criterion, texts: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    faults = []
    source = next(iter(texts))
    revision = texts[source].get(criterion.id, {}).get("revision")
    for language, tables in texts.items():
        table = tables.get(criterion.id)
        if table is None:
            faults.append(_fault(criterion, f"text/{language}", "no text in this language"))
            continue
        missing = [part for part in PARTS if not table.get(part)]
        because = table.get("because", {})
        missing += [f"because.{check.id}" for check in criterion.checks if not because.get(check.id)]
        if missing:
            faults.append(_fault(criterion, f"text/{language}", "missing: " + ", ".join(missing)))
        for extra in sorted(set(because) - {check.id for check in criterion.checks}):
            faults.append(_fault(criterion, f"text/{language}", f"because.{extra} explains no check"))
        rendered = table.get("revision" if language == source else "of")
        if not isinstance(rendered, int):
            key = "revision" if language == source else "of"
            faults.append(_fault(criterion, f"text/{language}", f"the key {key!r} is missing"))
        elif language != source and rendered != revision:
            message = f"renders revision {rendered}, the source is at {revision}: shown as stale"
            faults.append(_fault(criterion, f"text/{language}", message, "warning"))
    return faults


def _parameter(criterion: Criterion, parameter: Parameter) -> list[Fault]:
    faults = []
    nodes = [check.node for check in criterion.checks]
    nodes += [node for node in (criterion.applies_node, criterion.evidence_node) if node]
    if parameter.id not in {part.id for node in nodes for part in node.walk() if isinstance(part, Param)}:
        faults.append(_fault(criterion, f"param.{parameter.id}", "no expression reads this parameter"))
    values = sorted(parameter.values, key=lambda value: value.start)
    key = f"param.{parameter.id}"
    for earlier, later in pairwise(values):
        if earlier.start == later.start or (earlier.until and earlier.until >= later.start):
            faults.append(_fault(criterion, key, f"two values are in force on {later.start}"))
        elif earlier.until and (later.start - earlier.until).days > 1:
            faults.append(_fault(criterion, key, f"no value is in force between {earlier.until} and {later.start}"))
    start = criterion.life_from
    if start and parameter.on(start) is None:
        faults.append(_fault(criterion, key, f"no value is in force when the criterion starts, {start}"))
    last = max((value.until for value in values if value.until), default=date.max)
    if last < (criterion.life_until or date.max) and parameter.on(last + timedelta(days=1)) is None:
        faults.append(_fault(criterion, key, f"no value is in force after {last}"))
    if not parameter.unit:
        faults.append(_fault(criterion, key, "a parameter has a unit"))
    return faults


def _overlays(standard: Standard, texts: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    faults = []
    for overlay in standard.overlays.values():
        file = f"overlays/{overlay.country}/overlay.toml"
        for item in overlay.tightened:
            criterion = standard.criterion(item.criterion)
            assert criterion is not None
            parameter = criterion.parameters[item.parameter]
            base = parameter.on(item.value.start)
            if base is None:
                continue
            if base.value != item.value.value and stricter(parameter, base.value, item.value.value) == base.value:
                message = f"{item.value.value} loosens {base.value}: stricter is {parameter.stricter}"
                faults.append(Fault(file, f"tighten {item.criterion}.{item.parameter}", 0, message))
        for derogation in overlay.derogations:
            for language, tables in texts.items():
                note = tables.get("derogate", {}).get(derogation.criterion, {}).get(derogation.check, {})
                if not note.get("note"):
                    key = f"derogate {derogation.criterion}.{derogation.check}"
                    faults.append(Fault(file, key, 0, f"no note in {language}"))
    return faults


def _questionnaire(standard: Standard, texts: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    faults = []
    for section in standard.questionnaire.sections:
        for field in section.fields:
            if field.type is FieldType.MONEY and not field.date_of:
                faults.append(Fault("questionnaire.toml", field.id, 0, "a money field names its date_of"))
    for language, tables in texts.items():
        file = f"text/{language}.toml"
        missing = [f"principle.{p}" for p in standard.principles if p not in tables.get("principle", {})]
        for section in standard.questionnaire.sections:
            if section.id not in tables.get("section", {}):
                missing.append(f"section.{section.id}")
            labels = tables.get("field", {}).get(section.id, {})
            missing += [f"field.{section.id}.{f.id}" for f in section.fields if not labels.get(f.id, {}).get("label")]
            for field in section.fields:
                words = tables.get("choice", {}).get(field.choice_set, {}) if field.choice_set else {}
                missing += [f"choice.{field.choice_set}.{c.id}" for c in field.choices if c.id not in words]
        for key in sorted(set(missing)):
            faults.append(Fault(file, key, 0, "no label"))
    return faults


def _cases(standard: Standard, criteria: Sequence[Criterion], cases: Sequence[CaseLike]) -> list[Fault]:
    faults: list[Fault] = []
    known = {criterion.id: criterion for criterion in criteria}
    failing: dict[str, set[str]] = {name: set() for name in known}
    kinds: dict[str, set[str]] = {name: set() for name in known}
    for countries in sorted({case.countries for case in cases}):
        group = [case for case in cases if case.countries == countries]
        resolved = resolve(standard, countries)
        places = {criterion.id: place for place, criterion in enumerate(resolved.criteria)}
        try:
            tables = from_records(resolved, [case.data for case in group], [case.as_of for case in group])
        except (KeyError, ValueError, TypeError, AttributeError):
            faults += _unreadable(resolved, group)
            continue
        verdicts = evaluate(resolved, tables)
        for column, case in enumerate(group):
            place = places.get(case.criterion)
            if place is None:
                faults.append(Fault(case.file, case.name, case.line, f"no criterion {case.criterion!r} here"))
                continue
            checks = [check.id for check in resolved.criteria[place].checks]
            failed = {c for c, truth in zip(checks, verdicts.checks[place], strict=True) if truth[column] == 0}
            byte = int(verdicts.proven[place][column])
            got = "absent" if byte == ABSENT else Verdict(byte).word
            if got != case.expect:
                faults.append(Fault(case.file, case.name, case.line, f"expected {case.expect}, came out {got}"))
                continue
            kinds[case.criterion].add(got)
            if got != "fail":
                continue
            failing[case.criterion] |= failed
            if failed != set(case.because):
                message = f"expected to fail because of {sorted(case.because)}, failed {sorted(failed)}"
                faults.append(Fault(case.file, case.name, case.line, message))
    for name, criterion in known.items():
        lacking = [kind for kind in PASS_FAIL_UNKNOWN if kind not in kinds[name]]
        if lacking and criterion.enabled:
            faults.append(_fault(criterion, "cases", "no case comes out " + ", ".join(lacking)))
        for check in criterion.checks:
            if check.id not in failing[name] and criterion.enabled:
                faults.append(_fault(criterion, f"check.{check.id}", "no case makes this check fail"))
    return faults


def _unreadable(standard: Standard, group: Sequence[CaseLike]) -> list[Fault]:
    """Which of the cases holds a value that its field cannot take."""
    faults = []
    for case in group:
        try:
            from_records(standard, [case.data], [case.as_of])
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            faults.append(Fault(case.file, case.name, case.line, f"holds a value that its field cannot take: {error}"))
    return faults


def _lock(standard: Standard, digests: Mapping[str, str], lock: Mapping[str, Mapping[str, str]]) -> list[Fault]:
    locked = lock.get(standard.name)
    if standard.status == "draft":
        return []
    if locked is None:
        return [Fault("lock.toml", standard.name, 0, "a released edition has its digests here")]
    return [
        Fault(
            "lock.toml", f"{standard.name}.{part}", 0, f"a released file changed: {digest}, locked {locked.get(part)}"
        )
        for part, digest in digests.items()
        if locked.get(part) != digest
    ]
