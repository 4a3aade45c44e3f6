"""Waiting rooms: how many requests of one kind are worked on, how many wait, and how many of both are of one client.

All of it runs in one event loop; who waits takes no thread.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import dataclass, field

from registry.front.tally import Counts
from registry.sandbox.cancellation import Cancellation

_RESTART_SECONDS = 1.0  # for which a client keeps its share after its request cost a worker, which must start anew


@dataclass(frozen=True, slots=True)
class RoomRules:
    """The size of a room: `places` to work, `waiting` for one at most `patience` seconds.

    One client works in all places but one, and waits in half of the room. Who works longer than `hurry` seconds is
    stopped while another client waits; None for never.
    """

    name: str
    places: int
    waiting: int
    patience: float
    hurry: float | None = None

    @property
    def share(self) -> int:
        """The places that one client may have."""
        return max(1, self.places - 1)


class RefusedError(Exception):
    """There is no place; `reason` is a value of the label of `ospo_room_refused`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(eq=False)
class Place:
    """A place in a room, since `began` (a moment of the loop); the room is told when the work there ends.

    It `is_left` when the work goes on at a server that nobody can stop, for nobody.
    """

    client: str
    began: float
    is_left: bool = False
    order: Cancellation = field(default_factory=Cancellation)


@dataclass(eq=False)
class _Waiter:
    client: str
    place: asyncio.Future[Place]


class Room:
    """One waiting room of one process."""

    def __init__(self, rules: RoomRules, counts: Counts) -> None:
        self.rules, self._counts = rules, counts
        self._places: list[Place] = []
        self._shares: Counter[str] = Counter()  # client → places that count as taken by it
        self._waiters: deque[_Waiter] = deque()
        self._hurrying: asyncio.TimerHandle | None = None

    async def enter(self, client: str) -> Place:
        """Return a place for a request of that client as soon as there is one. Raises RefusedError."""
        if self._has_place_for(client):
            return self._take(client)
        if sum(waiter.client == client for waiter in self._waiters) >= max(1, self.rules.waiting // 2):
            raise self._refused("share")
        if len(self._waiters) >= self.rules.waiting:
            raise self._refused("full")
        return await self._waited(_Waiter(client, asyncio.get_running_loop().create_future()))

    def leave(self, place: Place) -> None:
        """Give a place back: its work has ended, and not only its client gone; what is left of it elsewhere, too."""
        if place.order.left is not None and not place.is_left:
            place.is_left = True
            self._counts.add("ospo_store_queries_left")
            asyncio.wrap_future(place.order.left).add_done_callback(lambda _: self.leave(place))
            self._hurry()
            return
        loop = asyncio.get_running_loop()
        self._places.remove(place)
        if place.is_left:
            self._counts.add("ospo_store_queries_left", count=-1)
        self._count("ospo_room_working", -1)
        self._count("ospo_room_seconds", int((loop.time() - place.began) * 1e6))
        if place.order.ended:
            self._counts.add("ospo_workers_ended", self.rules.name, place.order.ended)
            loop.call_later(_RESTART_SECONDS, self._give_share_back, place.client)
        else:
            self._give_share_back(place.client)
        self._admit()

    def stop_all(self, reason: str) -> None:
        """Stop all that is worked on."""
        for place in self._places:
            place.order.cancel(reason)

    def _give_share_back(self, client: str) -> None:
        self._shares[client] -= 1
        if self._shares[client] <= 0:
            del self._shares[client]
        self._admit()

    def _has_place_for(self, client: str) -> bool:
        return len(self._places) < self.rules.places and self._shares[client] < self.rules.share

    def _take(self, client: str) -> Place:
        place = Place(client, asyncio.get_running_loop().time())
        self._places.append(place)
        self._shares[client] += 1
        self._count("ospo_room_working", 1)
        return place

    async def _waited(self, waiter: _Waiter) -> Place:
        self._waiters.append(waiter)
        self._count("ospo_room_waiting", 1)
        self._hurry()
        try:
            async with asyncio.timeout(self.rules.patience):
                return await waiter.place
        except (TimeoutError, asyncio.CancelledError) as error:
            if waiter.place.done() and not waiter.place.cancelled():  # it came at the same moment
                if isinstance(error, TimeoutError):
                    return waiter.place.result()
                self.leave(waiter.place.result())
            if isinstance(error, TimeoutError):
                is_full = self._shares[waiter.client] >= self.rules.share
                raise self._refused("share" if is_full else "late") from error
            self._count("ospo_room_left", 1)
            raise
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            self._count("ospo_room_waiting", -1)

    def _admit(self) -> None:
        """Give free places to those who wait, the first one first among those that have not had their share."""
        for waiter in list(self._waiters):
            if not waiter.place.done() and self._has_place_for(waiter.client):
                waiter.place.set_result(self._take(waiter.client))
        self._hurry()

    def _hurry(self) -> None:
        """Stop the one who has worked longest, now or when its time is over, if somebody waits for its place alone.

        What is left at a server cannot be stopped.
        """
        if self._hurrying is not None:
            self._hurrying.cancel()
            self._hurrying = None
        if self.rules.hurry is None or len(self._places) < self.rules.places:
            return
        if all(waiter.place.done() or self._shares[waiter.client] >= self.rules.share for waiter in self._waiters):
            return
        loop = asyncio.get_running_loop()
        oldest = min((it for it in self._places if not it.is_left), key=lambda place: place.began, default=None)
        if oldest is None:
            return
        over = oldest.began + self.rules.hurry
        if loop.time() >= over:
            oldest.order.cancel(f"others wait, and it took longer than {self.rules.hurry:g} seconds")
        else:
            self._hurrying = loop.call_at(over, self._hurry)

    def _count(self, name: str, count: int) -> None:
        self._counts.add(name, self.rules.name, count=count)

    def _refused(self, reason: str) -> RefusedError:
        self._counts.add("ospo_room_refused", self.rules.name, reason)
        return RefusedError(reason)
