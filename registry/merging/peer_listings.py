"""Which other registries list which of our sources: what their catalogues told, and the graph that says so; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyoxigraph import NamedNode, Triple

from registry.iri.addresses import home, host
from registry.iri.names import RDF_TYPE, code_of, concept_iri, date_time, source_iri, term
from registry.model import PeerListing, SourceKind, SourceState

_ADDRESS, _KIND, _OUTCOME, _COPY = (
    term(f"ospo:{name}").value for name in ("address", "sourceKind", "outcome", "archivedCopy")
)

_KINDS = set(map(str, SourceKind))


def listings(triples: Iterable[Triple]) -> list[PeerListing]:
    """Return what the description of a registry tells, by address; of anything else nothing."""
    records: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in triples:
        records[str(triple.subject)][triple.predicate.value] = triple.object.value  # type: ignore[union-attr]
    found = [
        PeerListing(record[_ADDRESS], SourceKind(kind), code_of(record.get(_OUTCOME, "")), record.get(_COPY, ""))
        for record in records.values()
        if _ADDRESS in record and (kind := code_of(record.get(_KIND, ""))) in _KINDS
    ]
    return sorted(found, key=lambda item: item.address)


def reached(states: Iterable[SourceState], lists: Mapping[str, list[PeerListing]]) -> dict[str, list[PeerListing]]:
    """Return the lists of the declared registries, of those that these name, and so on.

    So a registry that was learned is heard no longer than somebody who is heard names it.
    """
    peers = {state.source.id: state.source for state in states if state.source.id in lists}
    by_host = {host(source.url): name for name, source in peers.items()}
    heard: dict[str, list[PeerListing]] = {}
    waiting = [name for name, source in peers.items() if not source.peer]
    while waiting:
        name = waiting.pop()
        if name not in heard:
            heard[name] = lists[name]
            named = (by_host.get(host(it.address)) for it in lists[name] if it.kind is SourceKind.REGISTRY)
            waiting += [found for found in named if found]
    return {name: heard[name] for name in sorted(heard)}


def pieces(
    states: Iterable[SourceState], lists: Mapping[str, Sequence[PeerListing]], base: str
) -> Iterable[set[Triple]]:
    """Return who lists our sources, and since when, by source.

    `lists` is what each registry told, by the id of its source.
    """
    known = {state.source.id: state for state in states}
    by_home = {home(state.source.url): state for state in known.values()}
    found: dict[str, set[Triple]] = defaultdict(set)
    for peer, items in lists.items():
        for item in items:
            if state := by_home.get(home(item.address)):
                found[state.source.id].update(_sighting(state, known[peer], item, base))
    return found.values()


def _sighting(state: SourceState, peer: SourceState, item: PeerListing, base: str) -> list[Triple]:
    source, registry = (NamedNode(source_iri(base, it.source.id)) for it in (state, peer))
    node = NamedNode(f"{source.value}/seen/{peer.source.id}")
    assert peer.accepted_at is not None
    triples = [
        Triple(source, term("ospo:seenBy"), registry),
        Triple(node, RDF_TYPE, term("ospo:Sighting")),
        Triple(node, term("dcterms:subject"), source),
        Triple(node, term("dcterms:source"), registry),
        Triple(node, term("dcterms:date"), date_time(peer.accepted_at)),
    ]
    if item.outcome:
        triples.append(Triple(node, term("ospo:outcome"), NamedNode(concept_iri("outcome", item.outcome))))
    return triples
