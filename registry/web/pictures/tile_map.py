"""The tile map: a tile of the same size for each country, with what it shows for an activity; pure.

Tiles show no borders, and a small country is as visible as a large one. Their positions are data: `tile_positions.csv`.
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
from registry.readmodel.comparison.roll_up import COVERAGES, NO_MATCH, NOT_ASSESSED, NOTHING
from registry.readmodel.tables.lists import BODIES
from registry.readmodel.values import Cell, Row
from registry.web.pictures.cell_looks import LOOKS, NEAR, YES, is_hollow

EUROPE, BEYOND = 1, 13  # the columns in which the two parts of the map begin
COLUMNS = 42
PITCH = 28  # units of the drawing from one tile to the next
HEAD = 18  # units above the first row
BESIDE = 12  # the first row, below Europe, of jurisdictions without a position in tile_positions.csv
# What a tile shows if nothing heads its cells, in this order: it is "silent" only if all its stages are.
_HEADLESS = (NOTHING, NO_MATCH, NOT_ASSESSED, *COVERAGES)

Position = tuple[int, int]  # column and row, from 1


@dataclass(frozen=True, slots=True)
class Tile:
    """One country on the map of an activity; `known`: the registry has an office or a policy of it.

    `cell` is the one that decides what it shows, of the stage of that code; None where nothing heads.
    """

    code: str
    column: int
    row: int
    key: str
    known: bool
    cell: Cell | None = None
    stage: str = ""

    @property
    def is_hollow(self) -> bool:
        """Whether what it shows holds in one field only, or is another duty."""
        return self.cell is not None and is_hollow(self.cell)


Grid = tuple[tuple[Tile | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """The map of an activity over some of its stages; `keys` is code of a row → what these stages of it show as one."""

    activity: Mapping[str, str]
    stages: Sequence[Mapping[str, str]]
    tiles: tuple[Tile, ...]
    keys: Mapping[str, str]

    @property
    def fragment(self) -> str:
        """The fragment of the cell on a country's page that a tile leads to, "" if a tile shows several cells."""
        return f"#{self.activity['code']}-{self.stages[0]['code']}" if len(self.stages) == 1 else ""

    @property
    def counts(self) -> list[tuple[str, int]]:
        """The pairs (key, number of known countries that show it), in the order of the legend."""
        numbers = Counter(NEAR if tile.is_hollow else tile.key for tile in self.tiles if tile.known)
        return [(key, numbers[key]) for key in (*LOOKS, YES, NEAR) if key in numbers]

    @property
    def parts(self) -> tuple[Grid, Grid]:
        """The two parts of the map, Europe first: rows of tiles, with None for the places between them."""
        return self._grid(EUROPE, BEYOND - 1), self._grid(BEYOND, COLUMNS + 1)

    def _grid(self, first: int, end: int) -> Grid:
        places = {(tile.row, tile.column): tile for tile in self.tiles if first <= tile.column < end}
        rows = sorted({row for row, _ in places})
        return tuple(tuple(places.get((row, column)) for column in range(first, end)) for row in rows)

    @property
    def height(self) -> int:
        """The height of the drawing, in units."""
        return HEAD + PITCH * max(tile.row for tile in self.tiles)


@cache
def fixed_positions() -> Mapping[str, Position]:
    """Return code of a country → its position in `tile_positions.csv`."""
    with (files("registry") / "web" / "pictures" / "tile_positions.csv").open(encoding="utf-8") as file:
        return {line["code"]: (int(line["column"]), int(line["row"])) for line in csv.DictReader(file)}


def positions(codes: Iterable[str]) -> Mapping[str, Position]:
    """Return all fixed positions, and free ones in the rows from BESIDE on for those of `codes` that have none."""
    others = sorted(set(codes) - set(fixed_positions()))
    taken = set(fixed_positions().values())
    free = ((column, row) for row in count(BESIDE) for column in range(EUROPE, BEYOND - 1))
    return {
        **fixed_positions(),
        **dict(zip(others, (position for position in free if position not in taken), strict=False)),
    }


def figure(
    activity: Mapping[str, str],
    stages: Sequence[Mapping[str, str]],
    rows: Sequence[Row],
    all_rows: Sequence[Row],
    filters: Filters,
) -> Figure:
    """Return the map of an activity over some of its stages; `rows` are those of `all_rows` that the filters leave."""
    pairs = [(activity["code"], stage["code"]) for stage in stages]
    # international bodies are no place on a map: the table beside it has a row for each
    left, known = (
        {row.head.code: [row.cells[pair] for pair in pairs] for row in part if row.head.country != BODIES}
        for part in (rows, all_rows)
    )
    tiles = [
        Tile(
            code,
            *position,
            _key(code, left.get(code), known.get(code, []), filters),
            code in known,
            *_deciding(left.get(code, []), stages),
        )
        for code, position in positions(known).items()
    ]
    keys = {row.head.code: combined_key([row.cells[pair] for pair in pairs]) for row in rows}
    return Figure(activity, stages, tuple(tiles), keys)


def answered(keys: Mapping[str, str]) -> Figure:
    """Return the map of a question; `keys` is code of a country → what its tile shows."""
    tiles = [Tile(code, *place, keys.get(code, NOT_ASSESSED), code in keys) for code, place in positions(keys).items()]
    return Figure({"code": "", "label": ""}, (), tuple(tiles), keys)


def _key(code: str, cells: Sequence[Cell] | None, all_cells: Sequence[Cell], filters: Filters) -> str:
    """Return what a tile shows: `cells` are those that the filters leave, None if they leave out the row."""
    if cells is not None:
        return combined_key(cells)
    is_chosen = code in filters.chosen.get("country", {code})
    return NO_MATCH if not is_chosen or any(cell_.statements for cell_ in all_cells) else NOT_ASSESSED


def _deciding(cells: Sequence[Cell], stages: Sequence[Mapping[str, str]]) -> tuple[Cell | None, str]:
    """Return the cell whose head several cells show as one, with the code of its stage; (None, "") without a head.

    A single cell decides by itself, so that its tile tells what stands apart in it.
    """
    headed = [(cell.place or 0, number) for number, cell in enumerate(cells) if cell.head]
    if not headed:
        return (cells[0], stages[0]["code"]) if len(cells) == 1 else (None, "")
    number = min(headed)[1]
    return cells[number], stages[number]["code"]


def combined_key(cells: Sequence[Cell]) -> str:
    """Return what several cells show as one: the first of their heads, by the order of the roll-up."""
    headed = [cell for cell in cells if cell.head and cell.place is not None]
    if headed:
        return min(headed, key=lambda cell: cell.place or 0).key
    keys = {one.key for one in cells}
    return next(key for key in _HEADLESS if key in keys)
