"""The reader of standards: every fault is told with its file, key and line; digests; overlays."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from recruitcheck import library
from recruitcheck.problem import Fault, StandardFault
from recruitcheck.rules import binding
from recruitcheck.rules.lint import lint
from recruitcheck.rules.resolve import NoOverlay, resolve
from recruitcheck.rules.standard import Confidence, DatedValue, Derogation, Overlay, Parameter, Standard, Tightening
from recruitcheck.text import LANGUAGES
from tests.strategies import PARAMETERS, QUESTIONNAIRE, assessed, cards, criterion, dated, standard

NAME = "ethical-recruitment@2026.1"
HOME = "ethical-recruitment/2026.1"
FEES = f"{HOME}/criteria/fees/fees-none-charged.toml"
REPAID = f"{HOME}/criteria/fees/fees-repaid.toml"
CASES = f"{HOME}/cases/fees/fees-none-charged.toml"
OVERLAY = f"{HOME}/overlays/MA/overlay.toml"
DEPOSIT = f"{HOME}/overlays/MA/criteria/ma-deposit.toml"
ASKED = f"{HOME}/questionnaire.toml"
HEAD = f"{HOME}/standard.toml"


KEPT = ("fees-none-charged", "fees-repaid", "ma-deposit", "ma-returns")
TIGHTEN = """[[tighten]]
criterion = "{}"
param = "repay_days"
from = 2026-07-01
value = {}
clause = "project 8.1"
[[add]]"""
DEROGATE = """[[derogate]]
criterion = "fees-repaid"
check = "late"
from = 2026-07-01
allows = 'workers_recruited > 0'
clause = "x 1"
[[add]]"""


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped standard with four of its criteria and without words: as good for breaking, and fast."""
    small = tmp_path_factory.mktemp("few") / "standards"
    shutil.copytree(library.root(), small)
    for path in small.glob(f"{HOME}/**/*.toml"):
        if "text" in path.parts or ({"criteria", "cases"} & set(path.parts) and path.stem not in KEPT):
            path.unlink()
    adds = re.compile(r'^\[\[add\]\]\ncriterion = "(.*)"\n', re.MULTILINE)
    text = (small / OVERLAY).read_text(encoding="utf-8")
    (small / OVERLAY).write_text(adds.sub(lambda m: m[0] if m[1] in KEPT else "", text), encoding="utf-8")
    return small


@pytest.fixture
def folder(few: Path, tmp_path: Path) -> Path:
    """A copy of the standard, to be broken."""
    shutil.copytree(few, tmp_path / "standards")
    return tmp_path / "standards"


def change(folder: Path, file: str, old: str, new: str) -> int:
    """Replaces the first match of a pattern in a file; the line, from 1, where it stands."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    found = re.search(old, text, re.MULTILINE)
    assert found, f"{old!r} is not in {file}"
    path.write_text(text[: found.start()] + new + text[found.end() :], encoding="utf-8")
    return text[: found.start()].count("\n") + 1


def faults_of(folder: Path) -> list[Fault]:
    """What is wrong with the copy."""
    library._load.cache_clear()
    with pytest.raises(StandardFault) as told:
        library.load(NAME, folder)
    return told.value.faults


VALUES = "param.repay_days.values"
BROKEN = [
    # (what, file, pattern, replacement, key, message, hint); the fault is told at the line of the pattern
    ("a duplicate key", FEES, "^weight ", 'id = "twice"\nweight ', "id", "overwrite", ""),
    ("not TOML", FEES, "^weight .*$", "weight = = 5", "weight", "", ""),
    ("an unknown key", FEES, "^weight ", "wieght = 4\nweight ", "wieght", "not known", "did you mean 'weight'?"),
    ("text for a number", FEES, "^weight .*$", 'weight = "5"', "weight", "a whole number is wanted", ""),
    ("true for a number", FEES, "^weight .*$", "weight = true", "weight", "a whole number is wanted", ""),
    ("a number for text", FEES, "^severity .*$", "severity = 3", "severity", "quoted text is wanted", ""),
    ("a number for a list", FEES, "^audience .*$", "audience = 3", "audience", "a list is wanted", ""),
    ("text for a list", FEES, "^audience .*$", 'audience = "agency"', "audience", "a list is wanted", ""),
    ("text for a date", FEES, "^from .*$", 'from = "2026-01-01"', "life.from", "a date is wanted", ""),
    ("a time for a date", FEES, "^from .*$", "from = 2026-01-01T00:00:00Z", "life.from", "a date is wanted", ""),
    ("a number for an expression", FEES, "^evidence .*$", "evidence = 1", "evidence", "quoted text is wanted", ""),
    ("an unknown key of [life]", FEES, "^from .*$", "form = 2026-01-01", "life.form", "not known", "'from'"),
    ("a weight above ten", FEES, "^weight .*$", "weight = 11", "weight", "from 1 to 10", ""),
    ("an unknown severity", FEES, "^severity .*$", 'severity = "criticl"', "severity", "not known", "'critical'"),
    ("an unknown stage", FEES, "^stage .*$", 'stage = "recruiting"', "stage", "not known", "'recruitment'"),
    ("an unknown principle", FEES, "^principle .*$", 'principle = "fee"', "principle", "not known", "'fees'"),
    ("another folder", FEES, "^principle .*$", 'principle = "wages"', "principle", "the folder is called fees", ""),
    ("an unknown gate", FEES, "^weight ", 'gate = "zero"\nweight ', "gate", "no gate 'zero'", ""),
    ("an unknown audience", FEES, "^audience .*$", 'audience = ["agencies"]', "audience", "not a part", ""),
    ("another id", FEES, "^id .*$", 'id = "fees-none"', "id", "the file is called fees-none-charged", ""),
    ("an unknown source", FEES, "^source .*$", 'source = "ilo-c181x"', "clause.source", "not in", "'ilo-c181'"),
    ("an unknown confidence", FEES, "^confidence .*$", 'confidence = "V9"', "clause.confidence", "'V9' is none", ""),
    ("an expression", FEES, "^evidence .*$", "evidence = 'adequat(fees)'", "evidence", "not known", "adequate"),
    ("stricter how", REPAID, "^stricter .*$", 'stricter = "less"', "param.repay_days.stricter", "'lower'", ""),
    ("a value that is text", REPAID, "value = 90", 'value = "90"', VALUES, "whole number", ""),
    ("a value's key", REPAID, "value = 90", "til = 2027-01-01, value = 90", f"{VALUES}.til", "not known", "'until'"),
    ("a value's source", REPAID, '"project 8.1" }', '"nobody 1" }', VALUES, "names no source", ""),
    ("a field type", ASKED, 'type = "yes_no"', 'type = "yes_now"', "section.field.type", "no field type", "'yes_no'"),
    ("a choice set", ASKED, 'choices = "org_kind"', 'choices = "org_kin"', "section.field.choices", "", "'org_kind'"),
    ("a flag", ASKED, "unanswered", "unanswerd", "choices.answer.unanswerd", "not known", "'unanswered'"),
    ("a choice twice", ASKED, '"no", { id', '"yes", { id', "choices.answer", "twice", ""),
    ("text for a figure", HEAD, "^recent_months .*$", 'recent_months = "12"', "policy.caps.recent_months", "", ""),
    ("a missing severity", HEAD, "critical = 30, ", "", "policy.failure_points", "'critical' is missing", ""),
    ("a core principle", HEAD, '"fees", "con', '"fee", "con', "policy.core_principles", "", "'fees'"),
    ("a policy expression", HEAD, "'consent == .*$", "'consent == \"ye\"'", "policy.sample.consent", "", "'yes'"),
    ("a mild repeat", HEAD, "critical = 45", "critical = 25", "policy.repeat_points", "weighs less", ""),
    ("a rate", "rates.toml", '"10.72"', '"10,72"', "rate.value", "is no rate", ""),
    ("another base", OVERLAY, "^base .*$", 'base = "ethical-recruitment@2025.1"', "base", "2025.1", ""),
    ("another country", OVERLAY, "^country .*$", 'country = "TN"', "country", "called MA", ""),
]

ELSEWHERE = [
    # (what, file, pattern, replacement, key, message, hint); the line is that of the table, or of nothing
    ("a missing key", FEES, "^weight .*$", "", "", "the key 'weight' is missing", ""),
    ("a clause that is no list", FEES, r"^\[\[clause\]\]\n(.+\n)+", '[clause]\nsource = "x"\n', "", "", ""),
    ("a missing figure", HEAD, "^bound .*$", "", "policy.sample", "the key 'bound' is missing", ""),
    ("a date_of", ASKED, 'date_of = "capital_on"', 'date_of = "kind"', "section", "names no date field 'kind'", ""),
    ("a row's own date", ASKED, 'date_of = "paid_on"', 'date_of = "ended_on"', "section", "no date field", ""),
    ("an add of nothing", OVERLAY, '"ma-deposit"', '"ma-deposits"', "add", "is not there", "'ma-deposit'"),
    ("a tightening", OVERLAY, r"^\[\[add\]\]", TIGHTEN.format("fees-repayd", 60), "tighten", "no parameter", "repaid"),
    ("a derogation", OVERLAY, r"^\[\[add\]\]", DEROGATE, "derogate.clause", "names no source", ""),
]


@pytest.mark.parametrize("row", [*BROKEN, *ELSEWHERE], ids=[row[0] for row in [*BROKEN, *ELSEWHERE]])
def test_a_fault_names_its_file_key_and_line(folder: Path, row: Any) -> None:
    """One thing broken: one place to look at, and what was meant."""
    _, file, old, new, key, message, hint = row
    line = change(folder, file, old, new)
    faults = faults_of(folder)
    told = [f for f in faults if (f.file, f.key) == (file, key) and message in f.message and hint in f.hint]
    assert told, "\n".join(map(str, faults))
    if row in BROKEN:
        assert line in [f.line for f in told], "\n".join(map(str, told))
    assert all(str(f).startswith(f"{f.file}:") for f in told)


def test_a_fault_in_an_expression_names_its_column(folder: Path) -> None:
    """The column counts inside the expression."""
    line = change(folder, FEES, "^evidence .*$", "evidence = 'answered(kind) and answerd(kind)'")
    (fault,) = faults_of(folder)
    assert (fault.line, fault.column, fault.hint) == (line, 20, "did you mean 'answered'?")
    assert str(fault).startswith(f"{FEES}:{line}:20: evidence: ")


def test_several_faults_are_all_told_at_once(folder: Path) -> None:
    """Nobody repairs a standard one message at a time."""
    change(folder, FEES, "^weight .*$", "weight = 0")
    change(folder, FEES, "^stage .*$", 'stage = "x"')
    change(folder, REPAID, "^evidence .*$", "evidence = 'flag'")
    change(folder, DEPOSIT, "^severity .*$", 'severity = "grave"')
    change(folder, OVERLAY, '"ma-returns"', '"ma-nothing"')
    change(folder, "rates.toml", '"10.72"', '"x"')
    told = {(fault.file, fault.key) for fault in faults_of(folder)}
    assert told >= {(FEES, "weight"), (FEES, "stage"), (REPAID, "evidence"), (DEPOSIT, "severity"), (OVERLAY, "add")}
    assert ("rates.toml", "rate.value") in told


def test_an_overlay_criterion_that_no_add_lists_is_a_fault(folder: Path) -> None:
    """A rule is not in force because a file lies there."""
    change(folder, OVERLAY, r'^\[\[add\]\]\ncriterion = "ma-deposit"\n', "")
    (fault,) = faults_of(folder)
    assert (fault.file, "no [[add]] lists the criterion 'ma-deposit'") == (OVERLAY, fault.message)


def test_an_unknown_edition_is_refused_with_those_there_are(folder: Path) -> None:
    """Every edition is named; an id alone is its newest one."""
    with pytest.raises(library.UnknownStandard) as told:
        library.load("ethical-recruitment@2026.2", folder)
    assert told.value.known == [NAME]
    assert library.load("ethical-recruitment", folder).name == NAME


# -- lint --------------------------------------------------------------------------------------------------------


def linted(folder: Path, lock: Mapping[str, Mapping[str, str]] | None = None) -> list[Fault]:
    """Faults and warnings of the copy, without those of missing words."""
    library._load.cache_clear()
    library._tables.cache_clear()
    loaded = library.load(NAME, folder)
    cases, faults = library.cases(loaded, folder)
    tables = {language: library.texts(loaded, language, folder).tables for language in LANGUAGES}
    digests = library.digests(NAME, folder)
    return faults + lint(loaded, tables, cases, digests, library.lock(folder) if lock is None else lock)


def messages(faults: list[Fault], key: str) -> str:
    return "\n".join(f"{fault.file} {fault.message}" for fault in faults if fault.key == key)


LATE = "fees-repaid.repay_days"
DAYS = "param.repay_days"
SPLIT = "until = {}, value = 90, clause = 'project 8.1' }}, {{ from = {}, value = 80, clause"
OFFENCES = [
    # (what, file, pattern, replacement, key, message)
    ("a gate", FEES, "^severity .*$", 'severity = "minor"\ngate = "zero-tolerance"', "gate", "requires a critical"),
    ("a light critical", FEES, "^weight .*$", "weight = 4", "weight", "weighs at least 5"),
    ("a light major", REPAID, "^weight .*$", "weight = 2", "weight", "weighs at least 3"),
    ("no evidence", FEES, "^evidence .*$", "evidence = 'none'", "evidence", "needs evidence"),
    ("an overlap", REPAID, "value = 90, clause", SPLIT.format("2026-06-30", "2026-06-30"), DAYS, "on 2026-06-30"),
    ("a hole", REPAID, "value = 90, clause", SPLIT.format("2026-06-29", "2026-07-01"), DAYS, "between 2026-06-29 and"),
    ("no value at last", REPAID, "value = 90", "until = 2026-12-31, value = 90", DAYS, "in force after 2026-12-31"),
    ("no value at first", REPAID, "from = 2026-01-01, value", "from = 2026-01-02, value", DAYS, "no value is in force"),
    ("a loosening", OVERLAY, r"^\[\[add\]\]", TIGHTEN.format("fees-repaid", 91), f"tighten {LATE}", "91 loosens 90"),
    ("money without a date", ASKED, ', date_of = "capital_on"', "", "paid_capital", "names its date_of"),
    ("an unlocked release", "lock.toml", r"^\[.*\]$", '["other@1"]', NAME, "has its digests here"),
    ("another verdict", CASES, 'expect = "pass"', 'expect = "fail"', None, "expected fail, came out pass"),
    ("another reason", CASES, r'= \["charged"\]', '= ["told"]', None, "expected to fail because of ['told']"),
    ("an amount", CASES, '"450.00 MAD"', '"450,00 MAD"', None, "holds a value that its field cannot take"),
    ("a currency", CASES, '"450.00 MAD"', '"450.00 Dh"', None, "holds a value that its field cannot take"),
    ("an unknown field", CASES, "^fees = ", "fee = ", "case.fee", "no such field or section"),
]


@pytest.mark.parametrize("row", OFFENCES, ids=[row[0] for row in OFFENCES])
def test_the_house_rules_refuse(folder: Path, row: Any) -> None:
    """What loads is not yet fit to be published."""
    _, file, old, new, key, message = row
    change(folder, file, old, new)
    faults = linted(folder)
    told = [f for f in faults if message in f.message and (key is None or f.key == key)]
    assert told, "\n".join(map(str, faults[:20]))
    assert {fault.level for fault in told} == {"error"}


def test_a_criterion_needs_texts_and_cases_of_each_kind(folder: Path) -> None:
    """No text in one language, no case that fails: both are told; a check that never fails too."""
    (folder / CASES).unlink()
    faults = [fault for fault in linted(folder) if fault.file.endswith("fees-none-charged.toml")]
    for language in LANGUAGES:
        assert "no text in this language" in messages(faults, f"text/{language}")
    assert "no case comes out pass, fail, unknown" in messages(faults, "cases")
    assert "no case makes this check fail" in messages(faults, "check.told")


def test_a_stale_translation_is_a_warning_and_not_an_error(folder: Path) -> None:
    """It is shown as stale, and the standard may still be used."""
    for language in LANGUAGES:
        path = folder / HOME / "text" / f"{language}.toml"
        path.parent.mkdir(exist_ok=True)
        rendered = "revision = 7" if language == "en" else "of = 6"
        words = "\n".join(f'{part} = "x"' for part in ("title", "requirement", "seek", "fix", "rights"))
        told = '[fees-none-charged.because]\ncharged = "x"\ntold = "x"\n'
        path.write_text(f"[fees-none-charged]\n{rendered}\n{words}\n{told}", encoding="utf-8")
    told = [f for f in linted(folder) if f.file.endswith("/fees-none-charged.toml") and f.key.startswith("text/")]
    assert [(fault.key, fault.level) for fault in told] == [("text/fr", "warning"), ("text/ar", "warning")]
    assert library.texts(NAME, "fr", folder).stale("fees-none-charged")


def test_a_released_file_never_changes(folder: Path) -> None:
    """The lock holds the digest of each released edition."""
    change(folder, HEAD, "^status .*$", 'status = "released"')
    digests = library.digests(NAME, folder)
    (folder / "lock.toml").write_text(
        f'["{NAME}"]\n' + "".join(f'{part} = "{digest}"\n' for part, digest in digests.items()), encoding="utf-8"
    )
    assert not [fault for fault in linted(folder) if fault.file == "lock.toml"]
    change(folder, FEES, "^weight .*$", "weight = 6")
    told = [fault for fault in linted(folder) if fault.file == "lock.toml"]
    assert [fault.key for fault in told] == [f"{NAME}.rules"]
    assert "a released file changed" in told[0].message


@pytest.mark.parametrize(
    ("file", "old", "new", "part"),
    [
        (FEES, "^weight .*$", "weight = 6", "rules"),
        (HEAD, "A = 85, B = 70, C = 50", "A = 86, B = 70, C = 50", "rules"),
        (DEPOSIT, "^weight .*$", "weight = 9", "rules"),
        (f"{HOME}/text/en.toml", "$", "# a remark\n", "text"),
        (CASES, "$", "# a remark\n", None),
        ("sources.toml", "$", "# a remark\n", None),
    ],
)
def test_a_text_is_no_rule_and_a_rule_is_no_text(folder: Path, file: str, old: str, new: str, part: str | None) -> None:
    """The digest of the rules moves with a weight and not with a typo; cases move neither."""
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    before = library.digests(NAME, folder)
    change(folder, file, old, new)
    after = library.digests(NAME, folder)
    assert {name for name in before if before[name] != after[name]} == ({part} if part else set())


# -- overlays ----------------------------------------------------------------------------------------------------


def overlay(country: str, *values: DatedValue, allows: str = "", start: str = "2024-01-01") -> Overlay:
    """A country that tightens the parameter `many` of criterion "one", and may derogate its check."""
    tightened = tuple(Tightening(country, "one", "many", replace(value, country=country)) for value in values)
    scope = binding.Scope(QUESTIONNAIRE, PARAMETERS, use="allows", country=country)
    node = binding.bind(allows, scope) if allows else None
    local = Derogation(country, "one", "c1", date.fromisoformat(start), allows, node, "law 1", Confidence.G)
    return Overlay(country, "small@1", tightened, (local,) if node else (), ())


def tight(stricter: str, own: Any, *overlays: Overlay) -> Standard:
    many = Parameter("many", "", stricter, own)
    one = criterion("one", ["count(fees) <= param.many"], parameters={**PARAMETERS, "many": many})
    return replace(standard(one), overlays={item.country: item for item in overlays})


OWN = dated(("2026-01-01", 50), ("2026-06-01", 40), ("2026-09-01", 45))
MA = dated(("2026-03-01", 42, "2026-07-31"), ("2026-10-01", 30))
TN = dated(("2026-02-01", 48), ("2026-07-01", 41, "9999-12-31"))


@pytest.mark.parametrize("pick", ["lower", "higher"])
@pytest.mark.parametrize("countries", [("MA",), ("TN",), ("MA", "TN"), ("TN", "MA", "MA")])
def test_the_strictest_value_of_every_day_wins(pick: str, countries: tuple[str, ...]) -> None:
    """Day by day over two years, against the three time lines themselves."""
    rules = tight(pick, OWN, overlay("MA", *MA), overlay("TN", *TN))
    merged = resolve(rules, countries).criteria[0].parameters["many"]
    lines = [Parameter("x", "", pick, {"MA": MA, "TN": TN}[country]) for country in set(countries)]
    for day in (date(2025, 12, 1) + timedelta(days=at) for at in range(730)):
        known = [found.value for line in (*lines, Parameter("x", "", pick, OWN)) if (found := line.on(day))]
        got = merged.on(day)
        assert (got.value if got else None) == ((min if pick == "lower" else max)(known) if known else None), day


def test_resolving_changes_nothing_else_and_in_any_order_the_same() -> None:
    """The edition itself stays as it was; the countries are in alphabetical order."""
    rules = tight("lower", OWN, overlay("MA", *MA), overlay("TN", *TN))
    assert resolve(rules, ("TN", "MA")) == resolve(rules, ("MA", "TN"))
    assert resolve(rules, ("TN", "MA")).countries == ("MA", "TN")
    assert resolve(rules, ()).criteria == rules.criteria
    assert rules.criteria[0].parameters["many"].values == OWN


def test_a_derogation_never_changes_a_verdict_and_is_told_from_its_day_on() -> None:
    """Looser local law stands beside the verdict, from the day on which it is in force."""
    data = {"organisation": {"kind": "agency"}, "sections": {"fees": {"state": "complete", "rows": [{}] * 60}}}
    rules = tight("lower", OWN, overlay("MA", allows="count(fees) <= 99", start="2026-03-01"))
    for day, expected in (("2026-02-28", []), ("2026-03-01", ["pass"])):
        days = [date.fromisoformat(day)]
        plain = cards(assessed(rules, [data], days))[0]["criteria"]["one"]
        local = cards(assessed(resolve(rules, ["MA"]), [data], days))[0]["criteria"]["one"]
        assert (plain["proven"], local["proven"]) == ("fail", "fail")
        assert [item["allows"] for item in local["local_law"]] == expected
        assert plain | {"local_law": local["local_law"]} == local


@pytest.mark.parametrize("wrong", ["TN", "ma", "MAR", ""])
def test_an_unknown_overlay_is_refused_with_those_there_are(wrong: str) -> None:
    """Never ignored: the criteria of a country are rules."""
    with pytest.raises(NoOverlay) as told:
        resolve(library.load(), ["MA", wrong])
    assert (told.value.country, told.value.known) == (wrong, ("MA",))


def test_the_added_criteria_of_a_country_join_their_principles() -> None:
    """National criteria stand among the others, in the order of the principles, and only where asked for."""
    rules = library.load()
    national = [c for c in resolve(rules, ["MA"]).criteria if c.country == "MA"]
    assert {c.id for c in national} == {c.id for c in rules.overlays["MA"].added}
    places = [rules.principles.index(c.principle) for c in resolve(rules, ["MA"]).criteria]
    assert places == sorted(places)
    assert not [c for c in rules.criteria if c.country]


def test_the_shipped_standard_has_no_fault() -> None:
    """Texts in three languages, cases of each kind, sources, parameters, overlays, lock."""
    errors = [fault for fault in linted(library.root()) if fault.level == "error"]
    assert not errors, "\n".join(map(str, errors[:40]))
