"""The one access of pages to the store: each method runs a query of `queries/`, or reads the lists of a snapshot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import Nodes, by_subject, natural
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
from registry.readmodel.lists import entries
from registry.readmodel.lists.search import Entry
from registry.readmodel.snapshot import Failure, Latest, Snapshot, read_snapshot
from registry.readmodel.values import (
    Country,
    Event,
    FormerName,
    ListingPeer,
    Office,
    Policy,
    Said,
    Skipped,
    Statement,
    Voice,
)
from registry.sources.state_rdf import states
from registry.store import protocol
from registry.store.protocol import Row, Store, construct, select
from registry.store.sparql_text import Given, bind, load, nodes


def query(name: str, /, **given: Given) -> str:
    """Return the query in `registry/readmodel/queries/{name}.rq` with its parameters bound, see `bind`."""
    return bind(load("registry.readmodel", f"{name}.rq"), **given)


@dataclass(frozen=True, slots=True)
class _Version:
    """A state of the store, and the store to read it from."""

    key: str
    store: Store = field(compare=False, repr=False)


class Catalogue:
    """Reads one registry from a store; safe for threads.

    Each call gives the lists of the latest revision. Several calls that must agree with each other go to the catalogue
    that `at_one_revision` returns.
    """

    def __init__(self, store: Store, base: str) -> None:
        self.store, self.base = store, base
        self.merged = merged_graph(base)
        self._latest = Latest(self._version, self._read)
        self._pinned: Snapshot | None = None

    def at_one_revision(self) -> Catalogue:
        """Return a catalogue whose lists stay those of the latest revision of now."""
        catalogue = copy(self)
        catalogue._pinned = self._lists()
        if isinstance(catalogue._pinned.version, _Version):
            catalogue.store = catalogue._pinned.version.store
        return catalogue

    def version(self) -> object:
        """Return what tells the lists from those of every other state of the store."""
        return self._lists().version

    def state(self) -> str:
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

    def statements(self) -> tuple[Statement, ...]:
        """Return all statements, by country, policy and cell."""
        return self._lists().statements

    def offices(self) -> tuple[Office, ...]:
        """Return all offices, by country and name."""
        return self._lists().offices

    def policies(self) -> tuple[Policy, ...]:
        """Return all policies, by country and title."""
        return self._lists().policies

    def countries(self) -> tuple[Country, ...]:
        """Return every jurisdiction that has an office or a policy, by code."""
        return self._lists().countries

    def sources(self) -> tuple[SourceState, ...]:
        """Return the state of every source, by identifier."""
        return self._lists().sources

    def entries(self, kind: str, languages: Sequence[str]) -> tuple[Entry[Any], ...]:
        """Return the entries of a list, in its order; `kind` is "countries", "offices" or "policies".

        Countries can be searched by their names in these languages.
        """
        lists = self._lists()
        make: dict[str, Callable[[], tuple[Entry[Any], ...]]] = {
            "countries": lambda: entries.of_countries(lists.countries, languages),
            "offices": lambda: entries.of_offices(lists.offices, languages),
            "policies": lambda: entries.of_policies(lists.policies, lists.statements, languages),
        }
        return lists.keep(f"entries of {kind} in {' '.join(languages)}", make[kind])

    def office(self, slug: str) -> Office | None:
        """Return the office of that name in its address, or None."""
        return self._lists().office_by_slug.get(slug)

    def policy(self, slug: str) -> Policy | None:
        """Return the policy of that name in its address, or None."""
        return self._lists().policy_by_slug.get(slug)

    def source(self, identifier: str) -> SourceState | None:
        """Return the state of a source, or None."""
        return self._lists().source_by_id.get(identifier)

    def events(self, source: str = "", limit: int = 20) -> list[Event]:
        """Return the latest events of one source, or of all sources for "", newest first."""
        rows = select(self.store, query("events", registry=registry_graph(self.base)))
        iri = source_iri(self.base, source) if source else ""
        return [build.event(row) for row in rows if not iri or row["source"].value == iri][:limit]

    def listed_by(self, source: str) -> list[ListingPeer]:
        """Return the other registries that list a source, by identifier."""
        names = {"peers": peers_graph(self.base), "source": source_iri(self.base, source)}
        return [build.listing_peer(row) for row in select(self.store, query("peer_listings", **names))]

    def findings(self, source: str) -> list[Finding]:
        """Return the findings on the last body of a source, the worst first, then by line."""
        rows = select(self.store, query("findings", report=report_graph(self.base, source)))
        results: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            results[row["result"].value].append(row)
        findings = [build.finding(results[name]) for name in sorted(results, key=natural)]
        return sorted(findings, key=lambda finding: (list(Severity).index(finding.severity), finding.line or 0))

    def voices(self, iri: str) -> Sequence[Voice]:
        """Return who speaks of an office or policy, who weighs most first."""
        return self._lists().voices.get(iri, ())

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
        shown = self._lists()
        states = {state.source.id: state for state in shown.sources}
        voices, more = claims.shown_voices(shown.voices.get(thing.iri, ()))
        speaking = {
            (description_graph(self.base, voice.source), voice.record): Speaking(voice, states[voice.source])
            for voice in voices
            if voice.source in states
        }
        graphs, records = ([NamedNode(name) for name, _ in speaking], [NamedNode(name) for _, name in speaking])
        rows = select(self.store, query("records", graphs=graphs, records=records))
        merged = [triple for triple in self.description(thing.iri) if triple.subject == NamedNode(thing.iri)]
        issuers = {triple.object.value for triple in merged if triple.predicate == term("ospo:office")}  # type: ignore[union-attr]
        homes = {home(office.homepage) for office in shown.offices if office.iri in issuers}
        said = claims.said(rows, speaking, merged, homes, self.base)
        return replace(said, more=said.more or more)

    def description(self, iri: str) -> list[Triple]:
        """Return the merged triples about an office or a policy, its statements and their unnamed nodes."""
        pattern = Literal(readers_node_pattern(self.base))
        return construct(self.store, query("description", merged=self.merged, thing=iri, pattern=pattern))

    def voices_graph(self, iri: str) -> list[Triple]:
        """Return the authority graph's triples about who speaks of a thing."""
        return construct(self.store, query("voices", authority=authority_graph(self.base), thing=iri))

    def graph(self, name: str) -> list[Triple]:
        """Return all triples of a graph."""
        return protocol.graph(self.store, name)

    def comparison_graph(self) -> list[Triple]:
        """Return the triples of the merged graph about all statements and policies."""
        return construct(self.store, query("comparison", merged=self.merged))

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
        def things(class_: str, graph: str = "") -> Nodes:
            return by_subject(construct(store, query("things", graph=graph or self.merged, type=term(class_))))

        store = version.store
        voices = things("ospo:Voice", authority_graph(self.base))
        return read_snapshot(self._revision_of(store), tuple(states(store, self.base)), voices, things, self.base)
