"""Turns of requests: one a host, a pause between two, places for so many in all, and no memory of whoever is done."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import pace as pace_module
from federation.pace import Pace
from federation.under_way import UnderWay


@given(st.lists(st.integers(0, 5), max_size=40), st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_there_are_never_two_requests_to_a_host_nor_more_than_places(hosts, places):
    inside, most, alone = Counter(), [], []

    async def request(pace, host):
        async with pace.turn(str(host)):
            inside[host] += 1
            most.append(inside.total())
            alone.append(inside[host])
            await asyncio.sleep(0)
            inside[host] -= 1

    async def all_of_it():
        pace = Pace(0.0, places)
        await asyncio.gather(*(request(pace, host) for host in hosts))

    asyncio.run(all_of_it())
    assert max(most, default=0) <= places
    assert set(alone) <= {1}
    assert len(most) == len(hosts)


def test_a_pause_is_waited_for_before_a_place_is_taken():
    rests = []

    async def all_of_it():
        pausing = asyncio.Event()

        async def rest(seconds):
            rests.append(seconds)
            pausing.set()
            await asyncio.sleep(seconds)

        pace = Pace(0.2, 1, rest)
        async with pace.turn("a"):
            pass

        async def again():
            async with pace.turn("a"):
                return "after its pause"

        waiting = asyncio.create_task(again())
        await pausing.wait()
        async with pace.turn("b"):
            assert not waiting.done()
        return await waiting

    assert asyncio.run(all_of_it()) == "after its pause"
    assert len(rests) == 1
    assert 0 < rests[0] <= 0.2


def test_nothing_begins_while_it_may_not():
    async def all_of_it():
        pace = Pace(0.0, 1)
        pace.may_begin.clear()
        task = asyncio.create_task(one(pace))
        for _ in range(20):
            await asyncio.sleep(0)
        assert not task.done()
        pace.may_begin.set()
        await task

    async def one(pace):
        async with pace.turn("a"):
            pass

    asyncio.run(all_of_it())


def test_hosts_whose_pause_is_over_are_forgotten_but_not_what_they_ask_for(monkeypatch):
    monkeypatch.setattr(pace_module, "_SWEPT_EVERY", 50)

    async def all_of_it():
        pace = Pace(0.0, 5)
        pace.set_delay("slow.example", 60.0)
        for number in range(500):
            async with pace.turn(f"{number}.example"):
                pass
        return pace

    pace = asyncio.run(all_of_it())
    assert len(pace._hosts) <= 51
    assert pace.delay("slow.example") == 60.0


@pytest.mark.parametrize(("delay", "expected"), [(0.0, 80), (1.0, 320), (3600.0, 1280)])
def test_how_many_hosts_are_under_way_follows_from_the_pause(delay, expected):
    assert UnderWay(20, delay).most == expected


@pytest.mark.parametrize(("seconds", "makes_room"), [(1.0, False), (60.0, True)])
def test_a_host_that_pauses_for_long_makes_room_for_another_and_takes_it_back(seconds, makes_room):
    async def all_of_it():
        awake, log = asyncio.Event(), []
        under_way = UnderWay(1, 0.0, lambda _: awake.wait())
        for _ in range(under_way.most):
            await under_way.enter()

        async def host():
            await under_way.rest(seconds)
            log.append("goes on")
            under_way.leave()

        async def further(name):
            await under_way.enter()
            log.append(name)

        tasks = [asyncio.create_task(work) for work in (host(), further("first"), further("second"))]
        await settle()
        assert log == (["first"] if makes_room else [])
        awake.set()
        await settle()
        if makes_room:
            assert log == ["first"]  # it goes on when there is room, for which it waits like all
            under_way.leave()
            under_way.leave()
        await asyncio.gather(tasks[0], tasks[1])
        under_way.leave()
        await tasks[2]
        return log

    log = asyncio.run(all_of_it())
    assert sorted(log) == ["first", "goes on", "second"]


async def settle():
    for _ in range(20):
        await asyncio.sleep(0)
