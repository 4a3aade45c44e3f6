"""A description as records: one for each office, policy and statement in it, with the source's authority and rank."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority import rules
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, term
from registry.model import SourceState

Object = NamedNode | Literal
Properties = Mapping[str, Sequence[Object]]  # property IRI → values, sorted as N-Triples
Nodes = Mapping[str, Properties]  # subject IRI → its properties
Key = tuple[str, str]  # source id, IRI of the node: two sources may use one IRI, in good faith or not

HOME, ALIAS, POLICY = (term(name).value for name in ("foaf:homepage", "ospo:alias", "ospo:flossPolicy"))
PART_OF, PAGE, TITLE = (term(name).value for name in ("dcterms:isPartOf", "foaf:page", "dcterms:title"))
IDENTIFIER, COUNTRY = (term(name).value for name in ("dcterms:identifier", "ospo:countryCode"))
OFFICE, FLOSS_POLICY, STATEMENT = (term(f"ospo:{name}").value for name in ("Office", "FlossPolicy", "PolicyStatement"))

_DIGITS = re.compile(r"([0-9]+)")


@dataclass(frozen=True, slots=True)
class Record:
    """What one source says of one office, policy or statement.

    `iri` is its node in the description, `properties` are those of this node, `nodes` those of all nodes there.
    `authority`: the source speaks for the office (`rules.may_speak_for_office`), or for the office that it says issues
    the policy; whether that makes it speak for the policy is another question (`resolve`). `place` sorts the records of
    a file in its order. `home` is the normalised home page of an office, "" for other things.
    """

    iri: str
    state: SourceState
    authority: bool
    place: tuple[object, ...]
    nodes: Nodes = field(repr=False)
    properties: Properties = field(repr=False)
    home: str = ""

    @property
    def key(self) -> Key:
        """What distinguishes this record from all others."""
        return self.state.source.id, self.iri

    @property
    def homepage(self) -> str:
        """The home page of an office, as the source writes it."""
        return self.first(HOME)

    def links(self, predicate: str) -> list[Key]:
        """Return the keys of the nodes in the same description that are values of this property."""
        return [(self.state.source.id, value.value) for value in self.properties.get(predicate, ())]

    def first(self, predicate: str) -> str:
        """Return the first value of this property as text, "" where there is none."""
        values = self.properties.get(predicate)
        return values[0].value if values else ""


@dataclass(frozen=True, slots=True)
class Records:
    """All records of one description by class, in the order of its file."""

    offices: tuple[Record, ...]
    policies: tuple[Record, ...]
    statements: tuple[Record, ...]


def records(state: SourceState, triples: Iterable[Triple]) -> Records:
    """Return the records in the description of a source.

    Authority over an office (`rules.may_speak_for_office`) extends to its policies and to their statements.
    """
    nodes = by_subject(triples)
    order = {iri: natural(iri) for iri in nodes}
    by_class: dict[str, list[str]] = defaultdict(list)
    for iri in sorted(nodes, key=order.__getitem__):
        for class_ in nodes[iri].get(RDF_TYPE.value, ()):
            by_class[class_.value].append(iri)

    def record(iri: str, authority: bool, home_page: str = "") -> Record:
        return Record(iri, state, authority, order[iri], nodes, nodes[iri], home_page)

    offices, own_policies = [], set()
    for iri in by_class[OFFICE]:
        home_page = first(nodes[iri], HOME)
        office = record(iri, rules.may_speak_for_office(state, home_page) != "", home(home_page))
        offices.append(office)
        if office.authority:
            own_policies.update([policy.value for policy in nodes[iri].get(POLICY, ())])
    policies = [record(iri, iri in own_policies) for iri in by_class[FLOSS_POLICY]]
    statements = [record(iri, first(nodes[iri], PART_OF) in own_policies) for iri in by_class[STATEMENT]]
    return Records(tuple(offices), tuple(policies), tuple(statements))


def by_subject(triples: Iterable[Triple]) -> dict[str, dict[str, list[Object]]]:
    """Return subject → property → values, which are sorted as N-Triples: the order is always the same."""
    nodes: dict[str, dict[str, list[Object]]] = {}
    for triple in triples:
        properties = nodes.setdefault(triple.subject.value, {})  # type: ignore[union-attr]
        properties.setdefault(triple.predicate.value, []).append(triple.object)  # type: ignore[arg-type]
    for properties in nodes.values():
        for values in properties.values():
            if len(values) > 1:
                values.sort(key=str)
    return nodes


def first(properties: Properties, predicate: str) -> str:
    """Return the first value of a property as text, "" where there is none."""
    values = properties.get(predicate)
    return values[0].value if values else ""


def natural(text: str) -> tuple[object, ...]:
    """Return a sorting key that compares numbers by their size.

    >>> sorted(["L12", "L9", "L12.2"], key=natural)
    ['L9', 'L12', 'L12.2']
    """
    # Every second part is a number. Of two, the one with more digits is greater; int() refuses very long ones.
    parts = enumerate(_DIGITS.split(text))
    return tuple([(1, len(part.lstrip("0")), part) if number % 2 else (0, part) for number, part in parts if part])
