"""What an .xlsx may contain: its parts, what they claim to be, what they point at, and how large they are."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from recruitcheck.intake import limits
from recruitcheck.intake.container import Container, Meter, Part
from recruitcheck.intake.limits import over, problem, refusal
from recruitcheck.intake.markup import (
    Attributes,
    Calls,
    Elements,
    MarkupError,
    Start,
    looks_like_xml,
    walk,
    without_dtd,
)
from recruitcheck.intake.worksheet import MAIN, Strings, Worksheets, is_dde
from recruitcheck.problem import Problem, ProblemError

CONTENT_TYPES: Final = "[Content_Types].xml"
_MAIN: Final = (
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml",
)
_STRINGS: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_STYLES: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"
_RELATION_ID: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships id"
_STRICT: Final = "http://purl.oclc.org/ooxml/"

#: words in a content type, a relationship type or a part's name -> the code and what it is
_FORBIDDEN: Final = (
    (re.compile(r"macroEnabled|vbaProject|vbaData|macrosheet|attachedToolbars", re.I), "file-macros", "macro"),
    (re.compile(r"externalLink|externalReference", re.I), "file-external", "link"),
    (re.compile(r"oleObject|activeX|embeddings/|relationships/(?:package|control)$", re.I), "file-external", "object"),
    (re.compile(r"queryTable|connections(?:\.xml|\+xml|$)|xl/model/|powerPivot", re.I), "file-external", "connection"),
)
_ARCHIVES: Final = (b"PK\3\4", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\xfd7zXZ", b"BZh")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STYLE_ELEMENTS: Final = ("xf", "font", "fill", "border", "dxf", "cellStyle")


@dataclass(slots=True)
class Findings:
    """What the gate saw: reasons for refusal that need not stop the look, whether a formula exists, which sheets."""

    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)
    formulas: bool = False
    sheets: list[str] | None = None

    def add(self, code: str, what: str, part: str, *, sheet: str = "", cell: str = "") -> None:
        """One problem for each kind of thing, at the first place that has it."""
        self.problems.setdefault((code, what), problem(code, sheet=sheet, cell=cell, what=what, part=part))

    def settle(self) -> None:
        """Raises ProblemError with everything that was found."""
        if self.problems:
            raise ProblemError(*self.problems.values())


@dataclass(slots=True)
class _Package:
    """What the parts say about each other."""

    types: dict[str, str] = field(default_factory=dict)
    relations: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    sheets: list[tuple[str, str]] = field(default_factory=list)
    roots: dict[str, str] = field(default_factory=dict)
    workbook: str = ""
    targets: dict[str, str] = field(default_factory=dict)


def flavour(types: bytes) -> str:
    """What kind of Office file the content types belong to: "xlsx", "xlsm", "xlsb", "docx", "pptx" or ""."""
    for words, kind in (
        (b"sheet.binary", "xlsb"),
        (b"ms-excel.sheet.macroEnabled", "xlsm"),
        (b"ms-excel.template.macroEnabled", "xlsm"),
        (b"ms-excel.addin", "xlsm"),
        (b"spreadsheetml", "xlsx"),
        (b"wordprocessingml", "docx"),
        (b"presentationml", "pptx"),
    ):
        if words in types:
            return kind
    return ""


def forbid(findings: Findings, text: str, part: str) -> None:
    """Note the problem if a name or a type is that of something that may not be in a file."""
    for words, code, what in _FORBIDDEN:
        if words.search(text):
            findings.add(code, what, part)


def forbid_nested(findings: Findings, head: bytes, part: str) -> None:
    """Note an archive or an embedded object by its first bytes."""
    if head.startswith(_ARCHIVES):
        findings.add("file-parts", "nested", part)
    elif head.startswith(_OLE):
        findings.add("file-external", "object", part)


def inspect(container: Container) -> Findings:
    """Every part inflated and walked once, within bounds.

    Raises ProblemError for what makes it pointless to go on; other problems are in the findings.
    """
    look = _Look(container)
    parts = [part for part in container.parts if not part.is_folder]
    first = [part for part in parts if part.name == CONTENT_TYPES or part.name.endswith(".rels")]
    for part in first:
        look.part(part)
    look.find_workbook()
    for part in sorted((part for part in parts if part not in first), key=look.order):
        look.part(part)
        if part.name == look.package.workbook:
            look.resolve_sheets()
    look.check_roles()
    return look.findings


class _Look:
    """One look at one package."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.package = _Package()
        self.findings = Findings()
        self.meter, self.elements = Meter(), Elements()
        self.strings = Strings()
        self.worksheets = Worksheets(self.strings)
        self.current = ""
        self.styles = self.formats = self.defined_names = 0
        self.definition: list[str] | None = None

    def order(self, part: Part) -> int:
        """The workbook first, then its strings."""
        if part.name == self.package.workbook:
            return 0
        return 1 if self.package.types.get(part.name) == _STRINGS else 2

    def part(self, part: Part) -> None:
        """Inflate one part; walk it if it is XML."""
        forbid(self.findings, part.name, part.name)
        self.current = part.name
        chunks = without_dtd(self.container.stream(part, self.meter), part.name)
        head = next(chunks, b"")
        forbid_nested(self.findings, head, part.name)
        if looks_like_xml(head):
            try:
                self.package.roots[part.name] = walk(chain((head,), chunks), part.name, self.elements, self._calls)
            except MarkupError:
                if not part.name.lower().endswith(".vml"):  # Excel's own drawings of comments need not be XML
                    raise refusal("file-damaged", reason="xml", part=part.name) from None
        for _ in chunks:
            pass

    def _calls(self, root: str) -> Calls:
        """What a part is goes by its first element, whatever the part is called."""
        uri, _, name = root.rpartition(" ")
        match name:
            case "worksheet" if uri == MAIN:
                self.worksheets.begin(self.package.targets.get(self.current, ""))
                return self.worksheets.calls
            case "sst" if uri == MAIN:
                return self.strings.calls()
            case "workbook":
                if uri.startswith(_STRICT):
                    raise refusal("file-kind-unknown", found="strict-xlsx")
                start: Mapping[str, Start] = {
                    "sheet": self._sheet,
                    "definedName": self._name_opened,
                }
                return Calls(start, {"definedName": self._name_closed}, self._name_said, anywhere=True)
            case "styleSheet":
                return Calls(dict.fromkeys(_STYLE_ELEMENTS, self._style) | {"numFmt": self._format}, anywhere=True)
            case "Types":
                return Calls({"Override": self._type, "Default": self._type}, anywhere=True)
            case "Relationships":
                return Calls({"Relationship": self._relation}, anywhere=True)
            case "externalLink":
                return Calls({"ddeLink": self._dde, "oleLink": self._dde}, anywhere=True)
        return Calls()

    def _type(self, attributes: Attributes) -> None:
        kind, name = attributes.get("ContentType", ""), attributes.get("PartName", "")
        forbid(self.findings, kind, name or self.current)
        if not name:
            name = "*." + attributes.get("Extension", "")
        if len(self.package.types) >= limits.MAX_RELATIONS:
            raise over("relations", limits.MAX_RELATIONS, limits.MAX_RELATIONS + 1)
        if name in self.package.types:
            raise refusal("file-damaged", reason="type-twice", part=name)
        self.package.types[name.removeprefix("/")] = kind

    def _relation(self, attributes: Attributes) -> None:
        kind, target = attributes.get("Type", ""), attributes.get("Target", "")
        forbid(self.findings, kind, self.current)
        if attributes.get("TargetMode") == "External" and not kind.endswith("/hyperlink"):
            self.findings.add("file-external", "link", self.current)
        relations = self.package.relations.setdefault(self.current, {})
        if len(relations) >= limits.MAX_RELATIONS:
            raise over("relations", limits.MAX_RELATIONS, limits.MAX_RELATIONS + 1)
        key = attributes.get("Id", "")
        if not key or key in relations:
            raise refusal("file-damaged", reason="relation", part=self.current)
        relations[key] = (kind, target)

    def _sheet(self, attributes: Attributes) -> None:
        self.package.sheets.append((attributes.get("name", ""), attributes.get(_RELATION_ID, "")))
        if len(self.package.sheets) > limits.MAX_SHEETS:
            raise over("sheets", limits.MAX_SHEETS, len(self.package.sheets))

    def _name_opened(self, attributes: Attributes) -> None:
        self.defined_names += 1
        if self.defined_names > limits.MAX_DEFINED_NAMES:
            raise over("defined-names", limits.MAX_DEFINED_NAMES, self.defined_names)
        if attributes.get("xlm") in ("1", "true") or attributes.get("vbProcedure") in ("1", "true"):
            self.findings.add("file-macros", "macro", self.current)
        self.definition = []

    def _name_said(self, text: str) -> None:
        if self.definition is not None:
            self.definition.append(text)

    def _name_closed(self) -> None:
        if is_dde("".join(self.definition or ())):
            self.findings.add("file-external", "dde", self.current)
        self.definition = None

    def _style(self, _: Attributes) -> None:
        self.styles += 1
        if self.styles > limits.MAX_STYLES:
            raise over("styles", limits.MAX_STYLES, self.styles)

    def _format(self, attributes: Attributes) -> None:
        self.formats += 1
        if self.formats > limits.MAX_FORMATS:
            raise over("formats", limits.MAX_FORMATS, self.formats)
        length = len(attributes.get("formatCode", ""))
        if length > limits.MAX_FORMAT:  # openpyxl's patterns for dates are quadratic in it
            raise over("format", limits.MAX_FORMAT, length)

    def _dde(self, _: Attributes) -> None:
        self.findings.add("file-external", "dde", self.current)

    def find_workbook(self) -> None:
        """The one workbook part, found as the spreadsheet library finds it."""
        types = self.package.types
        found = [name for name, kind in types.items() if kind in _MAIN and not name.startswith("*.")]
        if not found and any(kind in _MAIN for kind in types.values()):
            found = ["xl/workbook.xml"]
        if len(found) > 1 or sum(kind == _STRINGS for kind in types.values()) > 1:
            raise refusal("file-damaged", reason="part-shared", part=found[-1] if found else CONTENT_TYPES)
        if not found:
            self.findings.settle()  # a macro workbook has a main part of another type
            raise refusal("file-damaged", reason="part-missing", part="xl/workbook.xml")
        self.package.workbook = found[0]

    def resolve_sheets(self) -> None:
        """Which part holds which sheet; no two the same, none missing."""
        folder, name = posixpath.split(self.package.workbook)
        relations = self.package.relations.get(posixpath.join(folder, "_rels", f"{name}.rels"), {})
        if not self.package.sheets:
            raise refusal("file-damaged", reason="part-missing", part=self.package.workbook)
        for sheet, relation in self.package.sheets:
            kind, target = relations.get(relation, ("", ""))
            path = target[1:] if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            if kind.rpartition("/")[2] == "chartsheet":
                continue
            if kind.rpartition("/")[2] != "worksheet" or self.container.find(path) is None:
                raise refusal("file-damaged", reason="part-missing", sheet=sheet, part=path)
            if path in self.package.targets:
                raise refusal("file-damaged", reason="part-shared", sheet=sheet, part=path)
            self.package.targets[path] = sheet

    def check_roles(self) -> None:
        """Every part is read as what it is: what the library takes for a sheet was walked as a sheet."""
        roles = dict.fromkeys(self.package.targets, "worksheet") | {self.package.workbook: "workbook"}
        for name, kind in self.package.types.items():
            if kind in (_STRINGS, _STYLES):
                roles[name] = "sst" if kind == _STRINGS else "styleSheet"
        for name, root in roles.items():
            if self.package.roots.get(name) != f"{MAIN} {root}":
                raise refusal("file-damaged", reason="part-missing", part=name)
        if self.worksheets.dde:
            sheet, cell = self.worksheets.dde
            self.findings.add("file-external", "dde", "", sheet=sheet, cell=cell)
        self.findings.formulas = self.worksheets.has_formula
        self.findings.sheets = list(self.package.targets.values())
