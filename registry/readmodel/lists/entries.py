"""The entries of the lists: for each country, office and policy its search text and its values by facet; pure.

Offices and policies are found by the names of their countries, too, and counted by the regions of those: a search asks
for both once for each country.

A thing without a value for a facet has the value UNKNOWN there, so that a visitor can ask for those too.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from registry.iri.addresses import host
from registry.readmodel.lists.country_names import text_of_country
from registry.readmodel.lists.folding import fold
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Country, Office, Policy, Statement
from registry.vocabulary import regions

T = TypeVar("T")
UNKNOWN = "unknown"  # also a code of the scheme of status, with the same meaning
NONE, YES, NO = "none", "yes", "no"


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A thing of a list with its folded search text, and facet → its values, at least one and each once."""

    thing: T
    text: str
    values: Mapping[str, tuple[str, ...]]


REGION = "region"  # the facet of things by the region of their country
COUNTRY_FACETS = ("known", REGION, "activity", "office")
OFFICE_FACETS = ("country", "level", "kind", "layer", "source")
POLICY_FACETS = ("country", "level", "instrument", "status", "year", "objective", "language", "layer")


def country_table(countries: Sequence[Country], languages: Sequence[str]) -> Table[Country]:
    """Return the table of these countries, which are searched by their names in these languages."""
    made = [of_country(item, languages) for item in countries]
    rows = [{**entry.values, "words": set(entry.text.split())} for entry in made]
    return Table.of(Country, countries, rows, f"{' '.join(COUNTRY_FACETS)} words")


def of_country(item: Country, languages: Sequence[str]) -> Entry[Country]:
    """Return the entry of a country; its text are its codes and its names, in these languages and its own."""
    values = {
        "known": (YES if item.is_known else NO,),
        REGION: regions_of_country(item.code),
        "activity": item.in_force or (NONE,),
        "office": (YES if item.offices else NO,),
    }
    return _entry(item, [text_of_country(item.code, tuple(languages))], values)


def regions_of_country(code: str) -> tuple[str, ...]:
    """Return the codes of the regions that a country belongs to now; (UNKNOWN,) for UNKNOWN, (NONE,) where none."""
    if code == UNKNOWN:
        return (UNKNOWN,)
    return tuple(region.code for region, membership in regions.regions_of(code) if membership.holds()) or (NONE,)


def with_regions(table: Table[T]) -> Table[T]:
    """Return a table of offices or policies with the column of their regions, which no file has: they are no data."""
    return replace(table, columns={**table.columns, REGION: table.columns["country"].mapped(regions_of_country)})


def of_office(item: Office) -> Entry[Office]:
    """Return the entry of an office; its text are its names in all languages and the host of its home page."""
    values = {
        "country": (item.country,),
        "level": (item.level,),
        "kind": (item.kind,),
        "layer": item.layers,
        "source": item.sources,
    }
    return _entry(item, [*(name.value for name in (*item.names, *item.other_names)), host(item.homepage)], values)


def of_policy(item: Policy, texts: Iterable[str]) -> Entry[Policy]:
    """Return the entry of a policy; its text are its titles, its issuer and these texts of its statements."""
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
    return _entry(item, [*(title.value for title in item.titles), item.issuer, *texts], values)


def statement_texts(statements: Iterable[Statement]) -> Mapping[str, list[str]]:
    """Return slug of a policy → the texts of its statements."""
    texts: dict[str, list[str]] = defaultdict(list)
    for item in statements:
        texts[item.policy] += [*(text.value for text in item.texts), item.provision]
    return texts


def _entry(thing: T, texts: Iterable[str], values: Mapping[str, tuple[str, ...]]) -> Entry[T]:
    by_facet = {facet: tuple(filter(None, given)) or (UNKNOWN,) for facet, given in values.items()}
    return Entry(thing, fold(" ".join(texts)), by_facet)
