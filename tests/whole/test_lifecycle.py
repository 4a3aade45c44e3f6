"""The life of one source over real HTTP: every kind of answer in turn, and what comes of each."""

import asyncio
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.crawl import crawl
from federation.transport import Transport
from registry.archive import Archive
from registry.model import Fetch, Outcome, Source
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.validation.readers import Readers
from registry.web.app import create_app
from registry.writer import Writer
from tests.support.waiting import LONG
from tests.support.web import answer, redirect, web

START, DAY = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)
GONE = threading.Event()  # set when the crawler has left
SOURCE = Source("own", "http://a.example/list.yaml")
OTHER = "http://b.example/list.yaml"


def text(names):
    return "".join(f"https://{name}.example:\n  name: {name}\n  country: FR\n" for name in names)


def listed(names, **headers):
    """Return an answer with an office of each name."""
    return answer(text(names), **{"content_type": "application/yaml", **headers})


def tagged(request):
    """Answer 304 to whoever has this version."""
    return answer(status=304) if request.headers.get("if-none-match") == '"1"' else listed("abcd", etag='"1"')


def silent(request):
    """Say nothing until the crawler has gone."""
    GONE.wait(LONG)
    yield b""


def broken(request):
    """Promise more than is sent."""
    yield listed("abcdef", content_length="9000")


# day, what the origin answers, outcome, effective outcome, offices served, events so far, words of the reason
LIFE = [
    (0, tagged, "accepted", "accepted", "abcd", 1, ""),
    (1, tagged, "unchanged", "accepted", "abcd", 1, ""),
    (2, listed("abce", etag='"2"'), "accepted", "accepted", "abce", 2, ""),
    (5, answer("https://a.example:\n  name: [\n"), "unreadable", "unreadable", "abce", 3, "line 2"),
    (6, answer("https://a.example:\n  country: FR\n"), "rejected", "rejected", "abce", 4, "name"),
    (7, listed("abce"), "unchanged", "accepted", "abce", 5, ""),
    (8, answer(status=404), "gone", "gone", "abce", 6, "answers 404"),
    (9, listed("abce"), "unchanged", "accepted", "abce", 7, ""),
    (10, answer(status=410), "gone", "gone", "abce", 8, "answers 410"),
    (18, answer(status=410), "gone", "gone", "", 9, "answers 410"),  # its grace has ended
    (19, listed("abce"), "unchanged", "accepted", "abce", 10, ""),
    (20, redirect(OTHER, 301), "held", "held", "abce", 11, "does not speak for https://a.example any more"),
    (21, redirect(OTHER, 302), "held", "held", "abce", 11, "or until 2026-02-20"),
    (22, silent, "unreachable", "unreachable", "abce", 12, "longer than the limit"),
    (23, answer(status=429, retry_after="7200"), "unreachable", "unreachable", "abce", 12, "answers 429"),
    (24, answer(status=503), "unreachable", "unreachable", "abce", 12, "answers 503"),
    (25, broken, "unreachable", "unreachable", "abce", 12, "broke off"),
    (60, answer(status=503), "unreachable", "unreachable", "", 13, "answers 503"),  # its grace has ended
    (61, listed("abce", content_type="image/png"), "unchanged", "accepted", "abce", 14, ""),
    (62, answer(b"\xef\xbb\xbf" + text("abce").encode()), "unchanged", "accepted", "abce", 14, "what it says has not"),
    (63, redirect(SOURCE.url), "refused", "refused", "abce", 15, "redirects"),
    (64, listed("a"), "held", "held", "abce", 16, "ospo sources confirm own"),
    (65, answer(""), "unreadable", "unreadable", "abce", 17, "holds nothing"),
    (66, listed("abcef"), "accepted", "accepted", "abcef", 18, ""),
]


@pytest.fixture(scope="module")
def readers():
    with Readers(Settings(reader_workers=1, reader_seconds=LONG)) as readers:
        yield readers


def read(writer, settings, at):
    """Read the source once, as a crawl on that day does."""

    async def all_of_it():
        async with Transport(settings) as transport:
            due = writer.due([SOURCE], at, everything=True)
            await crawl(due, settings=settings, transport=transport, now=lambda: at, admit=admit)

    def admit(fetches):
        return [(state.outcome, state.reason) for state in writer.admit_together(fetches)]

    asyncio.run(all_of_it())
    writer.merge()
    (state,) = writer.states()
    return state


def served(store, base):
    """Return the names of the offices that the merged graph has."""
    query = f"""PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?name WHERE {{ GRAPH <{base}/merged> {{ ?office a ospo:Office ; skos:prefLabel ?name }} }}"""
    return "".join(sorted(row["name"].value for row in select(store, query)))


def test_every_answer_in_turn_changes_the_state_and_what_is_served_as_said(tmp_path, readers):
    store, again = EmbeddedStore(), EmbeddedStore()
    with web() as site:
        settings = site.settings("a.example", "b.example", data=str(tmp_path), max_redirects=3)
        hurried = replace(settings, connect_seconds=0.3)
        archive = Archive(tmp_path / "archive")
        writer = Writer(store, archive, readers.read, settings)
        for day, route, outcome, effective_outcome, offices, events, reason in LIFE:
            site.routes = {"a.example/list.yaml": route, "b.example/list.yaml": listed("abce")}
            at = START + timedelta(days=day)
            state = read(writer, hurried if route is silent else settings, at)
            found = (state.outcome, state.effective_outcome, served(store, settings.base), state.events)
            assert found == (outcome, effective_outcome, offices, events), f"day {day}: {state.reason}"
            assert reason in state.reason if reason else not state.reason, f"day {day}"
            assert state.last_attempt == at
            verified = outcome in ("accepted", "unchanged")
            assert (state.last_verified == at) is verified, f"day {day}"
            if day == 23:
                assert state.next_due - at >= timedelta(hours=2)  # as Retry-After says
        GONE.set()
    replayed = Writer(again, archive, readers.read, settings)
    replayed.replay()
    replayed.merge()
    assert digest(again) == digest(store)


def test_a_list_that_moves_to_another_site_is_read_there_and_its_address_is_told(tmp_path, readers):
    with web({"a.example/list.yaml": listed("bcde"), "b.example/list.yaml": listed("bcdef")}) as site:
        settings = site.settings("a.example", "b.example", data=str(tmp_path))
        store = EmbeddedStore()
        writer = Writer(store, Archive(tmp_path / "archive"), readers.read, settings)
        read(writer, settings, START)
        site.routes["a.example/list.yaml"] = redirect(OTHER, 301)
        state = read(writer, settings, START + DAY)
        assert (state.outcome, served(store, settings.base)) == ("moved", "bcdef")
        assert "moved for good to http://b.example/list.yaml" in state.reason
        again = read(writer, settings, START + 2 * DAY)
    assert (again.outcome, again.last_verified, again.events) == ("moved", START + 2 * DAY, 2)


@pytest.mark.parametrize(
    ("outcome", "days", "ends"),
    [
        ("unreachable", (1, 5), 31),
        ("refused", (1, 5), 31),
        ("gone", (1, 5), 8),
        ("rejected", (1,), 31),
    ],
)
def test_the_page_of_a_failing_source_says_until_when_its_copy_is_served(tmp_path, readers, outcome, days, ends):
    settings = Settings(base="https://atlas.example", data=str(tmp_path))
    writer = Writer(EmbeddedStore(), Archive(tmp_path / "archive"), readers.read, settings)
    good = Fetch(SOURCE, START, SOURCE.url, 200, (), text("abc").encode())
    writer.admit(good)
    for day in days:
        failed = replace(good, at=START + day * DAY, body=b"", outcome=Outcome(outcome), reason="So it is.")
        bad = replace(good, at=START + day * DAY, body=b"url: https://a.example\ncountry: FR\n")
        writer.admit(bad if outcome == "rejected" else failed)
    writer.merge()
    page = create_app(settings, writer._store).test_client().get(f"/sources/{SOURCE.id}").text
    said = f"The copy of 2026-01-01 is shown until {START + ends * DAY:%Y-%m-%d}, because what was read since"
    assert said in page
    assert "Failing since" in page
