"""The state of a statement on a day: holds, does not hold, or not known; pure (codebook, section 5).

Dates may be years or months. Such a date is certain from its last possible day on where something begins, and up to its
first one where something ends; between them nobody knows. `queries/state.rq` is the same rule in SPARQL.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple, Protocol

LAWS = frozenset({"primary-law", "secondary-law"})
_LIVE = frozenset({"in-force", "partly-in-force", "adopted"})
_ENDED = frozenset({"expired", "replaced", "repealed"})
_NEVER: Mapping[str, State]
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


class State(StrEnum):
    """What is known of a statement on a day."""

    HOLDS = "holds"
    NOT_YET = "not-yet"  # it had not been issued, or had not begun
    ENDED = "ended"
    PROPOSED = "proposed"
    FAILED = "failed"
    UNKNOWN = "unknown"


_NEVER = {"proposed": State.PROPOSED, "failed": State.FAILED}


class Dated(Protocol):
    """A statement, or whatever else has a status and dates; dates are as they were written, "" for an unknown one."""

    @property
    def status(self) -> str:
        """The code of its status."""

    @property
    def instrument(self) -> str:
        """The code of the instrument of its policy."""

    @property
    def issued(self) -> str:
        """The date of issue."""

    @property
    def in_force_from(self) -> str:
        """The first day in force."""

    @property
    def in_force_until(self) -> str:
        """The last day in force."""


class Span(NamedTuple):
    """The first and the last possible day of a date, as texts that can be compared."""

    first: str
    last: str


@lru_cache(16384)
def span(text: str) -> Span | None:
    """Return the possible days of a year, month or day; None for what is no date.

    >>> span("2024-02")
    Span(first='2024-02-01', last='2024-02-29')
    """
    found = _DATE.fullmatch(text)
    if not found:
        return None
    year, month, day = found[1], found[2], found[3]
    if day:
        return Span(text, text)
    if not month:
        return Span(f"{year}-01-01", f"{year}-12-31")
    if not 1 <= int(month) <= 12 or int(year) < 1:
        return None
    return Span(f"{text}-01", f"{text}-{calendar.monthrange(int(year), int(month))[1]}")


def state(item: Dated, day: str, today: str) -> State:
    """Return the state on a day, "" for today; of a month or a year its first day is meant.

    Nothing holds before its issue or its beginning. A law never holds from its issue by assumption. What has no date
    that tells holds today by the word of whoever coded it, and is unknown on every other day. The status `unknown` is
    never in force. `today` is a whole date.
    """
    asked = span(day) if day else None
    on = asked.first if asked else today
    is_now, status = on == today, item.status
    issued, since, until = span(item.issued), span(item.in_force_from), span(item.in_force_until)
    if (issued and on < issued.first) or (since and status not in _NEVER and on < since.first):
        return State.NOT_YET
    if status in _NEVER:
        return _NEVER[status]
    if until and on > until.last:
        return State.ENDED
    if status not in _LIVE and status not in _ENDED:
        return State.UNKNOWN
    if status in _ENDED and not until:
        return State.ENDED if is_now else State.UNKNOWN
    if until and until.first < on and until.first != until.last:  # within the year or month of its end
        return State.ENDED if is_now and status in _ENDED else State.UNKNOWN
    is_law = item.instrument in LAWS
    if start := since or (None if is_law else issued):
        return State.HOLDS if on >= start.last or (is_now and status in _LIVE) else State.UNKNOWN
    if is_now and status in _LIVE and not (status == "adopted" and is_law):
        return State.HOLDS
    return State.UNKNOWN
