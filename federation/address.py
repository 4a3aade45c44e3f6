"""Which addresses may be contacted: the form of a URL, its IP address, and the site to which it belongs; pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import pairwise

from publicsuffixlist import PublicSuffixList

from registry.iri import addresses
from registry.reasons.reasons import reason
from registry.setting_types import MAX_URL_BYTES

IPAddress = IPv4Address | IPv6Address
IPNetwork = IPv4Network | IPv6Network

# Networks that are not public, though `is_global` of Python 3.11.7 says so: of a tunnel or a translation it judges the
# outer address, and it does not know later assignments (RFC 6890, 7526, 8215, 9602, 9637).
_NOT_PUBLIC: tuple[IPNetwork, ...] = tuple(
    ip_network(text)
    for text in (
        "192.0.0.0/24",  # protocol assignments
        "192.88.99.0/24",  # 6to4 relays
        "::/96",  # IPv4-compatible
        "64:ff9b::/96",  # NAT64
        "64:ff9b:1::/48",  # NAT64, local
        "2001::/23",  # protocol assignments, Teredo
        "2002::/16",  # 6to4
        "3fff::/20",  # documentation
        "5f00::/16",  # segment routing
        "fec0::/10",  # site-local
    )
)
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_FORBIDDEN_CHARACTERS = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")


def problem(url: str, ports: Collection[int]) -> str:
    """Return in a sentence why a URL must not be contacted, or "" when its form is right.

    Whether the IP address of its host may be contacted, :func:`is_public` decides.
    """
    if len(url.encode(errors="surrogatepass")) > MAX_URL_BYTES:
        return reason("address-long", limit=MAX_URL_BYTES)
    if _FORBIDDEN_CHARACTERS.search(url):
        return reason("address-characters", address=repr(url))
    try:
        parts = addresses.to_url(url)  # by aiohttp's own reader: what is checked is what will be contacted
        port = parts.port
    except ValueError as error:
        return reason("address-malformed", address=repr(url), error=error)
    if parts.scheme not in ("http", "https"):
        return reason("address-scheme", address=repr(url))
    if parts.user is not None or parts.password is not None:
        return reason("address-user", host=parts.raw_host)
    if port not in ports:
        allowed = ", ".join(str(number) for number in ports)
        return reason("address-port", address=url, port=port, ports=allowed)
    return _host_problem(url, parts.raw_host or "")


def _host_problem(url: str, name: str) -> str:
    if literal(name) is not None and "%" not in name:  # a zone (RFC 6874) is local by nature
        return ""
    labels = name.removesuffix(".").split(".")
    # A name whose last label is a number is read as an IPv4 address by many (WHATWG URL, "ends in a number checker").
    if _NUMBER.fullmatch(labels[-1]):
        return reason("address-number", address=repr(url))
    if not addresses.is_host(".".join(labels)) or not all(_LABEL.fullmatch(label) for label in labels):
        return reason("address-host", address=repr(url))
    return ""


def redirect_problem(url: str, target: str) -> str:
    """Return why a redirect from one absolute address to another is not followed, or "".

    `target` is "" where `Location` is missing. The form of the target is not judged here: see :func:`problem`.
    """
    if not target:
        return reason("redirect-nowhere", url=url)
    if url.lower().startswith("https:") and target.lower().startswith("http:"):
        return reason("redirect-unencrypted", url=url, target=target)
    return ""


@lru_cache(1024)  # called several times for each host
def literal(name: str) -> IPAddress | None:
    """Return the IP address that a host is, or None when it is a name."""
    try:
        return ip_address(name)
    except ValueError:
        return None


def is_public(address: IPAddress, allowed: Iterable[IPNetwork] = ()) -> bool:
    """Return whether an IP address may be contacted: it is public, or within an allowed network.

    An IPv4 address mapped into IPv6 (RFC 4291, section 2.5.5.2) is judged as the IPv4 address.
    """
    inner = (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
    if any(inner.version == network.version and inner in network for network in allowed):
        return True
    if not inner.is_global or inner.is_multicast or inner.is_reserved or inner.is_unspecified:
        return False
    return not any(inner.version == network.version and inner in network for network in _NOT_PUBLIC)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def site(url: str) -> str:
    """Return the registrable domain of a URL by the Public Suffix List, or its host where there is none."""
    name = addresses.host_name(url)
    return name if literal(name) else _suffixes().privatesuffix(name) or name


def same_site(*urls: str) -> bool:
    """Return whether all URLs belong to one registrable domain."""
    return all(one == other for one, other in pairwise([site(url) for url in urls]))
