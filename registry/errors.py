"""Every error that this project raises on purpose, one class for each party who must act.

OspoError
├── SettingsError     the operator: a setting or a source is unknown, out of its bounds or contradictory
├── ReadingError      the publisher: the document cannot be read (has line and column)
├── StoreError        the operator: the store cannot be opened, queried or updated
│   └── RefusedUpdateError    nobody but us: the store works, but an update of ours is malformed
├── ArchiveError      the operator: the archive is damaged or cannot be written
├── QueryError        the visitor: the query is malformed, or uses what is not offered
│   ├── QueryTooLongError     the visitor: the text of the query is too long
│   └── UnsuitableTypeError   the visitor: the result cannot be written in a media type that was asked for
└── WorkerError       the publisher or the visitor: a document or a query exceeded the limits of a worker process
    ├── NoWorkerError       the operator: no worker process can be started
    └── BusyError           the visitor: all workers are busy; the same request may be sent again in a few seconds

A failed fetch is no error but data: see :class:`registry.model.Fetch`.
"""

import errno
from collections.abc import Mapping

from registry.reasons.reasons import reason

_FULL = (errno.ENOSPC, errno.EDQUOT)
# how RocksDB and SQLite put it, whose errors have no number
_FULL_WORDS = ("No space left on device", "Disk quota exceeded", "disk is full")


class OspoError(Exception):
    """The base of all; its text says what happened, where, and how to fix it, in one sentence or two."""


class SettingsError(OspoError):
    """A setting or a declared source is unknown, out of its bounds, or contradicts another."""


class ReadingError(OspoError):
    """A document cannot be read; `line` and `column` count from 1, and are None where they are not known.

    `messages` are by language, `code` is their name and `facts` fill them: `registry.vocabulary.messages.unreadable`
    makes it of these.
    """

    def __init__(
        self,
        messages: Mapping[str, str] | str,
        line: int | None = None,
        column: int | None = None,
        code: str = "",
        facts: Mapping[str, str] | None = None,
    ) -> None:
        messages = {"en": messages} if isinstance(messages, str) else messages
        super().__init__(messages["en"])
        self.messages = messages
        self.line = line
        self.column = column
        self.code = code
        self.facts = facts or {}

    def __str__(self) -> str:
        message = str(self.args[0])
        if self.line is None:
            return message
        if self.column is None:
            return reason("at-line", line=self.line, message=message)
        return reason("at-column", line=self.line, column=self.column, message=message)

    def message(self, language: str) -> str:
        """Return the message in that language, else in English, without the place."""
        return self.messages.get(language) or self.messages["en"]


class StoreError(OspoError):
    """The store cannot be opened, queried or updated."""


class RefusedUpdateError(StoreError):
    """The store works, but an update of ours is malformed: what it was to write is at fault, not the store."""


class ArchiveError(OspoError):
    """The archive is damaged or cannot be written."""


class QueryError(OspoError):
    """The query of a visitor is malformed, or uses what is not offered."""


class QueryTooLongError(QueryError):
    """The text of a query is longer than the setting `max_query_bytes`."""


class UnsuitableTypeError(QueryError):
    """The result of a query cannot be written in any media type that was asked for; `offered` are those it can."""

    def __init__(self, message: str, offered: tuple[str, ...]) -> None:
        super().__init__(message)
        self.offered = offered


class WorkerError(OspoError):
    """A worker process ended or exceeded its limits; the text is a sentence for the publisher or the visitor."""


class NoWorkerError(WorkerError):
    """No worker process can be started: the document or query was not looked at."""


class BusyError(WorkerError):
    """All workers are busy, and none became free in time."""


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether an error, or one that it comes from, is that of a disk without space.

    >>> is_disk_full(OSError(28, "No space left on device")), is_disk_full(StoreError("it is damaged"))
    (True, False)
    """
    while error is not None:
        if getattr(error, "errno", None) in _FULL or any(words in str(error) for words in _FULL_WORDS):
            return True
        error = error.__cause__
    return False
