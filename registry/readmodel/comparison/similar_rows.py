"""Which rows say the same in the same cells: a way to find neighbours, not a measure of anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.readmodel.comparison.matrix import NO_MATCH, NOT_ASSESSED
from registry.readmodel.values import Head, Row

_NOTHING = {NOT_ASSESSED, NO_MATCH}


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """Another row, how many cells somebody assessed in both, and in which of them both show the same."""

    head: Head
    both: int
    same: tuple[tuple[str, str], ...]


def similar_rows(row: Row, others: Iterable[Row], most: int = 6) -> list[SimilarRow]:
    """Return the rows that show the same as this one in most cells, those with equally many by their order."""
    found = [_compared(row, other) for other in others if other.head.code != row.head.code]
    return sorted((item for item in found if item.same), key=lambda item: -len(item.same))[:most]


def _compared(row: Row, other: Row) -> SimilarRow:
    both = [cell for cell, it in row.cells.items() if not {it.key, other.cells[cell].key} & _NOTHING]
    same = tuple(cell for cell in both if row.cells[cell].key == other.cells[cell].key)
    return SimilarRow(other.head, len(both), same)
