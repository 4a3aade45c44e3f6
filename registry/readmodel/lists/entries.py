"""The entries of the lists: for each country, office and policy its search text and its values by facet; pure.

A thing without a value for a facet has the value UNKNOWN there, so that a visitor can ask for those too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from registry.iri.addresses import host
from registry.readmodel.lists.search import Entry, T, fold
from registry.readmodel.values import Country, Office, Policy, Statement
from registry.vocabulary import jurisdictions

UNKNOWN = "unknown"  # also a code of the scheme of status, with the same meaning
NONE, YES, NO = "none", "yes", "no"


def of_countries(countries: Iterable[Country], languages: Sequence[str]) -> tuple[Entry[Country], ...]:
    """Return an entry for each country; its text are its code and its names in these languages."""
    return tuple(_country(item, tuple(languages)) for item in countries)


def _country(item: Country, languages: tuple[str, ...]) -> Entry[Country]:
    values = {"activity": item.in_force or (NONE,), "office": (YES if item.offices else NO,)}
    return _entry(item, [_names(item.code, languages)], values)


def of_offices(offices: Iterable[Office], languages: Sequence[str]) -> tuple[Entry[Office], ...]:
    """Return an entry for each office; its text are its names, its country's names and the host of its home page."""
    return tuple(_office(item, tuple(languages)) for item in offices)


def _office(item: Office, languages: tuple[str, ...]) -> Entry[Office]:
    texts = [*(name.value for name in item.names), host(item.homepage), _names(item.country, languages)]
    values = {
        "country": (item.country,),
        "level": (item.level,),
        "kind": (item.kind,),
        "layer": item.layers,
        "source": item.sources,
    }
    return _entry(item, texts, values)


def of_policies(
    policies: Iterable[Policy], statements: Iterable[Statement], languages: Sequence[str]
) -> tuple[Entry[Policy], ...]:
    """Return an entry for each policy; its text are its titles, issuer, country and the texts of its statements."""
    statement_texts: dict[str, list[str]] = defaultdict(list)
    for item in statements:
        statement_texts[item.policy] += [*(text.value for text in item.texts), item.provision]
    return tuple(_policy(item, statement_texts[item.slug], tuple(languages)) for item in policies)


def _policy(item: Policy, statement_texts: list[str], languages: tuple[str, ...]) -> Entry[Policy]:
    texts = [*(title.value for title in item.titles), item.issuer, _names(item.country, languages), *statement_texts]
    values = {
        "country": (item.country,),
        "level": (item.level,),
        "instrument": (item.instrument,),
        "status": (item.status,),
        "year": (item.issued[:4] if re.match("[0-9]{4}", item.issued) else "",),
        "objective": item.objectives,
        "language": item.languages,
        "layer": item.layers,
    }
    return _entry(item, texts, values)


def _entry(thing: T, texts: Iterable[str], values: Mapping[str, tuple[str, ...]]) -> Entry[T]:
    by_facet = {facet: tuple(filter(None, given)) or (UNKNOWN,) for facet, given in values.items()}
    return Entry(thing, fold(" ".join(texts)), by_facet)


@cache
def _names(code: str, languages: tuple[str, ...]) -> str:
    return " ".join([code, *(jurisdictions.country_name(code, language) for language in languages)]) if code else ""
