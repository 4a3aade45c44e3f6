"""The operator's tasks, each with its collaborators built from the settings; the command line only words them."""

from __future__ import annotations

import asyncio
import fcntl
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from federation import address as addresses
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
from registry.query_text import kind as query_kind
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
    with _alone(settings), Readers(settings) as readers:
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


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """Keep every other writer off the archive and the embedded store meanwhile. Raises StoreError when there is one.

    The store's own lock would not do: `rebuild` puts another store in its place.
    """
    embedded = [] if "://" in settings.store_location else [settings.store_location]
    with ExitStack() as locks:
        for location in (str(Path(settings.data) / "archive"), *embedded):
            try:
                Path(location).parent.mkdir(parents=True, exist_ok=True)
                file = locks.enter_context(Path(f"{location}.lock").open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"another `ospo` command is writing to {location}: let it end, then try again"
                ) from error
            except OSError as error:
                raise StoreError(f"{location} cannot be written: {error}") from error
        yield


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
    """Return the sources. Raises SettingsError for an id that is there twice, or that no graph can be called by."""
    found: dict[str, Source] = {}
    for source in sources:
        if source.id != slug(source.id):
            raise SettingsError(
                f"the id {source.id!r} of a source is not of small letters, digits and hyphens: "
                f"write {slug(source.id)!r}, for example"
            )
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
    fetched = asyncio.run(_fetch(Source("check", _url(target)), settings, now))
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


_DOCUMENTS = (".yaml", ".yml", ".jsonld", ".json", ".ttl", ".nt", ".rdf", ".csv")


def _url(target: str) -> str:
    """Return the address that a person means: as it stands, of a file of this machine, or https of a host.

    Where there is no such file it is still one when it does not begin with a host's name, or ends like a document.
    """
    if "://" in target:
        return target
    first, _, rest = target.partition("/")
    host = "." in first.strip(".") or ":" in first
    path = Path(target)
    if _exists(path) or not host or (not rest and path.suffix in _DOCUMENTS):
        return path.absolute().as_uri()
    return f"https://{target}"


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # longer than a name can be, or in a folder that is closed to us
        return False


async def _fetch(source: Source, settings: Settings, now: Clock) -> Fetch:
    async with Transport(settings) as transport:
        return await fetch(source, None, transport=transport, robots=Robots(transport, settings), now=now)


def rebuild(settings: Settings) -> int:
    """Make the embedded store anew from the archive and swap it in; return how many records were read.

    Raises StoreError for a store on a server, which is not ours to replace, and rather than empty a store.
    """
    location = Path(settings.store_location)
    if "://" in settings.store_location:
        raise StoreError("rebuild replaces the embedded store: give a folder with --store, and load that on the server")
    fresh, old = location.with_name(location.name + ".new"), location.with_name(location.name + ".old")
    with _alone(settings):
        archive = Archive(Path(settings.data) / "archive")
        if location.exists() and not archive.last():
            raise StoreError(f"nothing is archived in {settings.data}/archive: the store {location} stays as it is")
        shutil.rmtree(fresh, ignore_errors=True)
        revision = _replay(archive, replace(settings, store=str(fresh)))
        shutil.rmtree(old, ignore_errors=True)
        if location.exists():
            location.rename(old)
        fresh.rename(location)
        publish_revision(settings.store_location, revision)
        shutil.rmtree(old, ignore_errors=True)
    return len(archive.names())


def _replay(archive: Archive, settings: Settings) -> int:
    """Fill the empty store of these settings from the archive; return its revision."""
    with Readers(settings) as readers:
        store = open_store(settings)
        try:
            registrar = Registrar(store, archive, readers.read, settings)
            registrar.replay()
            registrar.publish_vocabulary()
            registrar.merge()
        finally:
            store.close()
    return registrar.revision


def query_text(query: str) -> str:
    """Return a query given as text or as the path of a file. Raises SettingsError for a file that cannot be read."""
    path = Path(query)
    if not _exists(path):
        if not set(query) & set(" \n\t{<"):
            raise SettingsError(f"there is no file {query}: correct the path, or give the text of a query")
        return query
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{query}: cannot be read as a query in UTF-8: {error}") from error


def ask(settings: Settings, text: str, media_type: str) -> Answer:
    """Run a query as the public endpoint would, with the merged graph as the default graph; "" is the usual type.

    Raises StoreError for a store on a server, which answers queries itself.
    """
    if "://" in settings.store_location:
        raise StoreError(f"the store is a server of its own: ask {settings.store_location} itself")
    usual = "text/turtle" if query_kind(text) in ("construct", "describe") else "text/csv"
    with QueryWorkers(settings) as workers:
        return workers.run(text, media_type=media_type or usual, default_graph=f"{settings.base}/merged")


def _list(settings: Settings) -> Path:
    return Path(settings.data) / "sources.toml"


def added_sources(settings: Settings) -> tuple[Source, ...]:
    """Return the operator's own list of sources."""
    return sourcelist.read(_list(settings))


def add_source(settings: Settings, address: str, identifier: str | None, kind: SourceKind, **fields: Any) -> Source:
    """Add a source to the operator's list; a path stands for a file of this machine. Raises SettingsError."""
    url = _url(address)
    is_path = url.startswith("file:") and "://" not in address
    if wrong := _no_source(address, url, settings) or _no_mapping(kind, fields.get("mapping", "")):
        raise SettingsError(wrong)
    name = identifier or slug(Path(address).stem if is_path else url.partition("://")[2])
    source = Source(name, url, kind=kind, layer=Layer.IMPORTED, **fields)
    sourcelist.write(
        _list(settings), _unique((*settings.sources, *added_sources(settings), source))[len(settings.sources) :]
    )
    return source


def _no_source(address: str, url: str, settings: Settings) -> str:
    if not url.lower().startswith("file:"):
        return addresses.problem(url, settings.ports)
    return "" if "://" in address or Path(address).is_file() else f"there is no file {address}: correct the path"


def _no_mapping(kind: SourceKind, mapping: str) -> str:
    known = sorted(item.name.removesuffix(".yaml") for item in (files("registry") / "imports").iterdir())
    if mapping in known or (not mapping and kind is not SourceKind.TABLE):
        return ""
    said = f"there is no mapping {mapping!r}" if mapping else "a table is read by a mapping"
    return f"{said}: give --mapping, one of {', '.join(known)}"


def remove_source(settings: Settings, identifier: str) -> None:
    """Take a source off the operator's list. Raises SettingsError when it is not on it."""
    sources = added_sources(settings)
    if identifier not in {source.id for source in sources}:
        known = ", ".join(source.id for source in sources) or "nothing"
        raise SettingsError(
            f"the list has no source {identifier!r} (it has {known}); those of the settings are changed there"
        )
    sourcelist.write(_list(settings), (source for source in sources if source.id != identifier))
