"""To which addresses lists, indexes and pages lead: places where offices may describe themselves; pure."""

from __future__ import annotations

from itertools import islice

from registry.authority.claims import HOME, Records
from registry.model import Layer, PeerListing, SourceKind, SourceState


def is_index(state: SourceState) -> bool:
    """Return whether a source is a list, or a description of several offices; none that was compiled here.

    Of the descriptions only those that the operator declared, so that one does not lead to the next without end.
    """
    source = state.source
    several = source.kind is SourceKind.DESCRIPTION and state.offices > 1 and not source.peer
    return (source.kind is SourceKind.LIST or several) and source.layer is not Layer.COMPILED


def homes(found: Records, limit: int) -> list[PeerListing]:
    """Return the home pages of the first so many offices that an index names and does not speak for itself."""
    pages = (office.first(HOME) for office in found.offices if not office.authority)
    return [PeerListing(page, SourceKind.DESCRIPTION) for page in islice(filter(None, pages), limit)]


def further(state: SourceState) -> list[PeerListing]:
    """Return the further descriptions that the page of a declared source names."""
    return [] if state.source.peer else [PeerListing(url, SourceKind.DESCRIPTION) for url in state.also.splitlines()]
