"""What all benchmarks share: medians, tables, the machine, and measuring in a fresh process."""

from __future__ import annotations

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PEERS = ("OpenFisca-Core", "zen-engine", "common-expression-language")
PACKAGES = ("numpy", "pandas", "openpyxl", "python-calamine", *PEERS)


def machine() -> str:
    """The machine and the versions in two lines."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    here = f"{os.cpu_count()} cores ({model}), {memory:.0f} GiB, {platform.system()}, load {os.getloadavg()[0]:.1f}"
    return f"{here}\nPython {platform.python_version()}; {', '.join(found)}"


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def median_seconds(work: Callable[[], Any], runs: int) -> float:
    return statistics.median(seconds(work) for _ in range(runs))


def rotated(work: dict[str, Callable[[], Any]], runs: int) -> dict[str, float]:
    """The median seconds of each, in several rounds that each begin with another one."""
    names, taken = list(work), {name: [] for name in work}
    for at in range(runs):
        for name in names[at % len(names) :] + names[: at % len(names)]:
            taken[name].append(seconds(work[name]))
    return {name: statistics.median(times) for name, times in taken.items()}


def fresh(script: str, *args: str, runs: int = 1) -> list[dict[str, Any]]:
    """What the script prints as JSON on its last line, each time in a process of its own."""
    command = [sys.executable, str(Path(__file__).parent / script), *args]
    out = []
    for _ in range(runs):
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        out.append(json.loads(done.stdout.splitlines()[-1]))
    return out


def middle(results: Iterable[dict[str, Any]], key: str) -> float:
    return statistics.median(result[key] for result in results)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A markdown table; everything after the first column is set to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def count(number: float) -> str:
    return f"{number:,.0f}"


def wait_for_quiet(limit: float = 0.7, most: float = 120) -> float:
    """Waits until little else runs, or long enough; returns the load it ended with."""
    until = time.monotonic() + most
    while os.getloadavg()[0] > limit and time.monotonic() < until:
        time.sleep(5)
    return os.getloadavg()[0]
