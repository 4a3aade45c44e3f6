"""A new revision is shown at once while that is quick, and in the background when it is not."""

import threading

import pytest

from registry.errors import StoreError
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


class Broken(Slow):
    """One of which revision 2 cannot be read, as often as `failures` says."""

    def __init__(self, seconds, failures=10**9):
        super().__init__(seconds)
        self.failures, self.tried, self.now = failures, [], 0.0

    def make(self, revision):
        self.tried.append(revision)
        if revision == 2 and self.failures:
            self.failures -= 1
            raise KeyError("law")
        return super().make(revision)

    def latest(self):
        return Latest(lambda: self.revision, self.make, lambda: self.now)


@pytest.mark.parametrize("seconds", [0.0, 5.0])  # read while a visitor waits, and in the background
def test_a_revision_that_cannot_be_read_is_not_read_again_at_each_request(seconds):
    broken = Broken(seconds)
    shown = broken.latest()
    shown.get()
    broken.revision = 2
    assert {shown.get().revision for _ in range(50)} == {1}
    until(lambda: shown.failure)
    assert {shown.get().revision for _ in range(50)} == {1}
    assert broken.tried == [1, 2]
    assert (shown.failure.version, shown.failure.times, shown.failure.reason) == (2, 1, "KeyError")


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_it_is_tried_again_the_later_the_more_often_it_failed_and_a_minute_at_most(seconds):
    broken = Broken(seconds)
    shown = broken.latest()
    shown.get()
    broken.revision = 2
    waits = []
    for times in range(1, 12):
        until(lambda times=times: shown.get() and shown.failure and shown.failure.times == times)
        waits.append(shown.failure.again - broken.now)
        broken.now = shown.failure.again - 0.001
        shown.get()
        assert len(broken.tried) == 1 + times
        broken.now += 0.001
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_once_it_can_be_read_it_is_shown_and_no_failure_is_left(seconds):
    broken = Broken(seconds, failures=2)
    shown = broken.latest()
    shown.get()
    broken.revision = 2

    def later():
        broken.now += 1
        return shown.get().revision == 2

    until(later)
    assert shown.failure is None
    assert broken.read == [1, 2]


def test_a_new_revision_is_read_at_once_whatever_became_of_the_one_before():
    broken = Broken(0.0)
    shown = broken.latest()
    shown.get()
    broken.revision = 2
    shown.get()
    broken.revision = 3
    assert shown.get().revision == 3
    assert shown.failure is None


def test_once_the_store_answers_again_with_what_is_shown_no_failure_is_left():
    slow, errors = Slow(0.0), []

    def version():
        if errors:
            raise errors[0]
        return slow.revision

    shown = Latest(version, slow.make)
    shown.get()
    errors.append(StoreError("the store does not answer"))
    assert shown.get().revision == 1
    assert shown.failure.reason == "the store does not answer"
    errors.clear()
    assert shown.get().revision == 1
    assert shown.failure is None


def test_without_any_snapshot_a_visitor_is_told_so_and_nothing_is_read_for_him():
    broken = Broken(0.0, failures=1)
    broken.revision = 2
    shown = broken.latest()
    for _ in range(5):
        with pytest.raises(StoreError, match="what is published cannot be read: KeyError"):
            shown.get()
    assert broken.tried == [2]
    broken.now = 1.0
    assert shown.get().revision == 2


def test_what_is_made_of_a_snapshot_is_made_once():
    made = []
    snapshot = Snapshot(1)
    assert [snapshot.keep("x", lambda: made.append(1) or len(made)) for _ in range(2)] == [1, 1]
