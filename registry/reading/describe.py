"""From the bytes of a document to its description: which format, which triples, which names, which lines."""

from __future__ import annotations

import json
import re

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from registry.errors import ReadingError
from registry.model import Description
from registry.reading import rdf, table, yaml_events
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
_DATES = {re.compile(r"-?[0-9]{4,}"): _XSD + "gYear", re.compile(r"-?[0-9]{4,}-[0-9]{2}"): _XSD + "gYearMonth"}


def describe(body: bytes, *, media_type: str, url: str, graph: str, mapping: str = "") -> Description:
    """Return the description in a document read at `url`; `graph` is the name that the registry gives it.

    `media_type` is a hint: what the bytes begin with comes first. With `mapping` the document is a foreign table.
    The result is the same for the same bytes. Raises ReadingError.
    """
    if mapping:
        return _from_outline(table.rows(body, mapping), "table", graph)
    text = yaml_events.decode(body, MAX_BYTES)
    format_ = sniff(text, media_type, url)
    if format_ == "yaml":
        return _from_yaml(yaml_events.load(body), graph, url)
    return _description(rdf.read(text, _FORMATS[format_], url), format_, graph, {})


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
    told = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "")
    if told not in ("", "json"):
        return told
    if re.match(r"(<[^>]*>|_:\S+)\s+<", start):
        return "n-triples" if told == "n-triples" else "turtle"
    suffix = _SUFFIXES.get(url.partition("?")[0].rpartition(".")[2].lower(), "")
    return suffix if suffix not in ("", "json") else "yaml"


def _from_yaml(document: object, graph: str, url: str) -> Description:
    if isinstance(document, yaml_events.Mapping) and "@context" in document:
        text = json.dumps(document, ensure_ascii=False)
        return _description(rdf.read(text, RdfFormat.JSON_LD, url), "yaml", graph, {})
    return _from_outline(document, "yaml", graph)


def _from_outline(document: object, format_: str, graph: str) -> Description:
    json_ld, lines = outline(document)
    text = json.dumps(json_ld, ensure_ascii=False)
    return _description(rdf.triples(text, RdfFormat.JSON_LD, _YAML_BASE), format_, graph, lines)


def _description(found: list[Triple], format_: str, graph: str, lines: Lines) -> Description:
    kept = list(rdf.without_vocabulary(found))
    left_out = len(found) - len(kept)
    notes = [f"{left_out} statements about the meaning of words (rdfs:, owl:, sh:) were left out"] if left_out else []
    names = skolem_names(kept, graph)
    plain = {_named(precise(triple), names) for triple in kept}
    written = serialize(plain, format=RdfFormat.N_TRIPLES) or b""
    body = b"".join(sorted(written.splitlines(keepends=True)))
    known = {(names.get(node.removeprefix("_:"), node), predicate): line for (node, predicate), line in lines.items()}
    return Description(graph, body, format_, known, tuple(notes))


def skolem_names(found: list[Triple], graph: str) -> dict[str, str]:
    """Return blank node label → IRI in `graph`: named after its line where it has one, else numbered as it appears.

    RDF 1.1 Concepts, section 3.5. The parser's own labels are random; their order of appearance is not.
    """
    names: dict[str, str] = {}
    numbered = 0
    for triple in found:
        for term in (triple.subject, triple.object):
            if isinstance(term, BlankNode) and term.value not in names:
                of_line = re.fullmatch(r"L[0-9]+(\.[0-9]+)?(-[a-z]+-[a-z]+)?", term.value)
                numbered += not of_line
                names[term.value] = f"{graph}#{term.value if of_line else f'b{numbered}'}"
    return names


def _named(triple: Triple, names: dict[str, str]) -> Triple:
    subject, target = triple.subject, triple.object
    if isinstance(subject, BlankNode):
        subject = NamedNode(names[subject.value])
    if isinstance(target, BlankNode):
        target = NamedNode(names[target.value])
    return Triple(subject, triple.predicate, target)


def precise(triple: Triple) -> Triple:
    """Return the triple with a date of less precision in its true type: 2018-12 is a month, 2018 a year."""
    literal = triple.object
    if not isinstance(literal, Literal) or literal.datatype.value != _XSD + "date":
        return triple
    type_ = next((name for pattern, name in _DATES.items() if pattern.fullmatch(literal.value)), None)
    precise = Literal(literal.value, datatype=NamedNode(type_)) if type_ else literal
    return Triple(triple.subject, triple.predicate, precise)
