"""What the registry knows of each source, as a value and as triples of the registry graph: one table for both ways."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from registry import vocabulary
from registry.model import Known, Layer, Outcome, Source, SourceKind
from registry.store import Store, bind, select

RDF_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, its clocks (UTC), the verdict on its last body and what is served of it now.

    `outcome` is that of the last attempt, `verdict` that of the last body received. `accepted_at` is
    when the served description was fetched; None means that nothing is served. `failing_since` is
    the first of the failures that have not yet been followed by a success, `gone_since` the first of them
    that said GONE. `archived`: left out of the merged view after its grace, until something is accepted.
    `named_by` is the page of the same site that names the served copy as its description. `revision` is
    that of the store at the last event. `steps` and `notes` (of the reader on the last body) have a line each.
    """

    source: Source
    added: datetime
    last_attempt: datetime
    outcome: Outcome
    next_due: datetime
    verdict: Outcome | None = None
    reason: str = ""
    verdict_reason: str = ""
    last_verified: datetime | None = None
    last_change: datetime | None = None
    failing_since: datetime | None = None
    gone_since: datetime | None = None
    failures: int = 0
    archived: bool = False
    final_address: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    format: str = ""
    accepted_at: datetime | None = None
    accepted_digest: str = ""
    accepted_address: str = ""
    named_by: str = ""
    offices: int = 0
    policies: int = 0
    statements: int = 0
    findings: int = 0
    violations: int = 0
    warnings: int = 0
    events: int = 0
    revision: int = 0
    record: str = ""
    steps: str = ""
    notes: str = ""

    @property
    def standing(self) -> Outcome:
        """The outcome, where an unchanged body counts as what it was judged to be."""
        return self.verdict if self.outcome is Outcome.UNCHANGED and self.verdict else self.outcome

    @property
    def known(self) -> Known:
        """What a conditional request needs to know."""
        return Known(self.final_address, self.etag, self.last_modified, self.digest)


class _Column(NamedTuple):
    predicate: str
    kind: str  # a concept scheme, an XSD type, "iri" or "text"


_SOURCE_COLUMNS = {
    "id": _Column("dcterms:identifier", "text"),
    "url": _Column("ospo:address", "text"),
    "kind": _Column("ospo:sourceKind", "source-kind"),
    "layer": _Column("ospo:assessmentKind", "assessment-kind"),
    "rank": _Column("ospo:rank", "integer"),
    "title": _Column("dcterms:title", "text"),
    "licence": _Column("dcterms:license", "text"),
    "mapping": _Column("ospo:mapping", "text"),
    "peer": _Column("ospo:learnedFrom", "text"),
}
_STATE_COLUMNS = {
    "added": _Column("ospo:added", "dateTime"),
    "last_attempt": _Column("ospo:lastAttempt", "dateTime"),
    "last_verified": _Column("ospo:lastVerified", "dateTime"),
    "last_change": _Column("ospo:lastChange", "dateTime"),
    "next_due": _Column("ospo:nextDue", "dateTime"),
    "outcome": _Column("ospo:outcome", "outcome"),
    "verdict": _Column("ospo:verdict", "outcome"),
    "reason": _Column("ospo:reason", "text"),
    "verdict_reason": _Column("ospo:verdictReason", "text"),
    "failing_since": _Column("ospo:failingSince", "dateTime"),
    "gone_since": _Column("ospo:goneSince", "dateTime"),
    "failures": _Column("ospo:failures", "integer"),
    "archived": _Column("ospo:archived", "boolean"),
    "final_address": _Column("ospo:finalAddress", "text"),
    "etag": _Column("ospo:etag", "text"),
    "last_modified": _Column("ospo:lastModified", "text"),
    "digest": _Column("ospo:bodyDigest", "text"),
    "format": _Column("ospo:format", "text"),
    "accepted_at": _Column("ospo:acceptedAt", "dateTime"),
    "accepted_digest": _Column("ospo:acceptedDigest", "text"),
    "accepted_address": _Column("ospo:acceptedAddress", "text"),
    "named_by": _Column("ospo:namedBy", "text"),
    "offices": _Column("ospo:offices", "integer"),
    "policies": _Column("ospo:policies", "integer"),
    "statements": _Column("ospo:statements", "integer"),
    "findings": _Column("ospo:findings", "integer"),
    "violations": _Column("ospo:violations", "integer"),
    "warnings": _Column("ospo:warnings", "integer"),
    "events": _Column("ospo:events", "integer"),
    "revision": _Column("ospo:revision", "integer"),
    "record": _Column("ospo:archiveRecord", "text"),
    "steps": _Column("ospo:steps", "text"),
    "notes": _Column("ospo:notes", "text"),
}
_TYPES = {"kind": SourceKind, "layer": Layer, "outcome": Outcome, "verdict": Outcome}


def registry_graph(base: str) -> str:
    """Return the name of the graph of sources, clocks, outcomes and events."""
    return f"{base}/registry"


def source_iri(base: str, source_id: str) -> str:
    """Return the IRI of a source; its graphs are `{iri}/description` and `{iri}/report`."""
    return f"{base}/sources/{source_id}"


def peers_graph(base: str) -> str:
    """Return the name of the graph of which other registries list which of our sources."""
    return f"{base}/peers"


def term(name: str) -> NamedNode:
    """Return the IRI of a prefixed name of `vocabulary.PREFIXES`.

    >>> term("ospo:force").value
    'https://w3id.org/ospo/ns#force'
    """
    prefix, _, local = name.partition(":")
    return NamedNode(vocabulary.PREFIXES[prefix] + local)


def date_time(moment: datetime) -> Literal:
    """Return a moment as xsd:dateTime in UTC, to the second."""
    text = moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
    return Literal(text, datatype=NamedNode(_XSD + "dateTime"))


def integer(value: int) -> Literal:
    """Return a number as xsd:integer."""
    return Literal(str(value), datatype=NamedNode(_XSD + "integer"))


def digest_of(body: bytes) -> str:
    """Return the digest of a body as states and events write it."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


def decimal(value: float) -> Literal:
    """Return a number as xsd:decimal with three places at most, as every store writes it."""
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return Literal(text, datatype=NamedNode(_XSD + "decimal"))


def to_triples(state: SourceState, base: str) -> list[Triple]:
    """Return the state as triples about its source; empty and absent values are left out."""
    subject = NamedNode(source_iri(base, state.source.id))
    triples = [Triple(subject, RDF_TYPE, term("ospo:Source"))]
    for holder, columns in ((state.source, _SOURCE_COLUMNS), (state, _STATE_COLUMNS)):
        for name, column in columns.items():
            value = getattr(holder, name)
            if value not in (None, ""):
                triples.append(Triple(subject, term(column.predicate), _encode(value, column.kind)))
    return triples


def states(store: Store, base: str) -> list[SourceState]:
    """Return the state of every source that was ever read, by identifier."""
    rows = select(store, bind(_STATES, registry=registry_graph(base), type=term("ospo:Source")))
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row["source"].value, {})[row["property"].value] = row["value"]
    return sorted((_state(properties) for properties in found.values()), key=lambda state: state.source.id)


_STATES = "SELECT ?source ?property ?value WHERE { GRAPH $registry { ?source a $type ; ?property ?value } }"


def _state(properties: dict[str, Any]) -> SourceState:
    source = Source(**_decoded(properties, _SOURCE_COLUMNS))
    known = {item.name for item in fields(SourceState)}
    return SourceState(
        source, **{name: value for name, value in _decoded(properties, _STATE_COLUMNS).items() if name in known}
    )


def _decoded(properties: dict[str, Any], columns: dict[str, _Column]) -> dict[str, Any]:
    values = {name: properties.get(term(column.predicate).value) for name, column in columns.items()}
    return {name: _decode(name, value, columns[name].kind) for name, value in values.items() if value is not None}


def _encode(value: Any, kind: str) -> NamedNode | Literal:
    if isinstance(value, datetime):
        return date_time(value)
    if kind == "text":
        return Literal(str(value))
    if kind in ("integer", "boolean"):
        return Literal(str(value).lower(), datatype=NamedNode(_XSD + kind))
    return NamedNode(vocabulary.concept_iri(kind, str(value)))


def _decode(name: str, value: Any, kind: str) -> Any:
    if kind == "integer":
        return int(value.value)
    if kind == "boolean":
        return value.value == "true"
    if kind == "dateTime":
        return datetime.fromisoformat(value.value)
    return _TYPES[name](vocabulary.code(value.value)) if name in _TYPES else value.value
