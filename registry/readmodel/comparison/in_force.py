"""The legal status of a statement, now or on a day: in force, pending, expired or failed; pure.

Pages, pictures, downloads and lists all use this rule; `queries/in_force.rq` is the same rule in SPARQL. Dates may be
years or months. Two dates are compared to the precision of the shorter one: 2018 is neither before nor after 2018-06.
"""

from __future__ import annotations

from typing import Protocol

IN_FORCE, PENDING, EXPIRED, FAILED, ABSENT = "in-force", "pending", "expired", "failed", ""
_ENDED = {"expired", "replaced", "repealed"}


class Dated(Protocol):
    """A statement, or whatever else has a status and dates; dates are as they were written, "" for an unknown one."""

    @property
    def status(self) -> str:
        """The code of its status."""

    @property
    def issued(self) -> str:
        """The date of issue of the policy."""

    @property
    def in_force_from(self) -> str:
        """The first day in force."""

    @property
    def in_force_until(self) -> str:
        """The last day in force."""


def legal_status(item: Dated, on: str = "") -> str:
    """Return IN_FORCE, PENDING, EXPIRED or FAILED: now by its status alone, on a day by its dates too.

    On a day before its issue it is ABSENT. The statuses "adopted" and "unknown" count as in force. A statement that has
    ended on an unknown day is EXPIRED on every day: the registry does not claim that it was in force.
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
    """Return whether a date is after another, to the precision of the shorter one."""
    precision = min(len(one), len(other))
    return one[:precision] > other[:precision]
