"""The rows of the comparison, read from the columns of all statements; the cells of a row are made when it is shown.

What a statement shows, and which filters it passes, is decided once for each combination of facts and of dates that
occurs: by the same rules (`matrix`, `filters`) as for a statement itself. A registry has hundreds of combinations, not
hundreds of thousands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.readmodel.comparison.in_force import ABSENT, EXPIRED, FAILED, IN_FORCE, PENDING, legal_status
from registry.readmodel.comparison.matrix import CELLS, KEYS, NO_MATCH, NOT_ASSESSED, order, place
from registry.readmodel.tables.columns import Column, Lazy, Mask
from registry.readmodel.tables.lists import reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Cell, Head, Row, Statement

_STATUSES = (IN_FORCE, PENDING, EXPIRED, FAILED, ABSENT)
_AT_ONCE = 1_000  # rows, where all are made
_EMPTY = Cell(NOT_ASSESSED)
Numbers = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """All statements under some filters, a number each.

    `passing`: whether it passes; `cell`: its place in CELLS; `place`: what it shows (see `matrix.place`); `order`: its
    place within a cell.
    """

    passing: Mask
    cell: Numbers
    place: Numbers
    order: Numbers


def judged(statements: Table[Statement], filters: Filters) -> Judged:
    """Return what the filters, and their day, make of each statement."""
    facts, dates = statements.columns["facts"], statements.columns["dates"]
    kinds = [reduced(text) for text in facts.values]
    statuses = [_STATUSES.index(legal_status(reduced(text), filters.on)) for text in dates.values]
    status = np.array(statuses, np.intp)[dates.codes]
    orders = [[order(name, kind) for name in _STATUSES] for kind in kinds]
    ranks = {key: rank for rank, key in enumerate(sorted({key for row in orders for key in row}))}
    shown = [[place(name, kind) for name in _STATUSES] for kind in kinds]
    of_facts = Filters({name: values for name, values in filters.chosen.items() if _is_fact(name)})
    passing = np.array([of_facts.passes(kind) for kind in kinds], np.bool_)[facts.codes]
    if filters.on:
        passing &= status != _STATUSES.index(ABSENT)
    for name, values in filters.chosen.items():
        if not _is_fact(name):
            passing &= statements.columns[name].having(*values)
    return Judged(
        passing,
        np.array([CELLS.index((kind.activity, kind.stage)) for kind in kinds], np.intp)[facts.codes],
        _table(shown)[facts.codes, status],
        _table([[ranks[key] for key in row] for row in orders])[facts.codes, status],
    )


def _is_fact(name: str) -> bool:
    return FILTERS[name].kind is Kind.CONCEPT


def _table(rows: Sequence[Sequence[int]]) -> Numbers:
    """Return a number for each combination of facts and each legal status."""
    return np.array(rows, np.intp).reshape(len(rows), len(_STATUSES))


def layers(statements: Table[Statement]) -> Mapping[str, int]:
    """Return layer → how many statements are of it."""
    facts, found = statements.columns["facts"], Counter[str]()
    for text, count in zip(facts.values, facts.counts(np.ones(len(facts), np.bool_)).tolist(), strict=True):
        found[reduced(text).layer] += count
    return found


def passing(statements: Table[Statement], filters: Filters) -> Lazy[Statement]:
    """Return the statements that pass, in the order of the list."""
    return statements.things(np.flatnonzero(judged(statements, filters).passing))


def numbers(column: Column, codes: Iterable[str]) -> Numbers:
    """Return the number of each code in a column of statements, -1 for one that none has."""
    places = {code: place for place, code in enumerate(column.values)}
    return np.array([places.get(code, -1) for code in codes], np.intp)


def rows(
    statements: Table[Statement],
    by: str,
    heads: Sequence[Head],
    numbers: Numbers,
    filters: Filters,
    *,
    stated: bool = False,
) -> Sequence[Row]:
    """Return the rows of those heads that the filters leave, in the order of the heads, with the statements that pass.

    `by` is the column of statements that holds the code of a head, "country" or "office"; `numbers` are those of the
    codes of the heads there. A cell is NO_MATCH if it has statements and none passes. If the filters narrow, and with
    `stated`, a head without a passing statement is left out.
    """
    column, found = statements.columns[by], judged(statements, filters)
    left = np.arange(len(numbers))
    if filters.narrows or stated:
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
        for start in range(0, len(self), _AT_ONCE):
            yield from self[start : start + _AT_ONCE]

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
        sort = np.lexsort((found.order[rows], ~found.passing[rows], groups))
        rows, groups = rows[sort], groups[sort]
        begins = np.flatnonzero(np.diff(groups, prepend=-1))
        if not len(begins):
            return {}
        passing = found.passing[rows]
        ends = begins + np.add.reduceat(passing, begins, dtype=np.intp)  # those that pass come first in a group
        places = np.minimum.reduceat(np.where(passing, found.place[rows], len(KEYS)), begins)
        each = (part.tolist() for part in (groups[begins], places, begins, ends))
        return {
            divmod(group, len(CELLS)): self._cell(place, rows[begin:end])
            for group, place, begin, end in zip(*each, strict=True)
        }

    def _cell(self, place: int, rows: Numbers) -> Cell:
        return Cell(KEYS[place], self._statements.things(rows), place) if len(rows) else Cell(NO_MATCH)
