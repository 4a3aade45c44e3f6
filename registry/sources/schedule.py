"""When a source is read again, and how long its last accepted description is served while it fails; pure."""

from __future__ import annotations

import hashlib
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
_MAX_DOUBLINGS = 20  # of a quarter of an hour: some 30 years, beyond any interval


def grace_ends(state: SourceState, settings: Settings) -> datetime | None:
    """Return until when a failing source is served if it does not recover; None for one that does not fail."""
    if state.failing_since is None:
        return None
    ends = shifted(state.failing_since, timedelta(days=settings.transient_grace_days))
    if state.outcome is Outcome.GONE and state.gone_since is not None:
        return min(ends, shifted(state.gone_since, timedelta(days=settings.gone_grace_days)))
    return ends


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
    spread = int(hashlib.sha256(state.source.id.encode()).hexdigest()[:4], 16) / 0xFFFF
    wait = timedelta(hours=hours * (0.9 + 0.2 * spread))
    asked = timedelta(seconds=min(fetch.retry_after_seconds or 0, _MAX_RETRY_AFTER_SECONDS))
    return shifted(fetch.at, max(wait, asked))
