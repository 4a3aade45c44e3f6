"""A graph is replaced by small updates; after each of them every thing is as it was or as it will be."""

from functools import partial

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import thing_of
from registry.store import replace_graph
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING, construct
from registry.store.sparql_text import insert_data

BASE = "https://atlas.example"
GRAPH = f"{BASE}/merged"
THING = f"{BASE}/id/policy/"


class Watched(EmbeddedStore):
    """A store that keeps what the graph holds after each update."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def update(self, text, new=NOTHING):
        super().update(text, new)
        self.seen.append(held(self))


def replace(store, pieces):
    replace_graph.replace(store, GRAPH, pieces, partial(thing_of, BASE))


def held(store):
    return set(construct(store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{GRAPH}> {{ ?s ?p ?o }} }}"))


def thing(name, value, statements=2):
    """Return a thing, its statements and a node of its document."""
    subjects = [THING + name, *(f"{THING}{name}#{n}" for n in range(statements))]
    subjects.append(f"{BASE}/sources/x/description#L{ord(name)}")
    return {Triple(NamedNode(subject), NamedNode("https://p.example/"), Literal(value)) for subject in subjects}


def of(triples, name):
    return {t for t in triples if t.subject.value.partition("#")[0] == THING + name}


@pytest.fixture
def watched(monkeypatch):
    monkeypatch.setattr(replace_graph, "_ENOUGH", 4)
    store = Watched()
    replace(store, [thing(name, "old") for name in "abcd"])
    store.seen.clear()
    return store


def test_what_is_the_same_is_left_alone(watched):
    replace(watched, [thing(name, "old") for name in "dcba"])
    assert watched.seen == []


def test_what_pieces_share_is_written_once_and_is_what_they_say_together(watched):
    country = {Triple(NamedNode("https://c.example/FR"), NamedNode("https://p.example/"), Literal("France"))}
    more = {Triple(NamedNode("https://c.example/FR"), NamedNode("https://p.example/"), Literal("Frankreich"))}
    new = [
        thing("a", "old") | country,
        thing("b", "old") | country | more,
        thing("c", "old") | country,
        thing("d", "old"),
    ]
    replace(watched, new)
    assert held(watched) == set().union(*new)
    watched.seen.clear()
    replace(watched, [new[0], new[2], new[3], new[1] - more])
    assert held(watched) == set().union(*new) - more
    watched.seen.clear()
    replace(watched, [new[0], new[2], new[3], new[1] - more])
    assert watched.seen == []


def test_every_thing_is_whole_after_every_update(watched):
    old, new = {name: thing(name, "old") for name in "abcd"}, {name: thing(name, "new", 1) for name in "bcde"}
    replace(watched, new.values())
    assert held(watched) == set().union(*new.values())
    assert len(watched.seen) > 3
    for seen in watched.seen:
        for name in "abcde":
            assert of(seen, name) in (of(old.get(name, set()), name), of(new.get(name, set()), name))


def test_a_graph_is_emptied_in_portions(watched):
    watched.update(insert_data(GRAPH, thing("f", "old", 40)))
    replace(watched, [])
    assert held(watched) == set()


def test_every_kind_of_store_comes_to_hold_the_new_graph_alone(store):
    store.update(insert_data("https://other.example/g", thing("a", "other")))
    for new in ([thing("a", 'é\n"1'), thing("b", "1")], [thing("a", "2", 5)], []):
        replace(store, new)
        assert held(store) == set().union(*new)
    assert len(construct(store, "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH <https://other.example/g> { ?s ?p ?o } }")) == 4
