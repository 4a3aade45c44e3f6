"""Where the description of an office is, when the address of a source leads to a web page; pure.

It may be at the well-known address of the host (RFC 8615); or the page may name it by a link with the relation
`describedby`, in a `Link` header or in its head; or the page may hold it as JSON-LD. The order in which these are
tried, and the requests, are the duty of :mod:`federation.fetch`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser

from federation.link_header import links
from federation.transport import Response
from registry.iri import addresses
from registry.iri.addresses import WELL_KNOWN

JSON_LD = "application/ld+json"
_MAX_LINKS = 20
SUFFIXES = (".yaml", ".jsonld", ".ttl")

# A page's head ends well before this; the HTML parser of Python 3.11 is slow on hostile input.
_MAX_HEAD_BYTES = 65_536
_READABLE_MEDIA_TYPES = re.compile(r"(application|text)/(x-)?(yaml|ld\+json|turtle|rdf\+xml|n-triples)\b|^$")
# A JSON string that begins with the address of our context or of one of our terms; a slash may be escaped.
_OUR_ADDRESS = re.compile(r'(?<!\\)"https?:(?:\\?/){2}w3id\.org\\?/ospo\\?/')


def is_home(url: str) -> bool:
    """Return whether a URL is the home page of a host."""
    parts = addresses.parse(url)
    return parts is not None and parts.raw_path in ("", "/")


def is_for_whole_host(url: str) -> bool:
    """Return whether a URL stands for all well-known addresses of its host: a home page, or the one without suffix."""
    parts = addresses.parse(url)
    return is_home(url) or (parts is not None and parts.raw_path == WELL_KNOWN)


def at_origin(url: str) -> tuple[str, ...]:
    """Return the well-known addresses of the origin of a URL, in the order in which they are tried."""
    return tuple(addresses.origin(url) + WELL_KNOWN + suffix for suffix in ("", *SUFFIXES))


def is_page(response: Response) -> bool:
    """Return whether a response is a web page. How the body begins decides too, since media types are often wrong."""
    start = response.body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.startswith(b"<"):
        return False
    html = re.match(r"text/html|application/xhtml\+xml", response.header("content-type").lower())
    return bool(html) or start.startswith(b"<!doctype html") or b"<html" in start


def described_by(response: Response) -> tuple[str, ...]:
    """Return the absolute addresses that a response names as descriptions: those of its header, then those of its head.

    A page of several offices names several. Each is returned once, and at most 20 are.
    """
    named = [link for link in links(response.headers) if _describes(link.relations, link.parameters.get("type", ""))]
    urls = [addresses.join(response.url, link.target) for link in named if link.target]
    head = _head(response)
    base = addresses.join(response.url, head.base)
    urls += [addresses.join(base, target) for target in head.targets]
    return tuple(dict.fromkeys(urls))[:_MAX_LINKS]


def data_block(response: Response) -> Response | None:
    """Return the JSON-LD in a page that uses our context or terms, as if it were the body of the response; else None.

    It is not parsed here: a worker reads it like any other document.
    """
    block = _head(response).block.strip()
    if not block:
        return None
    headers = tuple((name, value) for name, value in response.headers if name not in ("content-type", "content-length"))
    return replace(response, headers=(("content-type", JSON_LD), *headers), body=block.encode())


def _head(response: Response) -> _Head:
    head = _Head()
    with suppress(AssertionError):  # what Python 3.11 raises for "<![<": the page is taken to end there
        head.feed(response.body[:_MAX_HEAD_BYTES].decode("utf-8", errors="replace"))
    return head


def _describes(relations: Collection[str], media_type: str) -> bool:
    return "describedby" in relations and bool(_READABLE_MEDIA_TYPES.search(media_type.strip().lower()))


class _Head(HTMLParser):
    """Collects each `<link rel="describedby">` of a readable type in the head, and the first JSON-LD block of ours.

    The block may be in the body too: whoever can add a script to a page controls the page, while links in the body may
    be of its visitors.
    """

    def __init__(self) -> None:
        super().__init__()
        self.base, self.block = "", ""
        self.targets: list[str] = []
        self._over = False
        self._pieces: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a link, a base or the beginning of a script."""
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "script":
            json_ld = values.get("type", "").lower().partition(";")[0].strip() == JSON_LD
            self._pieces = [] if json_ld and not self.block else None
        elif tag == "body":
            self._over = True
        elif tag == "base" and not self.base:
            self.base = values.get("href", "")
        elif self._over or tag != "link" or not values.get("href"):
            return
        elif _describes(values.get("rel", "").lower().split(), values.get("type", "")):
            self.targets.append(values["href"])

    def handle_data(self, data: str) -> None:
        """Collect the text of a script."""
        if self._pieces is not None:
            self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Note the text of a script that ends, if it is ours."""
        if tag == "script" and self._pieces is not None:
            text = "".join(self._pieces)
            self._pieces = None
            if _OUR_ADDRESS.search(text):
                self.block = text
