"""Which other registries list which of our sources, as their catalogues say, and the graph that states it; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import NamedNode, Triple

from registry.iri.addresses import home, host
from registry.iri.names import RDF_TYPE, code_of, concept_iri, date_time, peer_listing_iri, source_iri, term
from registry.model import PeerListing, SourceKind, SourceState

_ADDRESS, _KIND, _OUTCOME, _COPY = (
    term(f"ospo:{name}").value for name in ("address", "sourceKind", "outcome", "archivedCopy")
)

_KINDS = set(map(str, SourceKind))


def listings(triples: Iterable[Triple]) -> list[PeerListing]:
    """Return the addresses that the description of a registry lists, sorted; none for any other description."""
    records: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in triples:
        records[str(triple.subject)][triple.predicate.value] = triple.object.value  # type: ignore[union-attr]
    found = []
    for record in records.values():
        kind = code_of(record.get(_KIND, ""))
        if _ADDRESS in record and kind in _KINDS:
            outcome, copy = code_of(record.get(_OUTCOME, "")), record.get(_COPY, "")
            found.append(PeerListing(record[_ADDRESS], SourceKind(kind), outcome, copy))
    return sorted(found, key=lambda listing: listing.address)


def reachable(
    states: Iterable[SourceState], listings_by_peer: Mapping[str, list[PeerListing]]
) -> dict[str, list[PeerListing]]:
    """Return the listings of those registries alone that the operator declared, that these list, and so on.

    So a registry that was learned through others counts only as long as one that counts lists it.
    """
    peers = {state.source.id: state.source for state in states if state.source.id in listings_by_peer}
    id_by_host = {host(source.url): name for name, source in peers.items()}
    reached: set[str] = set()
    waiting = [name for name, source in peers.items() if not source.peer]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        for listing in listings_by_peer[name]:
            listed_host = host(listing.address)
            if listing.kind is SourceKind.REGISTRY and listed_host in id_by_host:
                waiting.append(id_by_host[listed_host])
    return {name: listings_by_peer[name] for name in sorted(reached)}


def pieces(
    states: Iterable[SourceState], listings_by_peer: Mapping[str, Sequence[PeerListing]], base: str
) -> Iterable[set[Triple]]:
    """Return the graph of who lists our sources and since when, in pieces: one for each source that is listed."""
    by_id = {state.source.id: state for state in states}
    by_home = {home(state.source.url): state for state in by_id.values()}
    found: dict[str, set[Triple]] = defaultdict(set)
    for peer, listed in listings_by_peer.items():
        for listing in listed:
            if state := by_home.get(home(listing.address)):
                found[state.source.id].update(_listing_triples(state, by_id[peer], listing, base))
    return found.values()


def _listing_triples(state: SourceState, peer: SourceState, listing: PeerListing, base: str) -> list[Triple]:
    """Return that a registry lists a source, since when, and with what verdict."""
    source, registry = NamedNode(source_iri(base, state.source.id)), NamedNode(source_iri(base, peer.source.id))
    node = NamedNode(peer_listing_iri(base, state.source.id, peer.source.id))
    assert peer.accepted_at is not None
    triples = [
        Triple(source, term("ospo:seenBy"), registry),
        Triple(node, RDF_TYPE, term("ospo:Sighting")),
        Triple(node, term("dcterms:subject"), source),
        Triple(node, term("dcterms:source"), registry),
        Triple(node, term("dcterms:date"), date_time(peer.accepted_at)),
    ]
    if listing.outcome:
        triples.append(Triple(node, term("ospo:outcome"), NamedNode(concept_iri("outcome", listing.outcome))))
    return triples
