"""Other registries: all pages of a catalogue in one reading, and which of its addresses become sources of ours.

A registry is told addresses, never contents: each is then read at its origin like any other source, further registries
included. What was learned is never published again, so that whoever declared an address is who takes it back, and a
ring of registries comes to rest.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from federation import address, discovery
from federation.transport import Allowance, Failure, Response, Transport
from registry.iri.addresses import BUNDLED_HOST, home, host, short_hash, slug
from registry.model import Layer, Outcome, PeerListing, Source, SourceKind, SourceState, Step
from registry.settings import Settings

ACCEPT = "application/n-triples, text/turtle;q=0.8, application/ld+json;q=0.7, text/html;q=0.1"
PATH = "/catalogue"
MAX_PAGES = 200
MAX_ADDRESSES = 10_000  # learned from one registry, however often it changes its list
MAX_REGISTRIES = 100  # learned from others; the operator may declare more
MAX_OF_HOST = 100  # learned of one host, at which each takes its turn: a list must not keep a pass busy for hours
MAX_BYTES = 16 * 1_048_576  # of all pages together
RANK = 500  # after what the operator declared, before what is bundled

_JOINED = ("application/n-triples", "text/turtle")  # a document of these goes on in the next
_NEXT = re.compile(r"<([^<>]*)>\s*;[^,]*?\brel\s*=\s*\"?next\b", re.IGNORECASE)


class Reading(Protocol):
    """What one fetch carries from request to request."""

    transport: Transport
    allowance: Allowance
    steps: list[Step]

    async def follow(self, url: str) -> Response | Failure:
        """Return the answer at the end of the redirects."""


async def complete(reading: Reading, url: str, answer: Response | Failure) -> Response | Failure:
    """Return the answer with the pages that follow it in its body, or the failure of one: half a list is no list.

    A home page stands for the catalogue of its site. Pages follow by `Link: <…>; rel="next"` on the same origin.
    """
    if isinstance(answer, Response) and _is_home(url) and (discovery.is_page(answer) or answer.status in (404, 406)):
        answer = await reading.follow(address.origin(answer.url) + PATH)
    if isinstance(answer, Failure) or answer.status != 200:
        return answer
    page, bodies, seen = answer, [answer.body], {answer.url}
    while onwards := next_page(page):
        if reason := _no_more(page, onwards, seen, sum(map(len, bodies))):
            reading.steps.append(Step(onwards, reason))
            break
        reading.allowance = reading.transport.allowance()  # a large catalogue is not a slow one
        seen.add(onwards)
        following = await reading.follow(onwards)
        if isinstance(following, Failure):
            return following
        if following.status != 200:
            reason = f"{onwards} answers {following.status}, though the page before names it: mend the links"
            return Failure(Outcome.UNREACHABLE, reason)
        page = following
        bodies.append(page.body)
    return replace(answer, body=b"\n".join(bodies))


def next_page(page: Response) -> str:
    """Return the absolute address that a page names as the next one, or ""."""
    targets = (found[1] for name, value in page.headers if name == "link" for found in _NEXT.finditer(value))
    return next((address.join(page.url, target) for target in targets), "")


def _is_home(url: str) -> bool:
    return address.join(url, url).removeprefix(address.origin(url)) in ("", "/")


def _no_more(page: Response, onwards: str, seen: set[str], size: int) -> str:
    if len(seen) >= MAX_PAGES or size >= MAX_BYTES - 1_048_576:
        return f"not read: no more than {MAX_PAGES} pages and {MAX_BYTES} bytes of a catalogue are"
    if page.header("content-type").partition(";")[0].strip().lower() not in _JOINED:
        return "not read: only pages of N-Triples or Turtle go on in the next"
    try:
        here = address.origin(page.url) == address.origin(onwards)
    except ValueError:
        here = False
    if onwards in seen or not here:
        return "not read: the next page is one that was read, or on another site"
    return ""


def learned(
    told: Mapping[str, Sequence[PeerListing]],
    states: Iterable[SourceState],
    declared: Iterable[Source],
    settings: Settings,
) -> list[Source]:
    """Return the sources that are known from others alone: those read before, then those told of anew.

    `told` is what each registry or list names, by the id of its source; `declared` are the operator's own. A source of
    which something was once accepted stays, whether or not it is still named; a registry, or an address that never
    gave anything, only while it is. What the operator has, or had and took off, is not learned.
    """
    known = _Known(declared)
    named = {_place(it.address, it.kind) for items in told.values() for it in items}
    learnt = [state for state in states if known.add(state.source) and _is_learned(state)]
    found = [
        state.source
        for state in learnt
        if _place(state.source.url, state.source.kind) in named
        or (state.accepted_at and state.source.kind is not SourceKind.REGISTRY)
    ]
    told_by = Counter(state.source.peer for state in learnt)  # also what is no longer read: it stays in the store
    hosts = Counter(host(source.url) for source in found)
    registries = sum(source.kind is SourceKind.REGISTRY for source in found)
    for peer, item in ((name, item) for name in sorted(told) for item in told[name]):
        if known.has(item.address, item.kind) or problem(item.address, settings):
            continue
        place, is_registry = host(item.address), item.kind is SourceKind.REGISTRY
        too_many = told_by[peer] >= MAX_ADDRESSES or hosts[place] >= MAX_OF_HOST
        if too_many or (is_registry and registries >= MAX_REGISTRIES):
            continue
        told_by[peer] += 1
        hosts[place] += 1
        registries += is_registry
        source = Source(known.name(item.address), item.address, item.kind, Layer.IMPORTED, RANK, peer=peer)
        known.add(source)
        found.append(source)
    return found


class _Known:
    """Which addresses and identifiers are taken; a registry by its host, where its home page may stand for it."""

    def __init__(self, declared: Iterable[Source]) -> None:
        self._places: set[str] = set()
        self._ids: set[str] = set()
        for source in declared:
            self.add(source)

    def has(self, url: str, kind: SourceKind) -> bool:
        """Return whether that place is taken."""
        return _place(url, kind) in self._places

    def add(self, source: Source) -> bool:
        """Take the place and the identifier of a source; return whether both were free."""
        place = _place(source.url, source.kind)
        free = place not in self._places and source.id not in self._ids
        self._places.add(place)
        self._ids.add(source.id)
        return free

    def name(self, url: str) -> str:
        """Return an identifier for a source at that address which no other has."""
        name = slug(url.partition("://")[2])
        return f"{name}-{short_hash(url)}" if name in self._ids else name


def _place(url: str, kind: SourceKind) -> str:
    return f"registry {host(url)}" if kind is SourceKind.REGISTRY else home(url)


def _is_learned(state: SourceState) -> bool:
    return state.source.peer != "" and state.outcome is not Outcome.WITHDRAWN


def superseded(states: Iterable[SourceState], declared: Iterable[Source]) -> list[str]:
    """Return the ids of learned sources whose address the operator has since declared under another id."""
    learnt = [state.source for state in states if _is_learned(state)]
    own = list(declared) if learnt else []
    taken, ids = {home(source.url) for source in own}, {source.id for source in own}
    return [source.id for source in learnt if home(source.url) in taken and source.id not in ids]


def problem(url: str, settings: Settings) -> str:
    """Return why an address that another registry tells of is not one to read, or ""."""
    if wrong := address.problem(url, settings.ports):
        return wrong
    name = address.host(url)
    if (number := address.literal(name)) is not None and not address.is_public(number):
        return f"the address {url} is not public"
    if name == BUNDLED_HOST or name == "localhost" or name.endswith(".localhost"):
        return f"the address {url} is another machine's own"
    if host(url) == host(settings.base):
        return f"the address {url} is on this registry"
    return ""
