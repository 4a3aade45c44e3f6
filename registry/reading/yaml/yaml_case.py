"""Where a parser of YAML could not go on: what all rules on mistakes look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registry.errors import ReadingError
from registry.reading.yaml.yaml_lines import Line, line_of
from registry.vocabulary.messages import unreadable


@dataclass(frozen=True, slots=True)
class Case:
    """Where the parser could not go on (`row`, `column`, from 0), what it was at since when, and in its own words why.

    `open_at` is where the innermost bracket that is open begins.
    """

    lines: Sequence[str]
    row: int
    column: int
    within: str
    since: tuple[int, int]
    problem: str
    open_at: tuple[int, int] | None

    @property
    def line(self) -> Line:
        """The line of the place."""
        return line_of(self.lines[self.row])

    @property
    def character(self) -> str:
        """What stands in the place, "" at the end of a line."""
        return self.line.text[self.column : self.column + 1]

    @property
    def is_first(self) -> bool:
        """Whether nothing but spaces stands before the place, in its line."""
        return self.column <= self.line.indent


def line_before(lines: Sequence[str], row: int) -> tuple[int, Line] | None:
    """Return the last line before a row that is not blank, with its row."""
    for number in range(row - 1, -1, -1):
        line = line_of(lines[number])
        if not line.is_blank:
            return number, line
    return None


def at(code: str, row: int, column: int, **facts: str) -> ReadingError:
    """Return the mistake of that name in a place, from 0."""
    return unreadable(code, row + 1, column + 1, **facts)
