"""One graph in the place of another, piece by piece: small updates, each of which leaves every thing whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TypeVar

from pyoxigraph import NamedNode, Triple

from registry.store.protocol import Store, construct, select
from registry.store.sparql_text import bind, delete_data, insert_data

T = TypeVar("T")
_ENOUGH = 10_000  # triples of one update; a piece may have more

_SUBJECTS = "SELECT DISTINCT ?s WHERE { GRAPH $graph { ?s ?p ?o } }"
_OF = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH $graph { VALUES ?s { %s } ?s ?p ?o } }"


def replace(store: Store, graph: str, pieces: Iterable[set[Triple]]) -> None:
    """Make the graph hold these pieces and nothing else, by updates of what differs.

    A piece is whatever must not be seen half-changed. What is named `{thing}#…` belongs to the thing.
    """
    old: dict[str, set[str]] = defaultdict(set)
    for row in select(store, bind(_SUBJECTS, graph=graph)):
        old[_thing(row["s"].value)].add(row["s"].value)
    done: set[str] = set()
    for new in _gathered(pieces, _ENOUGH):
        subjects = {triple.subject.value for triple in new}  # type: ignore[union-attr]
        known = set().union(*(old.pop(thing, set()) for thing in {_thing(subject) for subject in subjects}))
        shared = _held(store, graph, subjects & done)  # with a piece before: it only gains
        _update(store, graph, _held(store, graph, known), new - shared)
        done |= subjects
    for left in _gathered(old.values(), _ENOUGH // 10):
        _update(store, graph, _held(store, graph, left), set())


def _thing(subject: str) -> str:
    thing, _, _ = subject.partition("#")
    return subject if thing.endswith("/description") else thing  # whose nodes belong to many things


def _gathered(pieces: Iterable[set[T]], enough: int) -> Iterator[set[T]]:
    """Yield the pieces, several in one, as long as they are not enough."""
    together: set[T] = set()
    for piece in pieces:
        together |= piece
        if len(together) >= enough:
            yield together
            together = set()
    if together:
        yield together


def _held(store: Store, graph: str, subjects: set[str]) -> set[Triple]:
    if not subjects:
        return set()
    values = " ".join(str(NamedNode(subject)) for subject in sorted(subjects))
    return set(construct(store, bind(_OF, graph=graph) % values))


def _update(store: Store, graph: str, old: set[Triple], new: set[Triple]) -> None:
    parts = [delete_data(graph, old - new)] if old - new else []
    # in order, which the store takes in faster
    parts += [insert_data(graph, sorted(new - old, key=str))] if new - old else []
    if parts:
        store.update(" ;\n".join(parts))
