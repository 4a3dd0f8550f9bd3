"""The house of architecture.md: floors, pure rules, short modules, problem codes that somebody uses."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import recruitcheck
from recruitcheck.problem import CATALOGUE

ROOT = Path(recruitcheck.__file__).parent
FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted(ROOT.rglob("*.py"))
}
MODULES = [name for name in FILES if name != "__init__"]

#: floor by the first part of a module's name, or by its whole name
FLOORS = {
    "problem": 0,
    "rules.outcome": 0,
    "rules": 1,
    "submission": 2,
    "personal": 2,
    "validation": 2,
    "text": 2,
    "library": 2,
    "edition": 2,
    "report": 2,
    "scoring": 2,
    "tomlfile": 2,
    "intake": 3,
    "store": 3,
    "workflow": 4,
    "batch": 4,
    "cli": 5,
    "terminal": 5,
    "web": 5,
}
STRANGERS = {"web": {"cli", "terminal"}, "cli": {"web"}, "terminal": {"web"}, "intake": {"store"}, "store": {"intake"}}

#: what a pure module has no use for: files, the clock, the network, other processes, databases, the web
IMPURE = {
    *("os", "io.open", "pathlib", "shutil", "tempfile", "glob", "tomllib", "csv", "sqlite3", "importlib"),
    *("time", "zoneinfo", "locale", "random", "secrets", "uuid", "socket", "subprocess", "threading", "asyncio"),
    *("flask", "sqlalchemy", "alembic", "wtforms", "click", "rich", "openpyxl", "xlsxwriter", "python_calamine"),
}


def house(name: str) -> str:
    """The first part of a module's name within the product."""
    return name.split(".", maxsplit=1)[0]


def floor(name: str) -> int | None:
    """The floor of a module, or None if nobody gave it one."""
    return FLOORS.get(name, FLOORS.get(house(name)))


def tree(name: str) -> ast.Module:
    return ast.parse(FILES[name].read_text(encoding="utf-8"))


def imports(name: str) -> set[str]:
    """Everything a module imports, anywhere in it, as dotted names; "for types only" counts too."""
    found: set[str] = set()
    for node in ast.walk(tree(name)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{name}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def inside(name: str) -> set[str]:
    """The modules of the product that a module imports."""
    own = {found.removeprefix("recruitcheck.") for found in imports(name) if found.startswith("recruitcheck.")}
    return {part if part in FILES else part.rpartition(".")[0] or part for part in own} & set(FILES)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_from_its_own_floor_and_below(name: str) -> None:
    """Never above; a new module is given a floor here."""
    own = floor(name)
    assert own is not None, f"{name} stands on no floor: give it one in FLOORS"
    above = {other for other in inside(name) if (floor(other) or 0) > own}
    assert not above, f"{name} (floor {own}) imports {sorted(above)}"


@pytest.mark.parametrize("name", MODULES)
def test_strangers_never_meet(name: str) -> None:
    """The web and the command line, intake and store: only `workflow` knows both."""
    met = {other for other in inside(name) if house(other) in STRANGERS.get(house(name), set())}
    assert not met, f"{name} imports {sorted(met)}"


@pytest.mark.parametrize("name", [name for name in MODULES if house(name) == "rules"])
def test_the_rules_know_no_files_no_clock_no_database_and_no_web(name: str) -> None:
    """Same submission, same edition, same day: same bytes."""
    used = {module for module in imports(name) if module in IMPURE or module.split(".")[0] in IMPURE}
    assert not used, f"{name} imports {sorted(used)}"
    for node in ast.walk(tree(name)):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Name):
            assert called.id not in ("open", "print", "input", "eval", "exec"), f"{name}:{called.lineno}"
        if isinstance(called, ast.Attribute):
            assert called.attr not in ("today", "now", "utcnow", "read_text", "read_bytes"), f"{name}:{called.lineno}"


@pytest.mark.parametrize("name", MODULES)
def test_only_the_tables_and_the_batch_know_pandas(name: str) -> None:
    """Its dtypes stay inside one module."""
    used = any(module.split(".")[0] == "pandas" for module in imports(name))
    assert not used or name in ("rules.tables", "batch"), f"{name} imports pandas"


@pytest.mark.parametrize("name", [name for name in MODULES if house(name) == "rules" and name != "rules.grammar"])
def test_no_score_is_a_float(name: str) -> None:
    """No float literal, no float(), no true division where a score is computed; the grammar weighs typing errors."""
    for node in ast.walk(tree(name)):
        where = f"{name}:{getattr(node, 'lineno', 0)}"
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float)), where
        assert not (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)), where
        assert not (isinstance(node, ast.Name) and node.id == "float"), where


@pytest.mark.parametrize("name", MODULES)
def test_no_module_is_longer_than_600_lines(name: str) -> None:
    """What does not fit is two modules."""
    assert FILES[name].read_text(encoding="utf-8").count("\n") <= 600


def test_the_standards_are_read_in_one_place() -> None:
    """TOML is read by `tomlfile`, and by `text` for the interface's own messages."""
    readers = {name for name in MODULES if "tomllib" in imports(name)}
    assert readers <= {"tomlfile", "text"}


def test_every_problem_code_is_used_somewhere() -> None:
    """The catalogue is public: a code that nothing raises is a promise that nobody keeps."""
    words: set[str] = set()
    for name in MODULES:
        if name == "problem":
            continue
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                words.add(node.value)
            if isinstance(node, ast.JoinedStr):  # f"{kind}-unknown" stands for every code that it can make
                tails = [part.value for part in node.values if isinstance(part, ast.Constant)]
                words |= {code for code in CATALOGUE if tails and all(tail in code for tail in tails)}
    assert not sorted(set(CATALOGUE) - words)
