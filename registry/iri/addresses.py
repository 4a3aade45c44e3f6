"""Whose page is it, and is it the same one: hosts, normalised home pages, and readable names."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

WELL_KNOWN = "/.well-known/ospo-meta"  # RFC 8615; provisional until registered
BUNDLED_HOST = "bundled.ospo-atlas.example"  # an origin on each registry's own machine: the pages say so
BUNDLED = f"http://{BUNDLED_HOST}/"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def host(url: str) -> str:
    """Return the lower-case host of an address with its non-default port, a leading `www.` aside; "" if it has none.

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
    """Return the form in which two home pages are compared: no scheme, `www.`, default port, fragment or final slash.

    The path keeps its case and the query is kept: both may tell pages apart (RFC 3986, section 6.2).

    >>> home("https://www.recia.fr"), home("http://RECIA.fr:80/"), home("https://a.example/B/?q=1#x")
    ('recia.fr', 'recia.fr', 'a.example/B?q=1')
    """
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return url
    return host(url) + parts.path.rstrip("/") + (f"?{parts.query}" if parts.query else "")


def slug(text: str, length: int = 60) -> str:
    """Return a readable name for an address: letters, digits and hyphens of ASCII, cut at a hyphen; never empty.

    >>> slug("Loi n° 2016-1321 pour une République numérique", 30), slug("開放")
    ('loi-n-2016-1321-pour-une', 'aa4a4969')
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if len(words) > length:
        words = words[: length + 1].rsplit("-", 1)[0][:length]
    return words or short(text)


def short(text: str) -> str:
    """Return eight hexadecimal digits that stand for the text, to tell two equal names apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]
