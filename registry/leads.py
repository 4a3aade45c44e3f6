"""The addresses that a source leads to, because offices may describe themselves there; pure."""

from __future__ import annotations

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
