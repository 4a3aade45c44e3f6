"""RDF documents: checks of the text, then pyoxigraph's parser, then checks of the triples it gives.

A small hostile document can kill a native parser, and no exception handler survives that. Deep nesting and entities are
therefore refused before the parser sees them, and it runs in a worker process all the same. No context is fetched.

The triples are checked as text in N-Triples: a search for the few unusual lines costs less than a Python object for
each triple.
"""

from __future__ import annotations

import io
import re
from bisect import bisect
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse, serialize

from registry.iri.names import PREFIXES, XSD
from registry.reading.json import json_ld
from registry.vocabulary.messages import unreadable

MAX_XML_DEPTH = 64  # elements within each other
MAX_TRIPLES = 20_000
MAX_BLANK_NODES = 2_000
MAX_IRI_BYTES = 2_048
MAX_CHARACTERS = 20_000  # of one literal
MAX_N_TRIPLES_BYTES = 16 * 1_048_576  # written at once: a prefix of 500 KB that is used often would give gigabytes

# A blank node as the subject or the object of a line of N-Triples, where the text begins with a line end. It never
# matches within a literal, where quotes and line ends are escaped. The pattern begins with fixed bytes because a search
# for them is fast; `^_:` would be tried at each byte.
BLANK = re.compile(rb'_:(?:(?<=\n_:)[^ ]+|(?<= _:)[^ "<>]+(?= \.\n))')
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NUMERIC = re.compile(r"XMLSchema#(decimal|double|float|integer|.*[iI]nt|.*[lL]ong|.*[sS]hort|.*[bB]yte|.*Integer)$")
_MAX_NUMBER = 64  # characters
_LONG_EXPONENT = re.compile(r"[eE][+-]?[0-9]{4,}")


def guarded(text: str, format_: RdfFormat) -> str:
    """Return a document that is safe for the native parser. Raises ReadingError for one that is not.

    JSON-LD comes back with our context written out, all other formats as they are.
    """
    if format_ == RdfFormat.JSON_LD:
        return json_ld.with_local_context(text)
    if format_ == RdfFormat.RDF_XML:
        _guard_xml(text)
    elif "<<" in text:
        _guard_triple_terms(text)
    return text


def n_triples(text: str, format_: RdfFormat, base: str, *, lenient: bool = False) -> bytes:
    """Return the triples of a document that `guarded` returned, as N-Triples in the document's order.

    Relative IRIs are resolved against `base`; names of graphs in JSON-LD are ignored. Raises SyntaxError for what the
    parser cannot read, and ReadingError beyond the limits of triples and blank nodes; `unusual_lines` checks the limits
    of single terms. `lenient`: IRIs and language tags may be none, and then the lines are no N-Triples.
    """
    buffer = _LimitedBuffer()
    try:
        quads = parse(text.encode(), format_, base_iri=base, without_named_graphs=True, lenient=lenient)
        serialize(islice(quads, MAX_TRIPLES + 1), buffer, RdfFormat.N_TRIPLES)
    except (SyntaxError, OverflowError):
        return _one_by_one(text, format_, base, lenient)
    body = buffer.getvalue()
    if body.count(b"\n") > MAX_TRIPLES or len(set(BLANK.findall(b"\n" + body))) > MAX_BLANK_NODES:
        return _one_by_one(text, format_, base, lenient)
    return body


def check_size(n_triples: bytes) -> None:
    """Raise ReadingError for the triples of several documents that are together more than one may have."""
    if n_triples.count(b"\n") > MAX_TRIPLES:
        raise unreadable("too-many-triples", limit=str(MAX_TRIPLES))
    if len(set(BLANK.findall(b"\n" + n_triples))) > MAX_BLANK_NODES:
        raise unreadable("too-many-blank-nodes", limit=str(MAX_BLANK_NODES))


class _LimitedBuffer(io.BytesIO):
    """A buffer of at most `MAX_N_TRIPLES_BYTES`. Raises OverflowError beyond that."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > MAX_N_TRIPLES_BYTES:
            raise OverflowError
        return super().write(data)


def _one_by_one(text: str, format_: RdfFormat, base: str, lenient: bool) -> bytes:
    """Return the same as `n_triples` by checking each triple in turn, so that the first fault is the one reported.

    Slower, but no more is parsed than is allowed: for documents that have a fault or may be very large.
    """
    return serialize(triples(text, format_, base, lenient=lenient), format=RdfFormat.N_TRIPLES) or b""


def triples(text: str, format_: RdfFormat, base: str, *, lenient: bool = False) -> list[Triple]:
    """Return the triples of a document that `guarded` returned, those of named graphs of JSON-LD among them.

    Raises SyntaxError, and ReadingError at the first triple beyond a limit.
    """
    checked: list[Triple] = []
    blank: set[BlankNode] = set()
    for quad in parse(text.encode(), format_, base_iri=base, lenient=lenient):
        checked.append(_checked(quad.triple))
        blank.update(term for term in (quad.subject, quad.object) if isinstance(term, BlankNode))
        if len(checked) > MAX_TRIPLES:
            raise unreadable("too-many-triples", limit=str(MAX_TRIPLES))
        if len(blank) > MAX_BLANK_NODES:
            raise unreadable("too-many-blank-nodes", limit=str(MAX_BLANK_NODES))
    return checked


def _checked(triple: Triple) -> Triple:
    """Return the triple. Raises ReadingError if one of its terms is beyond a limit or no term of RDF 1.1."""
    for term in (triple.subject, triple.predicate, triple.object):
        if isinstance(term, NamedNode):
            if len(term.value.encode()) > MAX_IRI_BYTES:
                raise unreadable("iri-too-long", limit=str(MAX_IRI_BYTES), typed=term.value[:60])
        elif isinstance(term, Literal):
            _check_literal(term)
        elif not isinstance(term, BlankNode):
            raise unreadable("triple-term")
    return triple


def _check_literal(literal: Literal) -> None:
    value = literal.value
    if len(value) > MAX_CHARACTERS:
        raise unreadable("text-too-long", found=str(len(value)), limit=str(MAX_CHARACTERS), text=value[:40])
    if control := _CONTROL.search(value):
        raise unreadable("control-character", point=f"{ord(control[0]):04X}")
    if _NUMERIC.search(literal.datatype.value) and is_huge_number(value):
        raise unreadable("number-too-long", number=value[:20])


def is_huge_number(text: str) -> bool:
    """Return whether a number has more than 64 characters, or an exponent of more than three digits.

    >>> is_huge_number("1e999"), is_huge_number("1e9999")
    (False, True)
    """
    return len(text) > _MAX_NUMBER or bool(_LONG_EXPONENT.search(text))


def _guard_triple_terms(text: str) -> None:
    depth = 0
    for match in re.finditer(r"<<|>>", text):
        depth += 1 if match[0] == "<<" else -1
        if depth > 1:
            line = text.count("\n", 0, match.start()) + 1
            raise unreadable("triple-term", line)


def _guard_xml(text: str) -> None:
    if declaration := re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        line = text.count("\n", 0, declaration.start()) + 1
        raise unreadable("xml-doctype", line)
    depth = 0
    for match in re.finditer(r"<(/?)[A-Za-z_][^<>]*?(/?)>", text):
        depth += -1 if match[1] else 0 if match[2] else 1
        if depth > MAX_XML_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise unreadable("xml-too-deep", line, limit=str(MAX_XML_DEPTH))


_SCHEMA_PROPERTIES = {PREFIXES["rdfs"] + name for name in ("subClassOf", "subPropertyOf", "domain", "range")}
_FOREIGN = (PREFIXES["owl"], PREFIXES["sh"])

# What a line of N-Triples holds if `_checked`, `defines_vocabulary` or `dates.with_exact_date` may have to act on it:
# an escape, a control character of C1, a datatype (except that of whole dates, which are many), a text that begins like
# a date, a triple term, an IRI of RDFS, OWL or SHACL. There is one pattern for each, because a search for fixed bytes
# is many times faster than a search for one of several.
_UNUSUAL = tuple(
    re.compile(pattern)
    for pattern in (
        rb"\\[bfu]",
        rb"\xc2[\x80-\x9f]",
        rb'"\^\^<(?!%b>(?<= "\d{4}-\d\d-\d\d"\^\^<%b>))' % (2 * (re.escape(f"{XSD}date".encode()),)),
        rb'> "\d{4}[^"]*" \.\n',
        rb"<<",
        b"|".join(re.escape(f"<{PREFIXES[prefix]}".encode()) for prefix in ("rdfs", "owl", "sh")),
    )
)


def unusual_lines(body: bytes, lines: list[bytes]) -> Iterator[tuple[int, Triple]]:
    """Yield the number (from 0) and the triple of each line of N-Triples that needs a check.

    `lines` are the lines of `body`. All blank nodes in these triples get the same label, since the labels of JSON-LD
    (`_:a:b`) may be none of N-Triples. Raises ReadingError for a term beyond the limits.
    """
    ends = list(accumulate(map(len, lines)))
    numbers = {bisect(ends, match.start()) for pattern in _UNUSUAL for match in pattern.finditer(body)}
    numbers |= {number for number, line in enumerate(lines) if len(line) > MAX_IRI_BYTES}
    unusual = b"".join(lines[number] for number in sorted(numbers))
    quads = parse(BLANK.sub(b"_:b", b"\n" + unusual), RdfFormat.N_TRIPLES, lenient=True)
    for number, quad in zip(sorted(numbers), quads, strict=True):
        yield number, _checked(quad.triple)


def defines_vocabulary(triple: Triple) -> bool:
    """Return whether a triple defines a class, a property or a shape, which a description has no right to do.

    Examples: `ospo:Office rdfs:subClassOf …`, `… owl:sameAs …`, `… a sh:NodeShape`. Any property that
    ends with `#type` is taken for rdf:type.
    """
    predicate, target = triple.predicate.value, triple.object.value if isinstance(triple.object, NamedNode) else ""
    if predicate.endswith("#type") and not predicate.startswith(_FOREIGN):
        return target.startswith(_FOREIGN) or target == PREFIXES["rdfs"] + "Class"
    return predicate.startswith(_FOREIGN) or predicate in _SCHEMA_PROPERTIES
