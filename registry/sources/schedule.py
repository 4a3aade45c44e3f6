"""When a source is read again, and how long its last accepted description is served while it fails; pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from registry.model import Fetch, Outcome, SourceState
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

    An up-to-date source waits for a tenth of the time since its last change, but for `interval_hours` at least and for
    `max_interval_hours` at most. An unreachable one waits for a quarter of an hour, twice as long after each further
    failure, but no longer than `interval_hours`. An address that others named and that never had a description waits
    for `max_interval_hours`. Each source has a spread of its own of up to ±10 %, so that not all are due at once. The
    server's Retry-After (RFC 9110, section 10.2.3) is a minimum.
    """
    hours = settings.interval_hours
    if state.is_up_to_date and state.last_change is not None:
        age = (fetch.at - state.last_change).total_seconds() / 3600
        hours = min(settings.max_interval_hours, max(hours, age / 10))
    if state.source.peer and state.accepted_at is None and state.outcome in (Outcome.GONE, Outcome.UNREADABLE):
        hours = settings.max_interval_hours
    if state.outcome is Outcome.UNREACHABLE:
        hours = min(hours, 0.25 * 2 ** min(max(state.failures, 1) - 1, _MAX_DOUBLINGS))
    # between 0 and 1, always the same for a source
    spread = int(hashlib.sha256(state.source.id.encode()).hexdigest()[:4], 16) / 0xFFFF
    wait = timedelta(hours=hours * (1 - _SPREAD + 2 * _SPREAD * spread))
    seconds = fetch.retry_after_seconds or 0.0
    asked = seconds if 0 < seconds < _MAX_RETRY_AFTER_SECONDS else _MAX_RETRY_AFTER_SECONDS if seconds > 0 else 0.0
    return shifted(fetch.at, max(wait, timedelta(seconds=asked)))


def is_by_wrong_clock(state: SourceState, now: datetime, settings: Settings) -> bool:
    """Return whether a source was read after now, or is due later than any reading until now can make it due.

    Then the clock went back, or was ahead once; or the longest interval was shortened.
    """
    longest = timedelta(hours=settings.max_interval_hours * (1 + _SPREAD))
    latest = shifted(now, max(longest, timedelta(seconds=_MAX_RETRY_AFTER_SECONDS)))
    return state.last_attempt > now or state.next_due > latest


def clock_warning(states: Iterable[SourceState], now: datetime, settings: Settings) -> str:
    """Return in words which sources are due because a clock was wrong (`is_by_wrong_clock`), or ""."""
    found = [
        state for state in states if state.outcome is not Outcome.WITHDRAWN and is_by_wrong_clock(state, now, settings)
    ]
    if not found:
        return ""
    first = found[0]
    return (
        f"the clock of this machine says {now:%Y-%m-%dT%H:%M:%SZ}, but {len(found)} sources were read later than that, "
        f"or are due later than they can be by max_interval_hours; {first.source.id}, for example, was read at "
        f"{first.last_attempt:%Y-%m-%dT%H:%M:%SZ} and due at {first.next_due:%Y-%m-%dT%H:%M:%SZ}: they are due now"
    )
