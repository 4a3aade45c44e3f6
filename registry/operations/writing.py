"""Opening the store, the archive and the readers for one writer, and making the store again from the archive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from registry.archive import Archive, Seen
from registry.errors import ArchiveError, StoreError
from registry.merging import merge_index
from registry.merging.merge_index import MergeIndex
from registry.operations import notes
from registry.operations.seen import seen, store_fault
from registry.readmodel.left_lists import leave_lists
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.checkpoints import Found, Manifest, check_base, find, publish
from registry.store.embedded import EmbeddedStore
from registry.store.lock import sole_writer
from registry.store.open import open_store
from registry.validation.readers import Readers
from registry.writer import Changes, Writer

_HOME_PAGES = "home-pages"
_CHECKED = "archive-checked"
# What is checked of the archive each time that it is written to: a tenth of a second of work.
_SHARE_FILES, _SHARE_BYTES = 1_000, 32 * 1_048_576


@contextmanager
def open_writer(settings: Settings, *, accept_loss: bool = False) -> Iterator[Writer]:
    """Give the one writer of the store; when the block ends, merge and publish a checkpoint to readers.

    Records of the archive that the store has not seen, since a crash fell between, are admitted first. Raises
    StoreError while another process writes, ArchiveError for an archive that is damaged or not whole, unless that loss
    is accepted.
    """
    with sole_writer(settings), Readers(settings) as readers, MergeIndex(_index_path(settings)) as index:
        seen_by_lost = seen(settings) if store_fault(settings) else Seen()  # one that is there tells what it has seen
        archive = _whole_archive(settings, seen_by_lost, accept_loss=accept_loss)
        _check_share(archive, settings, accept_loss=accept_loss)
        store = open_store(settings)
        try:
            writer = Writer(store, archive, readers.read, settings, index)
            writer.home_pages.recall(notes.read(settings, _HOME_PAGES) or {})
            writer.catch_up(accept_loss=accept_loss)
            writer.publish_vocabulary()
            try:
                yield writer
            finally:
                merge_and_publish(writer, settings)
                notes.write(settings, _HOME_PAGES, writer.home_pages.known_of(writer.states()))
        finally:
            store.close()


def _whole_archive(settings: Settings, seen_of_it: Seen, *, accept_loss: bool) -> Archive:
    """Return the archive. Raises ArchiveError where files are missing or foreign, unless the loss is accepted."""
    archive = Archive(archive_folder(settings))
    if faults := archive.faults(seen_of_it):
        if not accept_loss:
            raise _not_whole(faults, settings)
        archive.accept_faults(seen_of_it)
    return archive


def _check_share(archive: Archive, settings: Settings, *, accept_loss: bool) -> None:
    """Compare the next share of the archive with what the names of its files tell, so that in time all of it is read.

    Raises ArchiveError where files are damaged, unless the loss is accepted; until then the same share is checked.
    """
    after = notes.read(settings, _CHECKED)
    damaged, checked = archive.check(after if isinstance(after, str) else "", _SHARE_FILES, _SHARE_BYTES)
    if damaged:
        if not accept_loss:
            reason = "is damaged (its bytes are not those that its name tells): put back a copy of it"
            raise _not_whole([f"{name} {reason}" for name in damaged], settings)
        archive.give_up(damaged)
    if checked != after:
        notes.write(settings, _CHECKED, checked)


def _not_whole(faults: Sequence[str], settings: Settings) -> ArchiveError:
    more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
    return ArchiveError(
        f"the archive {archive_folder(settings)} is not whole: {'; '.join(faults[:10])}{more}. To go on with "
        "what is there, add --accept-loss"
    )


def merge_and_publish(writer: Writer, settings: Settings) -> None:
    """Merge what was admitted and show it to readers of an embedded store; those of a server ask the server itself."""
    writer.merge()
    if not isinstance(writer.store, EmbeddedStore):
        return
    location, manifest = settings.store_location, Manifest(settings.base, writer.history, writer.revision)
    lists = partial(
        leave_lists,
        store=writer.store,
        base=settings.base,
        revision=writer.revision,
        sources=writer.states(),
        before=_before(location, manifest, writer.changes),
        changed=writer.changes.things,
    )
    publish(writer.store, location, manifest, lists)
    writer.changes = Changes(writer.revision)


def _before(location: str, manifest: Manifest, changes: Changes) -> Found | None:
    """Return the last checkpoint if all that has changed since then is known."""
    try:
        found = find(location)
    except StoreError:  # damaged, or of another format: the next one takes its place
        return None
    if found is None or changes.since is None:
        return None
    return found if found.manifest == replace(manifest, revision=changes.since) else None


def prepare_to_serve(settings: Settings) -> None:
    """See to it that there is a checkpoint of the store for these settings: an earlier version made none.

    Raises StoreError where the store is of another base or format, is damaged, or is being written.
    """
    location = settings.store_location
    if "://" in location:
        return
    found = find(location)
    if found is not None:
        check_base(found, settings.base, location)
    elif Path(location).exists():
        with open_writer(settings):
            pass  # on leaving, it publishes


def has_archive(settings: Settings) -> bool:
    """Return whether anything was ever read into the data folder."""
    return archive_folder(settings).exists()


def rebuild(settings: Settings, *, accept_loss: bool = False) -> int:
    """Replace the embedded store by one made from the archive alone; return how many archive records were read.

    The new store is made beside the old one, which stays until it is complete. Raises StoreError for a store on a
    server, which other programs may use too, and for an archive without records, which would make an empty store;
    ArchiveError for an archive that lacks what the old store has seen, unless that loss is accepted.
    """
    location = Path(settings.store_location)
    if "://" in settings.store_location:
        raise StoreError("rebuild replaces the embedded store: give a folder with --store, and load that on the server")
    new, old = location.with_name(location.name + ".new"), location.with_name(location.name + ".old")
    with sole_writer(settings):
        if location.exists() and not Archive(archive_folder(settings)).last():
            raise StoreError(f"nothing is archived in {archive_folder(settings)}: the store {location} stays as it is")
        archive = _whole_archive(settings, seen(settings), accept_loss=accept_loss)
        records = len(archive.names())
        shutil.rmtree(new, ignore_errors=True)
        revision = _fill(archive, replace(settings, store=str(new)), accept_loss=accept_loss)
        shutil.rmtree(old, ignore_errors=True)
        if location.exists():
            location.rename(old)
        merge_index.remove(_index_path(settings))  # of the old store
        new.rename(location)
        shutil.rmtree(old, ignore_errors=True)
        store = EmbeddedStore(settings.store_location)
        try:
            manifest = Manifest(settings.base, archive.index.history, revision)
            sources = states(store, settings.base)
            lists = partial(leave_lists, store=store, base=settings.base, revision=revision, sources=sources)
            publish(store, settings.store_location, manifest, lists)
        finally:
            store.close()
    return records


def _fill(archive: Archive, settings: Settings, *, accept_loss: bool) -> int:
    """Fill the empty store of these settings from the archive; return its revision."""
    with Readers(settings) as readers:
        store = open_store(settings)
        try:
            writer = Writer(store, archive, readers.read, settings)
            writer.replay(accept_loss=accept_loss)
            writer.publish_vocabulary()
            writer.merge()
        finally:
            store.close()
    return writer.revision


def _index_path(settings: Settings) -> str:
    return str(Path(settings.data) / "merge-index.sqlite")


def archive_folder(settings: Settings) -> Path:
    """Return the folder of the archive."""
    return Path(settings.data) / "archive"
