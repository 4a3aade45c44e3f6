"""Which store the settings mean."""

from __future__ import annotations

from registry.settings import Settings
from registry.store.embedded import EmbeddedStore, ReadOnlyStore
from registry.store.protocol import Store
from registry.store.remote import RemoteStore


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Return the store of the settings: a folder, or the address of a SPARQL 1.1 server. Raises StoreError."""
    location = settings.store_location
    if "://" in location:
        return RemoteStore(location, settings.store_update)
    return ReadOnlyStore(location) if read_only else EmbeddedStore(location)
