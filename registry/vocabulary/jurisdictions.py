"""Countries, the European Union and international bodies: their codes, spellings and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from babel import Locale

from registry.iri.names import CONCEPT, code_of, term
from registry.vocabulary.concepts import properties, texts


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country, the European Union, or the international bodies.

    `exact_match` is its IRI in the EU's authority table of countries, or "". `accepted` are further spellings of the
    code, such as EL for GR.
    """

    code: str
    iri: str
    labels: Mapping[str, str]
    exact_match: str = ""
    accepted: tuple[str, ...] = ()


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """Return all jurisdictions, by code."""
    prefix = f"{CONCEPT}jurisdiction/"
    unordered = (_jurisdiction(iri) for iri in properties() if iri.startswith(prefix))
    return tuple(sorted(unordered, key=lambda country: country.code))


def _jurisdiction(iri: str) -> Jurisdiction:
    values = properties()[iri]
    match = values.get(term("skos:exactMatch").value, [])
    accepted = tuple(value.value for value in values.get(term("ospo:acceptedCode").value, []))
    return Jurisdiction(code_of(iri), iri, texts(iri, "skos:prefLabel"), match[0].value if match else "", accepted)


@cache
def _by_code() -> Mapping[str, Jurisdiction]:
    return {code: country for country in jurisdictions() for code in (*country.accepted, country.code)}


def jurisdiction(code: str) -> Jurisdiction | None:
    """Return the jurisdiction of a code in any case and accepted spelling (EL, UK), or None."""
    return _by_code().get(code.strip().upper())


def country_code(code: str) -> str:
    """Return the code of a jurisdiction in its standard spelling (GR for el); an unknown code as it is."""
    country = jurisdiction(code)
    return country.code if country else code


@lru_cache(4096)
def country_name(code: str, language: str) -> str:
    """Return the name of a jurisdiction in a language: from CLDR for a country, else from our labels, else the code."""
    country = jurisdiction(code)
    name = Locale.parse(language).territories.get(country_code(code))
    return name or (country.labels.get(language) or country.labels["en"] if country else code)
