"""The SHACL engines behind one signature: pySHACL, the reference, and shifty, the same results many times faster.

An engine is a function of a description, made once from the shapes' triples. pySHACL gets terms that pyoxigraph has
parsed: rdflib's own parser holds "x" and "x"^^xsd:string to be different, and would find fault with valid data.
"""

from __future__ import annotations

import functools
import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import pyoxigraph as ox
import rdflib

from registry.iri.names import PREFIXES, SHAPES
from registry.model import Description
from registry.vocabulary import concepts

try:
    import shifty  # of the distribution pyshifty; the distribution called shifty is another project's
except ImportError:
    shifty = None  # type: ignore[assignment]

SH = PREFIXES["sh"]

# rdflib logs a traceback for every ill-typed literal; a finding says the same to the one who can mend it
logging.getLogger("rdflib").setLevel(logging.CRITICAL)


class Result(NamedTuple):
    """One validation result: the focus node, the shape that was broken, and the value ("" where there is none)."""

    focus: str
    shape: str
    value: str


Engine = Callable[[Description], list[Result]]


@functools.cache
def shape_triples() -> tuple[ox.Triple, ...]:
    """Return all shapes, each file's blank nodes kept apart."""
    triples: list[ox.Triple] = []
    for name in concepts.shape_files():
        quads = ox.parse(concepts.data(name), ox.RdfFormat.TURTLE, rename_blank_nodes=True)
        triples += (ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads)
    return tuple(triples)


@functools.cache
def engine() -> Engine:
    """Return the fastest engine that is installed, ready for our shapes."""
    return (shifty_engine if has_shifty() else pyshacl_engine)(shape_triples())


def has_shifty() -> bool:
    """Return whether the fast engine is installed (the extra `fast`)."""
    return hasattr(shifty, "PreparedValidator")


def shifty_engine(shapes: Sequence[ox.Triple]) -> Engine:
    """Return shifty as an engine."""
    # bytes only: shifty takes a string for the address or the path of a file
    prepared = shifty.PreparedValidator(_ntriples([*_targeted(shapes), *_marked(shapes)]))

    def run(description: Description) -> list[Result]:
        found = prepared.validate_algebra(description.n_triples, infer=False, graph_mode="data")
        return [
            _result(_unquoted(violation.focus_node), str(reason.author_message), _unquoted(reason.value))
            for violation in found.violations
            for reason in violation.reasons
        ]

    return run


def _marked(shapes: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield for each shape its own IRI as its message: results of shifty hold the message, not the property shape."""
    for shape in {triple.subject for triple in shapes if triple.predicate.value == SH + "message"}:
        yield ox.Triple(shape, ox.NamedNode(SH + "message"), ox.Literal(text(shape)))


def _targeted(shapes: Sequence[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the shapes without messages; property shapes have the targets of their node shape instead of a place in it.

    SHACL means the same by both (section 2.1.3), but within one node shape shifty 0.5.1 reports a value once, although
    two properties have it and both break the same constraint on it.
    """
    targets: dict[object, list[ox.Triple]] = defaultdict(list)
    for triple in shapes:
        if triple.predicate.value.startswith(SH + "target"):
            targets[triple.subject].append(triple)
    for triple in shapes:
        if triple.predicate.value == SH + "property" and triple.subject in targets:
            for target in targets[triple.subject]:
                yield ox.Triple(triple.object, target.predicate, target.object)  # type: ignore[arg-type]
        elif triple.predicate.value != SH + "message":
            yield triple


def _unquoted(term: str) -> str:
    """Return what a term written in N-Triples says."""
    if term.startswith("<"):
        return term[1:-1]
    return text(next(iter(ox.parse(f"<a:> <a:> {term} .", ox.RdfFormat.N_TRIPLES))).object)


def pyshacl_engine(shapes: Sequence[ox.Triple]) -> Engine:
    """Return pySHACL as an engine: graphs only, no inference, no rules, no scripts, no imports."""
    import pyshacl  # half a second and 20 MB that a reader process with the fast engine does without

    shapes_graph = _rdflib_graph(shapes)
    lock = threading.Lock()  # pySHACL switches global state of rdflib while it runs

    def run(description: Description) -> list[Result]:
        data = _rdflib_graph(description.triples)
        with lock:
            _, report, _ = pyshacl.validate(data, shacl_graph=shapes_graph, inference="none")
        sh = rdflib.Namespace(SH)
        return [
            _result(*(str(report.value(node, sh[key]) or "") for key in ("focusNode", "sourceShape", "value")))
            for node in report.objects(None, sh.result)
        ]

    return run


def text(term: object) -> str:
    """Return what a term says, without the marks of any syntax."""
    return term.value if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal) else str(term)


def _result(focus: str, shape: str, value: str) -> Result:
    # a node shape's value is the focus node itself (SHACL 1.0, section 3.4): it tells nothing more
    return Result(focus, shape, "" if value == focus else value)


def _ntriples(triples: Iterable[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


_OPAQUE = rdflib.URIRef(SHAPES + "opaque")
_XSD = PREFIXES["xsd"]
_TYPED = {_XSD + name for name in ("date", "gYear", "gYearMonth", "decimal", "integer", "boolean")}


def _rdflib_graph(triples: Iterable[ox.Triple]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for triple in triples:
        graph.add((_rdflib(triple.subject), _rdflib(triple.predicate), _rdflib(triple.object)))
    return graph


def _rdflib(term: object) -> rdflib.term.Node:
    match term:
        case ox.NamedNode():
            return rdflib.URIRef(term.value)
        case ox.BlankNode():
            return rdflib.BNode(term.value)
        case ox.Literal():
            return _rdflib_literal(term)
    raise ValueError(f"not a term of RDF 1.1: {term}")


def _rdflib_literal(literal: ox.Literal) -> rdflib.Literal:
    datatype = literal.datatype.value
    if literal.language or datatype == _XSD + "string":
        return rdflib.Literal(literal.value, lang=literal.language)
    # rdflib reads a value of every datatype it knows, HTML and XML too: only those that our shapes ask for may be read
    known = rdflib.URIRef(datatype) if datatype in _TYPED else _OPAQUE
    return rdflib.Literal(literal.value, datatype=known, normalize=False)
