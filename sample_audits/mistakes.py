"""The sample ``forty-mistakes``: every mistake with the cell in which it was planted and the problem it must bring.

The workbooks are changed after the product's template has written them, cell by cell in their XML, as somebody in a
hurry would have typed. ``field`` is the machine name of the column (row 1) or of the row (column A), and is compared.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

from books import packed

AUDIT, ANNEX = "audit.xlsx", "annex.xlsx"


@dataclass(frozen=True)
class Mistake:
    """``typed`` stands in ``cell`` of ``sheet``; None empties it, "=…" is a formula nobody calculated.

    ``told`` is the cell that the problem names if it is another one: beside a missing currency, the amount.
    """

    file: str
    sheet: str
    cell: str
    field: str
    typed: str | int | float | None
    code: str
    told: str = ""

    @property
    def reported(self) -> str:
        return self.told or self.cell


@dataclass(frozen=True)
class Renamed:
    """A sheet that got another name, and may be hidden. ``copied``: without the hidden row by which it is known again.

    The problem names its first cell, or none.
    """

    file: str
    sheet: str
    to: str
    code: str
    reported: str = ""
    copied: bool = False
    hidden: bool = False


_ORGANISATION: Final = (
    Mistake(AUDIT, "Organisation", "C8", "kind", None, "required-missing"),
    Mistake(AUDIT, "Organisation", "C11", "licence_until", "2023-05-01", "date-order"),
    Mistake(AUDIT, "Organisation", "C14", "paid_capital", "300.000", "number-ambiguous"),
    Mistake(AUDIT, "Organisation", "C20", "address", "rue de l'Exemple, " * 120, "text-too-long"),
    Mistake(AUDIT, "Organisation", "C24", "migrants_employed", "aucun", "number-unreadable"),
    Mistake(AUDIT, "Organisation", "B41", "", "Chiffre d'affaires", "row-unknown", told="C41"),
    Mistake(AUDIT, "Organisation", "C41", "", "4 millions", "row-unknown"),
    Mistake(AUDIT, "Organisation", "A42", "", "tax_number", "row-twice", told="C42"),
    Mistake(AUDIT, "Organisation", "C42", "tax_number", "SAMPLE-ICE-0000", "row-twice"),
    Mistake(AUDIT, "Audit", "C8", "ended_on", "27/08/26", "date-unreadable"),
    Mistake(AUDIT, "Audit", "C11", "inspectors", "Service\u202e fictif", "text-control"),
    Mistake(AUDIT, "Audit", "C12", "hours_on_site", "trois jours", "number-unreadable"),
    Mistake(AUDIT, "Pratiques", "C9", "half_year_returns_filed", "en cours", "choice-unknown"),
    Mistake(AUDIT, "Pratiques", "C26", "age_verified", "parfois", "choice-unknown"),
)

_CONTRACTS: Final = (
    Mistake(AUDIT, "Contrats", "F5", "signed_on", "31/02/2026", "date-unreadable"),
    Mistake(AUDIT, "Contrats", "F6", "signed_on", "05/04/2026", "date-ambiguous"),
    Mistake(AUDIT, "Contrats", "J7", "departed_on", "2206-03-01", "date-range"),
    Mistake(AUDIT, "Contrats", "K8", "age_at_signing", "majeure", "number-unreadable"),
    Mistake(AUDIT, "Contrats", "K9", "age_at_signing", 340, "number-range"),
    Mistake(AUDIT, "Contrats", "I10", "hours_to_read", 23.5, "number-not-whole"),
    Mistake(AUDIT, "Contrats", "Z11", "offered_wage", "2.600", "number-ambiguous"),
    Mistake(AUDIT, "Contrats", "AA12", "offered_wage.currency", None, "currency-missing", told="Z12"),
    Mistake(AUDIT, "Contrats", "AB13", "signed_wage", None, "amount-missing", told="AC13"),
    Mistake(AUDIT, "Contrats", "AE14", "paid_wage.currency", "XYQ", "currency-unknown"),
    Mistake(AUDIT, "Contrats", "C15", "destination", "Golfe", "country-unknown"),
    Mistake(AUDIT, "Contrats", "D16", "written", "en partie", "yes-no-unreadable"),
    Mistake(AUDIT, "Contrats", "L17", "terms_present:workplace", "voir annexe", "yes-no-unreadable"),
    Mistake(AUDIT, "Contrats", "B18", "contract_ref", "C03", "key-twice"),
    Mistake(AUDIT, "Contrats", "B19", "contract_ref", None, "key-missing"),
    Mistake(AUDIT, "Contrats", "AF20", "signed_hours", "=8*6", "formula-no-value"),
    Mistake(AUDIT, "Contrats", "AG21", "actual_hours", "#DIV/0!", "cell-error"),
    Mistake(AUDIT, "Contrats", "Z22", "offered_wage", "2600,12345", "number-too-fine"),
)

_TABLES: Final = (
    Mistake(AUDIT, "Annonces d'emploi", "D4", "channel", "radio", "choice-unknown"),
    Mistake(AUDIT, "Annonces d'emploi", "F5", "fee_notice", "on verra", "choice-unknown"),
    Mistake(AUDIT, "Annonces d'emploi", "I2", "", "Remarques", "column-unknown"),
    Mistake(AUDIT, "Annonces d'emploi", "J2", "", "Parue le", "column-twice"),
    Mistake(AUDIT, "Annonces d'emploi", "L9", "", "à vérifier avec le client", "cell-outside"),
    Mistake(AUDIT, "Paie", "A3", "_state", "presque finie", "state-unknown"),
    Mistake(AUDIT, "Paie", "C4", "worker_sex", "les deux", "choice-unknown"),
    Mistake(AUDIT, "Paie", "L5", "gross", -2600, "number-range"),
    Mistake(AUDIT, "Paie", "L6", "gross", "environ 2700", "number-unreadable"),
    Mistake(AUDIT, "Paie", "G7", "paid_on", "fin du mois", "date-unreadable"),
    Mistake(AUDIT, "Paie", "H8", "normal_hours", 200, "number-range"),
    Mistake(AUDIT, "Sous-agents", "A3", "_state", "Rien à signaler", "none-with-rows"),
    Mistake(AUDIT, "Sous-agents", "G3", "checked_on", 45, "date-range"),
    Mistake(AUDIT, "Plaintes", "E4", "closed_on", "2025-01-02", "date-order"),
    Mistake(AUDIT, "Plaintes", "D5", "acknowledged_on", "2025-02-13", "date-order"),
    Mistake(AUDIT, "Plaintes", "J6", "reprisal", "oui/non", "choice-unknown"),
    Mistake(AUDIT, "Orientation", "AE3", "women_present", "une douzaine", "number-unreadable"),
    Mistake(AUDIT, "Orientation", "AC4", "language_understood", "arabe", "yes-no-unreadable"),
    Mistake(AUDIT, "Orientation", "AG5", "cost_to_worker", "gratuit", "number-unreadable"),
)

_ANNEX: Final = (
    Mistake(ANNEX, "Entretiens", "B5", "worker", "Prénom Inventé", "personal-data"),
    Mistake(ANNEX, "Entretiens", "F6", "language", "06 00 00 00 00", "personal-data"),
    Mistake(ANNEX, "Entretiens", "C9", "stratum", "six mois", "choice-unknown"),
    Mistake(ANNEX, "Entretiens", "H10", "paid_fee", "un peu", "choice-unknown"),
    Mistake(ANNEX, "Entretiens", "B11", "worker", "w07", "key-twice", told="B12"),
    Mistake(ANNEX, "Entretiens", "B12", "worker", "W07", "key-twice"),
    Mistake(ANNEX, "Registre des frais", "B4", "worker", "personne@exemple.ma", "personal-data"),
    Mistake(ANNEX, "Registre des frais", "C5", "fee_code", "RF-99", "choice-unknown"),
    Mistake(ANNEX, "Registre des frais", "F7", "amount", -450, "number-range"),
    Mistake(ANNEX, "Registre des frais", "H8", "paid_on", "03/04/2026", "date-ambiguous"),
)

MISTAKES: Final = (*_ORGANISATION, *_CONTRACTS, *_TABLES, *_ANNEX)

RENAMED: Final = (
    Renamed(AUDIT, "Mesures correctives", "À faire", "sheet-unknown", reported="A2", copied=True),
    Renamed(AUDIT, "Pièces justificatives", "Brouillon", "sheet-hidden", reported="A2", copied=True, hidden=True),
    Renamed(AUDIT, "Logement", "Payroll", "sheet-twice"),
)


# ---- into the files --------------------------------------------------------------------------------------------------

_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_DECLARED: Final = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def plant(folder: Path) -> None:
    """Puts every mistake into the two workbooks of that folder."""
    Xml.register_namespace("", _MAIN)
    Xml.register_namespace("r", _RELATIONS)
    for file in (AUDIT, ANNEX):
        _plant(folder / file, [m for m in MISTAKES if m.file == file], [r for r in RENAMED if r.file == file])


def _plant(path: Path, mistakes: list[Mistake], renamed: list[Renamed]) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    names = [sheet.attrib["name"] for sheet in Xml.fromstring(parts["xl/workbook.xml"]).iter(f"{{{_MAIN}}}sheet")]
    strings = ["".join(item.itertext()) for item in Xml.fromstring(parts["xl/sharedStrings.xml"])]
    for number, name in enumerate(names, start=1):
        here = [mistake for mistake in mistakes if mistake.sheet == name]
        if here:
            part = f"xl/worksheets/sheet{number}.xml"
            sheet = _Sheet(Xml.fromstring(parts[part]), strings)
            for mistake in here:
                sheet.put(mistake)
            parts[part] = _DECLARED + Xml.tostring(sheet.root)
    for change in renamed:
        if change.copied:
            part = f"xl/worksheets/sheet{names.index(change.sheet) + 1}.xml"
            parts[part] = re.sub(rb'<row r="1" .*?</row>', b"", parts[part], count=1)
        for part in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
            parts[part] = _renamed(parts[part].decode(), change).encode()
    packed(path, [(name, data, True) for name, data in parts.items()])


def _renamed(text: str, change: Renamed) -> str:
    state = ' state="hidden"' if change.hidden else ""
    text = text.replace(f'<sheet name="{change.sheet}"', f'<sheet name="{change.to}"{state}')
    return re.sub(f"('?){re.escape(change.sheet)}\\1!", f"'{change.to}'!", text)


class _Sheet:
    """One worksheet's XML."""

    def __init__(self, root: Xml.Element, strings: list[str]) -> None:
        self.root, self.strings = root, strings
        data = root.find(f"{{{_MAIN}}}sheetData")
        assert data is not None
        self.data = data

    def put(self, mistake: Mistake) -> None:
        """Types one mistake, after a look at whether its cell is the one that is meant."""
        letters, number = re.fullmatch(r"([A-Z]+)(\d+)", mistake.cell).groups()  # type: ignore[union-attr]
        known = {self.text(f"{letters}1"), self.text(f"A{number}")}
        assert not mistake.field or mistake.field in known, (mistake, known)
        cell = self.cell(letters, int(number))
        style = cell.get("s")
        address = cell.attrib["r"]
        cell.clear()
        cell.set("r", address)
        if style:
            cell.set("s", style)
        typed = mistake.typed
        if typed is None:
            return
        if not isinstance(typed, str):
            self.add(cell, "v", str(typed))
        elif typed.startswith("="):
            self.add(cell, "f", typed[1:])
        elif typed.startswith("#"):
            cell.set("t", "e")
            self.add(cell, "v", typed)
        else:
            cell.set("t", "inlineStr")
            self.add(self.add(cell, "is", None), "t", typed)

    @staticmethod
    def add(parent: Xml.Element, tag: str, text: str | None) -> Xml.Element:
        made = Xml.SubElement(parent, f"{{{_MAIN}}}{tag}")
        made.text = text
        return made

    def text(self, address: str) -> str:
        """What stands in a cell as text, "" if nothing does."""
        for cell in self.data.iter(f"{{{_MAIN}}}c"):
            if cell.get("r") == address:
                found = "".join(cell.itertext())
                return self.strings[int(found)] if cell.get("t") == "s" else found
        return ""

    def cell(self, letters: str, number: int) -> Xml.Element:
        """The cell, made in its place if it is not there."""
        row = self._place(self.data, "row", str(number), lambda found: int(found) - number)
        row.attrib.pop("spans", None)  # optional, and no longer true
        key = (len(letters), letters)

        def order(found: str) -> int:
            other = re.sub(r"\d", "", found)
            return ((len(other), other) > key) - ((len(other), other) < key)

        return self._place(row, "c", f"{letters}{number}", order)

    @staticmethod
    def _place(parent: Xml.Element, tag: str, name: str, order: Callable[[str], int]) -> Xml.Element:
        for place, found in enumerate(parent):
            side = order(found.attrib["r"])
            if side == 0:
                return found
            if side > 0:
                made = Xml.Element(f"{{{_MAIN}}}{tag}", {"r": name})
                parent.insert(place, made)
                return made
        return Xml.SubElement(parent, f"{{{_MAIN}}}{tag}", {"r": name})
