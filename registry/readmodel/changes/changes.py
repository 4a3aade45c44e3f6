"""Changes of offices, policies and statements, newest first: filtered by country, office, cell, source and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from pyoxigraph import Literal

from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT, Nodes, Properties, by_subject
from registry.iri.addresses import home
from registry.iri.names import code_of, concept_iri, registry_graph, source_iri, source_of, term
from registry.readmodel.build import one, texts
from registry.readmodel.catalogue import Catalogue, query
from registry.readmodel.changes.resolve_pages import PageResolver, names_in_sources, page_resolver
from registry.readmodel.comparison import filters as comparison
from registry.readmodel.values import Text, one_text
from registry.store.protocol import Row, construct, select
from registry.store.sparql_text import Given, nodes
from registry.vocabulary import concepts, jurisdictions, regions

# Filter → the concept scheme of its values; "" for codes of countries and regions, slugs of offices and identifiers of
# sources.
FILTERS = {name: comparison.FILTERS[name].scheme for name in ("country", "region", "office", "activity", "stage")}
FILTERS |= {"source": "", "kind": "change-kind"}
# Filters that only a change can pass, never an event without changes → their parameter in `changes.rq`.
_OF_CHANGES = {"activity": "activities", "stage": "stages", "kind": "kinds"}
_STANDARD_SPELLING = {"country": jurisdictions.country_code, "region": regions.region_code}
_KINDS_OF_THINGS = {OFFICE: "office", FLOSS_POLICY: "policy", STATEMENT: "statement"}


@dataclass(frozen=True, slots=True)
class ChangeFilters:
    """The chosen values by filter; a change passes a filter if it has any of its values.

    `unknown` are the pairs (filter, value) that do not exist, such as ("country", "XX"): nothing matches them.
    """

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One change; or, if `kind` is "", an event of a source for which no single changes were recorded.

    `iri` is that of the change, or of the event. `thing` is "office", "policy" or "statement". `titles` are the names
    of the office or policy at the time, in all languages; `href` is the path of its page here now, or ""; `page` is its
    own address.
    `before` and `after` are codes of the force of a statement, or else of its coverage. `properties` are the IRIs of
    the properties that differ. `total` is the number of changes of the event, None if there was no earlier version to
    compare with. `counts` are the numbers of offices, policies and statements, of a first reading only.
    """

    iri: str
    event: str
    when: datetime
    source: str
    source_title: str
    outcome: str
    reason: str = ""
    archived: bool = False
    total: int | None = None
    counts: tuple[int, ...] = ()
    kind: str = ""
    thing: str = ""
    titles: tuple[Text, ...] = ()
    href: str = ""
    page: str = ""
    country: str = ""
    activity: str = ""
    stage: str = ""
    before: str = ""
    after: str = ""
    properties: tuple[str, ...] = ()

    def title(self, language: str) -> Text:
        """Return the name of the office or policy for readers of a language."""
        return one_text(self.titles, language)


def parse_change_filters(pairs: Iterable[tuple[str, str]]) -> ChangeFilters:
    """Return the filters among the (name, value) pairs of a query string; values that do not exist are kept."""
    chosen: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for name, given in pairs:
        value = given.strip()
        if name not in FILTERS or not value:
            continue
        value = _STANDARD_SPELLING.get(name, str)(value)
        if not _exists(name, value):
            unknown.append((name, value))
        chosen[name].append(value)
    return ChangeFilters({name: tuple(dict.fromkeys(values)) for name, values in chosen.items()}, tuple(unknown))


def _exists(name: str, value: str) -> bool:
    if name == "country":
        return jurisdictions.jurisdiction(value) is not None
    if name == "region":
        return value in regions.regions()
    return not FILTERS[name] or value in {concept.code for concept in concepts.concepts(FILTERS[name])}


def _countries(filters: ChangeFilters) -> frozenset[str] | None:
    """Return the countries that are asked for, of the chosen regions those that belong to them now; None for all."""
    countries = frozenset(filters.chosen["country"]) if "country" in filters.chosen else None
    if "region" not in filters.chosen:
        return countries
    members = regions.members(filters.chosen["region"])
    return members if countries is None else members & countries


def changes(catalogue: Catalogue, filters: ChangeFilters, *, limit: int, offset: int = 0) -> list[ChangeEntry]:
    """Return at most `limit` entries from `offset` on, newest first; the changes of an event keep their order.

    An event without changes passes filters of country and office if its source has that country or office now.
    """
    rows = select(catalogue.store, _query(catalogue, filters, limit, offset))
    properties = _properties(
        catalogue, {row[name].value for row in rows for name in ("event", "change") if name in row}
    )
    states = map(catalogue.source, {_source(catalogue, row) for row in rows})
    titles = {state.source.id: state.source.title for state in states if state}
    resolver = page_resolver(catalogue, {_source(catalogue, row) for row in rows if "change" in row})
    events = [
        _event_entry(row, properties.get(row["event"].value, {}), _source(catalogue, row), titles) for row in rows
    ]
    return [
        _change_entry(event, row["change"].value, properties.get(row["change"].value, {}), resolver)
        if "change" in row
        else event
        for event, row in zip(events, rows, strict=True)
    ]


def _query(catalogue: Catalogue, filters: ChangeFilters, limit: int, offset: int) -> str:
    """Return the query for the rows of these entries; a filter without a chosen value is left out of it."""
    chosen, base = filters.chosen, catalogue.base
    given: dict[str, Given] = {"registry": registry_graph(base), "limit": limit, "offset": offset}
    given["sources"] = nodes(source_iri(base, source) for source in chosen["source"]) if "source" in chosen else None
    if not set(chosen) - {"source"}:
        return query("latest", events=offset + limit, **given)
    for name, parameter in _OF_CHANGES.items():
        codes = chosen.get(name)
        given[parameter] = nodes(concept_iri(FILTERS[name], code) for code in codes) if codes else None
    countries, offices = _countries(filters), chosen.get("office")
    return query(
        "changes",
        countries=None if countries is None else [Literal(code) for code in sorted(countries)],
        offices=[Literal(page) for page in _homes(catalogue, offices)] if offices else None,
        event_sources=nodes(source_iri(base, source) for source in _sources_of_filters(catalogue, filters)),
        **given,
    )


def _sources_of_filters(catalogue: Catalogue, filters: ChangeFilters) -> set[str]:
    """Return the sources that have a country asked for, and a chosen office if both are asked for, now."""
    if filters.chosen.keys() & _OF_CHANGES.keys():
        return set()
    countries, offices = _countries(filters), filters.chosen.get("office")
    sets = []
    if countries is not None:
        chosen = (country for country in catalogue.countries() if country.code in countries)
        sets.append({source for country in chosen for source in country.sources})
    if offices:
        known = filter(None, map(catalogue.office, offices))
        sets.append({source for office in known for source in office.sources})
    return set.intersection(*sets)


def _homes(catalogue: Catalogue, offices: Iterable[str]) -> set[str]:
    """Return all home pages, normalised, that sources give for these offices: slugs, or home pages themselves."""
    homes = {home(office) for office in offices}
    for office in filter(None, map(catalogue.office, offices)):
        rows = names_in_sources(catalogue, office.sources)
        homes |= {home(row["value"].value) for row in rows if row["thing"].value == office.iri}
    return homes


def _properties(catalogue: Catalogue, iris: Iterable[str]) -> Nodes:
    """Return what the registry graph says of these events and changes."""
    text = query("nodes", registry=registry_graph(catalogue.base), nodes=sorted(iris))
    return by_subject(construct(catalogue.store, text))


def _source(catalogue: Catalogue, row: Row) -> str:
    """Return the identifier of the source of a row."""
    return source_of(catalogue.base, row["source"].value)


def _event_entry(row: Row, event: Properties, source: str, titles: Mapping[str, str]) -> ChangeEntry:
    """Return the entry of an event; `event` are its properties, `titles` those of sources by identifier."""
    total = one(event, "ospo:changes")
    counts = [one(event, f"ospo:{name}") for name in ("offices", "policies", "statements")]
    return ChangeEntry(
        iri=row["event"].value,
        event=row["event"].value,
        when=datetime.fromisoformat(row["at"].value),
        source=source,
        source_title=titles.get(source) or source,
        outcome=code_of(one(event, "ospo:outcome")),
        reason=one(event, "ospo:reason"),
        archived=one(event, "ospo:archived") == "true",
        total=int(total) if total else None,
        counts=tuple(map(int, counts)) if all(counts) else (),
    )


def _change_entry(event: ChangeEntry, iri: str, change: Properties, resolver: PageResolver) -> ChangeEntry:
    """Return the entry of one change, from the entry of its event; `change` are its properties."""
    codes = {name: code_of(one(change, f"ospo:{name}")) for name in ("changeKind", "activity", "stage")}
    thing = _KINDS_OF_THINGS.get(one(change, "ospo:aboutKind"), "")
    return replace(
        event,
        iri=iri,
        kind=codes["changeKind"],
        thing=thing,
        titles=texts(change.get(term("dcterms:title").value, ())),
        href=resolver.path(event.source, thing, change),
        page=one(change, "ospo:aboutPage"),
        country=one(change, "ospo:countryCode"),
        activity=codes["activity"],
        stage=codes["stage"],
        before=code_of(one(change, "ospo:saidBefore")),
        after=code_of(one(change, "ospo:saidAfter")),
        properties=tuple(sorted(value.value for value in change.get(term("ospo:aboutProperty").value, ()))),
    )
