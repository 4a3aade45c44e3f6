"""A pass with nothing due ends at once, by a note of the last pass; a note that may be wrong is not used."""

import json
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from registry.archive import Archive
from registry.model import Fetch, Outcome, Source, SourceKind
from registry.operations import crawling, idle, notes, source_list
from registry.operations.progress import SilentReporter
from registry.operations.writing import open_writer
from registry.writer import Writer
from tests.support.web import answer, web

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
HOSTS = ["a.example", "list.example", "one.example"]
LIST = "http://one.example/: {name: {en: One}, country: FR}\nhttp://two.example/: {name: {en: Two}, country: FR}\n"
SOURCES = [
    Source("a", "http://a.example/ospo.yaml"),
    Source("list", "http://list.example/offices.yaml", SourceKind.LIST),
]


@pytest.fixture
def world(tmp_path):
    """Settings of a registry that has read an office and a list of two offices, and the Web that they are."""

    def file(text):
        def respond(request):
            known = request.headers.get("if-none-match") == '"1"'
            same = answer(status=304, content_length=None, etag='"1"')
            return same if known else answer(text, content_type="application/yaml", etag='"1"')

        return respond

    routes = {"a.example/ospo.yaml": file("url: http://a.example\nname: A\n"), "/offices.yaml": file(LIST)}
    with web(routes) as site:
        settings = site.settings(*HOSTS, "two.example", data=str(tmp_path), reader_workers=1)
        assert len(crawl(settings, NOW)) == 4
        site.requests.clear()
        yield settings, site


def crawl(settings, now, sources=SOURCES, **options):
    return crawling.crawl(settings, sources, lambda: now, SilentReporter(), **options)


@pytest.fixture
def opened(monkeypatch):
    """How often the states of all sources were read."""
    times = []
    real = crawling.open_writer

    def counted(*arguments, **options):
        times.append(arguments)
        return real(*arguments, **options)

    monkeypatch.setattr(crawling, "open_writer", counted)
    return times


def test_a_pass_with_nothing_due_reads_no_state_and_asks_nobody(world, opened):
    settings, site = world
    checkpoints = sorted(path.name for path in Path(settings.store_location + ".checkpoints").iterdir())
    for minutes in (1, 5, 10):
        assert crawl(settings, NOW + timedelta(minutes=minutes)) == []
    assert (opened, site.requests) == ([], [])
    assert sorted(path.name for path in Path(settings.store_location + ".checkpoints").iterdir()) == checkpoints


def test_what_is_due_is_read_also_where_a_list_led_to_it(world, opened):
    settings, site = world
    results = crawl(settings, NOW + 40 * HOUR)
    assert {source.id for source, *_ in results} == {"a", "list"}
    results = crawl(settings, NOW + 200 * HOUR)
    assert {source.id for source, *_ in results} == {"a", "list", "one-example", "two-example"}
    assert len(opened) == 2
    assert "/.well-known/ospo-meta" in site.paths


def broken(settings):
    (Path(settings.data) / "next-due.json").write_bytes(b'{"program": ')


def of_another_form(settings):
    note = notes.read(settings, "next-due")
    notes.write(settings, "next-due", note | {"first_due": "tomorrow"})


def of_another_program(settings):
    path = Path(settings.data) / "next-due.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"program": "0"}))


def absent(settings):
    (Path(settings.data) / "next-due.json").unlink()


def archived_and_not_stored(settings):
    """A crash fell between."""
    fetch = Fetch(SOURCES[0], NOW, SOURCES[0].url, outcome=Outcome.UNREACHABLE, reason="It is dead.")
    Archive(settings.data + "/archive").append(fetch)


def changed_since(settings):
    with open_writer(settings) as writer:
        writer.admit(Fetch(SOURCES[0], NOW, SOURCES[0].url, outcome=Outcome.UNREACHABLE, reason="It is dead."))


def without_checkpoint(settings):
    shutil.rmtree(settings.store_location + ".checkpoints")


@pytest.mark.parametrize(
    "spoil",
    [
        broken,
        of_another_form,
        of_another_program,
        absent,
        archived_and_not_stored,
        changed_since,
        without_checkpoint,
    ],
)
def test_a_note_that_may_be_wrong_is_not_used_and_made_again(world, opened, spoil):
    settings, _ = world
    spoil(settings)
    crawl(settings, NOW + timedelta(minutes=1))
    assert len(opened) == 1
    with open_writer(settings) as writer:
        assert writer.catch_up() == 0
        failed = {state.source.id for state in writer.states() if state.outcome is Outcome.UNREACHABLE}
        assert ("a" in failed) is (spoil in (archived_and_not_stored, changed_since))
    assert crawl(settings, NOW + timedelta(minutes=2)) == []
    assert len(opened) == 1


def test_what_the_operator_changes_is_looked_at(world, opened):
    settings, _ = world
    later = NOW + timedelta(minutes=1)
    more = [*SOURCES, Source("b", "http://a.example/b.yaml")]
    assert [source.id for source, *_ in crawl(settings, later, more)] == ["b"]
    assert crawl(replace(settings, listed_offices=1), later, more) == []
    assert crawl(replace(settings, listed_offices=1), later, more[:1]) == []
    assert len(opened) == 3
    source_list.remove(replace(settings, listed_offices=1), "two-example", later)
    assert crawl(replace(settings, listed_offices=1), later, more[:1]) == []
    assert len(opened) == 4


def test_all_sources_are_read_when_that_is_asked_for_and_when_the_clock_went_back(world):
    settings, _ = world
    assert len(crawl(settings, NOW + timedelta(minutes=1), everything=True)) == 4
    assert len(crawl(settings, NOW - HOUR)) == 4


def test_a_pass_that_was_stopped_leaves_no_note(world):
    settings, _ = world
    idle.write(None, settings)
    assert not idle.is_nothing_due(SOURCES, settings, NOW + timedelta(minutes=1))


def test_the_home_pages_of_a_list_are_read_from_the_store_once_for_each_version(world, monkeypatch):
    settings, site = world
    read = []
    real = Writer._records
    monkeypatch.setattr(Writer, "_records", lambda writer, state: read.append(state.source.id) or real(writer, state))
    with open_writer(settings) as writer:
        first = writer.leads()
        assert [page.address for page in first["list"]] == ["http://one.example/", "http://two.example/"]
        assert writer.leads() == first
    assert read == []
    site.routes["/offices.yaml"] = answer(LIST.replace("two", "three"), content_type="application/yaml")
    crawl(settings, NOW + 40 * HOUR)
    read.clear()
    with open_writer(settings) as writer:
        assert [page.address for page in writer.leads()["list"]] == ["http://one.example/", "http://three.example/"]
    assert read == []


def test_a_note_of_home_pages_that_is_spoilt_is_made_again(world):
    settings, _ = world
    with open_writer(settings) as writer:
        expected = writer.leads()
    notes.write(settings, "home-pages", {"list": ["0", ["http://wrong.example/"]], "a": 7, "b": ["0", [1]]})
    with open_writer(settings) as writer:
        assert writer.leads() == expected


def test_a_note_that_cannot_be_written_is_missing_and_the_log_says_so(world, caplog):
    settings, _ = world
    (Path(settings.data) / "next-due.tmp").mkdir()
    idle.write(idle.Note("", "", 1, *["2026-01-01T00:00:00+00:00"] * 3), settings)
    assert "the next pass takes longer" in caplog.text
