"""A verdict is on an entry: one that breaks a rule keeps no other out; its version before stays for a grace."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.admission.entries import LeftOut, entries, left_out_of, to_text
from registry.archive import Archive
from registry.model import Fetch, Layer, Outcome, Severity, Source, SourceKind
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.web.app import create_app
from registry.writer import Writer
from tests.support import merged

BASE = "https://atlas.example"
START = datetime(2026, 11, 1, 10, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
GOOD = {name: f"https://{name}.example:\n  name: Office {name}\n  country: EE\n" for name in "abc"}
OFFICES = """SELECT ?n WHERE { GRAPH ?g {
  ?o a <https://w3id.org/ospo/ns#Office> ; <http://www.w3.org/2004/02/skos/core#prefLabel> ?n }
  FILTER(STRENDS(STR(?g), '/merged')) }"""
LEFT_OUT = {
    "en": "Entries that are left out: 2 of 3",
    "fr": "Entrées écartées : 2 sur 3",
    "de": "Ausgelassene Einträge: 2 von 3",
    "es": "Entradas excluidas: 2 de 3",
    "it": "Voci escluse: 2 su 3",
    "nl": "Weggelaten onderdelen: 2 van 3",
}
WRONG = GOOD["b"].replace("EE", "Estonia")
POLICIES = """policies:
  - {id: one, title: One, url: https://x.example/1, country: FR, instrument: guideline, status: in-force, evidence: [https://x.example/1],
     matrix: {use: {present: {force: required, binds: [central], text: {en: One.}}}}}
  - {id: two, title: Two, url: https://x.example/2, country: FR, instrument: guideline, status: in-force, evidence: [https://x.example/2],
     matrix: {use: {present: {force: encouraged, binds: [central], text: {en: Two.}}}}}
"""


@pytest.fixture
def store():
    return EmbeddedStore()


def new_writer(store, folder):
    return Writer(store, Archive(folder), merged.read, Settings(base=BASE))


def received(text, at=START, source=SOURCE):
    return Fetch(source, at, source.url, 200, (("content-type", "text/yaml"),), text.encode())


def indented(text):
    return "".join(f"  {line}\n" for line in text.splitlines())


def shown(store):
    found = select(store, OFFICES)
    return sorted(row["n"].value for row in found)


def test_one_wrong_entry_keeps_no_other_out_and_the_source_says_so(store, tmp_path):
    writer = new_writer(store, tmp_path)
    state = writer.admit(received(GOOD["a"] + WRONG + GOOD["c"]))
    writer.merge()
    assert state.outcome is Outcome.ACCEPTED
    assert state.reason.startswith("1 of 3 entries are left out; the first: line 6")
    assert (state.offices, state.violations) == (2, 1)
    assert shown(store) == ["Office a", "Office c"]
    assert [entry.key for entry in left_out_of(state.left_out)] == ["office b.example"]


# Entries that cannot be read, each with a part of what is said of it and its line in the file, where it begins in 4.
UNREAD = [
    ("b.example:\n  name: Office b\n", "'b.example' is not a whole Web address", 4),
    ('"mailto:x@b.example":\n  name: Office b\n', "stands where the home page of an office is expected", 4),
    ("https://b.example: Office b\n", "'Office b' stands where the fields", 4),
    ("https://b.example:\n  - name: Office b\n", "'name, Office b' stands where the fields", 4),
    (GOOD["b"] + "  url: https://d.example\n", "Write the same address in both places", 7),
    ("https://b.example:\n  name: {english language: Office b}\n", "is no language tag", 5),
    (GOOD["b"] + "  x: " + "y" * 20_001 + "\n", "This text has 20001 characters", 7),
    (GOOD["b"] + "  name: Office B\n", "The key 'name' stands in line ", 7),
    (GOOD["b"] + GOOD["b"], "The key 'https://b.example' stands in line ", 7),
    (GOOD["b"] + "  x: {y: [{z: 1, z: 2}]}\n", "The key 'z' stands in line ", 7),
    (GOOD["b"].replace("ce", "ce\u202e"), "U+202E", 5),
    (GOOD["b"].replace("ce", "ce\x07"), "U+0007", 5),
    (GOOD["b"].replace("Office b", '"Office\\u202e b"'), "U+202E", 5),
    (GOOD["b"] + "  x: |\n    one\n    two\u2066\n", "U+2066", 9),
    (GOOD["b"].replace("://", "://\u202e"), "U+202E", 4),
    ('"":\n  name: Office b\n', "no name before this colon", 4),
    (GOOD["b"] + '  "": Office b\n', "no name before this colon", 7),
    (GOOD["b"] + "  <<: {x: y}\n", "merge key <<", 7),
    (GOOD["b"] + "  x: " + "[" * 20 + "]" * 20 + "\n", "more than 16 deep", 7),
    (GOOD["b"] + "  x: &y {z: [1]}\n  z: *y\n", "(anchor)", 7),
    (GOOD["b"] + "  x: !y {z: [1]}\n", "(a tag)", 7),
    (GOOD["b"].replace("b.ex", "b\u00ad.ex"), "no host can have the name", 4),
    (GOOD["b"].replace("b.example", '"b example"').replace('https://"', '"https://'), "no host can be called", 4),
]


@pytest.mark.parametrize(("entry", "words", "line"), UNREAD, ids=[words for _, words, _ in UNREAD])
def test_an_entry_that_cannot_be_read_keeps_no_other_out_and_says_what_to_fix(store, tmp_path, entry, words, line):
    writer = new_writer(store, tmp_path)
    writer.admit(received(GOOD["a"] + GOOD["b"] + GOOD["c"]))
    for text, shift in ((GOOD["a"] + entry + GOOD["c"], 0), ("all.yaml:\n" + indented(GOOD["a"] + entry), 1)):
        _, report = merged.read(
            text.encode(), media_type="text/yaml", url=SOURCE.url, graph=f"{BASE}/sources/list/description"
        )
        finding, *_ = [finding for finding in report.findings if finding.severity is Severity.VIOLATION]
        assert words in finding.message("en")
        assert finding.line == line + shift
    state = writer.admit(received(GOOD["a"] + entry + GOOD["c"], START + DAY))
    writer.merge()
    assert state.outcome in (Outcome.ACCEPTED, Outcome.UNCHANGED)  # of all the same is shown
    assert state.reason.startswith("1 of 3 entries are left out")
    is_known = entry.startswith(("https://b.example:", "b.example:"))  # by its key, though no more of it can be read
    assert shown(store) == [f"Office {name}" for name in ("abc" if is_known else "ac")]


@pytest.mark.parametrize("entry", [entry for entry, *_ in UNREAD], ids=[words for _, words, _ in UNREAD])
def test_a_file_of_which_no_entry_can_be_read_is_refused(store, tmp_path, entry):
    state = new_writer(store, tmp_path).admit(received(entry))
    assert state.outcome in (Outcome.UNREADABLE, Outcome.REJECTED)


def test_an_item_of_a_list_that_cannot_be_read_keeps_no_other_out(store, tmp_path):
    source = Source("x", "https://x.example/p.yaml", layer=Layer.COMPILED)
    writer = new_writer(store, tmp_path)
    writer.admit(received(POLICIES, source=source))
    for number, (old, new) in enumerate(
        [("use:", "using:"), ("title: One", "title: One, title: One"), ("One.", '"\\0"')]
    ):
        state = writer.admit(received(POLICIES.replace(old, new, 1), START + (number + 1) * DAY, source))
        assert (state.policies, state.violations) == (2, 1)  # one of them is the version before
        assert "1 of 2 entries are left out, of 1 the version before is still shown" in state.reason


def test_what_was_said_of_a_wrong_entry_before_stays_for_the_grace_and_then_leaves(store, tmp_path):
    writer = new_writer(store, tmp_path)
    writer.admit(received(GOOD["a"] + GOOD["b"] + GOOD["c"]))
    for day, expected in ((1, "abc"), (20, "abc"), (30, "abc"), (31, "ac"), (40, "ac")):
        state = writer.admit(received(GOOD["a"] + WRONG + GOOD["c"], START + day * DAY))
        writer.merge()
        assert shown(store) == [f"Office {name}" for name in expected], day
        (entry,) = left_out_of(state.left_out)
        assert (entry.since, entry.kept) == (START + DAY, "b" in expected)
        assert ("the version before is still shown" in state.reason) is entry.kept
    assert state.last_response.etag == ""  # read in full, so that the end of the grace is seen
    state = writer.admit(received(GOOD["a"] + GOOD["b"] + GOOD["c"], START + 50 * DAY))
    writer.merge()
    assert (state.reason, state.left_out) == ("", "")
    assert shown(store) == ["Office a", "Office b", "Office c"]


def test_the_page_of_the_source_names_the_entries_that_are_left_out_and_until_when_they_are_shown(store, tmp_path):
    writer = new_writer(store, tmp_path)
    writer.admit(received(GOOD["a"] + GOOD["b"]))
    writer.admit(received(GOOD["a"] + WRONG + "https://d.example:\n  name: D\n  country: Estonia\n", START + DAY))
    writer.merge()
    client = create_app(Settings(base=BASE), store).test_client()
    page = client.get("/sources/list?lang=en").text
    said = " ".join(re.sub(r"<[^>]*>", "", page).split())
    assert "Entries that are left out: 2 of 3. " in said
    assert "Entries that are left out: 2 office" in said
    assert "office b.example since 2026-11-02; what was said of it before is shown until 2026-12-02" in said
    assert "office d.example since 2026-11-02; nothing is shown of it" in said
    for language, words in LEFT_OUT.items():
        for path in ("/sources", "/sources/list"):
            assert f"{words}.</strong>" in client.get(f"{path}?lang={language}").text


def test_a_kept_entry_is_no_change_and_is_found_under_its_name(store, tmp_path):
    writer = new_writer(store, tmp_path)
    first = writer.admit(received(GOOD["a"] + GOOD["b"] + GOOD["c"]))
    for day in (1, 2, 3):
        # a line more in front: the nodes of the others are called after other lines
        state = writer.admit(received("# new\n" * day + GOOD["a"] + WRONG + GOOD["c"], START + day * DAY))
        writer.merge()
    changes = select(store, "SELECT ?c WHERE { GRAPH ?g { ?c a <https://w3id.org/ospo/ns#Change> } }")
    assert changes == []
    assert state.offices == first.offices == 3
    assert shown(store) == ["Office a", "Office b", "Office c"]


def test_a_policy_that_breaks_a_rule_leaves_the_others_of_its_file(store, tmp_path):
    source = Source("x", "https://x.example/p.yaml", layer=Layer.COMPILED)
    writer = new_writer(store, tmp_path)
    writer.admit(received(POLICIES, source=source))
    broken = POLICIES.replace("force: required", "force: sometimes")
    state = writer.admit(received(broken, START + DAY, source))
    writer.merge()
    assert (state.outcome, state.policies, state.statements) == (Outcome.UNCHANGED, 2, 2)  # of both the same is shown
    assert "left out" in state.reason
    found = select(store, "SELECT ?f WHERE { GRAPH ?g { ?s <https://w3id.org/ospo/ns#force> ?f } "
                          "FILTER(STRENDS(STR(?g), '/merged')) }")  # fmt: skip
    assert sorted(row["f"].value.rpartition("/")[2] for row in found) == ["encouraged", "required"]


def test_a_file_of_one_entry_that_breaks_a_rule_is_rejected_as_a_whole(store, tmp_path):
    own = Source("own", "https://b.example/.well-known/ospo-meta")
    writer = new_writer(store, tmp_path)
    writer.admit(received("url: https://b.example\nname: B\ncountry: EE\n", source=own))
    state = writer.admit(received("url: https://b.example\nname: B\ncountry: Estonia\n", START + DAY, own))
    writer.merge()
    assert state.outcome is Outcome.REJECTED
    assert shown(store) == ["B"]


def test_the_archive_alone_makes_the_same_store_of_it(store, tmp_path):
    writer, again = new_writer(store, tmp_path), EmbeddedStore()
    for day, text in enumerate((GOOD["a"] + GOOD["b"], GOOD["a"] + WRONG, WRONG + GOOD["c"] + GOOD["a"])):
        writer.admit(received(text, START + day * DAY))
    writer.merge()
    replayed = new_writer(again, tmp_path)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["good", "wrong", "absent"]), min_size=4, max_size=4), min_size=1, max_size=6))
def test_of_every_entry_the_last_good_version_is_shown_and_nothing_of_the_wrong_ones(tmp_path_factory, days):
    store, folder = EmbeddedStore(), tmp_path_factory.mktemp("archive")
    writer = new_writer(store, folder)
    expected: dict[str, bool] = {}
    for day, kinds in enumerate(days):
        texts, now = [], {}
        for place, kind in enumerate(kinds):
            name = f"o{place}"
            country = {"good": "EE", "wrong": "Estonia"}.get(kind)
            if country:
                title = f"{name} day {day}" if kind == "good" else "never"
                texts.append(f"https://{name}.example:\n  name: {title}\n  country: {country}\n")
            if kind == "good":
                now[name] = f"{name} day {day}"
            elif kind == "wrong" and name in expected:
                now[name] = expected[name]
        state = writer.admit(received("".join(texts) or "x: y\n", START + day * DAY))
        if state.outcome is Outcome.ACCEPTED or state.outcome is Outcome.UNCHANGED:
            expected = now
        writer.merge()
        assert shown(store) == sorted(expected.values())


def test_entries_survive_the_way_through_the_store():
    found = [LeftOut("office a.example", START, True), LeftOut("policy title A title of words", START, False)]
    assert left_out_of(to_text(found)) == found
    assert left_out_of("") == []


def test_every_node_of_a_description_belongs_to_an_entry():
    body = (
        POLICIES.encode() + b"offices:\n  - {url: https://a.example, name: A, country: FR, part_of: {name: Ministry}}\n"
    )
    graph = f"{BASE}/sources/x/description"
    description, _ = merged.read(body, media_type="text/yaml", url="https://x.example/p", graph=graph)
    found = entries(description.triples)
    assert [entry.key for entry in found] == ["office a.example", "policy id one", "policy id two"]
    subjects = {triple.subject.value for triple in description.triples}
    assert set().union(*(entry.nodes for entry in found)) >= subjects - {graph}
