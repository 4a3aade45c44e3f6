"""The legal status of a statement: in force, not yet, no longer or never; today, or on a day; pure functions.

The one rule, of pages, pictures, downloads and lists; `queries/in_force.rq` is the same rule in SPARQL.
Dates are as precise as their sources: 2018 begins and ends on any day of 2018, so it is compared as far as it goes.
"""

from __future__ import annotations

from typing import Protocol

IN_FORCE, PENDING, EXPIRED, FAILED, ABSENT = "in-force", "pending", "expired", "failed", ""
_ENDED = {"expired", "replaced", "repealed"}


class Dated(Protocol):
    """What the rule looks at; dates are as they were written, "" where none is known."""

    @property
    def status(self) -> str:
        """The code of its status."""

    @property
    def issued(self) -> str:
        """When the policy was issued."""

    @property
    def in_force_from(self) -> str:
        """From when it is in force."""

    @property
    def in_force_until(self) -> str:
        """Until when, that day included."""


def legal_status(item: Dated, on: str = "") -> str:
    """Return IN_FORCE, PENDING, EXPIRED or FAILED: as its status says, or on a day; ABSENT before it was issued.

    What is adopted or of unknown status counts as in force. Something that has ended, nobody says when, counts as ended
    on every day: we do not claim that it still held.
    """
    if on and _later(item.issued or item.in_force_from, on):
        return ABSENT
    if item.status == "failed":
        return FAILED
    if item.status == "proposed" or (on and _later(item.in_force_from, on)):
        return PENDING
    if on and item.in_force_until:
        return EXPIRED if _later(on, item.in_force_until) else IN_FORCE
    return EXPIRED if item.status in _ENDED else IN_FORCE


def _later(one: str, other: str) -> bool:
    """Return whether a date lies after another, as far as both are known."""
    known = min(len(one), len(other))
    return one[:known] > other[:known]
