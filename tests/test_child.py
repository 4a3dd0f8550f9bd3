"""What a child process cannot do, and how each of its deaths is one problem."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from recruitcheck.intake import gate, limits
from recruitcheck.intake.child import Ceiling, run
from recruitcheck.intake.gate import Upload
from recruitcheck.problem import ProblemError
from tests import hostile
from tests.measure import GOOD, cheap

MIB = limits.MIB


def _run(work: Callable[..., object], *args: object, **ceiling: float) -> list[object]:
    return list(run(work, args, Ceiling(**ceiling)))  # type: ignore[arg-type]


def _told(work: Callable[..., object], *args: object, **ceiling: float) -> tuple[str, str, float]:
    start = time.perf_counter()
    with pytest.raises(ProblemError) as caught:
        _run(work, *args, **ceiling)
    (problem,) = caught.value.problems
    assert "secret" not in repr(problem)
    return problem.code, problem.values.get("what") or problem.values.get("reason", ""), time.perf_counter() - start


def test_a_child_answers_what_it_was_asked() -> None:
    assert _run(hostile.answer, "نعم", 1, ["a", None], {"b": 2.5}) == ["نعم", 1, ["a", None], {"b": 2.5}]


def test_a_child_that_sleeps_is_woken_for_good() -> None:
    code, what, took = _told(hostile.sleeper, wall=0.5)
    assert (code, what) == ("file-timeout", "wall")
    assert took < 10


def test_a_child_that_spins_is_stopped() -> None:
    assert _told(hostile.spinner, cpu=1, wall=60)[:2] == ("file-timeout", "cpu")


def test_a_child_that_eats_memory_is_stopped() -> None:
    assert _told(hostile.glutton, memory=50 * MIB)[:2] == ("file-limits", "memory")


def test_a_child_that_talks_too_much_is_cut_off() -> None:
    with cheap(5, 60):
        assert _told(hostile.chatterbox, answer=5 * MIB)[:2] == ("file-limits", "answer")


@pytest.mark.parametrize(
    ("number", "told"),
    [(signal.SIGSEGV, ("file-damaged", "unreadable")), (signal.SIGKILL, ("file-limits", "memory"))],
)
def test_a_child_that_dies_is_one_problem(number: int, told: tuple[str, str]) -> None:
    assert _told(hostile.crasher, int(number))[:2] == told


def test_a_child_that_fails_shows_no_path() -> None:
    assert _told(hostile.raiser)[:2] == ("file-damaged", "unreadable")


def test_a_child_that_lies_is_not_believed() -> None:
    assert _told(hostile.liar)[:2] == ("file-damaged", "unreadable")


@pytest.mark.parametrize("what", ["socket", "process", "system", "write", "read", "remove", "fork"])
def test_a_child_has_no_network_no_process_and_no_file(what: str, tmp_path: Path) -> None:
    place = tmp_path / "x"
    place.write_text("kept")
    assert _run(hostile.attempt, what, str(place)) == ["PermissionError"]
    assert place.read_text() == "kept"


def test_a_child_carries_nothing_of_the_program_that_asked() -> None:
    assert _run(hostile.modules) == [["openpyxl"]]


def test_a_child_sees_no_network_card_where_the_system_lets_it_leave() -> None:
    allowed = subprocess.run(["unshare", "-Urn", "true"], capture_output=True, check=False).returncode == 0
    (names,) = _run(hostile.interfaces)
    assert names == ["lo"] or not allowed


def test_no_child_is_left_behind() -> None:
    gate.read(Upload("a.xlsx", GOOD))
    with contextlib.suppress(ProblemError):
        _run(hostile.sleeper, wall=0.2)
    import multiprocessing

    assert multiprocessing.active_children() == []


def _script(tmp_path: Path, text: str) -> str:
    place = tmp_path / "script.py"
    place.write_text(text)
    done = subprocess.run([sys.executable, str(place)], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout


def test_the_callers_main_module_is_not_run_again(tmp_path: Path) -> None:
    text = (
        "print('started')\n"
        "from recruitcheck.intake.gate import Upload, read\n"
        "print(len(read(Upload('a.csv', b'a;b')).sheets[0].cells))\n"
    )
    assert _script(tmp_path, text) == "started\n2\n"


def test_a_forked_worker_reads_too(tmp_path: Path) -> None:
    text = (
        "import os\n"
        "from recruitcheck.intake.gate import Upload, read\n"
        "read(Upload('a.csv', b'a;b'))\n"
        "if os.fork() == 0:\n"
        "    print(len(read(Upload('a.csv', b'a;b')).sheets[0].cells), flush=True)\n"
        "    os._exit(0)\n"
        "os.wait()\n"
        "print(len(read(Upload('a.csv', b'a;b')).sheets[0].cells))\n"
    )
    assert _script(tmp_path, text) == "2\n2\n"


def test_importing_the_gate_loads_no_spreadsheet_library(tmp_path: Path) -> None:
    text = (
        "import sys, recruitcheck.intake.gate\n"
        "print([n for n in ('openpyxl', 'numpy', 'pandas', 'multiprocessing') if n in sys.modules])\n"
    )
    assert _script(tmp_path, text) == "[]\n"
