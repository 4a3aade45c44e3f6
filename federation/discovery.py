"""Where a description stands when the given address is not one.

Of a home page it is at the well-known address of its host; else the page names it by a link of kind `describedby`, in
the header or in the head, or holds it as JSON-LD. A page below the home page is asked first what it says itself.

Pure; who asks these addresses is :mod:`federation.fetch`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from html.parser import HTMLParser

from federation import address
from federation.link_header import links
from federation.transport import Response
from registry.iri.addresses import WELL_KNOWN

JSON_LD = "application/ld+json"
_MOST_LINKS = 20
SUFFIXES = (".yaml", ".jsonld", ".ttl")

# A page's head ends well before this; the HTML parser of Python 3.11 is slow on hostile input.
_HEAD_BYTES = 65_536
_READABLE = re.compile(r"(application|text)/(x-)?(yaml|ld\+json|turtle|rdf\+xml|n-triples)\b|^$")
# An address of our context or terms at the beginning of a string of JSON, where a slash may be escaped
_OURS = re.compile(r'(?<!\\)"https?:(?:\\?/){2}w3id\.org\\?/ospo\\?/')


def well_known(url: str) -> tuple[str, ...]:
    """Return the addresses to try when this one has no description, in order; none for a page of its own.

    A home page stands for its host; the bare well-known address may have its file under a suffix alone.
    """
    origin, path = address.origin(url), _path(url)
    if path == WELL_KNOWN:
        return tuple(origin + WELL_KNOWN + suffix for suffix in SUFFIXES)
    return at_origin(url) if path in ("", "/") else ()


def at_origin(url: str) -> tuple[str, ...]:
    """Return the well-known addresses of a URL's origin, in the order in which they are tried."""
    return tuple(address.origin(url) + WELL_KNOWN + suffix for suffix in ("", *SUFFIXES))


def _path(url: str) -> str:
    return address.join(url, url).removeprefix(address.origin(url)).partition("?")[0]


def is_page(response: Response) -> bool:
    """Return whether the answer is a web page, by how it begins: media types are often wrong."""
    start = response.body[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if not start.startswith(b"<"):
        return False
    html = re.match(r"text/html|application/xhtml\+xml", response.header("content-type").lower())
    return bool(html) or start.startswith(b"<!doctype html") or b"<html" in start


def described_by(response: Response) -> tuple[str, ...]:
    """Return the absolute addresses that an answer names as its descriptions, by header, then in its head.

    There are several on a page of several offices; no more than 20 are returned, each once.
    """
    named = [link for link in links(response.headers) if _describes(link.relations, link.parameters.get("type", ""))]
    found = [address.join(response.url, link.target) for link in named if link.target]
    head = _head(response)
    base = address.join(response.url, head.base)
    found += [address.join(base, target) for target in head.targets]
    return tuple(dict.fromkeys(found))[:_MOST_LINKS]


def data_block(response: Response) -> Response | None:
    """Return the description that a page holds as JSON-LD with our context or terms, as an answer of its own.

    The text is not parsed here: it goes to a worker like any other document.
    """
    block = _head(response).block.strip()
    if not block:
        return None
    headers = tuple((name, value) for name, value in response.headers if name not in ("content-type", "content-length"))
    return replace(response, headers=(("content-type", JSON_LD), *headers), body=block.encode())


def _head(response: Response) -> _Head:
    head = _Head()
    with suppress(AssertionError):  # what Python 3.11 raises for "<![<": the page is taken to end there
        head.feed(response.body[:_HEAD_BYTES].decode("utf-8", errors="replace"))
    return head


def _describes(relations: Collection[str], media_type: str) -> bool:
    return "describedby" in relations and bool(_READABLE.search(media_type.strip().lower()))


class _Head(HTMLParser):
    """Finds every readable `<link rel="describedby">` before the body begins, and the first JSON-LD of ours.

    The latter may stand in the body too: who can add a script to a page speaks for it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.base, self.block = "", ""
        self.targets: list[str] = []
        self._over = False
        self._pieces: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one tag."""
        values = {name: (value or "").strip() for name, value in attrs}
        if tag == "script":
            json_ld = values.get("type", "").lower().partition(";")[0].strip() == JSON_LD
            self._pieces = [] if json_ld and not self.block else None
        elif tag == "body":  # what follows may be written by others than the office
            self._over = True
        elif tag == "base" and not self.base:
            self.base = values.get("href", "")
        elif self._over or tag != "link" or not values.get("href"):
            return
        elif _describes(values.get("rel", "").lower().split(), values.get("type", "")):
            self.targets.append(values["href"])

    def handle_data(self, data: str) -> None:
        """Keep what stands in a script."""
        if self._pieces is not None:
            self._pieces.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Look at a script that is complete."""
        if tag == "script" and self._pieces is not None:
            text = "".join(self._pieces)
            self._pieces = None
            if _OURS.search(text):
                self.block = text
