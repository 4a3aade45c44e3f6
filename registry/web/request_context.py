"""What all views use: the catalogue, the settings, the endpoint, and rows and names in the language of the page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import abort, current_app, g, request

from registry.endpoint.protocol import Endpoint
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.lists.entries import UNKNOWN
from registry.readmodel.lists.folding import fold
from registry.readmodel.values import Head, Row
from registry.settings import Settings
from registry.vocabulary import jurisdictions
from registry.vocabulary.jurisdictions import Jurisdiction
from registry.web.text.language import language, sentence


def catalogue() -> Catalogue:
    """Return the catalogue of the application, with lists of one revision for the whole of this request."""
    if "catalogue" not in g:
        g.catalogue = current_app.config["CATALOGUE"].at_one_revision()
    pinned: Catalogue = g.catalogue
    return pinned


def settings() -> Settings:
    """Return the settings of the application."""
    value: Settings = current_app.config["SETTINGS"]
    return value


def endpoint() -> Endpoint:
    """Return the endpoint of the application, for visitors' queries."""
    value: Endpoint = current_app.config["ENDPOINT"]
    return value


def address() -> str:
    """Return the address of this request, with the public address of the site."""
    return settings().base + request.full_path.rstrip("?")


def jurisdiction_or_404(code: str) -> Jurisdiction:
    """Return the jurisdiction of a code in any spelling. Aborts with 404 if there is none."""
    return jurisdictions.jurisdiction(code) or abort(404, sentence("there is no country or body of that code"))


def country_name(code: str) -> str:
    """Return the name of a country in the language of the page; an unknown code as it is."""
    return jurisdictions.country_name(code, language()) if code else ""


def head(code: str) -> Head:
    """Return the head of the row of a country."""
    return Head(code, country_name(code), f"/countries/{code}", code)


def heads(*, reported: bool = True) -> list[Head]:
    """Return the heads of the rows of all countries, by name; else of those that are not only reported."""
    codes = [item.code for item in catalogue().countries() if reported or not item.is_only_reported]
    return [head(code) for code in sorted(codes, key=lambda code: country_name(code).casefold())]


def rows(filters: Filters, by: str = "country", *, stated: bool = False) -> Sequence[Row]:
    """Return the rows of the comparison that the filters leave; `by` is "country" or "office".

    Countries come by name, offices by country and name; the row of an office is made when it is asked for. With
    `stated`, offices of which no statement passes are left out. A country that is only reported has a row of nothing,
    which is left out unless it is asked for.
    """
    if by == "office":
        return catalogue().compared_offices(filters, country_order, stated=stated)
    countries = filters.chosen.get("country")
    shown = heads(reported=False) if countries is None else [item for item in heads() if item.code in countries]
    return list(catalogue().compared(shown, filters))


def country_order(code: str) -> tuple[bool, str]:
    """Return the sort key of a country by its name in the language of the page; UNKNOWN comes last."""
    return code == UNKNOWN, fold(country_name(code))
