"""One graph in the place of another, piece by piece: small updates, each of which leaves every thing whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from pyoxigraph import Triple

from registry.store.protocol import Store, construct, select
from registry.store.sparql_text import bind, delete_data, insert_data, lines, load, together

T = TypeVar("T")
# Triples of one update; a piece may have more. Each bulk makes files of its own, which the store puts together later;
# of more than so many (4 MB of text) the memory for them counts, and that of a server.
_ENOUGH = 30_000


def replace(
    store: Store,
    graph: str,
    pieces: Iterable[set[Triple]],
    thing_of: Callable[[str], str],
    differs: Callable[[set[Triple], set[Triple]], None] = lambda old, new: None,
    among: Iterable[str] | None = None,
) -> None:
    """Make the graph hold these pieces and nothing else, by updates of what differs.

    Where `among` are subjects, only what the graph says of these is replaced; None are all.

    A piece is whatever must not be seen half-changed. `thing_of` tells of the IRI of a subject to which thing it
    belongs: all subjects of a thing are in one piece. `differs` is told, before each update, all triples that the
    subjects of it have before and after.
    """
    old: dict[str, set[str]] = defaultdict(set)
    if among is None:
        among = (
            row["subject"].value for row in select(store, bind(load("registry.store", "subjects.rq"), graph=graph))
        )
    for subject in among:
        old[thing_of(subject)].add(subject)
    done: set[str] = set()
    for new in _gathered(pieces, _ENOUGH):
        subjects = {triple.subject.value for triple in new}  # type: ignore[union-attr]
        known = set().union(*(old.pop(thing, set()) for thing in {thing_of(subject) for subject in subjects}))
        shared = _held(store, graph, subjects & done)  # with a piece before: it only gains
        held = _held(store, graph, known)
        if held != new - shared:
            differs(held, new - shared)
            there = {thing_of(triple.subject.value) for triple in held}  # type: ignore[union-attr]
            fresh = {subject for subject in subjects - done if thing_of(subject) not in there}
            _update(store, graph, held, new - shared, fresh)
        done |= subjects
    for left in _gathered(old.values(), _ENOUGH // 30):
        held = _held(store, graph, left)
        differs(held, set())
        _update(store, graph, held, set(), set())


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
    text = load("registry.store", "of_subjects.rq")
    return set(construct(store, bind(text, graph=graph, subjects=sorted(subjects))))


def _update(store: Store, graph: str, old: set[Triple], new: set[Triple], fresh: set[str]) -> None:
    """Put the new triples in the place of the old ones, of which there are none of the subjects that are `fresh`.

    Whatever a crash leaves of these alone, the next replacement completes or takes away.
    """
    gone, more = old - new, new - old
    if not gone and not more:
        return
    alone = {triple for triple in more if triple.subject.value in fresh}  # type: ignore[union-attr]
    # in order, which the store takes in faster
    text = together((delete_data(graph, gone), insert_data(graph, sorted(more - alone, key=str))))
    store.update(text, {graph: lines(alone)})
