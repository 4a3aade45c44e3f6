"""RDF/XML: its encoding, why it is not well-formed, and where its values stand.

The XML parser of Python is asked for places alone. It sees no document that the guard against entities has not seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from pyoxigraph import RdfFormat, parse

from registry.errors import ReadingError
from registry.iri.names import PREFIXES, RDF_TYPE
from registry.model import Place
from registry.reading.rdf.rdf_places import Leaf, resolved
from registry.vocabulary.messages import unreadable

_RDF = PREFIXES["rdf"]
_DECLARATION = re.compile(r"(<\?xml[^>]*?encoding\s*=\s*[\"'])([A-Za-z0-9._-]*)")
_LATE_DECLARATION = re.compile(r"\A\s+<\?xml[^>]*\?>")
_READ = {  # declared name → codec of Python
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
    "us-ascii": "ascii",
}
_UTF_16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00?\x00", b"\x00<\x00?")
_XML = "http://www.w3.org/XML/1998/namespace"
_SYNTAX = frozenset(
    _RDF + name for name in ("about", "ID", "nodeID", "resource", "datatype", "parseType", "bagID", "aboutEach")
)

_ERRORS = {
    expat.errors.XML_ERROR_TAG_MISMATCH: "xml-tag",
    expat.errors.XML_ERROR_INVALID_TOKEN: "xml-sign",
    expat.errors.XML_ERROR_UNCLOSED_TOKEN: "xml-sign",
    expat.errors.XML_ERROR_NO_ELEMENTS: "xml-end",
    expat.errors.XML_ERROR_UNBOUND_PREFIX: "xml-prefix",
    expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "xml-attribute-twice",
    expat.errors.XML_ERROR_UNDEFINED_ENTITY: "xml-entity",
    expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "xml-more",
    expat.errors.XML_ERROR_MISPLACED_XML_PI: "xml-declaration",
}


def as_utf_8(body: bytes) -> bytes:
    """Return an XML document that declares another encoding in UTF-8; every other document as it is.

    Raises ReadingError for an encoding that is not read, and for one that is declared but cannot be meant.
    """
    if body.startswith(_UTF_16):
        if b"<" not in body[:4]:
            return body  # no XML
        text = _decoded(body, _utf_16(body), "UTF-16")
        return _declared_as_utf_8(text) if text.startswith(("<?xml", "<rdf:RDF")) else body
    found = _DECLARATION.match(body[:200].lstrip(b"\xef\xbb\xbf").decode("latin-1"))
    if found is None or found[2].lower() in ("utf-8", "utf8", ""):
        return body
    codec = _READ.get(found[2].lower())
    if codec is None:
        raise unreadable("xml-encoding", 1, found.start(2) + 1, found=found[2])
    if not body.isascii():
        try:
            body.decode()
        except UnicodeDecodeError:
            pass
        else:
            raise unreadable("xml-encoding-wrong", 1, found.start(2) + 1, found=found[2])
    return _declared_as_utf_8(_decoded(body, codec, found[2]))


def _utf_16(body: bytes) -> str:
    """Return the codec of UTF-16: that of its byte order mark, or of the zeros in its first sign."""
    return "utf-16" if body[:1] in b"\xff\xfe" else "utf-16-le" if body[:1] == b"<" else "utf-16-be"


def _decoded(body: bytes, codec: str, name: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise unreadable("xml-encoding-wrong", line, None, found=name) from error


def _declared_as_utf_8(text: str) -> bytes:
    return _DECLARATION.sub(r"\g<1>UTF-8", text, count=1).encode()


def fault(text: str) -> ReadingError | None:
    """Return why a document is not well-formed XML, None if it is; the RDF parser takes one that was cut off.

    Blanks before the XML declaration do no harm.
    """
    plain = _LATE_DECLARATION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    try:
        expat.ParserCreate(namespace_separator=" ").Parse(plain.encode(), True)
    except expat.ExpatError as error:
        line, column = error.lineno, error.offset + 1
        rest = text.split("\n")[line - 1][error.offset :]
        code = _ERRORS.get(expat.errors.messages.get(error.code, ""), "xml-unread")
        prefix = (re.match(r"</?([\w.-]+):", rest) or re.search(r"([\w.-]+):", rest) or ["", ""])[1]
        namespace = PREFIXES.get(prefix, "https://…")
        return unreadable(code, line, column, found=rest.strip()[:20], prefix=prefix, namespace=namespace)
    return None


def line_of_fault(text: str, base: str) -> int | None:
    """Return the line of the first value of well-formed XML that the RDF parser does not reach, if it can be told."""
    reached = 0
    try:
        for _ in parse(text.encode(), RdfFormat.RDF_XML, base_iri=base, lenient=True):
            reached += 1
    except SyntaxError:
        pass
    found = list(leaves(text, base))
    return found[min(reached, len(found) - 1)].at.line if found else None


@dataclass
class _Element:
    """An open element: a node with properties, or a property (`predicate`) of the node below it on the stack."""

    place: Place
    predicate: str = ""
    is_node: bool = False
    texts: list[str] = field(default_factory=list)
    has_children: bool = False
    is_empty: bool = False  # its value stands in an attribute, or is XML


def leaves(text: str, base: str) -> Iterator[Leaf]:
    """Yield the values of a well-formed document in its order (RDF 1.1 XML Syntax, section 2)."""
    yield from _Walk(base).leaves(text)


def _is_property(attribute: str) -> bool:
    """Return whether an attribute, with its namespace before it, states a value."""
    return ":" in attribute and attribute not in _SYNTAX and not attribute.startswith(_XML)


class _Walk:
    def __init__(self, base: str) -> None:
        self._base = base
        self._stack: list[_Element] = []
        self._found: list[Leaf] = []

    def leaves(self, text: str) -> list[Leaf]:
        """Return the values of a document."""
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.ordered_attributes = False
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.Parse(text.encode(), True)
        return self._found

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place = Place(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber + 1)
        name = name.replace(" ", "")
        given = {key.replace(" ", ""): value for key, value in attributes.items()}
        parent = self._stack[-1] if self._stack else None
        if name == _RDF + "RDF" and parent is None:
            self._stack.append(_Element(place))
        elif parent is not None and parent.is_node:
            self._property(name, given, place, parent)
        else:
            if parent is not None:
                parent.has_children = True
            self._stack.append(_Element(place, is_node=True))
            if name != _RDF + "Description":
                self._add(RDF_TYPE.value, name, place, place)
            self._attributes(given, place)

    def _property(self, name: str, given: dict[str, str], place: Place, node: _Element) -> None:
        kind = given.get(_RDF + "parseType", "")
        element = _Element(place, name, is_node=kind == "Resource", is_empty=kind != "")
        if _RDF + "resource" in given:
            element.is_empty = True
            self._add(name, resolved(self._base, given[_RDF + "resource"]), place, node.place)
        elif any(map(_is_property, given)):
            element.is_empty = True
        self._attributes(given, place)
        self._stack.append(element)

    def _attributes(self, given: dict[str, str], place: Place) -> None:
        for key, value in given.items():
            if _is_property(key):
                self._add(key, resolved(self._base, value) if key == RDF_TYPE.value else value, place, place)

    def _end(self, _name: str) -> None:
        element = self._stack.pop()
        if element.predicate and not element.is_empty and not element.has_children and self._stack:
            self._add(element.predicate, "".join(element.texts), element.place, self._stack[-1].place)

    def _text(self, text: str) -> None:
        if self._stack:
            self._stack[-1].texts.append(text)

    def _add(self, predicate: str, value: str, at: Place, node_at: Place) -> None:
        self._found.append(Leaf(frozenset([predicate]), value, at, at, node_at))
