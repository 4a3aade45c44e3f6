"""The state of a source after each outcome of a reading; pure.

Nothing that was accepted is taken away here: a source that fails for longer than its grace is only marked as archived,
which the merging obeys. A copy from another registry alone goes when the origin answers again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from email.utils import parsedate_to_datetime

from registry.admission.values import Reading
from registry.iri.names import RDF_TYPE, digest_of
from registry.model import SUCCESSFUL_OUTCOMES, Description, Fetch, Outcome, Report, Severity, SourceState
from registry.settings import Settings
from registry.sources.schedule import is_past_its_grace

_SAME = "the file has changed, what it says has not"


def attempted(fetch: Fetch, before: SourceState | None, record: str) -> SourceState:
    """Return the state in which only this attempt is noted."""
    steps = "\n".join(f"{step.status or '-'} {step.url} {step.result}" for step in fetch.steps)
    if before is None:
        outcome = fetch.outcome or Outcome.ACCEPTED
        before = SourceState(fetch.source, fetch.at, fetch.at, outcome, fetch.at)
    return replace(
        before,
        source=fetch.source,
        last_attempt=fetch.at,
        record=record,
        steps=steps,
        reason=fetch.reason,
        also="\n".join(fetch.also),
    )


def read(known: SourceState, fetch: Fetch, reading: Reading) -> SourceState:
    """Return the state after a body was received and read."""
    digest = digest_of(fetch.body)
    same = reading.is_the_same or digest == known.digest
    said = reading.reason or (_SAME if reading.is_the_same and digest != known.accepted_digest else fetch.reason)
    outcome = Outcome.UNCHANGED if reading.is_the_same else reading.verdict
    state = replace(
        _received(known, fetch, reading),
        outcome=Outcome.MOVED if fetch.moved and outcome in SUCCESSFUL_OUTCOMES else outcome,
        verdict=reading.verdict,
        reason=said,
        verdict_reason=reading.reason,
        last_verified=fetch.at,
        last_change=known.last_change if same else fetch.at,
        failing_since=None,
        gone_since=None,
        failures=0,
        archived=known.archived and reading.verdict is not Outcome.ACCEPTED,
    )
    state = _with_findings(state, reading.report)
    return state if reading.accepted is None else _with_description(state, reading.accepted, fetch)


def _received(state: SourceState, fetch: Fetch, reading: Reading) -> SourceState:
    """Return the state with what is to be known of a body to ask for it again."""
    return replace(
        state,
        final_address=fetch.final_url,
        etag=fetch.header("etag"),
        last_modified=fetch.header("last-modified"),
        digest=digest_of(fetch.body),
        notes="\n".join(reading.description.notes) if reading.description else "",
    )


def _with_findings(state: SourceState, report: Report | None) -> SourceState:
    if report is None:
        return replace(state, findings=0, violations=0, warnings=0)
    severities = Counter(finding.severity for finding in report.findings)
    violations, warnings = severities[Severity.VIOLATION], severities[Severity.WARNING]
    return replace(state, findings=report.total, violations=violations, warnings=warnings)


def _with_description(state: SourceState, description: Description, fetch: Fetch) -> SourceState:
    counts = kinds(description)
    return replace(
        state,
        format=description.format,
        accepted_at=fetch.at,
        accepted_digest=state.digest,
        accepted_address=fetch.final_url,
        named_by=fetch.named_by,
        accepted_record=state.record,
        offices=counts["Office"],
        policies=counts["FlossPolicy"],
        statements=counts["PolicyStatement"],
    )


def unread(known: SourceState, fetch: Fetch, settings: Settings) -> SourceState:
    """Return the state after a fetch that brought no body: unchanged, or one of the failures."""
    assert fetch.outcome is not None
    if fetch.outcome is Outcome.UNCHANGED:
        is_served = known.digest == known.accepted_digest
        return replace(
            known,
            outcome=Outcome.MOVED if fetch.moved and known.verdict is Outcome.ACCEPTED else Outcome.UNCHANGED,
            reason=fetch.reason or known.verdict_reason,
            last_verified=fetch.at,
            failing_since=None,
            gone_since=None,
            failures=0,
            archived=known.archived and not is_served,
            named_by=fetch.named_by if is_served else known.named_by,
        )
    failed = replace(
        known,
        outcome=fetch.outcome,
        failing_since=known.failing_since or fetch.at,
        gone_since=known.gone_since or (fetch.at if fetch.outcome is Outcome.GONE else None),
        failures=known.failures + 1,
    )
    return replace(failed, archived=known.archived or is_past_its_grace(failed, settings))


def copied(known: SourceState, fetch: Fetch, reading: Reading | None, settings: Settings) -> SourceState:
    """Return the state of a source that cannot be reached, for which another registry gave its copy.

    `reading` is that of the copy; None where it is the one that is served already.
    """
    state = unread(known, fetch, settings)
    if reading is not None and reading.accepted is None:
        words = f"the copy that the registry {fetch.copied_from} keeps cannot be shown: {reading.reason}"
        return replace(state, reason=f"{fetch.reason}; {words}")
    words = f"meanwhile the copy is shown that the registry {fetch.copied_from} took{_taken(fetch)}"
    state = replace(state, reason=f"{fetch.reason}; {words}")
    if reading is None or reading.accepted is None:
        return state
    state = replace(_received(state, fetch, reading), verdict=reading.verdict, copied_from=fetch.copied_from)
    return _with_description(_with_findings(state, reading.report), reading.accepted, fetch)


def _taken(fetch: Fetch) -> str:
    """Return the day on which the other registry says it read what it gave (RFC 7089, section 2.1.1), in words."""
    try:
        return f" on {parsedate_to_datetime(fetch.header('memento-datetime')):%Y-%m-%d}"
    except (ValueError, OverflowError):
        return ""


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
    )


def confirmed(state: SourceState, known: SourceState) -> SourceState:
    """Return the state after a confirmation, for which nothing was asked: what only an answer tells stays."""
    return replace(
        state,
        last_attempt=known.last_attempt,
        last_verified=known.last_verified,
        accepted_at=known.last_verified,
        last_change=known.last_change,
        failing_since=known.failing_since,
        gone_since=known.gone_since,
        failures=known.failures,
        archived=known.archived,
        next_due=known.next_due,
    )


def kinds(description: Description) -> Counter[str]:
    """Return how many nodes there are of each class, by its local name."""
    types = (triple.object for triple in description.triples if triple.predicate == RDF_TYPE)
    return Counter(type_.value.rpartition("#")[2] for type_ in types)  # type: ignore[union-attr]
