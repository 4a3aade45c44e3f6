"""One graph out of what all sources say, by the rules of authority and rank (design: section 8).

A pure function from records to triples: per property the best record that states it wins, statements are
united, and everything names the records it came from, so that all other values stay one step away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from functools import partial

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import (
    COUNTRY,
    FLOSS_POLICY,
    IDENTIFIER,
    OFFICE,
    PAGE,
    PART_OF,
    POLICY,
    STATEMENT,
    Object,
    Properties,
    Record,
    Records,
)
from registry.authority.identity import families
from registry.authority.resolve import Resolved, Thing, Voice
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, code_of, concept_iri, date_time, source_iri, term
from registry.vocabulary import jurisdictions
from registry.vocabulary.context import carried

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
# Part of how a document is built, or stated anew of the merged thing: not carried over.
_REMADE = {RDF_TYPE.value, PART_OF, POLICY, IDENTIFIER, COUNTRY, _PLACE, _ISSUER}
_YEAR_RECORD = term("ospo:YearRecord").value
# Nodes that are things of their own: nothing of them is carried over as part of another.
_NODES = {OFFICE, FLOSS_POLICY, STATEMENT}
# Of an office only its own word, an operator's list or the compiled layer tells these; a mere claim does not.
_NOT_BY_CLAIM = {
    term(name).value
    for name in (
        "schema:email",
        "ospo:contactPage",
        "ospo:codeSource",
        "ospo:codeInventory",
        "ospo:softwareCatalogue",
        "ospo:community",
        "ospo:alias",
        "ospo:policyPage",
    )
}


def merge(resolved: Resolved, sources: Iterable[Records], base: str) -> set[Triple]:
    """Return the merged graph of these sources, of which `resolved` was made."""
    return set().union(*pieces(resolved, sources, base))


def pieces(resolved: Resolved, sources: Iterable[Records], base: str) -> Iterator[set[Triple]]:
    """Yield that graph piece by piece: an office with its policies and their statements, and who shares one of them.

    No piece depends on another, but for the labels of countries, which each has that needs them.
    """
    cells, pages = _cells(resolved, sources), _pages(resolved)
    issued: dict[str, list[str]] = defaultdict(list)
    for policy in resolved.policies:
        for office in policy.offices:
            issued[office].append(policy.name)
    made = {
        thing.name: partial(_office, thing, (*issued[thing.name], *pages.get(thing.name, ())), base)
        for thing in resolved.offices
    }
    offices = {thing.name: thing for thing in resolved.offices}
    made |= {
        thing.name: partial(_policy, thing, [offices[name] for name in thing.offices], cells.get(thing.name, {}), base)
        for thing in resolved.policies
    }
    bonds = [(office, policy) for office, policies in (*issued.items(), *pages.items()) for policy in policies]
    for family in families(made, bonds):
        triples = {triple for name in family for triple in made[name]()}
        triples.update(_jurisdictions(triples))
        yield triples


def thing_iri(base: str, name: str) -> NamedNode:
    """Return the IRI of a thing by its name in the ledger, such as `office/code-gouv-fr`."""
    return NamedNode(f"{base}/id/{name}")


def _office(thing: Thing, policies: Iterable[str], base: str) -> Iterator[Triple]:
    subject = thing_iri(base, thing.name)
    yield Triple(subject, RDF_TYPE, NamedNode(OFFICE))
    yield from _merged(subject, thing, carried(OFFICE) - (_NOT_BY_CLAIM if thing.is_only_claimed else set()), base)
    yield from _place(subject, [voice.record.first(COUNTRY) for voice in thing.heard])
    for policy in policies:
        yield Triple(subject, NamedNode(POLICY), thing_iri(base, policy))


def _policy(
    thing: Thing, offices: Sequence[Thing], cells: Mapping[str, list[tuple[Voice, Record]]], base: str
) -> Iterator[Triple]:
    subject = thing_iri(base, thing.name)
    issuers = [voice.issuer for voice in thing.heard if voice.issuer]
    yield Triple(subject, RDF_TYPE, NamedNode(FLOSS_POLICY))
    yield from _merged(subject, thing, carried(FLOSS_POLICY), base)
    yield from _place(subject, [record.first(COUNTRY) for record in (*(v.record for v in thing.heard), *issuers)])
    for office in offices:
        yield Triple(subject, term("ospo:office"), thing_iri(base, office.name))
    for issuer in _issuer_names(thing, issuers)[:1]:
        yield Triple(subject, term("ospo:issuerName"), issuer)
    for cell, members in cells.items():
        ordered = sorted(members, key=lambda member: (*member[0].order[:-1], member[1].place))
        for number, (voice, record) in enumerate(ordered, 1):
            yield from _statement(NamedNode(f"{subject.value}#{cell}-{number}"), record, voice, base)


def _issuer_names(thing: Thing, issuers: Sequence[Record]) -> list[Object]:
    """Return how the issuer is called, the best voice first: a text, the name of a node, or that of the office."""
    found: list[Object] = []
    for voice in thing.heard:
        for value in voice.record.properties.get(_ISSUER, ()):
            nodes = voice.record.nodes
            found += nodes.get(value.value, {}).get(_LABEL, ()) if isinstance(value, NamedNode) else (value,)
    return found + [label for office in issuers for label in office.properties.get(_LABEL, ())]


def _merged(subject: NamedNode, thing: Thing, allowed: Set[str], base: str) -> Iterator[Triple]:
    """Yield, per property, the values of the first voice that states it, and where everything comes from."""
    yield Triple(subject, NamedNode(IDENTIFIER), Literal(subject.value.rpartition("/")[2]))
    settled: set[str] = set()
    for voice in thing.heard:
        stated = {
            name: values
            for name, values in voice.record.properties.items()
            if name in allowed and name not in settled and name not in _REMADE
        }
        settled.update(stated)
        yield from _carried(subject, stated, voice.record, base)
        yield from _origin(subject, voice.record, base)


def _origin(subject: NamedNode, record: Record, base: str) -> Iterator[Triple]:
    yield Triple(subject, term("prov:wasDerivedFrom"), NamedNode(record.iri))
    yield Triple(subject, term("dcterms:source"), NamedNode(source_iri(base, record.state.source.id)))


def _carried(subject: NamedNode, properties: Properties, record: Record, base: str, depth: int = 3) -> Iterator[Triple]:
    """Yield these properties and, for the document's own unnamed nodes, theirs.

    A node with an IRI of the publisher's choice stays in the description alone: followed, it could be the
    IRI of anything merged.
    """
    own = f"{source_iri(base, record.state.source.id)}/description#"
    for predicate, values in properties.items():
        for value in values:
            yield Triple(subject, NamedNode(predicate), value)
            if isinstance(value, NamedNode) and value.value.startswith(own) and depth:
                inner = record.nodes.get(value.value, {})
                kinds = {kind.value for kind in inner.get(RDF_TYPE.value, ())}
                if not _NODES & kinds:
                    known = {name: inner[name] for name in inner if name in carried("")}
                    known |= {RDF_TYPE.value: (NamedNode(_YEAR_RECORD),)} if _YEAR_RECORD in kinds else {}
                    yield from _carried(value, known, record, base, depth - 1)


def _cells(resolved: Resolved, sources: Iterable[Records]) -> Mapping[str, Mapping[str, list[tuple[Voice, Record]]]]:
    """Return the statements of heard policies: policy → cell, as `activity-stage` → (voice on the policy, record)."""
    heard = {voice.record.key: (thing.name, voice) for thing in resolved.policies for voice in thing.heard}
    cells: dict[str, dict[str, list[tuple[Voice, Record]]]] = defaultdict(lambda: defaultdict(list))
    for source in sources:
        for record in source.statements:
            if found := next((heard[key] for key in record.links(PART_OF) if key in heard), None):
                cell = "-".join(code_of(record.first(name)) for name in (_ACTIVITY, _STAGE))
                cells[found[0]][cell].append((found[1], record))
    return cells


def _statement(subject: NamedNode, record: Record, voice: Voice, base: str) -> Iterator[Triple]:
    """Yield one statement, complete in itself: what its policy says for it is made explicit."""
    parent, allowed = voice.record.properties, carried(STATEMENT)
    properties = {name: values for name, values in record.properties.items() if name in allowed and name not in _REMADE}
    properties |= {name: parent[name] for name in _INHERITED if name in parent and name not in properties}
    properties.setdefault(_STATUS, (_UNKNOWN,))
    yield Triple(subject, RDF_TYPE, NamedNode(STATEMENT))
    yield Triple(subject, NamedNode(PART_OF), NamedNode(subject.value.partition("#")[0]))
    yield from _carried(subject, properties, record, base)
    for described in properties.get(_EVIDENCE, ()):  # a node of its own, with type and archived copy, beside its page
        for page in record.nodes.get(described.value, {}).get(PAGE, ()):
            yield Triple(subject, NamedNode(_EVIDENCE), page)
    yield from _place(subject, [of.first(COUNTRY) for of in (voice.record, voice.issuer) if of])
    yield Triple(subject, term("ospo:assessmentKind"), NamedNode(concept_iri("assessment-kind", voice.layer)))
    yield from _origin(subject, record, base)
    if record.state.accepted_at:
        yield Triple(subject, term("prov:generatedAtTime"), date_time(record.state.accepted_at))


def _place(subject: NamedNode, codes: Iterable[str]) -> Iterator[Triple]:
    """Yield the jurisdiction of the first code given, in its one spelling (EL is GR)."""
    place = jurisdictions.jurisdiction(next(filter(None, codes), ""))
    if place:
        yield Triple(subject, NamedNode(COUNTRY), Literal(place.code))
        yield Triple(subject, NamedNode(_PLACE), NamedNode(place.iri))


def _pages(resolved: Resolved) -> Mapping[str, set[str]]:
    """Return office → the policies whose page it names (`floss_policy`), where a source describes them."""
    described: dict[str, str] = {}
    for thing in resolved.policies:
        for voice in (
            () if thing.is_only_claimed else thing.heard
        ):  # nobody gives an office a policy that is a mere claim
            if voice.record.first(PAGE):
                described.setdefault(home(voice.record.first(PAGE)), thing.name)
    found: dict[str, set[str]] = defaultdict(set)
    for thing in resolved.offices:
        for voice in () if thing.is_only_claimed else thing.heard:
            if policy := described.get(home(voice.record.first(_POLICY_PAGE))):
                found[thing.name].add(policy)
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
