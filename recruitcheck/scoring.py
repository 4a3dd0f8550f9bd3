"""One submission, scored and explained: what the command line, and later the desk, ask of the engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from recruitcheck import __version__, library
from recruitcheck.report import Maker, Report
from recruitcheck.rules import tables as columns
from recruitcheck.rules import whatif
from recruitcheck.rules.explain import Explanation, explain
from recruitcheck.rules.outcome import Band, Verdict
from recruitcheck.rules.score import OUTCOMES, Assessment, assess, scorecard
from recruitcheck.rules.standard import Standard
from recruitcheck.submission import Submission
from recruitcheck.text import Texts

ENGINE = f"recruitcheck {__version__}"


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored submission: ``card`` is its scorecard, ``explanation`` how every verdict came about."""

    submission: Submission
    standard: Standard
    assessment: Assessment
    explanation: Explanation
    card: Mapping[str, Any]

    def report(self, texts: Texts) -> Report:
        """The report in the language of ``texts``."""
        return self.report_maker(texts).report()

    def report_maker(self, texts: Texts) -> Maker:
        """What makes the words of this submission in the language of ``texts``."""
        return Maker(self.assessment, self.explanation, self.submission, self.card, texts, library.sources())

    def outcome(self) -> dict[str, Any]:
        """Outcome and band as they are."""
        return {"outcome": self.card["outcome"], "band": self.card["band"], "figures": self.card["figures"]}

    def with_verdicts(self, changes: Mapping[str, Verdict]) -> dict[str, Any]:
        """Outcome, band and figures with some verdicts replaced. Raises KeyError for one not in force."""
        scores = whatif.with_verdicts(self.assessment, changes)
        band = Band(int(scores.band[0]))
        return {
            "outcome": OUTCOMES[int(scores.outcome[0])],
            "band": band.name if band else None,
            "figures": {name: int(column[0]) for name, column in scores.figures.items()},
        }

    def shortest_ways(self) -> dict[str, Any]:
        """The shortest sets of open criteria that lead to a better result, as plain data."""
        found = whatif.shortest_ways(self.assessment)

        def plain(step: whatif.Step) -> dict[str, Any]:
            return {"criteria": list(step.criteria), "outcome": step.outcome, "band": step.band}

        return {
            "now": plain(found.now),
            "ways": [plain(step) for step in found.ways],
            "looked_at": list(found.looked_at),
            "left_out": list(found.left_out),
        }

    def compared(self, found: Scored) -> dict[str, Any]:
        """What this submission claims against what another one proves, for the criteria that both hold."""
        rows = []
        for name, item in found.card["criteria"].items():
            own = self.card["criteria"].get(name)
            if own is not None:
                rows.append({"criterion": name, "claimed": own["claimed"], "found": item["proven"]})
        claimed, seen = self.card["figures"], found.card["figures"]
        return {
            "claimed": [claimed["claimed"], claimed["applicable"]],
            "found": [seen["earned"], seen["applicable"]],
            "criteria": rows,
        }


def score(submission: Submission, standard: Standard, as_of: date | None = None) -> Scored:
    """Scores one submission under a resolved standard, on ``as_of`` or else the day the audit ended.

    Pure: the same submission, edition, rates, history and day give the same bytes. Raises ValueError without a day.
    """
    day = as_of or submission.as_of()
    if day is None:
        raise ValueError("no day to score on")
    tables = columns.from_records(standard, [submission.data], [day])
    explanation = explain(standard, tables)
    assessment = assess(standard, tables, [submission.history], explanation.verdicts)
    card = scorecard(
        assessment,
        0,
        submission=submission.digest,
        engine=ENGINE,
        rates=library.rates_digest(),
        history=submission.history,
    )
    return Scored(submission, standard, assessment, explanation, card)
