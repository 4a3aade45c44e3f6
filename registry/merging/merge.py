"""One graph out of all descriptions, by the rules of authority and rank (design: section 8); pure.

Of each property of an office or a policy the values of the best record that states it are taken. Statements are not
chosen between: all of them are there. Each thing names the records and sources that it is made of, so that the values
that were not taken can be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
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
from registry.iri.names import (
    RDF_TYPE,
    code_of,
    concept_iri,
    date_time,
    is_readers_node,
    name_of,
    office_iri,
    policy_iri,
    source_iri,
    source_of,
    statement_iri,
    term,
)
from registry.vocabulary import jurisdictions

MAX_DEPTH = 3  # unnamed nodes below a thing, each below the other

_LABEL, _ISSUER, _JURISDICTION = (term(name).value for name in ("skos:prefLabel", "ospo:issuer", "ospo:jurisdiction"))
_ACTIVITY, _STAGE, _STATUS = (term(f"ospo:{name}").value for name in ("activity", "stage", "status"))
_POLICY_PAGE, _EVIDENCE = (term(f"ospo:{name}").value for name in ("policyPage", "evidence"))
_UNKNOWN_STATUS = NamedNode(concept_iri("status", "unknown"))

# What a policy states for all those of its statements that do not state it themselves.
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
# Not taken from records: the merged thing has its own.
_OWN = {RDF_TYPE.value, PART_OF, POLICY, IDENTIFIER, COUNTRY, _JURISDICTION, _ISSUER}
_CLASSES = {OFFICE, FLOSS_POLICY, STATEMENT}


@dataclass(frozen=True, slots=True)
class _Whole:
    """What the parts must know of each other. Things are named by their IRIs, records by their keys.

    `issuers` maps a policy's record to the record of the office that lists it. `cells` maps a policy to the records of
    its statements by cell (`use-present`). `pages` maps an office to the policies whose page it names.
    """

    base: str
    names: Mapping[Key, str]
    issuers: Mapping[Key, Record]
    cells: Mapping[str, Mapping[str, list[Record]]]
    pages: Mapping[str, set[str]]


def merge(sources: Iterable[Records], base: str, aliases: Mapping[str, str] | None = None) -> set[Triple]:
    """Return the merged graph of these descriptions; `aliases` is the curated list of home pages of one office."""
    return set().union(*pieces(sources, base, aliases))


def pieces(sources: Iterable[Records], base: str, aliases: Mapping[str, str] | None = None) -> Iterator[set[Triple]]:
    """Yield the merged graph in pieces: an office with its policies and their statements, and who shares one of them.

    Each thing is in one piece alone; only the labels of countries are in each piece that needs them.
    """
    every = list(sources)
    offices = identity.office_groups([record for source in every for record in source.offices], aliases or {})
    policies = identity.policy_groups(every)
    names = identity.names(offices, partial(office_iri, base), identity.office_name)
    names |= identity.names(policies, partial(policy_iri, base), identity.policy_name)
    issuers = {policy: office for group in offices for office in group for policy in office.links(POLICY)}
    whole = _Whole(base, names, issuers, _cells(every, names), _pages(offices, policies, names))

    make: dict[str, Callable[[], list[Triple]]] = {}
    make |= {names[group[0].key]: partial(_office, group, whole) for group in offices}
    make |= {names[group[0].key]: partial(_policy, group, whole) for group in policies}
    links = [(names[office.key], names[policy]) for policy, office in issuers.items() if policy in names]
    links += [(office, policy) for office, linked in whole.pages.items() for policy in linked]
    for family in identity.families(make, links):
        triples: set[Triple] = set()
        for name in family:
            triples.update(make[name]())
        triples.update(_country_labels(triples))
        yield triples


def _cells(sources: Iterable[Records], names: Mapping[Key, str]) -> Mapping[str, Mapping[str, list[Record]]]:
    """Return the statements of all sources: policy → cell → records, the best first."""
    cells: dict[str, dict[str, list[Record]]] = defaultdict(lambda: defaultdict(list))
    every = [record for source in sources for record in source.statements]
    for record in sorted(every, key=lambda record: record.rank):
        cell = f"{code_of(record.first(_ACTIVITY))}-{code_of(record.first(_STAGE))}"
        for policy in record.links(PART_OF):
            if policy in names:
                cells[names[policy]][cell].append(record)
                break
    return cells


def _pages(offices: list[Group], policies: list[Group], names: Mapping[Key, str]) -> Mapping[str, set[str]]:
    """Return office → the policies whose page it names (`floss_policy`), where any source describes them."""
    described = {home(page): record.key for group in policies for record in group if (page := record.first(PAGE))}
    pages: dict[str, set[str]] = defaultdict(set)
    for group in offices:
        for record in group:
            policy = described.get(home(record.first(_POLICY_PAGE)))
            if policy is not None:
                pages[names[record.key]].add(names[policy])
    return pages


def _office(group: Group, whole: _Whole) -> list[Triple]:
    """Return the merged office of these records."""
    office = NamedNode(whole.names[group[0].key])
    policies = [whole.names[key] for record in group for key in record.links(POLICY) if key in whole.names]
    policies += whole.pages.get(office.value, ())
    triples = [Triple(office, RDF_TYPE, NamedNode(OFFICE))]
    triples += [Triple(office, NamedNode(POLICY), NamedNode(policy)) for policy in policies]
    return triples + _merged(office, group, whole) + _country(office, [record.first(COUNTRY) for record in group])


def _policy(group: Group, whole: _Whole) -> list[Triple]:
    """Return the merged policy of these records, with its statements."""
    policy = NamedNode(whole.names[group[0].key])
    offices = [whole.issuers[record.key] for record in group if record.key in whole.issuers]
    triples = [Triple(policy, RDF_TYPE, NamedNode(FLOSS_POLICY))]
    triples += _merged(policy, group, whole)
    triples += _country(policy, [record.first(COUNTRY) for record in [*group, *offices]])
    triples += [Triple(policy, term("ospo:office"), NamedNode(whole.names[office.key])) for office in offices]
    if issuer_names := _issuer_names(group, offices):
        triples.append(Triple(policy, term("ospo:issuerName"), issuer_names[0]))
    for cell, records in whole.cells.get(policy.value, {}).items():
        for number, record in enumerate(records, 1):
            triples += _statement(policy, NamedNode(statement_iri(policy.value, cell, number)), record, whole)
    return triples


def _issuer_names(group: Group, offices: Group) -> list[Object]:
    """Return the names of a policy's issuer, the best first: as its records state them, else those of its offices."""
    names: list[Object] = []
    for record in group:
        for issuer in record.properties.get(_ISSUER, ()):
            if isinstance(issuer, NamedNode):
                names += record.nodes.get(issuer.value, {}).get(_LABEL, ())
            else:
                names.append(issuer)
    for office in offices:
        names += office.properties.get(_LABEL, ())
    return names


def _merged(thing: NamedNode, group: Group, whole: _Whole) -> list[Triple]:
    """Return of each property the values of the best record that states it, and which records there are."""
    triples = [Triple(thing, NamedNode(IDENTIFIER), Literal(name_of(thing.value)))]
    settled = set(_OWN)
    for record in group:
        stated = {name: values for name, values in record.properties.items() if name not in settled}
        settled.update(stated)
        triples += _carried(thing, stated, record, whole.base)
        triples += _origin(thing, record, whole.base)
    return triples


def _statement(policy: NamedNode, statement: NamedNode, record: Record, whole: _Whole) -> list[Triple]:
    """Return one statement, complete in itself: what its policy states for it is repeated in it."""
    of_policy = record.nodes.get(record.first(PART_OF), {})
    properties = {name: of_policy[name] for name in _INHERITED if name in of_policy}
    properties |= {name: values for name, values in record.properties.items() if name not in _OWN}
    properties.setdefault(_STATUS, [_UNKNOWN_STATUS])
    triples = [
        Triple(statement, RDF_TYPE, NamedNode(STATEMENT)),
        Triple(statement, NamedNode(PART_OF), policy),
        Triple(statement, term("ospo:assessmentKind"), NamedNode(concept_iri("assessment-kind", record.layer))),
        *_carried(statement, properties, record, whole.base),
        *_origin(statement, record, whole.base),
    ]
    for described in properties.get(_EVIDENCE, ()):  # a node of its own, with type and archived copy, beside its page
        for page in record.nodes.get(described.value, {}).get(PAGE, ()):
            triples.append(Triple(statement, NamedNode(_EVIDENCE), page))
    if record.state.accepted_at:
        triples.append(Triple(statement, term("prov:generatedAtTime"), date_time(record.state.accepted_at)))
    codes = [code.value for code in of_policy.get(COUNTRY, ())]
    codes += [whole.issuers[key].first(COUNTRY) for key in record.links(PART_OF) if key in whole.issuers]
    return triples + _country(statement, codes)


def _carried(
    subject: NamedNode, properties: Properties, record: Record, base: str, depth: int = MAX_DEPTH
) -> list[Triple]:
    """Return these properties of a subject and, below it, those of nodes that have no name in the document.

    Nodes that the publisher named stay in the description: their IRI could be that of any merged thing, about which
    the source would then say more than it may.
    """
    triples = []
    for predicate, values in properties.items():
        for value in values:
            triples.append(Triple(subject, NamedNode(predicate), value))
            if depth and isinstance(value, NamedNode) and _is_unnamed(value.value, record, base):
                below = record.nodes.get(value.value, {})
                if not _CLASSES.intersection([class_.value for class_ in below.get(RDF_TYPE.value, ())]):
                    triples += _carried(value, below, record, base, depth - 1)
    return triples


def _is_unnamed(iri: str, record: Record, base: str) -> bool:
    """Return whether an IRI stands for a blank node of the document that the record is of."""
    return is_readers_node(base, iri) and source_of(base, iri) == record.state.source.id


def _origin(thing: NamedNode, record: Record, base: str) -> list[Triple]:
    """Return which record, and which source, a thing is made of."""
    return [
        Triple(thing, term("prov:wasDerivedFrom"), NamedNode(record.iri)),
        Triple(thing, term("dcterms:source"), NamedNode(source_iri(base, record.state.source.id))),
    ]


def _country(thing: NamedNode, codes: Iterable[str]) -> list[Triple]:
    """Return code and jurisdiction of the first country that is given; the code in its one spelling (EL becomes GR)."""
    country = jurisdictions.jurisdiction(next(filter(None, codes), ""))
    if country is None:
        return []
    return [
        Triple(thing, NamedNode(COUNTRY), Literal(country.code)),
        Triple(thing, NamedNode(_JURISDICTION), NamedNode(country.iri)),
    ]


def _country_labels(triples: Iterable[Triple]) -> list[Triple]:
    """Return class, code and labels of each jurisdiction whose code these triples state."""
    codes = {triple.object.value for triple in triples if triple.predicate.value == COUNTRY}  # type: ignore[union-attr]
    labels: list[Triple] = []
    for country in filter(None, map(jurisdictions.jurisdiction, codes)):
        node = NamedNode(country.iri)
        labels.append(Triple(node, RDF_TYPE, term("ospo:Jurisdiction")))
        labels.append(Triple(node, term("skos:notation"), Literal(country.code)))
        labels += [Triple(node, NamedNode(_LABEL), Literal(text, language=tag)) for tag, text in country.labels.items()]
    return labels
