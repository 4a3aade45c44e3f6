"""Rendering a page once for each revision of the store: strong ETags, 304, and a bounded cache of finished answers."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import Response, current_app, make_response, request

from registry.web import request_context
from registry.web.text.language import language

_BYTES = 64 * 1024 * 1024
_OVERHEAD = 1_000  # of an entry, beside its body and key


@dataclass(frozen=True, slots=True)
class Kept:
    """A finished answer: its body, the headers that its view set, and its ETag."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    tag: str


class PageCache:
    """The bodies of finished answers by key, the least recently used dropped first; emptied by a new revision."""

    def __init__(self, max_bytes: int = _BYTES) -> None:
        self._max_bytes, self._bytes, self._revision = max_bytes, 0, -1
        self._kept: OrderedDict[tuple[str, ...], Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], revision: int) -> Kept | None:
        """Return what is kept under that key for that revision."""
        with self._lock:
            if revision != self._revision:
                self._kept.clear()
                self._bytes, self._revision = 0, revision
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[str, ...], revision: int, answer: Kept) -> None:
        """Keep an answer, unless the revision has moved on."""
        with self._lock:
            if revision != self._revision or key in self._kept or _size(key, answer) > self._max_bytes // 10:
                return
            self._kept[key] = answer
            self._bytes += _size(key, answer)
            while self._bytes > self._max_bytes:
                self._bytes -= _size(*self._kept.popitem(last=False))


def _size(key: tuple[str, ...], answer: Kept) -> int:
    return len(answer.body) + 4 * sum(map(len, key)) + _OVERHEAD


def cached(view: Callable[..., Any]) -> Callable[..., Response]:
    """Make a view that depends on the address, the Accept headers and the store alone answer from the cache."""

    @wraps(view)
    def wrapped(**values: Any) -> Response:
        cache: PageCache = current_app.config["PAGES"]
        revision = request_context.catalogue().revision()
        key = (request.full_path, request.headers.get("Accept", ""), language())
        kept = cache.get(key, revision)
        if kept is None:
            response = make_response(view(**values))
            response.direct_passthrough = False
            if response.status_code != 200:
                return response
            kept = _kept(response)
            cache.put(key, revision, kept)
        response = Response(kept.body, headers=list(kept.headers))
        response.set_etag(kept.tag)
        response.headers["Cache-Control"] = "no-cache"  # may be kept, must be asked about: a crawl changes it at once
        response.make_conditional(request)
        return response

    return wrapped


def _kept(response: Response) -> Kept:
    body = response.get_data()
    tag = hashlib.sha256(body + (response.content_type or "").encode()).hexdigest()[:32]
    return Kept(body, tuple((name, value) for name, value in response.headers if name != "Content-Length"), tag)
