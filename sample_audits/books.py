"""Writes a record as people send it: workbook and annex, one .ods, a zip of .csv files, canonical JSON.

Nothing here has a clock: the same record gives the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

from records import COUNTRIES, STANDARD, Record, Story

from recruitcheck import library
from recruitcheck.intake import labels, layout, template
from recruitcheck.intake.template_values import CellText, cells_of
from recruitcheck.rules.resolve import resolve
from recruitcheck.rules.standard import Section, Standard
from recruitcheck.submission import SCHEMA, canonical_bytes, from_json

_OLD: Final = (1980, 1, 1, 0, 0, 0)
Line = list[object]


def standard() -> Standard:
    return resolve(library.load(STANDARD), COUNTRIES)


def pairing(story: Story) -> str:
    digest = hashlib.sha256(story.id.encode()).hexdigest().upper()
    return "-".join(digest[at : at + 4] for at in (0, 4, 8))


def build() -> str:
    digest = library.digests(STANDARD)
    return digest["rules"][7:15] + digest["text"][7:15]


def workbook(
    folder: Path,
    story: Story,
    record: Record,
    *,
    cell_text: CellText | None = None,
    parts: Iterable[str] = template.PARTS,
) -> None:
    """``audit.xlsx`` and ``annex.xlsx`` in that folder, made by the product's own template."""
    rules = standard()
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts:
        template.write(
            rules,
            library.texts(rules, story.language),
            part=part,
            kind=story.kind,
            pairing=pairing(story),
            path_or_file=folder / f"{part}.xlsx",
            build=build(),
            values=record,
            cell_text=cell_text,
        )


def submission_json(path: Path, story: Story, record: Record) -> None:
    """Canonical JSON, as the convert command writes it."""
    envelope = {"schema": SCHEMA, "standard": STANDARD, "countries": list(COUNTRIES), **record}
    submission, problems = from_json(envelope, path.name, standard())
    assert not problems, (story.id, problems)
    path.write_bytes(canonical_bytes(submission.canonical()) + b"\n")


# ---- sheets as plain lines, for .ods and .csv ------------------------------------------------------------------------


def sheets(story: Story, record: Record) -> Iterator[tuple[Section, str, list[Line]]]:
    """(section, name of its sheet, lines) as the template lays them out: names, labels, answers."""
    rules = standard()
    texts = library.texts(rules, story.language)
    for section in rules.questionnaire.sections:
        columns = [(f, name) for f in layout.asked_fields(section, story.kind) for name in layout.column_names(f)]
        heads: list[object] = [labels.heading_text(texts, f, name) for f, name in columns]
        if section.is_table:
            part = record["sections"][section.id]
            lines: list[Line] = [
                [layout.STATE, *(name for _, name in columns)],
                [texts.say("template.state.heading"), *heads],
            ]
            state: object = labels.state_word(texts, part["state"])
            for row in part["rows"]:
                cells: dict[str, object] = {}
                for f in layout.asked_fields(section, story.kind):
                    cells |= cells_of(f, row.get(f.id), texts)
                lines.append([state, *(cells.get(name) for _, name in columns)])
                state = None
            if state:
                lines.append([state])
        else:
            words = [texts.say(f"template.{key}_heading") for key in ("label", "answer", "comment", "seek")]
            lines = [list(layout.SINGLE_COLUMNS), ["", *words]]
            for (f, name), head in zip(columns, heads, strict=True):
                value = cells_of(f, record[section.id].get(f.id), texts).get(name)
                lines.append([name, " ".join(str(head).split()), value])
        yield section, labels.sheet_name(texts, section.id), lines


def meta(story: Story) -> list[Line]:
    """The lines of the very hidden sheet. One file that holds everything names no part."""
    known = {
        "schema": layout.SCHEMA,
        "standard": STANDARD,
        "language": story.language,
        "countries": ",".join(COUNTRIES),
        "kind": story.kind,
        "part": "",
        "build": build(),
        "pairing": pairing(story),
    }
    return [[key, known[key]] for key in layout.META_KEYS]


def packed(path: Path, files: Iterable[tuple[str, bytes, bool]]) -> None:
    """A zip of (name, content, whether to compress) with no clock in it."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data, compress in files:
            info = zipfile.ZipInfo(name, _OLD)
            info.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)


# ---- .csv ------------------------------------------------------------------------------------------------------------


def csv_zip(path: Path, story: Story, record: Record) -> None:
    """One .csv a sheet with semicolons, as two computers export them: cp1256 here, UTF-8 with a mark there.

    The tables come without the hidden row of names: people export what they see.
    """
    files = [("_meta.csv", _csv(meta(story)).encode("utf-8-sig"), True)]
    for place, (section, _, lines) in enumerate(sheets(story, record)):
        text = _csv(lines[1:] if section.is_table else lines)
        encoding = "cp1256" if place % 2 and _fits(text) else "utf-8-sig"
        files.append((f"{section.id}.csv", text.encode(encoding), True))
    packed(path, files)


def _fits(text: str) -> bool:
    try:
        text.encode("cp1256")
    except UnicodeEncodeError:
        return False
    return True


def _csv(lines: Iterable[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerows([["" if value is None else str(value) for value in line] for line in lines])
    return out.getvalue()


# ---- .ods ------------------------------------------------------------------------------------------------------------

_MIMETYPE: Final = "application/vnd.oasis.opendocument.spreadsheet"
_MANIFEST: Final = f"""<?xml version="1.0" encoding="UTF-8"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.3">
<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{_MIMETYPE}"/>
<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>
</manifest:manifest>
"""
_HEAD: Final = """<?xml version="1.0" encoding="UTF-8"?>
<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
 xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0" office:version="1.3">
<office:automatic-styles>
<number:date-style style:name="iso"><number:year number:style="long"/><number:text>-</number:text>
<number:month number:style="long"/><number:text>-</number:text><number:day number:style="long"/></number:date-style>
<style:style style:name="shown" style:family="table"><style:table-properties table:display="true"/></style:style>
<style:style style:name="hidden" style:family="table"><style:table-properties table:display="false"/></style:style>
<style:style style:name="column" style:family="table-column">
<style:table-column-properties style:column-width="3.2cm"/></style:style>
<style:style style:name="wide" style:family="table-column">
<style:table-column-properties style:column-width="9cm"/></style:style>
<style:style style:name="row" style:family="table-row">
<style:table-row-properties style:use-optimal-row-height="true"/></style:style>
<style:style style:name="head" style:family="table-cell">
<style:table-cell-properties fo:background-color="#dfeee7" fo:wrap-option="wrap"/>
<style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="text" style:family="table-cell">
<style:table-cell-properties fo:wrap-option="wrap"/></style:style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="iso"/>
</office:automatic-styles>
<office:body><office:spreadsheet>
"""
_TAIL: Final = "</office:spreadsheet></office:body></office:document-content>\n"


def ods(path: Path, story: Story, record: Record) -> None:
    """One OpenDocument workbook with every sheet, as LibreOffice would save it."""
    body = [_HEAD]
    for section, name, lines in sheets(story, record):
        body.append(_ods_table(name, lines, single=not section.is_table))
    body += [_ods_table(layout.META, meta(story), single=False, style="hidden"), _TAIL]
    files = (
        ("mimetype", _MIMETYPE.encode(), False),  # first and not compressed: that is how the format is told
        ("META-INF/manifest.xml", _MANIFEST.encode(), True),
        ("content.xml", "".join(body).encode(), True),
    )
    packed(path, files)


def _ods_table(name: str, lines: list[Line], *, single: bool, style: str = "shown") -> str:
    width = max(map(len, lines))
    out = [f"<table:table table:name={quoteattr(name)} table:style-name={quoteattr(style)}>"]
    if single:
        out += [
            '<table:table-column table:style-name="column" table:visibility="collapse"/>',
            '<table:table-column table:style-name="wide"/>',
            '<table:table-column table:style-name="column" table:number-columns-repeated="3"/>',
        ]
    else:
        out.append(f'<table:table-column table:style-name="column" table:number-columns-repeated="{width}"/>')
    for number, line in enumerate(lines, start=1):
        folded = ' table:visibility="collapse"' if number == layout.NAME_ROW and style == "shown" else ""
        head = number == layout.LABEL_ROW and style == "shown"
        cells = "".join(_ods_cell(value, head=head) for value in line)
        out.append(f'<table:table-row table:style-name="row"{folded}>{cells}</table:table-row>\n')
    out.append("</table:table>\n")
    return "".join(out)


def _ods_cell(value: Any, *, head: bool) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, date):
        return (
            f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    if isinstance(value, int | Decimal):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}">'
            f"<text:p>{value}</text:p></table:table-cell>"
        )
    style = "head" if head else "text"
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f'<table:table-cell table:style-name="{style}" office:value-type="string">{lines}</table:table-cell>'
