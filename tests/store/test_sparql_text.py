"""What is bound in a text of SPARQL: terms, sequences of them, numbers, and conditions that are left out."""

import pytest
from pyoxigraph import Literal, NamedNode, Store

from registry.store.sparql_text import bind, drop, filled, insert_data, load, nodes, together

A, B = NamedNode("https://a.example/a"), NamedNode("https://a.example/b")
BOTH = """SELECT ?s { ?s ?p ?o {
  ?s ?q ?colour . VALUES ?colour { $colours }
} { ?s ?q ?size . VALUES ?size { $sizes } } }"""


def things():
    store = Store()
    store.update(
        "BASE <https://a.example/> INSERT DATA { <a> <is> 'red', 'big' . <b> <is> 'red', 'small' . <c> <is> 'blue' }"
    )
    return store


def found(text):
    return sorted({row["s"].value[-1] for row in things().query(text)})


def test_a_sequence_is_the_terms_of_values_and_an_empty_one_matches_nothing():
    text = "SELECT ?s { VALUES ?s { $these } ?s ?p ?o }"
    assert found(bind(text, these=["https://a.example/a", B])) == ["a", "b"]
    assert found(bind(text, these=[])) == []
    assert found(bind(text, these=A)) == ["a"]


def test_none_leaves_out_the_group_around_its_values():
    red, big = [Literal("red")], [Literal("big")]
    assert found(bind(BOTH, colours=red, sizes=big)) == ["a"]
    assert found(bind(BOTH, colours=red, sizes=None)) == ["a", "b"]
    assert found(bind(BOTH, colours=None, sizes=None)) == ["a", "b", "c"]
    assert "colour" not in bind(BOTH, colours=None, sizes=big)


def test_a_group_in_a_group_that_is_left_out_is_left_out_with_it():
    text = "SELECT ?s { ?s ?p ?o { { ?s ?q ?x VALUES ?x { $inner } } VALUES ?y { $outer } } { ?s ?p 'blue' } }"
    assert bind(text, inner=None, outer=None) == bind(text, inner=[A], outer=None)
    assert found(bind(text, inner=[A], outer=None)) == ["c"]


def test_parts_fill_the_empty_group_of_a_query_and_may_name_what_those_before_bind():
    text = "SELECT DISTINCT ?s { { } FILTER(?s != 'x') } ORDER BY ?s"
    every = "?s <https://a.example/is> ?is ."
    assert found(filled(text, [every])) == ["a", "b", "c"]
    red = filled(text, [every, "{ ?s <https://a.example/is> ?is . VALUES ?is { $is } }", "FILTER(?is != 'blue')"])
    assert found(bind(red, **{"is": [Literal("red")]})) == ["a", "b"]
    assert found(filled(text, [every, "BIND(?is = 'small' AS ?fits)", "FILTER(?fits)"])) == ["b"]


@pytest.mark.parametrize("text", ["SELECT ?s { ?s ?p ?o }", "SELECT ?s { { } { } }"])
def test_a_query_without_one_empty_group_is_not_filled(text):
    with pytest.raises(ValueError, match="has one empty group"):
        filled(text, ["?s ?p ?o"])


@pytest.mark.parametrize("several", [[A, B], [], None])
def test_several_terms_or_none_stand_in_values_alone(several):
    for text in ("ASK { $x ?p ?o }", "SELECT ?s { ?s ?p ?o } LIMIT $x", "ASK { ?s ?p ?o FILTER(?s IN ($x)) }"):
        with pytest.raises(ValueError, match=r"'x'"):
            bind(text, x=several)


def test_a_number_is_what_limit_and_offset_take():
    text = bind("SELECT DISTINCT ?s { ?s ?p ?o } ORDER BY ?s LIMIT $limit OFFSET $offset", limit=1, offset=1)
    assert found(text) == ["b"]


def test_nothing_is_given_in_strings_iris_and_comments():
    text = "# of $what { costs\nASK { <https://a.example/$x> ?p '$y' . ?s ?q \"\\\"$z}\" ; $p '{' }"
    assert bind(text, p=A) == text.replace("$p ", f"{A} ")


@pytest.mark.parametrize("hostile", ["x } DROP ALL #", "https://a.example/> } #", ""])
def test_nothing_that_is_given_becomes_syntax(hostile):
    with pytest.raises(ValueError):
        bind("ASK { VALUES ?x { $x } }", x=[hostile])
    assert found(bind("SELECT ?s { VALUES ?o { $x } ?s ?p ?o }", x=[Literal(hostile), Literal("blue")])) == ["c"]
    assert nodes([hostile, A.value]) == [A]


def test_updates_together_are_one_and_in_order():
    store = things()
    triples = [quad.triple for quad in things()]
    store.update(
        together((drop("https://a.example/g"), "DROP ALL # no end", insert_data("https://a.example/g", triples)))
    )
    assert {quad.graph_name.value for quad in store} == {"https://a.example/g"}
    assert len(store) == len(triples)


def test_a_room_has_its_queries():
    assert "$graph" in load("registry.store", "graph.rq")
    with pytest.raises(FileNotFoundError):
        load("registry.store", "nothing.rq")
