"""The concept schemes, labels and questions of the vocabulary, and the files that hold them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from types import MappingProxyType

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, parse

from registry.iri.names import CONCEPT, RDF_TYPE, code_of, concept_iri, term
from registry.vocabulary.lookup import lookup


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept or a collection of a scheme.

    `code` is the last part of the IRI. `labels` and `definitions` are by language tag. `members` are the IRIs of the
    concepts of a collection; a concept has none.
    """

    iri: str
    scheme: str
    code: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str]
    members: tuple[str, ...] = ()


def data(name: str) -> bytes:
    """Return the bytes of a file of `ontology/` or `shapes/`, for example of `ontology/ospo.ttl`."""
    package, _, path = name.partition("/")
    return files(package).joinpath(path).read_bytes()


def shape_files() -> tuple[str, ...]:
    """Return the names of all files of shapes, sorted; `data` takes them."""
    return tuple(sorted(f"shapes/{item.name}" for item in files("shapes").iterdir() if item.name.endswith(".ttl")))


@cache
def vocabulary_triples() -> tuple[Triple, ...]:
    """Return the triples of all Turtle files of `ontology/`; the blank nodes of two files are never the same."""
    names = sorted(item.name for item in files("ontology").iterdir() if item.name.endswith(".ttl"))
    documents = (parse(data(f"ontology/{name}"), RdfFormat.TURTLE, rename_blank_nodes=True) for name in names)
    return tuple(quad.triple for document in documents for quad in document)


@cache
def properties() -> Mapping[str, Mapping[str, list[NamedNode | Literal]]]:
    """Return IRI → property IRI → values, for every IRI that the vocabulary describes, in the order of the files."""
    nodes: dict[str, dict[str, list[NamedNode | Literal]]] = defaultdict(lambda: defaultdict(list))
    for triple in vocabulary_triples():
        if isinstance(triple.subject, NamedNode) and isinstance(triple.object, NamedNode | Literal):
            nodes[triple.subject.value][triple.predicate.value].append(triple.object)
    return nodes


def texts(iri: str, name: str) -> Mapping[str, str]:
    """Return language tag → text of a property, for example `skos:prefLabel`; nothing for an unknown IRI."""
    values = properties().get(iri, {}).get(term(name).value, [])
    return MappingProxyType({value.language or "": value.value for value in values if isinstance(value, Literal)})


@cache
def belongs_to(property_iri: str, class_iri: str) -> bool:
    """Return whether things of that class may have a property: it has no domain, or that of the class or one above."""
    domains = {value.value for value in properties().get(property_iri, {}).get(term("rdfs:domain").value, [])}
    return not domains or bool(domains & _with_classes_above(class_iri))


def _with_classes_above(class_iri: str) -> set[str]:
    above, waiting = set[str](), [class_iri]
    while waiting:
        above.add(found := waiting.pop())
        parents = properties().get(found, {}).get(term("rdfs:subClassOf").value, [])
        waiting += [parent.value for parent in parents if parent.value not in above]
    return above


@cache
def registry_facts() -> frozenset[str]:
    """Return the IRIs of the properties that the registry alone states (`ospo:RegistryFact`).

    They are those of that type, and those whose domain is a record of the registry, such as a source or a change.
    """
    fact, record = term("ospo:RegistryFact"), term("ospo:RegistryRecord").value
    of_records = {iri for iri in properties() if record in _with_classes_above(iri)}
    return frozenset(
        iri
        for iri, values in properties().items()
        if fact in values.get(RDF_TYPE.value, [])
        or of_records & {value.value for value in values.get(term("rdfs:domain").value, [])}
    )


@cache
def concepts(scheme: str) -> tuple[Concept, ...]:
    """Return the concepts and collections of a scheme in the order of the file: of forces, the strongest first."""
    prefix = f"{CONCEPT}{scheme}/"
    return tuple(_concept(iri, scheme) for iri in properties() if iri.startswith(prefix))


@cache
def _codes(scheme: str) -> Mapping[str, str]:
    return {concept.code.casefold(): concept.code for concept in concepts(scheme)}


def code_in(typed: str, scheme: str) -> str:
    """Return the code of a concept scheme that was typed, whatever its case; "" for one that the scheme does not have.

    >>> code_in("Required", "force"), code_in("mandatory", "force")
    ('required', '')
    """
    return _codes(scheme).get(typed.casefold(), "")


@cache
def ordered(scheme: str) -> tuple[str, ...]:
    """Return the codes of a scheme's ordered collection, in order (SKOS Reference, section 9); () if it has none."""
    facts = {(triple.subject, triple.predicate): triple.object for triple in vocabulary_triples()}
    in_scheme, members, first, rest = map(term, ("skos:inScheme", "skos:memberList", "rdf:first", "rdf:rest"))
    of_scheme = NamedNode(CONCEPT + scheme)
    lists = (end for (node, name), end in facts.items() if name == members and facts[node, in_scheme] == of_scheme)
    node, collected = next(lists, None), []
    while isinstance(node, BlankNode):  # of the list; its end is rdf:nil
        collected.append(facts[node, first])
        node = facts[node, rest]
    return tuple(code_of(member.value) for member in collected if isinstance(member, NamedNode))


def _concept(iri: str, scheme: str) -> Concept:
    members = tuple(member.value for member in properties()[iri].get(term("skos:member").value, []))
    return Concept(iri, scheme, code_of(iri), texts(iri, "skos:prefLabel"), texts(iri, "skos:definition"), members)


@lru_cache(4096)  # bounded: visitors may send any number of different codes
def label(iri: str, language: str) -> str:
    """Return the label of a concept, class or property for readers of a language; the end of its IRI if it has none."""
    labels = texts(iri, "skos:prefLabel") or texts(iri, "rdfs:label")
    return lookup(labels, language)[1] or code_of(iri)


def question(activity: str, stage: str, language: str) -> str:
    """Return the question of a cell of the comparison for readers of a language."""
    questions = texts(concept_iri("cell", f"{activity}-{stage}"), "skos:definition")
    return lookup(questions, language)[1]


@lru_cache(64)  # bounded: publishers may write any number of different codes
def cells_of(duty: str) -> tuple[str, ...]:
    """Return the cells that an object of duty belongs to, such as `use-present`; () for an unknown one.

    Those whose question it answers (`ospo:coreIn`) come first, then those where it stands beside (`ospo:neighbourIn`).
    """
    values = properties().get(concept_iri("duty", duty), {})
    cells = [*values.get(term("ospo:coreIn").value, ()), *values.get(term("ospo:neighbourIn").value, ())]
    return tuple(code_of(cell.value) for cell in cells)
