"""One contract for every store: in memory, on disk, and on any SPARQL 1.1 server."""

import signal
import subprocess
import sys
import threading

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.errors import RefusedUpdateError, StoreError
from registry.settings import Settings
from registry.store.checkpoints import CheckpointStore
from registry.store.embedded import EmbeddedStore
from registry.store.open import open_store
from registry.store.protocol import ask, construct, digest, dump, select
from registry.store.remote import RemoteStore
from registry.store.sparql_text import bind, delete_data, drop, insert_data, lines
from tests.conftest import served
from tests.support.waiting import LONG

A = "https://a.example/"
G, H = f"{A}g", f"{A}h"
S, P = NamedNode("https://a.example/s"), NamedNode("https://a.example/p")
HOSTILE = ["", 'x" . } } ; DROP ALL ; #', "line\nbreak\t\\", "é开🎉", "\u202eabc", "</script>", "x" * 20_000]


def triple(text, **more):
    return Triple(S, P, Literal(text, **more))


def test_what_is_inserted_is_found_by_every_kind_of_query(store):
    store.update(insert_data(G, [triple("one"), triple("deux", language="fr")]))
    rows = select(store, bind("SELECT ?o ?none WHERE { GRAPH $g { ?s ?p ?o } } ORDER BY STR(?o)", g=G))
    assert rows == [{"o": Literal("deux", language="fr")}, {"o": Literal("one")}]
    assert ask(store, bind("ASK { GRAPH $g { $s ?p ?o } }", g=G, s=S))
    assert not ask(store, bind("ASK { GRAPH $g { ?s ?p ?o } }", g=H))
    assert len(construct(store, bind("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH $g { ?s ?p ?o } }", g=G))) == 2


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_kept_as_it_is_and_does_nothing(store, text):
    store.update(insert_data(H, [triple("witness")]))
    store.update(insert_data(G, [triple(text)]))
    rows = select(store, bind("SELECT ?o WHERE { GRAPH $g { ?s ?p ?o } }", g=G))
    assert [row["o"].value for row in rows] == [text]
    assert ask(store, bind("ASK { GRAPH $g { ?s ?p $text } }", g=G, text=Literal(text)))
    assert ask(store, bind("ASK { GRAPH $g { ?s ?p ?o } }", g=H))


def test_a_graph_is_replaced_in_one_update_and_others_stay(store):
    store.update(insert_data(G, [triple("old")]) + " ;\n" + insert_data(H, [triple("other")]))
    store.update(f"{drop(G)} ;\n{insert_data(G, [triple('new')])}")
    assert [row["o"].value for row in select(store, bind("SELECT ?o WHERE { GRAPH $g { ?s ?p ?o } }", g=G))] == ["new"]
    assert ask(store, bind("ASK { GRAPH $g { ?s ?p ?o } }", g=H))


def test_a_graph_that_is_not_there_can_be_dropped_and_triples_deleted(store):
    store.update(drop("https://a.example/never"))
    store.update(insert_data(G, [triple("a"), triple("b")]))
    store.update(delete_data(G, [triple("a"), triple("never there")]))
    assert dump(store, A).decode() == f'{S} {P} "b" <{G}> .\n'


def test_equal_stores_have_equal_digests(store):
    other = EmbeddedStore()
    store.update(insert_data(G, [triple("a"), triple("b")]))
    other.update(insert_data(G, [triple("b")]) + ";" + insert_data(G, [triple("a")]))
    assert digest(store, A) == digest(other)
    other.update(insert_data(H, [triple("a")]))
    assert digest(store, A) != digest(other)


@pytest.mark.parametrize("text", ["SELECT", "nonsense {", "INSERT DATA { <a> <b> }"])
def test_what_is_malformed_is_a_store_error(store, text):
    with pytest.raises(StoreError):
        store.update(text)
    with pytest.raises(StoreError):
        select(store, text)


def test_an_answer_of_another_kind_is_a_store_error():
    store = EmbeddedStore()
    with pytest.raises(StoreError):
        select(store, "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    with pytest.raises(StoreError):
        construct(store, "SELECT ?s WHERE { ?s ?p ?o }")


def test_a_description_of_twenty_thousand_triples_goes_in_by_one_update(store):
    store.update(insert_data(G, [triple(f"value {number}") for number in range(20_000)]))
    (row,) = select(store, bind("SELECT (COUNT(*) AS ?n) WHERE { GRAPH $g { ?s ?p ?o } }", g=G))
    assert int(row["n"].value) == 20_000


@pytest.mark.parametrize("bulk", [0, 10**9])
@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_new_is_there_with_the_update(store, monkeypatch, text, bulk):
    monkeypatch.setattr("registry.store.embedded._BULK", bulk)
    store.update(insert_data(G, [triple("known")]))
    new = {G: lines([triple(text)]), H: lines([triple(text, language="fr")])}
    store.update(delete_data(G, [triple("known")]), new)
    other = EmbeddedStore()
    other.update(insert_data(G, [triple(text)]) + ";" + insert_data(H, [triple(text, language="fr")]))
    assert digest(store, A) == digest(other)
    store.update("", {G: lines([triple("more")])})
    assert ask(store, bind("ASK { GRAPH $g { ?s ?p $text } }", g=G, text=Literal("more")))


def test_twenty_thousand_triples_that_are_new_go_in_by_one_update(store):
    numbers = {G: lines([Triple(S, P, Literal(str(i))) for i in range(20_000)]), H: lines([triple("one")])}
    store.update("", numbers)
    (row,) = select(store, bind("SELECT (COUNT(*) AS ?n) WHERE { GRAPH $g { ?s ?p ?o } }", g=G))
    assert int(row["n"].value) == 20_000


@pytest.mark.parametrize("bulk", [0, 10**9])
def test_what_is_new_and_malformed_is_refused(monkeypatch, bulk):
    monkeypatch.setattr("registry.store.embedded._BULK", bulk)
    store = EmbeddedStore()
    with pytest.raises(RefusedUpdateError):
        store.update(insert_data(G, [triple("known")]), {G: f'{S} {P} "one" nonsense\n'})
    assert dump(store) == b""


@pytest.mark.parametrize("bad", ["no iri", "https://a.example/> } ; DROP ALL ; #", "https://a.example/ x", ""])
def test_what_is_no_iri_cannot_be_bound(bad):
    with pytest.raises(ValueError):
        bind("ASK { GRAPH $g { ?s ?p ?o } }", g=bad)


def test_names_that_do_not_match_are_refused_and_longer_names_are_not_cut():
    with pytest.raises(ValueError):
        bind("ASK { $a $b $c }", a=S, b=P)
    with pytest.raises(ValueError):
        bind("ASK { $a ?b ?c }", a=S, b=P)
    assert bind("ASK { $a $ab ?c }", a=S, ab=P) == f"ASK {{ {S} {P} ?c }}"
    assert bind("ASK { ?s ?p $a }", a=Literal("$b")) == 'ASK { ?s ?p "$b" }'


def test_a_failing_operation_takes_back_the_ones_before_it(tmp_path):
    for store in (EmbeddedStore(), EmbeddedStore(str(tmp_path / "store"))):
        store.update(insert_data(G, [triple("old")]))
        with pytest.raises(StoreError):
            store.update(f"{drop(G)} ;\nLOAD <file:///nowhere>")
        assert ask(store, bind("ASK { GRAPH $g { ?s ?p ?o } }", g=G))


def test_a_second_writer_is_told_in_plain_words(tmp_path):
    first = EmbeddedStore(str(tmp_path / "store"))
    with pytest.raises(StoreError, match="another `ospo` command"):
        EmbeddedStore(str(tmp_path / "store"))
    first.close()


def test_the_settings_choose_the_store(tmp_path):
    assert isinstance(open_store(Settings(store="http://127.0.0.1:9/sparql")), RemoteStore)
    assert isinstance(open_store(Settings(data=str(tmp_path)), read_only=True), CheckpointStore)
    assert isinstance(open_store(Settings(data=str(tmp_path))), EmbeddedStore)


def page_with_status_200(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    return [b"<h1>Error</h1>"]


def test_a_server_that_answers_with_a_page_or_not_at_all_is_a_store_error():
    given_up = threading.Event()

    def never_answering(environ, start_response):
        assert given_up.wait(LONG)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    with served(page_with_status_200) as address, pytest.raises(StoreError, match="text/html"):
        ask(RemoteStore(address, timeout_seconds=LONG), "ASK {}")
    with served(never_answering) as address:
        with pytest.raises(StoreError, match="timed out"):
            ask(RemoteStore(address, timeout_seconds=1), "ASK {}")
        given_up.set()
    with pytest.raises(StoreError):
        ask(RemoteStore("http://127.0.0.1:9/"), "ASK {}")


WRITER = """
import sys
from pyoxigraph import Literal, NamedNode, Triple
from registry.store.embedded import EmbeddedStore
from registry.store.sparql_text import drop, insert_data
store = EmbeddedStore(sys.argv[1])
for version in range(1, 100_000):
    value = NamedNode("https://a.example/v"), Literal(str(version))
    triples = [Triple(NamedNode(f"https://a.example/{n}"), *value) for n in range(50)]
    store.update(drop("https://a.example/g") + " ;\\n" + insert_data("https://a.example/g", triples))
    print(version, flush=True)
"""


def test_a_writer_killed_at_any_moment_leaves_whole_versions_and_loses_none_it_reported(tmp_path):
    for attempt in range(5):
        location = str(tmp_path / f"store{attempt}")
        process = subprocess.Popen([sys.executable, "-c", WRITER, location], stdout=subprocess.PIPE, text=True)
        reported = [int(process.stdout.readline()) for _ in range(3 + 7 * attempt)]
        process.send_signal(signal.SIGKILL)
        reported += [int(line) for line in process.stdout.read().split("\n")[:-1] if line]
        process.wait()
        process.stdout.close()
        store = EmbeddedStore(location)
        rows = select(store, bind("SELECT ?v WHERE { GRAPH $g { ?s ?p ?v } }", g=G))
        assert len(rows) == 50
        (version,) = {int(row["v"].value) for row in rows}
        assert version >= reported[-1]
        store.close()
