"""The SHACL engines: pySHACL, the reference, and shifty, which gives the same results about twenty times faster.

An engine is a function from a description to results; it is made once from the triples of the shapes. pySHACL gets
terms that pyoxigraph has parsed: rdflib's own parser treats "x" and "x"^^xsd:string as different terms, which would
give findings on valid data.
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

from registry.iri.names import PREFIXES, SHAPES, XSD
from registry.model import Description
from registry.vocabulary.messages import shape_triples

try:
    import shifty  # of the distribution pyshifty; the distribution called shifty is another project's
except ImportError:
    shifty = None  # type: ignore[assignment]

SH = PREFIXES["sh"]

# rdflib logs a traceback for every ill-typed literal; a finding tells it to the publisher, who can fix it
logging.getLogger("rdflib").setLevel(logging.CRITICAL)


class Result(NamedTuple):
    """One validation result: the focus node, the shape that it violates, and the value, "" if there is none."""

    focus: str
    shape: str
    value: str


Engine = Callable[[Description], list[Result]]


@functools.cache
def engine() -> Engine:
    """Return the fastest engine that is installed, made for our shapes."""
    return (shifty_engine if has_shifty() else pyshacl_engine)(shape_triples())


def has_shifty() -> bool:
    """Return whether the fast engine is installed (the extra `fast`)."""
    return hasattr(shifty, "PreparedValidator")


def shifty_engine(shapes: Sequence[ox.Triple]) -> Engine:
    """Return shifty as an engine."""
    # bytes, since shifty takes a string for an address or a path
    prepared = shifty.PreparedValidator(_ntriples([*_with_own_targets(shapes), *_iris_as_messages(shapes)]))

    def run(description: Description) -> list[Result]:
        outcome = prepared.validate_algebra(description.n_triples, infer=False, graph_mode="data")
        return [
            _result(_unquoted(violation.focus_node), str(reason.author_message), _unquoted(reason.value))
            for violation in outcome.violations
            for reason in violation.reasons
        ]

    return run


def _iris_as_messages(shapes: Iterable[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield for each shape its own IRI as its message: a result of shifty has the message, but not the shape."""
    for shape in {triple.subject for triple in shapes if triple.predicate.value == SH + "message"}:
        yield ox.Triple(shape, ox.NamedNode(SH + "message"), ox.Literal(text(shape)))


def _with_own_targets(shapes: Sequence[ox.Triple]) -> Iterator[ox.Triple]:
    """Yield the shapes without messages, each property shape with the targets of its node shape instead of within it.

    Both mean the same in SHACL (section 2.1.3). But shifty 0.5.1 reports a value only once in a node shape, even if two
    properties have it and both violate the same constraint.
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
    """Return the IRI or lexical form of a term in N-Triples."""
    if term.startswith("<"):
        return term[1:-1]
    return text(next(iter(ox.parse(f"<a:> <a:> {term} .", ox.RdfFormat.N_TRIPLES))).object)


def pyshacl_engine(shapes: Sequence[ox.Triple]) -> Engine:
    """Return pySHACL as an engine: graphs only, no inference, no rules, no scripts, no imports."""
    import pyshacl  # here, since it takes half a second and 20 MB, which a worker with the fast engine saves

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
    """Return the IRI, label or lexical form of a term."""
    return term.value if isinstance(term, ox.NamedNode | ox.BlankNode | ox.Literal) else str(term)


def _result(focus: str, shape: str, value: str) -> Result:
    # the value of a node shape is the focus node itself (SHACL 1.0, section 3.4): no more information
    return Result(focus, shape, "" if value == focus else value)


def _ntriples(triples: Iterable[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


_OPAQUE = rdflib.URIRef(SHAPES + "opaque")
_TYPED = {XSD + name for name in ("date", "gYear", "gYearMonth", "decimal", "integer", "boolean")}


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
    if literal.language or datatype == XSD + "string":
        return rdflib.Literal(literal.value, lang=literal.language)
    # rdflib parses values of all datatypes that it knows, even HTML and XML; it may do so only for those of our shapes
    allowed = rdflib.URIRef(datatype) if datatype in _TYPED else _OPAQUE
    return rdflib.Literal(literal.value, datatype=allowed, normalize=False)
