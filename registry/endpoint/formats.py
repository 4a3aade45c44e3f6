"""In which media types rows and graphs can be had (SPARQL 1.1 Protocol, section 2.1.5), and which one a query gets."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import QueryResultsFormat, RdfFormat

from registry.endpoint.query_check import kind
from registry.errors import UnsuitableTypeError

JSON = "application/sparql-results+json"
TURTLE = "text/turtle"
RESULTS = {
    JSON: QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    TURTLE: RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/ld+json": RdfFormat.JSON_LD,
}
_RESULT_ALIASES = {"application/json": JSON, "application/xml": "application/sparql-results+xml"}
_GRAPH_ALIASES = {"application/json": "application/ld+json", "application/xml": "application/rdf+xml"}
OFFERED = tuple(dict.fromkeys((*RESULTS, *GRAPHS, *_RESULT_ALIASES)))


def is_graph(text: str) -> bool:
    """Return whether a query asks for a graph and not for rows."""
    return kind(text) in ("construct", "describe")


def suitable(text: str, accept: Sequence[str]) -> str:
    """Return the first media type of `accept` in which this query can be answered; the usual one where it is empty.

    Raises UnsuitableTypeError where none will do. A text that is no query gets "": what is wrong is said when it runs.
    """
    if not kind(text):
        return ""
    offered, aliases = (GRAPHS, _GRAPH_ALIASES) if is_graph(text) else (RESULTS, _RESULT_ALIASES)
    if not accept:
        return TURTLE if is_graph(text) else JSON
    found = next((type_ for name in accept if (type_ := aliases.get(name, name)) in offered), None)
    if found is None:
        what = "a graph" if is_graph(text) else "rows"
        raise UnsuitableTypeError(
            f"{what} cannot be written as {' or '.join(accept)}: ask for one of {', '.join(offered)}", tuple(offered)
        )
    return found
