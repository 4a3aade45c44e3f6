"""The catalogue of another registry: the addresses it reads, its verdicts and its copies; all else of it is left out.

What is kept is text, not links: an address becomes one of ours only after the checks of :mod:`federation.peers`.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from registry.errors import ReadingError
from registry.iri.names import OSPO, PREFIXES, code_of, concept_iri
from registry.model import Description, Outcome, SourceKind
from registry.reading import rdf

MAX_BYTES = 16 * 1_048_576  # of all pages together
MAX_TRIPLES = 400_000
MAX_ADDRESSES = 10_000
MAX_ADDRESS_BYTES = 2_048
READ = (SourceKind.DESCRIPTION, SourceKind.LIST, SourceKind.REGISTRY)  # a table wants a mapping of the operator's

_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_RECORD = NamedNode(PREFIXES["dcat"] + "CatalogRecord")
_SOURCE = PREFIXES["dcterms"] + "source"
_ADDRESS, _KIND, _OUTCOME, _COPY = (
    NamedNode(OSPO + name) for name in ("address", "sourceKind", "outcome", "archivedCopy")
)
_CODES = {"source-kind": set(map(str, SourceKind)), "outcome": set(map(str, Outcome))}

_Properties = Mapping[str, list[str]]


def description(text: str, format_: RdfFormat | None, url: str, name: str, graph: str) -> Description:
    """Return the addresses in a catalogue as records `{graph}#…`; `name` is that of the format. Raises ReadingError.

    The first 10,000 are kept, in the order of the catalogue; what is left out is counted in the notes.
    """
    if format_ is None or format_ == RdfFormat.RDF_XML:
        raise ReadingError("the catalogue of a registry is read as N-Triples, Turtle or JSON-LD: offer one of them")
    found: dict[str, list[Triple]] = {}
    left_out = 0
    for properties in _records(text, format_, url):
        address = next(iter(properties.get(_SOURCE, ())), "")
        kind = _code(properties, _KIND, "source-kind") or SourceKind.DESCRIPTION
        if kind not in READ or not _is_address(address) or len(found) >= MAX_ADDRESSES:
            left_out += 1
        elif address not in found:
            copy = next(filter(_is_address, properties.get(_COPY.value, ())), "")
            found[address] = _triples(address, kind, _code(properties, _OUTCOME, "outcome"), copy, graph)
    notes = (f"{left_out} records were left out: not an address to be read, or too many",) if left_out else ()
    body = serialize((triple for triples in found.values() for triple in triples), format=RdfFormat.N_TRIPLES) or b""
    return Description(graph, b"".join(sorted(body.splitlines(keepends=True))), name, notes=notes)


def _records(text: str, format_: RdfFormat, url: str) -> Iterator[_Properties]:
    nodes: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    records: dict[str, None] = {}
    try:
        quads = parse(rdf.guarded(text, format_).encode(), format_, base_iri=url, without_named_graphs=True)
        for number, quad in enumerate(islice(quads, MAX_TRIPLES + 1)):
            if number == MAX_TRIPLES:
                raise ReadingError(f"more than {MAX_TRIPLES} triples: publish fewer properties of each record")
            if isinstance(quad.subject, Triple) or isinstance(quad.object, Triple):
                continue
            nodes[str(quad.subject)][quad.predicate.value].append(quad.object.value)
            if quad.predicate == _TYPE and quad.object == _RECORD:
                records[str(quad.subject)] = None
    except SyntaxError as error:
        raise ReadingError(f"the catalogue is not proper {format_.name}: {error.msg}", error.lineno) from error
    return (nodes[record] for record in records)


def _is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://")) and len(text.encode()) <= MAX_ADDRESS_BYTES


def _code(properties: _Properties, predicate: NamedNode, scheme: str) -> str:
    """Return the code of a concept of ours; "" where there is none."""
    found = next(iter(properties.get(predicate.value, ())), "")
    code = code_of(found)
    return code if code in _CODES[scheme] and found == concept_iri(scheme, code) else ""


def _triples(address: str, kind: str, outcome: str, copy: str, graph: str) -> list[Triple]:
    record = NamedNode(f"{graph}#{hashlib.sha256(address.encode()).hexdigest()[:16]}")
    triples = [
        Triple(record, _TYPE, _RECORD),
        Triple(record, _ADDRESS, Literal(address)),
        Triple(record, _KIND, NamedNode(concept_iri("source-kind", kind))),
    ]
    if outcome:
        triples.append(Triple(record, _OUTCOME, NamedNode(concept_iri("outcome", outcome))))
    if copy:
        triples.append(Triple(record, _COPY, Literal(copy)))
    return triples
