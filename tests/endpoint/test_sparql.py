"""The public endpoint by SPARQL 1.1 Protocol, on a store on disk as `ospo serve` has it: its answers, its refusals."""

import csv
import io
import re
import time
import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat, Store, parse, parse_query_results
from rdflib import Graph, URIRef
from SPARQLWrapper import CSV, GET, JSON, N3, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from registry.settings import Settings
from registry.store.checkpoints import find
from registry.store.embedded import EmbeddedStore
from registry.store.remote import RemoteStore
from registry.store.sparql_text import load
from registry.web.app import create_app
from registry.web.data.sparql import EXAMPLES
from tests.conftest import served, sparql_server
from tests.support.merged import fill
from tests.support.places import ROOT
from tests.support.published import show
from tests.support.waiting import LONG

BASE = "https://atlas.example"
PAGE = ROOT / "docs" / "use.md"
SELECTED = {
    "application/sparql-results+json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
DRAWN = {
    "text/turtle": (RdfFormat.TURTLE, "turtle"),
    "application/n-triples": (RdfFormat.N_TRIPLES, "nt"),
    "application/rdf+xml": (RdfFormat.RDF_XML, "xml"),
    "application/ld+json": (RdfFormat.JSON_LD, "json-ld"),
}
PREFIXES = """PREFIX ospo: <https://w3id.org/ospo/ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX foaf: <http://xmlns.com/foaf/0.1/>
"""
POLICIES = (
    f"{PREFIXES}SELECT ?title ?country {{ ?p a ospo:FlossPolicy ; dcterms:title ?title ; ospo:countryCode ?country }}"
)
TITLES = {
    ("Loi pour une République numérique", "fr", "FR"),
    ("An old plan", None, "FR"),
    ("E-Government-Gesetz", "de", "DE"),
    ("A bill", None, "CL"),
}
CONSTRUCT = (
    f"{PREFIXES}CONSTRUCT {{ ?p dcterms:title ?title }} WHERE {{ ?p a ospo:FlossPolicy ; dcterms:title ?title }}"
)
DESCRIBE = f"DESCRIBE <{BASE}/id/policy/fr-lrn>"
# 2 KB that would take minutes: nothing in it can be ordered or filtered early.
RUNAWAY = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(CONCAT(STR(?c), STR(?f), STR(?i)) = 'never') }"
)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """Settings whose store on disk holds the small registry, its revision published to readers."""
    settings = Settings(base=BASE, data=str(tmp_path_factory.mktemp("data")), query_workers=1, query_seconds=LONG)
    store = EmbeddedStore(settings.store_location)
    fill(store, settings=settings)
    store.close()
    show(settings)
    return settings


@contextmanager
def site(stored, **changes):
    application = create_app(replace(stored, **changes))
    try:
        yield application.test_client()
    finally:
        application.config["ENDPOINT"].close()


@pytest.fixture(scope="module")
def client(stored):
    with site(stored) as client:
        yield client


def asked(client, text, accept=None, status=200):
    response = client.get("/sparql", query_string={"query": text}, headers={"Accept": accept} if accept else {})
    assert response.status_code == status, response.text
    return response


def bindings(client, text):
    return asked(client, text).get_json(force=True)["results"]["bindings"]


def alive(client):
    """Return whether the endpoint answers, in whatever time it takes."""
    client.application.config["ENDPOINT"]._pool.seconds = LONG
    return asked(client, "ASK { ?s ?p ?o }").get_json(force=True)["boolean"]


# What is asked, and how.


@pytest.mark.parametrize(
    "request_",
    [
        {"method": "GET", "query_string": {"query": POLICIES}},
        {"method": "POST", "data": {"query": POLICIES}},
        {"method": "POST", "data": POLICIES.encode(), "content_type": "application/sparql-query"},
        {"method": "POST", "data": POLICIES.encode(), "content_type": "application/sparql-query; charset=utf-8"},
    ],
)
def test_a_query_comes_in_the_address_in_a_form_or_as_it_is(client, request_):
    response = client.open("/sparql", **request_)
    assert response.status_code == 200
    results = response.get_json(force=True)["results"]["bindings"]
    found = {(row["title"]["value"], row["title"].get("xml:lang"), row["country"]["value"]) for row in results}
    assert found == TITLES


def test_head_has_the_headers_of_get_and_no_body(client):
    get, head = (client.open("/sparql", method=method, query_string={"query": POLICIES}) for method in ("GET", "HEAD"))
    assert (head.status_code, head.data) == (200, b"")
    assert {**head.headers, "Date": ""} == {**get.headers, "Date": ""}


def test_a_script_of_another_site_may_ask_and_read_the_answer_and_what_is_wrong(client):
    options = client.options(
        "/sparql", headers={"Origin": "https://o.example", "Access-Control-Request-Method": "POST"}
    )
    assert (options.status_code, options.data) == (204, b"")
    assert "Content-Type" in options.headers["Access-Control-Allow-Headers"]
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(options.headers["Allow"].split(", "))
    malformed, update = asked(client, "SELECT", status=400), client.post("/sparql", data={"update": "DROP ALL"})
    for response in (options, asked(client, POLICIES), malformed, update, client.get("/sparql")):
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "X-Result-Truncated" in response.headers["Access-Control-Expose-Headers"]


# In what it is answered.


@pytest.mark.parametrize("media_type", SELECTED)
def test_rows_come_in_every_format_of_the_standard(client, media_type):
    response = asked(client, POLICIES, media_type)
    assert response.mimetype == media_type
    assert "Accept" in response.vary
    if media_type == "text/csv":
        lines = list(csv.reader(io.StringIO(response.text, newline="")))
        assert lines[0] == ["title", "country"]
        assert {tuple(line) for line in lines[1:]} == {(title, country) for title, _, country in TITLES}
        return
    rows = list(parse_query_results(response.data, SELECTED[media_type]))
    assert {(row["title"].value, row["title"].language, row["country"].value) for row in rows} == TITLES


@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("media_type", SELECTED)
def test_yes_and_no_come_in_every_format(client, media_type, answer):
    response = asked(client, "ASK { ?s ?p ?o }" if answer else "ASK { ?s <urn:never> ?o }", media_type)
    assert response.mimetype == media_type
    if response.mimetype.startswith("text/"):
        assert response.text == f"{answer}\n".lower()
    else:
        assert bool(parse_query_results(response.data, SELECTED[media_type])) is answer


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of its own reader of JSON-LD
@pytest.mark.parametrize("media_type", DRAWN)
@pytest.mark.parametrize("text", [CONSTRUCT, DESCRIBE])
def test_graphs_come_in_every_format_and_an_independent_library_reads_the_same(client, text, media_type):
    response = asked(client, text, media_type)
    assert response.mimetype == media_type
    ours, theirs = DRAWN[media_type]
    plain = set(parse(asked(client, text, "application/n-triples").data, RdfFormat.N_TRIPLES))
    assert len(plain) == 4 if text == CONSTRUCT else len(plain) > 10
    assert set(parse(response.data, ours)) == plain
    assert graph(response.data, theirs) == graph(asked(client, text, "application/n-triples").data, "nt")


def graph(body, format_):
    return set(Graph().parse(data=body.decode(), format=format_))


@pytest.mark.parametrize(
    ("accept", "rows", "drawn"),
    [
        (None, "application/sparql-results+json", "text/turtle"),
        ("*/*", "application/sparql-results+json", "text/turtle"),
        ("application/json", "application/sparql-results+json", "application/ld+json"),
        ("application/xml", "application/sparql-results+xml", "application/rdf+xml"),
        ("text/*", "text/csv", "text/turtle"),
        ("application/*", "application/sparql-results+json", "application/n-triples"),
        ("text/csv;q=0.5, text/tab-separated-values;q=0.9", "text/tab-separated-values", 406),
        ("text/turtle;q=0.1, application/rdf+xml;q=0.9, */*;q=0", 406, "application/rdf+xml"),
        ("application/sparql-results+json;q=0, text/turtle;q=0, */*", "not JSON", "not Turtle"),
        ("text/csv;q=0.1, text/turtle;q=0.1, */*;q=0.8", "not CSV", "not Turtle"),
        ('application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"', 406, "application/ld+json"),
        ("text/csv;charset=utf-8", "text/csv", 406),
        ("text/html;q=0.2, application/json;q=0.1, text/csv;q=0.9", "text/csv", 406),
        ("image/png", 406, 406),
        ("nonsense", 406, 406),
    ],
)
def test_the_format_is_the_one_that_is_accepted_best(client, accept, rows, drawn):
    for text, expected in ((POLICIES, rows), (CONSTRUCT, drawn)):
        if accept and "text/html" in accept and expected == 406:
            continue  # a page was accepted too
        response = asked(client, text, accept, status=406 if expected == 406 else 200)
        if expected == 406:
            offered = response.text
            assert offered.startswith(
                "406 Not Acceptable: none of the accepted media types is offered: ask for one of "
            )
            assert all(offered.count(media_type) == 1 for media_type in (SELECTED if text == POLICIES else DRAWN))
        elif expected.startswith("not "):
            assert expected[4:].lower() not in response.mimetype
        else:
            assert response.mimetype == expected


def test_control_characters_and_carriage_returns_leave_xml_that_can_be_read(client):
    text = r"""SELECT ("a\u0000\u0001\uFFFF\r\n\tb" AS ?x) {}"""
    root = ElementTree.fromstring(asked(client, text, "application/sparql-results+xml").data)
    assert "".join(root.itertext()) == "a\ufffd\ufffd\ufffd\r\n\tb"
    drawn = f"CONSTRUCT {{ <urn:s> <urn:p> ?x }} {{ {{ {text} }} }}"
    (triple,) = graph(asked(client, drawn, "application/rdf+xml").data, "xml")
    assert str(triple[2]) == "a\ufffd\ufffd\ufffd\r\n\tb"
    assert bindings(client, text) == [{"x": {"type": "literal", "value": "a\x00\x01\uffff\r\n\tb"}}]


@pytest.mark.parametrize("property_", ["http://e.example/123", "http://e.example/", "http://e.example/a=", "rdf:li"])
def test_what_rdf_xml_cannot_write_is_said_and_written_in_other_formats(client, property_):
    iri = property_.replace("rdf:", "http://www.w3.org/1999/02/22-rdf-syntax-ns#")
    text = f"CONSTRUCT {{ <urn:s> <{iri}> 1 }} WHERE {{}}"
    assert "ask for text/turtle" in asked(client, text, "application/rdf+xml", status=400).text
    for media_type in DRAWN.keys() - {"application/rdf+xml"}:
        (quad,) = parse(asked(client, text, media_type).data, DRAWN[media_type][0])
        assert quad.predicate.value == iri


# What is refused.


@pytest.mark.parametrize(
    ("status", "words", "request_"),
    [
        (400, "the parameter `query` is missing", {"method": "GET"}),
        (400, "the parameter `query` is missing", {"method": "POST", "data": {"other": "x"}}),
        (400, "more than one query", {"method": "GET", "query_string": "query=ASK{}&query=ASK{}"}),
        (400, "more than one query", {"method": "POST", "data": {"query": ["ASK{}", "ASK{}"]}}),
        (400, "more than one query", {"method": "POST", "query_string": "query=ASK{}", "data": {"query": "ASK{}"}}),
        (
            400,
            "more than one query",
            {
                "method": "POST",
                "query_string": "query=ASK{}",
                "data": b"ASK{}",
                "content_type": "application/sparql-query",
            },
        ),
        (400, "not the IRI", {"method": "GET", "query_string": "query=ASK{}&default-graph-uri=a graph"}),
        (400, "not the IRI", {"method": "POST", "data": {"query": "ASK{}", "named-graph-uri": "> } DROP ALL"}}),
        (
            400,
            "not in UTF-8: byte 0xFF;",
            {"method": "POST", "data": "ASK{}".encode("utf-16"), "content_type": "application/sparql-query"},
        ),
        (
            400,
            "not in UTF-8: byte 0xE9 after `ASK{} # caf`",
            {"method": "GET", "query_string": "query=ASK{}+%23+caf%E9"},
        ),
        (400, "not in UTF-8: byte 0xED", {"method": "GET", "query_string": "query=ASK{}%23%ED%A0%80"}),
        (
            400,
            "not in UTF-8: byte 0xE9",
            {"method": "POST", "data": b"query=ASK{}%23%E9", "content_type": "application/x-www-form-urlencoded"},
        ),
        (403, "only answers queries", {"method": "POST", "data": {"update": "DROP ALL"}}),
        (403, "only answers queries", {"method": "POST", "data": {"update": "DROP ALL", "query": "ASK{}"}}),
        (403, "only answers queries", {"method": "GET", "query_string": "update=DROP+ALL"}),
        (
            403,
            "only answers queries",
            {"method": "POST", "data": b"DROP ALL", "content_type": "application/sparql-update"},
        ),
        (413, "longer than 8192 bytes", {"method": "GET", "query_string": {"query": "ASK{}" + "#" * 8_188}}),
        (413, "longer than 8192 bytes", {"method": "POST", "data": {"query": "ASK{} # " + "é" * 4_093}}),
        (413, "Too Large", {"method": "POST", "data": b"#" * 100_000, "content_type": "application/sparql-query"}),
        (415, "application/sparql-query", {"method": "POST", "data": b"ASK{}", "content_type": "text/plain"}),
        (
            415,
            "application/sparql-query",
            {"method": "POST", "data": b'{"query": "ASK{}"}', "content_type": "application/json"},
        ),
        (415, "application/sparql-query", {"method": "POST", "data": {"query": (io.BytesIO(b"ASK{}"), "a.rq")}}),
        (405, "Method Not Allowed", {"method": "PUT", "query_string": "query=ASK{}"}),
        (405, "Method Not Allowed", {"method": "DELETE"}),
    ],
)
def test_what_is_no_single_query_is_refused_with_the_status_of_the_protocol(client, status, words, request_):
    response = client.open("/sparql", **request_)
    assert response.status_code == status
    assert response.mimetype == "text/plain"
    assert response.text.startswith(str(status))
    assert words in response.text


def test_a_query_may_have_8192_bytes_and_32_brackets_and_no_more(client):
    assert asked(client, "ASK{}".ljust(8_192, "#"))
    asked(client, "ASK{}".ljust(8_193, "#"), status=413)
    assert asked(client, "ASK " + "{" * 32 + "}" * 32)
    refused = asked(client, "ASK " + "{" * 33 + "}" * 33, status=400)
    assert "nested deeper than 32 brackets" in refused.text


@pytest.mark.parametrize(
    ("text", "place", "accept"),
    [
        ("SELECT * {\n  ?s ?p }", "2:", None),
        ("SELECT * {\n  ?s ?p }", "2:", "text/csv"),
        ("CONSTRUCT { ?s ?p ?o }\nWHERE\n{ ?s ?p }", "3:", "application/ld+json"),
        ("SELEC * { ?s ?p ?o }", "1:", "text/turtle"),
        ("", "1:1", "*/*"),
        ("PREFIX a: <urn:a>", "1:", "application/xml"),
    ],
)
def test_a_malformed_query_is_told_where_it_goes_wrong(client, text, place, accept):
    message = asked(client, text, accept, status=400).text
    assert f"the query is malformed: error at {place}" in message


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", "SERVICE"),
        ("SELECT * { { service SILENT ?where { ?s ?p ?o } } }", "SERVICE"),
        ("ASK { FILTER EXISTS { SERVICE<http://127.0.0.1:9/>{} } }", "SERVICE"),
        ("LOAD <file:///etc/hostname>", "LOAD"),
        ("insert data { <urn:a> <urn:b> <urn:c> }", "INSERT"),
        ("DELETE WHERE { ?s ?p ?o }", "DELETE"),
        ("DROP ALL", "DROP"),
        ("CLEAR DEFAULT", "CLEAR"),
        ("CREATE GRAPH <urn:a>", "CREATE"),
        ("COPY DEFAULT TO <urn:a>", "COPY"),
        ("MOVE <urn:a> TO DEFAULT", "MOVE"),
        ("ADD <urn:a> TO DEFAULT", "ADD"),
        ("ASK {} ; DROP ALL", "DROP"),
    ],
)
def test_what_is_not_offered_is_refused_by_its_name(client, text, word):
    message = asked(client, text, status=400).text
    assert word in message
    assert "is not offered" in message or "only answers queries" in message


def test_a_word_that_is_not_offered_is_harmless_where_it_is_no_keyword(client):
    text = """PREFIX drop: <urn:drop#> # LOAD
      SELECT ?load ('DROP ALL; "INSERT"' AS ?add) { VALUES ?load { <urn:SERVICE> drop:clear "x"@de } }"""
    assert len(bindings(client, text)) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT (<urn:function>(1) AS ?x) {}", "the function <urn:function> is not offered here"),
        ("SELECT (<<( <urn:s> <urn:p> 1 )>> AS ?x) {}", "an expression was expected here, not `<`"),
        ("CONSTRUCT { <urn:s> <urn:p> <<( <urn:s> <urn:p> 1 )>> } WHERE {}", "was expected here, not `<`"),
    ],
)
@pytest.mark.parametrize("accept", [None, "application/json", "application/xml"])
def test_what_only_some_engines_answer_is_the_visitors_to_mend(client, text, words, accept):
    assert words in asked(client, text, accept, status=400).text


# Of what it is asked.


def test_the_default_graph_is_the_merged_one_and_the_others_are_behind_graph(client):
    count = "SELECT (COUNT(*) AS ?n) { %s }"
    (merged,), (default,) = (bindings(client, count % t) for t in (f"GRAPH <{BASE}/merged> {{ ?s ?p ?o }}", "?s ?p ?o"))
    assert merged == default
    assert int(default["n"]["value"]) > 100
    graphs = {row["g"]["value"] for row in bindings(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
    assert graphs >= {f"{BASE}/{name}" for name in ("merged", "registry", "sources/list/description")}


def test_from_and_from_named_choose_the_dataset(client):
    one, other = f"<{BASE}/sources/list/description>", f"<{BASE}/sources/bundled-fr/description>"
    names = (
        PREFIXES + "SELECT ?name %s { ?office <http://www.w3.org/2004/02/skos/core#prefLabel> ?name ; a ospo:Office }"
    )
    found = {dataset: {row["name"]["value"] for row in bindings(client, names % dataset)} for dataset in (
        f"FROM {one}", f"FROM {other}", f"FROM {one} FROM {other}", f"FROM NAMED {one}",
        f"FROM <{BASE}/nowhere>",
    )}  # fmt: skip
    listed = {"Mission logiciels libres", "Open Technologies Centre"}
    assert found[f"FROM {one}"] == listed
    compiled = found[f"FROM {other}"]
    assert "Open Source and Digital Commons" in compiled - listed
    assert found[f"FROM {one} FROM {other}"] == listed | compiled
    assert found[f"FROM NAMED {one}"] == found[f"FROM <{BASE}/nowhere>"] == set()
    within = "SELECT DISTINCT ?g FROM NAMED %s { GRAPH ?g { ?s ?p ?o } }"
    assert bindings(client, within % one) == [{"g": {"type": "uri", "value": one.strip("<>")}}]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_request_chooses_the_dataset_too_and_outdoes_the_query(client, method):
    one, other = f"{BASE}/sources/list/description", f"{BASE}/sources/bundled-fr/description"
    nowhere = f"FROM <{BASE}/nowhere>"
    text = f"SELECT DISTINCT ?g ?o {nowhere} {{ {{ ?o a ?type }} UNION {{ GRAPH ?g {{ ?s a ?type }} }} }}"

    def found(**graphs):
        values = {"query": PREFIXES + text.replace("?type", "ospo:Office"), **graphs}
        where = "query_string" if method == "GET" else "data"
        return client.open("/sparql", method=method, **{where: values}).get_json(force=True)["results"]["bindings"]

    assert len(found(**{"default-graph-uri": one})) == 2
    assert len(found(**{"default-graph-uri": [one, other]})) == 3
    assert [row["g"]["value"] for row in found(**{"named-graph-uri": one})] == [one]
    assert found() == []


def test_a_server_as_the_store_answers_visitors_with_the_merged_graph(stored):
    memory = Store()
    with served(sparql_server(memory)) as address, site(stored, store=address) as client:
        fill(RemoteStore(address), settings=stored)
        found = {(row["title"]["value"], row["country"]["value"]) for row in bindings(client, POLICIES)}
        assert found == {(title, country) for title, _, country in TITLES}
        graphs = {row["g"]["value"] for row in bindings(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")}
        assert f"{BASE}/sources/list/description" in graphs
        one = bindings(client, f"SELECT ?s FROM <{BASE}/registry> {{ ?s a <https://w3id.org/ospo/ns#Source> }}")
        assert len(one) == 4


def test_describe_tells_of_the_merged_graph_alone(client):
    found = asked(client, DESCRIBE, "application/n-triples").data
    merged = asked(client, f"CONSTRUCT WHERE {{ <{BASE}/id/policy/fr-lrn> ?p ?o }}", "application/n-triples").data
    assert sorted(found.splitlines()) == sorted(merged.splitlines())
    assert asked(client, "DESCRIBE <urn:nobody>", "application/n-triples").data == b""


def test_the_first_query_of_the_page_names_the_act_that_obliges(client):
    text = re.findall(r"```sparql\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)[0]
    (row,) = bindings(client, text)
    assert {name: term["value"] for name, term in row.items()} == {
        "country": "FR",
        "title": "Loi pour une République numérique",
        "source": f"{BASE}/sources/bundled-fr",
    }


@pytest.mark.parametrize("question", EXAMPLES)
def test_each_example_has_an_answer_that_fills_its_columns(client, question):
    results = asked(client, load("registry.web.data", EXAMPLES[question])).get_json(force=True)
    assert {name for row in results["results"]["bindings"] for name in row} == set(results["head"]["vars"]) != set()


# Within what bounds.


def test_an_answer_of_too_many_rows_is_cut_and_says_so(stored):
    with site(stored, max_rows=10) as client:
        for text in ("SELECT ?s { ?s ?p ?o } LIMIT %d", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT %d"):
            rows = [asked(client, text % limit, "application/n-triples, text/csv;q=0.9") for limit in (10, 11)]
            assert [response.headers.get("X-Result-Truncated") for response in rows] == [None, "rows"]
            assert [response.data.count(b"\n") for response in rows] == [11 if "SELECT" in text else 10] * 2
        whole, cut = (
            asked(client, f"SELECT * {{ ?s ?p ?o }} LIMIT {limit}").get_json(force=True) for limit in (10, 11)
        )
        assert "link" not in whole["head"]
        assert cut["head"]["link"] == ["about:truncated-rows"]
        assert len(cut["results"]["bindings"]) == 10


@pytest.mark.parametrize("accept", ["application/n-triples, text/csv;q=0.9", "application/xml"])
def test_an_answer_of_too_many_bytes_is_cut_and_says_so(stored, accept):
    long = "x" * 300
    with site(stored, max_answer_bytes=500) as client:
        for text in ("SELECT ?x { %s }", "CONSTRUCT { ?x <urn:p> ?x } { %s }"):
            values = [f"VALUES ?x {{ {' '.join(f'<urn:{n}{long}>' for n in range(count))} }}" for count in (0, 1, 2, 9)]
            cut = [asked(client, text % some, accept) for some in values]
            limits = [response.headers.get("X-Result-Truncated") for response in cut]
            assert limits == ([None, None, "bytes", "bytes"] if "SELECT" in text else [None, "bytes", "bytes", "bytes"])
            assert [response.data.count(long.encode()) for response in cut] == (
                [0, 1, 1, 1] if "SELECT" in text else [0] * 4
            )


def test_a_runaway_query_is_stopped_at_its_deadline_and_the_next_is_answered(stored):
    with site(stored, query_seconds=1.0) as client:
        start = time.monotonic()
        response = asked(client, RUNAWAY, status=503)
        assert time.monotonic() - start >= 1.0  # and not before
        assert int(response.headers["Retry-After"]) > 0
        assert response.text == "503 the query was stopped: it took longer than 1 seconds\n"
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert alive(client)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { {}" + "UNION{}" * 8_000 + " }",
        "SELECT (1" + "&&1" * 20_000 + " AS ?x) {}",
        "SELECT (1" + "*1" * 30_000 + " AS ?x) {}",
    ],
)
def test_a_query_that_would_crash_the_engine_is_not_given_to_it(stored, text):
    with site(stored, max_query_bytes=64_000) as client:
        response = client.post("/sparql", data=text.encode(), content_type="application/sparql-query")
        assert response.status_code == 400
        assert "the query has more than" in response.text
        assert alive(client)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * " + "{" * 8_000,
        "SELECT * { FILTER(" + "(" * 8_000,
        "SELECT * { FILTER(" + "!" * 8_000 + "true) }",
        "SELECT * { FILTER(" + "-" * 8_000 + "1) }",
        "SELECT * { ?s " + "^" * 8_000 + "<urn:p> ?o }",
        "SELECT (1" + "||1" * 2_600 + " AS ?x) {}",
        "SELECT * {" + "[ <urn:p> " * 800,
        "SELECT * { ?s <urn:p> " + "( " * 4_000,
        "SELECT * { ?s <urn:p>" + "*" * 8_000 + " ?o }",
        "SELECT * { {}" + "UNION{}" * 1_160 + " }",
        "SELECT * {" + "OPTIONAL{}" * 800 + "}",
        "SELECT * {" + "{SELECT*{}}" * 740 + "}",
        "SELECT (1" + "&&1" * 2_700 + " AS ?x) {}",
        "SELECT * { ?s ?p ?o FILTER REGEX(?o, '" + "(a+)+" * 1_000 + "$') }",
        "SELECT ?x40 { BIND('xxxxxxxxxxxxxxxx' AS ?x0) "
        + "".join(f"BIND(CONCAT(?x{n}, ?x{n}) AS ?x{n + 1}) " for n in range(40))
        + "}",
        "SELECT * {" + "".join(f"?a{n} ?b{n} ?c{n} . " for n in range(400)) + "}",
    ],
    ids=lambda text: text[:40],
)
def test_no_query_within_the_limits_of_length_stops_the_endpoint(hurried, text):
    assert len(text) <= 8_192
    hurried.application.config["ENDPOINT"]._pool.seconds = 1.5
    response = hurried.get("/sparql", query_string={"query": text})
    assert response.status_code in (200, 400, 503)
    assert response.status_code == 200 or response.text.startswith(str(response.status_code))
    assert alive(hurried)


@pytest.fixture(scope="module")
def hurried(stored):
    with site(stored) as client:
        yield client


# Who asks.


@pytest.mark.parametrize("method", [GET, POST])
def test_an_independent_client_is_answered(stored, method):
    with site(stored) as client, served(client.application) as address:
        answers = {}
        for text, format_ in (
            (POLICIES, JSON),
            (POLICIES, XML),
            (POLICIES, CSV),
            ("ASK { ?s ?p ?o }", JSON),
            (CONSTRUCT, TURTLE),
            (DESCRIBE, N3),
        ):
            wrapper = SPARQLWrapper(f"{address}/sparql", returnFormat=format_)
            wrapper.setMethod(method)
            wrapper.setTimeout(int(LONG))
            wrapper.setQuery(text)
            answers[text, format_] = wrapper.queryAndConvert()
        wrapper = SPARQLWrapper(f"{address}/sparql", returnFormat=JSON)
        wrapper.setMethod(POST)
        wrapper.setRequestMethod(POSTDIRECTLY)
        wrapper.setQuery("SELECT * { ?s ?p }")
        with pytest.raises(QueryBadFormed, match="error at 1:18"):
            wrapper.query()
    titles = {title for title, _, _ in TITLES}
    assert {row["title"]["value"] for row in answers[POLICIES, JSON]["results"]["bindings"]} == titles
    xml = answers[POLICIES, XML].getElementsByTagName("literal")
    assert {node.firstChild.data for node in xml} == titles | {country for _, _, country in TITLES}
    assert {line.rpartition(",")[0] for line in answers[POLICIES, CSV].decode().splitlines()[1:]} == titles
    assert answers["ASK { ?s ?p ?o }", JSON]["boolean"] is True
    drawn = Graph().parse(data=answers[CONSTRUCT, TURTLE], format="turtle")
    assert {str(title) for title in drawn.objects()} == titles
    described = Graph().parse(data=answers[DESCRIBE, N3], format="turtle")
    assert set(described.subjects()) == {URIRef(f"{BASE}/id/policy/fr-lrn")}


def test_visitors_at_the_same_time_each_get_their_own_answer(client):
    def ask(number):
        (row,) = bindings(client.application.test_client(), f"SELECT ({number} AS ?n) {{}}")
        return int(row["n"]["value"])

    with ThreadPoolExecutor(8) as visitors:
        assert list(visitors.map(ask, range(40))) == list(range(40))


def test_while_all_workers_are_busy_others_are_asked_to_come_back(stored):
    with site(stored, query_seconds=1.0) as client, ThreadPoolExecutor(4) as visitors:
        visits = [visitors.submit(asked, client.application.test_client(), RUNAWAY, status=503) for _ in range(4)]
        assert {int(visit.result().headers["Retry-After"]) > 0 for visit in visits} == {True}
        assert alive(client)


def test_a_browser_sees_a_page_with_the_rows_and_what_is_wrong(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = client.get("/sparql", headers={"Accept": accept})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "Loi pour une République numérique" in asked(client, POLICIES, accept).text
    assert f"&lt;{BASE}/id/policy/fr-lrn&gt;" in asked(client, CONSTRUCT, accept).text
    assert "error at 1:" in asked(client, "SELECT * { ?s ?p }", accept).text
    tricky = asked(client, "SELECT ('<script>alert(1)</script>' AS ?x) (<javascript:alert(1)> AS ?y) {}", accept)
    assert "<script>" not in tricky.text
    assert 'href="javascript:' not in tricky.text


def test_nothing_that_was_asked_has_changed_the_store(stored, client):
    before = Store.read_only(stored.store_location)
    for text in ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", "DROP ALL", "SELECT * { ?s ?p ?o }"):
        client.post("/sparql", data={"query": text})
        client.post("/sparql", data={"update": text})
        client.post("/sparql", data=text.encode(), content_type="application/sparql-update")
    after = Store.read_only(stored.store_location)
    assert len(before) == len(after) > 100
    assert find(stored.store_location).manifest.revision == 1
