"""The blank workbook, or one filled with given answers: written from the questionnaire, never drawn by hand.

Two files make one audit: the audit workbook, and the annex with the confidential sections. Everything that
stands in them comes from the standard's questionnaire, its texts and ``messages/template.*.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from typing import IO, TYPE_CHECKING, Any, Final

from recruitcheck.intake import labels, layout, palette
from recruitcheck.intake.cells import column_letters
from recruitcheck.intake.template_columns import Filled, Site
from recruitcheck.intake.template_look import FONT, Look
from recruitcheck.intake.template_single import Record, write_single
from recruitcheck.intake.template_start import Facts, StartSheet
from recruitcheck.intake.template_table import write_table
from recruitcheck.intake.template_values import CellText, check_known, single_answers, table_answers
from recruitcheck.rules.standard import FieldType, Section, Standard
from recruitcheck.text import Texts

if TYPE_CHECKING:
    from xlsxwriter.workbook import Workbook

PARTS: Final = ("audit", "annex")
KINDS: Final = ("agency", "employer")

#: the files carry no clock: the same questionnaire gives the same bytes
CREATED: Final = datetime(2026, 1, 1, tzinfo=UTC)


def write(
    standard: Standard,
    texts: Texts,
    *,
    part: str,
    kind: str | None,
    pairing: str,
    path_or_file: str | PathLike[str] | IO[bytes],
    build: str,
    values: Mapping[str, Any] | None = None,
    cell_text: CellText | None = None,
) -> None:
    """Writes the audit workbook or its annex in the language of ``texts``.

    ``kind`` leaves out what is not asked of an "agency" or an "employer"; None asks everything. ``values`` are
    answers in the form of a canonical submission; what belongs to the other part is passed over. ``cell_text``
    may replace each value just before it is written. Raises ValueError for an answer that has no cell here.
    """
    import xlsxwriter

    if part not in PARTS:
        raise ValueError(f"part {part!r} is not one of {', '.join(PARTS)}")
    if kind not in (None, *KINDS):
        raise ValueError(f"kind {kind!r} is not one of {', '.join(KINDS)}")
    answers = values or {}
    sections = standard.questionnaire.sections
    check_known(sections, answers)
    target = path_or_file if hasattr(path_or_file, "write") else str(path_or_file)
    options = {"in_memory": True, "default_format_properties": {"font_name": FONT, "font_size": 10}}
    with xlsxwriter.Workbook(target, options) as book:
        look = Look(book, texts)
        book.set_properties(_properties(standard, texts, part))
        book.set_size(1333, 800)
        facts = Facts(part, standard.id, standard.edition, standard.countries, kind, pairing, build)
        footer = f"{standard.id} {standard.edition} · {pairing}" if pairing else f"{standard.id} {standard.edition}"
        site = Site(look, texts, kind, footer, part == "annex", cell_text)
        start = book.add_worksheet(labels.sheet_title(texts.say("template.start.sheet")))
        start.set_tab_color("#" + palette.GREEN)
        chosen = [s for s in labels.sections_of(sections, part) if layout.asked_fields(s, kind)]
        filled = [_section(book, section, site, answers) for section in chosen]
        StartSheet(start, look, texts, facts, filled).write()
        _lists(book, site, chosen, standard)
        _meta(book, texts, facts)
        start.activate()


def _section(book: Workbook, section: Section, site: Site, answers: Mapping[str, Any]) -> Filled:
    sheet = book.add_worksheet(labels.sheet_name(site.texts, section.id))
    if section.confidential:
        sheet.set_tab_color("#" + palette.SAFFRON)
    if section.is_table:
        state, rows = table_answers(section, answers, site.kind)
        return write_table(sheet, section, site, state, rows)
    sheet.set_tab_color("#" + palette.GREEN_LINE)
    comments = (answers.get("comments") or {}).get(section.id) or {}
    return write_single(sheet, section, site, Record(single_answers(section, answers, site.kind), comments))


def _properties(standard: Standard, texts: Texts, part: str) -> dict[str, Any]:
    return {
        "title": texts.say(f"template.start.title_{part}"),
        "subject": standard.name,
        "author": "recruitcheck",
        "created": CREATED,
    }


# ---- what people do not see ------------------------------------------------------------------------------------------


def _lists(book: Workbook, site: Site, sections: Sequence[Section], standard: Standard) -> None:
    """The drop-downs: one column a list on a very hidden sheet, each behind a name."""
    sheet = book.add_worksheet(layout.LISTS)
    sheet.very_hidden()
    for column, (name, words) in enumerate(_list_words(site, sections, standard).items()):
        sheet.write_string(0, column, name)
        for row, word in enumerate(words, start=1):
            sheet.write_string(row, column, word)
        letters = column_letters(column + 1)
        book.define_name(name, f"={layout.LISTS}!${letters}$2:${letters}${len(words) + 1}")


def _list_words(site: Site, sections: Sequence[Section], standard: Standard) -> dict[str, list[str]]:
    texts = site.texts
    lists = {
        "state": [labels.state_word(texts, state) for state in layout.STATE_CHOICES],
        "yes_no": [labels.yes_no_word(texts, value=value) for value in (True, False)],
    }
    for section in sections:
        for asked in layout.asked_fields(section, site.kind):
            if asked.type is FieldType.CHOICE:
                lists[asked.choice_set] = [labels.choice_word(texts, asked, c.id) for c in asked.choices]
            elif asked.type is FieldType.COUNTRY:
                lists["country"] = [labels.country_word(texts, code) for code in labels.countries(texts.language)]
            if asked.type in (FieldType.MONEY, FieldType.CURRENCY):
                lists["currency"] = currencies(standard)
    return {layout.LIST_PREFIX + name: words for name, words in lists.items()}


def currencies(standard: Standard) -> list[str]:
    """The standard's own currency, those that its rates convert, then the others of the region."""
    rated = sorted({rate.currency for rate in standard.rates})
    known = [code for code in labels.CURRENCIES if code in rated] + [c for c in rated if c not in labels.CURRENCIES]
    return list(dict.fromkeys([standard.currency, *labels.CURRENCIES[:6], *known, *labels.CURRENCIES]))


def _meta(book: Workbook, texts: Texts, facts: Facts) -> None:
    """What the reader must know about the file, by ``layout.META_KEYS``."""
    known = {
        "schema": layout.SCHEMA,
        "standard": f"{facts.standard}@{facts.edition}",
        "language": texts.language,
        "countries": ",".join(facts.countries),
        "kind": facts.kind or "",
        "part": facts.part,
        "build": facts.build,
        "pairing": facts.pairing,
    }
    sheet = book.add_worksheet(layout.META)
    sheet.very_hidden()
    for row, key in enumerate(layout.META_KEYS):
        sheet.write_string(row, 0, key)
        if known[key]:
            sheet.write_string(row, 1, known[key])
