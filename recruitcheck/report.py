"""Scorecard + texts -> one plain report that page, terminal, PDF and workbook all render.

A report holds words and ready-made figures in one language and no queries, no colours, no layout. Figures are
rounded only here: percentages to one decimal, half up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from recruitcheck.rules.explain import CheckTrace, Explanation, Gap, Trace
from recruitcheck.rules.outcome import ABSENT, Verdict
from recruitcheck.rules.sample import counted, upper_bound
from recruitcheck.rules.score import LIMBS, Assessment
from recruitcheck.rules.standard import Clause, Confidence, Criterion, Section, Standard
from recruitcheck.submission import Place, Submission
from recruitcheck.text import Texts

_SEVERITIES: Final = ("critical", "major", "minor")
_SHOWN_ROWS: Final = 8


@dataclass(frozen=True, slots=True)
class Limb:
    id: str
    label: str
    letter: str | None
    figure: str
    binding: bool


@dataclass(frozen=True, slots=True)
class PrincipleLine:
    """``share`` is earned of applicable in tenths of a percent, None if nothing applies."""

    id: str
    label: str
    earned: int
    applicable: int
    known: int
    points: int
    share: int | None
    percent: str


@dataclass(frozen=True, slots=True)
class Finding:
    criterion: str
    title: str
    severity: str
    severity_label: str
    principle: str
    clauses: tuple[str, ...]
    reasons: tuple[str, ...]
    cells: tuple[str, ...]
    points: int
    fix: str
    due_days: int | None
    owner: str
    training: tuple[str, ...]
    gate: str
    local_law: tuple[str, ...]
    sanction: str
    confidential: bool


@dataclass(frozen=True, slots=True)
class Unknown:
    criterion: str
    title: str
    severity: str
    severity_label: str
    gaps: tuple[str, ...]
    seek: str


@dataclass(frozen=True, slots=True)
class Report:
    language: str
    direction: str
    name: str
    kind: str
    standard: str
    countries: tuple[str, ...]
    as_of: str
    submission: str
    outcome: str
    outcome_label: str
    band: str | None
    band_label: str
    at_best: str
    binding: str
    limbs: tuple[Limb, ...]
    score: str
    claimed: str
    coverage: str
    points: int
    consequence: str
    principles: tuple[PrincipleLine, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[Unknown, ...]
    not_applicable: tuple[str, ...]
    caps: tuple[str, ...]
    gates: tuple[str, ...]
    sample: str
    history: str
    next_steps: tuple[str, ...]
    has_annex: bool


def percent(part: int, whole: int, decimals: int = 1) -> str:
    """part / whole as a percentage, half up: (37, 44) -> "84.1"; "" if whole is 0."""
    if not whole:
        return ""
    scale = 10**decimals
    tenths = (part * 200 * scale + whole) // (2 * whole)
    return f"{tenths // scale}.{tenths % scale:0{decimals}d}" if decimals else str(tenths)


def clause_text(clause: Clause, sources: Mapping[str, Mapping[str, Any]], texts: Texts) -> str:
    """A clause as printed everywhere: instrument, place, and what its confidence means for the reader."""
    short = sources.get(clause.source, {}).get("short", {})
    name = str(short.get(texts.language) or short.get("en") or clause.source.upper())
    note = {
        Confidence.V2: texts.say("words.to_be_confirmed"),
        Confidence.G: texts.say("words.to_be_confirmed"),
        Confidence.U: texts.say("words.unverified"),
        Confidence.P: texts.say("words.project_rule"),
    }.get(clause.confidence, "")
    at = "" if clause.at == "passim" else f" {clause.at}"
    return f"{name}{at}" + (f" ({note})" if note else "")


class Maker:
    """Makes the words of one scored submission in one language."""

    def __init__(
        self,
        assessment: Assessment,
        explanation: Explanation,
        submission: Submission,
        card: Mapping[str, Any],
        texts: Texts,
        sources: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self.standard: Standard = assessment.standard
        self.assessment, self.explanation = assessment, explanation
        self.submission, self.card, self.texts, self.sources = submission, card, texts, sources

    def say(self, key: str, **values: object) -> str:
        return self.texts.say(f"words.{key}", **values)

    def percent(self, part: int, whole: int) -> str:
        """part / whole as this language writes a percentage, without its sign."""
        return self.texts.figure(percent(part, whole))

    def report(self) -> Report:
        card, figures = self.card, self.card["figures"]
        organisation = self.submission.data.get("organisation", {})
        order = dict.fromkeys((f"name_{self.texts.language}", "name_fr", "name_en", "name_ar"))
        name = next((organisation[key] for key in order if organisation.get(key)), self.say("no_name"))
        kind = organisation.get("kind")
        limbs = self._limbs()
        findings = self._findings()
        unknown = self._unknown()
        return Report(
            language=self.texts.language,
            direction=self.texts.direction,
            name=name,
            kind=self.texts.choice("org_kind", kind) if kind else self.say("no_kind"),
            standard=card["standard"],
            countries=tuple(card["countries"]),
            as_of=card["as_of"] or "",
            submission=card["submission"],
            outcome=card["outcome"],
            outcome_label=self.say(f"outcome.{card['outcome']}"),
            band=card["band"],
            band_label=self.say(f"band.{card['band']}") if card["band"] else "",
            at_best=self._at_best(),
            binding=self._binding(limbs),
            limbs=limbs,
            score=self.percent(figures["earned"], figures["applicable"]),
            claimed=self.percent(figures["claimed"], figures["applicable"]),
            coverage=self.percent(figures["known"], figures["applicable"]),
            points=figures["points"],
            consequence=self._consequence(figures["points"]),
            principles=self._principles(),
            findings=findings,
            unknown=unknown,
            not_applicable=tuple(
                self.texts.criterion(name)
                for name, item in card["criteria"].items()
                if item["proven"] == "not-applicable"
            ),
            caps=tuple(self.say(f"cap.{cap['reason']}", band=cap["at_most"]) for cap in card["caps"]),
            gates=tuple(self._gate(name) for name in card["gates"]),
            sample=self._sample(),
            history=self.say("history_not_given") if card.get("history") else "",
            next_steps=self._next(findings, unknown),
            has_annex=any(self._confidential(section) for section in self.standard.questionnaire.sections),
        )

    def _confidential(self, section: Section) -> bool:
        return section.confidential and bool(self.submission.data["sections"].get(section.id, {}).get("rows"))

    def _at_best(self) -> str:
        letter = self.card["at_best"]
        return self.say("at_best", band=letter) if letter and self.card["outcome"] != "band" else ""

    # -- limbs ---------------------------------------------------------------------------------------------------

    def _limbs(self) -> tuple[Limb, ...]:
        figures, letters = self.card["figures"], self.card["limbs"]
        whole = figures["applicable"]
        texts_of = {
            "score": _with_percent(self.percent(figures["earned"], whole)),
            "points": str(figures["points"]),
            "core": self._core()[1],
            "coverage": _with_percent(self.percent(figures["known"], whole)),
            "assurance": self.card["assurance"],
        }
        worst = max((letter for letter in letters.values() if letter), default="")
        held = worst if worst == self.card["band"] else ""  # a gate or a cap may hold it elsewhere
        return tuple(
            Limb(name, self.say(f"limb.{name}"), letters[name], texts_of[name], bool(held) and letters[name] == held)
            for name in LIMBS
        )

    def _core(self) -> tuple[str, str]:
        """(the weakest core principle, its share) or two empty texts."""
        weakest: tuple[int, int, str] | None = None
        for core in self.standard.policy.core_principles:
            part = self.card["principles"][core]
            whole = part["applicable"]
            if whole and (weakest is None or part["earned"] * weakest[1] < weakest[0] * whole):
                weakest = (part["earned"], whole, core)
        if weakest is None:
            return "", ""
        return weakest[2], _with_percent(self.percent(weakest[0], weakest[1]))

    def _binding(self, limbs: tuple[Limb, ...]) -> str:
        """The one sentence that says what holds the band where it is."""
        if not self.card["band"]:
            return ""
        if any(self.card["criteria"][name]["proven"] == "fail" for name in self._zero_tolerance()):
            return self.say("held_by_gate", band=self.card["band"])
        caps = [cap for cap in self.card["caps"] if cap["at_most"] == self.card["band"]]
        held = [limb for limb in limbs if limb.binding]
        if caps and not held:
            return self.say("held_by_cap", band=self.card["band"])
        if self.card["band"] == "A" or not held:
            return ""
        named = []
        for limb in held:
            core = self._core()[0] if limb.id == "core" else ""
            label = f"{limb.label} ({self.texts.principle(core)})" if core else limb.label
            named.append(f"{label}: {limb.figure}")
        return self.say("held_by", band=self.card["band"], limbs="; ".join(named))

    def _zero_tolerance(self) -> list[str]:
        return [c.id for c in self.standard.criteria if c.gate == "zero-tolerance" and c.id in self.card["criteria"]]

    def _consequence(self, points: int) -> str:
        policy = self.standard.policy
        if self.card["outcome"] == "self-declared":
            return ""
        if points >= policy.restriction:
            return self.say("consequence.restriction")
        if points >= policy.conditions:
            return self.say("consequence.conditions")
        return self.say("consequence.none") if self.card["band"] else ""

    def _principles(self) -> tuple[PrincipleLine, ...]:
        lines = []
        for name, part in self.card["principles"].items():
            whole = part["applicable"]
            share = (part["earned"] * 2000 + whole) // (2 * whole) if whole else None
            lines.append(
                PrincipleLine(
                    name,
                    self.texts.principle(name),
                    part["earned"],
                    whole,
                    part["known"],
                    part["points"],
                    share,
                    _with_percent(self.percent(part["earned"], whole)),
                )
            )
        return tuple(lines)

    # -- findings ------------------------------------------------------------------------------------------------

    def _traces(self, verdict: Verdict) -> list[tuple[int, Trace]]:
        found = [
            (place, trace)
            for place, trace in enumerate(self.explanation.traces)
            if trace.proven == verdict and trace.proven != ABSENT
        ]
        return sorted(
            found, key=lambda item: (_SEVERITIES.index(item[1].criterion.severity), -item[1].criterion.weight, item[0])
        )

    def _findings(self) -> tuple[Finding, ...]:
        return tuple(self._finding(trace) for _, trace in self._traces(Verdict.FAIL))

    def _finding(self, trace: Trace) -> Finding:
        criterion = trace.criterion
        failed = [check for check in trace.checks if check.verdict is Verdict.FAIL]
        cells = [cell for check in failed for cell in self.cells(check)]
        corrective = criterion.corrective
        local = self.card["criteria"][criterion.id]["local_law"]
        return Finding(
            criterion=criterion.id,
            title=self.texts.criterion(criterion.id),
            severity=criterion.severity,
            severity_label=self.say(f"severity.{criterion.severity}"),
            principle=self.texts.principle(criterion.principle),
            clauses=tuple(clause_text(clause, self.sources, self.texts) for clause in criterion.clauses),
            reasons=tuple(self.reason(criterion, check) for check in failed),
            cells=tuple(dict.fromkeys(str(place) for place in cells if str(place))),
            points=self.card["criteria"][criterion.id]["points"],
            fix=self.texts.criterion(criterion.id, "fix"),
            due_days=corrective.within_days if corrective else None,
            owner=corrective.owner if corrective else "",
            training=corrective.training if corrective else (),
            gate=str(criterion.gate or ""),
            local_law=tuple(self._local(criterion, item) for item in local),
            sanction=self.texts.criterion(criterion.id, "sanction"),
            confidential=any(self._rests_on_annex(check) for check in failed),
        )

    def reason(self, criterion: Criterion, check: CheckTrace) -> str:
        """Why a check failed, in words, with the rows that decided it counted."""
        step = check.deciding
        places = self.cells(check)
        where = str(places[0]) if places else ""
        count, of = (len(step.rows), step.of) if step else ("", "")
        return self.texts.because(criterion.id, check.check, {"count": count, "of": of, "where": where})

    def cells(self, check: CheckTrace) -> list[Place]:
        """The cells a failed check came from: those of the deciding rows, else of the single fields it read."""
        places: list[Place] = []
        for step in check.steps:
            if step.of is not None:
                own = [field for section, field in step.fields if section == step.section]
                for row in step.rows[:_SHOWN_ROWS]:
                    places += [self.submission.place(step.section, row, field) for field in own]
            elif step.depth == 0 or len(step.fields) == 1:
                places += [self.submission.place(section, None, field) for section, field in step.fields]
        return list(dict.fromkeys(place for place in places if place.cell))

    def _rests_on_annex(self, check: CheckTrace) -> bool:
        sections = {section for step in check.steps for section, _ in step.fields}
        return any(s.id in sections for s in self.standard.questionnaire.sections if s.confidential)

    def _local(self, criterion: Criterion, item: Mapping[str, str]) -> str:
        key = "local_allows" if item["allows"] == "pass" else "local_silent"
        note = self.texts.get("derogate", criterion.id, item["check"], "note")
        return self.say(key, country=item["country"], clause=item["clause"], note=note)

    def _gate(self, name: str) -> str:
        criterion = self.standard.criterion(name)
        assert criterion is not None and criterion.gate is not None
        verdict = self.card["criteria"][name]["proven"]
        return self.say(f"gate.{criterion.gate}.{verdict}", title=self.texts.criterion(name))

    # -- what is not known ---------------------------------------------------------------------------------------

    def _unknown(self) -> tuple[Unknown, ...]:
        out = []
        for place, trace in self._traces(Verdict.UNKNOWN):
            criterion = trace.criterion
            reasons = [self.gap(gap) for gap in self.explanation.gaps(place)]
            out.append(
                Unknown(
                    criterion.id,
                    self.texts.criterion(criterion.id),
                    criterion.severity,
                    self.say(f"severity.{criterion.severity}"),
                    tuple(dict.fromkeys(reasons)),
                    self.texts.criterion(criterion.id, "seek"),
                )
            )
        return tuple(out)

    def gap(self, gap: Gap) -> str:
        """One reason why something is not known, as a sentence that names the question or the sheet."""
        if gap.kind == "date":
            return self.say("gap.date")
        names = [self.texts.field(gap.section, name) for name in gap.field.split(",") if name]
        values = {"sheet": self.texts.section(gap.section), "field": "; ".join(names)}
        if gap.kind == "document":
            field = self.standard.questionnaire.single_field(gap.field)
            word = self.texts.choice(field.choice_set, gap.choice) if field else gap.choice
            return self.say("gap.document", document=f"{gap.choice} · {word}")
        if gap.kind == "rows":
            first = gap.rows[0]
            where = self.submission.place(gap.section, first, gap.field.split(",")[0])
            key = "gap.rows" if where.cell else "gap.rows_somewhere"
            return self.say(key, count=len(gap.rows), where=str(where), **values)
        return self.say(f"gap.{gap.kind}", **values)

    def _sample(self) -> str:
        sample = self.card["sample"]
        workers, number = sample["workers"], sample["interviewed"]
        if not number:
            return self.say("sample.nobody")
        if workers is None:
            return self.say("sample.population_unknown", interviewed=number)
        answers = self._fee_answers()
        if number > workers or answers is None:
            return self.say("sample.plain", interviewed=number, workers=workers)
        if not answers:
            return self.say("sample.not_asked", interviewed=number, workers=workers)
        number, reported = len(answers), sum("yes" in given for given in answers.values())
        independent = self.assessment_independent()
        effective = counted(number, independent, self.standard.policy.sample.discount)
        bound = upper_bound(workers, effective, min(reported, effective), self.standard.policy.sample.confidence)
        share = self.percent(bound, workers)
        key = "sample.none_reported" if not reported else "sample.some_reported"
        return self.say(key, interviewed=number, workers=workers, reported=reported, bound=bound, percent=share)

    def assessment_independent(self) -> bool:
        """Whether the inspector or chance chose the interviewees."""
        from recruitcheck.rules.evaluate import expression_truth

        sample = self.standard.policy.sample
        return bool(expression_truth(self.standard, self.assessment.tables, sample.independent)[0] == 2)

    def _fee_answers(self) -> dict[Any, set[str]] | None:
        """What each consenting worker answered about fees, who answered; None if the question is not asked here."""
        sample = self.standard.policy.sample
        section = self.standard.questionnaire.section(sample.section)
        if section is None or section.field("paid_fee") is None:
            return None
        answers: dict[Any, set[str]] = {}
        for row in self.submission.data["sections"][sample.section]["rows"]:
            if row.get("paid_fee") in ("yes", "no") and row.get("consent") == "yes":
                answers.setdefault(row.get(sample.worker), set()).add(row["paid_fee"])
        return answers

    def _next(self, findings: tuple[Finding, ...], unknown: tuple[Unknown, ...]) -> tuple[str, ...]:
        """What to do first: refer, repair by severity, then ask what decides most."""
        steps = [self.say("next.refer")] if any(finding.gate == "zero-tolerance" for finding in findings) else []
        for finding in findings[:3]:
            days = self.say("next.within", days=finding.due_days) if finding.due_days else ""
            steps.append(self.say("next.fix", fix=finding.fix, days=days, criterion=finding.criterion))
        steps += [
            self.say("next.ask", gap=item.gaps[0], title=item.title)
            for item in unknown
            if item.severity == "critical" and item.gaps
        ][:3]
        return tuple(steps)


def _with_percent(figure: str) -> str:
    return f"{figure} %" if figure else ""
