"""From a fetch to the store: what is read, whether it is served, and how state, event and graphs change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pyoxigraph import Triple

from registry.admission import transitions
from registry.admission.update import event_triples, forgetting, replacing
from registry.admission.values import Admission, Reading
from registry.authority.verification import renewed, verified
from registry.diff.changes import changes
from registry.errors import ReadingError, WorkerError
from registry.iri.names import source_iri
from registry.model import Description, Fetch, Outcome, Report, SourceKind, SourceState, Verification
from registry.settings import Settings
from registry.sources.schedule import next_due
from registry.sources.state_rdf import difference
from registry.store.sparql_text import drop, lines

Read = Callable[..., tuple[Description, Report]]
_FEW = 4  # offices and policies that a source must have had for its shrinking to be sudden


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
    known = transitions.attempted(fetch, before, record)
    ends_copy = known.copied_from != "" and fetch.outcome not in (Outcome.UNREACHABLE, Outcome.WITHDRAWN)
    if ends_copy:
        known, served = transitions.without_copy(known), None
    reading = _reading(fetch, known, served, read, settings)
    after = _state(fetch, known, reading, settings)
    if before is not None and fetch.confirmed and after.outcome is not Outcome.UNREACHABLE:
        after = transitions.confirmed(after, before)
    if fetch.copied_from and reading is not None and reading.accepted is None:
        reading = None  # what cannot be shown of another registry is no matter of this source
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
    source = source_iri(settings.base, fetch.source.id)
    parts = _old_events(after, before, fetch, settings)
    parts += [drop(f"{source}/description"), drop(f"{source}/report")] if ends_copy else []
    return Admission(after, removed, added, parts + replacing(reading, source))


def _state(fetch: Fetch, known: SourceState, reading: Reading | None, settings: Settings) -> SourceState:
    """Return the state after this fetch, its event aside."""
    if fetch.copied_from:
        after = transitions.copied(known, fetch, reading, settings)
    elif reading is not None:
        after = transitions.read(known, fetch, reading)
    else:
        after = transitions.unread(known, fetch, settings)
    return replace(after, next_due=next_due(after, fetch, settings))


def _reading(
    fetch: Fetch, known: SourceState, served: set[Triple] | None, read: Read, settings: Settings
) -> Reading | None:
    """Return what became of the body, None where there is none."""
    if fetch.outcome is not None and not (fetch.copied_from and fetch.body):
        return None
    reading = _read(fetch, read, settings)
    if not fetch.copied_from:
        reading = _held(reading, fetch, known)
    return _compared(reading, served, fetch.source.kind)


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
    has_body = fetch.outcome is None or (fetch.copied_from != "" and fetch.body != b"")
    return has_body or (fetch.outcome is Outcome.UNCHANGED and anew)


def _verifications(
    state: SourceState, fetch: Fetch, reading: Reading | None, served: set[Triple] | None, settings: Settings
) -> tuple[Verification, ...]:
    """Return by which methods what is served is verified now."""
    if state.archived:
        return ()
    if not state.is_up_to_date or fetch.outcome not in (None, Outcome.UNCHANGED):
        return state.verifications  # this fetch tells nothing of it
    description = reading.accepted.triples if reading is not None and reading.accepted is not None else served
    if description is None:
        return renewed(state, settings.verification_days)
    return verified(state, description, settings.verification_days)


def _seen(state: SourceState, reading: Reading | None) -> tuple[object, ...]:
    """Return what of a state makes an event when it changes: other bytes that say the same make none."""
    digest = "" if reading and reading.is_the_same else state.digest
    return state.effective_outcome, digest, state.archived, state.copied_from


def _read(fetch: Fetch, read: Read, settings: Settings) -> Reading:
    try:
        description, report = read(
            fetch.body,
            media_type=fetch.header("content-type"),
            # what a copy means does not depend on where it is kept
            url=fetch.source.url if fetch.copied_from else fetch.final_url,
            graph=source_iri(settings.base, fetch.source.id) + "/description",
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


def _held(reading: Reading, fetch: Fetch, known: SourceState) -> Reading:
    """Return the reading as held, when it would suddenly take away most of what is served."""
    if reading.accepted is None or known.accepted_at is None or fetch.confirmed:
        return reading
    kinds = transitions.kinds(reading.accepted)
    named, were = kinds["Office"] + kinds["FlossPolicy"], known.offices + known.policies
    if were < _FEW or 2 * named >= were:  # to have none at all breaks a rule
        return reading
    reason = (
        f"it names {named} offices and policies, {were} were served: nothing is taken away until the operator "
        f"confirms with `ospo sources confirm {fetch.source.id}`"
    )
    return replace(reading, verdict=Outcome.HELD, reason=reason)


def _compared(reading: Reading, served: set[Triple] | None, kind: SourceKind) -> Reading:
    """Return the reading with what an accepted description changes of the one served before."""
    if reading.accepted is None or served is None:
        return reading
    new = set(reading.accepted.triples)
    if new == served:
        return replace(reading, changes=())
    if kind is SourceKind.REGISTRY:  # its addresses are no offices and policies, whose changes could be named
        return replace(reading, changes=None)
    return replace(reading, changes=tuple(changes(served, new)))
