"""One query under way on a server, for somebody who waits for a limited time and may stop waiting."""

from __future__ import annotations

import contextlib
import io
import logging
import re
import socket
import threading
from collections.abc import Callable, Sequence
from email.message import Message
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import BinaryIO, Generic, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from registry.errors import OspoError, QueryError, StoreError, WorkerError

T = TypeVar("T")
_log = logging.getLogger(__name__)

# What Virtuoso says of a query that it fails at, with status 500: by its SQLSTATE the value of a function is at fault
# (class 22), or what was compiled (37, S0). Other states are of the server: a lock, its limits, its disk.
_FAULT = re.compile(rb"Virtuoso (?:(22)|37|S0)\w{3} Error ")
_LINGER_SECONDS = 600.0  # for a server to end a query that nobody waits for any more
_CHUNK = 65_536
_UNANSWERED = "the engine of this store cannot answer the query: write it in another way"
_BAD_VALUE = (
    "the engine of this store ends a query where a function gets a value that it cannot take, like a malformed pattern "
    "of REGEX, a text that is no date, or a division by 0: correct it, or leave such values out with FILTER"
)


class Question(Generic[T]):
    """Asks in a thread of its own, with a connection of its own.

    `read` makes the answer of the stream that the server sends, of which it gets `most_bytes` at the most. `ended` is
    called when the server is done with the query, which may be long after nobody waits for it.
    """

    def __init__(
        self,
        address: str,
        form: Sequence[tuple[str, str]],
        media_type: str,
        read: Callable[[BinaryIO], T],
        ended: Callable[[], None],
        connect_seconds: float,
        most_bytes: int,
    ) -> None:
        self._address, self._form, self._media_type, self._read = address, form, media_type, read
        self._ended, self._connect_seconds, self._most_bytes = ended, connect_seconds, most_bytes
        self._answer: T | None = None
        self._error: Exception | None = None
        self._left, self._over = threading.Event(), threading.Event()  # nobody waits; there is nothing to wait for
        self._done = False
        self._connection: HTTPConnection | None = None
        threading.Thread(target=self._ask, name="question", daemon=True).start()

    def wait(self, seconds: float) -> T:
        """Return the answer. Raises TimeoutError when it takes longer, or is left meanwhile.

        Raises StoreError where the server does not answer, and QueryError where it cannot read the query.
        """
        if not self._over.wait(seconds):
            self.leave()
        if not self._done:
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return cast(T, self._answer)

    def leave(self) -> None:
        """Stop waiting, from any thread: our side of the connection is closed, and the end of the other waited for."""
        self._left.set()
        self._over.set()
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)

    def _ask(self) -> None:
        try:
            self._answer = self._answered()
        except OspoError as error:
            # without its frames: they hold a reader that must die in this thread
            self._error = error.with_traceback(None)
            error.__cause__ = error.__context__ = None
        except (HTTPException, OSError) as error:
            self._error = StoreError(f"the store {self._address} does not answer: {error}")
        except Exception as error:
            self._error = StoreError(f"the answer of the store {self._address} cannot be read: {error}")
        finally:
            if self._connection is not None:
                self._connection.close()
            self._done = True
            self._over.set()
            self._ended()

    def _answered(self) -> T:
        parts = urlsplit(self._address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = self._connection = kind(parts.hostname or "", parts.port, timeout=self._connect_seconds)
        connection.connect()
        connection.sock.settimeout(_LINGER_SECONDS)
        if self._left.is_set():
            raise OSError("nobody waits for the answer any more")
        headers = {"Accept": self._media_type, "Content-Type": "application/x-www-form-urlencoded"}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, urlencode(self._form), headers)
        with connection.getresponse() as response:
            self._refuse(response)
            stream = _Stream(response, self._left, self._most_bytes)
            try:
                return self._read(cast(BinaryIO, io.BufferedReader(stream, _CHUNK)))
            except Exception:
                if stream.left < 0:
                    raise WorkerError(f"a part of its answer has more than {self._most_bytes} bytes") from None
                raise

    def _refuse(self, response: HTTPResponse) -> None:
        """Raise an error for what is no whole answer of the media type that was asked for."""
        if is_cut(response.headers):
            raise WorkerError("it took longer than the store allows")
        kind = response.headers.get_content_type()
        if response.status == 200 and kind == self._media_type:
            return
        body = response.read(1000)
        said = f"answered {response.status} ({kind}): {body!r}"
        fault = _FAULT.match(body) if response.status == 500 else None
        if fault or response.status == 400:
            _log.warning("the store %s %s", self._address, said)
            raise QueryError(_BAD_VALUE if fault and fault[1] else _UNANSWERED)
        raise StoreError(f"the store {self._address} {said}")


def is_cut(headers: Message) -> bool:
    """Return whether a server says of its answer that it is not whole: Virtuoso does so at its limit of time."""
    return headers.get("X-SQL-State") is not None


class _Stream(io.RawIOBase):
    """What the server sends, as long as somebody waits for it; `left` is how many bytes of it are taken at the most."""

    def __init__(self, response: HTTPResponse, nobody_waits: threading.Event, most_bytes: int) -> None:
        self._response, self._nobody_waits, self.left = response, nobody_waits, most_bytes

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read what is there. Raises OSError when nobody waits, and when it is too much."""
        if self._nobody_waits.is_set() or self.left < 0:
            raise OSError("the rest of the answer is not wanted")
        data = self._response.read1(len(buffer))
        self.left -= len(data)
        buffer[: len(data)] = data
        return len(data)
