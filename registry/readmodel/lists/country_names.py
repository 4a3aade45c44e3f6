"""The names by which a country is found, folded; pure, and made once, when somebody searches for the first time.

They are its names in the languages of the site, in its own languages and those of its parts, other names, and codes.
They are no data of the registry, so the file of its lists does not have them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache

from registry.readmodel.lists.folding import fold
from registry.vocabulary import jurisdictions


def codes_called(name: str, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the codes of the countries of which this, folded, is a whole name or a code."""
    return _by_name(languages).get(fold(name), frozenset())


def codes_beginning(name: str, languages: tuple[str, ...]) -> frozenset[str]:
    """Return the codes of the countries that are called so, or else of those a word of whose names begins so."""
    if exact := codes_called(name, languages):
        return exact
    wanted = f" {fold(name)}"
    by_name = _by_name(languages) if wanted.strip() else {}
    return frozenset(code for known, codes in by_name.items() if wanted in f" {known}" for code in codes)


@cache
def _by_name(languages: tuple[str, ...]) -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for country in jurisdictions.jurisdictions():
        for name in (*_names(country.code, languages), *_further_names(country.code)):
            found[fold(name)].add(country.code)
    return {name: frozenset(codes) for name, codes in found.items()}


@cache  # as many as there are codes of countries
def text_of_country(code: str, languages: tuple[str, ...]) -> str:
    """Return all folded names and codes of a country, by which it is found itself."""
    return fold(" ".join((*_names(code, languages), *_further_names(code))))


@cache
def text_of_names(code: str, languages: tuple[str, ...]) -> str:
    """Return the folded code and names of a country, by which its offices and policies are found; "" for none.

    Whoever looks for a law of a republic, or for the word EST, does not mean all policies of countries that are called
    so in full, or by three letters: such names are left out.
    """
    return fold(" ".join((code, *_names(code, languages)))) if jurisdictions.jurisdiction(code) else ""


def _names(code: str, languages: tuple[str, ...]) -> Iterator[str]:
    yield from (jurisdictions.country_name(code, language) for language in languages)
    yield from (name.value for name in jurisdictions.own_names(code, regional=True))


def _further_names(code: str) -> Iterator[str]:
    if country := jurisdictions.jurisdiction(code):
        yield from filter(None, (country.code, country.alpha3, *country.accepted, *country.hidden))
        yield from (name.value for name in country.other_names)
