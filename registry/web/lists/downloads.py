"""The lists as CSV and JSON: a record for each country, office or policy, with its IRI, its facts and its sources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from registry.iri.names import source_iri
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.lists.entries import NONE, regions_of_country
from registry.readmodel.values import Country, Office, Policy, Row
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.data.text_columns import text_columns
from registry.web.text.language import language

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "countries": (
        *("iri", "country", "name", "offices", "policies", "statements", "assessed", "activity", "region"),
        *(f"{activity}_{stage}" for activity, stage in CELLS),
        *("page", "source"),
    ),
    "offices": (
        *("iri", "name", "name_language", "country", "level", "kind", "homepage", "email", "contact", "layer"),
        *("policies", "page", "source", "claimed_by"),
    ),
    "policies": (
        *("iri", "title", "title_language", "country", "level", "issuer", "office", "instrument", "status", "issued"),
        *("objective", "language", "layer", "policy_url", "statements", "page", "source"),
        "claimed_by",
    ),
}

NUMBERS: Mapping[str, tuple[str, ...]] = {
    "countries": ("offices", "policies", "statements", "assessed"),
    "offices": (),
    "policies": ("statements",),
}


def records(kind: str, things: Iterable[Any], rows: Mapping[str, Row], base: str) -> list[dict[str, str]]:
    """Return column → text for each thing; the values of a column with several are separated by spaces.

    `kind` is a key of `COLUMNS`, `things` are of that kind. `rows` are the rows of the comparison by code of country,
    for the nine cells of countries. `base` is the site's address.
    """
    if kind == "countries":
        return [_country(item, rows.get(item.code), base) for item in things]
    make: Callable[[Any, str], dict[str, str]] = _office if kind == "offices" else _policy
    return [make(item, base) for item in things]


def _country(item: Country, row: Row | None, base: str) -> dict[str, str]:
    jurisdiction = jurisdictions.jurisdiction(item.code)
    return {
        "iri": jurisdiction.iri if jurisdiction else "",
        "country": item.code,
        "name": request_context.country_name(item.code),
        "offices": str(item.offices),
        "policies": str(item.policies),
        "statements": str(item.statements),
        "assessed": str(item.assessed),
        "activity": " ".join(item.in_force),
        "region": " ".join(code for code in regions_of_country(item.code) if code != NONE),
        **{f"{activity}_{stage}": row.cells[activity, stage].key if row else "" for activity, stage in CELLS},
        "page": f"{base}/countries/{item.code}",
        "source": _sources(item.sources, base),
    }


def _office(item: Office, base: str) -> dict[str, str]:
    return {
        "iri": item.iri,
        **text_columns("name", [item.name(language())]),
        "country": item.country,
        "level": item.level,
        "kind": item.kind,
        "homepage": item.homepage,
        "email": item.email,
        "contact": item.contact,
        "layer": " ".join(item.layers),
        "policies": " ".join(item.policies),
        "page": f"{base}/offices/{item.slug}",
        "source": _sources(item.sources, base),
        "claimed_by": _sources(filter(None, [item.claimed_by]), base),
    }


def _policy(item: Policy, base: str) -> dict[str, str]:
    return {
        "iri": item.iri,
        **text_columns("title", [item.title(language())]),
        "country": item.country,
        "level": item.level,
        "issuer": item.issuer,
        "office": item.office,
        "instrument": item.instrument,
        "status": item.status,
        "issued": item.issued,
        "objective": " ".join(item.objectives),
        "language": " ".join(item.languages),
        "layer": " ".join(item.layers),
        "policy_url": item.page,
        "statements": str(item.statements),
        "page": f"{base}/policies/{item.slug}",
        "source": _sources(item.sources, base),
        "claimed_by": _sources(filter(None, [item.claimed_by]), base),
    }


def _sources(identifiers: Iterable[str], base: str) -> str:
    return " ".join(source_iri(base, identifier) for identifier in identifiers)
