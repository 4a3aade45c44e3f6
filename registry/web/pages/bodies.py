"""The pages of the international bodies: all of them as rows, and one as a country is shown."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, render_template

from registry.readmodel.comparison.filters import NO_FILTERS, Filters
from registry.readmodel.comparison.similar_rows import similar_rows
from registry.readmodel.tables.lists import BODIES, body_code
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import ComparisonView
from registry.web.compare.layout import columns, summary
from registry.web.corrections.words import count_of_country
from registry.web.data.linked import redirect_to_rdf
from registry.web.pages.timeline import timeline
from registry.web.text.citing import citation
from registry.web.text.language import sentence
from registry.web.text.wording import shorten

blueprint = Blueprint("bodies", __name__)
_OF_ALL = Filters({"country": frozenset({BODIES})})


@blueprint.get(f"/countries/{BODIES}")
@cached
def bodies() -> Any:
    """Show the international bodies, a row each; as a group they have no cells."""
    if (data := redirect_to_rdf(f"/countries/{BODIES}")) is not None:
        return data
    catalogue = request_context.catalogue()
    return render_template(
        "bodies.html",
        rows=catalogue.compared(request_context.bodies(), NO_FILTERS),
        columns=columns(NO_FILTERS),
        offices=catalogue.offices(country=BODIES),
        timeline=timeline(catalogue.policies(country=BODIES), catalogue.statements(country=BODIES), catalogue.today()),
        view=ComparisonView(_OF_ALL),
        path=f"/countries/{BODIES}",
        corrections=count_of_country(BODIES),
        citation=citation(request_context.country_name(BODIES), request_context.heads_query(_OF_ALL)),
    )


@blueprint.get(f"/countries/{BODIES}/<name>")
@cached
def body(name: str) -> Any:
    """Show one international body."""
    catalogue = request_context.catalogue()
    heads = {head.code: head for head in request_context.bodies()}
    head = heads.get(f"{BODIES}/{name}") or abort(404, sentence("there is no country or body of that code"))
    (row,) = catalogue.compared([head], NO_FILTERS)
    policies = [item for item in catalogue.policies(country=BODIES) if body_code(item.issuer) == head.code]
    statements = [item for item in catalogue.statements(country=BODIES) if body_code(item.issuer) == head.code]
    own = {item.office for item in policies} - {""}
    return render_template(
        "body.html",
        row=row,
        summary=summary(row),
        offices=[item for item in catalogue.offices(country=BODIES) if item.slug in own],
        is_known=True,
        on="",
        complaints=(),
        reports=(),
        columns=columns(NO_FILTERS),
        timeline=timeline(policies, statements, catalogue.today()),
        similar=similar_rows(row, request_context.rows(NO_FILTERS)),
        view=ComparisonView(_OF_ALL),
        path=f"/countries/{BODIES}",
        citation=citation(shorten(head.name), request_context.heads_query(_OF_ALL)),
    )
