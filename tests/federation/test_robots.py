"""May this address be read? What the robots.txt of its origin says, by RFC 9309, and how long that is kept."""

import asyncio
import tomllib

import pytest

from federation.robots import MAX_BYTES, Robots
from federation.transport import Transport
from registry.model import Outcome
from tests.support.places import ROOT
from tests.support.web import answer, redirect, web

DENY = "User-agent: *\nDisallow: /\n"


def ask(site, *urls, settings=None):
    """Return the refusals of these addresses in one pass."""

    async def run():
        chosen = settings or site.settings("a.example", "b.example")
        async with Transport(chosen) as transport:
            robots = Robots(transport, chosen)
            return [await robots.refusal(url, transport.allowance()) for url in urls]

    return asyncio.run(run())


def outcome(refusal):
    return refusal.outcome if refusal else None


RULES = (
    ("", None),
    (DENY, Outcome.REFUSED),
    ("User-agent: OSPO-Atlas\nDisallow: /x\n", Outcome.REFUSED),
    ("user-agent: ospo-atlas\ndisallow: /x\n", Outcome.REFUSED),
    ("User-agent: OSPO-Atlas\nDisallow:\n\nUser-agent: *\nDisallow: /\n", None),
    ("User-agent: other\nDisallow: /\n", None),
    ("User-agent: *\nDisallow: /\nAllow: /x\n", None),
    ("User-agent: *\nDisallow: /*.yaml$\n", Outcome.REFUSED),
    ("\ufeff" + DENY, Outcome.REFUSED),
    ("\0" + DENY, Outcome.REFUSED),
    (DENY.replace("\n", "\r\n"), Outcome.REFUSED),
    (b"# caf\xe9\n" + DENY.encode(), Outcome.REFUSED),
    (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), None),
    ("<!doctype html><title>not a robots.txt</title>", None),
    (DENY + "# " + "x" * MAX_BYTES, Outcome.REFUSED),  # the beginning counts
)


@pytest.mark.parametrize(("text", "expected"), RULES)
def test_the_rules_decide(text, expected):
    with web({"/robots.txt": answer(text)}) as site:
        [refusal] = ask(site, "http://a.example/x/ospo.yaml")
    assert outcome(refusal) is expected


CASES = tomllib.loads((ROOT / "tests" / "data" / "robots.toml").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["what"])
def test_robots_are_read_to_the_letter_of_rfc_9309(case):
    with web({"/robots.txt": answer(case["robots"])}) as site:
        found = ask(site, *(f"http://a.example{path}" for path in case["allow"] + case["deny"]))
    assert [refusal is None for refusal in found] == [True] * len(case["allow"]) + [False] * len(case["deny"])


def test_a_rule_that_is_cut_at_the_limit_counts_for_nothing():
    before = "User-agent: *\nDisallow: /a\n#"
    text = before + "x" * (MAX_BYTES - len(before) - len("\nDisallow: /")) + "\nDisallow: /private\n"
    with web({"/robots.txt": answer(text)}) as site:
        found = ask(site, "http://a.example/x", "http://a.example/a")
    assert [outcome(refusal) for refusal in found] == [None, Outcome.REFUSED]


STATUS = (
    (400, None),
    (401, None),
    (403, None),
    (404, None),
    (410, None),
    (429, Outcome.UNREACHABLE),
    (500, Outcome.UNREACHABLE),
    (503, Outcome.UNREACHABLE),
)


@pytest.mark.parametrize(("status", "expected"), STATUS)
def test_the_status_decides_where_there_are_no_rules(status, expected):
    with web({"/robots.txt": answer(DENY, status=status)}) as site:
        [refusal] = ask(site, "http://a.example/x")
    assert outcome(refusal) is expected


def test_a_refusal_says_where_the_rule_stands_and_how_to_fix_it():
    with web({"/robots.txt": answer(DENY)}) as site:
        [refusal] = ask(site, "http://a.example/x")
    assert "http://a.example/robots.txt" in refusal.reason
    assert "User-agent: OSPO-Atlas" in refusal.reason


def test_rules_are_asked_for_once_per_origin():
    with web({"b.example/robots.txt": answer(DENY)}) as site:
        refusals = ask(site, "http://a.example/1", "http://a.example/2", "http://b.example/1", "http://b.example/2")
    assert [outcome(refusal) for refusal in refusals] == [None, None, Outcome.REFUSED, Outcome.REFUSED]
    assert [request.host for request in site.requests] == ["a.example", "b.example"]


def test_rules_are_kept_in_bounded_memory_and_read_again_when_they_were_forgotten():
    hosts = [f"{letter}.example" for letter in "abcdef"]
    long = answer("User-agent: *\nDisallow: /x\n# ".ljust(MAX_BYTES - 1, "x"))
    with web({"/robots.txt": answer(DENY), **{f"{host}/robots.txt": long for host in hosts[1:]}}) as site:
        settings = site.settings(*hosts, max_bytes=MAX_BYTES)
        again = [f"http://{host}/x" for host in ["a.example", *hosts, "f.example", "a.example", "b.example"]]
        assert {outcome(refusal) for refusal in ask(site, *again, settings=settings)} == {Outcome.REFUSED}
        asked = [request.host for request in site.requests]
    assert [host for host in asked if host != "a.example"] == [*hosts[1:], "b.example"]
    assert asked.count("a.example") == 2


def test_a_host_without_an_answer_is_asked_once():
    with web() as site:
        settings = site.settings(resolve={"a.example": "127.0.0.1:9"})
        refusals = ask(site, "http://a.example/1", "http://a.example/2", settings=settings)
    assert refusals[0] is refusals[1]
    assert outcome(refusals[0]) is Outcome.UNREACHABLE


@pytest.mark.parametrize(("hops", "expected"), [(5, Outcome.REFUSED), (6, None)])
def test_five_redirects_are_followed_and_more_mean_that_there_is_none(hops, expected):
    routes = {f"/{number}": redirect(f"/{number - 1}") for number in range(1, hops)}
    with web({**routes, "/robots.txt": redirect(f"http://b.example/{hops - 1}"), "/0": answer(DENY)}) as site:
        [refusal] = ask(site, "http://a.example/x")
    assert outcome(refusal) is expected


def test_a_redirect_to_a_private_address_is_refused():
    with web({"/robots.txt": redirect("http://10.0.0.1/robots.txt")}) as site:
        [refusal] = ask(site, "http://a.example/x")
    assert outcome(refusal) is Outcome.REFUSED
    assert "10.0.0.1" in refusal.reason


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7.0), ("0", 0.0), ("1e9", 60.0), ("-1", 0.5), ("x", 0.5)])
def test_a_crawl_delay_is_the_pause_within_the_limit(asked, seconds):
    async def run(settings):
        async with Transport(settings) as transport:
            await Robots(transport, settings).refusal("http://a.example/x", transport.allowance())
            return transport.pace.delay("a.example")

    with web({"/robots.txt": answer(f"User-agent: *\nCrawl-delay: {asked}\n")}) as site:
        assert asyncio.run(run(site.settings(delay_seconds=0.5))) == seconds
