"""Reading, checking and scoring a filled workbook and its annex, against bare libraries that only read the cells.

    python benchmarks/reader.py

The floor is what a program must do at least to see both what a cell shows and whether it is a formula: openpyxl twice
over every cell. It checks nothing and scores nothing.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from datetime import date
from typing import Any

import generate
import measure

from recruitcheck import library
from recruitcheck.rules.standard import Standard

PARTS = ("audit", "annex")


def books(standard: Standard) -> dict[str, bytes]:
    """The filled audit workbook and its annex, written by the product's own template."""
    from recruitcheck.intake import template

    data, texts = generate.filled(standard), library.texts(standard, "en")
    out = {}
    for part in PARTS:
        file = io.BytesIO()
        named = {"part": part, "kind": None, "pairing": "A1B2-C3D4-E5F6", "build": "benchmark"}
        template.write(standard, texts, path_or_file=file, values=data, **named)
        out[part] = file.getvalue()
    return out


def openpyxl_twice(data: bytes, *, read_only: bool) -> int:
    """Every cell of every sheet, once with formulas and once with values; how many are filled."""
    from openpyxl import load_workbook

    seen = 0
    for data_only in (False, True):
        book = load_workbook(io.BytesIO(data), read_only=read_only, data_only=data_only)
        for sheet in book.worksheets:
            for row in sheet.iter_rows():
                seen += sum(cell.value is not None for cell in row)
    return seen // 2


def pandas_once(data: bytes, engine: str) -> int:
    import pandas as pd

    sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, header=None, engine=engine)
    return sum(int(frame.notna().sum().sum()) for frame in sheets.values())


def contestants(files: dict[str, bytes]) -> dict[str, Callable[[], Any]]:
    def each(read: Callable[[bytes], int]) -> Callable[[], int]:
        return lambda: sum(read(data) for data in files.values())

    floor: dict[str, Callable[[], Any]] = {
        "openpyxl twice": each(lambda data: openpyxl_twice(data, read_only=False)),
        "openpyxl twice, read-only": each(lambda data: openpyxl_twice(data, read_only=True)),
        "pandas read_excel, openpyxl": each(lambda data: pandas_once(data, "openpyxl")),
        "pandas read_excel, calamine": each(lambda data: pandas_once(data, "calamine")),
    }
    try:
        from recruitcheck import scoring
        from recruitcheck.intake import gate, reading
    except ImportError as error:
        print(f"not measured, since it is not there yet: {error}", file=sys.stderr)
        return floor
    uploads = [gate.Upload(f"{part}.xlsx", data) for part, data in files.items()]

    def check() -> Any:
        return reading.read(uploads)

    def check_and_score() -> Any:
        found = check()
        return scoring.score(found.submission, found.standard, date(2026, 6, 30))

    return {"**ours: check and score**": check_and_score, "ours: check": check} | floor


def main() -> None:
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--runs", type=int, default=9)
    given = parse.parse_args()
    standard = generate.shipped()
    files = books(standard)
    work = contestants(files)
    first = {name: measure.seconds(one) for name, one in work.items()}
    taken = measure.rotated(work, given.runs)
    floor = taken["openpyxl twice"]
    sizes = " + ".join(f"{len(data) / 1024:.0f}" for data in files.values())
    questions = sum(1 for _ in standard.questionnaire.fields())
    rows = sum(len(part["rows"]) for part in generate.filled(standard)["sections"].values())
    print(f"### {questions} questions, {rows} rows, workbook and annex of {sizes} KiB; medians of {given.runs} runs\n")
    if "ours: check" in work:
        found = work["ours: check"]()
        told = ", ".join(f"{problem.code} x{problem.count}" for problem in found.problems) or "no problem"
        print(f"What the reader says of the file: {told}.\n")
    lines = [
        (name, f"{taken[name] * 1000:.0f}", f"{taken[name] / floor:.2f}", f"{first[name] * 1000:.0f}") for name in work
    ]
    print(measure.table(("both files", "ms", "x openpyxl twice", "first time ms"), lines))


if __name__ == "__main__":
    main()
