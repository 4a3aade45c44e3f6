"""Answers that need no thread and no question to the store: of a state that is shown, and still the published one.

An answer is kept under what its request said, and given to every later request that says the same.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable
from dataclasses import replace

from cachetools import LRUCache
from werkzeug.http import parse_etags, parse_range_header

from registry.front.bridge import Answer, Environ, FilePart
from registry.readmodel.catalogue import Catalogue

STATE = "ospo.state"  # in an environment: the state of the store that the answer is of, where it may be kept
PART = "ospo.part"  # in an environment: the part of the site that answered
_MAX_BYTES = 64 * 1024 * 1024
_ENTRY_BYTES = 4_000  # what an entry takes beside its body: its headers, its key
_SAID = ("PATH_INFO", "QUERY_STRING", "HTTP_ACCEPT", "HTTP_ACCEPT_LANGUAGE")  # all that an answer may depend on

Key = tuple[str, ...]


class AtOnce:
    """Finished answers of one state of the store, at most `max_bytes` of them in memory; safe for threads.

    `published` tells the name of the state that is published now, without opening anything.
    """

    def __init__(
        self, catalogue: Catalogue, published: Callable[[], str], count: Callable[[str, int], None], max_bytes: int
    ) -> None:
        self._catalogue, self._published, self._count = catalogue, published, count
        self._answers: LRUCache[Key, tuple[Answer, str]] = LRUCache(max_bytes, lambda kept: _size(kept[0]))
        self._state = ""
        self._lock = threading.Lock()

    def get(self, environ: Environ) -> Answer | None:
        """Return the answer to a request, None where it must be made."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return None
        state = self._catalogue.state()
        if not state or self._catalogue.store_state() != self._published():
            return None
        with self._lock:
            answer, part = self._answers.get(_key(environ), (None, "")) if state == self._state else (None, "")
        if answer is None or (isinstance(answer.body, FilePart) and not os.access(answer.body.path, os.R_OK)):
            return None
        found = fitted(answer, environ)
        self._count(part, found.status)
        return found

    def keep(self, environ: Environ, answer: Answer) -> None:
        """Keep an answer that was made, where it may be; a small part of memory is the most that it may take."""
        state = environ.get(STATE, "")
        if not state or environ["REQUEST_METHOD"] != "GET" or answer.status != 200:
            return
        with self._lock:
            if state != self._state:
                self._answers.clear()
                self._state = state
            if _size(answer) <= self._answers.maxsize // 10:
                self._answers[_key(environ)] = answer, environ.get(PART, "none")


def fitted(answer: Answer, environ: Environ) -> Answer:
    """Return a whole answer as a request wants it: nothing where it has it (304), or one range of a file (206).

    RFC 9110, sections 13.1.2 and 14.2: If-None-Match is weighed first; a Range counts for a GET alone, if If-Range
    names the same version; several ranges at once, and those that cannot be read, are answered with the whole.
    """
    headers = {name.lower(): value for name, value in answer.headers}
    if answer.status != 200 or not (tag := headers.get("etag", "").strip('"')):
        return answer
    if parse_etags(environ.get("HTTP_IF_NONE_MATCH")).contains_weak(tag):
        left = [(name, value) for name, value in answer.headers if not _is_of_body(name.lower())]
        return Answer(304, tuple(left), b"")
    part = answer.body
    wanted = parse_range_header(environ.get("HTTP_RANGE")) if isinstance(part, FilePart) else None
    if not isinstance(part, FilePart) or wanted is None or environ["REQUEST_METHOD"] != "GET":
        return answer
    if environ.get("HTTP_IF_RANGE", f'"{tag}"') != f'"{tag}"' or wanted.units != "bytes" or len(wanted.ranges) != 1:
        return answer
    left = [(name, value) for name, value in answer.headers if name.lower() != "content-length"]
    ((first, _),) = wanted.ranges
    # the last bytes of a file that has not as many are all of it (section 14.1.2)
    limits = (0, part.length) if 0 < part.length <= -first else wanted.range_for_length(part.length)
    if limits is None:
        return Answer(416, (*left, ("Content-Range", f"bytes */{part.length}")), b"")
    start, stop = limits
    told = ("Content-Range", f"bytes {start}-{stop - 1}/{part.length}")
    return Answer(206, (*left, told), replace(part, start=part.start + start, length=stop - start))


def json_answer(status: int, value: object, retry: str = "") -> Answer:
    """Return an answer in JSON that nobody may keep."""
    again = (("Retry-After", retry),) if retry else ()
    headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *again)
    return Answer(status, headers, json.dumps(value).encode())


def _is_of_body(name: str) -> bool:
    return name.startswith("content-") and name not in ("content-security-policy", "content-location")


def _key(environ: Environ) -> Key:
    return tuple(environ.get(name, "") for name in _SAID)


def _size(answer: Answer) -> int:
    return _ENTRY_BYTES + (len(answer.body) if isinstance(answer.body, bytes) else 0)
