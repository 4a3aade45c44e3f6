"""Rendering a page once for each revision of the store: strong ETags, 304, and a bounded cache of finished answers."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Response, current_app, make_response, request

_ENTRIES = 2_000


class PageCache:
    """The bodies of finished answers by key, the least recently used dropped first; emptied by a new revision."""

    def __init__(self, entries: int = _ENTRIES) -> None:
        self._entries, self._revision = entries, -1
        self._kept: OrderedDict[tuple[str, ...], tuple[bytes, str, str]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, ...], revision: int) -> tuple[bytes, str, str] | None:
        """Return body, media type and ETag kept under that key for that revision."""
        with self._lock:
            if revision != self._revision:
                self._kept.clear()
                self._revision = revision
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: tuple[str, ...], revision: int, answer: tuple[bytes, str, str]) -> None:
        """Keep an answer, unless the revision has moved on."""
        with self._lock:
            if revision == self._revision and len(answer[0]) < 4_000_000:
                self._kept[key] = answer
                while len(self._kept) > self._entries:
                    self._kept.popitem(last=False)


def cached(view: Callable[..., Any]) -> Callable[..., Response]:
    """Make a view that depends on the address, the Accept headers and the store alone answer from the cache."""

    @wraps(view)
    def wrapped(**values: Any) -> Response:
        cache: PageCache = current_app.config["PAGES"]
        revision = current_app.config["CATALOGUE"].revision()
        accepts = (request.headers.get("Accept", ""), request.headers.get("Accept-Language", ""))
        key = (request.full_path, *accepts)
        kept = cache.get(key, revision)
        if kept is None:
            response = make_response(view(**values))
            response.direct_passthrough = False
            if response.status_code != 200:
                return response
            body = response.get_data()
            kept = body, response.content_type, hashlib.sha256(body + response.content_type.encode()).hexdigest()[:32]
            cache.put(key, revision, kept)
        body, content_type, tag = kept
        response = Response(body, content_type=content_type)
        response.set_etag(tag)
        response.headers["Cache-Control"] = "no-cache"  # may be kept, must be asked about: a crawl changes it at once
        response.make_conditional(request)
        return response

    return wrapped
