"""Visitors' queries on the embedded store, run in worker processes that are killed at a limit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self

from registry.endpoint.protocol import Answer, Dataset
from registry.endpoint.request import read_request
from registry.errors import QueryError, StoreError
from registry.iri.names import merged_graph
from registry.sandbox.pools import Limits, Pool
from registry.settings import Settings

_NICENESS = 5  # pages go first where there are more queries than processors


class LocalEndpoint:
    """An endpoint whose workers read the last checkpoint. Answers are cut at `max_rows` and `max_answer_bytes`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        limits = Limits(settings.query_memory_mb, settings.query_seconds, niceness=_NICENESS)
        self._pool = Pool("registry.endpoint.local:run_queries", settings.query_workers, limits)

    def answer(self, text: str, accept: Sequence[str] = (), dataset: Dataset | None = None) -> Answer:
        """Return the answer to a query, see `Endpoint`."""
        settings = self._settings
        asked = read_request(text, accept, dataset, settings)
        request = {
            "media_type": asked.media_type,
            "default_graph": merged_graph(settings.base),
            "dataset": asked.dataset,
            "variables": asked.query.variables,
            "store": settings.store_location,
            "base": settings.base,
            "max_rows": settings.max_rows,
            "max_bytes": settings.max_answer_bytes,
        }
        facts, body = self._pool.ask(request, asked.query.text.encode(), wait=self._pool.seconds)
        if facts.get("error") == "store":
            raise StoreError(str(facts["message"]))
        if facts.get("error"):
            raise QueryError(str(facts["message"]))
        return Answer(body, facts["media_type"], facts["truncated"])

    def close(self) -> None:
        """End all workers, those at work too."""
        self._pool.kill()
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


def run_queries() -> Callable[[dict[str, Any], bytes], tuple[dict[str, Any], bytes]]:
    """Return the function that answers the requests of `LocalEndpoint` in a worker. That one raises QueryError."""
    # imported here: only the worker needs the query engine
    from registry.endpoint.results import run
    from registry.store.checkpoints import CheckpointStore

    stores: dict[tuple[str, str], CheckpointStore] = {}

    def answer(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        place = request["store"], request["base"]
        view = stores.setdefault(place, CheckpointStore(*place)).view()
        result = run(
            view.engine,
            body.decode(),
            request["media_type"],
            request["default_graph"],
            request["max_rows"],
            request["max_bytes"],
            dataset=request["dataset"],
            variables=request["variables"],
        )
        return {"media_type": result.media_type, "truncated": result.truncated}, result.body

    return answer
