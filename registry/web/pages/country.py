"""The page of one country: its nine cells in sentences, its policies along the years, its offices, its neighbours."""

from __future__ import annotations

from datetime import date
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.languages import get_official_languages
from flask import Blueprint, abort, redirect, render_template

from registry.readmodel.comparison import matrix
from registry.readmodel.comparison.equivalent_sparql import equivalent_query
from registry.readmodel.comparison.filters import NO_FILTERS, Filters
from registry.readmodel.comparison.similar_rows import similar_rows
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.statements import columns
from registry.web.data.linked import redirect_to_rdf
from registry.web.pages.timeline import timeline
from registry.web.text.citing import citation
from registry.web.text.language import sentence

blueprint = Blueprint("country", __name__)


@blueprint.get("/countries/<code>")
@cached
def country(code: str) -> Any:
    """One country, as a factsheet on paper, with all statements on the screen."""
    place = jurisdictions.jurisdiction(code) or abort(404, sentence("there is no country or body of that code"))
    if place.code != code:
        return redirect(f"/countries/{place.code}", 301)
    if (data := redirect_to_rdf(f"/countries/{code}")) is not None:
        return data
    known = request_context.catalogue()
    head = request_context.head(code)
    (row,) = matrix.rows(known.statements(), [head], NO_FILTERS)
    chosen = Filters({"country": frozenset({code})})
    policies = [policy for policy in known.policies() if policy.country == code]
    return render_template(
        "country.html",
        row=row,
        place=place,
        endonyms=_endonyms(code, head.name),
        offices=[office for office in known.offices() if office.country == code],
        columns=columns(NO_FILTERS),
        timeline=timeline(policies, (item for item in known.statements() if item.country == code), _today()),
        similar=similar_rows(row, request_context.rows(NO_FILTERS)),
        view=ComparisonView(chosen),
        citation=citation(head.name, equivalent_query(chosen, known.base)),
    )


def _today() -> date:
    """Return the day whose state the pages show: that of the last attempt to read a source."""
    return max((state.last_attempt.date() for state in request_context.catalogue().sources()), default=date.min)


def _endonyms(code: str, name: str) -> list[tuple[str, str]]:
    """Return what a country is called at home (CLDR), as (language, name); not what the page calls it anyway."""
    found: dict[str, str] = {}
    for tag in get_official_languages(code, de_facto=True):
        try:
            endonym = Locale.parse(tag).territories.get(code)
        except UnknownLocaleError:
            continue
        if endonym and endonym != name:
            found.setdefault(endonym, tag.replace("_", "-"))
    return [(tag, endonym) for endonym, tag in found.items()]
