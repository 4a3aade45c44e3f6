"""One pass over the sources that are due: many hosts at a time, one source of each host, one admission."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from federation import address
from federation.fetch import fetch
from federation.registries.copies import Copy, fetch_copy
from federation.robots import Robots
from federation.transport import Transport
from registry.errors import OspoError
from registry.model import Fetch, LastResponse, Outcome, Source
from registry.settings import Settings

_log = logging.getLogger(__name__)

_PATIENCE = 2  # a host that was silent for so many of its sources, one after the other, is left alone
_ENOUGH = (429, 503)  # and so is one that asks for fewer requests
_TOGETHER = 400  # unchanged sources admitted at once, at the most

Due = tuple[Source, LastResponse | None]
Admit = Callable[[Sequence[Fetch]], list[tuple[Outcome, str]]]  # what became of each fetch, and why in words
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
    """Read every source once and have each fetch admitted; return (source, outcome, reason) in order of completion.

    `admit` runs in a thread, never twice at a time, with one fetch or with several that found nothing new: these wait
    for one another, until the next `pause` ends. One source never stops another: what goes wrong unexpectedly is logged
    and counts as UNREACHABLE. `copies` are those to ask for instead of a source that cannot be reached, by its id.
    An OspoError of `admit` (store, archive) ends the pass: it is raised.
    """
    reader = _Pass(transport, Robots(transport, settings), now, admit, copies, on_progress)
    hosts = iter(_by_host(due).items())
    workers = [asyncio.create_task(reader.work(hosts)) for _ in range(settings.concurrency)]
    noting = asyncio.create_task(reader.note_regularly(pause))
    try:
        await _all(workers, noting)
        await reader.note()
        if noting.done():  # it failed after the last worker had ended
            await noting
    finally:
        for task in (*workers, noting):
            task.cancel()
        await asyncio.gather(*workers, noting, return_exceptions=True)
    return reader.results


async def _all(workers: Sequence[asyncio.Task[None]], noting: asyncio.Task[None]) -> None:
    """Wait until all workers have done their work; raise what one of them, or the noting, raises."""
    working: asyncio.Future[list[None]] = asyncio.gather(*workers)
    either: set[asyncio.Future[Any]] = {working, noting}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    await (noting if noting.done() else working)


def _by_host(due: Sequence[Due]) -> dict[str, list[Due]]:
    hosts: dict[str, list[Due]] = {}
    for source, known in due:
        hosts.setdefault(address.host(source.url), []).append((source, known))
    return hosts


class _Pass:
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
        self._turn = asyncio.Lock()  # to admit: first come, first served
        self._unchanged: list[Fetch] = []
        self._absent: set[str] = set()
        self.results: list[Result] = []

    async def work(self, hosts: Iterator[tuple[str, list[Due]]]) -> None:
        """Take host after host, until none is left."""
        for host, sources in hosts:
            silent, down = 0, ""
            for source, known in sources:
                if down:
                    fetched = _unreachable(source, self._now(), down)
                else:
                    fetched = await self._guarded(source, self._fetch(source, known))
                    silent = silent + 1 if _is_silent(fetched, host) else 0
                    if silent == _PATIENCE or fetched.status in _ENOUGH:
                        down = f"{host} was not asked again in this pass, because: {fetched.reason}"
                if fetched.outcome is Outcome.UNREACHABLE and source.id in self._copies:
                    fetched = await self._guarded(source, self._copy(fetched, known))
                await self._finish(fetched)

    async def _fetch(self, source: Source, known: LastResponse | None) -> Fetch:
        transport, robots, absent = self._transport, self._robots, self._absent
        return await fetch(source, known, transport=transport, robots=robots, now=self._now, absent=absent)

    async def _copy(self, failed: Fetch, known: LastResponse | None) -> Fetch:
        transport, robots, copies = self._transport, self._robots, self._copies[failed.source.id]
        return await fetch_copy(failed, copies, known, transport=transport, robots=robots, now=self._now)

    async def _guarded(self, source: Source, reading: Coroutine[Any, Any, Fetch]) -> Fetch:
        try:
            return await reading
        except Exception as error:  # one source never stops another
            _log.exception("unexpected error while reading source %s at %s", source.id, source.url)
            reason = f"reading failed by a fault of ours ({type(error).__name__}): the operator finds it in the log"
            return _unreachable(source, self._now(), reason)

    async def _finish(self, fetched: Fetch) -> None:
        if fetched.outcome is not Outcome.UNCHANGED:
            async with self._turn:
                await self._admitted([fetched])
            return
        self._unchanged.append(fetched)
        if len(self._unchanged) >= _TOGETHER:
            await self.note()

    async def note_regularly(self, pause: Callable[[], Awaitable[object]]) -> None:
        """Have what was found unchanged admitted after each pause, until this is cancelled."""
        while True:
            await pause()
            await self.note()

    async def note(self) -> None:
        """Have everything admitted that was found unchanged until now."""
        async with self._turn:  # before they are taken: whoever then finds none left knows that they were admitted
            waiting, self._unchanged = self._unchanged, []
            if waiting:
                await self._admitted(waiting)

    async def _admitted(self, fetches: list[Fetch]) -> None:
        try:
            verdicts = await asyncio.to_thread(self._admit, fetches)
        except OspoError:
            raise
        except Exception as error:  # as above; nothing was stored, so the next pass tries again
            names = ", ".join(fetched.source.id for fetched in fetches)
            _log.exception("unexpected error while admitting source %s", names)
            reason = f"not stored by a fault of ours ({type(error).__name__}): the operator finds it in the log"
            verdicts = [(Outcome.UNREACHABLE, reason)] * len(fetches)
        for fetched, (outcome, reason) in zip(fetches, verdicts, strict=True):
            self.results.append((fetched.source, outcome, reason))
            if self._on_progress is not None:
                self._on_progress(fetched.source, outcome, reason)


def _unreachable(source: Source, at: datetime, reason: str) -> Fetch:
    return Fetch(source, at, source.url, outcome=Outcome.UNREACHABLE, reason=reason)


def _is_silent(fetched: Fetch, host: str) -> bool:
    """Return whether the host itself was asked and gave no answer."""
    asked = bool(fetched.steps) and bool(host) and address.host(fetched.final_url) == host
    return asked and fetched.outcome is Outcome.UNREACHABLE and fetched.status is None
