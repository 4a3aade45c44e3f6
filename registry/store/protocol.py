"""The store, as SPARQL 1.1 alone: two methods that every server offers, and functions that work on any of them.

Our texts keep to what all servers do alike: no COPY or MOVE, DROP SILENT, one text for what must happen together.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Protocol, runtime_checkable

from pyoxigraph import (
    BlankNode,
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Triple,
    parse,
    parse_query_results,
)

from registry.errors import StoreError
from registry.store.sparql_text import Term, bind, load

Row = dict[str, Term]

_BOOLEAN = NamedNode("http://www.w3.org/2001/XMLSchema#boolean")
_BOOLEANS: dict[Term, Term] = {
    Literal("1", datatype=_BOOLEAN): Literal(True),
    Literal("0", datatype=_BOOLEAN): Literal(False),
}

NOTHING: Mapping[str, str] = MappingProxyType({})  # that is new

JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples"


class Store(Protocol):
    """A quad store. Every method raises StoreError, whose text says what the operator can do."""

    def query(self, text: str, media_type: str) -> bytes:
        """Return the results of a query in that media type, complete."""

    def update(self, text: str, new: Mapping[str, str] = NOTHING) -> None:
        """Carry out an update, wholly or not at all; and before it add what is `new`: graph → lines of N-Triples.

        Some stores add much faster what is new, but not in the same transaction: a crash may leave it, or a part of it,
        without the update. So it is what nothing speaks of before the update; and who writes takes away, or completes,
        what a crash has left (see `Writer.catch_up`).
        """

    @property
    def version(self) -> str:
        """What tells this state of the store from every other; "" for a store that changes while it is asked."""

    def view(self) -> Store:
        """Return a store that does not change while it is asked, where this kind of store has one; else itself."""

    def close(self) -> None:
        """Give back what the store holds."""


@runtime_checkable
class InProcess(Protocol):
    """A store in this process: to write out what it finds and to parse that again takes half as long as to find it."""

    def rows(self, text: str) -> Iterator[Row]:
        """Yield what `select` returns."""

    def triples(self, text: str) -> list[Triple]:
        """Return what `construct` does."""


def select(store: Store, text: str) -> list[Row]:
    """Return the rows of a SELECT query; an unbound variable is absent."""
    if isinstance(store, InProcess):
        return list(store.rows(text))
    with _read_as("rows"):
        results = parse_query_results(store.query(text, JSON), QueryResultsFormat.JSON)
        if not isinstance(results, QuerySolutions):
            raise StoreError("the store answered a SELECT query with something else than rows")
        return [{name: plain(value) for name, value in row.items()} for row in rows_of(results)]


def each(store: Store, text: str) -> Iterator[Row]:
    """Yield the rows of a SELECT query: one by one as a store in this process finds them, where there are many."""
    return store.rows(text) if isinstance(store, InProcess) else iter(select(store, text))


def rows_of(results: QuerySolutions) -> Iterator[Row]:
    """Yield solutions as rows."""
    names = [variable.value for variable in results.variables]
    return ({name: value for name, value in zip(names, row, strict=True) if value is not None} for row in results)


@contextmanager
def _read_as(what: str) -> Iterator[None]:
    """Make a StoreError of what is wrong in an answer: that of a server may be anything."""
    try:
        yield
    except (SyntaxError, ValueError) as error:
        raise StoreError(f"the answer of the store cannot be read as {what}: {error}") from error


def plain(term: Term) -> Term:
    """Return a term as the embedded store has it: Virtuoso 7 writes 1 and 0 for true and false."""
    return _BOOLEANS.get(term, term)


def ask(store: Store, text: str) -> bool:
    """Return the answer to an ASK query."""
    with _read_as("yes or no"):
        return truth(parse_query_results(store.query(text, JSON), QueryResultsFormat.JSON))


def truth(results: QueryBoolean | QuerySolutions) -> bool:
    """Return what a server answers to an ASK query: Virtuoso 7 gives a row with 1 or 0. Raises StoreError."""
    if isinstance(results, QueryBoolean):
        return bool(results)
    if [variable.value for variable in results.variables] == ["__ASK_RETVAL"]:
        return any(row[0] is not None and row[0].value == "1" for row in results)
    raise StoreError("the store answered an ASK query with something else than yes or no")


def construct(store: Store, text: str) -> list[Triple]:
    """Return the triples of a CONSTRUCT query."""
    if isinstance(store, InProcess):
        return store.triples(text)
    with _read_as("triples"):
        return [quad.triple for quad in parse(store.query(text, N_TRIPLES), RdfFormat.N_TRIPLES)]


def graph(store: Store, name: str) -> list[Triple]:
    """Return all triples of a graph."""
    return construct(store, bind(load("registry.store", "graph.rq"), graph=name))


def dump(store: Store, within: str = "") -> bytes:
    """Return all quads as sorted N-Quads: the canonical form of a store without blank nodes.

    `within` is how the names of the graphs begin: a server may have some of its own. Raises StoreError when there is a
    blank node, whose label would mean nothing elsewhere.
    """
    rows = [row for row in select(store, load("registry.store", "quads.rq")) if row["g"].value.startswith(within)]
    if any(isinstance(term, BlankNode) for row in rows for term in row.values()):
        raise StoreError("the store holds blank nodes, so it did not come from this program alone")
    lines = sorted(f"{row['s']} {row['p']} {row['o']} {row['g']} .\n" for row in rows)
    return "".join(lines).encode()


def digest(store: Store, within: str = "") -> str:
    """Return the hash of all quads in these graphs: equal for equal stores."""
    return "sha256:" + hashlib.sha256(dump(store, within)).hexdigest()
