"""What the writer does with each outcome: nothing accepted is lost, and the archive alone makes the same store."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyoxigraph
import pytest

from registry.archive import Archive
from registry.errors import RefusedUpdateError, StoreError
from registry.merging.merge_index import MergeIndex
from registry.model import Fetch, Layer, Outcome, Source, SourceState
from registry.settings import Settings
from registry.sources.schedule import next_due
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import NOTHING, ask, digest, select
from registry.store.sparql_text import lines
from registry.validation.readers import Readers
from registry.vocabulary import concepts
from registry.writer import Writer
from tests.support.waiting import LONG

BASE = "https://atlas.example"
DAY = timedelta(days=1)
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
SOURCE = Source("own", "https://office.example/.well-known/ospo-meta", layer=Layer.IMPORTED)
GOOD = (
    b"url: https://office.example\nname: Office\ncountry: FR\ndescription: {en: One.}\nemail: office@office.example\n"
)
BETTER = GOOD.replace(b"One.", b"Two.")
INVALID = b"url: https://office.example\ncountry: FR\n"
UNREADABLE = b"url: [\n"


@pytest.fixture(scope="module")
def readers():
    with Readers(Settings(reader_workers=1, reader_seconds=LONG)) as readers:
        yield readers


@pytest.fixture
def settings(tmp_path):
    return Settings(base=BASE, data=str(tmp_path))


def new_writer(settings, readers, store):
    return Writer(store, Archive(settings.data + "/archive"), readers.read, settings)


def received(body, at, **changes):
    headers = (("content-type", "text/yaml"), ("etag", f'"{len(body)}"'))
    return replace(Fetch(SOURCE, at, SOURCE.url, 200, headers, body), **changes)


def failed(outcome, at, reason="It did not answer."):
    return Fetch(SOURCE, at, SOURCE.url, outcome=outcome, reason=reason)


def described(store, text):
    return ask(
        store, f'ASK {{ GRAPH <{BASE}/merged> {{ ?office <http://purl.org/dc/terms/description> "{text}"@en }} }}'
    )


def state(store):
    (only,) = states(store, BASE)
    return only


def test_an_accepted_description_is_served_with_its_source_and_date(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    assert writer.admit(received(GOOD, START)).outcome is Outcome.ACCEPTED
    writer.merge()
    assert described(store, "One.")
    now = state(store)
    assert (now.verdict, now.accepted_at, now.last_change, now.offices) == (Outcome.ACCEPTED, START, START, 1)
    assert now.etag == f'"{len(GOOD)}"'
    assert START + 0.9 * DAY <= now.next_due <= START + 1.1 * DAY


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (INVALID, Outcome.REJECTED, "name"),
        (UNREADABLE, Outcome.UNREADABLE, "line 1"),
        (b"<html>", Outcome.UNREADABLE, "page"),
    ],
)
def test_a_bad_new_version_never_replaces_the_accepted_one(settings, readers, body, outcome, reason):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    assert writer.admit(received(body, START + DAY)).outcome is outcome
    writer.merge()
    now = state(store)
    assert described(store, "One.")
    assert (now.accepted_at, now.outcome) == (START, outcome)
    assert reason in now.reason
    assert writer.admit(received(BETTER, START + 2 * DAY)).outcome is Outcome.ACCEPTED
    writer.merge()
    assert described(store, "Two.")
    assert not described(store, "One.")


def test_the_same_bytes_again_are_only_noted(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    writer.admit(failed(Outcome.UNCHANGED, START + DAY, ""))
    now = state(store)
    assert (now.last_verified, now.last_change, now.verdict) == (START + DAY, START, Outcome.ACCEPTED)


@pytest.fixture
def parses(monkeypatch):
    """Lists the length of every document that this process parses, or has of the store; its workers are aside."""
    lengths, of_store = [], EmbeddedStore.triples

    def asked(store, text):
        found = of_store(store, text)
        lengths.append(len(lines(found)))
        return found

    monkeypatch.setattr(EmbeddedStore, "triples", asked)

    def noted(document, *arguments, **options):
        lengths.append(len(document))
        return pyoxigraph.parse(document, *arguments, **options)

    ours = [module for name, module in sys.modules.items() if name.startswith("registry.")]
    for module in [module for module in ours if getattr(module, "parse", None) is pyoxigraph.parse]:
        monkeypatch.setattr(module, "parse", noted)
    return lengths


@pytest.mark.parametrize(
    ("body", "outcome", "documents"),
    [
        (GOOD, Outcome.UNCHANGED, 2),  # what is served, and what has been read
        (BETTER, Outcome.ACCEPTED, 2),
        (GOOD.replace(b"email", b"# the same in other bytes\nemail"), Outcome.UNCHANGED, 2),
        (INVALID, Outcome.REJECTED, 2),
        (UNREADABLE, Outcome.UNREADABLE, 1),  # there is nothing but what is served
    ],
)
def test_an_admission_parses_what_was_read_and_what_is_served_once_each(
    settings, readers, parses, body, outcome, documents
):
    writer = new_writer(settings, readers, EmbeddedStore())
    writer.admit(received(GOOD, START))
    assert len(parses) == 1 + 1  # the description, and the states of an empty store
    parses.clear()
    assert writer.admit(received(body, START + DAY)).outcome is outcome
    assert len(parses) == documents
    assert min(parses) > 100


def test_an_answer_without_a_body_has_nothing_parsed(settings, readers, parses):
    writer = new_writer(settings, readers, EmbeddedStore())
    writer.admit(received(GOOD, START))
    parses.clear()
    writer.admit(failed(Outcome.UNCHANGED, START + DAY, ""))
    writer.admit(failed(Outcome.GONE, START + 2 * DAY))
    assert parses == []


@pytest.mark.parametrize(("outcome", "grace"), [(Outcome.UNREACHABLE, 30), (Outcome.GONE, 7)])
def test_a_failing_source_leaves_the_merged_view_only_after_its_grace(settings, readers, outcome, grace):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    for day, served in ((1, True), (grace, True), (grace + 1, False)):
        writer.admit(failed(outcome, START + day * DAY))
        writer.merge()
        assert described(store, "One.") is served
    assert state(store).reason == "It did not answer."
    writer.admit(received(GOOD, START + (grace + 2) * DAY))
    writer.merge()
    assert described(store, "One.")


def test_one_failure_long_after_the_last_success_removes_nothing(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    writer.admit(failed(Outcome.GONE, START + 400 * DAY))
    writer.merge()
    assert described(store, "One.")


def test_a_transient_failure_is_tried_again_soon_and_a_retry_after_is_honoured(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(failed(Outcome.UNREACHABLE, START))
    assert state(store).next_due - START < timedelta(hours=1)
    writer.admit(replace(failed(Outcome.UNREACHABLE, START), retry_after_seconds=7 * 86400.0))
    assert state(store).next_due - START == 7 * DAY


def waited(settings, readers, *fetches):
    """Return for how many hours the source waits after the last of these, without what it is spread by."""
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    first, *waits = [(writer.admit(fetch).next_due - fetch.at) / timedelta(hours=1) for fetch in fetches]
    return round(24 * waits[-1] / first, 2)  # dates are of whole seconds


def test_a_source_that_fails_for_years_is_still_read_again():
    state = SourceState(SOURCE, START, START, Outcome.UNREACHABLE, START, failing_since=START, failures=5_000)
    due = next_due(state, failed(Outcome.UNREACHABLE, START + 5_000 * DAY), Settings())
    assert START + 5_005.8 * DAY <= due <= START + 5_008.2 * DAY  # a week, and the hour of those that fail


@pytest.mark.parametrize(("day", "hours"), [(1, 24), (10, 24), (20, 48), (69, 165.6), (70, 168), (700, 168)])
def test_a_source_is_read_the_less_often_the_longer_it_has_not_changed(settings, readers, day, hours):
    again = failed(Outcome.UNCHANGED, START + day * DAY, "")
    assert waited(settings, readers, received(GOOD, START), again) == hours


def test_a_source_that_changes_or_fails_after_long_is_read_often_again(settings, readers):
    late = START + 70 * DAY
    assert waited(settings, readers, received(GOOD, START), received(BETTER, late)) == 24
    assert waited(settings, readers, received(GOOD, START), failed(Outcome.GONE, late)) == 24
    assert waited(settings, readers, received(GOOD, START), received(b"# again\n" + GOOD, late)) == 168


def journey(writer):
    """A life of one source: good, unchanged, invalid, gone, back with something new."""
    writer.admit(received(GOOD, START))
    writer.admit(failed(Outcome.UNCHANGED, START + DAY, ""))
    writer.admit(received(INVALID, START + 2 * DAY))
    writer.admit(failed(Outcome.GONE, START + 3 * DAY))
    writer.admit(received(BETTER, START + 4 * DAY))
    writer.merge()


def test_the_archive_alone_makes_the_same_store(settings, readers):
    store, again = EmbeddedStore(), EmbeddedStore()
    journey(new_writer(settings, readers, store))
    assert ask(store, "ASK { GRAPH ?registry { ?event <https://w3id.org/ospo/ns#change> ?change } }")
    replayed = new_writer(settings, readers, again)
    assert replayed.replay() == 6  # five readings, and the names that the merge gave
    replayed.merge()
    assert digest(again) == digest(store)


def test_a_source_that_leaves_the_merged_view_after_its_grace_makes_an_event_of_it(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    numbers = []
    for day in (1, 2, 9, 10):
        writer.admit(failed(Outcome.GONE, START + day * DAY))
        numbers.append(state(store).events)
    assert numbers == [2, 2, 3, 3]
    writer.admit(received(GOOD, START + 11 * DAY))
    assert state(store).events == 4


def test_what_was_archived_before_a_crash_is_admitted_at_the_next_start(settings, readers):
    store, whole = EmbeddedStore(), EmbeddedStore()
    writer = new_writer(settings, readers, store)
    writer.admit(received(GOOD, START))
    writer.merge()
    Archive(settings.data + "/archive").append(received(BETTER, START + DAY))  # and then the process was killed
    restarted = new_writer(settings, readers, store)
    assert restarted.catch_up() == 1
    restarted.merge()
    assert described(store, "Two.")
    everything = new_writer(settings, readers, whole)
    everything.replay()
    everything.merge()
    assert digest(store) == digest(whole)


def test_a_store_that_knows_more_than_the_archive_is_said_plainly(settings, readers, tmp_path):
    store = EmbeddedStore()
    new_writer(settings, readers, store).admit(received(GOOD, START))
    other = replace(settings, data=str(tmp_path / "other"))
    Archive(other.data + "/archive").append(received(BETTER, START + DAY))
    writer = new_writer(other, readers, store)
    with pytest.raises(StoreError, match="ospo rebuild"):
        writer.catch_up()


def test_the_vocabulary_is_the_same_in_every_process_and_written_once(settings, readers, monkeypatch):
    stores = []
    for _ in range(2):
        concepts.vocabulary_triples.cache_clear()  # as in another process: the parser labels its blank nodes at random
        writer = new_writer(settings, readers, EmbeddedStore())
        writer.publish_vocabulary()
        stores.append(digest(writer._store))
    assert stores[0] == stores[1]
    monkeypatch.setattr(writer._store, "update", None)
    concepts.vocabulary_triples.cache_clear()
    writer.publish_vocabulary()


def test_merging_again_changes_nothing(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    journey(writer)
    before = digest(store)
    assert writer.merge() is False
    assert digest(store) == before


def test_every_change_is_an_event_with_its_archive_record(settings, readers):
    store = EmbeddedStore()
    writer = new_writer(settings, readers, store)
    journey(writer)
    rows = select(
        store,
        f"""PREFIX ospo: <https://w3id.org/ospo/ns#>
        SELECT ?o ?r WHERE {{ GRAPH <{BASE}/registry> {{
          ?e a <http://www.w3.org/ns/prov#Activity> ; ospo:outcome ?o ; ospo:archiveRecord ?r }} }}""",
    )
    names = {name for name, _ in Archive(settings.data + "/archive").records()}
    assert {row["r"].value for row in rows} <= names
    found = sorted(row["o"].value.rpartition("/")[2] for row in rows)
    assert found == ["accepted", "accepted", "gone", "rejected"]


def test_only_what_is_due_is_read_and_a_changed_address_is_asked_anew(settings, readers):
    writer = new_writer(settings, readers, EmbeddedStore())
    writer.admit(received(GOOD, START))
    assert writer.due([SOURCE], START + timedelta(hours=1)) == []
    ((_, known),) = writer.due([SOURCE], START + 2 * DAY)
    assert known.etag
    assert writer.due([SOURCE], START, everything=True)
    ((_, known),) = writer.due([replace(SOURCE, url="https://office.example/new")], START + 2 * DAY)
    assert known is None


def test_a_fault_of_ours_in_one_source_stops_no_other_now_or_at_a_rebuild(settings, readers, caplog):
    def faulty(body, **asked):
        if body == INVALID:
            raise ZeroDivisionError
        return readers.read(body, **asked)

    store, again = EmbeddedStore(), EmbeddedStore()
    for target in (store, again):
        writer = Writer(target, Archive(settings.data + "/archive"), faulty, settings)
        if target is store:
            writer.admit(received(GOOD, START))
            writer.admit(received(INVALID, START + DAY))
            writer.admit(failed(Outcome.GONE, START + 2 * DAY))
        else:
            assert writer.replay() == 4  # three readings, and the names that the merge gave
        writer.merge()
    assert described(store, "One.")
    assert "source own" in caplog.text
    assert digest(store) == digest(again)


def test_a_failure_of_ours_is_never_the_source_s_and_uses_up_no_grace(settings, readers):
    def faulty(body, **asked):
        if body == INVALID:
            raise ZeroDivisionError
        return readers.read(body, **asked)

    store = EmbeddedStore()
    writer = Writer(store, Archive(settings.data + "/archive"), faulty, settings)
    writer.admit(received(GOOD, START))
    for day in range(1, 60):
        state = writer.admit(received(INVALID, START + day * DAY))
    assert (state.outcome, state.failures, state.failing_since, state.archived) == (Outcome.INTERNAL, 0, None, False)
    assert "ZeroDivisionError" in state.reason
    writer.merge()
    assert described(store, "One.")


class Picky(EmbeddedStore):
    """A store that cannot read an update in which a word stands, as one of another make might not."""

    word = "never"

    def update(self, text, new=NOTHING):
        if any(self.word in part for part in (text, *new.values())):
            raise RefusedUpdateError("unexpected word")
        super().update(text, new)


def test_a_record_that_the_store_cannot_read_is_noted_and_stops_no_other_now_or_at_a_rebuild(settings, readers):
    stores = Picky(), Picky()
    for store in stores:
        store.word = "Two."
        writer = Writer(store, Archive(settings.data + "/archive"), readers.read, settings)
        if store is stores[0]:
            writer.admit(received(GOOD, START))
            assert writer.admit(received(BETTER, START + DAY)).outcome is Outcome.INTERNAL
            writer.admit(received(GOOD, START + 2 * DAY))
        else:
            writer.replay()
        writer.merge()
        assert described(store, "One.")
    assert digest(stores[0]) == digest(stores[1])


NEWCOMERS = [replace(SOURCE, id=name, url=f"https://{name}.example/ospo.yaml") for name in ("a", "b", "c")]


def test_what_the_store_cannot_read_of_one_source_stops_none_that_is_admitted_with_it(settings, readers):
    bodies = dict(zip(NEWCOMERS, (GOOD, BETTER, GOOD), strict=True))
    stores = Picky(), Picky()
    for store in stores:
        writer = Writer(store, Archive(settings.data + "/archive"), readers.read, settings)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("registry.writer.EmbeddedStore", Picky)
            patch.setattr(Picky, "word", "Two.")
            if store is stores[0]:
                states = writer.admit_together([received(body, START, source=of) for of, body in bodies.items()])
                assert [state.outcome for state in states] == [Outcome.ACCEPTED, Outcome.INTERNAL, Outcome.ACCEPTED]
            else:
                writer.replay()
    assert digest(stores[0]) == digest(stores[1])


class Mortal(EmbeddedStore):
    """A store whose process dies as soon as what is new is in it, or a part of that, and the update is not."""

    lines = None

    def update(self, text, new=NOTHING):
        if not any(new.values()):
            super().update(text)
            return
        before = set(self.engine)
        super().update("", new)
        fresh = [quad for quad in self.engine if quad not in before]
        for quad in fresh[len(fresh) if self.lines is None else self.lines :]:
            self.engine.remove(quad)
        raise KeyboardInterrupt


@pytest.mark.parametrize("bulk", [0, 10**9])
@pytest.mark.parametrize("lines", [None, 0, 20, 90])
def test_a_crash_between_what_is_new_and_its_update_leaves_nothing(settings, readers, monkeypatch, lines, bulk):
    monkeypatch.setattr("registry.store.embedded._BULK", bulk)
    store, whole = Mortal(), EmbeddedStore()
    store.lines = lines
    fetches = [received(body, START, source=of) for of, body in zip(NEWCOMERS, (GOOD, BETTER, GOOD), strict=True)]
    with pytest.raises(KeyboardInterrupt):
        Writer(store, Archive(settings.data + "/archive"), readers.read, settings).admit_together(fetches)

    def worse(body, **asked):  # another version of the program accepts less
        return readers.read(INVALID if body == BETTER else body, **asked)

    monkeypatch.setattr(Mortal, "update", EmbeddedStore.update)
    for target in (store, whole):
        writer = Writer(target, Archive(settings.data + "/archive"), worse, settings)
        assert writer.catch_up() > 0
        writer.merge()
        assert [state.outcome for state in writer.states()] == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert digest(store) == digest(whole)


@pytest.mark.parametrize("lines", [None, 0, 3])
def test_a_crash_while_what_is_new_is_merged_is_made_good_by_the_next_merge(settings, readers, monkeypatch, lines):
    monkeypatch.setattr("registry.store.embedded._BULK", 0)
    store, whole, update = Mortal(), EmbeddedStore(), Mortal.update
    archive, index = Archive(settings.data + "/archive"), MergeIndex()
    monkeypatch.setattr(Mortal, "update", EmbeddedStore.update)
    writer = Writer(store, archive, readers.read, settings, index)
    writer.admit(received(GOOD, START, source=NEWCOMERS[0]))
    writer.merge()
    other = received(GOOD.replace(b"office.", b"other."), START, source=NEWCOMERS[1])
    writer.admit(replace(other, final_url=NEWCOMERS[1].url))
    store.lines = lines
    monkeypatch.setattr(Mortal, "update", update)
    with pytest.raises(KeyboardInterrupt):
        writer.merge()
    monkeypatch.setattr(Mortal, "update", EmbeddedStore.update)
    again = Writer(store, Archive(settings.data + "/archive"), readers.read, settings, index)
    again.catch_up()
    assert again.merge()
    other = Writer(whole, Archive(settings.data + "/archive"), readers.read, settings)
    other.replay()
    other.merge()
    assert digest(store) == digest(whole)


def test_a_record_of_which_nothing_can_be_noted_is_set_aside(settings, readers, monkeypatch):
    store = EmbeddedStore()
    writer = Writer(store, Archive(settings.data + "/archive"), readers.read, settings)
    writer.admit(received(GOOD, START))
    with monkeypatch.context() as broken:
        for name in ("admit", "admit_failure"):
            broken.setattr(f"registry.writer.{name}", lambda *_, **__: 1 / 0)
        state = writer.admit(received(BETTER, START + DAY))
    assert state.outcome is Outcome.INTERNAL
    assert state.accepted_at == START
    (note,) = select(store, "SELECT ?r WHERE { GRAPH ?g { ?n a <https://w3id.org/ospo/ns#SetAside> ; "
                            "<https://w3id.org/ospo/ns#archiveRecord> ?r } }")  # fmt: skip
    assert note["r"].value == Archive(settings.data + "/archive").last()
    assert writer.due([SOURCE], START + DAY) != []
    assert writer.admit(received(BETTER, START + 2 * DAY)).outcome is Outcome.ACCEPTED


def test_sources_admitted_together_end_as_they_would_one_by_one(tmp_path, readers):
    sources = [replace(SOURCE, id=name, url=f"https://{name}.example/ospo.yaml") for name in ("a", "b", "c")]
    first = [received(GOOD, START + number * DAY, source=source) for number, source in enumerate(sources)]
    again = [
        failed(Outcome.UNREACHABLE, START + 3 * DAY),
        *(failed(Outcome.UNCHANGED, START + 3 * DAY, "") for _ in "bc"),
    ]
    again = [replace(fetch, source=source) for fetch, source in zip(again, sources, strict=True)]
    stores = []
    for name in ("one by one", "together"):
        store = EmbeddedStore()
        writer = Writer(store, Archive(tmp_path / name), readers.read, Settings(base=BASE))
        for fetches in (first, again):
            if name == "together":
                writer.admit_together(fetches)
            else:
                for fetch in fetches:
                    writer.admit(fetch)
        writer.merge()
        stores.append(store)
        copy = EmbeddedStore()
        rebuilt = Writer(copy, Archive(tmp_path / name), readers.read, Settings(base=BASE))
        rebuilt.replay()
        rebuilt.merge()
        assert digest(copy) == digest(store)
    one, other = ({(state.source.id, *clocks(state)) for state in states(store, BASE)} for store in stores)
    assert one == other


def clocks(state):
    return state.outcome, state.last_attempt, state.last_verified, state.next_due, state.events, state.revision


def test_fractions_of_a_second_make_no_difference_to_a_rebuild(settings, readers):
    odd = timedelta(microseconds=999_999)
    store = EmbeddedStore()
    new_writer(settings, readers, store).admit(received(GOOD, START + odd))
    for days in range(11, 90, 7):  # each by a writer that knows what the store has kept alone
        new_writer(settings, readers, store).admit(failed(Outcome.UNCHANGED, START + days * DAY + odd / 3 * (days % 3)))
    copy = EmbeddedStore()
    new_writer(settings, readers, copy).replay()
    assert digest(copy) == digest(store)


def test_what_an_admission_that_broke_off_has_left_is_taken_away_before_anything_is_shown(settings, readers):
    """The disk is full after what is new went in, and has room again when the pass ends."""

    class Full(EmbeddedStore):
        fails = False

        def update(self, text, new=NOTHING):
            if self.fails:
                Full.fails = False
                super().update("", new)
                raise StoreError("no space left on device")
            super().update(text, new)

    store = Full()
    writer = new_writer(settings, readers, store)
    writer.merge()
    before = digest(store)
    Full.fails = True
    with pytest.raises(StoreError, match="no space"):
        writer.admit(received(GOOD, START))
    assert digest(store) != before
    writer.merge()
    assert digest(store) == before
