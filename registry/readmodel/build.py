"""From properties in the store to values of the read model: tables say which property gives which field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from registry.authority.claims import Object, Properties
from registry.iri.names import SHAPES, code_of, is_readers_node, name_of, term
from registry.model import Finding, Layer, Place, Severity, Source
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.values import Event, ListingPeer, Office, Policy, Statement, Text, Voice
from registry.store.protocol import Row
from registry.vocabulary import concepts
from registry.vocabulary.lookup import primary_language
from registry.vocabulary.messages import in_all_languages

Terms = Sequence[Object]  # the values of one property of one subject, sorted as N-Triples
_STANDINGS = tuple(concept.code for concept in concepts.concepts("standing"))  # who is heard first comes first
SPEAKS, CLAIMED = "speaks", "claimed"


def one(properties: Properties, name: str) -> str:
    """Return the first value of a property as text, "" if it has none; `name` is a prefixed name."""
    return _first(properties.get(term(name).value, ()))


def _first(terms: Terms) -> str:
    return terms[0].value if terms else ""


def _code(terms: Terms) -> str:
    return code_of(terms[0].value) if terms else ""


def _codes(terms: Terms) -> tuple[str, ...]:
    return tuple([code_of(value.value) for value in terms])


def _values(terms: Terms) -> tuple[str, ...]:
    return tuple([value.value for value in terms])


def _slugs(terms: Terms) -> tuple[str, ...]:
    return tuple([name_of(value.value) for value in terms])


def texts(terms: Terms) -> tuple[Text, ...]:
    """Return values as texts with their languages."""
    return tuple([Text(value.value, getattr(value, "language", None) or "") for value in terms])


def _joined(terms: Terms) -> str:
    return ", ".join([value.value for value in terms])


def _moment(terms: Terms) -> datetime | None:
    """Return a moment of the registry. Raises ValueError for what is none, or has no offset from UTC."""
    moment = datetime.fromisoformat(terms[0].value) if terms else None
    if moment and moment.tzinfo is None:
        raise ValueError(f"{terms[0].value!r} has no offset from UTC")
    return moment


def _layer(terms: Terms) -> str:
    """Return a layer. Raises ValueError for what is none."""
    return str(Layer(_code(terms)))


Fields = Mapping[
    str, tuple[str, Callable[[Terms], Any]]
]  # field → (property, the function from its values to the field)


def _fields(properties: Properties, fields: Fields) -> dict[str, Any]:
    """Return the fields that come from one property each."""
    return {name: make(properties.get(term(property_).value, ())) for name, (property_, make) in fields.items()}


_STATEMENT: Fields = {
    "activity": ("ospo:activity", _code),
    "stage": ("ospo:stage", _code),
    "coverage": ("ospo:coverage", _code),
    "force": ("ospo:force", _code),
    "status": ("ospo:status", _code),
    "layer": ("ospo:assessmentKind", _layer),
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
    "duty": ("ospo:duty", _code),
    "condition": ("ospo:condition", _code),
    "territory": ("ospo:territoryCode", _first),
    "changes": ("ospo:changedBy", _values),
    "copy_of": ("ospo:copyOf", _first),
    "quotes": ("ospo:quote", texts),
    "codebook": ("ospo:codebook", _first),
    "fetched": ("prov:generatedAtTime", _moment),
}
_POLICY: Fields = {
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
    "names": ("skos:prefLabel", texts),
    "other_names": ("skos:altLabel", texts),
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
    """Return a statement of a policy, with title and licence of its source; `sources` are by identifier.

    `evidence` has pages only: a node that describes a piece of evidence (see `is_readers_node`, which needs `base`) is
    left out, because its page is a value too. Raises ValueError where the registry itself would not have written it so:
    of no source that it knows, of no cell, of no layer, or at no moment.
    """
    own = _fields(properties, _STATEMENT)
    evidence = [value.value for value in properties.get(term("ospo:evidence").value, ())]
    source = sources.get(name_of(one(properties, "dcterms:source")))
    if source is None or (own["activity"], own["stage"]) not in CELLS:
        known = "known" if source else "not known"
        raise ValueError(f"its source is {known}, its cell is ({own['activity']!r}, {own['stage']!r})")
    return Statement(
        iri=iri,
        source=source.id,
        source_title=source.title or source.id,
        licence=source.licence,
        policy=policy.slug,
        policy_titles=policy.titles,
        policy_url=policy.page,
        level=policy.level,
        issuer=policy.issuer,
        office=policy.office,
        instrument=policy.instrument,
        issued=one(properties, "dcterms:issued") or policy.issued,
        reach=code_of(one(properties, "ospo:reach")) or "general",
        claimed_by=policy.claimed_by,
        evidence=tuple([page for page in evidence if not is_readers_node(base, page)]),
        **own,
    )


def policy(iri: str, properties: Properties, statements: Sequence[Properties], voices: Sequence[Voice]) -> Policy:
    """Return a policy; `statements` are the properties of its statements, `voices` those on the policy."""
    own = _fields(properties, _POLICY)
    objective = term("ospo:objective").value
    objectives = [value for each in (properties, *statements) for value in each.get(objective, ())]
    return Policy(
        slug=name_of(iri),
        iri=iri,
        office=name_of(one(properties, "ospo:office")),
        statements=len(statements),
        objectives=_distinct(_codes(objectives)),
        languages=_languages(_codes(properties.get(term("dcterms:language").value, ())), own["titles"]),
        layers=_layers(voices),
        claimed_by=_claimant(voices),
        **own,
    )


def office(iri: str, properties: Properties, voices: Sequence[Voice]) -> Office:
    """Return an office; `voices` are those on it."""
    own = _fields(properties, _OFFICE)
    return Office(
        slug=name_of(iri),
        iri=iri,
        layers=_layers(voices),
        claimed_by=_claimant(voices),
        **own,
    )


def voice(iri: str, properties: Properties) -> tuple[str, Voice]:
    """Return the IRI of the thing that a voice speaks of, and the voice. Raises ValueError for a standing that is none.

    `iri` and `properties` are those of the voice in the authority graph.
    """
    standing = code_of(one(properties, "ospo:standing"))
    if standing not in _STANDINGS:
        raise ValueError(f"{standing!r} is no standing")
    return one(properties, "dcterms:subject"), Voice(
        source=name_of(one(properties, "dcterms:source")),
        record=one(properties, "ospo:record"),
        standing=standing,
        because=code_of(one(properties, "ospo:because")),
        layer=code_of(one(properties, "ospo:assessmentKind")),
        heard=one(properties, "ospo:heard") == "true",
    )


def voice_order(voice: Voice) -> tuple[int, str, str]:
    """Return the sort key of a voice among those on one thing: who weighs most comes first."""
    return _STANDINGS.index(voice.standing), voice.source, voice.record


def _layers(voices: Iterable[Voice]) -> tuple[str, ...]:
    """Return who assessed what is heard of a thing."""
    return _distinct([voice.layer for voice in voices if voice.heard])


def _claimant(voices: Iterable[Voice]) -> str:
    """Return the source by which a thing is merely claimed, "" where somebody else is heard on it."""
    heard = [voice for voice in voices if voice.heard]
    return heard[0].source if heard and all(voice.standing == CLAIMED for voice in heard) else ""


def origins(properties: Properties) -> tuple[str, ...]:
    """Return the identifiers of the sources that a thing of the merged graph names."""
    return _slugs(properties.get(term("dcterms:source").value, ()))


def _distinct(codes: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(codes)))


def _languages(named: Iterable[str], titles: Iterable[Text]) -> tuple[str, ...]:
    """Return the languages that a policy declares, or else those of its titles."""
    own = _distinct(filter(None, map(primary_language, named)))
    return own or _distinct(filter(None, [primary_language(title.language) for title in titles]))


def event(row: Row) -> Event:
    """Return the event of a row of `events.rq`."""
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
    """Return the technical facts of an exchange, such as "HTTP 200", in forms that need no translation."""
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
    """Return the finding of one result; `rows` are its rows of `findings.rq`, one for each message."""
    first = {name: value.value for name, value in rows[0].items()}
    return Finding(
        focus=first["focus"],
        path=first.get("path", ""),
        severity=Severity(code_of(first["severity"])),
        shape=first["shape"],
        value=first.get("value", ""),
        messages=in_all_languages(
            first["shape"].removeprefix(SHAPES),
            {getattr(row["message"], "language", None) or "": row["message"].value for row in rows},
        ),
        place=Place(
            int(first["line"]) if "line" in first else None,
            int(first["column"]) if "column" in first else None,
            first.get("field", ""),
        ),
    )
