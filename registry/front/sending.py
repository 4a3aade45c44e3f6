"""Sending answers: in pieces, each of which the client must take in time, and with a bound on all that is unsent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from aiohttp import web

from registry.front.bridge import Answer, FilePart
from registry.front.connections import Connection
from registry.front.tally import Counts

_PIECE = 64 * 1024  # bytes of an answer in memory that are handed over at once
_FILE_PIECE = 256 * 1024  # of a file, which is read in a thread
UNSENT_BYTES = 128 * 1024 * 1024  # of all answers in memory that are being sent


class Unsent:
    """The answers in memory that clients have not taken. Beyond the limit the one that is sent longest is cut."""

    def __init__(self, most: int, counts: Counts) -> None:
        self._most, self._counts = most, counts
        self._held: dict[Connection, int] = {}

    @contextmanager
    def holding(self, connection: Connection, size: int) -> Iterator[None]:
        """Count these bytes while the block runs."""
        self._held[connection] = size
        self._counts.add("ospo_unsent_bytes", count=size)
        try:
            while sum(self._held.values()) > self._most and len(self._held) > 1:
                oldest = next(iter(self._held))
                self._let_go(oldest)
                oldest.abort("unsent")
            yield
        finally:
            self._let_go(connection)

    def _let_go(self, connection: Connection) -> None:
        self._counts.add("ospo_unsent_bytes", count=-self._held.pop(connection, 0))


class Sender:
    """Sends answers; a client has `seconds` for each piece."""

    def __init__(self, seconds: float, counts: Counts) -> None:
        self._seconds, self._unsent = seconds, Unsent(UNSENT_BYTES, counts)

    async def send(
        self, request: web.BaseRequest, connection: Connection, answer: Answer, *, close: bool
    ) -> web.StreamResponse:
        """Send an answer, and return it when the kernel has taken all of it; `close` ends the connection then.

        Raises ConnectionError when the client has left, or was too slow and is cut off, and OSError for a file that is
        gone.
        """
        body = _pieces(answer.body)
        first = await anext(body, b"")  # read before the head is sent: a file may have gone
        response = _response(answer, close=close)
        has_body = request.method != "HEAD" and answer.length > 0
        held = len(answer.body) if has_body and isinstance(answer.body, bytes) else 0
        with self._unsent.holding(connection, held):
            try:
                async with asyncio.timeout(self._seconds):
                    await response.prepare(request)
                piece = first if has_body else b""
                while piece:
                    async with asyncio.timeout(self._seconds):
                        await response.write(piece)
                        await request.writer.drain()
                    piece = await anext(body, b"")
                async with asyncio.timeout(self._seconds):
                    await response.write_eof()
                    await request.writer.drain()
            except TimeoutError as error:
                connection.abort("answer")
                raise ConnectionResetError("the client takes no more of the answer") from error
            except OSError:
                connection.abort("answer")  # nothing else tells it that the body is not whole
                raise
        return response


def _response(answer: Answer, *, close: bool) -> web.StreamResponse:
    phrase = HTTPStatus(answer.status).phrase if answer.status in HTTPStatus.__members__.values() else ""
    response = web.StreamResponse(status=answer.status, reason=phrase, headers={"Server": "ospo-atlas"})
    for name, value in answer.headers:
        if name.lower() != "content-length" or answer.length == 0:  # of a HEAD, the application says it
            response.headers.add(name, value.encode("latin-1", "replace").decode("utf-8", "replace"))
    if answer.status not in (204, 304) and "Content-Length" not in response.headers:
        response.content_length = answer.length
    if close:
        response.force_close()
    return response


async def _pieces(body: bytes | FilePart) -> AsyncIterator[bytes | memoryview]:
    if isinstance(body, bytes):
        whole = memoryview(body)
        for start in range(0, len(whole), _PIECE):
            yield whole[start : start + _PIECE]
        return
    pieces = body.pieces(_FILE_PIECE)
    while piece := await asyncio.to_thread(next, pieces, b""):
        yield piece
