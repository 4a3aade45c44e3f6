"""What the views of this application share: its catalogue and settings, the heads of rows in its language."""

from __future__ import annotations

from flask import current_app, request

from registry.endpoint.protocol import Endpoint
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison import matrix
from registry.readmodel.comparison.filters import Filters
from registry.readmodel.values import Head, Row
from registry.settings import Settings
from registry.vocabulary import jurisdictions
from registry.web.text.language import language


def catalogue() -> Catalogue:
    """Return the catalogue of the application."""
    found: Catalogue = current_app.config["CATALOGUE"]
    return found


def settings() -> Settings:
    """Return the settings of the application."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def endpoint() -> Endpoint:
    """Return what answers visitors' queries."""
    found: Endpoint = current_app.config["ENDPOINT"]
    return found


def address() -> str:
    """Return the address that is being asked for, on the site itself."""
    return settings().base + request.full_path.rstrip("?")


def name(code: str) -> str:
    """Return the name of a country in the language of the page, "" for no code."""
    return jurisdictions.country_name(code, language()) if code else ""


def head(code: str) -> Head:
    """Return the head of a country's row."""
    return Head(code, name(code), f"/countries/{code}", code)


def heads(by: str = "country") -> list[Head]:
    """Return the head of every row there can be, countries by name, offices by country and name."""
    if by == "office":
        offices = sorted(catalogue().offices(), key=lambda it: (name(it.country).casefold(), it.name.value.casefold()))
        return [Head(it.slug, it.name.value, f"/offices/{it.slug}", it.country) for it in offices]
    codes = sorted((item.code for item in catalogue().countries()), key=lambda code: name(code).casefold())
    return [head(code) for code in codes]


def rows(filters: Filters, by: str = "country") -> list[Row]:
    """Return the rows of the comparison that the filters leave; `by` is "country" or "office"."""
    return matrix.rows(catalogue().statements(), heads(by), filters, by)
