"""How much of anything a file may hold, in one place, and the one way in which a file is refused."""

from __future__ import annotations

from typing import Final

from recruitcheck.problem import Problem, ProblemError

KIB: Final = 1024
MIB: Final = 1024 * KIB

CHUNK: Final = 64 * KIB

#: bytes
MAX_UPLOAD = 10 * MIB
MAX_INFLATED = 100 * MIB
MAX_CSV = 10 * MIB
#: a part larger than RATIO_FROM may not be more than MAX_RATIO times what it takes in the file
RATIO_FROM = 10 * MIB
MAX_RATIO = 100

#: a container
MAX_PARTS = 200
MAX_PART_NAME = 200

#: XML: characters of one attribute (not below CHUNK), bytes of one tag, nesting, distinct names, elements in all
MAX_ATTRIBUTE = 64 * KIB
MAX_TAG = 256 * KIB
MAX_DEPTH = 200
MAX_NAMES = 20_000
MAX_ELEMENTS = 2_200_000

#: a workbook; rows, columns and cells count only where there is a value
MAX_SHEETS = 20
MAX_ROWS = 50_000
MAX_COLUMNS = 200
MAX_CELLS = 300_000
MAX_CHARACTERS = 32_767
MAX_MERGES = 10_000
MAX_MERGE_AREA = 1_000_000
MAX_STYLES = 65_490
MAX_STRINGS = 300_000
MAX_DEFINED_NAMES = 10_000
MAX_FORMATS = 5_000
MAX_FORMAT = 255
MAX_RELATIONS = 10_000

#: what the format itself allows: a blank cell may be anywhere in here
LAST_ROW: Final = 1_048_576
LAST_COLUMN: Final = 16_384


def refusal(code: str, *, sheet: str = "", cell: str = "", **values: object) -> ProblemError:
    """The error that refuses a file, with one problem; ``values`` fill its message."""
    return ProblemError(problem(code, sheet=sheet, cell=cell, **values))


def problem(code: str, *, sheet: str = "", cell: str = "", **values: object) -> Problem:
    """One problem of a file, its values as texts that are safe to print; the part stands for what was found."""
    filled = {key: shown(str(value)) for key, value in values.items()}
    filled.setdefault("found", filled.get("part", ""))
    return Problem(code=code, sheet=shown(sheet), cell=cell, found=filled["found"], values=filled)


def over(what: str, limit: int, found: object, *, sheet: str = "", cell: str = "") -> ProblemError:
    """The error for more of something than is allowed."""
    return refusal("file-limits", sheet=sheet, cell=cell, what=what, limit=limit, found=found)


def shown(text: str, longest: int = 120) -> str:
    """A stranger's text as it may be printed: no control or bidi characters, and not for ever."""
    cleaned = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text[: longest + 1])
    return cleaned if len(cleaned) <= longest else cleaned[: longest - 1] + "…"


def size_text(count: int) -> str:
    """1572864 -> "1.5 MiB"."""
    if count < MIB:
        return f"{count / KIB:.1f} KiB" if count >= KIB else f"{count} B"
    return f"{count / MIB:.1f}".removesuffix(".0") + " MiB"
