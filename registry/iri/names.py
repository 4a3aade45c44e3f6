"""RDF terms: the IRIs of vocabularies and concepts, all IRIs of this registry, and literals as it writes them.

`base` is the setting of that name, with which all IRIs of a registry begin; it has no slash at its end.
"""

from __future__ import annotations

import hashlib
import re
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
    """Return the name of the graph that holds the states of sources, the events, and the revision of the registry."""
    return f"{base}/registry"


def base_of(registry: str) -> str:
    """Return the base of the registry that has a registry graph."""
    return registry.removesuffix("/registry")


def merged_graph(base: str) -> str:
    """Return the name of the merged graph: offices, policies and statements of all sources."""
    return f"{base}/merged"


def vocabulary_graph(base: str) -> str:
    """Return the name of the graph of the ontology, the concepts and the jurisdictions."""
    return f"{base}/vocabulary"


def peers_graph(base: str) -> str:
    """Return the name of the graph that holds which other registries list which of our sources."""
    return f"{base}/peers"


def source_iri(base: str, source_id: str) -> str:
    """Return the IRI of a source. The IRIs of its graphs, events and so on begin with it and a slash."""
    return f"{base}/sources/{source_id}"


def source_of(base: str, iri: str) -> str:
    """Return the id of a source from its IRI, or from that of its graphs and what is in them; "" for other IRIs.

    >>> source_of("https://a.example", description_graph("https://a.example", "fr") + "#L3")
    'fr'
    """
    sources = source_iri(base, "")
    return iri.removeprefix(sources).partition("/")[0] if iri.startswith(sources) else ""


def description_graph(base: str, source_id: str) -> str:
    """Return the name of the graph with the description that a source publishes."""
    return f"{source_iri(base, source_id)}/description"


def within_description(iri: str) -> str:
    """Return the part of an IRI that names a node within its description; of any other IRI, all of it."""
    return iri.partition("/description")[2] or iri


def peer_record_iri(graph: str, address: str) -> str:
    """Return the IRI of the record of an address in another registry's catalogue; `graph` is that of the catalogue."""
    return f"{graph}#{hashlib.sha256(address.encode()).hexdigest()[:16]}"


def report_graph(base: str, source_id: str) -> str:
    """Return the name of the graph with the report on the last body of a source. It is also the IRI of that report."""
    return f"{source_iri(base, source_id)}/report"


def result_iri(report: str, number: int) -> str:
    """Return the IRI of one result of a report."""
    return f"{report}#r{number}"


def event_iri(base: str, source_id: str, number: int) -> str:
    """Return the IRI of an event of a source; `number` is from 1."""
    return f"{source_iri(base, source_id)}/events/{number}"


def change_iri(event: str, number: int) -> str:
    """Return the IRI of a change that an event recorded."""
    return f"{event}#c{number}"


def verification_iri(base: str, source_id: str, method: str) -> str:
    """Return the IRI of the verification of a source by a method."""
    return f"{source_iri(base, source_id)}/verification/{method}"


def peer_listing_iri(base: str, source_id: str, peer: str) -> str:
    """Return the IRI of the listing of a source by another registry; `peer` is the id of that registry's own source."""
    return f"{source_iri(base, source_id)}/seen/{peer}"


def copy_iri(base: str, source_id: str) -> str:
    """Return the IRI, which is also the address, of the copy that is published of a source."""
    return f"{source_iri(base, source_id)}/copy"


def names_graph(base: str) -> str:
    """Return the graph of the ledger: which name was given to what, and who claimed what before whom."""
    return f"{base}/names"


def authority_graph(base: str) -> str:
    """Return the graph that tells who is heard on what, and what is only claimed."""
    return f"{base}/authority"


def thing_iri(base: str, name: str) -> str:
    """Return the IRI of an office or a policy by its name in the ledger, such as `office/code-gouv-fr`."""
    return f"{base}/id/{name}"


def voice_iri(base: str, source_id: str, mark: str) -> str:
    """Return the IRI of what a source says of a thing, in the graph of authority; `mark` tells things apart."""
    return f"{source_iri(base, source_id)}/voices/{mark}"


def set_aside_iri(base: str, source_id: str, record: str) -> str:
    """Return the IRI of the note that a record of the archive, of that source, was set aside."""
    return f"{registry_graph(base)}/set-aside/{record}#{source_id}"


def office_iri(base: str, name: str) -> str:
    """Return the IRI of an office of the merged graph."""
    return f"{base}/id/office/{name}"


def policy_iri(base: str, name: str) -> str:
    """Return the IRI of a policy of the merged graph."""
    return f"{base}/id/policy/{name}"


def statement_iri(policy: str, cell: str, number: int) -> str:
    """Return the IRI of a statement of a merged policy; `cell` is `activity-stage`, `number` is from 1 in each cell."""
    return f"{policy}#{cell}-{number}"


def policy_of(statement: str) -> str:
    """Return the IRI of the policy of a statement of the merged graph."""
    return statement.partition("#")[0]


def name_of(thing: str) -> str:
    """Return the name at the end of the IRI of an office, a policy or a source; for a statement, that of its policy.

    >>> name_of("https://a.example/id/policy/fr-lrn#use-present-1")
    'fr-lrn'
    """
    return thing.partition("#")[0].rpartition("/")[2]


def skolem_iri(graph: str, label: str) -> str:
    """Return the IRI that replaces a blank node of a graph (RDF 1.1 Concepts, section 3.5); see `is_readers_node`."""
    return f"{graph}#{label}"


LINE_LABEL = r"L[0-9]+(\.[0-9]+)?(-[a-z]+-[a-z]+)?"  # of a node that is named after its line in a YAML file

KEPT_LABEL = r"kept-[0-9a-f]{16}-[0-9]+"  # of what was said before, and is kept while the new version breaks a rule


@cache  # one registry, one base
def readers_node_pattern(base: str) -> str:
    """Return the regular expression, for Python and SPARQL, that matches the IRI of a node that the reader named.

    Such nodes are recognised by their IRIs, which RDF 1.1 Concepts, section 3.5, allows to the system that made them. A
    triple as a mark would be missing in descriptions that were accepted before there was one.
    """
    return f"^{re.escape(source_iri(base, ''))}[^/#]+/description#({LINE_LABEL}|b[0-9]+|{KEPT_LABEL})$"


def is_readers_node(base: str, iri: str) -> bool:
    """Return whether an IRI was made by the reader for a blank node: it ends with the node's line or a number.

    >>> is_readers_node("https://a.example", "https://a.example/sources/fr/description#L12-use-present")
    True
    >>> is_readers_node("https://a.example", "https://b.example/sources/fr/description#L12")
    False
    """
    return _readers_node(base).match(iri) is not None


@cache  # compiled once: every value of every record is looked at
def _readers_node(base: str) -> re.Pattern[str]:
    return re.compile(readers_node_pattern(base))


def thing_of(base: str, iri: str) -> str:
    """Return the IRI of the policy of a statement in the merged graph; any other subject is returned as it is.

    So is a node that the reader named: several policies may link to it.
    """
    return iri if is_readers_node(base, iri) else policy_of(iri)


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
