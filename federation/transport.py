"""The one place that opens sockets: single HTTP requests, within limits that the server cannot widen.

Redirects, robots.txt and what a response means are the duty of other modules. What a server does never raises: it comes
back as a Failure.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import aiohttp
from yarl import URL

from federation import address
from federation.dialling import Dialling, Forbidden
from federation.pace import Pace
from registry.iri import addresses
from registry.model import Outcome
from registry.reasons.reasons import reason, table
from registry.settings import Settings

ACCEPT = "application/yaml, application/ld+json;q=0.9, text/turtle;q=0.9, application/rdf+xml;q=0.8, */*;q=0.5"

_OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)


@dataclass(frozen=True, slots=True)
class Response:
    """A complete response: header names in lower case; the body decompressed, and empty unless `status` is 200."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str:
        """Return the first header of that name (lower case), or the empty string."""
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no response: REFUSED (by a rule of ours) or UNREACHABLE (it may work later), and a sentence."""

    outcome: Outcome
    reason: str


class Allowance:
    """The seconds that one fetch may spend on the network in all its requests.

    Pauses between them do not count, nor does the wait for a place. `spent` are those until now.
    """

    def __init__(self, seconds: float) -> None:
        self.left = seconds
        self.spent = 0.0

    @asynccontextmanager
    async def spend(self) -> AsyncIterator[None]:
        """Count the time of the block, and raise TimeoutError within it when no seconds are left."""
        start = time.monotonic()
        try:
            async with asyncio.timeout(max(self.left, 0)):
                yield
        finally:
            took = time.monotonic() - start
            self.left -= took
            self.spent += took


class _BodyRefused(Exception):
    """A body is too large, or sent in a way that is not read; `code` and `facts` are those of the reason."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts


class Transport:
    """An HTTP client that contacts public addresses alone; to be used as `async with Transport(settings) as …`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pace = Pace(settings.delay_seconds, settings.concurrency)
        self._dialling = Dialling(settings)

    async def __aenter__(self) -> Transport:
        table()  # of reasons, a file: read while this process may open one
        limit = self.settings.connect_seconds
        self._session = aiohttp.ClientSession(
            connector=self._dialling.connector(),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,  # no proxies and no .netrc of the environment
            auto_decompress=False,  # it has no limit
            timeout=aiohttp.ClientTimeout(total=None, connect=limit, sock_connect=limit, sock_read=limit),
            headers={
                "User-Agent": f"OSPO-Atlas/0.1 (+{self.settings.contact})",
                "Accept": ACCEPT,
                "Accept-Encoding": "gzip, identity",
            },
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def allowance(self) -> Allowance:
        """Return the allowance of a fetch that begins."""
        return Allowance(self.settings.fetch_seconds)

    async def get(
        self,
        url: str,
        *,
        allowance: Allowance,
        headers: Mapping[str, str] | None = None,
        max_bytes: int | None = None,
        cut: bool = False,
    ) -> Response | Failure:
        """Return the response to one GET request. Redirects are not followed; the body is read when the status is 200.

        A body of more than `max_bytes` (by default the setting) is a Failure; with `cut`, its beginning is returned.
        Raises OSError when this process may open no further socket: that says nothing about the server.
        """
        if problem := address.problem(url, self.settings.ports) or self._dialling.problem(addresses.host_name(url)):
            return Failure(Outcome.REFUSED, problem)
        limit = self.settings.max_bytes if max_bytes is None else max_bytes
        async with self.pace.turn(addresses.host_name(url)):
            try:
                async with allowance.spend():
                    return await self._get(url, headers or {}, limit, cut)
            except _BodyRefused as error:
                return Failure(Outcome.REFUSED, reason(error.code, url=url, **error.facts))
            except (aiohttp.ClientError, OSError, ValueError, EOFError) as error:  # TimeoutError is an OSError
                if isinstance(error, OSError) and error.errno in _OUT_OF_FILES:
                    raise
                return _failure(url, error, allowance)

    async def _get(self, url: str, headers: Mapping[str, str], limit: int, cut: bool) -> Response:
        async with self._session.get(URL(url), headers=headers, allow_redirects=False) as response:
            fields = tuple((name.lower(), _text(value)) for name, value in response.headers.items())
            body = await _body(response, limit, cut) if response.status == 200 else b""
            return Response(url, response.status, fields, body)


def _text(value: str) -> str:
    """Return the value of a header field without the surrogates in which aiohttp hides bytes that are not UTF-8."""
    return value.encode(errors="surrogateescape").decode(errors="replace")


async def _body(response: aiohttp.ClientResponse, limit: int, cut: bool) -> bytes:
    """Return the decompressed body; neither what is sent nor what is decompressed exceeds `limit` bytes."""
    coding = ", ".join(response.headers.getall("transfer-encoding", [])).strip().lower()
    if coding not in ("", "chunked"):  # aiohttp would hand on the encoded body as if it were the file
        raise _BodyRefused("body-coding", coding=repr(coding[:80]))
    if not coding and "content-length" not in response.headers:
        raise _BodyRefused("body-endless")
    encoding = ", ".join(response.headers.getall("content-encoding", [])).strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise _BodyRefused("body-compression", coding=repr(encoding[:80]))
    gunzip = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    sent, body = 0, bytearray()
    async for chunk in response.content.iter_any():
        sent += len(chunk)
        body += _gunzip(gunzip, chunk, limit + 1 - len(body)) if gunzip else chunk
        if max(sent, len(body)) > limit:
            if cut:
                return bytes(body[:limit])
            raise _BodyRefused("body-large", limit=limit)
    if gunzip and not gunzip.eof:
        raise _BodyRefused("body-gzip-cut")
    return bytes(body)


def _gunzip(gunzip: Any, chunk: bytes, room: int) -> bytes:
    try:
        body: bytes = gunzip.decompress(chunk, room)
    except zlib.error as error:
        raise _BodyRefused("body-no-gzip") from error
    if gunzip.unused_data:
        raise _BodyRefused("body-after-gzip")
    return body


def _failure(url: str, error: Exception, allowance: Allowance) -> Failure:
    """Return what an error of aiohttp or the system means, in a sentence for the publisher."""
    host = addresses.host_name(url)
    if isinstance(error.__cause__, Forbidden):
        return Failure(Outcome.REFUSED, str(error.__cause__))
    if isinstance(error, TimeoutError):
        code = "connection-out-of-time" if allowance.left <= 0 else "connection-slow"
        return Failure(Outcome.UNREACHABLE, reason(code, url=url))
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure(Outcome.UNREACHABLE, reason("connection-no-name", host=host))
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError | aiohttp.ClientSSLError):
        return Failure(Outcome.UNREACHABLE, reason("connection-certificate", host=host, error=error))
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure(Outcome.UNREACHABLE, reason("connection-refused", host=host, error=error))
    if isinstance(error, aiohttp.ClientPayloadError):
        return Failure(Outcome.UNREACHABLE, reason("connection-broken", url=url))
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return Failure(Outcome.UNREACHABLE, reason("connection-closed", url=url))
    return Failure(Outcome.UNREACHABLE, reason("connection-no-http", url=url, kind=type(error).__name__))
