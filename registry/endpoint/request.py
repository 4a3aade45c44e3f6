"""What a visitor asks for: a query that may be run, the graphs it is asked of, and the media type of its answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.endpoint.formats import suitable
from registry.endpoint.protocol import Dataset
from registry.endpoint.query import Query, check_graph, read_query
from registry.settings import Settings


@dataclass(frozen=True, slots=True)
class Request:
    """A query, the media type of its answer, and its dataset; None stands for the merged graph, and all for GRAPH."""

    query: Query
    media_type: str
    dataset: Dataset | None


def read_request(text: str, accept: Sequence[str], dataset: Dataset | None, settings: Settings) -> Request:
    """Return what is asked for; `dataset` is that of the request, which outdoes that of the query.

    Raises QueryTooLongError, UnsuitableTypeError and QueryError, as `Endpoint.answer` does.
    """
    query = read_query(text, settings.base, settings.max_query_bytes)
    for graph in [] if dataset is None else [*dataset[0], *dataset[1]]:
        check_graph(graph, settings.base)
    return Request(query, suitable(query, accept), query.dataset if dataset is None else dataset)
