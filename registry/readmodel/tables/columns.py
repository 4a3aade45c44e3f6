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

    def take(self, rows: Rows) -> Blobs:
        """Return those at these places, in this order."""
        content, starts = self.content.data, self.starts
        parts = [
            content[start:end] for start, end in zip(starts[rows].tolist(), starts[rows + 1].tolist(), strict=True)
        ]
        return Blobs.of(parts)

    @classmethod
    def together(cls, parts: Sequence[Blobs]) -> Blobs:
        """Return the byte strings of all these parts, one part after the other."""
        ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
        starts = [part.starts[1:] + end for part, end in zip(parts, ends[:-1].tolist(), strict=True)]
        return cls(np.concatenate([part.content for part in parts]), np.concatenate([ends[:1], *starts]))


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
        lengths = (self.starts[1:] - self.starts[:-1])[rows]
        starts = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(lengths, out=starts[1:])
        # the place of each code: where its row begins, and how far it stands from there
        places = np.repeat(self.starts[:-1][rows] - starts[:-1], lengths) + np.arange(starts[-1])
        codes = self.codes[places]
        used = np.zeros(len(self.values), np.bool_)
        used[codes] = True
        if used.all():
            return Column(self.values, codes, starts)
        left = np.cumsum(used) - 1
        return Column(Strings(self.values.blobs.take(np.flatnonzero(used))), left[codes].astype(np.uint32), starts)

    @classmethod
    def together(cls, parts: Sequence[Column]) -> Column:
        """Return the rows of all these columns, one column after the other."""
        numbers: dict[str, int] = {}
        codes: list[NDArray[np.int64]] = []
        for part in parts:
            renumbered = [numbers.setdefault(value, len(numbers)) for value in part.values]
            codes.append(np.array(renumbered, np.int64)[part.codes])
        ends = np.cumsum([0, *(part.starts[-1] for part in parts)])
        starts = [part.starts[1:] + end for part, end in zip(parts, ends[:-1].tolist(), strict=True)]
        return _sorted(numbers, np.concatenate(codes), np.concatenate([ends[:1], *starts]))


def _sorted(numbers: dict[str, int], codes: NDArray[np.int64], starts: Numbers) -> Column:
    """Return a column; `numbers` has the number that stands for a value in `codes`, in the order of the numbers."""
    values = sorted(numbers)
    places = np.empty(len(values), np.uint32)
    places[[numbers[value] for value in values]] = np.arange(len(values), dtype=np.uint32)
    return Column(Strings.of(values), places[codes], starts)
