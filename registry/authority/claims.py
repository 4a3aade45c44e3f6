"""What each source says, as records: one for each office and policy it describes, with its authority and rank."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority import rules
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, term
from registry.model import SourceState

Object = NamedNode | Literal
Properties = Mapping[str, tuple[Object, ...]]

HOME, ALIAS, POLICY = (term(name).value for name in ("foaf:homepage", "ospo:alias", "ospo:flossPolicy"))
PART_OF, PAGE, TITLE = (term(name).value for name in ("dcterms:isPartOf", "foaf:page", "dcterms:title"))
IDENTIFIER, COUNTRY = (term(name).value for name in ("dcterms:identifier", "ospo:countryCode"))
OFFICE, FLOSS_POLICY, STATEMENT = (term(f"ospo:{name}").value for name in ("Office", "FlossPolicy", "PolicyStatement"))


Key = tuple[str, str]  # source id, IRI: two sources may use one IRI, in good faith or not


@dataclass(frozen=True, slots=True)
class Record:
    """What one source says of one thing: `iri` is the node in its description graph, `home` compares home pages.

    `authority` tells whether the source speaks for the office, or for the office that it says issues the policy;
    whether that makes it speak for the policy is another question (`resolve`). `nodes` are the properties of every
    subject in that graph.
    """

    iri: str
    state: SourceState
    authority: bool
    nodes: Mapping[str, Properties] = field(repr=False)
    home: str = ""

    @property
    def key(self) -> Key:
        """What tells this record from every other."""
        return self.state.source.id, self.iri

    @property
    def properties(self) -> Properties:
        """What the source says of the thing."""
        return self.nodes[self.iri]

    def links(self, predicate: str) -> list[Key]:
        """Return the keys of the records, in the same source, that a property names."""
        return [(self.state.source.id, value.value) for value in self.properties.get(predicate, ())]

    @property
    def homepage(self) -> str:
        """The home page of an office, as the source writes it."""
        return self.first(HOME)

    @property
    def place(self) -> tuple[object, ...]:
        """The place of the record in its file, for sorting."""
        return natural(self.iri)

    def first(self, predicate: str) -> str:
        """Return the text of the first value, or ""."""
        return first(self.properties, predicate)


@dataclass(frozen=True, slots=True)
class Records:
    """All records of one source, by kind, in the order of its file."""

    offices: tuple[Record, ...]
    policies: tuple[Record, ...]
    statements: tuple[Record, ...]


def natural(text: str) -> tuple[object, ...]:
    """Return a sorting key in which L9 stands before L12."""
    parts = re.split(r"([0-9]+)", text)  # every second one is a number; a longer one is greater, and int() has limits
    numbers = ((1, len(part.lstrip("0")), part) if place % 2 else (0, part) for place, part in enumerate(parts) if part)
    return tuple(numbers)


def first(properties: Properties, predicate: str) -> str:
    """Return the text of the first value, or ""."""
    values = properties.get(predicate, ())
    return values[0].value if values else ""


def by_subject(triples: Iterable[Triple]) -> dict[str, dict[str, tuple[Object, ...]]]:
    """Return subject → property → values, in a fixed order."""
    nodes: dict[str, dict[str, list[Object]]] = defaultdict(lambda: defaultdict(list))
    for triple in triples:
        nodes[triple.subject.value][triple.predicate.value].append(triple.object)  # type: ignore[union-attr,arg-type]
    return {
        iri: {predicate: tuple(sorted(values, key=str)) for predicate, values in properties.items()}
        for iri, properties in nodes.items()
    }


def records(state: SourceState, triples: Iterable[Triple]) -> Records:
    """Return the records of one source's description.

    Authority over an office (`rules.may_speak_for_office`) reaches over its policies and over their statements.
    """
    nodes = by_subject(triples)
    typed: dict[str, list[str]] = defaultdict(list)
    for iri, properties in nodes.items():
        for kind in properties.get(RDF_TYPE.value, ()):
            typed[kind.value].append(iri)
    offices = [_office(iri, state, nodes) for iri in typed[OFFICE]]
    own = {policy for office in offices if office.authority for _, policy in office.links(POLICY)}
    policies = [Record(iri, state, iri in own, nodes) for iri in typed[FLOSS_POLICY]]
    statements = [Record(iri, state, first(nodes[iri], PART_OF) in own, nodes) for iri in typed[STATEMENT]]
    return Records(*(_sorted(group) for group in (offices, policies, statements)))


def _office(iri: str, state: SourceState, nodes: Mapping[str, Properties]) -> Record:
    address = first(nodes[iri], HOME)
    return Record(iri, state, rules.may_speak_for_office(state, address) != "", nodes, home(address))


def _sorted(group: list[Record]) -> tuple[Record, ...]:
    return tuple(sorted(group, key=lambda record: natural(record.iri)))
