"""One fetch of a source: robots.txt, a conditional request, redirects and discovery, until there is a body or a reason.

What servers do never raises: it becomes an outcome with a reason in words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from federation import address, discovery, http_status, likeness
from federation.local import read_file
from federation.registries import pages
from federation.robots import Robots
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri import addresses
from registry.iri.names import digest_of
from registry.model import Fetch, LastResponse, Outcome, Source, SourceKind, Step
from registry.reasons.reasons import reason

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
    context = _Context(transport, robots, last_response or LastResponse(), transport.allowance())
    context.absent = absent if absent is not None else set()
    if source.kind is SourceKind.DESCRIPTION:
        response = await _discover(context, source.url)
    else:
        context.accept = pages.ACCEPT if source.kind is SourceKind.REGISTRY else ""
        response = await context.follow(source.url)
        moved = context.moved
        if source.kind is SourceKind.REGISTRY:
            response = await pages.complete(context, source.url, response)
        context.moved = moved
    fetched = _fetch(source, now(), response, context)
    seconds = round(context.allowance.spent, 3)
    moved = "" if isinstance(response, Failure) else context.moved
    fetched = replace(
        fetched, reason=fetched.reason or moved, moved=moved != "", also=tuple(context.also), seconds=seconds
    )
    return _unless_same(fetched, last_response)


@dataclass(slots=True)
class _Context:
    """What one fetch carries from request to request.

    `steps` are the requests made until now, `asked` their addresses. `moved` says in words to which other site the
    address followed last has moved permanently, or "". `named_by` is the page that names the file as its description,
    and `also` are the further descriptions that this page names. `doubtful` is the first answer at a well-known address
    that looks like no description: it is read where nothing better is found.
    """

    transport: Transport
    robots: Robots
    last_response: LastResponse
    allowance: Allowance
    steps: list[Step] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)
    moved: str = ""
    named_by: str = ""
    also: list[str] = field(default_factory=list)
    accept: str = ""
    doubtful: Response | None = None
    absent: set[str] = field(default_factory=set)

    async def follow(self, url: str) -> Response | Failure:
        """Return the response at the end of the redirects, each of which is checked as the first address is."""
        start, way, statuses = url, [url], set[int]()
        for _ in range(self.transport.settings.max_redirects + 1):
            response = await self._get(url)
            self.asked.add(url)
            if isinstance(response, Failure) or response.status not in _PERMANENT_REDIRECTS + _TEMPORARY_REDIRECTS:
                self.moved = _moved(start, url, statuses)
                return self._noted(url, response)
            statuses.add(response.status)
            location = response.header("location")
            target = addresses.join(url, location) if location else ""
            problem = _loop(way, target) or address.redirect_problem(url, target)
            if problem:
                return self._noted(url, Failure(Outcome.REFUSED, problem))
            self.steps.append(Step(url, _redirect(response.status, url, target), response.status))
            way.append(target)
            url = target
        limit = self.transport.settings.max_redirects
        return self._noted(url, Failure(Outcome.REFUSED, reason("redirects-many", limit=limit, url=url)))

    def vouching(self, url: str) -> str:
        """Return the page that names the file at this address as its description, if both are of one site, or ""."""
        return self.named_by if self.named_by and address.same_site(self.named_by, url) else ""

    def is_known(self, url: str) -> bool:
        """Return whether the last body came from this address in the same way, so that a 304 speaks of it.

        Not where another page names the file, or none does any more: its authority is to be judged.
        """
        return url == self.last_response.url and self.last_response.named_by in (None, self.vouching(url))

    def _noted(self, url: str, response: Response | Failure) -> Response | Failure:
        if isinstance(response, Failure):
            self.steps.append(Step(url, response.reason))
        else:
            result = _body(response) if response.status == 200 else _PHRASES.get(response.status, "")
            self.steps.append(Step(url, result, response.status))
        return response

    async def _get(self, url: str) -> Response | Failure:
        if problem := address.problem(url, self.transport.settings.ports):
            return Failure(Outcome.REFUSED, problem)
        if refusal := await self.robots.refusal(url, self.allowance):
            return refusal
        headers: dict[str, str] = {"Accept": self.accept} if self.accept else {}
        last = self.last_response
        if self.is_known(url):  # RFC 9110, section 13.1
            conditions = {"If-None-Match": last.etag} if last.etag else {}
            conditions |= {"If-Modified-Since": last.last_modified} if last.last_modified else {}
            headers |= conditions
        return await self.transport.get(url, allowance=self.allowance, headers=headers)


def _body(response: Response) -> str:
    """Return in words what a body is, and how long."""
    return reason("step-page" if likeness.is_page(response) else "step-body", bytes=len(response.body))


def _moved(start: str, end: str, statuses: set[int]) -> str:
    """Return in words to which other site an address has moved permanently, or "".

    A temporary redirect on the way is no move: whoever redirects temporarily keeps the address.
    """
    if not statuses or not statuses <= set(_PERMANENT_REDIRECTS) or address.same_site(start, end):
        return ""
    return reason("moved-to-another-site", url=end)


def _loop(way: list[str], target: str) -> str:
    """Return in words which addresses redirect to each other without end, if the target is one of the way, or ""."""
    if target not in way:
        return ""
    loop = way[way.index(target) :]
    if len(loop) == 1:
        return reason("redirect-to-itself", url=target)
    return reason("redirect-loop", way=" → ".join([*loop, target]))


def _redirect(status: int, url: str, target: str) -> str:
    is_move, is_same = status in _PERMANENT_REDIRECTS, address.same_site(url, target)
    if is_same:
        return reason("step-moved" if is_move else "step-redirects", target=target)
    return reason("step-moved-to-another-site" if is_move else "step-redirects-to-another-site", target=target)


async def _discover(context: _Context, url: str) -> Response | Failure:
    """Return the description to which an address leads, or the response that says why there is none.

    The well-known address describes a host as a whole. So it is asked first for a home page, at every visit, whatever
    the page said before: what one resource answers says nothing about another. A page below the home page may belong
    to one of several offices on the host, and what it says itself comes first.
    """
    is_home, failing = discovery.is_home(url), None
    if address.problem(url, context.transport.settings.ports):
        return await context.follow(url)  # which says why it is not asked
    if is_home:
        well_known = await _first(context, discovery.at_origin(url)[:1])
        if well_known and (_is_description(well_known) or _is_conclusive(context, url, well_known)):
            return well_known
        failing = well_known
    page = await context.follow(url)
    moved = context.moved
    if _is_for_now(page):
        return page
    if not is_home and _is_description(page) and not _is_doubtful(context, url, page):
        return page
    where = page.url if isinstance(page, Response) and address.same_site(url, page.url) else url
    if discovery.is_for_whole_host(url):  # the file may have a suffix, or stand on the host to which the page leads
        found = None if failing else await _first(context, discovery.at_origin(where))
        if found and _is_description(found):
            return found
        failing = failing or found
    context.moved = moved
    if isinstance(page, Failure) or page.status != 200 or not likeness.is_page(page):
        better = failing or context.doubtful
        if isinstance(page, Response) and _is_description(page) and not (better and likeness.what_else(page)):
            return page
        return better or page
    if (said := await _said_by(context, page)) is not None:
        context.moved = moved
        return said
    if not is_home:
        failing = await _first(context, discovery.at_origin(where))
    return failing or context.doubtful or page


async def _said_by(context: _Context, page: Response) -> Response | Failure | None:
    """Return the description that a page names, or holds itself; None where it does neither."""
    if targets := discovery.described_by(page):
        first, ports = targets[0], context.transport.settings.ports
        context.also = [target for target in targets[1:] if not address.problem(target, ports)]
        code = "step-names-descriptions" if context.also else "step-names-description"
        facts = {"count": len(context.also)} if context.also else {}
        context.steps.append(Step(page.url, reason(code, url=first, **facts)))
        context.named_by = page.url
        return await context.follow(first)
    if block := discovery.data_block(page):
        context.steps.append(Step(page.url, reason("step-holds-description", bytes=len(block.body))))
    return block


async def _first(context: _Context, urls: tuple[str, ...]) -> Response | Failure | None:
    """Return the first of these addresses that has a description, or fails for now; None when there is none.

    No address is asked twice in a fetch.
    """
    for url in urls:
        if url in context.asked:
            continue
        if url in context.absent:
            context.steps.append(Step(url, reason("step-not-asked-again")))
            continue
        response = await context.follow(url)
        if _is_for_now(response) or (_is_description(response) and not _is_doubtful(context, url, response)):
            return response
        if isinstance(response, Response) and response.status in (404, 410):
            context.absent.add(url)
    return None


def _is_description(response: Response | Failure) -> bool:
    """Return whether a response brings a file that is no page, or says that the file has not changed."""
    if isinstance(response, Failure):
        return False
    return response.status == 304 or (response.status == 200 and not likeness.is_page(response))


def _is_doubtful(context: _Context, url: str, response: Response | Failure) -> bool:
    """Return whether what a well-known address brought looks like no description, and note what it is.

    Many servers answer 200 with a text where there is nothing, so that this must not end the search.
    """
    if isinstance(response, Failure) or response.status != 200 or not addresses.is_well_known(url):
        return False
    if what := likeness.what_else(response):
        last = context.steps[-1]
        context.steps[-1] = replace(last, result=reason("step-no-description", result=last.result, what=what))
        context.doubtful = context.doubtful or response
    return what != ""


def _is_for_now(response: Response | Failure) -> bool:
    """Return whether a response is a failure that may pass: there may be a description tomorrow."""
    if isinstance(response, Failure):
        return response.outcome is Outcome.UNREACHABLE
    return response.status != 304 and http_status.failure(response).outcome is Outcome.UNREACHABLE


def _is_conclusive(context: _Context, url: str, failing: Response | Failure) -> bool:
    """Return whether nothing else need be asked while the well-known address fails.

    The host itself gives no response, or the description was last read there.
    """
    last_url = failing.url if isinstance(failing, Response) else context.steps[-1].url
    is_silent = isinstance(failing, Failure) and addresses.host_name(last_url) == addresses.host_name(url)
    return is_silent or context.last_response.url == last_url


def _fetch(source: Source, at: datetime, response: Response | Failure, context: _Context) -> Fetch:
    steps = tuple(context.steps)
    if isinstance(response, Failure):
        ports = context.transport.settings.ports
        last_url = next((step.url for step in reversed(steps) if not address.problem(step.url, ports)), source.url)
        return Fetch(source, at, last_url, outcome=response.outcome, reason=response.reason, steps=steps)
    status, headers, body = response.status, response.headers, response.body
    named_by = context.vouching(response.url)
    fetched = Fetch(source, at, response.url, status, headers, body, steps=steps, named_by=named_by)
    if status == 200:
        return fetched
    if status == 304 and context.is_known(response.url):  # asked for or not: some servers say so to everybody
        return replace(fetched, outcome=Outcome.UNCHANGED)
    failure = http_status.failure(response)
    why, others = failure.reason, len({step.url for step in steps} - {response.url})
    if context.named_by:
        why = reason("named-by-page", reason=why, page=context.named_by)
    if failure.outcome is Outcome.GONE and others:
        why = reason("others-tried", reason=why, count=others)
    wait = http_status.retry_after(response, at)
    return replace(fetched, outcome=failure.outcome, reason=why, retry_after_seconds=wait)


def _unless_same(fetched: Fetch, last: LastResponse | None) -> Fetch:
    """Return the fetch, as UNCHANGED when the same bytes came from the same address in the same way as last time."""
    if last is None or fetched.outcome is not None or last.named_by not in (None, fetched.named_by):
        return fetched
    if (last.url, last.digest) == (fetched.final_url, digest_of(fetched.body)):
        return replace(fetched, outcome=Outcome.UNCHANGED, body=b"")
    return fetched
