"""What changed, as triples of the event that brought it: one node a change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import Object
from registry.diff.changes import Change
from registry.iri.names import RDF_TYPE, change_iri, concept_iri, integer, term

MAX_WRITTEN = 500  # changes of one event


def to_triples(found: Sequence[Change], event: NamedNode) -> list[Triple]:
    """Return the first changes as nodes `{event}#c1`, `#c2`, … that the event names, and how many there are in all."""
    triples = [Triple(event, term("ospo:changes"), integer(len(found)))]
    for number, change in enumerate(found[:MAX_WRITTEN], 1):
        subject = NamedNode(change_iri(event.value, number))
        triples += [
            Triple(event, term("ospo:change"), subject),
            Triple(subject, RDF_TYPE, term("ospo:Change")),
            Triple(subject, term("ospo:changeKind"), NamedNode(concept_iri("change-kind", change.kind))),
            *(Triple(subject, term(name), value) for name, value in _facts(change)),
        ]
    return triples


def _facts(change: Change) -> Iterator[tuple[str, Object]]:
    if change.name is not None:
        yield "dcterms:title", change.name
    texts = {
        "ospo:countryCode": change.country,
        "ospo:aboutOffice": change.office,
        "ospo:aboutIdentifier": change.identifier,
    }
    nodes = {
        "ospo:aboutKind": change.thing,
        "ospo:aboutPage": change.page,
        "ospo:activity": change.activity,
        "ospo:stage": change.stage,
        "ospo:saidBefore": change.before,
        "ospo:saidAfter": change.after,
    }
    yield from ((name, Literal(text)) for name, text in texts.items() if text)
    yield from ((name, NamedNode(iri)) for name, iri in nodes.items() if iri)
    yield from (("ospo:aboutProperty", NamedNode(iri)) for iri in change.properties)
