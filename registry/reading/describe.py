"""From the bytes of a document to its description: which format, which triples, which names, which lines."""

from __future__ import annotations

import json
import re
from itertools import count

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple

from registry.errors import ReadingError
from registry.model import Description, SourceKind
from registry.reading import peer_catalogue, rdf, table, yaml_events
from registry.reading.outline import Lines, outline

_YAML_BASE = "relative:/"  # so that `url: code.gouv.fr` becomes something that a shape can name
_MEDIA_TYPES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "n-triples",
    "application/rdf+xml": "rdf-xml",
    "application/ld+json": "json-ld",
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/ld+yaml": "yaml",
}
_SUFFIXES = {
    "ttl": "turtle",
    "nt": "n-triples",
    "rdf": "rdf-xml",
    "jsonld": "json-ld",
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
}
_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "n-triples": RdfFormat.N_TRIPLES,
    "rdf-xml": RdfFormat.RDF_XML,
    "json-ld": RdfFormat.JSON_LD,
}
MAX_BYTES = 1_048_576  # of RDF; the limit of YAML is lower, since it can grow more
_XSD = "http://www.w3.org/2001/XMLSchema#"
_OF_LINE = re.compile(rb"_:L[0-9]+(\.[0-9]+)?(-[a-z]+-[a-z]+)?")
_DATES = {re.compile(r"-?[0-9]{4,}"): _XSD + "gYear", re.compile(r"-?[0-9]{4,}-[0-9]{2}"): _XSD + "gYearMonth"}


def describe(body: bytes, *, media_type: str, url: str, graph: str, mapping: str = "") -> Description:
    """Return the description in a document read at `url`; `graph` is the name that the registry gives it.

    `media_type` is a hint: what the bytes begin with comes first. With `mapping` the document is a foreign table, or,
    with "registry", the catalogue of another registry.
    The result is the same for the same bytes. Raises ReadingError.
    """
    if mapping == SourceKind.REGISTRY:
        text = yaml_events.decode(body, peer_catalogue.MAX_BYTES)
        format_ = sniff(text, media_type, url)
        return peer_catalogue.description(text, _FORMATS.get(format_), url, format_, graph)
    if mapping:
        return _from_outline(table.rows(body, mapping), "table", graph)
    text = yaml_events.decode(body, MAX_BYTES)
    format_ = sniff(text, media_type, url)
    if format_ == "yaml":
        return _from_yaml(yaml_events.load(body), graph, url)
    return _from_rdf(text, _FORMATS[format_], url, format_, graph)


def sniff(text: str, media_type: str, url: str) -> str:
    """Return the format: turtle, n-triples, rdf-xml, json-ld or yaml. Raises ReadingError for a web page."""
    start = text.lstrip()[:2000]
    if re.match(r"<!doctype html|<html", start, re.IGNORECASE):
        raise ReadingError(
            "found a web page, not a description: give the address of the file, or let the page name it with "
            '<link rel="describedby" href="…">'
        )
    if start.startswith(("{", "[")) and not re.match(r"\[\s*(a\s|\]|<|\w*:)", start):
        return "json-ld" if '"@' in text else "yaml"
    if start.startswith("<?xml") or re.match(r"<(\w+:)?RDF\b", start):
        return "rdf-xml"
    if re.search(r"^\s*(@prefix|@base|PREFIX|BASE)\s", start, re.MULTILINE | re.IGNORECASE):
        return "turtle"
    peer_catalogue = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "")
    if peer_catalogue not in ("", "json"):
        return peer_catalogue
    if re.match(r"(<[^>]*>|_:\S+)\s+<", start):
        return "n-triples" if peer_catalogue == "n-triples" else "turtle"
    suffix = _SUFFIXES.get(url.partition("?")[0].rpartition(".")[2].lower(), "")
    return suffix if suffix not in ("", "json") else "yaml"


def _from_rdf(text: str, rdf_format: RdfFormat, url: str, format_: str, graph: str) -> Description:
    return _description(rdf.written(rdf.guarded(text, rdf_format), rdf_format, url), format_, graph, {})


def _from_yaml(document: object, graph: str, url: str) -> Description:
    if isinstance(document, yaml_events.Mapping) and "@context" in document:
        return _from_rdf(json.dumps(document, ensure_ascii=False), RdfFormat.JSON_LD, url, "yaml", graph)
    return _from_outline(document, "yaml", graph)


def _from_outline(document: object, format_: str, graph: str) -> Description:
    found, lines = outline(document)
    text = json.dumps(found, ensure_ascii=False)
    return _description(rdf.written(text, RdfFormat.JSON_LD, _YAML_BASE), format_, graph, lines)


def _description(written: bytes, format_: str, graph: str, lines: Lines) -> Description:
    found = _looked_at(written)
    left_out = found.count(b"")
    notes = [f"{left_out} statements about the meaning of words (rdfs:, owl:, sh:) were left out"] if left_out else []
    text = b"\n" + b"".join(found)
    names = skolem_names(rdf.BLANK.findall(text), graph)
    if names:
        found = rdf.BLANK.sub(lambda node: names[node[0]], text)[1:].splitlines(keepends=True)
    body = b"".join(sorted(set(found)))
    iris = {node.decode(): name[1:-1].decode() for node, name in names.items()}
    known = {(iris.get(node, node), predicate): line for (node, predicate), line in lines.items()}
    return Description(graph, body, format_, known, tuple(notes))


def _looked_at(written: bytes) -> list[bytes]:
    """Return the lines of N-Triples, with dates in their true type; what speaks of the meaning of words is empty."""
    lines = written.splitlines(keepends=True)
    for number, triple in rdf.closer_look(written, lines):
        if rdf.of_vocabulary(triple):
            lines[number] = b""
        elif (exact := precise(triple)) is not triple:
            before, _, _ = lines[number].rpartition(b' "')
            lines[number] = b"%b %b .\n" % (before, str(exact.object).encode())
    return lines


def skolem_names(nodes: list[bytes], graph: str) -> dict[bytes, bytes]:
    """Return blank node → IRI in `graph`, both as in N-Triples: named after its line, else numbered as it appears.

    RDF 1.1 Concepts, section 3.5. The parser's own labels are random; their order of appearance is not.
    """
    numbers = count(1)
    labels = {
        node: node[2:].decode() if _OF_LINE.fullmatch(node) else f"b{next(numbers)}" for node in dict.fromkeys(nodes)
    }
    return {node: str(NamedNode(f"{graph}#{label}")).encode() for node, label in labels.items()}


def precise(triple: Triple) -> Triple:
    """Return the triple with a date of less precision in its true type: 2018-12 is a month, 2018 a year."""
    literal = triple.object
    if not isinstance(literal, Literal) or literal.datatype.value != _XSD + "date":
        return triple
    type_ = next((name for pattern, name in _DATES.items() if pattern.fullmatch(literal.value)), None)
    if not type_:
        return triple
    return Triple(triple.subject, triple.predicate, Literal(literal.value, datatype=NamedNode(type_)))
