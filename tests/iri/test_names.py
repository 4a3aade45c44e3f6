"""The IRIs of a registry: what is made is taken apart again, and only the reader's nodes are taken for such."""

import re

import pytest
from pyoxigraph import Literal, NamedNode, Store

from registry.iri import names
from registry.reading.describe import describe
from registry.store.sparql_text import bind
from tests.support.code import literals
from tests.support.places import ROOT

BASE = "https://atlas.example"
GRAPH = names.description_graph(BASE, "fr")
BODY = b"""
offices:
  - url: https://code.example
    name: Office
    country: FR
    part_of: {name: Ministry}
    policies:
      - title: Act
        matrix: {use: {present: [{force: required, text: One.}, {force: permitted, text: Two.}]}}
"""
TURTLE = (
    b'<https://code.example> <https://x.example/of> [ <https://x.example/p> "a" ], <https://b.example/description#b1> .'
)


def subjects(body, media_type):
    read = describe(body, media_type=media_type, url="https://code.example/x", graph=GRAPH)
    return {triple.subject.value for triple in read.triples}


def test_every_node_that_the_reader_names_is_known_as_such():
    nodes = subjects(BODY, "application/yaml")
    assert len(nodes) == 5
    assert all(names.is_readers_node(BASE, node) for node in nodes)
    assert {node for node in subjects(TURTLE, "text/turtle") if names.is_readers_node(BASE, node)} == {f"{GRAPH}#b1"}


FOREIGN = [
    "https://office.example/description#b1",
    "https://atlas.example.evil.example/sources/fr/description#b1",
    "https://atlasxexample/sources/fr/description#b1",
    "https://evil.example/?https://atlas.example/sources/fr/description#b1",
    "https://atlas.example/sources/fr/description#ministry",
    "https://atlas.example/sources/fr/description#b",
    "https://atlas.example/sources/fr/x/description#b1",
    "https://atlas.example/sources/fr/description",
    "https://atlas.example/id/policy/fr-lrn#use-present-1",
]


@pytest.mark.parametrize("iri", FOREIGN)
def test_no_other_iri_is_taken_for_a_node_of_the_reader(iri):
    assert not names.is_readers_node(BASE, iri)


@pytest.mark.parametrize("base", [BASE, "http://127.0.0.1:8000", "https://a.example/the-atlas_2"])
def test_a_store_knows_the_same_nodes_by_the_same_pattern(base):
    graph = names.description_graph(base, "a-1.b")
    iris = [names.skolem_iri(graph, label) for label in ("b1", "L3", "L3.1", "L9-use-present", "L3.1-use-present")]
    text = "SELECT ?x { VALUES ?x { $these } FILTER(REGEX(STR(?x), $pattern)) }"
    found = Store().query(bind(text, these=iris + FOREIGN, pattern=Literal(names.readers_node_pattern(base))))
    assert [row["x"] for row in found] == [NamedNode(iri) for iri in iris]
    assert [iri for iri in iris + FOREIGN if names.is_readers_node(base, iri)] == iris


def test_what_is_named_after_a_source_leads_back_to_it():
    event = names.event_iri(BASE, "fr", 3)
    made = [
        names.source_iri(BASE, "fr"),
        names.description_graph(BASE, "fr"),
        names.report_graph(BASE, "fr"),
        names.result_iri(names.report_graph(BASE, "fr"), 1),
        event,
        names.change_iri(event, 2),
        names.verification_iri(BASE, "fr", "same-host"),
        names.peer_listing_iri(BASE, "fr", "next"),
        names.skolem_iri(GRAPH, "b1"),
        names.peer_record_iri(GRAPH, "https://b.example/"),
        names.copy_iri(BASE, "fr"),
    ]
    assert {names.source_of(BASE, iri) for iri in made} == {"fr"}
    assert len(set(made)) == len(made)
    others = [names.registry_graph(BASE), names.policy_iri(BASE, "sources"), "https://b.example/sources/fr", f"{BASE}/"]
    assert {names.source_of(BASE, iri) for iri in others} == {""}


def test_a_statement_belongs_to_its_policy_and_a_node_of_the_reader_to_nothing_else():
    policy = names.policy_iri(BASE, "fr-lrn")
    statement = names.statement_iri(policy, "use-present", 1)
    assert names.policy_of(statement) == names.policy_of(policy) == names.thing_of(BASE, statement) == policy
    assert names.name_of(statement) == names.name_of(policy) == "fr-lrn"
    assert names.name_of(names.office_iri(BASE, "code.gouv.fr")) == "code.gouv.fr"
    assert names.thing_of(BASE, f"{GRAPH}#b1") == f"{GRAPH}#b1"


# Parts of our IRIs; addresses of pages and downloads begin with a slash alone and are given to routes and links.
PART = re.compile(
    r"/(description|report|merged|vocabulary|peers|registry|verification|seen)(#\w*)?$|/events/|/id/(office|policy)/"
    r"|/description\b|…/sources/|…#(…|[a-z]…)$"
)


def test_the_iris_of_a_registry_are_made_and_taken_apart_in_one_module_alone():
    found = {
        (path.relative_to(ROOT).as_posix(), text)
        for package in ("registry", "federation")
        for path in (ROOT / package).rglob("*.py")
        for text in literals(path)
        if PART.search(text) and path.name != "names.py"
    }
    assert found == set()
    files = [path for folder in ("queries", "templates") for path in (ROOT / "registry").rglob(f"{folder}/*")]
    assert len(files) > 40
    assert [path.name for path in files if "/description" in path.read_text(encoding="utf-8")] == []
