"""The words of the registry, as data: the only reader of `ontology/` and `shapes/`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from registry.iri.names import CONCEPT, PREFIXES, code_of, concept_iri, term

_SKOS = PREFIXES["skos"]


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept of one of our schemes; `code` is the last part of its IRI, `members` are set for a collection."""

    iri: str
    scheme: str
    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    members: tuple[str, ...] = ()


def data(name: str) -> bytes:
    """Return a file of `ontology/` or `shapes/`, for example `ontology/ospo.ttl`."""
    package, _, path = name.partition("/")
    return files(package).joinpath(path).read_bytes()


def shape_files() -> tuple[str, ...]:
    """Return the names of the files of shapes, for `data`."""
    return tuple(sorted(f"shapes/{item.name}" for item in files("shapes").iterdir() if item.name.endswith(".ttl")))


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


@cache
def ordered(scheme: str) -> tuple[str, ...]:
    """Return the codes of a scheme's ordered collection, the first first (SKOS Reference, section 9); () for none."""
    facts = {(triple.subject, triple.predicate): triple.object for triple in vocabulary_triples()}
    in_scheme, members, first, rest = map(term, ("skos:inScheme", "skos:memberList", "rdf:first", "rdf:rest"))
    of_scheme = NamedNode(CONCEPT + scheme)
    lists = (end for (node, name), end in facts.items() if name == members and facts[node, in_scheme] == of_scheme)
    node, found = next(lists, None), []
    while isinstance(node, BlankNode):  # of the list; its end is rdf:nil
        found.append(facts[node, first])
        node = facts[node, rest]
    return tuple(code_of(member.value) for member in found if isinstance(member, NamedNode))


def _concept(iri: str, scheme: str) -> Concept:
    members = tuple(member.value for member in _about()[iri].get(_SKOS + "member", []))
    return Concept(iri, scheme, code_of(iri), _texts(iri, "prefLabel"), _texts(iri, "definition"), members)


@lru_cache(4096)  # what visitors ask for is no end of names
def label(iri: str, language: str) -> str:
    """Return the label of a term or concept in that language, else in English, else the end of its IRI."""
    labels = _texts(iri, "prefLabel")
    if not labels and iri in _about():
        found = _about()[iri].get(PREFIXES["rdfs"] + "label", [])
        labels = {value.language or "": value.value for value in found if isinstance(value, Literal)}
    return labels.get(language) or labels.get("en") or code_of(iri)


def question(activity: str, stage: str, language: str) -> str:
    """Return the question that a cell asks, in that language or in English."""
    texts = _texts(concept_iri("cell", f"{activity}-{stage}"), "definition")
    return texts.get(language) or texts["en"]
