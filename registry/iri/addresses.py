"""Hosts and home pages in the form in which they are compared, and readable names for addresses of our pages."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

WELL_KNOWN = "/.well-known/ospo-meta"  # RFC 8615; provisional until registered
BUNDLED_HOST = "bundled.ospo-atlas.example"  # served by each installation to itself, on loopback; the pages say so
BUNDLED = f"http://{BUNDLED_HOST}/"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def host(url: str) -> str:
    """Return the host of an address in lower case, without `www.`, and with its port if that is not the default one.

    The result is "" for an address without a host, and for one that cannot be parsed.

    >>> host("https://www.Recia.fr/x"), host("http://a.example:8080"), host("mailto:x@y")
    ('recia.fr', 'a.example:8080', '')
    """
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").rstrip(".").removeprefix("www."), parts.port
    except ValueError:  # a bad port or bracket: an address without a host
        return ""
    return name if port in (None, _DEFAULT_PORTS.get(parts.scheme)) else f"{name}:{port}"


def home(url: str) -> str:
    """Return a home page in the form in which two are compared.

    Scheme, `www.`, default port, fragment and final slashes are dropped. The path keeps its case and the query stays,
    since both may distinguish pages (RFC 3986, section 6.2). What cannot be parsed is returned as it is.

    >>> home("https://www.recia.fr"), home("http://RECIA.fr:80/"), home("https://a.example/B/?q=1#x")
    ('recia.fr', 'recia.fr', 'a.example/B?q=1')
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    return host(url) + parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


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
