"""Files as received -> one submission and every problem, all at once.

The one reader: its result is what a reviewer sees and what the engine scores. Errors block, warnings do not;
nothing is skipped in silence and nothing is half imported.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from recruitcheck import library
from recruitcheck.intake import gate
from recruitcheck.intake.cells import Book
from recruitcheck.intake.sheets import BookReader, meta
from recruitcheck.problem import Problem, ProblemError, Severity, has_errors
from recruitcheck.rules.resolve import NoOverlay, resolve
from recruitcheck.rules.standard import Standard
from recruitcheck.submission import Place, Submission, Where, from_json, json_path, merge, nearest, parse_json
from recruitcheck.text import Texts, problem_words
from recruitcheck.validation import validate

#: from this many alike problems in one column on, they are told as one with a count
GROUP_FROM: Final = 5
#: from this many problems in one submission on, columns and then sheets are told together, until so few are left
MANY: Final = 1000
FEW: Final = 10

#: codes whose message is about one question
_NAMES_FIELD: Final = frozenset(("required-missing", "key-missing", "not-answered"))


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of some files: the submission (None if no part could be read), its standard, every problem.

    ``problems`` tells alike ones as one with a count, ``every`` has each by itself. ``books`` holds the cells of
    each workbook by file name, for the annotated copy.
    """

    submission: Submission | None
    standard: Standard | None
    problems: tuple[Problem, ...]
    books: tuple[Book, ...] = ()
    every: tuple[Problem, ...] = ()

    @property
    def ok(self) -> bool:
        """True if nothing blocks."""
        return self.submission is not None and not has_errors(self.problems)


def read(
    uploads: Sequence[gate.Upload],
    *,
    standard: str | None = None,
    countries: Sequence[str] | None = None,
    history_allowed: bool = True,
    folder: Path | None = None,
) -> Reading:
    """Reads the parts of one submission: workbook and annex, CSV folder or zip, canonical JSON.

    ``standard`` and ``countries`` replace what the files say. Never raises for what is in a file: every
    fault is a problem.
    """
    problems: list[Problem] = []
    seen: dict[bytes, str] = {}
    parts: list[Book | Json] = []
    for upload in uploads:
        if upload.data in seen:
            problems.append(Problem(code="file-twice", file=upload.display, values={"other": seen[upload.data]}))
            continue
        seen[upload.data] = upload.display
        part = _open(upload, problems)
        if part is not None:
            parts.append(part)
    return understand(
        parts, problems, standard=standard, countries=countries, history_allowed=history_allowed, folder=folder
    )


def understand(
    parts: Sequence[Book | Json],
    problems: Sequence[Problem] = (),
    *,
    standard: str | None = None,
    countries: Sequence[str] | None = None,
    history_allowed: bool = True,
    folder: Path | None = None,
) -> Reading:
    """What `read` makes of files once they are cells; ``problems`` are those met on the way."""
    problems = list(problems)
    books = tuple(part for part in parts if isinstance(part, Book))
    edition = _edition(parts, standard, problems, folder) if parts else None
    if edition is None:
        return Reading(None, None, tuple(grouped(problems)), books, tuple(problems))
    submissions: list[Submission] = []
    found: list[Problem] = []
    for part in parts:
        if isinstance(part, Book):
            submission, faults = BookReader(part, edition).read()
        else:
            submission, faults = from_json(part.found, part.file, edition, history_allowed=history_allowed)
        submissions.append(submission)
        found += faults
    problems += _pairing(books)
    whole, conflicts = merge(submissions, edition)
    problems += [*conflicts, *found]
    unread = {(problem.section, problem.row, problem.field) for problem in found if problem.field}
    problems += validate(edition, whole.data, _places(whole, parts, edition), unread)
    if countries is not None:
        whole = replace(whole, countries=tuple(sorted(set(countries))))
    try:
        resolved = resolve(edition, whole.countries)
    except NoOverlay as error:
        values = {"known": ", ".join(error.known), "hint": nearest(error.country, frozenset(error.known))}
        problems.append(Problem(code="country-no-overlay", file=parts[0].file, found=error.country, values=values))
        resolved = edition
    return Reading(whole, resolved, tuple(grouped(problems)), books, tuple(problems))


@dataclass(frozen=True, slots=True)
class Json:
    """A JSON file as received: its display name and the object in it."""

    file: str
    found: dict[str, Any]


def _open(upload: gate.Upload, problems: list[Problem]) -> Book | Json | None:
    try:
        if gate.kind_of(upload) == "json":
            found, faults = parse_json(upload.data, upload.display)
            problems += faults
            return None if found is None else Json(upload.display, found)
        return gate.read(upload)
    except ProblemError as error:
        problems += error.problems
        return None


def _edition(
    parts: Sequence[Book | Json], wanted: str | None, problems: list[Problem], folder: Path | None
) -> Standard | None:
    """The edition that the files were made for, or the one asked for; None with a problem if there is none."""
    named: dict[str, str] = {}
    for part in parts:
        found = meta(part).get("standard", "") if isinstance(part, Book) else part.found.get("standard")
        if found and isinstance(found, str):
            named.setdefault(found, part.file)
    if len(named) > 1 and wanted is None:
        values = {"editions": ", ".join(sorted(named))}
        problems.append(Problem(code="template-edition", file=list(named.values())[1], values=values))
        return None
    if not named and wanted is None:
        problems.append(Problem(code="template-meta", file=parts[0].file))
    name = wanted or next(iter(named), None)
    try:
        return library.load(name, folder)
    except library.UnknownStandard as error:
        file = "" if wanted else named.get(name or "", "")
        values = {"known": ", ".join(error.known), "hint": nearest(error.name, frozenset(error.known))}
        problems.append(Problem(code="standard-unknown", file=file, found=error.name[:80], values=values))
        return None


def _pairing(books: Iterable[Book]) -> list[Problem]:
    codes: dict[str, str] = {}
    for book in books:
        code = meta(book).get("pairing", "")
        if code:
            codes.setdefault(code, book.file)
    if len(codes) < 2:
        return []
    found = ", ".join(f"{file}: {code}" for code, file in codes.items())
    return [Problem(code="template-pairing", file=list(codes.values())[1], found=found)]


def _places(submission: Submission, parts: Sequence[Book | Json], standard: Standard) -> Where:
    """Where each value stands; a blank that has no cell is told of the file that should hold it."""
    annex = next((part for part in parts if isinstance(part, Book) and meta(part).get("part") == "annex"), None)
    other = next((part for part in parts if part is not annex), parts[0])
    hidden = {section.id for section in standard.questionnaire.sections if section.confidential}

    def where(section: str, row: int | None, field_id: str) -> Place:
        known = submission.cells.get((section, row, field_id))
        if known is None:  # the part of a value stands where the value does
            known = submission.cells.get((section, row, field_id.rpartition(".")[0]))
        if known is not None:
            return known
        home = annex if annex is not None and section in hidden else other
        return Place(home.file, "", "" if isinstance(home, Book) else json_path(section, row, field_id))

    return where


def grouped(problems: Iterable[Problem]) -> list[Problem]:
    """Errors first, sheet by sheet and in reading order; many alike in one column become one with a count.

    Of thousands, alike ones in other columns and on other sheets are told together too: one screen must hold them.
    """
    every = list(problems)
    out = _merged(every, lambda p: (p.code, p.file, p.sheet, p.section, p.field), GROUP_FROM)
    if len(every) >= MANY:
        for key in (_by_sheet, _by_file):
            if len(out) > FEW:
                out = _merged(out, key, 2)
    order: dict[tuple[str, str], int] = {}
    for problem in every:
        order.setdefault((problem.file, problem.sheet), len(order))
    return sorted(out, key=lambda p: (p.severity is not Severity.ERROR, order[p.file, p.sheet], _reading_order(p.cell)))


def _reading_order(cell: str) -> tuple[int, int, str]:
    """As the eye goes over a sheet: by line, then by column ("Z9" before "AA9"); no cell comes first."""
    letters, digits = cell.rstrip("0123456789"), cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    if letters + digits != cell or not digits.isdigit():
        return 0, 0, cell
    return int(digits), len(letters), letters


def _by_sheet(problem: Problem) -> tuple[str, ...]:
    field = problem.field if problem.code in _NAMES_FIELD else ""
    return (problem.code, problem.file, problem.sheet, problem.section, field)


def _by_file(problem: Problem) -> tuple[str, ...]:
    field = (problem.section, problem.field) if problem.code in _NAMES_FIELD else ("", "")
    return (problem.code, problem.file, *field)


def _merged(problems: Sequence[Problem], key: Callable[[Problem], tuple[str, ...]], at_least: int) -> list[Problem]:
    """The problems with each group of that many under one key told as its first, with the count of all."""
    groups: dict[tuple[str, ...], list[Problem]] = {}
    for problem in problems:
        groups.setdefault(key(problem), []).append(problem)
    out: list[Problem] = []
    for alike in groups.values():
        if len(alike) < at_least:
            out += alike
            continue
        same = len({(problem.section, problem.field) for problem in alike}) == 1
        count = sum(problem.count for problem in alike)
        out.append(replace(alike[0], count=count, field=alike[0].field if same else ""))
    return out


def problem_record(problem: Problem, texts: Texts) -> dict[str, Any]:
    """A problem as data (``recruitcheck/problems@1``) with its words in the reader's language."""
    message, expected, fix = problem_words(problem, texts)
    return {
        "code": problem.code,
        "severity": str(problem.severity),
        "file": problem.file,
        "sheet": problem.sheet,
        "cell": problem.cell,
        "section": problem.section,
        "row": problem.row,
        "field": problem.field,
        "found": problem.found,
        "expected": expected,
        "message": message,
        "fix": fix,
        "count": problem.count,
    }
