"""Faults planted at random in filled workbooks: each is found at its cell, all at once, and nothing else is."""

from __future__ import annotations

import io
import os
import random
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook

from recruitcheck import cli, library
from recruitcheck.intake import annotate, labels, layout, reading
from recruitcheck.intake.cells import address
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import CATALOGUE, Severity
from recruitcheck.rules.standard import Field, FieldType, Section
from recruitcheck.submission import field_of
from recruitcheck.text import LANGUAGES
from tests import fill

ROWS: Final = 12
#: planted in each language: faults in the audit workbook and in the annex
PLANTED: Final = {"audit": 70, "annex": 30}
NUMBERS: Final = (FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY)


@dataclass(frozen=True, slots=True)
class Kind:
    """One way to spoil an answer: what is typed, in which kind of field, in which of its cells."""

    code: str
    typed: Any
    fits: Callable[[Field], bool]
    suffix: str = ""
    told_at: str | None = None


def of(*types: FieldType) -> Callable[[Field], bool]:
    return lambda f: f.type in types


def is_key(f: Field) -> bool:
    return f.key


KINDS: Final = (
    Kind("number-unreadable", "about a dozen", of(*NUMBERS)),
    Kind("number-unreadable", "06 12 34 56", of(*NUMBERS)),
    Kind("number-ambiguous", "1,234", of(FieldType.DECIMAL, FieldType.MONEY)),
    Kind("number-not-whole", 12.5, of(FieldType.INTEGER)),
    Kind("number-too-fine", "1.23456", of(FieldType.DECIMAL, FieldType.MONEY)),
    Kind("number-range", -5, of(*NUMBERS)),
    Kind("number-range", "٩٩٩٩٩٩٩٩٩٩٩", of(*NUMBERS)),
    Kind("date-unreadable", "31/02/2026", of(FieldType.DATE)),
    Kind("date-unreadable", "last spring", of(FieldType.DATE)),
    Kind("date-ambiguous", "03/04/2026", of(FieldType.DATE)),
    Kind("date-range", "2226-03-14", of(FieldType.DATE)),
    Kind("date-order", "2001-03-14", lambda f: bool(f.after)),
    Kind("yes-no-unreadable", "perhaps", of(FieldType.YES_NO)),
    Kind("yes-no-unreadable", "2", of(FieldType.CHOICES)),
    Kind("choice-unknown", "none of these", of(FieldType.CHOICE)),
    Kind("choice-ambiguous", "RF-01 · {other}", lambda f: f.id == "fee_code"),
    Kind("country-unknown", "Atlantis", of(FieldType.COUNTRY)),
    Kind("currency-unknown", "shells", of(FieldType.MONEY), layout.CURRENCY_SUFFIX, layout.CURRENCY_SUFFIX),
    Kind("currency-missing", None, of(FieldType.MONEY), layout.CURRENCY_SUFFIX, ""),
    Kind("amount-missing", None, of(FieldType.MONEY), "", layout.CURRENCY_SUFFIX),
    Kind("rate-missing", "BDT", of(FieldType.MONEY), layout.CURRENCY_SUFFIX, layout.CURRENCY_SUFFIX),
    Kind("text-too-long", "y" * 2500, lambda f: f.type is FieldType.TEXT and f.id != "worker"),
    Kind("text-control", "ab\u202ecd", lambda f: f.type is FieldType.TEXT and f.id != "worker"),
    Kind("key-missing", None, is_key),
    Kind("key-twice", "{first}", is_key),
    Kind("personal-data", "Khadija Bennani", lambda f: f.id == "worker"),
    Kind("personal-data", "٠٦٦١٢٣٤٥٦٧", lambda f: f.id in ("worker", "language")),
    Kind("cell-error", "#DIV/0!", lambda f: True),
    Kind("formula-no-value", "=1+1", lambda f: True),
    Kind("required-missing", None, lambda f: f.required and not f.key),
)


@dataclass
class Plan:
    """What is planted in one file, and where it must be told: cells to set, (code, sheet, cell)."""

    cells: dict[tuple[str, str], Any] = field(default_factory=dict)
    expected: set[tuple[str, str, str]] = field(default_factory=set)


class Planter:
    """Plants faults in one file so that none hides another."""

    def __init__(self, part: str, language: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.texts = library.texts(fill.standard(), language)
        self.sections = labels.sections_of(fill.standard().questionnaire.sections, part)
        self.data = fill.submission(rows=ROWS)
        workbook = load_workbook(io.BytesIO(_clean(part, language)))
        self.at: dict[str, dict[str, int]] = {}
        for section in self.sections:
            sheet = workbook[labels.sheet_name(self.texts, section.id)]
            if section.is_table:
                self.at[section.id] = {str(c.value): c.column for c in sheet[layout.NAME_ROW] if c.value}
            else:
                self.at[section.id] = {str(c.value): c.row for c in sheet["A"] if c.value}
        self.used: set[tuple[str, int, str]] = set()
        self.plan = Plan()

    def where(self, section: Section, row: int, name: str) -> tuple[str, str]:
        at = self.at[section.id][name]
        place = address(layout.FIRST_ROW + row - 1, at) if section.is_table else address(at, 3)
        return labels.sheet_name(self.texts, section.id), place

    def plant(self, count: int) -> Plan:
        self._sheets()
        turn = 0
        while len(self.plan.expected) < count:
            self._one(KINDS[turn % len(KINDS)])
            turn += 1
        return self.plan

    def _one(self, kind: Kind) -> None:
        places = [
            (section, row, f)
            for section in self.sections
            for f in section.fields
            if kind.fits(f)
            for row in (range(2, ROWS + 1) if section.is_table else (1,))
            if self._is_free(section, row, f, kind)
        ]
        if not places:
            return
        section, row, f = self.random.choice(places)
        name = next(iter(layout.column_names(f))) if f.type is FieldType.CHOICES else f.id
        rows = self.data["sections"][section.id]["rows"] if section.is_table else [self.data[section.id]]
        typed = kind.typed
        if isinstance(typed, str) and "{" in typed:
            typed = typed.format(first=rows[0][f.id], other=self.texts.choice(f.choice_set, "RC-MED-01"))
        self.used |= {(section.id, row, f.id), (section.id, row, f.after)}
        self.plan.cells[self.where(section, row, name + kind.suffix)] = typed
        told = name + (kind.suffix if kind.told_at is None else kind.told_at)
        self.plan.expected.add((kind.code, *self.where(section, row, told)))

    def _is_free(self, section: Section, row: int, f: Field, kind: Kind) -> bool:
        if section.is_table and row > len(self.data["sections"][section.id]["rows"]):
            return False
        names = {f.id, f.after} | {other.id for other in section.fields if other.after == f.id}
        if any((section.id, row, name) in self.used for name in names if name):
            return False
        if f.type is FieldType.MONEY:
            rows = self.data["sections"][section.id]["rows"] if section.is_table else [self.data[section.id]]
            return not rows[row - 1][f.id]["amount"].startswith("0")  # zero needs no currency and no rate
        return not (kind.code == "personal-data" and not section.confidential)

    def _sheets(self) -> None:
        """Faults of whole sheets: one of each."""
        tables = [s for s in self.sections if s.is_table and self.data["sections"][s.id]["rows"]]
        some = self.random.sample(tables, min(2, len(tables)))
        one, two = some[0], some[-1]
        names = {section.id: labels.sheet_name(self.texts, section.id) for section in self.sections}
        self._add("none-with-rows", names[one.id], "A3", labels.state_word(self.texts, "none"))
        self._add("state-unknown", names[two.id], "A5", "almost done")
        last = max(self.at[two.id].values())
        self._add("column-unknown", names[two.id], address(2, last + 1), "Remarks of the porter")
        self._add("cell-outside", names[one.id], address(6, last + 40), "see me")
        self._add("sheet-unknown", "Notes", "B2", "to do")
        single = next((s for s in self.sections if not s.is_table), None)
        if single:
            self._add("row-unknown", names[single.id], address(max(self.at[single.id].values()) + 3, 3), "yes")

    def _add(self, code: str, sheet: str, at: str, typed: Any) -> None:
        self.plan.cells[sheet, at] = typed
        self.plan.expected.add((code, sheet, at))


@cache
def _clean(part: str, language: str) -> bytes:
    return fill.workbook(fill.submission(rows=ROWS), part, language)


def _spoilt(data: bytes, plan: Plan) -> bytes:
    book = load_workbook(io.BytesIO(data), rich_text=True)
    for (sheet, at), typed in plan.cells.items():
        if sheet not in book.sheetnames:
            book.create_sheet(sheet)
        book[sheet][at] = typed
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@cache
def planted(language: str) -> tuple[dict[str, Plan], reading.Reading]:
    """The plans of both files of one language, and one reading of both."""
    plans = {
        part: Planter(part, language, 7 * at + len(language + part)).plant(n)
        for at, (part, n) in enumerate(PLANTED.items())
    }
    uploads = [Upload(f"{part}.xlsx", _spoilt(_clean(part, language), plan)) for part, plan in plans.items()]
    return plans, reading.read(uploads)


def _told(found: reading.Reading) -> set[tuple[str, str, str, str]]:
    return {(p.file, p.code, p.sheet, p.cell) for p in found.every}


def _expected(plans: dict[str, Plan]) -> set[tuple[str, str, str, str]]:
    return {(f"{part}.xlsx", *fault) for part, plan in plans.items() for fault in plan.expected}


# -- three hundred -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_planted_fault_is_found_at_its_cell_and_nothing_else(language: str) -> None:
    plans, found = planted(language)
    expected, told = _expected(plans), _told(found)
    missed, false = expected - told, told - expected
    assert len(missed) <= len(expected) // 100, missed
    assert {fault for fault in false if fault[1] != "not-answered"} == set()
    blanked = {cell for plan in plans.values() for cell, typed in plan.cells.items() if typed is None}
    assert {(sheet, cell) for _, code, sheet, cell in false} <= blanked


def test_three_hundred_of_many_kinds() -> None:
    plans = [planted(language)[0] for language in LANGUAGES]
    faults = [fault for plan in plans for part in plan.values() for fault in part.expected]
    assert len(faults) == 300
    assert len({code for code, _, _ in faults}) >= 30
    assert len({sheet for _, sheet, _ in faults}) >= 30


def test_nothing_is_found_in_the_clean_files() -> None:
    for language in LANGUAGES:
        found = reading.read([Upload(f"{part}.xlsx", _clean(part, language)) for part in PLANTED])
        assert found.problems == ()


@pytest.mark.parametrize("language", LANGUAGES)
def test_groups_count_every_one(language: str) -> None:
    _, found = planted(language)
    assert sum(p.count for p in found.problems) == sum(p.count for p in found.every)
    severities = [p.severity for p in found.problems]
    assert severities == sorted(severities, key=lambda severity: severity is not Severity.ERROR)
    assert {p.code for p in found.problems} <= set(CATALOGUE)


def test_a_spoilt_row_spoils_no_other() -> None:
    """Every value that was not touched is the same as in the clean submission."""
    plans, found = planted("en")
    clean = reading.read([Upload(f"{part}.xlsx", _clean(part, "en")) for part in PLANTED]).submission
    assert clean is not None
    assert found.submission is not None
    spoilt = {cell for plan in plans.values() for cell in plan.cells}
    spoilt |= {(sheet, cell) for plan in plans.values() for _, sheet, cell in plan.expected}
    compared = 0
    for (section, row, name), place in clean.cells.items():
        home = fill.standard().questionnaire.section(section)
        if home is None or not name or home.field(name) is None or field_of(home, name) != name:
            continue
        others = {clean.cells.get((section, row, n), place) for n in (*layout.column_names(home.field(name)),)}  # type: ignore[arg-type]
        if not {(p.sheet, p.cell) for p in (place, *others)} & spoilt:
            assert found.submission.value(section, row, name) == clean.value(section, row, name)
            compared += 1
    assert compared > 1000


# -- twenty thousand ---------------------------------------------------------------------------------------------


def _in_one_sheet(f: Field, value: object, n: int) -> object:
    """What is typed instead in eight columns of the contracts."""
    wrong = {
        "destination": f"Atlantis {n}",
        "written": f"perhaps {n}",
        "signed_on": "03/04/2026",
        "hours_to_read": "about 20",
        "age_at_signing": 20.5,
        "copy_given_on": f"spring {n}",
        "signed_hours": 999,
        "actual_hours": "1.23456",
    }
    return wrong.get(f.id, value) if f.section == "contracts" else value


def _everywhere(f: Field, value: object, n: int) -> object:
    """A fault in every cell that can have one."""
    if f.key or f.type is FieldType.TEXT or f.section in ("organisation", "audit", "practices"):
        return value
    return f"wrong {n % 50}"


@pytest.mark.parametrize(("spoil", "rows"), [(_in_one_sheet, 2500), (_everywhere, 145)])
def test_twenty_thousand_faults_fit_one_screen(spoil: Any, rows: int, tmp_path: Path) -> None:
    data = fill.submission()
    numbers = iter(range(10**9))
    for section in fill.standard().questionnaire.tables:
        wanted = rows if spoil is _everywhere or section.id == "contracts" else 1
        fields = list(enumerate(section.fields))
        many = [{f.id: fill.answer(f, n, salt) for salt, f in fields} for n in range(wanted)]
        data["sections"][section.id] = {"state": "complete", "rows": many}
    paths = []
    for part in fill.PARTS:
        path = tmp_path / f"{part}.xlsx"
        path.write_bytes(fill.workbook(data, part, cell_text=lambda f, value: spoil(f, value, next(numbers))))
        paths.append(str(path))
    started = time.perf_counter()
    result = CliRunner().invoke(cli.main, ["check", *paths, "--lang", "en"])
    seconds = (time.perf_counter() - started) / max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))  # it may be busy
    lines = result.output.splitlines()
    counted = re.search(r"To correct: (\d+)", lines[-1])
    assert counted is not None
    assert int(counted[1]) >= 20_000
    assert result.exit_code == 1
    assert len(lines) <= 45, f"{len(lines)} lines\n{result.output}"
    assert seconds < 10
    print(f"{counted[1]} faults: {seconds:.1f} s, {len(lines)} lines")  # noqa: T201


# -- the annotated copy ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_corrected_copy_of_an_annotated_workbook_uploads_as_it_is(language: str) -> None:
    plans, found = planted(language)
    clean = {part: load_workbook(io.BytesIO(_clean(part, language)), rich_text=True) for part in PLANTED}
    texts = library.texts(fill.standard(), language)
    corrected = []
    for (part, plan), book in zip(plans.items(), found.books, strict=True):
        out = io.BytesIO()
        annotate.annotate(_spoilt(_clean(part, language), plan), "xlsx", book, found.every, texts, out)
        copy = load_workbook(out, rich_text=True)
        for sheet, at in plan.cells:
            copy[sheet][at] = clean[part][sheet][at].value if sheet in clean[part].sheetnames else None
        saved = io.BytesIO()
        copy.save(saved)
        corrected.append(Upload(f"{part}.xlsx", saved.getvalue()))
    again = reading.read(corrected)
    expected = reading.read([Upload(f"{part}.xlsx", _clean(part, language)) for part in PLANTED])
    assert again.problems == ()
    assert again.submission is not None
    assert expected.submission is not None
    assert again.submission.canonical_bytes() == expected.submission.canonical_bytes()
