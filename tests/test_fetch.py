import asyncio
from datetime import UTC, datetime

from federation.fetch import fetch
from federation.robots import Robots
from federation.transport import Transport
from registry.model import Source
from tests.web import answer, web

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILE = "url: https://a.example\nname: A\n"


def read(site, url="http://a.example/ospo.yaml", known=None, hosts=("a.example", "b.example"), **changes):
    async def run():
        settings = site.settings(*hosts, **changes)
        async with Transport(settings) as transport:
            source = Source("a", url)
            return await fetch(source, known, transport=transport, robots=Robots(transport, settings), now=lambda: NOW)

    return asyncio.run(run())


def test_a_body_comes_with_its_headers_and_its_way():
    with web({"/ospo.yaml": answer(FILE, content_type="application/yaml", etag='"1"')}) as site:
        fetched = read(site)
    assert (fetched.outcome, fetched.status, fetched.body.decode()) == (None, 200, FILE)
    assert (fetched.header("content-type"), fetched.header("etag")) == ("application/yaml", '"1"')
    assert (fetched.at, fetched.final_url) == (NOW, "http://a.example/ospo.yaml")
    assert [step.url for step in fetched.steps] == ["http://a.example/ospo.yaml"]
