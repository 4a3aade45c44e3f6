"""The home page, and the page on how to read the site."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.comparison.roll_up import CELLS
from registry.vocabulary import codebook
from registry.web.caching import cached
from registry.web.compare.layout import tally
from registry.web.pictures.cell_looks import LOOKS
from registry.web.request_context import catalogue, rows
from registry.web.text import in_templates, wording

blueprint = Blueprint("pages", __name__)
in_templates.install(blueprint)

LATEST_EVENTS = 8


@blueprint.get("/")
@cached
def home() -> Any:
    """Show the nine cells with the countries in each, totals, and the latest events."""
    all_rows = rows(NO_FILTERS)
    lists = ("countries", "offices", "policies", "statements", "sources")
    return render_template(
        "home.html",
        glance={cell: tally(all_rows, *cell) for cell in CELLS},
        counts={name: len(getattr(catalogue(), name)()) for name in lists}
        | {"policies": len(catalogue().policies()) - sum(item.reported for item in catalogue().countries())},
        changes=catalogue().events(limit=LATEST_EVENTS),
    )


@blueprint.get("/method")
@cached
def method() -> Any:
    """Show how to read the site."""
    forces = [item for item in wording.concepts("force") if item["code"] in LOOKS]
    coverages = [item for item in wording.concepts("coverage") if item["code"] in LOOKS]
    return render_template(
        "method.html",
        forces=forces,
        coverages=coverages,
        duties=wording.concepts("duty"),
        checked=wording.concepts("checked"),
        layers=wording.concepts("assessment-kind"),
        codebook=codebook.version(),
    )
