"""The claims of all sources about one office or policy, by property: which are in effect, where they differ."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from pyoxigraph import Literal, NamedNode

from registry.authority.rules import layer_of_office
from registry.iri.names import CONCEPT, is_readers_node, term
from registry.model import SourceState
from registry.readmodel.values import Claim, Property
from registry.store.protocol import Row

# Properties that hold the graph together and are of no interest to readers.
HIDDEN_PROPERTIES = {term(name).value for name in ("rdf:type", "dcterms:isPartOf", "ospo:flossPolicy")}
_ORDER = [
    term(name).value
    for name in (
        "skos:prefLabel",
        "dcterms:title",
        "foaf:homepage",
        "foaf:page",
        "ospo:countryCode",
        "dcterms:description",
    )
]


def claim(row: Row, state: SourceState, merged: set[tuple[Any, Any]], homepage: str, base: str) -> Claim:
    """Return one value that one source gives; `row` is of `records.rq`, `state` is that of the source.

    `merged` holds the (property, value) pairs that the merged graph has of the same office or policy; `homepage` is
    that of the office, or of the office whose policy it is; `base` is that of the registry's IRIs.
    """
    value, predicate = row["value"], row["property"]
    is_iri = isinstance(value, NamedNode)
    return Claim(
        value=value.value,
        language=(value.language or "") if isinstance(value, Literal) else "",
        iri=is_iri,
        concept=is_iri and value.value.startswith(CONCEPT),
        unnamed=is_iri and is_readers_node(base, value.value),
        source=state.source.id,
        layer=str(layer_of_office(state, homepage)),
        fetched=state.accepted_at,
        holds=(predicate, value) in merged,
    )


def property_(iri: str, claims: list[Claim]) -> Property:
    """Return a property with the claims of all sources, those in effect first; `iri` is that of the property."""
    values_by_source: dict[str, set[str]] = defaultdict(set)
    for item in claims:
        values_by_source[item.source].add(item.value)
    differ = len({frozenset(values) for values in values_by_source.values()}) > 1
    ordered = sorted(claims, key=lambda item: (not item.holds, item.source, item.language, item.value))
    return Property(iri, tuple(ordered), differ)


def order_on_page(predicate: str) -> tuple[int, str]:
    """Return the sort key of a property on a page: names and titles first, then home page, country and description."""
    return (_ORDER.index(predicate) if predicate in _ORDER else len(_ORDER), predicate)
