"""Policies along the years: when each was issued, from when to when it is in force, and what became of it; pure.

A policy is in force on the days on which one of its statements is, by the rule of the comparison. Positions are per
mille of the whole span, which begins and ends with a year; a date of a year alone stands for its first day where
something begins, and for its last where something ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.readmodel.comparison.in_force import IN_FORCE, Dated, legal_status
from registry.readmodel.values import Policy, Statement

_FAR = 100  # years; a date further away is a slip, and would press all others together


@dataclass(frozen=True, slots=True)
class Bar:
    """One policy. `issued` is a position, and so are the first and last day in force, None where none is known.

    `in_force`: whether it is so today; `begins` and `ends` are the dates as they were written.
    """

    policy: Policy
    begins: str
    ends: str
    issued: int | None
    start: int | None
    end: int | None
    in_force: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    """The bars by date, the years that the span begins and ends with, and position → year for the ticks between."""

    bars: tuple[Bar, ...]
    first: int
    last: int
    ticks: Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class _Dates:
    """A policy of which no statement is known, as the rule looks at it."""

    status: str
    issued: str
    in_force_from: str = ""
    in_force_until: str = ""


def timeline(policies: Iterable[Policy], statements: Iterable[Statement], today: date) -> Timeline:
    """Return the timeline of these policies; when they are in force is what their statements say."""
    said: dict[str, list[Dated]] = {}
    for item in statements:
        said.setdefault(item.policy, []).append(item)
    dated = [(policy, said.get(policy.slug) or [_Dates(policy.status, policy.issued)]) for policy in policies]
    texts = {text for policy, items in dated for item in items for text in (policy.issued, *_texts(item))}
    days = [_day(text, "0001-01-01") for text in texts]
    years = [day.year for day in days if day and abs(day.year - today.year) < _FAR] or [today.year]
    span = min(*years, today.year), max(*years, today.year) + 1
    bars = [_bar(policy, items, span, today) for policy, items in dated]
    step = max(1, -(-(span[1] - span[0]) // 5))
    ticks = {_position(date(year, 1, 1), span): year for year in range(*span, step)}
    return Timeline(tuple(sorted(bars, key=_order)), *span, ticks)


def _order(bar: Bar) -> tuple[str, str]:
    return bar.policy.issued or bar.begins or "9", bar.policy.slug


def _texts(item: Dated) -> tuple[str, str, str]:
    return item.issued, item.in_force_from, item.in_force_until


def _bar(policy: Policy, items: Sequence[Dated], span: tuple[int, int], today: date) -> Bar:
    """Return the bar of a policy; its legal status changes at its own dates alone, so that is asked at these."""
    untils = [item.in_force_until for item in items]
    starts = {text for item in items for text in (policy.issued, item.issued, item.in_force_from)}
    now = today.isoformat()
    known = {*starts, *untils, now} - {""}
    days = [text for text in known if any(legal_status(item, text) == IN_FORCE for item in items)]
    first = min(filter(None, (_day(text, "0001-01-01") for text in days if text in starts)), default=None)
    last = max(filter(None, (_day(text, "9999-12-31") for text in days)), default=None)
    return Bar(
        policy=policy,
        begins=min((item.in_force_from for item in items if item.in_force_from), default=""),
        ends=max(untils) if all(untils) else "",
        issued=_position(_day(policy.issued, "0001-01-01"), span),
        start=_position(first, span),
        end=_position(last, span),
        in_force=now in days,
    )


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
