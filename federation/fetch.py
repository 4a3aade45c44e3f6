"""One reading of a source: conditional request, redirects, robots.txt and discovery, until a body or a reason why not.

Never raises for what the Web does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from http import HTTPStatus

from federation import address, answers, discovery
from federation.local import read_file
from federation.registries import pages
from federation.robots import Robots
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri.names import digest_of
from registry.model import Fetch, LastResponse, Outcome, Source, SourceKind, Step

_PERMANENT = (301, 308)
_TEMPORARY = (302, 303, 307)
_PHRASES = {int(status): status.phrase for status in HTTPStatus}


async def fetch(
    source: Source,
    known: LastResponse | None,
    *,
    transport: Transport,
    robots: Robots,
    now: Callable[[], datetime],
    absent: set[str] | None = None,
) -> Fetch:
    """Read a source once. A `file:` address is read from this machine when the source itself is declared so.

    `known` is what the last reading left behind; None for a first one. Limits come from the transport's settings.
    `absent` are the well-known addresses at which there is nothing: they are not asked again, and it grows.
    """
    if source.url.lower().startswith("file:"):
        return _unless_known(await read_file(source, transport.settings.max_bytes, now()), known)
    began, reading = now(), _Reading(transport, robots, known or LastResponse(), transport.allowance())
    reading.absent = absent if absent is not None else set()
    if source.kind is SourceKind.REGISTRY:
        reading.accept = pages.ACCEPT
    answer = await reading.follow(source.url)
    moved = _moved(source.url, answer, reading.steps)
    if source.kind is SourceKind.DESCRIPTION:
        answer = await _discover(reading, source.url, answer)
    if source.kind is SourceKind.REGISTRY:
        answer = await pages.complete(reading, source.url, answer)
    fetched = _fetch(source, now(), answer, reading)
    seconds = (fetched.at - began).total_seconds()
    fetched = replace(
        fetched, reason=fetched.reason or moved, moved=moved != "", also=tuple(reading.also), seconds=seconds
    )
    return _unless_known(fetched, known)


@dataclass(slots=True)
class _Reading:
    """What one fetch carries from request to request.

    `steps` grows, `named_by` is the page that names the file and `also` what else that page names.
    """

    transport: Transport
    robots: Robots
    known: LastResponse
    allowance: Allowance
    steps: list[Step] = field(default_factory=list)
    named_by: str = ""
    also: list[str] = field(default_factory=list)
    accept: str = ""
    absent: set[str] = field(default_factory=set)

    async def follow(self, url: str) -> Response | Failure:
        """Return the answer at the end of the redirects, each of which is checked like the first address."""
        for _ in range(self.transport.settings.max_redirects + 1):
            answer = await self._ask(url)
            if isinstance(answer, Failure) or answer.status not in _PERMANENT + _TEMPORARY:
                return self._noted(url, answer)
            onwards = address.join(url, answer.header("location")) if answer.header("location") else ""
            if wrong := address.redirect_problem(url, onwards):
                return self._noted(url, Failure(Outcome.REFUSED, wrong))
            self.steps.append(Step(url, _redirect(answer.status, url, onwards), answer.status))
            url = onwards
        limit = self.transport.settings.max_redirects
        reason = f"more than {limit} redirects, the last to {url}: give the final address"
        return self._noted(url, Failure(Outcome.REFUSED, reason))

    def _noted(self, url: str, answer: Response | Failure) -> Response | Failure:
        if isinstance(answer, Failure):
            self.steps.append(Step(url, answer.reason))
        else:
            page = "a web page, " if discovery.is_page(answer) else ""
            result = f"{page}{len(answer.body)} bytes" if answer.status == 200 else _PHRASES.get(answer.status, "")
            self.steps.append(Step(url, result, answer.status))
        return answer

    async def _ask(self, url: str) -> Response | Failure:
        if wrong := address.problem(url, self.transport.settings.ports):
            return Failure(Outcome.REFUSED, wrong)
        if refusal := await self.robots.refusal(url, self.allowance):
            return refusal
        conditions: dict[str, str] = {"Accept": self.accept} if self.accept else {}
        if url == self.known.url:  # RFC 9110, section 13.1
            conditions |= {"If-None-Match": self.known.etag} if self.known.etag else {}
            conditions |= {"If-Modified-Since": self.known.last_modified} if self.known.last_modified else {}
        return await self.transport.get(url, allowance=self.allowance, headers=conditions)


def _moved(url: str, answer: Response | Failure, steps: list[Step]) -> str:
    """Return in words where an address leads that moved for good to another site, or "": who redirects, delegates."""
    hops = {step.status for step in steps if step.status in _PERMANENT + _TEMPORARY}
    if isinstance(answer, Failure) or not hops or not hops <= set(_PERMANENT) or address.same_site(url, answer.url):
        return ""
    return f"moved for good to {answer.url}, on another site: give the registry that address"


def _redirect(status: int, url: str, onwards: str) -> str:
    moved = "moved for good to" if status in _PERMANENT else "redirects to"
    return f"{moved} {onwards}" + ("" if address.same_site(url, onwards) else ", on another site")


async def _discover(reading: _Reading, url: str, answer: Response | Failure) -> Response | Failure:
    """Return the description that the answer to this address leads to, or the answer where it leads nowhere."""
    if isinstance(answer, Failure):  # a home page too large or not for robots does not hide the well-known address
        refused = answer.outcome is Outcome.REFUSED and not address.problem(url, reading.transport.settings.ports)
        return (await _first(reading, discovery.well_known(url)) if refused else None) or answer
    if answer.status not in (404, 410) and not (answer.status == 200 and discovery.is_page(answer)):
        return answer
    home = answer.url if address.same_site(url, answer.url) else url
    if answer.status != 200:
        return await _first(reading, discovery.well_known(home)) or answer
    # a home page stands for its host; a page below it may be of one office among others there, and speaks first
    is_home = discovery.well_known(url) != ()
    found = await _first(reading, discovery.at_origin(home)) if is_home else None
    if isinstance(found, Response) and found.status in (200, 304):
        return found
    if targets := discovery.described_by(answer):
        first, ports = targets[0], reading.transport.settings.ports
        reading.also = [target for target in targets[1:] if not address.problem(target, ports)]
        more = f", and {len(reading.also)} more" if reading.also else ""
        reading.steps.append(Step(answer.url, f"names its description: {first}{more}"))
        reading.named_by = answer.url
        return await reading.follow(first)
    if block := discovery.data_block(answer):
        reading.steps.append(Step(answer.url, f"holds its description as JSON-LD, {len(block.body)} bytes"))
        return block
    return found or (None if is_home else await _first(reading, discovery.at_origin(home))) or answer


async def _first(reading: _Reading, places: tuple[str, ...]) -> Response | Failure | None:
    """Return the first description at these places, or the first passing failure; None when there is nothing."""
    for place in places:
        if place in reading.absent:
            reading.steps.append(Step(place, "not asked again in this pass: there was nothing"))
            continue
        answer = await reading.follow(place)
        if isinstance(answer, Failure):
            found = answer.outcome is Outcome.UNREACHABLE  # it may be there tomorrow: not the same as nothing
        elif answer.status == 200:
            found = not discovery.is_page(answer)
        else:
            found = answer.status == 304 or answers.failure(answer).outcome is Outcome.UNREACHABLE
            if answer.status in (404, 410):
                reading.absent.add(place)
        if found:
            return answer
    return None


def _fetch(source: Source, at: datetime, answer: Response | Failure, reading: _Reading) -> Fetch:
    steps = tuple(reading.steps)
    if isinstance(answer, Failure):
        ports = reading.transport.settings.ports
        last = next((step.url for step in reversed(steps) if not address.problem(step.url, ports)), source.url)
        return Fetch(source, at, last, outcome=answer.outcome, reason=answer.reason, steps=steps)
    named_by = reading.named_by if reading.named_by and address.same_site(reading.named_by, answer.url) else ""
    fetched = Fetch(source, at, answer.url, answer.status, answer.headers, answer.body, steps=steps, named_by=named_by)
    if answer.status == 200:
        return fetched
    if answer.status == 304 and answer.url == reading.known.url:
        return replace(fetched, outcome=Outcome.UNCHANGED)
    failure = answers.failure(answer)
    tried = len({step.url for step in steps} - {answer.url})
    reason = failure.reason + (
        f" ({tried} more addresses were tried)" if failure.outcome is Outcome.GONE and tried else ""
    )
    wait = answers.retry_after(answer, at)
    return replace(fetched, outcome=failure.outcome, reason=reason, retry_after_seconds=wait)


def _unless_known(fetched: Fetch, known: LastResponse | None) -> Fetch:
    """Return the fetch as UNCHANGED when the same bytes came from the same address as last time."""
    same = known is not None and (known.url, known.digest) == (fetched.final_url, digest_of(fetched.body))
    if fetched.outcome is None and same:
        return replace(fetched, outcome=Outcome.UNCHANGED, body=b"")
    return fetched
