"""Visitors' queries on a SPARQL 1.1 server, within our own limits of time, rows, bytes and number."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import BinaryIO

from pyoxigraph import QueryBoolean, QueryResultsFormat, RdfFormat, parse, parse_query_results

from registry.endpoint.protocol import Answer, Dataset
from registry.endpoint.request import Request, read_request
from registry.endpoint.results import answer, boolean
from registry.endpoint.sparql.writer import within_graph
from registry.errors import BusyError, WorkerError
from registry.iri.names import merged_graph
from registry.reasons.reasons import reason
from registry.sandbox import cancellation
from registry.sandbox.cancellation import Cancellation
from registry.settings import Settings
from registry.store.protocol import JSON, N_TRIPLES, truth
from registry.store.remote import RemoteStore

_MORE = 16  # times that a server may need the bytes of our own form
_NOTHING = "none"  # after the base, the name of a graph that no store has


_HAND_OVER_SECONDS = 0.25  # a place is given back just after its answer; to wait longer is the web server's affair


class RemoteEndpoint:
    """An endpoint on a server, of which at most `query_workers` questions are under way at a time.

    Our answer ends after `query_seconds`, whatever the server does. A question that was left then keeps its place until
    the server is done with it, so that what it works at for nobody is bounded in number; the Cancellation that governs
    who asked gets it as `left`.
    """

    def __init__(self, store: RemoteStore, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._places = threading.BoundedSemaphore(settings.query_workers)
        self._lock = threading.Lock()
        self._left: set[Future[None]] = set()

    @property
    def left_running(self) -> int:
        """How many questions the server may still be at, although nobody waits for their answers."""
        return len(self._left)

    def answer(self, text: str, accept: Sequence[str] = (), dataset: Dataset | None = None) -> Answer:
        """Return the answer to a query, see `Endpoint`."""
        settings = self._settings
        asked = read_request(text, accept, dataset, settings)
        spoken, graphs = _spoken(asked, settings.base)
        if not self._places.acquire(timeout=_HAND_OVER_SECONDS):
            raise BusyError("all workers are busy: try again in a few seconds")
        over: Future[None] = Future()
        try:
            question = self._store.ask_for(
                spoken,
                N_TRIPLES if asked.query.is_graph else JSON,
                graphs,
                read=lambda stream: self._read(stream, asked),
                ended=lambda: self._ended(over),
                most_bytes=_MORE * settings.max_answer_bytes,
            )
        except BaseException:
            self._places.release()
            raise
        order = cancellation.current() or Cancellation()
        try:
            with order.stopping(question.leave):
                return question.wait(settings.query_seconds)
        except (TimeoutError, WorkerError) as error:
            question.leave()
            with self._lock:
                if not over.done():
                    self._left.add(over)
                    order.left = over
            order.ended = "stopped" if order.reason else "time"
            raise WorkerError(order.reason or reason("worker-slow", seconds=f"{settings.query_seconds:g}")) from error

    def _ended(self, over: Future[None]) -> None:
        self._places.release()
        with self._lock:
            self._left.discard(over)
            over.set_result(None)

    def _read(self, stream: BinaryIO, asked: Request) -> Answer:
        """Return the answer of what the server sends, of which no more is read than is told."""
        limits = self._settings.max_rows, self._settings.max_answer_bytes
        if asked.query.is_graph:
            triples = (quad.triple for quad in parse(stream, RdfFormat.N_TRIPLES))
            return answer(triples, asked.media_type, *limits)
        results = parse_query_results(stream, QueryResultsFormat.JSON)
        if asked.query.kind == "ask":
            return boolean(truth(results), asked.media_type)
        assert not isinstance(results, QueryBoolean)
        return answer(results, asked.media_type, *limits, asked.query.variables)

    def close(self) -> None:
        """Do nothing: no connection stays open."""


def _spoken(asked: Request, base: str) -> tuple[str, Dataset]:
    """Return the query as the server gets it, and the graphs that go with it (SPARQL 1.1 Protocol, section 2.1.4).

    Servers differ in what stands for graphs that are not named, and may hold graphs of others: none is left to them.
    """
    merged, nothing = merged_graph(base), f"{base}/{_NOTHING}"
    if asked.dataset is not None:
        default, named = asked.dataset
        return asked.query.text, (default or [nothing], named or [nothing])
    if asked.query.asks_graphs:  # of which there may be too many to name
        return within_graph(asked.query.text, merged, f"{base}/"), ([], [])
    return asked.query.text, ([merged], [nothing])
