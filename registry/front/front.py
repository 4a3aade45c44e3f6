"""One request after the other: read within its limits, worked on in its room, answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from typing import TextIO

from aiohttp import HttpVersion10, web

from registry.front.addresses import client, who
from registry.front.bridge import Answer, Environ, Site, environment, text_answer
from registry.front.connections import METHODS, Connection, Server
from registry.front.crowd import Crowd
from registry.front.request_log import RequestLog
from registry.front.rooms import Place, RefusedError, Room, RoomRules
from registry.front.sending import Sender
from registry.front.tally import Counts
from registry.sandbox.cancellation import governing
from registry.settings import Settings

_METHODS = (*METHODS, "PUT", "DELETE", "PATCH")  # the application refuses those that it does not know, by 405
_HURRY_SECONDS = 1.0  # for a query while another client waits
_ANSWER_SECONDS = 60.0  # for making an answer, beyond the limits of each room's own work
_WHY_NO_PLACE = {
    "full": "too many requests of this kind are waiting",
    "share": "too many requests of this kind are under way from your address",
    "late": "no place for this request became free in time",
}


class _RefusedBodyError(Exception):
    """The body of a request was not read to its end; `answer` says why."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def rules(settings: Settings) -> Mapping[str, RoomRules]:
    """Return the rules of the rooms, by name."""
    queries = settings.query_workers
    return {
        "pages": RoomRules("pages", settings.threads, 64, 10.0),
        "sparql": RoomRules("sparql", queries, 4 * queries, 2.0, min(_HURRY_SECONDS, settings.query_seconds)),
        "downloads": RoomRules("downloads", 4, 64, 30.0),
        "operator": RoomRules("operator", 1, 4, 5.0),
    }


class Front:
    """The web server of one process, on one site."""

    def __init__(self, site: Site, settings: Settings, counts: Counts, log: TextIO | None) -> None:
        self._site, self._settings, self._counts = site, settings, counts
        self._trusted = [ip_network(text) for text in settings.trusted_proxies]
        self._rooms = {name: Room(rule, counts) for name, rule in rules(settings).items()}
        self._threads = {
            name: ThreadPoolExecutor(room.rules.places, thread_name_prefix=name) for name, room in self._rooms.items()
        }
        self._sender, self._log = Sender(settings.write_seconds, counts), RequestLog(log, counts)
        most = settings.max_connections, settings.max_connections_of_one
        self.crowd = Crowd(*most, self._trusted, counts)
        self.server = Server(self._handle, self.crowd, settings.head_seconds)

    async def stop(self) -> None:
        """End: requests under way finish within `stop_seconds`, then they are cut."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._settings.stop_seconds
        self.server.pre_shutdown()
        while len(self.crowd) and loop.time() < end:
            await asyncio.sleep(0.02)
        for room in self._rooms.values():
            room.stop_all("the server ends")
        await self.server.shutdown(1.0)
        self._site.stop()
        for threads in self._threads.values():
            threads.shutdown(wait=False, cancel_futures=True)
        self._log.close()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        began, connection = loop.time(), request.protocol
        assert isinstance(connection, Connection)
        if request.version < HttpVersion10:
            connection.refuse(400, "HTTP/0.9 is not spoken here: ask by HTTP/1.1 (RFC 9112)")
            raise ConnectionResetError("it was refused")
        address = client(connection.peer, ", ".join(request.headers.getall("X-Forwarded-For", [])), self._trusted)
        room, close, status, length = "at-once", False, 0, 0
        try:
            try:
                environ = await self._environ(request, address)
            except _RefusedBodyError as error:
                answer, close = error.answer, True
            else:
                self.crowd.works(connection)
                at_once = self._site.at_once(environ)
                room = "at-once" if at_once else self._site.room(environ["PATH_INFO"])
                answer = at_once or await self._worked(room, environ, who(address))
            self._counts.add("ospo_room_answers", room)
            status, length = answer.status, answer.length
            return await self._sender.send(request, connection, answer, close=close)
        except asyncio.CancelledError:
            status = status or 499  # as other servers note a client that left before the answer
            raise
        finally:
            self.crowd.waits(connection)
            facts = {"method": request.method, "status": status, "bytes": length, "room": room, "client": address}
            self._log.note(path=request.path_qs, **facts, ms=round((loop.time() - began) * 1000, 1))

    async def _environ(self, request: web.BaseRequest, address: str) -> Environ:
        """Read the body, and return the environment for the application. Raises _RefusedBodyError."""
        if request.method not in _METHODS:
            raise _RefusedBodyError(text_answer(501, f"501 Not Implemented: the methods are {', '.join(METHODS)}"))
        body = await self._body(request)
        headers = [(_text(name), _text(value)) for name, value in request.raw_headers]
        site = self._settings.host, self._settings.port
        return environment(request.method, request.raw_path, headers, body, address, site)

    async def _body(self, request: web.BaseRequest) -> bytes:
        if not request.body_exists:
            return b""
        most = self._settings.max_body_bytes
        too_long = _RefusedBodyError(text_answer(413, f"413 Content Too Large: a body has at most {most} bytes"))
        if (request.content_length or 0) > most:
            raise too_long
        expected = request.headers.get("Expect", "").lower()
        if expected not in ("", "100-continue"):
            raise _RefusedBodyError(text_answer(417, "417 Expectation Failed: only 100-continue is known"))
        if expected and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")  # RFC 9110, section 10.1.1
        body, seconds = bytearray(), self._settings.body_seconds
        try:
            async with asyncio.timeout(seconds):
                async for piece in request.content.iter_any():
                    body += piece
                    if len(body) > most:
                        raise too_long
        except TimeoutError as error:
            self._counts.add("ospo_connections_closed", "body")
            late = f"408 Request Timeout: the body did not arrive within {seconds:g} seconds"
            raise _RefusedBodyError(text_answer(408, late)) from error
        except (web.RequestPayloadError, ValueError) as error:
            broken = "400 Bad Request: the body is not framed as the head says (RFC 9112, section 6)"
            raise _RefusedBodyError(text_answer(400, broken)) from error
        return bytes(body)

    async def _worked(self, name: str, environ: Environ, of: str) -> Answer:
        """Return the answer of the application, made in a thread of the room; a client that leaves stops it."""
        room = self._rooms[name]
        try:
            place = await room.enter(of)
        except RefusedError as error:
            again = {"Retry-After": "5"}
            return text_answer(503, f"503 Service Unavailable: {_WHY_NO_PLACE[error.reason]}; try again soon", again)
        loop = asyncio.get_running_loop()
        work = loop.run_in_executor(self._threads[name], self._made, environ, place)
        work.add_done_callback(lambda _: room.leave(place))
        try:
            async with asyncio.timeout(_ANSWER_SECONDS + room.rules.patience):
                return await asyncio.shield(work)
        except TimeoutError:
            place.order.cancel("it took too long")
            late = f"503 Service Unavailable: the answer was not made within {_ANSWER_SECONDS:g} seconds"
            return text_answer(503, late, {"Retry-After": "30"})
        except asyncio.CancelledError:
            place.order.cancel("its client left")
            self._counts.add("ospo_room_left", name)
            raise

    def _made(self, environ: Environ, place: Place) -> Answer:
        with governing(place.order):
            return self._site.answer(environ)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")
