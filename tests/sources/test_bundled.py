"""The bundled sources: what is made of their files, and how a crawl reads them."""

import asyncio
from datetime import UTC, datetime
from importlib.resources import files
from ipaddress import ip_address, ip_network

import pytest

from federation.crawl import crawl
from federation.fetch import fetch
from federation.robots import Robots
from federation.transport import Transport
from registry.model import LastResponse, Layer, Outcome, Source, SourceKind
from registry.operations.configuration import load
from registry.settings import Settings
from registry.sources.bundled import CC0, origin
from tests.support.waiting import LONG

PATIENT = {"connect_seconds": LONG, "fetch_seconds": LONG}


def now():
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "france.yaml").write_text('title: "Acts of France"\npolicies: []\n', encoding="utf-8")
    (tmp_path / "italy.yaml").write_text("policies: []\ntitle: {it: Italia}\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not a source", encoding="utf-8")
    return tmp_path


def test_every_yaml_file_is_a_compiled_source(folder):
    with origin(folder) as here:
        france, italy = here.sources
    assert france == Source(
        id="compiled-france",
        url="http://bundled.ospo-atlas.example/france.yaml",
        kind=SourceKind.DESCRIPTION,
        layer=Layer.COMPILED,
        rank=1000,
        title="Acts of France",
        licence=CC0,
    )
    assert (italy.id, italy.title) == ("compiled-italy", "italy")


def test_the_origin_is_one_loopback_address(folder):
    with origin(folder) as here:
        number = here.resolve["bundled.ospo-atlas.example"].rpartition(":")[0]
    assert ip_address(number).is_loopback
    assert [ip_network(text) for text in here.networks] == [ip_network(f"{number}/32")]


def test_a_crawl_reads_all_bundled_sources_without_pauses(folder):
    fetched = []
    with origin(folder) as here:
        settings = Settings(resolve=here.resolve, allow_networks=here.networks, delay_seconds=5.0, **PATIENT)

        async def run():
            async with Transport(settings) as transport:
                due = [(source, None) for source in here.sources]
                results = await crawl(due, settings=settings, transport=transport, now=now, admit=admit)
                assert transport.pace.delay("bundled.ospo-atlas.example") == 0.0
                return results

        def admit(fetches):
            fetched.extend(fetches)
            return [(fetch.outcome or Outcome.ACCEPTED, fetch.reason) for fetch in fetches]

        results = asyncio.run(run())
    assert [outcome for _, outcome, _ in results] == [Outcome.ACCEPTED] * 2
    assert [fetch.body for fetch in fetched] == [(folder / f"{name}.yaml").read_bytes() for name in ("france", "italy")]


def test_an_unchanged_file_is_not_sent_again(folder):
    async def read(settings, source, known):
        async with Transport(settings) as transport:
            robots = Robots(transport, settings)
            return await fetch(source, known, transport=transport, robots=robots, now=now)

    with origin(folder) as here:
        settings = Settings(resolve=here.resolve, allow_networks=here.networks, **PATIENT)
        first = asyncio.run(read(settings, here.sources[0], None))
        known = LastResponse(url=first.final_url, etag=first.header("etag"))
        again = asyncio.run(read(settings, here.sources[0], known))
    assert (again.status, again.outcome) == (304, Outcome.UNCHANGED)


def test_the_packaged_files_are_what_is_served():
    packaged = {item.name for item in (files("registry") / "data" / "sources").iterdir() if item.name.endswith(".yaml")}
    with origin() as here:
        assert {source.url.rpartition("/")[2] for source in here.sources} == packaged | {"csis-2022.csv"}


def test_the_table_of_others_is_the_source_that_the_shipped_settings_declare():
    with origin() as here:
        (table,) = [source for source in here.sources if source.kind is SourceKind.TABLE]
        settings = Settings(resolve=here.resolve, allow_networks=here.networks, **PATIENT)

        async def read():
            async with Transport(settings) as transport:
                return await fetch(table, None, transport=transport, robots=Robots(transport, settings), now=now)

        fetched = asyncio.run(read())
    assert table in load(environ={}).sources
    assert (table.layer, table.mapping) == (Layer.IMPORTED, "csis-2022")
    assert fetched.header("content-type") == "text/csv; charset=utf-8"
    assert fetched.body == (files("registry") / "data" / "csis-2022" / "policies.csv").read_bytes()
