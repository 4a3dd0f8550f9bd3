"""What an .ods may contain: its parts and the elements that run, fetch or hide something."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import chain
from typing import Final

from recruitcheck.intake import ods
from recruitcheck.intake.container import Container, Meter, Part
from recruitcheck.intake.limits import refusal
from recruitcheck.intake.markup import Attributes, Calls, Elements, MarkupError, looks_like_xml, walk, without_dtd
from recruitcheck.intake.ooxml import Findings, forbid_nested
from recruitcheck.intake.worksheet import is_dde

MIMETYPE: Final = "mimetype"
SPREADSHEET: Final = b"application/vnd.oasis.opendocument.spreadsheet"
MANIFEST: Final = "META-INF/manifest.xml"
CONTENT: Final = "content.xml"

_HREF: Final = "http://www.w3.org/1999/xlink href"
_MACRO_PART: Final = re.compile(r"(?:Basic|Scripts|Dialogs)/(?!.*-l[bc]\.xml$).*[^/]$", re.I)
_REMOTE: Final = re.compile(r"(?!vnd\.sun\.star\.Package:)[a-z][a-z0-9+.-]*:|//|\\\\|\.\./", re.I)

#: elements by their name without prefix -> what they are
_EXTERNAL: Final = {
    "dde-link": "dde",
    "dde-links": "dde",
    "dde-source": "dde",
    "dde-connection-decl": "dde",
    "object-ole": "object",
    "plugin": "object",
    "applet": "object",
    "floating-frame": "object",
    "table-source": "link",
    "cell-range-source": "link",
    "database-source-sql": "connection",
    "database-source-query": "connection",
    "database-source-table": "connection",
    "source-service": "connection",
}
_MACROS: Final = ("event-listener", "module", "library-embedded", "library-linked")
_LINKED: Final = ("object", "image", "fill-image")


def inspect(container: Container) -> Findings:
    """Every part inflated and walked once, the cells of the content once more, within bounds.

    Raises ProblemError for what makes it pointless to go on; other problems are in the findings.
    """
    look = _Look(container)
    for part in sorted((p for p in container.parts if not p.is_folder), key=lambda p: p.name != MANIFEST):
        look.part(part)
        if part.name == MANIFEST:
            look.findings.settle()  # encrypted parts are neither XML nor anything else
    look.findings.settle()
    content = container.find(CONTENT)
    if content is None or look.roots.get(CONTENT) != ods.OFFICE + "document-content":
        raise refusal("file-damaged", reason="part-missing", part=CONTENT)
    look.findings.formulas = ods.count(container.stream(content, Meter()))
    return look.findings


class _Look:
    """One look at one package."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.findings = Findings()
        self.meter, self.elements = Meter(), Elements()
        self.roots: dict[str, str] = {}
        self.current = ""
        self.in_script = False

    def part(self, part: Part) -> None:
        """Inflate one part; walk it if it is XML."""
        if _MACRO_PART.match(part.name):
            self.findings.add("file-macros", "macro", part.name)
        self.current = part.name
        chunks = without_dtd(self.container.stream(part, self.meter), part.name)
        head = next(chunks, b"")
        forbid_nested(self.findings, head, part.name)
        if looks_like_xml(head):
            try:
                self.roots[part.name] = walk(chain((head,), chunks), part.name, self.elements, self._calls)
            except MarkupError:
                raise refusal("file-damaged", reason="xml", part=part.name) from None
        for _ in chunks:
            pass

    def _calls(self, _root: str) -> Calls:
        start: dict[str, Callable[[Attributes], None]] = {
            "encryption-data": lambda _: self.findings.add("file-encrypted", "ods", self.current),
            "table-cell": self._cell,
            "script": self._script,
        }
        for name, what in _EXTERNAL.items():
            start[name] = self._external(what)
        for name in _MACROS:
            start[name] = lambda _: self.findings.add("file-macros", "macro", self.current)
        for name in _LINKED:
            start[name] = self._linked
        return Calls(start, {"script": self._script_closed}, self._said, anywhere=True)

    def _external(self, what: str) -> Callable[[Attributes], None]:
        return lambda _: self.findings.add("file-external", what, self.current)

    def _linked(self, attributes: Attributes) -> None:
        if _REMOTE.match(attributes.get(_HREF, "")):
            self.findings.add("file-external", "link", self.current)

    def _cell(self, attributes: Attributes) -> None:
        formula = attributes.get(ods.TABLE + "formula", "")
        # in an OpenFormula array the bar parts rows; in Excel's own notation it means DDE
        if formula and (is_dde(formula) if formula.startswith("msoxl:") else is_dde(formula.replace("|", ";"))):
            self.findings.add("file-external", "dde", self.current)

    def _script(self, _: Attributes) -> None:
        self.in_script = True

    def _script_closed(self) -> None:
        self.in_script = False

    def _said(self, text: str) -> None:
        if self.in_script and not text.isspace():
            self.findings.add("file-macros", "macro", self.current)
