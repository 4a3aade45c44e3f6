"""Finished pages are kept within a number of bytes, and never across revisions."""

from registry.web.caching import FinishedResponse, PageCache


def response(size):
    return FinishedResponse(b"", (), "tag", size)


def kept(cache, revision=1):
    return [name for name in "abcdefghijkl" if cache.get((name,), revision)]


def test_what_was_used_least_recently_goes_first():
    cache = PageCache(max_bytes=100)
    cache.get(("a",), 1)
    for name in "abcdefghij":
        cache.put((name,), 1, response(10))
    assert kept(cache) == list("abcdefghij")
    assert cache.get(("a",), 1)
    cache.put(("k",), 1, response(10))
    assert kept(cache) == list("acdefghijk")
    cache.put(("k",), 1, response(3))
    cache.put(("l",), 1, response(7))
    assert kept(cache) == list("acdefghijkl")


def test_a_response_that_would_take_more_than_a_tenth_is_not_kept():
    cache = PageCache(max_bytes=100)
    cache.get(("a",), 1)
    cache.put(("a",), 1, response(11))
    assert kept(cache) == []


def test_another_revision_finds_nothing_and_what_was_made_for_an_old_one_is_not_kept():
    cache = PageCache(max_bytes=100)
    cache.get(("a",), 1)
    cache.put(("a",), 1, response(1))
    assert cache.get(("a",), 2) is None
    assert cache.get(("a",), 1) is None
    cache.get(("a",), 3)
    cache.put(("a",), 2, response(1))
    assert cache.get(("a",), 3) is None
