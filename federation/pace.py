"""Politeness: one request at a time to one host, a pause before the next, and so many requests at a time in all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

_SWEPT_EVERY = 4_096  # hosts met; then those that wait for nothing are forgotten


@dataclass(slots=True)
class _Host:
    """`ended` is when the last request ended, by the monotonic clock; `delay` is the pause that the host asks for."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    ended: float = float("-inf")
    delay: float | None = None
    turns: int = 0  # waited for or running


class Pace:
    """Gives turns to requests, host by host.

    `delay_seconds` is the pause where robots.txt states no Crawl-delay; `places` is how many requests are in flight at
    most. A request takes a place when its pause is over: who pauses holds none. `rest` waits for so many seconds.
    While `may_begin` is not set, no request begins.
    """

    def __init__(
        self, delay_seconds: float, places: int, rest: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        self.rest = rest
        self.may_begin = asyncio.Event()
        self.may_begin.set()
        self._delay = delay_seconds
        self._places = asyncio.Semaphore(places)
        self._hosts: dict[str, _Host] = {}
        self._sweep_at = _SWEPT_EVERY

    def set_delay(self, host: str, delay_seconds: float) -> None:
        """Set the pause that a host asks for, instead of ours."""
        self._of(host).delay = delay_seconds

    def delay(self, host: str) -> float:
        """Return the pause after a request to this host, in seconds."""
        known = self._hosts.get(host)
        return self._delay if known is None or known.delay is None else known.delay

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until this host may be contacted, and let no other request contact it while the block runs."""
        known = self._of(host)
        known.turns += 1
        try:
            async with known.lock:
                pause = known.ended + self.delay(host) - time.monotonic()
                if pause > 0:
                    await self.rest(pause)
                async with self._places:
                    await self.may_begin.wait()
                    try:
                        yield
                    finally:
                        known.ended = time.monotonic()
        finally:
            known.turns -= 1

    def _of(self, host: str) -> _Host:
        known = self._hosts.get(host)
        if known is None:
            if len(self._hosts) >= self._sweep_at:
                self._forget()
            known = self._hosts[host] = _Host()
        return known

    def _forget(self) -> None:
        """Forget the hosts whose pause is over; what a robots.txt asks for is kept, since it may not be read again."""
        over = time.monotonic() - self._delay
        self._hosts = {
            name: host
            for name, host in self._hosts.items()
            if host.turns or host.delay is not None or host.ended > over
        }
        self._sweep_at = len(self._hosts) + _SWEPT_EVERY
