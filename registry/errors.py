"""Every error this project raises on purpose, one class for each party who must act.

OspoError
├── SettingsError     the operator: a setting is unknown, badly typed or contradictory
├── ReadingError      the publisher: the file is not YAML or RDF that we can read (has line and column)
├── StoreError        the operator: the store cannot be opened, asked or changed
│   └── RefusedUpdateError    nobody but us: the store works, but this update is none that it can carry out
├── ArchiveError      the operator: the archive is damaged or cannot be written
├── QueryError        the visitor: the query is malformed, or asks for what is not offered
│   ├── QueryTooLongError     the visitor: its text is longer than the endpoint takes
│   └── UnsuitableTypeError   the visitor: the answer cannot be written in any media type that is welcome
└── WorkerError       nobody yet: a worker process died or overran its limits on one document or query
    ├── NoWorkerError       the operator: no worker process can be started
    └── BusyError           nobody: all workers are at work; the same request may be sent again in a few seconds

A failed fetch is no error: it is data, see :class:`registry.model.Fetch`.
"""


class OspoError(Exception):
    """The base of all; its text says what happened, where, and how to mend it."""


class SettingsError(OspoError):
    """A setting is unknown, badly typed or contradictory."""


class ReadingError(OspoError):
    """A document cannot be read; `line` and `column` count from 1 and are None where they cannot be known."""

    def __init__(self, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = (
            ""
            if self.line is None
            else f"line {self.line}" + ("" if self.column is None else f", column {self.column}")
        )
        return f"{place}: {self.args[0]}" if place else str(self.args[0])


class StoreError(OspoError):
    """The store cannot be opened, asked or changed."""


class RefusedUpdateError(StoreError):
    """The store works, but an update of ours is malformed: what it was to write is at fault, not the store."""


class ArchiveError(OspoError):
    """The archive is damaged or cannot be written."""


class QueryError(OspoError):
    """A visitor's query is malformed, or asks for what is not offered."""


class QueryTooLongError(QueryError):
    """The text of a visitor's query is longer than the endpoint takes."""


class UnsuitableTypeError(QueryError):
    """The answer to a query can be written in none of the media types that are welcome, but in those of `offered`."""

    def __init__(self, message: str, offered: tuple[str, ...]) -> None:
        super().__init__(message)
        self.offered = offered


class WorkerError(OspoError):
    """A worker process died or overran its limits; the text is fit for the publisher's eyes."""


class NoWorkerError(WorkerError):
    """No worker process can be started: the document or query was not looked at."""


class BusyError(WorkerError):
    """All workers are at work, and none was free in time."""
