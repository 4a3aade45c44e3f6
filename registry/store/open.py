"""The store of the settings, opened."""

from __future__ import annotations

from registry.settings import Settings
from registry.store.checkpoints import CheckpointStore
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import Store
from registry.store.remote import RemoteStore

# A reader, of which there are several, asks no server for so long that was silent, and takes no longer answer.
_REST_SECONDS = 15.0
_MOST_BYTES = 256 * 1_048_576


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Return the store of the settings: a folder, or the address of a SPARQL 1.1 server.

    With `read_only`, of a folder the published checkpoint is read and not the store itself. Raises StoreError.
    """
    location = settings.store_location
    if "://" in location:
        if read_only:
            return RemoteStore(location, rest_seconds=_REST_SECONDS, most_bytes=_MOST_BYTES)
        return RemoteStore(location, settings.store_update)
    return CheckpointStore(location, settings.base) if read_only else EmbeddedStore(location)
