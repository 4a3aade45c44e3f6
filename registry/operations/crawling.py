"""One crawl: the declared and the learned sources that are due are read, admitted and merged."""

from __future__ import annotations

import asyncio
import gc
import logging
import resource
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from federation.admissions import Result
from federation.crawl import Due
from federation.crawl import crawl as crawl_pass
from federation.registries import learn
from federation.registries.copies import offered
from federation.transport import Transport
from registry.model import Fetch, Outcome, Source
from registry.operations import idle, source_list
from registry.operations.progress import ProgressReporter
from registry.operations.rhythm import Rhythm
from registry.operations.stopping import Stop
from registry.operations.writing import merge_and_publish, open_writer
from registry.settings import Settings
from registry.sources.bundled import Bundled
from registry.writer import Writer

_log = logging.getLogger(__name__)

Clock = Callable[[], datetime]

_MAX_FILES = 65_536
_NEW_BETWEEN_COLLECTIONS = 5_000  # objects; a description has thousands, hardly one of them in a cycle


def crawl(
    settings: Settings,
    declared: Iterable[Source],
    now: Clock,
    progress: ProgressReporter,
    *,
    everything: bool = False,
    accept_loss: bool = False,
    stop: Stop | None = None,
) -> list[Result]:
    """Read each source that is due once; return each with its outcome and the reason in words.

    Read are the `declared` sources, those learned from lists and other registries, and in further passes those that
    these list for the first time. It ends, since the number of learned registries is limited. With `everything`,
    sources that are not due are read too; `accept_loss` is that of `open_writer`. When `stop` is asked for, what was
    read is admitted and merged; the sources that are not among the results stay due, and it tells how many.
    """
    stop = stop or Stop()
    declared = source_list.unique(declared)
    _allow_sockets()
    gc.set_threshold(_NEW_BETWEEN_COLLECTIONS)
    if not everything and not accept_loss and idle.is_nothing_due(declared, settings, now()):
        progress.begin(0)
        return []
    with open_writer(settings, accept_loss=accept_loss) as writer:
        for identifier in learn.superseded(writer.states(), declared):
            writer.withdraw(identifier, now(), "declared-anew")
        if warning := writer.clock_warning(now()):
            _log.warning(warning)
            progress.warn(warning)
        results: list[Result] = []
        read: set[str] = set()
        sources = _sources(writer, declared, settings)
        while stop.signal is None and (unread := [source for source in sources if source.id not in read]):
            due = writer.due(unread, now(), everything=everything)
            progress.begin(len(results) + len(due))
            results += asyncio.run(_pass(settings, due, now, writer, progress, stop))
            read.update(source.id for source in unread)
            sources = _sources(writer, declared, settings)
        if stop.signal:
            told = {source.id for source, *_ in results}
            left = (source for source in sources if source.id not in told)
            stop.undone = len(writer.due(left, now(), everything=everything))
        note = None if stop.signal else idle.note_of(writer, sources, declared, settings, now())
    idle.write(note, settings)  # by now all is merged and published
    return results


def _allow_sockets() -> None:
    """Let this process open as many files as it may: a socket is kept for a while after the pause of its host."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_FILES if most == resource.RLIM_INFINITY else min(most, _MAX_FILES)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _sources(writer: Writer, declared: list[Source], settings: Settings) -> list[Source]:
    """Return the declared sources, then those that were or can be learned from what was read until now."""
    listings = {**writer.listings(), **writer.leads()}
    return [*declared, *learn.learned(listings, writer.states(), declared, settings)]


async def _pass(
    settings: Settings, due: list[Due], now: Clock, writer: Writer, progress: ProgressReporter, stop: Stop
) -> list[Result]:
    """Read the sources that are due, until somebody asks to stop; return the results until then.

    What is admitted is published now and then.
    """
    results: list[Result] = []
    parts: dict[str, tuple[int, int]] = {}  # of the sources of which entries are left out

    def admit(fetches: Sequence[Fetch]) -> list[tuple[Outcome, str]]:
        states = writer.admit_together(fetches)
        parts.update({state.source.id: state.part_left_out for state in states if state.left_out})
        return [(state.outcome, state.reason) for state in states]

    def report(source: Source, outcome: Outcome, reason: str) -> None:
        results.append((source, outcome, reason))
        progress.report(source, outcome, reason, parts.pop(source.id, (0, 0)))

    rhythm, published = Rhythm(settings.publish_seconds), writer.revision

    def publish() -> None:
        nonlocal published
        if writer.revision != published and rhythm.keep(lambda: merge_and_publish(writer, settings)):
            published = writer.revision

    async def read() -> None:
        states = writer.states()
        copies = offered(writer.listings(), (source for source, _ in due), states, settings)
        async with Transport(settings) as transport:
            await crawl_pass(
                due,
                settings=settings,
                transport=transport,
                now=now,
                admit=admit,
                copies=copies,
                failing={state.source.id: state.outcome for state in states if state.failures > 0},
                on_progress=report,
                between=publish,
            )

    gc.freeze()  # the states of all sources live as long as the pass: the collector need not look at them
    try:
        reading, loop = asyncio.create_task(read()), asyncio.get_running_loop()
        with stop.calling(lambda: loop.call_soon_threadsafe(reading.cancel)):
            await reading
    except asyncio.CancelledError:
        if stop.signal is None:
            raise
    finally:
        gc.unfreeze()
    return results


def with_bundled(settings: Settings, bundled: Bundled) -> Settings:
    """Return settings in which the crawler can also reach the bundled sources on this machine, and nothing else."""
    return replace(
        settings,
        resolve={**settings.resolve, **bundled.resolve},
        allow_networks=(*settings.allow_networks, *bundled.networks),
    )
