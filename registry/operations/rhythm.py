"""When a long pass publishes what it has read until then: regularly, and without spending its time on that."""

from __future__ import annotations

import time
from collections.abc import Callable

_SHARE = 0.1  # of the time of a pass, at most


class Rhythm:
    """Says when something is due again that is to be done every so many seconds.

    What took long is done less often, so that it takes a tenth of the time at most. `clock` gives seconds, like
    time.monotonic.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock = seconds, clock
        self._next = clock() + seconds

    def keep(self, work: Callable[[], object]) -> bool:
        """Do the work if it is due; return whether it was."""
        began = self._clock()
        if began < self._next:
            return False
        try:
            work()
        finally:
            ended = self._clock()
            self._next = ended + max(self._seconds, (ended - began) * (1 / _SHARE - 1))
        return True
