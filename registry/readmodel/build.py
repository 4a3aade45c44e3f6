"""From what the store holds to the values of the read model: which property becomes which field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from babel.core import get_global

from registry.authority.claims import Object, Properties
from registry.authority.rules import layer_of_office
from registry.iri.names import code_of, is_readers_node, name_of, term
from registry.model import Finding, Severity, Source, SourceState
from registry.readmodel.values import NO_TEXT, Event, ListingPeer, Office, Policy, Statement, Text
from registry.store.protocol import Row

Terms = Sequence[Object]  # the values of one property of one thing, sorted as N-Triples


def one(properties: Properties, name: str) -> str:
    """Return the first value of a property, given as a prefixed name; "" where there is none."""
    return _first(properties.get(term(name).value, ()))


def _first(terms: Terms) -> str:
    return terms[0].value if terms else ""


def _code(terms: Terms) -> str:
    return code_of(terms[0].value) if terms else ""


def _codes(terms: Terms) -> tuple[str, ...]:
    return tuple([code_of(value.value) for value in terms])


def _slugs(terms: Terms) -> tuple[str, ...]:
    return tuple([name_of(value.value) for value in terms])


def texts(terms: Terms) -> tuple[Text, ...]:
    """Return values as texts, each with its language."""
    return tuple([Text(value.value, getattr(value, "language", None) or "") for value in terms])


def _text(terms: Terms) -> Text:
    """Return one text: in English if there is one, else the first."""
    found = texts(terms)
    return next((text for text in found if text.language == "en"), found[0] if found else NO_TEXT)


def _joined(terms: Terms) -> str:
    return ", ".join([value.value for value in terms])


def _moment(terms: Terms) -> datetime | None:
    return datetime.fromisoformat(terms[0].value) if terms else None


Fields = Mapping[str, tuple[str, Callable[[Terms], Any]]]  # field → property, and what makes the field of its values


def _fields(properties: Properties, fields: Fields) -> dict[str, Any]:
    """Return the fields of a value that are made of one property each."""
    return {name: make(properties.get(term(property_).value, ())) for name, (property_, make) in fields.items()}


_STATEMENT: Fields = {
    "activity": ("ospo:activity", _code),
    "stage": ("ospo:stage", _code),
    "coverage": ("ospo:coverage", _code),
    "force": ("ospo:force", _code),
    "status": ("ospo:status", _code),
    "layer": ("ospo:assessmentKind", _code),
    "country": ("ospo:countryCode", _first),
    "in_force_from": ("ospo:inForceFrom", _first),
    "in_force_until": ("ospo:inForceUntil", _first),
    "texts": ("dcterms:description", texts),
    "provision": ("ospo:provision", _joined),
    "binds": ("ospo:bindsWhom", _codes),
    "binds_note": ("ospo:bindsNote", _first),
    "applies_to": ("ospo:appliesTo", _codes),
    "audience": ("ospo:audience", _codes),
    "exceptions": ("ospo:exception", _codes),
    "checked": ("ospo:checked", _code),
    "accessed": ("ospo:accessed", _first),
    "own_word": ("ospo:ownWord", _first),
    "remarks": ("ospo:remark", texts),
    "fetched": ("prov:generatedAtTime", _moment),
}
_POLICY: Fields = {
    "title": ("dcterms:title", _text),
    "titles": ("dcterms:title", texts),
    "country": ("ospo:countryCode", _first),
    "level": ("ospo:level", _code),
    "instrument": ("ospo:instrument", _code),
    "status": ("ospo:status", _code),
    "issued": ("dcterms:issued", _first),
    "page": ("foaf:page", _first),
    "issuer": ("ospo:issuerName", _first),
    "sources": ("dcterms:source", _slugs),
}
_OFFICE: Fields = {
    "name": ("skos:prefLabel", _text),
    "country": ("ospo:countryCode", _first),
    "level": ("ospo:level", _code),
    "kind": ("ospo:officeKind", _code),
    "homepage": ("foaf:homepage", _first),
    "email": ("schema:email", _first),
    "contact": ("ospo:contactPage", _first),
    "sources": ("dcterms:source", _slugs),
    "policies": ("ospo:flossPolicy", _slugs),
}


def statement(iri: str, properties: Properties, policy: Policy, sources: Mapping[str, Source], base: str) -> Statement:
    """Return a statement of a policy, with what the operator says of its source; `sources` are by identifier.

    Of its evidence it has the pages: the addresses of described evidence stand beside the nodes that describe it, which
    are known by `base`.
    """
    evidence = [value.value for value in properties.get(term("ospo:evidence").value, ())]
    source = sources[name_of(one(properties, "dcterms:source"))]
    return Statement(
        iri=iri,
        source=source.id,
        source_title=source.title or source.id,
        licence=source.licence,
        policy=policy.slug,
        policy_title=policy.title,
        policy_url=policy.page,
        level=policy.level,
        issuer=policy.issuer,
        office=policy.office,
        instrument=policy.instrument,
        issued=policy.issued,
        evidence=tuple([page for page in evidence if not is_readers_node(base, page)]),
        **_fields(properties, _STATEMENT),
    )


def policy(
    iri: str,
    properties: Properties,
    statements: Sequence[Properties],
    home_page: str,
    states: Mapping[str, SourceState],
) -> Policy:
    """Return a policy with its statements; its layers are theirs, else those of its sources.

    `home_page` is that of its office, `states` are those of the sources by identifier.
    """
    own = _fields(properties, _POLICY)
    objective, layer = term("ospo:objective").value, term("ospo:assessmentKind").value
    objectives = [value for each in (properties, *statements) for value in each.get(objective, ())]
    of_statements = [value for each in statements for value in each.get(layer, ())]
    return Policy(
        slug=name_of(iri),
        iri=iri,
        office=name_of(one(properties, "ospo:office")),
        statements=len(statements),
        objectives=_distinct(_codes(objectives)),
        languages=_languages(_codes(properties.get(term("dcterms:language").value, ())), own["titles"]),
        layers=_distinct(_codes(of_statements)) or layers(home_page, own["sources"], states),
        **own,
    )


def office(iri: str, properties: Properties, states: Mapping[str, SourceState]) -> Office:
    """Return an office; `states` are those of the sources by identifier."""
    own = _fields(properties, _OFFICE)
    names = [value for name in ("skos:prefLabel", "skos:altLabel") for value in properties.get(term(name).value, ())]
    return Office(
        slug=name_of(iri), iri=iri, names=texts(names), layers=layers(own["homepage"], own["sources"], states), **own
    )


def layers(home_page: str, sources: Iterable[str], states: Mapping[str, SourceState]) -> tuple[str, ...]:
    """Return by which layers these sources speak of an office with that home page, or of a policy of that office.

    `states` are those of the sources by identifier.
    """
    return _distinct([str(layer_of_office(states[name], home_page)) for name in sources if name in states])


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


def _languages(named: Iterable[str], titles: Iterable[Text]) -> tuple[str, ...]:
    """Return the languages that a policy names, else those of its titles."""
    own = _distinct(filter(None, map(_language, named)))
    return own or _distinct(filter(None, [_language(title.language) for title in titles]))


def _language(tag: str) -> str:
    """Return the primary subtag as BCP 47 has it (fr for fr-CA, FRA and fra), "" for what is none."""
    primary = tag.lower().partition("-")[0]
    known = str(get_global("language_aliases").get(primary, primary))
    language = primary if "_" in known else known  # cnr is sr_ME there: another language
    return language if re.fullmatch(r"[a-z]{2,3}", language) else ""


def event(row: Row) -> Event:
    """Return an event of a row of `events.rq`."""
    texts = {name: value.value for name, value in row.items()}
    return Event(
        source=name_of(texts["source"]),
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
    return ListingPeer(name_of(row["peer"].value), at, code_of(outcome.value) if outcome else "")


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
