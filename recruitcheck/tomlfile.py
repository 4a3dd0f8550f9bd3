"""A TOML file that remembers where each key stands, so that a fault names file, key and line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

from recruitcheck.problem import Fault
from recruitcheck.rules.grammar import did_you_mean

Path_ = Sequence[str | int]
_HEADER = re.compile(r"^\s*(\[\[|\[)\s*(.+?)\s*(\]\]|\])\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
#: what a key holds, in whichever file it stands; a table array is a list
_HOLDS: Final[Mapping[type, str]] = {
    str: "id edition status currency type kind unit severity stage gate applies evidence source at must "
    "owner closed_when stricter country base criterion allows date_of after worker consent population independent "
    "corroborated to recent overdue",
    int: "weight within_days incomplete_below bound bound_workers recent_months conditions restriction",
    bool: "key required question may_be_none confidential",
    date: "from until",
    list: "values audience core_principles discount training asked field rate tighten derogate add note change",
    dict: "policy failure_points repeat_points bands sample assurance caps consequences life corrective",
}
_TYPE_OF: Final = {key: kind for kind, keys in _HOLDS.items() for key in keys.split()}
_NAMES: Final = {str: "quoted text", int: "a whole number", bool: "true or false", date: "a date", list: "a list"}
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")


class TomlFile:
    """One parsed file. ``faults`` collects what is wrong with it; reading on after a fault is safe."""

    def __init__(self, path: Path, shown: str, faults: list[Fault]) -> None:
        self.path, self.shown, self.faults = path, shown, faults
        self.data: dict[str, Any] = {}
        self._text = ""
        try:
            self._text = path.read_text(encoding="utf-8")
            self.data = tomllib.loads(self._text)
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault(shown, "", 0, f"cannot be read: {type(error).__name__}"))
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+), column (\d+)", str(error))
            line, column = (int(found[1]), int(found[2])) if found else (0, 0)
            key = _KEY.match(self._text.splitlines()[line - 1]) if 0 < line <= self._text.count("\n") else None
            faults.append(Fault(shown, key[1] if key else "", line, str(error).split(" (at ")[0], column))

    def line(self, path: Path_) -> int:
        """The line, from 1, where the deepest known part of that key path stands; 1 if none is found."""
        best, depth = 1, -1
        for number, at in _positions(self._text):
            shared = _shared(at, path)
            if shared == len(at) and shared > depth:
                best, depth = number, shared
        return best

    def fault(self, path: Path_, message: str, *, hint: str = "", column: int = 0, level: str = "error") -> None:
        """Notes a fault at a key."""
        key = ".".join(str(part) for part in path if isinstance(part, str))
        self.faults.append(Fault(self.shown, key, self.line(path), message, column, hint, level))

    def expect(self, table: Mapping[str, Any], path: Path_, known: Iterable[str], needed: Iterable[str] = ()) -> bool:
        """Notes every key of a table that is not known, is missing or holds the wrong kind of value.

        False if one is missing or holds the wrong kind: then the table cannot be read on.
        """
        if not isinstance(table, dict):
            self.fault(path, "a table is wanted here")
            return False
        known, good = set(known) | set(needed), True
        for key, value in table.items():
            wanted = _TYPE_OF.get(key)
            if key not in known:
                self.fault([*path, key], "this key is not known here", hint=did_you_mean(key, known))
            elif wanted and type(value) is not wanted:
                self.fault([*path, key], f"{_NAMES.get(wanted, 'a table')} is wanted, not {value!r:.40}")
                good = False
        for key in sorted(set(needed) - set(table)):
            self.fault([*path], f"the key {key!r} is missing")
            good = False
        return good


def _shared(a: Path_, b: Path_) -> int:
    count = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        count += 1
    return count


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _positions(text: str) -> Iterable[tuple[int, list[str | int]]]:
    """(line, key path) of each header, key, and element of an array that stands on its own line."""
    table: list[str | int] = []
    counts: dict[tuple[str | int, ...], int] = {}
    array: list[str | int] = []
    element, quotes = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if quotes:
            quotes = "" if quotes in line else quotes
            continue
        if array:
            if line.lstrip().startswith("{"):
                yield number, [*array, element]
                element += 1
            if line.lstrip().startswith("]"):
                array = []
            continue
        header = _HEADER.match(line)
        if header and "=" not in header[2].split('"')[0]:
            table = []
            names = _parts(header[2])
            for place, name in enumerate(names):
                table.append(name)
                last = place == len(names) - 1
                if header[1] == "[[" and last:
                    counts[tuple(table)] = counts.get(tuple(table), -1) + 1
                if tuple(table) in counts:
                    table.append(counts[tuple(table)])
            yield number, list(table)
            continue
        key = _KEY.match(line)
        if key:
            path = [*table, *_parts(key[1])]
            yield number, path
            rest = line[key.end() :].strip()
            for mark in ('"""', "'''"):
                if rest.count(mark) == 1:
                    quotes = mark
            if rest.startswith("[") and "]" not in rest.split("#")[0]:
                array, element = path, 0
