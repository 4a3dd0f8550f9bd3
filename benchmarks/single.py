"""One submission with its full trace and its scorecard, and how long the program takes to start.

python benchmarks/single.py
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import generate
import measure

from recruitcheck import library
from recruitcheck.rules.evaluate import evaluate
from recruitcheck.rules.explain import explain
from recruitcheck.rules.score import assess
from recruitcheck.rules.tables import from_records


def in_process(runs: int) -> str:
    standard = generate.shipped()
    data, day = generate.filled(standard), date(2026, 6, 30)
    one = from_records(standard, [data], [day])
    rows = sum(len(part["rows"]) for part in data["sections"].values())
    steps = {
        "columns from the canonical dict": lambda: from_records(standard, [data], [day]),
        "evaluate": lambda: evaluate(standard, one),
        "evaluate with the recorder and every step of every trace": lambda: explain(standard, one),
        "verdicts, facts and score": lambda: assess(standard, one),
    }
    try:
        from recruitcheck import scoring
        from recruitcheck.submission import Submission
    except ImportError:
        print("recruitcheck.scoring is not there: the scorecard is left out", file=sys.stderr)
    else:
        parts = {key: value for key, value in data.items() if key not in ("schema", "standard", "countries")}
        submission = Submission(standard.name, standard.countries, parts)
        texts = library.texts(standard, "en")
        steps["**all: columns, trace, scorecard**"] = lambda: scoring.score(submission, standard, day)
        steps["the same and its report in words"] = lambda: scoring.score(submission, standard, day).report(texts)
    taken = measure.rotated(steps, runs)
    what = f"{len(standard.criteria)} criteria, {rows} rows"
    return measure.table((what, "ms"), [(name, f"{value * 1000:.1f}") for name, value in taken.items()])


def starts(runs: int) -> str:
    standard = generate.shipped()
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "sample.json"
        sample.write_text(json.dumps(generate.filled(standard), ensure_ascii=False), encoding="utf-8")
        program = [sys.executable, "-m", "recruitcheck.cli"]
        commands: dict[str, Sequence[str]] = {
            "bare Python": [sys.executable, "-c", "pass"],
            "recruitcheck --help": [*program, "--help"],
            "recruitcheck check sample.json": [*program, "check", str(sample)],
            "recruitcheck score sample.json": [*program, "score", str(sample)],
        }
        lines, work = [], {}
        for name, command in commands.items():
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode in (0, 1) and "Traceback" not in done.stderr and "No module" not in done.stderr:
                work[name] = lambda command=command: subprocess.run(command, capture_output=True, check=False)
            else:
                reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
                lines.append((name, f"not measured: {reason}", ""))
        taken = measure.rotated(work, runs)
    bare = taken["bare Python"]
    measured = [(name, f"{value:.3f}", f"{value / bare:.1f}") for name, value in taken.items()]
    return measure.table(("a process of its own", "s", "x bare Python"), measured + lines)


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--runs", type=int, default=15)
    given = parse.parse_args()
    print(f"### One submission; medians of {given.runs} runs, order rotated\n")
    print(in_process(given.runs), "\n")
    print(f"### Starting the program; medians of {given.runs} runs, order rotated\n")
    print(starts(given.runs))


if __name__ == "__main__":
    main()
