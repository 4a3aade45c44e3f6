"""From one fetch to its admission: read the body, judge it, find the new state of the source, write what changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from pyoxigraph import Triple

from registry.admission import transitions
from registry.admission.entries import Sifted, left_out_of, sift
from registry.admission.holding import reason_to_hold
from registry.admission.update import (
    event_triples,
    forget_event,
    forget_events,
    forget_set_aside,
    own_graphs,
    set_aside_triples,
)
from registry.admission.values import Admission, Read, Reading
from registry.authority.verification import renewed, verified
from registry.diff.changes import changes
from registry.errors import NoWorkerError, ReadingError, WorkerError
from registry.iri.names import description_graph, report_graph
from registry.model import Fetch, Outcome, SourceKind, SourceState, Verification
from registry.reasons.reasons import reason
from registry.settings import Settings
from registry.sources.schedule import next_due, shifted
from registry.sources.state_rdf import difference
from registry.store.sparql_text import drop, lines


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
    """Return what this fetch changes in the store.

    `before` is the state of the source until now, None for a new one. `record` names the archive record of the fetch;
    `revision` is that of the store once it is admitted. `served` is the description accepted last; None where there is
    none, or where `needs_served` says that it makes no difference. `read` parses and validates the body.

    The result depends on these arguments alone, the time being the fetch's own: so the archive, replayed in order,
    makes the same store.
    """
    if fetch.outcome is Outcome.INTERNAL:
        return admit_failure(fetch, before, record, fetch.reason, settings=settings, revision=revision)
    # The store keeps whole seconds: a state in memory must be equal to the same state read back.
    fetch = replace(fetch, at=fetch.at.replace(microsecond=0))
    previous = transitions.attempted(fetch, before, record, settings)
    origin_is_back = previous.copied_from != "" and fetch.outcome not in (Outcome.UNREACHABLE, Outcome.WITHDRAWN)
    if origin_is_back:
        previous, served = transitions.without_copy(previous), None

    is_new_address = before is not None and before.source.url != fetch.source.url
    has_body = _has_body(fetch)
    reading = _read(fetch, previous, served, read, settings, is_new_address=is_new_address) if has_body else None
    if fetch.copied_from:
        state = transitions.copied(previous, fetch, reading, settings)
        if reading is not None and reading.accepted is None:
            reading = None  # a bad copy says nothing about the source
    elif reading is not None:
        state = transitions.read(previous, fetch, reading, settings)
    else:
        state = transitions.unread(previous, fetch, settings)
    state = replace(state, next_due=next_due(state, fetch, settings))
    if before is not None and fetch.confirmed and state.outcome is not Outcome.UNREACHABLE:
        state = transitions.confirmed(state, before)

    is_event = before is None or _visible(state, reading) != _visible(before, reading)
    noted: dict[str, Any] = {"events": state.events + 1, "revision": revision} if is_event else {}
    state = replace(state, verifications=_verifications(state, fetch, reading, served, settings), **noted)

    removed, added = difference(before, state, settings.base)
    if is_event:
        added.add(lines(event_triples(state, fetch, reading, settings.base)))
    updates, report = _forget_old_events(state, before, fetch, settings), report_graph(settings.base, fetch.source.id)
    if is_event:
        updates += _forget_surplus_event(state, settings)
    if origin_is_back:
        updates += [drop(description_graph(settings.base, fetch.source.id)), drop(report)]
    graphs = own_graphs(reading, report) if reading is not None else {}
    if before is not None and reading is not None:
        updates += [drop(report), *map(drop, graphs.keys() - {report})]
    return Admission(state, removed, added, updates, graphs)


def admit_failure(
    fetch: Fetch, before: SourceState | None, record: str, why: str, *, settings: Settings, revision: int
) -> Admission:
    """Return what a fetch changes that the registry failed to admit: the outcome, with the reason, and when it is due.

    The source is read again after the interval; nothing of it is taken away, and its graces do not run.
    """
    fetch = replace(fetch, at=fetch.at.replace(microsecond=0), retry_after_seconds=None)
    state = transitions.failed_here(before, fetch, record, why)
    state = replace(state, next_due=next_due(state, fetch, settings))
    is_event = before is None or _visible(state, None) != _visible(before, None)
    if is_event:
        state = replace(state, events=state.events + 1, revision=revision)
    removed, added = difference(before, state, settings.base)
    if is_event:
        added.add(lines(event_triples(state, replace(fetch, body=b"", headers=()), None, settings.base)))
    updates = _forget_surplus_event(state, settings) if is_event else []
    return Admission(state, removed, added, updates)


def set_aside(fetch: Fetch, before: SourceState | None, record: str, why: str, base: str) -> Admission:
    """Return what is noted of a fetch that cannot be admitted at all: which archive record, of which source, and why.

    Nothing is reckoned, so that nothing can go wrong: the state stays, and the source is due at once. One note a source
    is kept, the last: the source may come again and again.
    """
    state = transitions.failed_here(before, fetch, record, why)
    state = replace(state, next_due=state.last_attempt)
    note = lines(set_aside_triples(fetch, record, why, base))
    try:
        removed, added = difference(before, state, base)
    except Exception:  # whatever cannot be written is not
        return Admission(before or state, set(), {note})
    return Admission(state, removed, {*added, note}, forget_set_aside(fetch.source.id, base))


def needs_served(fetch: Fetch, before: SourceState | None) -> bool:
    """Return whether `admit` needs the description that is served.

    A body is compared with it. Of an unchanged source it is verified again only where it comes back into the merged
    graph, or where another page names it.
    """
    if fetch.outcome is Outcome.UNCHANGED:
        return before is not None and (before.archived or fetch.named_by != before.named_by)
    return _has_body(fetch)


def _has_body(fetch: Fetch) -> bool:
    """Return whether there is something to read: a body of the origin, or a copy that is not served already."""
    return fetch.outcome is None or (fetch.copied_from != "" and fetch.body != b"")


def _read(
    fetch: Fetch,
    state: SourceState,
    served: set[Triple] | None,
    read: Read,
    settings: Settings,
    *,
    is_new_address: bool,
) -> Reading:
    """Return what came of the body: read, validated, held if it takes much away, and compared with what is served."""
    is_registry = fetch.source.kind is SourceKind.REGISTRY
    try:
        description, report = read(
            fetch.body,
            media_type=fetch.header("content-type"),
            # relative addresses in a copy mean what they mean at the origin
            url=fetch.source.url if fetch.copied_from else fetch.final_url,
            graph=description_graph(settings.base, fetch.source.id),
            mapping=SourceKind.REGISTRY if is_registry else fetch.source.mapping,
        )
    except NoWorkerError:
        raise  # it says nothing about the document
    except ReadingError as error:
        return Reading(Outcome.UNREADABLE, str(error))
    except WorkerError as error:
        return Reading(Outcome.REFUSED, str(error))
    why = ""
    sifted: Sifted | None = None
    if not report.accepted:
        worst = report.findings[0]
        why = worst.message("en")
        why = reason("at-line", line=worst.line, message=why) if worst.line else why
        before = left_out_of(state.left_out)
        sifted = sift(description, report.faulty, served or (), before, now=fetch.at, settings=settings)
        if sifted is None:
            return Reading(Outcome.REJECTED, why, description, report)
        kept = sum(entry.kept for entry in sifted.left_out)
        counts = {"count": len(sifted.left_out), "total": sifted.total}
        why = reason("left-out-kept", **counts, shown=kept, why=why) if kept else reason("left-out", **counts, why=why)
        description = replace(description, n_triples=lines(sifted.triples).encode())

    new = set(description.triples)
    if held := reason_to_hold(fetch, state, served or (), new, settings, is_new_address=is_new_address):
        return Reading(Outcome.HELD, held, description, report)

    accepted = Reading(Outcome.ACCEPTED, why, description, report, sifted=sifted)
    if served is None:
        return accepted
    if new == served:
        return replace(accepted, changes=())
    if is_registry:  # its addresses are no offices and policies, whose changes could be named
        return accepted
    return replace(accepted, changes=tuple(changes(served, new, settings.base)))


def _visible(state: SourceState, reading: Reading | None) -> tuple[object, ...]:
    """Return what of a state makes an event when it changes; other bytes with the same meaning make none."""
    digest = "" if reading is not None and reading.changes == () else state.digest
    return state.effective_outcome, digest, state.archived, state.copied_from


def _verifications(
    state: SourceState, fetch: Fetch, reading: Reading | None, served: set[Triple] | None, settings: Settings
) -> tuple[Verification, ...]:
    """Return by which methods what is served is verified after this fetch."""
    if state.archived:
        return ()
    if not state.is_up_to_date or fetch.outcome not in (None, Outcome.UNCHANGED):
        return state.verifications  # this fetch proves nothing, for or against
    accepted = reading.accepted if reading is not None else None
    triples = accepted.triples if accepted is not None else served
    if triples is None:
        return renewed(state, settings.verification_days)
    return verified(state, triples, settings.verification_days)


def _forget_surplus_event(state: SourceState, settings: Settings) -> list[str]:
    """Return the updates that delete the one event too many that a new one leaves."""
    surplus = state.events - settings.events_kept
    return forget_event(state.source.id, surplus, settings.base) if surplus > 0 else []


def _forget_old_events(state: SourceState, before: SourceState | None, fetch: Fetch, settings: Settings) -> list[str]:
    """Return the updates that delete the source's events that are older than the settings keep them.

    They are looked for with every new event, else ten times in that while: a search costs more than an unchanged fetch.
    """
    kept = timedelta(days=settings.event_days)
    if before is None or fetch.at - state.added <= kept:
        return []  # no event is so old
    earlier, now = ((moment - state.added) // (kept / 10) for moment in (before.last_attempt, fetch.at))
    if state.events == before.events and earlier == now:
        return []
    return forget_events(state, settings.base, shifted(fetch.at, -kept))
