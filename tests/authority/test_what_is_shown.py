"""Nobody changes what visitors see of what is not theirs: in the read model, the heads of pages, and the real CSV."""

import csv
from io import StringIO

from hypothesis import HealthCheck, given, settings
from pyoxigraph import NamedNode, Triple

from registry.authority import voices_rdf
from registry.iri.names import authority_graph, description_graph, integer, merged_graph, registry_graph, term
from registry.readmodel.catalogue import Catalogue
from registry.settings import Settings
from registry.sources.state_rdf import difference
from registry.store.embedded import EmbeddedStore
from registry.store.sparql_text import insert_data, insert_lines
from registry.web.app import create_app
from tests.authority.others import arrival
from tests.authority.worlds import BASE, of_thing, office, origin, origins, policy, worlds

few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
IRI = {"offices": "iri", "policies": "iri", "compare": "statement"}  # table → the column that tells of which thing


def site(world, triples, resolved):
    """Return a store that holds what the registry writes of a world."""
    store, graph = EmbeddedStore(), registry_graph(BASE)
    revision = Triple(NamedNode(graph), term("ospo:revision"), integer(1))
    voices = set().union(*voices_rdf.pieces(resolved, BASE))
    for name, data in ((merged_graph(BASE), triples), (authority_graph(BASE), voices), (graph, [revision])):
        store.update(insert_data(name, data))
    for source in world:
        store.update(insert_lines(graph, difference(None, source.state, BASE)[1]))
        store.update(insert_data(description_graph(BASE, source.state.source.id), source.triples))
    return store


def shown(store, names):
    """Return what the site shows of these things: values, rows of each table, and the heads of their pages."""
    catalogue, iris = Catalogue(store, BASE), {f"{BASE}/id/{name}" for name in names}
    everything = (*catalogue.offices(), *catalogue.policies(), *catalogue.statements())
    values = {it.iri: it for it in everything if it.iri.partition("#")[0] in iris}
    assert catalogue.skipped() == ()
    application = create_app(Settings(base=BASE, data="nowhere"), store)
    try:
        client = application.test_client()
        tables = {kind: rows(client, kind, iris) for kind in IRI}
        heads = {name: head(client, name) for name in names}
    finally:
        application.config["ENDPOINT"].close()
    return values, tables, heads


def rows(client, kind, iris):
    answer = client.get(f"/{kind}.csv")
    assert answer.status_code == 200
    table = csv.DictReader(StringIO(answer.get_data(as_text=True).removeprefix("\ufeff")))
    return [row for row in table if row[IRI[kind]].partition("#")[0] in iris]


def head(client, name):
    """Return a page from its heading to the first section, which lists what others claim."""
    kind, slug = name.split("/")
    answer = client.get(f"/{'offices' if kind == 'office' else 'policies'}/{slug}", headers={"Accept": "text/html"})
    assert answer.status_code == 200
    return answer.text.partition("<h1")[2].partition("<h2")[0]


def same_for_others(world, stranger):
    """Compare what is shown of things of others before and after; where a link may follow, the merged graph tells."""
    it = arrival(world, stranger)
    names = [thing.name for thing in it.others if of_thing(it.before, thing.name) == of_thing(it.after, thing.name)]
    before = shown(site(world, it.before, it.resolved), names)
    after = shown(site([*world, stranger], it.after, it.now), names)
    assert before == after
    return before


@few
@given(worlds(), origins(9, hostile=True))
def test_a_stranger_changes_nothing_that_is_shown_of_things_of_others(world, stranger):
    same_for_others(world, stranger)


def test_a_stranger_who_claims_it_all_is_on_no_head_and_in_no_row():
    law = "http://a.example/law"
    owner = origin(0, "http://a.example/.well-known/ospo-meta", [office("http://a.example")], [policy(law)])
    claims = [
        office("http://a.example", name="Evil", email="evil@evil.example", country="DE"),
        office("http://b.example"),
    ]
    laws = [policy(law, title="Evil", force="encouraged", country="DE"), policy(law, title="Evil", issuer=1)]
    values, tables, heads = same_for_others([owner], origin(9, "http://b.example/.well-known/ospo-meta", claims, laws))
    assert [len(table) for table in tables.values()] == [1, 1, 1]
    assert len(values) == 3
    assert all(heads.values())
    assert "Evil" not in str((tables, heads))
