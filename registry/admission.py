"""From a fetch to the store: the state of a source after each outcome, and the update that makes it so.

Nothing that was accepted is ever removed here; a source that fails for longer than its grace is
only marked as archived, which the merging obeys (design: section 7).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pyoxigraph import Triple

from registry.admission_update import Admission, Reading, event_triples, forgetting, replacing, triples
from registry.changes import changes
from registry.clocks import is_past_its_grace, next_due
from registry.errors import ReadingError, WorkerError
from registry.model import Description, Fetch, Outcome, Report, Severity, SourceKind, Verification
from registry.settings import Settings
from registry.state import SourceState, difference
from registry.store import lines
from registry.terms import RDF_TYPE, digest_of, source_iri
from registry.verification import renewed, verified

Read = Callable[..., tuple[Description, Report]]
_FEW = 4  # offices and policies that a source must have had for its shrinking to be sudden
_SAME = "the file has changed, what it says has not"


def admit(
    fetch: Fetch,
    before: SourceState | None,
    record: str,
    *,
    served: set[Triple] | None,
    read: Read,
    settings: Settings,
    revision: int,
) -> Admission:
    """Return what this fetch changes. `record` names its archive record; `revision` is that of the store afterwards.

    `served` is the description accepted before, None where there is none or where `needs_served` says so: a fetch with
    a body is compared with it.
    The result depends on the arguments alone (the time is the fetch's), so that the archive, read again
    in order, gives the same store.
    """
    # the store keeps whole seconds: so the state comes out the same whether it stayed in memory or was read again
    fetch = replace(fetch, at=fetch.at.replace(microsecond=0))
    known = _attempted(fetch, before, record)
    if fetch.outcome is None:
        reading = _held(_read(fetch, read, settings), fetch, before)
        if fetch.source.kind is not SourceKind.REGISTRY:  # whose addresses are no offices and policies
            reading = _compared(reading, served)
        after = _read_state(known, fetch, reading)
    else:
        reading = None
        after = _unread_state(known, fetch, settings)
    after = replace(after, next_due=next_due(after, fetch, settings))
    if before is not None and fetch.confirmed and after.outcome is not Outcome.UNREACHABLE:
        after = _confirmed(after, before)
    changed = before is None or _seen(after, reading) != _seen(before, reading)
    after = replace(
        after,
        events=after.events + changed,
        revision=revision if changed else after.revision,
        verifications=_verifications(after, fetch, reading, served, settings),
    )
    removed, added = difference(before, after, settings.base)
    if changed:
        added.add(lines(event_triples(after, fetch, reading, settings.base)))
    parts = _old_events(after, before, fetch, settings) + replacing(reading, source_iri(settings.base, after.source.id))
    return Admission(after, removed, added, parts)


def _old_events(state: SourceState, before: SourceState | None, fetch: Fetch, settings: Settings) -> list[str]:
    """Return the updates that drop the source's events that are too old.

    They are looked for with every new event, and else now and then: ten times in as long as events are kept.
    """
    kept = timedelta(days=settings.event_days)
    if before is None or fetch.at - state.added <= kept:
        return []  # it has none so old
    turns = {(moment - state.added) // (kept / 10) for moment in (before.last_attempt, fetch.at)}
    if state.events == before.events and len(turns) == 1:
        return []
    return forgetting(state, settings.base, fetch.at - kept)


def needs_served(fetch: Fetch, before: SourceState | None) -> bool:
    """Return whether `admit` asks what is served: of an unchanged source only where it is shown or vouched for anew."""
    anew = before is not None and (before.archived or fetch.named_by != before.named_by)
    return fetch.outcome is None or (fetch.outcome is Outcome.UNCHANGED and anew)


def _verifications(
    state: SourceState, fetch: Fetch, reading: Reading | None, served: set[Triple] | None, settings: Settings
) -> tuple[Verification, ...]:
    """Return by which methods what is served is verified now."""
    if state.archived:
        return ()
    if state.standing is not Outcome.ACCEPTED or fetch.outcome not in (None, Outcome.UNCHANGED):
        return state.verifications  # this fetch tells nothing of it
    said = triples(reading.accepted) if reading is not None and reading.accepted is not None else served
    if said is None:
        return renewed(state, settings.verification_days)
    return verified(state, said, settings.verification_days)


def _seen(state: SourceState, reading: Reading | None) -> tuple[Outcome, str, bool]:
    """Return what of a state makes an event when it changes: other bytes that say the same make none."""
    return state.standing, "" if reading and reading.is_the_same else state.digest, state.archived


def _attempted(fetch: Fetch, before: SourceState | None, record: str) -> SourceState:
    """Return the state in which only this attempt is noted."""
    steps = "\n".join(f"{step.status or '-'} {step.url} {step.result}" for step in fetch.steps)
    if before is None:
        outcome = fetch.outcome or Outcome.ACCEPTED
        before = SourceState(fetch.source, fetch.at, fetch.at, outcome, fetch.at)
    return replace(before, source=fetch.source, last_attempt=fetch.at, record=record, steps=steps, reason=fetch.reason)


def _read(fetch: Fetch, read: Read, settings: Settings) -> Reading:
    graph = source_iri(settings.base, fetch.source.id) + "/description"
    try:
        description, report = read(
            fetch.body,
            media_type=fetch.header("content-type"),
            url=fetch.final_url,
            graph=graph,
            mapping=SourceKind.REGISTRY if fetch.source.kind is SourceKind.REGISTRY else fetch.source.mapping,
        )
    except ReadingError as error:
        return Reading(Outcome.UNREADABLE, str(error))
    except WorkerError as error:
        return Reading(Outcome.REFUSED, str(error))
    if report.accepted:
        return Reading(Outcome.ACCEPTED, "", description, report)
    worst = report.findings[0]
    place = f"line {worst.line}: " if worst.line else ""
    return Reading(Outcome.REJECTED, place + worst.message("en"), description, report)


def _held(reading: Reading, fetch: Fetch, before: SourceState | None) -> Reading:
    """Return the reading as held, when it would suddenly take away most of what is served."""
    if reading.accepted is None or before is None or before.accepted_at is None or fetch.confirmed:
        return reading
    kinds = _kinds(reading.accepted)
    named, were = kinds["Office"] + kinds["FlossPolicy"], before.offices + before.policies
    if were < _FEW or 2 * named >= were:  # to have none at all breaks a rule
        return reading
    reason = (
        f"it names {named} offices and policies, {were} were served: nothing is taken away until the operator "
        f"confirms with `ospo sources confirm {fetch.source.id}`"
    )
    return replace(reading, verdict=Outcome.HELD, reason=reason)


def _compared(reading: Reading, served: set[Triple] | None) -> Reading:
    """Return the reading with what an accepted description changes of the one served before."""
    if reading.accepted is None or served is None:
        return reading
    return replace(reading, changes=tuple(changes(served, set(triples(reading.accepted)))))


def _read_state(known: SourceState, fetch: Fetch, reading: Reading) -> SourceState:
    """Return the state after a body was received and read."""
    digest = digest_of(fetch.body)
    same = reading.is_the_same or digest == known.digest
    said = reading.reason or (_SAME if reading.is_the_same and digest != known.accepted_digest else fetch.reason)
    state = replace(
        known,
        outcome=Outcome.UNCHANGED if reading.is_the_same else reading.verdict,
        verdict=reading.verdict,
        reason=said,
        verdict_reason=reading.reason,
        last_verified=fetch.at,
        last_change=known.last_change if same else fetch.at,
        failing_since=None,
        gone_since=None,
        failures=0,
        archived=known.archived and reading.verdict is not Outcome.ACCEPTED,
        final_address=fetch.final_url,
        etag=fetch.header("etag"),
        last_modified=fetch.header("last-modified"),
        digest=digest,
        notes="\n".join(reading.description.notes) if reading.description else "",
    )
    state = _with_findings(state, reading.report)
    return state if reading.accepted is None else _with_description(state, reading.accepted, fetch)


def _with_findings(state: SourceState, report: Report | None) -> SourceState:
    if report is None:
        return replace(state, findings=0, violations=0, warnings=0)
    severities = Counter(finding.severity for finding in report.findings)
    violations, warnings = severities[Severity.VIOLATION], severities[Severity.WARNING]
    return replace(state, findings=report.total, violations=violations, warnings=warnings)


def _with_description(state: SourceState, description: Description, fetch: Fetch) -> SourceState:
    kinds = _kinds(description)
    return replace(
        state,
        format=description.format,
        accepted_at=fetch.at,
        accepted_digest=state.digest,
        accepted_address=fetch.final_url,
        named_by=fetch.named_by,
        offices=kinds["Office"],
        policies=kinds["FlossPolicy"],
        statements=kinds["PolicyStatement"],
    )


def _kinds(description: Description) -> Counter[str]:
    """Return how many nodes there are of each class, by its local name."""
    types = (triple.object for triple in triples(description) if triple.predicate == RDF_TYPE)
    return Counter(type_.value.rpartition("#")[2] for type_ in types)  # type: ignore[union-attr]


def _confirmed(state: SourceState, known: SourceState) -> SourceState:
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


def _unread_state(known: SourceState, fetch: Fetch, settings: Settings) -> SourceState:
    """Return the state after a fetch that brought no body: unchanged, or one of the failures."""
    assert fetch.outcome is not None
    if fetch.outcome is Outcome.UNCHANGED:
        is_served = known.digest == known.accepted_digest
        return replace(
            known,
            outcome=Outcome.UNCHANGED,
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
