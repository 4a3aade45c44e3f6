"""Waiting rooms: nobody gets more than a share, nobody waits for ever, and every place comes back."""

import asyncio
from collections import Counter
from concurrent.futures import Future

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.front.rooms import RefusedError, Room, RoomRules
from registry.front.tally import Tally


def room(places=2, waiting=8, patience=60.0, hurry=None):
    tally = Tally(1)
    return Room(RoomRules("sparql", places, waiting, patience, hurry), tally.counts(0)), tally


def run(scenario):
    return asyncio.run(scenario())


async def settled():
    for _ in range(5):
        await asyncio.sleep(0)


def test_one_client_has_all_places_but_one_and_half_of_the_room_and_others_come_at_once():
    async def scenario():
        rooms, tally = room()
        first = await rooms.enter("a")
        waiting = [asyncio.ensure_future(rooms.enter("a")) for _ in range(4)]
        await settled()
        with pytest.raises(RefusedError, match="share"):
            await rooms.enter("a")
        second = await rooms.enter("b")
        assert tally.total("ospo_room_working", "sparql") == 2
        rooms.leave(second)
        await settled()
        assert not any(one.done() for one in waiting)  # the place is kept for others
        rooms.leave(first)
        await settled()
        assert [one.done() for one in waiting] == [True, False, False, False]
        for one in waiting:
            one.cancel()

    run(scenario)


def test_a_full_room_refuses_and_patience_ends():
    async def scenario():
        rooms, tally = room(places=1, waiting=2, patience=0.01)
        await rooms.enter("a")
        late = [asyncio.ensure_future(rooms.enter(name)) for name in "bc"]
        await settled()
        with pytest.raises(RefusedError, match="full"):
            await rooms.enter("d")
        for one in late:
            with pytest.raises(RefusedError, match="late"):
                await one
        assert tally.total("ospo_room_refused", "sparql", "late") == 2
        assert tally.total("ospo_room_waiting", "sparql") == 0

    run(scenario)


def test_who_leaves_while_waiting_gives_way():
    async def scenario():
        rooms, _ = room(places=1)
        place = await rooms.enter("a")
        gone, next_ = (asyncio.ensure_future(rooms.enter(name)) for name in "bc")
        await settled()
        gone.cancel()
        await settled()
        rooms.leave(place)
        assert (await next_).client == "c"

    run(scenario)


def test_who_worked_longest_is_stopped_only_while_another_client_waits():
    async def scenario():
        rooms, _ = room(places=1, hurry=0.01)
        place = await rooms.enter("a")
        own = asyncio.ensure_future(rooms.enter("a"))
        await asyncio.sleep(0.05)
        assert place.order.reason == ""  # who waits for itself hurries nobody
        other = asyncio.ensure_future(rooms.enter("b"))
        await asyncio.sleep(0.05)
        assert "others wait" in place.order.reason
        for one in (own, other):
            one.cancel()

    run(scenario)


def test_who_cost_a_worker_keeps_its_share_for_a_time():
    async def scenario():
        rooms, tally = room(places=2)
        place = await rooms.enter("a")
        place.order.ended = "stopped"
        rooms.leave(place)
        again = asyncio.ensure_future(rooms.enter("a"))
        await settled()
        assert not again.done()
        assert (await rooms.enter("b")).client == "b"
        assert (await again).client == "a"
        assert tally.total("ospo_workers_ended", "sparql", "stopped") == 1

    run(scenario)


def test_what_a_server_is_left_with_keeps_its_place_and_share_until_the_server_is_done():
    async def scenario():
        rooms, tally = room(places=2, patience=0.01)
        place = await rooms.enter("a")
        place.order.left = Future()
        rooms.leave(place)
        with pytest.raises(RefusedError, match="share"):
            await rooms.enter("a")
        other = await rooms.enter("b")
        with pytest.raises(RefusedError, match="late"):
            await rooms.enter("c")
        assert [tally.total("ospo_room_refused", "sparql", reason) for reason in ("share", "late")] == [1, 1]
        assert [tally.total("ospo_room_working", "sparql"), tally.total("ospo_store_queries_left")] == [2, 1]
        place.order.left.set_result(None)
        await settled()
        assert [tally.total("ospo_room_working", "sparql"), tally.total("ospo_store_queries_left")] == [1, 0]
        rooms.leave(other)
        assert (await rooms.enter("a")).client == "a"

    run(scenario)


def test_what_a_server_is_left_with_cannot_be_hurried_but_what_works_beside_it():
    async def scenario():
        rooms, _ = room(places=2, hurry=0.01)
        left = await rooms.enter("a")
        left.order.left = Future()
        rooms.leave(left)
        alone = asyncio.ensure_future(rooms.enter("a"))
        working = await rooms.enter("b")
        waiting = asyncio.ensure_future(rooms.enter("c"))
        await asyncio.sleep(0.05)
        assert (left.order.reason, "others wait" in working.order.reason) == ("", True)
        working.order.left = Future()
        rooms.leave(working)
        await settled()
        assert not waiting.done()  # nothing is left to be stopped
        for one in (alone, waiting):
            one.cancel()

    run(scenario)


@given(
    st.lists(st.tuples(st.sampled_from(["enter", "leave", "cancel"]), st.sampled_from("abc"), st.integers(0, 5))),
    st.integers(1, 4),
    st.integers(1, 6),
)
def test_whatever_comes_and_goes_the_bounds_hold_and_all_places_come_back(steps, places, waiting):
    async def scenario():
        rooms, tally = room(places, waiting)
        tasks, held, shares = [], [], Counter()
        for step, client, number in steps:
            if step == "enter":
                tasks.append(asyncio.ensure_future(rooms.enter(client)))
            elif step == "cancel" and tasks:
                tasks.pop(number % len(tasks)).cancel()
            elif step == "leave" and held:
                rooms.leave(held.pop(number % len(held)))
            await settled()
            held += [task.result() for task in tasks if task.done() and task.exception() is None]
            tasks = [task for task in tasks if not task.done()]
            shares = Counter(place.client for place in held)
            assert len(held) == tally.total("ospo_room_working", "sparql") <= places
            assert max(shares.values(), default=0) <= max(1, places - 1)
            assert len(tasks) == tally.total("ospo_room_waiting", "sparql") <= waiting
            free = len(held) < places
            assert not free or all(shares[waiter.client] >= max(1, places - 1) for waiter in rooms._waiters)
        for task in tasks:
            task.cancel()
        await settled()
        for place in held:
            rooms.leave(place)
        assert tally.total("ospo_room_working", "sparql") == tally.total("ospo_room_waiting", "sparql") == 0
        assert not rooms._shares

    run(scenario)
