"""Connections: how long each may take to say what it wants, how much it may say, and how it ends."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import struct
from email.utils import formatdate
from http import HTTPStatus
from typing import Any, NoReturn

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import BadHttpMethod, LineTooLong

from registry.front.addresses import who
from registry.front.crowd import Crowd

LINE_BYTES = 32 * 1024  # of a request line, or of one header: 8 KiB of query, each byte as %XX, and the rest
HEAD_BYTES = 64 * 1024  # of a whole head
FIELDS = 128  # of a head
METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# For which, and of which so much, the rest of what is refused is read: if it were not, the kernel would reset the
# connection, and the client could not read the refusal (RFC 9112, section 9.6).
LINGERING_SECONDS, _LINGERING_BYTES = 1.0, 1024 * 1024
HALF_CLOSED_SECONDS = 1.0  # in which a client that says no more may still get the answer to what it asked

_log = logging.getLogger(__name__)
_RESET = struct.pack("ii", 1, 0)  # struct linger: on, for no time (socket(7))
_REQUEST_LINE = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ \S+ HTTP/1\.[01]\r\n")  # RFC 9112, section 3
_TOO_MANY = "Too many headers"  # what aiohttp says of it, with no class of its own


class Connection(web.RequestHandler):
    """One connection, as aiohttp handles it, within the limits of the crowd."""

    def __init__(self, manager: web.Server, crowd: Crowd, **options: Any) -> None:
        super().__init__(manager, **options)
        self._crowd, self.peer, self.address, self._unread = crowd, "", "", 0
        self._is_unknown_method = False
        self._left_over: int | None = None  # bytes that are still read after a refusal; None where nothing is refused
        self._last_body: StreamReader | None = None  # of what was asked last
        self._is_half_closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many connections."""
        assert isinstance(transport, asyncio.Transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.address = who(self.peer)
        if reason := self._crowd.admit(self, self.address):
            self._crowd.counts.add("ospo_connections_refused", reason)
            of_one = " of your address" if reason == "address" else ""
            self.close()  # what it sends is not read
            why = f"too many connections{of_one} are open: close some, or try again in 5 seconds"
            transport.write(_refusal(503, why, "Retry-After: 5"))
            transport.close()  # at once: there are too many
            return
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # to drain is to wait until the kernel has all

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end."""
        self._crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows without end."""
        if self._left_over is not None:
            self._left_over -= len(data)
            if self._left_over < 0 and self.transport is not None:
                self.transport.close()
            return
        if self._waiter is None or self._waiter.done():
            self._unread = 0
        before = len(self._messages)
        super().data_received(data)
        if len(self._messages) > before:
            self._unread, self._last_body = 0, self._messages[-1][1]
        else:
            self._unread += len(data)
        self._is_unknown_method = bool(_REQUEST_LINE.match(data))  # if it is refused for its method
        if self._unread > HEAD_BYTES and self._waiter is not None:
            self._crowd.counts.add("ospo_connections_closed", "long")
            self.refuse(431, f"the head of the request is longer than {HEAD_BYTES} bytes: send queries by POST")

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it; aiohttp returns nothing
        """Go on for a moment where a whole request waits for its answer; return whether to.

        The client will say no more. TCP does not tell one that reads on from one that has left, which must not keep
        its place.
        """
        is_idle = self._waiter is not None and not self._waiter.done()
        if is_idle or self._left_over is not None or self._last_body is None or not self._last_body.is_eof():
            return False
        if not self._is_half_closed:
            self._is_half_closed = True
            self._loop.call_later(HALF_CLOSED_SECONDS, self._give_up)
        return True

    def _give_up(self) -> None:
        """Close; an answer that is being sent is the last one."""
        self.close()
        request = self._current_request
        if request is None or request.writer.output_size == 0:
            self.force_close()

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """End a response, and with the last one the connection of a client that says no more."""
        finished = await super().finish_response(request, resp, start_time)
        if self._is_half_closed and not self._messages:
            self.close()
        return finished

    def refuse(self, status: int, reason: str) -> None:
        """Answer what is no request that can be answered, and close when the client has had time to read it."""
        self._force_close = True  # nothing else of it is handled
        self._left_over = _LINGERING_BYTES
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self.transport.write(_refusal(status, reason))
            self.transport.write_eof()
            self._loop.call_later(LINGERING_SECONDS, self.transport.close)

    def abort(self, reason: str) -> None:
        """Close at once, whatever is unsent; the reason is a value of the label of `ospo_connections_closed`."""
        if isinstance(self.transport, asyncio.Transport) and not self.transport.is_closing():
            self._crowd.counts.add("ospo_connections_closed", reason)
            socket_ = self.transport.get_extra_info("socket")
            socket_.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)  # else the kernel would go on sending
            self.transport.abort()

    def _process_keepalive(self) -> None:
        """Close a connection whose head is not complete in time, and count it."""
        was_closed = self._force_close
        super()._process_keepalive()
        if self._force_close and not was_closed:
            self._crowd.counts.add("ospo_connections_closed", "head")

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> NoReturn:
        """Refuse a head that is malformed, and tell of a fault of ours, in plain words that tell nothing of the inside.

        Raises ConnectionResetError, which ends the connection, always.
        """
        if isinstance(exc, ConnectionError):
            raise ConnectionResetError("the client has gone") from exc
        if status >= 500:
            _log.error("a request could not be answered", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionResetError("half an answer is sent") from exc
        if isinstance(exc, LineTooLong):
            self.refuse(431, f"the request line, or a header, is longer than {LINE_BYTES} bytes: send queries by POST")
        elif _TOO_MANY in str(exc):
            self.refuse(431, f"the head of the request has more than {FIELDS} fields: send fewer")
        elif isinstance(exc, BadHttpMethod) and self._is_unknown_method:
            self.refuse(501, f"the methods are {', '.join(METHODS)}")
        elif status < 500:
            self.refuse(status, "the head of the request is malformed (RFC 9112): nothing was done")
        else:
            self.refuse(status, "a fault of the program; its operator finds it in the log")
        raise ConnectionResetError("it was refused") from exc


def _refusal(status: int, reason: str, *fields: str) -> bytes:
    """Return an answer of one line of plain text, after which the connection is closed, as it is sent."""
    said = f"{status} {HTTPStatus(status).phrase}: {reason}\n".encode()
    lines = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}",
        "Server: ospo-atlas",
        f"Date: {formatdate(usegmt=True)}",
        "Content-Type: text/plain; charset=utf-8",
        "X-Content-Type-Options: nosniff",
        f"Content-Length: {len(said)}",
        "Connection: close",
        *fields,
    )
    return "\r\n".join((*lines, "", "")).encode() + said


class Server(web.Server):
    """Makes a `Connection` of each one that is accepted."""

    def __init__(self, handler: Any, crowd: Crowd, head_seconds: float) -> None:
        super().__init__(handler, handler_cancellation=True)
        self._crowd, self._head_seconds = crowd, head_seconds

    def __call__(self) -> Connection:
        """Return the protocol of a new connection."""
        return Connection(
            self,
            self._crowd,
            loop=self._loop,
            keepalive_timeout=self._head_seconds,  # from the first moment on, and again after each answer
            lingering_time=LINGERING_SECONDS,
            max_line_size=LINE_BYTES,
            max_field_size=LINE_BYTES,
            max_headers=FIELDS,
            access_log=None,
            auto_decompress=False,
        )
