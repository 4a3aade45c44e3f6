"""The tile map: one square of the same size for each country, and what it shows of an activity; pure.

A square has no border to argue about, and Malta is as visible as France. Where it stands is data: `tile_positions.csv`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import count

from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.matrix import COVERAGE, NO_MATCH, NOT_ASSESSED, STATED, cell
from registry.readmodel.values import Cell, Row
from registry.web.pictures.cell_looks import LOOKS

EUROPE, BEYOND = 1, 13  # the columns in which the two parts of the map begin
COLUMNS = 42
PITCH = 28  # units of the drawing from one square to the next
HEAD = 18  # units above the first row
BESIDE = 12  # the row, under Europe, of what is no country, or has no place in tile_positions.csv
# What a square shows where nothing is stated, the least known first: a silence is one only if every stage was read.
_UNSTATED = (NO_MATCH, NOT_ASSESSED, *(coverage for coverage in COVERAGE if coverage not in (STATED, NOT_ASSESSED)))

Place = tuple[int, int]  # column and row, from 1


@dataclass(frozen=True, slots=True)
class Square:
    """One country on the map of one activity; `known` if the registry has an office or a policy of it."""

    code: str
    column: int
    row: int
    key: str
    known: bool


@dataclass(frozen=True, slots=True)
class Figure:
    """The map of one activity, an activity and those of its stages that are shown."""

    activity: Mapping[str, str]
    stages: Sequence[Mapping[str, str]]
    squares: tuple[Square, ...]

    @property
    def fragment(self) -> str:
        """The cell on a country's page that a square leads to, "" where it shows several."""
        return f"#{self.activity['code']}-{self.stages[0]['code']}" if len(self.stages) == 1 else ""

    @property
    def counts(self) -> list[tuple[str, int]]:
        """How many of the known countries show what, in the order of the legend."""
        found = Counter(square.key for square in self.squares if square.known)
        return [(key, found[key]) for key in LOOKS if key in found]

    @property
    def height(self) -> int:
        """The height of the drawing, in its units."""
        return HEAD + PITCH * max(square.row for square in self.squares)

    @property
    def keys(self) -> Mapping[str, str]:
        """What each country shows, by its code."""
        return {square.code: square.key for square in self.squares}


@cache
def tiles() -> Mapping[str, Place]:
    """Return the place of every country that has one of its own."""
    with (files("registry") / "web" / "pictures" / "tile_positions.csv").open(encoding="utf-8") as file:
        return {line["code"]: (int(line["column"]), int(line["row"])) for line in csv.DictReader(file)}


def places(codes: Iterable[str]) -> Mapping[str, Place]:
    """Return the place of every country that has one, and of these in any case: nobody falls off the map."""
    homeless = sorted(set(codes) - set(tiles()))
    taken = set(tiles().values())
    free = ((column, row) for row in count(BESIDE) for column in range(EUROPE, BEYOND - 1))
    return {**tiles(), **dict(zip(homeless, (place for place in free if place not in taken), strict=False))}


def figure(
    activity: Mapping[str, str],
    stages: Sequence[Mapping[str, str]],
    rows: Iterable[Row],
    every: Iterable[Row],
    chosen: Filters,
) -> Figure:
    """Return the map of an activity over some of its stages; `rows` are what the filters leave of `every` row."""
    pairs = [(activity["code"], stage["code"]) for stage in stages]
    left, known = ({row.head.code: [row.cells[pair] for pair in pairs] for row in part} for part in (rows, every))
    squares = [
        Square(code, *place, _key(code, left.get(code), known.get(code, []), chosen), code in known)
        for code, place in places(known).items()
    ]
    return Figure(activity, stages, tuple(squares))


def _key(code: str, cells: Sequence[Cell] | None, all_cells: Sequence[Cell], chosen: Filters) -> str:
    if cells is not None:
        return together(cells, chosen.on)
    asked_for = code in chosen.chosen.get("country", {code})
    return NO_MATCH if not asked_for or any(it.statements for it in all_cells) else NOT_ASSESSED


def together(cells: Sequence[Cell], on: str = "") -> str:
    """Return what several stages show as one: the strongest ordered force in force, as in a cell of the comparison."""
    key = cell([item for it in cells for item in it.statements], on).key
    if key not in _UNSTATED:
        return key
    found = {it.key for it in cells}
    return next(least for least in _UNSTATED if least in found)
