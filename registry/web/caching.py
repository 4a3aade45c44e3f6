"""A cache of finished responses for each revision of the store, with strong ETags and 304 (RFC 9110, section 13)."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from cachetools import LRUCache
from flask import Response, current_app, make_response, request

from registry.web import request_context
from registry.web.at_once import STATE
from registry.web.text.language import language

PAGES_BYTES = 64 * 1024 * 1024
_ENTRY_BYTES = 1_000  # what an entry takes beside its body and its key


@dataclass(frozen=True, slots=True)
class FinishedResponse:
    """A finished response: its body, the headers that its view set, its ETag, and the bytes that it takes in memory."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    tag: str
    size: int


class Flights:
    """Lets one thread at a time make what has a key; safe for threads."""

    def __init__(self) -> None:
        self._locks: dict[Hashable, tuple[threading.Lock, int]] = {}  # key → its lock, and how many want it
        self._lock = threading.Lock()

    @contextmanager
    def alone(self, key: Hashable) -> Iterator[None]:
        """Wait until no other thread is within a block of that key."""
        with self._lock:
            own, wanting = self._locks.get(key, (threading.Lock(), 0))
            self._locks[key] = own, wanting + 1
        try:
            with own:
                yield
        finally:
            with self._lock:
                own, wanting = self._locks.pop(key)
                if wanting > 1:
                    self._locks[key] = own, wanting - 1


class PageCache:
    """Finished responses by key, at most `max_bytes` of them; the least recently used goes first; safe for threads.

    All are of one revision of the store: those of another are dropped.
    """

    def __init__(self, max_bytes: int = PAGES_BYTES) -> None:
        self._responses: LRUCache[tuple[str, ...], FinishedResponse] = LRUCache(max_bytes, lambda kept: kept.size)
        self._revision: object = None
        self._lock = threading.Lock()
        self.flights = Flights()

    def get(self, key: tuple[str, ...], revision: object) -> FinishedResponse | None:
        """Return the response of that key for that revision, None when there is none."""
        with self._lock:
            if revision != self._revision:
                self._responses.clear()
                self._revision = revision
            return self._responses.get(key)

    def put(self, key: tuple[str, ...], revision: object, response: FinishedResponse) -> None:
        """Keep a response, unless the revision has moved on or it would take more than a tenth of the cache."""
        with self._lock:
            if revision == self._revision and response.size <= self._responses.maxsize // 10:
                self._responses[key] = response


def cached(view: Callable[..., Any]) -> Callable[..., Response]:
    """Wrap a view so that it answers from the cache. It may depend only on address, Accept headers and store.

    Equal requests that come while an answer is being made wait for that one.
    """

    @wraps(view)
    def wrapped(**values: Any) -> Response:
        cache: PageCache = current_app.config["PAGES"]
        revision = request_context.catalogue().version()
        key = (request.full_path, request.headers.get("Accept", ""), language())
        kept = cache.get(key, revision)
        if kept is None:
            with cache.flights.alone(key):
                kept = cache.get(key, revision)
                if kept is None:
                    response = make_response(view(**values))
                    response.direct_passthrough = False
                    if response.status_code != 200:
                        return response
                    kept = _finished(response, key)
                    cache.put(key, revision, kept)
        request.environ[STATE] = request_context.catalogue().state()
        response = Response(kept.body, headers=list(kept.headers))
        response.set_etag(kept.tag)
        # a client may keep it, but must revalidate it: a crawl can change it at any time
        response.headers["Cache-Control"] = "no-cache"
        response.make_conditional(request)
        return response

    return wrapped


def _finished(response: Response, key: tuple[str, ...]) -> FinishedResponse:
    body = response.get_data()
    tag = hashlib.sha256(body + (response.content_type or "").encode()).hexdigest()[:32]
    headers = tuple((name, value) for name, value in response.headers if name != "Content-Length")
    # a character of a text takes four bytes at the most
    return FinishedResponse(body, headers, tag, len(body) + 4 * sum(map(len, key)) + _ENTRY_BYTES)
