"""What is found when servers answer 200 for everything, pages are long, and others write JSON-LD beside ours."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from federation import discovery, likeness
from federation.transport import Response
from registry.errors import ReadingError
from registry.model import Outcome
from registry.reading.describe import describe
from tests.federation.test_fetch import BLOCK, FILE, HOME, WELL_KNOWN, read
from tests.support.growth import growth
from tests.support.web import answer, redirect, web

PAGE = "https://a.example/about/"
EVERYWHERE = [f"{WELL_KNOWN}{suffix}" for suffix in ("", ".yaml", ".jsonld", ".ttl")]
SCRIPT = '<script type="application/ld+json">{}</script>'
YOAST = '{"@context": "https://schema.org", "@graph": [{"@type": "Organization", "name": "Ministry"}]}'


def html(text, **headers):
    return answer(f"<!doctype html><title>Office</title>{text}", content_type="text/html", **headers)


NAMING = html('<link rel="describedby" href="/ospo.yaml">')

NOTHING = (
    ("", "text/plain", "nothing at all"),
    (" \r\n", "text/plain", "white space alone"),
    ("Not Found", "text/plain", "a text, “Not Found”"),
    ("404: Not Found", "text/plain", "a text"),
    ("Error: no page\nurl: /.well-known/ospo-meta\n", "text/plain", "a text"),
    ("Nothing at https://a.example/x: sorry", "text/plain", "a text"),
    ('{"error": "not found", "status": 404}', "application/json", "JSON of another kind"),
    (
        '{"type": "about:blank", "title": "Not Found", "status": 404}',
        "application/problem+json",
        "JSON of another kind",
    ),
    (
        '{"@context": "/contexts/Error", "@type": "hydra:Error", "title": "No"}',
        "application/ld+json",
        "JSON of another",
    ),
    ('"Not Found"', "application/json", "JSON of another kind"),
    ("null", "application/json", "a text"),
    ("[]", "application/json", "JSON of another kind"),
    ("<!doctype html><p>Not Found", "text/html", "a web page"),
    ("<h1>Not Found</h1>", "text/html", "a web page"),
    ('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>', "application/xml", "an XML document"),
    ("\x89PNG\r\n\x1a\n\0\0\0", "image/png", "no text"),
)


@pytest.mark.parametrize(("body", "media_type", "_"), NOTHING)
@pytest.mark.parametrize("page", [NAMING, html(SCRIPT.format(BLOCK)), html("", link="</ospo.yaml>; rel=describedby")])
def test_what_is_no_description_at_the_well_known_address_hides_nothing(page, body, media_type, _):
    routes = dict.fromkeys(EVERYWHERE, answer(body, content_type=media_type))
    with web({"/": page, "/ospo.yaml": answer(FILE), **routes}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.final_url) in ((None, "http://a.example/ospo.yaml"), (None, HOME))
    assert len(site.paths) == len(set(site.paths))


@pytest.mark.parametrize(("body", "media_type", "words"), NOTHING)
def test_where_nothing_better_is_found_the_steps_say_what_was_found(body, media_type, words):
    routes = dict.fromkeys(EVERYWHERE, answer(body, content_type=media_type))
    with web({"/": html(""), **routes}) as site:
        fetched = read(site, HOME)
    assert fetched.steps[0].url == f"http://a.example{WELL_KNOWN}"
    assert words in fetched.steps[0].result
    assert fetched.steps[0].result.isprintable()
    assert fetched.final_url == (HOME if likeness_of(body, media_type) == "a web page" else fetched.steps[0].url)
    assert fetched.outcome is None


def likeness_of(body, media_type="text/plain"):
    data = body if isinstance(body, bytes) else body.encode()
    return likeness.what_else(Response(PAGE, 200, (("content-type", media_type),), data))


DESCRIPTIONS = (
    (FILE, ""),
    ("# Licence\n" * 300 + "---\n" + FILE, "text/html"),
    ("URL: https://a.example\nName: {en: A}\n", "text/plain"),
    ("https://a.example/one:\n  name: One\n", "text/plain"),
    ("one.yaml:\n  'https://a.example/one':\n    name: One\n", "text/plain"),
    ("'@context': https://w3id.org/ospo/ns/context.jsonld\n'@graph': []\n", "text/plain"),
    ("policies:\n  - title: {en: A}\n", "text/plain"),
    ("offices:\r\n- {url: https://a.example, name: A}\r\n", "text/plain"),
    ("{url: https://a.example, name: {en: A}}", "text/plain"),
    ('{"url": "https://a.example", "name": {"en": "A"}}', "application/json"),
    ('{"https://a.example/": {"name": "A"}}', "application/json"),
    (BLOCK, "application/json"),
    (f"[{YOAST}, {BLOCK}]", "application/ld+json"),
    ("\ufeff@prefix a: <https://a.example/> .\n", ""),
    ("# A comment\nPREFIX a: <https://a.example/>\n", "text/plain"),
    ("[] a <https://w3id.org/ospo/ns#Office> .", "text/plain"),
    ("[ a <https://w3id.org/ospo/ns#Office> ] .", "text/plain"),
    ("<https://a.example/#o> a <https://w3id.org/ospo/ns#Office> .", "text/html; charset=utf-8"),
    ("<#o>\n  a <https://w3id.org/ospo/ns#Office> .", "text/html"),
    ("<a> a <b> .", "text/turtle"),
    ('<https://a.example/> <https://b.example/> "<html>" .', "text/html"),
    (
        '<?xml version="1.0"?><!-- A --><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
        "text/html",
    ),
    ("url: é".encode("utf-16"), ""),
)


@pytest.mark.parametrize(("body", "media_type"), DESCRIPTIONS)
def test_what_may_be_a_description_ends_the_search(body, media_type):
    assert likeness_of(body, media_type) == ""


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<a:",
        "{",
        ",",
        ", https://a",
        "https://a",
        "\n",
        " ",
        "'",
        '"@',
        "url ",
        "[ ",
        "@prefix ",
        "_:",
        "<a> ",
        "- ",
    ],
)
def test_the_cost_of_a_hostile_answer_does_not_grow_faster_than_its_length(piece):
    small, large = ((begin + piece * (length // len(piece))) for begin, length in (("x\n", 8_000), ("x\n", 64_000)))
    assert growth(likeness_of, small, large, 24) <= 24  # of 8 times the length; its square would be 64


def test_turtle_at_the_well_known_address_may_be_sent_as_a_page():
    turtle = '<http://a.example/#o> a <https://w3id.org/ospo/ns#Office> ; <http://xmlns.com/foaf/0.1/name> "A" .\n'
    with web({WELL_KNOWN: answer(turtle, content_type="text/html; charset=utf-8")}) as site:
        fetched = read(site, HOME)
    assert (fetched.outcome, fetched.body.decode()) == (None, turtle)
    assert described(fetched).format == "turtle"


def described(fetched):
    return describe(
        fetched.body, media_type=fetched.header("content-type"), url=fetched.final_url, graph="https://atlas.example/g"
    )


# --- what is to be mended ---


def test_a_redirect_loop_is_called_one_and_its_addresses_are_named():
    routes = {"/a": redirect("/b"), "/b": redirect("/c"), "/c": redirect("/b"), "/self": redirect("/self")}
    with web(routes) as site:
        loop, itself = read(site, "http://a.example/a"), read(site, "http://a.example/self")
    assert loop.outcome is Outcome.REFUSED
    assert "a redirect loop: http://a.example/b → http://a.example/c → http://a.example/b" in loop.reason
    assert "http://a.example/self redirects to itself" in itself.reason


def test_a_named_file_that_is_not_there_is_told_with_the_page_that_names_it():
    with web({"/": NAMING}) as site:
        fetched = read(site, HOME)
    assert fetched.outcome is Outcome.GONE
    assert "http://a.example/ospo.yaml answers 404" in fetched.reason
    assert f"the page {HOME} names this address" in fetched.reason


# --- blocks ---


def office(number, **more):
    return {
        "@context": "https://w3id.org/ospo/ns/context.jsonld",
        "@id": f"https://a.example/{number}#office",
        "type": "Office",
        "url": f"https://a.example/{number}",
        "name": {"en": f"Office {number}"},
        **more,
    }


def in_page(*blocks, head=""):
    """Return the description in a page of these blocks, as it is read of what the crawler takes from it."""
    texts = [block if isinstance(block, str) else json.dumps(block) for block in blocks]
    body = f"<!doctype html>{head}" + "".join(map(SCRIPT.format, texts))
    found = discovery.data_block(Response(PAGE, 200, (("content-type", "text/html"),), body.encode()))
    return describe(found.body, media_type=found.header("content-type"), url=found.url, graph="https://atlas.example/g")


def lines(*blocks, **more):
    return set(in_page(*blocks, **more).n_triples.splitlines())


def test_all_blocks_of_a_page_are_one_data_set():
    assert lines(office(1), office(2)) == lines(office(1)) | lines(office(2))
    shared = {"@context": {"ospo": "https://w3id.org/ospo/ns#"}, "@id": "_:team"}
    one, two = shared | {"ospo:a": "1"}, shared | {"ospo:b": "2"}
    assert len({line.split()[0] for line in lines(one, two)}) == 1


def test_the_base_of_the_page_is_the_base_of_its_blocks():
    relative = office(1) | {"@id": "one#office"}
    assert any(b"<https://a.example/about/one#office>" in line for line in lines(relative))
    for blocks in ([relative], [relative, office(2)]):
        found = lines(*blocks, head='<base href="/data/">')
        assert any(b"<https://a.example/data/one#office>" in line for line in found)


def test_an_array_may_hold_an_item_of_another_with_a_context_that_is_not_read():
    found = in_page([json.loads(YOAST), office(1)])
    assert set(found.n_triples.splitlines()) == lines(office(1))
    assert found.notes == ("item 1 was left out: its context https://schema.org is not read",)


def test_a_block_of_ours_that_cannot_be_read_is_named_and_spoils_no_other():
    broken = json.dumps(office(1))[:-1]
    found = in_page(broken, office(2))
    assert set(found.n_triples.splitlines()) == lines(office(2))
    assert len(found.notes) == 1
    assert found.notes[0].startswith("block 1 of the page was left out: line 1, column ")
    for blocks in ([broken], [broken, broken]):
        with pytest.raises(ReadingError, match="is never closed"):
            in_page(*blocks)


def foreign_maps(inner):
    return st.dictionaries(st.sampled_from(["@type", "@graph", "name", "url", "sameAs"]), inner)


VALUES = st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | foreign_maps(inner))
OTHERS = st.builds(lambda value: json.dumps({"@context": "https://schema.org"} | value), foreign_maps(VALUES))
FOREIGN = st.one_of(
    OTHERS.map(lambda text: text.replace("<", "")),
    st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"])),  # no JSON at all
    # which look like ours and are not
    st.just('{"@context": "https://schema.org", "sameAs": "https://w3id.org/ospo/ns#"}'),
    st.just('[{"@context": "https://schema.org", "sameAs": "https://w3id.org/ospo/ns#"}, ]'),
    st.just('{"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": '),
    st.just('\x1e{"@id": "https://w3id.org/ospo/ns#\x1e'),
)


@settings(deadline=None)
@given(st.lists(FOREIGN, max_size=4), st.lists(FOREIGN, max_size=4))
def test_blocks_of_others_around_ours_change_nothing(before, after):
    assert lines(*before, office(1), *after) == lines(office(1))


@pytest.mark.parametrize(
    "body", [b"\x1e", b"\x1e{}\n\x1e{}", b'\x1e{"@base": 1}\n\x1e{}', b'\x1e{"@base": ""}', b"\x1e\xff"]
)
def test_a_file_that_begins_like_a_sequence_and_is_none_is_refused(body):
    with pytest.raises(ReadingError):
        describe(body, media_type="", url=PAGE, graph="https://atlas.example/g")
