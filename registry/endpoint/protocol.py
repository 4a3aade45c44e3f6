"""The interface of all endpoints: a query in, an answer out, for every kind of store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# The default graphs and the named graphs of a request; they replace those of the query (SPARQL 1.1 Protocol, 2.1.4).
Dataset = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a query; `truncated` is the limit at which it was cut, "rows" or "bytes", or "" if it is whole."""

    body: bytes
    media_type: str
    truncated: str = ""


class Endpoint(Protocol):
    """Answers queries on one store. The default graph is the merged graph. Safe for threads."""

    def answer(self, text: str, accept: Sequence[str] = (), dataset: Dataset | None = None) -> Answer:
        """Return the answer in the first media type of `accept` that is possible; in the default one if it is empty.

        `dataset` is that of the request, None if the request names none. Raises QueryTooLongError, UnsuitableTypeError
        (no type of `accept` is possible), QueryError (malformed, or not offered), BusyError (try again in a moment),
        WorkerError (stopped at a limit) and StoreError (the store does not answer).
        """

    def close(self) -> None:
        """End the processes and connections of the endpoint."""
