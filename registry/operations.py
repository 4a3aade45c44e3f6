"""The operator's tasks, each with its collaborators built from the settings; the command line only words them."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

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
from registry.model import Fetch, Layer, Outcome, Source, SourceKind
from registry.registrar import Registrar
from registry.sandbox import Answer, QueryWorkers, Readers
from registry.settings import Settings
from registry.store import open_store, publish_revision

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


async def _crawl(settings, due, now, registrar, report):  # type: ignore[no-untyped-def]
    async with Transport(settings) as transport:
        return await crawl_pass(
            due, settings=settings, transport=transport, now=now, admit=registrar.admit, on_progress=report
        )


def _unique(sources: Iterable[Source]) -> list[Source]:
    found: dict[str, Source] = {}
    for source in sources:
        if source.id in found:
            raise SettingsError(f"two sources are called {source.id!r} ({found[source.id].url} and {source.url}): rename one")
        found[source.id] = source
    return list(found.values())
