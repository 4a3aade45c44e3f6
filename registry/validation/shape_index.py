"""The shapes as a table of severity, messages and properties, so that findings are the same with every engine."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyoxigraph as ox

from registry.iri.names import PREFIXES
from registry.model import Severity
from registry.validation.engines import SH, text
from registry.vocabulary.messages import shape_triples

_RDF = PREFIXES["rdf"]
_REFERENCES = PREFIXES["dcterms"] + "references"

ShapeNode = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple
Shapes = Mapping[ShapeNode, Mapping[str, Sequence[ShapeNode]]]


@dataclass(frozen=True, slots=True)
class Rule:
    """One shape; `paths` are the properties of the focus node that it may be about, the most likely first."""

    iri: str
    severity: Severity
    messages: Mapping[str, str]
    paths: tuple[str, ...]


@functools.cache
def rules() -> Mapping[str, Rule]:
    """Return every shape that has a message, by its IRI."""
    shapes: dict[ShapeNode, dict[str, list[ShapeNode]]] = defaultdict(lambda: defaultdict(list))
    for triple in shape_triples():
        shapes[triple.subject][triple.predicate.value].append(triple.object)
    return {
        shape.value: _rule(shape.value, shapes)
        for shape, values in shapes.items()
        if isinstance(shape, ox.NamedNode) and SH + "message" in values
    }


def _rule(iri: str, shapes: Shapes) -> Rule:
    values = shapes[ox.NamedNode(iri)]
    severity = Severity(text(values[SH + "severity"][0]).removeprefix(SH))
    messages = {item.language or "en": item.value for item in values[SH + "message"] if isinstance(item, ox.Literal)}
    starts = [*values.get(SH + "path", ()), *values.get(_REFERENCES, ())]
    paths = tuple(path for start in starts for path in _first_steps(start, shapes))
    return Rule(iri, severity, messages, paths)


def _first_steps(path: ShapeNode, shapes: Shapes) -> Iterator[str]:
    """Yield the properties with which a path may begin (SHACL 1.0, section 2.3.1)."""
    if isinstance(path, ox.NamedNode):
        yield path.value
        return
    node = shapes[path]
    for choices in node.get(SH + "alternativePath", ()):
        for choice in _items(choices, shapes):
            yield from _first_steps(choice, shapes)
    for first in node.get(_RDF + "first", ()):
        yield from _first_steps(first, shapes)


def _items(node: ShapeNode, shapes: Shapes) -> Iterator[ShapeNode]:
    """Yield the items of an RDF list."""
    while node in shapes:
        yield shapes[node][_RDF + "first"][0]
        node = shapes[node][_RDF + "rest"][0]
