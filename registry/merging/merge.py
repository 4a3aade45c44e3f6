"""One graph out of all descriptions, by the rules of authority and rank (design: section 8); pure.

Of each property of an office or a policy the values of the first voice that states it are taken; only properties of the
vocabulary are (`carried`), so that nobody states what is the registry's to say. Statements are not chosen between: all
those of the voices that are heard are there. Each thing names the records and sources that it is made of, so that the
values that were not taken can be found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
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
from registry.iri.names import (
    RDF_TYPE,
    code_of,
    concept_iri,
    date_time,
    is_readers_node,
    name_of,
    source_iri,
    source_of,
    statement_iri,
    term,
    thing_iri,
)
from registry.vocabulary import jurisdictions
from registry.vocabulary.context import carried
from registry.vocabulary.lookup import FALLBACK, choose

MERGE_RULES = 5  # another number makes every store merge again, once
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
        "territoryCode",
        "nutsCode",
        "bindsWhom",
        "bindsNote",
        "audience",
        "evidence",
        "accessed",
        "checked",
        "copyOf",
        "codebook",
        "remark",
    )
)
# Not taken from records: the merged thing has its own.
_OWN = {RDF_TYPE.value, PART_OF, POLICY, IDENTIFIER, COUNTRY, _JURISDICTION, _ISSUER}
_CLASSES = {OFFICE, FLOSS_POLICY, STATEMENT}
_YEAR_RECORD = term("ospo:YearRecord").value
# Of an office only its own word, a list of the operator or the compiled layer tells these; a mere claim does not.
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

# Parts of one fact: who states one of them states all, so that no policy is in force by one and ended by another.
_IN_FORCE = {term(f"ospo:{name}").value for name in ("status", "inForceFrom", "inForceUntil")}

Cells = Mapping[str, list[tuple[Voice, Record]]]  # cell (`use-present`) → its statements, each with its policy's voice


def merge(resolved: Resolved, sources: Iterable[Records], base: str) -> set[Triple]:
    """Return the merged graph of these descriptions, of which `resolved` was made."""
    return set().union(*pieces(resolved, sources, base))


def pieces(resolved: Resolved, sources: Iterable[Records], base: str) -> Iterator[set[Triple]]:
    """Yield the merged graph in pieces: an office with its policies and their statements, and who shares one of them.

    Each thing is in one piece alone; only the labels of countries are in each piece that needs them.
    """
    cells = _cells(resolved, sources)
    linked = _pages(resolved)
    for policy in resolved.policies:
        for office in policy.offices:
            linked[office][policy.name] = None
    make: dict[str, Callable[[], list[Triple]]] = {}
    make |= {thing.name: partial(_office, thing, linked[thing.name], base) for thing in resolved.offices}
    make |= {thing.name: partial(_policy, thing, cells.get(thing.name, {}), base) for thing in resolved.policies}
    for family in families(make, [(office, policy) for office, policies in linked.items() for policy in policies]):
        triples: set[Triple] = set()
        for name in family:
            triples.update(make[name]())
        triples.update(_country_labels(triples))
        yield triples


def _cells(resolved: Resolved, sources: Iterable[Records]) -> Mapping[str, Cells]:
    """Return the statements of the policies that are heard: policy → cell → (voice on the policy, record).

    What a stranger says of a page whose office speaks for itself, and does not say so, is a claim and no statement.
    """
    heard = {
        voice.record.key: (thing.name, voice)
        for thing in resolved.policies
        if not (thing.is_only_claimed and thing.is_spoken_for)
        for voice in thing.heard
    }
    cells: dict[str, dict[str, list[tuple[Voice, Record]]]] = defaultdict(lambda: defaultdict(list))
    for source in sources:
        for record in source.statements:
            if found := next((heard[key] for key in record.links(PART_OF) if key in heard), None):
                cell = f"{code_of(record.first(_ACTIVITY))}-{code_of(record.first(_STAGE))}"
                cells[found[0]][cell].append((found[1], record))
    return cells


def _pages(resolved: Resolved) -> dict[str, dict[str, None]]:
    """Return office → the policies whose page it names (`floss_policy`); mere claims neither name nor are named.

    Of several policies of one page, such as those of two countries, it is the one whose description weighs most, and of
    these the eldest: whoever comes later takes no link of another's office away.
    """
    described: dict[str, tuple[tuple[int, int], str]] = {}
    for thing in resolved.policies:
        for voice in () if thing.is_only_claimed else thing.heard:
            if page := home(voice.record.first(PAGE)):
                named = (_weight(voice), voice.since), thing.name
                described[page] = min(described.get(page, named), named)
    pages: dict[str, dict[str, None]] = defaultdict(dict)
    for thing in resolved.offices:
        for voice in () if thing.is_only_claimed else thing.heard:
            if found := described.get(home(voice.record.first(_POLICY_PAGE))):
                pages[thing.name][found[1]] = None
    return pages


def _weight(voice: Voice) -> int:
    """Return how much a voice on a policy weighs where offices name its page: the page's own office weighs most.

    What an office says of a page that is nobody's, because it was there first, weighs least.
    """
    return {"own-host": 0, "first-claim": 2}.get(voice.because, 1)


def _office(thing: Thing, policies: Iterable[str], base: str) -> list[Triple]:
    """Return the merged office."""
    office = NamedNode(thing_iri(base, thing.name))
    triples = [Triple(office, RDF_TYPE, NamedNode(OFFICE))]
    triples += [Triple(office, NamedNode(POLICY), NamedNode(thing_iri(base, policy))) for policy in policies]
    triples += _merged(office, thing, carried(OFFICE) - (_NOT_BY_CLAIM if thing.is_only_claimed else set()), base)
    return triples + _country(office, [voice.record.first(COUNTRY) for voice in thing.heard])


def _policy(thing: Thing, cells: Cells, base: str) -> list[Triple]:
    """Return the merged policy, with its statements."""
    policy = NamedNode(thing_iri(base, thing.name))
    issuers = [voice.issuer for voice in thing.heard if voice.issuer]
    triples = [Triple(policy, RDF_TYPE, NamedNode(FLOSS_POLICY))]
    triples += _merged(policy, thing, carried(FLOSS_POLICY), base)
    triples += _country(policy, [record.first(COUNTRY) for record in [*(v.record for v in thing.heard), *issuers]])
    triples += [Triple(policy, term("ospo:office"), NamedNode(thing_iri(base, office))) for office in thing.offices]
    triples += [Triple(policy, term("ospo:issuerName"), name) for name in _issuer_name(thing, issuers)]
    for cell, members in cells.items():
        ordered = sorted(members, key=lambda member: (*member[0].order[:-1], member[1].place))
        for number, (voice, record) in enumerate(ordered, 1):
            triples += _statement(policy, NamedNode(statement_iri(policy.value, cell, number)), record, voice, base)
    return triples


def _issuer_name(thing: Thing, offices: Iterable[Record]) -> list[Object]:
    """Return the one name of a policy's issuer, if it has any: as its voices state it, else that of their offices.

    Of names in several languages it is that for readers of English: rows of bodies are made of it, for all readers.
    """
    named: list[Sequence[Object]] = []
    for voice in thing.heard:
        for issuer in voice.record.properties.get(_ISSUER, ()):
            of_node = voice.record.nodes.get(issuer.value, {}) if isinstance(issuer, NamedNode) else {_LABEL: [issuer]}
            named.append(of_node.get(_LABEL, ()))
    named += [office.properties.get(_LABEL, ()) for office in offices]
    names = next(filter(None, named), ())
    tag = choose({_language(name) for name in names}, FALLBACK)
    return [name for name in names if _language(name) == tag][:1]


def _language(name: Object) -> str:
    return (name.language or "") if isinstance(name, Literal) else ""


def _merged(subject: NamedNode, thing: Thing, allowed: Set[str], base: str) -> list[Triple]:
    """Return of each allowed property the values of the first voice that states it, and which records are heard."""
    triples = [Triple(subject, NamedNode(IDENTIFIER), Literal(name_of(subject.value)))]
    open_properties = allowed - _OWN
    for voice in thing.heard:
        stated = {name: values for name, values in voice.record.properties.items() if name in open_properties}
        open_properties -= stated.keys() | (_IN_FORCE if _IN_FORCE & stated.keys() else set())
        triples += _carried(subject, stated, voice.record, base)
        triples += _origin(subject, voice.record, base)
    return triples


def _statement(policy: NamedNode, statement: NamedNode, record: Record, voice: Voice, base: str) -> list[Triple]:
    """Return one statement, complete in itself: what its policy states for it is repeated in it."""
    of_policy, allowed = voice.record.properties, carried(STATEMENT) - _OWN
    properties = {name: of_policy[name] for name in _INHERITED if name in of_policy}
    properties |= {name: values for name, values in record.properties.items() if name in allowed}
    properties.setdefault(_STATUS, [_UNKNOWN_STATUS])
    triples = [
        Triple(statement, RDF_TYPE, NamedNode(STATEMENT)),
        Triple(statement, NamedNode(PART_OF), policy),
        Triple(statement, term("ospo:assessmentKind"), NamedNode(concept_iri("assessment-kind", voice.layer))),
        *_carried(statement, properties, record, base),
        *_origin(statement, record, base),
    ]
    for described in properties.get(_EVIDENCE, ()):  # a node of its own, with type and archived copy, beside its page
        for page in record.nodes.get(described.value, {}).get(PAGE, ()):
            triples.append(Triple(statement, NamedNode(_EVIDENCE), page))
    if record.state.accepted_at:
        triples.append(Triple(statement, term("prov:generatedAtTime"), date_time(record.state.accepted_at)))
    return triples + _country(statement, [of.first(COUNTRY) for of in (voice.record, voice.issuer) if of])


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
                classes = {class_.value for class_ in below.get(RDF_TYPE.value, ())}
                if not _CLASSES & classes:
                    known = {name: below[name] for name in below if name in carried()}
                    if _YEAR_RECORD in classes:
                        known[RDF_TYPE.value] = [NamedNode(_YEAR_RECORD)]
                    triples += _carried(value, known, record, base, depth - 1)
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
