"""The store of the settings, opened."""

from __future__ import annotations

from registry.settings import Settings
from registry.store.checkpoints import CheckpointStore
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import Store
from registry.store.remote import RemoteStore

_REST_SECONDS = 15.0  # in which no page asks a server that was silent


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Return the store of the settings: a folder, or the address of a SPARQL 1.1 server.

    With `read_only`, of a folder the published checkpoint is read and not the store itself. Raises StoreError.
    """
    location = settings.store_location
    if "://" in location:
        return RemoteStore(location, settings.store_update, rest_seconds=_REST_SECONDS if read_only else 0.0)
    return CheckpointStore(location, settings.base) if read_only else EmbeddedStore(location)
