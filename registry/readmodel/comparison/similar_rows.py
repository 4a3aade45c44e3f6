"""The rows that show the same in the same cells: a way to find similar countries, not a measure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from registry.readmodel.comparison.roll_up import NO_MATCH, NOT_ASSESSED, NOTHING
from registry.readmodel.values import Head, Row

_EMPTY = {NOT_ASSESSED, NO_MATCH, NOTHING}


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """Another row; `both` counts the cells that are assessed in both rows, `same` are those that show the same."""

    head: Head
    both: int
    same: tuple[tuple[str, str], ...]


def similar_rows(row: Row, others: Iterable[Row], most: int = 6) -> list[SimilarRow]:
    """Return at most `most` other rows that show the same as this one in some cells, those with more cells first."""
    compared = [_compared(row, other) for other in others if other.head.code != row.head.code]
    return sorted((item for item in compared if item.same), key=lambda item: -len(item.same))[:most]


def _compared(row: Row, other: Row) -> SimilarRow:
    both = [pair for pair, cell in row.cells.items() if not {cell.key, other.cells[pair].key} & _EMPTY]
    same = tuple(pair for pair in both if row.cells[pair].shows == other.cells[pair].shows)
    return SimilarRow(other.head, len(both), same)
