"""The catalogue of another registry, which may have many pages: all of them in one fetch."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from federation import likeness
from federation.link_header import links
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri import addresses
from registry.model import Outcome, Step
from registry.reasons.reasons import reason

ACCEPT = "application/n-triples, text/turtle;q=0.8, application/ld+json;q=0.7, text/html;q=0.1"
CATALOGUE_PATH = "/catalogue"
MAX_PAGES = 200
MAX_BYTES = 16 * 1_048_576  # of all pages together
_MAX_PAGE_BYTES = 1_048_576

# Documents of these types, one after the other, are one document of the same type.
_JOINABLE_TYPES = ("application/n-triples", "text/turtle")


class Context(Protocol):
    """What one fetch carries from request to request."""

    transport: Transport
    allowance: Allowance
    steps: list[Step]

    async def follow(self, url: str) -> Response | Failure:
        """Return the response at the end of the redirects."""


async def complete(context: Context, url: str, response: Response | Failure) -> Response | Failure:
    """Return the response with the bodies of all pages that follow it; a Failure when one of them cannot be read.

    A part of a list is not returned, since addresses that are missing from a list count as withdrawn. `url` is the
    address of the source; a home page stands for the catalogue of its site. The next page is named by
    `Link: <…>; rel="next"` (RFC 8288) and is on the same origin.

    Several pages are known by the validators of the first only if all have the same ETag, as those of this program do:
    else a 304 of the first would say nothing about the others.
    """
    if (
        isinstance(response, Response)
        and _is_home(url)
        and (likeness.is_page(response) or response.status in (404, 406))
    ):
        response = await context.follow(addresses.origin(response.url) + CATALOGUE_PATH)
    if isinstance(response, Failure) or response.status != 200:
        return response
    page, bodies, seen, tags = response, [response.body], {response.url}, {response.header("etag")}
    while next_url := next_page(page):
        if refusal := _refusal(page, next_url, seen, sum(map(len, bodies))):
            context.steps.append(Step(next_url, refusal))
            break
        context.allowance = context.transport.allowance()  # each page has the time of one fetch
        seen.add(next_url)
        following = await context.follow(next_url)
        if isinstance(following, Failure):
            return following
        if following.status != 200:
            return Failure(Outcome.UNREACHABLE, reason("catalogue-page", url=next_url, status=following.status))
        page = following
        bodies.append(page.body)
        tags.add(page.header("etag"))
    headers = response.headers
    if len(bodies) > 1 and (len(tags) > 1 or tags == {""}):
        headers = tuple((name, value) for name, value in headers if name not in ("etag", "last-modified"))
    return replace(response, headers=headers, body=b"\n".join(bodies))


def next_page(page: Response) -> str:
    """Return the absolute address that a page names as the next one, or ""."""
    targets = (link.target for link in links(page.headers) if "next" in link.relations)
    return next((addresses.join(page.url, target) for target in targets), "")


def _is_home(url: str) -> bool:
    parts = addresses.parse(url)
    return parts is not None and parts.raw_path_qs in ("", "/")


def _refusal(page: Response, next_url: str, seen: set[str], size: int) -> str:
    """Return why the next page is not read, or "". `size` is how many bytes the pages before it have."""
    if len(seen) >= MAX_PAGES or size >= MAX_BYTES - _MAX_PAGE_BYTES:
        return reason("catalogue-limit", count=MAX_PAGES, bytes=MAX_BYTES)
    if page.header("content-type").partition(";")[0].strip().lower() not in _JOINABLE_TYPES:
        return reason("catalogue-format")
    try:
        is_same_origin = addresses.origin(page.url) == addresses.origin(next_url)
    except ValueError:
        is_same_origin = False
    if next_url in seen or not is_same_origin:
        return reason("catalogue-elsewhere")
    return ""
