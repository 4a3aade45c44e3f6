"""The same registry in the embedded store and in real servers: the same pages, answers, refusals, limits and errors."""

import json
import re
import socket
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pyoxigraph import RdfFormat, parse

from registry.archive import Archive
from registry.endpoint.sparql.tree import MAX_OPERATORS
from registry.settings import Settings
from registry.store.checkpoints import CheckpointStore
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import N_TRIPLES, ask, construct, dump, select
from registry.store.sparql_text import load
from registry.web.app import create_app
from registry.web.data.sparql import EXAMPLES
from registry.web.health import health
from registry.writer import Writer
from tests.hostile.attacks import answer, connect, query
from tests.support.merged import bundled, fill, read
from tests.support.page import PATHS
from tests.support.places import ROOT
from tests.support.published import show
from tests.support.servers import SERVERS, started
from tests.support.serving import served
from tests.support.waiting import LONG, until

BASE = "https://atlas.example"
JSON = "application/sparql-results+json"
WORKED = [load("registry.web.data", name) for name in EXAMPLES.values()]
WORKED += re.findall(r"```sparql\n(.*?)```", (ROOT / "docs" / "use.md").read_text(encoding="utf-8"), re.DOTALL)
# Beside the examples: each form, and what engines are known to do each in their own way.
QUESTIONS = [
    "ASK { ?s ?p ?o }",
    "ASK { ?s <urn:never> ?o }",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT (COUNT(DISTINCT ?g) AS ?n) { GRAPH ?g { ?s ?p ?o } }",
    "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
    f"SELECT (COUNT(*) AS ?n) FROM <{BASE}/registry> {{ ?s ?p ?o }}",
    f"SELECT DISTINCT ?g FROM NAMED <{BASE}/registry> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    f"SELECT DISTINCT ?p FROM NAMED <{BASE}/registry> {{ ?s ?p ?o }}",
    f"SELECT DISTINCT ?g FROM <{BASE}/registry> {{ GRAPH ?g {{ ?s ?p ?o }} }}",
    f"SELECT ?t {{ <{BASE}/id/policy/fr-lrn> <http://purl.org/dc/terms/title> ?t OPTIONAL {{ ?t <urn:never> ?x }} }}",
    f"DESCRIBE <{BASE}/id/policy/fr-lrn>",
    "PREFIX o: <https://w3id.org/ospo/ns#> DESCRIBE ?p { ?p a o:FlossPolicy ; o:countryCode 'CL' }",
    "PREFIX o: <https://w3id.org/ospo/ns#> CONSTRUCT { ?p o:of ?c } { ?p a o:FlossPolicy ; o:countryCode ?c }",
    "PREFIX o: <https://w3id.org/ospo/ns#> SELECT ?c (COUNT(?p) AS ?n) { ?p a o:FlossPolicy ; o:countryCode ?c } "
    "GROUP BY ?c HAVING(COUNT(?p) > 1)",
    "PREFIX o: <https://w3id.org/ospo/ns#> SELECT ?p { ?p a o:FlossPolicy MINUS { ?p o:countryCode 'FR' } }",
    "PREFIX o: <https://w3id.org/ospo/ns#> SELECT ?p { ?p a o:FlossPolicy "
    "FILTER NOT EXISTS { GRAPH ?g { ?x o:nothing ?p } } FILTER EXISTS { ?p o:countryCode ?c } }",
    r"""SELECT ("a\"b\\\t\u00e9\U0001f389" AS ?x) ("it's"@en AS ?y) {}""",
    "SELECT ?x ?y { VALUES (?x ?y) { (1 'a'@fr) (UNDEF <urn:x>) } }",
    "SELECT (STRLEN('é🎉') AS ?n) (UCASE('é') AS ?u) (SUBSTR('abc', 2, 1) AS ?s) {}",
    "SELECT ?x { BIND(<http://www.w3.org/2001/XMLSchema#integer>('7') AS ?x) }",
    "PREFIX o: <https://w3id.org/ospo/ns#> SELECT DISTINCT ?h { GRAPH ?g { ?v o:heard ?h } }",
    "SELECT * {}",
    "SELECT * { VALUES (?z ?a) { (1 2) } BIND(3 AS ?b) }",
    "PREFIX o: <https://w3id.org/ospo/ns#> SELECT * { ?z a ?y ; o:countryCode 'CL' OPTIONAL { ?z o:of ?a } }",
    f"SELECT * {{ <{BASE}/id/policy/fr-lrn> ^<http://purl.org/dc/terms/isPartOf> ?z . ?z ?y ?x }}",
]
# Which the standard answers, and Virtuoso does not: an error of a function ends the whole query there.
OF_SOME_ENGINES = [
    ("SELECT ?s { ?s ?p ?o FILTER(REGEX(STR(?o), '(')) }", "gets a value that it cannot take"),
    ("SELECT (1 / 0 AS ?x) {}", "gets a value that it cannot take"),
    ("SELECT (YEAR('x') AS ?x) {}", "gets a value that it cannot take"),
    ("SELECT ?s { ?s <p:>* ?o }", "write it in another way"),
    ("SELECT (BNODE('a') AS ?x) {}", "write it in another way"),
]
REFUSED = [
    "",
    "SELECT * { ?s ?p }",
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { # \r SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "LOAD <file:///etc/passwd>",
    "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "SELECT * { GRAPH <http://www.openlinksw.com/schemas/virtrdf#> { ?s ?p ?o } }",
    "SELECT (<bif:sys_stat>('st_dbms_name') AS ?x) {}",
    "SELECT (1 AS ?s) { ?s ?p ?o }",
    "SELECT ?s {" + "{" * 33 + "}" * 33 + "}",
    "ASK { VALUES ?x {" + " 1" * 9_000 + "} }",
]
# Minutes of work in a line: nothing in it can be ordered or filtered early.
RUNAWAY = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l "
    "FILTER(CONCAT(STR(?c), STR(?f), STR(?i), STR(?l)) = 'never') }"
)
HOSTILE = [
    r"PREFIX e: <http://e.example/> SELECT * WHERE { OPTIONAL { ?x e:a\#b ?y } SERVICE <%s> { ?s ?p ?o } }",
    r"SELECT * { \u0053ERVICE <%s> { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o # a comment\r SERVICE <%s> { ?s ?p ?o } }",
    r'SELECT * { ?s ?p "a\u0022 . SERVICE <%s> { ?s ?p ?o } }',
    'DEFINE get:soft "replacing" SELECT * FROM <%s> { ?s ?p ?o }',
    "SELECT * FROM <%s> { ?s ?p ?o }",
    "SELECT * FROM NAMED <%s> { GRAPH ?g { ?s ?p ?o } }",
    "SELECT * { GRAPH <%s> { ?s ?p ?o } }",
    "LOAD <%s>",
    "INSERT { ?s ?p ?o } WHERE { SERVICE <%s> { ?s ?p ?o } }",
    "SELECT (<bif:http_get>('%s') AS ?x) {}",
    "SELECT (`bif:http_get('%s')` AS ?x) {}",
]
# At our limits of length, depth and operators.
BOMBS = [
    "SELECT (1" + "||1" * MAX_OPERATORS + " AS ?x) {}",
    "SELECT (1" + "+1" * MAX_OPERATORS + " AS ?x) {}",
    "SELECT (1" + "*1" * MAX_OPERATORS + " AS ?x) {}",
    "ASK { {}" + "UNION{}" * MAX_OPERATORS + " }",
    "ASK {" + "OPTIONAL{}" * MAX_OPERATORS + "}",
    "ASK { ?s <p:>" + "/<p:>" * MAX_OPERATORS + " ?o }",
    "ASK { ?s <p:>" + "|<p:>" * MAX_OPERATORS + " ?o }",
    "ASK {" + "{SELECT*{}}" * (MAX_OPERATORS // 2) + "}",
    "ASK {" + "FILTER EXISTS {" * 31 + "}" * 31 + "}",
    "ASK {" + "OPTIONAL{?s ?p ?o " * 31 + "}" * 31 + "}",
    "SELECT * {" + "".join(f"?a{n} ?b{n} ?c{n} . " for n in range(400)) + "}",
    "SELECT * { VALUES ?x {" + " 1" * 3_900 + "} }",
    "SELECT (CONCAT(" + ",".join(["1"] * 4_000) + ") AS ?x) {}",
]


@pytest.fixture(scope="module")
def embedded(tmp_path_factory):
    """Settings whose embedded store holds the bundled registry, read from the archive beside it."""
    settings = Settings(
        base=BASE, data=str(tmp_path_factory.mktemp("data")), query_workers=2, query_seconds=LONG, query_memory_mb=1000
    )
    archive = Archive(f"{settings.data}/archive")
    store = EmbeddedStore(settings.store_location)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.support.merged.Archive", lambda folder: archive)
        fill(store, bundled(), settings)
    Writer(store, archive, read, settings).publish_vocabulary()
    store.close()
    show(settings)
    return settings


@pytest.fixture(scope="module", params=[kind.name for kind in SERVERS])
def server(request, tmp_path_factory, embedded):
    """A server that holds the same registry, replayed from the same archive, and its settings."""
    kind = next(kind for kind in SERVERS if kind.name == request.param)
    server = started(kind, tmp_path_factory.mktemp(kind.name))
    writer = Writer(server.store, Archive(f"{embedded.data}/archive"), read, embedded)
    writer.catch_up()
    writer.merge()
    writer.publish_vocabulary()
    yield (
        server,
        replace(embedded, store=server.query, store_update=server.update if server.update != server.query else ""),
    )
    server.stop()


@contextmanager
def site(settings, **changes):
    application = create_app(replace(settings, **changes))
    try:
        yield application.test_client()
    finally:
        application.config["ENDPOINT"].close()


@pytest.fixture(scope="module")
def two(embedded, server):
    """A site on the embedded store, and one on the server."""
    with site(embedded) as one, site(server[1]) as other:
        yield one, other


def sparql(client, text, accept=JSON):
    return client.post("/sparql", data={"query": text}, headers={"Accept": accept})


def values(response):
    """Return what an answer says, its rows in an order of their own."""
    if response.mimetype == JSON:
        told = json.loads(response.data)
        rows = sorted(json.dumps(row, sort_keys=True) for row in told.get("results", {}).get("bindings", []))
        return response.status_code, told["head"], told.get("boolean"), rows
    return response.status_code, response.mimetype, sorted(response.data.splitlines())


def test_the_server_comes_to_hold_the_very_quads(embedded, server):
    assert dump(server[0].store, f"{BASE}/") == dump(CheckpointStore(embedded.store_location, BASE))


@pytest.mark.parametrize("path", ["/compare.csv", "/offices.csv", "/policies.csv", "/catalogue.ttl", *PATHS])
def test_every_page_and_file_is_the_same(two, path):
    one, other = (client.get(path) for client in two)
    assert one.status_code == other.status_code
    assert one.data == other.data


def test_the_graph_behind_the_comparison_is_the_same(two):
    one, other = (set(parse(client.get("/compare.ttl").data, RdfFormat.TURTLE)) for client in two)
    assert one == other
    assert len(one) > 1_000


@pytest.mark.parametrize("text", [*WORKED, *QUESTIONS])
def test_every_question_has_the_same_answer(two, text):
    one, other = (sparql(client, text, f"{JSON}, application/n-triples;q=0.5") for client in two)
    assert values(one) == values(other)
    assert one.status_code == 200


def test_every_question_of_our_own_has_the_same_answer(two, embedded, monkeypatch):
    asked = set()
    checkpoint = type(CheckpointStore(embedded.store_location, BASE).view())
    answer = checkpoint.query

    def noted(store, text, media_type):
        asked.add((text, media_type))
        return answer(store, text, media_type)

    monkeypatch.setattr(checkpoint, "query", noted)
    with site(embedded) as fresh:
        for path in (*PATHS, "/compare.ttl", "/changes.atom", "/catalogue.ttl", "/id/policy/fr-lrn", "/-/metrics"):
            assert fresh.get(path).status_code in (200, 303, 404)
    monkeypatch.undo()
    assert len(asked) > 10
    one, other = CheckpointStore(embedded.store_location, BASE).view(), two[1].application.config["CATALOGUE"].store
    for text, media_type in asked:
        what = construct if media_type == N_TRIPLES else ask_or_select
        assert sorted(map(str, what(one, text))) == sorted(map(str, what(other, text))), text


def ask_or_select(store, text):
    return [ask(store, text)] if re.search(r"^ASK", text, re.MULTILINE) else select(store, text)


# What is not answered, and within what bounds.


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_refused_is_refused_in_the_same_words(two, text):
    one, other = (sparql(client, text) for client in two)
    assert (one.status_code, one.data) == (other.status_code, other.data)
    assert one.status_code in (400, 413)


@pytest.mark.parametrize(("text", "words"), OF_SOME_ENGINES)
def test_what_an_engine_fails_at_is_the_visitors_to_mend_and_no_outage(two, server, text, words):
    one, other = (sparql(client, text) for client in two)
    assert one.status_code == 200
    if server[0].name == "virtuoso":
        assert (other.status_code, words in other.text) == (400, True)
        assert not re.search("Virtuoso|127|SQL|SR0|define|merged", other.text)
    else:
        assert values(one)[:2] == values(other)[:2]


@pytest.mark.parametrize("accept", [JSON, "text/csv", "text/tab-separated-values", "application/sparql-results+xml"])
def test_an_answer_is_cut_at_the_same_limits_and_written_by_us(embedded, server, accept):
    text = "SELECT ?n ?x { VALUES (?n ?x) {" + "".join(f"({n} 'é{n}'@fr)" for n in range(30)) + "} } ORDER BY ?n"
    for limits in ({"max_rows": 10}, {"max_rows": 30}, {"max_answer_bytes": 500}):
        with site(embedded, **limits) as one, site(server[1], **limits) as other:
            told = [sparql(client, text, accept) for client in (one, other)]
        cut = [response.headers.get("X-Result-Truncated") for response in told]
        assert cut[0] == cut[1] == {10: "rows", 30: None}.get(limits.get("max_rows"), "bytes")
        assert told[0].data == told[1].data


@pytest.mark.parametrize(
    "accept", ["application/n-triples", "text/turtle", "application/rdf+xml", "application/ld+json"]
)
def test_a_graph_is_cut_at_the_same_limits_in_every_format(embedded, server, accept):
    with site(embedded) as client:
        described = sparql(client, f"DESCRIBE <{BASE}/id/policy/fr-lrn>", "application/n-triples").data.splitlines()
    for limit in (5, 10_000):
        with site(server[1], max_rows=limit) as client:
            answer = sparql(client, f"DESCRIBE <{BASE}/id/policy/fr-lrn>", accept)
        assert answer.mimetype == accept
        assert len(list(parse(answer.data, RdfFormat.from_media_type(accept)))) == (5 if limit == 5 else len(described))
        assert answer.headers.get("X-Result-Truncated") == ("rows" if limit == 5 else None)


def test_nothing_that_a_visitor_asks_makes_a_server_call_an_address(two, server):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        address = f"http://127.0.0.1:{trap.getsockname()[1]}/"
        for text in HOSTILE:
            for client in two:
                assert sparql(client, text % address).status_code == 400
                for name in ("default-graph-uri", "named-graph-uri"):
                    data = {"query": "SELECT * { ?s ?p ?o }", name: address}
                    assert client.post("/sparql", data=data).status_code == 400
        with pytest.raises(BlockingIOError):
            trap.accept()


# A server of its own for what hurts it.


@pytest.fixture
def own(server, tmp_path):
    """A running server of the same kind that may be hurt, with the small registry, and its settings."""
    own = started(type(server[0]), tmp_path)
    settings = Settings(
        base=BASE,
        data=str(tmp_path),
        store=own.query,
        store_update=own.update if own.update != own.query else "",
        query_workers=2,
        query_seconds=LONG,
    )
    fill(own.store, settings=settings)
    yield own, settings
    own.stop()


@pytest.fixture(scope="module")
def own_for_bombs(server, tmp_path_factory):
    """A running server with nothing in it, and a site on it."""
    own = started(type(server[0]), tmp_path_factory.mktemp("bombs"))
    with site(
        Settings(base=BASE, data=str(own.folder), store=own.query, query_workers=64, query_seconds=2.0)
    ) as client:
        yield own, client
    own.stop()


def test_a_site_outlives_its_server_and_finds_it_again(own):
    server, settings = own
    with site(settings, query_seconds=5.0) as client:
        before = client.get("/compare.csv").data
        assert client.get("/").status_code == 200
        server.stop()
        for path in ("/compare.csv", "/", "/offices", "/policies?q=loi", "/countries/FR", "/compare"):
            assert client.get(path).status_code == 200, path
        assert client.get("/compare.csv").data == before
        assert health(client.application.config["CATALOGUE"])["status"] == "behind"
        away = sparql(client, "ASK {}")
        assert (away.status_code, away.text) == (503, "503 the store does not answer: try again in a minute\n")
        assert int(away.headers["Retry-After"]) > 0
        assert "127.0.0.1" not in client.get("/sparql?query=ASK{}", headers={"Accept": "text/html"}).text
        server.start()
        until(lambda: sparql(client, "ASK { ?s ?p ?o }").status_code == 200)
        assert sparql(client, "ASK { ?s ?p ?o }").get_json(force=True)["boolean"] is True
        until(lambda: client.get("/offices") and health(client.application.config["CATALOGUE"])["status"] == "ok")
        assert client.get("/compare.csv").data == before


def test_our_answer_ends_at_the_deadline_and_what_the_server_still_does_is_bounded_and_counted(own):
    server, settings = own
    with site(settings, query_seconds=1.0) as client:
        endpoint = client.application.config["ENDPOINT"]
        for left in (1, 2):
            start = time.monotonic()
            late = sparql(client, RUNAWAY)
            assert time.monotonic() - start >= 1.0
            assert (late.status_code, late.text) == (503, "503 the query was stopped: it took longer than 1 seconds\n")
            assert endpoint.left_running <= left
            assert endpoint.left_running == left or server.ends_what_is_left
        if not server.ends_what_is_left:
            busy = sparql(client, "ASK {}")
            assert (busy.status_code, busy.text) == (503, "503 all workers are busy: try again in a few seconds\n")
            assert client.get("/compare.csv").status_code == 200
            server.stop()
            server.start()
        until(lambda: endpoint.left_running == 0)
        until(lambda: sparql(client, "ASK {}").status_code == 200)


def test_what_one_client_has_left_with_a_server_counts_for_its_share_and_others_are_answered(own, tmp_path):
    server, settings = own
    named = {name: json.dumps(value) for name in ("base", "store") if (value := getattr(settings, name))}
    with served(tmp_path, query_workers=2, query_seconds=1.0, **named) as running:

        def told(text, of):
            with connect(running.place, of) as one:
                one.sendall(query(text))
                return answer(one)

        assert b"took longer than 1 seconds" in told(RUNAWAY, "127.0.7.1")[2]
        if not server.ends_what_is_left:
            for _ in range(2):
                status, headers, body = told("ASK {}", "127.0.7.1")
                assert (status, b"from your address" in body, headers["Retry-After"]) == (503, True, "5")
            assert told("ASK {}", "127.0.7.2")[2] == b"true\n"
            assert running.counted("ospo_store_queries_left") == 1
            assert running.counted("ospo_room_refused_total", room="sparql", reason="share") == 2
            server.stop()
            server.start()
        until(lambda: told("ASK {}", "127.0.7.1")[0] == 200)
        assert running.counted("ospo_store_queries_left") == 0


@pytest.mark.parametrize("text", BOMBS, ids=lambda text: text[:30])
def test_no_query_that_we_accept_ends_a_server(own_for_bombs, text):
    server, client = own_for_bombs
    assert sparql(client, text).status_code in (200, 400, 503)
    assert server.process.poll() is None
