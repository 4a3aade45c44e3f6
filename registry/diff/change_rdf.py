"""Changes as triples of the event that brought them: one node for each change."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import Literal, NamedNode, Triple

from registry.diff.changes import Change
from registry.iri.names import RDF_TYPE, change_iri, concept_iri, integer, term

MAX_WRITTEN = 500  # changes of one event; all are counted


def to_triples(changes: Sequence[Change], event: NamedNode) -> list[Triple]:
    """Return how many changes an event brought, and the first `MAX_WRITTEN` of them, each as a node of its own."""
    triples = [Triple(event, term("ospo:changes"), integer(len(changes)))]
    for number, change in enumerate(changes[:MAX_WRITTEN], 1):
        node = NamedNode(change_iri(event.value, number))
        texts = {
            "ospo:countryCode": change.country,
            "ospo:aboutOffice": change.office,
            "ospo:aboutIdentifier": change.identifier,
        }
        iris = {
            "ospo:changeKind": concept_iri("change-kind", change.kind),
            "ospo:aboutKind": change.thing,
            "ospo:aboutPage": change.page,
            "ospo:activity": change.activity,
            "ospo:stage": change.stage,
            "ospo:saidBefore": change.before,
            "ospo:saidAfter": change.after,
        }
        triples += [Triple(event, term("ospo:change"), node), Triple(node, RDF_TYPE, term("ospo:Change"))]
        triples += [Triple(node, term(name), Literal(text)) for name, text in texts.items() if text]
        triples += [Triple(node, term(name), NamedNode(iri)) for name, iri in iris.items() if iri]
        triples += [Triple(node, term("ospo:aboutProperty"), NamedNode(iri)) for iri in change.properties]
        triples += [Triple(node, term("dcterms:title"), name) for name in change.names]
    return triples
