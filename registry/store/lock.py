"""One writer at a time: locks on the archive and on the embedded store, which the kernel frees when a process ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from registry.errors import StoreError
from registry.settings import Settings


@contextmanager
def sole_writer(settings: Settings) -> Iterator[None]:
    """Keep every other writer from the archive and the embedded store while the block runs.

    The locks are on files beside them (flock(2)), which stay. The store's own lock is not enough, since `rebuild`
    replaces the store. Raises StoreError when another process holds one of them, or when they cannot be made.
    """
    embedded = [] if "://" in settings.store_location else [settings.store_location]
    with ExitStack() as locks:
        for location in (str(Path(settings.data) / "archive"), *embedded):
            try:
                Path(location).parent.mkdir(parents=True, exist_ok=True)
                file = locks.enter_context(Path(f"{location}.lock").open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"another `ospo` command is writing to {location}: let it end, then try again"
                ) from error
            except OSError as error:
                raise StoreError(f"{location} cannot be written: {error}") from error
        yield
