"""Visitors' queries on a SPARQL 1.1 server."""

from __future__ import annotations

from collections.abc import Sequence

from registry.endpoint.formats import suitable
from registry.endpoint.protocol import Answer, Dataset
from registry.endpoint.query_check import check, names_dataset
from registry.iri.names import merged_graph
from registry.settings import Settings
from registry.store.protocol import select
from registry.store.remote import RemoteStore
from registry.store.sparql_text import load


class RemoteEndpoint:
    """An endpoint that passes queries on to a server. The server sets the limits of time and size."""

    def __init__(self, store: RemoteStore, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def answer(self, text: str, accept: Sequence[str] = (), dataset: Dataset | None = None) -> Answer:
        """Return the answer to a query, see `Endpoint`.

        The dataset is sent as parameters of the protocol. Without one in the request or the query, it is the merged
        graph as the default graph, and all graphs as named graphs.
        """
        check(text, self._settings.max_query_bytes)
        media_type = suitable(text, accept)
        if dataset is None and not names_dataset(text):
            named = [row["graph"].value for row in select(self._store, load("registry.endpoint", "graphs.rq"))]
            dataset = [merged_graph(self._settings.base)], named
        default, named = dataset or ([], [])
        return Answer(self._store.query(text, media_type, default_graphs=default, named_graphs=named), media_type)

    def close(self) -> None:
        """Do nothing: no connection stays open."""
