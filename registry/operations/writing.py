"""Opening the store, the archive and the readers for one writer, and making the store again from the archive."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from registry.archive import Archive
from registry.errors import StoreError
from registry.settings import Settings
from registry.store.lock import sole_writer
from registry.store.open import open_store
from registry.store.revision import publish_revision
from registry.validation.readers import Readers
from registry.writer import Writer


@contextmanager
def open_writer(settings: Settings) -> Iterator[Writer]:
    """Give the one writer of the store; when the block ends, merge and publish the new revision to readers.

    Records of the archive that the store has not seen, since a crash fell between, are admitted first. Raises
    StoreError while another process writes, ArchiveError for a damaged archive.
    """
    with sole_writer(settings), Readers(settings) as readers:
        store = open_store(settings)
        try:
            writer = Writer(store, Archive(_archive_folder(settings)), readers.read, settings)
            writer.catch_up()
            writer.publish_vocabulary()
            try:
                yield writer
            finally:
                writer.merge()
        finally:
            store.close()
        publish_revision(settings.store_location, writer.revision)


def has_archive(settings: Settings) -> bool:
    """Return whether anything was ever read into the data folder."""
    return _archive_folder(settings).exists()


def rebuild(settings: Settings) -> int:
    """Replace the embedded store by one made from the archive alone; return how many archive records were read.

    The new store is made beside the old one, which stays until it is complete. Raises StoreError for a store on a
    server, which other programs may use too, and for an archive without records, which would make an empty store.
    """
    location = Path(settings.store_location)
    if "://" in settings.store_location:
        raise StoreError("rebuild replaces the embedded store: give a folder with --store, and load that on the server")
    new, old = location.with_name(location.name + ".new"), location.with_name(location.name + ".old")
    with sole_writer(settings):
        archive = Archive(_archive_folder(settings))
        if location.exists() and not archive.last():
            raise StoreError(f"nothing is archived in {_archive_folder(settings)}: the store {location} stays as it is")
        shutil.rmtree(new, ignore_errors=True)
        revision = _fill(archive, replace(settings, store=str(new)))
        shutil.rmtree(old, ignore_errors=True)
        if location.exists():
            location.rename(old)
        new.rename(location)
        publish_revision(settings.store_location, revision)
        shutil.rmtree(old, ignore_errors=True)
    return len(archive.names())


def _fill(archive: Archive, settings: Settings) -> int:
    """Fill the empty store of these settings from the archive; return its revision."""
    with Readers(settings) as readers:
        store = open_store(settings)
        try:
            writer = Writer(store, archive, readers.read, settings)
            writer.replay()
            writer.publish_vocabulary()
            writer.merge()
        finally:
            store.close()
    return writer.revision


def _archive_folder(settings: Settings) -> Path:
    return Path(settings.data) / "archive"
