"""One fetch of a source: robots.txt, a conditional request, redirects and discovery, until there is a body or a reason.

What servers do never raises: it becomes an outcome with a reason in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from federation import address, discovery, http_status
from federation.local import read_file
from federation.registries import pages
from federation.robots import Robots
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri import addresses
from registry.iri.names import digest_of
from registry.model import Fetch, LastResponse, Outcome, Source, SourceKind, Step

_PERMANENT_REDIRECTS = (301, 308)
_TEMPORARY_REDIRECTS = (302, 303, 307)
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


async def fetch(
    source: Source,
    last_response: LastResponse | None,
    *,
    transport: Transport,
    robots: Robots,
    now: Callable[[], datetime],
    absent: set[str] | None = None,
) -> Fetch:
    """Read a source once, within the limits of the transport's settings.

    `last_response` is what is remembered of the last fetch of the source, None before the first. `absent` are the
    well-known addresses that gave 404 or 410 in this pass: they are not requested again, and further ones are added. A
    `file:` address is read from this machine; only the address of a source may be one, never a redirect or a link.
    """
    if source.url.lower().startswith("file:"):
        return _unless_same(await read_file(source, transport.settings.max_bytes, now()), last_response)
    began, context = now(), _Context(transport, robots, last_response or LastResponse(), transport.allowance())
    context.absent = absent if absent is not None else set()
    if source.kind is SourceKind.REGISTRY:
        context.accept = pages.ACCEPT
    response = await context.follow(source.url)
    moved = _moved(source.url, response, context.steps)
    if source.kind is SourceKind.DESCRIPTION:
        response = await _discover(context, source.url, response)
    if source.kind is SourceKind.REGISTRY:
        response = await pages.complete(context, source.url, response)
    fetched = _fetch(source, now(), response, context)
    seconds = (fetched.at - began).total_seconds()
    fetched = replace(
        fetched, reason=fetched.reason or moved, moved=moved != "", also=tuple(context.also), seconds=seconds
    )
    return _unless_same(fetched, last_response)


@dataclass(slots=True)
class _Context:
    """What one fetch carries from request to request.

    `steps` are the requests made until now. `named_by` is the page that names the file as its description, and `also`
    are the further descriptions that this page names.
    """

    transport: Transport
    robots: Robots
    last_response: LastResponse
    allowance: Allowance
    steps: list[Step] = field(default_factory=list)
    named_by: str = ""
    also: list[str] = field(default_factory=list)
    accept: str = ""
    absent: set[str] = field(default_factory=set)

    async def follow(self, url: str) -> Response | Failure:
        """Return the response at the end of the redirects, each of which is checked as the first address is."""
        for _ in range(self.transport.settings.max_redirects + 1):
            response = await self._get(url)
            if isinstance(response, Failure) or response.status not in _PERMANENT_REDIRECTS + _TEMPORARY_REDIRECTS:
                return self._noted(url, response)
            location = response.header("location")
            target = addresses.join(url, location) if location else ""
            if problem := address.redirect_problem(url, target):
                return self._noted(url, Failure(Outcome.REFUSED, problem))
            self.steps.append(Step(url, _redirect(response.status, url, target), response.status))
            url = target
        limit = self.transport.settings.max_redirects
        reason = f"more than {limit} redirects, the last to {url}: give the final address"
        return self._noted(url, Failure(Outcome.REFUSED, reason))

    def _noted(self, url: str, response: Response | Failure) -> Response | Failure:
        if isinstance(response, Failure):
            self.steps.append(Step(url, response.reason))
        else:
            page = "a web page, " if discovery.is_page(response) else ""
            phrase = _PHRASES.get(response.status, "")
            result = f"{page}{len(response.body)} bytes" if response.status == 200 else phrase
            self.steps.append(Step(url, result, response.status))
        return response

    async def _get(self, url: str) -> Response | Failure:
        if problem := address.problem(url, self.transport.settings.ports):
            return Failure(Outcome.REFUSED, problem)
        if refusal := await self.robots.refusal(url, self.allowance):
            return refusal
        headers: dict[str, str] = {"Accept": self.accept} if self.accept else {}
        last = self.last_response
        if url == last.url:  # RFC 9110, section 13.1
            headers |= {"If-None-Match": last.etag} if last.etag else {}
            headers |= {"If-Modified-Since": last.last_modified} if last.last_modified else {}
        return await self.transport.get(url, allowance=self.allowance, headers=headers)


def _moved(url: str, response: Response | Failure, steps: list[Step]) -> str:
    """Return in words to which other site an address has moved permanently, or "".

    A temporary redirect on the way is no move: whoever redirects temporarily keeps the address.
    """
    redirects = {step.status for step in steps if step.status in _PERMANENT_REDIRECTS + _TEMPORARY_REDIRECTS}
    if isinstance(response, Failure) or not redirects or not redirects <= set(_PERMANENT_REDIRECTS):
        return ""
    if address.same_site(url, response.url):
        return ""
    return f"moved for good to {response.url}, on another site: give the registry that address"


def _redirect(status: int, url: str, target: str) -> str:
    moved = "moved for good to" if status in _PERMANENT_REDIRECTS else "redirects to"
    return f"{moved} {target}" + ("" if address.same_site(url, target) else ", on another site")


async def _discover(context: _Context, url: str, response: Response | Failure) -> Response | Failure:
    """Return the description to which the response at an address leads; the response itself where it leads nowhere."""
    if isinstance(response, Failure):  # a home page that is too large or closed to robots leaves the well-known address
        refused = response.outcome is Outcome.REFUSED and not address.problem(url, context.transport.settings.ports)
        return (await _first(context, discovery.well_known(url)) if refused else None) or response
    if response.status not in (404, 410) and not (response.status == 200 and discovery.is_page(response)):
        return response
    home = response.url if address.same_site(url, response.url) else url
    if response.status != 200:
        return await _first(context, discovery.well_known(home)) or response
    # The well-known address describes a host as a whole. It comes first for a home page; a page below may belong to one
    # of several offices there, so what it names comes first.
    is_home = discovery.well_known(url) != ()
    at_origin = await _first(context, discovery.at_origin(home)) if is_home else None
    if isinstance(at_origin, Response) and at_origin.status in (200, 304):
        return at_origin
    if targets := discovery.described_by(response):
        first, ports = targets[0], context.transport.settings.ports
        context.also = [target for target in targets[1:] if not address.problem(target, ports)]
        more = f", and {len(context.also)} more" if context.also else ""
        context.steps.append(Step(response.url, f"names its description: {first}{more}"))
        context.named_by = response.url
        return await context.follow(first)
    if block := discovery.data_block(response):
        context.steps.append(Step(response.url, f"holds its description as JSON-LD, {len(block.body)} bytes"))
        return block
    return at_origin or (None if is_home else await _first(context, discovery.at_origin(home))) or response


async def _first(context: _Context, urls: tuple[str, ...]) -> Response | Failure | None:
    """Return the first of these addresses that has a description, or fails for now; None when there is none."""
    for url in urls:
        if url in context.absent:
            context.steps.append(Step(url, "not asked again in this pass: there was nothing"))
            continue
        response = await context.follow(url)
        if isinstance(response, Failure):
            is_final = response.outcome is Outcome.UNREACHABLE  # there may be a description tomorrow
        elif response.status == 200:
            is_final = not discovery.is_page(response)
        else:
            outcome = http_status.failure(response).outcome
            is_final = response.status == 304 or outcome is Outcome.UNREACHABLE
            if response.status in (404, 410):
                context.absent.add(url)
        if is_final:
            return response
    return None


def _fetch(source: Source, at: datetime, response: Response | Failure, context: _Context) -> Fetch:
    steps = tuple(context.steps)
    if isinstance(response, Failure):
        ports = context.transport.settings.ports
        last_url = next((step.url for step in reversed(steps) if not address.problem(step.url, ports)), source.url)
        return Fetch(source, at, last_url, outcome=response.outcome, reason=response.reason, steps=steps)
    is_named = context.named_by != "" and address.same_site(context.named_by, response.url)
    named_by = context.named_by if is_named else ""
    status, headers, body = response.status, response.headers, response.body
    fetched = Fetch(source, at, response.url, status, headers, body, steps=steps, named_by=named_by)
    if status == 200:
        return fetched
    if status == 304 and response.url == context.last_response.url:
        return replace(fetched, outcome=Outcome.UNCHANGED)
    failure = http_status.failure(response)
    others = len({step.url for step in steps} - {response.url})
    tried = f" ({others} more addresses were tried)" if failure.outcome is Outcome.GONE and others else ""
    wait = http_status.retry_after(response, at)
    return replace(fetched, outcome=failure.outcome, reason=failure.reason + tried, retry_after_seconds=wait)


def _unless_same(fetched: Fetch, last: LastResponse | None) -> Fetch:
    """Return the fetch, as UNCHANGED when the same bytes came from the same address as last time."""
    same = last is not None and (last.url, last.digest) == (fetched.final_url, digest_of(fetched.body))
    if fetched.outcome is None and same:
        return replace(fetched, outcome=Outcome.UNCHANGED, body=b"")
    return fetched
