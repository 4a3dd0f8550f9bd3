"""The words of the interface: three languages with the same keys, and every key that the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import recruitcheck
from recruitcheck.problem import CATALOGUE
from recruitcheck.text import LANGUAGES, SOURCE, messages

PACKAGE = Path(recruitcheck.__file__).parent
FILES = sorted(path.name for path in (PACKAGE / "messages").glob("*.toml"))
TOPICS = sorted({name.split(".")[0] for name in FILES})
TRANSLATIONS = [language for language in LANGUAGES if language != SOURCE]

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
ARABIC = re.compile("[\u0621-\u064a]")
LATIN = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
ENDING = re.compile(r"(?<!\w)\.[a-z]{3,4}\b")
OPTION = re.compile(r"--[a-z-]+")

#: (language, key) of a text that reads like the English one, and why that is right
SAME_AS_ENGLISH = {
    ("fr", "cli.clauses"): "the French word is the same",
    ("fr", "problems.file-encoding.expected"): "UTF-8 is the name of an encoding",
    ("fr", "template.label_heading"): "the French word is the same",
    ("fr", "words.limb.score"): "the French word is the same",
}
#: keys of Arabic texts that say without a letter what English says with words
ARABIC_WITHOUT_LETTERS = {"template.page"}
#: what may stand in Latin letters in an Arabic text: codes, verdicts as they are typed, names of commands
LATIN_IN_ARABIC = {
    *("EUR", "MAD", "RF-01", "UTF-8", "w01", "w02", "w07"),
    *("pass", "fail", "unknown", "not-applicable"),
    *("convert", "template"),
}


def leaves(tree: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(dotted key, text) of every text in nested tables."""
    for key, value in tree.items():
        if isinstance(value, Mapping):
            yield from leaves(value, (*path, key))
        else:
            yield ".".join((*path, key)), value


WORDS = {language: dict(leaves(messages(language))) for language in LANGUAGES}


def bare(text: str) -> str:
    """A text without its placeholders."""
    return PLACEHOLDER.sub("", text)


def has_letters(text: str) -> bool:
    return any(ch.isalpha() for ch in bare(text))


# -- the files ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS)
def test_a_topic_has_all_languages(topic: str) -> None:
    assert {f"{topic}.{language}.toml" for language in LANGUAGES} <= set(FILES)


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_same_keys(language: str) -> None:
    assert sorted(WORDS[language]) == sorted(WORDS[SOURCE])


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_same_placeholders(language: str) -> None:
    differing = {
        key: (PLACEHOLDER.findall(text), PLACEHOLDER.findall(WORDS[language][key]))
        for key, text in WORDS[SOURCE].items()
        if set(PLACEHOLDER.findall(text)) != set(PLACEHOLDER.findall(WORDS[language].get(key, text)))
    }
    assert not differing


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_whole(language: str) -> None:
    """Text, not empty, no space at an end, no brace that is not part of a placeholder."""
    faulty = [
        key
        for key, text in WORDS[language].items()
        if not isinstance(text, str) or not text or text != text.strip() or re.search("[{}]", bare(text))
    ]
    assert not faulty


# -- the catalogue of problems -----------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_is_said(language: str) -> None:
    tables = messages(language)["problems"]
    assert set(tables) == set(CATALOGUE)
    for code, parts in tables.items():
        assert set(parts) == {"message", "expected", "fix"}, code


# -- written in the language -------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", TRANSLATIONS)
def test_no_english_left(language: str) -> None:
    same = {
        (language, key)
        for key, text in WORDS[language].items()
        if has_letters(text) and bare(text).casefold() == bare(WORDS[SOURCE].get(key, "")).casefold()
    }
    assert same == {listed for listed in SAME_AS_ENGLISH if listed[0] == language}


def test_arabic_is_arabic() -> None:
    without = {key for key, text in WORDS["ar"].items() if not ARABIC.search(text)}
    assert {key for key in without if has_letters(WORDS[SOURCE][key])} == ARABIC_WITHOUT_LETTERS


def test_latin_in_arabic_is_names() -> None:
    found = {
        word for text in WORDS["ar"].values() for word in LATIN.findall(OPTION.sub("", ENDING.sub("", bare(text))))
    }
    assert found <= LATIN_IN_ARABIC


# -- what the code says ------------------------------------------------------------------------------------------


class Calls:
    """Every message key that one module says: whole, or as a pattern for an f-string.

    A function that has a parameter ``key`` and says f"prefix.{key}" is a way to say too, and so is one that hands
    its ``key`` on to such a function.
    """

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self.ways: dict[str, tuple[str, int]] = {}  # name, "self." before a method's -> (prefix, place of the key)
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module == "recruitcheck.text":
                self.ways |= {name.asname or name.name: ("", 1) for name in node.names if name.name == "say"}
        for _ in range(3):
            for home, function in _functions(self.tree):
                self._learn(home, function)

    def _learn(self, home: str, function: ast.FunctionDef) -> None:
        names = [argument.arg for argument in function.args.args]
        if "key" not in names:
            return
        for call in ast.walk(function):
            way = self._way(call)
            argument = _key(call, way[1]) if way and isinstance(call, ast.Call) else None
            if way is None or argument is None:
                continue
            prefix = _prefix_before_key(argument)
            if prefix is not None:
                self.ways[home + function.name] = (way[0] + prefix, names.index("key") - bool(home))

    def _way(self, call: ast.AST) -> tuple[str, int] | None:
        """(prefix, place of the key) if this is a call that says something."""
        if not isinstance(call, ast.Call):
            return None
        called = call.func
        if isinstance(called, ast.Name):
            return self.ways.get(called.id)
        if not isinstance(called, ast.Attribute):
            return None
        own = isinstance(called.value, ast.Name) and called.value.id == "self"
        if own and f"self.{called.attr}" in self.ways:
            return self.ways[f"self.{called.attr}"]
        return ("", 0) if called.attr == "say" else None

    def patterns(self) -> set[str]:
        """Each key as a regular expression."""
        found: set[str] = set()
        for call in ast.walk(self.tree):
            way = self._way(call)
            argument = _key(call, way[1]) if way and isinstance(call, ast.Call) else None
            if way and argument is not None:
                found |= {re.escape(way[0]) + pattern for pattern in _patterns(argument)}
        return found


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """("self." for a method or "", the function), nested ones too."""
    methods = {
        item
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
        if isinstance(item, ast.FunctionDef)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            yield "self." if node in methods else "", node


def _key(call: ast.Call, place: int) -> ast.expr | None:
    return call.args[place] if len(call.args) > place else None


def _prefix_before_key(argument: ast.expr) -> str | None:
    """ "words." of f"words.{key}", "" of ``key`` itself, else None."""
    if isinstance(argument, ast.Name):
        return "" if argument.id == "key" else None
    if not isinstance(argument, ast.JoinedStr) or len(argument.values) != 2:
        return None
    first, last = argument.values
    if isinstance(first, ast.Constant) and isinstance(last, ast.FormattedValue):
        name = last.value
        return str(first.value) if isinstance(name, ast.Name) and name.id == "key" else None
    return None


def _patterns(argument: ast.expr) -> set[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return {re.escape(argument.value)}
    if isinstance(argument, ast.IfExp):
        return _patterns(argument.body) | _patterns(argument.orelse)
    if isinstance(argument, ast.JoinedStr):
        parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in argument.values]
        return {"".join(parts)}
    return set()


SAID = {
    (path.relative_to(PACKAGE).as_posix(), pattern)
    for path in PACKAGE.rglob("*.py")
    for pattern in Calls(path.read_text(encoding="utf-8")).patterns()
}


def test_every_key_that_is_said_exists() -> None:
    missing = [
        (file, pattern) for file, pattern in SAID if not any(re.fullmatch(pattern, key) for key in WORDS[SOURCE])
    ]
    assert not missing


def test_the_search_finds_each_way_to_say() -> None:
    """A direct call, a wrapper with a prefix, one that hands the key on, a method, a choice of two, an f-string."""
    source = """
from recruitcheck.text import say as translate
def say(language, key, **values): return translate(language, f"cli.{key}")
def stop(language, code, key): return say(language, key)
class Maker:
    def say(self, key): return self.texts.say(f"words.{key}")
    def work(self, texts): return self.say("gap.date"), texts.say("template.yes" if texts else "template.no")
stop("en", 1, "clean"), say("en", f"diff.{kind}"), translate("en", "words.no_name"), other("words.nothing")
"""
    found = {pattern.replace("\\", "") for pattern in Calls(source).patterns()}
    keys = {"cli.clean", "cli.diff..+", "words.no_name", "words.gap.date", "template.yes", "template.no"}
    assert keys <= found
    assert not any("nothing" in pattern for pattern in found)


def test_the_search_reads_the_whole_package() -> None:
    found = {pattern.replace("\\", "") for _, pattern in SAID}
    assert {"cli.written", "words.next.refer", "template.start.pairing_note", "template.problems.none"} <= found
    assert len(found) > 100
