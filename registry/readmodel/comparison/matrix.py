"""The rows of the comparison: countries or offices by nine cells; pure. Nothing here scores or ranks.

A cell shows the strongest ordered force among its statements in force. It shows a force outside the order (encouraged,
neutral, informational) only if none is ordered, and then: pending, expired or failed statements, or the coverage.
What is merely claimed decides no cell: it is no headline of anybody, and stands in the cell with whose it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.in_force import EXPIRED, FAILED, IN_FORCE, PENDING, legal_status
from registry.readmodel.values import Cell, Line, Row, Statement
from registry.vocabulary import concepts

ACTIVITIES = tuple(concept.code for concept in concepts.concepts("activity"))
STAGES = tuple(concept.code for concept in concepts.concepts("stage"))
CELLS = tuple((activity, stage) for activity in ACTIVITIES for stage in STAGES)

# The forces in the order in which a cell shows one of them: the ordered ones, then the others.
FORCES = tuple(dict.fromkeys((*concepts.ordered("force"), *(concept.code for concept in concepts.concepts("force")))))
_LEVELS = [concept.code for concept in concepts.concepts("level")]
COVERAGE = concepts.ordered("coverage")  # in the order in which a cell shows one of them, if nothing is stated
STATED, NOT_ASSESSED = "stated", "not-assessed"  # codes of coverage
NO_MATCH = "no-match"  # the cell has statements, but none passes the filters
MAX_SIDE_BY_SIDE = 5  # rows


# What a cell can show, what takes precedence first: a cell shows the first of what its statements would show alone.
KEYS = (*FORCES, NOT_ASSESSED, PENDING, EXPIRED, FAILED, *COVERAGE, NOT_ASSESSED)
_OF_STATUS = {status: KEYS.index(status) for status in (PENDING, EXPIRED, FAILED)}


def place(status: str, item: Statement) -> int:
    """Return the place in KEYS of what a cell with this statement alone shows; `status` is its legal status."""
    return len(KEYS) - 1 if item.claimed_by else _place(status, item)


def _place(status: str, item: Statement) -> int:
    if item.coverage != STATED:
        first = len(KEYS) - len(COVERAGE) - 1
        return first + COVERAGE.index(item.coverage) if item.coverage in COVERAGE else len(KEYS) - 1
    if status == IN_FORCE:
        return FORCES.index(item.force) if item.force in FORCES else len(FORCES)
    return _OF_STATUS.get(status, len(KEYS) - 1)


def order(status: str, item: Statement) -> tuple[bool, bool, int, int]:
    """Return the sort key within a cell: claims last; statements in force first, then by force, then by level."""
    force = FORCES.index(item.force) if item.force in FORCES else len(FORCES)
    level = _LEVELS.index(item.level) if item.level in _LEVELS else len(_LEVELS)
    return bool(item.claimed_by), status != IN_FORCE, force, level


def cell(statements: Sequence[Statement], on: str = "") -> Cell:
    """Return the cell of these statements on a day, "" for now; of equals the first stays the first."""
    judged = [(legal_status(item, on), item) for item in statements]
    if not judged:
        return Cell(NOT_ASSESSED)
    first = min(place(status, item) for status, item in judged)
    ordered = sorted(judged, key=lambda pair: order(*pair))
    return Cell(KEYS[first], tuple([item for _, item in ordered]), first)


def lines(rows: Sequence[Row], filters: Filters, *, differences: bool = False) -> list[Line]:
    """Return the cells of a few rows side by side, a line for each cell; with `differences` only those that differ."""
    side_by_side = [
        Line(activity, stage, tuple(row.cells[activity, stage] for row in rows))
        for activity, stage in CELLS
        if filters.has_cell(activity, stage)
    ]
    return [line for line in side_by_side if line.differs or not differences]
