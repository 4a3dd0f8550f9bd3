"""Builds one edition from its files: standard.toml, questionnaire, criteria, overlays, rates.

Every fault is noted with file, key and line, and reading goes on, so that all of them are told at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from recruitcheck.problem import Fault, StandardFault
from recruitcheck.rules import binding
from recruitcheck.rules.grammar import Always, ExpressionError, Node, did_you_mean
from recruitcheck.rules.standard import (
    Check,
    Choice,
    Clause,
    Confidence,
    Corrective,
    Criterion,
    DatedValue,
    Derogation,
    Field,
    FieldType,
    Gate,
    Overlay,
    Parameter,
    Policy,
    Questionnaire,
    Rate,
    SamplePolicy,
    Section,
    Severity,
    Standard,
    Tightening,
)
from recruitcheck.tomlfile import TomlFile

STAGES: Final = ("recruitment", "departure", "arrival", "employment", "return")
AUDIENCES: Final = ("agency", "employer")


def read_edition(base: Path, home: Path, digest: str) -> Standard:
    """The edition in the folder ``home`` of the standards in ``base``, bound.

    Raises StandardFault with everything that is wrong in its files.
    """
    reader = _Reader(base, home, digest)
    standard = reader.standard()
    if reader.faults:
        raise StandardFault(reader.faults)
    return standard


class _Reader:
    """Builds one edition; every fault is noted and reading goes on, so that all of them are told at once."""

    def __init__(self, base: Path, home: Path, digest: str) -> None:
        self.base, self.home, self.digest = base, home, digest
        self.faults: list[Fault] = []
        self._sources = set(TomlFile(base / "sources.toml", "sources.toml", self.faults).data)

    def _open(self, path: Path) -> TomlFile:
        return TomlFile(path, path.relative_to(self.base).as_posix(), self.faults)

    def standard(self) -> Standard:
        file = self._open(self.home / "standard.toml")
        head = file.data
        needed = {"id", "edition", "status", "currency", "from", "principle", "policy"}
        file.expect(head, [], {"change"}, needed)
        name = f"{self.home.parent.name}@{self.home.name}"
        if f"{head.get('id')}@{head.get('edition')}" != name:
            file.fault(["id"], f"the folder says {name}, the file {head.get('id')}@{head.get('edition')}")
        questionnaire = self._questionnaire()
        if self.faults:
            raise StandardFault(self.faults)
        principles = tuple(str(table.get("id")) for table in head["principle"])
        shell = Standard(
            id=head["id"],
            edition=head["edition"],
            status=head["status"],
            currency=head["currency"],
            start=head["from"],
            principles=principles,
            policy=self._policy(file, head["policy"], questionnaire, principles),
            questionnaire=questionnaire,
            criteria=(),
            rates=self._rates(),
            changes=tuple(head.get("change", ())),
            digest=self.digest,
        )
        criteria = [
            self._criterion(self._open(path), shell, "")
            for path in sorted(
                self.home.glob("criteria/*/*.toml"), key=lambda p: (_place(principles, p.parent.name), p.name)
            )
        ]
        shell = replace(shell, criteria=tuple(c for c in criteria if c))
        overlays = {path.name: self._overlay(path, shell) for path in sorted(self.home.glob("overlays/*"))}
        return replace(shell, overlays={country: o for country, o in overlays.items() if o})

    # -- questionnaire -------------------------------------------------------------------------------------------

    def _questionnaire(self) -> Questionnaire:
        file = self._open(self.home / "questionnaire.toml")
        file.expect(file.data, [], set(), {"choices", "section"})
        sets: dict[str, tuple[Choice, ...]] = {}
        for name, items in file.data.get("choices", {}).items():
            tables = [item if isinstance(item, dict) else {"id": item} for item in items]
            known = {"unanswered", "declined"}
            good = [item for item in tables if file.expect(item, ["choices", name], known, {"id"})]
            sets[name] = tuple(Choice(**item) for item in good if set(item) <= known | {"id"})
            if len({choice.id for choice in sets[name]}) != len(sets[name]):
                file.fault(["choices", name], "a choice stands twice")
        sections = []
        for place, table in enumerate(file.data.get("section", [])):
            path: list[str | int] = ["section", place]
            file.expect(table, path, {"confidential", "may_be_none"}, {"id", "kind", "field"})
            fields = [
                field
                for at, item in enumerate(table.get("field", []))
                if (field := self._field(file, [*path, "field", at], item, str(table.get("id")), sets))
            ]
            if table.get("kind") not in ("single", "table"):
                file.fault([*path, "kind"], f"{table.get('kind')!r} is neither 'single' nor 'table'")
            flags = {key: bool(table.get(key, False)) for key in ("confidential", "may_be_none")}
            sections.append(Section(str(table.get("id")), str(table.get("kind")), tuple(fields), **flags))
        self._distinct(file, sections)
        return Questionnaire(tuple(sections))

    def _field(
        self,
        file: TomlFile,
        path: list[str | int],
        item: dict[str, Any],
        section: str,
        sets: Mapping[str, tuple[Choice, ...]],
    ) -> Field | None:
        optional = {"choices", "unit", "min", "max", "key", "required", "question", "asked", "stage", "after"}
        if not file.expect(item, path, optional | {"date_of", "principle"}, {"id", "type"}):
            return None
        try:
            kind = FieldType(item["type"])
        except ValueError:
            file.fault([*path, "type"], f"no field type {item['type']!r}", hint=did_you_mean(item["type"], FieldType))
            return None
        wanted = item.get("choices", "")
        if (kind in (FieldType.CHOICE, FieldType.CHOICES)) != bool(wanted) or (wanted and wanted not in sets):
            file.fault([*path, "choices"], f"no choice set {wanted!r}", hint=did_you_mean(wanted, sets))
            return None
        if kind is FieldType.CHOICES and len(sets[wanted]) > 64:
            file.fault([*path, "choices"], "a multiple choice has at most 64 codes")
        return Field(
            id=item["id"],
            section=section,
            type=kind,
            choice_set=wanted,
            choices=sets.get(wanted, ()),
            unit=item.get("unit", ""),
            minimum=item.get("min"),
            maximum=item.get("max"),
            key=item.get("key", False),
            required=item.get("required", False),
            question=item.get("question", False),
            asked=tuple(item.get("asked", AUDIENCES)),
            stage=item.get("stage", ""),
            after=item.get("after", ""),
            date_of=item.get("date_of", ""),
            principle=item.get("principle", ""),
        )

    def _distinct(self, file: TomlFile, sections: list[Section]) -> None:
        singles = [f.id for s in sections if not s.is_table for f in s.fields]
        for section in sections:
            ids = [f.id for f in section.fields]
            twice = {name for name in ids if ids.count(name) > 1}
            twice |= {name for name in ids if singles.count(name) > (0 if section.is_table else 1)}
            for name in sorted(twice):
                file.fault(["section"], f"the field id {name!r} of {section.id} is used twice")
            for field in section.fields:
                for key in ("after", "date_of"):
                    other = getattr(field, key)
                    named = section.field(other)
                    if other and (named is None or named.type is not FieldType.DATE):  # the row's own date
                        file.fault(["section"], f"{field.id}: {key} names no date field {other!r} of {section.id}")

    # -- policy, rates -------------------------------------------------------------------------------------------

    def _policy(
        self, file: TomlFile, table: dict[str, Any], questionnaire: Questionnaire, principles: tuple[str, ...]
    ) -> Policy:
        keys = {"core_principles", "failure_points", "repeat_points", "incomplete_below", "bands", "sample"}
        shapes: dict[str, set[str]] = {
            "failure_points": set(map(str, Severity)),
            "repeat_points": set(map(str, Severity)),
            "bands": {"score", "points", "core", "coverage", "assurance"},
            "sample": {"section", "worker", "consent", "population", "independent", "confidence", "bound"}
            | {"bound_workers", "discount"},
            "assurance": {"corroborated"},
            "caps": {"recent_months", "recent", "overdue"},
            "consequences": {"conditions", "restriction"},
        }
        good = file.expect(table, ["policy"], set(), keys | {"assurance", "caps", "consequences"})
        for key, needed in shapes.items():
            good = key in table and file.expect(table[key], ["policy", key], set(), needed) and good
        if not good:
            raise StandardFault(self.faults)
        for name, letters in (("score", "ABCD"), ("points", "ABCD"), ("core", "ABC"), ("coverage", "ABC")):
            file.expect(table["bands"][name], ["policy", "bands", name], set(), set(letters))
        file.expect(table["bands"]["assurance"], ["policy", "bands", "assurance"], set(), set("ABC"))
        for name in set(table["core_principles"]) - set(principles):
            file.fault(["policy", "core_principles"], f"no principle {name!r}", hint=did_you_mean(name, principles))
        for severity in Severity:
            if table["repeat_points"][severity] < table["failure_points"][severity]:
                file.fault(["policy", "repeat_points"], f"a repeated {severity} finding weighs less than a first one")
        sample = table["sample"]
        scope = binding.Scope(questionnaire, {}, use="fact", sample_section=sample["section"])

        def row(text: str) -> Node:
            return binding.bind_rows(text, sample["section"], scope)

        def single(text: str) -> Node:
            return binding.bind(text, scope)

        where: list[str | int] = ["policy", "sample"]
        return Policy(
            core_principles=tuple(table["core_principles"]),
            failure_points=table["failure_points"],
            repeat_points=table["repeat_points"],
            incomplete_below=table["incomplete_below"],
            bands=table["bands"],
            sample=SamplePolicy(
                section=sample["section"],
                worker=sample["worker"],
                consent=self._bound(file, [*where, "consent"], sample["consent"], row),
                population=sample["population"],
                independent=self._bound(file, [*where, "independent"], sample["independent"], single),
                confidence=sample["confidence"],
                bound=sample["bound"],
                bound_workers=sample["bound_workers"],
                discount=(sample["discount"][0], sample["discount"][1]),
            ),
            corroborated=self._bound(
                file, ["policy", "assurance", "corroborated"], table["assurance"]["corroborated"], single
            ),
            recent_months=table["caps"]["recent_months"],
            recent_cap=table["caps"]["recent"],
            overdue_cap=table["caps"]["overdue"],
            conditions=table["consequences"]["conditions"],
            restriction=table["consequences"]["restriction"],
        )

    def _bound(self, file: TomlFile, path: list[str | int], text: str, bind: Callable[[str], Node]) -> Node:
        try:
            return bind(text)
        except ExpressionError as error:
            file.fault(path, error.message, column=error.column, hint=error.hint)
            return Always((0, 0))

    def _rates(self) -> tuple[Rate, ...]:
        file = self._open(self.base / "rates.toml")
        rates = []
        for place, table in enumerate(file.data.get("rate", [])):
            if file.expect(table, ["rate", place], {"source"}, {"currency", "to", "from", "value"}):
                if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?", str(table["value"])):
                    file.fault(["rate", place, "value"], f"{table['value']!r} is no rate", hint='write value = "10.72"')
                    continue
                source = table.get("source", "")
                rates.append(Rate(table["currency"], table["to"], table["from"], str(table["value"]), source))
        return tuple(rates)

    # -- criteria ------------------------------------------------------------------------------------------------

    def _criterion(self, file: TomlFile, shell: Standard, country: str) -> Criterion | None:
        table = file.data
        needed = {"id", "principle", "severity", "weight", "audience", "stage", "evidence", "clause", "check"}
        problems = len(self.faults)
        good = file.expect(table, [], {"gate", "applies", "life", "param", "corrective"}, needed)
        life, params = table.get("life", {}), table.get("param", {})
        good = good and file.expect(life, ["life"], {"from", "until"})
        for key, kind in (("clause", list), ("check", list), ("param", dict)):
            if not isinstance(table.get(key, kind()), kind):
                file.fault([key], f"tables are wanted here, under [[{key}]] or [{key}.name]")
                good = False
        if not good:
            return None
        if table["id"] != file.path.stem:
            file.fault(["id"], f"the file is called {file.path.stem}")
        if not country and table["principle"] != file.path.parent.name:
            file.fault(["principle"], f"the folder is called {file.path.parent.name}")
        for key, allowed in (("severity", list(Severity)), ("stage", STAGES), ("principle", shell.principles)):
            if table[key] not in allowed:
                file.fault([key], f"{table[key]!r} is not known", hint=did_you_mean(str(table[key]), allowed))
        if "gate" in table and table["gate"] not in list(Gate):
            file.fault(["gate"], f"no gate {table['gate']!r}", hint=did_you_mean(table["gate"], list(Gate)))
        if not set(table["audience"]) <= set(AUDIENCES) or not table["audience"]:
            file.fault(["audience"], f"{table['audience']!r} is not a part of {list(AUDIENCES)}")
        if not isinstance(table["weight"], int) or not 1 <= table["weight"] <= 10:
            file.fault(["weight"], "a weight is a whole number from 1 to 10")
        parameters = {name: self._parameter(file, name, item) for name, item in params.items()}
        clauses = [self._clause(file, ["clause", at], item) for at, item in enumerate(table["clause"])]
        if len(self.faults) > problems:
            return None
        scope = binding.Scope(
            shell.questionnaire, parameters, country=country, sample_section=shell.policy.sample.section
        )

        def bound(path: list[str | int], text: str, use: str) -> Node:
            return self._bound(file, path, text, lambda t: binding.bind(t, replace(scope, use=use)))

        checks = []
        for at, item in enumerate(table["check"]):
            if file.expect(item, ["check", at], set(), {"id", "must"}):
                checks.append(Check(item["id"], item["must"], bound(["check", at, "must"], item["must"], "check")))
        corrective = None
        if "corrective" in table:
            item = table["corrective"]
            if not file.expect(item, ["corrective"], {"training"}, {"owner", "within_days", "closed_when"}):
                return None
            bound(["corrective", "closed_when"], item["closed_when"], "check")
            corrective = Corrective(
                item.get("owner", ""),
                item.get("within_days", 0),
                item.get("closed_when", ""),
                tuple(item.get("training", ())),
            )
        applies = table.get("applies", "")
        evidence = bound(["evidence"], table["evidence"], "evidence")
        return Criterion(
            id=table["id"],
            principle=table["principle"],
            severity=Severity(table["severity"]),
            weight=table["weight"],
            audience=tuple(table["audience"]),
            stage=table["stage"],
            clauses=tuple(c for c in clauses if c),
            checks=tuple(checks),
            evidence=table["evidence"],
            evidence_node=None if isinstance(evidence, Always) else evidence,
            applies=applies,
            applies_node=bound(["applies"], applies, "applies") if applies else None,
            gate=Gate(table["gate"]) if "gate" in table else None,
            life_from=life.get("from"),
            life_until=life.get("until"),
            parameters=parameters,
            corrective=corrective,
            country=country,
        )

    def _clause(self, file: TomlFile, path: list[str | int], item: dict[str, Any]) -> Clause | None:
        if not file.expect(item, path, set(), {"source", "at", "confidence"}):
            return None
        source, confidence = item["source"], item["confidence"]
        if source not in self._sources:
            file.fault(
                [*path, "source"], f"{source!r} is not in sources.toml", hint=did_you_mean(source, self._sources)
            )
            return None
        if confidence not in list(Confidence):
            file.fault([*path, "confidence"], f"{confidence!r} is none of {', '.join(Confidence)}")
            return None
        return Clause(source, str(item.get("at", "")), Confidence(confidence))

    def _parameter(self, file: TomlFile, name: str, item: dict[str, Any]) -> Parameter:
        path: list[str | int] = ["param", name]
        if not file.expect(item, path, set(), {"unit", "stricter", "values"}):
            return Parameter(name, "", "lower", ())
        if item.get("stricter") not in ("lower", "higher"):
            file.fault([*path, "stricter"], "stricter is 'lower' or 'higher'")
        values = [
            self._dated(file, [*path, "values", at], value, "")
            for at, value in enumerate(item["values"])
            if file.expect(value, [*path, "values", at], {"until", "clause"}, {"from", "value"})
        ]
        if not any(values):
            file.fault([*path, "values"], "a parameter has at least one dated value")
        return Parameter(name, item.get("unit", ""), item.get("stricter", ""), tuple(v for v in values if v))

    def _dated(self, file: TomlFile, path: list[str | int], item: dict[str, Any], country: str) -> DatedValue | None:
        start, value, until = item.get("from"), item.get("value"), item.get("until")
        if not isinstance(start, date) or not isinstance(value, int) or isinstance(value, bool):
            file.fault(path, "a dated value has `from` (a date) and `value` (a whole number)")
            return None
        source = str(item.get("clause", "")).split(" ")[0]
        if source not in self._sources:
            file.fault(
                path, f"its clause {item.get('clause', '')!r} names no source", hint=did_you_mean(source, self._sources)
            )
        return DatedValue(start, value, until, str(item.get("clause", "")), country)

    # -- overlays ------------------------------------------------------------------------------------------------

    def _overlay(self, folder: Path, shell: Standard) -> Overlay | None:
        file = self._open(folder / "overlay.toml")
        table = file.data
        if not file.expect(table, [], {"tighten", "derogate", "add", "note"}, {"country", "base"}):
            return None
        country = table.get("country", "")
        if country != folder.name:
            file.fault(["country"], f"the folder is called {folder.name}")
        if table.get("base") != shell.name:
            file.fault(["base"], f"{table.get('base')!r} is not {shell.name}")
        added = {}
        for path in sorted(folder.glob("criteria/*.toml")):
            criterion = self._criterion(self._open(path), shell, country)
            if criterion:
                added[criterion.id] = criterion
        adds = [
            item for at, item in enumerate(table.get("add", [])) if file.expect(item, ["add", at], set(), {"criterion"})
        ]
        listed = [item["criterion"] for item in adds]
        for at, name in enumerate(listed):
            if name not in added and not (folder / "criteria" / f"{name}.toml").exists():
                file.fault(["add", at], f"criteria/{name}.toml is not there", hint=did_you_mean(name, added))
        for name in sorted(set(added) - set(listed)):
            file.fault([], f"no [[add]] lists the criterion {name!r}")
        return Overlay(
            country=country,
            base=table.get("base", ""),
            tightened=tuple(self._tightenings(file, shell, country)),
            derogations=tuple(self._derogations(file, shell, country)),
            added=tuple(added[name] for name in listed if name in added),
            notes=tuple(table.get("note", ())),
        )

    def _tightenings(self, file: TomlFile, shell: Standard, country: str) -> Iterator[Tightening]:
        for at, item in enumerate(file.data.get("tighten", [])):
            path: list[str | int] = ["tighten", at]
            if not file.expect(item, path, {"until"}, {"criterion", "param", "from", "value", "clause"}):
                continue
            criterion = shell.criterion(item.get("criterion", ""))
            parameter = criterion.parameters.get(item.get("param", "")) if criterion else None
            if parameter is None or criterion is None:
                hint = did_you_mean(item.get("criterion", ""), [c.id for c in shell.criteria])
                file.fault(path, f"no parameter {item.get('param')!r} of {item.get('criterion')!r}", hint=hint)
                continue
            value = self._dated(file, path, item, country)
            if value:
                yield Tightening(country, criterion.id, parameter.id, value)

    def _derogations(self, file: TomlFile, shell: Standard, country: str) -> Iterator[Derogation]:
        for at, item in enumerate(file.data.get("derogate", [])):
            path: list[str | int] = ["derogate", at]
            if not file.expect(item, path, {"confidence"}, {"criterion", "check", "from", "allows", "clause"}):
                continue
            if str(item["clause"]).split(" ")[0] not in self._sources:
                file.fault([*path, "clause"], f"its clause {item['clause']!r} names no source")
            if item.get("confidence", "G") not in list(Confidence):
                file.fault([*path, "confidence"], f"{item['confidence']!r} is none of {', '.join(Confidence)}")
                continue
            criterion = shell.criterion(item.get("criterion", ""))
            if criterion is None or item.get("check") not in [check.id for check in criterion.checks]:
                hint = did_you_mean(item.get("criterion", ""), [c.id for c in shell.criteria])
                file.fault(path, f"no check {item.get('check')!r} of {item.get('criterion')!r}", hint=hint)
                continue
            scope = binding.Scope(
                shell.questionnaire,
                criterion.parameters,
                use="allows",
                country=country,
                sample_section=shell.policy.sample.section,
            )
            node = self._bound(file, [*path, "allows"], item["allows"], lambda t, s=scope: binding.bind(t, s))  # type: ignore[misc]
            confidence = Confidence(item.get("confidence", "G"))
            yield Derogation(
                country, criterion.id, item["check"], item["from"], item["allows"], node, item["clause"], confidence
            )


def _place(principles: tuple[str, ...], name: str) -> int:
    return principles.index(name) if name in principles else len(principles)
