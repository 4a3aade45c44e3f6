"""One pass over the sources that are due.

Many hosts are read at a time, of each host one source at a time, and one admission is made at a time.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from federation.fetch import fetch
from federation.registries.copies import Copy, fetch_copy
from federation.robots import Robots
from federation.transport import Transport
from registry.errors import OspoError
from registry.iri import addresses
from registry.model import Fetch, LastResponse, Outcome, Source
from registry.settings import Settings

_log = logging.getLogger(__name__)

_MAX_SILENT_SOURCES = 2  # in a row, after which a host that gives no answer is left alone for this pass
_OVERLOADED_STATUSES = (429, 503)  # after which a host is left alone for this pass, too
_MAX_UNCHANGED_TOGETHER = 400  # unchanged sources in one admission

Due = tuple[Source, LastResponse | None]
Admit = Callable[[Sequence[Fetch]], list[tuple[Outcome, str]]]  # the outcome of each fetch, and the reason in words
Result = tuple[Source, Outcome, str]


async def half_a_second() -> None:
    """Wait for as long as sources that are unchanged usually wait for one another."""
    await asyncio.sleep(0.5)


async def crawl(
    due: Sequence[Due],
    *,
    settings: Settings,
    transport: Transport,
    now: Callable[[], datetime],
    admit: Admit,
    copies: Mapping[str, Sequence[Copy]] = MappingProxyType({}),
    on_progress: Callable[[Source, Outcome, str], None] | None = None,
    pause: Callable[[], Awaitable[object]] = half_a_second,
) -> list[Result]:
    """Read each source once and have it admitted; return (source, outcome, reason) in the order of admission.

    `admit` runs in a thread, never twice at a time. It gets one fetch, or several of which each found nothing new: such
    fetches are collected until the next `pause` ends. `copies` are the copies that other registries keep, by the id of
    the source; one is read where a source is UNREACHABLE.

    An unexpected error concerns one source alone: it is logged, and the source counts as UNREACHABLE. An OspoError of
    `admit` (the store, the archive) ends the pass and is raised.
    """
    pass_ = _Pass(transport, Robots(transport, settings), now, admit, copies, on_progress)
    hosts = iter(_by_host(due).items())
    workers = [asyncio.create_task(pass_.work(hosts)) for _ in range(settings.concurrency)]
    collector = asyncio.create_task(pass_.admit_unchanged_regularly(pause))
    try:
        await _wait(workers, collector)
        await pass_.admit_unchanged()
        if collector.done():  # it failed after the last worker had ended
            await collector
    finally:
        for task in (*workers, collector):
            task.cancel()
        await asyncio.gather(*workers, collector, return_exceptions=True)
    return pass_.results


async def _wait(workers: Sequence[asyncio.Task[None]], collector: asyncio.Task[None]) -> None:
    """Wait until all workers have ended; raise what one of them, or the collector, raises."""
    working: asyncio.Future[list[None]] = asyncio.gather(*workers)
    either: set[asyncio.Future[Any]] = {working, collector}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    await (collector if collector.done() else working)


def _by_host(due: Sequence[Due]) -> dict[str, list[Due]]:
    hosts: dict[str, list[Due]] = {}
    for source, last_response in due:
        hosts.setdefault(addresses.host_name(source.url), []).append((source, last_response))
    return hosts


class _Pass:
    """The state of one pass."""

    def __init__(
        self,
        transport: Transport,
        robots: Robots,
        now: Callable[[], datetime],
        admit: Admit,
        copies: Mapping[str, Sequence[Copy]],
        on_progress: Callable[[Source, Outcome, str], None] | None,
    ) -> None:
        self._transport, self._robots, self._now = transport, robots, now
        self._admit, self._copies, self._on_progress = admit, copies, on_progress
        self._admitting = asyncio.Lock()  # first come, first served
        self._unchanged: list[Fetch] = []
        self._absent: set[str] = set()
        self.results: list[Result] = []

    async def work(self, hosts: Iterator[tuple[str, list[Due]]]) -> None:
        """Read the sources of one host after another, until no host is left."""
        for host, sources in hosts:
            silent, skip_reason = 0, ""
            for source, last_response in sources:
                if skip_reason:
                    fetched = _unreachable(source, self._now(), skip_reason)
                else:
                    fetched = await self._guarded(source, self._fetch(source, last_response))
                    silent = silent + 1 if _is_silent(fetched, host) else 0
                    if silent == _MAX_SILENT_SOURCES or fetched.status in _OVERLOADED_STATUSES:
                        skip_reason = f"{host} was not asked again in this pass, because: {fetched.reason}"
                if fetched.outcome is Outcome.UNREACHABLE and source.id in self._copies:
                    fetched = await self._guarded(source, self._fetch_copy(fetched, last_response))
                await self._finish(fetched)

    async def _fetch(self, source: Source, last_response: LastResponse | None) -> Fetch:
        transport, robots, absent = self._transport, self._robots, self._absent
        return await fetch(source, last_response, transport=transport, robots=robots, now=self._now, absent=absent)

    async def _fetch_copy(self, failed: Fetch, last_response: LastResponse | None) -> Fetch:
        transport, robots, copies = self._transport, self._robots, self._copies[failed.source.id]
        return await fetch_copy(failed, copies, last_response, transport=transport, robots=robots, now=self._now)

    async def _guarded(self, source: Source, fetching: Coroutine[Any, Any, Fetch]) -> Fetch:
        try:
            return await fetching
        except Exception as error:  # one source never stops another
            _log.exception("unexpected error while reading source %s at %s", source.id, source.url)
            reason = f"not read, by an internal error ({type(error).__name__}): the operator finds it in the log"
            return _unreachable(source, self._now(), reason)

    async def _finish(self, fetched: Fetch) -> None:
        if fetched.outcome is not Outcome.UNCHANGED:
            async with self._admitting:
                await self._admit_now([fetched])
            return
        self._unchanged.append(fetched)
        if len(self._unchanged) >= _MAX_UNCHANGED_TOGETHER:
            await self.admit_unchanged()

    async def admit_unchanged_regularly(self, pause: Callable[[], Awaitable[object]]) -> None:
        """Admit the unchanged sources after each pause, until this is cancelled."""
        while True:
            await pause()
            await self.admit_unchanged()

    async def admit_unchanged(self) -> None:
        """Admit all sources that were found unchanged until now."""
        async with self._admitting:  # before they are taken: whoever then finds none left knows that they were admitted
            waiting, self._unchanged = self._unchanged, []
            if waiting:
                await self._admit_now(waiting)

    async def _admit_now(self, fetches: list[Fetch]) -> None:
        try:
            verdicts = await asyncio.to_thread(self._admit, fetches)
        except OspoError:
            raise
        except Exception as error:  # nothing was stored, so the next pass tries again
            names = ", ".join(fetched.source.id for fetched in fetches)
            _log.exception("unexpected error while admitting source %s", names)
            reason = f"not stored, by an internal error ({type(error).__name__}): the operator finds it in the log"
            verdicts = [(Outcome.UNREACHABLE, reason)] * len(fetches)
        for fetched, (outcome, reason) in zip(fetches, verdicts, strict=True):
            self.results.append((fetched.source, outcome, reason))
            if self._on_progress is not None:
                self._on_progress(fetched.source, outcome, reason)


def _unreachable(source: Source, at: datetime, reason: str) -> Fetch:
    return Fetch(source, at, source.url, outcome=Outcome.UNREACHABLE, reason=reason)


def _is_silent(fetched: Fetch, host: str) -> bool:
    """Return whether the host itself was asked and gave no HTTP response."""
    was_asked = bool(fetched.steps) and bool(host) and addresses.host_name(fetched.final_url) == host
    return was_asked and fetched.outcome is Outcome.UNREACHABLE and fetched.status is None
