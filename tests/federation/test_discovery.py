"""Where a description stands when the given address is not one: links, heads of pages, and data blocks in them."""

import pytest

from federation import discovery, likeness
from federation.transport import Response
from tests.support.growth import growth

PAGE = "https://a.example/about/"


def page(body="", *links, content_type="text/html"):
    headers = tuple(("link", link) for link in links)
    return Response(PAGE, 200, (("content-type", content_type), *headers), body.encode())


WELL_KNOWN = [f"https://a.example/.well-known/ospo-meta{suffix}" for suffix in ("", ".yaml", ".jsonld", ".ttl")]


@pytest.mark.parametrize(
    ("url", "is_home", "is_for_whole_host"),
    [
        ("https://a.example", True, True),
        ("https://A.example.:443/", True, True),
        ("https://a.example/?lang=fr#top", True, True),
        ("https://a.example/.well-known/ospo-meta", False, True),
        ("https://a.example/.well-known/ospo-meta.ttl", False, False),
        ("https://a.example/ospo.yaml", False, False),
        ("http://[bad", False, False),
    ],
)
def test_a_home_page_and_the_well_known_address_stand_for_their_host(url, is_home, is_for_whole_host):
    assert (discovery.is_home(url), discovery.is_for_whole_host(url)) == (is_home, is_for_whole_host)


@pytest.mark.parametrize("url", ["https://a.example", "https://A.example.:443/x?y#z"])
def test_the_well_known_addresses_of_a_host_are_tried_in_order(url):
    assert list(discovery.at_origin(url)) == WELL_KNOWN


DESCRIBED = (
    ('<link rel="describedby" href="/ospo.yaml">', "https://a.example/ospo.yaml"),
    ('<html><head><LINK REL="Alternate DescribedBy" HREF=ospo.ttl></head>', "https://a.example/about/ospo.ttl"),
    ('<link rel=describedby href="https://b.example/x#y" type="text/turtle"/>', "https://b.example/x"),
    ('<base href="/data/"><link rel="describedby" href="x">', "https://a.example/data/x"),
    ('<link rel="describedby" type="application/pdf" href="x"><link rel="describedby" href="y">', "y"),
    ('<link rel="describedby" href="a&amp;b">', "https://a.example/about/a&b"),
    ('<body><link rel="describedby" href="/by-a-commenter">', ""),
    ('<!-- <link rel="describedby" href="x"> -->', ""),
    ('<script>"<link rel=describedby href=x>"</script>', ""),
    ('<link rel="describedby">', ""),
    ('<link rel="stylesheet" href="x">', ""),
    ("<p>" * 30_000 + '<link rel="describedby" href="x">', ""),
    (f"<style>{'.a{}' * 30_000}</style>" + '<link rel="describedby" href="x">', "https://a.example/about/x"),
    ('<title><link rel="describedby" href="x"></title>', ""),
    ('<noscript><img src="a"></noscript><link rel="describedby" href="x"><p>', "https://a.example/about/x"),
    ('<div></div><link rel="describedby" href="x"><body>', "https://a.example/about/x"),
    ('<p>A comment without a body: <link rel="describedby" href="x">', ""),
    ('<p><base href="/visitors/"><body><link rel="describedby" href="x">', ""),
    ('<base href="http://["><link rel="describedby" href="x">', "https://a.example/about/x"),
    ('<a b="c\'>"><link rel="describedby" href="x"><body>', "https://a.example/about/x"),
    ('<a b=c\'d><link href="x" href="y" rel=\'describedby\'><body>', "https://a.example/about/x"),
    ("", ""),
)


@pytest.mark.parametrize(("body", "target"), DESCRIBED)
def test_a_link_in_the_head_names_the_description(body, target):
    expected = f"{PAGE}{target}" if target == "y" else target
    assert discovery.described_by(page(body)) == ((expected,) if expected else ())


HEADERS = (
    ('</ospo.yaml>; rel="describedby"', "https://a.example/ospo.yaml"),
    ("<x>;rel=describedby;type=application/yaml", "https://a.example/about/x"),
    ('<s.css>; rel=preload; as=style, <x>; rel="alternate describedby"', "https://a.example/about/x"),
    ('<x>; title="a, b; rel=describedby"', ""),
    ('<x>; rel="describedby"; anchor="#part"', ""),
    ('<x>; rel="describedby"; type="text/html"', ""),
    ("<x", ""),
    ("x; rel=describedby", ""),
)


@pytest.mark.parametrize(("header", "target"), HEADERS)
def test_a_link_header_names_the_description(header, target):
    assert discovery.described_by(page("", header)) == ((target,) if target else ())


def test_the_header_comes_before_the_page():
    found = discovery.described_by(page('<link rel="describedby" href="b">', "<c>; rel=next", "<a>; rel=describedby"))
    assert found == ("https://a.example/about/a", "https://a.example/about/b")


def test_a_page_of_several_offices_names_twenty_descriptions_at_the_most_each_once():
    links = "".join(f'<link rel="describedby" href="{n}">' for n in (1, 1, *range(1, 30)))
    found = discovery.described_by(page(links, "<9>; rel=describedby, <8>; rel=describedby"))
    names = [url.removeprefix("https://a.example/about/") for url in found]
    assert names == ["9", "8", *(str(n) for n in range(1, 21) if n not in (8, 9))]


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("<!DOCTYPE html>", "text/html", True),
        ("\ufeff  <!doctype HTML>", "text/plain", True),
        ("<html>", "", True),
        ("<p>x", "text/html; charset=utf-8", True),
        ("url: https://a.example", "text/html", False),
        ("<https://a.example> a <b> .", "text/turtle", False),
        ('<?xml version="1.0"?><rdf:RDF>', "application/rdf+xml", False),
        ("", "text/html", False),
    ],
)
def test_a_web_page_is_told_by_how_it_begins(body, content_type, expected):
    assert likeness.is_page(page(body, content_type=content_type)) is expected


OURS = '{"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": "Office"}'
BLOCKS = (
    (f'<script type="application/ld+json">\n{OURS}\n</script>', OURS),
    (f"<body><p><SCRIPT TYPE='Application/LD+JSON; charset=utf-8'>{OURS}</SCRIPT>", OURS),
    (f'<script type="application/ld+json">{OURS.replace("/", chr(92) + "/")}</script>', OURS.replace("/", "\\/")),
    ('<script type="application/ld+json">{"@type": "https://w3id.org/ospo/ns#Office"}</script>', "same"),
    (
        '<script type="application/ld+json">{"a": "<p>&amp;"}</script>'
        f'<script type="application/ld+json">{OURS}</script>',
        OURS,
    ),
    (f'<script type="application/ld+json">{OURS}</script><script>[{OURS}]</script>', OURS),
    (f'<script type="application/ld+json">\n<!--\n{OURS}\n-->\n</script>', OURS),
    (f'<script type="application/ld+json">//<![CDATA[\n{OURS}\n//]]></script>', OURS),
    (f'<script type="application/ld+json">/*<![CDATA[*/{OURS}/*]]>*/</script>', OURS),
    (f'<script type="application/ld+json"><!--{OURS}', ""),
    ('<script type="application/ld+json">{"@context": "https://schema.org"}</script>', ""),
    ('<script type="application/ld+json">{"text": "see \\"https://w3id.org/ospo/ns#\\""}</script>', ""),
    (f"<script>{OURS}</script>", ""),
    (f'<script type="application/json">{OURS}</script>', ""),
    (f'<!-- <script type="application/ld+json">{OURS}</script> -->', ""),
    (f'<script type="application/ld+json">{OURS}', ""),
    (f'<script type="application/ld+json">{OURS[:-1]}{" " * 65_536}}}</script>', OURS[:-1] + " " * 65_536 + "}"),
    (" " * 65_536 + f'<script type="application/ld+json">{OURS}</script>', OURS),
    ("", ""),
)


@pytest.mark.parametrize(("body", "text"), BLOCKS)
def test_a_page_may_hold_its_description_as_json_ld(body, text):
    found = discovery.data_block(page(body))
    if text:
        expected = '{"@type": "https://w3id.org/ospo/ns#Office"}' if text == "same" else text
        assert found.body.decode() == expected
        assert (found.url, found.header("content-type")) == (PAGE, "application/ld+json")
    else:
        assert found is None


@pytest.mark.parametrize(
    "piece",
    [
        *(
            "<",
            "<!--",
            "<![",
            "<a ",
            "<a b='",
            "&#",
            "</",
            "<script>",
            "<!",
            "<a=",
            '<link rel="',
            "<a b=  ",
            "<title>",
        ),
        *("<?", "--", "<a b='\"", "<link/", "<p>", "<!-- --!", "/* ", "//\t"),
        '<script type="application/ld+json"></script>',
    ],
)
def test_the_cost_of_a_hostile_page_grows_as_its_length_does(piece):
    for begin, scan in (("", discovery.described_by), ('<script type="application/ld+json">', discovery.data_block)):
        small, large = (page(begin + piece * (length // len(piece))) for length in (70_000, 1_000_000))
        assert growth(scan, small, large, 40) <= 40  # of 14 times the length; its square would be 200
