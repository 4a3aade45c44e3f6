"""One graph out of what all sources say, by the rules of authority and rank (design: section 8).

A pure function from records to triples: per property the best record that states it wins, statements are
united, and everything names the records it came from, so that all other values stay one step away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority import identity
from registry.authority.claims import (
    COUNTRY,
    FLOSS_POLICY,
    IDENTIFIER,
    OFFICE,
    PAGE,
    PART_OF,
    POLICY,
    STATEMENT,
    Key,
    Object,
    Properties,
    Record,
    Records,
)
from registry.authority.identity import Group
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, code_of, concept_iri, date_time, source_iri, term
from registry.vocabulary import jurisdictions

_LABEL, _ISSUER, _PLACE = (term(name).value for name in ("skos:prefLabel", "ospo:issuer", "ospo:jurisdiction"))
_ACTIVITY, _STAGE, _STATUS = (term(f"ospo:{name}").value for name in ("activity", "stage", "status"))
_POLICY_PAGE, _EVIDENCE = (term(f"ospo:{name}").value for name in ("policyPage", "evidence"))
_UNKNOWN = NamedNode(concept_iri("status", "unknown"))

# What a policy says once for all its statements that do not say their own.
_INHERITED = tuple(
    term(f"ospo:{name}").value
    for name in (
        "status",
        "inForceFrom",
        "inForceUntil",
        "bindsWhom",
        "bindsNote",
        "audience",
        "evidence",
        "accessed",
        "checked",
        "remark",
    )
)
# Part of how a document is built, or made anew for the merged thing: not carried over.
_REMADE = {RDF_TYPE.value, PART_OF, POLICY, IDENTIFIER, COUNTRY, _PLACE, _ISSUER}
_THINGS = {OFFICE, FLOSS_POLICY, STATEMENT}


@dataclass(frozen=True, slots=True)
class _World:
    """What the parts need of the whole: what things are called, and which office issues a policy."""

    base: str
    names: Mapping[Key, str]
    issuers: Mapping[Key, Record]


def merge(sources: Iterable[Records], base: str, aliases: Mapping[str, str] | None = None) -> set[Triple]:
    """Return the merged graph of these sources; `aliases` is the curated list of home pages of one office."""
    return set().union(*pieces(sources, base, aliases))


def pieces(sources: Iterable[Records], base: str, aliases: Mapping[str, str] | None = None) -> Iterator[set[Triple]]:
    """Yield that graph piece by piece: an office with its policies and their statements, and who shares one of them.

    No piece depends on another, but for the labels of countries, which each has that needs them.
    """
    everything = list(sources)
    offices = identity.office_groups((record for source in everything for record in source.offices), aliases or {})
    policies = identity.policy_groups(everything)
    names = identity.names(offices, f"{base}/id/office/", identity.office_name)
    names |= identity.names(policies, f"{base}/id/policy/", identity.policy_name)
    issuers = {policy: office for group in offices for office in group for policy in office.links(POLICY)}
    world = _World(base, names, issuers)
    cells, pages = _cells(everything, world), _pages(offices, policies, world)
    made = {names[group[0].key]: partial(_office, group, world, pages) for group in offices}
    made |= {names[group[0].key]: partial(_policy, group, world, cells) for group in policies}
    bonds = [(names[office.key], names[policy]) for policy, office in issuers.items() if policy in names]
    bonds += [(office, policy) for office, found in pages.items() for policy in found]
    for family in identity.families(made, bonds):
        triples = {triple for name in family for triple in made[name]()}
        triples.update(_jurisdictions(triples))
        yield triples


def _office(group: Group, world: _World, pages: Mapping[str, Iterable[str]]) -> Iterator[Triple]:
    subject = NamedNode(world.names[group[0].key])
    yield Triple(subject, RDF_TYPE, NamedNode(OFFICE))
    yield from _merged(subject, group, world)
    yield from _place(subject, [record.first(COUNTRY) for record in group])
    for record in group:
        for policy in record.links(POLICY):
            if policy in world.names:
                yield Triple(subject, NamedNode(POLICY), NamedNode(world.names[policy]))
    for name in pages.get(subject.value, ()):
        yield Triple(subject, NamedNode(POLICY), NamedNode(name))


def _policy(group: Group, world: _World, cells: Mapping[str, Mapping[str, list[Record]]]) -> Iterator[Triple]:
    subject = NamedNode(world.names[group[0].key])
    offices = [world.issuers[record.key] for record in group if record.key in world.issuers]
    yield Triple(subject, RDF_TYPE, NamedNode(FLOSS_POLICY))
    yield from _merged(subject, group, world)
    yield from _place(subject, [record.first(COUNTRY) for record in [*group, *offices]])
    for office in offices:
        yield Triple(subject, term("ospo:office"), NamedNode(world.names[office.key]))
    for issuer in _issuer_names(group, offices)[:1]:
        yield Triple(subject, term("ospo:issuerName"), issuer)
    for cell, members in cells.get(subject.value, {}).items():
        for number, record in enumerate(sorted(members, key=lambda record: record.rank), 1):
            yield from _statement(NamedNode(f"{subject.value}#{cell}-{number}"), record, world)


def _issuer_names(group: Group, offices: Group) -> list[Object]:
    """Return how the issuer is called, the best claim first: a text, the name of a node, or that of the office."""
    found: list[Object] = []
    for record in group:
        for value in record.properties.get(_ISSUER, ()):
            found += record.nodes.get(value.value, {}).get(_LABEL, ()) if isinstance(value, NamedNode) else (value,)
    return found + [label for office in offices for label in office.properties.get(_LABEL, ())]


def _merged(subject: NamedNode, group: Group, world: _World) -> Iterator[Triple]:
    """Yield, per property, the values of the best record that states it, and where everything comes from."""
    yield Triple(subject, NamedNode(IDENTIFIER), Literal(subject.value.rpartition("/")[2]))
    settled = set(_REMADE)
    for record in group:
        stated = {name: values for name, values in record.properties.items() if name not in settled}
        settled.update(stated)
        yield from _carried(subject, stated, record, world)
        yield from _origin(subject, record, world)


def _origin(subject: NamedNode, record: Record, world: _World) -> Iterator[Triple]:
    yield Triple(subject, term("prov:wasDerivedFrom"), NamedNode(record.iri))
    yield Triple(subject, term("dcterms:source"), NamedNode(source_iri(world.base, record.state.source.id)))


def _carried(
    subject: NamedNode, properties: Properties, record: Record, world: _World, depth: int = 3
) -> Iterator[Triple]:
    """Yield these properties and, for the document's own unnamed nodes, theirs.

    A node with an IRI of the publisher's choice stays in the description alone: followed, it could be the
    IRI of anything merged.
    """
    own = f"{source_iri(world.base, record.state.source.id)}/description#"
    for predicate, values in properties.items():
        for value in values:
            yield Triple(subject, NamedNode(predicate), value)
            if isinstance(value, NamedNode) and value.value.startswith(own) and depth:
                inner = record.nodes.get(value.value, {})
                if not _THINGS & {kind.value for kind in inner.get(RDF_TYPE.value, ())}:
                    yield from _carried(value, inner, record, world, depth - 1)


def _cells(sources: list[Records], world: _World) -> Mapping[str, Mapping[str, list[Record]]]:
    """Return the statements of all sources: policy → cell, as `activity-stage` → records."""
    cells: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    for source in sources:
        for record in source.statements:
            if policy := next((world.names[key] for key in record.links(PART_OF) if key in world.names), ""):
                cell = "-".join(code_of(record.first(name)) for name in (_ACTIVITY, _STAGE))
                cells[policy][cell].append(record)
    return cells


def _statement(subject: NamedNode, record: Record, world: _World) -> Iterator[Triple]:
    """Yield one statement, complete in itself: what its policy says for it is made explicit."""
    parent = record.nodes.get(record.first(PART_OF), {})
    properties = {name: values for name, values in record.properties.items() if name not in _REMADE}
    properties |= {name: parent[name] for name in _INHERITED if name in parent and name not in properties}
    properties.setdefault(_STATUS, (_UNKNOWN,))
    issuer = next((world.issuers[key] for key in record.links(PART_OF) if key in world.issuers), None)
    yield Triple(subject, RDF_TYPE, NamedNode(STATEMENT))
    yield Triple(subject, NamedNode(PART_OF), NamedNode(subject.value.partition("#")[0]))
    yield from _carried(subject, properties, record, world)
    for described in properties.get(_EVIDENCE, ()):  # a node of its own, with type and archived copy, beside its page
        for page in record.nodes.get(described.value, {}).get(PAGE, ()):
            yield Triple(subject, NamedNode(_EVIDENCE), page)
    yield from _place(
        subject, [value.value for value in parent.get(COUNTRY, ())] + ([issuer.first(COUNTRY)] if issuer else [])
    )
    yield Triple(subject, term("ospo:assessmentKind"), NamedNode(concept_iri("assessment-kind", record.layer)))
    yield from _origin(subject, record, world)
    if record.state.accepted_at:
        yield Triple(subject, term("prov:generatedAtTime"), date_time(record.state.accepted_at))


def _place(subject: NamedNode, codes: Iterable[str]) -> Iterator[Triple]:
    """Yield the jurisdiction of the first code given, in its one spelling (EL is GR)."""
    place = jurisdictions.jurisdiction(next(filter(None, codes), ""))
    if place:
        yield Triple(subject, NamedNode(COUNTRY), Literal(place.code))
        yield Triple(subject, NamedNode(_PLACE), NamedNode(place.iri))


def _pages(offices: list[Group], policies: list[Group], world: _World) -> Mapping[str, set[str]]:
    """Return office → the policies whose page it names (`floss_policy`), where a source describes them."""
    described = {home(record.first(PAGE)): record.key for group in policies for record in group if record.first(PAGE)}
    found: dict[str, set[str]] = defaultdict(set)
    for group in offices:
        for record in group:
            policy = described.get(home(record.first(_POLICY_PAGE)))
            if policy is not None:
                found[world.names[record.key]].add(world.names[policy])
    return found


def _jurisdictions(triples: set[Triple]) -> list[Triple]:
    used = {triple.object.value for triple in triples if triple.predicate.value == COUNTRY}  # type: ignore[union-attr]
    found: list[Triple] = []
    for place in filter(None, map(jurisdictions.jurisdiction, sorted(used))):
        subject = NamedNode(place.iri)
        found += [
            Triple(subject, RDF_TYPE, term("ospo:Jurisdiction")),
            Triple(subject, term("skos:notation"), Literal(place.code)),
        ]
        found += [
            Triple(subject, NamedNode(_LABEL), Literal(text, language=name)) for name, text in place.labels.items()
        ]
    return found
