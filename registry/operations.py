"""The operator's tasks, each with its collaborators built from the settings; the command line only words them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from federation.crawl import crawl as crawl_pass
from federation.fetch import fetch
from federation.robots import Robots
from federation.transport import Transport
from registry import sourcelist
from registry.archive import Archive
from registry.bundled import Bundled
from registry.checking import Checked
from registry.errors import ReadingError, SettingsError, StoreError, WorkerError
from registry.identity import slug
from registry.model import Fetch, Known, Layer, Outcome, Source, SourceKind
from registry.registrar import Registrar
from registry.results import Answer
from registry.sandbox import QueryWorkers, Readers
from registry.settings import Settings
from registry.store import publish_revision
from registry.stores import open_store

Clock = Callable[[], datetime]
Report = Callable[[Source, Outcome, str], None]


@contextmanager
def writer(settings: Settings) -> Iterator[Registrar]:
    """Open store, archive and readers for writing; on leaving, merge and show the new revision to readers."""
    with Readers(settings) as readers:
        store = open_store(settings)
        try:
            registrar = Registrar(store, Archive(Path(settings.data) / "archive"), readers.read, settings)
            registrar.catch_up()
            registrar.publish_vocabulary()
            try:
                yield registrar
            finally:
                registrar.merge()
        finally:
            store.close()
    publish_revision(settings.store_location, registrar.revision)


def crawl(
    settings: Settings, sources: Iterable[Source], now: Clock, report: Report, *, everything: bool = False
) -> list[tuple[Source, Outcome, str]]:
    """Read the sources that are due, once; return each with its outcome and the reason in words."""
    unique = _unique(sources)
    with writer(settings) as registrar:
        due = registrar.due(unique, now(), everything=everything)
        return asyncio.run(_crawl(settings, due, now, registrar, report))


async def _crawl(
    settings: Settings,
    due: list[tuple[Source, Known | None]],
    now: Clock,
    registrar: Registrar,
    report: Report,
) -> list[tuple[Source, Outcome, str]]:
    async with Transport(settings) as transport:
        admit = registrar.admit
        return await crawl_pass(due, settings=settings, transport=transport, now=now, admit=admit, on_progress=report)


def _unique(sources: Iterable[Source]) -> list[Source]:
    found: dict[str, Source] = {}
    for source in sources:
        if source.id in found:
            raise SettingsError(
                f"two sources are called {source.id!r} ({found[source.id].url}, {source.url}): rename one"
            )
        found[source.id] = source
    return list(found.values())


def with_bundled(settings: Settings, here: Bundled) -> Settings:
    """Return the settings that let the crawler reach the bundled sources on this machine, and nothing else new."""
    return replace(
        settings,
        resolve={**settings.resolve, **here.resolve},
        allow_networks=(*settings.allow_networks, *here.networks),
    )


def check(target: str, settings: Settings, readers: Readers, now: Clock) -> Checked:
    """Read and validate a file, an address or a host's description, as a crawl would."""
    path = Path(target)
    if path.is_file():
        fetched = Fetch(
            Source("check", path.absolute().as_uri()), now(), path.absolute().as_uri(), body=path.read_bytes()
        )
    else:
        url = target if "://" in target else f"https://{target}"
        fetched = asyncio.run(_fetch(Source("check", url), settings, now))
    if fetched.outcome is not None:
        return Checked(target, error=fetched.reason)
    try:
        description, report = readers.read(
            fetched.body,
            media_type=fetched.header("content-type"),
            url=fetched.final_url,
            graph=f"{settings.base}/sources/check/description",
        )
    except ReadingError as error:
        return Checked(target, error=str(error), line=error.line)
    except WorkerError as error:
        return Checked(target, error=str(error))
    return Checked(target, report, notes=description.notes)


async def _fetch(source: Source, settings: Settings, now: Clock) -> Fetch:
    async with Transport(settings) as transport:
        return await fetch(source, None, transport=transport, robots=Robots(transport, settings), now=now)


def rebuild(settings: Settings) -> int:
    """Make the embedded store anew from the archive and swap it in; return how many records were read.

    Raises StoreError for a store on a server, which is not ours to replace.
    """
    location = Path(settings.store_location)
    if "://" in settings.store_location:
        raise StoreError("rebuild replaces the embedded store: give a folder with --store, then load its export")
    fresh, old = location.with_name(location.name + ".new"), location.with_name(location.name + ".old")
    shutil.rmtree(fresh, ignore_errors=True)
    with Readers(settings) as readers:
        store = open_store(replace(settings, store=str(fresh)))
        try:
            registrar = Registrar(store, Archive(Path(settings.data) / "archive"), readers.read, settings)
            count = registrar.replay()
            registrar.publish_vocabulary()
            registrar.merge()
        finally:
            store.close()
    shutil.rmtree(old, ignore_errors=True)
    if location.exists():
        location.rename(old)
    fresh.rename(location)
    publish_revision(settings.store_location, registrar.revision)
    shutil.rmtree(old, ignore_errors=True)
    return count


def ask(settings: Settings, text: str, media_type: str) -> Answer:
    """Run a query as the public endpoint would, with the merged graph as the default graph."""
    with QueryWorkers(settings) as workers:
        return workers.run(text, media_type=media_type, default_graph=f"{settings.base}/merged")


def _list(settings: Settings) -> Path:
    return Path(settings.data) / "sources.toml"


def added_sources(settings: Settings) -> tuple[Source, ...]:
    """Return the operator's own list of sources."""
    return sourcelist.read(_list(settings))


def add_source(settings: Settings, address: str, identifier: str | None, kind: SourceKind, **fields: Any) -> Source:
    """Add a source to the operator's list; a path stands for a file of this machine. Raises SettingsError."""
    path = Path(address)
    url = path.absolute().as_uri() if path.is_file() else address if "://" in address else f"https://{address}"
    name = identifier or slug(url.partition("://")[2] if not path.is_file() else path.stem)
    source = Source(name, url, kind=kind, layer=Layer.IMPORTED, **fields)
    sourcelist.write(
        _list(settings), _unique((*settings.sources, *added_sources(settings), source))[len(settings.sources) :]
    )
    return source


def remove_source(settings: Settings, identifier: str) -> None:
    """Take a source off the operator's list. Raises SettingsError when it is not on it."""
    sources = added_sources(settings)
    if identifier not in {source.id for source in sources}:
        known = ", ".join(source.id for source in sources) or "nothing"
        raise SettingsError(
            f"the list has no source {identifier!r} (it has {known}); those of the settings are changed there"
        )
    sourcelist.write(_list(settings), (source for source in sources if source.id != identifier))
