"""The states of sources as triples of the registry graph: one table says how each field is written and read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from registry.iri.names import (
    RDF_TYPE,
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


class _Kind(NamedTuple):
    """How values of a field are written as terms of N-Triples, and read from the text of such a term."""

    written: Callable[[Any], str]
    read: Callable[[str], Any]


class _Column(NamedTuple):
    predicate: NamedNode
    kind: _Kind


def _concept(scheme: str, code: type[StrEnum]) -> _Kind:
    return _Kind(lambda value: f"<{concept_iri(scheme, value)}>", lambda iri: code(code_of(iri)))


_TEXT = _Kind(lambda value: str(Literal(str(value))), str)
_INTEGER = _Kind(lambda value: str(integer(value)), int)
_BOOLEAN = _Kind(lambda value: str(Literal(value)), lambda text: text == "true")
_MOMENT = _Kind(lambda value: str(date_time(value)), datetime.fromisoformat)
_OUTCOME = _concept("outcome", Outcome)

_SOURCE_COLUMNS = {
    "id": _Column(term("dcterms:identifier"), _TEXT),
    "url": _Column(term("ospo:address"), _TEXT),
    "kind": _Column(term("ospo:sourceKind"), _concept("source-kind", SourceKind)),
    "layer": _Column(term("ospo:assessmentKind"), _concept("assessment-kind", Layer)),
    "rank": _Column(term("ospo:rank"), _INTEGER),
    "title": _Column(term("dcterms:title"), _TEXT),
    "licence": _Column(term("dcterms:license"), _TEXT),
    "mapping": _Column(term("ospo:mapping"), _TEXT),
    "peer": _Column(term("ospo:learnedFrom"), _TEXT),
}
_STATE_COLUMNS = {
    "added": _Column(term("ospo:added"), _MOMENT),
    "last_attempt": _Column(term("ospo:lastAttempt"), _MOMENT),
    "last_verified": _Column(term("ospo:lastVerified"), _MOMENT),
    "last_change": _Column(term("ospo:lastChange"), _MOMENT),
    "next_due": _Column(term("ospo:nextDue"), _MOMENT),
    "outcome": _Column(term("ospo:outcome"), _OUTCOME),
    "verdict": _Column(term("ospo:verdict"), _OUTCOME),
    "reason": _Column(term("ospo:reason"), _TEXT),
    "verdict_reason": _Column(term("ospo:verdictReason"), _TEXT),
    "failing_since": _Column(term("ospo:failingSince"), _MOMENT),
    "gone_since": _Column(term("ospo:goneSince"), _MOMENT),
    "unreadable_since": _Column(term("ospo:unreadableSince"), _MOMENT),
    "held_since": _Column(term("ospo:heldSince"), _MOMENT),
    "failures": _Column(term("ospo:failures"), _INTEGER),
    "archived": _Column(term("ospo:archived"), _BOOLEAN),
    "final_address": _Column(term("ospo:finalAddress"), _TEXT),
    "etag": _Column(term("ospo:etag"), _TEXT),
    "last_modified": _Column(term("ospo:lastModified"), _TEXT),
    "digest": _Column(term("ospo:bodyDigest"), _TEXT),
    "format": _Column(term("ospo:format"), _TEXT),
    "accepted_at": _Column(term("ospo:acceptedAt"), _MOMENT),
    "accepted_digest": _Column(term("ospo:acceptedDigest"), _TEXT),
    "accepted_address": _Column(term("ospo:acceptedAddress"), _TEXT),
    "accepted_record": _Column(term("ospo:acceptedRecord"), _TEXT),
    "copied_from": _Column(term("ospo:copiedFrom"), _TEXT),
    "named_by": _Column(term("ospo:namedBy"), _TEXT),
    "offices": _Column(term("ospo:offices"), _INTEGER),
    "policies": _Column(term("ospo:policies"), _INTEGER),
    "statements": _Column(term("ospo:statements"), _INTEGER),
    "findings": _Column(term("ospo:findings"), _INTEGER),
    "violations": _Column(term("ospo:violations"), _INTEGER),
    "warnings": _Column(term("ospo:warnings"), _INTEGER),
    "events": _Column(term("ospo:events"), _INTEGER),
    "revision": _Column(term("ospo:revision"), _INTEGER),
    "record": _Column(term("ospo:archiveRecord"), _TEXT),
    "steps": _Column(term("ospo:steps"), _TEXT),
    "notes": _Column(term("ospo:notes"), _TEXT),
    "also": _Column(term("ospo:alsoNamed"), _TEXT),
    "left_out": _Column(term("ospo:leftOut"), _TEXT),
    "entries": _Column(term("ospo:entries"), _INTEGER),
}
_COLUMNS = {  # predicate → 0 for a field of the source, 1 for one of its state; the field; its kind
    column.predicate.value: (part, name, column.kind)
    for part, columns in enumerate((_SOURCE_COLUMNS, _STATE_COLUMNS))
    for name, column in columns.items()
}
_ABSENT = (None, "")
_SOURCE, _VERIFICATION = term("ospo:Source"), term("ospo:Verification")
_OF, _METHOD, _OFFICES = term("dcterms:source"), term("ospo:method"), term("ospo:offices")
_AT, _EXPIRES = term("prov:atTime"), term("ospo:expires")


def introduction(identifier: str, base: str) -> str:
    """Return the line that makes a source known: without it, nothing else that the store may hold of it counts."""
    return f"{NamedNode(source_iri(base, identifier))} {RDF_TYPE} {_SOURCE} .\n"


def difference(before: SourceState | None, after: SourceState, base: str) -> tuple[set[str], set[str]]:
    """Return the lines of N-Triples to take out of the registry graph, and those to add, for the new state of a source.

    None and "" have no triple. Where a reading found nothing new, a handful of the forty fields differ. The lines are
    put together here: the RDF library would take three times as long.
    """
    source = str(NamedNode(source_iri(base, after.source.id)))
    removed, added = set(), set() if before else {introduction(after.source.id, base)}
    pairs = ((before.source if before else None, after.source, _SOURCE_COLUMNS), (before, after, _STATE_COLUMNS))
    for old_value, new_value, columns in pairs:
        for name, (predicate, kind) in columns.items():
            old, new = getattr(old_value, name, None), getattr(new_value, name)
            if old == new:
                continue
            if old not in _ABSENT:
                removed.add(f"{source} {predicate} {kind.written(old)} .\n")
            if new not in _ABSENT:
                added.add(f"{source} {predicate} {kind.written(new)} .\n")
    old_facts = set(before.verifications) if before else set()
    for fact in old_facts.symmetric_difference(after.verifications):
        node = str(NamedNode(verification_iri(base, after.source.id, fact.method)))
        (removed if fact in old_facts else added).update(_verification_lines(node, source, fact))
    return removed - added, added - removed


def _verification_lines(node: str, source: str, fact: Verification) -> list[str]:
    properties = {
        RDF_TYPE: _VERIFICATION,
        _OF: source,
        _METHOD: f"<{concept_iri('verification-method', fact.method)}>",
        _OFFICES: integer(fact.offices),
        _AT: date_time(fact.at),
        _EXPIRES: date_time(fact.expires),
    }
    return [f"{node} {predicate} {value} .\n" for predicate, value in properties.items()]


def states(store: Store, base: str) -> list[SourceState]:
    """Return the state of every source that was ever read, sorted by identifier."""
    graph = registry_graph(base)
    verifications: dict[str, list[Verification]] = defaultdict(list)
    for row in select(store, bind(load("registry.sources", "verifications.rq"), registry=graph)):
        text = {name: value.value for name, value in row.items()}
        at, expires = datetime.fromisoformat(text["at"]), datetime.fromisoformat(text["expires"])
        fact = Verification(code_of(text["method"]), int(text["offices"]), at, expires)
        verifications[text["source"]].append(fact)
    fields: dict[str, tuple[dict[str, Any], dict[str, Any]]] = defaultdict(lambda: ({}, {}))
    for triple in construct(store, bind(load("registry.sources", "states.rq"), registry=graph)):  # rows cost twice that
        if column := _COLUMNS.get(triple.predicate.value):
            part, name, kind = column
            fields[triple.subject.value][part][name] = kind.read(triple.object.value)  # type: ignore[union-attr]
    found = []
    for iri, (of_source, of_state) in fields.items():
        facts = tuple(sorted(verifications[iri], key=lambda fact: fact.method))
        found.append(SourceState(Source(**of_source), **of_state, verifications=facts))
    return sorted(found, key=lambda state: state.source.id)
