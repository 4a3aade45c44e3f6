"""From a host name to a socket: a name is looked up once, and its IP addresses are dialled if all of them are public.

A part of the transport, which alone uses it.
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
from registry.reasons.reasons import reason
from registry.setting_types import socket_address
from registry.settings import Settings

# A socket outlasts the pause before the next request by so much; a pause of more than the latter is not waited for.
_KEEP_ALIVE_SECONDS = 1.0
_MAX_KEEP_ALIVE_SECONDS = 6.0


class Forbidden(PermissionError):
    """An IP address must not be dialled; the text is a sentence for the publisher."""


class Dialling:
    """Decides which IP addresses may be dialled, and makes connectors that dial no others."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = tuple(ip_network(text) for text in settings.allow_networks)
        self._keep_alive = min(settings.delay_seconds + _KEEP_ALIVE_SECONDS, _MAX_KEEP_ALIVE_SECONDS)
        self._resolve = {host.lower().removesuffix("."): socket_address(at) for host, at in settings.resolve.items()}

    def problem(self, host: str) -> str:
        """Return why this host must not be dialled, if it is an IP address that is not public, or ""."""
        return self._refusal(host, [number]) if (number := literal(host)) else ""

    def connector(self) -> TCPConnector:
        """Return a connector for one session; it trusts the certificate authorities of this machine."""
        return TCPConnector(
            ssl=ssl.create_default_context(),
            resolver=_Resolver(self),
            use_dns_cache=False,
            socket_factory=self._socket,
            limit=0,  # the pace limits the connections
            keepalive_timeout=self._keep_alive,
        )

    async def lookup(self, host: str, port: int) -> list[tuple[str, int]]:
        """Return the IP addresses and ports to dial for a host.

        Raises Forbidden when one of them is not public, and OSError when the DNS has none.
        """
        if override := self._resolve.get(host.lower().removesuffix(".")):
            pairs = [override]
        else:
            pairs = [(number, port) for number in await _getaddrinfo(host, port)]
        if reason := self._refusal(host, [ip_address(number) for number, _ in pairs]):
            raise Forbidden(reason)
        return list(dict.fromkeys(pairs))

    def _refusal(self, host: str, numbers: list[IPAddress]) -> str:
        bad = [str(number) for number in numbers if not is_public(number, self._allowed)]
        # One bad address refuses the host: the next look-up may give the bad one first (DNS rebinding).
        return reason("host-not-public", host=host, numbers=", ".join(bad)) if bad else ""

    def _socket(self, info: AddrInfoType) -> socket.socket:
        """Return a socket for an address that is about to be dialled. Raises Forbidden.

        The last check: for a host that is an IP address aiohttp 3.14 calls no resolver, but for all it calls this.
        """
        family, kind, proto, _, target = info
        if reason := self._refusal(str(target[0]), [ip_address(str(target[0]))]):
            raise Forbidden(reason)
        return socket.socket(family, kind, proto)


class _Resolver(AbstractResolver):
    """Resolves names for aiohttp by a Dialling."""

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
    """Return the IP addresses of a name, looked up in a thread of its own. Raises OSError.

    The thread is left alone when the caller gives up, so that a DNS that hangs does not delay the exit.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[str]] = loop.create_future()

    def settle(numbers: list[str], error: OSError | None) -> None:
        if not future.done():
            future.set_exception(error) if error else future.set_result(numbers)

    def look_up() -> None:
        numbers: list[str] = []
        failed: OSError | None = None
        try:
            numbers = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except (OSError, UnicodeError) as error:  # UnicodeError: an empty or overlong label
            failed = error if isinstance(error, OSError) else OSError(str(error))
        with suppress(RuntimeError):  # the loop is closed: nobody waits for the result any more
            loop.call_soon_threadsafe(settle, numbers, failed)

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    return await future
