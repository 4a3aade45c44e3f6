"""The lists of a revision as one file, which readers map into memory: several processes share its pages.

After a line that names it, the file has a checksum of all that follows, and where a head is; then the arrays, table
after table, and at last the head (JSON), which tells of them. It is written once and never changed. One of another
form, or damaged, is refused; who opens it makes the lists anew then.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

import msgspec
import numpy as np
from numpy.typing import NDArray

from registry.merging.merge import MERGE_RULES
from registry.model import Source, SourceState, Verification
from registry.readmodel.tables.columns import Blobs, Column, Rows, Strings
from registry.readmodel.tables.lists import COLUMNS, DATES, FACTS, ListedOffice, ListedPolicy, Lists
from registry.readmodel.tables.table import Choice, Table, all_of
from registry.readmodel.values import Office, Policy, Skipped, Statement, Voice

_NAME = b"OSPO Atlas lists 2\n"  # another number for another layout of the file
_START = struct.Struct("<IQQ")  # checksum (CRC-32), place of the head, its length
_ALIGNED = 8  # bytes, where each array begins
_BEGINNING = len(_NAME) + _START.size
_ROWS = 10_000  # whose records are written at a time
_CHUNK = 1 << 20  # bytes read at a time for the checksum
_RULES = 2  # another number whenever the same store gives other records or columns
_KINDS: Mapping[str, Any] = {
    "offices": ListedOffice,
    "policies": ListedPolicy,
    "statements": Statement,
    "reported": Statement,
    "sources": SourceState,
}
T = TypeVar("T")
_VALUES = (Office, Policy, Statement, Voice, Skipped, SourceState, Source, Verification)


class UnusableFileError(ValueError):
    """A file that does not hold lists, or not in the form of this version, or not whole; the text says which."""


class _Head(msgspec.Struct):
    """What is told of the arrays: name → type, first byte in the file, and number of items."""

    values: str
    revision: int
    skipped: tuple[Skipped, ...]
    read_at: datetime | None
    arrays: dict[str, tuple[str, int, int]]


def form_of_values() -> str:
    """Return a mark of how records and columns are made of sources, another whenever that changes."""
    told = [[kind.__name__, [(field.name, str(field.type)) for field in fields(kind)]] for kind in _VALUES]
    return hashlib.sha256(
        repr((_RULES, MERGE_RULES, told, FACTS, DATES, sorted(COLUMNS.items()))).encode()
    ).hexdigest()[:16]


class ListsFile:
    """A new file of lists, to which tables are written piece by piece, so that memory need not hold one whole."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b")
        self._checksum, self._places = 0, dict[str, tuple[str, int, int]]()
        self._file.write(bytes(_BEGINNING))
        self._write(bytes(-_BEGINNING % _ALIGNED))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._file.close()

    def keep(self, name: str, table: Choice[T], /) -> Table[T]:
        """Write a table; return it as the file has it. Raises OSError."""
        self._write_records(f"{name}/records", [part.records for part in table.parts], table.rows)
        for column_name in COLUMNS[name].split():
            column = Column.chosen([part.columns[column_name] for part in table.parts], table.rows)
            place = f"{name}/{column_name}"
            self._write_array(f"{place}/values/content", [column.values.blobs.content])
            self._write_array(f"{place}/values/starts", [_starts(column.values.blobs.starts)])
            self._write_array(f"{place}/codes", [np.ascontiguousarray(column.codes, np.uint32)])
            self._write_array(f"{place}/starts", [_starts(column.starts)])
        self._file.flush()
        return _table(_mapped(self._file, self._places), name)

    def _write_records(self, name: str, parts: Sequence[Blobs], rows: Rows) -> None:
        starts = [np.zeros(1, np.int64)]

        def contents() -> Iterator[NDArray[np.uint8]]:
            for share in np.array_split(rows, len(rows) // _ROWS + 1):
                records = Blobs.chosen(parts, share)
                starts.append(records.starts[1:] + starts[-1][-1])
                yield records.content

        self._write_array(f"{name}/content", contents())
        self._write_array(f"{name}/starts", [_starts(np.concatenate(starts))])

    def _write_array(self, name: str, pieces: Iterable[NDArray[Any]]) -> None:
        place, kind, count = self._file.tell(), "", 0
        for piece in pieces:
            kind, count = piece.dtype.str, count + len(piece)
            self._write(piece.view(np.uint8).data)
        self._places[name] = (kind, place, count)
        self._write(bytes((place - self._file.tell()) % _ALIGNED))

    def finish(self, lists: Lists) -> None:
        """Write what tells of the tables of these lists, all of which are kept; then the file is on the disk."""
        head = msgspec.json.encode(_Head(form_of_values(), lists.revision, lists.skipped, lists.read_at, self._places))
        place = self._file.tell()
        self._write(head)
        self._file.seek(0)
        self._file.write(_NAME + _START.pack(self._checksum, place, len(head)))
        self._file.flush()
        os.fsync(self._file.fileno())

    def _write(self, part: bytes | memoryview) -> None:
        self._checksum = zlib.crc32(part, self._checksum)
        self._file.write(part)


def write_lists(lists: Lists, path: Path) -> None:
    """Write the lists to a new file, which is on the disk when this ends. Raises OSError."""
    with ListsFile(path) as file:
        for name in _KINDS:
            file.keep(name, all_of(getattr(lists, name)))
        file.finish(lists)


def open_lists(path: Path) -> Lists:
    """Return the lists in a file. Raises UnusableFileError, and OSError where it cannot be read."""
    with path.open("rb") as file:
        start = file.read(_BEGINNING)
        if not start.startswith(_NAME) or len(start) < _BEGINNING:
            raise UnusableFileError(f"{path} is no file of lists that this version can read")
        checksum, place, length = _START.unpack_from(start, len(_NAME))
        if place + length != path.stat().st_size:
            raise UnusableFileError(f"{path} is damaged: it has another length")
        found = 0
        while chunk := file.read(_CHUNK):  # not through the map: these pages are not to count as the process's own
            found = zlib.crc32(chunk, found)
        if found != checksum:
            raise UnusableFileError(f"{path} is damaged: its checksum is another")
        file.seek(place)
        head = msgspec.json.decode(file.read(length), type=_Head)
        if head.values != form_of_values():
            raise UnusableFileError(f"{path} was written by another version of this program")
        arrays = _mapped(file, head.arrays)
    tables = {name: _table(arrays, name) for name in _KINDS}
    return Lists(revision=head.revision, skipped=head.skipped, read_at=head.read_at, **tables)


def _mapped(file: IO[bytes], places: Mapping[str, tuple[str, int, int]]) -> dict[str, NDArray[Any]]:
    """Return the arrays at these places of a file, mapped into memory."""
    content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    return {
        name: np.frombuffer(content, kind, count, place) if count else np.empty(0, kind)
        for name, (kind, place, count) in places.items()
    }


def _starts(starts: NDArray[Any]) -> NDArray[Any]:
    """Return these places in half the space where that suffices."""
    return starts.astype(np.uint32 if starts[-1] < 1 << 32 else np.int64)


def _table(arrays: Mapping[str, NDArray[Any]], name: str) -> Table[Any]:
    columns = {
        column: Column(
            Strings(_read(arrays, f"{name}/{column}/values")),
            arrays[f"{name}/{column}/codes"],
            arrays[f"{name}/{column}/starts"],
        )
        for column in COLUMNS[name].split()
    }
    return Table(_KINDS[name], _read(arrays, f"{name}/records"), columns)


def _read(arrays: Mapping[str, NDArray[Any]], place: str) -> Blobs:
    return Blobs(arrays[f"{place}/content"], arrays[f"{place}/starts"])
