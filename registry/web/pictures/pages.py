"""The tile map as a page, and pictures as SVG files: the map, the comparison, a country's nine cells, badges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request

from registry.readmodel.build import SPEAKS
from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.lists.search import paginate
from registry.readmodel.values import Row
from registry.web import request_context
from registry.web.caching import cached
from registry.web.compare.address_state import PAGE_ROWS, ComparisonView, parse_comparison_address
from registry.web.compare.layout import chips, columns, form
from registry.web.former_names import named
from registry.web.pictures import tile_map
from registry.web.pictures.svg import picture, svg
from registry.web.text import wording
from registry.web.text.citing import citation
from registry.web.text.language import sentence, to

blueprint = Blueprint("pictures", __name__)

_MAP_TITLE = 44  # units of height for the title of each map in a file
_MAX_NAME = 46  # characters of the name of a row
_HEADINGS = 40  # units of height for the headings above a matrix


@blueprint.get("/map")
@cached
def map_page() -> Any:
    """Show every country as a tile, once for each activity, and the same as a table."""
    view = parse_comparison_address(request.args, beside=())
    rows = request_context.rows(view.filters)
    return render_template(
        "map.html",
        view=view,
        rows=rows,
        figures=_figures(view, rows),
        chips=[
            chip | {"href": _without(view, *chosen)}
            for chip, chosen in zip(chips(view), view.filters.values(), strict=True)
        ],
        form=form(view, ()),
        address=lambda suffix="", **changes: _address(view, suffix, **changes),
        citation=citation(sentence("Map"), request_context.heads_query(view.filters)),
    )


@blueprint.get("/map.svg")
@cached
def map_file() -> Response:
    """Answer with the map as an SVG file."""
    view = parse_comparison_address(request.args, beside=())
    figures = _figures(view, request_context.rows(view.filters))
    size = tile_map.COLUMNS * tile_map.PITCH, sum(figure.height + _MAP_TITLE for figure in figures)
    about = sentence("One square of the same size for each country, by activity.")
    keys = {tile.key for figure in figures for tile in figure.tiles}
    return picture("map.svg", sentence("Map"), [about, *_notes(view)], size, keys, figures=figures, map=tile_map)


@blueprint.get("/compare.svg")
@cached
def compare_file() -> Response:
    """Answer with a page of the comparison as an SVG file."""
    view = parse_comparison_address(request.args)
    page = paginate(request_context.rows(view.filters, view.by), view.page, PAGE_ROWS)
    number = sentence("Page %(page)s of %(pages)s", page=page.number, pages=page.pages)
    paging = [number] if page.pages > 1 else []
    letters = min(_MAX_NAME, max((len(row.head.name) for row in page.items), default=_MAX_NAME))
    size = letters * 7 + 590, _HEADINGS + max(1, len(page.items)) * 28
    notes = [*_notes(view), *paging]
    return _matrix("compare.svg", sentence("Comparison"), page.items, view, size, notes, letters=letters)


@blueprint.get("/countries/<code>/fingerprint.svg")
@cached
def fingerprint(code: str) -> Any:
    """Answer with the nine cells of a country as an SVG file."""
    jurisdiction = request_context.jurisdiction_or_404(code)
    if jurisdiction.code != code:
        return redirect(to(f"/countries/{jurisdiction.code}/fingerprint.svg"), 301)
    head = request_context.head(code)
    rows = request_context.catalogue().compared([head], NO_FILTERS)
    return _matrix("fingerprint.svg", head.name, rows, ComparisonView(NO_FILTERS), (626, _HEADINGS + 40), ())


def _matrix(
    template: str,
    title: str,
    rows: Sequence[Row],
    view: ComparisonView,
    size: tuple[int, int],
    notes: Iterable[str],
    **values: Any,
) -> Response:
    about = sentence("What holds for the whole of each row, cell by cell; outlined where the text was not read.")
    shown_columns = columns(view.filters)
    pairs = [(activity["code"], stage["code"]) for activity, stages in shown_columns for stage in stages]
    keys = {row.cells[pair].key for row in rows for pair in pairs}
    return picture(template, title, [about, *notes], size, keys, rows=rows, columns=shown_columns, **values)


@blueprint.get("/offices/<slug>/badge.svg")
@cached
def badge(slug: str) -> Response:
    """Answer with a badge for the site of an office: who publishes its description, and when that was read."""
    office = named("office", slug, "/offices/{}/badge.svg")
    catalogue = request_context.catalogue()
    heard = [voice for voice in catalogue.voices(office.iri) if voice.heard]
    own = [voice for voice in heard if voice.standing == SPEAKS]
    sources = {voice.source for voice in own or heard}
    days = [state.last_verified for state in map(catalogue.source, sources) if state and state.last_verified]
    by_others = sentence("claimed by others") if office.claimed_by else sentence("listed by others")
    return svg(
        "badge.svg",
        title=request_context.settings().title,
        office=office,
        origin=sentence("self-published") if own else by_others,
        day=max(days).strftime("%Y-%m-%d") if days else "–",
    )


def _figures(view: ComparisonView, rows: Sequence[Row]) -> list[tile_map.Figure]:
    all_rows = request_context.rows(NO_FILTERS)
    return [tile_map.figure(*column, rows, all_rows, view.filters) for column in columns(view.filters)]


def _address(view: ComparisonView, suffix: str = "", **changes: object) -> str:
    """Return the address of the map in this state with some parameters changed, without those of the matrix."""
    of_matrix = dict.fromkeys(("rows", "layout", "differences"))
    return to(f"/map{suffix}", **view.query(**of_matrix, **changes))


def _without(view: ComparisonView, name: str, value: str) -> str:
    """Return the address of the map in this state without one value of a filter."""
    changes = {name: [kept for kept in view.query().get(name, []) if kept != value]}
    return _address(view, "", **changes)


def _notes(view: ComparisonView) -> list[str]:
    """Return the filters in use, and the complaints about the address, a line each."""
    words = "; ".join(f"{chip['name']}: {chip['value']}" for chip in chips(view))
    return [*([f"{sentence('Filters in use')}: {words}"] if words else []), *map(wording.complain, view.complaints)]
