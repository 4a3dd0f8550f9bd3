"""The command line: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from recruitcheck import library
from recruitcheck.cli import main

STANDARD = "ethical-recruitment@2026.1"


def record(**changes: Any) -> dict[str, Any]:
    """A small agency audit in which three of thirty workers said that they paid."""
    workers = [{"worker": f"w{n:02}", "consent": "yes", "paid_fee": "yes" if n < 3 else "no"} for n in range(30)]
    paid = {"worker": "w01", "fee_code": "RF-02", "paid_by": "worker", "paid_to": "recruiter", "paid_on": "2025-06-01"}
    amounts = {name: {"amount": value, "currency": "MAD"} for name, value in (("amount", "8000"), ("refunded", "0"))}
    return {
        "schema": "recruitcheck/submission@1",
        "standard": STANDARD,
        "countries": ["MA"],
        "organisation": {"kind": "agency", "name_fr": "Agence d'essai (fictive)", "workers_recruited": 120},
        "audit": {"reference": "T1", "audit_kind": "site", "ended_on": "2026-03-04", "selection": "inspector"},
        "practices": {"documents_seen": ["FIN"]},
        "sections": {
            "interviews": {"state": "complete", "rows": workers},
            "fees": {"state": "complete", "rows": [{**paid, **amounts, "linked": "yes"}]},
        },
        **changes,
    }


@pytest.fixture
def audit(tmp_path: Path) -> str:
    path = tmp_path / "audit.json"
    path.write_text(json.dumps(record()), encoding="utf-8")
    return str(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(main, list(words), catch_exceptions=False)


@pytest.mark.parametrize("language", ["en", "fr", "ar"])
def test_a_scorecard_is_printed_in_each_language_without_left_over_places(audit: str, language: str) -> None:
    shown = run("score", audit, "--lang", language)
    texts = library.texts(STANDARD, language)
    assert shown.exit_code == 0
    assert texts.criterion("fees-none-charged") in " ".join(shown.output.split())
    assert "{" not in shown.output


def test_json_is_canonical_and_has_no_float(audit: str) -> None:
    shown = run("score", audit, "--json").output.strip()
    card = json.loads(shown, parse_float=lambda text: pytest.fail(f"a float: {text}"))
    assert shown == json.dumps(card, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert card["criteria"]["fees-none-charged"]["proven"] == "fail"
    assert card["history"] == "not given"


def test_explain_names_expression_rows_values_and_clause(audit: str) -> None:
    shown = " ".join(run("explain", audit, "fees-none-charged", "--lang", "en").output.split())
    assert 'paid_by == "worker"' in shown
    assert "8000.00 MAD" in shown
    assert "sections.fees.rows[0].amount" in shown
    assert "ILO C181 Art. 7(1)" in shown


def test_an_unknown_criterion_is_wrong_usage_with_the_nearest_name(audit: str) -> None:
    shown = run("explain", audit, "fees-non-charged", "--lang", "en")
    assert shown.exit_code == 2
    assert "fees-none-charged" in shown.output


def test_a_missing_file_is_unavailable(tmp_path: Path) -> None:
    assert run("score", str(tmp_path / "nothing.xlsx")).exit_code == 3


def test_an_unknown_standard_or_country_is_wrong_usage(audit: str) -> None:
    assert run("score", audit, "--standard", "ethical-recruitment@1999.1").exit_code == 2
    assert run("score", audit, "--country", "XX").exit_code == 2


def test_problems_stop_a_score_and_are_all_listed_on_stderr(tmp_path: Path) -> None:
    bad = record()
    bad["audit"]["started_on"] = "2026-03-09"
    bad["sections"]["fees"]["rows"][0]["fee_code"] = "RF-99"
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(bad), encoding="utf-8")
    shown = run("score", str(path), "--lang", "en")
    assert shown.exit_code == 1
    assert shown.stdout == ""
    assert "RF-99" in shown.stderr
    assert "2026-03-09" in shown.stderr
    listed = json.loads(run("check", str(path), "--json").stdout)["problems"]
    assert {item["code"] for item in listed if item["severity"] == "error"} == {"choice-unknown", "date-order"}
    assert {
        "code",
        "severity",
        "file",
        "sheet",
        "cell",
        "section",
        "row",
        "field",
        "found",
        "expected",
        "message",
        "fix",
    } <= set(listed[0])


def test_without_the_audits_last_day_a_day_must_be_given(tmp_path: Path) -> None:
    undated = record()
    del undated["audit"]["ended_on"]
    path = tmp_path / "undated.json"
    path.write_text(json.dumps(undated), encoding="utf-8")
    assert run("score", str(path)).exit_code == 1
    assert run("score", str(path), "--as-of", "2026-03-04", "--json").exit_code == 0


def test_whatif_takes_several_verdicts_after_one_flag(audit: str) -> None:
    shown = run("whatif", audit, "--set", "fees-none-charged=pass", "fees-repaid=pass", "--json")
    then = json.loads(shown.output)["then"]
    now = json.loads(shown.output)["now"]
    assert now["figures"]["points"] - then["figures"]["points"] == 38
    assert run("whatif", audit, "--set", "fees-none-charged=perhaps").exit_code == 2


def test_whatif_finds_the_shortest_way_to_a_better_result(audit: str) -> None:
    found = json.loads(run("whatif", audit, "--json").output)
    assert found["now"]["band"] == "E"
    sizes = {len(way["criteria"]) for way in found["ways"]}
    assert len(sizes) == 1
    for way in found["ways"]:
        changes = [f"{name}=pass" for name in way["criteria"]]
        again = json.loads(run("whatif", audit, "--set", *changes, "--json").output)
        assert again["then"]["band"] == way["band"]
        for name in way["criteria"]:
            fewer = [change for change in changes if not change.startswith(f"{name}=")]
            less = json.loads(run("whatif", audit, "--json", "--set", *fewer).output) if fewer else None
            assert less is None or less["then"]["band"] == "E"


def test_compare_holds_claims_against_findings(audit: str, tmp_path: Path) -> None:
    claim = record()
    claim["audit"]["audit_kind"] = "self"
    claim["sections"]["fees"] = {"state": "none", "rows": []}
    for row in claim["sections"]["interviews"]["rows"]:
        row["paid_fee"] = "no"
    path = tmp_path / "self.json"
    path.write_text(json.dumps(claim), encoding="utf-8")
    found = json.loads(run("compare", str(path), "--with", audit, "--json").output)
    row = next(row for row in found["criteria"] if row["criterion"] == "fees-none-charged")
    assert row == {"criterion": "fees-none-charged", "claimed": "pass", "found": "fail"}


def test_convert_writes_what_score_reads_to_the_same_bytes(audit: str, tmp_path: Path) -> None:
    target = str(tmp_path / "again.json")
    assert run("convert", audit, "-o", target).exit_code == 0
    assert run("score", target, "--json").output == run("score", audit, "--json").output


def test_a_target_that_cannot_be_written_is_unavailable(audit: str, tmp_path: Path) -> None:
    assert run("convert", audit, "-o", str(tmp_path / "no" / "such" / "folder.json")).exit_code == 3
    assert run("template", "-o", str(tmp_path / "no" / "such.xlsx")).exit_code == 3


def test_standards_are_listed_shown_and_compared() -> None:
    assert STANDARD in run("standards", "list").output
    assert "fees-none-charged" in run("standards", "show", STANDARD, "--lang", "en").output
    shown = run("standards", "show", STANDARD, "fees-none-charged", "--lang", "fr").output
    assert "param.tolerance = 0" in shown
    assert "ma-no-fee" in run("standards", "show", STANDARD, "ma-no-fee", "--lang", "en").output
    same = json.loads(run("standards", "diff", STANDARD, STANDARD, "--json").output)
    assert {change["kind"] for change in same["changes"]} == {"kept"}


def test_the_shipped_standards_have_no_fault() -> None:
    shown = run("standards", "lint")
    assert shown.exit_code == 0, shown.output


def test_the_language_follows_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    from recruitcheck.cli import default_language

    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert default_language() == "en"
    monkeypatch.setenv("LANG", "ar_MA.UTF-8")
    assert default_language() == "ar"
    monkeypatch.setenv("LC_ALL", "fr_MA.UTF-8")
    assert default_language() == "fr"


def test_a_score_does_not_depend_on_hash_seed_locale_or_time_zone(audit: str) -> None:
    shown = set()
    for seed, locale, zone in (("1", "C", "UTC"), ("77", "C.UTF-8", "Pacific/Auckland")):
        env = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": locale, "TZ": zone}
        words = [sys.executable, "-m", "recruitcheck.cli", "score", audit, "--json"]
        shown.add(subprocess.run(words, env=env, capture_output=True, check=True).stdout)
    assert len(shown) == 1


def test_help_imports_no_heavy_library() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from recruitcheck.cli import main;"
        "CliRunner().invoke(main, ['--help']);"
        "print([m for m in ('numpy', 'pandas', 'openpyxl', 'flask', 'sqlalchemy', 'babel') if m in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"


def test_problems_are_told_in_reading_order() -> None:
    from recruitcheck.intake.reading import grouped
    from recruitcheck.problem import Problem

    cells = ("AA9", "Z9", "B10", "A9", "", "B2")
    told = grouped(Problem(code="cell-error", file="f", sheet="s", cell=cell, field=cell) for cell in cells)
    assert [problem.cell for problem in told] == ["", "B2", "A9", "Z9", "AA9", "B10"]
