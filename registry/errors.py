"""Every error this project raises on purpose, one class for each party who must act.

OspoError
├── SettingsError     the operator: a setting is unknown, badly typed or contradictory
├── ReadingError      the publisher: the file is not YAML or RDF that we can read (has line and column)
├── StoreError        the operator: the store cannot be opened, asked or changed
├── ArchiveError      the operator: the archive is damaged or cannot be written
├── QueryError        the visitor: the query is malformed, or asks for what is not offered
└── WorkerError       nobody yet: a worker process died or overran its limits on one document or query

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


class ArchiveError(OspoError):
    """The archive is damaged or cannot be written."""


class QueryError(OspoError):
    """A visitor's query is malformed, or asks for what is not offered."""


class WorkerError(OspoError):
    """A worker process died or overran its limits; `reason` is fit for the publisher's eyes."""
