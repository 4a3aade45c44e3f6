"""One pass over the sources that are due: what is read at once and what in turn, and what is admitted together."""

import asyncio
import errno
import itertools
import socket
import threading
import time
from datetime import UTC, datetime

import pytest

from federation import admissions
from federation.crawl import crawl
from federation.dialling import Dialling
from federation.transport import Transport
from federation.under_way import UnderWay
from registry.errors import StoreError
from registry.model import LastResponse, Outcome, Source
from registry.settings import Settings
from tests.support.waiting import LONG
from tests.support.web import answer, web

FILE = "url: https://a.example\n"
DENY = answer("User-agent: *\nDisallow: /\n")


def now():
    return datetime(2026, 1, 1, tzinfo=UTC)


def accept(fetches):
    return [(fetched.outcome or Outcome.ACCEPTED, fetched.reason) for fetched in fetches]


def run(settings, urls, admit=accept, **options):
    """Crawl these addresses (their names are their numbers) and return {id: (outcome, reason)}."""
    due = [(Source(str(number), url), None) for number, url in enumerate(urls)]

    async def all_of_it():
        async with Transport(settings) as transport:
            return await crawl(due, settings=settings, transport=transport, now=now, admit=admit, **options)

    results = asyncio.run(all_of_it())
    assert len(results) == len(due)
    return {source.id: (outcome, reason) for source, outcome, reason in results}


def outcomes(results):
    return [results[str(number)][0] for number in range(len(results))]


def test_every_source_has_its_outcome_and_none_stops_another():
    routes = {"a.example/1": answer(FILE), "b.example/robots.txt": DENY, "c.example/1": answer(status=500)}
    urls = ["http://a.example/1", "http://a.example/2", "http://b.example/1", "http://c.example/1", "ftp://d.example/"]
    with web(routes) as site:
        results = run(site.settings("a.example", "b.example", "c.example"), urls)
    assert outcomes(results) == [
        Outcome.ACCEPTED,
        Outcome.GONE,
        Outcome.REFUSED,
        Outcome.UNREACHABLE,
        Outcome.REFUSED,
    ]
    assert results["0"][1] == ""
    assert all(reason for number, (_, reason) in results.items() if number != "0")


def test_nothing_due_is_nothing_done():
    assert run(Settings(), []) == {}


def test_hosts_are_read_at_the_same_time_and_one_host_in_turn():
    now_on, together, three = set(), [], threading.Event()

    def busy(request):
        assert request.host not in now_on
        now_on.add(request.host)
        together.append(len(now_on))
        if len(now_on) == 3:
            three.set()
        assert three.wait(LONG)
        site.closing.wait(0.03)  # so that a fourth one would be seen
        now_on.discard(request.host)
        return answer(FILE)

    hosts = ["a.example", "b.example", "c.example", "d.example"]
    with web({f"/{number}": busy for number in range(3)}) as site:
        settings = site.settings(*hosts, concurrency=3)
        results = run(settings, [f"http://{host}/{number}" for number in range(3) for host in hosts])
    assert outcomes(results) == [Outcome.ACCEPTED] * 12
    assert max(together) == 3


def test_there_is_a_pause_between_two_requests_to_one_host():
    starts = []

    def timed(request):
        starts.append(time.monotonic())
        return answer(FILE)

    with web({"/robots.txt": timed, "/1": timed, "/2": timed}) as site:
        run(site.settings(delay_seconds=0.1), ["http://a.example/1", "http://a.example/2"])
    assert len(starts) == 3
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(starts))


def test_a_host_that_pauses_holds_no_place(monkeypatch):
    """One place: while the first host pauses after its robots.txt, the others are read to their ends."""
    hosts = [f"{letter}.example" for letter in "abc"]

    async def until_the_others_are_read(self, seconds):
        async with asyncio.timeout(LONG):
            while len(site.paths) < 2:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(UnderWay, "rest", until_the_others_are_read)
    delay = answer("User-agent: *\nCrawl-delay: 60\n")
    with web({"a.example/robots.txt": delay, "/1": answer(FILE)}) as site:
        results = run(site.settings(*hosts, concurrency=1), [f"http://{host}/1" for host in hosts])
    assert outcomes(results) == [Outcome.ACCEPTED] * 3
    asked = [request.host for request in site.requests if request.path == "/1"]
    assert asked == ["b.example", "c.example", "a.example"]


def test_no_more_hosts_are_begun_than_keep_the_places_busy(monkeypatch):
    monkeypatch.setattr(admissions, "_MAX_TOGETHER", 1)
    most, admitted, open_ = UnderWay(2, 0.0).most, [], []

    def admit(fetches):
        begun = {request.host for request in list(site.requests)}
        open_.append(len(begun) - len(admitted))
        admitted.extend(fetches)
        site.closing.wait(0.02)  # so that further hosts would begin
        return accept(fetches)

    hosts = [f"host{number}.example" for number in range(4 * most)]
    with web({"/1": answer(FILE)}) as site:
        run(site.settings(*hosts, concurrency=2), [f"http://{host}/1" for host in hosts], admit)
    assert len(admitted) == len(hosts)
    assert 2 < max(open_) <= most


def test_while_large_bodies_wait_for_their_admission_no_request_begins(monkeypatch):
    monkeypatch.setattr(admissions, "_MAX_HELD_BYTES", 1000)
    monkeypatch.setattr(admissions, "_MAX_BYTES_TOGETHER", 1000)
    seen = []

    def admit(fetches):
        seen.append(len(site.paths))
        if len(seen) == 1:
            site.closing.wait(0.3)  # time in which more requests would be seen
            seen.append(len(site.paths))
        return accept(fetches)

    hosts = [f"host{number}.example" for number in range(40)]
    with web({"/1": answer("x" * 1500)}) as site:
        results = run(site.settings(*hosts, concurrency=2), [f"http://{host}/1" for host in hosts], admit)
    assert outcomes(results) == [Outcome.ACCEPTED] * 40
    assert seen[1] <= 1 + 2 * 2  # what was in flight, and what took its place before the first body was there


def test_that_no_socket_can_be_opened_says_nothing_about_a_source(monkeypatch, caplog):
    def full(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    with web({"/1": answer(FILE)}) as site:
        monkeypatch.setattr(Dialling, "_socket", full)
        results = run(site.settings(), ["http://a.example/1"])
    assert outcomes(results) == [Outcome.INTERNAL]
    assert "Too many open files" in caplog.text


def test_one_admission_at_a_time_is_made_outside_the_loop_of_events():
    inside, threads, begun, all_read = [], set(), threading.Event(), threading.Event()

    def admit(fetches):
        inside.append(fetches)
        threads.add(threading.current_thread())
        assert len(inside) == 1
        begun.set()
        assert all_read.wait(LONG)  # the loop goes on reading meanwhile
        inside.clear()
        return accept(fetches)

    def read(request):
        if not request.host.startswith("a."):
            assert begun.wait(LONG)
        if len(site.paths) == len(hosts):
            all_read.set()
        return answer(FILE)

    hosts = [f"{letter}.example" for letter in "abcdef"]
    with web({"/1": read}) as site:
        results = run(site.settings(*hosts), [f"http://{host}/1" for host in hosts], admit)
    assert outcomes(results) == [Outcome.ACCEPTED] * 6
    assert threading.main_thread() not in threads


def test_progress_is_reported_source_by_source():
    reported = []
    with web({"/1": answer(FILE)}) as site:
        urls = ["http://a.example/1", "http://a.example/2"]
        run(site.settings(), urls, on_progress=lambda source, outcome, reason: reported.append((source.id, outcome)))
    assert reported == [("0", Outcome.ACCEPTED), ("1", Outcome.GONE)]


def test_what_is_known_is_asked_conditionally():
    def conditional(request):
        return answer(status=304, content_length=None) if "if-none-match" in request.headers else answer(FILE)

    async def again(settings):
        due = [(Source("a", "http://a.example/1"), LastResponse("http://a.example/1", etag='"1"'))]
        async with Transport(settings) as transport:
            return await crawl(due, settings=settings, transport=transport, now=now, admit=accept)

    with web({"/1": conditional}) as site:
        [(_, outcome, _)] = asyncio.run(again(site.settings()))
    assert outcome is Outcome.UNCHANGED


def unchanged(hosts, admit, site, pause=None, **changes):
    """Crawl these hosts, each of which has a description that is known."""
    due = [(Source(host, f"http://{host}/1"), LastResponse(f"http://{host}/1", etag='"1"')) for host in hosts]

    async def again(settings):
        async with Transport(settings) as transport:
            return await crawl(due, settings=settings, transport=transport, now=now, admit=admit, pause=pause)

    return asyncio.run(again(site.settings(*hosts, **changes)))


def test_what_is_read_until_a_pause_ends_is_admitted_together():
    together = []

    def admit(fetches):
        together.append(sorted(fetched.source.id for fetched in fetches))
        return accept(fetches)

    same = answer(status=304, content_length=None)
    hosts = [f"{letter}.example" for letter in "abcdef"]
    with web({"/1": same, "c.example/1": answer(FILE)}) as site:
        results = unchanged(hosts, admit, site, pause=asyncio.Event().wait)  # a pause that does not end before the pass
    assert {source.id: outcome for source, outcome, _ in results} == dict.fromkeys(hosts, Outcome.UNCHANGED) | {
        "c.example": Outcome.ACCEPTED
    }
    assert together == [hosts]


def test_much_is_admitted_before_the_pause_ends(monkeypatch):
    together = []

    def admit(fetches):
        together.append(len(fetches))
        return accept(fetches)

    monkeypatch.setattr(admissions, "_MAX_BYTES_TOGETHER", 2 * len(FILE))
    hosts = [f"{letter}.example" for letter in "abcde"]
    with web({"/1": answer(FILE)}) as site:
        results = unchanged(hosts, admit, site, pause=asyncio.Event().wait, concurrency=1)
    assert [outcome for _, outcome, _ in results] == [Outcome.ACCEPTED] * 5
    assert max(together) == 2
    assert sum(together) == 5


def test_an_unchanged_source_does_not_wait_for_a_slow_one():
    admitted, slow = [], threading.Event()

    def admit(fetches):
        admitted.extend(fetched.source.id for fetched in fetches)
        if "a.example" in admitted:
            slow.set()
        return accept(fetches)

    def waiting(request):
        assert slow.wait(LONG)
        return answer(FILE)

    with web({"a.example/1": answer(status=304, content_length=None), "b.example/1": waiting}) as site:
        unchanged(["a.example", "b.example"], admit, site)
    assert admitted == ["a.example", "b.example"]


def test_a_store_in_doubt_ends_the_pass_while_it_waits():
    answered = []

    def admit(fetches):
        raise StoreError("the disk is full")

    def waiting(request):
        site.closing.wait(LONG)
        answered.append(request)
        return answer(FILE)

    with web({"a.example/1": answer(status=304, content_length=None), "b.example/1": waiting}) as site:
        with pytest.raises(StoreError):
            unchanged(["a.example", "b.example"], admit, site)
        assert answered == []  # nobody waited for it


def ending(site, admit_last):
    """Crawl a.example, and b.example, the last one, which is read while a.example is being admitted."""
    admitting, read = threading.Event(), threading.Event()

    def admit(fetches):
        if fetches[0].source.id == "b.example":
            return admit_last(fetches)
        admitting.set()
        assert read.wait(LONG)
        return accept(fetches)

    def last(request):
        assert admitting.wait(LONG)
        read.set()
        return answer(FILE)

    site.routes = {"a.example/1": answer(status=304, content_length=None), "b.example/1": last}
    return unchanged(["a.example", "b.example"], admit, site, concurrency=1)


def test_what_waits_to_be_admitted_as_the_pass_ends_is_reported_too():
    with web() as site:
        results = ending(site, accept)
    assert [(source.id, outcome) for source, outcome, _ in results] == [
        ("a.example", Outcome.UNCHANGED),
        ("b.example", Outcome.ACCEPTED),
    ]


def test_a_store_in_doubt_ends_the_pass_at_its_very_end():
    def fail(fetches):
        raise StoreError("the disk is full")

    with web() as site, pytest.raises(StoreError):
        ending(site, fail)


def test_a_well_known_address_with_nothing_is_asked_once_for_all_pages_of_a_host():
    page = answer("<!doctype html><title>Office</title>", content_type="text/html")
    with web({"/1": page, "/2": page, "/3": page}) as site:
        run(site.settings(), [f"http://a.example/{number}" for number in (1, 2, 3)])
    suffixes = ("", ".yaml", ".jsonld", ".ttl")
    assert site.paths == ["/1", *(f"/.well-known/ospo-meta{suffix}" for suffix in suffixes), "/2", "/3"]


def test_a_fault_of_ours_in_one_source_is_logged_and_the_others_go_on(caplog):
    def broken_clock():
        if next(calls) == 0:
            raise ZeroDivisionError
        return now()

    calls = itertools.count()
    due = [(Source(str(number), "http://a.example/1"), None) for number in range(3)]

    async def all_of_it(settings):
        async with Transport(settings) as transport:
            return await crawl(due, settings=settings, transport=transport, now=broken_clock, admit=accept)

    with web({"/1": answer(FILE)}) as site:
        results = asyncio.run(all_of_it(site.settings()))
    found = {source.id: (outcome, reason) for source, outcome, reason in results}
    assert outcomes(found) == [Outcome.INTERNAL, Outcome.ACCEPTED, Outcome.ACCEPTED]
    assert "ZeroDivisionError" in found["0"][1]
    assert "source 0" in caplog.text


def test_a_fault_in_admitting_one_source_leaves_the_others(caplog):
    def admit(fetches):
        if fetches[0].source.id == "0":
            raise ZeroDivisionError
        return accept(fetches)

    with web({"/1": answer(FILE)}) as site:
        results = run(site.settings(), ["http://a.example/1", "http://a.example/1"], admit)
    assert outcomes(results) == [Outcome.INTERNAL, Outcome.ACCEPTED]
    assert "source 0" in caplog.text


def test_a_store_in_doubt_ends_the_pass():
    admitted = []

    def admit(fetches):
        admitted.append(fetches)
        raise StoreError("the disk is full")

    with web({"/1": answer(FILE)}) as site, pytest.raises(StoreError):
        run(site.settings("a.example", "b.example"), ["http://a.example/1", "http://b.example/1"] * 5, admit)
    assert len(admitted) == 1


def test_a_host_that_asks_for_fewer_requests_is_left_alone():
    with web({"/1": answer(status=429)}) as site:
        results = run(site.settings(), [f"http://a.example/{number}" for number in range(1, 6)])
    assert outcomes(results) == [Outcome.UNREACHABLE] * 5
    assert site.paths == ["/1"]
    assert "was not asked again" in results["4"][1]


def test_a_host_that_falls_silent_is_not_waited_for_again():
    def silent(request):
        site.closing.wait(LONG)
        yield b""

    urls = [f"http://a.example/{number}" for number in range(6)]
    with web({f"/{number}": silent for number in range(6)}) as site:
        results = run(site.settings(connect_seconds=0.2), urls)
    assert outcomes(results) == [Outcome.UNREACHABLE] * 6
    reasons = [reason for _, reason in results.values()]
    assert ["was not asked again" in reason for reason in reasons] == [False] * 2 + [True] * 4
    assert all("took longer than the limit for connecting and for each read" in reason for reason in reasons)


def test_a_host_that_breaks_off_twice_is_asked_no_third_time():
    urls = [f"http://a.example/{number}" for number in range(6)]
    half = answer(FILE, content_length="1000")
    with web({f"/{number}": lambda request: iter([half]) for number in range(6)}) as site:
        results = run(site.settings(), urls)
    assert outcomes(results) == [Outcome.UNREACHABLE] * 6
    assert site.paths == ["/0", "/1"]


def test_a_pass_without_dns_waits_once_for_each_host(monkeypatch):
    asked, back = [], threading.Event()

    def hanging(host, *_, **__):
        asked.append(host)
        assert back.wait(LONG)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    urls = [f"https://{host}.example/{number}" for host in "abc" for number in range(3)]
    try:
        results = run(Settings(connect_seconds=0.2), urls)
        assert outcomes(results) == [Outcome.UNREACHABLE] * 9
        assert sorted(asked) == ["a.example", "b.example", "c.example"]
    finally:
        back.set()
        for thread in threading.enumerate():
            if thread.name.startswith("look up"):
                thread.join(LONG)
