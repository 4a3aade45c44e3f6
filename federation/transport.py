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
    """A body is too large, or sent in a way that is not read; the text says which, and how to fix it."""


class Transport:
    """An HTTP client that contacts public addresses alone; to be used as `async with Transport(settings) as …`."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pace = Pace(settings.delay_seconds, settings.concurrency)
        self._dialling = Dialling(settings)

    async def __aenter__(self) -> Transport:
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
                return Failure(Outcome.REFUSED, f"{url}: {error}")
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
        raise _BodyRefused(
            f"the body is sent as {coding[:80]!r}, which nobody asked for: send it as it is, or in chunks"
        )
    if not coding and "content-length" not in response.headers:
        raise _BodyRefused("the answer does not say where it ends: send Content-Length, or chunks")
    encoding = ", ".join(response.headers.getall("content-encoding", [])).strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise _BodyRefused(
            f"the body is compressed as {encoding[:80]!r} though gzip or nothing was asked for: fix the server"
        )
    gunzip = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    sent, body = 0, bytearray()
    async for chunk in response.content.iter_any():
        sent += len(chunk)
        body += _gunzip(gunzip, chunk, limit + 1 - len(body)) if gunzip else chunk
        if max(sent, len(body)) > limit:
            if cut:
                return bytes(body[:limit])
            raise _BodyRefused(f"the file is larger than {limit} bytes: make it smaller, or split it")
    if gunzip and not gunzip.eof:
        raise _BodyRefused("the gzip data breaks off before its end: fix the server's compression")
    return bytes(body)


def _gunzip(gunzip: Any, chunk: bytes, room: int) -> bytes:
    try:
        body: bytes = gunzip.decompress(chunk, room)
    except zlib.error as error:
        raise _BodyRefused("the body is not the gzip data that its header announces: fix the server") from error
    if gunzip.unused_data:
        raise _BodyRefused("something follows the end of the gzip data: fix the server")
    return body


def _failure(url: str, error: Exception, allowance: Allowance) -> Failure:
    """Return what an error of aiohttp or the system means, in a sentence for the publisher."""
    host = addresses.host_name(url)
    if isinstance(error.__cause__, Forbidden):
        return Failure(Outcome.REFUSED, str(error.__cause__))
    if isinstance(error, TimeoutError):
        seconds = "its time" if allowance.left <= 0 else "the limit for connecting and for each read"
        return Failure(Outcome.UNREACHABLE, f"{url}: the answer took longer than {seconds}: it will be tried again")
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return Failure(Outcome.UNREACHABLE, f"the name {host} does not resolve: check the address, or the DNS")
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLError | aiohttp.ClientSSLError):
        return Failure(Outcome.UNREACHABLE, f"{host} has no valid TLS certificate ({error}): renew or correct it")
    if isinstance(error, aiohttp.ClientConnectorError):
        return Failure(Outcome.UNREACHABLE, f"{host} does not accept a connection ({error}): it will be tried again")
    if isinstance(error, aiohttp.ClientPayloadError):
        return Failure(Outcome.UNREACHABLE, f"{url}: the answer broke off before its end: it will be tried again")
    if isinstance(error, aiohttp.ServerDisconnectedError | ConnectionError):
        return Failure(
            Outcome.UNREACHABLE, f"{url}: the connection was closed without an answer: it will be tried again"
        )
    kind = type(error).__name__
    return Failure(Outcome.UNREACHABLE, f"{url}: the answer is not proper HTTP ({kind}): fix the server")
