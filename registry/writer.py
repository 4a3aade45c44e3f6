"""The writer: the only one that changes the store. Each fetch goes to the archive first, then into the store.

The archive, replayed in order, makes the same store. So a crash between the two steps loses nothing: the next writer
replays what follows the last record that the store has seen.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from importlib.resources import files
from types import MappingProxyType

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from registry import leads
from registry.admission.admit import admit, admit_failure, needs_served, set_aside
from registry.admission.update import update
from registry.admission.values import Admission, Read
from registry.archive import Archive, Seen
from registry.authority.claims import Records, records
from registry.authority.ledger import Ledger
from registry.authority.ledger_rdf import StoredLedger
from registry.authority.resolve import concern, resolve
from registry.errors import ArchiveError, NoWorkerError, OspoError, RefusedUpdateError, StoreError
from registry.iri.addresses import home
from registry.iri.names import (
    base_of,
    description_graph,
    digest_of,
    integer,
    peers_graph,
    registry_graph,
    skolem_iri,
    source_of,
    term,
    thing_of,
    vocabulary_graph,
)
from registry.merging import partial, peer_listings
from registry.merging.merge import MERGE_RULES
from registry.merging.merge_index import MergeIndex, Noted
from registry.model import Fetch, LastResponse, LedgerEntries, Outcome, PeerListing, Source, SourceKind, SourceState
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.sources.schedule import clock_warning, is_by_wrong_clock, is_hold_over
from registry.sources.state_rdf import states
from registry.store import replace_graph
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import Store, ask, graph, select
from registry.store.sparql_text import bind, drop, insert_data, insert_lines, lines, load, together
from registry.vocabulary import concepts

_log = logging.getLogger(__name__)
_MERGED_AT_ONCE = 2_000  # offices and policies, of some 10 kB each: fewer take longer, more take memory


def aliases() -> dict[str, str]:
    """Return the curated list of home pages of the same office: normalised page → normalised page to use instead."""
    table = tomllib.loads((files("registry") / "data" / "aliases.toml").read_text(encoding="utf-8"))
    return {home(page): home(entry["same"][-1]) for entry in table["office"] for page in entry["same"][:-1]}


@dataclass
class Changes:
    """What the merged graph says otherwise than at an earlier revision: IRIs of offices, policies and statements.

    Those of which somebody else speaks are among them. `since` is that revision, None where it is not known.
    """

    since: int | None
    things: set[str] = field(default_factory=set)

    def of_things(self, old: set[Triple], new: set[Triple]) -> None:
        """Note what differs in the merged graph."""
        if self.since is not None:
            self.things |= {triple.subject.value for triple in old ^ new}  # type: ignore[union-attr]

    def of_voices(self, old: set[Triple], new: set[Triple]) -> None:
        """Note of which things somebody else speaks."""
        if self.since is None:
            return
        voices = {triple.subject for triple in old ^ new}
        subject = term("dcterms:subject")
        both = (triple for triple in old | new if triple.subject in voices and triple.predicate == subject)
        self.things |= {triple.object.value for triple in both}  # type: ignore[union-attr]


class Writer:
    """Admits fetches into a store that it alone has open for writing, and keeps the merged graph up to date.

    `read` parses and validates bodies. `revision` is the number of the store's state; each admission adds one.
    `home_pages` remembers to which ones each source leads; `changes` is what merging has changed. `index` is of the
    last merge; without one the first merge is of everything.
    """

    def __init__(
        self, store: Store, archive: Archive, read: Read, settings: Settings, index: MergeIndex | None = None
    ) -> None:
        self._store, self._archive, self._read, self._settings = store, archive, read, settings
        self.home_pages = leads.HomePages(settings.listed_offices)
        self._graph = registry_graph(settings.base)
        self._refuse_other_bases()
        self._states = {state.source.id: state for state in states(store, settings.base)}
        rows = select(store, bind(load("registry", "registry.rq"), registry=self._graph))
        facts = {row["property"].value: row["value"].value for row in rows}
        self.revision = int(facts.get(term("ospo:revision").value, 0))
        self._last_record = facts.get(term("ospo:archiveRecord").value, "")
        self._merged_revision = int(facts.get(term("ospo:mergedRevision").value, -1))
        if int(facts.get(term("ospo:mergeRules").value, 1)) != MERGE_RULES:
            self._merged_revision = -1  # by other rules, those of another version of this program
        self._merge_changes_nothing = self._merged_revision == self.revision
        self._ledger, self._index = StoredLedger(store, settings.base), index or MergeIndex()
        self._may_hold_unknown = False
        self.changes = Changes(self.revision if self._merge_changes_nothing else None)

    def _refuse_other_bases(self) -> None:
        """Raise StoreError where the store holds a registry of another base: ours would be a second world beside it."""
        for row in select(self._store, load("registry", "bases.rq")):
            if row["registry"].value != self._graph:
                other = base_of(row["registry"].value)
                raise StoreError(
                    f"the store was made for the base {other}, and the settings say {self._settings.base}: set base to "
                    "the former, or make the store again for the latter: `ospo rebuild`; on a server, empty it"
                )

    @property
    def store(self) -> Store:
        """The store that is written."""
        return self._store

    @property
    def history(self) -> str:
        """What tells the archive, of which the store is made, from every other."""
        return self._archive.index.history

    def catch_up(self, *, accept_loss: bool = False) -> int:
        """Admit what the archive holds beyond the store's last record (a crash fell between), and return how much.

        Raises StoreError when the archive does not have that last record: the two do not belong together. Where that
        loss is accepted, the number of the record is not given again.
        """
        if self._archive.lacks(self._last_record):
            if not accept_loss:
                raise StoreError(
                    f"the store has seen the archive record {self._last_record}, which is not in the archive: put back "
                    "a copy of it, or make a new store of what is there by `ospo rebuild --accept-loss`"
                )
            self._archive.accept_faults(Seen(last=self._last_record))
        beyond = [name for name in self._archive.names() if name > self._last_record]
        if beyond or accept_loss:
            self._forget_unknown()
        return self.replay(beyond, accept_loss=accept_loss)

    def _forget_unknown(self) -> None:
        """Take away what an admission that a crash broke off has left of sources that are not known yet."""
        base = self._settings.base

        def is_unknown(iri: str) -> bool:
            identifier = source_of(base, iri)
            return identifier != "" and identifier not in self._states

        graphs = [row["graph"].value for row in select(self._store, load("registry", "graphs.rq"))]
        rows = select(self._store, bind(load("registry.store", "subjects.rq"), graph=self._graph))
        subjects = [row["subject"].value for row in rows]
        forget = load("registry", "forget_subject.ru")
        updates = [drop(graph) for graph in graphs if is_unknown(graph)]
        updates += [bind(forget, registry=self._graph, subject=subject) for subject in subjects if is_unknown(subject)]
        if updates:
            self._store.update(together(updates))

    def replay(self, names: Iterable[str] | None = None, *, accept_loss: bool = False) -> int:
        """Admit the archive's records of these names, or all, without archiving them again; return how many.

        Raises ArchiveError for a record that is damaged; with `accept_loss` it is left out, and the log says so.
        """
        wanted = self._archive.names() if names is None else list(names)
        for name in wanted:
            try:
                record = self._archive.record(name)
            except ArchiveError as error:
                if not accept_loss:
                    raise
                _log.warning("left out, because the operator accepts the loss: %s", error)
                self._archive.give_up([name])
                continue
            if isinstance(record, LedgerEntries):
                self._admit_names(record, name, self._ledger.before(record))
            elif record:  # there is nothing of one whose loss was accepted
                self._admit(record, name)
        return len(wanted)

    def due(
        self, sources: Iterable[Source], now: datetime, *, everything: bool = False
    ) -> list[tuple[Source, LastResponse | None]]:
        """Return the sources to be read now, each with what a conditional request needs.

        Those never read come first, and those that failed last, each of which may take long, at the end.

        A source that has another address than at its last reading gets no conditional request, nor does one whose last
        version was held for long enough: that is to be read once more. A source is due at once when it was read, or is
        due, at a moment that no right clock can have given; `clock_warning` tells so.
        """
        due: list[tuple[bool, float, Source, LastResponse | None]] = []
        for source in sources:
            state = self._states.get(source.id)
            if state is None:
                due.append((False, 0.0, source, None))
            elif everything or state.next_due <= now or is_by_wrong_clock(state, now, self._settings):
                is_same = state.source.url == source.url and not is_hold_over(state, now, self._settings)
                last_response = state.last_response if is_same else None
                due.append((state.failures > 0, state.next_due.timestamp(), source, last_response))
        due.sort(key=lambda entry: entry[:2])
        return [(source, last_response) for *_, source, last_response in due]

    def clock_warning(self, now: datetime) -> str:
        """Return in words which sources are due because a clock was wrong, or ""."""
        return clock_warning(self.states(), now, self._settings)

    def states(self) -> list[SourceState]:
        """Return the states of all sources, sorted by identifier."""
        return [self._states[name] for name in sorted(self._states)]

    def listings(self) -> dict[str, list[PeerListing]]:
        """Return what other registries list, as served, by the id of the registry's source (see `reachable`)."""
        listings_by_peer = {
            state.source.id: peer_listings.listings(self._triples(state.source.id))
            for state in self.states()
            if state.source.kind is SourceKind.REGISTRY and _is_served(state)
        }
        return peer_listings.reachable(self.states(), listings_by_peer)

    def leads(self) -> dict[str, list[PeerListing]]:
        """Return the addresses that lists, descriptions and pages name, by the id of the source that leads there."""
        found = {}
        for state in self.states():
            addresses = leads.further(state)
            if _is_served(state) and leads.is_index(state):
                addresses = self.home_pages.of(state, self._records) + addresses
            if addresses:
                found[state.source.id] = addresses
        return found

    def admit(self, fetch: Fetch) -> SourceState:
        """Archive a fetch, then change the store by one update; return the new state of the source."""
        return self.admit_together([fetch])[0]

    def admit_together(self, fetches: Sequence[Fetch]) -> list[SourceState]:
        """Admit fetches of several sources, one of each, by one archive record and one update; return the states."""
        return self._admit(fetches, self._archive.append(*fetches))

    def withdraw(self, identifier: str, at: datetime, why: str = "withdrawn") -> bool:
        """Take a source out of the merged graph, because the operator took it off the list; return whether it is known.

        `why` is the code of the reason. Its description stays in its own graph, and in the archive.
        """
        state = self._states.get(identifier)
        if state is None:
            return False
        self.admit(Fetch(state.source, at, state.source.url, outcome=Outcome.WITHDRAWN, reason=reason(why)))
        return True

    def confirm(self, identifier: str, at: datetime) -> SourceState:
        """Serve the body of a source that is held, because the operator says so; return the new state of the source.

        The body is read from the archive. Raises StoreError when none of the source is held.
        """
        state = self._states.get(identifier)
        if state is None or state.verdict is not Outcome.HELD or state.outcome is Outcome.WITHDRAWN:
            raise StoreError(f"nothing is held of a source {identifier!r}: `ospo sources list` shows the sources")
        for name in reversed(self._archive.names()):
            for held in self._archive.read(name):
                if held.source.id == identifier and held.body and digest_of(held.body) == state.digest:
                    return self.admit(
                        replace(held, source=state.source, at=at, confirmed=True, steps=(), reason="", seconds=None)
                    )
        raise StoreError(f"the archive has no body {state.digest} of the source {identifier!r}: restore the archive")

    def _admit(self, fetches: Sequence[Fetch], record: str) -> list[SourceState]:
        """Admit the fetches of a record by one update; return the state of each source.

        One that cannot be admitted is noted as an internal error, or set aside: it stops no other, now or at a rebuild.
        """
        admissions = self._admissions(fetches, record)
        revision = self.revision + len(fetches)
        self._may_hold_unknown = True
        try:
            self._store.update(*update(admissions, self._settings.base, revision, record))
        except RefusedUpdateError as error:
            _log.exception("the store cannot read what record %s says", record)
            self._forget_unknown()
            sources = [fetch.source.id for fetch in fetches]
            alone = (update([admission], self._settings.base, revision, record) for admission in admissions)
            refused = [source for source, written in zip(sources, alone, strict=True) if not _can_be_read(written)]
            admissions = self._admissions(fetches, record, dict.fromkeys(refused or sources, _internal(error)))
            self._store.update(*update(admissions, self._settings.base, revision, record))
        self.revision, self._may_hold_unknown = revision, False
        for admission in admissions:
            before, after = self._states.get(admission.state.source.id), admission.state
            self._merge_changes_nothing &= before is not None and _what_is_merged(before) == _what_is_merged(after)
            self._states[after.source.id] = after
        return [admission.state for admission in admissions]

    def _admissions(
        self, fetches: Sequence[Fetch], record: str, reasons: Mapping[str, str] = MappingProxyType({})
    ) -> list[Admission]:
        """Return what the fetches change; of a source for which there is a reason, only that it could not be admitted.

        A fetch of which not even that can be noted is set aside with the reason.
        """
        found: list[Admission] = []
        for revision, fetch in enumerate(fetches, self.revision + 1):
            before = self._states.get(fetch.source.id)
            try:
                found.append(self._admission(fetch, before, record, revision, reasons.get(fetch.source.id, "")))
            except OspoError:
                raise
            except Exception as error:
                _log.exception("source %s is set aside: record %s cannot be admitted", fetch.source.id, record)
                found.append(set_aside(fetch, before, record, _internal(error), self._settings.base))
        return found

    def _admission(self, fetch: Fetch, before: SourceState | None, record: str, revision: int, why: str) -> Admission:
        settings = self._settings
        try:
            if not why:
                known = before is not None and before.accepted_at is not None and needs_served(fetch, before)
                served = self._triples(fetch.source.id) if known else None
                read = self._read
                return admit(fetch, before, record, served=served, read=read, settings=settings, revision=revision)
        except NoWorkerError as error:
            why = str(error)
        except OspoError:
            raise
        except Exception as error:
            _log.exception("unexpected error while admitting source %s", fetch.source.id)
            why = _internal(error)
        return admit_failure(fetch, before, record, why, settings=settings, revision=revision)

    def merge(self) -> bool:
        """Bring the merged graph up to date; return whether it was not.

        The graph is replaced in small updates that never leave an office or policy half changed; after a crash in
        between, the next writer merges again.
        """
        if self._may_hold_unknown:  # an admission broke off, as by a full disk: what is left of it is for no reader
            self._forget_unknown()
            self._may_hold_unknown = False
        if self._merged_revision == self.revision:
            return False
        base = self._settings.base
        known = partial.is_known(self._index, self._merge_name(), self._store, base)
        noted = Noted()
        if not self._merge_changes_nothing:
            peers = peer_listings.pieces(self.states(), self.listings(), base)
            replace_graph.replace(self._store, peers_graph(base), peers, lambda iri: thing_of(base, iri))
            noted, more = self._merge(everything=not known)
            while more:
                self._index.finish(self._merge_name(), noted)
                noted, more = self._merge(everything=not self._index.begin(self._merge_name()))
            known = True
        subject = NamedNode(self._graph)
        old = bind(load("registry", "forget_merged_revision.ru"), registry=subject)
        facts = {"ospo:mergedRevision": self.revision, "ospo:mergeRules": MERGE_RULES}
        new = insert_data(self._graph, [Triple(subject, term(name), integer(value)) for name, value in facts.items()])
        self._store.update(together((old, new)))
        self._merged_revision, self._merge_changes_nothing = self.revision, True
        if known:
            self._index.finish(self._merge_name(), noted)
        return True

    def _merge_name(self) -> str:
        """Return what tells the last merge from every other, for the index of it."""
        return f"{self.history} {self._merged_revision} {partial.rules()}"

    def _merge(self, *, everything: bool) -> tuple[Noted, bool]:
        """Merge what has changed since the merge of the index, or everything.

        Return what the index is to note, and whether more has changed: memory holds a part of a large registry at once.
        """
        base, of_pages = self._settings.base, aliases()
        # what was named before there was a ledger keeps its name
        legacy = not self._ledger.size.names and not self._archive.index.ledger
        part = partial.part(
            self._index,
            self._served(),
            self._records,
            of_pages,
            self._ledger.known_by,
            base,
            everything=everything or legacy,
            enough=_MERGED_AT_ONCE,
        )
        ledger = self._ledger.whole() if part.things is None else self._ledger.part(concern(part.sources))
        resolved = resolve(part.sources, of_pages, ledger, legacy=legacy)
        self._note_names(resolved.entries, ledger)
        partial.write(self._store, part, resolved, base, self.changes.of_things, self.changes.of_voices)
        return partial.noted(part, resolved), part.is_more

    def _note_names(self, entries: LedgerEntries, before: Ledger) -> None:
        """Archive what is new in the ledger, then write it to the store, before anything is called by these names."""
        if entries:
            at = max(state.last_attempt for state in self._states.values())
            self._admit_names(entries, self._archive.append_ledger(entries, at), before)

    def _admit_names(self, entries: LedgerEntries, record: str, before: Ledger) -> None:
        noted = bind(load("registry", "note_record.ru"), registry=self._graph, record=Literal(record))
        self._ledger.add(entries, before, noted)

    def publish_vocabulary(self) -> None:
        """Put ontology, concepts and jurisdictions into a graph of the store, unless they are there already."""
        vocabulary = vocabulary_graph(self._settings.base)
        text = lines(_without_blank_nodes(concepts.vocabulary_triples(), vocabulary))
        digest = Literal(digest_of(text.encode()))
        names = {"registry": self._graph, "graph": vocabulary}
        if not ask(self._store, bind(load("registry", "is_published.rq"), digest=digest, **names)):
            forget = bind(load("registry", "forget_published.ru"), **names)
            remember = insert_data(self._graph, [Triple(NamedNode(vocabulary), term("ospo:bodyDigest"), digest)])
            self._store.update(together((forget, remember, drop(vocabulary), insert_lines(vocabulary, [text]))))

    def _served(self) -> list[SourceState]:
        """Return the states of the sources that are served, one for each file.

        Where several sources lead to one file, those that the operator declared come first, then those of lower rank.
        """
        by_address: dict[str, SourceState] = {}
        for state in sorted(filter(_is_served, self.states()), key=_precedence):
            by_address.setdefault(state.accepted_address, state)
        return list(by_address.values())

    def _records(self, state: SourceState) -> Records:
        return records(state, self._triples(state.source.id))

    def _triples(self, identifier: str) -> set[Triple]:
        """Return the description of a source that was accepted last."""
        return set(graph(self._store, description_graph(self._settings.base, identifier)))


def _without_blank_nodes(triples: Iterable[Triple], graph: str) -> Iterator[Triple]:
    """Yield the triples with IRIs `{graph}#b1`, `#b2`, … in place of blank nodes (RDF 1.1 Concepts, section 3.5).

    The nodes are numbered as they appear: a parser's own labels differ in each process, and the stored graph must not.
    """
    names: dict[object, NamedNode] = {}
    for triple in triples:
        for node in (triple.subject, triple.object):
            if isinstance(node, BlankNode):
                names.setdefault(node, NamedNode(skolem_iri(graph, f"b{len(names) + 1}")))
        subject, value = triple.subject, triple.object
        yield Triple(names.get(subject, subject), triple.predicate, names.get(value, value))


def _can_be_read(written: tuple[str, Mapping[str, str]]) -> bool:
    """Return whether a store can read this update alone: of several in one, none is to suffer for another."""
    try:
        EmbeddedStore().update(*written)
    except RefusedUpdateError:
        return False
    return True


def _internal(error: Exception) -> str:
    """Return in words what is told of an unexpected error of ours."""
    return reason("internal", kind=type(error).__name__)


def _is_served(state: SourceState) -> bool:
    return state.accepted_at is not None and not state.archived


def _precedence(state: SourceState) -> tuple[bool, int, str]:
    return state.source.peer != "", state.source.rank, state.source.id


def _what_is_merged(state: SourceState) -> tuple[object, ...]:
    """Return what of a source makes a difference to the merged graph."""
    accepted = state.accepted_at, state.accepted_digest, state.accepted_address, state.named_by
    return state.source, state.added, state.archived, *accepted
