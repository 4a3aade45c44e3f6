"""The rows of the comparison: countries or offices by nine cells; pure. Nothing here scores or ranks.

A cell shows the strongest ordered force among its statements in force. It shows a force outside the order (encouraged,
neutral, informational) only if none is ordered, and then: pending, expired or failed statements, or the coverage.
What is merely claimed decides a cell only where nothing else is stated.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.in_force import EXPIRED, FAILED, IN_FORCE, PENDING, legal_status
from registry.readmodel.values import Cell, Head, Line, Row, Statement
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


def cell(statements: Sequence[Statement], on: str = "") -> Cell:
    """Return the cell of these statements on a day, "" for now."""
    judged = [(legal_status(item, on), item) for item in statements]
    heard = [(status, item) for status, item in judged if not item.claimed_by]
    return Cell(_key(heard or judged), tuple([item for _, item in sorted(judged, key=_order)]))


def _order(judged: tuple[str, Statement]) -> tuple[bool, bool, int, int, str]:
    """Return the sort key within a cell: claims last; statements in force first, then by force, then by level."""
    status, item = judged
    force = FORCES.index(item.force) if item.force in FORCES else len(FORCES)
    level = _LEVELS.index(item.level) if item.level in _LEVELS else len(_LEVELS)
    return bool(item.claimed_by), status != IN_FORCE, force, level, item.iri


def _key(judged: Sequence[tuple[str, Statement]]) -> str:
    """Return what a cell shows of statements with their legal status: a force, a legal status, or a coverage."""
    stated = [(status, item.force) for status, item in judged if item.coverage == STATED]
    forces = {force for status, force in stated if status == IN_FORCE}
    if forces:
        return next((force for force in FORCES if force in forces), NOT_ASSESSED)
    statuses = {status for status, _ in stated}
    if statuses:
        return next(status for status in (PENDING, EXPIRED, FAILED) if status in statuses)
    coverages = {item.coverage for _, item in judged}
    return next((coverage for coverage in COVERAGE if coverage in coverages), NOT_ASSESSED)


def rows(statements: Iterable[Statement], heads: Iterable[Head], filters: Filters, by: str = "country") -> list[Row]:
    """Return the rows of those heads that the filters leave, in the order of the heads, with the statements that pass.

    `by` is the field of a statement that holds the code of a head: "country" or "office". A cell is NO_MATCH if it has
    statements and none passes. If the filters narrow, a head without a passing statement is left out.
    """
    passing: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    with_statements: set[tuple[str, str, str]] = set()
    for item in statements:
        position = getattr(item, by), item.activity, item.stage
        with_statements.add(position)
        if filters.passes(item):
            passing[position].append(item)

    made = {position: cell(together, filters.on) for position, together in passing.items()}
    made |= dict.fromkeys(with_statements - made.keys(), Cell(NO_MATCH))
    empty = Cell(NOT_ASSESSED)
    codes = {code for code, _, _ in passing}
    countries = filters.chosen.get("country")
    return [
        Row(head, {pair: made.get((head.code, *pair), empty) for pair in CELLS})
        for head in heads
        if (countries is None or head.country in countries) and (head.code in codes or not filters.narrows)
    ]


def lines(rows: Sequence[Row], filters: Filters, *, differences: bool = False) -> list[Line]:
    """Return the cells of a few rows side by side, a line for each cell; with `differences` only those that differ."""
    side_by_side = [
        Line(activity, stage, tuple(row.cells[activity, stage] for row in rows))
        for activity, stage in CELLS
        if filters.has_cell(activity, stage)
    ]
    return [line for line in side_by_side if line.differs or not differences]
