"""The endpoint on the store that the settings name."""

from __future__ import annotations

from registry.endpoint.local import LocalEndpoint
from registry.endpoint.protocol import Endpoint
from registry.endpoint.remote import RemoteEndpoint
from registry.settings import Settings
from registry.store.remote import RemoteStore


def open_endpoint(settings: Settings) -> Endpoint:
    """Return the endpoint on the store of the settings: a local one for a folder, a remote one for an address."""
    location = settings.store_location
    if "://" in location:
        return RemoteEndpoint(RemoteStore(settings.store_visitors or location), settings)
    return LocalEndpoint(settings)
