"""The operator's list of sources in the data folder: what may be added to it, and what is taken off."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from federation import address as addresses
from registry.errors import SettingsError
from registry.iri.addresses import slug
from registry.model import Source
from registry.operations.targets import url
from registry.reading.table import dataset
from registry.settings import Settings
from registry.sources import list_file
from registry.sources.declared import source_from


def unique(sources: Iterable[Source]) -> list[Source]:
    """Return the sources. Raises SettingsError when two of them have one id."""
    found: dict[str, Source] = {}
    for source in sources:
        if source.id in found:
            raise SettingsError(
                f"two sources are called {source.id!r} ({found[source.id].url}, {source.url}): rename one"
            )
        found[source.id] = source
    return list(found.values())


def added(settings: Settings) -> tuple[Source, ...]:
    """Return the operator's own list of sources."""
    return list_file.read(_list(settings))


def add(settings: Settings, address: str, identifier: str | None, **fields: Any) -> Source:
    """Add a source to the operator's list; a path stands for a file of this machine. Raises SettingsError.

    `fields` are keys of a [[sources]] table. What the mapping of a table says of its data set (title, licence) holds
    where nothing else is given.
    """
    place = url(address)
    is_path = place.startswith("file:") and "://" not in address
    if wrong := _no_source(address, place, settings):
        raise SettingsError(wrong)
    name = identifier or slug(Path(address).stem if is_path else place.partition("://")[2])
    source = _described(source_from({"id": name, "url": place, **fields}))
    unique((*settings.sources, *added(settings), source))
    list_file.add(_list(settings), source)
    return source


def remove(settings: Settings, identifier: str) -> None:
    """Remove a source from the operator's list. Raises SettingsError when it is not on it."""
    sources = added(settings)
    if identifier not in {source.id for source in sources}:
        known = ", ".join(source.id for source in sources) or "nothing"
        raise SettingsError(
            f"the list has no source {identifier!r} (it has {known}); those of the settings are changed there"
        )
    list_file.remove(_list(settings), identifier)


def _list(settings: Settings) -> Path:
    return Path(settings.data) / "sources.toml"


def _described(source: Source) -> Source:
    if not source.mapping:
        return source
    known = dataset(source.mapping)
    title = f"{known['title']}, version {known['version']} of {known['issued']} ({known['publisher']})"
    return replace(source, title=source.title or title, licence=source.licence or known["licence"])


def _no_source(address: str, place: str, settings: Settings) -> str:
    if not place.lower().startswith("file:"):
        return addresses.problem(place, settings.ports)
    return "" if "://" in address or Path(address).is_file() else f"there is no file {address}: correct the path"
