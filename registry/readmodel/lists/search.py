"""Search in lists: words, facets with counts, and pages; pure functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np

from registry.readmodel.lists.folding import fold
from registry.readmodel.tables.columns import Mask, Rows
from registry.readmodel.tables.table import Table

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The rows that match, in the order of the table, and how many would match another choice.

    `counts`: facet → value → how many things match if this value is the only chosen one of its facet.
    `counts_without`: facet with chosen values → how many things match if none of its values is chosen.
    """

    rows: Rows
    counts: Mapping[str, Mapping[str, int]]
    counts_without: Mapping[str, int]


Chosen = Mapping[str, frozenset[str]]  # facet → chosen values; a thing needs one of them
Names = Mapping[str, Callable[[str], str]]  # facet → the text by which its values are found


def find(
    table: Table[Any], query: str, chosen: Chosen, facets: Iterable[str] = (), names: Names | None = None
) -> SearchResult:
    """Return the rows whose text holds every word of the query and that have a chosen value of each facet.

    `facets` are those that are counted. A word may also be held by the folded text that `names` has for a value.
    """
    matching = np.ones(len(table), np.bool_)
    for word in words(query):
        matching &= _holding(table, word, names or {})
    passing = {name: table.columns[name].having(*values) for name, values in chosen.items()}
    hits = _all([matching, *passing.values()])
    counts, counts_without = {}, {}
    for facet in facets:
        base = hits
        if facet in chosen:
            base = _all([matching, *(mask for name, mask in passing.items() if name != facet)])
            counts_without[facet] = int(np.count_nonzero(base))
        counts[facet] = _counts(table, facet, base)
    return SearchResult(np.flatnonzero(hits), counts, counts_without)


def words(query: str) -> tuple[str, ...]:
    """Return the folded words of a search text, each once."""
    return tuple(dict.fromkeys(fold(query).split()))


def _holding(table: Table[Any], word: str, names: Names) -> Mask:
    own = table.columns["words"]
    mask = own.with_any(own.values.holding(word))
    for facet, text in names.items():
        column = table.columns[facet]
        mask |= column.with_any(np.array([word in text(value) for value in column.values], np.bool_))
    return mask


def _all(masks: Sequence[Mask]) -> Mask:
    every: Mask = np.logical_and.reduce(masks)
    return every


def _counts(table: Table[Any], facet: str, rows: Mask) -> Mapping[str, int]:
    column = table.columns[facet]
    numbers = column.counts(rows)
    found = np.flatnonzero(numbers)
    return dict(zip(map(column.values.__getitem__, found.tolist()), numbers[found].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The items of one page; `number` is from 1 to `pages`."""

    items: Sequence[T]
    number: int
    pages: int


def paginate(items: Sequence[T], number: int, size: int) -> Page[T]:
    """Return the page of that number, of `size` items; the last page for a higher number."""
    pages = max(1, -(-len(items) // size))
    number = min(max(number, 1), pages)
    return Page(items[(number - 1) * size : number * size], number, pages)
