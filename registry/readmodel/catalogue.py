"""The one access of pages to the store: each method runs a query of `queries/`, or reads the lists of a snapshot."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import natural
from registry.authority.ledger import key_parts
from registry.iri.addresses import home
from registry.iri.names import (
    authority_graph,
    description_graph,
    merged_graph,
    names_graph,
    peers_graph,
    readers_node_pattern,
    registry_graph,
    report_graph,
    source_iri,
    term,
    thing_iri,
)
from registry.model import Finding, Severity, SourceState
from registry.readmodel import build, claims
from registry.readmodel.claims import Speaking
from registry.readmodel.comparison import rows as comparison
from registry.readmodel.comparison.by_date import DatedStatement, by_date
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.left_lists import left_lists
from registry.readmodel.lists import entries, orders
from registry.readmodel.questions.questions import Answers, Question, answers
from registry.readmodel.read import read_lists
from registry.readmodel.snapshot import Failure, Latest, Snapshot
from registry.readmodel.tables.columns import Lazy, Rows
from registry.readmodel.tables.lists import BODIES, body_name
from registry.readmodel.tables.table import Table
from registry.readmodel.values import (
    Country,
    Event,
    FormerName,
    Head,
    ListingPeer,
    Office,
    Policy,
    Row,
    Said,
    Skipped,
    Statement,
    Voice,
)
from registry.sources.set_aside import set_aside
from registry.sources.state_rdf import states
from registry.store import protocol
from registry.store.checkpoints import CheckpointStore, View
from registry.store.protocol import Row as Found
from registry.store.protocol import Store, construct, select
from registry.store.sparql_text import Given, bind, load, nodes
from registry.vocabulary.lookup import FALLBACK

CountryOrder = Callable[[str], Any]  # code of a country, or UNKNOWN → its sort key


def query(name: str, /, **given: Given) -> str:
    """Return the query in `registry/readmodel/queries/{name}.rq` with its parameters bound, see `bind`."""
    return bind(load("registry.readmodel", f"{name}.rq"), **given)


@dataclass(frozen=True, slots=True)
class _Version:
    """A state of the store, and the store to read it from."""

    key: str
    store: Store = field(compare=False, repr=False)


def _by_country(table: Table[Any], rows: Rows, order: CountryOrder) -> Rows:
    """Return the rows in that order of their countries; those of one country keep theirs."""
    column = table.columns["country"]  # which has one value in each row
    countries = list(column.values)
    ranks = np.empty(len(countries), np.intp)
    ranks[sorted(range(len(countries)), key=lambda place: order(countries[place]))] = np.arange(len(countries))
    return rows[np.argsort(ranks[column.codes[rows]], kind="stable")]


def _today() -> date:
    return datetime.now(UTC).date()


def _bodies(statements: Table[Statement]) -> Mapping[str, str]:
    column = statements.columns["row"]
    codes = [code for code in column.values if code.partition("/")[0] == BODIES]
    first = {code: statements.row(row=code) for code in codes}
    return {code: body_name(statements.thing(row).issuer) or code for code, row in first.items() if row is not None}


def _head(office: Office, language: str) -> Head:
    name = office.name(language)
    return Head(
        office.slug, name.value, f"/offices/{office.slug}", office.country, office.claimed_by, language=name.language
    )


class Catalogue:
    """Reads one registry from a store; safe for threads.

    Each call gives the lists of the latest revision, as of `today`, which decides what is in force. Several calls that
    must agree with each other go to the catalogue that `at_one_revision` returns.
    """

    def __init__(self, store: Store, base: str, today: Callable[[], date] = _today) -> None:
        self.store, self.base, self._today = store, base, today
        self.merged = merged_graph(base)
        self._latest = Latest(self._version, self._read)
        self._pinned: Snapshot | None = None

    def at_one_revision(self) -> Catalogue:
        """Return a catalogue whose lists stay those of the latest revision of now, and whose day stays today."""
        catalogue, day = copy(self), self._today()
        catalogue._today = lambda: day
        catalogue._pinned = self._lists()
        if isinstance(catalogue._pinned.version, _Version):
            catalogue.store = catalogue._pinned.version.store
        return catalogue

    def today(self) -> str:
        """Return the day of today in the time zone UTC, as 2026-11-30."""
        return self._today().isoformat()

    def version(self) -> object:
        """Return what tells the lists from those of every other state of the store, or another day."""
        return self._lists().version, self._today()

    def watch(self) -> None:
        """Look whether there is another state of the store, as whoever watches it does all the time.

        From the first time on, pages of a store on a server do not ask for its state themselves. Raises StoreError.
        """
        self._latest.is_watched = not isinstance(self.store, CheckpointStore)
        self._latest.look()

    def state(self) -> str:
        """Return the name of the state of the store that is shown, and the day; "" while none is.

        Nothing is read for it.
        """
        key = self.store_state()
        return f"{key}.{self.today()}" if key else ""

    def store_state(self) -> str:
        """Return the name of the state of the store that is shown, "" while none is; nothing is read for it."""
        shown = self.shown()
        return shown.version.key if shown and isinstance(shown.version, _Version) else ""

    def shown(self) -> Snapshot | None:
        """Return the lists that are shown, None while none could be read; nothing is read for it."""
        return self._pinned or self._latest.shown

    def is_renewing(self) -> bool:
        """Return whether the lists of a later state are being read."""
        return self._latest.is_renewing

    def revision(self) -> int:
        """Return the revision of the lists, 0 for an empty store."""
        return self._lists().revision

    def failure(self) -> Failure | None:
        """Return that the store's revision could not be read, so that an older one is shown; None where all is well."""
        return self._latest.failure

    def skipped(self) -> tuple[Skipped, ...]:
        """Return the records of the merged graph that cannot be shown, and why."""
        return self._lists().skipped

    def statements(self, **having: str) -> Sequence[Statement]:
        """Return all statements, by country, policy and cell; or those of a country, an office or a policy.

        The latter two are given by their slugs. What is only reported is not among them.
        """
        table = self._lists().lists.statements
        return table.things(table.rows(**having) if having else None)

    def reported(self, **having: str) -> Sequence[Statement]:
        """Return what others report of policies that nobody read, by country and policy; or some, like `statements`.

        `source` is the identifier of one.
        """
        table = self._lists().lists.reported
        return table.things(table.rows(**having) if having else None)

    def offices(self, **having: str) -> Sequence[Office]:
        """Return all offices, by country and name; or those with a value of a facet, or a normalised `home` page."""
        shown = self._lists()
        return shown.offices(shown.lists.offices.rows(**having) if having else None)

    def policies(self, **having: str) -> Sequence[Policy]:
        """Return all policies, by country and title; or those with a value of a facet.

        `office` is the slug of one, `page` a normalised address.
        """
        shown = self._lists()
        return shown.policies(shown.lists.policies.rows(**having) if having else None)

    def policies_of(self, office: Office) -> Sequence[Policy]:
        """Return the policies of an office, by country and title: those that it names, and those that name it."""
        shown = self._lists()
        columns = shown.lists.policies.columns
        mask = columns["office"].having(office.slug) | columns["slug"].having(*office.policies)
        return shown.policies(np.flatnonzero(mask))

    def countries(self) -> tuple[Country, ...]:
        """Return every jurisdiction that has an office or a policy, by code."""
        return self._lists().countries(self.today())

    def places(self) -> tuple[Country, ...]:
        """Return every jurisdiction, by code: those of which nothing is known, too."""
        return self._lists().places(self.today())

    def sources(self) -> Sequence[SourceState]:
        """Return the state of every source, by identifier."""
        return self._lists().lists.sources.things()

    def licensed(self) -> Sequence[SourceState]:
        """Return the state of every source that has a licence, by identifier."""
        table = self._lists().lists.sources
        return table.things(np.flatnonzero(np.diff(table.columns["licence"].starts)))

    def records_set_aside(self) -> int:
        """Return how many archive records could not be admitted; the store is asked once for each revision."""
        at_one = self.at_one_revision()
        return at_one._lists().keep("records set aside", lambda: len(set_aside(at_one.store, at_one.base)))

    def read_at(self) -> datetime | None:
        """Return when a source was asked last, None where there is none."""
        return self._lists().lists.read_at

    def table(self, kind: str, languages: Sequence[str]) -> Table[Any]:
        """Return the table of a list in which one can search; `kind` is "countries", "offices" or "policies".

        Countries, which are all `places`, can be searched by their names in these languages.
        """
        shown = self._lists()
        if kind != "countries":
            return shown.keep(f"{kind} with regions", lambda: entries.with_regions(getattr(shown.lists, kind)))
        today = self.today()
        return shown.keep(
            f"countries on {today} in {' '.join(languages)}",
            lambda: entries.country_table(shown.places(today), languages),
        )

    def listed(
        self, kind: str, rows: Rows, order: CountryOrder, by: str = "country", language: str = FALLBACK
    ) -> Sequence[Any]:
        """Return the things of these rows of the table of that kind, by their countries in this order, then by name.

        Offices and policies may come in another one of `orders.ORDERS`; where they are equal, they stand by country.
        Their names are those that readers of the language see.
        """
        shown = self._lists()
        if kind == "countries":
            places = shown.places(self.today())
            return sorted((places[row] for row in rows.tolist()), key=lambda country: order(country.code))
        in_order = self._by_country_and_name(kind, rows, order, language)
        if by != "country":
            ranks = self._ranks(kind, by, language)
            in_order = in_order[np.argsort(ranks[in_order], kind="stable")]
        return shown.offices(in_order) if kind == "offices" else shown.policies(in_order)

    def _by_country_and_name(self, kind: str, rows: Rows, order: CountryOrder, language: str) -> Rows:
        """Return the rows of offices or policies by their countries in this order, then by name in a language."""
        if language != FALLBACK:  # in which the table is
            rows = rows[np.argsort(self._ranks(kind, orders.NAMES[kind], language)[rows], kind="stable")]
        return _by_country(getattr(self._lists().lists, kind), rows, order)

    def _ranks(self, kind: str, by: str, language: str) -> Rows:
        shown = self._lists()
        tongue = language if by == orders.NAMES[kind] else ""
        return shown.keep(f"{kind} by {by} in {tongue}", lambda: orders.ranks(getattr(shown.lists, kind), by, language))

    def passing(self, filters: Filters) -> Sequence[Statement]:
        """Return the statements that pass these filters, by country, policy and cell."""
        return comparison.passing(self._lists().lists.statements, self._asked(filters))

    def by_date(self, filters: Filters, what: str = "") -> Sequence[DatedStatement]:
        """Return what the dates of the statements that pass tell, see `comparison.by_date`; `what` is a code or ""."""
        return by_date(self._lists().lists.statements, self._asked(filters), what)

    def compared(self, heads: Sequence[Head], filters: Filters) -> Sequence[Row]:
        """Return the rows of the comparison for these countries and bodies that the filters leave."""
        statements = self._lists().lists.statements
        numbers = comparison.numbers(statements.columns["row"], [head.code for head in heads])
        return comparison.rows(statements, "row", heads, numbers, self._asked(filters))

    def bodies(self) -> Mapping[str, str]:
        """Return the international bodies of which something is stated: code of the row → name, as it is written."""
        shown = self._lists()
        return shown.keep("bodies", lambda: _bodies(shown.lists.statements))

    def compared_offices(
        self, filters: Filters, order: CountryOrder, language: str = FALLBACK, *, stated: bool = False
    ) -> Sequence[Row]:
        """Return the rows of the comparison for the offices that the filters leave, by countries in this order.

        Offices are called, and then ordered, as readers of the language see them.

        With `stated`, those of which no statement passes are left out in any case.
        """
        shown = self._lists()
        statements, table = shown.lists.statements, shown.lists.offices
        slugs, countries = table.columns["slug"], filters.chosen.get("country")
        # for each office of the list the number that its statements have for it
        numbers = shown.keep(
            "numbers of offices",
            lambda: comparison.numbers(statements.columns["office"], slugs.values)[slugs.codes],
        )
        left = np.ones(len(table), np.bool_) if countries is None else table.columns["country"].having(*countries)
        rows = self._by_country_and_name("offices", np.flatnonzero(left), order, language)
        offices = shown.offices(rows)
        heads = Lazy(lambda place: _head(offices[place], language), np.arange(len(offices)))
        return comparison.rows(statements, "office", heads, numbers[rows], self._asked(filters), stated=stated)

    def answers(self, question: Question, filters: Filters) -> Answers:
        """Return what answers a question about statements with these filters, and what nearly does."""
        return answers(self._lists().lists.statements, question, self._asked(filters))

    def layers(self) -> Mapping[str, int]:
        """Return layer → how many statements are of it."""
        return comparison.layers(self._lists().lists.statements)

    def office(self, slug: str) -> Office | None:
        """Return the office of that name in its address, or None."""
        return next(iter(self.offices(slug=slug)), None)

    def policy(self, slug: str) -> Policy | None:
        """Return the policy of that name in its address, or None."""
        return next(iter(self.policies(slug=slug)), None)

    def source(self, identifier: str) -> SourceState | None:
        """Return the state of a source, or None."""
        table = self._lists().lists.sources
        row = table.row(id=identifier)
        return None if row is None else table.thing(row)

    def events(self, source: str = "", limit: int = 20) -> list[Event]:
        """Return the latest events of one source, or of all sources for "", newest first."""
        of = nodes([source_iri(self.base, source)]) if source else None
        text = query("events", registry=registry_graph(self.base), sources=of, limit=limit)
        return [build.event(row) for row in select(self.store, text)]

    def listed_by(self, source: str) -> list[ListingPeer]:
        """Return the other registries that list a source, by identifier."""
        names = {"peers": peers_graph(self.base), "source": source_iri(self.base, source)}
        return [build.listing_peer(row) for row in select(self.store, query("peer_listings", **names))]

    def findings(self, source: str) -> list[Finding]:
        """Return the findings on the last body of a source, the worst first, then by line."""
        rows = select(self.store, query("findings", report=report_graph(self.base, source)))
        results: dict[str, list[Found]] = defaultdict(list)
        for row in rows:
            results[row["result"].value].append(row)
        findings = [build.finding(results[name]) for name in sorted(results, key=natural)]
        return sorted(findings, key=lambda finding: (list(Severity).index(finding.severity), finding.line or 0))

    def voices(self, iri: str) -> Sequence[Voice]:
        """Return who speaks of an office or policy, who weighs most first."""
        return self._lists().voices(iri)

    def former_name(self, kind: str, slug: str) -> FormerName | None:
        """Return what a name stood for that no office or policy has now; None for one that was never given.

        `kind` is office or policy.
        """
        place = thing_iri(self.base, f"{kind}/")
        graphs = {"names": names_graph(self.base), "authority": authority_graph(self.base)}
        asked = [query("former_name", name=name, **graphs) for name in nodes([place + slug])]
        rows = [row for text in asked for row in select(self.store, text)]
        if not rows:
            return None
        now = rows[0]["now"].value.removeprefix(place) if "now" in rows[0] else ""
        found = self.office(now) if kind == "office" else self.policy(now)
        return FormerName(kind, key_parts(rows[0]["key"].value), now if found else "")

    def said_of(self, thing: Office | Policy) -> Said:
        """Return what sources say of an office or policy, property by property: what is heard, and mere claims."""
        voices, more = claims.shown_voices(self.voices(thing.iri))
        speaking = {
            (description_graph(self.base, voice.source), voice.record): Speaking(voice, state)
            for voice in voices
            if (state := self.source(voice.source))
        }
        # each once: the store joins every graph with every record
        graphs, records = ([NamedNode(name) for name in sorted({key[part] for key in speaking})] for part in (0, 1))
        rows = select(self.store, query("records", graphs=graphs, records=records))
        merged = [triple for triple in self.description(thing.iri) if triple.subject == NamedNode(thing.iri)]
        issuers = {triple.object.value for triple in merged if triple.predicate == term("ospo:office")}  # type: ignore[union-attr]
        homes = {home(office.homepage) for iri in issuers for office in self.offices(iri=iri)}
        said = claims.said(rows, speaking, merged, homes, self.base)
        return replace(said, more=said.more or more)

    def description(self, iri: str) -> list[Triple]:
        """Return the merged triples about an office or a policy, its statements and their unnamed nodes."""
        pattern = Literal(readers_node_pattern(self.base))
        return construct(self.store, query("description", merged=self.merged, thing=iri, pattern=pattern))

    def voices_graph(self, iri: str) -> list[Triple]:
        """Return the authority graph's triples about who speaks of a thing."""
        return construct(self.store, query("voices", authority=authority_graph(self.base), things=nodes([iri])))

    def graph(self, name: str) -> list[Triple]:
        """Return all triples of a graph."""
        return protocol.graph(self.store, name)

    def comparison_graph(self) -> list[Triple]:
        """Return the triples of the merged graph about all statements and policies."""
        return construct(self.store, query("comparison", merged=self.merged))

    def _asked(self, filters: Filters) -> comparison.Asked:
        return comparison.Asked(filters, self.today())

    def _lists(self) -> Snapshot:
        return self._pinned or self._latest.get()

    def _version(self) -> _Version:
        """Return the state of the store now: by the name of a checkpoint, else by its revision."""
        store = self.store.view()
        return _Version(store.version or str(self._revision_of(store)), store)

    def _revision_of(self, store: Store) -> int:
        rows = select(store, query("revision", registry=registry_graph(self.base)))
        return max((int(row["revision"].value) for row in rows), default=0)

    def _read(self, version: _Version) -> Snapshot:
        """Return the lists of that state: those that the writer left, else read from the store."""
        began = time.monotonic()
        lists = left_lists(version.store.folder) if isinstance(version.store, View) else None
        if lists is None:
            sources = states(version.store, self.base)
            lists = read_lists(version.store, self.base, self._revision_of(version.store), sources)
        return Snapshot(lists.revision, lists, time.monotonic() - began)
