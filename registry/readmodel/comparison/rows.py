"""The rows of the comparison, read from the columns of all statements; the cells of a row are made when it is shown.

Where a statement stands, and which filters it passes, is decided once for each combination of facts and of dates that
occurs: by the same rules (`roll_up`, `filters`) as for a statement itself. A registry has hundreds of combinations, not
hundreds of thousands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.readmodel.comparison.on_a_day import LAWS, State, state
from registry.readmodel.comparison.roll_up import CELLS, NO_MATCH, NOT_ASSESSED, PLACES, rolled_up, slot, start, weight
from registry.readmodel.comparison.scope import RowKind, Scope, asked_for, row_kind, scope
from registry.readmodel.tables.columns import Column, Lazy, Mask
from registry.readmodel.tables.lists import reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Cell, Head, Row, Statement

_STATES = tuple(State)
_SCOPES = tuple(Scope)
_KINDS = tuple(RowKind)
_AT_ONCE = 1_000  # rows, where all are made
_EMPTY = Cell(NOT_ASSESSED)
Numbers = NDArray[np.intp]


class Asked(NamedTuple):
    """What is compared: the filters, and today as a whole date, which decides where they name no day."""

    filters: Filters
    today: str


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All statements under some filters, a number each.

    `passing`: whether it passes; `asked`: whether it does but for its beginning after the day; `cell`: its place in
    CELLS; `place`: that of its slot (see `roll_up.SLOTS`); `weight` and `start`: its place among those of one slot;
    `scope`: its place in `Scope`.
    """

    passing: Mask
    asked: Mask
    cell: Numbers
    place: Numbers
    weight: Numbers
    start: Numbers
    scope: Numbers


def judged(statements: Table[Statement], asked: Asked, by: str) -> Judged:
    """Return what the filters, and their day, make of each statement in the rows of countries or offices."""
    filters, today = asked
    facts, dates = statements.columns["facts"], statements.columns["dates"]
    kinds, dated = list(map(reduced, facts.values)), list(map(reduced, dates.values))
    # a law, and what is none, may be in different states by the same dates
    of_law = [[replace(item, instrument=instrument) for instrument in ("", next(iter(LAWS)))] for item in dated]
    states = [[_STATES.index(state(item, filters.on, today)) for item in items] for items in of_law]
    is_law = np.array([item.instrument in LAWS for item in kinds], np.intp)
    state_of = _table(states, 2)[dates.codes, is_law[facts.codes]]
    row_of = _kinds_of_rows(statements, by)
    scopes = [[scope(item, kind) for kind in _KINDS] for item in kinds]
    wide = asked_for(filters)
    slots = [
        [PLACES[slot(item, on, of, wide)] for of in of_kinds for on in _STATES]
        for item, of_kinds in zip(kinds, scopes, strict=True)
    ]
    weights = list(map(weight, kinds))
    ranks = {key: rank for rank, key in enumerate(sorted(set(weights)))}
    starts = list(map(start, dated))
    newest = {text: rank for rank, text in enumerate(sorted(set(starts), reverse=True))}
    passing = _passing(statements, filters, kinds, dated)
    has_begun: Mask = state_of != _STATES.index(State.NOT_YET)
    return Judged(
        passing & has_begun if filters.on else passing,
        passing,
        np.array([CELLS.index((item.activity, item.stage)) for item in kinds], np.intp)[facts.codes],
        _table(slots, len(_KINDS) * len(_STATES))[facts.codes, row_of * len(_STATES) + state_of],
        np.array([ranks[key] for key in weights], np.intp)[facts.codes],
        np.array([newest[text] for text in starts], np.intp)[dates.codes],
        _table([list(map(_SCOPES.index, of)) for of in scopes], len(_KINDS))[facts.codes, row_of],
    )


def _passing(
    statements: Table[Statement],
    filters: Filters,
    kinds: Sequence[Statement],
    dated: Sequence[Statement],
) -> Mask:
    """Return which statements pass, whether or not they had begun on the day."""
    of_facts = Filters({name: values for name, values in filters.chosen.items() if _is_fact(name)})
    passing: Mask = np.array([of_facts.passes(kind) for kind in kinds], np.bool_)[statements.columns["facts"].codes]
    if filters.between:
        passing &= np.array(list(map(filters.is_between, dated)), np.bool_)[statements.columns["dates"].codes]
    for name, values in filters.chosen.items():
        if not _is_fact(name):
            passing &= statements.columns[name].having(*values)
    return passing


def _kinds_of_rows(statements: Table[Statement], by: str) -> Numbers:
    """Return for each statement the place in RowKind of the row that it is in."""
    if by == "office":
        return np.full(len(statements), _KINDS.index(RowKind.OFFICE), np.intp)
    countries = statements.columns["country"]
    kinds = np.array([_KINDS.index(row_kind(code)) for code in countries.values], np.intp)
    found = np.full(len(statements), _KINDS.index(RowKind.COUNTRY), np.intp)
    found[np.repeat(np.arange(len(countries)), np.diff(countries.starts))] = kinds[countries.codes]
    return found


def _is_fact(name: str) -> bool:
    return FILTERS[name].kind is Kind.CONCEPT


def _table(rows: Sequence[Sequence[int]], width: int) -> Numbers:
    return np.array(rows, np.intp).reshape(len(rows), width)


def layers(statements: Table[Statement]) -> Mapping[str, int]:
    """Return layer → how many statements are of it."""
    facts, found = statements.columns["facts"], Counter[str]()
    for text, count in zip(facts.values, facts.counts(np.ones(len(facts), np.bool_)).tolist(), strict=True):
        found[reduced(text).layer] += count
    return found


def passing(statements: Table[Statement], asked: Asked) -> Lazy[Statement]:
    """Return the statements that pass, in the order of the list."""
    return statements.things(np.flatnonzero(judged(statements, asked, "country").passing))


def numbers(column: Column, codes: Iterable[str]) -> Numbers:
    """Return the number of each code in a column of statements, -1 for one that none has."""
    places = {code: place for place, code in enumerate(column.values)}
    return np.array([places.get(code, -1) for code in codes], np.intp)


def rows(
    statements: Table[Statement],
    by: str,
    heads: Sequence[Head],
    numbers: Numbers,
    asked: Asked,
    *,
    stated: bool = False,
) -> Sequence[Row]:
    """Return the rows of those heads that the filters leave, in the order of the heads, with the statements that pass.

    `by` is the column of statements that holds the code of a head, "row" or "office"; `numbers` are those of the codes
    of the heads there. A cell is NO_MATCH if it has statements and none passes, but for those that began after the day.
    If the filters narrow, and with `stated`, a head without a passing statement is left out.
    """
    column, found = statements.columns[by], judged(statements, asked, by)
    left = np.arange(len(numbers))
    if asked.filters.narrows or stated:
        left = np.flatnonzero((numbers >= 0) & (np.append(column.counts(found.passing), 0)[numbers] > 0))
    return _Rows(statements, column, found, heads, left, numbers)


class _Rows(Sequence[Row]):
    """The rows of some heads; `left` are the places of these heads, `numbers` the codes of all heads in the column."""

    def __init__(
        self,
        statements: Table[Statement],
        column: Column,
        found: Judged,
        heads: Sequence[Head],
        left: Numbers,
        numbers: Numbers,
    ) -> None:
        self._statements, self._column, self._found = statements, column, found
        self._heads, self._left, self._numbers = heads, left, numbers

    def __len__(self) -> int:
        return len(self._left)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        if isinstance(place, slice):
            return self._made(self._left[place])
        return self._made(self._left[[place]])[0]

    def __iter__(self) -> Iterator[Row]:
        for first in range(0, len(self), _AT_ONCE):
            yield from self[first : first + _AT_ONCE]

    def _made(self, places: Numbers) -> list[Row]:
        cells = self._cells(self._numbers[places])
        return [
            Row(self._heads[place], {pair: cells.get((number, at), _EMPTY) for at, pair in enumerate(CELLS)})
            for place, number in zip(places.tolist(), self._numbers[places].tolist(), strict=True)
        ]

    def _cells(self, numbers: Numbers) -> Mapping[tuple[int, int], Cell]:
        """Return (code of a row, place in CELLS) → its cell, for the rows of these codes."""
        column, found = self._column, self._found
        wanted = np.zeros(len(column.values), np.bool_)
        wanted[numbers[numbers >= 0]] = True
        rows = np.flatnonzero(column.with_any(wanted))
        # a statement has one country and one office at the most, so that its first code is its only one
        codes = column.codes[column.starts[rows]].astype(np.intp)
        groups = codes * len(CELLS) + found.cell[rows]
        sort = np.lexsort((found.start[rows], found.weight[rows], found.place[rows], ~found.passing[rows], groups))
        rows, groups = rows[sort], groups[sort]
        begins = np.flatnonzero(np.diff(groups, prepend=-1))
        if not len(begins):
            return {}
        passing = found.passing[rows]
        ends = begins + np.add.reduceat(passing, begins, dtype=np.intp)  # those that pass come first in a group
        asked = np.logical_or.reduceat(found.asked[rows], begins)
        each = (part.tolist() for part in (groups[begins], begins, ends, asked))
        return {
            divmod(group, len(CELLS)): self._cell(rows[begin:end], is_asked=is_asked)
            for group, begin, end, is_asked in zip(*each, strict=True)
        }

    def _cell(self, rows: Numbers, *, is_asked: bool) -> Cell:
        if not len(rows):
            return _EMPTY if is_asked else Cell(NO_MATCH)
        scopes = Lazy(lambda row: _SCOPES[self._found.scope[row]], rows)
        return rolled_up(self._found.place[rows].tolist(), self._statements.things(rows), scopes)
