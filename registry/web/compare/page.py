"""The comparison as a page in three layouts: the matrix, a few rows side by side, or all statements by cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request

from registry.readmodel.comparison.filters import Complaint
from registry.readmodel.comparison.side_by_side import MAX_SIDE_BY_SIDE, lines
from registry.readmodel.lists.country_names import codes_beginning
from registry.readmodel.lists.search import paginate
from registry.readmodel.values import Row
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import OF_MATRIX, PAGE_ROWS, ComparisonView, parse_comparison_address
from registry.web.compare.layout import chips, columns, form, legend
from registry.web.text.citing import citation
from registry.web.text.language import LANGUAGES, sentence

blueprint = Blueprint("comparison", __name__)


@blueprint.get("/compare")
@cached
def compare() -> Any:
    """Show the comparison in the state of the address."""
    view = parse_comparison_address(request.args, (*OF_MATRIX, "name"))
    if name := request.args.get("name", "").strip():
        if found := codes_beginning(name, LANGUAGES):
            chosen = [*view.filters.asked().get("country", ()), *sorted(found)]
            return redirect(view.address(country=chosen, page=None))
        view = replace(view, complaints=(*view.complaints, Complaint("name", name, _names())))
    rows = request_context.rows(view.filters, view.by, stated=view.layout == "statements" or _leaves_out(view))
    layout = {"matrix": _matrix, "side": _side, "statements": _statements}[view.layout]
    return render_template(
        f"compare-{view.layout}.html",
        view=view,
        count=len(rows),
        columns=columns(view.filters),
        chips=chips(view),
        form=form(view, request_context.heads()),
        citation=citation(sentence("Comparison"), _query(view)),
        statements_query=request_context.statements_query(view.filters),
        **layout(view, rows),
    )


def _query(view: ComparisonView) -> str:
    """Return the query for what the page shows: statements, or what heads the cells of countries."""
    by_statement = view.layout == "statements" or view.rows == "offices"
    return (request_context.statements_query if by_statement else request_context.heads_query)(view.filters)


def _leaves_out(view: ComparisonView) -> bool:
    """Return whether rows without any answer are only counted: not where they, or these very rows, were asked for."""
    return view.layout == "matrix" and not view.empty and view.by not in view.filters.asked()


def _matrix(view: ComparisonView, rows: Sequence[Row]) -> dict[str, Any]:
    """Return a page of rows with its legend, and how many rows are left out since they have no answer."""
    empty = 0
    if _leaves_out(view):
        if view.by == "office":
            empty = len(request_context.rows(view.filters, view.by)) - len(rows)
        else:
            shown = [row for row in rows if any(cell.statements for cell in row.cells.values())]
            rows, empty = shown, len(rows) - len(shown)
    page = paginate(rows, view.page, PAGE_ROWS)
    return {
        "rows": page.items,
        "page": page.number,
        "pages": page.pages,
        "empty": empty,
        "legend": legend(page.items, view),
    }


def _names() -> tuple[str, ...]:
    return tuple(head.name for head in request_context.heads())


def _side(view: ComparisonView, rows: Sequence[Row]) -> dict[str, Any]:
    compared = rows[:MAX_SIDE_BY_SIDE]
    return {"rows": compared, "lines": lines(compared, view.filters, differences=view.differences)}


def _statements(view: ComparisonView, rows: Sequence[Row]) -> dict[str, Any]:
    """Return a page of statements, by cell and then by row; only those of the page are read."""
    shown = list(rows)
    statements = [
        (activity, stage, row.head, cell.statements, place)
        for activity, stages in columns(view.filters)
        for stage in stages
        for row in shown
        for cell in [row.cells[activity["code"], stage["code"]]]
        for place in range(len(cell.statements))
    ]
    page = paginate(statements, view.page, PAGE_ROWS)
    groups = groupby(page.items, key=lambda entry: (entry[0], entry[1]))
    cells = [
        (activity, stage, [(head, own[place]) for *_, head, own, place in group]) for (activity, stage), group in groups
    ]
    return {"cells": cells, "page": page.number, "pages": page.pages}
