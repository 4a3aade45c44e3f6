"""The store of the settings, opened."""

from __future__ import annotations

from registry.settings import Settings
from registry.store.embedded import EmbeddedStore, ReadOnlyStore
from registry.store.protocol import Store
from registry.store.remote import RemoteStore


def open_store(settings: Settings, *, read_only: bool = False) -> Store:
    """Return the embedded store in a folder, or the SPARQL 1.1 server at an address. Raises StoreError."""
    location = settings.store_location
    if "://" in location:
        return RemoteStore(location, settings.store_update)
    return ReadOnlyStore(location) if read_only else EmbeddedStore(location)
