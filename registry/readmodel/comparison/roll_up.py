"""The roll-up: which statement heads a cell, what stands beside it, and what stands apart; pure (codebook, section 9).

Each statement of a cell has one slot, by its state on the day, its scope, its object of duty and its force. The slots
are ordered so that the first one that is taken tells the head; so a cell is made by counting.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from registry.iri.names import code_of, term
from registry.model import Layer
from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.scope import APART, BELOW, RowKind, Scope, scope
from registry.readmodel.values import Below, Beside, Cell, CellHead, Statement
from registry.vocabulary import concepts

ACTIVITIES = tuple(concept.code for concept in concepts.concepts("activity"))
STAGES = tuple(concept.code for concept in concepts.concepts("stage"))
CELLS = tuple((activity, stage) for activity in ACTIVITIES for stage in STAGES)

_SETS = {concept.code for concept in concepts.concepts("force") if concept.members}
# The forces in the order in which one heads: the ordered ones, then those beside the order. A set of forces never does.
FORCES = tuple(
    code
    for code in dict.fromkeys((*concepts.ordered("force"), *(concept.code for concept in concepts.concepts("force"))))
    if code not in _SETS
)
STATED, NOT_ASSESSED = "stated", "not-assessed"  # codes of coverage
NOTHING = "nothing"  # nothing holds for the whole of the row, but something stands apart
NO_MATCH = "no-match"  # the cell has statements, but none passes the filters
UNCLEAR, CLAIMED, IMPORTED = "unclear", "claimed", "imported"


class Tier(StrEnum):
    """How near a statement is to the question of its cell; the first tier that has one gives the head."""

    GENERAL = "general"  # it answers it
    FIELD = "field"  # it answers it for one field
    NEIGHBOUR = "neighbour"  # it asks for something else


class Slot(NamedTuple):
    """Where a statement stands in its cell.

    Either it may head: then it has a force and a tier, and `wide` tells that it binds less than the whole, and heads
    only because that was asked for. Or `name` says how it is counted, "" where it is not; what holds below the whole,
    in a region or a body, has a force and a tier too.
    """

    tier: str = ""
    force: str = ""
    wide: bool = False
    name: str = ""


# Counted apart: a statement that does not hold, or binds less than the whole, or whose force the source does not tell.
APART_NAMES = (
    *APART,
    UNCLEAR,
    State.UNKNOWN,
    State.ENDED,
    State.PROPOSED,
    State.FAILED,
    CLAIMED,
    IMPORTED,
)
COVERAGES = tuple(code for code in concepts.ordered("coverage") if code not in (STATED, NOT_ASSESSED))
_UNCOUNTED = Slot()
SLOTS: tuple[Slot, ...] = (
    *(Slot(tier, force, wide) for wide in (False, True) for tier in Tier for force in FORCES),
    *(Slot(tier, force, name=name) for tier in Tier for force in FORCES for name in BELOW),
    *(Slot(name=name) for name in (*APART_NAMES, *COVERAGES)),
    _UNCOUNTED,
)
PLACES: Mapping[Slot, int] = {slot: place for place, slot in enumerate(SLOTS)}
FIRST_APART = 2 * len(Tier) * len(FORCES)  # the slots before it may head
_PAST_BELOW = FIRST_APART + len(Tier) * len(FORCES) * len(BELOW)  # those from there to here hold below the whole

_INSTRUMENTS = ("primary-law", "secondary-law", "administrative-instruction", "strategy", "guideline")
_CHECKED = ("primary", "partial")


@cache
def core(activity: str, stage: str) -> frozenset[str]:
    """Return the objects of duty that answer the question of a cell (codebook, section 9.3)."""
    cell = f"{activity}-{stage}"
    return frozenset(
        concept.code
        for concept in concepts.concepts("duty")
        if cell in {code_of(value.value) for value in concepts.properties()[concept.iri].get(_CORE_IN, [])}
    )


_CORE_IN = term("ospo:coreIn").value


def slot(item: Statement, on: State, of: Scope, asked: Collection[Scope] = ()) -> Slot:
    """Return the slot of a statement in that state and of that scope; `asked` are scopes that may head too.

    What is merely claimed, or was imported from a table of others, heads nothing.
    """
    if on is State.NOT_YET:
        return _UNCOUNTED
    if item.claimed_by or item.layer == Layer.IMPORTED:
        return Slot(name=CLAIMED if item.claimed_by else IMPORTED) if item.coverage == STATED else _UNCOUNTED
    is_whole = of in (Scope.WHOLE, Scope.ASSUMED)
    if item.coverage != STATED:
        is_read = item.coverage in COVERAGES and on is State.HOLDS and is_whole
        return Slot(name=item.coverage) if is_read else _UNCOUNTED
    if on is not State.HOLDS:
        return Slot(name=on)
    is_apart = not is_whole and of not in asked
    if item.force not in FORCES or (is_apart and of not in BELOW):
        return Slot(name=of if is_apart else UNCLEAR)
    answers = item.duty in core(item.activity, item.stage)
    tier = (Tier.FIELD if item.reach == "field" else Tier.GENERAL) if answers else Tier.NEIGHBOUR
    return Slot(tier, item.force, name=of) if is_apart else Slot(tier, item.force, not is_whole)


def weight(item: Statement) -> tuple[int, int]:
    """Return the first two sort keys of statements of one slot: by instrument, then by what was read of it."""
    instrument = _INSTRUMENTS.index(item.instrument) if item.instrument in _INSTRUMENTS else len(_INSTRUMENTS)
    return instrument, _CHECKED.index(item.checked) if item.checked in _CHECKED else len(_CHECKED)


def start(item: Statement) -> str:
    """Return the third one, of which the greater comes first: when it began, as far as that is told."""
    return item.in_force_from or item.issued


def cell(
    statements: Sequence[Statement], kind: RowKind, today: str, day: str = "", asked: Collection[Scope] = ()
) -> Cell:
    """Return the cell of these statements of a row of that kind on a day, "" for today; in order of their IRIs.

    It is what `rows` makes of columns, statement by statement.
    """
    placed = [(PLACES[slot(item, state(item, day, today), scope(item, kind), asked)], item) for item in statements]
    ordered = sorted(placed, key=lambda pair: start(pair[1]), reverse=True)
    ordered.sort(key=lambda pair: (pair[0], weight(pair[1])))
    places = [place for place, _ in ordered]
    return rolled_up(places, [item for _, item in ordered], [scope(item, kind) for _, item in ordered])


def rolled_up(places: Sequence[int], statements: Sequence[Statement], scopes: Sequence[Scope]) -> Cell:
    """Return a cell; `places` are the sorted places in SLOTS of its statements, `scopes` those of each.

    Of the statements only what decides is looked at, of those that come first in their slot.
    """
    firsts: dict[int, tuple[int, int]] = {}  # place → how many, and which comes first
    for number, place in enumerate(places):
        count, first = firsts.get(place, (0, number))
        firsts[place] = count + 1, first
    if not firsts:
        return Cell(NOT_ASSESSED)
    apart = Counter[str]()
    for place, (count, _) in firsts.items():
        if SLOTS[place].name in APART_NAMES:
            apart[SLOTS[place].name] += count
    head = min(firsts)
    if head >= FIRST_APART:
        read = next((name for name in COVERAGES if PLACES[Slot(name=name)] in firsts), "")
        key = NOTHING if set(apart) - {CLAIMED, IMPORTED} else NOT_ASSESSED
        if read and UNCLEAR not in apart:  # all that was read for the whole of the row says so
            key = read
        return Cell(key, statements, below=_below(None, firsts), apart=apart, place=head)
    tier, force, wide, _ = SLOTS[head]
    count, first = firsts[head]
    heading = sorted(place for place in firsts if place < FIRST_APART)
    by, of = statements[first], scopes[first]
    return Cell(
        force,
        statements,
        head=CellHead(
            tier=tier,
            duty=by.duty,
            condition=by.condition,
            scope=of,
            is_read=by.checked != "secondary",
            checked=by.checked,
            layer=by.layer,
            count=count,
            of=sum(firsts[place][0] for place in heading if (SLOTS[place].tier, SLOTS[place].wide) == (tier, wide)),
        ),
        beside=tuple(
            Beside(SLOTS[place].tier, SLOTS[place].force, statements[firsts[place][1]].duty)
            for place in _beside(head, heading)
        ),
        below=_below(SLOTS[head], firsts),
        apart=apart,
        place=head,
    )


def _beside(head: int, taken: Sequence[int]) -> list[int]:
    """Return the slots that are told beside the head: a stronger force in one field, and the strongest neighbour."""
    tier, force, wide, _ = SLOTS[head]
    found = []
    for other in (Tier.FIELD, Tier.NEIGHBOUR):
        of_tier = [place for place in taken if (SLOTS[place].tier, SLOTS[place].wide) == (other, wide)]
        if not of_tier or tier in (other, Tier.NEIGHBOUR):
            continue
        if other is Tier.NEIGHBOUR or FORCES.index(SLOTS[of_tier[0]].force) < FORCES.index(force):
            found.append(of_tier[0])
    return found


def _below(head: Slot | None, taken: Iterable[int]) -> Below | None:
    """Return what would head the cell of those below the whole, by the same order, where it comes before the head."""
    first = min((place for place in taken if FIRST_APART <= place < _PAST_BELOW), default=None)
    if first is None:
        return None
    tier, force, _, name = SLOTS[first]
    if head and _rank(SLOTS[first]) >= _rank(head):
        return None
    return Below(name, tier, force)


def _rank(of: Slot) -> tuple[int, int]:
    return list(Tier).index(Tier(of.tier)), FORCES.index(of.force)
