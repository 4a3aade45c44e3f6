"""The operator's tasks, each with its collaborators built from the settings; the command line only words them."""

from __future__ import annotations

import asyncio
import gc
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from federation.crawl import crawl as crawl_pass
from federation.fetch import fetch
from federation.registries import learn
from federation.registries.copies import offered
from federation.robots import Robots
from federation.transport import Transport
from registry.archive import Archive
from registry.endpoint.formats import TURTLE
from registry.endpoint.local import LocalEndpoint
from registry.endpoint.protocol import Answer
from registry.errors import ArchiveError, ReadingError, SettingsError, StoreError, WorkerError
from registry.model import Fetch, LastResponse, Outcome, Source
from registry.operations import source_list
from registry.operations.progress import Teller
from registry.operations.targets import exists, url
from registry.settings import Settings
from registry.sources.bundled import Bundled
from registry.sources.state_rdf import states
from registry.store.checkpoints import Manifest, check_base, find, publish
from registry.store.embedded import EmbeddedStore
from registry.store.lock import sole_writer
from registry.store.open import open_store
from registry.store.protocol import Store
from registry.validation.readers import Readers
from registry.validation.report_formats import Checked
from registry.writer import Writer

Clock = Callable[[], datetime]


@contextmanager
def open_writer(settings: Settings, *, accept_loss: bool = False) -> Iterator[Writer]:
    """Open store, archive and readers for writing; on leaving, merge and show the new revision to readers."""
    with sole_writer(settings), Readers(settings) as readers:
        archive = _whole_archive(settings, accept_loss=accept_loss)
        store = open_store(settings)
        try:
            writer = Writer(store, archive, readers.read, settings)
            writer.catch_up(accept_loss=accept_loss)
            writer.publish_vocabulary()
            try:
                yield writer
            finally:
                writer.merge()
                _show(store, writer, settings)
        finally:
            store.close()


def _whole_archive(settings: Settings, *, accept_loss: bool) -> Archive:
    """Return the archive. Raises ArchiveError where files are missing or foreign, unless the loss is accepted."""
    archive = Archive(Path(settings.data) / "archive")
    if faults := archive.faults():
        if not accept_loss:
            raise ArchiveError(
                f"the archive {settings.data}/archive is not whole: {'; '.join(faults[:10])}"
                + (f"; and {len(faults) - 10} more" if len(faults) > 10 else "")
                + ". To go on with what is there, add --accept-loss"
            )
        archive.accept_faults()
    return archive


def _show(store: Store, writer: Writer, settings: Settings) -> None:
    """Show readers of an embedded store what it holds now; readers of a server ask that itself."""
    if isinstance(store, EmbeddedStore):
        publish(store, settings.store_location, Manifest(settings.base, writer.history, writer.revision))


def prepare_to_serve(settings: Settings) -> None:
    """See to it that there is a checkpoint of the store for these settings; one of an earlier version has none yet.

    Raises StoreError where the store is of another base or format, is damaged, or is being written.
    """
    location = settings.store_location
    if "://" in location:
        return
    found = find(location)
    if found is not None:
        check_base(found, settings.base, location)
    elif Path(location).exists():
        with open_writer(settings):
            pass  # on leaving, it publishes


def crawl(
    settings: Settings,
    sources: Iterable[Source],
    now: Clock,
    told: Teller,
    *,
    everything: bool = False,
    accept_loss: bool = False,
) -> list[tuple[Source, Outcome, str]]:
    """Read the sources that are due, once; return each with its outcome and the reason in words.

    So are those known from lists and other registries alone, and what these tell of for the first time, until nothing
    new is told: it ends, as the registries that are learned are limited in number.
    """
    unique = source_list.unique(sources)
    with open_writer(settings, accept_loss=accept_loss) as writer:
        for identifier in learn.superseded(writer.states(), unique):
            writer.withdraw(identifier, now(), "the operator declared this address under another name")
        results: list[tuple[Source, Outcome, str]] = []
        seen: set[str] = set()
        while fresh := [source for source in _known(writer, unique, settings) if source.id not in seen]:
            due = writer.due(fresh, now(), everything=everything)
            told.begin(len(results) + len(due))
            results += asyncio.run(_crawl(settings, due, now, writer, told))
            seen.update(source.id for source in fresh)
        return results


def _known(writer: Writer, declared: list[Source], settings: Settings) -> list[Source]:
    told = {**writer.listings(), **writer.listed()}
    return [*declared, *learn.learned(told, writer.states(), declared, settings)]


async def _crawl(
    settings: Settings,
    due: list[tuple[Source, LastResponse | None]],
    now: Clock,
    writer: Writer,
    told: Teller,
) -> list[tuple[Source, Outcome, str]]:
    def admit(fetches: Sequence[Fetch]) -> list[tuple[Outcome, str]]:
        return [(state.outcome, state.reason) for state in writer.admit_together(fetches)]

    copies = offered(writer.listings(), (source for source, _ in due), writer.states(), settings)
    gc.freeze()  # what is known of the sources stays: no need to search it for garbage again and again
    try:
        async with Transport(settings) as transport:
            return await crawl_pass(
                due,
                settings=settings,
                transport=transport,
                now=now,
                admit=admit,
                copies=copies,
                on_progress=told.note,
            )
    finally:
        gc.unfreeze()


def with_bundled(settings: Settings, here: Bundled) -> Settings:
    """Return the settings that let the crawler reach the bundled sources on this machine, and nothing else new."""
    return replace(
        settings,
        resolve={**settings.resolve, **here.resolve},
        allow_networks=(*settings.allow_networks, *here.networks),
    )


def check(target: str, settings: Settings, readers: Readers, now: Clock) -> Checked:
    """Read and validate a file, an address or a host's description, as a crawl would."""
    fetched = asyncio.run(_fetch(Source("check", url(target)), settings, now))
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


def rebuild(settings: Settings, *, accept_loss: bool = False) -> int:
    """Make the embedded store anew from the archive and swap it in; return how many records were read.

    Raises StoreError for a store on a server, which is not ours to replace, and rather than empty a store.
    """
    location = Path(settings.store_location)
    if "://" in settings.store_location:
        raise StoreError("rebuild replaces the embedded store: give a folder with --store, and load that on the server")
    fresh, old = location.with_name(location.name + ".new"), location.with_name(location.name + ".old")
    with sole_writer(settings):
        archive = _whole_archive(settings, accept_loss=accept_loss)
        if location.exists() and not archive.last():
            raise StoreError(f"nothing is archived in {settings.data}/archive: the store {location} stays as it is")
        shutil.rmtree(fresh, ignore_errors=True)
        revision = _replay(archive, replace(settings, store=str(fresh)), accept_loss=accept_loss)
        shutil.rmtree(old, ignore_errors=True)
        if location.exists():
            location.rename(old)
        fresh.rename(location)
        shutil.rmtree(old, ignore_errors=True)
        store = EmbeddedStore(settings.store_location)
        try:
            publish(store, settings.store_location, Manifest(settings.base, archive.index.history, revision))
        finally:
            store.close()
    return len(archive.names())


def _replay(archive: Archive, settings: Settings, *, accept_loss: bool) -> int:
    """Fill the empty store of these settings from the archive; return its revision."""
    with Readers(settings) as readers:
        store = open_store(settings)
        try:
            writer = Writer(store, archive, readers.read, settings)
            writer.replay(accept_loss=accept_loss)
            writer.publish_vocabulary()
            writer.merge()
        finally:
            store.close()
    return writer.revision


def query_text(query: str) -> str:
    """Return a query given as text or as the path of a file. Raises SettingsError for a file that cannot be read."""
    path = Path(query)
    if not exists(path):
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
    with LocalEndpoint(settings) as endpoint:
        return endpoint.answer(text, (media_type,) if media_type else ("text/csv", TURTLE))


def learned_sources(settings: Settings) -> list[Source]:
    """Return the sources that were learned from lists and other registries, as the last crawl left them."""
    store = open_store(settings, read_only=True)
    try:
        known = states(store, settings.base)
    finally:
        store.close()
    return [state.source for state in known if state.source.peer and state.outcome is not Outcome.WITHDRAWN]


def remove_source(settings: Settings, identifier: str, now: Clock) -> bool:
    """Take a source off the operator's list and out of the merged view; return whether anything had been read of it.

    One that was learned from another registry is on no list: it is withdrawn, and not learned again.
    Raises SettingsError when the source is neither on the list nor learned.
    """
    is_read = Path(settings.data, "archive").exists()
    is_listed = any(source.id == identifier for source in source_list.added(settings))
    if is_listed or not is_read:
        source_list.remove(settings, identifier)
    if not is_read:
        return False
    with open_writer(settings) as writer:
        if not is_listed and not any(it.source.id == identifier and it.source.peer for it in writer.states()):
            source_list.remove(settings, identifier)  # says what the list has
        return writer.withdraw(identifier, now())


def confirm_source(settings: Settings, identifier: str, now: Clock) -> str:
    """Serve the version of a source that is held; return how many offices and policies it has, in words.

    Raises StoreError when nothing of it is held.
    """
    if not Path(settings.data, "archive").exists():
        raise StoreError(f"nothing is held of a source {identifier!r}: nothing was read yet")
    with open_writer(settings) as writer:
        state = writer.confirm(identifier, now())
    return f"{state.outcome}, {state.offices} offices and {state.policies} policies"
