"""Downloads as files: made once for a state of the store by a process of low priority, and sent from the disk.

The web process never holds such an answer in memory, and no page waits while one is made. Equal requests that come
meanwhile wait for the same file.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import fields
from functools import wraps
from pathlib import Path
from typing import Any

from flask import Response, current_app, request

from registry.errors import BusyError, WorkerError
from registry.front.bridge import Answer, FilePart
from registry.sandbox.cancellation import Cancellation, current, governing
from registry.sandbox.pools import Limits, Pool
from registry.settings import Settings
from registry.web import request_context
from registry.web.at_once import STATE
from registry.web.caching import Flights, cached
from registry.web.negotiation import HTML, is_browser
from registry.web.text.language import language

_NICENESS = 10
_WAIT_SECONDS = 30.0  # for the maker, while it makes another file
_IDLE_SECONDS = 60.0  # after which the maker is ended, so that it holds no memory


class MadeFiles:
    """The files in a folder, and the process that makes them; safe for threads."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self._folder, self._flights, self._asked = folder, Flights(), time.monotonic()
        self._settings = {
            item.name: getattr(settings, item.name) for item in fields(settings) if item.name != "sources"
        }
        self._most = settings.downloads_mb * 1024 * 1024
        network = "://" in settings.store_location
        limits = Limits(settings.download_memory_mb, settings.download_seconds, network=network, niceness=_NICENESS)
        self._pool = Pool("registry.web.making:make_files", 1, limits)

    def answer(self, target: str, tongue: str, state: str, accept: str = "*/*") -> Answer:
        """Return what stands at a target (path and query) in a language, of that state of the store or a later one.

        `accept` is the media type that is asked for. Raises WorkerError when it cannot be made within the limits.
        """
        key = hashlib.sha256(f"{tongue}\n{accept}\n{target}".encode()).hexdigest()[:32]
        if found := kept(self._folder / state, key):
            return found
        with self._flights.alone(key):
            return kept(self._folder / state, key) or self._made(
                {"target": target, "language": tongue, "accept": accept, "key": key}
            )

    def _made(self, wanted: dict[str, str]) -> Answer:
        self._asked = time.monotonic()
        asked = {"settings": self._settings, "folder": str(self._folder), "most": self._most}
        governed, own = current(), Cancellation()
        try:
            with governing(own):  # who leaves stops nothing: others may wait for the same file
                said, body = self._pool.ask({**asked, **wanted}, b"", _WAIT_SECONDS)
        finally:
            if governed is not None:
                governed.ended = own.ended
        if said.get("error"):
            raise WorkerError("the store does not answer: try again later")
        if "state" in said and (found := kept(self._folder / said["state"], wanted["key"])):
            return found
        return Answer(int(said["status"]), tuple((name, value) for name, value in said["headers"]), body)

    def rest(self) -> None:
        """End the maker if nothing was asked of it for a while; the next request starts it again."""
        if time.monotonic() - self._asked > _IDLE_SECONDS:
            self._pool.close()

    def close(self) -> None:
        """End the maker at once."""
        self._pool.kill()
        self._pool.close()


def made(view: Callable[..., Any]) -> Callable[..., Response]:
    """Wrap a view so that it answers with a file where there is a folder for files, else as `cached` does.

    It may depend only on address, language and store, and in CSV on whether a browser asks.
    """
    in_memory = cached(view)

    @wraps(view)
    def wrapped(**values: Any) -> Response:
        files: MadeFiles | None = current_app.config["FILES"]
        if files is None:
            return in_memory(**values)
        catalogue = request_context.catalogue()
        query = request.query_string.decode("latin-1")
        target = request.environ.get("REQUEST_URI", request.path).partition("?")[0] + (f"?{query}" if query else "")
        try:
            answer = files.answer(target, language(), catalogue.state(), _accept())
        except WorkerError as error:
            again = "5" if isinstance(error, BusyError) else "60"
            reason = f"503 Service Unavailable: the file cannot be made now: {error}\n"
            return Response(reason, 503, mimetype="text/plain", headers={"Retry-After": again})
        body = answer.body if isinstance(answer.body, FilePart) else [answer.body]
        if isinstance(body, FilePart):
            request.environ[STATE] = body.path.parent.name  # which may be another than that of this process
        return Response(body, answer.status, list(answer.headers), direct_passthrough=isinstance(body, FilePart))

    return wrapped


def _accept() -> str:
    """Return all that a file depends on of what a request accepts: tables in CSV are other ones for browsers."""
    return HTML if request.path.endswith(".csv") and is_browser() else "*/*"


def kept(folder: Path, key: str) -> Answer | None:
    """Return the file of a key in the folder of a state as an answer; None where there is none."""
    body = folder / f"{key}.body"
    try:
        headers = json.loads((folder / f"{key}.json").read_bytes())
        size = body.stat().st_size
    except (OSError, ValueError):
        return None
    told = ((name, value) for name, value in headers)
    return Answer(200, (*told, ("Accept-Ranges", "bytes")), FilePart(body, 0, size))


def keep(folder: Path, key: str, answer: Answer) -> None:
    """Write an answer as a file, whole or not at all. Raises OSError."""
    assert isinstance(answer.body, bytes)
    folder.mkdir(parents=True, exist_ok=True)
    for suffix, content in (("body", answer.body), ("json", json.dumps(answer.headers).encode())):
        draft = folder / f".{key}.{suffix}"
        try:
            draft.write_bytes(content)
        except OSError as error:  # which does not name the file
            draft.unlink(missing_ok=True)
            raise OSError(error.errno, error.strerror, str(draft)) from error
        draft.rename(folder / f"{key}.{suffix}")


def trim(folder: Path, most: int, but: str) -> None:
    """Remove the oldest files until those of all states take at most so many bytes, but not those of a key."""
    bodies = []
    for path in folder.glob("*/*.body"):
        with suppress(FileNotFoundError):  # another process trims too
            facts = path.stat()
            bodies.append((facts.st_mtime, facts.st_size, path))
    total = sum(size for _, size, _ in bodies)
    for _, size, path in sorted(bodies):
        if total > most and path.stem != but:
            path.with_suffix(".json").unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            total -= size
    for state in folder.iterdir():
        if state.is_dir():
            with suppress(OSError):  # it is not empty
                state.rmdir()


@contextmanager
def folder_for_files(settings: Settings) -> Iterator[Path]:
    """Give a folder for files in the data folder, or else in that of temporary files; remove it when the block ends.

    What a killed process left behind is removed too: nobody holds its lock.
    """
    parent = Path(settings.data, "downloads")
    try:
        parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="of-", dir=parent))
    except OSError:  # the data are on a disk that may only be read
        folder = Path(tempfile.mkdtemp(prefix="ospo-atlas-"))
    with (folder / "lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for other in parent.glob("of-*"):
            if other != folder and _is_left(other):
                shutil.rmtree(other, ignore_errors=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(folder: Path) -> bool:
    try:
        with (folder / "lock").open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return time.time() - folder.stat().st_mtime > _IDLE_SECONDS  # else it is just being made
    return True
