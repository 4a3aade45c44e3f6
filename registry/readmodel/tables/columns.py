"""Columns: the values of all rows as numbers, with a list of the distinct values; pure.

Of 100,000 rows a question reads a few hundred kilobytes of numbers, and makes no object for a row. The arrays may lie
in a file that several processes map.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")
Numbers = NDArray[np.int64] | NDArray[np.uint32]
Rows = NDArray[np.intp]  # the numbers of rows, in an order
Mask = NDArray[np.bool_]  # for each row, or each distinct value, whether it is meant


class Lazy(Sequence[T], Generic[T]):
    """A sequence whose items are made when they are asked for, each time anew; part of one is one too."""

    def __init__(self, make: Callable[[int], T], rows: Rows) -> None:
        self._make, self.rows = make, rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> Lazy[T]: ...
    def __getitem__(self, place: int | slice) -> T | Lazy[T]:
        if isinstance(place, slice):
            return Lazy(self._make, self.rows[place])
        return self._make(int(self.rows[place]))

    def __iter__(self) -> Iterator[T]:
        return map(self._make, self.rows.tolist())

    def __eq__(self, other: object) -> bool:
        """Return whether another sequence has the same items."""
        return isinstance(other, Sequence) and len(self) == len(other) and all(map(_equal, self, other))

    __hash__ = None  # type: ignore[assignment]


def _equal(one: object, other: object) -> bool:
    return one == other


@dataclass(frozen=True, slots=True, eq=False)
class Blobs(Sequence[bytes]):
    """Byte strings in one array, one after the other; `starts` has where each begins, and at last where they end."""

    content: NDArray[np.uint8]
    starts: Numbers

    @classmethod
    def of(cls, parts: Sequence[bytes | memoryview]) -> Blobs:
        """Return these byte strings."""
        starts = np.zeros(len(parts) + 1, np.int64)
        np.cumsum([len(part) for part in parts], out=starts[1:])
        return cls(np.frombuffer(b"".join(parts), np.uint8), starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def __getitem__(self, place: Any) -> Any:
        return self.content[self.starts[place] : self.starts[place + 1]].tobytes()

    def __iter__(self) -> Iterator[bytes]:
        content, starts = self.content.tobytes(), self.starts.tolist()
        return (content[start:end] for start, end in pairwise(starts))

    @classmethod
    def chosen(cls, parts: Sequence[Blobs], rows: Rows) -> Blobs:
        """Return those at these places, in this order; places count through all parts, one part after the other.

        What stands together is copied together: of a list in which little changes, in a few pieces.
        """
        if not len(rows):
            return cls.of(())
        first = np.cumsum([0, *map(len, parts)])
        part_of = np.searchsorted(first, rows, side="right") - 1
        begins, ends = (
            np.concatenate([of.starts[side] for of in parts]).astype(np.int64)[rows]
            for side in (slice(None, -1), slice(1, None))
        )
        breaks = np.flatnonzero((np.diff(rows) != 1) | (np.diff(part_of) != 0)) + 1
        heads, tails = np.concatenate([[0], breaks]), np.concatenate([breaks - 1, [len(rows) - 1]])
        runs = zip(part_of[heads].tolist(), begins[heads].tolist(), ends[tails].tolist(), strict=True)
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(ends - begins, out=starts[1:])
        content, place = np.empty(starts[-1], np.uint8), 0
        for part, begin, end in runs:
            content[place : place + end - begin] = parts[part].content[begin:end]
            place += end - begin
        return cls(content, starts)


class Strings(Sequence[str]):
    """Distinct texts in the order of their code points, decoded when they are asked for."""

    def __init__(self, blobs: Blobs) -> None:
        self.blobs = blobs

    @classmethod
    def of(cls, texts: Iterable[str]) -> Strings:
        """Return these distinct texts, which are sorted already."""
        return cls(Blobs.of([text.encode("utf-8", "surrogatepass") for text in texts]))

    def __len__(self) -> int:
        return len(self.blobs)

    def __getitem__(self, place: Any) -> Any:
        return self.blobs[place].decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        return (text.decode("utf-8", "surrogatepass") for text in self.blobs)

    def place(self, text: str) -> int | None:
        """Return the place of a text, None where it is not there."""
        place = bisect_left(self, text)
        return place if place < len(self) and self[place] == text else None

    def holding(self, part: str) -> Mask:
        """Return which texts hold a part, which is not empty."""
        wanted, content, starts = part.encode("utf-8", "surrogatepass"), self.blobs.content, self.blobs.starts
        # UTF-8 is made so that a text found in it byte by byte begins where a character begins
        found = np.flatnonzero(content[: max(0, len(content) - len(wanted) + 1)] == wanted[0])
        for offset, byte in enumerate(wanted[1:], 1):
            found = found[content[found + offset] == byte]
        texts = np.searchsorted(starts, found, side="right") - 1
        mask = np.zeros(len(self), np.bool_)
        mask[texts[found + len(wanted) <= starts[texts + 1]]] = True
        return mask


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """The values of a field in each row: none, one or several; `values` are the distinct ones.

    `codes` are places in `values`, row after row; `starts` has where those of each row begin, and at last their end.
    """

    values: Strings
    codes: NDArray[np.uint32]
    starts: Numbers

    @classmethod
    def of(cls, rows: Sequence[Iterable[str]]) -> Column:
        """Return the column with these values in each row."""
        numbers: dict[str, int] = {}
        flat: list[int] = []
        starts = [0]
        for values in rows:
            flat += [numbers.setdefault(value, len(numbers)) for value in values]
            starts.append(len(flat))
        return _sorted(numbers, np.array(flat, np.int64), np.array(starts, np.int64))

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of_row(self, row: int) -> list[str]:
        """Return the values in a row."""
        return [self.values[code] for code in self.codes[self.starts[row] : self.starts[row + 1]].tolist()]

    def with_any(self, wanted: Mask) -> Mask:
        """Return which rows have one of the values that are wanted."""
        mask = np.zeros(len(self), np.bool_)
        mask[np.searchsorted(self.starts, np.flatnonzero(wanted[self.codes]), side="right") - 1] = True
        return mask

    def among(self, values: Iterable[str]) -> Mask:
        """Return which of the distinct values are among these."""
        mask = np.zeros(len(self.values), np.bool_)
        mask[[place for value in values if (place := self.values.place(value)) is not None]] = True
        return mask

    def having(self, *values: str) -> Mask:
        """Return which rows have one of these values."""
        return self.with_any(self.among(values))

    def counts(self, rows: Mask) -> NDArray[np.intp]:
        """Return for each distinct value how many of these rows have it."""
        lengths = self.starts[1:] - self.starts[:-1]
        return np.bincount(self.codes[np.repeat(rows, lengths)], minlength=len(self.values))

    def mapped(self, values_of: Callable[[str], Iterable[str]]) -> Column:
        """Return the column that has what `values_of` gives for the value of each row, of a column with one in each."""
        return Column.of([values_of(value) for value in self.values]).take(self.codes)

    def take(self, rows: Rows | NDArray[np.uint32]) -> Column:
        """Return the column of these rows, in this order, with the values that are left."""
        return Column.chosen([self], rows)

    @classmethod
    def chosen(cls, parts: Sequence[Column], rows: Rows | NDArray[np.uint32]) -> Column:
        """Return these rows, in this order, with the values that they have; rows count through all columns.

        The first column may be a large one: few of its values are looked at.
        """
        values, places = _united([part.values.blobs for part in parts])
        all_codes = np.concatenate([place[part.codes] for place, part in zip(places, parts, strict=True)])
        ends = np.cumsum([0, *(len(part.codes) for part in parts)]).tolist()
        all_starts = [part.starts.astype(np.int64) + end for part, end in zip(parts, ends[:-1], strict=True)]
        begins = np.concatenate([of[:-1] for of in all_starts])[rows]
        lengths = np.concatenate([np.diff(of) for of in all_starts])[rows]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        # the place of each code: where its row begins, and how far it stands from there
        codes = all_codes[np.repeat(begins - starts[:-1], lengths) + np.arange(starts[-1])]
        used = np.zeros(len(values), np.bool_)
        used[codes] = True
        if used.all():
            return Column(Strings(values), codes, starts)
        left = (np.cumsum(used) - 1).astype(np.uint32)
        return Column(Strings(Blobs.chosen([values], np.flatnonzero(used))), left[codes], starts)


def _united(parts: Sequence[Blobs]) -> tuple[Blobs, list[NDArray[np.uint32]]]:
    """Return the distinct values of all these, each of which is sorted, and for each part where its values are."""
    first, *others = parts
    if not others:
        return first, [np.arange(len(first), dtype=np.uint32)]
    found = [list(part) for part in others]
    given = sorted(set().union(*found))
    before = np.array([bisect_left(first, value) for value in given], np.intp)
    is_new = np.array(
        [place == len(first) or first[place] != value for place, value in zip(before.tolist(), given, strict=True)],
        np.bool_,
    )
    inserted = np.flatnonzero(is_new)
    new = Blobs.of([given[place] for place in inserted.tolist()])
    rows = np.insert(np.arange(len(first)), before[inserted], np.arange(len(new)) + len(first))
    place_of = np.empty(len(rows), np.uint32)
    place_of[rows] = np.arange(len(rows), dtype=np.uint32)
    numbers = before.copy()
    numbers[inserted] = np.arange(len(new)) + len(first)
    places = dict(zip(given, place_of[numbers].tolist(), strict=True))
    of_others = [np.array([places[value] for value in values], np.uint32) for values in found]
    return Blobs.chosen([first, new], rows), [place_of[: len(first)], *of_others]


def _sorted(numbers: dict[str, int], codes: NDArray[np.int64], starts: Numbers) -> Column:
    """Return a column; `numbers` has the number that stands for a value in `codes`, in the order of the numbers."""
    values = sorted(numbers)
    places = np.empty(len(values), np.uint32)
    places[[numbers[value] for value in values]] = np.arange(len(values), dtype=np.uint32)
    return Column(Strings.of(values), places[codes], starts)
