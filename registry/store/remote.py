"""A SPARQL 1.1 server as the store, through SPARQLWrapper."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from http.client import HTTPException, HTTPResponse
from typing import BinaryIO, Self, TypeVar

from SPARQLWrapper import INSERT, POST, SELECT
from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

from registry.errors import StoreError
from registry.store.protocol import NOTHING
from registry.store.remote_question import Question, is_cut
from registry.store.sparql_text import insert_new, together
from registry.store.unredirected import UnredirectedWrapper

T = TypeVar("T")
_MIB = 1_048_576
_MOST_SECONDS = 300.0  # from its first byte on


class RemoteStore:
    """A server with an address for queries and one for updates, which may be the same.

    Whether an update of several operations is one transaction depends on the server: choose one that promises it.
    `timeout_seconds` is how long it may be silent. Where `rest_seconds` are given, it is not asked for so long after it
    was silent for that time, and then by one alone, so that it holds up few. An answer to a question of our own has
    `most_bytes`: all things of 100,000 offices are some 600 MB.
    """

    def __init__(
        self,
        query_url: str,
        update_url: str = "",
        timeout_seconds: float = 30.0,
        rest_seconds: float = 0.0,
        most_bytes: int = 1024 * _MIB,
    ) -> None:
        self._query_url, self._update_url = query_url, update_url or query_url
        self._timeout, self._rest = max(1, int(timeout_seconds)), rest_seconds
        self._most_bytes = most_bytes
        self._rests_until = 0.0  # of `time.monotonic`; 0 while it answers

    def query(self, text: str, media_type: str) -> bytes:
        """Return the server's answer in that media type; an error page with status 200 is an error too."""
        now = time.monotonic()
        if now < self._rests_until:
            raise StoreError(f"the store {self._query_url} was silent a moment ago: it is asked again soon")
        if self._rests_until:
            self._rests_until = now + self._timeout
        wrapper = self._wrapper(self._query_url, text, SELECT)
        wrapper.addCustomHttpHeader("Accept", media_type)
        try:
            kind, body = _sent(wrapper, self._query_url, self._most_bytes)
        except StoreError as error:  # whoever refuses is not silent
            rests = self._rest and isinstance(error, _SilentError)
            self._rests_until = time.monotonic() + self._rest if rests else 0.0
            raise
        self._rests_until = 0.0
        if kind != media_type:
            raise StoreError(f"{self._query_url} answered with {kind or 'no media type'} instead of {media_type}")
        return body

    def ask_for(
        self,
        text: str,
        media_type: str,
        graphs: tuple[Sequence[str], Sequence[str]],
        read: Callable[[BinaryIO], T],
        ended: Callable[[], None],
        most_bytes: int,
    ) -> Question[T]:
        """Send a query of which the answer is made of a stream, by `read`; see `Question`.

        `graphs` are the default graphs and the named graphs of the request.
        """
        default, named = graphs
        form = [("query", text), *(("default-graph-uri", graph) for graph in default)]
        form += [("named-graph-uri", graph) for graph in named]
        return Question(self._query_url, form, media_type, read, ended, self._timeout, most_bytes)

    def update(self, text: str, new: Mapping[str, str] = NOTHING) -> None:
        """Send an update, with what is new before it in the same request: others may read the server meanwhile."""
        text = together((insert_new(new), text))
        _sent(self._wrapper(self._update_url, text, INSERT), self._update_url, self._most_bytes)

    @property
    def version(self) -> str:
        """Nothing: it changes while it is asked."""
        return ""

    def view(self) -> Self:
        """Return the store itself."""
        return self

    def close(self) -> None:
        """Nothing is held open."""

    def _wrapper(self, url: str, text: str, kind: str) -> UnredirectedWrapper:
        wrapper = UnredirectedWrapper(url, updateEndpoint=url)
        wrapper.setOnlyConneg(True)  # else it adds format=, output= and results= to every request
        wrapper.setTimeout(self._timeout)  # else it waits for ever
        wrapper.setMethod(POST)  # as a form: some servers hang on the direct POST of a query
        wrapper.queryString, wrapper.queryType = text, kind  # setQuery would guess the kind from the text
        return wrapper


class _SilentError(StoreError):
    """The server did not answer in time."""


def _sent(wrapper: UnredirectedWrapper, url: str, most_bytes: int) -> tuple[str, bytes]:
    try:
        response = wrapper.query().response
        if is_cut(response.headers):
            raise StoreError(f"the store {url} cut its answer at a limit of its own: give it more time")
        return response.headers.get_content_type(), _whole(response, url, most_bytes)
    except TimeoutError as error:
        raise _SilentError(f"the store {url} did not answer in time: the question timed out") from error
    except (SPARQLWrapperException, HTTPException, OSError) as error:
        kind = _SilentError if isinstance(getattr(error, "reason", None), TimeoutError) else StoreError
        raise kind(f"the store {url} did not do what it was asked: {error}") from error


def _whole(response: HTTPResponse, url: str, most_bytes: int) -> bytes:
    """Return the body of an answer: one without end would fill the memory, one that drips hold up whoever waits."""
    ends, parts, size = time.monotonic() + _MOST_SECONDS, [], 0
    while part := response.read1(_MIB):
        parts.append(part)
        size += len(part)
        if size > most_bytes:
            raise StoreError(f"the store {url} answered with more than {most_bytes // _MIB} MiB")
        if time.monotonic() > ends:
            raise _SilentError(f"the store {url} took more than {_MOST_SECONDS:g} seconds to answer")
    return b"".join(parts)
