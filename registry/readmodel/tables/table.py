"""Tables: a list of things, each as a record that is decoded when it is shown, and columns to find it by; pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
import numpy as np

from registry.readmodel.tables.columns import Blobs, Column, Lazy, Rows

T = TypeVar("T")


@cache
def _decoder(kind: Hashable) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind)


@dataclass(frozen=True, slots=True, eq=False)
class Table(Generic[T]):
    """A list in its order: `records` are its things in MessagePack, of the class `kind`; `columns` are by name."""

    kind: type[T]
    records: Blobs
    columns: Mapping[str, Column]

    @classmethod
    def of(
        cls, kind: type[T], things: Iterable[T], rows: Sequence[Mapping[str, Iterable[str]]], names: str
    ) -> Table[T]:
        """Return the table of these things; `rows` has the values of each by column, `names` names the columns."""
        encode = msgspec.msgpack.Encoder().encode
        columns = {name: Column.of([row[name] for row in rows]) for name in names.split()}
        return cls(kind, Blobs.of([encode(thing) for thing in things]), columns)

    def __len__(self) -> int:
        return len(self.records)

    def thing(self, row: int) -> T:
        """Return the thing of a row."""
        decoder: msgspec.msgpack.Decoder[T] = _decoder(cast("Hashable", self.kind))
        return decoder.decode(self.records[row])

    def things(self, rows: Rows | None = None) -> Lazy[T]:
        """Return the things of these rows, or of all."""
        return Lazy(self.thing, np.arange(len(self)) if rows is None else rows)

    def rows(self, **having: str) -> Rows:
        """Return the rows that have these values in the columns of these names."""
        masks = [self.columns[name].having(value) for name, value in having.items()]
        return np.flatnonzero(np.logical_and.reduce(masks))

    def row(self, **having: str) -> int | None:
        """Return the first row that has these values, None where there is none."""
        return next(iter(self.rows(**having).tolist()), None)

    def take(self, rows: Rows) -> Table[T]:
        """Return the table of these rows, in this order."""
        columns = {name: column.take(rows) for name, column in self.columns.items()}
        return Table(self.kind, self.records.take(rows), columns)

    @classmethod
    def together(cls, parts: Sequence[Table[T]]) -> Table[T]:
        """Return the rows of all these tables, which have the same columns, one table after the other."""
        columns = {name: Column.together([part.columns[name] for part in parts]) for name in parts[0].columns}
        return cls(parts[0].kind, Blobs.together([part.records for part in parts]), columns)

    def in_order(self, order: Callable[[T], Any]) -> Table[T]:
        """Return the rows in that order."""
        keys = [order(thing) for thing in self.things()]
        return self.take(np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp))

    def merged(self, other: Table[T], order: Callable[[T], Any]) -> Table[T]:
        """Return the rows of both; both are in that order."""
        keys = Lazy(lambda row: order(self.thing(row)), np.arange(len(self)))
        places = [_place(keys, order(thing)) for thing in other.things()]
        rows = np.insert(np.arange(len(self)), places, np.arange(len(other)) + len(self))
        return Table.together([self, other]).take(rows)


def _place(keys: Sequence[Any], key: Any) -> int:
    """Return how many of the sorted keys come before this one."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if keys[middle] < key else (low, middle)
    return low
