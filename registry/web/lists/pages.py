"""Countries, offices and policies as lists that can be searched and narrowed, on pages and as data; and the search."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, render_template, request

from registry.iri.addresses import host
from registry.readmodel.comparison.filters import EVERYTHING
from registry.readmodel.lists.search import Found, find, fold, page, words
from registry.readmodel.values import Row
from registry.web import request_context
from registry.web.caching import cached
from registry.web.data.csv_table import csv_file
from registry.web.data.json_document import json_document, licences
from registry.web.lists.downloads import COLUMNS, records
from registry.web.lists.facets import chips, facets, is_known, wider
from registry.web.lists.listing import FACETS, Listing, read
from registry.web.text.citing import citation
from registry.web.text.language import LANGUAGES, sentence

blueprint = Blueprint("lists", __name__)

SIZES = {"countries": 100, "offices": 50, "policies": 50}  # things on a page
FIRST = 5  # hits of each list that the search shows, and sources that a licence is shown with


@blueprint.get("/<any(countries, offices, policies):kind>")
@cached
def listed(kind: str) -> Any:
    """One page of a list, with the facets by which it can be narrowed."""
    asked = _asked(kind)
    found = _found(asked)
    shown = page(found.hits, asked.page, SIZES[kind])
    without_words = found if found.hits else _found(replace(asked, query=""))
    return render_template(
        f"{kind}.html",
        asked=asked,
        found=shown,
        count=len(found.hits),
        all=len(request_context.catalogue().entries(kind, LANGUAGES)),
        facets=facets(asked, found),
        chips=chips(asked),
        wider=wider(asked, found, len(without_words.hits)),
        rows=_rows() if kind == "countries" else {},
        host=host,
        citation=citation(_title(kind)),
    )


@blueprint.get("/<any(countries, offices, policies):kind>.csv")
@cached
def listed_csv(kind: str) -> Response:
    """Return a list, all its pages, as a table for spreadsheets."""
    return csv_file(f"ospo-atlas-{kind}", COLUMNS[kind], _records(_asked(kind)))


@blueprint.get("/<any(countries, offices, policies):kind>.json")
@cached
def listed_json(kind: str) -> Response:
    """Return a list, all its pages, with what is needed to cite it."""
    asked, title = _asked(kind), _title(kind)
    rows = _records(asked)
    return json_document(
        title,
        citation=citation(title).text,
        query=asked.query,
        filters={name: sorted(values) for name, values in asked.chosen.items()},
        complaints=list(asked.complaints),
        licences=licences(),
        count=len(rows),
        rows=rows,
    )


@blueprint.get("/search")
@cached
def search() -> Any:
    """Show the first few countries, offices and policies in which the words occur."""
    lists = [replace(read(kind, request.args), chosen={}) for kind in FACETS]
    query = lists[0].query
    found = [(asked, _title(asked.kind), _found(asked).hits) for asked in lists] if words(query) else []
    hits = [(asked, title, things[:FIRST], len(things)) for asked, title, things in found]
    return render_template("search.html", query=query, complaints=lists[0].complaints, found=hits)


def _asked(kind: str) -> Listing:
    """Return the state that the address names; a value that can mean nothing is kept, and complained of."""
    asked = read(kind, request.args)
    entries = request_context.catalogue().entries(kind, LANGUAGES)
    used = {name: {value for entry in entries for value in entry.values[name]} for name in asked.chosen}
    strange = [(name, value) for name, value in asked.values() if value not in used[name]]
    complaints = [
        sentence("%(name)s=%(value)s is not known: choose one of those beside the list.", name=name, value=value)
        for name, value in strange
        if not is_known(kind, name, value)
    ]
    return replace(asked, complaints=(*asked.complaints, *complaints))


def _found(asked: Listing) -> Found[Any]:
    """Return what a state leaves: by the names of countries in the language of the page, then as the catalogue goes."""
    entries = request_context.catalogue().entries(asked.kind, LANGUAGES)
    found = find(entries, asked.query, asked.chosen, FACETS[asked.kind])
    field = "code" if asked.kind == "countries" else "country"
    codes = {getattr(thing, field) for thing in found.hits}
    order = {code: (not code, fold(request_context.name(code))) for code in codes}
    return replace(found, hits=tuple(sorted(found.hits, key=lambda thing: order[getattr(thing, field)])))


def _records(asked: Listing) -> list[dict[str, str]]:
    rows = _rows() if asked.kind == "countries" else {}
    return records(asked.kind, _found(asked).hits, rows, request_context.settings().base)


def _rows() -> dict[str, Row]:
    return {row.head.code: row for row in request_context.rows(EVERYTHING)}


def _title(kind: str) -> str:
    return {
        "countries": sentence("Countries"),
        "offices": sentence("Offices"),
        "policies": sentence("Policies"),
    }[kind]
