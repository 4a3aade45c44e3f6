"""The page of an office, and the page of a policy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, abort, render_template
from markupsafe import escape
from pyoxigraph import Literal, Triple

from registry.authority.claims import by_subject
from registry.iri.names import RDF_TYPE, is_readers_node
from registry.readmodel.comparison import matrix
from registry.readmodel.values import Statement
from registry.web.caching import cached
from registry.web.data.linked import redirect_to_rdf
from registry.web.request_context import catalogue, office_or_404, settings
from registry.web.text.citing import citation
from registry.web.text.language import sentence

blueprint = Blueprint("office_and_policy", __name__)


@blueprint.get("/offices/<slug>")
@cached
def office_page(slug: str) -> Any:
    """Show an office: the values that sources give, its policies and their statements, and how to correct it."""
    if (data := redirect_to_rdf(f"/offices/{slug}")) is not None:
        return data
    office = office_or_404(slug)
    policies = [policy for policy in catalogue().policies() if policy.slug in office.policies or policy.office == slug]
    return render_template(
        "office.html",
        office=office,
        policies=policies,
        cells=_cells(item for item in catalogue().statements() if item.office == slug),
        states=[state for state in catalogue().sources() if state.source.id in office.sources],
        properties=catalogue().properties(office.iri, office.homepage),
        nodes=_unnamed_nodes(catalogue().description(office.iri)),
        badge=_badge(slug),
        citation=citation(office.name.value),
    )


def _badge(slug: str) -> str:
    """Return the HTML with which an office shows its badge on its own site."""
    page, title = f"{settings().base}/offices/{slug}", escape(settings().title)
    return f'<a href="{page}"><img src="{page}/badge.svg" alt="{title}" height="20"></a>'


def _cells(statements: Iterable[Statement]) -> list[tuple[tuple[str, str], list[Statement]]]:
    """Return the cells that have statements, in the order of the comparison, each with its statements."""
    ordered = sorted(statements, key=lambda item: matrix.CELLS.index((item.activity, item.stage)))
    return [(cell, list(group)) for cell, group in groupby(ordered, key=lambda item: (item.activity, item.stage))]


def _unnamed_nodes(triples: Iterable[Triple]) -> dict[str, list[str]]:
    """Return IRI → texts and then addresses, of each node that the reader named, such as a parent body."""
    base = settings().base
    texts: dict[str, list[str]] = defaultdict(list)
    addresses: dict[str, list[str]] = defaultdict(list)
    for iri, properties in by_subject(triples).items():
        if not is_readers_node(base, iri):
            continue
        for name in sorted(properties.keys() - {RDF_TYPE.value}):
            for value in properties[name]:
                (texts if isinstance(value, Literal) else addresses)[iri].append(value.value)
    return {iri: texts[iri] + addresses[iri] for iri in texts.keys() | addresses.keys()}


@blueprint.get("/policies/<slug>")
@cached
def policy_page(slug: str) -> Any:
    """Show a policy: its statements, and the values that sources give."""
    if (data := redirect_to_rdf(f"/policies/{slug}")) is not None:
        return data
    policy = catalogue().policy(slug) or abort(404, sentence("there is no policy of that name in this registry"))
    office = catalogue().office(policy.office)
    homepage = office.homepage if office else ""
    return render_template(
        "policy.html",
        policy=policy,
        cells=_cells(item for item in catalogue().statements() if item.policy == slug),
        states=[state for state in catalogue().sources() if state.source.id in policy.sources],
        properties=catalogue().properties(policy.iri, homepage),
        homepage=homepage,
        nodes=_unnamed_nodes(catalogue().description(policy.iri)),
        citation=citation(policy.title.value),
    )
