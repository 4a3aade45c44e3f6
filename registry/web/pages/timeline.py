"""Policies along the years: when each was issued, from when to when it is in force, and what became of it; pure.

Positions are per mille of the whole span, which begins and ends with a year; a date of a year alone stands for its
first day where something begins, and for its last where something ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.readmodel.values import Policy, Statement

_ENDED = {"expired", "replaced", "repealed", "failed"}
_NOT_YET = {"proposed"}
_FAR = 100  # years; a date further away is a slip, and would press all others together


@dataclass(frozen=True, slots=True)
class Bar:
    """One policy. `issued`, `start` and `end` are positions, None where no date is known.

    `open` when it has not ended; `begins` and `ends` are the dates as they were written.
    """

    policy: Policy
    begins: str
    ends: str
    issued: int | None
    start: int | None
    end: int | None
    open: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars by date, the years that the span begins and ends with, and position → year for the ticks between."""

    bars: tuple[Bar, ...]
    first: int
    last: int
    ticks: Mapping[int | None, int]


def timeline(policies: Iterable[Policy], statements: Iterable[Statement], today: date) -> Timeline:
    """Return the timeline of these policies; when they are in force is what their statements say."""
    said: dict[str, list[Statement]] = {}
    for item in statements:
        said.setdefault(item.policy, []).append(item)
    spans = [_span(policy, said.get(policy.slug, [])) for policy in policies]
    days = [_day(text, "0001-01-01") for _, *texts in spans for text in texts]
    years = [day.year for day in days if day and abs(day.year - today.year) < _FAR] or [today.year]
    first, last = min(*years, today.year), max(*years, today.year) + 1
    bars = [_bar(*dated, (first, last), today) for dated in spans]
    step = max(1, -(-(last - first) // 5))
    ticks = {_position(date(year, 1, 1), (first, last)): year for year in range(first, last, step)}
    return Timeline(tuple(sorted(bars, key=_order)), first, last, ticks)


def _order(bar: Bar) -> tuple[str, str]:
    return bar.policy.issued or bar.begins or "9", bar.policy.slug


def _span(policy: Policy, statements: Sequence[Statement]) -> tuple[Policy, str, str, str]:
    begins = min((item.in_force_from for item in statements if item.in_force_from), default="")
    untils = [item.in_force_until for item in statements]
    ends = max(untils) if untils and all(untils) else ""
    return policy, policy.issued, begins, ends


def _bar(policy: Policy, issued: str, begins: str, ends: str, span: tuple[int, int], today: date) -> Bar:
    is_open = policy.status not in _ENDED and not ends
    holds = is_open and policy.status not in _NOT_YET
    start = _position(_day(begins or issued, "0001-01-01"), span)
    end = _position(today if holds else _day(ends, "9999-12-31"), span)
    return Bar(policy, begins, ends, _position(_day(issued, "0001-01-01"), span), start, end, is_open)


def _position(day: date | None, span: tuple[int, int]) -> int | None:
    if day is None:
        return None
    start, end = date(span[0], 1, 1), date(span[1], 1, 1)
    return max(0, min(1000, round(1000 * (day - start).days / (end - start).days)))


def _day(text: str, rest: str) -> date | None:
    """Return a date of any precision, its missing parts taken from `rest`; None for what is no date."""
    if len(text) not in (4, 7, 10):
        return None
    whole = text + rest[len(text) :]
    for last in (whole, whole[:8] + "28"):  # a month's last day is not always 31
        try:
            return date.fromisoformat(last)
        except ValueError:
            continue
    return None
