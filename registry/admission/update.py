"""What admissions write, as one SPARQL Update: the state of the source, its event, the report, the description."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from pyoxigraph import Literal, NamedNode, Triple

from registry.admission.values import Admission, Reading
from registry.diff import change_rdf
from registry.iri.names import (
    RDF_TYPE,
    concept_iri,
    date_time,
    decimal,
    digest_of,
    event_iri,
    integer,
    registry_graph,
    set_aside_iri,
    source_iri,
    term,
)
from registry.model import Fetch, Outcome, SourceState
from registry.sources.state_rdf import introduction
from registry.store.sparql_text import bind, exchange_lines, insert_lines, lines, load, together
from registry.validation.report_rdf import report_triples


def update(admissions: Sequence[Admission], base: str, revision: int, record: str) -> tuple[str, dict[str, str]]:
    """Return the one update that carries out these admissions, each of another source, and what is new beside it.

    Afterwards the store has this revision, and has seen the archive up to this record. New is all that is told of a
    source that is not known yet, but for the one line without which nothing else speaks of it (`introduction`).
    """
    registry = registry_graph(base)
    updates = [bind(load("registry.admission", "forget_merge.ru"), registry=registry)]
    introduced: set[str] = set()
    told: list[str] = []  # of sources that are not known
    new: dict[str, str] = {}
    for admission in admissions:
        known = introduction(admission.state.source.id, base)
        if known in admission.added and not admission.updates:
            introduced.add(known)
            told += admission.added - {known}
            new |= admission.graphs
        else:
            updates += admission.updates
            updates += [insert_lines(name, [data]) for name, data in admission.graphs.items()]
            updates += exchange_lines(registry, admission.removed, admission.added)
    updates.append(insert_lines(registry, sorted(introduced)))
    # Last: a server that does not take back what failed midway has not noted the record then, and the next writer
    # admits it once more.
    facts = {"revision": integer(revision), "record": Literal(record)}
    updates.append(bind(load("registry.admission", "note_revision.ru"), registry=registry, **facts))
    return together(updates), {registry: "".join(told), **new}


def own_graphs(reading: Reading, report: str) -> dict[str, str]:
    """Return what the graphs of a source hold from now on: its report, and its description if that was accepted.

    `report` is the name of the report's graph.
    """
    graphs: dict[str, str] = {}
    if reading.report is not None:
        graphs[report] = lines(report_triples(reading.report, report, stored=True))
    if accepted := reading.accepted:
        # Written again from what was parsed: the lines themselves come from a worker, and none may become SPARQL.
        graphs[accepted.graph] = lines(accepted.triples)
    return graphs


def set_aside_triples(fetch: Fetch, record: str, reason: str, base: str) -> list[Triple]:
    """Return the note that a record was set aside: its name, its source, the reason, and when it was fetched."""
    node = NamedNode(set_aside_iri(base, fetch.source.id, record))
    return [
        Triple(node, RDF_TYPE, term("ospo:SetAside")),
        Triple(node, term("ospo:archiveRecord"), Literal(record)),
        Triple(node, term("dcterms:source"), NamedNode(source_iri(base, fetch.source.id))),
        Triple(node, term("ospo:reason"), Literal(reason)),
        Triple(node, term("prov:endedAtTime"), date_time(fetch.at)),
    ]


def event_triples(state: SourceState, fetch: Fetch, reading: Reading | None, base: str) -> list[Triple]:
    """Return the source's last event as a prov:Activity: its outcome, the exchange that caused it, and what changed.

    Of an exchange nothing is stated that was not sent, received or measured. Of the first accepted description it says
    how much it describes, of each later one what changed.
    """
    event = NamedNode(event_iri(base, state.source.id, state.events))
    texts = {
        "ospo:archiveRecord": state.record,
        "ospo:reason": state.reason,
        "ospo:finalAddress": fetch.final_url,
        "ospo:contentType": fetch.header("content-type"),
        "ospo:etag": fetch.header("etag"),
        "ospo:lastModified": fetch.header("last-modified"),
        "ospo:bodyDigest": digest_of(fetch.body) if fetch.body else "",
    }
    facts: dict[str, NamedNode | Literal] = {
        "rdf:type": term("prov:Activity"),
        "prov:used": NamedNode(source_iri(base, state.source.id)),
        "prov:endedAtTime": date_time(fetch.at),
        "ospo:outcome": NamedNode(concept_iri("outcome", state.effective_outcome)),
    }
    if state.archived:
        facts["ospo:archived"] = Literal(True)
    if fetch.status is not None:
        facts["ospo:httpStatus"] = integer(fetch.status)
    if fetch.body:
        facts["ospo:bytes"] = integer(len(fetch.body))
    if fetch.seconds is not None:
        facts["ospo:seconds"] = decimal(fetch.seconds)
    is_accepted = reading is not None and reading.verdict is Outcome.ACCEPTED
    changes = reading.changes if reading is not None and is_accepted else None
    if is_accepted and changes is None:
        facts["ospo:offices"] = integer(state.offices)
        facts["ospo:policies"] = integer(state.policies)
        facts["ospo:statements"] = integer(state.statements)
    facts |= {name: Literal(text) for name, text in texts.items() if text}
    triples = [Triple(event, term(name), value) for name, value in facts.items()]
    return triples if changes is None else triples + change_rdf.to_triples(changes, event)


def forget_events(state: SourceState, base: str, before: datetime) -> list[str]:
    """Return the updates that delete the source's events of before that moment, each with its changes."""
    registry, source = registry_graph(base), source_iri(base, state.source.id)
    return [
        bind(load("registry.admission", name), registry=registry, source=source, before=date_time(before))
        for name in ("forget_changes.ru", "forget_events.ru")
    ]


def forget_event(source: str, number: int, base: str) -> list[str]:
    """Return the update that deletes the source's event of that number, with its changes."""
    names = {"registry": registry_graph(base), "event": event_iri(base, source, number)}
    return [bind(load("registry.admission", "forget_event.ru"), **names)]


def forget_set_aside(source: str, base: str) -> list[str]:
    """Return the update that deletes the notes on records of the source that were set aside."""
    names = {"registry": registry_graph(base), "source": source_iri(base, source)}
    return [bind(load("registry.admission", "forget_set_aside.ru"), **names)]
