"""Who may speak for what, as functions of values: the rule of authority (design, section 8, rule 1).

A source speaks for an office; for its policies, and for what these say, because it speaks for the office.
"""

from __future__ import annotations

from registry.iri.addresses import home, host
from registry.model import Layer, Source, SourceState


def has_authority(state: SourceState, homepage: str) -> bool:
    """Return whether what is served of a source speaks for the office with that home page.

    The home page is on the host that the accepted copy came from after redirects, or is the page of the same site that
    names this copy as its description. A copy that another registry gave speaks for nobody.
    """
    if state.copied_from:
        return False
    same_host = host(homepage) != "" and host(homepage) == host(state.accepted_address)
    return same_host or (state.named_by != "" and home(homepage) == home(state.named_by))


def layer(source: Source, *, authority: bool) -> Layer:
    """Return who assessed what a source says of a thing; only authority over it makes that self-declared."""
    if authority:
        return Layer.SELF_DECLARED
    return Layer.IMPORTED if source.layer is Layer.SELF_DECLARED else source.layer


def layer_of_office(state: SourceState, homepage: str) -> Layer:
    """Return by what layer a source speaks of the office with that home page, and of that office's policies."""
    return layer(state.source, authority=has_authority(state, homepage))
