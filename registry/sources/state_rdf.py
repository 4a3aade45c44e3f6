"""What the registry knows of each source, as a value and as triples of the registry graph: one table for both ways."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from registry.iri.names import (
    RDF_TYPE,
    XSD,
    code_of,
    concept_iri,
    date_time,
    integer,
    registry_graph,
    source_iri,
    term,
    verification_iri,
)
from registry.model import Layer, Outcome, Source, SourceKind, SourceState, Verification
from registry.store.protocol import Store, construct, select
from registry.store.sparql_text import bind, load


class _Column(NamedTuple):
    predicate: NamedNode
    kind: str  # a concept scheme, an XSD type, "iri" or "text"


_SOURCE_COLUMNS = {
    "id": _Column(term("dcterms:identifier"), "text"),
    "url": _Column(term("ospo:address"), "text"),
    "kind": _Column(term("ospo:sourceKind"), "source-kind"),
    "layer": _Column(term("ospo:assessmentKind"), "assessment-kind"),
    "rank": _Column(term("ospo:rank"), "integer"),
    "title": _Column(term("dcterms:title"), "text"),
    "licence": _Column(term("dcterms:license"), "text"),
    "mapping": _Column(term("ospo:mapping"), "text"),
    "peer": _Column(term("ospo:learnedFrom"), "text"),
}
_STATE_COLUMNS = {
    "added": _Column(term("ospo:added"), "dateTime"),
    "last_attempt": _Column(term("ospo:lastAttempt"), "dateTime"),
    "last_verified": _Column(term("ospo:lastVerified"), "dateTime"),
    "last_change": _Column(term("ospo:lastChange"), "dateTime"),
    "next_due": _Column(term("ospo:nextDue"), "dateTime"),
    "outcome": _Column(term("ospo:outcome"), "outcome"),
    "verdict": _Column(term("ospo:verdict"), "outcome"),
    "reason": _Column(term("ospo:reason"), "text"),
    "verdict_reason": _Column(term("ospo:verdictReason"), "text"),
    "failing_since": _Column(term("ospo:failingSince"), "dateTime"),
    "gone_since": _Column(term("ospo:goneSince"), "dateTime"),
    "failures": _Column(term("ospo:failures"), "integer"),
    "archived": _Column(term("ospo:archived"), "boolean"),
    "final_address": _Column(term("ospo:finalAddress"), "text"),
    "etag": _Column(term("ospo:etag"), "text"),
    "last_modified": _Column(term("ospo:lastModified"), "text"),
    "digest": _Column(term("ospo:bodyDigest"), "text"),
    "format": _Column(term("ospo:format"), "text"),
    "accepted_at": _Column(term("ospo:acceptedAt"), "dateTime"),
    "accepted_digest": _Column(term("ospo:acceptedDigest"), "text"),
    "accepted_address": _Column(term("ospo:acceptedAddress"), "text"),
    "accepted_record": _Column(term("ospo:acceptedRecord"), "text"),
    "copied_from": _Column(term("ospo:copiedFrom"), "text"),
    "named_by": _Column(term("ospo:namedBy"), "text"),
    "offices": _Column(term("ospo:offices"), "integer"),
    "policies": _Column(term("ospo:policies"), "integer"),
    "statements": _Column(term("ospo:statements"), "integer"),
    "findings": _Column(term("ospo:findings"), "integer"),
    "violations": _Column(term("ospo:violations"), "integer"),
    "warnings": _Column(term("ospo:warnings"), "integer"),
    "events": _Column(term("ospo:events"), "integer"),
    "revision": _Column(term("ospo:revision"), "integer"),
    "record": _Column(term("ospo:archiveRecord"), "text"),
    "steps": _Column(term("ospo:steps"), "text"),
    "notes": _Column(term("ospo:notes"), "text"),
    "also": _Column(term("ospo:alsoNamed"), "text"),
}
_PLACES = {
    column.predicate.value: (holder, name, column.kind)
    for holder, columns in enumerate((_SOURCE_COLUMNS, _STATE_COLUMNS))
    for name, column in columns.items()
}
_UNSAID = (None, "")
_SOURCE, _VERIFICATION = term("ospo:Source"), term("ospo:Verification")
_OF, _METHOD, _OFFICES = term("dcterms:source"), term("ospo:method"), term("ospo:offices")
_AT, _EXPIRES = term("prov:atTime"), term("ospo:expires")
_TYPES = {"kind": SourceKind, "layer": Layer, "outcome": Outcome, "verdict": Outcome}


def difference(before: SourceState | None, after: SourceState, base: str) -> tuple[set[str], set[str]]:
    """Return the lines of N-Triples to take out of the registry graph and to add, where a source's state changes.

    Empty and absent values are left out. Of a reading that found nothing new it is a handful of the forty lines: the
    dates, and where it is archived. They are written here and not by the RDF library, which takes three times as long.
    """
    source = str(NamedNode(source_iri(base, after.source.id)))
    removed, added = set(), set() if before else {f"{source} {RDF_TYPE} {_SOURCE} .\n"}
    pairs = ((before.source if before else None, after.source, _SOURCE_COLUMNS), (before, after, _STATE_COLUMNS))
    for was, now, columns in pairs:
        for name, column in columns.items():
            old, new = getattr(was, name, None), getattr(now, name)
            if old != new:
                if old not in _UNSAID:
                    removed.add(f"{source} {column.predicate} {_encode(old, column.kind)} .\n")
                if new not in _UNSAID:
                    added.add(f"{source} {column.predicate} {_encode(new, column.kind)} .\n")
    was_verified = set(before.verifications) if before else set()
    for fact in was_verified.symmetric_difference(after.verifications):
        node = str(NamedNode(verification_iri(base, after.source.id, fact.method)))
        (removed if fact in was_verified else added).update(_verification_lines(node, source, fact))
    return removed - added, added - removed


def _verification_lines(node: str, source: str, fact: Verification) -> list[str]:
    properties = {
        RDF_TYPE: _VERIFICATION,
        _OF: source,
        _METHOD: _encode(fact.method, "verification-method"),
        _OFFICES: integer(fact.offices),
        _AT: date_time(fact.at),
        _EXPIRES: date_time(fact.expires),
    }
    return [f"{node} {predicate} {value} .\n" for predicate, value in properties.items()]


def states(store: Store, base: str) -> list[SourceState]:
    """Return the state of every source that was ever read, by identifier."""
    graph = registry_graph(base)
    found: dict[str, tuple[dict[str, Any], dict[str, Any]]] = defaultdict(lambda: ({}, {}))
    for triple in construct(
        store, bind(load("registry.sources", "states.rq"), registry=graph)
    ):  # half the work of rows
        if place := _PLACES.get(triple.predicate.value):
            holder, name, kind = place
            found[triple.subject.value][holder][name] = _decode(name, triple.object.value, kind)  # type: ignore[union-attr]
    facts: dict[str, list[Verification]] = defaultdict(list)
    for row in select(store, bind(load("registry.sources", "verifications.rq"), registry=graph)):
        facts[row["source"].value].append(_verification({name: term.value for name, term in row.items()}))
    return sorted(
        (
            SourceState(
                Source(**of_source),
                **of_state,
                verifications=tuple(sorted(facts[iri], key=lambda fact: fact.method)),
            )
            for iri, (of_source, of_state) in found.items()
        ),
        key=lambda state: state.source.id,
    )


def _verification(row: dict[str, str]) -> Verification:
    at, expires = datetime.fromisoformat(row["at"]), datetime.fromisoformat(row["expires"])
    return Verification(code_of(row["method"]), int(row["offices"]), at, expires)


def _encode(value: Any, kind: str) -> str:
    if kind == "dateTime":
        return str(date_time(value))
    if kind == "text":
        return str(Literal(str(value)))
    if kind in ("integer", "boolean"):
        return f'"{str(value).lower()}"^^<{XSD}{kind}>'
    return f"<{concept_iri(kind, str(value))}>"


def _decode(name: str, text: str, kind: str) -> Any:
    if kind == "integer":
        return int(text)
    if kind == "boolean":
        return text == "true"
    if kind == "dateTime":
        return datetime.fromisoformat(text)
    return _TYPES[name](code_of(text)) if name in _TYPES else text
