"""Who asks: the address that limits count for, of a connection or as a trusted proxy tells it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

Networks = Sequence[IPv4Network | IPv6Network]

_HOME = 64  # bits of an IPv6 address that one household or server has at the least (RFC 6177, section 2)


def is_in(text: str, networks: Networks) -> bool:
    """Return whether an address is in one of these networks; what is no address is in none."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    plain = getattr(address, "ipv4_mapped", None) or address
    return any(plain in network for network in networks)


def who(text: str) -> str:
    """Return what limits count for: an IPv4 address, the first 64 bits of an IPv6 one; another text as it is.

    >>> who("::ffff:192.0.2.7"), who("2001:db8:1:2:3:4:5:6"), who("")
    ('192.0.2.7', '2001:db8:1:2::', '')
    """
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> (128 - _HOME) << (128 - _HOME)))


def client(peer: str, forwarded: str, trusted: Networks) -> str:
    """Return the address of the client behind a connection from `peer`.

    `forwarded` is the X-Forwarded-For of the request: each proxy adds at its end who asked it. It is read from there,
    and only for as long as those who say it are trusted; so a client cannot invent an address.
    """
    at = peer
    for told in reversed(forwarded.split(",")):
        told = told.strip()
        if not is_in(at, trusted) or not _is_address(told):
            break
        at = told
    return at


def _is_address(text: str) -> bool:
    try:
        return bool(ip_address(text))
    except ValueError:
        return False
