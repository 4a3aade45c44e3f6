"""How a source is verified: a fact for each method that holds, with its date and its end, never one badge for all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

from pyoxigraph import Triple

from registry.authority.claims import HOME, Record, records
from registry.iri.addresses import WELL_KNOWN, home, host
from registry.model import SourceKind, SourceState, Verification


def verified(state: SourceState, description: Iterable[Triple], days: float) -> tuple[Verification, ...]:
    """Return a fact for each method that holds of what is served.

    `days` is how long a fact holds after the source was last verified.
    """
    at = state.last_verified
    if at is None:
        return ()
    counts = _counts(state, records(state, description).offices)
    until = at + timedelta(days=days)
    return tuple(Verification(method, count, at, until) for method, count in sorted(counts.items()) if count)


def renewed(state: SourceState, days: float) -> tuple[Verification, ...]:
    """Return the facts of a source that says what it said, with their dates moved on."""
    at = state.last_verified
    if at is None:
        return state.verifications
    return tuple(replace(fact, at=at, expires=at + timedelta(days=days)) for fact in state.verifications)


def _counts(state: SourceState, offices: tuple[Record, ...]) -> dict[str, int]:
    """Return how many offices each method of the concept scheme `verification-method` speaks of."""
    own = [office for office in offices if office.authority]
    return {
        "listed": len(offices) if state.source.kind is SourceKind.LIST else 0,
        "self-published": len(own),
        "same-host": sum(_at_its_host(office, state.accepted_address) for office in own),
        "back-link": sum(office.home == home(state.named_by) for office in own) if state.named_by else 0,
    }


def _at_its_host(office: Record, address: str) -> bool:
    """Return whether the address is the well-known one of the host of the office's home page, over https."""
    parts = urlsplit(address)
    at_well_known = parts.path == WELL_KNOWN or parts.path.startswith(WELL_KNOWN + ".")
    return parts.scheme == "https" and at_well_known and host(address) == host(office.first(HOME))
