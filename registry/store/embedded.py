"""The embedded store: pyoxigraph on disk or in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from pyoxigraph import QueryBoolean, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store, Triple

from registry.errors import RefusedUpdateError, StoreError, is_disk_full
from registry.store.protocol import NOTHING, Row, rows_of
from registry.store.sparql_text import insert_new, together, trig

# Characters of updates after which the store is written to disk; without it, hundreds of megabytes stay in memory.
_CHARACTERS_PER_FLUSH = 4 * 1_048_576
# Characters (some 2,000 quads) from which on new quads are loaded in bulk. A quad takes 18 µs of CPU in a transaction
# and 4 in bulk, but every bulk makes files of its own, for which it takes as long as a transaction for so many.
_BULK = 256 * 1024


class EmbeddedStore:
    """A store in this process; without a path it is in memory. On disk, one process alone may open it for writing.

    With `read_only` nothing is changed on the disk; nobody may write to the store meanwhile.
    """

    def __init__(self, path: str | None = None, *, read_only: bool = False) -> None:
        self._unflushed, self._read_only = 0, read_only
        try:
            if path is not None and read_only:
                self._store = Store.read_only(path)
                return
            if path is not None:
                Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._store = Store() if path is None else Store(path)
        except (OSError, RuntimeError) as error:
            cure = "" if is_disk_full(error) else (
                ". If another `ospo` command is at work, let it end; if the store is damaged, `ospo rebuild` makes it "
                "again from the archive"
            )  # fmt: skip
            raise StoreError(f"the store {path} cannot be opened: {error}{cure}") from error

    @property
    def engine(self) -> Store:
        """The open store."""
        return self._store

    def query(self, text: str, media_type: str) -> bytes:
        """Return the results of a query in that media type, complete."""
        return answer(self._store, text, media_type)

    def rows(self, text: str) -> Iterator[Row]:
        """Yield the rows of a SELECT query; an unbound variable is absent."""
        with _answering():
            results = self._store.query(text)
            if not isinstance(results, QuerySolutions):
                raise StoreError("rows are the answer to a SELECT query alone")
            yield from rows_of(results)

    def triples(self, text: str) -> list[Triple]:
        """Return the triples of a CONSTRUCT query."""
        with _answering():
            results = self._store.query(text)
            if isinstance(results, QueryTriples):
                return list(results)
            raise StoreError("triples are the answer to a CONSTRUCT query alone")

    def update(self, text: str, new: Mapping[str, str] = NOTHING) -> None:
        """Carry out an update as one transaction; before it, or in it where there is little, add what is new."""
        try:
            if sum(map(len, new.values())) >= _BULK:
                self._store.bulk_load(trig(new), RdfFormat.TRIG)
            else:
                text = together((insert_new(new), text))
            self._store.update(text)
            self._unflushed += len(text)
            if self._unflushed > _CHARACTERS_PER_FLUSH:
                self._store.flush()
                self._unflushed = 0
        except (SyntaxError, ValueError) as error:
            raise RefusedUpdateError(f"the store cannot read an update: {error}") from error
        except (OSError, RuntimeError) as error:
            raise StoreError(f"the store did not take an update: {error}") from error

    def backup(self, folder: str) -> None:
        """Write a complete copy of the store to a new folder of the same file system. Raises StoreError."""
        try:
            self._store.flush()
            self._store.backup(folder)
        except (OSError, RuntimeError) as error:
            raise StoreError(f"the store cannot be copied to {folder}: {error}") from error

    @property
    def version(self) -> str:
        """Nothing: it changes while it is asked."""
        return ""

    def view(self) -> Self:
        """Return the store itself."""
        return self

    def close(self) -> None:
        """Write everything to disk and give back the lock of the store."""
        if not self._read_only:
            self._store.flush()
        del self._store


def answer(store: Store, text: str, media_type: str) -> bytes:
    """Return the results of a query on a pyoxigraph store in that media type.

    Raises StoreError for a malformed query, and for a media type that does not suit its kind.
    """
    with _answering():
        results = store.query(text)
        if isinstance(results, QuerySolutions | QueryBoolean):
            kind = QueryResultsFormat.from_media_type(media_type)
        else:
            kind = RdfFormat.from_media_type(media_type)  # type: ignore[assignment]
        if kind is None:
            raise StoreError(f"results of this query cannot be written as {media_type}")
        return results.serialize(format=kind) or b""  # type: ignore[arg-type]


@contextmanager
def _answering() -> Iterator[None]:
    """Make a StoreError of what the engine raises when it is asked, or while what it finds is read."""
    try:
        yield
    except (OSError, RuntimeError, SyntaxError, ValueError) as error:
        raise StoreError(f"the store did not answer a query: {error}") from error
