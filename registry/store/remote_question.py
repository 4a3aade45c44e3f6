"""One query under way on a server, for somebody who waits for a limited time and may stop waiting."""

from __future__ import annotations

import contextlib
import io
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import BinaryIO, Generic, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from registry.errors import OspoError, QueryError, StoreError

T = TypeVar("T")
_log = logging.getLogger(__name__)

_LINGER_SECONDS = 600.0  # for a server to end a query that nobody waits for any more
_CHUNK = 65_536


class Question(Generic[T]):
    """Asks in a thread of its own, with a connection of its own.

    `read` makes the answer of the stream that the server sends; it need not read all of it. `ended` is called when the
    server is done with the query, which may be long after nobody waits for it.
    """

    def __init__(
        self,
        address: str,
        form: Sequence[tuple[str, str]],
        media_type: str,
        read: Callable[[BinaryIO], T],
        ended: Callable[[], None],
        connect_seconds: float,
    ) -> None:
        self._address, self._form, self._media_type, self._read = address, form, media_type, read
        self._ended, self._connect_seconds = ended, connect_seconds
        self._answer: T | None = None
        self._error: Exception | None = None
        self._done, self._left = threading.Event(), threading.Event()
        self._connection: HTTPConnection | None = None
        threading.Thread(target=self._ask, name="question", daemon=True).start()

    @property
    def is_done(self) -> bool:
        """Whether the server is done with the query, or was given up."""
        return self._done.is_set()

    def wait(self, seconds: float) -> T:
        """Return the answer. Raises TimeoutError when it takes longer, then nobody waits for it any more.

        Raises StoreError where the server does not answer, and QueryError where it cannot read the query.
        """
        if not self._done.wait(seconds):
            self._leave()
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return cast(T, self._answer)

    def _leave(self) -> None:
        """Close our side of the connection; what the server then sends, or its end, is all that is waited for."""
        self._left.set()
        connection = self._connection
        if connection is not None and connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_WR)

    def _ask(self) -> None:
        try:
            self._answer = self._answered()
        except OspoError as error:
            self._error = error
        except (HTTPException, OSError) as error:
            self._error = StoreError(f"the store {self._address} does not answer: {error}")
        except Exception as error:
            _log.exception("the answer of the store %s cannot be read", self._address)
            self._error = StoreError(f"the answer of the store {self._address} cannot be read: {error}")
        finally:
            if self._connection is not None:
                self._connection.close()
            self._done.set()
            self._ended()

    def _answered(self) -> T:
        parts = urlsplit(self._address)
        kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        connection = self._connection = kind(parts.hostname or "", parts.port, timeout=self._connect_seconds)
        connection.connect()
        connection.sock.settimeout(_LINGER_SECONDS)
        headers = {"Accept": self._media_type, "Content-Type": "application/x-www-form-urlencoded"}
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, urlencode(self._form), headers)
        response = connection.getresponse()
        if response.status == 400:
            _log.warning("the store %s refuses a query: %r", self._address, response.read(1000))
            raise QueryError("the engine of this store cannot answer the query: write it in another way")
        kind_of_answer = response.headers.get_content_type()
        if response.status != 200 or kind_of_answer != self._media_type:
            what = f"answered {response.status} ({kind_of_answer}): {response.read(1000)!r}"
            raise StoreError(f"the store {self._address} {what}")
        return self._read(cast(BinaryIO, io.BufferedReader(_Stream(response, self._left), _CHUNK)))


class _Stream(io.RawIOBase):
    """What the server sends, as long as somebody waits for it."""

    def __init__(self, response: HTTPResponse, left: threading.Event) -> None:
        self._response, self._left = response, left

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        """Read what is there. Raises OSError when nobody waits."""
        if self._left.is_set():
            raise OSError("nobody waits for the answer any more")
        data = self._response.read1(len(buffer))
        buffer[: len(data)] = data
        return len(data)
