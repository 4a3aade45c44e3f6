"""Politeness towards one host: one request at a time, and a pause before the next."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Pace:
    """Gives turns to requests, host by host. `delay_seconds` is the pause where robots.txt states no Crawl-delay."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay = delay_seconds
        self._delays: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def set_delay(self, host: str, delay_seconds: float) -> None:
        """Set the pause that a host asks for, instead of ours."""
        self._delays[host] = delay_seconds

    def delay(self, host: str) -> float:
        """Return the pause after a request to this host, in seconds."""
        return self._delays.get(host, self._delay)

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until this host may be contacted, and let no other request contact it while the block runs."""
        async with self._locks[host]:
            pause = self._ended.get(host, float("-inf")) + self.delay(host) - time.monotonic()
            if pause > 0:
                await asyncio.sleep(pause)
            try:
                yield
            finally:
                self._ended[host] = time.monotonic()
