"""Any SPARQL 1.1 server as the store, through SPARQLWrapper, which nobody else imports."""

from __future__ import annotations

from http.client import HTTPException

from SPARQLWrapper import INSERT, POST, SELECT, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from registry.endpoint.query_check import Dataset, names_dataset
from registry.errors import StoreError
from registry.store.protocol import select

_GRAPHS = "SELECT DISTINCT ?graph WHERE { GRAPH ?graph { ?s ?p ?o } }"


class RemoteStore:
    """A server with a query and an update address.

    Whether an update of several operations is one transaction is the server's affair: choose one that says so.
    """

    def __init__(self, query_url: str, update_url: str = "", timeout_seconds: float = 30.0) -> None:
        self._query_url, self._update_url = query_url, update_url or query_url
        self._timeout = max(1, int(timeout_seconds))

    def query(self, text: str, media_type: str) -> bytes:
        """Return the server's answer in that media type; an error page with status 200 is an error too."""
        return self._answer(self._wrapper(self._query_url, text, SELECT), media_type)

    def for_visitors(self, text: str, media_type: str, default_graph: str, dataset: Dataset | None = None) -> bytes:
        """Return the answer to a visitor's query, whose default graph is that one unless it names its own.

        The dataset goes along by the protocol, with all graphs as named ones where the request does not choose.
        """
        wrapper = self._wrapper(self._query_url, text, SELECT)
        if dataset is None and not names_dataset(text):
            dataset = [default_graph], [row["graph"].value for row in select(self, _GRAPHS)]
        default, named = dataset or ([], [])
        for graph in default:
            wrapper.addDefaultGraph(graph)
        for graph in named:
            wrapper.addNamedGraph(graph)
        return self._answer(wrapper, media_type)

    def _answer(self, wrapper: SPARQLWrapper, media_type: str) -> bytes:
        wrapper.addCustomHttpHeader("Accept", media_type)
        kind, body = _sent(wrapper, self._query_url)
        if kind != media_type:
            raise StoreError(f"{self._query_url} answered with {kind or 'no media type'} instead of {media_type}")
        return body

    def update(self, text: str) -> None:
        """Send an update."""
        _sent(self._wrapper(self._update_url, text, INSERT), self._update_url)

    def close(self) -> None:
        """Nothing is held open."""

    def _wrapper(self, url: str, text: str, kind: str) -> SPARQLWrapper:
        wrapper = SPARQLWrapper(url, updateEndpoint=url)
        wrapper.setOnlyConneg(True)  # else it adds format=, output= and results= to every request
        wrapper.setTimeout(self._timeout)  # else it waits for ever
        wrapper.setMethod(POST)  # as a form: some servers hang on the direct POST of a query
        wrapper.queryString, wrapper.queryType = text, kind  # setQuery would guess the kind from the text
        return wrapper


def _sent(wrapper: SPARQLWrapper, url: str) -> tuple[str, bytes]:
    try:
        response = wrapper.query().response
        return response.headers.get_content_type(), response.read()
    except (SPARQLWrapperException, HTTPException, OSError) as error:
        raise StoreError(f"the store {url} did not do what it was asked: {error}") from error
