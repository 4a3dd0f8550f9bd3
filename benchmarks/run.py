"""Runs all benchmarks within a budget and writes docs/benchmarks.md.

python benchmarks/run.py                 about ten minutes; what does not fit is named as left out
python benchmarks/run.py --budget 180    at most about three minutes
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import measure

HERE = Path(__file__).parent
REPORT = HERE.parent / "docs" / "benchmarks.md"
#: (script, options, options when little time is left, seconds it needs on two cores, the same when little is left)
JOBS = (
    ("single.py", "", "--runs 5", 60, 25),
    ("reader.py", "", "--runs 3", 90, 40),
    ("engine.py", "", "--quick --runs 3", 420, 150),
)
NOTES = """\
Trust ratios within one table, not across tables. Data is synthetic and seeded (`benchmarks/generate.py`). The
peers' answers were compared with ours before the clock started. Peers have no unknown value and no open
sections, so their data is two-valued; ours is the same evaluator in both tables. OpenFisca has no empty groups,
so every submission of the comparison has at least one child row. CEL has no sum: it gets Python's. Memory is
the peak of a whole process, "columns" what the data alone took. "Larger" is the shipped standard with the sixty
rules of the comparison added. Seconds are those of the first evaluation in a fresh process; of a million's, a
sixth to a third is the system handing out memory. In the comparison each timed run follows an untimed one of
the same engine.
"""


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--budget", type=int, default=600, help="seconds, about")
    parse.add_argument("--out", type=Path, default=REPORT)
    given = parse.parse_args()
    end = time.monotonic() + given.budget
    parts = []
    for script, options, small, need, least in JOBS:
        left = end - time.monotonic()
        if left < least:
            parts.append(f"## {script}\n\nLeft out: the budget of {given.budget} s was used up.")
            continue
        chosen = options if left >= need else small
        command = f"python benchmarks/{script} {chosen}".strip()
        print(command, file=sys.stderr, flush=True)
        measure.wait_for_quiet(most=min(60, max(0, left - need)))
        done = subprocess.run(
            [sys.executable, str(HERE / script), *chosen.split()], stdout=subprocess.PIPE, text=True, check=False
        )
        body = done.stdout.strip() if done.returncode == 0 else f"Failed with code {done.returncode}."
        parts.append(f"## `{command}`\n\n{body}")
    when = datetime.now().astimezone().strftime("%d %B %Y, %H:%M")
    host = measure.machine().replace("\n", "  \n")
    head = f"# Benchmarks\n\nMade by `python benchmarks/run.py` on {when}.  \n{host}\n\n{NOTES}"
    given.out.parent.mkdir(exist_ok=True)
    given.out.write_text("\n\n".join([head.strip(), *parts]) + "\n", encoding="utf-8")
    print(f"wrote {given.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
