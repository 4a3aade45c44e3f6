"""When a source is read again, and how long its last accepted description is served while it fails; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from registry.model import Fetch, Outcome, SourceState
from registry.reasons.reasons import reason
from registry.settings import Settings


def shifted(moment: datetime, by: timedelta) -> datetime:
    """Return the moment so much later or earlier; the first or the last one that can be written, beyond these.

    >>> shifted(datetime(9999, 12, 31, tzinfo=UTC), timedelta(days=400)).year
    9999
    """
    try:
        return (moment + by).replace(microsecond=0)  # the store keeps whole seconds
    except OverflowError:
        return (datetime.max if by > timedelta() else datetime.min).replace(microsecond=0, tzinfo=UTC)


_MAX_RETRY_AFTER_SECONDS = 7 * 86_400.0  # whatever a server asks for
_SPREAD = 0.1  # of an interval
_MAX_DOUBLINGS = 20  # of a quarter of an hour: some 30 years, beyond any interval
_FAILURES_WITHOUT_BODY = (Outcome.UNREACHABLE, Outcome.GONE, Outcome.REFUSED)
_MANY_FAILURES = 5  # in a row
_ROUNDS_HOURS = (168.0, 24.0)  # sources that bring nothing but their failure are due together once in such a time


def grace_ends(state: SourceState, settings: Settings) -> datetime | None:
    """Return until when a failing source is served if it does not recover; None for one that does not fail."""
    if state.failing_since is None:
        return None
    if state.outcome in (Outcome.UNREADABLE, Outcome.REJECTED):
        return shifted(state.unreadable_since or state.failing_since, timedelta(days=settings.unreadable_grace_days))
    ends = shifted(state.failing_since, timedelta(days=settings.transient_grace_days))
    if state.outcome is Outcome.GONE and state.gone_since is not None:
        return min(ends, shifted(state.gone_since, timedelta(days=settings.gone_grace_days)))
    return ends


def hold_ends(state: SourceState, settings: Settings) -> datetime | None:
    """Return until when the last version is held, unless it is confirmed; None where it is not held."""
    if state.verdict is not Outcome.HELD or state.held_since is None:
        return None
    return shifted(state.held_since, timedelta(days=settings.hold_days))


def is_hold_over(state: SourceState, now: datetime, settings: Settings) -> bool:
    """Return whether the last version was held for long enough: it is to be read once more, and served if it is so."""
    ends = hold_ends(state, settings)
    return ends is not None and now >= ends


def is_past_its_grace(state: SourceState, settings: Settings) -> bool:
    """Return whether a source is to leave the merged graph: it failed twice at least, and until its grace ended.

    A source that the operator withdrew leaves at once.
    """
    if state.outcome is Outcome.WITHDRAWN:
        return True
    ends = grace_ends(state, settings)
    return state.failures > 1 and ends is not None and state.last_attempt >= ends


def next_due(state: SourceState, fetch: Fetch, settings: Settings) -> datetime:
    """Return when to read a source again after this fetch.

    A source waits for `interval_hours`. An up-to-date one waits for a tenth of the time since its last change, and one
    that failed often, and of which nothing is served, for a tenth of the time since it failed, where that is longer,
    but for `max_interval_hours` at most. An unreachable one waits for a quarter of an hour, twice as long after each
    further failure, until that is longer. An address that others named and that never had a description waits for
    `max_interval_hours`. Each source has a spread of its own of up to ±10 %, so that not all are due at once; but those
    that failed often are due together, once a day or a week, so that their failures share a file of the archive. The
    server's Retry-After (RFC 9110, section 10.2.3) is a minimum.
    """
    hours = settings.interval_hours
    failed_often = state.failures >= _MANY_FAILURES
    if state.is_up_to_date:
        since = state.last_change
    else:
        since = state.failing_since if failed_often and not _is_served(state) else None
    if since is not None:
        age = (fetch.at - since).total_seconds() / 3600
        hours = min(settings.max_interval_hours, max(hours, age / 10))
    if state.source.peer and state.accepted_at is None and state.outcome in (Outcome.GONE, Outcome.UNREADABLE):
        hours = settings.max_interval_hours
    if state.outcome is Outcome.UNREACHABLE:
        hours = min(hours, 0.25 * 2 ** min(max(state.failures, 1) - 1, _MAX_DOUBLINGS))
    wait = timedelta(hours=hours * (1 - _SPREAD + 2 * _SPREAD * _fraction(state.source.id)))
    seconds = fetch.retry_after_seconds or 0.0
    asked = seconds if 0 < seconds < _MAX_RETRY_AFTER_SECONDS else _MAX_RETRY_AFTER_SECONDS if seconds > 0 else 0.0
    due = shifted(fetch.at, max(wait, timedelta(seconds=asked)))
    round_hours = next((round_ for round_ in _ROUNDS_HOURS if round_ <= hours), None)
    if round_hours is None or not failed_often or fetch.outcome not in _FAILURES_WITHOUT_BODY:
        return due
    return _at_round(due, shifted(fetch.at, timedelta(seconds=asked)), timedelta(hours=round_hours), settings.base)


def _is_served(state: SourceState) -> bool:
    return state.accepted_at is not None and not state.archived


def _at_round(due: datetime, least: datetime, round_: timedelta, base: str) -> datetime:
    """Return the moment nearest to that, and not before the least, at which failing sources are read.

    It comes once a round, at another hour for each registry, so that not all of them ask at midnight.
    """
    start = (datetime(2000, 1, 1, tzinfo=UTC) + round_ * _fraction(base)).replace(microsecond=0)
    nearest = (due - start + round_ / 2) // round_
    first = -((start - least) // round_)
    return shifted(start, round_ * max(nearest, first))


def _fraction(text: str) -> float:
    """Return a number between 0 and 1, always the same for a text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:4], 16) / 0xFFFF


def is_by_wrong_clock(state: SourceState, now: datetime, settings: Settings) -> bool:
    """Return whether a source was read after now, or is due later than any reading until now can make it due.

    Then the clock went back, or was ahead once; or the longest interval was shortened.
    """
    return is_impossible(state.last_attempt, state.next_due, now, settings)


def is_impossible(last_attempt: datetime, next_due: datetime, now: datetime, settings: Settings) -> bool:
    """Return whether a reading at that moment, or a source that is due at that one, cannot be by the right clock."""
    longest = timedelta(hours=settings.max_interval_hours * (1 + _SPREAD))
    round_ = timedelta(hours=max(_ROUNDS_HOURS))
    latest = shifted(now, max(longest, timedelta(seconds=_MAX_RETRY_AFTER_SECONDS)) + round_)
    return last_attempt > now or next_due > latest


def clock_warning(states: Iterable[SourceState], now: datetime, settings: Settings) -> str:
    """Return in words which sources are due because a clock was wrong (`is_by_wrong_clock`), or ""."""
    found = [
        state for state in states if state.outcome is not Outcome.WITHDRAWN and is_by_wrong_clock(state, now, settings)
    ]
    if not found:
        return ""
    first = found[0]
    moments = {"now": now, "read": first.last_attempt, "due": first.next_due}
    told = {name: f"{moment:%Y-%m-%dT%H:%M:%SZ}" for name, moment in moments.items()}
    return reason("clock", count=len(found), source=first.source.id, **told)
