"""Hosts and home pages in the form in which they are compared, and readable names for addresses of our pages."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import quote, unquote

import idna
from yarl import URL  # aiohttp's own reader of URLs: what is compared is what would be contacted

WELL_KNOWN = "/.well-known/ospo-meta"  # RFC 8615; provisional until registered
BUNDLED_HOST = "bundled.ospo-atlas.example"  # served by each installation to itself, on loopback; the pages say so
BUNDLED = f"http://{BUNDLED_HOST}/"
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")  # of a name in the DNS (RFC 1035, section 2.3.4), with the `_` that some use
_MAX_NAME = 253  # characters of a whole name
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")  # as its last label, it makes a host an IPv4 address (WHATWG URL, 3.5)
# Percent-encoded bytes that need not be so: of unreserved characters (RFC 3986, section 2.3), and outside ASCII.
_NEEDLESS = re.compile(r"(?:%(?:[89A-Fa-f][0-9A-Fa-f]|2[DdEe]|3[0-9]|[46][1-9A-Fa-f]|[57][0-9Aa]|5[Ff]|7[Ee]))+")
_ESCAPE = re.compile(r"(%[0-9A-Fa-f]{2})")


def to_url(text: str) -> URL:
    """Return an address as aiohttp reads it. Raises ValueError for one that it cannot read."""
    try:
        return URL(text)
    except IndexError as error:  # yarl 1.25 raises it for `http://[]@`
        raise ValueError(f"{text!r} is not a valid URL") from error


@lru_cache(16_384)  # the same pages are compared again and again
def parse(url: str) -> URL | None:
    """Return an address in its normal form, or None for one that nobody could contact.

    Scheme and host are in lower case, the host in ASCII (IDNA 2008 with the mapping of UTS 46) without a final dot.
    Path and query have one percent-encoding (RFC 3986, section 6.2.2; UTF-8 in NFC), and the path no dot segments.
    Default port, user, password and fragment are left out. A host that no name or number can be is refused, as
    `is_host` tells: above all one that a browser would read as another.

    >>> parse("HTTP://B\u00fcrger.example:80/x/../caf%c3%a9#top")
    URL('http://xn--brger-kva.example/caf%C3%A9')
    """
    try:
        plain = _ESCAPE.split(_NEEDLESS.sub(_decoded, url.strip()))
        found = to_url("".join(unicodedata.normalize("NFC", part) for part in plain))
        name = (found.raw_host or "").rstrip(".").lower()
        if not name:
            return found.with_fragment(None)
        if not is_host(name):
            return None
        clean = found.with_user(None).with_fragment(None)
        clean = clean.with_port(None) if found.is_default_port() else clean
        return clean if name == found.raw_host else clean.with_host(name)
    except (ValueError, UnicodeError):
        return None


def is_host(name: str) -> bool:
    """Return whether a host, in lower-case ASCII, is an IP address or a name that the DNS can hold (IDNA 2008).

    Browsers drop soft hyphens and other invisible characters from a host (UTS 46, section 4), and read `0x7f.1` as
    127.0.0.1. We read no such host as the one that it looks like, and link none.

    >>> is_host("xn--brger-kva.example"), is_host("xn--brger-.example"), is_host("a.example;x"), is_host("0x7f.1")
    (True, False, False, False)
    """
    labels = name.split(".")
    try:
        if ":" in name or _NUMBER.fullmatch(labels[-1]):
            return ip_address(name).compressed == name
        for label in labels:
            if label.startswith("xn--"):
                idna.ulabel(label)
    except ValueError:  # of idna too, whose errors are UnicodeErrors
        return False
    return len(name) <= _MAX_NAME and all(map(_LABEL.fullmatch, labels))


def _decoded(escapes: re.Match[str]) -> str:
    """Return the characters that these percent-encoded bytes mean; as they stand if they are no UTF-8."""
    try:
        return unquote(escapes[0], errors="strict")
    except UnicodeDecodeError:
        return escapes[0]


def host_name(url: str) -> str:
    """Return the host that an address contacts: in lower-case ASCII, without port and final dot; "" if it has none.

    >>> host_name("http://B\u00fcrger.example.:8080/x"), host_name("http://[::1]/"), host_name("mailto:x@y")
    ('xn--brger-kva.example', '::1', '')
    """
    parts = parse(url)
    return (parts.raw_host or "") if parts else ""


def host(url: str) -> str:
    """Return the host for which an address speaks: that of `host_name` without `www.`, with a port of its own.

    The result is "" for an address without a host, and for one that cannot be parsed.

    >>> host("https://www.Recia.fr/x"), host("http://a.example:8080"), host("mailto:x@y")
    ('recia.fr', 'a.example:8080', '')
    """
    parts = parse(url)
    if parts is None or not parts.raw_host:
        return ""
    name = (parts.host_subcomponent or "").removeprefix("www.")
    return name if parts.explicit_port is None else f"{name}:{parts.explicit_port}"


def origin(url: str) -> str:
    """Return scheme, host and port of an address in its normal form (RFC 6454); the default port is left out.

    Raises ValueError for an address without a host.

    >>> origin("HTTPS://A.Example.:443/b?c")
    'https://a.example'
    """
    parts = parse(url)
    if parts is None:
        raise ValueError(f"{url!r} is not a valid URL")
    return str(parts.origin())


def join(url: str, reference: str) -> str:
    """Return the absolute address of a reference found at a URL, without fragment.

    A malformed one comes back as it is, but in one line: what cannot be printed is escaped.
    """
    try:
        return str(to_url(url).join(to_url(reference)).with_fragment(None))
    except ValueError:
        return "".join(c if c.isprintable() else quote(c, errors="replace") for c in reference)


def is_well_known(url: str) -> bool:
    """Return whether an address is the well-known one of its host, or the same with a suffix.

    >>> is_well_known("https://a.example/.well-known/ospo-meta.yaml"), is_well_known("https://a.example/x")
    (True, False)
    """
    parts = parse(url)
    return parts is not None and (parts.raw_path == WELL_KNOWN or parts.raw_path.startswith(f"{WELL_KNOWN}."))


def home(url: str) -> str:
    """Return a home page in the form in which two are compared.

    Scheme, `www.`, default port, fragment and final slashes are dropped. The path keeps its case and the query stays,
    since both may distinguish pages (RFC 3986, section 6.2). What cannot be parsed is returned as it is.

    >>> home("https://www.recia.fr"), home("http://RECIA.fr:80/"), home("https://a.example/B/?q=1#x")
    ('recia.fr', 'recia.fr', 'a.example/B?q=1')
    """
    parts = parse(url)
    if parts is None:
        return url
    return host(url) + parts.raw_path.rstrip("/") + (f"?{parts.raw_query_string}" if parts.raw_query_string else "")


def slug(text: str, length: int = 60) -> str:
    """Return a name for use in an address: lower-case ASCII letters, digits and hyphens, at most `length` of them.

    A longer name is cut at a hyphen. A text without ASCII letters or digits gives eight hexadecimal digits.

    >>> slug("Loi n° 2016-1321 pour une République numérique", 30), slug("開放")
    ('loi-n-2016-1321-pour-une', 'aa4a4969')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > length:
        words = words[: length + 1].rsplit("-", 1)[0][:length]
    return words or short_hash(text)


def short_hash(text: str) -> str:
    """Return the first eight hexadecimal digits of the SHA-256 of a text, to distinguish things of the same name."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
