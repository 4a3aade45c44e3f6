"""The DCAT catalogue of another registry: the addresses it reads, its verdicts on them and its copies of them.

All else in the catalogue is left out. Addresses are kept as literals, not as IRIs: the crawler reads one only after the
checks of :mod:`federation.registries`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse, serialize

from registry.errors import ReadingError
from registry.iri.names import OSPO, PREFIXES, RDF_TYPE, code_of, concept_iri, peer_record_iri
from registry.model import Description, Outcome, SourceKind
from registry.reading.rdf import rdf

MAX_BYTES = 16 * 1_048_576  # of all pages of the catalogue together
MAX_TRIPLES = 400_000
MAX_ADDRESSES = 10_000
MAX_ADDRESS_BYTES = 2_048
READ = (SourceKind.DESCRIPTION, SourceKind.LIST, SourceKind.REGISTRY)  # a table needs a mapping, which is here

_RECORD = NamedNode(PREFIXES["dcat"] + "CatalogRecord")
_SOURCE = PREFIXES["dcterms"] + "source"
_ADDRESS, _KIND, _OUTCOME, _COPY = (
    NamedNode(OSPO + name) for name in ("address", "sourceKind", "outcome", "archivedCopy")
)
_CODES = {"source-kind": set(map(str, SourceKind)), "outcome": set(map(str, Outcome))}

_Properties = Mapping[str, list[str]]


def description(text: str, format_: RdfFormat | None, url: str, name: str, graph: str) -> Description:
    """Return the description of a catalogue: a record `{graph}#…` for each address that it lists.

    `text` is the document read at `url`, in `format_`, which the description calls `name`. The first 10,000 addresses
    are kept, in the catalogue's order; a note counts the records that were left out. Raises ReadingError.
    """
    if format_ is None or format_ == RdfFormat.RDF_XML:
        raise ReadingError("the catalogue of a registry is read as N-Triples, Turtle or JSON-LD: offer one of them")
    listed: dict[str, list[Triple]] = {}
    left_out = 0
    for properties in _records(text, format_, url):
        address = next(iter(properties.get(_SOURCE, ())), "")
        kind = _code(properties, _KIND, "source-kind") or SourceKind.DESCRIPTION
        if kind not in READ or not _is_address(address) or len(listed) >= MAX_ADDRESSES:
            left_out += 1
        elif address not in listed:
            copy = next(filter(_is_address, properties.get(_COPY.value, ())), "")
            listed[address] = _triples(address, kind, _code(properties, _OUTCOME, "outcome"), copy, graph)
    notes = (f"{left_out} records were left out: not an address to be read, or too many",) if left_out else ()
    body = serialize((triple for triples in listed.values() for triple in triples), format=RdfFormat.N_TRIPLES) or b""
    return Description(graph, b"".join(sorted(body.splitlines(keepends=True))), name, notes=notes)


def _records(text: str, format_: RdfFormat, url: str) -> Iterator[_Properties]:
    """Return the properties (IRI → values) of each dcat:CatalogRecord, in the order of the document."""
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
            if quad.predicate == RDF_TYPE and quad.object == _RECORD:
                records[str(quad.subject)] = None
    except SyntaxError as error:
        raise ReadingError(f"the catalogue is not proper {format_.name}: {error.msg}", error.lineno) from error
    return (nodes[record] for record in records)


def _is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://")) and len(text.encode()) <= MAX_ADDRESS_BYTES


def _code(properties: _Properties, predicate: NamedNode, scheme: str) -> str:
    """Return the code of the first value if it is a concept of our scheme, else ""."""
    value = next(iter(properties.get(predicate.value, ())), "")
    code = code_of(value)
    return code if code in _CODES[scheme] and value == concept_iri(scheme, code) else ""


def _triples(address: str, kind: str, outcome: str, copy: str, graph: str) -> list[Triple]:
    record = NamedNode(peer_record_iri(graph, address))
    triples = [
        Triple(record, RDF_TYPE, _RECORD),
        Triple(record, _ADDRESS, Literal(address)),
        Triple(record, _KIND, NamedNode(concept_iri("source-kind", kind))),
    ]
    if outcome:
        triples.append(Triple(record, _OUTCOME, NamedNode(concept_iri("outcome", outcome))))
    if copy:
        triples.append(Triple(record, _COPY, Literal(copy)))
    return triples
