"""Validation against naive pySHACL, which parses data and shapes from text each time, with the same findings."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib.resources import files
from itertools import islice

import pyoxigraph as ox
import pyshacl
import rdflib

from registry.model import Description
from registry.reading.describe import describe
from registry.validation.engines import SH, Result
from registry.validation.validate import validate, validate_with
from registry.vocabulary import concepts
from tests.benchmarks.measure import Row, timed

_GRAPH = "https://case.example/"
_SHAPES = b"\n".join(concepts.data(name) for name in concepts.shape_files())


def validation(most: int = 1_000) -> list[Row]:
    """Compare on the bundled sources and on the cases of the shapes, so many of each at most."""
    kinds = {"bundled sources": list(islice(_bundled(), most)), "cases of the shapes": list(islice(_cases(), most))}
    validate(kinds["bundled sources"][0])  # makes the engine, once in a process
    figures = []
    for name, documents in kinds.items():
        pairs = [_compared(document) for document in documents]
        ours, naive = (sum(times) / len(pairs) * 1000 for times in zip(*pairs, strict=True))
        figures.append(f"{naive / ours:.0f}× on {len(pairs)} {name} ({ours:.1f} against {naive:.0f} ms)")
    what = "validation: times as fast as naive pySHACL, with the same findings"
    return [Row(what, "≥ 10×", "20×", ", ".join(figures))]


def _compared(document: Description) -> tuple[float, float]:
    """Return the seconds that ours and the naive way take; the reports made of both are equal."""
    gc.collect()  # else ours would pay for what the naive way left behind
    ours, report = timed(lambda: validate(document))
    naive, results = timed(lambda: _naive(document.n_triples))
    assert validate_with(lambda _: results, document) == report, f"other findings in {document.n_triples[:300]!r}"
    return ours, naive


def _naive(data: bytes) -> list[Result]:
    # rdflib would write "1e3"^^xsd:decimal anew as a valid number before it is validated
    rdflib.NORMALIZE_LITERALS = False
    try:
        graph = rdflib.Graph().parse(data=data, format="nt")
        shapes = rdflib.Graph().parse(data=_SHAPES, format="turtle")
        _, report, _ = pyshacl.validate(graph, shacl_graph=shapes)
    finally:
        rdflib.NORMALIZE_LITERALS = True
    keys = [rdflib.URIRef(SH + name) for name in ("focusNode", "sourceShape", "value")]
    nodes = report.objects(None, rdflib.URIRef(SH + "result"))
    found = ([str(report.value(node, key) or "") for key in keys] for node in nodes)
    return [Result(focus, shape, "" if value == focus else value) for focus, shape, value in found]


def _bundled() -> Iterator[Description]:
    folder = files("registry") / "data" / "sources"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        yield describe(file.read_bytes(), media_type="text/yaml", url=f"https://a.example/{file.name}", graph=_GRAPH)


def _cases() -> Iterator[Description]:
    folder = files("shapes") / "tests"
    for file in sorted(folder.iterdir(), key=lambda item: item.name):
        quads = ox.parse(file.read_bytes(), ox.RdfFormat.TURTLE, base_iri=_GRAPH)
        triples = ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES)
        yield Description(_GRAPH, triples or b"", "turtle")
