"""A pass with nothing due ends at once: a note of the last pass tells when the next source is due.

The note is a file of the data folder that can be made again at any time. It counts only for the revision of the store
at which it was written, for the archive that the store has seen to its end, and for the same sources, settings and
program; else the pass reads the states of all sources and finds out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from registry.archive import Archive
from registry.iri.names import registry_graph, term
from registry.merging.merge import MERGE_RULES
from registry.model import Source
from registry.operations import notes
from registry.operations.writing import archive_folder
from registry.settings import Settings
from registry.sources.schedule import is_impossible
from registry.store.checkpoints import find
from registry.store.lock import sole_writer
from registry.store.open import open_store
from registry.store.protocol import select
from registry.store.sparql_text import bind, load
from registry.writer import Writer

_NAME = "next-due"


@dataclass(frozen=True, slots=True)
class Note:
    """When the next source is due, and for what state of things that holds.

    `asked` is a digest of what decides which sources are read; `history` is that of the archive, `revision` that of
    the store. `last_attempt` is the latest of all readings, `first_due` and `last_due` are the first and the last
    moment at which a source is due.
    """

    asked: str
    history: str
    revision: int
    last_attempt: str
    first_due: str
    last_due: str


def note_of(
    writer: Writer, sources: Iterable[Source], declared: Sequence[Source], settings: Settings, now: datetime
) -> Note | None:
    """Return what to note after a pass over these sources; None where something is due already, or there is nothing."""
    states = {state.source.id: state for state in writer.states()}
    read = [states.get(source.id) for source in sources]
    known = [state for state in read if state is not None]
    if not known or len(known) < len(read):
        return None
    first, last = min(state.next_due for state in known), max(state.next_due for state in known)
    latest = max(state.last_attempt for state in states.values())
    if first <= now or is_impossible(latest, last, now, settings):
        return None
    return Note(
        _asked(declared, settings),
        writer.history,
        writer.revision,
        latest.isoformat(),
        first.isoformat(),
        last.isoformat(),
    )


def write(note: Note | None, settings: Settings) -> None:
    """Keep the note for the next pass; without one, forget that of an earlier pass."""
    notes.write(settings, _NAME, note and asdict(note))


def is_nothing_due(declared: Sequence[Source], settings: Settings, now: datetime) -> bool:
    """Return whether nothing is due, by the note of the last pass; False where that does not hold any more.

    Raises StoreError while another process writes.
    """
    note = _read(settings)
    if note is None or note.asked != _asked(declared, settings):
        return False
    attempt, first, last = map(datetime.fromisoformat, (note.last_attempt, note.first_due, note.last_due))
    if first <= now or is_impossible(attempt, last, now, settings):
        return False
    with sole_writer(settings):
        archive = Archive(archive_folder(settings))
        return not archive.faults() and archive.index.history == note.history and _stands(note, archive, settings)


def _stands(note: Note, archive: Archive, settings: Settings) -> bool:
    """Return whether the store is as the note found it, merged and published, and has seen the whole archive."""
    if "://" not in settings.store_location:
        found = find(settings.store_location)
        if found is None or (found.manifest.base, found.manifest.revision) != (settings.base, note.revision):
            return False
    graph, store = registry_graph(settings.base), open_store(settings)
    try:
        rows = select(store, bind(load("registry", "registry.rq"), registry=graph))
    finally:
        store.close()
    facts = {row["property"].value: row["value"].value for row in rows}
    expected = {
        "ospo:revision": str(note.revision),
        "ospo:mergedRevision": str(note.revision),
        "ospo:mergeRules": str(MERGE_RULES),
        "ospo:archiveRecord": archive.last(),
    }
    return {name: facts.get(term(name).value, "") for name in expected} == expected


def _asked(declared: Sequence[Source], settings: Settings) -> str:
    """Return a digest of what decides which sources are read, and when: the settings and the sources."""
    decisive = replace(settings, resolve={}, allow_networks=())  # where hosts are found decides nothing
    return hashlib.sha256("\n".join([repr(decisive), *map(repr, declared)]).encode()).hexdigest()


def _read(settings: Settings) -> Note | None:
    """Return the note; None where there is none, or one that is broken."""
    try:
        note = Note(**notes.read(settings, _NAME))
        moments = (note.last_attempt, note.first_due, note.last_due)
        return note if all(datetime.fromisoformat(moment).tzinfo for moment in moments) else None
    except (ValueError, TypeError):
        return None
