"""Work on a stranger's file in a child process: little memory, little time, no network, no file written.

The child answers in lines of JSON, never in pickles: what comes out of it is believed no more than
what went in.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import multiprocessing
import os
import resource
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing import context, forkserver, popen_forkserver
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, Final

from recruitcheck.intake import limits
from recruitcheck.intake.limits import MIB, refusal
from recruitcheck.problem import CATALOGUE, Problem, ProblemError

_PRELOAD: Final = "recruitcheck.intake.preload"
_NEW_USER, _NEW_NET = 0x10000000, 0x40000000
_NO_NEW_PRIVILEGES: Final = 38
_WRITING: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN: Final = (
    "socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "os.startfile", "os.system",
    "os.remove", "os.rename", "os.link", "os.symlink", "os.mkdir", "os.rmdir", "os.truncate", "os.chmod",
    "os.chown", "os.kill", "shutil.", "tempfile.", "ctypes.", "pty.",
    "urllib.", "http.", "ftplib.", "smtplib.", "webbrowser.", "sqlite3.",
)  # fmt: skip

#: how many children one process keeps at a time; the next reader waits for a place
MAX_CHILDREN: Final = 2
_places = threading.BoundedSemaphore(MAX_CHILDREN)
_starting = threading.Lock()

Item = list[Any] | dict[str, Any] | str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceiling:
    """What a child may use: bytes more than it starts with, seconds of CPU, seconds in all, bytes of answer."""

    memory: int = 300 * MIB
    cpu: int = 10
    wall: float = 20.0
    answer: int = 64 * MIB


def run(work: Callable[..., Iterable[Item]], args: tuple[object, ...], ceiling: Ceiling) -> Iterator[Item]:
    """What ``work(*args)`` yields in a child process, item by item; ``work`` is a function of a module.

    Raises ProblemError: the child's own problems, file-timeout, file-limits (memory, answer) or
    file-damaged if it died of the file.
    """
    with _places:
        server = multiprocessing.get_context("forkserver")
        server.set_forkserver_preload([_PRELOAD])
        reader, writer = server.Pipe(duplex=False)
        process = _Child(target=_main, args=(writer, work, args, ceiling), daemon=True)
        with reader:
            try:
                with writer:
                    _start(process)
                yield from _answers(reader, process, ceiling)
            finally:
                if process.pid is not None:
                    process.kill()
                    process.join()
                    process.close()


class _Launch(popen_forkserver.Popen):
    """Starts a child without running the caller's main module in it: a web server is no place to parse in."""

    def _launch(self, process_obj: object) -> None:
        main = sys.modules["__main__"]
        sys.modules["__main__"] = ModuleType("__main__")
        try:
            super()._launch(process_obj)  # type: ignore[misc]
        finally:
            sys.modules["__main__"] = main


class _Child(context.ForkServerProcess):
    @staticmethod
    def _Popen(process_obj: object) -> _Launch:  # noqa: N802
        return _Launch(process_obj)  # type: ignore[arg-type]


def _start(process: _Child) -> None:
    with _starting:
        process.start()


def _after_fork() -> None:
    """A forked worker cannot use its parent's fork server (it waits for it as for its own child), nor its locks."""
    global _places, _starting
    _places, _starting = threading.BoundedSemaphore(MAX_CHILDREN), threading.Lock()
    vars(forkserver)["_forkserver"].__init__()


os.register_at_fork(after_in_child=_after_fork)


# in the parent


def _answers(reader: Connection, process: _Child, ceiling: Ceiling) -> Iterator[Item]:
    """Each line of the child's answer; the last one says how it ended."""
    deadline = time.monotonic() + ceiling.wall
    size = 0
    pending = b""
    poll = select.poll()
    poll.register(reader.fileno(), select.POLLIN | select.POLLHUP)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise refusal("file-timeout", what="wall", limit=f"{ceiling.wall:g} s")
        piece = os.read(reader.fileno(), MIB)
        if not piece:
            raise _died(process, ceiling)
        size += len(piece)
        if size > ceiling.answer:
            raise refusal("file-limits", what="answer", limit=limits.size_text(ceiling.answer))
        *lines, pending = (pending + piece).split(b"\n")
        for line in lines:
            kind, item = _understood(line)
            if kind == "end":
                return
            yield item


def _understood(line: bytes) -> tuple[str, Item]:
    """One line; raises ProblemError with the child's problems, or file-damaged if it talks nonsense."""
    try:
        kind, item = json.loads(line)
        if kind == "problems":
            raise ProblemError(*(_problem(given) for given in item))
    except (ValueError, TypeError, KeyError, RecursionError):
        raise refusal("file-damaged", reason="unreadable") from None
    return kind, item


def _problem(given: dict[str, Any]) -> Problem:
    code = given["code"]
    if code not in CATALOGUE:
        raise ValueError("no such code")
    values = {str(key): str(value) for key, value in given["values"].items()}
    return Problem(
        code=code, sheet=str(given["sheet"]), cell=str(given["cell"]), found=values.get("found", ""), values=values
    )


def _died(process: _Child, ceiling: Ceiling) -> ProblemError:
    """What it means that the child left without a last word."""
    process.join(2)
    if process.exitcode == -signal.SIGXCPU:
        return refusal("file-timeout", what="cpu", limit=f"{ceiling.cpu} s")
    if process.exitcode == -signal.SIGKILL:
        return refusal("file-limits", what="memory", limit=limits.size_text(ceiling.memory))
    return refusal("file-damaged", reason="unreadable")


# in the child


def _main(writer: Connection, work: Callable[..., Iterable[Item]], args: tuple[object, ...], ceiling: Ceiling) -> None:
    fd = writer.fileno()
    memory = json.dumps(
        ["problems", [_plain(p) for p in refusal(
            "file-limits", what="memory", limit=limits.size_text(ceiling.memory)
        ).problems]]
    ).encode() + b"\n"  # fmt: skip
    try:
        confine(ceiling)
        for item in work(*args):
            _send(fd, "item", item)
    except ProblemError as error:
        _send(fd, "problems", [_plain(problem) for problem in error.problems])
    except MemoryError:
        _write(fd, memory)
    except Exception as error:  # the boundary: whatever a hostile file breaks is one problem, and nothing leaks
        _send(fd, "problems", [_plain(p) for p in _broken(error).problems])
    else:
        _send(fd, "end", 0)


def _broken(error: Exception) -> ProblemError:
    return refusal("file-damaged", reason="unreadable", detail=type(error).__name__)


def _plain(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, "sheet": problem.sheet, "cell": problem.cell, "values": dict(problem.values)}


def _send(fd: int, kind: str, item: object) -> None:
    _write(fd, json.dumps([kind, item], ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def _write(fd: int, line: bytes) -> None:
    view = memoryview(line)
    while view:
        view = view[os.write(fd, view) :]


def confine(ceiling: Ceiling) -> None:
    """Take from this process, for good, what reading a file does not need."""
    gc.disable()
    sys.dont_write_bytecode = True
    quiet = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(quiet, stream)
    _leave_network()
    with open("/proc/self/statm", "rb") as status:
        now = int(status.read().split()[0]) * resource.getpagesize()
    for what, soft, hard in (
        (resource.RLIMIT_AS, now + ceiling.memory, now + ceiling.memory),
        (resource.RLIMIT_CPU, ceiling.cpu, ceiling.cpu + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with contextlib.suppress(ValueError):  # already lower
            resource.setrlimit(what, (soft, hard))
    sys.addaudithook(_watch)


def _leave_network() -> None:
    """Into a network of its own with nothing in it, where the system lets us; no new privileges in any case."""
    with contextlib.suppress(OSError, AttributeError):
        system = ctypes.CDLL(None, use_errno=True)
        system.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        if system.unshare(_NEW_USER | _NEW_NET) != 0:
            system.unshare(_NEW_NET)


_READABLE: Final = tuple(
    os.path.realpath(folder) + os.sep
    for folder in (sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), os.path.dirname(limits.__file__))
)


def _watch(event: str, args: tuple[Any, ...]) -> None:
    """Refuse sockets, processes and files: PermissionError, which Python's own imports take for an answer."""
    if event == "open":
        path, _, flags = args
        if isinstance(path, int):
            return
        if flags & _WRITING or not os.path.realpath(os.fsdecode(path)).startswith(_READABLE):
            raise PermissionError("files are closed here")
    elif event.startswith(_FORBIDDEN):
        raise PermissionError(f"{event} is not allowed here")
