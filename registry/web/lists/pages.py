"""The lists of countries, offices and policies with search and facets, as pages, CSV and JSON; and the site search."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from flask import Blueprint, Response, render_template, request

from registry.iri.addresses import host
from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.lists.country_names import codes_called, text_of_names
from registry.readmodel.lists.search import SearchResult, find, paginate, words
from registry.readmodel.values import Country, Row
from registry.web import request_context
from registry.web.caching import cached
from registry.web.data.json_document import json_document, licences
from registry.web.data.tables import SUFFIXES, table_file
from registry.web.lists.downloads import COLUMNS, NUMBERS, records
from registry.web.lists.facets import chips, facets, is_valid, orders, wider_searches
from registry.web.lists.listing import FACETS, Listing, parse_listing
from registry.web.made_files import made
from registry.web.parameters import refuse, unknown_names
from registry.web.text import wording
from registry.web.text.citing import citation
from registry.web.text.language import LANGUAGES, language, sentence

blueprint = Blueprint("lists", __name__)

PAGE_SIZES = {"countries": 100, "offices": 50, "policies": 50}
HITS_SHOWN = 5  # of each list, in the site search


@blueprint.get("/<any(countries, offices, policies):kind>")
@cached
def listed(kind: str) -> Any:
    """Show a page of a list, with its facets."""
    listing = _listing(kind)
    result = _result(listing)
    without_text = result if len(result.rows) else _result(replace(listing, query=""))
    page = paginate(_hits(listing, result), listing.page, PAGE_SIZES[kind])
    return render_template(
        f"{kind}.html",
        title=_title(kind),
        listing=listing,
        page=page,
        count=len(result.rows),
        orders=orders(kind),
        all=len(request_context.catalogue().table(kind, LANGUAGES)),
        facets=facets(listing, result),
        chips=chips(listing),
        wider_searches=wider_searches(listing, result, len(without_text.rows)),
        rows=_rows(page.items) if kind == "countries" else {},
        host=host,
        citation=citation(_title(kind)),
    )


@blueprint.get(f"/<any(countries, offices, policies):kind>.<any({SUFFIXES}):suffix>")
@made
def listed_table(kind: str, suffix: str) -> Response:
    """Answer with all pages of a list as a table for spreadsheets."""
    listing = _listing(kind)
    refuse(listing.refused)
    return table_file(suffix, f"ospo-atlas-{kind}", COLUMNS[kind], _records(listing), NUMBERS[kind])


@blueprint.get("/<any(countries, offices, policies):kind>.json")
@made
def listed_json(kind: str) -> Response:
    """Answer with all pages of a list as JSON, with a citation."""
    listing, title = _listing(kind), _title(kind)
    refuse(listing.refused)
    rows = _records(listing)
    return json_document(
        title,
        citation=citation(title).text,
        query=listing.query,
        sort=listing.order,
        filters={name: sorted(values) for name, values in listing.chosen.items()},
        complaints=list(listing.complaints),
        licences=licences(),
        count=len(rows),
        rows=rows,
    )


@blueprint.get("/search")
@cached
def search() -> Any:
    """Show the first few countries, offices and policies that match a text."""
    listings = [replace(parse_listing(kind, request.args), chosen={}) for kind in FACETS]
    query = listings[0].query
    results = (
        [(listing, _title(listing.kind), _hits(listing, _result(listing))) for listing in listings]
        if words(query)
        else []
    )
    shown = [(listing, title, hits[:HITS_SHOWN], len(hits)) for listing, title, hits in results]
    complaints = (*listings[0].complaints, *map(wording.complain, unknown_names(request.args, ("q",))))
    return render_template("search.html", query=query, complaints=complaints, results=shown)


def _listing(kind: str) -> Listing:
    """Return the state in the address, with a complaint about each value that its facet cannot have."""
    listing = parse_listing(kind, request.args)
    columns = request_context.catalogue().table(kind, LANGUAGES).columns
    complaints = [
        sentence("%(name)s=%(value)s is not known: choose one of those beside the list.", name=name, value=value)
        for name, value in listing.values()
        if columns[name].values.place(value) is None and not is_valid(kind, name, value)
    ]
    return replace(listing, complaints=(*listing.complaints, *complaints))


def _result(listing: Listing) -> SearchResult:
    """Return what matches; offices and policies are found by the names of their countries, too."""
    table = request_context.catalogue().table(listing.kind, LANGUAGES)
    names = {} if listing.kind == "countries" else {"country": partial(text_of_names, languages=LANGUAGES)}
    return find(table, listing.query, listing.chosen, FACETS[listing.kind], names)


def _hits(listing: Listing, result: SearchResult) -> Sequence[Any]:
    """Return the things that match, by the names of countries and then by their own, in the language of the page.

    Of countries come first those of which the search text is a name or a code, then those of which something is known.
    An address may ask for another order.
    """
    catalogue, order = request_context.catalogue(), request_context.country_order
    if listing.kind != "countries":
        return catalogue.listed(listing.kind, result.rows, order, listing.order, language())
    known = {country.code: country.policies for country in catalogue.countries()}
    if listing.order == "-policies":
        return catalogue.listed(
            listing.kind, result.rows, lambda code: (-known.get(code, 0), code not in known, *order(code))
        )
    called = codes_called(listing.query, LANGUAGES) if listing.query else frozenset()
    return catalogue.listed(
        listing.kind, result.rows, lambda code: (code not in called, code not in known, *order(code))
    )


def _records(listing: Listing) -> list[dict[str, str]]:
    things = _hits(listing, _result(listing))
    rows = _rows(things) if listing.kind == "countries" else {}
    return records(listing.kind, things, rows, request_context.settings().base)


def _rows(countries: Iterable[Country]) -> dict[str, Row]:
    """Return code → the row of the comparison, for these countries."""
    heads = [request_context.head(country.code) for country in countries]
    return {row.head.code: row for row in request_context.catalogue().compared(heads, NO_FILTERS)}


def _title(kind: str) -> str:
    return {
        "countries": sentence("Countries"),
        "offices": sentence("Offices"),
        "policies": sentence("Policies"),
    }[kind]
