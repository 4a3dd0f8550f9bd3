"""Knows the words of a workbook again: sheets, headings, choices, by code or by label in any language.

Matching ignores case, spaces, punctuation, accents and Arabic letter forms. The workbook's own language is
asked first, the others only for a word that it does not have, so a clean file loads one language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Final

from recruitcheck import library
from recruitcheck.intake import labels, layout
from recruitcheck.rules.standard import Field, Section, Standard
from recruitcheck.submission import known_countries, known_currencies, nearest
from recruitcheck.text import LANGUAGES, Texts, say

_ARABIC: Final = str.maketrans("أإآٱىةؤئکی", "اااايهويكي")

#: besides the template's own words
YES: Final = frozenset({"yes", "y", "o", "true", "vrai", "صحيح", "✓", "✔"})
NO: Final = frozenset({"no", "n", "false", "faux", "خطا"})
#: where one of several choices is marked, a cross is a mark; in a cell for yes or no it may be either
MARKS: Final = frozenset({"x", "1", "☑", "☒"})
NO_MARKS: Final = frozenset({"0", "-", "–", "☐"})

#: what people in Morocco write for a currency; "درهم" and "$" alone may be of several countries
MONEY_WORDS: Final = {
    "dh": "MAD",
    "dhs": "MAD",
    "dirhammarocain": "MAD",
    "dirhamsmarocains": "MAD",
    "moroccandirham": "MAD",
    "moroccandirhams": "MAD",
    "درهممغربي": "MAD",
    "دم": "MAD",
    "درهماماراتي": "AED",
    "€": "EUR",
    "euro": "EUR",
    "euros": "EUR",
    "اورو": "EUR",
    "يورو": "EUR",
    "us$": "USD",
    "£": "GBP",
}

#: what may stand behind a number, by the unit that the questionnaire asks for
_HOURS: Final = ("hours", "hour", "heures", "heure", "hrs", "hr", "h", "ساعات", "ساعة", "ساعه")
UNIT_WORDS: Final = {
    "hours": _HOURS,
    "hours per week": _HOURS,
    "years": ("years", "year", "ans", "an", "سنوات", "سنة", "سنه"),
    "workers": ("workers", "worker", "travailleurs", "personnes", "عمال", "عامل"),
    "square metres": ("m²", "m2", "متر مربع", "م²"),
}

#: names that the Unicode tables do not have, folded
COUNTRY_WORDS: Final = {
    "uk": "GB",
    "uae": "AE",
    "eau": "AE",
    "usa": "US",
    "ksa": "SA",
    "الامارات": "AE",
    "السعوديه": "SA",
    "المملكهالمغربيه": "MA",
    "royaumedumaroc": "MA",
    "kingdomofmorocco": "MA",
}


@lru_cache(maxsize=1 << 14)
def fold(text: str) -> str:
    """Letters and digits only: lower case, without accents, one form of each Arabic letter, European digits."""
    out = []
    for ch in unicodedata.normalize("NFKD", text).casefold():
        if ch.isdecimal():
            out.append(str(unicodedata.decimal(ch)))
        elif ch.isalnum() and ch != "ـ":
            out.append(ch)
    return "".join(out).translate(_ARABIC)


#: machine names from which a sheet is known whatever it is called
ENOUGH_NAMES: Final = 3


class Lexicon:
    """The words of one standard; ``first`` is the language that the workbook says it is in."""

    def __init__(self, standard: Standard, first: str = "") -> None:
        self.standard = standard
        self.languages = tuple(dict.fromkeys([*([first] if first in LANGUAGES else []), *LANGUAGES]))
        self._columns: dict[tuple[str, str], dict[str, str]] = {}
        self._choices: dict[tuple[str, str], dict[str, set[str]]] = {}

    def _texts(self, language: str) -> Texts:
        return library.texts(self.standard, language)

    # -- sheets --------------------------------------------------------------------------------------------------

    def sheet(self, name: str) -> Section | str | None:
        """The section a sheet holds, "" for a sheet of ours without answers, None for an unknown one."""
        word = fold(name)
        if name.strip().casefold() in (layout.META, layout.LISTS) or word in _our_sheets():
            return ""
        for section in self.standard.questionnaire.sections:
            if word == fold(section.id):
                return section
        for language in self.languages:
            texts = self._texts(language)
            for section in self.standard.questionnaire.sections:
                if word in (fold(texts.section(section.id)), fold(labels.sheet_name(texts, section.id))):
                    return section
        return None

    def nearest_sheet(self, name: str) -> str:
        texts = self._texts(self.languages[0])
        return nearest(name, frozenset(texts.section(section.id) for section in self.standard.questionnaire.sections))

    def sheet_of_names(self, names: Collection[str]) -> Section | None:
        """The section whose machine names these are, for a sheet under another name; None unless it is the only one."""
        bare = {name for name in names if not name.startswith(("_", layout.BAND))}
        found = [section for section in self.standard.questionnaire.sections if bare <= self._machine_names(section)]
        return found[0] if len(found) == 1 and len(bare) >= ENOUGH_NAMES else None

    @staticmethod
    def _machine_names(section: Section) -> set[str]:
        return {name for f in section.fields for name in (f.id, *layout.column_names(f))}

    # -- headings ------------------------------------------------------------------------------------------------

    def column(self, section: Section, text: str) -> str | None:
        """The machine name that a heading means, or None."""
        word = fold(text)
        if not word or text.startswith(layout.BAND):
            return None
        for language in ("", *self.languages):
            found = self._headings(section, language).get(word)
            if found:
                return found
        if section.is_table:
            return None
        marks = (self._marks(section, language).get(word) for language in self.languages)
        return next(filter(None, marks), None)

    def nearest_column(self, section: Section, text: str) -> str:
        texts = self._texts(self.languages[0])
        names = {labels.heading(texts, f).removesuffix(labels.REQUIRED) for f in section.fields}
        return nearest(text, frozenset(names | {f.id for f in section.fields}))

    def _headings(self, section: Section, language: str) -> dict[str, str]:
        """Folded heading -> machine name; language "" holds the machine names themselves."""
        key = section.id, language
        if key not in self._columns:
            self._columns[key] = _clear(self._heading_pairs(section, language))
        return self._columns[key]

    def _marks(self, section: Section, language: str) -> dict[str, str]:
        """The rows of multiple choices on a single record, which stand under the question by the choice's label."""
        key = section.id, f"{language}{layout.CHOICE_MARK}"
        if key not in self._columns:
            texts = self._texts(language)
            self._columns[key] = _clear(
                (fold(labels.column_heading(texts, f, name)[1]), name)
                for f in section.fields
                for name in layout.column_names(f)
                if layout.CHOICE_MARK in name
            )
        return self._columns[key]

    def _heading_pairs(self, section: Section, language: str) -> Iterator[tuple[str, str]]:
        if not language:
            yield fold(layout.STATE), layout.STATE
        else:
            yield fold(say(language, "template.state.heading")), layout.STATE
        texts = self._texts(language) if language else None
        for f in section.fields:
            for name in layout.column_names(f):
                yield fold(name if texts is None else labels.heading_text(texts, f, name)), name
        for f in section.fields:  # a bare label, or a code without its choice, means the field itself
            if texts is None:
                yield fold(f.id), f.id
            else:
                yield fold(labels.heading(texts, f)), f.id
                yield fold(texts.field(section.id, f.id)), f.id

    # -- answers -------------------------------------------------------------------------------------------------

    def choices(self, field: Field, text: str) -> frozenset[str]:
        """The choices that a text may mean: one if it is clear, several if not, none if unknown."""
        word = fold(text)
        ids = {fold(choice.id): choice.id for choice in field.choices}
        if word in ids:
            return frozenset({ids[word]})
        code, separator, label = text.partition(layout.CODE_SEPARATOR.strip())
        if separator and fold(code) in ids:
            return frozenset({ids[fold(code)]}) | self._meant(field, fold(label))
        return self._meant(field, word)

    def _meant(self, field: Field, word: str) -> frozenset[str]:
        """The choices with that label in the first language that knows it."""
        for language in self.languages:
            found = self._words(field, language).get(word)
            if found:
                return frozenset(found)
        return frozenset()

    def _words(self, field: Field, language: str) -> dict[str, set[str]]:
        key = field.choice_set, language
        if key not in self._choices:
            texts = self._texts(language)
            table: dict[str, set[str]] = {}
            for choice in field.choices:
                for word in (texts.choice(field.choice_set, choice.id), labels.choice_word(texts, field, choice.id)):
                    table.setdefault(fold(word), set()).add(choice.id)
            self._choices[key] = table
        return self._choices[key]

    def nearest_choice(self, field: Field, text: str) -> str:
        texts = self._texts(self.languages[0])
        return nearest(text, frozenset(texts.choice(field.choice_set, choice.id) for choice in field.choices))

    def yes_no(self, text: str) -> bool | None:
        """True, False, or None if the text says neither."""
        word = fold(text) or text.strip()
        return True if word in _yes_no_words(True) else False if word in _yes_no_words(False) else None

    def tick(self, text: str) -> bool | None:
        """Whether a choice is marked: as yes or no, or by a cross."""
        word = fold(text) or text.strip()
        return True if word in MARKS else False if word in NO_MARKS else self.yes_no(text)

    def state(self, text: str) -> str | None:
        """ "complete", "none" or "open", or None."""
        return _states().get(fold(text))

    def country(self, text: str) -> str | None:
        """The ISO code of a country written as code, as "MA · Morocco", or by name in any of the languages."""
        code, separator, name = text.partition(layout.CODE_SEPARATOR.strip())
        code = code.strip().upper()
        if code in known_countries():
            other = self._country_named(name) if separator else None
            return code if other in (None, code) else None
        return self._country_named(text)

    def _country_named(self, text: str) -> str | None:
        word = fold(text)
        for language in self.languages:
            if word in _country_words(language):
                return _country_words(language)[word]
        return COUNTRY_WORDS.get(word)

    def currency(self, text: str) -> str | None:
        """The ISO code of a currency written as code or as people in Morocco write it."""
        code = layout.code_of(text).upper()
        if code in known_currencies():
            return code
        bare = "".join(text.casefold().split())
        return MONEY_WORDS.get(bare) or (MONEY_WORDS.get(fold(text)) if "$" not in bare else None)


def _clear(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Word -> name, without the words of several names: only their codes tell those apart."""
    names: dict[str, set[str]] = {}
    for word, name in pairs:
        names.setdefault(word, set()).add(name)
    return {word: next(iter(known)) for word, known in names.items() if len(known) == 1}


@lru_cache(maxsize=1)
def _our_sheets() -> frozenset[str]:
    return frozenset(fold(name) for name in (*labels.start_names(), *labels.problem_names()))


@lru_cache(maxsize=2)
def _yes_no_words(value: bool) -> frozenset[str]:
    words = {fold(say(language, "template.yes" if value else "template.no")) for language in LANGUAGES}
    return frozenset(words | (YES if value else NO))


@lru_cache(maxsize=1)
def _states() -> dict[str, str]:
    words = {fold(say(lang, f"template.state.{s}")): s for lang in LANGUAGES for s in layout.STATE_CHOICES}
    return words | {state: state for state in layout.STATE_CHOICES}


@lru_cache(maxsize=len(LANGUAGES))
def _country_words(language: str) -> dict[str, str]:
    return {fold(name): code for code, name in labels.countries(language).items()}


#: the months and days of Morocco and France, and of the countries that workers leave for
_LOCALES: Final = ("en", "fr", "ar", "ar_MA", "ar_DZ", "ar_TN", "ar_LB", "ar_SA")


@lru_cache(maxsize=1)
def months() -> dict[str, int]:
    """Folded name of a month, whole or shortened, in any habit of the three languages -> 1 to 12."""
    return _calendar("months")


@lru_cache(maxsize=1)
def weekdays() -> frozenset[str]:
    """The folded names of the days of the week."""
    return frozenset(_calendar("days"))


def _calendar(what: str) -> dict[str, int]:
    from babel import Locale

    words: dict[str, int] = {}
    for locale in _LOCALES:
        for forms in getattr(Locale.parse(locale), what).values():
            for width in ("wide", "abbreviated"):
                words |= {fold(name): number for number, name in forms.get(width, {}).items()}
    return {word: number for word, number in words.items() if not word.isdigit()}
