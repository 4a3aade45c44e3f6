"""The sources that the operator adds, removes, confirms and lists from the command line."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from federation.address import problem
from registry.errors import SettingsError, StoreError
from registry.iri.addresses import slug
from registry.model import Outcome, Source
from registry.operations.targets import url
from registry.operations.words import outcome_in_words
from registry.operations.writing import has_archive, open_writer
from registry.reading.table import dataset
from registry.settings import Settings
from registry.sources import list_file
from registry.sources.declared import source_from
from registry.sources.state_rdf import states
from registry.store.open import open_store


def unique(sources: Iterable[Source]) -> list[Source]:
    """Return the sources. Raises SettingsError when two of them have one id."""
    by_id: dict[str, Source] = {}
    for source in sources:
        if source.id in by_id:
            raise SettingsError(
                f"two sources are called {source.id!r} ({by_id[source.id].url}, {source.url}): rename one"
            )
        by_id[source.id] = source
    return list(by_id.values())


def added(settings: Settings) -> tuple[Source, ...]:
    """Return the sources that were added from the command line. Raises SettingsError where the list is wrong."""
    return list_file.read(_list(settings))


def learned(settings: Settings) -> list[Source]:
    """Return the sources that were learned from lists and other registries, as the last crawl left them."""
    store = open_store(settings, read_only=True)
    try:
        all_states = states(store, settings.base)
    finally:
        store.close()
    return [state.source for state in all_states if state.source.peer and state.outcome is not Outcome.WITHDRAWN]


def add(settings: Settings, target: str, identifier: str | None, **keys: Any) -> Source:
    """Add the source at an address, or in a file of this machine, to the operator's list; return it.

    `keys` are further keys of a [[sources]] table. For a table, title and licence of the data set are those that its
    mapping gives, unless they are among `keys`. Raises SettingsError for a source that cannot be read.
    """
    address = url(target)
    is_path = address.startswith("file:") and "://" not in target
    if reason := _target_problem(target, address, settings):
        raise SettingsError(reason)
    name = identifier or slug(Path(target).stem if is_path else address.partition("://")[2])
    source = _described(source_from({"id": name, "url": address, **keys}))
    unique((*settings.sources, *added(settings), source))
    list_file.add(_list(settings), source)
    return source


def remove(settings: Settings, identifier: str, now: datetime) -> bool:
    """Remove a source from the operator's list and from the merged view; return whether it was ever read.

    A learned source is on no list: it is withdrawn, and never learned again. Raises SettingsError when the source is
    neither on the list nor learned.
    """
    is_added = any(source.id == identifier for source in added(settings))
    if is_added:
        list_file.remove(_list(settings), identifier)
    if not has_archive(settings):
        if not is_added:
            raise _not_listed(settings, identifier)
        return False
    with open_writer(settings) as writer:
        is_learned = any(state.source.id == identifier and state.source.peer for state in writer.states())
        if not is_added and not is_learned:
            raise _not_listed(settings, identifier)
        return writer.withdraw(identifier, now)


def confirm(settings: Settings, identifier: str, now: datetime) -> str:
    """Serve the version of a source that is held; return its outcome, and how many offices and policies it has.

    Raises StoreError when no version of the source is held.
    """
    if not has_archive(settings):
        raise StoreError(f"nothing is held of a source {identifier!r}: nothing was read yet")
    with open_writer(settings) as writer:
        state = writer.confirm(identifier, now)
    outcome = outcome_in_words(state.outcome, "en", state.part_left_out)
    return f"{outcome}, {state.offices} offices and {state.policies} policies"


def _list(settings: Settings) -> Path:
    return Path(settings.data) / "sources.toml"


def _not_listed(settings: Settings, identifier: str) -> SettingsError:
    listed = ", ".join(source.id for source in added(settings)) or "nothing"
    return SettingsError(
        f"the list has no source {identifier!r} (it has {listed}); sources of the settings are removed there"
    )


def _described(source: Source) -> Source:
    if not source.mapping:
        return source
    described = dataset(source.mapping)
    title = f"{described['title']}, version {described['version']} of {described['issued']} ({described['publisher']})"
    return replace(source, title=source.title or title, licence=source.licence or described["licence"])


def _target_problem(target: str, address: str, settings: Settings) -> str:
    if not address.lower().startswith("file:"):
        return problem(address, settings.ports)
    return "" if "://" in target or Path(target).is_file() else f"there is no file {target}: correct the path"
