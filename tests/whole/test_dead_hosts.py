"""A year with hosts that are dead: what it leaves in the archive and in the store, by a clock that is passed in."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation import admissions
from registry.archive import Archive
from registry.model import Fetch, Outcome, Source, SourceState
from registry.operations.crawling import crawl
from registry.operations.progress import SilentReporter
from registry.settings import Settings
from registry.sources.schedule import next_due
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.writer import Writer
from tests.support.web import answer, web

START = datetime(2026, 1, 1, 3, tzinfo=UTC)
BASE = "https://atlas.example"
HOUR = timedelta(hours=1)


def dead(count, peer="a-list"):
    return [Source(f"dead{number}", f"https://dead{number}.example/", peer=peer) for number in range(count)]


def year(writer, sources, rhythm, outcome=lambda now: Outcome.UNREACHABLE):
    """Read what is due at every pass of a year, as a pass with so many at a time does; return when each file came."""
    files, now = [], START
    while now < START + timedelta(days=365):
        due = [source for source, _ in writer.due(sources, now)]
        failing = {state.source.id: state.outcome for state in writer.states() if state.failures}
        quiet = [source for source in due if failing.get(source.id) is outcome(now)]
        for batch in (quiet, [source for source in due if source not in quiet]):
            if batch:
                fetches = [
                    Fetch(source, now, source.url, outcome=outcome(now), reason="It is dead.") for source in batch
                ]
                writer.admit_together(fetches)
                files.append((now, len(batch)))
        now += rhythm
    return files


def new_writer(folder, store, **changes):
    return Writer(store, Archive(folder / "archive"), None, Settings(base=BASE, data=str(folder), **changes))


@pytest.mark.parametrize("rhythm", [24 * HOUR, HOUR], ids=["a pass a day", "a pass an hour"])
@pytest.mark.parametrize(
    ("outcome", "peer"), [(Outcome.UNREACHABLE, "a-list"), (Outcome.GONE, ""), (Outcome.GONE, "a-list")]
)
def test_ten_thousand_dead_hosts_leave_at_most_five_hundred_files_a_year(tmp_path, rhythm, outcome, peer):
    """A hundred hosts stand for a hundred each: a file holds as many readings as there are dead hosts."""
    assert admissions._MAX_QUIET_TOGETHER == 10_000
    files = year(new_writer(tmp_path, EmbeddedStore()), dead(100, peer), rhythm, lambda now: outcome)
    assert len(list((tmp_path / "archive").rglob("*.warc.gz"))) == len(files) <= 500
    each = sum(count for _, count in files) / 100
    assert 45 < each < 120  # readings of a host; a failure of years is not asked after every day


def test_what_a_year_of_failures_leaves_is_made_again_from_the_archive(tmp_path):
    store, again = EmbeddedStore(), EmbeddedStore()
    year(new_writer(tmp_path, store), dead(20), 24 * HOUR)
    new_writer(tmp_path, again).replay()
    assert digest(again) == digest(store)


def test_the_log_of_a_host_that_fails_now_so_and_now_so_does_not_grow_for_ever(tmp_path):
    def outcome(now):
        return Outcome.GONE if now.day % 2 else Outcome.UNREACHABLE

    store = EmbeddedStore()
    year(new_writer(tmp_path, store, events_kept=10), dead(2), 24 * HOUR, outcome)
    events = Counter(
        row["s"].value
        for row in select(store, "SELECT ?s WHERE { GRAPH ?g { ?e <http://www.w3.org/ns/prov#used> ?s } }")
    )
    assert list(events.values()) == [10, 10]
    numbers = select(store, "SELECT (MAX(?n) AS ?most) WHERE { GRAPH ?g { ?s <https://w3id.org/ospo/ns#events> ?n } }")
    assert int(numbers[0]["most"].value) > 20


def test_failures_of_a_pass_share_a_file_and_those_that_are_new_are_told_too(tmp_path):
    """Over HTTP: 30 hosts that answer 404, of which one has a file at last."""
    hosts = [f"host{number}.example" for number in range(30)]
    sources = [Source(host.partition(".")[0], f"http://{host}/1") for host in hosts]
    with web() as site:
        settings = site.settings(*hosts, data=str(tmp_path), reader_workers=1)
        for day in range(10):
            crawl(settings, sources, lambda day=day: START + timedelta(days=2 * day), SilentReporter())
        before = len(list((tmp_path / "archive").rglob("*.warc.gz")))
        site.routes["host7.example/1"] = answer("url: https://host7.example\nname: Seven\ncountry: FR\n")
        results = crawl(settings, sources, lambda: START + timedelta(days=21), SilentReporter())
    assert Counter(outcome for _, outcome, _ in results) == {Outcome.GONE: 29, Outcome.ACCEPTED: 1}
    archive = Archive(tmp_path / "archive")
    found = [archive.record(name) for name in archive.names()[before:]]
    fetches = [len(record) for record in found if isinstance(record, list)]
    assert sum(fetches) == 30
    assert len(fetches) <= 2  # what is new is told at once where the pass goes on
    assert before <= 10 * 3


def state(failures, outcome=Outcome.UNREACHABLE, **changes):
    source = Source("dead", "https://dead.example/")
    first = SourceState(source, START, START, outcome, START, failures=failures, failing_since=START)
    return replace(first, **changes)


def due(after, failures=9, retry=None, base=BASE, **changes):
    at = START + after
    fetch = Fetch(
        Source("dead", "https://dead.example/"),
        at,
        "https://dead.example/",
        outcome=Outcome.UNREACHABLE,
        retry_after_seconds=retry,
    )
    return next_due(state(failures, **changes), fetch, Settings(base=base))


def test_sources_that_fail_on_are_due_at_one_moment_which_is_another_for_each_registry():
    hours = {(moment - datetime(2026, 1, 1, tzinfo=UTC)) % (24 * HOUR) for moment in (due(HOUR * n) for n in range(99))}
    assert len(hours) == 1
    assert hours != {(due(HOUR, base="https://other.example") - datetime(2026, 1, 1, tzinfo=UTC)) % (24 * HOUR)}


def test_a_wait_that_the_server_asks_for_is_kept_though_the_moment_of_the_day_comes_before():
    for hours in range(24, 72):
        assert due(HOUR * 5, retry=hours * 3600.0) >= START + HOUR * (5 + hours)


def test_a_source_of_which_something_is_served_is_read_every_day_while_it_fails():
    served = {"accepted_at": START - timedelta(days=9)}
    at = timedelta(days=29)
    assert timedelta(hours=9) <= due(at, **served) - (START + at) <= timedelta(hours=39)
    assert due(at) - (START + at) > timedelta(hours=48)
