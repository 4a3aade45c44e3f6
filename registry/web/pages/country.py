"""The page of a country: nine cells, policies on a timeline, offices, similar countries, all statements."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from flask import Blueprint, redirect, render_template

from registry.readmodel.comparison.equivalent_sparql import equivalent_query
from registry.readmodel.comparison.filters import NO_FILTERS, Filters
from registry.readmodel.comparison.similar_rows import similar_rows
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.layout import columns
from registry.web.data.linked import redirect_to_rdf
from registry.web.pages.reported import reports_on
from registry.web.pages.timeline import timeline
from registry.web.text.citing import citation

blueprint = Blueprint("country", __name__)


@blueprint.get("/countries/<code>")
@cached
def country(code: str) -> Any:
    """Show a country; on paper it is a factsheet without the statements in full."""
    jurisdiction = request_context.jurisdiction_or_404(code)
    if jurisdiction.code != code:
        return redirect(f"/countries/{jurisdiction.code}", 301)
    if (data := redirect_to_rdf(f"/countries/{code}")) is not None:
        return data
    catalogue = request_context.catalogue()
    head = request_context.head(code)
    (row,) = catalogue.compared([head], NO_FILTERS)
    filters = Filters({"country": frozenset({code})})
    return render_template(
        "country.html",
        row=row,
        jurisdiction=jurisdiction,
        endonyms=_endonyms(code, head.name),
        offices=catalogue.offices(country=code),
        columns=columns(NO_FILTERS),
        timeline=timeline(catalogue.policies(country=code), catalogue.statements(country=code), _today()),
        similar=similar_rows(row, request_context.rows(NO_FILTERS)),
        view=ComparisonView(filters),
        reports=reports_on(code),
        citation=citation(head.name, equivalent_query(filters, catalogue.base)),
    )


def _today() -> date:
    """Return the day of the data: that of the last attempt to read a source."""
    moment = request_context.catalogue().read_at()
    return moment.date() if moment else date.min


def _endonyms(code: str, name: str) -> list[tuple[str, str]]:
    """Return (language tag, name) for each name of a country in its official languages (CLDR), but not `name`."""
    tags: dict[str, str] = {}
    for tag in get_official_languages(code, de_facto=True):
        try:
            endonym = Locale.parse(tag).territories.get(code)
        except UnknownLocaleError:
            continue
        if endonym and endonym != name:
            tags.setdefault(endonym, tag.replace("_", "-"))
    return [(tag, endonym) for endonym, tag in tags.items()]
