"""How many hosts are under way at a time: enough that the pauses of some are filled by requests to others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import ceil

# A host with two requests of 50 ms and a pause of one second between them uses a place for a tenth of its time.
_HOSTS_A_PLACE = 4
_HOSTS_A_PLACE_AND_SECOND = 12
_LONG_PAUSE_SECONDS = 5.0  # for which a host makes room for another one
_MAX_RESTING = 2_000  # hosts that have made room, in memory all the same (some 20 kB each)


class UnderWay:
    """Lets as many hosts be under way as keep `places` busy, each pausing for `delay_seconds` between its requests.

    A host that rests for long, since its robots.txt asks for that, makes room for another one meanwhile.
    """

    def __init__(
        self, places: int, delay_seconds: float, sleep: Callable[[float], Awaitable[object]] = asyncio.sleep
    ) -> None:
        pause = min(delay_seconds, _LONG_PAUSE_SECONDS)
        self.most = places * ceil(_HOSTS_A_PLACE + _HOSTS_A_PLACE_AND_SECOND * pause)
        self._room = asyncio.Semaphore(self.most)
        self._resting, self._sleep = 0, sleep

    async def enter(self) -> None:
        """Wait until one more host may be under way; to be followed by one `leave`."""
        await self._room.acquire()

    def leave(self) -> None:
        """Make room: a host is done."""
        self._room.release()

    async def rest(self, seconds: float) -> None:
        """Wait for so many seconds, on behalf of a host that is under way."""
        if seconds <= _LONG_PAUSE_SECONDS or self._resting >= _MAX_RESTING:
            await self._sleep(seconds)
            return
        async with self._making_room():
            await self._sleep(seconds)

    @asynccontextmanager
    async def _making_room(self) -> AsyncIterator[None]:
        self._resting += 1
        self._room.release()
        try:
            yield
        finally:
            self._resting -= 1
            await self._room.acquire()  # first come, first served: before hosts that have not begun
