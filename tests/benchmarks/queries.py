"""Visitors' queries in their workers: what a worker adds to a small one, and how soon a runaway one is gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pyoxigraph as ox

from registry.endpoint.local import LocalEndpoint
from registry.errors import WorkerError
from registry.settings import Settings
from tests.benchmarks.measure import Row, medians, timed
from tests.benchmarks.population import populate

_SMALL = """PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX dcterms: <http://purl.org/dc/terms/>
SELECT ?country ?title WHERE {
  ?statement ospo:force <https://w3id.org/ospo/concept/force/required> ; ospo:countryCode ?country ;
             dcterms:isPartOf ?policy . ?policy dcterms:title ?title
} ORDER BY ?country"""
_RUNAWAY = """SELECT (COUNT(*) AS ?n) {
  ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(CONCAT(STR(?c), STR(?f), STR(?i)) = 'never')
}"""


def overhead(repeats: int = 500) -> list[Row]:
    """Ask a small query through a worker, and of the same store in this process."""
    with _filled() as settings, LocalEndpoint(settings) as workers:
        store, graph = ox.Store.read_only(settings.store_location), ox.NamedNode(_merged(settings))
        tasks = {
            "worker": lambda: _run(workers, settings, _SMALL),
            "bare": lambda: store.query(_SMALL, default_graph=graph).serialize(format=ox.QueryResultsFormat.JSON),
        }
        tasks["worker"]()  # starts it
        found = {name: seconds * 1000 for name, seconds in medians(tasks, repeats, time.perf_counter).items()}
    figures = f"{found['worker'] - found['bare']:.2f} ms ({found['worker']:.2f} against {found['bare']:.2f} ms)"
    return [Row("SPARQL: what a query worker adds to bare pyoxigraph", "≤ 2 ms", "0.6 ms", figures)]


def runaway(seconds: float = 1.0, repeats: int = 3) -> list[Row]:
    """Ask a query that would run for minutes, and see that its process is gone when the refusal comes."""
    with _filled(query_seconds=seconds) as settings, LocalEndpoint(settings) as workers:
        late = []
        for _ in range(repeats):
            _run(workers, settings, _SMALL)
            assert _children(), "the worker runs"
            spent, _ = timed(lambda: _stopped(workers, settings), time.perf_counter)
            late.append(spent - seconds)
            assert not _children(), "no process is left"
    figures = f"{max(late):.3f} s (the slowest of {repeats}; its process has ended)"
    return [Row("runaway query: time after its deadline until it is gone", "≤ 1 s", "0.05 s", figures)]


@contextmanager
def _filled(**changes: float) -> Iterator[Settings]:
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder, **changes)
        populate(settings, offices=40, policies=40, jurisdictions=4)
        yield settings


def _merged(settings: Settings) -> str:
    return f"{settings.base}/merged"


def _run(workers: LocalEndpoint, settings: Settings, text: str) -> None:
    workers.answer(text)


def _stopped(workers: LocalEndpoint, settings: Settings) -> None:
    try:
        _run(workers, settings, _RUNAWAY)
    except WorkerError:
        return
    raise AssertionError("the query was answered within its time")


def _children() -> list[str]:
    """Return the processes that this thread has started and that have not been waited for."""
    return Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text(encoding="ascii").split()
