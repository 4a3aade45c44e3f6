"""Published checkpoints: complete copies of the embedded store that readers open, never the writer's own files.

Beside the store stands `{store}.checkpoints/` with a folder for each checkpoint, and a link `current` to the last one.
A copy costs next to nothing: unchanged files are linked. Whoever reads one holds a shared lock on it (flock(2)); the
writer removes only those that nobody holds.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import threading
import uuid
import weakref
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from pyoxigraph import Store

from registry.errors import StoreError
from registry.store.embedded import EmbeddedStore, answer
from registry.store.protocol import NOTHING

FORMAT = 1
KEPT = 3  # checkpoints beside those in use
_TRIES = 5  # to open the current one, while the writer publishes the next ones and removes this


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a checkpoint is of: the base of its IRIs, the archive's history, the revision; and the store's format."""

    base: str
    history: str
    revision: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class Found:
    """A checkpoint on the disk: its name (another for each publishing), its folder, and its manifest."""

    name: str
    folder: Path
    manifest: Manifest

    @property
    def store(self) -> Path:
        """The folder of the store in it."""
        return self.folder / "store"


def checkpoints_folder(location: str) -> Path:
    """Return the folder of the checkpoints of the embedded store at that location."""
    return Path(f"{location}.checkpoints")


def publish(
    store: EmbeddedStore, location: str, manifest: Manifest, add: Callable[[Path], None] = lambda folder: None
) -> str:
    """Make a checkpoint of the store as it is, show it to readers, and remove old ones; return its name.

    `add` may put further files into its folder, synced. It is complete and on the disk before readers are led to it.
    Raises StoreError when it cannot be written.
    """
    folder = checkpoints_folder(location)
    name = f"{manifest.revision:012}-{uuid.uuid4().hex[:8]}"
    draft = folder / f".{name}"
    try:
        draft.mkdir(parents=True)
        store.backup(str(draft / "store"))
        _write(draft / "manifest.json", json.dumps(asdict(manifest)).encode("ascii"))
        (draft / "lock").touch()
        add(draft)
        _sync(draft / "store")
        _sync(draft)
        draft.rename(folder / name)
        link = folder / f".{name}.link"
        link.symlink_to(name)
        link.rename(folder / "current")
        _sync(folder)
        _remove_old(folder, name)
    except OSError as error:
        raise StoreError(f"the checkpoint {folder / name} cannot be written: {error}: free the disk") from error
    return name


def current(location: str) -> str:
    """Return the name of the checkpoint that readers are led to, "" where there is none; only the link is looked at."""
    try:
        return (checkpoints_folder(location) / "current").readlink().name
    except OSError:
        return ""


def find(location: str) -> Found | None:
    """Return the checkpoint that readers are led to, None where nothing was published.

    Raises StoreError for one that is damaged or of another format.
    """
    folder = checkpoints_folder(location)
    try:
        name = (folder / "current").readlink().name
        facts = json.loads((folder / name / "manifest.json").read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(f"the checkpoint of {location} is damaged ({error}): {_AGAIN}") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise StoreError(f"the store {location} was written by another version of this program: {_AGAIN}")
    try:
        return Found(name, folder / name, Manifest(**facts))
    except TypeError as error:
        raise StoreError(f"the checkpoint of {location} is damaged ({error}): {_AGAIN}") from error


_AGAIN = "`ospo rebuild` makes it again from the archive"


def check_base(found: Found, base: str, location: str) -> None:
    """Raise StoreError where the store was made for another public address than that of the settings."""
    if found.manifest.base != base:
        raise StoreError(
            f"the store {location} was made for the base {found.manifest.base}, and the settings say {base}: set base "
            f"to the former, or make the store again for the latter with `ospo rebuild`"
        )


class View:
    """A checkpoint, opened and held; it answers from the same revision for as long as somebody refers to it."""

    def __init__(self, found: Found, lock: IO[bytes]) -> None:
        self.name, self.manifest, self.folder = found.name, found.manifest, found.folder
        self._store = Store.read_only(str(found.store))
        weakref.finalize(self, lock.close)

    @property
    def engine(self) -> Store:
        """The open store."""
        return self._store

    def query(self, text: str, media_type: str) -> bytes:
        """Return the results of a query in that media type, complete. Raises StoreError."""
        return answer(self._store, text, media_type)

    def update(self, text: str, new: Mapping[str, str] = NOTHING) -> None:
        """Refuse: nothing is ever written to a checkpoint."""
        raise StoreError("a checkpoint is for reading only")

    @property
    def version(self) -> str:
        """The name of the checkpoint, another for each publishing."""
        return self.name

    def view(self) -> View:
        """Return the view itself."""
        return self

    def close(self) -> None:
        """Nothing to do: the files are let go with the last reference."""


def open_view(found: Found) -> View | None:
    """Return that checkpoint, opened and held; None if it is gone by now. Raises StoreError for a damaged one."""
    try:
        lock = (found.folder / "lock").open("rb")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        if not (found.folder / "lock").exists():  # removed before the lock was held
            lock.close()
            return None
        return View(found, lock)
    except (OSError, RuntimeError) as error:
        lock.close()
        raise StoreError(f"the checkpoint {found.folder} cannot be opened ({error}): {_AGAIN}") from error


class CheckpointStore:
    """What readers see of an embedded store: the checkpoint that was published last. Safe for threads.

    Where nothing has been published it is empty. Who asks several questions that belong together takes a `view`.
    """

    def __init__(self, location: str, base: str) -> None:
        self._location, self._base = location, base
        self._lock = threading.Lock()
        self._view: View | None = None
        self._empty = EmbeddedStore()

    @property
    def version(self) -> str:
        """Nothing: it follows what is published."""
        return ""

    def view(self) -> View | EmbeddedStore:
        """Return the current checkpoint, held for as long as it is referred to. Raises StoreError."""
        with self._lock:
            if self._view is not None and self._view.name == current(self._location):
                return self._view
            for _ in range(_TRIES):
                found = find(self._location)
                if found is None:
                    return self._view or self._empty
                if self._view is not None and self._view.name == found.name:
                    return self._view
                check_base(found, self._base, self._location)
                if view := open_view(found):
                    self._view = view
                    return view
            raise StoreError(f"the checkpoints of {self._location} change faster than they can be opened: try again")

    def query(self, text: str, media_type: str) -> bytes:
        """Return the results of a query on the current checkpoint. Raises StoreError."""
        return self.view().query(text, media_type)

    def update(self, text: str, new: Mapping[str, str] = NOTHING) -> None:
        """Refuse: nothing is ever written through a reader. Raises StoreError."""
        raise StoreError("the store is opened for reading only")

    def close(self) -> None:
        """Let go of the checkpoint; a query of another thread keeps it until it ends."""
        with self._lock:
            self._view = None


def _remove_old(folder: Path, current: str) -> None:
    """Remove checkpoints but the last few and those that somebody reads; and drafts that a crash left behind."""
    names = sorted(path.name for path in folder.iterdir() if path.is_dir() and not path.is_symlink())
    drafts = [name for name in names if name.startswith(".")]
    old = [name for name in names if not name.startswith(".") and name != current]
    old.sort(key=lambda name: (folder / name).stat().st_mtime)
    for name in (*drafts, *old[: max(0, len(old) - KEPT)]):
        _remove(folder / name)
    for path in folder.glob(".*.link"):
        path.unlink(missing_ok=True)


def _remove(folder: Path) -> None:
    lock = folder / "lock"
    if lock.exists():
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return  # somebody reads it
            lock.unlink()
    shutil.rmtree(folder, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
