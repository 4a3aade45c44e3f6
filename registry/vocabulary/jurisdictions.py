"""Countries, the Union and the international bodies: codes, spellings and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale

from registry.iri.names import CONCEPT, OSPO, code_of
from registry.vocabulary.concepts import _SKOS, _about, _texts


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country, the Union, or the international bodies; `accepted` are further spellings of its code."""

    code: str
    iri: str
    labels: Mapping[str, str]
    exact_match: str = ""
    accepted: tuple[str, ...] = ()


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """Return all jurisdictions, by code."""
    prefix = f"{CONCEPT}jurisdiction/"
    return tuple(
        sorted((_jurisdiction(iri) for iri in _about() if iri.startswith(prefix)), key=lambda place: place.code)
    )


def _jurisdiction(iri: str) -> Jurisdiction:
    facts = _about()[iri]
    match = facts.get(_SKOS + "exactMatch", [])
    accepted = tuple(value.value for value in facts.get(f"{OSPO}acceptedCode", []))
    return Jurisdiction(code_of(iri), iri, _texts(iri, "prefLabel"), match[0].value if match else "", accepted)


@cache
def _by_code() -> Mapping[str, Jurisdiction]:
    return {name: place for place in jurisdictions() for name in (*place.accepted, place.code)}


def jurisdiction(code: str) -> Jurisdiction | None:
    """Return the jurisdiction of a code in any accepted spelling and case (EL and UK too), or None."""
    return _by_code().get(code.strip().upper())


def country_code(code: str) -> str:
    """Return the code of a jurisdiction in its one spelling; what is none as it is."""
    place = jurisdiction(code)
    return place.code if place else code


@lru_cache(4096)
def country_name(code: str, language: str) -> str:
    """Return the name of a jurisdiction: of countries from CLDR, of the others from our own labels."""
    place = jurisdiction(code)
    name = Locale.parse(language).territories.get(country_code(code))
    return name or (place.labels.get(language) or place.labels["en"] if place else code)
