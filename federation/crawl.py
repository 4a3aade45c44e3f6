"""One pass over the sources that are due.

Many hosts are under way at a time, of each host one source, and one admission is made at a time.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from federation.admissions import Admissions, Admit, Result, end_of
from federation.fetch import fetch
from federation.registries.copies import Copy, fetch_copy
from federation.robots import Robots
from federation.transport import Transport
from federation.under_way import UnderWay
from registry.iri import addresses
from registry.model import Fetch, LastResponse, Outcome, Source
from registry.reasons.reasons import reason
from registry.settings import Settings

_log = logging.getLogger(__name__)

_MAX_SILENT_SOURCES = 2  # in a row, after which a host that gives no answer is left alone for this pass
_LONGEST_PAUSE_SECONDS = 30.0
_OVERLOADED_STATUSES = (429, 503)  # after which a host is left alone for this pass, too

Due = tuple[Source, LastResponse | None]


def lengthening_pause() -> Callable[[], Awaitable[None]]:
    """Return a function that waits for as long as what was read usually waits to be admitted with others.

    That is half a second at first, twice as long each time, and half a minute at most: a short pass tells at once what
    it finds, and a long one leaves few files in the archive.
    """
    waits = itertools.chain([0.5 * 2**number for number in range(6)], itertools.repeat(_LONGEST_PAUSE_SECONDS))
    return lambda: asyncio.sleep(next(waits))


async def crawl(
    due: Sequence[Due],
    *,
    settings: Settings,
    transport: Transport,
    now: Callable[[], datetime],
    admit: Admit,
    copies: Mapping[str, Sequence[Copy]] = MappingProxyType({}),
    failing: Mapping[str, Outcome] = MappingProxyType({}),
    on_progress: Callable[[Source, Outcome, str], None] | None = None,
    between: Callable[[], object] | None = None,
    pause: Callable[[], Awaitable[object]] | None = None,
) -> list[Result]:
    """Read each source once and have it admitted; return (source, outcome, reason) in the order of admission.

    `admit` runs in a thread, never twice at a time. It gets the fetches that were collected until a `pause` (by default
    a lengthening one) ended, or were much before. What failed before with the same outcome, as `failing` tells by the
    id of the source, brings no news and is collected for the whole pass. After each pause
    `between` is called, in a thread too and never while something is admitted. `copies` are the copies that other
    registries keep, by the id of the source; one is read where a source is UNREACHABLE.

    An unexpected error concerns one source alone: it is logged, and the outcome is INTERNAL. An OspoError of `admit` or
    `between` (the store, the archive) ends the pass and is raised. However the pass ends, also when it is cancelled, an
    admission that has begun is waited for, and what was read until then is admitted; `on_progress` is told of each. The
    sources of which it is not told are due again.
    """
    under_way = UnderWay(settings.concurrency, settings.delay_seconds)
    transport.pace.rest = under_way.rest
    admissions = Admissions(admit, on_progress, failing, transport.pace.may_begin)
    pass_ = _Pass(transport, Robots(transport, settings), now, copies, admissions)
    working = asyncio.create_task(_work(pass_, _by_host(due), under_way))
    collector = asyncio.create_task(_collect_regularly(admissions, between, pause or lengthening_pause()))
    either: set[asyncio.Future[Any]] = {working, collector}
    try:
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        await (collector if collector.done() else working)  # which raises what ended it
    finally:
        for task in either:
            task.cancel()
        try:
            await end_of(asyncio.gather(*either, return_exceptions=True))
        finally:
            await admissions.close()
    return admissions.results


async def _collect_regularly(
    admissions: Admissions, between: Callable[[], object] | None, pause: Callable[[], Awaitable[object]]
) -> None:
    """Have what was read admitted after each pause, until this is cancelled."""
    while True:
        await pause()
        await admissions.admit_waiting()
        if between is not None:
            await admissions.meanwhile(between)


async def _work(pass_: _Pass, hosts: dict[str, list[Due]], under_way: UnderWay) -> None:
    """Read all hosts, each begun as soon as there is room for it. Raises what a host raises, when all have ended."""

    async def read(host: str, sources: list[Due]) -> None:
        try:
            await pass_.read(host, sources)
        finally:
            under_way.leave()

    waiting = deque(hosts.items())
    try:
        async with asyncio.TaskGroup() as tasks:
            while waiting:
                await under_way.enter()
                tasks.create_task(read(*waiting.popleft()))
    except ExceptionGroup as group:  # an admission failed: all raise the same
        raise group.exceptions[0] from None


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
        copies: Mapping[str, Sequence[Copy]],
        admissions: Admissions,
    ) -> None:
        self._transport, self._robots, self._now = transport, robots, now
        self._copies, self._admissions = copies, admissions

    async def read(self, host: str, sources: list[Due]) -> None:
        """Read the sources of one host, one after another."""
        silent, skip_reason = 0, ""
        absent: set[str] = set()  # well-known addresses with nothing
        for source, last_response in sources:
            if skip_reason:
                fetched = _unreachable(source, self._now(), skip_reason)
            else:
                fetched = await self._guarded(source, self._fetch(source, last_response, absent))
                silent = silent + 1 if _is_silent(fetched, host) else 0
                if silent == _MAX_SILENT_SOURCES or fetched.status in _OVERLOADED_STATUSES:
                    skip_reason = reason("host-left-alone", host=host, reason=fetched.reason)
            if fetched.outcome is Outcome.UNREACHABLE and source.id in self._copies:
                fetched = await self._guarded(source, self._fetch_copy(fetched, last_response))
            await self._admissions.hand_in(fetched)

    async def _fetch(self, source: Source, last_response: LastResponse | None, absent: set[str]) -> Fetch:
        transport, robots = self._transport, self._robots
        return await fetch(source, last_response, transport=transport, robots=robots, now=self._now, absent=absent)

    async def _fetch_copy(self, failed: Fetch, last_response: LastResponse | None) -> Fetch:
        transport, robots, copies = self._transport, self._robots, self._copies[failed.source.id]
        return await fetch_copy(failed, copies, last_response, transport=transport, robots=robots, now=self._now)

    async def _guarded(self, source: Source, fetching: Coroutine[Any, Any, Fetch]) -> Fetch:
        try:
            return await fetching
        except Exception as error:  # one source never stops another
            _log.exception("unexpected error while reading source %s at %s", source.id, source.url)
            why = reason("internal-fetch", kind=type(error).__name__)
            return replace(_unreachable(source, self._now(), why), outcome=Outcome.INTERNAL)


def _unreachable(source: Source, at: datetime, why: str) -> Fetch:
    return Fetch(source, at, source.url, outcome=Outcome.UNREACHABLE, reason=why)


def _is_silent(fetched: Fetch, host: str) -> bool:
    """Return whether the host itself was asked and gave no HTTP response."""
    was_asked = bool(fetched.steps) and bool(host) and addresses.host_name(fetched.final_url) == host
    return was_asked and fetched.outcome is Outcome.UNREACHABLE and fetched.status is None
