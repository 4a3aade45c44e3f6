"""The copies of descriptions that other registries keep: read only while the origin cannot be reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from federation.fetch import fetch
from federation.registries.learn import problem
from federation.robots import Robots
from federation.transport import Transport
from registry.iri.addresses import home
from registry.model import Fetch, LastResponse, Outcome, PeerListing, Source, SourceKind, SourceState
from registry.settings import Settings


@dataclass(frozen=True, slots=True)
class Copy:
    """The address of a copy, and the id of the registry (a source) that keeps it."""

    peer: str
    url: str


def offered(
    listings: Mapping[str, Sequence[PeerListing]],
    due: Iterable[Source],
    states: Iterable[SourceState],
    settings: Settings,
) -> dict[str, list[Copy]]:
    """Return the copies that other registries keep of learned sources that are due, by the id of the source.

    `listings` is what each registry names, by the id of its source. The copy of the registry from which a source was
    learned comes first. A source of which something from its origin is served has none: what is served is better.
    """
    by_home: defaultdict[str, list[Copy]] = defaultdict(list)
    for peer in sorted(listings):
        for item in listings[peer]:
            if item.copy and not problem(item.copy, settings):
                by_home[home(item.address)].append(Copy(peer, item.copy))
    served = {state.source.id for state in states if state.accepted_at and not state.copied_from}
    offers: dict[str, list[Copy]] = {}
    for source in due:
        copies = by_home.get(home(source.url), [])
        if source.peer and copies and source.id not in served:
            offers[source.id] = sorted(copies, key=lambda copy: copy.peer != source.peer)
    return offers


async def fetch_copy(
    failed: Fetch,
    copies: Sequence[Copy],
    last_response: LastResponse | None,
    *,
    transport: Transport,
    robots: Robots,
    now: Callable[[], datetime],
) -> Fetch:
    """Return the failed fetch with the first copy that can be read as its body, or without one.

    Its outcome stays UNREACHABLE, and `copied_from` names the registry. A copy is read as a list is: the addresses that
    it names are not followed.
    """
    for copy in copies:
        source = replace(failed.source, url=copy.url, kind=SourceKind.LIST)
        fetched = await fetch(source, last_response, transport=transport, robots=robots, now=now)
        failed = replace(failed, steps=failed.steps + fetched.steps)
        if fetched.outcome in (None, Outcome.UNCHANGED):
            return replace(
                failed,
                copied_from=copy.peer,
                final_url=fetched.final_url,
                status=fetched.status,
                headers=fetched.headers,
                body=fetched.body,
            )
    return failed
