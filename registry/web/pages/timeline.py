"""The policies of a country on a timeline: when each was issued and when it is in force; pure.

A policy is in force on a day if one of its statements is, by the rule of the comparison. Positions are per mille of the
span of the timeline, which is a number of whole years. A date without a day stands for the first day of its month or
year where something begins, and for the last day where something ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from registry.readmodel.comparison.on_a_day import Dated, State, state
from registry.readmodel.values import Policy, Statement

_MAX_YEARS_AWAY = 100  # a date further from today is an error, and would press all others together


@dataclass(frozen=True, slots=True)
class Bar:
    """One policy. `issued`, `start` and `end` are positions, None for unknown days; `start` to `end` it is in force.

    `begins` and `ends` are the dates of its statements as they were written. `in_force`: it is in force today.
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
    """The bars by date of issue; the span, from the start of year `first` to that of `last`; position → year."""

    bars: tuple[Bar, ...]
    first: int
    last: int
    ticks: Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class _Dates:
    """The status and dates of a policy that has no statements."""

    status: str
    instrument: str
    issued: str
    in_force_from: str = ""
    in_force_until: str = ""


def timeline(policies: Iterable[Policy], statements: Iterable[Statement], today: str) -> Timeline:
    """Return the timeline of these policies, with the dates of their statements; `today` is a whole date.

    A policy of which no statement is among these, although it has some, is left out: it is only reported.
    """
    now = date.fromisoformat(today)
    by_policy: dict[str, list[Dated]] = {}
    for item in statements:
        by_policy.setdefault(item.policy, []).append(item)
    dated = [
        (policy, by_policy.get(policy.slug) or [_Dates(policy.status, policy.instrument, policy.issued)])
        for policy in policies
        if policy.slug in by_policy or not policy.statements
    ]
    texts = {text for policy, items in dated for item in items for text in (policy.issued, *_texts(item))}
    days = [_day(text, "0001-01-01") for text in texts]
    years = [day.year for day in days if day and abs(day.year - now.year) < _MAX_YEARS_AWAY] or [now.year]
    span = min(*years, now.year), max(*years, now.year) + 1
    bars = [_bar(policy, items, span, now) for policy, items in dated]
    step = max(1, -(-(span[1] - span[0]) // 5))
    ticks = {_position(date(year, 1, 1), span): year for year in range(*span, step)}
    return Timeline(tuple(sorted(bars, key=_order)), *span, ticks)


def _order(bar: Bar) -> tuple[str, str]:
    return bar.policy.issued or bar.begins or "9", bar.policy.slug


def _texts(item: Dated) -> tuple[str, str, str]:
    return item.issued, item.in_force_from, item.in_force_until


def _bar(policy: Policy, items: Sequence[Dated], span: tuple[int, int], today: date) -> Bar:
    """Return the bar of a policy. Its state can change only at its own dates, so it is computed for those.

    A year or a month is looked at on its last day where something begins, and on its first day where it ends.
    """
    untils = [item.in_force_until for item in items]
    starts = {text for item in items for text in (policy.issued, item.issued, item.in_force_from)}
    now = today.isoformat()
    dates = {*starts, *untils, now} - {""}
    days = [text for text in dates if any(_holds(item, text, now) for item in items)]
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


def _holds(item: Dated, text: str, now: str) -> bool:
    """Return whether something holds at a date of its own, as far as anybody knows."""
    day = _day(text, "0001-01-01" if text == item.in_force_until else "9999-12-31")
    return day is not None and state(item, day.isoformat(), now) is State.HOLDS


def _position(day: date | None, span: tuple[int, int]) -> int | None:
    """Return a day as per mille of the span."""
    if day is None:
        return None
    start, end = date(span[0], 1, 1), date(span[1], 1, 1)
    return max(0, min(1000, round(1000 * (day - start).days / (end - start).days)))


def _day(text: str, rest: str) -> date | None:
    """Return a date; its missing month and day are those of `rest`. None for a text that is not a date."""
    if len(text) not in (4, 7, 10):
        return None
    whole = text + rest[len(text) :]
    for last in (whole, whole[:8] + "28"):  # not every month has a day 31
        try:
            return date.fromisoformat(last)
        except ValueError:
            continue
    return None
