"""The clocks of a source: when it is read again, and how long its copy is served while it fails; pure."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from registry.model import Fetch, Outcome, SourceState
from registry.settings import Settings


def grace_ends(state: SourceState, settings: Settings) -> datetime | None:
    """Return until when the copy of a source is served that goes on failing as it does; None for one that does not."""
    if state.failing_since is None:
        return None
    ends = state.failing_since + timedelta(days=settings.transient_grace_days)
    if state.outcome is Outcome.GONE and state.gone_since is not None:
        return min(ends, state.gone_since + timedelta(days=settings.gone_grace_days))
    return ends


def is_past_its_grace(state: SourceState, settings: Settings) -> bool:
    """Return whether a failing source has used up its grace: never by one reading, unless the operator withdrew it."""
    if state.outcome is Outcome.WITHDRAWN:
        return True
    ends = grace_ends(state, settings)
    return state.failures > 1 and ends is not None and state.last_attempt >= ends


def next_due(state: SourceState, fetch: Fetch, settings: Settings) -> datetime:
    """Return when to read again, spread by ±10 % for each source: after the interval, sooner after a transient failure.

    A source that is well waits for a tenth of the time since its last change, between the interval and the longest one;
    the longest one is for a place that others named and where no description ever stood.
    """
    hours = settings.interval_hours
    if state.is_up_to_date and state.last_change is not None:
        age = (fetch.at - state.last_change).total_seconds() / 3600
        hours = min(settings.max_interval_hours, max(hours, age / 10))
    if state.source.peer and state.accepted_at is None and state.outcome in (Outcome.GONE, Outcome.UNREADABLE):
        hours = settings.max_interval_hours
    if state.outcome is Outcome.UNREACHABLE:
        hours = min(hours, 0.25 * 2 ** (state.failures - 1))
    spread = int(hashlib.sha256(state.source.id.encode()).hexdigest()[:4], 16) / 0xFFFF
    wait = timedelta(hours=hours * (0.9 + 0.2 * spread))
    return fetch.at + max(wait, timedelta(seconds=fetch.retry_after_seconds or 0))
