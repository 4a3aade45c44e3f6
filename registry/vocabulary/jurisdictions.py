"""Countries, the European Union and international bodies: their codes, spellings and names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from pyoxigraph import Literal, NamedNode

from registry.iri.names import CONCEPT, code_of, term
from registry.vocabulary.concepts import properties, texts
from registry.vocabulary.lookup import lookup


class Name(NamedTuple):
    """A name and the tag of its language, "" for one that stands in no language."""

    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Jurisdiction:
    """A country, the European Union, or the international bodies.

    `exact_match` is its IRI in the EU's authority table of countries, or "". `accepted` are further spellings of the
    code, such as EL for GR. `other_names` are short forms and longer ones, such as Britain; by `hidden` it is only
    found: names of its parts, former names, and its alpha-3 code where the EU's table does not have it.
    """

    code: str
    iri: str
    labels: Mapping[str, str]
    exact_match: str = ""
    accepted: tuple[str, ...] = ()
    other_names: tuple[Name, ...] = ()
    hidden: tuple[str, ...] = ()

    @property
    def alpha3(self) -> str:
        """Its code of three letters (ISO 3166-1) in the EU's table, which takes it from there; "" where it has none."""
        return self.exact_match.rpartition("/")[2]


@cache
def jurisdictions() -> tuple[Jurisdiction, ...]:
    """Return all jurisdictions, by code."""
    prefix = f"{CONCEPT}jurisdiction/"
    unordered = (_jurisdiction(iri) for iri in properties() if iri.startswith(prefix))
    return tuple(sorted(unordered, key=lambda country: country.code))


def _jurisdiction(iri: str) -> Jurisdiction:
    values = properties()[iri]
    match = values.get(term("skos:exactMatch").value, [])
    return Jurisdiction(
        code_of(iri),
        iri,
        texts(iri, "skos:prefLabel"),
        match[0].value if match else "",
        tuple(name.value for name in _names(values, "ospo:acceptedCode")),
        _names(values, "skos:altLabel"),
        tuple(name.value for name in _names(values, "skos:hiddenLabel")),
    )


def _names(values: Mapping[str, list[NamedNode | Literal]], name: str) -> tuple[Name, ...]:
    given = values.get(term(name).value, [])
    return tuple(Name(value.value, value.language or "") for value in given if isinstance(value, Literal))


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
    return name or (lookup(country.labels, language)[1] if country else code)


@cache
def own_names(code: str, *, regional: bool = False) -> tuple[Name, ...]:
    """Return the names of a country in its official languages (CLDR), each once.

    With `regional`, also those in the official languages of its parts.
    """
    names: dict[str, Name] = {}
    for tag in get_official_languages(code, regional=regional, de_facto=True):
        try:
            name = Locale.parse(tag).territories.get(code)
        except UnknownLocaleError:
            continue
        if name:
            names.setdefault(name, Name(name, tag.replace("_", "-")))
    return tuple(names.values())
