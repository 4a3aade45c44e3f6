"""What changed: found in two descriptions, written at admission, asked for by filters, shown as page and feed."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.archive import Archive
from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT
from registry.diff.change_rdf import MAX_WRITTEN, to_triples
from registry.diff.changes import MAX_NAMES, MAX_PROPERTIES, Change, ChangeKind, changes
from registry.iri.names import code_of, term
from registry.model import MAX_NAME_CHARACTERS, Fetch, Layer, Outcome, Source, SourceKind
from registry.reading.describe import describe
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.changes import changes as questions
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING, construct, digest, select
from registry.vocabulary import concepts
from registry.web.app import create_app
from registry.writer import Writer
from tests.support.atom import ATOM, problems
from tests.support.merged import SETTINGS, read
from tests.support.page import Page

BASE = SETTINGS.base
GRAPH = f"{BASE}/sources/own/description"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
THINGS = {OFFICE: "office", FLOSS_POLICY: "policy", STATEMENT: "statement"}
FIRST = """\
offices:
  - url: https://www.office.example/
    name: {en: Office, fr: Bureau}
    country: EL
    part_of: {name: {en: Ministry}}
    staff: [{year: 2024, value: 12.50, unit: fte}]
    policies:
      - id: p1
        title: {en: Policy}
        url: https://office.example/policy
        status: in-force
        matrix:
          use:
            present:
              - {force: required, text: {en: One.}}
              - {force: permitted, text: {en: Two.}}
          produce: {promote: silent}
  - url: https://second.example
    name: Second office
    country: FR
policies:
  - title: Second
    url: https://other.example/second
    country: FR
    matrix: {contribute: {present: {force: encouraged, text: {en: Three.}}}}
"""


def graph(text):
    found = describe(text.encode(), media_type="text/yaml", url="https://own.example/x.yaml", graph=GRAPH)
    return set(found.triples)


def _first(names):
    return [name.value for name in names[:1]]


def summary(found):
    """Return the changes as one line of words each."""
    codes = (
        (it.kind, THINGS[it.thing], *_first(it.names), it.country, it.activity, it.stage, it.before, it.after)
        for it in found
    )
    lines = [" ".join(code_of(part) for part in parts if part) for parts in codes]
    return [
        line + "".join(f" {code_of(name)}" for name in it.properties) for line, it in zip(lines, found, strict=True)
    ]


def without(text, first, last):
    """Return the text without its lines from one to the other."""
    lines = text.splitlines(keepends=True)
    begins, ends = (next(n for n, line in enumerate(lines) if part in line) for part in (first, last))
    return "".join(lines[:begins] + lines[ends + 1 :])


CASES = {
    "lines before everything": (("offices:", "# one\n# two\noffices:"), []),
    "a line in the middle": (("        status:", "        # by decree\n        status:"), []),
    "two statements of a cell in another order": (
        (
            "{force: required, text: {en: One.}}\n              - {force: permitted, text: {en: Two.}}",
            "{force: permitted, text: {en: Two.}}\n              - {force: required, text: {en: One.}}",
        ),
        [],
    ),
    "a force": (
        ("force: required", "force: preferred"),
        ["changed statement Policy GR use present required preferred force"],
    ),
    "words of a statement": (
        ("Three.", "Tres."),
        ["changed statement Second FR contribute present encouraged encouraged description"],
    ),
    "a coverage": (
        ("promote: silent", "promote: not-assessed"),
        ["changed statement Policy GR produce promote silent not-assessed coverage"],
    ),
    "a statement more in a cell with two": (
        ("- {force: required", "- {force: considered, text: {en: Zero.}}\n              - {force: required"),
        ["added statement Policy GR use present considered"],
    ),
    "a statement less in a cell with two": (
        ("              - {force: required, text: {en: One.}}\n", ""),
        ["removed statement Policy GR use present required"],
    ),
    "a title, where there is an identifier": (
        ("title: {en: Policy}", "title: {en: Rules}"),
        ["changed policy Rules GR title"],
    ),
    "a title, where there is a page": (("title: Second", "title: Other"), ["changed policy Other FR title"]),
    "a page taken away, where there is a title": (
        ("    url: https://other.example/second\n", ""),
        ["changed policy Second FR page"],
    ),
    "another page, where there is no identifier": (
        ("example/second", "example/2"),
        [
            *(f"{kind} policy Second FR" for kind in ("added", "removed")),
            *(f"{kind} statement Second FR contribute present encouraged" for kind in ("added", "removed")),
        ],
    ),
    "an identifier given later": (
        ("title: Second", "id: s\n    title: Second"),
        ["changed policy Second FR identifier"],
    ),
    "another identifier": (
        ("id: p1", "id: p2"),
        [
            "added policy Policy GR",
            "removed policy Policy GR",
            "added statement Policy GR produce promote silent",
            "added statement Policy GR use present required",
            "added statement Policy GR use present permitted",
            "removed statement Policy GR produce promote silent",
            "removed statement Policy GR use present required",
            "removed statement Policy GR use present permitted",
        ],
    ),
    "a node below an office": (("{en: Ministry}", "{en: Department}"), ["changed office Office GR unitOf"]),
    "a number below an office": (("12.50", "13"), ["changed office Office GR staff"]),
    "the same number in other figures": (("12.50", "12.5"), []),
    "another spelling of a home page": (
        ("https://www.office.example/", "http://office.example"),
        ["changed office Office GR homepage"],
    ),
    "another home page": (
        ("https://second.example", "https://third.example"),
        ["added office Second office FR", "removed office Second office FR"],
    ),
    "an office more, with nodes of its own before all others": (
        ("offices:\n", "offices:\n  - {url: https://1.example, name: One, country: FR, part_of: {name: Body}}\n"),
        ["added office One FR"],
    ),
    "a page moved, and a new policy without an identifier where it was": (
        (
            "      - id: p1\n        title: {en: Policy}\n        url: https://office.example/policy\n",
            "      - {title: New, url: https://office.example/policy}\n"
            "      - id: p1\n        title: {en: Policy}\n        url: https://office.example/moved\n",
        ),
        ["added policy New GR", "changed policy Policy GR page"],
    ),
    "a policy more": (
        ("policies:\n  - title: Second", "policies:\n  - {title: Third, country: FR}\n  - title: Second"),
        ["added policy Third FR"],
    ),
}


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_what_changed_is_told_by_content_and_not_by_the_names_of_nodes(edit, expected):
    assert FIRST.count(edit[0]) == 1
    assert summary(changes(graph(FIRST), graph(FIRST.replace(*edit)), BASE)) == expected


@pytest.mark.parametrize(("edit", "expected"), CASES.values(), ids=CASES)
def test_the_way_back_has_as_many_changes(edit, expected):
    assert len(changes(graph(FIRST.replace(*edit)), graph(FIRST), BASE)) == len(expected)


def test_an_office_removed_takes_its_policy_and_statements_along():
    after = without(FIRST, "- url: https://www.office.example/", "produce: {promote: silent}")
    assert summary(changes(graph(FIRST), graph(after), BASE)) == [
        "removed office Office GR",
        "removed policy Policy GR",
        "removed statement Policy GR produce promote silent",
        "removed statement Policy GR use present required",
        "removed statement Policy GR use present permitted",
    ]


def test_of_two_policies_on_one_page_the_one_that_goes_is_not_taken_for_the_other():
    two = "policies:\n" + "".join(
        f"  - {{id: {name}, title: Act, url: https://a.example/acts, country: FR}}\n" for name in "abc"
    )
    (gone, come) = changes(graph(two), graph(two.replace("id: b", "id: d")), BASE)
    assert (gone.kind, gone.identifier, come.kind, come.identifier) == ("added", "d", "removed", "b")


def test_a_policy_given_to_another_office_changes_both_offices():
    triples = graph(FIRST)
    (link,) = [t for t in triples if t.predicate.value.endswith("#flossPolicy")]
    (other,) = [t.subject for t in triples if str(t.object) == "<https://second.example>"]
    moved = (triples - {link}) | {Triple(other, link.predicate, link.object)}
    assert summary(changes(triples, moved, BASE)) == [
        "changed office Office GR flossPolicy",
        "changed office Second office FR flossPolicy",
    ]


def test_nodes_that_name_each_other_in_a_circle_are_compared_all_the_same():
    one, two, three = (NamedNode(f"{GRAPH}#b{number}") for number in (101, 102, 103))
    part, says = NamedNode("https://x.example/part"), NamedNode("https://x.example/says")
    (office,) = [t.subject for t in graph(FIRST) if str(t.object) == "<https://second.example>"]
    circle = {Triple(*pair) for pair in ((office, part, one), (one, part, two), (two, part, three), (three, part, one))}
    old = graph(FIRST) | circle
    assert changes(old, set(old), BASE) == []
    new = old | {Triple(two, says, Literal("new"))}
    assert summary(changes(old, new, BASE)) == ["changed office Second office FR part"]


def test_a_change_is_no_longer_than_its_limits():
    many = "".join(f"    field{n}: a\n" for n in range(MAX_PROPERTIES + 1))
    text = FIRST.replace("    name: Second office\n", f"    name: {'x' * 1000}\n{many}")
    (change,) = changes(graph(text), graph(text.replace(": a\n", ": b\n")), BASE)
    assert [len(name.value) for name in change.names] == [MAX_NAME_CHARACTERS + 1]
    assert len(change.properties) == MAX_PROPERTIES


def test_a_change_has_the_names_in_all_languages():
    named = FIRST.replace("    name: Second office\n", "    name: {de-AT: Amt, fr: Bureau, en: Office}\n")
    (change,) = changes(graph(named), graph(named.replace("Amt", "Zweites Amt")), BASE)
    found = [(name.value, name.language) for name in change.names]
    assert found == [("Zweites Amt", "de-at"), ("Office", "en"), ("Bureau", "fr")]
    event = NamedNode(f"{BASE}/sources/own/events/2")
    titles = [it.object for it in to_triples([change], event) if it.predicate.value.endswith("/title")]
    assert titles == list(change.names)
    many = ", ".join(f"de-x-a{number}: Name {number}" for number in range(MAX_NAMES + 1))
    (change,) = changes(set(), graph(FIRST.replace("    name: Second office\n", f"    name: {{{many}}}\n")), BASE)[1:2]
    assert len(change.names) == MAX_NAMES


def test_of_very_many_changes_the_first_are_written_and_all_are_counted():
    event = NamedNode(f"{BASE}/sources/own/events/2")
    triples = to_triples([Change(ChangeKind.ADDED, OFFICE)] * (MAX_WRITTEN + 1), event)
    written = {triple.object for triple in triples if triple.predicate.value.endswith("#change")}
    assert len(written) == MAX_WRITTEN
    assert NamedNode(f"{event.value}#c{MAX_WRITTEN}") in written
    assert [t.object.value for t in triples if t.predicate.value.endswith("#changes")] == [str(MAX_WRITTEN + 1)]


def test_the_kinds_of_change_are_concepts_named_and_defined_in_six_languages():
    found = concepts.concepts("change-kind")
    assert [concept.code for concept in found] == list(ChangeKind)
    for concept in found:
        assert set(concept.labels) == set(concept.definitions) == {"en", "fr", "de", "es", "it", "nl"}


@pytest.mark.parametrize("node", ["https://own.example/x.yaml", "office", "below"])
def test_a_date_that_the_file_gives_to_itself_is_no_change(node):
    triples = graph(FIRST)
    (office,) = [t.subject for t in triples if str(t.object) == "<https://second.example>"]
    inner = Triple(office, NamedNode("https://x.example/part"), NamedNode(f"{GRAPH}#b101"))
    subject = {"office": office, "below": inner.object}.get(node) or NamedNode(node)
    old, new = ({*triples, inner, Triple(subject, term("dcterms:modified"), Literal(day))} for day in ("1", "2"))
    assert changes(old, new, BASE) == []


# At admission, through the real writer

SOURCE = Source("own", "https://own.example/all.yaml", SourceKind.LIST, title="Everything we know")
SECOND = FIRST.replace("force: required", "force: preferred").replace("title: Second", "title: Other")
THIRD = without(SECOND, "- url: https://second.example", "country: FR")


def received(text, at, source=SOURCE):
    return Fetch(source, at, source.url, 200, (("content-type", "text/yaml"),), text.encode())


def new_writer(store, tmp_path):
    return Writer(store, Archive(tmp_path / "archive"), read, SETTINGS)


def life(writer):
    """Admit three versions of one source with a bad one between, and let it go and come back."""
    fetches = [
        received(text, START + n * DAY) for n, text in enumerate((FIRST, SECOND, "url: [", THIRD, "# one\n" + THIRD))
    ]
    fetches += [Fetch(SOURCE, START + n * DAY, SOURCE.url, outcome=Outcome.GONE, reason="Gone.") for n in (5, 6, 20)]
    for fetch in (*fetches, received(THIRD, START + 21 * DAY)):
        writer.admit(fetch)
        writer.merge()


EXCHANGE = {"httpStatus", "finalAddress", "contentType", "bytes", "bodyDigest"}


def facts(store, event):
    """Return what the registry says of an event, as (property, value) without what every event has."""
    node, common = (
        f"<{BASE}/sources/own/events/{event}>",
        {"type", "used", "endedAtTime", "archiveRecord", "reason"},
    )
    rows = select(store, f"SELECT ?p ?o WHERE {{ GRAPH <{BASE}/registry> {{ {node} ?p ?o }} }}")
    found = {(code_of(row["p"].value), code_of(row["o"].value)) for row in rows}
    return {(name, value) for name, value in found if name not in common | EXCHANGE}


def test_the_first_version_is_counted_and_each_later_one_compared_with_the_last_accepted_one(tmp_path):
    store = EmbeddedStore()
    life(new_writer(store, tmp_path))
    accepted = ("outcome", "accepted")
    assert facts(store, 1) == {accepted, ("offices", "2"), ("policies", "2"), ("statements", "4")}
    assert facts(store, 2) == {accepted, ("changes", "2"), ("change", "c1"), ("change", "c2")}
    assert facts(store, 3) == {("outcome", "unreadable")}
    assert facts(store, 4) == {accepted, ("changes", "1"), ("change", "c1")}
    assert facts(store, 5) == {("outcome", "gone")}
    assert facts(store, 6) == {("outcome", "gone"), ("archived", "true")}
    assert facts(store, 7) == {accepted, ("changes", "0")}
    assert facts(store, 8) == set()


def test_a_change_says_what_it_is_about_so_that_it_can_be_found_again(tmp_path):
    store = EmbeddedStore()
    life(new_writer(store, tmp_path))
    nodes = construct(store, f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{BASE}/registry> {{ ?s ?p ?o }} }}")
    facts = {
        t.predicate.value.rpartition("/")[2].rpartition("#")[2]: t.object
        for t in nodes
        if t.subject.value.endswith("events/2#c2")
    }
    assert {name: code_of(value.value) for name, value in facts.items()} == {
        "type": "Change",
        "changeKind": "changed",
        "aboutKind": "PolicyStatement",
        "title": "Policy",
        "countryCode": "GR",
        "aboutOffice": "office.example",
        "aboutIdentifier": "p1",
        "aboutPage": "policy",
        "activity": "use",
        "stage": "present",
        "saidBefore": "required",
        "saidAfter": "preferred",
        "aboutProperty": "force",
    }
    assert facts["title"] == Literal("Policy", language="en")
    assert facts["aboutPage"] == NamedNode("https://office.example/policy")


class Counting(EmbeddedStore):
    """A store that counts its updates."""

    updates = 0

    def update(self, text, new=NOTHING):
        self.updates += 1
        super().update(text, new)


def test_an_admission_with_changes_is_one_update(tmp_path):
    store = Counting()
    writer = new_writer(store, tmp_path)
    for version, text in enumerate((FIRST, SECOND, THIRD), 1):
        writer.admit(received(text, START + version * DAY))
        assert store.updates == version


def test_the_archive_alone_makes_the_same_changes(tmp_path):
    store, again = EmbeddedStore(), EmbeddedStore()
    life(new_writer(store, tmp_path))
    replayed = new_writer(again, tmp_path)
    assert replayed.replay() == 11  # nine readings, and twice the names that a merge gave
    replayed.merge()
    assert digest(again) == digest(store)


# The questions


@pytest.fixture
def filled(store, tmp_path):
    """A store of each kind with that life in it, and a source that another day says nothing of a country."""
    writer = new_writer(store, tmp_path)
    life(writer)
    other = Source("other", "https://fourth.example/ospo.yaml", layer=Layer.IMPORTED)
    writer.admit(received("url: https://fourth.example\nname: Fourth\ncountry: DE\n", START + 30 * DAY, other))
    writer.merge()
    return Catalogue(store, BASE)


def asked(catalogue, *pairs, limit=100, offset=0):
    """Return the entries as `event number: kind thing title`."""
    found = questions.changes(catalogue, questions.parse_change_filters(pairs), limit=limit, offset=offset)
    return [
        " ".join(filter(None, (f"{it.source}{it.event.rpartition('/')[2]}", it.kind, it.thing, it.title("en").value)))
        for it in found
    ]


SHOWN = [
    "other1",
    "own7",
    "own6",
    "own5",
    "own4 removed office Second office",
    "own3",
    "own2 changed policy Other",
    "own2 changed statement Policy",
    "own1",
]


def test_everything_is_listed_the_latest_first_and_in_pages(filled):
    assert asked(filled) == SHOWN
    assert [line for offset in range(0, 12, 3) for line in asked(filled, limit=3, offset=offset)] == SHOWN


FILTERED = [
    ([("kind", "removed")], SHOWN[4:5]),
    ([("kind", "removed"), ("kind", "changed")], [*SHOWN[4:5], *SHOWN[6:8]]),
    ([("activity", "use")], SHOWN[7:8]),
    ([("activity", "use"), ("stage", "promote")], []),
    ([("stage", "present")], SHOWN[7:8]),
    ([("source", "other")], SHOWN[:1]),
    ([("source", "own"), ("kind", "changed")], SHOWN[6:8]),
    ([("country", "EL")], [*SHOWN[1:4], SHOWN[5], *SHOWN[7:]]),
    ([("country", "GR"), ("kind", "changed")], SHOWN[7:8]),
    ([("country", "DE")], SHOWN[:1]),
    ([("country", "DE"), ("source", "own")], []),
    ([("region", "southern-europe")], [*SHOWN[1:4], SHOWN[5], *SHOWN[7:]]),
    ([("region", "un-155"), ("region", "africa")], [*SHOWN[:7], *SHOWN[8:]]),
    ([("region", "eu"), ("country", "DE")], SHOWN[:1]),
    ([("region", "africa"), ("country", "DE")], []),
    ([("region", "africa")], []),
    ([("region", "atlantis")], []),
    ([("office", "office-example")], [*SHOWN[1:4], SHOWN[5], *SHOWN[7:]]),
    ([("office", "https://second.example/")], SHOWN[4:5]),
    ([("office", "office-example"), ("country", "DE")], []),
    ([("office", "no such > office")], []),
    ([("source", "no such > source")], []),
    ([("kind", "no such > kind")], []),
    ([("country", 'XX" }')], []),
    ([("unknown", "x")], SHOWN),
    ([("kind", "")], SHOWN),
]


def test_each_filter_leaves_what_it_names(filled):
    assert [(pairs, asked(filled, *pairs)) for pairs, _ in FILTERED] == FILTERED


def test_a_filter_is_understood_in_every_spelling_and_what_is_not_known_is_named():
    found = questions.parse_change_filters(
        [
            ("kind", "moved"),
            ("country", "el"),
            ("country", "GR"),
            ("country", "ZZ"),
            ("region", "UN-151"),
            ("region", "x"),
            ("stage", " present"),
        ]
    )
    assert found.chosen == {
        "kind": ("moved",),
        "country": ("GR", "ZZ"),
        "region": ("eastern-europe", "x"),
        "stage": ("present",),
    }
    assert found.unknown == (("kind", "moved"), ("country", "ZZ"), ("region", "x"))


def test_a_thing_leads_to_its_page_as_long_as_somebody_speaks_of_it(filled):
    found = {
        it.iri.rpartition("/")[2]: it for it in questions.changes(filled, questions.parse_change_filters([]), limit=100)
    }
    assert found["2#c1"].href == "/policies/second"  # found by its page, since it has no identifier
    assert found["2#c2"].href == "/policies/p1"
    assert found["4#c1"].href == ""
    assert (found["1"].href, found["1"].counts, found["1"].total) == ("", (2, 2, 4), None)
    assert (found["6"].archived, found["6"].reason, found["6"].outcome) == (True, "Gone.", "gone")
    assert (found["7"].total, found["2#c1"].total) == (0, 2)


def test_what_another_source_still_speaks_of_is_found_there(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    other = replace(SOURCE, id="later", url="https://later.example/")
    for source, text, day in (
        (SOURCE, FIRST, 0),
        (other, FIRST, 1),
        (SOURCE, without(FIRST, "offices:", "country: FR"), 2),
    ):
        writer.admit(replace(received(text, START + day * DAY, source), confirmed=day == 2))
    writer.merge()
    found = questions.changes(Catalogue(store, BASE), questions.parse_change_filters([("kind", "removed")]), limit=100)
    assert {(it.thing, it.title("en").value, it.href) for it in found} == {
        ("office", "Office", "/offices/office-example"),
        ("office", "Second office", "/offices/second-example"),
        ("policy", "Policy", "/policies/p1"),
        ("statement", "Policy", "/policies/p1"),
    }


def test_what_is_gone_is_not_taken_for_another_policy_on_its_page(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    act = "  - {id: %s, title: %s, url: https://a.example/acts, country: FR}\n"
    two = "policies:\n" + act % ("a", "Act A") + act % ("b", "Act B")
    for day, text in enumerate((two, two.replace(act % ("b", "Act B"), ""))):
        writer.admit(received(text, START + day * DAY))
    writer.merge()
    (gone,) = questions.changes(
        Catalogue(store, BASE), questions.parse_change_filters([("kind", "removed")]), limit=100
    )
    assert (gone.title("en").value, gone.href, gone.page) == ("Act B", "", "https://a.example/acts")


def test_many_changes_of_one_event_are_in_the_order_of_their_numbers(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    for day, number in enumerate((0, 12)):
        more = "".join(f"  - {{title: Policy {n}, country: FR}}\n" for n in range(number))
        writer.admit(received(FIRST + more, START + day * DAY))
    for pairs in ([], [("kind", "added")]):
        found = questions.changes(Catalogue(store, BASE), questions.parse_change_filters(pairs), limit=12)
        assert [it.title("en").value for it in found] == [f"Policy {n}" for n in range(12)]


# The pages


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """The site on that life."""
    store = EmbeddedStore()
    life(new_writer(store, tmp_path_factory.mktemp("life")))
    return create_app(SETTINGS, store).test_client()


EVIL = "<script>alert(1)</script>]]>&amp;\"' onload=x {{ 7*7 }}"
UNWRITABLE = "\x0b\ufffe"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The site on a source whose every word is a trick."""
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path_factory.mktemp("hostile"))
    source = replace(SOURCE, title=EVIL + UNWRITABLE)
    quoted = json.dumps(EVIL, ensure_ascii=False)
    text = FIRST.replace("{en: Policy}", quoted).replace("Second office", quoted).replace("en: One.", "en: Uno.")
    text = text.replace("https://office.example/policy", "javascript:alert(1)").replace("id: p1", f"id: {quoted}")
    writer.admit(received(FIRST, START, source))
    assert writer.admit(received(text, START + DAY, source)).outcome is Outcome.ACCEPTED
    assert writer.admit(received(FIRST, START + 2 * DAY, source)).outcome is Outcome.ACCEPTED
    failure = Fetch(source, START + 3 * DAY, source.url, outcome=Outcome.GONE, reason=EVIL + UNWRITABLE)
    writer.admit(failure)
    writer.merge()
    return create_app(SETTINGS, store).test_client()


def shown(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    page = Page(response.get_data(as_text=True))
    assert (page.wrong, page.open, page.all("script")) == ([], [], [])
    return page


def lines(page):
    return [" ".join(text.split()) for tag, _, text in page.elements if tag == "li" and "Changes:" not in text]


def test_the_page_says_in_words_what_changed_where_and_by_which_source(client):
    page = shown(client, "/changes")
    for words in (
        "Removed: office Second office (France)",
        "Changed: statement on Use – Rules, policy Policy (Greece)was: Must, is now: Prefer",
        "Changed: policy Other (France)different: Title",
    ):
        assert words in lines(page)
    for words in (
        "First reading. Offices: 2, policies: 2, statements: 4",
        "Read again: no office, policy or statement is different",
        "Gone for longer than the grace period: removed from the merged view Gone.",
        "Changes: 2",
    ):
        assert words in page.text


def test_the_page_leads_to_the_thing_the_country_and_the_source_and_is_grouped_by_day(client):
    page = shown(client, "/changes")
    links = {e[1]["href"] for e in page.all("a")}
    assert {"/policies/p1", "/countries/GR#use-present", "/countries/FR", "/sources/own", "/feed.atom"} <= links
    days = [e[1]["datetime"] for e in page.all("time") if len(e[1]["datetime"]) == 10]
    assert days == sorted({f"{START + n * DAY:%Y-%m-%d}" for n in (0, 1, 2, 3, 5, 20, 21)}, reverse=True)
    for link in links:
        if link.startswith("/"):
            assert client.get(link, headers={"Accept": "text/html, */*;q=0.5"}).status_code == 200, link


def test_the_form_keeps_what_is_asked_for(client):
    page = shown(client, "/changes?country=EL&kind=changed&office=office-example&lang=en")
    assert {e[1]["value"] for e in page.all("option") if "selected" in e[1]} == {"GR", "changed"}
    hidden = {(e[1]["name"], e[1]["value"]) for e in page.all("input", type="hidden")}
    assert {("office", "office-example"), ("lang", "en")} <= hidden
    (feed,) = {e[1]["href"] for e in page.all("a") if "atom" in e[1]["href"]}
    assert feed == "/feed.atom?country=GR&office=office-example&kind=changed&lang=en"
    assert feed in [e[1]["href"] for e in page.all("link", type="application/atom+xml")]
    assert "Changes: 1 of 2" in page.text
    assert "kind=moved is not known, so nothing matches it." in shown(client, "/changes?kind=moved").text


@pytest.fixture(scope="module")
def long(tmp_path_factory):
    """The site on a list of which every office was replaced by another one, as the operator confirmed."""
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path_factory.mktemp("long"))
    for day in (1, 2):
        offices = (f"https://office{n}.example/{day}: {{name: Office {n}, country: FR}}\n" for n in range(110))
        writer.admit(replace(received("".join(offices), START + day * DAY), confirmed=day == 2))
    writer.merge()
    return create_app(SETTINGS, store).test_client()


def test_a_long_list_has_pages(long):
    first, second, third, beyond = (shown(long, f"/changes?kind=&page={page}") for page in ("1", "2", "3", "4"))
    assert "Changes: 100 of 220" in first.text
    assert [e[1]["href"] for e in first.all("a", rel="next")] == ["/changes?page=2"]
    assert first.all("a", rel="prev") == []
    assert [e[1]["href"] for e in second.all("a", rel="prev")] == ["/changes"]
    assert [e[1]["href"] for e in second.all("a", rel="next")] == ["/changes?page=3"]
    assert [e[1]["href"] for e in third.all("a", rel="prev")] == ["/changes?page=2"]
    assert third.all("a", rel="next") == []
    assert "There is nothing earlier." in beyond.text
    assert lines(shown(long, "/changes?page=nonsense")) == lines(first)
    texts = [line for page in (first, second, third) for line in lines(page) if "office Office" in line]
    assert len(texts) == len(set(texts)) == 220


def test_hostile_text_is_shown_harmlessly(hostile):
    page = shown(hostile, "/changes")
    assert [e for e in page.elements if any(name.startswith("on") or name == "style" for name in e[1])] == []
    links = [value for e in page.elements for name, value in e[1].items() if name in ("href", "src", "action")]
    assert [link for link in links if link.lower().startswith("javascript:")] == []
    assert [e for e in page.all("bdi") if e[2] == EVIL]


# The feed


def feed(client, path="/feed.atom"):
    """Return the feed, which is a valid one, and its entries."""
    response = client.get(path)
    assert (response.status_code, response.content_type) == (200, "application/atom+xml")
    assert problems(response.data) == []
    root = ElementTree.fromstring(response.data)
    entries = root.findall(f"{ATOM}entry")
    for element in (root, *entries):
        assert element.find(f"{ATOM}id").text.startswith("https://atlas.example/")
    for entry in entries:
        assert entry.find(f"{ATOM}author/{ATOM}name").text.strip()
        assert [link.get("rel") for link in entry.findall(f"{ATOM}link")] == ["alternate"]
        assert entry.find(f"{ATOM}content").get("type") == "text"
    return root, entries


def test_the_feed_has_what_rfc_4287_requires_with_stable_identifiers(client):
    root, entries = feed(client)
    assert [entry.find(f"{ATOM}id").text for entry in entries][-2:] == [
        f"{BASE}/sources/own/events/2#c2",
        f"{BASE}/sources/own/events/1",
    ]
    assert root.find(f"{ATOM}updated").text == "2026-11-22T12:00:00Z"
    assert {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")} == {
        "self": f"{BASE}/feed.atom",
        "alternate": f"{BASE}/changes",
    }
    statement = entries[-2]
    assert statement.find(f"{ATOM}title").text == "Changed: statement on Use – Rules in Policy (Greece)"
    assert statement.find(f"{ATOM}content").text.endswith("was: Must, is now: Prefer")
    assert statement.find(f"{ATOM}link").get("href") == f"{BASE}/policies/p1"
    assert statement.find(f"{ATOM}author/{ATOM}name").text == "Everything we know"
    assert statement.find(f"{ATOM}author/{ATOM}uri").text == f"{BASE}/sources/own"


def test_the_feed_has_the_filters_and_the_language_of_its_address(client):
    root, entries = feed(client, "/feed.atom?page=2&kind=removed&country=FR&lang=fr")
    assert root.find(f"{ATOM}id").text == f"{BASE}/feed.atom?country=FR&kind=removed&lang=fr"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    assert root.find(f"{ATOM}link[@rel='alternate']").get("href") == f"{BASE}/changes?country=FR&kind=removed&lang=fr"
    assert [entry.find(f"{ATOM}id").text for entry in entries] == [f"{BASE}/sources/own/events/4#c1"]


def test_a_feed_of_nothing_is_a_feed_and_one_of_very_much_has_a_hundred_entries(client, long):
    assert feed(client, "/feed.atom?country=DE")[1] == []
    assert len(feed(long)[1]) == 100


def test_hostile_text_makes_no_markup_and_no_broken_feed(hostile):
    root, entries = feed(hostile)
    assert {element.tag.removeprefix(ATOM) for element in root.iter()} == {
        *("feed", "id", "title", "updated", "link", "entry", "author", "name", "uri", "content")
    }
    assert {entry.find(f"{ATOM}author/{ATOM}name").text for entry in entries} == {EVIL}
    assert any(EVIL in entry.find(f"{ATOM}title").text for entry in entries)
    assert [link for link in root.iter(f"{ATOM}link") if not link.get("href").startswith(BASE)] == []


# As data


def test_the_table_and_the_json_have_the_same_rows_with_the_filters_of_the_address(client):
    table = list(csv.DictReader(io.StringIO(client.get("/changes.csv?kind=changed").get_data(as_text=True))))
    document = client.get("/changes.json?kind=changed").get_json()
    assert document["rows"] == table
    assert (document["filters"], document["complaints"], document["next"]) == ({"kind": ["changed"]}, [], "")
    assert document["revision"] == 9
    assert [(row["title"], row["activity"], row["before"], row["after"], row["page"]) for row in table] == [
        ("Other", "", "", "", f"{BASE}/policies/second"),
        ("Policy", "use", "required", "preferred", f"{BASE}/policies/p1"),
    ]
    assert len(client.get("/changes.json").get_json()["rows"]) == 8


def test_the_source_page_shows_the_exchange_of_each_event(client):
    page = shown(client, "/sources/own")
    for fact in ("HTTP 200", "text/yaml", f"{len(FIRST.encode())} B", "sha256:", ".warc.gz"):
        assert fact in page.text, fact


def test_the_source_page_says_by_which_methods_the_source_is_verified(client):
    page = shown(client, "/sources/own")
    assert "A list names the offices. Offices: " in page.text
    assert "holds until 2026-12-22." in page.text


def test_a_table_has_no_formula_of_others(hostile):
    rows = csv.DictReader(io.StringIO(hostile.get("/changes.csv").get_data(as_text=True)))
    assert [value for row in rows for value in row.values() if value.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize("path", ["/changes", "/feed.atom", "/changes.csv", "/changes.json"])
def test_whoever_has_the_latest_state_is_told_so(client, path):
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_feed_is_named_by_every_page_and_the_changes_by_the_first(client):
    first = shown(client, "/")
    assert [e[1]["href"] for e in first.all("link", type="application/atom+xml")] == ["/feed.atom"]
    assert first.all("a", href="/changes")
