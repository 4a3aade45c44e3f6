"""The new state of a source after each kind of reading; pure.

Nothing that was accepted is taken away here: a source that fails for longer than its grace is only marked as archived,
so that the merged graph leaves it out. The one exception is a copy that another registry gave: it goes as soon as the
origin answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from registry.admission.entries import to_text
from registry.admission.values import Reading
from registry.iri.names import RDF_TYPE, digest_of
from registry.model import Description, Fetch, Outcome, Severity, SourceState
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.sources.schedule import is_past_its_grace, shifted

# Those that a reading sets to its own moment.
_MOMENTS = (
    "added",
    "last_verified",
    "last_change",
    "failing_since",
    "gone_since",
    "unreadable_since",
    "held_since",
    "accepted_at",
)
_WELL: Mapping[str, Any] = {"failing_since": None, "gone_since": None, "unreadable_since": None, "failures": 0}


def attempted(fetch: Fetch, before: SourceState | None, record: str, settings: Settings) -> SourceState:
    """Return the state before the fetch with the attempt noted; for a new source, its first state."""
    if before is None:
        before = SourceState(fetch.source, fetch.at, fetch.at, fetch.outcome or Outcome.ACCEPTED, fetch.at)
    elif before.last_attempt > fetch.at:
        before = _by_clock(before, fetch.at, settings)
    return replace(
        before,
        source=fetch.source,
        last_attempt=fetch.at,
        record=record,
        steps="\n".join([f"{step.status or '-'} {step.url} {step.result}" for step in fetch.steps]),
        reason=fetch.reason,
        also="\n".join(fetch.also),
    )


def _by_clock(state: SourceState, now: datetime, settings: Settings) -> SourceState:
    """Return the state of a source that was read by a clock that was ahead, with no moment after now."""
    moments = {name: getattr(state, name) for name in _MOMENTS}
    facts = [
        replace(
            fact,
            at=min(fact.at, now),
            expires=min(fact.expires, shifted(now, timedelta(days=settings.verification_days))),
        )
        for fact in state.verifications
    ]
    past = {name: moment and min(moment, now) for name, moment in moments.items()}
    return replace(state, **past, verifications=tuple(facts))


def read(state: SourceState, fetch: Fetch, reading: Reading, settings: Settings) -> SourceState:
    """Return the state after the origin sent a body, which was read."""
    received = _with_body(state, fetch, reading)
    same_meaning = reading.changes == ()
    is_other_file = received.digest != state.accepted_digest
    remark = reason("same-meaning") if same_meaning and is_other_file else fetch.reason
    noted = replace(
        received,
        reason=reading.reason or remark,
        verdict_reason=reading.reason,
        last_change=state.last_change if same_meaning or received.digest == state.digest else fetch.at,
    )
    return _judged(noted, fetch, Outcome.UNCHANGED if same_meaning else reading.verdict, settings)


def unread(state: SourceState, fetch: Fetch, settings: Settings) -> SourceState:
    """Return the state after a fetch without a body: the last body came again, or the source failed."""
    assert fetch.outcome is not None
    if fetch.outcome is not Outcome.UNCHANGED:
        return _failed(state, fetch.at, fetch.outcome, settings)
    state = replace(state, reason=fetch.reason or state.verdict_reason)
    if state.verdict is None:  # there is nothing that could have come again
        return replace(state, outcome=Outcome.UNCHANGED)
    if state.verdict is Outcome.ACCEPTED:
        return _judged(replace(state, named_by=fetch.named_by), fetch, Outcome.UNCHANGED, settings)
    return _judged(state, fetch, state.verdict, settings)


def _judged(state: SourceState, fetch: Fetch, outcome: Outcome, settings: Settings) -> SourceState:
    """Return the state after the source sent a body of which this came, or the same body again.

    Only what is served is verified. What is held is no failure; what cannot be served is one, at every visit.
    """
    at = fetch.at
    if outcome not in (Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.HELD):
        return _failed(state, at, outcome, settings)
    if outcome is Outcome.HELD:
        return replace(state, outcome=outcome, held_since=state.held_since or at, **_WELL)
    moved = Outcome.MOVED if fetch.moved else outcome
    return replace(state, outcome=moved, last_verified=at, held_since=None, archived=False, **_WELL)


def _failed(state: SourceState, at: datetime, outcome: Outcome, settings: Settings) -> SourceState:
    """Return the state after the source failed in this way: it sent nothing, or nothing that can be served."""
    is_unreadable = outcome in (Outcome.UNREADABLE, Outcome.REJECTED)
    failed = replace(
        state,
        outcome=outcome,
        failing_since=state.failing_since or at,
        gone_since=state.gone_since or (at if outcome is Outcome.GONE else None),
        unreadable_since=state.unreadable_since or (at if is_unreadable else None),
        failures=state.failures + 1,
    )
    # a page that never was a description leaves nothing
    leaves = is_past_its_grace(failed, settings) and not (is_unreadable and state.accepted_at is None)
    return replace(failed, archived=state.archived or leaves)


def failed_here(before: SourceState | None, fetch: Fetch, record: str, why: str) -> SourceState:
    """Return the state after a failure of the registry's own: only the attempt is noted, nothing counts against it."""
    first = before or SourceState(fetch.source, fetch.at, fetch.at, Outcome.INTERNAL, fetch.at)
    return replace(
        first, source=fetch.source, last_attempt=fetch.at, record=record, outcome=Outcome.INTERNAL, reason=why
    )


def copied(state: SourceState, fetch: Fetch, reading: Reading | None, settings: Settings) -> SourceState:
    """Return the state of a source that cannot be reached, and of which another registry gave its copy.

    `reading` is that of the copy; None where the copy is the one that is served already.
    """
    state = unread(state, fetch, settings)
    if reading is not None and reading.accepted is None:
        why = reason("copy-refused", reason=fetch.reason, peer=fetch.copied_from, why=reading.reason)
        return replace(state, reason=why)
    try:  # the day of the copy (RFC 7089, section 2.1.1), as far as the other registry gives one
        day = f"{parsedate_to_datetime(fetch.header('memento-datetime')):%Y-%m-%d}"
        why = reason("copy-shown-of-day", reason=fetch.reason, peer=fetch.copied_from, day=day)
    except (ValueError, OverflowError):
        why = reason("copy-shown", reason=fetch.reason, peer=fetch.copied_from)
    state = replace(state, reason=why)
    return state if reading is None else replace(_with_body(state, fetch, reading), copied_from=fetch.copied_from)


def without_copy(state: SourceState) -> SourceState:
    """Return the state without the copy of another registry, because the origin has answered."""
    return replace(
        state,
        verdict=None,
        archived=False,
        copied_from="",
        final_address="",
        etag="",
        last_modified="",
        digest="",
        format="",
        accepted_at=None,
        accepted_digest="",
        accepted_address="",
        accepted_record="",
        named_by="",
        offices=0,
        policies=0,
        statements=0,
        findings=0,
        violations=0,
        warnings=0,
        notes="",
        left_out="",
        entries=None,
    )


def confirmed(state: SourceState, before: SourceState) -> SourceState:
    """Return the state after the operator confirmed what was held: no source was asked, so its clocks stay."""
    moments = (before.held_since, before.last_verified, before.last_change)
    read_at = max([moment for moment in moments if moment], default=before.last_attempt)  # when the held version was
    return replace(
        state,
        last_attempt=before.last_attempt,
        last_verified=read_at,
        accepted_at=read_at,
        last_change=before.last_change,
        failing_since=before.failing_since,
        gone_since=before.gone_since,
        unreadable_since=before.unreadable_since,
        failures=before.failures,
        archived=before.archived,
        next_due=before.next_due,
    )


def count_by_class(description: Description) -> Counter[str]:
    """Return how many nodes there are of each class, by its local name: `{"Office": 1, "PolicyStatement": 9, …}`."""
    types = [triple.object for triple in description.triples if triple.predicate == RDF_TYPE]
    return Counter([type_.value.rpartition("#")[2] for type_ in types])  # type: ignore[union-attr]


def _with_body(state: SourceState, fetch: Fetch, reading: Reading) -> SourceState:
    """Return the state with the body, its verdict and its findings; if it is accepted, as what is served."""
    report, description = reading.report, reading.description
    severities = Counter([finding.severity for finding in report.findings] if report else [])
    state = replace(
        state,
        verdict=reading.verdict,
        final_address=fetch.final_url,
        etag=fetch.header("etag"),
        last_modified=fetch.header("last-modified"),
        digest=digest_of(fetch.body),
        notes="\n".join(description.notes) if description else "",
        findings=report.total if report else 0,
        violations=severities[Severity.VIOLATION],
        warnings=severities[Severity.WARNING],
    )
    accepted = reading.accepted
    if accepted is None:
        return state
    counts, sifted = count_by_class(accepted), reading.sifted
    return replace(
        state,
        format=accepted.format,
        accepted_at=fetch.at,
        accepted_digest=state.digest,
        accepted_address=fetch.final_url,
        named_by=fetch.named_by,
        accepted_record=state.record,
        offices=counts["Office"],
        policies=counts["FlossPolicy"],
        statements=counts["PolicyStatement"],
        left_out=to_text(sifted.left_out) if sifted else "",
        entries=sifted.total if sifted else None,
    )
