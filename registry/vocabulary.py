"""The words of the registry, as data: the only reader of `ontology/` and `shapes/`."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from babel import Locale
from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

OSPO = "https://w3id.org/ospo/ns#"
CONCEPT = "https://w3id.org/ospo/concept/"
SHAPES = "https://w3id.org/ospo/shapes#"
FIELD = "https://w3id.org/ospo/field/"
CONTEXT_IRIS = frozenset({"https://w3id.org/ospo/ns/context.jsonld", "https://w3id.org/ospo/ns/1.0/context.jsonld"})
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
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_SKOS = PREFIXES["skos"]
_KINDS = {"@id": "iri", "@vocab": "concept"}


@dataclass(frozen=True, slots=True)
class Term:
    """What the context says of a key. `kind`: text, language, iri, concept, typed, id or type."""

    iri: str
    kind: str
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of one of our schemes; `code` is the last part of its IRI, `members` are set for a collection."""

    iri: str
    scheme: str
    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country, the Union, or the international bodies; `accepted` are further spellings of its code."""

    code: str
    iri: str
    labels: Mapping[str, str]
    exact_match: str = ""
    accepted: tuple[str, ...] = ()


def data(name: str) -> bytes:
    """Return a file of `ontology/` or `shapes/`, for example `ontology/ospo.ttl`."""
    package, _, path = name.partition("/")
    return files(package).joinpath(path).read_bytes()


def shape_files() -> tuple[str, ...]:
    """Return the names of the files of shapes, for `data`."""
    return tuple(sorted(f"shapes/{item.name}" for item in files("shapes").iterdir() if item.name.endswith(".ttl")))


@cache
def context() -> dict[str, Any]:
    """Return the value of `@context` in our JSON-LD context; not to be changed."""
    found: dict[str, Any] = json.loads(data("ontology/context.jsonld"))["@context"]
    return found


@cache
def term(key: str, type_: str = "") -> Term | None:
    """Return what the context says of a key in a node of that type, or None for a field that nobody defined."""
    entry = context().get(type_)
    scoped = entry.get("@context", {}) if isinstance(entry, dict) else {}
    found = scoped.get(key, context().get(key))
    if found is None or key.startswith("@"):
        return None
    if isinstance(found, str):
        return Term(found, found.removeprefix("@")) if found.startswith("@") else Term(_expanded(found), "typed")
    reverse = "@reverse" in found
    kind = _KINDS.get(found.get("@type", ""), "typed" if "@type" in found else "text")
    kind = "language" if found.get("@container") == "@language" else kind
    return Term(_expanded(found["@reverse" if reverse else "@id"]), kind, reverse)


def _expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name


@cache
def vocabulary_triples() -> tuple[Triple, ...]:
    """Return the ontology, the concepts, the jurisdictions and the alignment as triples."""
    names = sorted(item.name for item in files("ontology").iterdir() if item.name.endswith(".ttl"))
    documents = (parse(data(f"ontology/{name}"), RdfFormat.TURTLE, rename_blank_nodes=True) for name in names)
    return tuple(quad.triple for document in documents for quad in document)


@cache
def _about() -> Mapping[str, Mapping[str, list[NamedNode | Literal]]]:
    nodes: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for triple in vocabulary_triples():
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            nodes[triple.subject.value][triple.predicate.value].append(triple.object)
    return nodes


def _texts(iri: str, predicate: str) -> Mapping[str, str]:
    values = _about()[iri][_SKOS + predicate] if iri in _about() else []
    return MappingProxyType({value.language or "": value.value for value in values if isinstance(value, Literal)})


@cache
def concepts(scheme: str) -> tuple[Concept, ...]:
    """Return the concepts (and collections) of a scheme in the order of the file: for forces, the strongest first."""
    prefix = f"{CONCEPT}{scheme}/"
    return tuple(_concept(iri, scheme) for iri in _about() if iri.startswith(prefix))


def _concept(iri: str, scheme: str) -> Concept:
    members = tuple(member.value for member in _about()[iri].get(_SKOS + "member", []))
    return Concept(iri, scheme, code(iri), _texts(iri, "prefLabel"), _texts(iri, "definition"), members)


def concept_iri(scheme: str, code: str) -> str:
    """Return the IRI of a concept, whether or not it exists."""
    return f"{CONCEPT}{scheme}/{code}"


def code(iri: str) -> str:
    """Return the last part of an IRI.

    >>> code("https://w3id.org/ospo/concept/force/required"), code("https://w3id.org/ospo/ns#force")
    ('required', 'force')
    """
    return iri.rstrip("/").rpartition("/")[2].rpartition("#")[2]


@lru_cache(4096)  # what visitors ask for is no end of names
def label(iri: str, language: str) -> str:
    """Return the label of a term or concept in that language, else in English, else the end of its IRI."""
    labels = _texts(iri, "prefLabel")
    if not labels and iri in _about():
        found = _about()[iri].get(PREFIXES["rdfs"] + "label", [])
        labels = {value.language or "": value.value for value in found if isinstance(value, Literal)}
    return labels.get(language) or labels.get("en") or code(iri)


def question(activity: str, stage: str, language: str) -> str:
    """Return the question that a cell asks, in that language or in English."""
    texts = _texts(concept_iri("cell", f"{activity}-{stage}"), "definition")
    return texts.get(language) or texts["en"]


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """Return all jurisdictions, by code."""
    prefix = f"{CONCEPT}jurisdiction/"
    return tuple(
        sorted((_jurisdiction(iri) for iri in _about() if iri.startswith(prefix)), key=lambda place: place.code)
    )


def _jurisdiction(iri: str) -> Jurisdiction:
    facts = _about()[iri]
    match = facts.get(_SKOS + "exactMatch", [])
    accepted = tuple(value.value for value in facts.get(f"{OSPO}acceptedCode", []))
    return Jurisdiction(code(iri), iri, _texts(iri, "prefLabel"), match[0].value if match else "", accepted)


@cache
def _by_code() -> Mapping[str, Jurisdiction]:
    return {name: place for place in jurisdictions() for name in (*place.accepted, place.code)}


def jurisdiction(code: str) -> Jurisdiction | None:
    """Return the jurisdiction of a code in any accepted spelling and case (EL and UK too), or None."""
    return _by_code().get(code.strip().upper())


def country_code(code: str) -> str:
    """Return the code of a jurisdiction in its one spelling; what is none as it is."""
    place = jurisdiction(code)
    return place.code if place else code


@lru_cache(4096)
def country_name(code: str, language: str) -> str:
    """Return the name of a jurisdiction: of countries from CLDR, of the others from our own labels."""
    place = jurisdiction(code)
    name = Locale.parse(language).territories.get(country_code(code))
    return name or (place.labels.get(language) or place.labels["en"] if place else code)
