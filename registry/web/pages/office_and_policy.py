"""Offices and policies: one page each."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, render_template
from markupsafe import escape

from registry.readmodel.comparison import matrix
from registry.readmodel.values import Statement
from registry.web.caching import cached
from registry.web.compare.statements import unnamed
from registry.web.data.linked import redirect_to_rdf
from registry.web.request_context import catalogue, settings
from registry.web.text.citing import citation
from registry.web.text.language import sentence

blueprint = Blueprint("office_and_policy", __name__)


@blueprint.get("/offices/<slug>")
@cached
def office(slug: str) -> Any:
    """One office: each value with who says so and when, what its policies say, and how to correct it."""
    if (data := redirect_to_rdf(f"/offices/{slug}")) is not None:
        return data
    known = catalogue()
    found = known.office(slug) or abort(404, sentence("there is no office of that name in this registry"))
    policies = [policy for policy in known.policies() if policy.slug in found.policies or policy.office == slug]
    return render_template(
        "office.html",
        office=found,
        policies=policies,
        cells=_cells(item for item in known.statements() if item.office == slug),
        states=[state for state in known.sources() if state.source.id in found.sources],
        properties=known.properties(found.iri, found.homepage),
        nodes=unnamed(known.description(found.iri)),
        badge=_badge(slug),
        citation=citation(found.name.value),
    )


def _badge(slug: str) -> str:
    """Return the HTML that an office puts on its own site to show its badge."""
    page, title = f"{settings().base}/offices/{slug}", escape(settings().title)
    return f'<a href="{page}"><img src="{page}/badge.svg" alt="{title}" height="20"></a>'


def _cells(statements: Iterable[Statement]) -> list[tuple[tuple[str, str], list[Statement]]]:
    """Return the cells that have statements, in their order."""
    ordered = sorted(statements, key=lambda item: matrix.CELLS.index((item.activity, item.stage)))
    return [(cell, list(said)) for cell, said in groupby(ordered, key=lambda item: (item.activity, item.stage))]


@blueprint.get("/policies/<slug>")
@cached
def policy(slug: str) -> Any:
    """One policy: its statements, and each value with who says so and when."""
    if (data := redirect_to_rdf(f"/policies/{slug}")) is not None:
        return data
    known = catalogue()
    found = known.policy(slug) or abort(404, sentence("there is no policy of that name in this registry"))
    office = known.office(found.office)
    homepage = office.homepage if office else ""
    return render_template(
        "policy.html",
        policy=found,
        cells=_cells(item for item in known.statements() if item.policy == slug),
        states=[state for state in known.sources() if state.source.id in found.sources],
        properties=known.properties(found.iri, homepage),
        homepage=homepage,
        nodes=unnamed(known.description(found.iri)),
        citation=citation(found.title.value),
    )
