"""RDF documents: guards that look at the bytes first, then pyoxigraph, then limits on what came out.

A native parser can be killed by a small document, which no exception handler survives; so nesting and entities
are refused before it sees them, and it runs in a worker all the same. Contexts are never fetched.

What came out is looked at as text: most of it is plain, and one search through N-Triples costs less than one object.
"""

from __future__ import annotations

import io
import re
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from registry.errors import ReadingError
from registry.iri.names import PREFIXES
from registry.reading import json_ld

MAX_XML_DEPTH = 64
MAX_TRIPLES = 20_000
MAX_BLANK_NODES = 2_000
MAX_IRI_BYTES = 2_048
MAX_CHARACTERS = 20_000
MAX_AT_ONCE = 16 * 1_048_576  # bytes of N-Triples; a prefix of 500 KB that is used often would make gigabytes of them

# A blank node as the subject or the object of a line, in N-Triples before which a line ends; never a part of a text,
# where quotes and line ends are escaped. It begins with fixed bytes, since `^_:` would be tried at each byte.
BLANK = re.compile(rb'_:(?:(?<=\n_:)[^ ]+|(?<= _:)[^ "<>]+(?= \.\n))')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NUMERIC = re.compile(r"XMLSchema#(decimal|double|float|integer|.*[iI]nt|.*[lL]ong|.*[sS]hort|.*[bB]yte|.*Integer)$")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{4,}")
_NAMES = {
    RdfFormat.TURTLE: "Turtle",
    RdfFormat.N_TRIPLES: "N-Triples",
    RdfFormat.RDF_XML: "RDF/XML",
    RdfFormat.JSON_LD: "JSON-LD",
}


def guarded(text: str, format_: RdfFormat) -> str:
    """Return a document that the native parser may see; its contexts are written out. Raises ReadingError."""
    if format_ == RdfFormat.JSON_LD:
        return json_ld.without_addresses(text)
    if format_ == RdfFormat.RDF_XML:
        _guard_xml(text)
    elif "<<" in text:
        _guard_triple_terms(text)
    return text


def written(text: str, format_: RdfFormat, base: str) -> bytes:
    """Return a guarded document as N-Triples, in the order in which they stand. Raises ReadingError.

    The limits of the whole hold; those of single triples are for `closer_look`.
    """
    found = _AtOnce()
    try:
        quads = parse(text.encode(), format_, base_iri=base, without_named_graphs=True)
        serialize(islice(quads, MAX_TRIPLES + 1), found, RdfFormat.N_TRIPLES)
    except (SyntaxError, OverflowError):
        return _one_by_one(text, format_, base)
    body = found.getvalue()
    if body.count(b"\n") > MAX_TRIPLES or len(set(BLANK.findall(b"\n" + body))) > MAX_BLANK_NODES:
        return _one_by_one(text, format_, base)
    return body


class _AtOnce(io.BytesIO):
    """A buffer that takes so much and no more."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_AT_ONCE:
            raise OverflowError
        return super().write(data)


def _one_by_one(text: str, format_: RdfFormat, base: str) -> bytes:
    """Return the same, slowly: where there is a fault, so that the first is told, and where there may be very much."""
    return serialize(triples(text, format_, base), format=RdfFormat.N_TRIPLES) or b""


def triples(text: str, format_: RdfFormat, base: str) -> list[Triple]:
    """Return the triples of a guarded document, within the limits. Raises ReadingError."""
    found: list[Triple] = []
    blank: set[BlankNode] = set()
    try:
        for quad in parse(text.encode(), format_, base_iri=base, without_named_graphs=True):
            found.append(_checked(quad.triple))
            blank.update(term for term in (quad.subject, quad.object) if isinstance(term, BlankNode))
            if len(found) > MAX_TRIPLES:
                raise ReadingError(f"more than {MAX_TRIPLES} triples: split the file into several")
            if len(blank) > MAX_BLANK_NODES:
                raise ReadingError(f"more than {MAX_BLANK_NODES} unnamed nodes: name some, or split the file")
    except SyntaxError as error:
        # JSON-LD that came from YAML has no line of its own
        place = (error.lineno, error.offset) if format_ != RdfFormat.JSON_LD else (None, None)
        raise ReadingError(f"not {_NAMES[format_]}: {error.msg}", *place) from error
    return found


def _checked(triple: Triple) -> Triple:
    for term in (triple.subject, triple.predicate, triple.object):
        if isinstance(term, NamedNode):
            if len(term.value.encode()) > MAX_IRI_BYTES:
                raise ReadingError(f"an address of more than {MAX_IRI_BYTES} bytes: {term.value[:60]}…; shorten it")
        elif isinstance(term, Literal):
            _check_literal(term)
        elif not isinstance(term, BlankNode):
            raise ReadingError("triple terms (<<( … )>> of RDF 1.2) are not read: write plain triples")
    return triple


def _check_literal(literal: Literal) -> None:
    value = literal.value
    if len(value) > MAX_CHARACTERS:
        raise ReadingError(f"a text of {len(value)} characters, more than {MAX_CHARACTERS}: {value[:40]}…; shorten it")
    if found := _CONTROL.search(value):
        raise ReadingError(f"the control character U+{ord(found[0]):04X} in a text is not allowed: delete it")
    if _NUMERIC.search(literal.datatype.value) and (len(value) > 64 or _EXPONENT.search(value)):
        raise ReadingError(f"the number {value[:20]}… is too long to be meant: write a smaller one")


def _guard_triple_terms(text: str) -> None:
    depth = 0
    for match in re.finditer(r"<<|>>", text):
        depth += 1 if match[0] == "<<" else -1
        if depth > 1:
            line = text.count("\n", 0, match.start()) + 1
            raise ReadingError("triple terms (<<( … )>> of RDF 1.2) are not read: write plain triples", line)


def _guard_xml(text: str) -> None:
    if found := re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        line = text.count("\n", 0, found.start()) + 1
        raise ReadingError(
            "document types and entities (<!DOCTYPE, <!ENTITY) are not read: write the file without", line
        )
    depth = 0
    for match in re.finditer(r"<(/?)[A-Za-z_][^<>]*?(/?)>", text):
        depth += -1 if match[1] else 0 if match[2] else 1
        if depth > MAX_XML_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise ReadingError(f"nested deeper than {MAX_XML_DEPTH} elements: make it flatter", line)


_VOCABULARY_LEVEL = {PREFIXES["rdfs"] + name for name in ("subClassOf", "subPropertyOf", "domain", "range")} | {
    PREFIXES["rdf"] + "type"
}
_FOREIGN = (PREFIXES["owl"], PREFIXES["sh"])

# What a line of N-Triples holds that `_checked`, `of_vocabulary` or `describe.precise` may have to say something about:
# an escape, a control character of C1, a datatype (but of whole dates, which are many), a triple term, a word about
# words. One pattern each: one that begins with fixed bytes is found many times faster than a choice of several.
_UNUSUAL = tuple(
    re.compile(pattern)
    for pattern in (
        rb"\\[bfu]",
        rb"\xc2[\x80-\x9f]",
        rb'"\^\^<(?<! "\d{4}-\d\d-\d\d"\^\^<)',
        rb"<<",
        b"|".join(re.escape(f"<{PREFIXES[prefix]}".encode()) for prefix in ("rdfs", "owl", "sh")),
    )
)


def closer_look(body: bytes, lines: list[bytes]) -> Iterator[tuple[int, Triple]]:
    """Yield number and triple of each line of N-Triples that is not plain. Raises ReadingError beyond the limits.

    All blank nodes in these triples have one label, since JSON-LD may have written one that cannot be read (`_:a:b`).
    """
    ends = list(accumulate(map(len, lines)))
    numbers = {bisect(ends, match.start()) for pattern in _UNUSUAL for match in pattern.finditer(body)}
    numbers |= {number for number, line in enumerate(lines) if len(line) > MAX_IRI_BYTES}
    found = b"".join(lines[number] for number in sorted(numbers))
    quads = parse(BLANK.sub(b"_:b", b"\n" + found), RdfFormat.N_TRIPLES, lenient=True)
    for number, quad in zip(sorted(numbers), quads, strict=True):
        yield number, _checked(quad.triple)


def of_vocabulary(triple: Triple) -> bool:
    """Return whether a triple would change the meaning of words, instead of speaking of offices (rule 8.2)."""
    predicate, target = triple.predicate.value, triple.object.value if isinstance(triple.object, NamedNode) else ""
    typed = predicate.endswith("#type")
    classes = target.startswith(_FOREIGN) or target == PREFIXES["rdfs"] + "Class"
    return predicate.startswith(_FOREIGN) or (predicate in _VOCABULARY_LEVEL and not typed) or (typed and classes)
