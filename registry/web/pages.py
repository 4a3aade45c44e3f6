"""The pages for people: each view asks the catalogue and renders; addresses hold all state, nothing needs a script."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, abort, current_app, redirect, render_template, request

from registry import vocabulary
from registry.catalogue import comparison
from registry.catalogue.questions import Catalogue
from registry.catalogue.values import Row
from registry.web import wording
from registry.web.arrangement import columns, form, tally, unnamed
from registry.web.caching import cached
from registry.web.linked import redirect_to_rdf
from registry.web.wording import GLYPHS, sentence

blueprint = Blueprint("pages", __name__)
wording.install(blueprint)

# A loopback origin of the installation itself (see registry.bundled): the pages say so wherever it shows.
BUNDLED = "http://bundled.ospo-atlas.example/"
LATEST = 8


@blueprint.get("/")
@cached
def home() -> Any:
    """Who does what at a glance, how much is known, and what changed lately."""
    known = _catalogue()
    rows = _rows(comparison.filters(()))
    lists = ("countries", "offices", "policies", "statements", "sources")
    return render_template(
        "home.html",
        glance={cell: tally(rows, *cell) for cell in comparison.CELLS},
        counts={name: len(getattr(known, name)()) for name in lists},
        changes=known.events(limit=LATEST),
    )


@blueprint.get("/compare")
@cached
def compare() -> Any:
    """Countries × nine cells, as far as the filters of the query string let through."""
    chosen = comparison.filters(request.args.items(multi=True))
    return render_template(
        "compare.html",
        rows=_rows(chosen),
        columns=columns(chosen),
        complaints=chosen.complaints,
        narrowed=chosen.narrows_statements,
        filters=form(request.args, _rows(comparison.filters(())), _catalogue().offices()),
        query=urlencode([(name, value) for name, value in request.args.items(multi=True) if value]),
    )


@blueprint.get("/countries")
@cached
def countries() -> Any:
    """Every country with how much is known of it, by name."""
    return render_template("countries.html", countries=sorted(_catalogue().countries(), key=lambda it: _name(it.code)))


@blueprint.get("/countries/<code>")
@cached
def country(code: str) -> Any:
    """One country: nine cells with all their statements, and its offices."""
    known = _catalogue()
    place = vocabulary.jurisdiction(code)
    if place is None:
        abort(404, sentence("there is no country or body of that code"))
    if place.code != code:
        return redirect(f"/countries/{place.code}", 301)
    if (data := redirect_to_rdf(f"/countries/{code}")) is not None:
        return data
    (row,) = comparison.rows(
        known.statements(), [code], comparison.filters([("country", code)]), language=wording.language()
    )
    offices = [office for office in known.offices() if office.country == code]
    return render_template("country.html", row=row, offices=offices, columns=columns(comparison.filters(())))


@blueprint.get("/offices")
@cached
def offices() -> Any:
    """Every office, by country and name."""
    return render_template("offices.html", offices=sorted(_catalogue().offices(), key=lambda it: _name(it.country)))


@blueprint.get("/offices/<slug>")
@cached
def office(slug: str) -> Any:
    """One office: each value with who says so and when."""
    if (data := redirect_to_rdf(f"/offices/{slug}")) is not None:
        return data
    known = _catalogue()
    found = known.office(slug) or abort(404, sentence("there is no office of that name in this registry"))
    policies = [policy for policy in known.policies() if policy.slug in found.policies or policy.office == slug]
    return render_template(
        "office.html",
        office=found,
        policies=policies,
        properties=known.properties(found.iri),
        nodes=unnamed(known.description(found.iri)),
    )


@blueprint.get("/policies")
@cached
def policies() -> Any:
    """Every policy, by country and title."""
    return render_template("policies.html", policies=sorted(_catalogue().policies(), key=lambda it: _name(it.country)))


@blueprint.get("/policies/<slug>")
@cached
def policy(slug: str) -> Any:
    """One policy: its statements, and each value with who says so and when."""
    if (data := redirect_to_rdf(f"/policies/{slug}")) is not None:
        return data
    known = _catalogue()
    found = known.policy(slug) or abort(404, sentence("there is no policy of that name in this registry"))
    statements = [item for item in known.statements() if item.policy == slug]
    statements.sort(key=lambda item: comparison.CELLS.index((item.activity, item.stage)))
    return render_template(
        "policy.html",
        policy=found,
        statements=statements,
        properties=known.properties(found.iri),
        nodes=unnamed(known.description(found.iri)),
    )


@blueprint.get("/sources")
@cached
def sources() -> Any:
    """Every source with its last outcome and its clocks."""
    return render_template("sources.html", states=_catalogue().sources())


@blueprint.get("/sources/<identifier>")
@cached
def source(identifier: str) -> Any:
    """One source: its crawl passport."""
    if (data := redirect_to_rdf(f"/sources/{identifier}")) is not None:
        return data
    known = _catalogue()
    state = known.source(identifier) or abort(404, sentence("there is no source of that name in this registry"))
    return render_template(
        "source.html",
        state=state,
        findings=known.findings(identifier),
        events=known.events(identifier),
        bundled=state.source.url.startswith(BUNDLED),
        severities=_severities(),
    )


@blueprint.get("/method")
@cached
def method() -> Any:
    """How to read the pages, in plain words."""
    forces = [item for item in wording.concepts("force") if item["code"] in GLYPHS]
    coverages = [item for item in wording.concepts("coverage") if item["code"] in GLYPHS]
    return render_template(
        "method.html", forces=forces, coverages=coverages, layers=wording.concepts("assessment-kind")
    )


def _catalogue() -> Catalogue:
    found: Catalogue = current_app.config["CATALOGUE"]
    return found


def _name(code: str) -> str:
    return vocabulary.country_name(code, wording.language()).casefold() if code else ""


def _rows(chosen: comparison.Filters) -> list[Row]:
    codes = [item.code for item in _catalogue().countries()]
    return comparison.rows(_catalogue().statements(), codes, chosen, wording.language())


def _severities() -> Mapping[str, str]:
    return {
        "Violation": sentence("To be mended"),
        "Warning": sentence("Should be mended"),
        "Info": sentence("Advice"),
    }
