"""What was read waits here until it is admitted: one admission at a time, and no reading is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from registry.errors import OspoError
from registry.model import Fetch, Outcome, Source

_log = logging.getLogger(__name__)

_MAX_TOGETHER = 400  # fetches without a body in one admission
_MAX_QUIET_TOGETHER = 10_000  # of sources that fail as they did before
_MAX_WAITING_BYTES = 16 * 1_048_576  # of bodies that wait for their admission: beyond, no request begins

Admit = Callable[[Sequence[Fetch]], list[tuple[Outcome, str]]]  # the outcome of each fetch, and the reason in words
Result = tuple[Source, Outcome, str]


class Admissions:
    """Has fetches admitted by a function that runs in a thread, never twice at a time.

    A fetch with a body is admitted alone, those without one together: so they share a file of the archive. Each
    admission belongs to a task of its own, which nobody cancels: whoever is cancelled while it runs, its results are
    kept. `results` are in the order of admission; what is not among them was not admitted. `failing` tells as what a
    source failed before. `may_go_on` is set while there is room for further bodies.
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
        self._bodies: deque[Fetch] = deque()
        self._waiting_bytes = 0
        self._collected: list[Fetch] = []
        self._quiet: list[Fetch] = []  # nobody learns anything from these
        self._running: set[asyncio.Task[None]] = set()
        self._error: Exception | None = None
        self._is_store_in_doubt = False

    async def hand_in(self, fetched: Fetch) -> None:
        """Have a fetch admitted, and wait for that; one without a body is kept until others are, or many.

        Raises what `close` raises.
        """
        if fetched.body or fetched.outcome is None:
            self._bodies.append(fetched)
            self._count_bytes(len(fetched.body))
            await self._take_turn(self._admit_next)
        elif fetched.outcome is self._failing.get(fetched.source.id):
            self._quiet.append(fetched)
            if len(self._quiet) >= _MAX_QUIET_TOGETHER:
                await self._take_turn(self._admit_quiet)
        else:
            self._collected.append(fetched)
            if len(self._collected) >= _MAX_TOGETHER:
                await self.admit_collected()

    async def admit_collected(self) -> None:
        """Admit all that was collected until now, but for what failed as before. Raises what `close` raises."""
        await self._take_turn(self._admit_collected)

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

    async def _admit_next(self) -> None:
        """Admit the eldest fetch with a body: each that is handed in brings one turn."""
        if self._bodies:
            fetched = self._bodies.popleft()
            await self._admit_now([fetched])
            self._count_bytes(-len(fetched.body))

    async def _admit_collected(self) -> None:
        batch, self._collected = self._collected, []
        if batch:
            await self._admit_now(batch)

    async def _admit_quiet(self) -> None:
        batch, self._quiet = self._quiet, []
        if batch:
            await self._admit_now(batch)

    async def _admit_all(self) -> None:
        while self._bodies:
            await self._admit_next()
        self._quiet += self._collected  # the last ones share a file
        self._collected = []
        await self._admit_quiet()

    async def _do(self, work: Callable[[], object]) -> None:
        if self._is_store_in_doubt:
            return
        try:
            await asyncio.to_thread(work)
        except Exception as error:
            self._error, self._is_store_in_doubt = error, True

    def _count_bytes(self, count: int) -> None:
        self._waiting_bytes += count
        if self._waiting_bytes > _MAX_WAITING_BYTES:
            self._may_go_on.clear()
        else:
            self._may_go_on.set()

    async def _admit_now(self, fetches: list[Fetch]) -> None:
        if self._is_store_in_doubt:
            return
        try:
            verdicts = await asyncio.to_thread(self._admit, fetches)
        except OspoError as error:
            self._error, self._is_store_in_doubt = error, True
            return
        except Exception as error:  # nothing was stored, so the next pass tries again
            names = ", ".join(fetched.source.id for fetched in fetches)
            _log.exception("unexpected error while admitting source %s", names)
            reason = f"not stored, by an internal error ({type(error).__name__}): the operator finds it in the log"
            verdicts = [(Outcome.INTERNAL, reason)] * len(fetches)
        for fetched, (outcome, reason) in zip(fetches, verdicts, strict=True):
            self.results.append((fetched.source, outcome, reason))
            self._tell(fetched.source, outcome, reason)

    def _tell(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Report a result, while there is somebody to report to: what waits is admitted all the same."""
        try:
            if self._on_progress is not None:
                self._on_progress(source, outcome, reason)
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
