"""The laws of the engine, over random expressions, criteria and submissions."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitcheck import library
from recruitcheck.rules import tables as layout
from recruitcheck.rules.evaluate import Recorder, evaluate
from recruitcheck.rules.explain import explain
from recruitcheck.rules.outcome import Verdict
from recruitcheck.rules.resolve import resolve
from recruitcheck.rules.score import assess
from recruitcheck.rules.standard import Field
from recruitcheck.rules.tables import from_frames, from_records
from recruitcheck.submission import canonical_bytes
from tests.expressions import Draw, book, criteria, expressions, rulebooks
from tests.oracle import Oracle
from tests.strategies import (
    DAY,
    PARAMETERS,
    PRINCIPLES,
    QUESTIONNAIRE,
    ROWS,
    SUBMISSION,
    answers,
    assessed,
    card_bytes,
    cards,
    criterion,
    standard,
)

DATED = st.tuples(SUBMISSION, DAY)
SEVERAL = st.lists(DATED, min_size=1, max_size=5)
DECIDED = (Verdict.FAIL, Verdict.PASS, Verdict.NOT_APPLICABLE)


def blank(f: Field, value: Any) -> bool:
    """Reads as unanswered: absent, or nothing but choices that mean so."""
    silent = [choice.id for choice in f.choices if choice.unanswered]
    return value is None or value in ("", *silent) or (isinstance(value, list) and set(value) <= set(silent))


# -- the oracle --------------------------------------------------------------------------------------------------


@given(st.lists(expressions(), min_size=1, max_size=4), SEVERAL)
def test_every_expression_comes_out_as_the_oracle_says(texts: list[str], dated: list[Any]) -> None:
    """One evaluator over columns agrees with a naive interpreter of the text."""
    rules = standard(*[criterion(f"e{at}", [text]) for at, text in enumerate(texts)])
    verdicts = evaluate(rules, from_records(rules, [data for data, _ in dated], [day for _, day in dated]))
    for at, text in enumerate(texts):
        wanted = [Oracle(rules, data, day, PARAMETERS).truth(text) for data, day in dated]
        assert verdicts.checks[at][0].tolist() == wanted, text


@given(rulebooks(), SEVERAL)
def test_every_criterion_comes_out_as_the_oracle_says(drawn: Any, dated: list[Any]) -> None:
    """Audience, `applies`, checks and evidence join as scoring.md says."""
    rules = book(drawn)
    assessment = assessed(rules, [data for data, _ in dated], [day for _, day in dated])
    for at, one in enumerate(rules.criteria):
        wanted = [Oracle(rules, data, day).criterion(one) for data, day in dated]
        got = zip(assessment.verdicts.proven[at].tolist(), assessment.verdicts.claimed[at].tolist(), strict=True)
        assert list(got) == wanted, one


@given(SEVERAL)
def test_the_worker_sample_is_counted_as_the_oracle_counts_it(dated: list[Any]) -> None:
    """Distinct workers with consent and an answer; adequate by the exact bound and the discount."""
    rules = standard()
    known = assessed(rules, [data for data, _ in dated]).facts
    questions = [f.id for f in QUESTIONNAIRE.section("talks").fields if f.question]
    oracles = [Oracle(rules, data, None) for data, _ in dated]
    assert known.interviewed.tolist() == [oracle.interviewed(questions) for oracle in oracles]
    assert known.adequate.tolist() == [oracle.adequate(questions) for oracle in oracles]


def test_every_case_of_the_shipped_standard_comes_out_as_the_oracle_says() -> None:
    """The real expressions: the naive interpreter reaches what the lawyers expected of every worked case."""
    shipped = library.load()
    cases, faults = library.cases(shipped)
    assert cases and not faults
    for case in cases:
        rules = resolve(shipped, case.countries)
        proven, _ = Oracle(rules, case.data, case.as_of).criterion(rules.criterion(case.criterion))
        assert Verdict(proven).word == case.expect, (case.criterion, case.name)


# -- independence ------------------------------------------------------------------------------------------------


@given(rulebooks(), DATED, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(drawn: Any, dated: Any, random: Any) -> None:
    """Rows are independent: shuffling every section leaves the scorecard as it was."""
    rules = book(drawn)
    data, day = dated
    shuffled = copy.deepcopy(data)
    for part in shuffled["sections"].values():
        random.shuffle(part["rows"])
    assert card_bytes(assessed(rules, [data], [day])) == card_bytes(assessed(rules, [shuffled], [day]))


@given(rulebooks(), SEVERAL, st.randoms(use_true_random=False), st.sampled_from([1, 2, 1 << 16]))
def test_chunks_and_the_order_of_submissions_change_nothing(
    drawn: Any, dated: list[Any], random: Any, step: int
) -> None:
    """Together, shuffled, cut into small blocks or one by one: byte for byte the same scorecards."""
    rules = book(drawn)
    alone = [card_bytes(assessed(rules, [data], [day]))[0] for data, day in dated]
    order = random.sample(range(len(dated)), len(dated))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "BLOCK", step)
        patch.setattr(layout, "PART", step + 1, raising=False)
        together = card_bytes(assessed(rules, *map(list, zip(*[dated[at] for at in order], strict=True))))
    assert together == [alone[at] for at in order]


def frames(dated: list[Any], *, typed: bool) -> tuple[Any, dict[str, Any], Any]:
    """The same submissions as data frames: of plain objects, or of the dtypes that a Parquet file has."""

    def cells(home: Any, record: dict[str, Any]) -> dict[str, Any]:
        flat: dict[str, Any] = {}
        for f in home.fields:
            value = record.get(f.id)
            flat[f.id] = ";".join(value) if isinstance(value, list) else value
            if f.type == "money":
                flat[f.id], flat[f"{f.id}.currency"] = (value or {}).get("amount"), (value or {}).get("currency")
        return flat

    def shaped(found: list[Any], homes: list[Any]) -> pd.DataFrame:
        frame = pd.DataFrame(found, dtype=object)
        if typed:
            days = [f.id for home in homes for f in home.fields if f.type == "date"]
            frame = frame.convert_dtypes().assign(**{name: pd.to_datetime(frame[name]) for name in days})
        return frame

    heads, rows = [], {home.id: [] for home in QUESTIONNAIRE.tables}
    for at, (data, _) in enumerate(dated):
        head = {"submission": f"s{at}"}
        for home in QUESTIONNAIRE.singles:
            head |= cells(home, data[home.id])
        for home in QUESTIONNAIRE.tables:
            head[f"{home.id}__state"] = data["sections"][home.id]["state"]
            rows[home.id] += [{"submission": f"s{at}", **cells(home, r)} for r in data["sections"][home.id]["rows"]]
        heads.append(head)
    parts = {home.id: shaped(rows[home.id], [home]) for home in QUESTIONNAIRE.tables if rows[home.id]}
    days = pd.Series([day for _, day in dated], dtype=object)
    return shaped(heads, list(QUESTIONNAIRE.singles)), parts, pd.to_datetime(days) if typed else days


@given(rulebooks(), SEVERAL, st.booleans())
def test_frames_and_records_give_the_same_scorecards(drawn: Any, dated: list[Any], typed: Any) -> None:
    """The bulk door and the single door lead to the same room, whatever the dtypes."""
    rules = book(drawn)
    heads, parts, days = frames(dated, typed=typed)
    bulk = assess(rules, from_frames(rules, heads, parts, days))
    assert card_bytes(bulk) == card_bytes(assessed(rules, [data for data, _ in dated], [day for _, day in dated]))


# -- knowledge ---------------------------------------------------------------------------------------------------


def enrich(draw: Draw, data: dict[str, Any]) -> dict[str, Any]:
    """The submission with some blanks filled, rows added to open sections, open sections closed."""
    richer = copy.deepcopy(data)
    for _ in range(draw(st.integers(1, 8))):
        home = draw(st.sampled_from(QUESTIONNAIRE.sections))
        part = richer["sections"][home.id] if home.is_table else {}
        action = draw(st.sampled_from(["fill", "fill", "add", "close"])) if home.is_table else "fill"
        if action == "fill":
            records = part["rows"] if home.is_table else [richer[home.id]]
            empty = [(row, f) for row in records for f in home.fields if blank(f, row.get(f.id))]
            if empty:
                row, f = draw(st.sampled_from(empty))
                row[f.id] = draw(st.sampled_from([value for value in answers(f) if not blank(f, value)]))
        elif part["state"] == "open" and action == "add":
            part["rows"].append(draw(ROWS[home.id]))
        elif action == "close":
            part["state"] = "complete" if part["rows"] else "none"
    return richer


@given(rulebooks(most=4), DATED, st.data())
def test_more_knowledge_never_flips_a_verdict(drawn: Any, dated: Any, more: Any) -> None:
    """A filled blank, a new row, a closed section: what was certain stays as it was, and `at_best` gets no better."""
    rules = book(drawn)
    data, day = dated
    richer = enrich(more.draw, data)
    both = assessed(rules, [data, richer], [day, day])
    verdicts, scores = both.verdicts, both.scores
    for rows in (verdicts.proven, verdicts.claimed, *verdicts.checks):
        for before, after in rows if isinstance(rows, list) else rows.tolist():
            assert before not in DECIDED or after == before
    for before, after in verdicts.evidence:
        assert before != 2 or after == 2, "what was proof is proof no longer"
    assert scores.at_best[1] == 0 or scores.at_best[0] == 0 or scores.at_best[1] >= scores.at_best[0]


@given(criteria(), expressions("evidence", 2), SEVERAL)
def test_raising_evidence_never_lowers_a_score(rule: Any, other: str, dated: list[Any]) -> None:
    """The same criterion with more proof, or none needed: more is earned, never less, and nothing else is claimed."""
    first = rule["evidence"]
    scores = []
    for evidence in (first, "none" if first == "none" else f"({first}) or ({other})", "none"):
        one = criterion(**{**rule, "severity": "minor", "evidence": evidence})
        rules = standard(one, criterion("two", ["flag"]))
        scores.append(assessed(rules, [data for data, _ in dated], [day for _, day in dated]).scores)
    for less, more in pairwise(scores):
        assert (less.figures["earned"] <= more.figures["earned"]).all()
        assert (less.figures["known"] <= more.figures["known"]).all()
        assert (less.figures["points"] == more.figures["points"]).all()
        assert (less.figures["claimed"] == more.figures["claimed"]).all()
        assert (less.limbs["score"] >= more.limbs["score"]).all()
    assert (scores[-1].figures["earned"] == scores[-1].figures["claimed"]).all()


# -- scorecards --------------------------------------------------------------------------------------------------


@given(rulebooks(most=4), DATED)
def test_the_score_and_the_losses_add_up_to_exactly_one(drawn: Any, dated: Any) -> None:
    """What was not earned is the sum of what each criterion lost, and principles add up to the whole."""
    rules = book(drawn)
    (card,) = cards(assessed(rules, [dated[0]], [dated[1]]))
    figures, applicable = card["figures"], card["figures"]["applicable"]
    lost = [c["weight"] for c in card["criteria"].values() if c["proven"] in ("fail", "unknown")]
    if applicable:
        assert Fraction(figures["earned"], applicable) + sum(Fraction(w, applicable) for w in lost) == 1
    for name, value in figures.items():
        assert value == sum(card["principles"][principle][name] for principle in PRINCIPLES)
    assert figures["points"] == sum(c["points"] for c in card["criteria"].values())


@given(rulebooks(most=4), SEVERAL)
def test_a_published_band_is_never_better_than_at_best(drawn: Any, dated: list[Any]) -> None:
    """`at_best` is what no further answer could improve, so no band beats it."""
    rules = book(drawn)
    for card in cards(assessed(rules, [data for data, _ in dated], [day for _, day in dated])):
        if card["band"]:
            assert card["at_best"] <= card["band"]


def _kinds(value: Any) -> set[type]:
    if isinstance(value, dict):
        return {type(key) for key in value} | {kind for part in value.values() for kind in _kinds(part)}
    if isinstance(value, list):
        return {kind for part in value for kind in _kinds(part)}
    return {type(value)}


@given(rulebooks(), DATED)
def test_a_scorecard_holds_no_float(drawn: Any, dated: Any) -> None:
    """Words, whole numbers, true, false and null; nothing of numpy and nothing that rounds."""
    rules = book(drawn)
    for card in cards(assessed(rules, [dated[0]], [dated[1]])):
        assert _kinds(card) <= {str, int, bool, type(None)}
        assert json.loads(canonical_bytes(card)) == card


@given(rulebooks(), DATED)
def test_the_root_of_an_explanation_equals_the_verdict(drawn: Any, dated: Any) -> None:
    """A recorder changes nothing, and what it recorded for the whole expression is what the check came to."""
    rules = book(drawn)
    tables = from_records(rules, [dated[0]], [dated[1]])
    recorder = Recorder()
    plain, told = evaluate(rules, tables), evaluate(rules, tables, recorder)
    assert plain.proven.tolist() == told.proven.tolist()
    assert plain.claimed.tolist() == told.claimed.tolist()
    for at, one in enumerate(rules.criteria):
        for check, truth in zip(one.checks, plain.checks[at], strict=True):
            assert recorder.values[check.node].tolist() == truth.tolist()
        if one.evidence_node:
            assert recorder.values[one.evidence_node].tolist() == plain.evidence[at].tolist()


@given(rulebooks(), DATED)
def test_a_trace_starts_with_the_verdict(drawn: Any, dated: Any) -> None:
    """The first step of every explained check says what the check came to."""
    rules = book(drawn)
    told = explain(rules, from_records(rules, [dated[0]], [dated[1]]))
    words = {0: "false", 1: "unknown", 2: "true"}
    for at, found in enumerate(told.traces):
        assert found.proven == told.verdicts.proven[at][0]
        for check, truth in zip(found.checks, told.verdicts.checks[at], strict=True):
            assert check.steps[0].result == words[int(truth[0])]
            assert check.verdict == truth[0]


# -- exact, and the same everywhere ------------------------------------------------------------------------------

BIG = st.integers(-(10**40), 10**40)


@given(BIG, BIG, st.lists(BIG, max_size=5), st.sampled_from(["<", "==", ">="]))
def test_arithmetic_beyond_64_bits_is_exact(a: int, b: int, many: list[int], op: str) -> None:
    """Products and sums of any size agree with Python's own integers, to the last unit."""
    data = {"organisation": {"surplus": a, "kind": "agency"}, "sections": {"fees": {"state": "complete", "rows": []}}}
    data["sections"]["fees"]["rows"] = [{"delta": value, "change": _money(value)} for value in many]
    exact = a * a - b if abs(b) < 10**30 else b
    texts = {
        f"surplus * surplus - {abs(b)} {op} {_literal(exact)}": (a * a - abs(b), exact),
        f"sum(fees, delta) * surplus {op} {_literal(b)}": (sum(many) * a, b),
        f"sum(fees, delta) {op} {_literal(sum(many))}": (0, 0),
        f"sum(fees, change) * 1000 {op} sum(fees, change) * 1000": (0, 0),
    }
    rules = standard(*[criterion(f"e{at}", [text]) for at, text in enumerate(texts)])
    verdicts = evaluate(rules, from_records(rules, [data, {}], [None, None]))
    compare = {"<": lambda x, y: x < y, "==": lambda x, y: x == y, ">=": lambda x, y: x >= y}[op]
    assert [bool(truth[0][0] == 2) for truth in verdicts.checks] == [compare(*pair) for pair in texts.values()]


def _money(value: int) -> dict[str, str]:
    whole, part = divmod(abs(value), 1000)
    return {"amount": f"{'-' if value < 0 else ''}{whole}.{part:03}", "currency": "MAD"}


def _literal(value: int) -> str:
    return str(value) if value >= 0 else f"(0 - {-value})"


SCRIPT = """
import json, sys
from datetime import date
from recruitcheck import library
from recruitcheck.rules.resolve import resolve
from recruitcheck.rules.score import assess, scorecard
from recruitcheck.rules.tables import from_records
from recruitcheck.submission import canonical_bytes, from_json
standard = library.load()
submission, _ = from_json(json.load(open(sys.argv[1], encoding="utf-8")), "x.json", standard)
rules = resolve(standard, submission.countries)
done = assess(rules, from_records(rules, [submission.data], [submission.as_of()]))
card = scorecard(done, 0, submission=submission.digest, engine="0", rates="", history=None)
sys.stdout.buffer.write(canonical_bytes(card))
"""


def test_nothing_depends_on_the_hash_seed_the_locale_or_the_time_zone(tmp_path: Path) -> None:
    """The same submission scored by two processes with different surroundings: the same bytes."""
    rows = [{"worker": f"w{at}", "consent": "yes", "paid_fee": "no"} for at in range(30)]
    fee = {"worker": "w1", "fee_code": "RF-01", "paid_by": "worker", "paid_on": "2026-02-10"}
    fee["amount"] = {"amount": "450.00", "currency": "EUR"}
    data = {
        "schema": "recruitcheck/submission@1",
        "countries": ["MA"],
        "organisation": {"kind": "agency", "name_ar": "شركة", "workers_recruited": 120},
        "audit": {"reference": "T-1", "audit_kind": "site", "ended_on": "2026-03-04", "selection": "inspector"},
        "practices": {"documents_seen": ["FIN", "POL"]},
        "sections": {
            "interviews": {"state": "complete", "rows": rows},
            "fees": {"state": "complete", "rows": [fee]},
        },
    }
    file = tmp_path / "submission.json"
    file.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    cli = Path(layout.__file__).parents[1] / "cli.py"
    command = ["-m", "recruitcheck.cli", "score", str(file), "--json"] if cli.exists() else ["-c", SCRIPT, str(file)]
    printed = []
    for seed, locale, zone in (("1", "C", "UTC"), ("4242", "ar_MA.UTF-8", "Pacific/Kiritimati")):
        surroundings = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "LANG": locale, "TZ": zone}
        done = subprocess.run(
            [sys.executable, *command], env=surroundings, cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        printed.append(done.stdout)
    assert printed[0] == printed[1]
    card = json.loads(printed[0])
    assert card["criteria"]["fees-none-charged"]["proven"] == "fail"
    assert card["as_of"] == date(2026, 3, 4).isoformat()
