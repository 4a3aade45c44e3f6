"""What an admission writes, as one SPARQL Update: the state of the source, the event, the report, the description."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from pyoxigraph import Literal, NamedNode, Triple

from registry.admission.values import Admission, Reading
from registry.diff import change_rdf
from registry.diff.changes import Change
from registry.iri.names import (
    RDF_TYPE,
    concept_iri,
    date_time,
    decimal,
    digest_of,
    integer,
    registry_graph,
    source_iri,
    term,
)
from registry.model import Fetch, SourceState
from registry.store.sparql_text import bind, delete_lines, drop, insert_data, insert_lines, lines, load, together
from registry.validation.report_rdf import report_triples


def update(admissions: Sequence[Admission], base: str, revision: int, record: str) -> str:
    """Return the one update that carries out all admissions, each of another source, of that archive record."""
    registry = registry_graph(base)
    subject = NamedNode(registry)
    now = [Triple(subject, term("ospo:revision"), integer(revision))]
    now.append(Triple(subject, term("ospo:archiveRecord"), Literal(record)))
    removed = [line for admission in admissions for line in admission.removed]
    added = [lines(now), *(line for admission in admissions for line in admission.added)]
    parts = [bind(load("registry.admission", "forget_revision.ru"), registry=registry)]
    parts += [delete_lines(registry, removed)] if removed else []
    parts += [part for admission in admissions for part in admission.parts]
    return together([*parts, insert_lines(registry, added)])


def replacing(reading: Reading | None, source: str) -> list[str]:
    """Return the updates that replace the report, and the description when it was accepted; none without a reading."""
    if reading is None:
        return []
    parts = [drop(f"{source}/report")]
    if reading.report is not None:
        parts.append(insert_data(f"{source}/report", report_triples(reading.report, f"{source}/report")))
    if reading.accepted is not None:
        # written again from what was parsed: the lines themselves come from a worker, and none may become SPARQL
        graph = reading.accepted.graph
        parts += [drop(graph), insert_data(graph, reading.accepted.triples)]
    return parts


def event_triples(state: SourceState, fetch: Fetch, reading: Reading | None, base: str) -> list[Triple]:
    """Return the change of outcome or content as a prov:Activity with the exchange that caused it."""
    source = source_iri(base, state.source.id)
    subject = NamedNode(f"{source}/events/{state.events}")
    facts = [
        Triple(subject, RDF_TYPE, term("prov:Activity")),
        Triple(subject, term("prov:used"), NamedNode(source)),
        Triple(subject, term("prov:endedAtTime"), date_time(fetch.at)),
        Triple(subject, term("ospo:outcome"), NamedNode(concept_iri("outcome", state.effective_outcome))),
        Triple(subject, term("ospo:archiveRecord"), Literal(state.record)),
    ]
    if state.reason:
        facts.append(Triple(subject, term("ospo:reason"), Literal(state.reason)))
    if state.archived:
        facts.append(Triple(subject, term("ospo:archived"), Literal(True)))
    facts += [Triple(subject, term(name), value) for name, value in _exchange(fetch)]
    if reading is not None and reading.accepted is not None:
        facts += _content(subject, state, reading.changes)
    return facts


def _exchange(fetch: Fetch) -> Iterator[tuple[str, Literal]]:
    """Yield what is to be said of an exchange beside its outcome; nothing that was not sent, received or measured."""
    if fetch.status is not None:
        yield "ospo:httpStatus", integer(fetch.status)
    texts = {
        "ospo:finalAddress": fetch.final_url,
        "ospo:contentType": fetch.header("content-type"),
        "ospo:etag": fetch.header("etag"),
        "ospo:lastModified": fetch.header("last-modified"),
        "ospo:bodyDigest": digest_of(fetch.body) if fetch.body else "",
    }
    yield from ((name, Literal(text)) for name, text in texts.items() if text)
    if fetch.body:
        yield "ospo:bytes", integer(len(fetch.body))
    if fetch.seconds is not None:
        yield "ospo:seconds", decimal(fetch.seconds)


def forgetting(state: SourceState, base: str, before: datetime) -> list[str]:
    """Return the updates that drop the source's events of before that moment, each with its changes."""
    registry, source = registry_graph(base), source_iri(base, state.source.id)
    return [
        bind(load("registry.admission", name), registry=registry, source=source, before=date_time(before))
        for name in ("forget_changes.ru", "forget_events.ru")
    ]


def _content(subject: NamedNode, state: SourceState, found: tuple[Change, ...] | None) -> list[Triple]:
    """Return what an accepted description brings: how much, when it is the first; else each change to the last one."""
    if found is None:
        counts = {"offices": state.offices, "policies": state.policies, "statements": state.statements}
        return [Triple(subject, term(f"ospo:{name}"), integer(count)) for name, count in counts.items()]
    return change_rdf.to_triples(found, subject)
