"""A visitor's query as it is run: read to a tree, checked, and written again from that tree.

What is run is never what was sent. Comments, prefixes, escapes and the spelling of words are gone, each IRI is in full
and every text is in one form of quotes, so that no engine can read it otherwise than we did. What reaches beyond the
graphs of the registry, or is no query, is refused by what the tree holds.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.endpoint.protocol import Dataset
from registry.endpoint.sparql import scope
from registry.endpoint.sparql.names import Names
from registry.endpoint.sparql.tree import Node, parse
from registry.endpoint.sparql.writer import Writer, described
from registry.errors import QueryError, QueryTooLongError

_LONGER = 16  # times that prefixes may make a query longer


@dataclass(frozen=True, slots=True)
class Query:
    """A query that may be run: its form ("select", "ask", "construct" or "describe") and its text.

    `variables` are those of its rows, in the order in which they appear; none where it has no rows. `dataset` is what
    it names with FROM and FROM NAMED, which its text no longer has; None where it names none. `asks_graphs` tells
    whether it has GRAPH.
    """

    kind: str
    text: str
    variables: tuple[str, ...]
    dataset: Dataset | None
    asks_graphs: bool

    @property
    def is_graph(self) -> bool:
        """Whether the answer is a graph, not rows or a boolean."""
        return self.kind in ("construct", "describe")


def read_query(text: str, base: str, max_bytes: int) -> Query:
    """Return the query of a text, on the registry with this base.

    Raises QueryTooLongError for a longer text, and QueryError for what is malformed, nested too deep, or not offered:
    updates, SERVICE, graphs that are not ours, and functions and names that an engine has beyond the standard.
    """
    if len(text.encode("utf-8", "replace")) > max_bytes:
        raise QueryTooLongError(f"the query is longer than {max_bytes} bytes: shorten it")
    tree, tokens = parse(text.encode("utf-8", "replace").decode())  # without halves of surrogates
    visible = scope.check(tree, tokens)
    names = Names(tree, tokens)
    _refuse(tree, names, base)
    (operation,) = tree.nodes("Select", "Construct", "Describe", "Ask")
    dataset = _dataset(operation, names, base)
    if operation.rule == "Describe":
        written = described(tree, operation, visible, names, tokens)
    else:
        written = Writer(names, tokens).text(tree)
    if len(written) > max_bytes * _LONGER:
        raise QueryTooLongError(f"with its prefixes written out, the query is longer than {max_bytes * _LONGER} bytes")
    asks_graphs = any(node.rule == "Graph" for node in tree.walk())
    variables = tuple(visible) if operation.rule == "Select" else ()
    return Query(operation.rule.lower(), written, variables, dataset, asks_graphs)


def check_graph(graph: str, base: str) -> None:
    """Raise QueryError for a graph that cannot be one of the registry with this base: an engine might fetch it."""
    if not graph.startswith(f"{base}/"):
        raise QueryError(f"<{graph}> is no graph of this registry: their names begin with {base}/")


def _dataset(operation: Node, names: Names, base: str) -> Dataset | None:
    clauses = [clause for part in operation.nodes("Dataset") for clause in part.nodes()]
    default, named = (
        [names.iri(iri) for clause in clauses if clause.rule == rule for iri in clause.nodes()]
        for rule in ("From", "FromNamed")
    )
    for graph in (*default, *named):
        check_graph(graph, base)
    return (default, named) if clauses else None


@dataclass(frozen=True, slots=True)
class _Beyond:
    """How names begin that are refused, and the functions that are not."""

    prefixes: tuple[str, ...]
    functions: frozenset[str]


@cache
def _beyond() -> _Beyond:
    table = tomllib.loads((files("registry.endpoint.sparql") / "engines.toml").read_text(encoding="utf-8"))
    casts = table["casts"]
    prefixes = tuple(prefix.lower() for known in table["beyond"].values() for prefix in known)
    return _Beyond(prefixes, frozenset(casts["namespace"] + name for name in casts["names"]))


def _refuse(tree: Node, names: Names, base: str) -> None:
    """Raise QueryError for what might leave the store, or is answered by some engines alone."""
    beyond = _beyond()
    for node in tree.walk():
        if node.rule == "Service":
            raise QueryError("SERVICE is not offered here: ask the other endpoint itself")
        if node.rule == "Graph":
            for graph in node.nodes("Iri"):
                check_graph(names.iri(graph), base)
        if node.rule == "Iri" and names.iri(node).lower().startswith(beyond.prefixes):
            raise QueryError(f"<{names.iri(node)}> is not offered here: it belongs to the extensions of some engine")
        if node.rule == "Function" or (node.rule == "IriOrFunction" and len(node.parts) > 1):
            function = names.iri(next(node.nodes("Iri")))
            if function not in beyond.functions:
                casts = ", ".join(sorted(name.rpartition("#")[2] for name in beyond.functions))
                raise QueryError(f"the function <{function}> is not offered here; of xsd: there are {casts}")
