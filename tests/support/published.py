"""How a test shows readers what a store holds, as the writer does when it ends."""

from registry.store.checkpoints import Manifest, publish
from registry.store.embedded import EmbeddedStore


def show(settings, revision=1, history="test"):
    """Publish a checkpoint of the embedded store of these settings."""
    store = EmbeddedStore(settings.store_location)
    publish(store, settings.store_location, Manifest(settings.base, history, revision))
    store.close()
