"""Which other registries list which of our sources: what their catalogues told, and the graph that says so; pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pyoxigraph import NamedNode, Triple

from registry import vocabulary
from registry.identity import home
from registry.model import SourceKind
from registry.state import RDF_TYPE, SourceState, date_time, source_iri, term

_ADDRESS, _KIND, _OUTCOME = (term(f"ospo:{name}").value for name in ("address", "sourceKind", "outcome"))


@dataclass(frozen=True, slots=True)
class Told:
    """An address that another registry lists. `outcome` is its verdict, to be shown and never trusted; or ""."""

    address: str
    kind: SourceKind
    outcome: str = ""


def told(triples: Iterable[Triple]) -> list[Told]:
    """Return what the description of a registry tells, by address."""
    records: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in triples:
        records[str(triple.subject)][triple.predicate.value] = triple.object.value  # type: ignore[union-attr]
    found = (
        Told(record[_ADDRESS], SourceKind(vocabulary.code(record[_KIND])), vocabulary.code(record.get(_OUTCOME, "")))
        for record in records.values()
    )
    return sorted(found, key=lambda item: item.address)


def graph(states: Iterable[SourceState], lists: Mapping[str, Sequence[Told]], base: str) -> set[Triple]:
    """Return who lists our sources, and since when; `lists` is what each registry told, by the id of its source."""
    known = {state.source.id: state for state in states}
    by_home = {home(state.source.url): state for state in known.values()}
    found: set[Triple] = set()
    for peer, items in lists.items():
        for item in items:
            if state := by_home.get(home(item.address)):
                found.update(_sighting(state, known[peer], item, base))
    return found


def _sighting(state: SourceState, peer: SourceState, item: Told, base: str) -> list[Triple]:
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
        triples.append(Triple(node, term("ospo:outcome"), NamedNode(vocabulary.concept_iri("outcome", item.outcome))))
    return triples
