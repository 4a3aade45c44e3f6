"""What was read waits here until it is admitted: one admission at a time, and no reading is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from registry.errors import OspoError
from registry.model import Fetch, Outcome, Source
from registry.reasons.reasons import reason

_log = logging.getLogger(__name__)

_MAX_TOGETHER = 400  # fetches in one admission
_MAX_BYTES_TOGETHER = 512 * 1024  # of their bodies, beyond which none is added: what is read of them takes memory
_MAX_QUIET_TOGETHER = 10_000  # of sources that fail as they did before
_MAX_HELD_BYTES = 16 * 1_048_576  # of bodies that are not admitted yet: beyond, no request begins

Admit = Callable[[Sequence[Fetch]], list[tuple[Outcome, str]]]  # the outcome of each fetch, and the reason in words
Result = tuple[Source, Outcome, str]


class Admissions:
    """Has fetches admitted by a function that runs in a thread, never twice at a time.

    What is handed in is admitted together, regularly, and as soon as it is much: so it shares a file of the archive and
    an update. Each admission belongs to a task of its own, which nobody cancels: whoever is cancelled while it runs,
    its results are kept. `results` are in the order of admission; what is not among them was not admitted. `failing`
    tells as what a source failed before. `may_go_on` is set while there is room for further bodies.
    """

    def __init__(
        self,
        admit: Admit,
        on_progress: Callable[[Source, Outcome, str], None] | None,
        failing: Mapping[str, Outcome],
        may_go_on: asyncio.Event,
    ) -> None:
        self.results: list[Result] = []
        self._admit, self._on_progress, self._failing, self._may_go_on = admit, on_progress, failing, may_go_on
        self._one_at_a_time = asyncio.Lock()  # first come, first served
        self._waiting: deque[Fetch] = deque()
        self._waiting_bytes = self._held_bytes = 0  # of those that wait; and of those that are being admitted, too
        self._quiet: list[Fetch] = []  # nobody learns anything from these
        self._running: set[asyncio.Task[None]] = set()
        self._error: Exception | None = None
        self._is_store_in_doubt = False

    async def hand_in(self, fetched: Fetch) -> None:
        """Keep a fetch until the next admission; where that is much, wait for it. Raises what `close` raises."""
        if fetched.outcome is not None and not fetched.body and fetched.outcome is self._failing.get(fetched.source.id):
            self._quiet.append(fetched)
            if len(self._quiet) >= _MAX_QUIET_TOGETHER:
                await self._take_turn(self._admit_quiet)
            return
        self._waiting.append(fetched)
        self._waiting_bytes += len(fetched.body)
        self._hold(len(fetched.body))
        if len(self._waiting) >= _MAX_TOGETHER or self._waiting_bytes >= _MAX_BYTES_TOGETHER:
            await self.admit_waiting()

    async def admit_waiting(self) -> None:
        """Admit all that was handed in until now, but for what failed as before. Raises what `close` raises."""
        await self._take_turn(self._admit_waiting)

    async def meanwhile(self, work: Callable[[], object]) -> None:
        """Do something else in a thread, while nothing is admitted. Raises what `close` raises."""
        await self._take_turn(lambda: self._do(work))

    async def close(self) -> None:
        """Admit all that was handed in; to be called when nothing is handed in any more.

        However often this is cancelled, it ends when nothing waits and no admission runs, and only then. Raises
        the OspoError of an admission, or what `meanwhile` met, after which nothing is admitted; else what `on_progress`
        raised.
        """
        self._begin(self._admit_all)
        try:
            await end_of(asyncio.gather(*self._running))
        finally:
            self._raise()

    async def _take_turn(self, admitting: Callable[[], Coroutine[Any, Any, None]]) -> None:
        await asyncio.shield(self._begin(admitting))
        self._raise()

    def _begin(self, admitting: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        async def alone() -> None:
            async with self._one_at_a_time:
                await admitting()

        task = asyncio.create_task(alone())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error

    async def _admit_waiting(self) -> None:
        """Admit those that wait by now; what is handed in meanwhile has a turn of its own, after those of others."""
        count = len(self._waiting)
        while count > 0:
            batch = self._next()
            count -= len(batch)
            await self._admit_now(batch)

    def _next(self) -> list[Fetch]:
        """Take the eldest of those that wait, as many as are admitted together."""
        batch: list[Fetch] = []
        size = 0
        while self._waiting and len(batch) < _MAX_TOGETHER and (not batch or size < _MAX_BYTES_TOGETHER):
            batch.append(self._waiting.popleft())
            size += len(batch[-1].body)
        self._waiting_bytes -= size
        return batch

    async def _admit_quiet(self) -> None:
        batch, self._quiet = self._quiet, []
        await self._admit_now(batch)

    async def _admit_all(self) -> None:
        batch: list[Fetch] = []
        while self._waiting:
            await self._admit_now(batch)
            batch = self._next()
        self._quiet = [*batch, *self._quiet]  # the last ones share a file
        await self._admit_quiet()

    async def _do(self, work: Callable[[], object]) -> None:
        if self._is_store_in_doubt:
            return
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            self._error, self._is_store_in_doubt = error, True

    def _hold(self, more: int) -> None:
        """Note that there are more bytes of bodies to be admitted, or fewer."""
        self._held_bytes += more
        if self._held_bytes > _MAX_HELD_BYTES:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()

    async def _admit_now(self, fetches: list[Fetch]) -> None:
        if self._is_store_in_doubt or not fetches:
            return
        try:
            verdicts = await asyncio.to_thread(self._admit, fetches)
        except OspoError as error:
            self._error, self._is_store_in_doubt = error, True
            return
        except Exception as error:  # nothing was stored, so the next pass tries again
            if len(fetches) > 1:  # it is the fault of one of them, or of few
                middle = len(fetches) // 2
                await self._admit_now(fetches[:middle])
                await self._admit_now(fetches[middle:])
                return
            names = ", ".join(fetched.source.id for fetched in fetches)
            _log.exception("unexpected error while admitting source %s", names)
            why = reason("internal-admission", kind=type(error).__name__)
            verdicts = [(Outcome.INTERNAL, why)] * len(fetches)
        for fetched, (outcome, why) in zip(fetches, verdicts, strict=True):
            self.results.append((fetched.source, outcome, why))
            self._tell(fetched.source, outcome, why)
        self._hold(-sum(len(fetched.body) for fetched in fetches))

    def _tell(self, source: Source, outcome: Outcome, why: str) -> None:
        """Report a result, while there is somebody to report to: what waits is admitted all the same."""
        try:
            if self._on_progress is not None:
                self._on_progress(source, outcome, why)
        except Exception as error:
            self._error, self._on_progress = self._error or error, None


async def end_of(work: asyncio.Future[Any]) -> None:
    """Wait until this has ended, however often the caller is cancelled meanwhile; be cancelled only then."""
    cancelled: asyncio.CancelledError | None = None
    while not work.done():
        try:
            await asyncio.wait([work])
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
