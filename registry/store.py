"""The store, as SPARQL 1.1 alone: two methods that every server offers, and functions that work on any of them.

Our texts keep to what all servers do alike: no COPY or MOVE, DROP SILENT, one text for what must happen together.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

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
    serialize,
)

from registry.errors import StoreError

Term = NamedNode | Literal | BlankNode
Row = dict[str, Term]

JSON = "application/sparql-results+json"
N_TRIPLES = "application/n-triples"


class Store(Protocol):
    """A quad store. Every method raises StoreError, whose text says what the operator can do."""

    def query(self, text: str, media_type: str) -> bytes:
        """Return the results of a query in that media type, complete."""

    def update(self, text: str) -> None:
        """Carry out an update, wholly or not at all."""

    def close(self) -> None:
        """Give back what the store holds."""


def bind(text: str, /, **terms: str | Term) -> str:
    """Return a query with each `$name` replaced by a term; a plain string is an IRI.

    Terms are written by the RDF library, so nothing in them can become syntax.
    Raises ValueError for a string that is no IRI, and for a name that the text or the arguments lack.
    """
    written = {name: str(NamedNode(term) if isinstance(term, str) else term) for name, term in terms.items()}
    wanted = set(re.findall(r"\$(\w+)", text))
    if wanted != set(written):
        raise ValueError(f"the query asks for {sorted(wanted)}, but {sorted(written)} was given")
    return re.sub(r"\$(\w+)", lambda match: written[match[1]], text)


def select(store: Store, text: str) -> list[Row]:
    """Return the rows of a SELECT query; an unbound variable is absent."""
    results = parse_query_results(store.query(text, JSON), QueryResultsFormat.JSON)
    if not isinstance(results, QuerySolutions):
        raise StoreError("the store answered a SELECT query with something else than rows")
    names = [variable.value for variable in results.variables]
    return [{name: value for name, value in zip(names, row, strict=True) if value is not None} for row in results]


def ask(store: Store, text: str) -> bool:
    """Return the answer to an ASK query."""
    answer = parse_query_results(store.query(text, JSON), QueryResultsFormat.JSON)
    if not isinstance(answer, QueryBoolean):
        raise StoreError("the store answered an ASK query with something else than yes or no")
    return bool(answer)


def construct(store: Store, text: str) -> list[Triple]:
    """Return the triples of a CONSTRUCT query."""
    return [quad.triple for quad in parse(store.query(text, N_TRIPLES), RdfFormat.N_TRIPLES)]


def insert_data(graph: str, triples: Iterable[Triple]) -> str:
    """Return the update that adds these triples to a graph; to be joined to others by `;`."""
    return insert_lines(graph, [lines(triples)])


def delete_data(graph: str, triples: Iterable[Triple]) -> str:
    """Return the update that takes these triples, none of them with a blank node, out of a graph."""
    return delete_lines(graph, [lines(triples)])


def insert_lines(graph: str, data: Iterable[str]) -> str:
    """Return the update that adds what these lines of N-Triples say to a graph."""
    return f"INSERT DATA {{ GRAPH {NamedNode(graph)} {{\n{''.join(data)}}} }}"


def delete_lines(graph: str, data: Iterable[str]) -> str:
    """Return the update that takes what these lines of N-Triples say, without blank nodes, out of a graph."""
    return f"DELETE DATA {{ GRAPH {NamedNode(graph)} {{\n{''.join(data)}}} }}"


def lines(triples: Iterable[Triple]) -> str:
    """Return triples as N-Triples."""
    return (serialize(triples, format=RdfFormat.N_TRIPLES) or b"").decode()


def drop(graph: str) -> str:
    """Return the update that empties a graph, whether or not it is there."""
    return f"DROP SILENT GRAPH {NamedNode(graph)}"


_QUADS = "SELECT ?g ?s ?p ?o WHERE { GRAPH ?g { ?s ?p ?o } }"


def dump(store: Store) -> bytes:
    """Return all quads as sorted N-Quads: the canonical form of a store without blank nodes.

    Raises StoreError when there is a blank node, whose label would mean nothing elsewhere.
    """
    rows = select(store, _QUADS)
    if any(isinstance(term, BlankNode) for row in rows for term in row.values()):
        raise StoreError("the store holds blank nodes, so it did not come from this program alone")
    lines = sorted(f"{row['s']} {row['p']} {row['o']} {row['g']} .\n" for row in rows)
    return "".join(lines).encode()


def digest(store: Store) -> str:
    """Return the hash of all quads: equal for equal stores."""
    return "sha256:" + hashlib.sha256(dump(store)).hexdigest()


def _revision_file(location: str) -> Path:
    return Path(f"{location}.revision")


def publish_revision(location: str, revision: int) -> None:
    """Tell the readers of an embedded store that it holds a new revision; a server needs no telling."""
    if "://" in location:
        return
    file = _revision_file(location)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(file.name + ".tmp")
    draft.write_text(str(revision), encoding="ascii")
    draft.replace(file)


def read_revision(location: str) -> int:
    """Return the revision that readers of an embedded store may see; 0 before the first."""
    try:
        return int(_revision_file(location).read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
