"""A new revision is shown at once while that is quick, and in the background when it is not."""

import threading

from registry.model import Source
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.snapshot import Latest, Snapshot
from tests.support import merged
from tests.support.waiting import LONG, until


class Slow:
    """A registry whose revision and reading time a test sets; readings wait for `go`."""

    def __init__(self, seconds):
        self.revision, self.seconds, self.read = 1, seconds, []
        self.go = threading.Event()
        self.go.set()

    def make(self, revision):
        assert self.go.wait(LONG)
        self.read.append(revision)
        return Snapshot(revision, seconds=self.seconds)


def latest(slow):
    return Latest(lambda: slow.revision, slow.make)


def test_a_revision_is_read_once():
    slow = Slow(0.0)
    shown = latest(slow)
    assert [shown.get().revision for _ in range(3)] == [1, 1, 1]
    assert slow.read == [1]


def test_a_small_registry_shows_its_new_revision_at_once():
    slow = Slow(0.0)
    shown = latest(slow)
    shown.get()
    slow.revision = 2
    assert shown.get().revision == 2


def test_a_large_one_shows_the_last_revision_until_the_new_one_is_read():
    slow = Slow(5.0)
    shown = latest(slow)
    shown.get()
    slow.revision = 2
    slow.go.clear()
    assert [shown.get().revision for _ in range(5)] == [1] * 5
    slow.go.set()
    until(lambda: shown.get().revision == 2)
    assert slow.read == [1, 2]


def test_many_visitors_wait_for_one_first_reading():
    slow = Slow(0.0)
    shown = latest(slow)
    slow.go.clear()
    found = []
    visitors = [threading.Thread(target=lambda: found.append(shown.get().revision)) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    slow.go.set()
    for visitor in visitors:
        visitor.join(LONG)
    assert (found, slow.read) == ([1] * 8, [1])


def test_a_store_that_moves_on_during_the_reading_is_read_again():
    slow = Slow(0.0)

    def make(revision):
        if len(slow.read) == 0:
            slow.revision = 2
        return slow.make(revision)

    assert Latest(lambda: slow.revision, make).get().revision == 2
    assert slow.read == [1, 2]


def test_a_request_has_lists_of_one_revision_while_the_store_moves_on():
    store = merged.store()
    catalogue = Catalogue(store, merged.SETTINGS.base)
    before = catalogue.at_one_revision()
    assert before.offices() == catalogue.offices()
    lists = before.revision(), before.offices(), before.countries()
    source = Source("late", "https://late.example/ospo.yaml")
    merged.fill(store, {"late": (source, b"url: https://late.example\nname: Late\ncountry: NO\n")})
    assert catalogue.office("late-example")
    assert before.office("late-example") is None
    assert (before.revision(), before.offices(), before.countries()) == lists
    assert catalogue.at_one_revision().revision() == catalogue.revision() > before.revision()


def test_a_failed_reading_in_the_background_is_tried_again(monkeypatch):
    slow = Slow(5.0)
    failures, reported = [OSError("the disk")], []
    monkeypatch.setattr(threading, "excepthook", reported.append)

    def make(revision):
        if revision == 2 and failures:
            raise failures.pop()
        return slow.make(revision)

    shown = Latest(lambda: slow.revision, make)
    shown.get()
    slow.revision = 2
    shown.get()
    until(lambda: reported)
    until(lambda: shown.get().revision == 2)
    assert failures == []
    assert [args.exc_type for args in reported] == [OSError]


def test_what_is_made_of_a_snapshot_is_made_once():
    made = []
    snapshot = Snapshot(1)
    assert [snapshot.keep("x", lambda: made.append(1) or len(made)) for _ in range(2)] == [1, 1]
