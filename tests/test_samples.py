"""The sample audits: they say what they were made to say, and make.py makes them again byte for byte."""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent.parent / "sample_audits"
NAMES = sorted(path.stem for path in (HERE / "expected").glob("*.json"))


@cache
def module(name: str) -> Any:
    """A module of sample_audits, which is a folder of scripts and no package."""
    sys.path.insert(0, str(HERE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(HERE))


def sample(name: str) -> Any:
    return next(found for found in module("catalogue").SAMPLES if found.id == name)


def expected(name: str) -> dict[str, Any]:
    return json.loads(sample(name).expected().read_bytes())


def of_verdict(card: dict[str, Any], verdict: str) -> set[str]:
    return {name for name, found in card["criteria"].items() if found["proven"] == verdict}


@cache
def problems() -> tuple[Any, ...]:
    return module("make").read_sample(sample("forty-mistakes")).problems


# ---- as committed ----------------------------------------------------------------------------------------------------


def test_every_sample_has_an_expectation() -> None:
    assert sorted(found.id for found in module("catalogue").SAMPLES) == NAMES
    assert len(NAMES) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_result_is_the_committed_one(name: str) -> None:
    found = sample(name)
    assert module("make").verdict(found) == found.expected().read_bytes()


def contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of a sample; a zip by what it holds, since another zlib may pack the same bytes otherwise."""
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        data = file.read_bytes()
        if not data.startswith(b"PK"):
            yield file.name, data
            continue
        with zipfile.ZipFile(file) as archive:
            for info in archive.infolist():
                yield f"{file.name}/{info.filename} {info.date_time}", archive.read(info)


@pytest.mark.parametrize("name", NAMES)
def test_make_makes_the_same_files(name: str, tmp_path: Path) -> None:
    found = sample(name)
    module("make").make(found, tmp_path)
    assert list(contents(tmp_path / found.path)) == list(contents(HERE / found.path))


def test_all_are_marked_as_fictitious() -> None:
    for name in set(NAMES) - {"forty-mistakes"}:
        submission = module("make").read_sample(sample(name)).submission
        organisation, audit = submission.data["organisation"], submission.data["audit"]
        assert organisation["name_ar"].endswith("(مثال وهمي)")
        assert organisation["name_fr"].endswith("(fictif)")
        assert organisation["name_en"].endswith("(fictitious)")
        references = ["trade_register", "tax_number", "licence_number"]
        given = [organisation[key] for key in references if key in organisation]
        assert all(text.startswith("SAMPLE-") for text in [*given, audit["reference"], audit["previous_audit"]])


# ---- what each was made to say ---------------------------------------------------------------------------------------

OUTCOMES = {
    "good-agency": ("band", "A"),
    "fees-found": ("band", "D"),
    "ordinary-weaknesses": ("band", "C"),
    "four-majors": ("band", "D"),
    "blank-fee-sheet": ("incomplete", None),
    "hotel-self-assessment": ("self-declared", None),
    "hotel-audit": ("band", "D"),
    "arabic-digits": ("band", "B"),
    "decimal-commas": ("band", "B"),
    "farm": ("band", "C"),
    "csv-zip": ("band", "B"),
    "passports-held": ("band", "E"),
    "licence-expired": ("not-eligible", None),
}


@pytest.mark.parametrize(("name", "outcome"), OUTCOMES.items())
def test_outcome(name: str, outcome: tuple[str, str | None]) -> None:
    card = expected(name)
    assert (card["outcome"], card["band"]) == outcome


def test_good_agency_has_an_adequate_independent_sample() -> None:
    card = expected("good-agency")
    assert card["sample"] == {"adequate": True, "interviewed": 30, "workers": 140}
    assert card["assurance"] == "A3"


def test_fees_found_fails_on_the_fees_alone() -> None:
    assert of_verdict(expected("fees-found"), "fail") == {"fees-none-charged", "fees-burden-low", "fees-repaid"}


def test_four_majors_are_four_majors() -> None:
    card = expected("four-majors")
    assert [found["points"] for found in card["criteria"].values() if found["points"]] == [8] * 4


def test_blank_fee_sheet_is_incomplete_and_names_what_nobody_asked() -> None:
    card = expected("blank-fee-sheet")
    assert card["at_best"] in ("A", "B")
    assert card["figures"]["points"] == 0
    assert "fees-none-charged" in of_verdict(card, "unknown")


def report(name: str) -> Any:
    found = module("make").read_sample(sample(name))
    texts = importlib.import_module("recruitcheck.library").texts(found.standard, "en")
    return importlib.import_module("recruitcheck.scoring").score(found.submission, found.standard).report(texts)


def test_a_question_nobody_asked_is_not_told_as_a_no() -> None:
    found = report("blank-fee-sheet")
    assert "none reported" not in found.sample
    assert "None of them answered" in found.sample
    assert not found.consequence
    assert not any(limb.binding for limb in found.limbs)


def test_a_gate_holds_the_band_and_no_limb_does() -> None:
    found = report("passports-held")
    assert found.band == "E"
    assert not any(limb.binding for limb in found.limbs)
    assert found.name == "Zellijar Builders (fictitious)"


def test_passports_held_is_zero_tolerance() -> None:
    assert expected("passports-held")["gates"] == ["freedom-documents-held"]


def test_expired_licence_is_the_only_finding() -> None:
    card = expected("licence-expired")
    assert of_verdict(card, "fail") == {"conduct-licence-valid"} == set(card["gates"])


def test_hotel_claims_everything_and_not_all_is_found() -> None:
    make, scoring = module("make"), importlib.import_module("recruitcheck.scoring")
    own, seen = (make.read_sample(sample(name)) for name in ("hotel-self-assessment", "hotel-audit"))
    assert own.submission.data["organisation"] == seen.submission.data["organisation"]
    result = scoring.score(own.submission, own.standard).compared(scoring.score(seen.submission, seen.standard))
    claimed, applicable = result["claimed"]
    assert claimed == applicable
    claims = [row for row in result["criteria"] if row["claimed"] == "pass"]
    missed = {row["criterion"] for row in claims if row["found"] == "fail"}
    assert {"wages-overtime-paid", "safety-housing-fire", "fees-arrivals-asked", "remedy-known"} <= missed
    assert "privacy-medical" in {row["criterion"] for row in claims if row["found"] == "unknown"}


# ---- how they were typed ---------------------------------------------------------------------------------------------


def raw(name: str, part: str) -> str:
    with zipfile.ZipFile(HERE / name) as archive:
        return archive.read(part).decode()


def test_digits_and_commas_are_text_in_the_files() -> None:
    arabic = raw("arabic-digits/audit.xlsx", "xl/sharedStrings.xml")
    assert re.search("[٠-٩]+٫[٠-٩]+", arabic)
    assert re.search("[٠-٩]{2}/[٠-٩]{2}/[٠-٩]{4}", arabic)
    french = raw("decimal-commas/audit.xlsx", "xl/sharedStrings.xml")
    assert re.search(r"<t>\d \d{3},\d{2}</t>", french)
    assert re.search(r"<t>\d{2}/\d{2}/2026</t>", french)


def test_ods_says_what_it_is_at_once() -> None:
    data = (HERE / "farm.ods").read_bytes()
    assert data[30:38] == b"mimetype"
    assert data[38:].startswith(b"application/vnd.oasis.opendocument.spreadsheetPK")


def test_csv_zip_mixes_encodings() -> None:
    with zipfile.ZipFile(HERE / "csv-zip.zip") as archive:
        marked = {name: archive.read(name).startswith(b"\xef\xbb\xbf") for name in archive.namelist()}
    assert {True, False} == set(marked.values())
    assert len(marked) == 15


# ---- forty mistakes --------------------------------------------------------------------------------------------------


def test_there_are_forty_mistakes_of_twenty_kinds() -> None:
    planted = (*module("mistakes").MISTAKES, *module("mistakes").RENAMED)
    assert len({(found.file, found.sheet, found.reported) for found in planted}) >= 40
    assert len({found.code for found in planted}) >= 20


def test_every_mistake_is_reported_at_its_cell() -> None:
    found = {(problem.file, problem.sheet, problem.cell, problem.code) for problem in problems()}
    for mistake in module("mistakes").MISTAKES:
        assert (mistake.file, mistake.sheet, mistake.reported, mistake.code) in found, mistake
    for change in module("mistakes").RENAMED:
        assert (change.file, change.to, change.reported, change.code) in found, change


def test_every_error_was_planted() -> None:
    mistakes = module("mistakes")
    planted = {(m.file, m.sheet, m.reported, m.code) for m in mistakes.MISTAKES}
    planted |= {(r.file, r.to, r.reported, r.code) for r in mistakes.RENAMED}
    errors = {(p.file, p.sheet, p.cell, p.code) for p in problems() if p.severity == "error"}
    assert errors <= planted


def test_personal_data_is_not_repeated() -> None:
    text = sample("forty-mistakes").expected().read_text(encoding="utf-8")
    assert not [typed for typed in ("Inventé", "06 00 00", "personne@") if typed in text]


# ---- words -----------------------------------------------------------------------------------------------------------


def test_readme_tells_every_outcome() -> None:
    lines = (HERE / "README.md").read_text(encoding="utf-8").splitlines()
    for name, (outcome, band) in OUTCOMES.items():
        line = next(line for line in lines if line.startswith(f"| `{sample(name).path}"))
        told = f"band {band}" if band else outcome
        if outcome == "incomplete":
            told = f"incomplete, at best {expected(name)['at_best']}"
        assert told in line, line


def test_show_prints_all_and_ends_well() -> None:
    environment = {**os.environ, "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, str(HERE / "show.py")]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, check=False)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    for found in module("catalogue").SAMPLES:
        assert done.stdout.count(found.path) == 2
