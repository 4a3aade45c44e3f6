"""What changed, the latest first: by country, office, cell, source and kind of change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from pyoxigraph import Literal

from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT
from registry.iri.addresses import home
from registry.iri.names import code_of, concept_iri, registry_graph, source_iri, term
from registry.readmodel.build import Values, one
from registry.readmodel.catalogue import Catalogue, query
from registry.readmodel.changes.resolve_pages import Whereabouts, meanings, whereabouts
from registry.readmodel.values import NO_TEXT, Text
from registry.store.protocol import Row, select
from registry.store.sparql_text import Given, nodes
from registry.vocabulary import concepts, jurisdictions

# Filter → the concept scheme of its values, "" where they are names of things.
FILTERS = {"country": "", "office": "", "activity": "activity", "stage": "stage", "source": "", "kind": "change-kind"}
# Filters that an event as a whole never passes → their name in the query.
_OF_THINGS = {"activity": "activities", "stage": "stages", "kind": "kinds"}
_THINGS = {OFFICE: "office", FLOSS_POLICY: "policy", STATEMENT: "statement"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The chosen values by filter, any of which will do; `unknown` are those (filter, value) that mean nothing."""

    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One change; or, where `kind` is "", an event of a source in which no thing was told apart.

    `iri` is that of the change or the event. `thing` is office, policy or statement; `title` what the office or the
    policy was called then; `href` the page about it now, "" where there is none any more; `page` its own. `before` and
    `after` are what a statement said: a force, else a coverage. `properties` are IRIs. `total` counts the changes of
    the event, None where there was nothing to compare; `counts` the offices, policies and statements of a first
    reading.
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
    title: Text = NO_TEXT
    href: str = ""
    page: str = ""
    country: str = ""
    activity: str = ""
    stage: str = ""
    before: str = ""
    after: str = ""
    properties: tuple[str, ...] = ()


def asked(pairs: Iterable[tuple[str, str]]) -> Asked:
    """Return the filters of a query string; what is not known is kept, and matches nothing."""
    chosen: dict[str, list[str]] = defaultdict(list)
    unknown = []
    for name, given in pairs:
        value = given.strip()
        if name not in FILTERS or not value:
            continue
        value = jurisdictions.country_code(value) if name == "country" else value
        codes = {concept.code for concept in concepts.concepts(FILTERS[name])} if FILTERS[name] else {value}
        if value not in codes or (name == "country" and not jurisdictions.jurisdiction(value)):
            unknown.append((name, value))
        chosen[name].append(value)
    return Asked({name: tuple(dict.fromkeys(values)) for name, values in chosen.items()}, tuple(unknown))


def changes(catalogue: Catalogue, what: Asked, *, limit: int, offset: int = 0) -> list[ChangeEntry]:
    """Return so many entries, the latest first and those of one event in its order, from `offset` on.

    An event as a whole passes filters of country and office when its source speaks of those now.
    """
    rows = select(catalogue.store, _query(catalogue, what, limit, offset))
    said = _said(catalogue, {row[name].value for row in rows for name in ("event", "change") if name in row})
    titles = {state.source.id: state.source.title for state in catalogue.sources()}
    places = whereabouts(catalogue, {_source(catalogue, row) for row in rows if "change" in row})
    events = [_event(row, said[row["event"].value], _source(catalogue, row), titles) for row in rows]
    return [
        _told_apart(event, row["change"].value, said[row["change"].value], places) if "change" in row else event
        for event, row in zip(events, rows, strict=True)
    ]


def _query(catalogue: Catalogue, what: Asked, limit: int, offset: int) -> str:
    """Return the query for the rows of these entries; a filter of which nothing is chosen is left out of it."""
    chosen, base = what.chosen, catalogue.base
    given: dict[str, Given] = {"registry": registry_graph(base), "limit": limit, "offset": offset}
    given["sources"] = nodes(source_iri(base, source) for source in chosen["source"]) if "source" in chosen else None
    if not set(chosen) - {"source"}:
        return query("latest", events=offset + limit, **given)
    for name, parameter in _OF_THINGS.items():
        codes = chosen.get(name)
        given[parameter] = nodes(concept_iri(FILTERS[name], code) for code in codes) if codes else None
    countries, offices = chosen.get("country"), chosen.get("office")
    return query(
        "changes",
        countries=[Literal(code) for code in countries] if countries else None,
        offices=[Literal(page) for page in _homes(catalogue, offices)] if offices else None,
        speaking=nodes(source_iri(base, source) for source in _speaking(catalogue, what)),
        **given,
    )


def _speaking(catalogue: Catalogue, what: Asked) -> set[str]:
    """Return the sources that speak of a chosen country and of a chosen office now."""
    if what.chosen.keys() & _OF_THINGS.keys():
        return set()
    countries, offices = what.chosen.get("country"), what.chosen.get("office")
    found = []
    if countries:
        found.append({source for it in catalogue.countries() if it.code in countries for source in it.sources})
    if offices:
        found.append({source for it in map(catalogue.office, offices) if it for source in it.sources})
    return set.intersection(*found)


def _homes(catalogue: Catalogue, offices: Iterable[str]) -> set[str]:
    """Return every home page, normalised, by which a source knows one of these offices: slugs, or home pages."""
    found = {home(office) for office in offices}
    for office in filter(None, map(catalogue.office, offices)):
        rows = meanings(catalogue, office.sources)
        found |= {home(row["value"].value) for row in rows if row["thing"].value == office.iri}
    return found


def _said(catalogue: Catalogue, iris: Iterable[str]) -> dict[str, dict[str, list[Any]]]:
    """Return event or change → what the registry says of it."""
    text = query("nodes", registry=registry_graph(catalogue.base), nodes=sorted(iris))
    found: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for row in select(catalogue.store, text):
        found[row["node"].value][row["property"].value].append(row["value"])
    return found


def _source(catalogue: Catalogue, row: Row) -> str:
    return row["source"].value.removeprefix(source_iri(catalogue.base, ""))


def _event(row: Row, event: Values, source: str, titles: Mapping[str, str]) -> ChangeEntry:
    """Return the entry of an event as a whole."""
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


def _told_apart(whole: ChangeEntry, iri: str, change: Mapping[str, list[Any]], places: Whereabouts) -> ChangeEntry:
    """Return the entry of one change of an event."""
    codes = {name: code_of(one(change, f"ospo:{name}")) for name in ("changeKind", "activity", "stage")}
    thing = _THINGS.get(one(change, "ospo:aboutKind"), "")
    title = min(change.get(term("dcterms:title").value, ()), key=str, default=None)
    return replace(
        whole,
        iri=iri,
        kind=codes["changeKind"],
        thing=thing,
        title=Text(title.value, title.language or "") if title is not None else NO_TEXT,
        href=places.of(whole.source, thing, change),
        page=one(change, "ospo:aboutPage"),
        country=one(change, "ospo:countryCode"),
        activity=codes["activity"],
        stage=codes["stage"],
        before=code_of(one(change, "ospo:saidBefore")),
        after=code_of(one(change, "ospo:saidAfter")),
        properties=tuple(sorted(value.value for value in change.get(term("ospo:aboutProperty").value, ()))),
    )
