"""The new state of a source after each kind of reading; pure.

Nothing that was accepted is taken away here: a source that fails for longer than its grace is only marked as archived,
so that the merged graph leaves it out. The one exception is a copy that another registry gave: it goes as soon as the
origin answers.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from email.utils import parsedate_to_datetime

from registry.admission.entries import to_text
from registry.admission.values import Reading
from registry.iri.names import RDF_TYPE, digest_of
from registry.model import SUCCESSFUL_OUTCOMES, Description, Fetch, Outcome, Severity, SourceState
from registry.settings import Settings
from registry.sources.schedule import is_past_its_grace

_SAME_MEANING = "the file has changed, what it says has not"


def attempted(fetch: Fetch, before: SourceState | None, record: str) -> SourceState:
    """Return the state before the fetch with the attempt noted; for a new source, its first state."""
    if before is None:
        before = SourceState(fetch.source, fetch.at, fetch.at, fetch.outcome or Outcome.ACCEPTED, fetch.at)
    return replace(
        before,
        source=fetch.source,
        last_attempt=fetch.at,
        record=record,
        steps="\n".join([f"{step.status or '-'} {step.url} {step.result}" for step in fetch.steps]),
        reason=fetch.reason,
        also="\n".join(fetch.also),
    )


def read(state: SourceState, fetch: Fetch, reading: Reading) -> SourceState:
    """Return the state after the origin sent a body, which was read."""
    received = _with_body(state, fetch, reading)
    same_meaning = reading.changes == ()
    outcome = Outcome.UNCHANGED if same_meaning else reading.verdict
    remark = _SAME_MEANING if same_meaning and received.digest != state.accepted_digest else fetch.reason
    return replace(
        received,
        outcome=Outcome.MOVED if fetch.moved and outcome in SUCCESSFUL_OUTCOMES else outcome,
        reason=reading.reason or remark,
        verdict_reason=reading.reason,
        last_verified=fetch.at,
        last_change=state.last_change if same_meaning or received.digest == state.digest else fetch.at,
        failing_since=None,
        gone_since=None,
        failures=0,
        archived=state.archived and reading.verdict is not Outcome.ACCEPTED,
    )


def unread(state: SourceState, fetch: Fetch, settings: Settings) -> SourceState:
    """Return the state after a fetch without a body: the source was unchanged, or it failed."""
    assert fetch.outcome is not None
    if fetch.outcome is Outcome.UNCHANGED:
        is_served = state.digest == state.accepted_digest
        return replace(
            state,
            outcome=Outcome.MOVED if fetch.moved and state.verdict is Outcome.ACCEPTED else Outcome.UNCHANGED,
            reason=fetch.reason or state.verdict_reason,
            last_verified=fetch.at,
            failing_since=None,
            gone_since=None,
            failures=0,
            archived=state.archived and not is_served,
            named_by=fetch.named_by if is_served else state.named_by,
        )
    failed = replace(
        state,
        outcome=fetch.outcome,
        failing_since=state.failing_since or fetch.at,
        gone_since=state.gone_since or (fetch.at if fetch.outcome is Outcome.GONE else None),
        failures=state.failures + 1,
    )
    return replace(failed, archived=state.archived or is_past_its_grace(failed, settings))


def failed_here(before: SourceState | None, fetch: Fetch, record: str, reason: str) -> SourceState:
    """Return the state after a failure of the registry's own: only the attempt is noted, nothing counts against it."""
    first = before or SourceState(fetch.source, fetch.at, fetch.at, Outcome.INTERNAL, fetch.at)
    return replace(
        first, source=fetch.source, last_attempt=fetch.at, record=record, outcome=Outcome.INTERNAL, reason=reason
    )


def copied(state: SourceState, fetch: Fetch, reading: Reading | None, settings: Settings) -> SourceState:
    """Return the state of a source that cannot be reached, and of which another registry gave its copy.

    `reading` is that of the copy; None where the copy is the one that is served already.
    """
    state = unread(state, fetch, settings)
    if reading is not None and reading.accepted is None:
        remark = f"the copy that the registry {fetch.copied_from} keeps cannot be shown: {reading.reason}"
        return replace(state, reason=f"{fetch.reason}; {remark}")
    try:  # the day of the copy (RFC 7089, section 2.1.1), as far as the other registry gives one
        taken = f" on {parsedate_to_datetime(fetch.header('memento-datetime')):%Y-%m-%d}"
    except (ValueError, OverflowError):
        taken = ""
    remark = f"meanwhile the copy is shown that the registry {fetch.copied_from} took{taken}"
    state = replace(state, reason=f"{fetch.reason}; {remark}")
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
    )


def confirmed(state: SourceState, before: SourceState) -> SourceState:
    """Return the state after the operator confirmed what was held: no source was asked, so its clocks stay."""
    return replace(
        state,
        last_attempt=before.last_attempt,
        last_verified=before.last_verified,
        accepted_at=before.last_verified,
        last_change=before.last_change,
        failing_since=before.failing_since,
        gone_since=before.gone_since,
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
        left_out=to_text(reading.left_out) if reading.accepted is not None else state.left_out,
        findings=report.total if report else 0,
        violations=severities[Severity.VIOLATION],
        warnings=severities[Severity.WARNING],
    )
    accepted = reading.accepted
    if accepted is None:
        return state
    counts = count_by_class(accepted)
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
    )
