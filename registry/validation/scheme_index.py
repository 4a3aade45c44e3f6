"""Which shapes want a code of a concept scheme, and which want a date: read from the shapes themselves."""

from __future__ import annotations

import functools
from collections.abc import Mapping

import pyoxigraph as ox

from registry.iri.names import CONCEPT, PREFIXES, SHAPES
from registry.validation.engines import SH, text
from registry.vocabulary.messages import shape_triples

_FIRST = ox.NamedNode(PREFIXES["rdf"] + "first")
_DATE = ox.NamedNode(SHAPES + "Date")


def scheme_of_shape(shape: str) -> str:
    """Return the concept scheme of the codes that a shape lists (`sh:in`), "" where it lists none."""
    return _schemes().get(shape, "")


@functools.cache
def _schemes() -> Mapping[str, str]:
    first = {triple.subject: triple.object for triple in shape_triples() if triple.predicate == _FIRST}
    lists = {triple.subject: triple.object for triple in shape_triples() if triple.predicate.value == SH + "in"}
    starts = {text(shape): text(first[items]) for shape, items in lists.items() if isinstance(items, ox.BlankNode)}
    return {
        shape: value.removeprefix(CONCEPT).partition("/")[0]
        for shape, value in starts.items()
        if value.startswith(CONCEPT)
    }


@functools.cache
def date_shapes() -> frozenset[str]:
    """Return the shapes that want a date (`sh:node :Date`)."""
    return frozenset(
        text(triple.subject)
        for triple in shape_triples()
        if triple.predicate.value == SH + "node" and triple.object == _DATE
    )
