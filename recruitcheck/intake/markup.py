"""One XML part through expat, streaming, with every way of making that expensive cut off.

No DTD in any encoding, no endless tag, attribute, nesting, or supply of new names. What the elements
mean is the caller's: it hands in what to call at which element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.parsers import expat

from recruitcheck.intake import limits
from recruitcheck.intake.limits import over, refusal

Attributes = dict[str, str]
Start = Callable[[Attributes], None]
End = Callable[[], None]

_ENCODINGS: Final = frozenset({"utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "us-ascii", "ascii", "iso-8859-1"})
#: a DTD or an entity as bytes of UTF-8, UTF-16 or UTF-32, either way round
_DTD: Final = re.compile(rb"<(\0{0,3})!\1(?:D\1O\1C\1T\1Y\1P\1E|E\1N\1T\1I\1T\1Y|E\1L\1E\1M\1E\1N\1T)")
_DTD_LENGTH: Final = 40
_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"\xff\xfe", b"\xfe\xff")


class MarkupError(Exception):
    """The part is not well-formed XML."""


@dataclass(slots=True)
class Elements:
    """Elements met so far in one file."""

    count: int = 0


def _nothing(_: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Calls:
    """What to call at an element's start (with its attributes), at its end, and for text anywhere.

    Elements are named "uri name", or by the bare name if they are meant in any namespace.
    """

    start: Mapping[str, Start] = field(default_factory=dict)
    end: Mapping[str, End] = field(default_factory=dict)
    text: Callable[[str], None] = _nothing
    anywhere: bool = False


class _ByName(dict[str, "Callable[..., None] | None"]):
    """What to call for an element's full name, looked up once by the name that was asked for."""

    def __init__(self, wanted: Mapping[str, Callable[..., None]], *, anywhere: bool) -> None:
        super().__init__()
        self._wanted, self._anywhere = wanted, anywhere

    def __missing__(self, name: str) -> Callable[..., None] | None:
        found = self._wanted.get(name.rpartition(" ")[2] if self._anywhere else name)
        self[name] = found
        return found


def looks_like_xml(head: bytes) -> bool:
    """True if the first visible character is "<", in any encoding of Unicode."""
    for mark in _MARKS:
        if head.startswith(mark):
            head = head[len(mark) :]
            break
    return head.lstrip(b" \t\r\n\0").startswith(b"<")


def without_dtd(chunks: Iterable[bytes], part: str) -> Iterator[bytes]:
    """The same chunks; raises ProblemError file-dtd at the first declaration, whatever encodes it."""
    tail = b""
    for chunk in chunks:
        if _DTD.search(tail + chunk):
            raise refusal("file-dtd", part=part)
        tail = chunk[-_DTD_LENGTH:]
        yield chunk


def walk(chunks: Iterable[bytes], part: str, elements: Elements, calls: Callable[[str], Calls]) -> str:
    """Make the ``calls`` for the part's elements; they are asked for with the name of the first one, "uri name".

    Returns that name. Raises MarkupError, and ProblemError file-dtd, file-limits or file-damaged (an
    encoding that no spreadsheet program writes).
    """
    state = _Walk(part, calls)
    parser = state.parser
    silent, before = 0, 0
    try:
        for chunk in chunks:
            state.fresh = True
            parser.Parse(chunk, False)
            if elements.count + state.met > limits.MAX_ELEMENTS:
                raise over("elements", limits.MAX_ELEMENTS, elements.count + state.met)
            # expat reads an unfinished tag again with every chunk: stop before that gets expensive
            silent = silent + len(chunk) if state.met + state.heard == before else 0
            before = state.met + state.heard
            if silent > limits.MAX_TAG:
                raise over("tag", limits.MAX_TAG, silent)
            if len(parser.intern) > limits.MAX_NAMES:
                raise over("names", limits.MAX_NAMES, len(parser.intern))
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_NO_MEMORY]:
            raise MemoryError from None
        raise MarkupError(str(error)) from None
    finally:
        elements.count += state.met
        state.let_go()
    return state.first


class _Walk:
    """One parser and what it has met."""

    def __init__(self, part: str, calls: Callable[[str], Calls]) -> None:
        self.part, self.calls = part, calls
        self.first = ""
        self.depth = self.met = self.heard = self.prefixes = 0
        self.fresh = False
        self.starts, self.ends = _ByName({}, anywhere=False), _ByName({}, anywhere=False)
        self.text: Callable[[str], None] = _nothing
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.buffer_size = limits.CHUNK
        self.parser.StartElementHandler = self.opened
        self.parser.EndElementHandler = self.closed
        self.parser.CharacterDataHandler = self.said
        self.parser.CommentHandler = self.parser.ProcessingInstructionHandler = self.other
        self.parser.XmlDeclHandler = self.declared
        self.parser.StartDoctypeDeclHandler = self.parser.EntityDeclHandler = self.doctype
        self.parser.StartNamespaceDeclHandler = self.prefix

    def let_go(self) -> None:
        """Break the circle of parser and handlers, for where nobody collects garbage."""
        self.parser.StartElementHandler = self.parser.EndElementHandler = self.parser.CharacterDataHandler = None
        self.parser.CommentHandler = self.parser.ProcessingInstructionHandler = self.parser.XmlDeclHandler = None
        self.parser.StartDoctypeDeclHandler = self.parser.EntityDeclHandler = None
        self.parser.StartNamespaceDeclHandler = None

    def begin(self, name: str) -> None:
        """The first element decides what to call."""
        self.first = name
        wanted = self.calls(name)
        self.starts = _ByName(wanted.start, anywhere=wanted.anywhere)
        self.ends = _ByName(wanted.end, anywhere=wanted.anywhere)
        self.text = wanted.text

    def opened(self, name: str, attributes: Attributes) -> None:
        if self.depth == 0:
            self.begin(name)
        self.depth += 1
        self.met += 1
        if self.depth > limits.MAX_DEPTH:
            raise over("depth", limits.MAX_DEPTH, self.depth)
        if self.fresh:  # an attribute longer than a chunk is in the first tag that ends in a chunk
            self.fresh = False
            _refuse_long(attributes)
        call = self.starts[name]
        if call is not None:
            call(attributes)

    def closed(self, name: str) -> None:
        self.depth -= 1
        call = self.ends[name]
        if call is not None:
            call()

    def said(self, data: str) -> None:
        self.heard += 1
        self.text(data)

    def other(self, *_: object) -> None:
        self.heard += 1

    def declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in _ENCODINGS:
            raise refusal("file-damaged", reason="encoding", part=self.part, found=encoding)

    def doctype(self, *_: object) -> None:
        raise refusal("file-dtd", part=self.part)

    def prefix(self, *_: object) -> None:
        self.prefixes += 1
        if self.prefixes > limits.MAX_NAMES:
            raise over("names", limits.MAX_NAMES, self.prefixes)


def _refuse_long(attributes: Attributes) -> None:
    for value in attributes.values():
        if len(value) > limits.MAX_ATTRIBUTE:
            raise over("attribute", limits.MAX_ATTRIBUTE, len(value))
