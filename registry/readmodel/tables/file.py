"""The lists of a revision as one file, which readers map into memory: several processes share its pages.

After a line that names it, the file has a checksum of all that follows, the length of a head, the head (JSON), and the
arrays. It is written once and never changed. One of another form, or damaged, is refused; who opens it makes the lists
anew then.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from registry.merging.merge import MERGE_RULES
from registry.model import Source, SourceState, Verification
from registry.readmodel.tables.columns import Blobs, Column, Strings
from registry.readmodel.tables.lists import COLUMNS, DATES, FACTS, ListedOffice, ListedPolicy, Lists
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Office, Policy, Skipped, Statement, Voice

_NAME = b"OSPO Atlas lists 1\n"  # another number for another layout of the file
_START = struct.Struct("<IQ")  # checksum (CRC-32), length of the head
_ALIGNED = 8  # bytes, where each array begins
_CHUNK = 1 << 20  # bytes read at a time for the checksum
_RULES = 2  # another number whenever the same store gives other records or columns
_KINDS: Mapping[str, Any] = {
    "offices": ListedOffice,
    "policies": ListedPolicy,
    "statements": Statement,
    "reported": Statement,
    "sources": SourceState,
}
_VALUES = (Office, Policy, Statement, Voice, Skipped, SourceState, Source, Verification)


class UnusableFileError(ValueError):
    """A file that does not hold lists, or not in the form of this version, or not whole; the text says which."""


class _Head(msgspec.Struct):
    """What is told of the arrays: name → type, first byte after the head, and number of items."""

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


def write_lists(lists: Lists, path: Path) -> None:
    """Write the lists to a new file, which is on the disk when this ends. Raises OSError."""
    arrays = dict(_arrays(lists))
    places, end = {}, 0
    for name, array in arrays.items():
        places[name] = (array.dtype.str, end, len(array))
        end += -(-array.nbytes // _ALIGNED) * _ALIGNED
    head = _Head(form_of_values(), lists.revision, lists.skipped, lists.read_at, places)
    text = msgspec.json.encode(head)
    text += b" " * (-(len(_NAME) + _START.size + len(text)) % _ALIGNED)
    parts = [text, *(part for array in arrays.values() for part in (array.view(np.uint8).data, _padding(array)))]
    checksum = 0
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    with path.open("wb") as file:
        file.write(_NAME + _START.pack(checksum, len(text)))
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())


def open_lists(path: Path) -> Lists:
    """Return the lists in a file. Raises UnusableFileError, and OSError where it cannot be read."""
    with path.open("rb") as file:
        name, start = file.read(len(_NAME)), file.read(_START.size)
        if name != _NAME or len(start) < _START.size:
            raise UnusableFileError(f"{path} is no file of lists that this version can read")
        checksum, length = _START.unpack(start)
        if length > path.stat().st_size:
            raise UnusableFileError(f"{path} is damaged: it is too short")
        text = file.read(length)
        found = zlib.crc32(text)
        while chunk := file.read(_CHUNK):  # not through the map: these pages are not to count as the process's own
            found = zlib.crc32(chunk, found)
        if found != checksum:
            raise UnusableFileError(f"{path} is damaged: its checksum is another")
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    head = msgspec.json.decode(text, type=_Head)
    if head.values != form_of_values():
        raise UnusableFileError(f"{path} was written by another version of this program")
    first = len(_NAME) + _START.size + length
    arrays = {
        name: np.frombuffer(content, kind, count, first + offset) if count else np.empty(0, kind)
        for name, (kind, offset, count) in head.arrays.items()
    }
    tables = {name: _table(arrays, name) for name in _KINDS}
    return Lists(revision=head.revision, skipped=head.skipped, read_at=head.read_at, **tables)


def _padding(array: NDArray[Any]) -> bytes:
    return bytes(-array.nbytes % _ALIGNED)


def _arrays(lists: Lists) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield all arrays by name."""
    for name in _KINDS:
        table: Table[Any] = getattr(lists, name)
        yield from _blobs(f"{name}/records", table.records)
        for column_name, column in table.columns.items():
            place = f"{name}/{column_name}"
            yield from _blobs(f"{place}/values", column.values.blobs)
            yield f"{place}/codes", np.ascontiguousarray(column.codes, np.uint32)
            yield f"{place}/starts", _starts(column.starts)


def _blobs(place: str, blobs: Blobs) -> Iterator[tuple[str, NDArray[Any]]]:
    yield f"{place}/content", np.ascontiguousarray(blobs.content)
    yield f"{place}/starts", _starts(blobs.starts)


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
