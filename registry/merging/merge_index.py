"""The index of the last merge: from what each source was merged, and which records share a bond, in a SQLite file.

It is a note, no truth: one that is absent, damaged, or not of the merge that the store holds is emptied, and everything
is merged once more. A merge that did not end leaves it empty too.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from registry.authority.claims import Key
from registry.merging.bonds import Bonds

_log = logging.getLogger(__name__)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS merge (of TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS source (id TEXT PRIMARY KEY, mark TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS record (
  number INTEGER PRIMARY KEY, source TEXT NOT NULL, iri TEXT NOT NULL, thing TEXT NOT NULL, bonds TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS record_of_source ON record (source, iri);
CREATE TABLE IF NOT EXISTS bond (hash INTEGER, record INTEGER, PRIMARY KEY (hash, record)) WITHOUT ROWID;
"""
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Noted:
    """What an index is to note of a merge.

    `marks` are those of the sources that are new, other or gone (None); `fresh` are the bonds of their records, source
    by source; `things` are the names of the things that these and other records speak of now.
    """

    marks: Mapping[str, str | None] = field(default_factory=dict)
    fresh: Mapping[str, Bonds] = field(default_factory=dict)
    things: Mapping[Key, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """A record as it was merged last: the name of the thing that it speaks of, and its bonds."""

    key: Key
    thing: str
    bonds: tuple[str, ...]


class MergeIndex:
    """That index, in a file or, for ":memory:", as long as it is open."""

    def __init__(self, path: str = ":memory:") -> None:
        self._path = path
        self._database: sqlite3.Connection
        try:
            self._open()
        except sqlite3.DatabaseError as error:
            self.make_anew(error)

    def make_anew(self, why: Exception) -> None:
        """Put an empty index in the place of a damaged one."""
        _log.warning("the index of the last merge, %s, is made anew: %s", self._path, why)
        with suppress(AttributeError):  # it was never open
            self.close()
        try:
            remove(self._path)
            self._open()
        except (OSError, sqlite3.Error):  # nothing can be written there: then for this process alone
            self._path = ":memory:"
            self._open()

    def _open(self) -> None:
        self._database = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        if self._database.execute("PRAGMA user_version").fetchone() != (_FORMAT,):
            for (name,) in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                self._database.execute(f'DROP TABLE "{name}"')
        self._database.executescript(f"PRAGMA journal_mode = WAL; {_SCHEMA} PRAGMA user_version = {_FORMAT};")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def begin(self, of: str) -> bool:
        """Begin a merge after the one that `of` tells; return whether the index knows that one, else it is empty.

        Until `finish`, the index counts as of no merge.
        """
        try:
            return self._begin(of)
        except sqlite3.Error as error:
            self.make_anew(error)
            return False

    def _begin(self, of: str) -> bool:
        known = self._database.execute("SELECT of FROM merge").fetchall() == [(of,)]
        self._database.executescript(
            "BEGIN; DELETE FROM merge; COMMIT;"
            if known
            else "BEGIN; DELETE FROM merge; DELETE FROM source; DELETE FROM record; DELETE FROM bond; COMMIT;"
        )
        return known

    def marks(self) -> dict[str, str]:
        """Return source → the mark of what was merged of it."""
        return dict(self._database.execute("SELECT id, mark FROM source"))

    def of_source(self, source: str) -> list[Row]:
        """Return the records of a source."""
        found = self._database.execute("SELECT source, iri, thing, bonds FROM record WHERE source = ?", [source])
        return [_row(*values) for values in found]

    def bound(self, bond: str) -> Iterator[Row]:
        """Yield the records that have that bond."""
        found = self._database.execute(
            "SELECT source, iri, thing, bonds FROM bond JOIN record ON number = record WHERE hash = ?", [_hash(bond)]
        ).fetchall()
        rows = (_row(*values) for values in found)
        return (row for row in rows if bond in row.bonds)

    def finish(self, of: str, noted: Noted) -> None:
        """Note, all at once, what was merged; from now on the index is that of the merge that `of` tells."""
        try:
            self._write(of, noted)
        except sqlite3.Error as error:  # such as a full disk: the next merge is of everything
            self.make_anew(error)

    def _write(self, of: str, noted: Noted) -> None:
        execute = self._database.execute
        execute("BEGIN")
        for source, mark in noted.marks.items():
            self._forget(source)
            if mark is not None:
                execute("INSERT INTO source VALUES (?, ?)", [source, mark])
                for (_, iri), bonds in noted.fresh.get(source, {}).items():
                    number = execute(
                        "INSERT INTO record (source, iri, thing, bonds) VALUES (?, ?, '', ?)",
                        [source, iri, json.dumps(bonds)],
                    ).lastrowid
                    self._database.executemany(
                        "INSERT OR IGNORE INTO bond VALUES (?, ?)", [(_hash(bond), number) for bond in bonds]
                    )
        self._database.executemany(
            "UPDATE record SET thing = ? WHERE source = ? AND iri = ?",
            [(thing, source, iri) for (source, iri), thing in noted.things.items()],
        )
        execute("INSERT INTO merge VALUES (?)", [of])
        execute("COMMIT")
        with suppress(sqlite3.OperationalError):  # a reader is there: another merge does it
            execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _forget(self, source: str) -> None:
        rows = self._database.execute("SELECT number, bonds FROM record WHERE source = ?", [source]).fetchall()
        held: Iterable[tuple[int, int]] = [(_hash(bond), number) for number, text in rows for bond in json.loads(text)]
        self._database.executemany("DELETE FROM bond WHERE hash = ? AND record = ?", held)
        self._database.execute("DELETE FROM record WHERE source = ?", [source])
        self._database.execute("DELETE FROM source WHERE id = ?", [source])


def remove(path: str) -> None:
    """Remove the file of an index, if there is one: its store is another from now on."""
    for end in ("", "-wal", "-shm"):
        Path(path + end).unlink(missing_ok=True)


def _row(source: str, iri: str, thing: str, bonds: str) -> Row:
    return Row((source, iri), thing, tuple(json.loads(bonds)))


def _hash(bond: str) -> int:
    """Return 64 bits for a bond; where two have the same, the texts tell them apart."""
    return int.from_bytes(hashlib.blake2b(bond.encode(), digest_size=8).digest(), signed=True)
