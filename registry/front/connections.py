"""Connections: how many there are in all and of one address, and how long each may take to say what it wants."""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from registry.front.addresses import Networks, is_in, who
from registry.front.tally import Counts

LINE_BYTES = 32 * 1024  # of a request line, or of one header: 8 KiB of query, each byte as %XX, and the rest
HEAD_BYTES = 64 * 1024  # of a whole head
LINGERING_SECONDS = 1.0  # in which the rest of a refused body is read, so that the client can read the refusal

_log = logging.getLogger(__name__)
_RESET = struct.pack("ii", 1, 0)  # struct linger: on, for no time (socket(7))
_CROWDED = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Type: text/plain\r\n"


class Crowd:
    """The open connections of a process. One that is refused or aborted makes room for another.

    When there are too many, the one goes that has waited longest for its client: silent, idle or half-said.
    """

    def __init__(self, most: int, most_of_one: int, trusted: Networks, counts: Counts) -> None:
        self._most, self._most_of_one, self._trusted, self.counts = most, most_of_one, trusted, counts
        self._of: dict[str, dict[Connection, None]] = {}
        self._waiting: dict[Connection, None] = {}  # for its client; who began to wait first is first

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def admit(self, connection: Connection, address: str) -> str:
        """Take a connection in and return "", or return why it is refused: "all" or "address"."""
        own = self._of.setdefault(address, {})
        if len(own) >= self._most_of_one and not is_in(address, self._trusted) and not self._make_room(own):
            return "address"
        if len(self) >= self._most and not self._make_room(self._waiting):
            return "all"
        self._of.setdefault(address, {})[connection] = None
        self._waiting[connection] = None
        self.counts.add("ospo_connections")
        return ""

    def works(self, connection: Connection) -> None:
        """Note that a request of it is complete: it does not wait for its client."""
        self._waiting.pop(connection, None)

    def waits(self, connection: Connection) -> None:
        """Note that it waits for its client again."""
        if connection in self._of.get(connection.address, {}):
            self._waiting[connection] = None

    def leave(self, connection: Connection) -> None:
        """Note that it is closed."""
        own = self._of.get(connection.address, {})
        if connection in own:
            del own[connection]
            self.counts.add("ospo_connections", count=-1)
        if not own:
            self._of.pop(connection.address, None)
        self._waiting.pop(connection, None)

    def _make_room(self, among: dict[Connection, None]) -> bool:
        """Abort that of these which has waited longest; return whether there was one."""
        victim = next((it for it in self._waiting if it in among), None)
        if victim is None:
            return False
        self.leave(victim)
        victim.abort("crowd")
        return True


class Connection(web.RequestHandler):
    """One connection, as aiohttp handles it, within the limits of the crowd."""

    def __init__(self, manager: web.Server, crowd: Crowd, **options: Any) -> None:
        super().__init__(manager, **options)
        self._crowd, self.peer, self.address, self._unread = crowd, "", "", 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless there are too many connections."""
        assert isinstance(transport, asyncio.Transport)
        self.peer = str((transport.get_extra_info("peername") or ("",))[0])
        self.address = who(self.peer)
        if reason := self._crowd.admit(self, self.address):
            self._crowd.counts.add("ospo_connections_refused", reason)
            of_one = " of your address" if reason == "address" else ""
            said = f"503 too many connections{of_one} are open: close some, or try again in 5 seconds\n".encode()
            self.close()  # what it sends is not read
            transport.write(_CROWDED + f"Content-Length: {len(said)}\r\n\r\n".encode() + said)
            transport.close()
            return
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # to drain is to wait until the kernel has all

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end."""
        self._crowd.leave(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, unless the head grows without end."""
        if self._waiter is None or self._waiter.done():
            self._unread = 0
        before = len(self._messages)
        super().data_received(data)
        self._unread = 0 if len(self._messages) > before else self._unread + len(data)
        if self._unread > HEAD_BYTES and self._waiter is not None:
            self.abort("long")

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
    ) -> web.StreamResponse:
        """Answer a head that is malformed, and a fault of ours, in plain words that tell nothing of the inside.

        Raises ConnectionResetError, which ends the connection, where the client has gone or half an answer is sent.
        """
        if isinstance(exc, ConnectionError):
            raise ConnectionResetError("the client has gone") from exc
        if status >= 500:
            _log.error("a request could not be answered", exc_info=exc)
        if request.writer.output_size > 0:
            raise ConnectionResetError("half an answer is sent") from exc
        if isinstance(exc, LineTooLong):
            status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            reason = f"the request line, or a header, is longer than {LINE_BYTES} bytes: send queries by POST"
        elif status < 500:
            reason = "the head of the request is malformed (RFC 9112): nothing was done"
        else:
            reason = "a fault of the program; its operator finds it in the log"
        phrase = HTTPStatus(status).phrase
        response = web.Response(status=status, text=f"{status} {phrase}: {reason}\n", headers={"Server": "ospo-atlas"})
        response.force_close()
        return response


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
            access_log=None,
            auto_decompress=False,
        )
