"""The validator of feeds: it passes a feed of ours, and finds what is wrong with any other."""

import re
from copy import deepcopy
from xml.etree import ElementTree

import pytest

from registry.web.app import create_app
from tests.support.atom import ATOM, problems
from tests.support.merged import SETTINGS, store


@pytest.fixture(scope="module")
def body():
    response = create_app(SETTINGS, store()).test_client().get("/feed.atom")
    assert response.data.count(b"<entry>") > 1
    return response.get_data(as_text=True)


def test_the_feed_is_valid(body):
    assert problems(body) == []


def test_no_required_element_can_be_missing_or_stand_twice(body):
    whole = ElementTree.fromstring(body)
    required = [("feed", "id"), ("feed", "title"), ("feed", "updated"), ("author", "name")]
    required += [("entry", "id"), ("entry", "title"), ("entry", "updated"), ("entry", "author")]
    for holder, name in required:
        without, twice = deepcopy(whole), deepcopy(whole)
        for root, change in (
            (without, lambda holder, child: holder.remove(child)),
            (twice, ElementTree.Element.append),
        ):
            parent = next(root.iter(ATOM + holder))
            change(parent, parent.find(ATOM + name))
        assert problems(ElementTree.tostring(without)) != []
        assert name == "author" or problems(ElementTree.tostring(twice)) != []


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        ("<updated>[^<]*", "<updated>2026-01-01"),
        ("<updated>[^<]*", "<updated>1 May 2026"),
        ("<entry><id>[^<]*", "<entry><id>/events/1"),
        ("<entry><id>[^<]*", "<entry><id>https://same.example/"),
        ("<title>[^<]*", "<title> "),
        ("<name>[^<]*", "<name>"),
        ("<uri>[^<]*", "<uri>sources/a b"),
        ('href="https:', 'href="'),
        ('type="text/html"', 'type="html"'),
        ('type="text">', 'type="markdown">'),
        ('rel="self"', 'rel="alternate"'),
        ("<entry>", "<entry><rights2>x</rights2>"),
        ("<entry>", '<entry lang="en">'),
        ("<feed ", '<feed version="1" '),
        ("<entry>", '<entry><link rel="alternate" type="text/html" href="https://a.example/"/>'),
        (r"(?s)<feed (.*)</feed>", r"<rss \1</rss>"),
    ],
)
def test_what_breaks_the_rfc_is_found(body, pattern, replacement):
    broken, count = re.subn(pattern, replacement, body)
    assert count > 0
    assert problems(broken) != []
