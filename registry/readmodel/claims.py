"""What sources say of one office or policy, by property: what is in effect, where sources differ, and what they claim.

A claim is what a source says that is not heard on the thing: it is in effect nowhere, and shown with whose it is.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.addresses import home
from registry.iri.names import CONCEPT, is_readers_node, term
from registry.model import SourceState
from registry.readmodel.build import CLAIMED, voice_order
from registry.readmodel.values import Claim, Property, Said, Voice
from registry.store.protocol import Row
from registry.vocabulary import jurisdictions

MAX_VOICES = 50  # records that are heard on one thing, and as many that claim something of it, whose words are shown
MAX_VALUES = 20  # of one such record
# Properties that hold the graph together and are of no interest to readers.
_HIDDEN = {term(name) for name in ("rdf:type", "dcterms:isPartOf", "ospo:flossPolicy")}
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
_COUNTRY, _ISSUER, _ISSUER_NAME, _OFFICE = (
    term(f"ospo:{name}") for name in ("countryCode", "issuer", "issuerName", "office")
)


class Speaking(NamedTuple):
    """A record whose word on a thing is shown, and the state of its source."""

    voice: Voice
    state: SourceState


def shown_voices(voices: Sequence[Voice]) -> tuple[list[Voice], bool]:
    """Return the voices whose words are shown, and whether some are left out: one file may hold thousands."""
    heard, claims = ([voice for voice in voices if voice.heard is is_heard] for is_heard in (True, False))
    is_more = len(heard) > MAX_VOICES or len(claims) > MAX_VOICES
    return heard[:MAX_VOICES] + claims[:MAX_VOICES], is_more


def said(
    rows: Iterable[Row],
    speaking: Mapping[tuple[str, str], Speaking],
    merged: Iterable[Triple],
    homes: Collection[str],
    base: str,
) -> Said:
    """Return what the rows of `records.rq` say of a thing.

    `speaking` is (graph, record) → whose word that is; other rows are nobody's. `merged` are the triples of the thing
    in the merged graph, `homes` the normalised home pages of the offices that issue a policy there; `base` is that of
    the registry's IRIs. Of a claimant the first values are kept.
    """
    in_effect = {(triple.predicate, triple.object) for triple in merged}
    heard: dict[str, list[Claim]] = defaultdict(list)
    claimed: dict[str, list[Claim]] = defaultdict(list)
    kept = Counter[Voice]()
    for row in sorted(rows, key=lambda row: (_order_on_page(row["property"].value), str(row["value"]))):
        by = speaking.get((row["graph"].value, row["record"].value))
        if by is None or row["property"] in _HIDDEN:
            continue
        claim = _claim(row, by, base, holds=by.voice.heard and _holds(row["property"], row["value"], in_effect, homes))
        # of a thing that is only claimed, what its claimant may not say for it (`merging`) is no more than a claim
        counts = claim.holds or (by.voice.heard and by.voice.standing != CLAIMED)
        kept[by.voice] += not counts
        if counts or kept[by.voice] <= MAX_VALUES:
            (heard if counts else claimed)[row["property"].value].append(claim)
    return Said(_properties(heard), _properties(claimed), more=max(kept.values(), default=0) > MAX_VALUES)


def _holds(predicate: Any, value: Any, merged: Collection[tuple[Any, Any]], homes: Collection[str]) -> bool:
    """Return whether the merged graph has the value; what the registry states anew there is compared as it does."""
    if predicate == _OFFICE:
        return home(value.value) in homes
    if predicate == _COUNTRY:
        return (predicate, Literal(jurisdictions.country_code(value.value))) in merged
    return (_ISSUER_NAME if predicate == _ISSUER else predicate, value) in merged


def _claim(row: Row, by: Speaking, base: str, *, holds: bool) -> Claim:
    value = row["value"]
    is_iri = isinstance(value, NamedNode)
    return Claim(
        value=value.value,
        language=(value.language or "") if isinstance(value, Literal) else "",
        iri=is_iri,
        concept=is_iri and value.value.startswith(CONCEPT),
        unnamed=is_iri and is_readers_node(base, value.value),
        voice=by.voice,
        fetched=by.state.accepted_at,
        holds=holds,
    )


def _properties(by_property: Mapping[str, list[Claim]]) -> tuple[Property, ...]:
    return tuple(_property(name, by_property[name]) for name in sorted(by_property, key=_order_on_page))


def _property(iri: str, claims: list[Claim]) -> Property:
    values_by_source: dict[str, set[str]] = defaultdict(set)
    for item in claims:
        values_by_source[item.voice.source].add(item.value)
    differ = len({frozenset(values) for values in values_by_source.values()}) > 1
    ordered = sorted(claims, key=lambda item: (not item.holds, voice_order(item.voice), item.language, item.value))
    return Property(iri, tuple(ordered), differ)


def _order_on_page(predicate: str) -> tuple[int, str]:
    """Return the sort key of a property: names and titles first, then home page, country and description."""
    return (_ORDER.index(predicate) if predicate in _ORDER else len(_ORDER), predicate)
