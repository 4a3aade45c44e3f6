"""The media types of results and graphs, and which one an answer gets (SPARQL 1.1 Protocol, section 2.1.5)."""

from __future__ import annotations

from collections.abc import Sequence

from pyoxigraph import QueryResultsFormat, RdfFormat

from registry.endpoint.query import Query
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


def suitable(query: Query, accept: Sequence[str]) -> str:
    """Return the first media type of `accept` in which this query can be answered; the default one if it is empty.

    The default is JSON for rows and Turtle for graphs. Raises UnsuitableTypeError if no type of `accept` is possible.
    """
    offered, aliases = (GRAPHS, _GRAPH_ALIASES) if query.is_graph else (RESULTS, _RESULT_ALIASES)
    if not accept:
        return TURTLE if query.is_graph else JSON
    media_type = next((type_ for name in accept if (type_ := aliases.get(name, name)) in offered), None)
    if media_type is None:
        what = "a graph" if query.is_graph else "rows"
        raise UnsuitableTypeError(
            f"{what} cannot be written as {' or '.join(accept)}: ask for one of {', '.join(offered)}", tuple(offered)
        )
    return media_type
