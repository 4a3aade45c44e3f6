"""One reading of a source over HTTP: conditions, redirects, statuses and discovery, and the steps it records."""

import asyncio
import hashlib
import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from federation.fetch import fetch
from federation.http_status import retry_after
from federation.robots import Robots
from federation.transport import Response, Transport
from registry.model import LastResponse, Outcome, Source, SourceKind
from registry.reading.describe import describe
from tests.support.web import answer, redirect, web

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
FILE = "url: https://a.example\nname: A\n"


def read(site, url="http://a.example/ospo.yaml", known=None, kind=SourceKind.DESCRIPTION, now=lambda: NOW, **changes):
    async def run():
        settings = site.settings("a.example", "b.example", "www.gov.example", "data.gov.example", **changes)
        async with Transport(settings) as transport:
            robots = Robots(transport, settings)
            return await fetch(Source("a", url, kind), known, transport=transport, robots=robots, now=now)

    return asyncio.run(run())


def test_a_body_comes_with_its_headers_and_its_way():
    with web({"/ospo.yaml": answer(FILE, content_type="application/yaml", etag='"1"')}) as site:
        fetched = read(site)
    assert (fetched.outcome, fetched.status, fetched.body.decode()) == (None, 200, FILE)
    assert (fetched.header("content-type"), fetched.header("etag")) == ("application/yaml", '"1"')
    assert (fetched.at, fetched.final_url) == (NOW, "http://a.example/ospo.yaml")
    assert [step.url for step in fetched.steps] == ["http://a.example/ospo.yaml"]


# --- redirects ---


def test_redirects_are_followed_and_recorded():
    routes = {"/ospo.yaml": redirect("/b"), "/b": redirect("http://b.example/c", 301), "b.example/c": answer(FILE)}
    with web(routes) as site:
        fetched = read(site)
    assert (fetched.final_url, fetched.body.decode()) == ("http://b.example/c", FILE)
    assert [(step.url, step.status) for step in fetched.steps] == [
        ("http://a.example/ospo.yaml", 302),
        ("http://a.example/b", 301),
        ("http://b.example/c", 200),
    ]
    assert fetched.steps[1].result == "moved for good to http://b.example/c, on another site"


def test_as_many_redirects_as_set_are_followed_and_no_more():
    routes = {f"/{number}": redirect(f"/{number - 1}") for number in range(1, 5)}
    with web({**routes, "/0": answer(FILE)}) as site:
        assert read(site, "http://a.example/3").outcome is None
        many = read(site, "http://a.example/4")
    assert many.outcome is Outcome.REFUSED
    assert "more than 3 redirects" in many.reason


BAD_REDIRECTS = (
    ("file:///etc/hostname", "does not begin with http"),
    ("http://10.0.0.1/", "not a public address"),
    ("http://169.254.169.254/latest/meta-data/", "not a public address"),
    ("http://2130706433/", "unusual way"),
    ("http://b.example:22/", "port 22"),
    ("http://u:p@b.example/", "user name"),
    ("http://b\\@c.example/", "backslash"),
    ("gopher://b.example/", "does not begin with http"),
    ("/" + "x" * 2048, "2048 bytes"),
    ("", "Location is missing"),
)


@pytest.mark.parametrize(("location", "words"), BAD_REDIRECTS)
def test_a_redirect_is_checked_like_an_address(location, words):
    with web({"/ospo.yaml": redirect(location)}) as site:
        fetched = read(site)
    assert (fetched.outcome, words in fetched.reason) == (Outcome.REFUSED, True), fetched.reason
    assert fetched.final_url in ("http://a.example/ospo.yaml", location)
    assert site.paths == ["/ospo.yaml"]


def test_what_cannot_be_printed_in_a_redirect_forges_no_line_of_the_record():
    with web({"/ospo.yaml": redirect("http://[\u2028200 http://b.example/ 9 bytes\u202e")}) as site:
        fetched = read(site)
    assert fetched.outcome is Outcome.REFUSED
    assert all((step.url + step.result).isprintable() for step in fetched.steps)
    assert fetched.reason.isprintable()


def test_a_redirect_that_grows_comes_to_an_end():
    with web() as site:
        site.respond = lambda request: redirect(request.path + "x/")
        site.routes["/robots.txt"] = answer()
        fetched = read(site)
    assert fetched.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE)


def test_robots_are_asked_on_every_host_of_the_way():
    routes = {
        "/ospo.yaml": redirect("http://b.example/c"),
        "b.example/robots.txt": answer("User-agent: *\nDisallow: /\n"),
        "b.example/c": answer(FILE),
    }
    with web(routes) as site:
        fetched = read(site)
    assert (fetched.outcome, fetched.final_url) == (Outcome.REFUSED, "http://b.example/c")
    assert site.paths == ["/ospo.yaml"]


def test_robots_that_cannot_be_had_make_the_source_unreachable():
    with web({"/robots.txt": answer(status=503), "/ospo.yaml": answer(FILE)}) as site:
        fetched = read(site)
    assert (fetched.outcome, site.paths) == (Outcome.UNREACHABLE, [])
    assert "robots.txt answers 503" in fetched.reason


# --- conditional requests ---

KNOWN = LastResponse(
    url="http://a.example/ospo.yaml",
    etag='"1"',
    last_modified="Thu, 01 Jan 2026 00:00:00 GMT",
    digest="sha256:" + hashlib.sha256(FILE.encode()).hexdigest(),
)


HOME = "http://a.example/"


def conditional(request):
    known = request.headers.get("if-none-match") == '"1"' and "if-modified-since" in request.headers
    return answer(status=304, content_length=None) if known else answer(FILE)


def test_a_reading_says_how_long_its_requests_took_and_does_not_count_the_pause_between_them():
    took = []

    def slow(request):
        began = time.monotonic()
        site.closing.wait(0.05)
        took.append(time.monotonic() - began)
        return answer(FILE)

    with web({"/robots.txt": slow, "a.example/ospo.yaml": slow}) as site:
        began = time.monotonic()
        fetched = read(site, delay_seconds=0.5)
        whole = time.monotonic() - began
    assert round(sum(took), 3) <= fetched.seconds <= whole - 0.4


def test_what_was_not_modified_is_unchanged():
    with web({"/ospo.yaml": conditional}) as site:
        fetched = read(site, known=KNOWN)
    assert (fetched.outcome, fetched.status, fetched.body) == (Outcome.UNCHANGED, 304, b"")
    assert fetched.final_url == KNOWN.url


def test_the_same_bytes_are_unchanged():
    with web({"/ospo.yaml": answer(FILE)}) as site:
        fetched = read(site, known=KNOWN)
    assert (fetched.outcome, fetched.status, fetched.body) == (Outcome.UNCHANGED, 200, b"")


def test_the_same_bytes_at_another_address_are_news_because_authority_may_differ():
    with web({"/ospo.yaml": redirect("http://b.example/"), "b.example/": answer(FILE)}) as site:
        fetched = read(site, known=KNOWN)
    assert (fetched.outcome, fetched.body.decode()) == (None, FILE)
    assert all("if-none-match" not in request.headers for request in site.requests if request.host == "b.example")


def test_the_final_address_of_last_time_is_asked_conditionally():
    known = replace(KNOWN, url="http://b.example/c")
    with web({"/ospo.yaml": redirect("http://b.example/c"), "b.example/c": conditional}) as site:
        fetched = read(site, known=known)
    assert (fetched.outcome, fetched.final_url) == (Outcome.UNCHANGED, "http://b.example/c")


@pytest.mark.parametrize("known", [replace(KNOWN, etag="", last_modified=""), replace(KNOWN, named_by=HOME)])
def test_what_is_not_served_or_named_by_another_page_is_asked_for_without_conditions(known):
    with web({"/ospo.yaml": conditional}) as site:
        fetched = read(site, known=known)
    assert not [request for request in site.requests if "if-none-match" in request.headers]
    assert fetched.outcome is (Outcome.UNCHANGED if known.named_by is None else None)


def test_an_answer_304_that_nobody_asked_for_speaks_of_the_address_where_the_last_body_was_found_alone():
    with web({"/ospo.yaml": answer(status=304, content_length=None)}) as site:
        assert read(site).outcome is Outcome.UNREACHABLE
        known = replace(KNOWN, etag="", last_modified="")
        assert read(site, known=known).outcome is Outcome.UNCHANGED
        assert read(site, known=replace(known, url="http://a.example/other.yaml")).outcome is Outcome.UNREACHABLE
        assert read(site, known=replace(known, named_by=HOME)).outcome is Outcome.UNREACHABLE


# --- other answers ---

STATUS = (
    (201, Outcome.REFUSED),
    (204, Outcome.REFUSED),
    (206, Outcome.REFUSED),
    (300, Outcome.REFUSED),
    (400, Outcome.REFUSED),
    (401, Outcome.REFUSED),
    (403, Outcome.REFUSED),
    (404, Outcome.GONE),
    (408, Outcome.UNREACHABLE),
    (410, Outcome.GONE),
    (418, Outcome.REFUSED),
    (425, Outcome.UNREACHABLE),
    (429, Outcome.UNREACHABLE),
    (451, Outcome.REFUSED),
    (500, Outcome.UNREACHABLE),
    (502, Outcome.UNREACHABLE),
    (503, Outcome.UNREACHABLE),
    (599, Outcome.UNREACHABLE),
    (799, Outcome.UNREACHABLE),
)


@pytest.mark.parametrize(("status", "outcome"), STATUS)
def test_every_status_has_its_outcome_and_its_sentence(status, outcome):
    with web({"/ospo.yaml": lambda request: iter([answer(status=status)])}) as site:
        fetched = read(site)
    assert (fetched.outcome, fetched.status, fetched.body) == (outcome, status, b"")
    assert str(status) in fetched.reason
    assert "http://a.example/ospo.yaml" in fetched.reason


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("99999999999999999999", 86_400.0),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60.0),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400.0),
        ("-5", None),
        ("soon", None),
        ("²", None),
        ("", None),
    ],
)
def test_the_server_may_say_when_to_come_again(value, seconds):
    response = Response("http://a.example/", 503, (("retry-after", value),), b"")
    assert retry_after(response, NOW) == seconds


def test_the_time_to_wait_is_handed_on():
    with web({"/ospo.yaml": answer(status=429, retry_after="30")}) as site:
        assert read(site).retry_after_seconds == 30.0


# --- discovery ---

WELL_KNOWN = "/.well-known/ospo-meta"

PAGE = answer("<!doctype html><title>Home</title>", content_type="text/html")
NAMING = answer('<!doctype html><link rel="describedby" href="/data/ospo.ttl">', content_type="text/html")


@pytest.mark.parametrize("home", [None, PAGE, answer("<html>" + "x" * 3000), answer(status=410)])
@pytest.mark.parametrize("suffix", ["", ".yaml", ".jsonld", ".ttl"])
def test_a_home_page_leads_to_the_well_known_address(home, suffix):
    routes = {WELL_KNOWN + suffix: answer(FILE)} | ({"/": home} if home else {})
    with web(routes) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.body.decode()) == (None, FILE)
    assert fetched.final_url == f"http://a.example{WELL_KNOWN}{suffix}"
    assert fetched.steps[0].url == f"http://a.example{WELL_KNOWN}"
    assert len(site.paths) == len(set(site.paths))


@pytest.mark.parametrize("home", [NAMING, answer("<html>", link='</data/ospo.ttl>; rel="describedby"')])
@pytest.mark.parametrize("failing", [404, 403, 500])
def test_a_page_names_its_description(home, failing):
    routes = {f"{WELL_KNOWN}{suffix}": answer(status=failing) for suffix in ("", ".yaml", ".jsonld", ".ttl")}
    with web({"/": home, "/data/ospo.ttl": answer("<a> a <b> ."), **routes}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.final_url) == (None, "http://a.example/data/ospo.ttl")
    assert fetched.steps[-2].result == "names its description: http://a.example/data/ospo.ttl"


@pytest.mark.parametrize("page", [PAGE, NAMING])
def test_the_well_known_address_comes_before_what_the_home_page_says(page):
    routes = {"/": redirect("/en/"), "/en/": page, WELL_KNOWN: answer(FILE), "/data/ospo.ttl": answer("<a> a <b> .")}
    with web(routes) as site:
        assert read(site, HOME).final_url == f"http://a.example{WELL_KNOWN}"
        assert site.paths == [WELL_KNOWN]
        del site.routes[WELL_KNOWN]
        site.routes[WELL_KNOWN + ".ttl"] = answer("<a> a <b> .")
        assert read(site, HOME).final_url == f"http://a.example{WELL_KNOWN}.ttl"


def test_a_home_page_that_leads_to_another_host_of_its_site_stands_for_that_one_too():
    home, onwards = "http://data.gov.example/", "http://www.gov.example/en"
    file = f"www.gov.example{WELL_KNOWN}"
    with web({"data.gov.example/": redirect(onwards), "www.gov.example/en": NAMING, file: answer(FILE)}) as site:
        fetched = read(site, home)
    assert (fetched.outcome, fetched.final_url) == (None, f"http://{file}")
    assert site.paths == [WELL_KNOWN, "/", "/en", WELL_KNOWN]


@pytest.mark.parametrize("url", [HOME, f"http://a.example{WELL_KNOWN}"])
def test_a_page_in_place_of_what_is_not_there_hides_nothing_and_is_asked_for_once(url):
    routes = {f"{WELL_KNOWN}{suffix}": PAGE for suffix in ("", ".yaml", ".jsonld")}
    with web({"/": PAGE, **routes, f"{WELL_KNOWN}.ttl": answer("<a> a <b> .")}) as site:
        fetched = read(site, url)
    assert (fetched.outcome, fetched.final_url) == (None, f"http://a.example{WELL_KNOWN}.ttl")
    assert len(site.paths) == len(set(site.paths))


def test_a_host_that_is_silent_is_asked_for_one_address_alone():
    def broken(request):
        yield b""

    with web(dict.fromkeys(["/", *(f"{WELL_KNOWN}{suffix}" for suffix in ("", ".yaml"))], broken)) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.final_url) == (Outcome.UNREACHABLE, f"http://a.example{WELL_KNOWN}")
    assert set(site.paths) == {WELL_KNOWN}


def test_the_further_descriptions_of_a_page_are_noted_where_they_are_addresses():
    targets = [
        "/1",
        "/2",
        "file:///etc/passwd",
        "http://me:secret@b.example/",
        "http://a.example:22/",
        "http://b.example/3",
    ]
    links = "".join(f'<link rel="describedby" href="{target}">' for target in targets)
    with web({"/x": answer(links, content_type="text/html"), "/1": answer(FILE)}) as site:
        fetched = read(site, "http://a.example/x")
    assert (fetched.final_url, fetched.also) == ("http://a.example/1", ("http://a.example/2", "http://b.example/3"))
    assert fetched.steps[1].result == "names its description: http://a.example/1, and 2 more"


def test_a_well_known_address_that_fails_is_no_description_that_is_gone():
    with web({"/": PAGE, WELL_KNOWN: answer(status=503)}) as site:
        assert read(site, HOME).outcome is Outcome.UNREACHABLE


@pytest.mark.parametrize(("host", "named_by"), [("data.gov.example", "http://www.gov.example/ospo"), ("b.example", "")])
def test_a_page_vouches_for_a_description_of_its_own_site_alone(host, named_by):
    page = answer(f'<!doctype html><link rel="describedby" href="http://{host}/ospo.yaml">', content_type="text/html")
    with web({"/ospo": page, f"{host}/ospo.yaml": answer(FILE)}) as site:
        fetched = read(site, "http://www.gov.example/ospo")
    assert (fetched.final_url, fetched.named_by) == (f"http://{host}/ospo.yaml", named_by)


EXAMPLE = json.loads((files("ontology") / "examples" / "office.jsonld").read_text(encoding="utf-8"))
BLOCK = json.dumps({key: EXAMPLE[key] for key in ("@context", "type", "url", "name", "country")}, indent=1)
HOLDING = answer(
    f'<!doctype html><body><script type="application/ld+json">{BLOCK}</script>', content_type="text/html", etag='"1"'
)


def described(fetched):
    """Return how many offices stand in what was read."""
    media_type = fetched.header("content-type")
    found = describe(fetched.body, media_type=media_type, url=fetched.final_url, graph="https://atlas.example/g")
    return found.n_triples.count(b"<https://w3id.org/ospo/ns#Office> .")


def test_a_page_that_holds_its_description_is_read_itself():
    with web({"/ospo": HOLDING, WELL_KNOWN: answer(FILE)}) as site:
        fetched = read(site, "http://a.example/ospo")
    assert (fetched.outcome, fetched.final_url, fetched.body.decode()) == (None, "http://a.example/ospo", BLOCK.strip())
    assert (fetched.header("content-type"), described(fetched)) == ("application/ld+json", 1)
    assert fetched.steps[1].result == f"holds its description as JSON-LD, {len(fetched.body)} bytes"
    assert site.paths == ["/ospo"]
    known = LastResponse(url=fetched.final_url, digest="sha256:" + hashlib.sha256(fetched.body).hexdigest())
    with web({"/ospo": HOLDING}) as site:
        assert read(site, "http://a.example/ospo", known=known).outcome is Outcome.UNCHANGED


def test_a_link_comes_before_what_the_page_itself_holds():
    both = answer(
        f'<!doctype html><link rel="describedby" href="/o.yaml"><script type="application/ld+json">{BLOCK}</script>'
    )
    with web({"/": both, "/o.yaml": answer(FILE)}) as site:
        assert read(site, HOME).final_url == "http://a.example/o.yaml"


def test_what_stands_in_a_list_is_no_page_to_be_searched():
    with web({"/": HOLDING}) as site:
        assert read(site, HOME, kind=SourceKind.LIST).body.startswith(b"<!doctype")


@pytest.mark.parametrize("page", [PAGE, HOLDING, NAMING])
def test_an_office_at_a_path_of_a_bigger_site_comes_before_the_site(page):
    index = answer("https://a.example/one:\n  name: One\nhttps://a.example/two:\n  name: Two\n")
    routes = {"/about/ospo/": page, WELL_KNOWN: index, "/data/ospo.ttl": answer("<a> a <b> .")}
    with web(routes) as site:
        fetched = read(site, "http://a.example/about/ospo/")
    ends = {PAGE: WELL_KNOWN, HOLDING: "/about/ospo/", NAMING: "/data/ospo.ttl"}
    assert (fetched.outcome, fetched.final_url) == (None, f"http://a.example{ends[page]}")
    assert fetched.steps[0].url == "http://a.example/about/ospo/"


@pytest.mark.parametrize(
    "index",
    [
        "https://a.example/one:\n  name: One\nhttps://a.example/two:\n  name: Two\n",
        "offices:\n  - url: https://a.example/one\n    name: One\n  - url: https://a.example/two\n    name: Two\n",
        "one.yaml:\n  https://a.example/one:\n    name: One\ntwo.yaml:\n  https://a.example/two:\n    name: Two\n",
    ],
)
def test_a_host_may_publish_several_offices(index):
    with web({WELL_KNOWN: answer(index, content_type="application/yaml")}) as site:
        assert described(read(site, HOME)) == 2


def test_each_step_of_a_discovery_is_recorded_in_its_order():
    routes = {"/": redirect("/home"), "/home": PAGE, WELL_KNOWN + ".ttl": redirect("/o"), "/o": answer("<a> a <b> .")}
    with web(routes) as site:
        fetched = read(site, HOME)
    assert [(step.url.removeprefix("http://a.example"), step.status) for step in fetched.steps] == [
        (WELL_KNOWN, 404),
        ("/", 302),
        ("/home", 200),
        (WELL_KNOWN + ".yaml", 404),
        (WELL_KNOWN + ".jsonld", 404),
        (WELL_KNOWN + ".ttl", 302),
        ("/o", 200),
    ]


def test_a_page_that_leads_nowhere_is_handed_on_as_it_is():
    with web({"/": PAGE, WELL_KNOWN: PAGE, WELL_KNOWN + ".yaml": answer(status=403)}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.final_url, fetched.body[:9]) == (None, HOME, b"<!doctype")
    assert [(step.url.removeprefix("http://a.example"), step.status) for step in fetched.steps] == [
        (WELL_KNOWN, 200),
        ("/", 200),
        (WELL_KNOWN + ".yaml", 403),
        (WELL_KNOWN + ".jsonld", 404),
        (WELL_KNOWN + ".ttl", 404),
    ]


def test_a_host_with_nothing_is_gone_and_the_reason_says_how_much_was_tried():
    with web() as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.status, fetched.final_url) == (Outcome.GONE, 404, HOME)
    assert "4 more addresses" in fetched.reason


def test_a_well_known_address_that_fails_for_now_is_not_taken_for_missing():
    with web({"/": PAGE, WELL_KNOWN: answer(status=503, retry_after="9")}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.status, fetched.retry_after_seconds) == (Outcome.UNREACHABLE, 503, 9.0)
    assert fetched.final_url == f"http://a.example{WELL_KNOWN}"


def test_a_discovered_file_is_unchanged_by_its_own_conditions():
    known = replace(KNOWN, url=f"http://a.example{WELL_KNOWN}")
    with web({"/": PAGE, WELL_KNOWN: conditional}) as site:
        fetched = read(site, HOME, known=known)
    assert (fetched.outcome, fetched.final_url) == (Outcome.UNCHANGED, known.url)


def test_a_home_page_that_robots_may_not_read_does_not_hide_the_well_known_address():
    robots = answer("User-agent: *\nDisallow: /\nAllow: /.well-known/\n")
    with web({"/robots.txt": robots, WELL_KNOWN: answer(FILE)}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, site.paths) == (None, [WELL_KNOWN])


@pytest.mark.parametrize("url", ["http://me:secret@a.example/", "http://a.example:22", "http://127.1/"])
def test_an_address_that_may_not_be_contacted_does_not_lead_to_the_well_known_one(url):
    with web({WELL_KNOWN: answer(FILE)}) as site:
        fetched = read(site, url)
    assert (fetched.outcome, site.requests) == (Outcome.REFUSED, [])


def test_a_list_is_read_where_it_is_and_nowhere_else():
    with web({"/": PAGE, WELL_KNOWN: answer(FILE)}) as site:
        fetched = read(site, HOME, kind=SourceKind.LIST)
    assert (fetched.final_url, site.paths) == (HOME, ["/"])


# --- files of this machine ---


def test_a_file_that_the_operator_declared_is_read(tmp_path):
    file = tmp_path / "table é.csv"
    file.write_text(FILE, encoding="utf-8")
    with web() as site:
        fetched = read(site, file.as_uri(), kind=SourceKind.TABLE)
        known = LastResponse(url=fetched.final_url, digest=KNOWN.digest)
        again = read(site, file.as_uri(), known=known)
    assert (fetched.outcome, fetched.body.decode(), fetched.final_url) == (None, FILE, file.as_uri())
    assert (again.outcome, again.body) == (Outcome.UNCHANGED, b"")


def test_a_file_that_cannot_be_read_has_its_outcome(tmp_path):
    (tmp_path / "large").write_bytes(b"x" * 2001)
    os.mkfifo(tmp_path / "pipe")
    with web() as site:
        outcomes = {name: read(site, f"{tmp_path.as_uri()}/{name}").outcome for name in ("large", "pipe", "none", "")}
        elsewhere = read(site, "file://b.example/etc/hostname")
    assert outcomes == {
        "large": Outcome.REFUSED,
        "pipe": Outcome.REFUSED,
        "none": Outcome.GONE,
        "": Outcome.REFUSED,
    }
    assert elsewhere.outcome is Outcome.REFUSED
