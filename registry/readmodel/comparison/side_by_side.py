"""A few rows side by side, a line for each cell; pure."""

from __future__ import annotations

from collections.abc import Sequence

from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.values import Line, Row

MAX_SIDE_BY_SIDE = 5  # rows


def lines(rows: Sequence[Row], filters: Filters, *, differences: bool = False) -> list[Line]:
    """Return the cells of a few rows side by side, a line for each cell; with `differences` only those that differ."""
    side_by_side = [
        Line(activity, stage, tuple(row.cells[activity, stage] for row in rows))
        for activity, stage in CELLS
        if filters.has_cell(activity, stage)
    ]
    return [line for line in side_by_side if line.differs or not differences]
