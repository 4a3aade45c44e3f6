"""The page of a country: names, regions, nine cells, policies on a timeline, offices, similar countries, statements.

Where nothing is known of a country, its page says so, and leads to its neighbours and to how one tells us.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request

from registry.readmodel.comparison.filters import NO_FILTERS, Filters, parse_comparison_filters
from registry.readmodel.comparison.similar_rows import similar_rows
from registry.readmodel.values import Head
from registry.vocabulary import jurisdictions
from registry.vocabulary.regions import Region, regions_of
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.layout import columns, summary
from registry.web.corrections.words import count_of_country
from registry.web.data.linked import redirect_to_rdf
from registry.web.pages.reported import reports_on
from registry.web.pages.timeline import timeline
from registry.web.parameters import unknown_names
from registry.web.text.citing import citation
from registry.web.text.language import language, to

blueprint = Blueprint("country", __name__)


@blueprint.get("/countries/<code>")
@cached
def country(code: str) -> Any:
    """Show a country; on paper it is a factsheet without the statements in full."""
    jurisdiction = request_context.jurisdiction_or_404(code)
    if jurisdiction.code != code:
        return redirect(to(f"/countries/{jurisdiction.code}"), 301)
    if (data := redirect_to_rdf(f"/countries/{code}")) is not None:
        return data
    catalogue = request_context.catalogue()
    head = request_context.head(code)
    on = parse_comparison_filters([pair for pair in request.args.items(multi=True) if pair[0] == "on"])
    (row,) = catalogue.compared([head], Filters({}, on.days))
    filters = Filters({"country": frozenset({code})}, on.days)
    return render_template(
        "country.html",
        row=row,
        on=on.on,
        complaints=(*on.complaints, *unknown_names(request.args, ("on",))),
        path=f"/countries/{code}",
        jurisdiction=jurisdiction,
        endonyms=[name for name in jurisdictions.own_names(code) if name.value != head.name],
        other_names=[
            name.value for name in jurisdiction.other_names if name.language == language() and name.value != head.name
        ],
        regions=regions_of(code),
        is_known=any(item.code == code for item in catalogue.countries()),
        summary=summary(row),
        neighbours=_neighbours(code),
        offices=sorted(catalogue.offices(country=code), key=lambda item: (item.level != "central", not item.email)),
        columns=columns(NO_FILTERS),
        timeline=timeline(catalogue.policies(country=code), catalogue.statements(country=code), catalogue.today()),
        similar=similar_rows(row, request_context.rows(NO_FILTERS)),
        view=ComparisonView(filters),
        reports=reports_on(code),
        corrections=count_of_country(code),
        citation=citation(head.name, request_context.heads_query(filters)),
    )


def _neighbours(code: str) -> tuple[Region | None, list[Head]]:
    """Return the smallest region of M49 in which something is known of other countries, and these; else (None, [])."""
    known = {head.code: head for head in request_context.heads()}
    around = [
        (region, members)
        for region, _ in regions_of(code)
        if region.m49 and (members := region.members() & known.keys() - {code})
    ]
    if not around:
        return None, []
    region, members = min(around, key=lambda pair: len(pair[0].members()))
    return region, [head for head in known.values() if head.code in members]
