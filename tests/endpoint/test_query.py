"""Queries are read by the grammar of the standard, refused for what they hold, and written again in one form."""

import socket

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, Store

from registry.endpoint.query import read_query
from registry.endpoint.sparql.grammar import grammar, read
from registry.endpoint.sparql.tokens import terminals
from registry.endpoint.sparql.tree import MAX_DEPTH, MAX_OPERATORS, MAX_TOKENS, parse
from registry.endpoint.sparql.writer import within_graph
from registry.errors import QueryError, QueryTooLongError
from tests.support.sentences import disguised, sentences, texts

BASE = "http://e.example"
G = f"{BASE}/g"
CHANGING = {"RAND", "NOW", "UUID", "STRUUID", "BNODE"}


@pytest.fixture(scope="module")
def small():
    """A store with a few triples in two graphs."""
    store = Store()
    store.update(f"""PREFIX e: <http://e.example/> INSERT DATA {{
      GRAPH <{G}> {{ e:a e:a\\#b e:1 , "x"@en , 1 . e:1 <http://e.example/p#a.b> e:a . e:é e:a 1.5 , true , "SERVICE" }}
      GRAPH e:other {{ e:a e:a "other" }} }}""")
    return store


@pytest.fixture(scope="module")
def trap():
    """A socket that nobody may connect to, with how often somebody did."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)

        def visits():
            count = 0
            while True:
                try:
                    server.accept()[0].close()
                except BlockingIOError:
                    return count
                count += 1

        yield server.getsockname()[1], visits


def accepted(text):
    """Return the query as we run it, None where it is refused."""
    try:
        return read_query(text, BASE, 100_000)
    except QueryError:
        return None


def told(results):
    """Return the answer as values that can be compared, blank nodes as one of them."""
    if isinstance(results, QueryBoolean):
        return bool(results)
    if isinstance(results, QuerySolutions):
        names = [variable.value for variable in results.variables]
        return sorted(names), sorted(sorted(_term(row[name]) for name in names) for row in results)
    return sorted([_term(triple.subject), _term(triple.predicate), _term(triple.object)] for triple in results)


def _term(term):
    return "_:" if str(term).startswith("_:") else str(term)


def ours(store, query):
    default, named = query.dataset or ([G], None)
    return store.query(
        query.text,
        default_graph=[NamedNode(name) for name in default],
        named_graphs=None if named is None else [NamedNode(name) for name in named],
    )


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_we_accept_the_engine_accepts_as_sent_and_as_written_again_with_the_same_answer(small, data):
    tokens = data.draw(sentences())
    text = data.draw(texts(tokens))
    query = accepted(text)
    assume(query is not None)
    if {kind for kind, _ in tokens} & CHANGING or query.kind == "describe":  # which engines do as they like
        ours(small, query)
        return
    as_sent = small.query(text, **({} if query.dataset else {"default_graph": NamedNode(G)}))
    assert told(ours(small, query)) == told(as_sent)
    if query.kind == "select":
        assert sorted(query.variables) == told(small.query(query.text))[0]
    if query.dataset is None and query.asks_graphs:
        assert told(small.query(within_graph(query.text, G, f"{BASE}/"))) == told(ours(small, query))


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_an_escape_of_a_codepoint_says_what_the_character_says(data):
    text = data.draw(texts(data.draw(sentences())))
    as_it_is = accepted(text)
    assert accepted(data.draw(disguised(text))) == as_it_is


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_spelling_of_service_or_of_an_update_gets_out(small, trap, data):
    port, visits = trap
    tokens = data.draw(sentences(size=25))
    place = data.draw(st.integers(0, len(tokens) - 1))
    address = f"<http://127.0.0.1:{port}/>"
    hostile = data.draw(st.sampled_from([
        [("SERVICE", "service"), ("SILENT", "Silent"), ("IRIREF", address), ("{", "{"), ("}", "}")],
        [("SERVICE", "SERVICE"), ("IRIREF", address), *data.draw(sentences("Group", 12))],
        [(";", ";"), ("LOAD", "load"), ("IRIREF", address)],
        [("FROM", "from"), ("IRIREF", address)],
    ]))  # fmt: skip
    text = data.draw(texts([*tokens[:place], *hostile, *tokens[place:]]))
    query = accepted(data.draw(disguised(text)))
    if query is not None:  # within a text or a comment
        assert "SERVICE" not in {token.kind for token in parse(query.text)[1]}
        ours(small, query)
    assert visits() == 0


# What is refused.


@pytest.mark.parametrize(
    "text",
    [
        r"PREFIX e: <http://e.example/> SELECT * WHERE { OPTIONAL { ?x e:a\#b ?y } SERVICE <%s> { ?s ?p ?o } }",
        r"SELECT * { \u0053ERVICE <%s> { ?s ?p ?o } }",
        r"SELECT * { S\U00000045RVICE <%s> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o # a comment\r SERVICE <%s> { ?s ?p ?o } }",
        r'SELECT * { ?s ?p "a\u0022 . SERVICE <%s> { ?s ?p ?o } }',
        r"SELECT * { ?s ?p 'a\u000A' . SERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { { { SELECT * { FILTER NOT EXISTS { MINUS { service silent <%s> {} } } } } } }",
        "ASK { SERVICE ?where {} BIND(<%s> AS ?where) }",
        "PREFIX here: <%s> SELECT * { SERVICE here: {} }",
        "BASE <%s> SELECT * { SERVICE <> {} }",
        'DEFINE input:same-as "yes" SELECT * { SERVICE <%s> {} }',
        'DEFINE get:soft "replacing" SELECT * FROM <%s> { ?s ?p ?o }',
        "SELECT * FROM <%s> { ?s ?p ?o }",
        "SELECT * FROM NAMED <%s> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { GRAPH <%s> { ?s ?p ?o } }",
        "LOAD <%s>",
        "ASK {} ; LOAD <%s>",
        "INSERT { ?s ?p ?o } WHERE { SERVICE <%s> { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o } ; SELECT * { SERVICE <%s> {} }",
        "SELECT (<bif:http_get>('%s') AS ?x) {}",
        "SELECT (<sql:RDF_LOAD>('%s') AS ?x) {}",
        "SELECT (bif:http_get('%s') AS ?x) {}",
        "PREFIX f: <java:org.example.> SELECT (f:Get('%s') AS ?x) {}",
        "SELECT * { ?x <java:org.example.Get> '%s' }",
        "SELECT * { ?x <http://jena.apache.org/text#query> '%s' }",
        "SELECT (`bif:http_get('%s')` AS ?x) {}",
        "SELECT * { ?s ?p ?o OPTION (get:soft '%s') }",
        "SELECT * FROM <file:///etc/passwd> FROM <%s> { ?s ?p ?o }",
    ],
)
def test_what_would_leave_the_store_is_refused_in_every_spelling(small, trap, text):
    port, visits = trap
    assert accepted(text % f"http://127.0.0.1:{port}/") is None
    assert visits() == 0


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SELECT * { ?s ?p }", "1:18: a value (a variable, an IRI, a text, a number) was expected here, not `}`"),
        ("SELECT * { ?s ?p ?o", "error at 1:20: `}` was expected here, not the end of the query"),
        ("SELECT *\n{ ?s\r?p\r\n\u20ac }", "error at 4:1: `€` begins nothing"),
        (r"SELECT * { ?s ?p ?\u006f, }", "error at 1:27: a value"),
        ("SELEC * { ?s ?p ?o }", "error at 1:1: `SELEC` is no word of SPARQL"),
        ("SELECT * { ?s ?p 'a }", "error at 1:18: a text begins here that does not end"),
        ("SELECT * { ?s ?p '\\uD800' }", "is the number of no character"),
        ("SELECT * { ?s e:p ?o }", "error at 1:15: the prefix `e:` is not declared: add PREFIX"),
        ("SELECT * { ?s <p> ?o }", "error at 1:15: `<p>` is no IRI"),
        ("SELECT * { ?s ?p 'a'@abcdefghijk }", "`@abcdefghijk` is no tag of a language"),
        ("SELECT (1 AS ?s) { ?s ?p ?o }", "error at 1:14: ?s has a value already"),
        ("SELECT * { ?s ?p ?o BIND(1 AS ?o) }", "error at 1:31: ?o has a value already"),
        ("SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o }", "error at 1:8: ?o is neither in GROUP BY nor within COUNT"),
        ("SELECT * { ?s ?p ?o } GROUP BY ?s", "error at 1:23: what is grouped needs SELECT and the names"),
        ("SELECT * { _:a ?p ?o { _:a ?q ?r } }", "`_:a` stands in another group already"),
        ("SELECT * { VALUES (?a ?b) { (1) } }", "VALUES names 2 variables, but a row has not as many"),
        ("SELECT * { FILTER(COUNT(?x) > 1) }", "COUNT may stand in SELECT, HAVING and ORDER BY alone"),
        ("SELECT * {} LIMIT 3000000000", "a number up to 2147483647 was expected here"),
        ("SELECT * FROM <http://other.example/g> {}", "<http://other.example/g> is no graph of this registry"),
        ("SELECT (<urn:f>(1) AS ?x) {}", "the function <urn:f> is not offered here"),
        ("SELECT * {} ; SELECT * {}", "error at 1:13: the end of the query was expected here, not `;`"),
        ("SELECT * { ?s ?p 'x' SERVICE <urn:x> {} }", "SERVICE is not offered here"),
        ("ASK {} ; drop all", "only answers queries: DROP is an update"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place_in_plain_words(text, words):
    with pytest.raises(QueryError) as raised:
        read_query(text, BASE, 100_000)
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("least", "text"),
    [
        (MAX_DEPTH, lambda n: "ASK " + "{" * n + "}" * n),
        (MAX_DEPTH - 1, lambda n: "SELECT (" + "(" * n + "1" + ")" * n + " AS ?x) {}"),
        (MAX_OPERATORS, lambda n: "SELECT (1" + "+ 1" * n + " AS ?x) {}"),
        (MAX_OPERATORS, lambda n: "ASK { {}" + "UNION{}" * n + "}"),
        (MAX_OPERATORS, lambda n: "ASK { ?s <urn:p>" + "/<urn:p>" * n + " ?o }"),
        (MAX_TOKENS - 8, lambda n: "ASK { VALUES ?x {" + " 1" * n + "} }"),
    ],
    ids=lambda value: str(value) if isinstance(value, int) else "",
)
def test_a_query_may_be_as_large_as_said_and_no_larger(least, text):
    assert accepted(text(least)) is not None
    with pytest.raises(QueryError, match=r"nested deeper than|has more than"):
        read_query(text(least + 1), BASE, 1_000_000)


@pytest.mark.parametrize("opening", ["{", "(", "[ <urn:p> ", "{SELECT*", "FILTER(!", "((((", "SELECT * {{ OPTIONAL"])
def test_no_depth_of_brackets_hurts_the_parser(opening):
    for text in (opening * 100_000, "SELECT * { ?s ?p " + opening * 100_000, "SELECT (" + opening * 100_000):
        assert accepted(text[:90_000]) is None


def test_a_query_that_its_prefixes_blow_up_is_refused():
    long = "PREFIX e: <http://e.example/" + "x" * 500 + "> ASK { VALUES ?x {" + " e:a" * 100 + "} }"
    with pytest.raises(QueryTooLongError, match="with its prefixes written out"):
        read_query(long, BASE, 1_000)


# What it becomes.


def test_a_query_is_written_in_one_form():
    text = r"""base <http://e.example/a/b>  PREFIX : <../c#>  # a comment
      select distinct $s (str('it''s'@EN) as ?x) from <g> where { ?s a :x\~y%20z , <x> , 'a\u0022\'"\\'^^:t ; :p -1 }
      limit 007"""
    with pytest.raises(QueryError, match="was expected here"):
        read_query(text, BASE, 8_192)
    query = read_query(text.replace("it''s", "it\\'s"), BASE, 8_192)
    assert query.text == (
        'SELECT DISTINCT ?s ( STR( "it\'s"@en ) AS ?x ) WHERE { ?s a <http://e.example/c#x~y%20z> , '
        '<http://e.example/a/x> , "a\\"\'\\"\\\\"^^<http://e.example/c#t> ; <http://e.example/c#p> -1 } LIMIT 007'
    )
    assert query.dataset == (["http://e.example/a/g"], [])


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("SELECT ?z ?a (1 AS ?c) { ?a ?b ?z }", "zac"),
        ("SELECT * { ?z ?y ?a }", "zya"),
        ("SELECT * {}", ""),
        ("SELECT * { ?x ^<p:> ?b ; ?a [ <q:> (?z ?c) ] }", "xbazc"),
        ("SELECT * { FILTER(?z = 1) { ?c ?b ?z } UNION { ?y ?c ?a } }", "cbzya"),
        ("SELECT * { GRAPH ?g { ?f ?e ?d } OPTIONAL { ?d ?c ?b } MINUS { ?d ?z ?y } }", "gfedcb"),
        ("SELECT * { { SELECT ?y ?b { ?a ?b ?y } } ?y ?x ?a FILTER EXISTS { ?z ?q ?r } }", "ybxa"),
        ("SELECT * { { SELECT * { ?y ?x ?b } } BIND(1 AS ?a) } VALUES (?z ?c) { (1 2) }", "yxbazc"),
        ("ASK { ?s ?p ?o }", ""),
        ("DESCRIBE * { ?s ?p ?o }", ""),
    ],
)
def test_rows_have_their_variables_in_the_order_in_which_they_appear(text, variables):
    assert "".join(read_query(text, BASE, 8_192).variables) == variables


def test_to_describe_is_to_tell_all_that_the_default_graph_says_of_each_resource(small):
    small_ = "PREFIX e: <http://e.example/> DESCRIBE %s"
    for text, subjects in (
        ("e:a", {"a"}),
        ("e:a e:nobody", {"a"}),
        ("?s { ?s e:a ?o }", {"é"}),
        ("?s e:a { ?s ?p 'SERVICE' ; e:a ?b }", {"é", "a"}),
        ("* { ?s e:a 1.5 }", {"é"}),
        ("?s { ?s ?p ?o } ORDER BY DESC(STR(?s)) LIMIT 1", {"é"}),
        ("?s { ?s ?p ?o } VALUES ?o { e:a }", {"1"}),
        ("?s { ?s ?q [] . GRAPH ?g { ?s ?p 'other' } }", {"a"}),
        ("?s", set()),
    ):
        query = read_query(small_ % text, BASE, 8_192)
        triples = set(small.query(query.text, default_graph=NamedNode(G)))
        assert {triple.subject.value.rpartition("/")[2] for triple in triples} == subjects, text
        assert triples == {
            quad.triple for quad in small.quads_for_pattern(None, None, None, NamedNode(G))
            if quad.subject.value.rpartition("/")[2] in subjects
        }  # fmt: skip


# The grammar.


def test_every_keyword_sign_and_terminal_of_the_grammar_can_be_read():
    known = {name for name, _ in terminals().patterns}
    named = {symbol for choices in grammar().rules.values() for choice in choices for symbol in choice}
    assert named - grammar().rules.keys() - grammar().literals - {"END"} == known - {"keyword", "a"}
    assert not terminals().words.keys() - grammar().rules.keys() - known - {"END"}


@pytest.mark.parametrize("text", ["Query = 'a' | 'a' 'b'", "Query = X 'a' END\nX = 'a'?", "Query = 'a'* 'a' END"])
def test_rules_that_one_token_cannot_choose_between_are_refused(text):
    with pytest.raises(ValueError, match="may begin both"):
        read(text)
