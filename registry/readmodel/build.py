"""From rows of the store to the values of the catalogue: what stands under which property becomes which field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.core import get_global

from registry.authority.rules import layer_of_office
from registry.iri.names import code_of, term
from registry.model import Finding, Severity, Source, SourceState
from registry.readmodel.values import Event, ListingPeer, Office, Policy, Statement, Text
from registry.store.protocol import Row

Values = Mapping[str, list[Any]]  # predicate → objects


def _values(values: Values, name: str) -> list[Any]:
    return sorted(values.get(term(name).value, []), key=str)


def one(values: Values, name: str) -> str:
    """Return the first value of a property as text, "" where there is none."""
    return next((str(value.value) for value in _values(values, name)), "")


def _code(values: Values, name: str) -> str:
    return code_of(one(values, name))


def _codes(values: Values, name: str) -> tuple[str, ...]:
    return tuple(code_of(value.value) for value in _values(values, name))


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


def policy(iri: str, values: Values, statements: Sequence[Values], layers: tuple[str, ...]) -> Policy:
    """Return a policy; `statements` are the values of its statements, `layers` those of its sources if it has none."""
    policy_and_statements = [values, *statements]
    titles = _texts(values, "dcterms:title")
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
        statements=len(statements),
        titles=titles,
        objectives=_distinct(code for each in policy_and_statements for code in _codes(each, "ospo:objective")),
        languages=_languages(values, titles),
        layers=_distinct(code for each in statements for code in _codes(each, "ospo:assessmentKind")) or layers,
    )


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


def _languages(values: Values, titles: Iterable[Text]) -> tuple[str, ...]:
    """Return the languages that a policy names, else those of its titles."""
    named = _distinct(filter(None, map(_language, _codes(values, "dcterms:language"))))
    return named or _distinct(filter(None, (_language(title.language) for title in titles)))


def _language(tag: str) -> str:
    """Return the primary subtag as BCP 47 has it (fr for fr-CA, FRA and fra), "" for what is none."""
    primary = tag.lower().partition("-")[0]
    known = str(get_global("language_aliases").get(primary, primary))
    language = primary if "_" in known else known  # cnr is sr_ME there: another language
    return language if re.fullmatch(r"[a-z]{2,3}", language) else ""


def layers(homepage: str, values: Values, states: Mapping[str, SourceState]) -> tuple[str, ...]:
    """Return who assessed what its sources say of a thing: an office with that home page, or a policy of that office.

    `states` are those of the sources by identifier.
    """
    known = (states[name] for name in _sources(values) if name in states)
    return _distinct(str(layer_of_office(state, homepage)) for state in known)


def office(iri: str, values: Values, states: Mapping[str, SourceState]) -> Office:
    """Return an office; `states` are those of the sources by identifier."""
    homepage = one(values, "foaf:homepage")
    return Office(
        slug=_slug(iri),
        iri=iri,
        name=_text(values, "skos:prefLabel"),
        country=one(values, "ospo:countryCode"),
        level=_code(values, "ospo:level"),
        homepage=homepage,
        email=one(values, "schema:email"),
        contact=one(values, "ospo:contactPage"),
        sources=_sources(values),
        policies=tuple(_slug(value.value) for value in _values(values, "ospo:flossPolicy")),
        names=_texts(values, "skos:prefLabel") + _texts(values, "skos:altLabel"),
        kind=_code(values, "ospo:officeKind"),
        layers=layers(homepage, values, states),
    )


def event(row: Row) -> Event:
    """Return an event of a row of `events.rq`."""
    texts = {name: value.value for name, value in row.items()}
    return Event(
        source=_slug(texts["source"]),
        title=texts.get("title", ""),
        at=datetime.fromisoformat(texts["at"]),
        outcome=code_of(texts["outcome"]),
        reason=texts.get("reason", ""),
        status=texts.get("status", ""),
        record=texts["record"],
        address=texts.get("address", ""),
        exchange=_exchange(texts),
    )


def listing_peer(row: Row) -> ListingPeer:
    """Return the registry that a row of `peer_listings.rq` names."""
    at, outcome = datetime.fromisoformat(row["at"].value), row.get("outcome")
    return ListingPeer(_slug(row["peer"].value), at, code_of(outcome.value) if outcome else "")


def _exchange(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the technical facts of an exchange, each in a form that needs no translation."""
    forms = {
        "status": "HTTP {}",
        "type": "{}",
        "bytes": "{} B",
        "seconds": "{} s",
        "etag": "ETag {}",
        "modified": "Last-Modified {}",
        "digest": "{}",
    }
    return tuple(form.format(texts[name]) for name, form in forms.items() if name in texts)


def finding(rows: list[Row]) -> Finding:
    """Return the finding of one result: a row of `findings.rq` for each message."""
    first = {name: value.value for name, value in rows[0].items()}
    return Finding(
        focus=first["focus"],
        path=first.get("path", ""),
        severity=Severity(code_of(first["severity"])),
        shape=first["shape"],
        value=first.get("value", ""),
        messages={getattr(row["message"], "language", None) or "": row["message"].value for row in rows},
        line=int(first["line"]) if "line" in first else None,
    )
