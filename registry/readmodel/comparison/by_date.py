"""Statements by their own dates: what began, changed or ended lately, what begins or ends soon, what is planned; pure.

It is what laws and policies say of themselves, whenever the registry came to know it. The dates of a statement are
those of its policy where it has none. What is only claimed is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from registry.readmodel.comparison.on_a_day import LAWS, Dated, Span, State, span, state
from registry.readmodel.comparison.rows import Asked, judged
from registry.readmodel.tables.columns import Lazy
from registry.readmodel.tables.lists import DATES, reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Statement

PAST_YEARS, COMING_YEARS = 2, 1  # what is lately, and what is soon


class What(StrEnum):
    """What a date of a statement tells."""

    PLANNED = "planned"  # there is a draft; the day is that of the draft
    BEGINS = "begins"
    ENDS = "ends"
    BEGAN = "began"
    CHANGED = "changed"  # it began, as the change of an older provision
    ISSUED = "issued"  # and nobody says since when it is in force
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DatedStatement:
    """A statement with one of its dates, as it was written, "" for a draft without one."""

    statement: Statement
    what: What
    day: str


class _Dates(NamedTuple):
    """What decides the state of a statement: quicker to make than a statement of which one field is another."""

    instrument: str
    status: str
    issued: str
    in_force_from: str
    in_force_until: str


def events(item: Dated, today: str) -> list[tuple[What, str]]:
    """Return what the dates of a statement tell of the last two years and the next one; `today` is a whole date.

    A year or a month counts where any of its days does.
    """
    lately = Span(_years_from(today, -PAST_YEARS), today)
    on = state(item, "", today)
    if on in (State.PROPOSED, State.FAILED):
        return [(What.PLANNED, item.issued)] if on is State.PROPOSED else []
    start = item.in_force_from or ("" if item.instrument in LAWS else item.issued)
    found = []
    if on is State.NOT_YET:
        found.append((What.BEGINS, start or item.issued))
    elif on in (State.HOLDS, State.ENDED) and _touches(start, lately):
        found.append((What.BEGAN, start))
    elif on is not State.ENDED and _touches(item.issued, lately):
        found.append((What.ISSUED, item.issued))
    if on is State.ENDED:
        found += [(What.ENDED, item.in_force_until)] if _touches(item.in_force_until, lately) else []
    elif _touches(item.in_force_until, Span(today, _years_from(today, COMING_YEARS))):
        found.append((What.ENDS, item.in_force_until))
    return found


def by_date(statements: Table[Statement], asked: Asked, what: str = "") -> Sequence[DatedStatement]:
    """Return what the dates of the statements that pass tell, the latest day first; `what` is a code, "" for all."""
    facts, dates = statements.columns["facts"], statements.columns["dates"]
    kinds, dated = list(map(reduced, facts.values)), list(map(reduced, dates.values))
    is_law = np.array([item.instrument in LAWS for item in kinds], np.intp)[facts.codes]
    is_own = np.array([not item.claimed_by and item.coverage == "stated" for item in kinds], np.bool_)[facts.codes]
    told = [
        [events(_Dates(law, *(getattr(item, name) for name in DATES)), asked.today) for law in ("", next(iter(LAWS)))]
        for item in dated
    ]
    wanted = {What.BEGAN} if what == What.CHANGED else {What(what)} if what else set(What)
    kept = [[[event for event in each if event[0] in wanted] for each in pair] for pair in told]
    names = sorted({event for pair in kept for each in pair for event in each}, key=_latest_first)
    rows, numbers = _places(kept, names, dates.codes, is_law, judged(statements, asked, "country").passing & is_own)
    order = np.lexsort((rows, numbers))
    rows, numbers = rows[order], numbers[order]
    found = Lazy(lambda place: _made(statements.thing(rows[place]), *names[numbers[place]]), np.arange(len(rows)))
    # whether it began by a change of an older provision, only the statement itself tells
    return [item for item in found if item.what == what] if what in (What.BEGAN, What.CHANGED) else found


def _places(
    told: Sequence[Sequence[Sequence[tuple[What, str]]]],
    names: Sequence[tuple[What, str]],
    codes: NDArray[np.uint32],
    is_law: NDArray[np.intp],
    passing: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that have an event, and the number of the event in `names`; a row stands there once for each."""
    number = {event: place for place, event in enumerate(names)}
    most = max((len(each) for pair in told for each in pair), default=0)
    padded = [[[number[event] for event in each] + [-1] * (most - len(each)) for each in pair] for pair in told]
    table = np.array(padded, np.intp).reshape(len(told), 2, most)
    of_rows = table[codes, is_law]
    of_rows[~passing] = -1
    rows, places = np.nonzero(of_rows >= 0)
    return rows, of_rows[rows, places]


def _made(statement: Statement, what: What, day: str) -> DatedStatement:
    return DatedStatement(statement, What.CHANGED if what is What.BEGAN and statement.changes else what, day)


def _latest_first(event: tuple[What, str]) -> tuple[bool, tuple[int, ...], str]:
    what, day = event
    dated = span(day)
    return dated is None, tuple(-int(part) for part in dated.first.split("-")) if dated else (), what


def _touches(text: str, asked: Span) -> bool:
    dated = span(text)
    return dated is not None and dated.first <= asked.last and dated.last >= asked.first


@lru_cache(16)
def _years_from(today: str, years: int) -> str:
    day = date.fromisoformat(today)
    moved = day.year + years
    return day.replace(year=moved, day=28 if (day.month, day.day) == (2, 29) else day.day).isoformat()
