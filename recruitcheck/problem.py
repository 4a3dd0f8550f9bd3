"""What can be wrong with a file or a standard: the catalogue of problem codes, which is public API.

A problem says where, what was found and which code; the words (message, what is expected, how to
fix it) are made in the reader's language by :mod:`recruitcheck.text`, when somebody asks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as member
from enum import StrEnum
from types import MappingProxyType


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


E, W = Severity.ERROR, Severity.WARNING

CATALOGUE: Mapping[str, Severity] = MappingProxyType(
    {
        # the file as a whole (intake/gate.py)
        "file-missing": E,
        "file-empty": E,
        "file-too-big": E,
        "file-kind-unknown": E,
        "file-kind-differs": E,
        "file-old-excel": E,
        "file-encrypted": E,
        "file-damaged": E,
        "file-bomb": E,
        "file-parts": E,
        "file-dtd": E,
        "file-macros": E,
        "file-external": E,
        "file-limits": E,
        "file-timeout": E,
        "file-encoding": E,
        "file-delimiter": E,
        "file-twice": E,
        # the workbook against the questionnaire (intake/reading.py)
        "sheet-unknown": E,
        "sheet-twice": E,
        "sheet-hidden": E,
        "sheet-missing": W,
        "template-edition": E,
        "template-pairing": E,
        "template-meta": W,
        "header-missing": E,
        "column-unknown": E,
        "column-twice": E,
        "column-missing": W,
        "row-unknown": E,
        "row-twice": E,
        "cell-outside": E,
        "state-unknown": E,
        "state-missing": W,
        "none-with-rows": E,
        "complete-empty": W,
        "formula-no-value": E,
        "cell-error": E,
        "choice-unknown": E,
        "choice-ambiguous": E,
        "number-unreadable": E,
        "number-ambiguous": E,
        "number-not-whole": E,
        "number-too-fine": E,
        "number-range": E,
        "date-unreadable": E,
        "date-ambiguous": E,
        "date-range": E,
        "date-order": E,
        "yes-no-unreadable": E,
        "country-unknown": E,
        "currency-unknown": E,
        "currency-missing": E,
        "amount-missing": E,
        "text-too-long": E,
        "text-control": E,
        "key-missing": E,
        "key-twice": E,
        "required-missing": E,
        "personal-data": E,
        "not-answered": W,
        "rate-missing": W,
        "as-of-missing": E,
        # canonical JSON (submission.py)
        "json-unreadable": E,
        "json-schema": E,
        "json-unknown-key": E,
        "json-type": E,
        "json-blank-row": E,
        "json-twice": E,
        "standard-unknown": E,
        "country-no-overlay": E,
        "history-unexpected": E,
        "parts-conflict": E,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, or worth a look.

    ``row`` is the record's number from 1 within its section, ``cell`` is what the spreadsheet
    program shows ("C14"), ``values`` fills the message of the code. ``count`` is above 1 for a
    group of alike problems in one column, of which this is the first.
    ``confidential`` marks what was found in the annex: it is for the owner of the file only.
    """

    code: str
    file: str = ""
    sheet: str = ""
    cell: str = ""
    section: str = ""
    row: int | None = None
    field: str = ""
    found: str = ""
    values: Mapping[str, str] = member(default_factory=dict)
    count: int = 1
    confidential: bool = False

    def __post_init__(self) -> None:
        if self.code not in CATALOGUE:
            raise KeyError(f"problem code {self.code!r} is not in the catalogue")

    @property
    def severity(self) -> Severity:
        return CATALOGUE[self.code]

    def at(self, **place: object) -> Problem:
        """The same problem at another place."""
        return replace(self, **place)  # type: ignore[arg-type]


class ProblemError(Exception):
    """Work that cannot go on because of problems; carries every one that was found."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(", ".join(p.code for p in problems))
        self.problems = problems


def has_errors(problems: tuple[Problem, ...] | list[Problem]) -> bool:
    """True if at least one problem blocks."""
    return any(p.severity is Severity.ERROR for p in problems)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in ``standards/``: its file, key, line and column, what it is and what was meant.

    ``line`` and ``column`` count from 1; 0 is "the file as a whole". ``level`` is "error" or "warning".
    """

    file: str
    key: str
    line: int
    message: str
    column: int = 0
    hint: str = ""
    level: str = "error"

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "") if self.line else self.file
        hint = f" ({self.hint})" if self.hint else ""
        return f"{place}: {self.key + ': ' if self.key else ''}{self.message}{hint}"


class StandardFault(Exception):
    """A standard that cannot be used; carries every fault that was found."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults
