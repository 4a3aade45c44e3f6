"""The endpoint on a server that is slow, gone, wrong or endless: our limits hold, and nothing of the server is told."""

import threading
import time
from contextlib import contextmanager

import pytest

from registry.endpoint.remote import RemoteEndpoint
from registry.errors import BusyError, QueryError, StoreError, WorkerError
from registry.readmodel.snapshot import Latest, Snapshot
from registry.sandbox.cancellation import Cancellation, governing
from registry.settings import Settings
from registry.store import remote
from registry.store.protocol import select
from registry.store.remote import RemoteStore
from registry.web.app import create_app
from tests.conftest import served
from tests.support.waiting import LONG, until

JSON = "application/sparql-results+json"
ROWS = "SELECT ?s { ?s ?p ?o }"


@contextmanager
def endpoint(application, **changes):
    with served(application) as address:
        settings = Settings(store=f"{address}/secret", query_workers=2, **{"query_seconds": LONG, **changes})
        yield RemoteEndpoint(RemoteStore(settings.store, timeout_seconds=LONG), settings)


class Slow:
    """A server that works at queries until it is let go, and counts those that it is at."""

    def __init__(self):
        self.go_on, self.at, self.most = threading.Event(), 0, 0
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            self.at += 1
            self.most = max(self.most, self.at)
        assert self.go_on.wait(LONG)
        with self._lock:
            self.at -= 1
        start_response("200 OK", [("Content-Type", JSON)])
        return [b'{"head":{"vars":[]},"results":{"bindings":[]}}']


def test_a_slow_server_is_never_at_more_queries_than_allowed_however_many_are_left():
    slow = Slow()
    with endpoint(slow, query_seconds=0.2) as asked:
        for _ in range(2):
            start = time.monotonic()
            with pytest.raises(WorkerError, match=r"took longer than 0\.2 seconds"):
                asked.answer(ROWS)
            assert time.monotonic() - start >= 0.2
        for _ in range(5):
            with pytest.raises(BusyError):
                asked.answer(ROWS)
        assert asked.left_running == 2
        until(lambda: slow.at == 2)
        slow.go_on.set()
        until(lambda: asked.left_running == 0)
        assert slow.most == 2
        assert asked.answer(ROWS).body == b'{"head":{"vars": ["s"]},"results":{"bindings":[]}}'


def test_a_visitor_who_leaves_frees_the_thread_that_waits_and_the_query_is_counted():
    slow, order = Slow(), Cancellation()
    errors = []

    def ask():
        with governing(order), pytest.raises(WorkerError) as raised:
            asked.answer(ROWS)
        errors.append(str(raised.value))

    with endpoint(slow) as asked:
        visitor = threading.Thread(target=ask)
        visitor.start()
        until(lambda: slow.at == 1)
        order.cancel("its visitor left")
        visitor.join(LONG)
        assert errors == ["its visitor left"]
        assert (order.ended, asked.left_running) == ("stopped", 1)
        assert not order.left.done()
        slow.go_on.set()
        until(order.left.done)
        assert asked.left_running == 0


def endless(environ, start_response):
    start_response("200 OK", [("Content-Type", JSON)])
    yield b'{"head":{"vars":["s"]},"results":{"bindings":['
    while True:
        yield b'{"s":{"type":"uri","value":"urn:x"}},'


@pytest.mark.parametrize(("limits", "cut"), [({"max_rows": 7}, "rows"), ({"max_answer_bytes": 300}, "bytes")])
def test_of_an_endless_answer_no_more_is_read_than_is_told(limits, cut):
    with endpoint(endless, **limits) as asked:
        answer = asked.answer(ROWS, ["text/csv"])
        assert answer.truncated == cut
        assert answer.body.count(b"urn:x") == 7
        until(lambda: asked.left_running == 0)


def test_a_value_that_never_ends_is_not_read_to_its_end():
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", JSON)])
        yield b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"type":"literal","value":"'
        while True:
            yield b"x" * 1_000

    with endpoint(application, max_answer_bytes=1_000) as asked:
        with pytest.raises(WorkerError):
            asked.answer(ROWS)
        assert asked.left_running == 0


def dripping(environ, start_response):
    start_response("200 OK", [("Content-Type", JSON)])
    yield b'{"head":{"vars":["s"]},"results":{"bindings":['
    while True:
        time.sleep(0.01)
        yield b" "


def test_an_answer_that_drips_ends_at_the_deadline():
    with endpoint(dripping, query_seconds=0.3) as asked:
        with pytest.raises(WorkerError, match="took longer"):
            asked.answer(ROWS)
        until(lambda: asked.left_running == 0)


def saying(status, kind, body, *headers):
    def application(environ, start_response):
        start_response(status, [("Content-Type", kind), *headers])
        return [body]

    return application


@pytest.mark.parametrize(
    ("application", "error"),
    [
        (saying("400 Bad Request", "text/plain", b"secret: line 1"), QueryError),
        (saying("500 Internal Server Error", "text/plain", b"secret: line 1"), StoreError),
        (saying("500 SPARQL Request Failed", "text/plain", b"Virtuoso 2201B Error SR098: secret"), QueryError),
        (saying("500 SPARQL Request Failed", "text/plain", b"Virtuoso 37000 Error TR...: secret"), QueryError),
        (saying("500 SPARQL Request Failed", "text/plain", b"Virtuoso S0022 Error SQ200: secret"), QueryError),
        (saying("500 SPARQL Request Failed", "text/plain", b"Virtuoso 40001 Error SR172: secret"), StoreError),
        (saying("403 Forbidden", JSON, b"secret"), StoreError),
        (saying("302 Found", "text/plain", b"secret", ("Location", "http://127.0.0.1:9/secret")), StoreError),
        (saying("200 OK", "text/html", b"<h1>secret</h1>"), StoreError),
        (saying("200 OK", JSON, b"secret"), StoreError),
        (saying("200 OK", JSON, b'{"head":{"vars":["s"]},"results":{"bindings":[{"s":{"secret"'), StoreError),
        (saying("200 OK", JSON, b'{"head":{},"boolean":true}'), StoreError),
        (saying("200 OK", JSON, b'{"head":{},"results":{}}', ("X-SQL-State", "S1TAT")), WorkerError),
    ],
)
def test_what_is_wrong_with_a_server_becomes_an_answer_of_ours_without_its_words(application, error):
    with served(application) as address:
        site = create_app(Settings(store=f"{address}/secret", base="https://atlas.example", query_seconds=LONG))
        with pytest.raises(error):
            site.config["ENDPOINT"].answer(ROWS)
        for accept in ("*/*", "text/html"):
            told = site.test_client().get("/sparql", query_string={"query": ROWS}, headers={"Accept": accept})
            assert told.status_code == (200 if accept == "text/html" else 400 if error is QueryError else 503)
            for inside in ("secret", "127.0.0.1", address.rpartition(":")[2], "Traceback"):
                assert inside not in told.text


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_where_a_server_would_send_us_nothing_is_asked(status):
    asked = []

    def elsewhere(environ, start_response):
        asked.append(environ["PATH_INFO"])
        return saying("200 OK", JSON, b'{"head":{"vars":[]},"results":{"bindings":[]}}')(environ, start_response)

    with served(elsewhere) as other, served(saying(status, "text/plain", b"", ("Location", f"{other}/x"))) as address:
        store = RemoteStore(address, timeout_seconds=LONG)
        for ask in (lambda: select(store, ROWS), lambda: store.update("DROP ALL")):
            with pytest.raises(StoreError, match=rf"HTTP Error {status[:3]}: it leads to {other}/x"):
                ask()
        with pytest.raises(StoreError, match=f"answered {status[:3]}"):
            RemoteEndpoint(store, Settings(store=address, query_seconds=LONG)).answer(ROWS)
        site = create_app(Settings(store=address, query_seconds=LONG)).test_client()
        for told in (site.get("/sparql", query_string={"query": ROWS}), site.get("/offices")):
            assert (told.status_code, "127.0.0.1" in told.text) == (503, False)
    assert asked == []


def test_rows_that_a_server_cut_by_itself_are_no_answer_for_pages_either():
    cut = saying("200 OK", JSON, b'{"head":{"vars":[]},"results":{"bindings":[]}}', ("X-SQL-State", "S1TAT"))
    with served(cut) as address, pytest.raises(StoreError, match="cut its answer"):
        select(RemoteStore(address), ROWS)


def test_visitors_may_be_sent_to_an_address_of_their_own_with_a_limit_of_the_server(tmp_path):
    seen = []

    def noting(environ, start_response):
        seen.append((environ["PATH_INFO"], environ["QUERY_STRING"]))
        return saying("200 OK", JSON, b'{"head":{},"boolean":true}')(environ, start_response)

    with served(noting) as address:
        settings = Settings(store=f"{address}/all", store_visitors=f"{address}/copy?timeout=5000", data=str(tmp_path))
        assert create_app(settings).config["ENDPOINT"].answer("ASK {}").body == b'{"head": {}, "boolean": true}'
    assert seen == [("/copy", "timeout=5000")]


def test_an_answer_without_end_to_a_question_of_our_own_is_ended():
    with served(endless) as address, pytest.raises(StoreError, match="more than 2 MiB"):
        select(RemoteStore(address, timeout_seconds=LONG, most_bytes=2 * 1_048_576), ROWS)


def test_an_answer_that_drips_is_ended(monkeypatch):
    monkeypatch.setattr(remote, "_MOST_SECONDS", 0.2)
    with served(endless) as address, pytest.raises(StoreError, match="took more than 0"):
        select(RemoteStore(address, timeout_seconds=LONG), ROWS)


@pytest.mark.parametrize(
    "body", [b'{"head":{"vars":[1,}', b"[" * 200_000, b'{"head":{"vars":["s"]},"results":{}}', b""]
)
def test_a_garbled_answer_is_the_fault_of_the_store(body):
    def garbled(environ, start_response):
        start_response("200 OK", [("Content-Type", JSON)])
        return [body]

    with served(garbled) as address, pytest.raises(StoreError):
        select(RemoteStore(address, timeout_seconds=LONG), ROWS)


def test_of_a_server_that_was_silent_one_alone_asks_at_a_time():
    slow = Slow()
    with served(slow) as address:
        store = RemoteStore(address, timeout_seconds=1.0, rest_seconds=LONG)
        with pytest.raises(StoreError, match="did not answer in time"):
            select(store, ROWS)
        with pytest.raises(StoreError, match="was silent a moment ago"):
            select(store, ROWS)
        assert slow.most == 1
        slow.go_on.set()
        store._rests_until = 0.001  # the rest is over
        assert select(store, ROWS) == []
        assert store._rests_until == 0.0


def test_a_server_that_was_silent_and_now_refuses_is_not_silent():
    refuses = saying("500 Error", JSON, b"{}")
    with served(refuses) as address:
        store = RemoteStore(address, timeout_seconds=LONG, rest_seconds=LONG)
        store._rests_until = 0.001  # it was silent, and the rest is over
        for _ in range(2):
            with pytest.raises(StoreError, match="did not do what it was asked"):
                select(store, ROWS)


def test_while_a_watched_server_hangs_pages_show_the_last_lists_and_ask_nothing():
    asked = []
    shown = Latest(lambda: asked.append(1) or "one", lambda version: Snapshot(1))
    shown.is_watched = True
    first = shown.get()
    looks = len(asked)
    assert shown.get() is first
    assert len(asked) == looks
    shown.look()
    assert len(asked) > looks
