"""However a pass goes and ends, each source has a result exactly when it was admitted, and no reading is lost."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import zip_longest
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import admissions, crawl
from federation.pace import Pace
from registry.errors import StoreError
from registry.model import Fetch, Outcome, Source

AT = datetime(2026, 1, 1, tzinfo=UTC)
BODY, SAME, SILENT, FAULT = "a body", "unchanged", "unreachable", "a fault"
WELL, BROKEN, IN_DOUBT = "admitted", "a fault of ours", "a store in doubt"


@dataclass
class World:
    """A pass in which nothing happens by itself: readings, pauses and admissions end when the schedule says so.

    `readings` is what comes of each source; `admissions` of the first, second … admission, WELL by default.
    """

    readings: list
    admissions: list
    deaf_after: int  # so many results, on_progress raises
    hosts: int = 3
    concurrency: int = 2
    may_end: dict = field(default_factory=dict)
    ended: list = field(default_factory=list)
    calls: list = field(default_factory=list)
    stored: list = field(default_factory=list)
    told: list = field(default_factory=list)
    inside: int = 0

    def __post_init__(self):
        self.sources = [
            Source(str(number), f"http://{number % self.hosts}.example/{number}")
            for number in range(len(self.readings))
        ]
        self.may_be_read = [asyncio.Event() for _ in self.readings]
        self.paused, self.admitted = asyncio.Event(), asyncio.Event()

    async def fetch(self, source, last_response, **_):
        await self.may_be_read[int(source.id)].wait()
        self.ended.append(source.id)
        reading = self.readings[int(source.id)]
        if reading == FAULT:
            raise ZeroDivisionError
        fetched = Fetch(source, AT, source.url, body=b"x" if reading == BODY else b"")
        outcome = {BODY: None, SAME: Outcome.UNCHANGED, SILENT: Outcome.UNREACHABLE}[reading]
        return Fetch(source, AT, source.url, body=fetched.body, outcome=outcome)

    async def to_thread(self, function, *arguments):
        """Do so as in a thread: what was begun is done, whether or not somebody still waits for its result."""
        self.inside += 1
        assert self.inside == 1
        try:
            result, error = function(*arguments), None
        except Exception as problem:
            result, error = None, problem
        await self.admitted.wait()
        self.admitted.clear()
        self.inside -= 1
        if error is not None:
            raise error
        return result

    def admit(self, fetches):
        number = len(self.calls)
        self.calls.append([fetched.source.id for fetched in fetches])
        how = self.admissions[number] if number < len(self.admissions) else WELL
        if how == IN_DOUBT:
            raise StoreError("the disk is full")
        if how == BROKEN:
            raise ZeroDivisionError
        self.stored += self.calls[-1]
        return [(fetched.outcome or Outcome.ACCEPTED, "") for fetched in fetches]

    def final(self):
        """Return the sources of all calls but those after which each half was tried alone, for the fault of one."""
        calls = zip_longest(self.calls, self.admissions[: len(self.calls)], fillvalue=WELL)
        return [source for call, how in calls if how != BROKEN or len(call) == 1 for source in call]

    def on_progress(self, source, outcome, reason):
        self.told.append((source.id, outcome))
        if len(self.told) > self.deaf_after:
            raise BrokenPipeError

    async def pause(self):
        await self.paused.wait()
        self.paused.clear()

    async def settle(self):
        for _ in range(30):
            await asyncio.sleep(0)  # no time passes: whoever can go on does

    def do(self, step, running):
        """Let a reading, a pause or an admission end, or cancel the pass."""
        if step == "cancel":
            running.cancel()
        elif step == "pause":
            self.paused.set()
        elif step == "admit":
            self.admitted.set()
        elif step < len(self.may_be_read):
            self.may_be_read[step].set()

    async def go(self, schedule):
        """Return the results of the pass, or the error that ended it, and whether it was cancelled."""
        with (
            patch.object(crawl, "fetch", self.fetch),
            patch.object(admissions.asyncio, "to_thread", self.to_thread),
        ):
            running = asyncio.create_task(
                crawl.crawl(
                    [(source, None) for source in self.sources],
                    settings=SimpleNamespace(concurrency=self.concurrency, delay_seconds=0.0, max_delay_seconds=0.0),
                    transport=SimpleNamespace(pace=Pace(0.0, self.concurrency)),
                    now=lambda: AT,
                    admit=self.admit,
                    on_progress=self.on_progress,
                    pause=self.pause,
                )
            )
            for step in schedule:
                await self.settle()
                self.do(step, running)
            for event in self.may_be_read:
                event.set()
            while not running.done():
                await self.settle()
                self.admitted.set()
            (found,) = await asyncio.gather(running, return_exceptions=True)
        return found


STEPS = st.one_of(st.integers(0, 7), st.sampled_from(["admit", "admit", "pause", "cancel"]))


@given(
    st.lists(st.sampled_from([BODY, SAME, SAME, SAME, SILENT, FAULT]), max_size=8),
    st.lists(st.sampled_from([WELL, WELL, WELL, BROKEN, IN_DOUBT]), max_size=4),
    st.sampled_from([99, 99, 99, 0, 2]),
    st.integers(1, 4),
    st.integers(1, 4),
    st.lists(STEPS, max_size=30),
)
@settings(max_examples=400, deadline=None)
def test_a_source_has_a_result_exactly_when_it_was_admitted_and_nothing_read_is_lost(
    readings, admissions, deaf_after, hosts, concurrency, schedule
):
    async def all_of_it():
        world = World(readings, admissions, deaf_after, hosts, concurrency)
        return world, await world.go(schedule)

    world, found = asyncio.run(all_of_it())
    called = world.final()
    assert max(Counter(called).values(), default=0) <= 1
    in_doubt = IN_DOUBT in admissions[: len(world.calls)]
    if in_doubt:
        assert isinstance(found, StoreError)
        assert admissions[len(world.calls) - 1] == IN_DOUBT  # it was the last one
    else:
        assert set(called) >= set(world.ended)  # whatever was read was admitted
    if deaf_after < len(called) and not in_doubt:
        assert isinstance(found, BrokenPipeError | asyncio.CancelledError)
    told = [identifier for identifier, _ in world.told]
    assert told == (called[: len(told)])
    if not in_doubt and deaf_after >= len(called):
        assert told == called
    if isinstance(found, list):
        assert sorted(told) == sorted(source.id for source in world.sources)
        assert [(source.id, outcome) for source, outcome, _ in found] == world.told
    elif not in_doubt and not isinstance(found, BrokenPipeError):
        assert isinstance(found, asyncio.CancelledError)
        assert "cancel" in schedule
    for identifier, outcome in world.told:
        assert (outcome is Outcome.INTERNAL) or identifier in world.stored


@pytest.mark.parametrize("ending", ["cancel", "the last worker"])
def test_what_is_found_unchanged_is_told_though_the_pass_ends_while_it_is_being_admitted(ending):
    async def all_of_it():
        world = World([SAME] * 5, [], 99, hosts=5, concurrency=5)
        # all but one are read, and their admission begins; then the pass ends, before that does
        steps = [0, 1, 2, 3, "pause", "cancel" if ending == "cancel" else 4, "admit", "admit"]
        return world, await world.go(steps)

    world, found = asyncio.run(all_of_it())
    assert [len(call) for call in world.calls] == ([4] if ending == "cancel" else [4, 1])
    assert [identifier for identifier, _ in world.told] == list("01234")[: len(world.stored)]
    assert isinstance(found, asyncio.CancelledError) is (ending == "cancel")
