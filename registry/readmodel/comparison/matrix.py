"""Countries or offices × nine cells: pure functions of the statements. Nothing here scores or ranks.

Only the ordered forces of statements in force colour a cell; what stands beside the order is shown where nothing
ordered does (domain rules: compare along the ordered part only, hide nothing expired, not-assessed is not silence).
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

# The forces that a cell shows, the first first: those that are ordered, then those that stand beside the order.
FORCES = tuple(dict.fromkeys((*concepts.ordered("force"), *(concept.code for concept in concepts.concepts("force")))))
_LEVELS = [concept.code for concept in concepts.concepts("level")]
COVERAGE = concepts.ordered("coverage")  # what a cell shows where nothing is stated, the first first
STATED, NOT_ASSESSED = "stated", "not-assessed"  # of these
NO_MATCH = "no-match"
AT_ONCE = 5  # rows that fit side by side, on a page and in a head


def cell(statements: Sequence[Statement], on: str = "") -> Cell:
    """Return the cell that these statements make, on a day or as they stand now."""
    return Cell(_key(statements, on), tuple(sorted(statements, key=lambda item: _weight(item, on))))


def _weight(item: Statement, on: str) -> tuple[bool, int, int, str]:
    """Return the order within a cell: what is in force, then the strongest, then the widest level of government."""
    force = FORCES.index(item.force) if item.force in FORCES else len(FORCES)
    level = _LEVELS.index(item.level) if item.level in _LEVELS else len(_LEVELS)
    return legal_status(item, on) != IN_FORCE, force, level, item.iri


def _key(statements: Sequence[Statement], on: str) -> str:
    stated = [(legal_status(item, on), item.force) for item in statements if item.coverage == STATED]
    forces = {force for state, force in stated if state == IN_FORCE}
    if forces:
        return next((force for force in FORCES if force in forces), NOT_ASSESSED)
    states = {state for state, _ in stated}
    if states:
        return next(state for state in (PENDING, EXPIRED, FAILED) if state in states)
    found = {item.coverage for item in statements}
    return next((coverage for coverage in COVERAGE if coverage in found), NOT_ASSESSED)


def rows(statements: Iterable[Statement], heads: Iterable[Head], chosen: Filters, by: str = "country") -> list[Row]:
    """Return a row for each head that the filters leave, in their order, with the statements that pass.

    `by` is the field of a statement that heads are codes of: country or office. A cell whose statements all fail the
    filters is NO_MATCH. With filters that narrow, a row without any statement left is left out.
    """
    passing: dict[tuple[str, str, str], list[Statement]] = defaultdict(list)
    there: set[tuple[str, str, str]] = set()
    for item in statements:
        place = getattr(item, by), item.activity, item.stage
        there.add(place)
        if chosen.passes(item):
            passing[place].append(item)
    left = {code for code, _, _ in passing}
    return [
        Row(head, {pair: _cell(passing.get((head.code, *pair)), (head.code, *pair) in there, chosen) for pair in CELLS})
        for head in heads
        if _wanted(head, chosen) and (head.code in left or not chosen.narrows)
    ]


def _wanted(head: Head, chosen: Filters) -> bool:
    return head.country in chosen.chosen.get("country", {head.country})


def _cell(statements: list[Statement] | None, there: bool, chosen: Filters) -> Cell:
    if statements:
        return cell(statements, chosen.on)
    return Cell(NO_MATCH if there else NOT_ASSESSED)


def lines(compared: Sequence[Row], chosen: Filters, *, differences: bool = False) -> list[Line]:
    """Return the cells of a few rows side by side; with `differences` those alone that do not show the same."""
    found = [
        Line(activity, stage, tuple(row.cells[activity, stage] for row in compared))
        for activity, stage in CELLS
        if chosen.has_cell(activity, stage)
    ]
    return [line for line in found if line.differs or not differences]
