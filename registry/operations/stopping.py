"""Ending a long operation early, by Ctrl-C or SIGTERM, without losing what it has done."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stop:
    """A request to begin nothing else. `signal` is the one that asked, None before one did.

    `undone` counts what was still to do; whoever was stopped tells it.
    """

    def __init__(self) -> None:
        self.signal: signal.Signals | None = None
        self.undone = 0
        self._call: Callable[[], object] | None = None

    def ask(self, number: int) -> None:
        """Ask for the end, because of the signal of that number."""
        self.signal = signal.Signals(number)
        if self._call is not None:
            self._call()

    @contextmanager
    def calling(self, call: Callable[[], object]) -> Iterator[None]:
        """Make that call when somebody asks while the block runs, or has asked before."""
        self._call = call
        try:
            if self.signal is not None:
                call()
            yield
        finally:
            self._call = None


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Give a Stop that the first Ctrl-C or SIGTERM asks for while the block runs; a second one acts as usual.

    Outside the main thread, which alone gets signals, nobody asks.
    """
    stop = Stop()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    usual = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in usual.items():
            signal.signal(number, handler)

    def ask(number: int, _: object) -> None:
        restore()
        stop.ask(number)

    for number in _SIGNALS:
        signal.signal(number, ask)
    try:
        yield stop
    finally:
        restore()
