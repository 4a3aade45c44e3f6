"""What the store of the settings and its checkpoint know of the archive, found out without writing to either."""

from __future__ import annotations

from pathlib import Path

from registry.archive import Seen
from registry.errors import StoreError
from registry.iri.names import term
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.store.checkpoints import find
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import Store, select
from registry.store.sparql_text import bind, load


def seen(settings: Settings) -> Seen:
    """Return what the embedded store, or else its last checkpoint, has seen of the archive, whatever base they are of.

    Nobody may write to the store meanwhile. What is damaged or missing tells nothing, and a server is not asked.
    """
    location = settings.store_location
    if "://" in location:
        return Seen()
    try:
        found = find(location)
    except StoreError:
        found = None
    folders = [Path(location), *([found.store] if found else [])]
    return Seen(found.manifest.history if found else "", max(map(_last_of_folder, folders)))


def last_record(store: Store) -> str:
    """Return the name of the last archive record that a store has seen, "" for none. Raises StoreError."""
    registries = [row["registry"].value for row in select(store, load("registry", "bases.rq"))]
    rows = [row for name in registries for row in select(store, bind(load("registry", "registry.rq"), registry=name))]
    named = term("ospo:archiveRecord").value
    return max((row["value"].value for row in rows if row["property"].value == named), default="")


def store_fault(settings: Settings) -> str:
    """Return in a sentence what of the embedded store is seen to be missing without opening it, "" for nothing."""
    folder = Path(settings.store_location)
    if "://" in settings.store_location:
        return ""
    try:
        if (folder / "CURRENT").stat().st_size:  # by which RocksDB finds all other files
            return ""
        return reason("store-empty", file=folder / "CURRENT")
    except FileNotFoundError:
        return reason("store-missing", file=folder / "CURRENT" if folder.is_dir() else folder)
    except OSError as error:
        return reason("store-closed", file=folder, error=error)


def _last_of_folder(folder: Path) -> str:
    if not folder.exists():
        return ""
    try:
        store = EmbeddedStore(str(folder), read_only=True)
        try:
            return last_record(store)
        finally:
            store.close()
    except StoreError:
        return ""
