"""The life of one source, reading by reading: what is known of it, what is served of it, and what is never lost."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import pytest

from registry.admission.admit import admit
from registry.archive import Archive
from registry.errors import StoreError
from registry.model import Fetch, Layer, Outcome, Source, SourceKind
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.store.sparql_text import bind
from registry.validation.readers import Readers
from registry.writer import Writer
from tests.support import merged

BASE = "https://atlas.example"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOURCE = Source("own", "https://office.example/.well-known/ospo-meta", layer=Layer.IMPORTED)
LIST = Source("list", "https://list.example/all.yaml", SourceKind.LIST, rank=1)
CLAIM = "Claimed by a list."
LISTED = f"https://office.example:\n  name: Office\n  country: FR\n  description: {{en: {CLAIM}}}\n".encode()
PREFIXES = """PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX ospo: <https://w3id.org/ospo/ns#>
PREFIX prov: <http://www.w3.org/ns/prov#> PREFIX sh: <http://www.w3.org/ns/shacl#> """


def file(words, name="Office"):
    """An accepted description of the office that says this of itself; without a name it is rejected."""
    named = f"name: {name}\n" if name else ""
    return f"url: https://office.example\n{named}country: FR\ndescription: {{en: {words}}}\nemail: o@office.example\n"


def at(day):
    return START + timedelta(days=day)


def body(day, text):
    """A fetch on that day that brought this text."""
    headers = (("content-type", "text/yaml"), ("etag", f'"{day}"'))
    return Fetch(SOURCE, at(day), SOURCE.url, 200, headers, text.encode())


def unchanged(day):
    return Fetch(SOURCE, at(day), SOURCE.url, 304, outcome=Outcome.UNCHANGED)


def failed(day, outcome, status=None):
    return Fetch(SOURCE, at(day), SOURCE.url, status, outcome=outcome, reason=f"It was {outcome}.")


def unreachable(day):
    return failed(day, Outcome.UNREACHABLE, 503)


def gone(day):
    return failed(day, Outcome.GONE, 404)


READINGS = {
    "304": unchanged,
    "503": unreachable,
    "404": gone,
    "nameless": lambda day: body(day, file("Nameless", name="")),
    "broken": lambda day: body(day, "name: Office\nurl: [\n"),
}
REASONS = {
    "rejected": "line 1: name: the name of the office is missing. Add",
    "unreadable": "line 2, column 6: The bracket [",
    "unreachable": "It was unreachable.",
    "gone": "It was gone.",
}


class After(NamedTuple):
    """What holds after a reading. Days count from the first body; "-" is what is not known, not there or not so.

    `served` is what the description graph says of the office, `shown` what the merged graph says on the word of the
    source itself. `report` is the worst severity in the report graph, "clean" for a report without results.
    `event` is the outcome of the event that the reading added.
    """

    outcome: str
    verdict: str
    verified: str
    changed: str
    accepted: str
    failing: str
    failures: str
    archived: str
    served: str
    shown: str
    report: str
    event: str


# A reading of READINGS, or a new accepted version that says this word of itself; then what holds after it.
LIFE = [
    line.split()
    for line in """
 -1 503      unreachable -            -   -   -  -1 1 -   -     -     -         unreachable
  0 One      accepted    accepted     0   0   0   - 0 -   One   One   clean     accepted
  1 304      unchanged   accepted     1   0   0   - 0 -   One   One   clean     -
  2 Two      accepted    accepted     2   2   2   - 0 -   Two   Two   clean     accepted
  3 nameless rejected    rejected     2   3   2   3 1 -   Two   Two   Violation rejected
  4 304      rejected    rejected     2   3   2   3 2 -   Two   Two   Violation -
  5 broken   unreadable  unreadable   2   5   2   3 3 -   Two   Two   -         unreadable
  6 304      unreadable  unreadable   2   5   2   3 4 -   Two   Two   -         -
  7 Three    accepted    accepted     7   7   7   - 0 -   Three Three clean     accepted
  8 503      unreachable accepted     7   7   7   8 1 -   Three Three clean     unreachable
 20 503      unreachable accepted     7   7   7   8 2 -   Three Three clean     -
 37 503      unreachable accepted     7   7   7   8 3 -   Three Three clean     -
 38 503      unreachable accepted     7   7   7   8 4 yes Three -     clean     unreachable
 39 304      unchanged   accepted    39   7   7   - 0 -   Three Three clean     accepted
400 503      unreachable accepted    39   7   7 400 1 -   Three Three clean     unreachable
429 503      unreachable accepted    39   7   7 400 2 -   Three Three clean     -
430 Three    unchanged   accepted   430   7 430   - 0 -   Three Three clean     accepted
431 404      gone        accepted   430   7 430 431 1 -   Three Three clean     gone
437 404      gone        accepted   430   7 430 431 2 -   Three Three clean     -
438 404      gone        accepted   430   7 430 431 3 yes Three -     clean     gone
440 Four     accepted    accepted   440 440 440   - 0 -   Four  Four  clean     accepted
450 broken   unreadable  unreadable 440 450 440 450 1 -   Four  Four  -         unreadable
479 304      unreadable  unreadable 440 450 440 450 2 -   Four  Four  -         -
480 304      unreadable  unreadable 440 450 440 450 3 yes Four  -     -         unreadable
481 304      unreadable  unreadable 440 450 440 450 4 yes Four  -     -         -
482 Four     unchanged   accepted   482 450 482   - 0 -   Four  Four  clean     accepted
""".strip().splitlines()
]


def new_writer(store, folder):
    return Writer(store, Archive(folder), merged.read, Settings(base=BASE, event_days=10_000.0))


def days(moment):
    return "-" if moment is None else str((moment - START).days)


def values(store, text, graph):
    """Return the values of ?value of a query's pattern in a graph, sorted."""
    query = PREFIXES + "SELECT ?value { GRAPH $graph { " + text + " } }"
    return sorted(row["value"].value for row in select(store, bind(query, graph=f"{BASE}/{graph}")))


def own(store):
    (state,) = [state for state in states(store, BASE) if state.source.id == "own"]
    return state


def only(found):
    assert len(found) < 2
    return found[0] if found else "-"


def worst(store):
    if not values(store, "?value a sh:ValidationReport", "sources/own/report"):
        return "-"
    found = values(store, "?r sh:resultSeverity ?value", "sources/own/report")
    names = {value.removeprefix("http://www.w3.org/ns/shacl#") for value in found}
    return next((name for name in ("Violation", "Warning", "Info") if name in names), "clean")


def events(store):
    """Return the outcomes of the source's events, by number."""
    rows = select(
        store,
        PREFIXES
        + f"SELECT ?e ?o ?r {{ GRAPH <{BASE}/registry> {{ ?e a prov:Activity ; prov:used <{BASE}/sources/own> ;"
        " ospo:outcome ?o ; ospo:archiveRecord ?r } }",
    )
    assert len({row["r"].value for row in rows}) == len(rows)
    numbered = {int(row["e"].value.rpartition("/")[2]): row["o"].value.rpartition("/")[2] for row in rows}
    assert sorted(numbered) == list(range(1, len(rows) + 1))
    return numbered


def observed(store, events_before=0):
    state, noted = own(store), events(store)
    assert state.events == len(noted)
    shown = values(store, "?office a ospo:Office ; dcterms:description ?value", "merged")
    return After(
        state.outcome,
        state.verdict or "-",
        *map(days, (state.last_verified, state.last_change, state.accepted_at, state.failing_since)),
        str(state.failures),
        "yes" if state.archived else "-",
        only(values(store, "?office dcterms:description ?value", "sources/own/description")),
        only([text for text in shown if text != CLAIM]),
        worst(store),
        noted[len(noted)] if len(noted) > events_before else "-",
    )


class Life(NamedTuple):
    """For each line of LIFE: what was observed, the reason given, and what the merged graph says by whomever."""

    after: list
    reasons: list
    shown: list


def live(folder, restart):
    """Walk through LIFE; with `restart`, every reading is of another process, which knows only store and archive."""
    life, store = Life([], [], []), EmbeddedStore()
    writer = new_writer(store, folder)
    writer.admit(Fetch(LIST, at(-2), LIST.url, 200, (), LISTED))
    for day, reading, *_ in LIFE:
        writer = new_writer(store, folder) if restart else writer
        before = len(events(store))
        writer.admit(READINGS[reading](int(day)) if reading in READINGS else body(int(day), file(reading)))
        writer.merge()
        life.after.append(observed(store, before))
        life.reasons.append(own(store).reason)
        life.shown.append(values(store, "?office a ospo:Office ; dcterms:description ?value", "merged"))
    return life


@pytest.fixture(scope="module", params=[False, True], ids=["one process", "a process each"])
def life(request, tmp_path_factory):
    return live(tmp_path_factory.mktemp("archive"), request.param)


@pytest.mark.parametrize("number", range(len(LIFE)), ids=[f"day {day}, {reading}" for day, reading, *_ in LIFE])
def test_after_each_reading_the_state_and_the_graphs_are_as_the_table_says(life, number):
    assert life.after[number] == After(*LIFE[number][2:])


def test_every_failure_and_every_bad_version_has_its_reason_and_an_accepted_one_has_none(life):
    for after, reason in zip(life.after, life.reasons, strict=True):
        if after.outcome != "unchanged":
            assert reason.startswith(REASONS.get(after.outcome, ""))
            assert (reason == "") is (after.outcome == "accepted")


def test_a_list_speaks_for_the_office_only_while_its_own_file_is_not_shown(life):
    for after, shown in zip(life.after, life.shown, strict=True):
        assert shown == [CLAIM if after.shown == "-" else after.shown]


@pytest.mark.parametrize(("reading", "reason"), [("nameless", REASONS["rejected"]), ("broken", REASONS["unreadable"])])
def test_a_bad_version_that_comes_again_unchanged_keeps_its_reason(tmp_path, reading, reason):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    for fetch in (body(0, file("One")), READINGS[reading](1), unchanged(2)):
        writer.admit(fetch)
    assert own(store).reason.startswith(reason)


@pytest.mark.parametrize(
    ("readings", "shown"),
    [
        ([unreachable(1), gone(9)], ["One"]),  # one reading of 404, after a week of something that may pass
        ([gone(1), gone(8), unreachable(9)], []),  # a passing failure does not bring the vanished back
    ],
)
def test_each_kind_of_failure_has_the_grace_of_its_own(tmp_path, readings, shown):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    for fetch in (body(0, file("One")), *readings):
        writer.admit(fetch)
    writer.merge()
    assert values(store, "?office a ospo:Office ; dcterms:description ?value", "merged") == shown


TURTLE = """@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix org: <http://www.w3.org/ns/org#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix ospo: <https://w3id.org/ospo/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<> dcterms:modified "%s" .
<#office> a ospo:Office ; foaf:homepage <https://office.example> ; skos:prefLabel "Office"@en ;
  ospo:countryCode "FR" ; org:unitOf %s .
"""
FIRST_BODY, OTHER_BODY = '[ skos:prefLabel "One"@en ] , [ skos:prefLabel "Two"@en ]', '[ skos:prefLabel "Ministry"@en ]'
BOTH_TURNED = '[ skos:prefLabel "Two"@en ] , [ skos:prefLabel "One"@en ]'


@pytest.mark.parametrize(
    ("media_type", "one", "other"),
    [
        ("text/yaml", file("One"), "# made again\n" + "".join(reversed(file("One").splitlines(keepends=True)))),
        ("text/turtle", TURTLE % ("2026-11-01", FIRST_BODY), TURTLE % ("2026-11-02", FIRST_BODY)),
        ("text/turtle", TURTLE % ("2026-11-01", FIRST_BODY), TURTLE % ("2026-11-01", BOTH_TURNED)),
    ],
    ids=["keys and a remark", "its date", "blank nodes"],
)
def test_other_bytes_that_say_the_same_are_verified_and_no_change(tmp_path, media_type, one, other):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(replace(body(0, one), headers=(("content-type", media_type),)))
    writer.admit(replace(body(1, other), headers=(("content-type", media_type),)))
    state = own(store)
    assert (state.outcome, state.verdict, state.effective_outcome) == ("unchanged", "accepted", "accepted")
    assert "what it says has not" in state.reason
    assert (state.last_verified, state.accepted_at, state.last_change, state.events) == (at(1), at(1), START, 1)
    assert state.digest == state.accepted_digest
    changed = TURTLE % ("2026-11-03", OTHER_BODY) if media_type == "text/turtle" else file("Two")
    writer.admit(replace(body(3, changed), headers=(("content-type", media_type),)))
    assert (own(store).outcome, own(store).last_change) == ("accepted", at(3))


def test_the_same_again_after_a_bad_version_is_an_event(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    for fetch in (body(0, file("One")), body(1, "url: [\n"), body(2, "# fixed\n" + file("One"))):
        writer.admit(fetch)
    assert events(store) == {1: "accepted", 2: "unreadable", 3: "accepted"}
    assert own(store).effective_outcome == "accepted"


def test_the_report_says_what_and_in_which_line(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, file("One")))
    writer.admit(body(1, "# first\n" + file("Nameless", name="")))
    messages = values(store, "?r sh:resultMessage ?value ; sh:resultSeverity sh:Violation", "sources/own/report")
    assert [text.partition(":")[0] for text in messages] == ["name"]  # in English, which tells the others
    assert values(store, "?r ospo:line ?value", "sources/own/report") == ["2"]
    assert values(store, "?r sh:conforms ?value", "sources/own/report") == ["false"]
    state = own(store)
    assert (state.findings, state.violations, state.warnings) == (1, 1, 0)
    assert (state.offices, state.policies, state.statements) == (1, 0, 0)  # of what is served
    writer.admit(body(2, "url: [\n"))
    assert (own(store).findings, own(store).violations) == (0, 0)


def test_an_event_tells_the_status_the_reason_and_the_moment(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, file("One")))
    writer.admit(gone(1))
    event = f"<{BASE}/sources/own/events/2>"
    for fact, value in (
        ("ospo:httpStatus", "404"),
        ("ospo:reason", "It was gone."),
        ("prov:endedAtTime", "2026-11-02T12:00:00Z"),
        ("ospo:archiveRecord", Archive(tmp_path).last()),
    ):
        assert values(store, f"{event} {fact} ?value", "registry") == [value]


@pytest.mark.parametrize("outcome", [Outcome.REFUSED, Outcome.MOVED])
def test_a_refusal_has_the_grace_of_what_may_pass(tmp_path, outcome):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, file("One")))
    for day, archived in ((1, False), (30, False), (31, True)):
        writer.admit(failed(day, outcome))
        assert own(store).archived is archived


def test_even_without_any_grace_one_reading_archives_nothing(tmp_path):
    store = EmbeddedStore()
    without = Settings(base=BASE, transient_grace_days=0.0, gone_grace_days=0.0)
    writer = Writer(store, Archive(tmp_path), merged.read, without)
    writer.admit(body(0, file("One")))
    for day, archived in ((1, False), (2, True)):
        writer.admit(gone(day))
        assert own(store).archived is archived


def test_a_document_that_outlasts_its_reader_is_refused_and_takes_nothing_away(tmp_path):
    store = EmbeddedStore()
    new_writer(store, tmp_path).admit(body(0, file("One")))
    with Readers(Settings(reader_workers=1)) as readers:
        readers.seconds = 0.0
        writer = Writer(store, Archive(tmp_path), readers.read, Settings(base=BASE))
        assert writer.admit(body(1, file("Two"))).outcome is Outcome.REFUSED
        writer.merge()
    assert observed(store) == After(*"refused refused 0 1 0 1 1 - One One - refused".split())
    assert "it took longer than 0 seconds; make it smaller or simpler" in own(store).reason


def test_what_a_fetch_changes_depends_on_the_arguments_alone(tmp_path):
    store = EmbeddedStore()
    new_writer(store, tmp_path).admit(body(0, file("One")))
    for fetch in (body(1, file("Two")), body(1, file("Nameless", name="")), unchanged(1), gone(1)):
        one, other = (
            admit(fetch, own(store), "record", served=set(), read=merged.read, settings=Settings(base=BASE), revision=2)
            for _ in range(2)
        )
        assert one == other
    assert own(store).accepted_at == START  # nothing was written by asking


CHANCES = (*READINGS.values(), lambda day: body(day, file(f"Version{day}")), lambda day: failed(day, Outcome.REFUSED))


@pytest.mark.parametrize("seed", range(3))
def test_nothing_accepted_is_ever_lost_whatever_comes(tmp_path, seed):
    chance = random.Random(seed)
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, file("Version0")))
    last, seen, day = 0, set(), 0
    for _ in range(80):
        day += chance.choice((1, 3, 8, 40))
        outcome = writer.admit(chance.choice(CHANCES)(day)).outcome
        writer.merge()
        last = day if outcome is Outcome.ACCEPTED else last
        after = observed(store)
        seen.add((after.outcome, after.archived))
        assert (after.served, after.accepted) == (f"Version{last}", str(last))
        assert after.shown == ("-" if after.archived == "yes" else after.served)
    assert seen >= {("accepted", "-"), ("rejected", "-"), ("unreadable", "-"), ("unchanged", "-"), ("gone", "yes")}
    again = EmbeddedStore()
    replayed = new_writer(again, tmp_path)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


def test_a_source_at_a_new_address_keeps_what_was_accepted_until_the_new_one_is_read(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, file("One")))
    moved = replace(SOURCE, url="https://office.example/ospo.yaml")
    writer.admit(replace(gone(1), source=moved, final_url=moved.url))
    writer.merge()
    state = own(store)
    assert (state.source.url, state.accepted_address, state.added) == (moved.url, SOURCE.url, START)
    assert observed(store).shown == "One"


def listed(*numbers):
    """Return a list of the offices of these numbers."""
    return "\n".join(f"https://o{n}.example:\n  name: Office {n}\n  country: FR" for n in numbers) + "\n"


def served(store):
    return len(values(store, "?value a ospo:Office", "sources/own/description"))


@pytest.mark.parametrize(
    ("before", "after", "outcome"),
    [
        (range(4), range(1), "held"),
        (range(4), range(2), "accepted"),  # half
        (range(5), range(2), "held"),
        (range(3), range(1), "accepted"),  # few
    ],
)
def test_a_list_that_shrinks_suddenly_is_held(tmp_path, before, after, outcome):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, listed(*before)))
    state = writer.admit(body(1, listed(*after)))
    assert (state.outcome, state.verdict) == (outcome, outcome)
    assert served(store) == state.offices == len(before if outcome == "held" else after)
    assert events(store) == {1: "accepted", 2: outcome}


def test_a_list_that_is_empty_breaks_a_rule_and_takes_nothing_away_however_short_it_was(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    nothing = b'<https://list.example/> <http://purl.org/dc/terms/title> "Nothing" .'
    writer.admit(body(0, listed(1)))
    for day, media_type, empty in ((1, "text/turtle", nothing), (2, "text/yaml", b"offices: []\n")):
        fetch = replace(body(day, ""), headers=(("content-type", media_type),), body=empty)
        assert writer.admit(fetch).outcome in ("rejected", "unreadable")
    assert served(store) == 1


def test_the_reason_of_what_is_held_says_how_much_there_was_and_what_to_do(tmp_path):
    writer = new_writer(EmbeddedStore(), tmp_path)
    writer.admit(body(0, listed(*range(6))))
    assert writer.admit(body(1, listed(1))).reason == (
        "it names 1 of the 6 offices and policies that were served: nothing is taken away until the operator confirms "
        "with `ospo sources confirm own`, or until 2026-12-02"
    )


def test_what_is_held_is_served_once_confirmed_and_the_archive_makes_the_same_of_it(tmp_path):
    store, again = EmbeddedStore(), EmbeddedStore()
    writer = new_writer(store, tmp_path)
    writer.admit(body(0, listed(*range(6))))
    with pytest.raises(StoreError, match="nothing is held of a source 'own'"):
        writer.confirm("own", at(0))
    writer.admit(body(1, listed(1)))
    writer.admit(unchanged(2))
    assert (own(store).effective_outcome, served(store)) == ("held", 6)
    writer = new_writer(store, tmp_path)  # another process
    state = writer.confirm("own", at(3))
    assert (state.outcome, state.reason, state.offices, served(store)) == ("accepted", "", 1, 1)
    assert (state.last_attempt, state.last_verified, state.accepted_at) == (at(2), at(1), at(1))  # nothing was asked
    assert state.held_since is None
    writer.merge()
    replayed = new_writer(again, tmp_path)
    assert replayed.replay() == 5  # four readings, and the names that the merge gave
    replayed.merge()
    assert digest(again) == digest(store)
    with pytest.raises(StoreError):
        writer.confirm("own", at(4))


def test_a_list_that_is_whole_again_is_held_no_more(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    for day, count in enumerate((6, 1, 6)):
        writer.admit(body(day, listed(*range(count))))
    assert (own(store).effective_outcome, served(store)) == ("accepted", 6)
    assert events(store) == {1: "accepted", 2: "held", 3: "accepted"}
    with pytest.raises(StoreError):
        writer.confirm("own", at(4))


def test_an_event_tells_what_was_sent_received_and_measured(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    sent = body(0, file("One"))
    headers = (*sent.headers, ("last-modified", "Sun, 01 Nov 2026 00:00:00 GMT"))
    writer.admit(replace(sent, headers=headers, seconds=0.25, final_url="https://office.example/x"))
    writer.admit(replace(gone(1), seconds=2.0))
    for number, fact, found in (
        (1, "ospo:finalAddress", ["https://office.example/x"]),
        (1, "ospo:contentType", ["text/yaml"]),
        (1, "ospo:etag", ['"0"']),
        (1, "ospo:lastModified", ["Sun, 01 Nov 2026 00:00:00 GMT"]),
        (1, "ospo:bytes", [str(len(sent.body))]),
        (1, "ospo:bodyDigest", [own(store).accepted_digest]),
        (1, "ospo:seconds", ["0.25"]),
        (2, "ospo:bytes", []),
        (2, "ospo:bodyDigest", []),
        (2, "ospo:seconds", ["2"]),
    ):
        assert values(store, f"<{BASE}/sources/own/events/{number}> {fact} ?value", "registry") == found


def test_an_event_is_dropped_with_its_changes_once_it_is_too_old(tmp_path):
    store, again = EmbeddedStore(), EmbeddedStore()
    settings = Settings(base=BASE, event_days=10.0)
    writer = Writer(store, Archive(tmp_path), merged.read, settings)
    writer.admit(Fetch(LIST, at(0), LIST.url, 200, (), LISTED))
    for day, word in ((0, "One"), (1, "Two"), (11, "Three"), (12, "Four")):
        writer.admit(body(day, file(word)))
        oldest = min(values(store, f"?value prov:used <{BASE}/sources/own>", "registry"))
        assert oldest.rpartition("/")[2] == {0: "1", 1: "1", 11: "2", 12: "3"}[day]
    assert {value.rpartition("/")[2] for value in values(store, "?value a ospo:Change", "registry")} == {"3#c1", "4#c1"}
    assert len(values(store, f"?value prov:used <{BASE}/sources/list>", "registry")) == 1  # only the source's own
    assert own(store).events == 4
    writer.merge()
    replayed = Writer(again, Archive(tmp_path), merged.read, settings)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


def verified(store):
    """Return method → offices, date and end (as days) of the source's verification facts."""
    found = own(store).verifications
    return {it.method: (it.offices, (it.at - START).days, (it.expires - START).days) for it in found}


def test_each_method_of_verification_is_a_fact_that_is_renewed_and_dropped(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    named = replace(body(15, file("Two")), final_url="https://x.example/x")
    steps = (
        (body(0, file("One")), {"same-host": (1, 0, 30), "self-published": (1, 0, 30)}),
        (unchanged(1), {"same-host": (1, 1, 31), "self-published": (1, 1, 31)}),
        (body(2, "url: [\n"), {"same-host": (1, 1, 31), "self-published": (1, 1, 31)}),  # the copy, as it was verified
        (replace(body(3, file("Two")), final_url="https://office.example/x"), {"self-published": (1, 3, 33)}),
        (gone(4), {"self-published": (1, 3, 33)}),
        (gone(12), {}),  # not served any more
        (replace(body(13, file("Two")), final_url=f"http{SOURCE.url[5:]}"), {"self-published": (1, 13, 43)}),
        (replace(body(14, file("Two")), final_url="https://other.example/x"), {"self-published": (1, 13, 43)}),  # held
        (
            replace(named, named_by="https://office.example/"),
            dict.fromkeys(("back-link", "self-published"), (1, 15, 45)),
        ),
        (
            replace(unchanged(16), named_by="https://office.example/"),
            dict.fromkeys(("back-link", "self-published"), (1, 16, 46)),
        ),
        (unchanged(17), {}),  # no page names it any more, and it is at another site
    )  # a fetch by an earlier version of this program; today such a file is read again
    for fetch, expected in steps:
        writer.admit(fetch)
        assert verified(store) == expected, fetch.at
    again = EmbeddedStore()
    writer.merge()
    replayed = new_writer(again, tmp_path)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


def test_a_list_that_names_offices_verifies_that_they_are_listed(tmp_path):
    store = EmbeddedStore()
    writer = new_writer(store, tmp_path)
    listing = replace(SOURCE, kind=SourceKind.LIST, url=LIST.url)
    writer.admit(replace(body(0, listed(1, 2)), source=listing, final_url=LIST.url))
    assert verified(store) == {"listed": (2, 0, 30)}


def test_as_many_others_in_the_place_of_what_was_served_are_held(tmp_path):
    writer = new_writer(EmbeddedStore(), tmp_path)
    writer.admit(body(0, listed(*range(6))))
    held = writer.admit(body(1, listed(*range(10, 16))))
    assert held.outcome == "held"
    assert held.reason.startswith("it names 0 of the 6 offices and policies that were served: ")
    assert writer.admit(body(2, listed(*range(3, 9)))).outcome == "accepted"


def test_policies_without_a_name_are_counted_wherever_they_stand_in_the_file(tmp_path):
    writer = new_writer(EmbeddedStore(), tmp_path)

    def with_policies(number, words="Words"):
        policy = "- title: Open source policy\n  matrix: {use: {present: {text: It is open., force: encouraged}}}\n"
        return file(words) + "policies:\n" + policy * number

    assert (writer.admit(body(0, with_policies(6))).policies, own(writer.store).policies) == (6, 6)
    assert writer.admit(body(1, "# a remark\n" + with_policies(6, "Others"))).outcome == "accepted"
    assert writer.admit(body(2, with_policies(4))).outcome == "accepted"
    assert writer.admit(body(3, with_policies(1))).outcome == "held"
