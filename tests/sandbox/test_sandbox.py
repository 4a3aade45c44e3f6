"""What is foreign runs in workers: they have limits, no network, and nothing but themselves to lose."""

import contextlib
import os
import signal
import socket
import threading
from dataclasses import replace

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.endpoint.local import LocalEndpoint
from registry.endpoint.query import Query
from registry.endpoint.request import Request
from registry.errors import QueryError, ReadingError, WorkerError
from registry.model import Place
from registry.sandbox import protocol
from registry.store.embedded import EmbeddedStore
from registry.store.sparql_text import insert_data
from registry.validation.readers import Readers
from tests.support.published import show
from tests.support.waiting import LONG

GRAPH = "https://atlas.example/sources/x/description"
MERGED = "https://atlas.example/merged"
OTHER = "https://atlas.example/other"
JSON = "application/sparql-results+json"
ASKED = {"media_type": "", "url": "https://a.example/x", "graph": GRAPH}


@pytest.fixture
def readers(settings):
    with Readers(settings) as readers:
        yield readers


@pytest.fixture
def stored(settings):
    """Settings whose store holds 300 triples in the merged graph and one in another."""
    p = NamedNode("https://a.example/p")
    triples = [Triple(NamedNode(f"https://a.example/{n}"), p, Literal(str(n))) for n in range(300)]
    store = EmbeddedStore(settings.store_location)
    store.update(insert_data(MERGED, triples) + ";" + insert_data(OTHER, triples[:1]))
    store.close()
    show(settings)
    return settings


@pytest.fixture
def workers(stored):
    with LocalEndpoint(stored) as workers:
        yield workers


def rows(workers, text):
    answer = workers.answer(text, ("text/csv",))
    return answer.body.decode().split("\r\n")[1:-1]


def test_a_document_is_read_and_validated_in_a_worker(readers):
    description, report = readers.read(b"url: https://a.example\nname: A\ncountry: FR\nemail: nobody\n", **ASKED)
    assert description.format == "yaml"
    assert report.accepted
    assert any(finding.place == Place(4, 8, "email") and finding.messages["fr"] for finding in report.findings)


def test_a_document_that_cannot_be_read_says_where(readers):
    with pytest.raises(ReadingError) as caught:
        readers.read(b"url: a\nurl: b\n", **ASKED)
    assert caught.value.line == 2


def test_a_document_that_outlasts_its_worker_twice_is_refused_and_the_next_is_read(settings):
    with Readers(settings) as hasty:
        hasty.seconds = 0.0
        with pytest.raises(WorkerError, match="it took longer than 0 seconds"):
            hasty.read(b"url: https://a.example\n", **ASKED)
    with Readers(settings) as readers:
        with pytest.raises(WorkerError, match="could not be read safely"):
            readers.read(b"url: https://a.example\n", media_type="", url="x", graph="no iri, so that the worker dies")
        assert readers.read(b"url: https://a.example\n", **ASKED)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (b"<https://a.example> <https://a.example/p> 1 .", "not N-Triples"),
        (b'<https://a.example> <https://a.example/p> "1" } } ; DROP ALL', "not N-Triples"),
        (b'_:a <https://a.example/p> "1" .', "blank nodes"),
        (b"<https://a.example> <https://a.example/p> _:a .", "blank nodes"),
        (b'<https://a.example> <https://a.example/p> <<( <a:> <a:> "1" )>> .', "triple terms"),
    ],
)
def test_a_worker_that_its_document_took_over_is_not_believed(readers, monkeypatch, answer, message):
    ask = readers.ask
    monkeypatch.setattr(readers, "ask", lambda request, body: (ask(request, body)[0] | {"graph": OTHER}, answer))
    with pytest.raises(WorkerError, match=message):
        readers.read(b"url: https://a.example\nname: A\ncountry: FR\n", **ASKED)
    monkeypatch.setattr(readers, "ask", lambda request, body: (ask(request, body)[0] | {"graph": OTHER}, b""))
    description, _ = readers.read(b"url: https://a.example\nname: A\ncountry: FR\n", **ASKED)
    assert description.graph == GRAPH  # never the graph that it names


def test_a_worker_takes_no_more_memory_than_it_may(settings):
    with Readers(replace(settings, reader_memory_mb=64)) as readers, pytest.raises(WorkerError):
        readers.read(b"url: https://a.example\n", **ASKED)


def test_many_threads_share_the_workers(readers):
    found = []

    def read(number):
        found.append(readers.read(f"url: https://a.example/{number}\n".encode(), **ASKED)[0])

    threads = [threading.Thread(target=read, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    assert len({description.n_triples for description in found}) == 8


def test_no_process_is_left_behind(settings):
    readers = Readers(settings)
    readers.read(b"url: https://a.example\n", **ASKED)
    worker = readers._slots.queue[0]
    readers.close()
    assert worker._process.poll() is not None


def test_the_merged_graph_is_the_default_and_the_others_are_behind_graph(workers):
    assert len(rows(workers, "SELECT ?s WHERE { ?s ?p ?o }")) == 300
    assert rows(workers, "SELECT ?g WHERE { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g ORDER BY STR(?g)") == [MERGED, OTHER]
    assert len(rows(workers, f"SELECT ?s FROM <{OTHER}> WHERE {{ ?s ?p ?o }}")) == 1


@pytest.mark.parametrize(
    ("text", "media_type", "body"),
    [
        ("SELECT (1 AS ?x) {}", JSON, b'{"head":{"vars": ["x"]},"results"'),
        ("SELECT (1 AS ?x) {}", "text/csv", b"x\r\n1\r\n"),
        ("SELECT (1 AS ?x) {}", "text/tab-separated-values", b"?x\n1\n"),
        ("SELECT (1 AS ?x) {}", "application/sparql-results+xml", b"<?xml"),
        ("ASK {}", JSON, b'{"head": {}, "boolean": true}'),
        ("ASK {}", "application/sparql-results+xml", b"<?xml"),
        ("CONSTRUCT WHERE { <https://a.example/1> ?p ?o }", "text/turtle", b"<https://a.example/1>"),
        ("DESCRIBE <https://a.example/1>", "application/n-triples", b"<https://a.example/1>"),
        ("CONSTRUCT WHERE { <https://a.example/1> ?p ?o }", "application/rdf+xml", b"<?xml"),
        ("CONSTRUCT WHERE { <https://a.example/1> ?p ?o }", "application/ld+json", b"["),
    ],
)
def test_every_kind_of_query_is_answered_in_its_formats(workers, text, media_type, body):
    answer = workers.answer(text, (media_type,))
    assert answer.media_type == media_type
    assert answer.body.startswith(body)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT",
        "INSERT DATA { <a:a> <b:b> <c:c> }",
        "SELECT * { ?s ?p ?o } ; DROP ALL",
        "LOAD <file:///etc/hostname>",
        "{" * 2_200,
        "SELECT * { FILTER(" + "(" * 5_000,
        "SELECT * { FILTER(" + "!" * 10_000 + "true) }",
        "SELECT * {" + "[ <a:p> " * 300,
        "SELECT ('" + "x" * 9_000 + "' AS ?x) {}",
    ],
)
def test_what_is_malformed_too_deep_too_long_or_an_update_is_refused(workers, text):
    with pytest.raises(QueryError):
        workers.answer(text)
    assert rows(workers, "SELECT (1 AS ?x) {}") == ["1"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ('SERVICE <http://x/>' AS ?service) {}",
        "SELECT * { VALUES ?x { <http://x/SERVICE> } } # SERVICE",
        "PREFIX service: <http://x/> SELECT * { OPTIONAL { ?s service:load ?o } }",
    ],
)
def test_the_word_service_is_harmless_where_it_is_no_keyword(workers, text):
    workers.answer(text)


@pytest.mark.parametrize("keyword", ["SERVICE", "SERVICE SILENT", "sErViCe#c\n"])
def test_no_query_reaches_the_network(stored, keyword, monkeypatch):
    # what holds is the kernel's filter
    def unchecked(text, accept, dataset, settings):
        return Request(Query("select", text, (), None, asks_graphs=False), "", dataset)

    monkeypatch.setattr("registry.endpoint.local.read_request", unchecked)
    with socket.create_server(("127.0.0.1", 0)) as trap, LocalEndpoint(stored) as workers:
        trap.setblocking(False)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        with contextlib.suppress(QueryError, WorkerError):
            workers.answer(f"SELECT * {{ {keyword} <{address}> {{ ?s ?p ?o }} }}")
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_service_is_refused_in_plain_words(workers):
    with pytest.raises(QueryError, match="SERVICE is not offered"):
        workers.answer("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }")


CROSS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c = 'never') }"


def test_a_runaway_query_is_ended_at_its_deadline_and_the_next_is_answered(workers):
    assert rows(workers, "SELECT (1 AS ?x) {}") == ["1"]
    (busy,) = workers._pool._slots.queue
    workers._pool.seconds = 0.5
    with pytest.raises(WorkerError, match=r"0\.5 seconds"):
        workers.answer(CROSS.replace("FILTER(?c = 'never')", "FILTER(CONCAT(?c, ?f, ?i) = 'never')"))
    assert busy._process.poll() == -signal.SIGKILL  # when the refusal comes, the process has gone
    workers._pool.seconds = LONG
    assert rows(workers, "SELECT (1 AS ?x) {}") == ["1"]


def test_a_memory_bomb_ends_its_worker_alone(stored):
    bomb = "SELECT ?x40 { BIND('xxxxxxxxxxxxxxxx' AS ?x0) " + "".join(
        f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(40)
    )
    with LocalEndpoint(stored) as workers:
        with pytest.raises(WorkerError, match=r"memory|ended the worker"):
            workers.answer(bomb + "}")
        assert rows(workers, "SELECT (1 AS ?x) {}") == ["1"]


def test_answers_are_cut_at_the_limits_and_say_so(stored):
    with LocalEndpoint(replace(stored, max_rows=10)) as workers:
        for text, cut in (("SELECT * { ?s ?p ?o } LIMIT 10", ""), ("SELECT * { ?s ?p ?o } LIMIT 11", "rows")):
            answer = workers.answer(text, ("text/csv",))
            assert (answer.truncated, answer.body.count(b"\n")) == (cut, 11)
        answer = workers.answer("CONSTRUCT WHERE { ?s ?p ?o }", ("application/n-triples",))
        assert (answer.truncated, answer.body.count(b"\n")) == ("rows", 10)
    with LocalEndpoint(replace(stored, max_answer_bytes=500)) as workers:
        answer = workers.answer("SELECT * { ?s ?p ?o }", (JSON,))
        assert answer.truncated == "bytes"
        assert len(answer.body) < 1000


def test_a_new_revision_is_seen_when_it_is_published(workers, stored):
    assert rows(workers, "SELECT ?s { ?s ?p 'new' }") == []
    store = EmbeddedStore(stored.store_location)
    store.update(insert_data(MERGED, [Triple(NamedNode("a:new"), NamedNode("a:p"), Literal("new"))]))
    store.close()
    assert rows(workers, "SELECT ?s { ?s ?p 'new' }") == []
    show(stored, 2)
    assert rows(workers, "SELECT ?s { ?s ?p 'new' }") == ["a:new"]


def test_frames_come_back_whole_and_what_is_no_frame_is_refused():
    reading, writing = os.pipe()
    try:
        protocol.send(writing, {"a": "é"}, b"\x00body")
        assert protocol.receive(reading, LONG) == ({"a": "é"}, b"\x00body")
        with pytest.raises(TimeoutError):
            protocol.receive(reading, 0.05)
        os.write(writing, b"\xff" * 8)
        with pytest.raises(ValueError):
            protocol.receive(reading, LONG)
    finally:
        os.close(writing)
        with pytest.raises(EOFError):
            protocol.receive(reading, LONG)
        os.close(reading)
