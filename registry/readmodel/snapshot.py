"""Snapshots: the lists of one revision of the store, and which of them is shown.

When there is a new revision, a small registry is read again while the visitor waits. A large one is read in the
background, and until then pages show the old revision; where the writer left its lists as a file, opening that is quick
for any size. While a revision cannot be read at all, pages show the last one that could.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from registry.errors import StoreError
from registry.readmodel import totals
from registry.readmodel.tables.columns import Lazy, Rows
from registry.readmodel.tables.lists import Lists, lists_of
from registry.readmodel.values import Country, Office, Policy, Skipped, Voice

_log = logging.getLogger(__name__)
T = TypeVar("T")

_RENEW_INLINE_MAX_SECONDS = 0.3  # a snapshot that took longer to read is renewed while the old one is shown
_MAX_READS = 3  # of one snapshot, when the store changes while it is read
_MAX_WAIT_SECONDS = 60.0  # until a revision that could not be read is tried again


def _nothing() -> Lists:
    return lists_of(0, (), ())


@dataclass(frozen=True)
class Snapshot:
    """The lists of one revision; `seconds` is how long it took to read them; `made` holds what `keep` has made.

    `version` tells it from the lists of every other state of the store, those of the same revision included.
    """

    revision: int
    lists: Lists = field(default_factory=_nothing, repr=False, compare=False)
    seconds: float = 0.0
    version: object = None
    made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def keep(self, name: str, make: Callable[[], T]) -> T:
        """Return the result of `make`, which is called only for the first time that the name is asked for."""
        if name not in self.made:
            self.made[name] = make()
        value: T = self.made[name]
        return value

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What of the merged graph cannot be built."""
        return self.lists.skipped

    def countries(self, today: str) -> tuple[Country, ...]:
        """Return every jurisdiction that has an office or a policy, by code; `today` is a whole date."""
        return self.keep(f"countries on {today}", lambda: totals.countries(self.lists, today))

    def places(self, today: str) -> tuple[Country, ...]:
        """Return every jurisdiction, by code: those of which nothing is known, too; `today` is a whole date."""
        return self.keep(f"places on {today}", lambda: totals.places(self.countries(today)))

    def offices(self, rows: Rows | None = None) -> Sequence[Office]:
        """Return the offices of these rows, or all."""
        table = self.lists.offices
        return Lazy(lambda row: table.thing(row).office, _rows(table, rows))

    def policies(self, rows: Rows | None = None) -> Sequence[Policy]:
        """Return the policies of these rows, or all."""
        table = self.lists.policies
        return Lazy(lambda row: table.thing(row).policy, _rows(table, rows))

    def voices(self, iri: str) -> Sequence[Voice]:
        """Return who speaks of an office or a policy, who weighs most first."""
        for table in (self.lists.offices, self.lists.policies):
            if (row := table.row(iri=iri)) is not None:
                return table.thing(row).voices
        return ()


def _rows(table: Any, rows: Rows | None) -> Rows:
    return np.arange(len(table)) if rows is None else rows


@dataclass(frozen=True, slots=True)
class Failure:
    """That a version could not be read, how many times in a row and why; before `again` it is not tried again.

    `again` is a moment of the clock that `Latest` was given, in seconds.
    """

    version: object
    times: int
    reason: str
    again: float


class Latest:
    """The snapshot to show now; safe for threads.

    `version` tells the state of the store: any value that differs for another state; `make` reads the lists of such a
    state. One that cannot be read is not tried again at each request, but after a second, two, four, at last a minute;
    until it can be, or a new one comes, the last snapshot is shown. `clock` is in seconds, and never goes back.

    While `is_watched`, somebody calls `look` all the time, and nobody else asks for the version once there is something
    to show: a server that hangs holds up him alone.
    """

    def __init__(
        self,
        version: Callable[[], Any],
        make: Callable[[Any], Snapshot],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version, self._make, self._clock = version, make, clock
        self._shown: Snapshot | None = None
        self._failure: Failure | None = None
        self._lock = threading.Lock()
        self._renewing = threading.Event()
        self.is_watched = False

    @property
    def failure(self) -> Failure | None:
        """That the store's revision could not be read, so that an older one is shown; None where all is well."""
        return self._failure

    @property
    def shown(self) -> Snapshot | None:
        """The snapshot that was read last, None while none could be; nothing is read for it."""
        return self._shown

    @property
    def is_renewing(self) -> bool:
        """Whether the lists of a later state are being read."""
        return self._renewing.is_set()

    def get(self) -> Snapshot:
        """Return the latest snapshot: of the store as it is, or the one before while that cannot be had yet.

        Raises StoreError where none could be read so far.
        """
        shown = self._shown
        return shown if shown is not None and self.is_watched else self.look()

    def look(self) -> Snapshot:
        """Return the latest snapshot, having asked what the latest is. Raises StoreError as `get` does."""
        shown = self._shown
        try:
            version = self._version()
        except StoreError as error:
            if shown is None:
                raise
            if not self._waits(None):
                self._note(None, error)
            return shown
        if shown is not None and shown.version == version:
            self._failure = None
            return shown
        if shown is not None and self._waits(version):
            return shown
        if shown is not None and shown.seconds > _RENEW_INLINE_MAX_SECONDS:
            if not self._renewing.is_set():
                self._renewing.set()
                threading.Thread(target=self._renew, args=(version,), name="new revision", daemon=True).start()
            return shown
        with self._lock:
            if (self._shown is None or self._shown.version != version) and not self._waits(version):
                self._read(version)
        if self._shown is None:
            reason = self._failure.reason if self._failure else "nothing is read yet"
            raise StoreError(f"what is published cannot be read: {reason}")
        return self._shown

    def _waits(self, version: object) -> bool:
        failure = self._failure
        return failure is not None and failure.version == version and self._clock() < failure.again

    def _renew(self, version: object) -> None:
        try:
            with self._lock:
                self._read(version)
        finally:
            self._renewing.clear()

    def _read(self, version: object) -> None:
        """Read the lists, or keep why not."""
        try:
            self._shown, self._failure = self._still(), None
        except Exception as error:  # a fault of ours or of the store: what is shown stays
            self._note(version, error)

    def _note(self, version: object, error: Exception) -> None:
        """Keep that a version cannot be read, and when that is tried again."""
        before = self._failure
        times = before.times + 1 if before and before.version == version else 1
        wait = min(_MAX_WAIT_SECONDS, 2.0 ** min(times - 1, 10))
        reason = str(error) if isinstance(error, StoreError) else type(error).__name__
        self._failure = Failure(version, times, reason, self._clock() + wait)
        _log.error("what is published cannot be read; tried again in %.0f seconds", wait, exc_info=error)

    def _still(self) -> Snapshot:
        """Return a snapshot, read again if the store changed meanwhile: all its lists must be of one state."""
        for _ in range(_MAX_READS):
            version = self._version()
            snapshot = replace(self._make(version), version=version)
            if self._version() == version:
                break
        return snapshot
