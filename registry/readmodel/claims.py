"""What each source says of one thing, property by property: which values hold, and where sources differ."""

from __future__ import annotations

from typing import Any

from pyoxigraph import Literal, NamedNode

from registry.iri.names import CONCEPT, term
from registry.model import SourceState
from registry.readmodel.values import Property, Said
from registry.store.protocol import Row
from registry.vocabulary import concepts

MACHINERY = {term(name).value for name in ("rdf:type", "dcterms:isPartOf", "ospo:flossPolicy")}
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


def said(row: Row, state: SourceState, holds: set[tuple[Any, Any]]) -> Said:
    """Return one value of one source; `holds` are the (property, value) pairs of the merged thing."""
    value, predicate = row["value"], row["property"]
    iri = isinstance(value, NamedNode)
    concept = iri and value.value.startswith(CONCEPT)
    return Said(
        value=value.value,
        language=(value.language or "") if isinstance(value, Literal) else "",
        iri=iri,
        concept=concept,
        label=concepts.label(value.value, "en") if concept else value.value,
        source=state.source.id,
        layer=str(state.source.layer),
        fetched=state.accepted_at,
        holds=(predicate, value) in holds,
    )


def property_(iri: str, said: list[Said]) -> Property:
    """Return what all sources say under one property, the values that hold first."""
    by_source = {
        source: {item.value for item in said if item.source == source} for source in {item.source for item in said}
    }
    differ = len({frozenset(values) for values in by_source.values()}) > 1
    values = tuple(sorted(said, key=lambda item: (not item.holds, item.source, item.language, item.value)))
    return Property(iri, concepts.label(iri, "en"), values, differ)


def place_of(predicate: str) -> tuple[int, str]:
    """Return where a property stands on a page: what names a thing first."""
    return (_ORDER.index(predicate) if predicate in _ORDER else len(_ORDER), predicate)
