"""Orders to stop: whoever waits for an answer may leave, and the worker that makes it is killed then.

The order is in force for all that is called within `governing`, so that no signature between a request and the pool of
workers has to carry it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar

from registry.errors import WorkerError

_GOVERNING: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


class Cancellation:
    """An order to stop what one request has begun; it can be given once, from any thread.

    `reason` is why, "" while it was not given. `ended` says why the worker of the request is gone: "stopped", "time" or
    "died"; "" while none is. `left` is there when a server goes on with what was begun, though nobody waits for it; it
    is done when the server is.
    """

    def __init__(self) -> None:
        self.reason = self.ended = ""
        self.left: Future[None] | None = None
        self._lock = threading.Lock()
        self._stop: Callable[[], object] | None = None

    def cancel(self, reason: str) -> None:
        """Give the order, with a reason that completes "the query was stopped: …"."""
        with self._lock:
            if not self.reason:
                self.reason = reason
                if self._stop is not None:
                    self._stop()

    @contextmanager
    def stopping(self, stop: Callable[[], object]) -> Iterator[None]:
        """Call `stop` when the order is given while the block runs. Raises WorkerError where it was given before."""
        with self._lock:
            if self.reason:
                raise WorkerError(self.reason)
            self._stop = stop
        try:
            yield
        finally:
            with self._lock:
                self._stop = None


@contextmanager
def governing(cancellation: Cancellation | None) -> Iterator[None]:
    """Have the order govern all that the block calls in this thread; None frees it from one that governs it now."""
    token = _GOVERNING.set(cancellation)
    try:
        yield
    finally:
        _GOVERNING.reset(token)


def current() -> Cancellation | None:
    """Return the order that governs this thread now, None where there is none."""
    return _GOVERNING.get()
