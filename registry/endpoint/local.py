"""Visitors' queries on the embedded store, in worker processes."""

from __future__ import annotations

from registry.endpoint.query_check import Dataset, check
from registry.endpoint.results import Answer
from registry.errors import QueryError
from registry.sandbox.pools import _Pool
from registry.settings import Settings
from registry.store.revision import read_revision


class QueryWorkers(_Pool):
    """Workers that run visitors' queries on the embedded store, which they open read-only."""

    def __init__(self, settings: Settings) -> None:
        super().__init__("query", settings.query_workers, settings.query_memory_mb, settings.query_seconds)
        self._settings = settings

    def run(self, text: str, *, media_type: str, default_graph: str, dataset: Dataset | None = None) -> Answer:
        """Return the answer to a query, cut at the limits of the settings; `dataset` is that of the request, if any.

        Raises QueryError for a query that is malformed or asks for what is not offered, WorkerError for one that takes
        too much time or memory, or when all workers stay busy.
        """
        check(text, self._settings.max_query_bytes)
        store = self._settings.store_location
        request = {
            "media_type": media_type,
            "default_graph": default_graph,
            "dataset": dataset,
            "store": store,
            "revision": read_revision(store),
            "max_rows": self._settings.max_rows,
            "max_bytes": self._settings.max_answer_bytes,
        }
        said, body = self._ask(request, text.encode("utf-8", "replace"), wait=self._seconds)
        if said.get("error"):
            raise QueryError(str(said["message"]))
        return Answer(body, said["media_type"], said["truncated"])
