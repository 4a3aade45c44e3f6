"""Reading Turtle and JSON-LD against rdflib's parsers: the same bytes, a small document and a large one."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from importlib.resources import files

import pyoxigraph as ox
import rdflib

from registry.iri.names import PREFIXES
from registry.model import Description
from registry.reading.describe import describe
from registry.vocabulary import concepts, context
from tests.benchmarks.measure import Row, medians

_URL = "https://opensource.example.gov/ospo"
_GRAPH = "https://atlas.example/sources/x/description"
_TURTLE, _JSON_LD = "text/turtle", "application/ld+json"


def reading(repeats: int = 15) -> list[Row]:
    """Compare both formats; reading is all that `describe` does, guards and names for blank nodes included."""
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)  # else it spends its time on tracebacks of "2021-11"
    what = "reading {}: times as fast as rdflib's parser alone"
    return [
        Row(what.format("Turtle"), "≥ 5×", "5×", _figures(_turtle(), _TURTLE, repeats)),
        Row(what.format("JSON-LD"), "≥ 5×", "4×", _figures(_json_ld(), _JSON_LD, repeats)),
    ]


def _figures(documents: Iterator[bytes], media_type: str, repeats: int) -> str:
    figures = []
    for body in documents:
        ours, theirs = _ours(body, media_type), _rdflib(body, media_type)
        triples = ours().n_triples.count(b"\n")
        assert triples == len(theirs())
        found = medians({"ours": ours, "rdflib": theirs}, repeats)
        times = f"{found['ours'] * 1000:.2f} against {found['rdflib'] * 1000:.2f} ms"
        figures.append(f"{found['rdflib'] / found['ours']:.1f}× for {triples} triples ({times})")
    return ", ".join(figures)


def _ours(body: bytes, media_type: str) -> Callable[[], Description]:
    return lambda: describe(body, media_type=media_type, url=_URL, graph=_GRAPH)


def _rdflib(body: bytes, media_type: str) -> Callable[[], rdflib.Graph]:
    return lambda: rdflib.Graph().parse(data=body, format=media_type, publicID=_URL)


def _turtle() -> Iterator[bytes]:
    yield concepts.data("ontology/examples/office.ttl")
    yield ox.serialize(_large(), format=ox.RdfFormat.TURTLE, prefixes=PREFIXES) or b""


def _json_ld() -> Iterator[bytes]:
    document = json.loads(concepts.data("ontology/examples/office.jsonld"))
    yield json.dumps(document | {"@context": context.context()}).encode()  # rdflib would fetch it from its address
    yield ox.serialize(_large(), format=ox.RdfFormat.JSON_LD) or b""


def _large() -> list[ox.Triple]:
    file = files("registry") / "data" / "sources" / "fr.yaml"
    description = describe(file.read_bytes(), media_type="text/yaml", url=_URL, graph=_GRAPH)
    return list(description.triples)
