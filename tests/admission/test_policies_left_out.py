"""A policy of an office is an entry of its own: it is left out alone, or with its office where that is left out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.admission.entries import entries, left_out_of
from registry.archive import Archive
from registry.iri.names import description_graph, merged_graph
from registry.model import Fetch, Outcome, Source, SourceKind
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.writer import Writer
from tests.support import merged

SETTINGS = Settings(base="https://atlas.example", hold_days=0)
START = datetime(2026, 11, 1, 10, tzinfo=UTC)
DAY, GRACE = timedelta(days=1), timedelta(days=SETTINGS.unreadable_grace_days)
LIST = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
OWN = Source("own", "https://o0.example/.well-known/ospo-meta")
PREFIXES = """PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#> """


def office(name, version, policies, *, country="FR"):
    """Return an office of a list in YAML; its policies are (name, version) or, if they break a rule, (name, None)."""
    text = f"https://{name}.example:\n  name: {name} of {version}\n  country: {country}\n"
    return text + ("  policies:\n" if policies else "") + "".join(policy(name, *told) for told in policies)


def policy(office_name, name, version):
    page, force = f"https://{office_name}.example/{name}", "sometimes" if version is None else "required"
    return (
        f"    - {{id: {name}, title: {office_name} {name} of {version}, url: {page}, country: FR, status: in-force,\n"
        f"       instrument: guideline, evidence: [{page}],\n"
        f"       matrix: {{use: {{present: {{force: {force}, binds: [central], text: {{en: Said.}}}}}}}}}}\n"
    )


def of_one(text):
    """Return a list of one office as a file of that office."""
    first, _, rest = text.partition("\n")
    return f"url: {first.removesuffix(':')}\n" + "".join(f"{line[2:]}\n" for line in rest.splitlines())


def new_writer(store, folder):
    return Writer(store, Archive(folder), merged.read, SETTINGS)


def received(text, days=0, source=LIST):
    at = START + days * DAY
    return Fetch(source, at, source.url, 200, (("content-type", "text/yaml"),), text.encode())


def offices_shown(store, graph):
    found = select(
        store, PREFIXES + f"SELECT ?n WHERE {{ GRAPH <{graph}> {{ ?o a ospo:Office ; skos:prefLabel ?n }} }}"
    )
    return sorted(row["n"].value for row in found)


def policies_shown(store, graph):
    """Return (name of the office, title of the policy, number of its statements), of policies without office as "-"."""
    query = f"""SELECT ?n ?t (COUNT(DISTINCT ?s) AS ?c) WHERE {{ GRAPH <{graph}> {{
      ?p a ospo:FlossPolicy ; dcterms:title ?t
      OPTIONAL {{ ?s a ospo:PolicyStatement ; dcterms:isPartOf ?p }}
      OPTIONAL {{ ?o ospo:flossPolicy ?p . ?o skos:prefLabel ?n }} }} }} GROUP BY ?p ?n ?t"""
    found = select(store, PREFIXES + query)
    return sorted((row["n"].value if "n" in row else "-", row["t"].value, int(row["c"].value)) for row in found)


def dangling(store, graph):
    """Return what the graph links to by a name of this registry's, and tells nothing of; nor what it was made of."""
    query = f"""PREFIX prov: <http://www.w3.org/ns/prov#> SELECT ?p ?o WHERE {{
      GRAPH <{graph}> {{
        ?s ?p ?o FILTER(REGEX(STR(?o), "^{SETTINGS.base}/(id/|sources/list/description#)"))
        FILTER NOT EXISTS {{ ?o ?q ?v }} }}
      FILTER(?p != prov:wasDerivedFrom || NOT EXISTS {{ GRAPH <{GRAPHS[0]}> {{ ?o ?q ?v }} }}) }}"""
    return [(row["p"].value, row["o"].value) for row in select(store, query)]


GRAPHS = description_graph(SETTINGS.base, "list"), merged_graph(SETTINGS.base)


def test_a_wrong_policy_of_a_single_office_is_left_out_alone(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    state = writer.admit(received(of_one(office("o0", 0, [("p0", 0), ("p1", None), ("p2", 0), ("p3", 0)])), 0, OWN))
    writer.merge()
    assert state.outcome is Outcome.ACCEPTED
    assert state.reason.startswith("1 of 5 entries are left out; the first: line ")
    assert (state.entries, state.offices, state.policies, state.statements) == (5, 1, 3, 3)
    assert [entry.key for entry in left_out_of(state.left_out)] == ["policy id p1 of office o0.example"]
    shown = policies_shown(store, merged_graph(SETTINGS.base))
    assert shown == [("o0 of 0", f"o0 {name} of 0", 1) for name in ("p0", "p2", "p3")]


def test_a_wrong_office_is_left_out_with_its_policies_and_a_file_of_it_alone_is_rejected(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    wrong = office("o0", 0, [("p0", 0), ("p1", 0)], country="Estonia")
    assert writer.admit(received(of_one(wrong), 0, OWN)).outcome is Outcome.REJECTED
    state = writer.admit(received(wrong + office("o1", 0, [("p0", 0)])))
    assert state.reason.startswith("3 of 5 entries are left out")
    assert policies_shown(store, GRAPHS[0]) == [("o1 of 0", "o1 p0 of 0", 1)]


def test_an_office_that_cannot_be_read_keeps_its_policies_and_none_of_them_outlives_its_own_grace(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    other, unread = office("o1", 0, []), "https://o0.example:\n  name: {english language: O}\n"
    writer.admit(received(office("o0", 0, [("p0", 0), ("p1", 0)]) + other))
    writer.admit(received(office("o0", 1, [("p0", None), ("p1", 1)]) + other, 1))
    writer.admit(received(unread + other, 20))
    for day, expected in ((30, ["p0", "p1"]), (31, ["p1"]), (49, ["p1"]), (50, [])):
        writer.admit(received(unread + other, day))
        titles = [title for _, title, _ in policies_shown(store, GRAPHS[0])]
        assert [title.split()[1] for title in titles] == expected, day


def test_a_policy_that_was_left_out_with_its_office_leaves_with_it(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    other, policies = office("o1", 0, []), [("p0", 0), ("p1", 0)]
    writer.admit(received(office("o0", 0, policies) + other))
    writer.admit(received("https://o0.example:\n  name: {english language: O}\n" + other, 1))
    for day, expected in ((20, 2), (30, 2), (31, 0)):
        state = writer.admit(received(office("o0", day, policies, country="Estonia") + other, day))
        assert len(policies_shown(store, GRAPHS[0])) == state.policies == expected


def test_a_policy_that_two_offices_issue_rests_on_the_one_that_follows_the_rules(tmp_path):
    store = EmbeddedStore()
    turtle = """@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix dcterms: <http://purl.org/dc/terms/> .
    <#a> a ospo:Office ; foaf:homepage <https://a.example> ; skos:prefLabel "A" ; ospo:countryCode "FR" ;
      ospo:flossPolicy <#p> .
    <#b> a ospo:Office ; foaf:homepage <https://b.example> ; skos:prefLabel "B" ; ospo:countryCode "XX" ;
      ospo:flossPolicy <#p>, <#q> .
    <#p> a ospo:FlossPolicy ; dcterms:title "P"@en ; ospo:countryCode "FR" ; dcterms:replaces <#q> .
    <#q> a ospo:FlossPolicy ; dcterms:title "Q"@en ; ospo:countryCode "FR" ."""
    fetch = Fetch(LIST, START, LIST.url, 200, (("content-type", "text/turtle"),), turtle.encode())
    state = new_writer(store, tmp_path).admit(fetch)
    assert [entry.key for entry in left_out_of(state.left_out)] == [
        "office b.example",
        "policy title Q of office b.example",
    ]
    assert policies_shown(store, GRAPHS[0]) == [("A", "P", 0)]
    assert select(store, f"SELECT ?s WHERE {{ GRAPH <{GRAPHS[0]}> {{ ?s ?p <{LIST.url}#q> }} }}") == []


def test_a_statement_of_no_policy_is_left_out_and_counted(tmp_path):
    turtle = """@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
    @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
    <#a> a ospo:Office ; foaf:homepage <https://a.example> ; skos:prefLabel "A" ; ospo:countryCode "FR" .
    <#s> a ospo:PolicyStatement ."""
    fetch = Fetch(LIST, START, LIST.url, 200, (("content-type", "text/turtle"),), turtle.encode())
    state = new_writer(EmbeddedStore(), tmp_path).admit(fetch)
    assert (state.outcome, state.entries) == (Outcome.ACCEPTED, 2)
    assert [entry.key for entry in left_out_of(state.left_out)] == [f"node {LIST.url}#s"]


@pytest.mark.parametrize("wrong", [0, 1])
def test_a_wrong_policy_takes_nothing_from_its_namesake(tmp_path, wrong):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    both = office("o0", 0, [("p0", 0), ("p0", 0)])
    writer.admit(received(both))
    versions = [("p0", None if place == wrong else 1) for place in range(2)]
    state = writer.admit(received(office("o0", 0, versions), 1))
    assert state.policies == 1
    assert policies_shown(store, GRAPHS[0]) == [("o0 of 0", "o0 p0 of 1", 1)]


KINDS = st.sampled_from(["good", "good", "wrong", "absent"])
OFFICES = st.tuples(KINDS, st.tuples(KINDS, KINDS))
DAYS = st.lists(st.tuples(st.sampled_from([1, 1, 16]), st.tuples(OFFICES, OFFICES)), min_size=1, max_size=6)


class Expected:
    """What is to be shown, told in the plainest way: key → version, key → since when it is left out."""

    def __init__(self):
        self.shown, self.since = {}, {}

    def read(self, day, told):
        """Take in a version of the file: key → whether it follows the rules; an office before its policies."""
        left_out = [key for key in told if not told[key] or not told[key[:1]]]
        since = {key: self.since.get(key, day) for key in left_out}
        shown = {key: day for key in told if key not in left_out}
        for key, version in self.shown.items():
            goes_with_office = key[:1] in left_out
            since |= {key: self.since[key]} if goes_with_office and key in self.since else {}
            is_over = any((day - since.get(of, day)) * DAY >= GRACE for of in {key, key[:1]})
            if (key in left_out or goes_with_office) and not is_over:
                shown[key] = version
        self.since = {key: at for key, at in since.items() if key in told or key in shown}
        self.shown = shown


@settings(max_examples=50, deadline=None)
@given(DAYS)
def test_of_every_office_and_policy_the_last_good_version_is_shown_and_nothing_of_the_wrong_ones(
    tmp_path_factory, days
):
    store, again, folder = EmbeddedStore(), EmbeddedStore(), tmp_path_factory.mktemp("archive")
    writer, expected, day = new_writer(store, folder), Expected(), 0
    for step, offices in days:
        day += step
        text, told = office("always", day, []), {("always",): True}
        for place, (kind, policies) in enumerate(offices):
            if kind == "absent":
                continue
            name = f"o{place}"
            told[name,] = kind == "good"
            of = {f"p{number}": said == "good" for number, said in enumerate(policies) if said != "absent"}
            told |= {(name, one): is_good for one, is_good in of.items()}
            versions = [(one, day if is_good else None) for one, is_good in of.items()]
            text = office(name, day, versions, country="FR" if kind == "good" else "Estonia") + text
        state = writer.admit(received(text, day))
        expected.read(day, told)
        writer.merge()
        of_offices = {key[0]: f"{key[0]} of {at}" for key, at in expected.shown.items() if len(key) == 1}
        of_policies = sorted(
            (of_offices[key[0]], f"{key[0]} {key[1]} of {at}", 1) for key, at in expected.shown.items() if len(key) == 2
        )
        for graph in GRAPHS:
            assert offices_shown(store, graph) == sorted(of_offices.values())
            assert policies_shown(store, graph) == of_policies
            assert dangling(store, graph) == []
        assert {entry.key: entry.since for entry in left_out_of(state.left_out)} == {
            "policy id {1} of office {0}.example".format(*key) if len(key) == 2 else f"office {key[0]}.example": (
                START + at * DAY
            )
            for key, at in expected.since.items()
        }
        assert (state.entries or len(told)) == len({*told, *expected.since})
        assert (state.offices, state.policies, state.statements) == (
            len(of_offices),
            len(of_policies),
            len(of_policies),
        )
    replayed = new_writer(again, folder)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


def test_every_node_belongs_to_one_entry_and_statements_to_their_policy():
    body = office("o0", 0, [("p0", 0), ("p1", 0)]).encode()
    description, _ = merged.read(body, media_type="text/yaml", url=LIST.url, graph=GRAPHS[0])
    found = entries(description.triples)
    assert [entry.key for entry in found] == ["office o0.example"] + [
        f"policy id p{number} of office o0.example" for number in range(2)
    ]
    assert [len(entry.nodes) for entry in found] == [1, 2, 2]
