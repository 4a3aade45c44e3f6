"""No stranger stops the site: while hostile connections stand it answers, it closes them, and nothing of them is left.

What is tested are states. How fast it is meanwhile is measured in tests/benchmarks/attacks.py.
"""

import contextlib
import json
import os
import signal
import threading
from pathlib import Path

import pytest

from tests.hostile import attacks
from tests.hostile.attacks import RUNAWAY, answer, connect, is_closed, is_cut, query, read_all
from tests.support.serving import filled, is_gone, served
from tests.support.sites import get
from tests.support.waiting import LONG, until

BAD, GOOD = "127.0.7.1", "127.0.7.2"
HASTY = {"head_seconds": 1.0, "body_seconds": 1.5, "write_seconds": 1.0}
ATTACKS = {
    "half heads": (attacks.half_heads, 50),
    "half bodies": (attacks.half_bodies, 50),
    "silence": (attacks.silent, 150),
    "idle": (attacks.idle, 150),
    "lingering": (attacks.lingering, 40),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return filled(tmp_path_factory.mktemp("registry"))


@pytest.fixture(scope="module")
def site(folder):
    with served(folder, query_seconds=1.5, **HASTY) as found:
        yield found


def works(site):
    """Ask for what visitors and operators need."""
    assert json.loads(get(site.site, "/-/health"))
    until(lambda: json.loads(get(site.site, "/-/health"))["status"] == "ok")  # a process may just have been started
    assert "Open Source Programme Office" in get(site.site, "/offices")
    assert "<html" in get(site.site, "/compare")


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda name: name.replace(" ", "-"))
def test_while_hostile_connections_stand_the_site_answers_and_it_closes_them(site, attack):
    begin, count = ATTACKS[attack]
    with begin(site.place, count, BAD) as opened:
        works(site)
        until(lambda: all(map(is_closed, opened)))
        works(site)
        until(site.is_calm)


@pytest.mark.parametrize("begin", [attacks.half_heads, attacks.half_bodies])
def test_a_byte_now_and_then_extends_no_deadline(site, begin):
    with begin(site.place, 20, BAD) as opened:
        dripping = threading.Thread(target=attacks.drip, args=(opened, 3.0))
        dripping.start()
        try:
            until(lambda: all(map(is_closed, opened)))
        finally:
            dripping.join(LONG)


def test_who_reads_nothing_of_a_large_answer_is_cut_off(site):
    before = site.counted("ospo_connections_closed_total", reason="answer")
    with attacks.slow_readers(site.place, "/compare.ttl", 20, BAD) as opened:
        works(site)
        until(lambda: all(map(is_cut, opened)))
        until(site.is_calm)
    assert site.counted("ospo_connections_closed_total", reason="answer") == before + 20


def test_a_head_without_end_is_cut_off(site):
    with connect(site.place, BAD) as one:
        one.sendall(b"GET / HTTP/1.1\r\nHost: a.example\r\n")
        with contextlib.suppress(OSError):
            for number in range(1_000_000):
                one.sendall(b"X-%d: %s\r\n" % (number, b"x" * 1000))
        assert number < 10_000
        assert b" 200 " not in read_all(one)
    works(site)


def test_a_client_with_too_many_connections_loses_those_that_wait_longest(folder):
    limits = {"max_connections": 30, "max_connections_of_one": 10, "head_seconds": LONG}
    with served(folder, **limits) as site, attacks.half_heads(site.place, 20, BAD) as opened:
        until(lambda: sum(map(is_closed, opened)) == 10)
        assert [is_closed(one) for one in opened] == [True] * 10 + [False] * 10
        works(site)
        with attacks.half_heads(site.place, 10, GOOD), attacks.half_heads(site.place, 10, "127.0.7.3"):
            works(site)  # the whole house is full, of those who say nothing
        assert site.counted("ospo_connections_closed_total", reason="crowd") >= 10


def test_runaway_queries_of_one_client_stop_neither_pages_nor_the_queries_of_others(site):
    with attacks.runaways(site.place, 30, BAD) as opened:
        works(site)
        for _ in range(3):
            with connect(site.place, GOOD) as other:
                other.sendall(query("SELECT (1 + 1 AS ?two) {}"))
                assert answer(other)[2] == b"two\r\n2\r\n"
        answers = [answer(one) for one in opened]
    assert all(status == 503 and "Retry-After" in headers for status, headers, _ in answers)
    assert any(b"the query was stopped: it took longer than 1.5 seconds" in body for _, _, body in answers)
    assert any(b"from your address" in body for _, _, body in answers)
    until(site.is_calm)


def test_a_client_that_leaves_frees_its_worker(folder):
    with served(folder, query_seconds=LONG, query_workers=1) as site:
        with connect(site.place, BAD) as one:
            one.sendall(query(RUNAWAY))
            until(lambda: site.counted("ospo_room_working", room="sparql") == 1)
            (worker,) = until(lambda: site.workers)
        until(lambda: is_gone(worker))
        until(site.is_calm)
        assert site.counted("ospo_workers_ended_total", reason="stopped", room="sparql") == 1
        assert "true" in get(site.site, "/sparql?query=ASK%7B%7D")


def test_who_has_computed_long_gives_way_to_another_client(folder):
    with served(folder, query_seconds=LONG, query_workers=1) as site, connect(site.place, BAD) as one:
        one.sendall(query(RUNAWAY))
        until(lambda: site.counted("ospo_room_working", room="sparql") == 1)
        with connect(site.place, GOOD) as other:
            other.sendall(query("ASK {}"))
            assert answer(other)[2] == b"true\n"
        assert b"others wait" in answer(one)[2]


def test_all_of_it_at_once_and_nothing_is_left(site):
    (process,) = site.processes
    threads = held(process, "task")
    with contextlib.ExitStack() as stack:
        for number, (begin, count) in enumerate(ATTACKS.values()):
            stack.enter_context(begin(site.place, count, f"127.0.8.{number + 1}"))
        stack.enter_context(attacks.runaways(site.place, 30, "127.0.8.10"))
        stack.enter_context(attacks.slow_readers(site.place, "/compare.ttl", 20, "127.0.8.11"))
        for _ in range(5):
            works(site)
    until(site.is_calm)
    works(site)
    assert site.processes == [process]
    assert held(process, "task") <= threads + 12  # pools are bounded
    assert held(process, "fd") < 100
    assert len(site.workers) <= 4


def held(process, what):
    return len(list(Path("/proc", str(process), what).iterdir()))


def test_a_web_process_that_dies_is_started_again_and_its_workers_end(folder):
    with served(folder, processes=2, query_seconds=1.0) as site:
        first, _ = site.processes
        with attacks.runaways(site.place, 4, BAD):
            until(lambda: site.workers)
            workers = site.workers
            os.kill(first, signal.SIGKILL)
            until(lambda: first not in site.processes and len(site.processes) == 2)
            until(lambda: all(map(is_gone, workers)))  # by themselves, where their parent is gone
        until(lambda: site.counted("ospo_processes_restarted_total") == 1)
        works(site)
    assert all(map(is_gone, site.processes))


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_the_end_lets_requests_under_way_finish_and_leaves_nothing_behind(folder, asked):
    with served(folder, query_seconds=1.5, stop_seconds=LONG) as site, connect(site.place, GOOD) as one:
        one.sendall(query(RUNAWAY))
        until(lambda: site.counted("ospo_room_working", room="sparql") == 1)
        left = [site.process.pid, *site.processes, *site.workers]
        site.process.send_signal(asked)
        assert b"it took longer than 1.5 seconds" in read_all(one)
        assert site.process.wait(LONG) == 0
        until(lambda: all(map(is_gone, left)))


def test_the_end_cuts_what_takes_too_long(folder):
    with served(folder, query_seconds=LONG, stop_seconds=0.2) as site, connect(site.place, GOOD) as one:
        one.sendall(query(RUNAWAY))
        until(lambda: site.counted("ospo_room_working", room="sparql") == 1)
        (worker,) = until(lambda: site.workers)
        left = [*site.processes, worker]
        site.process.send_signal(signal.SIGTERM)
        assert b" 200 " not in read_all(one)
        assert site.process.wait(LONG) == 0
        until(lambda: all(map(is_gone, left)))


def test_no_web_process_outlives_its_parent(folder):
    with served(folder) as site:
        left = site.processes
        site.process.kill()
        site.process.wait(LONG)
        until(lambda: all(map(is_gone, left)))
