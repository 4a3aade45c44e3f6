"""Tables: a list of things, each as a record that is decoded when it is shown, and columns to find it by; pure."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar, cast

import msgspec
import numpy as np

from registry.readmodel.tables.columns import Blobs, Column, Lazy, Mask, Rows

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

    @classmethod
    def chosen(cls, parts: Sequence[Table[T]], rows: Rows) -> Table[T]:
        """Return these rows, in this order; rows count through all tables, which have the same columns."""
        columns = {name: Column.chosen([part.columns[name] for part in parts], rows) for name in parts[0].columns}
        return cls(parts[0].kind, Blobs.chosen([part.records for part in parts], rows), columns)


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """Rows of some tables, in an order: a table that is not made yet."""

    parts: Sequence[Table[T]]
    rows: Rows

    def made(self) -> Table[T]:
        """Return that table."""
        return Table.chosen(self.parts, self.rows)


def all_of(table: Table[T]) -> Choice[T]:
    """Return all rows of a table, as they are."""
    return Choice([table], np.arange(len(table)))


def in_order(parts: Sequence[Table[T]], order: Callable[[T], Any]) -> Choice[T]:
    """Return the rows of all these tables in that order."""
    keys = [order(thing) for part in parts for thing in part.things()]
    return Choice(parts, np.array(sorted(range(len(keys)), key=keys.__getitem__), np.intp))


def exchanged(before: Table[T], lost: Mask, new: Table[T], order: Callable[[T], Any]) -> Choice[T]:
    """Return the rows of a table that are not lost, and new ones; these and those are in that order."""
    kept = np.flatnonzero(~lost)
    keys = Lazy(lambda row: order(before.thing(row)), kept)
    places = [_place(keys, order(thing)) for thing in new.things()]
    return Choice([before, new], np.insert(kept, places, np.arange(len(new)) + len(before)))


def _place(keys: Sequence[Any], key: Any) -> int:
    """Return how many of the sorted keys come before this one."""
    low, high = 0, len(keys)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if keys[middle] < key else (low, middle)
    return low
