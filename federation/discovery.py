"""Where the description of an office is, when the address of a source leads to a web page; pure.

It may be at the well-known address of the host (RFC 8615); or the page may name it by a link with the relation
`describedby`, in a `Link` header or in its head; or the page may hold it as JSON-LD. The order in which these are
tried, and the requests, are the duty of :mod:`federation.fetch`.
"""

from __future__ import annotations

import json
from dataclasses import replace

from federation.link_header import links
from federation.page import JSON_LD, Page, describes, read_page
from federation.transport import Response
from registry.iri import addresses
from registry.iri.addresses import WELL_KNOWN

JSON_SEQUENCE = "application/json-seq"
SUFFIXES = (".yaml", ".jsonld", ".ttl")

_MAX_LINKS = 20
_BEGIN = "\x1e"  # of a text in a sequence; JSON itself never holds this character


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


def described_by(response: Response) -> tuple[str, ...]:
    """Return the absolute addresses that a response names as descriptions: those of its header, then those of its head.

    A page of several offices names several. Each is returned once, and at most 20 are.
    """
    named = [link for link in links(response.headers) if describes(link.relations, link.parameters.get("type", ""))]
    urls = [addresses.join(response.url, link.target) for link in named if link.target]
    page = _page(response)
    base = _base(response, page)
    urls += [addresses.join(base, target) for target in page.links]
    return tuple(dict.fromkeys(urls))[:_MAX_LINKS]


def data_block(response: Response) -> Response | None:
    """Return the JSON-LD in a page that uses our context or terms, as if it were the body of the response; else None.

    All blocks of a page are one data set, whose base is that of the page (JSON-LD 1.1, section 14). One block is the
    body as it is; where there are more, or the page has another base than its address, the body is a sequence of JSON
    texts (RFC 7464): the base as `{"@base": …}`, then the blocks. They are not parsed here: a worker reads them like
    any other document, and what stands in one does not touch the others.
    """
    page = _page(response)
    if not page.blocks:
        return None
    base = _base(response, page)
    kept = tuple((name, value) for name, value in response.headers if name not in ("content-type", "content-length"))
    if len(page.blocks) == 1 and base == response.url:
        media_type, text = JSON_LD, page.blocks[0]
    else:
        texts = [json.dumps({"@base": base}), *(block.replace(_BEGIN, " ") for block in page.blocks)]
        media_type, text = JSON_SEQUENCE, "".join(f"{_BEGIN}{text}\n" for text in texts)
    return replace(response, headers=(("content-type", media_type), *kept), body=text.encode())


def _page(response: Response) -> Page:
    return read_page(response.body.decode("utf-8", errors="replace"))


def _base(response: Response, page: Page) -> str:
    """Return the address against which a page's own ones are taken: that of its `<base>`, if it is one."""
    base = addresses.join(response.url, page.base) if page.base else response.url
    return base if addresses.parse(base) else response.url
