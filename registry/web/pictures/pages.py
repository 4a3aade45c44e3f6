"""The pictures of the comparison: the tile map as a page, and SVG files to take away that need no style sheet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request

from registry.authority.rules import may_speak_for_office
from registry.model import SourceState
from registry.readmodel.comparison import matrix
from registry.readmodel.comparison.equivalent_sparql import equivalent_query
from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.lists.search import paginate
from registry.readmodel.values import Office, Row
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import PAGE_ROWS, ComparisonView, parse_comparison_address
from registry.web.compare.statements import chips, columns, form
from registry.web.pictures import tile_map
from registry.web.pictures.cell_looks import paint
from registry.web.pictures.svg import picture, svg
from registry.web.text import wording
from registry.web.text.citing import citation
from registry.web.text.language import sentence, to

blueprint = Blueprint("pictures", __name__)

_APART = 44  # units from one map in a file to the next, for its name
_NAME = 46  # letters of a name over which it is cut
_HEADS = 40  # units of the heads over a matrix


@blueprint.get("/map")
@cached
def map_page() -> Any:
    """Every country as a square, once for each activity, and the same in words."""
    asked = parse_comparison_address(request.args)
    rows = request_context.rows(asked.filters)
    return render_template(
        "map.html",
        view=asked,
        rows=rows,
        figures=_figures(asked, rows),
        chips=[chip | {"href": _without(asked, *chosen)} for chip, chosen in _chosen(asked)],
        form=form(asked, ()),
        address=lambda suffix="", **changes: _address(asked, suffix, **changes),
        paint=paint,
        map=tile_map,
        citation=citation(sentence("Map"), equivalent_query(asked.filters, request_context.settings().base)),
    )


@blueprint.get("/map.svg")
@cached
def map_file() -> Response:
    """Return the map as a file."""
    asked = parse_comparison_address(request.args)
    figures = _figures(asked, request_context.rows(asked.filters))
    size = tile_map.COLUMNS * tile_map.PITCH, sum(figure.height + _APART for figure in figures)
    about = sentence("One square of the same size for each country, by activity.")
    keys = {key for figure in figures for key in figure.keys.values()}
    return picture("map.svg", sentence("Map"), [about, *_asked(asked)], size, keys, figures=figures, map=tile_map)


@blueprint.get("/compare.svg")
@cached
def compare_file() -> Response:
    """Return a page of the comparison's rows as a file."""
    asked = parse_comparison_address(request.args)
    found = request_context.rows(asked.filters, asked.by)
    shown = paginate(found, asked.page, PAGE_ROWS)
    number = sentence("Page %(page)s of %(pages)s", page=shown.number, pages=shown.pages)
    paging = [number] if shown.pages > 1 else []
    letters = min(_NAME, max((len(row.head.name) for row in shown.items), default=_NAME))
    size = letters * 7 + 590, _HEADS + max(1, len(shown.items)) * 28
    notes = [*_asked(asked), *paging]
    return _matrix("compare.svg", sentence("Comparison"), shown.items, asked, size, notes, letters=letters)


@blueprint.get("/countries/<code>/fingerprint.svg")
@cached
def fingerprint(code: str) -> Any:
    """Return the nine cells of one country as a file."""
    place = jurisdictions.jurisdiction(code) or abort(404, sentence("there is no country or body of that code"))
    if place.code != code:
        return redirect(to(f"/countries/{place.code}/fingerprint.svg"), 301)
    head = request_context.head(code)
    rows = matrix.rows(request_context.catalogue().statements(), [head], NO_FILTERS)
    return _matrix("fingerprint.svg", head.name, rows, ComparisonView(NO_FILTERS), (626, _HEADS + 40), ())


def _matrix(
    template: str,
    title: str,
    rows: Sequence[Row],
    asked: ComparisonView,
    size: tuple[int, int],
    notes: Iterable[str],
    **values: Any,
) -> Response:
    about = sentence(
        "The strongest ordered force among the statements in force in each cell; the number counts all its statements."
    )
    shown = columns(asked.filters)
    pairs = [(activity["code"], stage["code"]) for activity, stages in shown for stage in stages]
    keys = {row.cells[pair].key for row in rows for pair in pairs}
    return picture(template, title, [about, *notes], size, keys, rows=rows, columns=shown, **values)


@blueprint.get("/offices/<slug>/badge.svg")
@cached
def badge(slug: str) -> Response:
    """Return a badge for the office's own site: that it is in the registry, by whose word, and when that was read."""
    office = request_context.catalogue().office(slug) or abort(
        404, sentence("there is no office of that name in this registry")
    )
    own, states = _speakers(office)
    days = [state.last_verified for state in states if state.last_verified]
    return svg(
        "badge.svg",
        title=request_context.settings().title,
        office=office,
        origin=sentence("self-published") if own else sentence("listed by others"),
        day=max(days).strftime("%Y-%m-%d") if days else "–",
    )


def _speakers(office: Office) -> tuple[bool, list[SourceState]]:
    """Return whether the office speaks for itself, and its own sources if it does, else all that speak of it."""
    states = [state for state in request_context.catalogue().sources() if state.source.id in office.sources]
    own = [state for state in states if may_speak_for_office(state, office.homepage)]
    return bool(own), own or states


def _figures(asked: ComparisonView, rows: list[Row]) -> list[tile_map.Figure]:
    every = request_context.rows(NO_FILTERS)
    return [tile_map.figure(*column, rows, every, asked.filters) for column in columns(asked.filters)]


def _address(asked: ComparisonView, suffix: str = "", **changes: object) -> str:
    """Return the address of the map in this state, changed; what concerns the matrix alone is left out."""
    alone = dict.fromkeys(("rows", "layout", "differences"))
    return to(f"/map{suffix}", **asked.query(**alone, **changes))


def _without(asked: ComparisonView, name: str, value: str) -> str:
    changes = {name: [kept for kept in asked.query().get(name, []) if kept != value]}
    return _address(asked, "", **changes)


def _chosen(asked: ComparisonView) -> Iterable[tuple[dict[str, str], tuple[str, str]]]:
    """Return every chosen value in words, with the name and the value of its filter."""
    return zip(chips(asked), asked.filters.values(), strict=True)


def _asked(asked: ComparisonView) -> list[str]:
    """Return what is chosen and what was not understood, a line each."""
    words = "; ".join(f"{chip['name']}: {chip['value']}" for chip in chips(asked))
    return [*([f"{sentence('Filters in use')}: {words}"] if words else []), *map(wording.complain, asked.complaints)]
