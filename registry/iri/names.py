"""RDF terms: the IRIs of vocabularies, graphs, sources and concepts, and literals as this registry writes them."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache, lru_cache

from pyoxigraph import Literal, NamedNode

OSPO = "https://w3id.org/ospo/ns#"  # classes and properties; a published IRI never changes
CONCEPT = "https://w3id.org/ospo/concept/"  # + scheme + "/" + code
SHAPES = "https://w3id.org/ospo/shapes#"
FIELD = "https://w3id.org/ospo/field/"  # + the name of a YAML field that the context does not define
CONTEXT_IRIS = frozenset({"https://w3id.org/ospo/ns/context.jsonld", "https://w3id.org/ospo/ns/1.0/context.jsonld"})
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "org": "http://www.w3.org/ns/org#",
    "ospo": OSPO,
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "http://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": XSD,
}
RDF_TYPE = NamedNode(PREFIXES["rdf"] + "type")
_DATE_TIME, _INTEGER = NamedNode(XSD + "dateTime"), NamedNode(XSD + "integer")


def registry_graph(base: str) -> str:
    """Return the name of the graph that holds the states of sources and the events; `base` is the site's address."""
    return f"{base}/registry"


def source_iri(base: str, source_id: str) -> str:
    """Return the IRI of a source. Its graphs are named `{iri}/description` and `{iri}/report`."""
    return f"{base}/sources/{source_id}"


def peers_graph(base: str) -> str:
    """Return the name of the graph that holds which other registries list which of our sources."""
    return f"{base}/peers"


@cache  # our own names alone: as many as the code has
def term(name: str) -> NamedNode:
    """Return the IRI of a prefixed name. Raises KeyError for a prefix that is not in `PREFIXES`.

    >>> term("ospo:force").value
    'https://w3id.org/ospo/ns#force'
    """
    prefix, _, local = name.partition(":")
    return NamedNode(PREFIXES[prefix] + local)


def prefixed(iri: str) -> str:
    """Return an IRI as a prefixed name, the inverse of `term`; an IRI of no vocabulary in `PREFIXES` as it is.

    >>> prefixed("http://purl.org/dc/terms/source")
    'dcterms:source'
    """
    for prefix, start in PREFIXES.items():
        if iri.startswith(start):
            return f"{prefix}:{iri.removeprefix(start)}"
    return iri


@lru_cache(1024)  # the same moment occurs in many triples
def date_time(moment: datetime) -> Literal:
    """Return a moment as xsd:dateTime in UTC, without fractions of a second."""
    text = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    return Literal(text, datatype=_DATE_TIME)


@lru_cache(1024)  # mostly small counts
def integer(value: int) -> Literal:
    """Return an integer as xsd:integer."""
    return Literal(str(value), datatype=_INTEGER)


def decimal(value: float) -> Literal:
    """Return a number as xsd:decimal with at most three decimal places, in canonical form."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return Literal(text, datatype=NamedNode(XSD + "decimal"))


def digest_of(body: bytes) -> str:
    """Return the SHA-256 of a body as "sha256:" and hexadecimal digits, the form of `ospo:bodyDigest`."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


@lru_cache(4096)  # codes may be foreign
def concept_iri(scheme: str, code: str) -> str:
    """Return the IRI of a concept. The scheme and the code need not exist."""
    return f"{CONCEPT}{scheme}/{code}"


@lru_cache(4096)  # concepts, a few hundred, and foreign addresses without end
def code_of(iri: str) -> str:
    """Return the last part of an IRI, after the last slash or hash: the code of a concept, the name of a property.

    >>> code_of("https://w3id.org/ospo/concept/force/required"), code_of("https://w3id.org/ospo/ns#force")
    ('required', 'force')
    """
    return iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]
