"""A long pass publishes what it has read until then: while it goes on, and for a tenth of its time at most."""

import gc
import itertools
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.model import Source
from registry.operations import crawling, writing
from registry.operations.progress import SilentReporter
from registry.operations.rhythm import Rhythm
from registry.sources.state_rdf import states
from registry.store.checkpoints import CheckpointStore
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import dump, select
from tests.support.visits import office
from tests.support.waiting import LONG, until
from tests.support.web import answer, web

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOMES = "SELECT ?home WHERE { GRAPH ?merged { ?office <http://xmlns.com/foaf/0.1/homepage> ?home } }"


def test_what_is_read_is_visible_while_the_pass_still_waits_for_a_slow_host(tmp_path):
    seen, done = threading.Event(), threading.Event()

    def slow(request):
        assert seen.wait(LONG)
        return answer(office("http://slow.example/"))

    routes = {"quick.example/1": answer(office("http://quick.example/")), "slow.example/1": slow}
    sources = [Source(name, f"http://{name}.example/1") for name in ("quick", "slow")]
    with web(routes) as site:
        settings = site.settings(
            "quick.example", "slow.example", data=str(tmp_path), reader_workers=1, publish_seconds=0.1
        )
        readers = CheckpointStore(settings.store_location, settings.base)

        def look():
            while not seen.is_set() and not done.wait(0.05):
                if {state.source.id for state in states(readers, settings.base)} == {"quick"}:
                    found.append({row["home"].value for row in select(readers, HOMES)})
                    seen.set()

        found = []
        looking = threading.Thread(target=look)
        looking.start()
        results = crawling.crawl(settings, sources, lambda: NOW, SilentReporter())
        done.set()
        looking.join(LONG)
        assert found == [{"http://quick.example/"}]
        assert len(results) == 2
        assert {state.source.id for state in states(readers, settings.base)} == {"quick", "slow"}


def test_what_was_published_often_is_rebuilt_the_same_and_says_what_one_merge_says(tmp_path, monkeypatch):
    hosts = [f"host{number}.example" for number in range(12)]
    sources = [Source(host.partition(".")[0], f"http://{host}/1") for host in hosts]
    published = []
    real = crawling.merge_and_publish
    monkeypatch.setattr(crawling, "merge_and_publish", lambda *given: published.append(real(*given)))

    def file(request):
        if request.host == "host11.example" and often:
            until(lambda: published)
        return answer(office(f"http://{request.host}/"))

    homes = []
    with web({"/1": file}) as site:
        for often in (True, False):
            here = {"data": str(tmp_path / str(often)), "publish_seconds": 0.1 if often else 3600.0}
            settings = site.settings(*hosts, reader_workers=1, **here)
            crawling.crawl(settings, sources, lambda: NOW, SilentReporter())
            before = dumped(settings)
            writing.rebuild(settings)
            assert dumped(settings) == before
            homes.append({line for line in before.splitlines() if b"homepage" in line and b"/merged>" in line})
    assert published
    assert homes[0] == homes[1]
    assert len(homes[0]) == 12


def dumped(settings):
    store = EmbeddedStore(settings.store_location)
    try:
        return dump(store)
    finally:
        store.close()
        del store
        gc.collect()  # the lock of the store goes with its last reference


@given(st.floats(0.1, 500.0), st.lists(st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 400.0)), max_size=30))
def test_it_takes_a_tenth_of_the_time_at_most(seconds, steps):
    clock, spent, ends = [0.0], 0.0, []
    rhythm = Rhythm(seconds, lambda: clock[0])
    for passes, takes in steps:
        clock[0] += passes
        began = clock[0]

        def work(takes=takes):
            clock[0] += takes

        if rhythm.keep(work):
            spent += takes
            ends.append((began, clock[0]))
    for (_, ended), (began, _) in itertools.pairwise(ends):
        assert began - ended >= seconds - 1e-6
    if len(ends) > 1:
        assert sum(end - start for start, end in ends[:-1]) <= 0.1 * ends[-1][0] + 1e-6
    assert spent == pytest.approx(sum(end - start for start, end in ends))


def test_what_fails_is_not_tried_again_at_once():
    clock = [0.0]
    rhythm = Rhythm(10.0, lambda: clock[0])
    clock[0] = 20.0
    with pytest.raises(ZeroDivisionError):
        rhythm.keep(lambda: 1 / 0)
    assert rhythm.keep(lambda: None) is False
    clock[0] = 30.0
    assert rhythm.keep(lambda: None) is True
