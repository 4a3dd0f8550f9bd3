"""A report, problems, a trace: as text on a terminal, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recruitcheck.problem import Problem, Severity
from recruitcheck.report import Limb, PrincipleLine, Report, clause_text, percent
from recruitcheck.rules.diff import KINDS, Change
from recruitcheck.rules.explain import Step
from recruitcheck.rules.outcome import ABSENT, Verdict
from recruitcheck.rules.standard import Criterion, Standard
from recruitcheck.scoring import Scored
from recruitcheck.text import Texts, problem_words

_BAND_STYLE: Final = {
    "A": "bold green",
    "B": "bold cyan",
    "C": "bold yellow",
    "D": "bold red",
    "E": "bold white on red",
}
_SEVERITY_STYLE: Final = {"critical": "bold red", "major": "yellow", "minor": "cyan"}
_BAR: Final = 24
_ROWS: Final = 5


def console(*, stderr: bool = False) -> Console:
    """A console that wraps at the terminal's width, at 100 columns on a pipe, and never guesses at markup."""
    made = Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)
    if not made.is_terminal:
        made.width = 100
    return made


def scorecard(out: Console, report: Report, texts: Texts) -> None:
    """The whole scorecard: what it is, how good, why, what was found, what is not known, what to do next."""

    def heading(key: str, count: int | None = None) -> None:
        number = "" if count is None else f" ({count})"
        out.print()
        out.print(Text(texts.say(f"cli.{key}") + number, style="bold underline"))

    out.print(Text(report.name, style="bold"), Text(f"· {report.kind}"))
    rules = " + ".join([report.standard, *report.countries])
    out.print(Text(f"{rules} · {texts.say('cli.as_of', day=report.as_of)} · {report.submission[:19]}…", style="dim"))
    out.print()
    _seal(out, report)
    out.print(_limbs(report.limbs, texts))
    out.print(texts.say("cli.figures", score=report.score, claimed=report.claimed, coverage=report.coverage))
    for line in (report.binding, *report.caps, report.consequence, *report.gates):
        if line:
            out.print(line)
    out.print(report.sample)
    if report.history:
        out.print(Text(report.history, style="dim"))
    heading("principles")
    out.print(_principles(report.principles))
    heading("findings", len(report.findings))
    _findings(out, report, texts)
    heading("not_known", len(report.unknown))
    for item in report.unknown:
        label = Text(f"{item.severity_label}  ", style=_SEVERITY_STYLE[item.severity])
        out.print(Text.assemble(label, item.title, (f"  {item.criterion}", "dim")))
        for gap in item.gaps[:4]:
            out.print(Padding(gap, (0, 0, 0, 4)))
    if not report.unknown:
        out.print(texts.say("cli.all_known"))
    heading("next")
    for place, step in enumerate(report.next_steps, start=1):
        out.print(Padding(f"{place}. {step}", (0, 0, 0, 2)))
    if not report.next_steps:
        out.print(texts.say("cli.nothing_next"))
    if report.has_annex:
        out.print()
        out.print(Text(texts.say("cli.confidential"), style="yellow"))


def _seal(out: Console, report: Report) -> None:
    if report.band:
        seal = Text(f"  {report.band}  ", style=_BAND_STYLE[report.band] + " reverse")
        out.print(Text.assemble(seal, "  ", (report.band_label, "bold")))
    else:
        out.print(Text.assemble(("  –  ", "reverse"), "  ", (report.outcome_label, "bold"), f"  {report.at_best}"))


def _limbs(limbs: Sequence[Limb], texts: Texts) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for limb in limbs:
        mark = f"◄ {texts.say('cli.binding')}" if limb.binding and limb.letter != "A" else ""
        letter = Text(limb.letter or "–", style=_BAND_STYLE.get(limb.letter or "", ""))
        table.add_row(letter, limb.label, limb.figure, Text(mark, style="bold"))
    return table


def _principles(lines: Sequence[PrincipleLine]) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    for line in lines:
        filled = 0 if line.share is None else line.share * _BAR // 1000
        bar = Text("█" * filled, style="green") + Text("·" * (_BAR - filled), style="dim")
        points = f"−{line.points}" if line.points else ""
        table.add_row(line.label, bar, line.percent, f"{line.earned}/{line.applicable}", Text(points, style="red"))
    return table


def _findings(out: Console, report: Report, texts: Texts) -> None:
    if not report.findings:
        out.print(texts.say("cli.no_findings"))
    for finding in report.findings:
        label = Text(f"{finding.severity_label}  ", style=_SEVERITY_STYLE[finding.severity])
        out.print(Text.assemble(label, (finding.title, "bold"), (f"  {finding.criterion}  −{finding.points}", "dim")))
        for reason in finding.reasons:
            out.print(Padding(reason, (0, 0, 0, 4)))
        if finding.cells:
            out.print(Padding(texts.say("cli.cells", cells=", ".join(finding.cells[:8])), (0, 0, 0, 4)))
        out.print(Padding(Text("; ".join(finding.clauses), style="dim"), (0, 0, 0, 4)))
        for line in (*finding.local_law, finding.sanction):
            if line:
                out.print(Padding(line, (0, 0, 0, 4)))
        days = texts.say("words.next.within", days=finding.due_days) if finding.due_days else ""
        out.print(Padding(f"→ {finding.fix} {days}", (0, 0, 0, 4)))


def problems(out: Console, found: Sequence[Problem], texts: Texts) -> None:
    """Every problem: errors first, grouped by file and sheet, each with its cell, what is expected, what to do."""
    errors = sum(problem.count for problem in found if problem.severity is Severity.ERROR)
    warnings = sum(problem.count for problem in found if problem.severity is Severity.WARNING)
    place = ("", "")
    for problem in found:
        if (problem.file, problem.sheet) != place:
            place = (problem.file, problem.sheet)
            out.print()
            out.print(Text(" · ".join(part for part in place if part), style="bold"))
        message, expected, fix = problem_words(problem, texts)
        style = "bold red" if problem.severity is Severity.ERROR else "cyan"
        word = texts.say(f"cli.{problem.severity}")
        count = f" ×{problem.count}" if problem.count > 1 else ""
        at = f"{problem.cell}  " if problem.cell else ""
        label = texts.field(problem.section, problem.field) if problem.field else ""
        named = f"{label}: " if label and label not in message else ""
        out.print(Text.assemble((f"{word}{count}  ", style), (at, "bold"), named, message))
        if problem.severity is Severity.ERROR:
            out.print(Padding(Text(texts.say("cli.expected", expected=expected, fix=fix), style="dim"), (0, 0, 0, 4)))
    out.print()
    out.print(texts.say("cli.counts", errors=errors, warnings=warnings))


def explanation(out: Console, result: Scored, place: int, texts: Texts) -> None:
    """How one verdict came about: expressions, what each part came to, rows, cells, clauses."""
    found = result.explanation.traces[place]
    rule = found.criterion
    out.print(Text(texts.criterion(rule.id), style="bold"), Text(rule.id, style="dim"))
    if found.proven == ABSENT:
        out.print(texts.say("cli.not_in_force"))
        return
    words = {
        name: texts.say(f"words.verdict.{Verdict(value).word}")
        for name, value in (("proven", found.proven), ("claimed", found.claimed))
    }
    out.print(Text(texts.say("cli.verdict", **words), style="bold"))
    for key, steps in (("applies", found.applies), ("evidence", found.evidence)):
        if steps:
            out.print()
            out.print(Text(texts.say(f"cli.{key}"), style="underline"))
            _steps(out, result, steps, texts)
    maker = result.report_maker(texts)
    for check in found.checks:
        out.print()
        out.print(Text(texts.say("cli.check", id=check.check), style="underline"))
        _steps(out, result, check.steps, texts)
        if check.verdict is Verdict.FAIL:
            out.print(Padding(maker.reason(rule, check), (0, 0, 0, 2)))
    for gap in result.explanation.gaps(place) if found.proven == Verdict.UNKNOWN else ():
        out.print(Padding(maker.gap(gap), (0, 0, 0, 2)))
    out.print()
    out.print(Text(texts.say("cli.clauses"), style="underline"))
    for clause in rule.clauses:
        out.print(Padding(clause_text(clause, maker.sources, texts), (0, 0, 0, 2)))


def _steps(out: Console, result: Scored, steps: Sequence[Step], texts: Texts) -> None:
    for step in steps:
        known = texts.say(f"words.truth.{step.result}") if step.result in ("true", "false", "unknown") else step.result
        out.print(Padding(Text.assemble(step.text, (f"   = {known}", "bold")), (0, 0, 0, 2 + 2 * step.depth)))
        if step.of is None:
            continue
        for key, rows in (("derived", step.rows), ("unsure_rows", step.unsure)):
            if rows:
                shown = ", ".join(map(str, rows[:20])) + (" …" if len(rows) > 20 else "")
                out.print(
                    Padding(Text(texts.say(f"cli.{key}", rows=shown), style="dim"), (0, 0, 0, 4 + 2 * step.depth))
                )
            for row in rows[:_ROWS]:
                out.print(Padding(Text(_row(result, step, row), style="dim"), (0, 0, 0, 6 + 2 * step.depth)))


def _row(result: Scored, step: Step, row: int) -> str:
    """The values of one deciding line with their cells: "paid_by worker [Fees!D3], amount 450.00 MAD [Fees!F3]"."""
    parts = []
    for section, name in step.fields:
        if section != step.section:
            continue
        value = result.submission.value(section, row, name)
        if isinstance(value, Mapping):
            value = f"{value['amount']} {value['currency']}"
        place = result.submission.place(section, row, name)
        cell = f" [{place}]" if place.cell else ""
        parts.append(f"{name} {'–' if value is None else value}{cell}")
    return ", ".join(dict.fromkeys(parts))


def comparison(out: Console, result: Mapping[str, Any], texts: Texts) -> None:
    """What was claimed against what was found."""
    rank = ("fail", "unknown", "pass")
    rows = [row for row in result["criteria"] if row["claimed"] in rank and row["found"] in rank]
    over = [row for row in rows if rank.index(row["claimed"]) > rank.index(row["found"])]
    under = [row for row in rows if rank.index(row["claimed"]) < rank.index(row["found"])]
    for key in ("claimed", "found"):
        part, whole = result[key]
        out.print(f"{texts.say(f'cli.{key}_here')}: {texts.figure(percent(part, whole))} %  ({part}/{whole})")
    for key, some in (("compare_over", over), ("compare_under", under)):
        if not some:
            continue
        out.print()
        out.print(Text(texts.say(f"cli.{key}", count=len(some)), style="bold underline"))
        table = Table(box=None, pad_edge=False, show_header=False)
        for row in some:
            verdicts = [texts.say(f"words.verdict.{row[name]}") for name in ("claimed", "found")]
            table.add_row(texts.criterion(row["criterion"]), " → ".join(verdicts), Text(row["criterion"], style="dim"))
        out.print(table)
    if not over:
        out.print(texts.say("cli.compare_none"))
    out.print()
    out.print(texts.say("cli.compare_same", count=len(rows) - len(over) - len(under)))


def standard(out: Console, rules: Standard, texts: Texts, digests: Mapping[str, str]) -> None:
    """An edition: its criteria by principle."""
    out.print(Text(" + ".join([rules.name, *rules.countries]), style="bold"), rules.status, str(rules.start))
    out.print(Text(texts.say("cli.digests", **digests), style="dim"))
    for principle in rules.principles:
        out.print()
        out.print(Text(texts.principle(principle), style="bold underline"))
        table = Table(box=None, pad_edge=False, show_header=False)
        for rule in rules.criteria:
            if rule.principle == principle:
                label = Text(texts.say(f"words.severity.{rule.severity}"), style=_SEVERITY_STYLE[rule.severity])
                table.add_row(label, str(rule.weight), texts.criterion(rule.id), Text(rule.id, style="dim"))
        out.print(table)


def criterion(out: Console, rule: Criterion, texts: Texts, sources: Mapping[str, Mapping[str, Any]]) -> None:
    """One criterion in full: words, clauses, expressions, dated numbers."""
    out.print(Text(texts.criterion(rule.id), style="bold"), Text(rule.id, style="dim"))
    severity = texts.say(f"words.severity.{rule.severity}")
    out.print(texts.say("cli.severity", severity=severity, weight=rule.weight))
    if texts.stale(rule.id):
        out.print(Text(texts.say("cli.stale"), style="yellow"))
    for key in ("requirement", "seek", "rights", "fix"):
        out.print()
        out.print(Text(texts.say(f"cli.{key}"), style="underline"))
        out.print(texts.criterion(rule.id, key))
    out.print()
    out.print(Text(texts.say("cli.clauses"), style="underline"))
    for clause in rule.clauses:
        out.print(clause_text(clause, sources, texts))
    for key, text in (("applies", rule.applies), ("evidence", rule.evidence)):
        if text:
            out.print()
            out.print(Text(texts.say(f"cli.{key}"), style="underline"))
            out.print(" ".join(text.split()))
    for check in rule.checks:
        out.print()
        out.print(Text(texts.say("cli.check", id=check.id), style="underline"))
        out.print(" ".join(check.must.split()))
    for parameter in rule.parameters.values():
        for value in parameter.values:
            until = f" – {value.until}" if value.until else " –"
            out.print(f"param.{parameter.id} = {value.value} {parameter.unit}  ({value.start}{until}; {value.clause})")


def changes(out: Console, old: str, new: str, found: Sequence[Change], texts: Texts) -> None:
    """What changed between two editions."""
    out.print(Text(texts.say("cli.changes", old=old, new=new), style="bold"))
    if all(change.kind == "kept" for change in found):
        out.print(texts.say("cli.no_changes"))
    for kind in KINDS:
        some = [change for change in found if change.kind == kind]
        if not some:
            continue
        out.print()
        out.print(Text(f"{texts.say(f'cli.diff.{kind}')} ({len(some)})", style="bold underline"))
        for change in some if kind != "kept" else ():
            line = (
                change.criterion,
                texts.criterion(change.criterion),
                change.start.isoformat(),
                ", ".join(change.parts),
            )
            out.print(Padding("  ".join(part for part in line if part), (0, 0, 0, 2)))
