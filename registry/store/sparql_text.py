"""The one way to build SPARQL."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyoxigraph import (
    NamedNode,
    RdfFormat,
    Triple,
    serialize,
)

from registry.store.protocol import Term


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
