"""The first page, and how to read all the others."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.comparison.matrix import CELLS
from registry.web.caching import cached
from registry.web.compare.statements import tally
from registry.web.pictures.cell_looks import LOOKS
from registry.web.request_context import catalogue, rows
from registry.web.text import wording

blueprint = Blueprint("pages", __name__)
wording.install(blueprint)

LATEST = 8


@blueprint.get("/")
@cached
def home() -> Any:
    """Who does what at a glance, how much is known, and what changed lately."""
    known = catalogue()
    found = rows(NO_FILTERS)
    lists = ("countries", "offices", "policies", "statements", "sources")
    return render_template(
        "home.html",
        glance={cell: tally(found, *cell) for cell in CELLS},
        counts={name: len(getattr(known, name)()) for name in lists},
        changes=known.events(limit=LATEST),
    )


@blueprint.get("/method")
@cached
def method() -> Any:
    """How to read the pages, in plain words."""
    forces = [item for item in wording.concepts("force") if item["code"] in LOOKS]
    coverages = [item for item in wording.concepts("coverage") if item["code"] in LOOKS]
    return render_template(
        "method.html", forces=forces, coverages=coverages, layers=wording.concepts("assessment-kind")
    )
