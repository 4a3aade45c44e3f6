"""From a fetch to the store: what each outcome changes, as one SPARQL Update.

Nothing that was accepted is ever removed here; a source that fails for longer than its grace is
only marked as archived, which the merging obeys (design: section 7).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, parse

from registry import state as states
from registry import vocabulary
from registry.errors import ReadingError, WorkerError
from registry.model import Description, Fetch, Outcome, Report, Severity
from registry.reports import report_triples
from registry.settings import Settings
from registry.state import RDF_TYPE, SourceState, date_time, integer, registry_graph, source_iri, term
from registry.store import bind, drop, insert_data

Read = Callable[..., tuple[Description, Report]]


@dataclass(frozen=True, slots=True)
class Admission:
    """What one fetch changes: the new state of the source, and the update that makes it so."""

    state: SourceState
    update: str


@dataclass(frozen=True, slots=True)
class _Reading:
    verdict: Outcome
    reason: str
    description: Description | None = None
    report: Report | None = None


def admit(
    fetch: Fetch, before: SourceState | None, record: str, *, read: Read, settings: Settings, revision: int
) -> Admission:
    """Return what this fetch changes. `record` names its archive record; `revision` is that of the store afterwards.

    The result depends on the arguments alone (the time is the fetch's), so that the archive, read again
    in order, gives the same store.
    """
    known = _attempted(fetch, before, record)
    if fetch.outcome is None:
        reading = _read(fetch, read, settings)
        after = _read_state(known, fetch, reading)
    else:
        reading = None
        after = _unread_state(known, fetch, settings)
    after = replace(after, next_due=_next_due(after, fetch, settings))
    changed = before is None or (after.standing, after.digest) != (before.standing, before.digest)
    after = replace(after, events=after.events + changed)
    return Admission(after, _update(after, reading, settings.base, revision, fetch if changed else None))


def _attempted(fetch: Fetch, before: SourceState | None, record: str) -> SourceState:
    """Return the state in which only this attempt is noted."""
    steps = "\n".join(f"{step.status or '-'} {step.url} {step.result}" for step in fetch.steps)
    if before is None:
        outcome = fetch.outcome or Outcome.ACCEPTED
        before = SourceState(fetch.source, fetch.at, fetch.at, outcome, fetch.at)
    return replace(before, source=fetch.source, last_attempt=fetch.at, record=record, steps=steps, reason=fetch.reason)


def _read(fetch: Fetch, read: Read, settings: Settings) -> _Reading:
    graph = source_iri(settings.base, fetch.source.id) + "/description"
    try:
        description, report = read(
            fetch.body,
            media_type=fetch.header("content-type"),
            url=fetch.final_url,
            graph=graph,
            mapping=fetch.source.mapping,
        )
    except ReadingError as error:
        return _Reading(Outcome.UNREADABLE, str(error))
    except WorkerError as error:
        return _Reading(Outcome.REFUSED, str(error))
    if report.accepted:
        return _Reading(Outcome.ACCEPTED, "", description, report)
    worst = report.findings[0]
    place = f"line {worst.line}: " if worst.line else ""
    return _Reading(Outcome.REJECTED, place + worst.message("en"), description, report)


def _read_state(known: SourceState, fetch: Fetch, reading: _Reading) -> SourceState:
    """Return the state after a body was received and read."""
    digest = "sha256:" + hashlib.sha256(fetch.body).hexdigest()
    state = replace(
        known,
        outcome=reading.verdict,
        verdict=reading.verdict,
        reason=reading.reason or fetch.reason,
        verdict_reason=reading.reason,
        last_verified=fetch.at,
        last_change=known.last_change if digest == known.digest else fetch.at,
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
    if reading.report is not None:
        severities = Counter(finding.severity for finding in reading.report.findings)
        violations, warnings = severities[Severity.VIOLATION], severities[Severity.WARNING]
        state = replace(state, findings=reading.report.total, violations=violations, warnings=warnings)
    else:
        state = replace(state, findings=0, violations=0, warnings=0)
    if reading.verdict is not Outcome.ACCEPTED or reading.description is None:
        return state
    kinds = _kinds(reading.description)
    return replace(
        state,
        format=reading.description.format,
        accepted_at=fetch.at,
        accepted_digest=digest,
        accepted_address=fetch.final_url,
        named_by=fetch.named_by,
        offices=kinds["Office"],
        policies=kinds["FlossPolicy"],
        statements=kinds["PolicyStatement"],
    )


def _kinds(description: Description) -> Counter[str]:
    triples = parse(description.triples, RdfFormat.N_TRIPLES)
    return Counter(str(t.object.value).rpartition("#")[2] for t in triples if t.predicate == RDF_TYPE)


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
    return replace(failed, archived=known.archived or _is_past_its_grace(failed, settings))


def _is_past_its_grace(state: SourceState, settings: Settings) -> bool:
    """Return whether a failing source has used up its grace: never by one reading, unless the operator withdrew it."""
    if state.outcome is Outcome.WITHDRAWN:
        return True
    now, failing, gone = state.last_attempt, state.failing_since, state.gone_since
    too_long = failing is not None and now - failing >= timedelta(days=settings.transient_grace_days)
    vanished = (
        state.outcome is Outcome.GONE and gone is not None and now - gone >= timedelta(days=settings.gone_grace_days)
    )
    return state.failures > 1 and (too_long or vanished)


def _next_due(state: SourceState, fetch: Fetch, settings: Settings) -> datetime:
    """Return when to read again: the interval, sooner after a transient failure, spread by ±10 % for each source."""
    hours = settings.interval_hours
    if state.outcome is Outcome.UNREACHABLE:
        hours = min(hours, 0.25 * 2 ** (state.failures - 1))
    spread = int(hashlib.sha256(state.source.id.encode()).hexdigest()[:4], 16) / 0xFFFF
    wait = timedelta(hours=hours * (0.9 + 0.2 * spread))
    return fetch.at + max(wait, timedelta(seconds=fetch.retry_after_seconds or 0))


def _update(state: SourceState, reading: _Reading | None, base: str, revision: int, event: Fetch | None) -> str:
    registry, source = registry_graph(base), source_iri(base, state.source.id)
    subject = NamedNode(registry)
    facts = states.to_triples(state, base)
    facts.append(Triple(subject, term("ospo:revision"), integer(revision)))
    facts.append(Triple(subject, term("ospo:archiveRecord"), Literal(state.record)))
    if event is not None:
        facts += _event(state, event, source)
    forget = "DELETE WHERE { GRAPH $graph { $subject ?property ?value } }"
    parts = [bind(forget, graph=registry, subject=source), bind(forget, graph=registry, subject=registry)]
    parts.append(insert_data(registry, facts))
    if reading is not None:
        parts += _graphs(reading, source)
    return " ;\n".join(parts)


def _graphs(reading: _Reading, source: str) -> list[str]:
    """Return the replacements of the report, and of the description when it was accepted."""
    parts = [drop(f"{source}/report")]
    if reading.report is not None:
        parts.append(insert_data(f"{source}/report", report_triples(reading.report, f"{source}/report")))
    if reading.verdict is Outcome.ACCEPTED and reading.description is not None:
        graph = reading.description.graph
        quads = parse(reading.description.triples, RdfFormat.N_TRIPLES)
        parts += [drop(graph), insert_data(graph, [quad.triple for quad in quads])]
    return parts


def _event(state: SourceState, fetch: Fetch, source: str) -> list[Triple]:
    """Return the change of outcome or content as a prov:Activity with the exchange that caused it."""
    event = NamedNode(f"{source}/events/{state.events}")
    triples = [
        Triple(event, RDF_TYPE, term("prov:Activity")),
        Triple(event, term("prov:used"), NamedNode(source)),
        Triple(event, term("prov:endedAtTime"), date_time(fetch.at)),
        Triple(event, term("ospo:outcome"), NamedNode(vocabulary.concept_iri("outcome", state.standing))),
        Triple(event, term("ospo:archiveRecord"), Literal(state.record)),
    ]
    if state.reason:
        triples.append(Triple(event, term("ospo:reason"), Literal(state.reason)))
    if fetch.status is not None:
        triples.append(Triple(event, term("ospo:httpStatus"), integer(fetch.status)))
    return triples
