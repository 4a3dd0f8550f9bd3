"""Reading a file in a test: measured, refused or not; shared by the tests of the gate."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from recruitcheck.intake import gate
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import Problem, ProblemError
from tests.hostile import cell, row, xlsx

GOOD = xlsx(row(1, cell("A1", 1), cell("B1", "نعم")), row(1, cell("A1", "two")))


@contextlib.contextmanager
def cheap(seconds: float = 10.0, memory: int = 300) -> Iterator[None]:
    """What is done in here takes at most that much of this process, seconds of CPU and MiB; the child has its limit.

    Time on the clock is the child's ceiling to keep; a busy machine must not fail a test.
    """
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    before, start = _peak(), time.process_time()
    yield
    assert time.process_time() - start < seconds
    assert _peak() - before < memory * 1024


def _peak() -> int:
    """The most memory this process has had, in KiB."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])


Step = Callable[[Upload], object]


def refused(data: bytes, name: str = "audit.xlsx", steps: Sequence[Step] = (gate.inspect, gate.read)) -> list[Problem]:
    """The problems of a file that must be refused, the same by inspecting as by reading; cheaply and without a path."""
    upload = Upload(name, data)
    found: list[list[Problem]] = []
    for step in steps:
        with cheap(), pytest.raises(ProblemError) as caught:
            step(upload)
        found.append(list(caught.value.problems))
    assert found[0] == found[-1]
    for problem in found[-1]:
        assert problem.file == upload.display
        told = " ".join((problem.sheet, problem.cell, *problem.values.values()))
        assert "Traceback" not in told
        assert os.getcwd() not in told
        assert sys.prefix not in told
    return found[-1]


def codes(data: bytes, name: str = "audit.xlsx") -> list[tuple[str, str]]:
    """(code, what or reason) of each problem."""
    return [(p.code, p.values.get("what") or p.values.get("reason", "")) for p in refused(data, name)]


def values_of(data: bytes, name: str = "audit.xlsx") -> list[object]:
    """Every value of a file that must be read, in order."""
    with cheap():
        book = gate.read(Upload(name, data))
    return [c.value for sheet in book.sheets for c in sheet.cells]
