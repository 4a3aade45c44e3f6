"""What was read waits here until it is admitted: one admission at a time, and no reading is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from registry.errors import OspoError
from registry.model import Fetch, Outcome, Source

_log = logging.getLogger(__name__)

_MAX_UNCHANGED_TOGETHER = 400  # unchanged sources in one admission

Admit = Callable[[Sequence[Fetch]], list[tuple[Outcome, str]]]  # the outcome of each fetch, and the reason in words
Result = tuple[Source, Outcome, str]


class Admissions:
    """Has fetches admitted by a function that runs in a thread, never twice at a time.

    A fetch that brought something is admitted alone, those that found nothing new together. Each admission belongs to a
    task of its own, which nobody cancels: whoever is cancelled while it runs, its results are kept. `results` are in
    the order of admission; what is not among them was not admitted.
    """

    def __init__(self, admit: Admit, on_progress: Callable[[Source, Outcome, str], None] | None) -> None:
        self.results: list[Result] = []
        self._admit, self._on_progress = admit, on_progress
        self._one_at_a_time = asyncio.Lock()  # first come, first served
        self._news: deque[Fetch] = deque()
        self._unchanged: list[Fetch] = []
        self._running: set[asyncio.Task[None]] = set()
        self._error: Exception | None = None
        self._is_store_in_doubt = False

    async def hand_in(self, fetched: Fetch) -> None:
        """Have a fetch admitted, and wait for that; one that found nothing new is kept until others are, or many.

        Raises what `close` raises.
        """
        if fetched.outcome is not Outcome.UNCHANGED:
            self._news.append(fetched)
            await self._take_turn(self._admit_next)
            return
        self._unchanged.append(fetched)
        if len(self._unchanged) >= _MAX_UNCHANGED_TOGETHER:
            await self.admit_unchanged()

    async def admit_unchanged(self) -> None:
        """Admit all that was found unchanged until now. Raises what `close` raises."""
        await self._take_turn(self._admit_unchanged)

    async def close(self) -> None:
        """Admit all that was handed in; to be called when nothing is handed in any more.

        However often this is cancelled, it ends when nothing waits and no admission runs, and only then. Raises
        the OspoError of an admission, after which nothing is admitted; else what `on_progress` raised.
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
        """Admit the eldest fetch that brought something: each that is handed in brings one turn."""
        if self._news:
            await self._admit_now([self._news.popleft()])

    async def _admit_unchanged(self) -> None:
        batch, self._unchanged = self._unchanged, []
        if batch:
            await self._admit_now(batch)

    async def _admit_all(self) -> None:
        while self._news:
            await self._admit_next()
        await self._admit_unchanged()

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
