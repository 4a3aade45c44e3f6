"""What every endpoint offers: the answer to a visitor's query, whichever kind of store stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

# The default graphs and the named graphs of a request (SPARQL 1.1 Protocol, section 2.1.4); they outdo the query's own.
Dataset = tuple[list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The results of a query; `truncated` names the limit that cut them: "rows" or "bytes", or "" for none."""

    body: bytes
    media_type: str
    truncated: str = ""


class Endpoint(Protocol):
    """Answers visitors' queries on one store, whose merged graph is the default graph; safe for threads."""

    def answer(self, text: str, accept: Sequence[str] = (), dataset: Dataset | None = None) -> Answer:
        """Return the answer in the first media type of `accept` that suits the query; in the usual one if it is empty.

        `dataset` is that of the request, None where it names none. Raises QueryTooLongError, UnsuitableTypeError (no
        type of `accept` suits), QueryError (malformed, or not offered), BusyError (try again), WorkerError (stopped at
        a limit) and StoreError (the store cannot be asked).
        """

    def close(self) -> None:
        """Give back what the endpoint holds."""
