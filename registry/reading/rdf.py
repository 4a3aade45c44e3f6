"""RDF documents: guards that look at the bytes first, then pyoxigraph, then limits on what came out.

A native parser can be killed by a small document, which no exception handler survives; so nesting and entities
are refused before it sees them, and it runs in a worker all the same. Contexts are never fetched.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from registry import vocabulary
from registry.errors import ReadingError

MAX_JSON_DEPTH = 32
MAX_XML_DEPTH = 64
MAX_TRIPLES = 20_000
MAX_BLANK_NODES = 2_000
MAX_IRI_BYTES = 2_048
MAX_CHARACTERS = 20_000

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_NUMERIC = re.compile(r"XMLSchema#(decimal|double|float|integer|.*[iI]nt|.*[lL]ong|.*[sS]hort|.*[bB]yte|.*Integer)$")
_EXPONENT = re.compile(r"[eE][+-]?[0-9]{4,}")
_NAMES = {
    RdfFormat.TURTLE: "Turtle",
    RdfFormat.N_TRIPLES: "N-Triples",
    RdfFormat.RDF_XML: "RDF/XML",
    RdfFormat.JSON_LD: "JSON-LD",
}


def read(text: str, format_: RdfFormat, base: str) -> list[Triple]:
    """Return the triples of a document in the order in which they stand. Raises ReadingError with line and column."""
    if format_ == RdfFormat.JSON_LD:
        text = _json_ld(text)
    elif format_ == RdfFormat.RDF_XML:
        _guard_xml(text)
    elif "<<" in text:
        _guard_triple_terms(text)
    return triples(text, format_, base)


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


def _json_ld(text: str) -> str:
    document = load_json(text)
    return json.dumps(_with_contexts(document), ensure_ascii=False)


def load_json(text: str) -> Any:
    """Return a JSON document. Raises ReadingError for deep nesting, repeated keys and what only looks like JSON."""
    _guard_json_depth(text)
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ReadingError(f"not JSON: {error.msg}", error.lineno, error.colno) from error
    except ValueError as error:
        raise ReadingError(f"not JSON: {error}") from error


def _guard_json_depth(text: str) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_JSON_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise ReadingError(f"nested deeper than {MAX_JSON_DEPTH} levels: make it flatter", line)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ReadingError(f"the key {twice!r} is repeated in one object: keep one")
    return found


def _no_constant(name: str) -> Any:
    raise ReadingError(f"{name} is not JSON: write a number or null")


def _with_contexts(value: Any) -> Any:
    """Return the document with our published context put in place of its address, and no other address left."""
    if isinstance(value, list):
        return [_with_contexts(item) for item in value]
    if isinstance(value, dict):
        return {key: _context(item) if key == "@context" else _with_contexts(item) for key, item in value.items()}
    return value


def _context(value: Any) -> Any:
    if isinstance(value, list):
        return [_context(item) for item in value]
    if isinstance(value, str):
        if value not in vocabulary.CONTEXT_IRIS:
            known = " or ".join(sorted(vocabulary.CONTEXT_IRIS))
            raise ReadingError(f"the context {value} is not read from the Web: write it into the file, or name {known}")
        return vocabulary.context()
    if isinstance(value, dict):
        if "@import" in value:
            raise ReadingError(f"@import of {value['@import']} is not read from the Web: write the terms into the file")
        return {key: _scoped(item) for key, item in value.items()}
    return value


def _scoped(definition: Any) -> Any:
    """Return a term definition in which a scoped context, too, names no address."""
    if isinstance(definition, dict):
        return {key: _context(item) if key == "@context" else item for key, item in definition.items()}
    return definition


_VOCABULARY_LEVEL = {
    vocabulary.PREFIXES["rdfs"] + name for name in ("subClassOf", "subPropertyOf", "domain", "range")
} | {vocabulary.PREFIXES["rdf"] + "type"}
_FOREIGN = (vocabulary.PREFIXES["owl"], vocabulary.PREFIXES["sh"])


def without_vocabulary(found: Iterable[Triple]) -> Iterator[Triple]:
    """Yield what speaks of offices and policies, and leave out what would change the meaning of words (rule 8.2)."""
    for triple in found:
        predicate, target = triple.predicate.value, triple.object.value if isinstance(triple.object, NamedNode) else ""
        typed = predicate.endswith("#type")
        classes = target.startswith(_FOREIGN) or target == vocabulary.PREFIXES["rdfs"] + "Class"
        if predicate.startswith(_FOREIGN) or (predicate in _VOCABULARY_LEVEL and not typed) or (typed and classes):
            continue
        yield triple
