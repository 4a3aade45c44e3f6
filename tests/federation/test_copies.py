"""The copy that another registry keeps: shown as its word while the origin cannot be reached, and no longer."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from federation.crawl import crawl
from federation.registries.copies import Copy, offered
from federation.transport import Transport
from registry.archive import Archive
from registry.authority.ledger import Ledger
from registry.authority.resolve import resolve
from registry.authority.rules import Standing
from registry.model import Fetch, LastResponse, Layer, Outcome, PeerListing, Source, SourceKind, SourceState
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from registry.web.app import create_app
from registry.writer import Writer
from tests.support import merged
from tests.support.registries import described, dump_of, get, known, office, ospo, ring
from tests.support.web import answer, web

BASE = "https://atlas.example"
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
ORIGIN = "https://office.example/meta.yaml"
LEARNED = Source("far", ORIGIN, peer="next")
COPY = "https://next.example/sources/own/copy"
TEXT = office("office.example").replace("http://", "https://").encode()
YAML = (("content-type", "application/yaml"), ("memento-datetime", "Sat, 31 Oct 2026 12:00:00 GMT"))


def writer(folder, store=None):
    return Writer(store or EmbeddedStore(), Archive(folder), merged.read, Settings(base=BASE))


def down(days, source=LEARNED):
    return Fetch(source, START + days * DAY, source.url, outcome=Outcome.UNREACHABLE, reason="It did not answer")


def instead(days, body=TEXT, source=LEARNED, **changes):
    copied = {"final_url": COPY, "status": 200, "headers": YAML, "body": body, "copied_from": "next", **changes}
    return replace(down(days, source), **copied)


def origin(days, body=TEXT, source=LEARNED, **changes):
    return replace(Fetch(source, START + days * DAY, source.url, 200, YAML, body), **changes)


def shown(writer):
    """Merge, and return the names of the offices that are shown."""
    writer.merge()
    query = f"""PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
        SELECT ?name WHERE {{ GRAPH <{BASE}/merged> {{ ?office a ospo:Office ; skos:prefLabel ?name }} }}"""
    return [row["name"].value for row in select(writer._store, query)]


def triples(writer):
    """Return how many triples there are of the description, and of the report."""
    graphs = (f"{BASE}/sources/{LEARNED.id}/{name}" for name in ("description", "report"))
    return [len(select(writer._store, f"SELECT ?s WHERE {{ GRAPH <{it}> {{ ?s ?p ?o }} }}")) for it in graphs]


# ---- What becomes of it


def test_a_copy_is_shown_while_the_origin_is_silent_and_gives_way_to_it(tmp_path):
    registry = writer(tmp_path)
    state = registry.admit(instead(0))
    assert (state.outcome, state.copied_from, state.offices) == (Outcome.UNREACHABLE, "next", 1)
    assert state.reason == ("It did not answer; meanwhile the copy is shown that the registry next took on 2026-10-31")
    assert (state.last_verified, state.verifications, state.accepted_address) == (None, (), COPY)
    assert shown(registry) == ["office.example"]
    again = registry.admit(instead(1, b"", status=304))
    assert (again.copied_from, again.accepted_at, again.events) == ("next", START, 1)
    silent = registry.admit(down(2))  # and the other registry is silent, too
    assert (silent.copied_from, silent.failures) == ("next", 3)
    back = registry.admit(origin(3))
    assert (back.outcome, back.copied_from, back.accepted_address) == (Outcome.ACCEPTED, "", ORIGIN)
    assert [fact.method for fact in back.verifications] == ["self-published"]
    assert back.failing_since is None
    shown(registry)
    copy = writer(tmp_path)
    copy.replay()
    copy.merge()
    assert digest(copy._store) == digest(registry._store)


@pytest.mark.parametrize("date", ["", "x", "Sat, 31 Oct 99999999999 12:00:00 GMT", "1 " * 4000, "\ud800"])
def test_a_date_that_is_none_is_not_told(tmp_path, date):
    state = writer(tmp_path).admit(instead(0, headers=(("memento-datetime", date),)))
    assert state.copied_from == "next"
    assert state.reason.endswith("the registry next took")


def test_a_copy_gives_no_authority_not_even_where_the_other_registry_is_at_home(tmp_path):
    registry = writer(tmp_path)
    body = office("next.example").replace("http://", "https://").encode()
    registry.admit(instead(0, body))
    registry.merge()
    (record,) = map(registry._records, registry._served())
    assert [found.authority for found in record.offices] == [False]
    (claimed,) = resolve([record], {}, Ledger()).offices
    assert [(voice.standing, voice.layer) for voice in claimed.heard] == [(Standing.CLAIMED, Layer.IMPORTED)]


@pytest.mark.parametrize(
    "answered",
    [
        origin(1, b"url: [\n"),
        origin(1, b"url: https://office.example\ncountry: FR\n"),
        origin(1, b"", status=404, outcome=Outcome.GONE, reason="It answers 404"),
        origin(1, b"", status=None, outcome=Outcome.REFUSED, reason="robots.txt"),
    ],
    ids=["unreadable", "invalid", "gone", "refused"],
)
def test_a_copy_ends_when_the_origin_answers_whatever_it_says(tmp_path, answered):
    registry = writer(tmp_path)
    registry.admit(instead(0))
    assert shown(registry) == ["office.example"]
    state = registry.admit(answered)
    assert (state.copied_from, state.accepted_at, state.offices) == ("", None, 0)
    assert (shown(registry), triples(registry)[0]) == ([], 0)
    if answered.outcome is not None:  # no body of its own, and nothing left of the copy
        assert (triples(registry), state.findings, state.notes) == ([0, 0], 0, "")
    assert registry.admit(origin(2)).outcome is Outcome.ACCEPTED
    assert shown(registry) == ["office.example"]


def test_a_copy_leaves_after_the_grace_of_an_unreachable_source(tmp_path):
    registry = writer(tmp_path)
    for day, there in ((0, True), (29, True), (31, False)):
        registry.admit(instead(day, TEXT if day == 0 else b""))
        assert (shown(registry) != []) is there
    assert registry.admit(origin(32)).archived is False


def test_a_copy_that_breaks_a_rule_is_not_shown_and_leaves_the_last_one(tmp_path):
    registry = writer(tmp_path)
    refused = registry.admit(instead(0, b"url: https://office.example\ncountry: FR\n"))
    assert refused.outcome is Outcome.UNREACHABLE
    assert "the copy that the registry next keeps cannot be shown" in refused.reason
    assert shown(registry) == []
    registry.admit(instead(1))
    registry.admit(instead(2, b"url: [\n"))
    assert shown(registry) == ["office.example"]


def test_an_origin_that_is_shorter_than_the_copy_is_not_held_back(tmp_path):
    registry = writer(tmp_path)
    listed = "".join(f"https://o{n}.example:\n  name: O{n}\n  country: FR\n" for n in range(6)).encode()
    source = replace(LEARNED, kind=SourceKind.LIST)
    assert registry.admit(instead(0, listed, source)).offices == 6
    assert registry.admit(origin(1, listed[: listed.index(b"https://o2")], source)).outcome is Outcome.ACCEPTED


# ---- When it is asked for

LISTINGS = {"next": [PeerListing(ORIGIN, SourceKind.DESCRIPTION, "accepted", COPY)]}


def test_a_copy_is_wanted_of_a_learned_source_of_which_nothing_of_its_own_is_served():
    def wanted(source=LEARNED, listings=LISTINGS, **known):
        state = [SourceState(source, START, START, Outcome.UNREACHABLE, START, **known)] if known else []
        return offered(listings, [source], state, Settings(base=BASE))

    assert wanted() == {"far": [Copy("next", COPY)]}
    assert wanted(accepted_at=START, copied_from="next") == {"far": [Copy("next", COPY)]}
    assert wanted(accepted_at=START) == {}
    assert wanted(replace(LEARNED, peer="")) == {}
    other = PeerListing(ORIGIN, SourceKind.DESCRIPTION, "", "https://a.example/copy")
    assert [copy.peer for copy in wanted(listings={"also": [other], **LISTINGS})["far"]] == ["next", "also"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://127.0.0.1/x", "http://[::1]/", f"{BASE}/x", "x", ""])
def test_a_hostile_copy_is_not_asked_for(url):
    listings = {"next": [PeerListing(ORIGIN, SourceKind.DESCRIPTION, "accepted", url)]}
    assert offered(listings, [LEARNED], [], Settings(base=BASE)) == {}


def crawled(site, known=None, copies=("http://next.example/copy",)):
    source = replace(LEARNED, url="http://office.example/meta.yaml")
    admitted = []

    def admit(fetches):
        admitted.extend(fetches)
        return [(fetched.outcome or Outcome.ACCEPTED, fetched.reason) for fetched in fetches]

    async def all_of_it():
        settings = site.settings("office.example", "next.example", "also.example")
        async with Transport(settings) as transport:
            await crawl(
                [(source, known)],
                settings=settings,
                transport=transport,
                now=lambda: START,
                admit=admit,
                copies={"far": [Copy(url.split("/")[2].partition(".")[0], url) for url in copies]},
            )

    asyncio.run(all_of_it())
    (fetched,) = admitted
    return fetched


def test_the_first_copy_that_can_be_had_is_taken_only_when_the_origin_fails():
    places = ("http://also.example/copy", "http://next.example/copy")
    with web({"office.example/meta.yaml": answer(TEXT), "/copy": answer(TEXT)}) as site:
        assert crawled(site, copies=places).copied_from == ""
        assert "/copy" not in site.paths
        site.routes = {"office.example/meta.yaml": answer(status=503), "next.example/copy": answer(TEXT, etag='"1"')}
        found = crawled(site, copies=places)
    assert (found.outcome, found.copied_from, found.body) == (Outcome.UNREACHABLE, "next", TEXT)
    assert "503" in found.reason
    assert [step.url for step in found.steps] == [
        "http://office.example/meta.yaml",
        "http://also.example/copy",
        "http://next.example/copy",
    ]


def test_a_copy_is_asked_for_conditionally_and_robots_txt_is_kept_to():
    def conditional(request):
        return answer(status=304, content_length=None) if "if-none-match" in request.headers else answer(TEXT)

    known = LastResponse("http://next.example/copy", '"1"')
    with web({"office.example/meta.yaml": answer(status=500), "next.example/copy": conditional}) as site:
        same = crawled(site, known)
        site.routes["next.example/robots.txt"] = answer("User-agent: *\nDisallow: /\n")
        barred = crawled(site, known)
    assert (same.outcome, same.copied_from, same.body) == (Outcome.UNREACHABLE, "next", b"")
    assert (barred.outcome, barred.copied_from) == (Outcome.UNREACHABLE, "")


# ---- How it is handed out


def client(tmp_path, *fetches):
    registry = writer(tmp_path / "archive")
    for fetched in fetches:
        registry.admit(fetched)
    registry.merge()
    return create_app(Settings(base=BASE, data=str(tmp_path)), registry._store).test_client()


OWN = Source("own", ORIGIN)


def test_a_copy_is_handed_out_as_bytes_to_be_saved_with_its_origin_and_date(tmp_path):
    site = client(tmp_path, origin(0, source=OWN))
    response = site.get("/sources/own/copy")
    assert (response.status_code, response.data) == (200, TEXT)
    assert response.headers["Content-Type"] == "application/yaml"
    assert response.headers["Content-Disposition"] == "attachment; filename=own"
    assert response.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Memento-Datetime"] == "Sun, 01 Nov 2026 12:00:00 GMT"
    assert response.headers["Link"] == f'<{ORIGIN}>; rel="original"'
    assert site.get("/sources/own/copy", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert f"<{BASE}/sources/own/copy>" in site.get("/catalogue.nt").text
    assert "/sources/own/copy" in site.get("/sources/own").text


def test_of_several_that_share_a_record_the_one_that_is_asked_for_is_handed_out(tmp_path):
    other = Source("other", "https://other.example/meta.yaml")
    registry = writer(tmp_path / "archive")
    text = TEXT.replace(b"office.example", b"other.example")
    fetched = [origin(0, source=OWN), replace(origin(0, text, source=other), final_url=other.url)]
    assert text != TEXT
    registry.admit_together(fetched)
    registry.merge()
    site = create_app(Settings(base=BASE, data=str(tmp_path)), registry._store).test_client()
    assert site.get("/sources/own/copy").data == TEXT
    assert site.get("/sources/other/copy").data == text


def test_what_was_a_page_or_a_picture_to_its_server_is_none_here(tmp_path):
    fetched = origin(0, source=OWN, headers=(("content-type", "text/html; charset=utf-8"),))
    assert client(tmp_path, fetched).get("/sources/own/copy").headers["Content-Type"] == "application/octet-stream"


def test_the_served_version_is_handed_out_though_a_later_one_was_not_accepted(tmp_path):
    site = client(tmp_path, origin(0, source=OWN), origin(1, b"url: [\n", source=OWN), down(2, OWN))
    assert site.get("/sources/own/copy").data == TEXT


def test_no_copy_is_handed_out_of_what_is_not_this_registrys_own(tmp_path):
    inside = Source("inside", "http://intranet.local/meta.yaml")
    table = Source("table", "https://table.example/x.yaml", SourceKind.TABLE)
    archived = replace(OWN, id="archived", url="https://archived.example/meta.yaml")
    fetches = [
        instead(0),
        *(origin(0, source=source) for source in (inside, archived)),
        origin(0, b"", source=table, outcome=Outcome.GONE, reason="Nothing"),
        origin(1, b"", source=archived, outcome=Outcome.WITHDRAWN, reason="Taken off"),
    ]
    site = client(tmp_path, *fetches)
    for name in ("far", "inside", "table", "archived", "nobody"):
        assert site.get(f"/sources/{name}/copy").status_code == 404
    assert "archivedCopy" not in site.get("/catalogue.nt").text
    page = site.get("/sources/far").text
    assert "This registry has not verified it." in page
    assert "/sources/far/copy" not in page


def test_without_the_archive_there_is_no_copy(tmp_path):
    site = client(tmp_path, origin(0, source=OWN))
    for path in (tmp_path / "archive").rglob("*.warc.gz"):
        path.unlink()
    assert site.get("/sources/own/copy").status_code == 404


# ---- Three real registries


def test_a_registry_shows_the_copy_of_another_while_the_origin_is_silent(tmp_path):
    hosts = [f"office-{name}.example" for name in "abc"]
    pages = {f"{host}/meta.yaml": answer(office(host), content_type="application/yaml") for host in hosts}
    with web(pages) as site, ring(tmp_path, site) as registries:
        (a, site_a), (b, _), (c, site_c) = (registries[name] for name in "abc")
        ospo(b, "crawl", "--all")
        site.routes["office-b.example/meta.yaml"] = answer(status=503)
        output = ospo(a, "crawl", "--all")  # learns the address from b
        assert "meanwhile the copy is shown that the registry next took" in output
        assert described(site_a, "office-b.example")
        assert "office-b" not in get(site_a, "/catalogue.nt")
        assert "This registry has not verified it." in get(site_a, "/sources/office-b-example-meta-yaml")
        ospo(c, "crawl", "--all")  # hears of a, and of b from a: a copy is had from b alone
        assert described(site_c, "office-b.example")
        ospo(a, "crawl", "--all")
        assert copied(site_a) == "next"
        site.routes |= pages
        assert "accepted" in ospo(a, "crawl", "--all")
        assert copied(site_a) == ""
        assert known(site_a)["http://office-b.example/meta.yaml"][1] == "accepted"
        store = dump_of(a)
        ospo(a, "rebuild")
        assert dump_of(a) == store


def copied(there):
    """Return from which registry the copy of the office of b is."""
    text = get(there, "/sources/office-b-example-meta-yaml")
    return "next" if "This registry has not verified it." in text else ""
