"""How a source is known to be genuine: one fact for each method that holds, with a date and an end; no single badge."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta

from pyoxigraph import NamedNode, Triple

from registry.authority.claims import HOME, OFFICE, records
from registry.iri.addresses import home, host, is_well_known
from registry.iri.names import RDF_TYPE
from registry.model import SourceKind, SourceState, Verification
from registry.sources.schedule import shifted

_OFFICE = NamedNode(OFFICE)


def verified(state: SourceState, triples: Collection[Triple], days: float) -> tuple[Verification, ...]:
    """Return the methods of verification that hold for a source, sorted by their codes.

    `triples` are those of its description that is served. A fact counts for so many days after the source was last
    verified; there is none for a source that never was.
    """
    at = state.last_verified
    if at is None:
        return ()
    described = {triple.subject for triple in triples if triple.predicate == RDF_TYPE and triple.object == _OFFICE}
    offices = records(state, [triple for triple in triples if triple.subject in described]).offices
    own = [office for office in offices if office.authority]
    named_by = home(state.named_by) if state.named_by else None
    counts = {  # code of the concept scheme `verification-method` → offices that it holds for
        "back-link": len([office for office in own if office.home == named_by]),
        "listed": len(offices) if state.source.kind is SourceKind.LIST else 0,
        "same-host": len([office for office in own if _is_well_known_of(office.first(HOME), state.accepted_address)]),
        "self-published": len(own),
    }
    until = shifted(at, timedelta(days=days))
    return tuple([Verification(method, count, at, until) for method, count in counts.items() if count])


def renewed(state: SourceState, days: float) -> tuple[Verification, ...]:
    """Return the facts of a source that has not changed since, dated from its last verification."""
    at = state.last_verified
    if at is None:
        return state.verifications
    return tuple([replace(fact, at=at, expires=shifted(at, timedelta(days=days))) for fact in state.verifications])


def _is_well_known_of(home_page: str, address: str) -> bool:
    """Return whether an address is the well-known one (RFC 8615) on the host of the home page, over https."""
    is_encrypted = address.lower().startswith("https:")
    return is_encrypted and is_well_known(address) and host(address) == host(home_page)
