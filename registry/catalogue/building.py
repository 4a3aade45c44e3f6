"""From rows of the store to the values of the catalogue: what stands under which property becomes which field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pyoxigraph import Literal, NamedNode

from registry import vocabulary
from registry.catalogue.values import Event, Office, Policy, Property, Said, Statement, Text
from registry.model import Finding, Severity, Source
from registry.state import SourceState, term
from registry.store import Row

Values = Mapping[str, list[Any]]  # predicate → objects

MACHINERY = {term(name).value for name in ("rdf:type", "dcterms:isPartOf")}


def _values(values: Values, name: str) -> list[Any]:
    return sorted(values.get(term(name).value, []), key=str)


def one(values: Values, name: str) -> str:
    """Return the first value of a property as text, "" where there is none."""
    return next((str(value.value) for value in _values(values, name)), "")


def _code(values: Values, name: str) -> str:
    return vocabulary.code(one(values, name))


def _codes(values: Values, name: str) -> tuple[str, ...]:
    return tuple(vocabulary.code(value.value) for value in _values(values, name))


def _texts(values: Values, name: str) -> tuple[Text, ...]:
    return tuple(Text(value.value, getattr(value, "language", None) or "") for value in _values(values, name))


def _text(values: Values, name: str) -> Text:
    """Return one text: in English if there is one, else the first by language."""
    texts = _texts(values, name)
    return next((text for text in texts if text.language == "en"), texts[0] if texts else Text(""))


def _slug(iri: str) -> str:
    return iri.partition("#")[0].rpartition("/")[2]


def _sources(values: Values) -> tuple[str, ...]:
    return tuple(_slug(value.value) for value in _values(values, "dcterms:source"))


def statement(iri: str, values: Values, policies: Mapping[str, Policy], sources: Mapping[str, Source]) -> Statement:
    """Return a statement, completed by what its policy and the operator's list of sources say."""
    source = sources[_sources(values)[0]]
    policy = policies[one(values, "dcterms:isPartOf")]
    fetched = one(values, "prov:generatedAtTime")
    return Statement(
        iri=iri,
        activity=_code(values, "ospo:activity"),
        stage=_code(values, "ospo:stage"),
        coverage=_code(values, "ospo:coverage"),
        status=_code(values, "ospo:status"),
        layer=_code(values, "ospo:assessmentKind"),
        source=source.id,
        source_title=source.title or source.id,
        licence=source.licence,
        policy=policy.slug,
        force=_code(values, "ospo:force"),
        country=one(values, "ospo:countryCode"),
        level=policy.level,
        issuer=policy.issuer,
        office=policy.office,
        policy_title=policy.title,
        policy_url=policy.page,
        instrument=policy.instrument,
        issued=policy.issued,
        in_force_from=one(values, "ospo:inForceFrom"),
        in_force_until=one(values, "ospo:inForceUntil"),
        texts=_texts(values, "dcterms:description"),
        provision=", ".join(text.value for text in _texts(values, "ospo:provision")),
        binds=_codes(values, "ospo:bindsWhom"),
        binds_note=one(values, "ospo:bindsNote"),
        applies_to=_codes(values, "ospo:appliesTo"),
        audience=_codes(values, "ospo:audience"),
        exceptions=_codes(values, "ospo:exception"),
        evidence=tuple(value.value for value in _values(values, "ospo:evidence") if "/description#" not in value.value),
        checked=_code(values, "ospo:checked"),
        accessed=one(values, "ospo:accessed"),
        own_word=one(values, "ospo:ownWord"),
        remarks=_texts(values, "ospo:remark"),
        fetched=datetime.fromisoformat(fetched) if fetched else None,
    )


def policy(iri: str, values: Values, statements: int) -> Policy:
    """Return a policy that has so many statements."""
    return Policy(
        slug=_slug(iri),
        iri=iri,
        title=_text(values, "dcterms:title"),
        country=one(values, "ospo:countryCode"),
        level=_code(values, "ospo:level"),
        instrument=_code(values, "ospo:instrument"),
        status=_code(values, "ospo:status"),
        issued=one(values, "dcterms:issued"),
        page=one(values, "foaf:page"),
        issuer=one(values, "ospo:issuerName"),
        office=_slug(one(values, "ospo:office")),
        sources=_sources(values),
        statements=statements,
    )


def office(iri: str, values: Values) -> Office:
    """Return an office."""
    return Office(
        slug=_slug(iri),
        iri=iri,
        name=_text(values, "skos:prefLabel"),
        country=one(values, "ospo:countryCode"),
        level=_code(values, "ospo:level"),
        homepage=one(values, "foaf:homepage"),
        email=one(values, "schema:email"),
        contact=one(values, "ospo:contactPage"),
        sources=_sources(values),
        policies=tuple(_slug(value.value) for value in _values(values, "ospo:flossPolicy")),
    )


def event(row: Row) -> Event:
    """Return an event of a row of `events.rq`."""
    texts = {name: value.value for name, value in row.items()}
    return Event(
        source=_slug(texts["source"]),
        title=texts.get("title", ""),
        at=datetime.fromisoformat(texts["at"]),
        outcome=vocabulary.code(texts["outcome"]),
        reason=texts.get("reason", ""),
        status=texts.get("status", ""),
        record=texts["record"],
    )


def finding(rows: list[Row]) -> Finding:
    """Return the finding of one result: a row of `findings.rq` for each message."""
    first = {name: value.value for name, value in rows[0].items()}
    return Finding(
        focus=first["focus"],
        path=first.get("path", ""),
        severity=Severity(vocabulary.code(first["severity"])),
        shape=first["shape"],
        value=first.get("value", ""),
        messages={getattr(row["message"], "language", None) or "": row["message"].value for row in rows},
        line=int(first["line"]) if "line" in first else None,
    )


def said(row: Row, state: SourceState, holds: set[tuple[Any, Any]]) -> Said:
    """Return one value of one source; `holds` are the (property, value) pairs of the merged thing."""
    value, predicate = row["value"], row["property"]
    iri = isinstance(value, NamedNode)
    concept = iri and value.value.startswith(vocabulary.CONCEPT)
    return Said(
        value=value.value,
        language=(value.language or "") if isinstance(value, Literal) else "",
        iri=iri,
        concept=concept,
        label=vocabulary.label(value.value, "en") if concept else value.value,
        source=state.source.id,
        layer=str(state.source.layer),
        fetched=state.accepted_at,
        holds=(predicate, value) in holds,
    )


def property_(iri: str, said: list[Said]) -> Property:
    """Return what all sources say under one property, the values that hold first."""
    by_source = {
        source: {item.value for item in said if item.source == source} for source in {item.source for item in said}
    }
    differ = len({frozenset(values) for values in by_source.values()}) > 1
    values = tuple(sorted(said, key=lambda item: (not item.holds, item.source, item.language, item.value)))
    return Property(iri, vocabulary.label(iri, "en"), values, differ)


_ORDER = [
    term(name).value
    for name in (
        "skos:prefLabel",
        "dcterms:title",
        "foaf:homepage",
        "foaf:page",
        "ospo:countryCode",
        "dcterms:description",
    )
]


def place_of(predicate: str) -> tuple[int, str]:
    """Return where a property stands on a page: what names a thing first."""
    return (_ORDER.index(predicate) if predicate in _ORDER else len(_ORDER), predicate)
