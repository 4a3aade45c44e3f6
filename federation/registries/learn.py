"""Which of the addresses that lists and other registries name become sources of this registry.

Of another registry only the addresses are taken, never the contents: each address is then read at its origin like any
other source, further registries included. What was learned is not published again. So an address disappears when the
registry whose operator declared it removes it, and registries that list each other in a ring come to rest.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from federation import address
from registry.iri.addresses import BUNDLED_HOST, home, host, host_name, short_hash, slug
from registry.model import Layer, Outcome, PeerListing, Source, SourceKind, SourceState
from registry.reasons.reasons import reason
from registry.settings import Settings

MAX_ADDRESSES = 10_000  # learned from one registry, however often it changes its list
MAX_REGISTRIES = 100  # learned from others; the operator may declare more
MAX_SOURCES_OF_HOST = 100  # requests to one host follow each other: more would keep a pass busy for hours
RANK = 500  # between the sources of the operator (100 by default) and the bundled ones (1000)


def learned(
    listings: Mapping[str, Sequence[PeerListing]],
    states: Iterable[SourceState],
    declared: Iterable[Source],
    settings: Settings,
) -> list[Source]:
    """Return the learned sources to read: those that were learned before and stay, then the new ones.

    `listings` is what each registry or list names, by the id of its source; `declared` are the operator's own sources.
    A learned source from which something was ever accepted stays, whether or not it is still listed; a registry, or an
    address from which nothing was ever accepted, stays only while it is listed. A source that the operator declares, or
    has removed, is not learned.
    """
    taken = _Taken(declared)
    listed = {_key(item.address, item.kind) for items in listings.values() for item in items}
    before = [state for state in states if taken.add(state.source) and _is_learned(state)]
    sources = [
        state.source
        for state in before
        if _key(state.source.url, state.source.kind) in listed
        or (state.accepted_at and state.source.kind is not SourceKind.REGISTRY)
    ]
    count_of_peer = Counter(state.source.peer for state in before)  # also what is no longer read: its state stays
    count_of_host = Counter(host(source.url) for source in sources)
    registries = sum(source.kind is SourceKind.REGISTRY for source in sources)
    for peer, item in ((name, item) for name in sorted(listings) for item in listings[name]):
        if taken.has(item.address, item.kind) or problem(item.address, settings):
            continue
        host_, is_registry = host(item.address), item.kind is SourceKind.REGISTRY
        if count_of_peer[peer] >= MAX_ADDRESSES or count_of_host[host_] >= MAX_SOURCES_OF_HOST:
            continue
        if is_registry and registries >= MAX_REGISTRIES:
            continue
        count_of_peer[peer] += 1
        count_of_host[host_] += 1
        registries += is_registry
        source = Source(taken.free_id(item.address), item.address, item.kind, Layer.IMPORTED, RANK, peer=peer)
        taken.add(source)
        sources.append(source)
    return sources


class _Taken:
    """Which addresses and which ids have a source already."""

    def __init__(self, declared: Iterable[Source]) -> None:
        self._keys: set[str] = set()
        self._ids: set[str] = set()
        for source in declared:
            self.add(source)

    def has(self, url: str, kind: SourceKind) -> bool:
        """Return whether there is a source at that address."""
        return _key(url, kind) in self._keys

    def add(self, source: Source) -> bool:
        """Note the address and the id of a source; return whether neither was taken before."""
        key = _key(source.url, source.kind)
        is_new = key not in self._keys and source.id not in self._ids
        self._keys.add(key)
        self._ids.add(source.id)
        return is_new

    def free_id(self, url: str) -> str:
        """Return an id for a source at that address that no other source has."""
        name = slug(url.partition("://")[2])
        return f"{name}-{short_hash(url)}" if name in self._ids else name


def _key(url: str, kind: SourceKind) -> str:
    """Return what two addresses of one source have in common: of a registry, the host alone.

    The home page of a registry stands for its catalogue.
    """
    return f"registry {host(url)}" if kind is SourceKind.REGISTRY else home(url)


def _is_learned(state: SourceState) -> bool:
    return state.source.peer != "" and state.outcome is not Outcome.WITHDRAWN


def superseded(states: Iterable[SourceState], declared: Iterable[Source]) -> list[str]:
    """Return the ids of the learned sources whose address the operator has since declared under another id."""
    before = [state.source for state in states if _is_learned(state)]
    own = list(declared) if before else []
    addresses, ids = {home(source.url) for source in own}, {source.id for source in own}
    return [source.id for source in before if home(source.url) in addresses and source.id not in ids]


def problem(url: str, settings: Settings) -> str:
    """Return in a sentence why an address that another registry lists is not read, or ""."""
    if wrong := address.problem(url, settings.ports):
        return wrong
    name = host_name(url)
    if (number := address.literal(name)) is not None and not address.is_public(number):
        return reason("address-private", url=url)
    if name == BUNDLED_HOST or name == "localhost" or name.endswith(".localhost"):
        return reason("address-of-reader", url=url)
    if host(url) == host(settings.base):
        return reason("address-ours", url=url)
    return ""
