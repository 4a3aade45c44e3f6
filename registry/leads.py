"""The addresses that a source leads to, because offices may describe themselves there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence

from registry.authority.claims import HOME, Records
from registry.model import Layer, PeerListing, SourceKind, SourceState


def is_index(state: SourceState) -> bool:
    """Return whether the offices that a source names are looked up on their own home pages.

    So are those of a list, and of a description with several offices that the operator declared: one that was found
    through others must not lead to the next without end. What is compiled here leads nowhere.
    """
    source = state.source
    several = source.kind is SourceKind.DESCRIPTION and state.offices > 1 and not source.peer
    return (source.kind is SourceKind.LIST or several) and source.layer is not Layer.COMPILED


def home_pages(records: Records, limit: int) -> list[PeerListing]:
    """Return the home pages of the first `limit` offices that a source names and does not speak for."""
    pages = [office.first(HOME) for office in records.offices if not office.authority]
    return [PeerListing(page, SourceKind.DESCRIPTION) for page in [page for page in pages if page][:limit]]


def further(state: SourceState) -> list[PeerListing]:
    """Return the further descriptions to which the page of a source links, if the operator declared the source."""
    return [] if state.source.peer else [PeerListing(url, SourceKind.DESCRIPTION) for url in state.also.splitlines()]


class HomePages:
    """The home pages to which each source leads, remembered until another version of it is accepted.

    To read them from the store takes a millisecond for four offices. `known` has, by the id of the source, a digest of
    all that they depend on and their addresses; what is not of that digest is found out again.
    """

    def __init__(self, limit: int) -> None:
        self.known: dict[str, tuple[str, list[str]]] = {}
        self._limit = limit

    def recall(self, known: Mapping[str, Sequence[object]]) -> None:
        """Take over what was known before; what is not of the right form is left out."""
        for name, entry in known.items():
            match entry:
                case [str() as digest, list() as pages] if all(isinstance(page, str) for page in pages):
                    self.known[name] = digest, pages

    def known_of(self, states: Iterable[SourceState]) -> dict[str, tuple[str, list[str]]]:
        """Return what is known of these sources."""
        ids = {state.source.id for state in states}
        return {name: entry for name, entry in self.known.items() if name in ids}

    def of(self, state: SourceState, records: Callable[[SourceState], Records]) -> list[PeerListing]:
        """Return the home pages of a source that is served; `records` reads them from the store."""
        body = state.accepted_at, state.accepted_record, state.accepted_digest
        basis = (state.source, body, state.accepted_address, state.named_by, self._limit)
        digest = hashlib.sha256(repr(basis).encode()).hexdigest()
        entry = self.known.get(state.source.id)
        if entry is None or entry[0] != digest:
            pages = [page.address for page in home_pages(records(state), self._limit)] if self._limit else []
            entry = self.known[state.source.id] = digest, pages
        return [PeerListing(page, SourceKind.DESCRIPTION) for page in entry[1]]
