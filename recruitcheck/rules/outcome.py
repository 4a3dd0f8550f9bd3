"""The four verdicts and their algebra (one byte each), and the three truth values inside an expression."""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Verdict(IntEnum):
    """Ordered so that ``min`` is "the weakest decides": FAIL < UNKNOWN < PASS < NOT_APPLICABLE."""

    FAIL = 0
    UNKNOWN = 1
    PASS = 2
    NOT_APPLICABLE = 3

    @property
    def word(self) -> str:
        """As spelled in every output: ``pass``, ``fail``, ``unknown``, ``not-applicable``."""
        return self.name.lower().replace("_", "-")


#: The byte of a criterion that is not in force on that day: absent from the scorecard.
ABSENT: Final = 255

VERDICT_OF_WORD: Final = {verdict.word: verdict for verdict in Verdict}


class Truth(IntEnum):
    """Three-valued truth: ``and`` is min, ``or`` is max, ``not x`` is 2 - x."""

    FALSE = 0
    UNKNOWN = 1
    TRUE = 2


class Band(IntEnum):
    """A is best. An IntEnum so that the weakest limb is a ``max`` over columns; 0 means "no letter"."""

    NONE = 0
    A = 1
    B = 2
    C = 3
    D = 4
    E = 5
