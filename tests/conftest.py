"""What many tests need: every kind of store behind the same fixture, settings in a folder of their own, and figures."""

from __future__ import annotations

import threading
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pyoxigraph import NamedNode, QueryBoolean, QueryResultsFormat, QuerySolutions, RdfFormat, Store
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.remote import RemoteStore
from tests.support.servers import SERVERS, started
from tests.support.waiting import LONG

hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")  # a slow machine finds the same as a fast one


@contextmanager
def served(application):
    """Serve a WSGI application on a free port of the loopback and yield its address."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join(LONG)
        server.server_close()


def sparql_server(store):
    """Return a SPARQL 1.1 Protocol server (query and update by form) on a pyoxigraph store."""

    @Request.application
    def application(request):
        try:
            if "update" in request.form:
                store.update(request.form["update"])
                return Response(status=204)
            default, named = (
                [NamedNode(name) for name in request.form.getlist(f"{kind}-graph-uri")] for kind in ("default", "named")
            )
            dataset = {"default_graph": default, "named_graphs": named} if default or named else {}
            results = store.query(request.form["query"], **dataset)
        except (SyntaxError, OSError) as error:
            return Response(str(error), status=400)
        wanted = request.headers["Accept"]
        kinds = QueryResultsFormat if isinstance(results, QuerySolutions | QueryBoolean) else RdfFormat
        return Response(results.serialize(format=kinds.from_media_type(wanted)), content_type=wanted)

    return application


@pytest.fixture
def figure(record_property):
    """A function that has a line stand among the measured figures at the end of the report."""
    return lambda line: record_property("figure", line)


def pytest_terminal_summary(terminalreporter):
    """Tell what was measured: being slow is never a failure."""
    properties = [pair for report in terminalreporter.stats.get("passed", []) for pair in report.user_properties]
    if lines := [value for name, value in properties if name == "figure"]:
        terminalreporter.section("measured")
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def servers(tmp_path_factory):
    """A function that returns the real server of a kind, running and empty; it skips the test where there is none."""
    running = {}

    def running_one(name):
        kind = next(kind for kind in SERVERS if kind.name == name)
        if kind not in running:
            running[kind] = started(kind, tmp_path_factory.mktemp(name))
        running[kind].empty()
        return running[kind]

    yield running_one
    for server in running.values():
        server.stop()


@pytest.fixture(params=["memory", "disk", "remote", *(kind.name for kind in SERVERS)])
def store(request, tmp_path, servers):
    """A fresh store of each kind."""
    if request.param in [kind.name for kind in SERVERS]:
        yield servers(request.param).store
    elif request.param == "memory":
        yield EmbeddedStore()
    elif request.param == "disk":
        opened = EmbeddedStore(str(tmp_path / "store"))
        yield opened
        opened.close()
    else:
        with served(sparql_server(Store())) as address:
            yield RemoteStore(address, timeout_seconds=LONG)


@pytest.fixture
def settings(tmp_path):
    """Settings whose data stand in a folder of the test's own."""
    data, patient = str(tmp_path / "data"), {"reader_seconds": LONG, "query_seconds": LONG}
    return Settings(base="https://atlas.example", data=data, reader_workers=1, query_workers=1, **patient)
