"""The comparison as a page: the matrix, a few rows side by side, or one cell's statements across all rows."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request

from registry.readmodel.comparison.equivalent_sparql import query
from registry.readmodel.comparison.matrix import AT_ONCE, lines
from registry.readmodel.lists.search import paginate
from registry.readmodel.values import Row
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import PAGE, View, read
from registry.web.compare.statements import chips, columns, form
from registry.web.text.citing import citation
from registry.web.text.language import sentence

blueprint = Blueprint("comparing", __name__)


@blueprint.get("/compare")
@cached
def compare() -> Any:
    """Countries or offices × nine cells, as far as the filters of the address let through."""
    asked = read(request.args)
    found = request_context.rows(asked.filters, asked.by)
    layout = {"matrix": _matrix, "side": _side, "statements": _statements}[asked.layout]
    return render_template(
        f"compare-{asked.layout}.html",
        view=asked,
        count=len(found),
        columns=columns(asked.filters),
        chips=chips(asked),
        form=form(asked, request_context.heads()),
        citation=citation(sentence("Comparison"), query(asked.filters, request_context.settings().base)),
        **layout(asked, found),
    )


def _matrix(asked: View, found: list[Row]) -> dict[str, Any]:
    shown = paginate(found, asked.page, PAGE)
    return {"rows": shown.items, "page": shown.number, "pages": shown.pages}


def _side(asked: View, found: list[Row]) -> dict[str, Any]:
    compared = found[:AT_ONCE]
    return {"rows": compared, "lines": lines(compared, asked.filters, differences=asked.differences)}


def _statements(asked: View, found: list[Row]) -> dict[str, Any]:
    """Return a page of statements, cell by cell and in each cell row by row."""
    everything = [
        (activity, stage, row.head, item)
        for activity, stages in columns(asked.filters)
        for stage in stages
        for row in found
        for item in row.cells[activity["code"], stage["code"]].statements
    ]
    shown = paginate(everything, asked.page, PAGE)
    cells = groupby(shown.items, key=lambda it: (it[0], it[1]))
    said = [(activity, stage, [(head, item) for *_, head, item in group]) for (activity, stage), group in cells]
    return {"cells": said, "page": shown.number, "pages": shown.pages}
