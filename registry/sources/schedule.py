"""When a source is read again, and how long its last accepted description is served while it fails; pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from registry.model import Fetch, Outcome, SourceState
from registry.settings import Settings


def grace_ends(state: SourceState, settings: Settings) -> datetime | None:
    """Return until when a failing source is served if it does not recover; None for one that does not fail."""
    if state.failing_since is None:
        return None
    ends = state.failing_since + timedelta(days=settings.transient_grace_days)
    if state.outcome is Outcome.GONE and state.gone_since is not None:
        return min(ends, state.gone_since + timedelta(days=settings.gone_grace_days))
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
        hours = min(hours, 0.25 * 2 ** min(state.failures - 1, 20))  # after a thousand failures no float holds it
    spread = int(hashlib.sha256(state.source.id.encode()).hexdigest()[:4], 16) / 0xFFFF
    wait = timedelta(hours=hours * (0.9 + 0.2 * spread))
    return fetch.at + max(wait, timedelta(seconds=fetch.retry_after_seconds or 0))
