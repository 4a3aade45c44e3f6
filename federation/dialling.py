"""From a host name to a socket: a name is looked up once, all addresses found must be fit, and only those are dialled.

Part of the transport, which alone uses it.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from contextlib import suppress
from ipaddress import ip_address, ip_network

from aiohttp import AddrInfoType, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult

from federation.address import IPAddress, is_public, literal
from registry.setting_types import socket_address
from registry.settings import Settings

# Long enough for robots.txt, a page and its file in turn; short enough that hosts already read hold no sockets.
_KEEP_SECONDS = 2.0


class Forbidden(PermissionError):
    """An address that must not be dialled; the text is fit for the publisher."""


class Dialling:
    """Knows which addresses may be dialled, and makes connectors that dial no others."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = tuple(ip_network(text) for text in settings.allow_networks)
        self._resolve = {host.lower().removesuffix("."): socket_address(at) for host, at in settings.resolve.items()}

    def problem(self, host: str) -> str:
        """Return why this host may not be dialled, as far as can be said without looking its name up, or ""."""
        return self._unfit(host, [number]) if (number := literal(host)) else ""

    def connector(self) -> TCPConnector:
        """Return a connector for one session, which verifies certificates with the authorities of this machine."""
        return TCPConnector(
            ssl=ssl.create_default_context(),
            resolver=_Resolver(self),
            use_dns_cache=False,
            socket_factory=self._socket,
            limit=0,  # the crawl and the pace keep the count
            keepalive_timeout=_KEEP_SECONDS,
        )

    async def lookup(self, host: str, port: int) -> list[tuple[str, int]]:
        """Return where to dial for a host: all its addresses, or none. Raises Forbidden, or OSError from the DNS."""
        if place := self._resolve.get(host.lower().removesuffix(".")):
            found = [place]
        else:
            found = [(number, port) for number in await _getaddrinfo(host, port)]
        if wrong := self._unfit(host, [ip_address(number) for number, _ in found]):
            raise Forbidden(wrong)
        return list(dict.fromkeys(found))

    def _unfit(self, host: str, numbers: list[IPAddress]) -> str:
        bad = [str(number) for number in numbers if not is_public(number, self._allowed)]
        # one bad answer refuses all: the next look-up may bring the bad one first (DNS rebinding)
        return f"{host} is at {', '.join(bad)}, which is not a public address: publish on a public one" if bad else ""

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """Return a socket for an address that is about to be dialled.

        The wall behind the checks above: aiohttp asks no resolver for IP literals (3.14), but comes here for all.
        """
        family, kind, proto, _, place = info
        if wrong := self._unfit(str(place[0]), [ip_address(str(place[0]))]):
            raise Forbidden(wrong)
        return socket.socket(family, kind, proto)


class _Resolver(AbstractResolver):
    """Answers aiohttp from a Dialling."""

    def __init__(self, dialling: Dialling) -> None:
        self._dialling = dialling

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses in aiohttp's form."""
        return [
            ResolveResult(
                hostname=host,
                host=number,
                port=at,
                family=socket.AF_INET6 if ":" in number else socket.AF_INET,
                proto=socket.IPPROTO_TCP,
                flags=socket.AI_NUMERICHOST,
            )
            for number, at in await self._dialling.lookup(host, port)
        ]

    async def close(self) -> None:
        """Do nothing: no resource is held."""


async def _getaddrinfo(host: str, port: int) -> list[str]:
    """Look a name up in a thread of its own, which may be left behind: a hanging DNS cannot hold up the exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(found: list[str], error: OSError | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(found)

    def look_up() -> None:
        found: list[str] = []
        failed: OSError | None = None
        try:
            found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:  # UnicodeError: an empty or overlong label
            failed = error if isinstance(error, OSError) else OSError(str(error))
        with suppress(RuntimeError):  # the pass is over and its loop closed: nobody waits any more
            loop.call_soon_threadsafe(settle, found, failed)

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    return await future
