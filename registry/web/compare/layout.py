"""Parts of the pages about the comparison: columns, the legend, the filters in use and their form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.readmodel.comparison.roll_up import CELLS, FORCES, NOT_ASSESSED
from registry.readmodel.values import Head, Row
from registry.web import request_context
from registry.web.compare.address_state import ComparisonView
from registry.web.pictures.cell_looks import LOOKS, is_hollow
from registry.web.text import wording
from registry.web.text.language import language, named

Column = tuple[dict[str, str], list[dict[str, str]]]  # an activity and its stages: code, label, definition


@dataclass(frozen=True, slots=True)
class Chip:
    """What `count` cells show; `href` shows the statements of that force alone, or all again, "" where it is none."""

    key: str
    count: int
    href: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Legend:
    """What the cells of some rows show: a chip for each key that occurs; of `all` cells so many are not assessed.

    `hollow` answer their question in part only, of `unread` nobody has read the text, and in `below` a part of the
    whole goes further.
    """

    chips: tuple[Chip, ...]
    hollow: int
    unread: int
    below: int
    not_assessed: int
    all: int


def legend(rows: Iterable[Row], view: ComparisonView) -> Legend:
    """Return the legend of these rows, with the addresses of the view that each key leads to."""
    pairs = [pair for pair in CELLS if view.filters.has_cell(*pair)]
    cells = [row.cells[pair] for row in rows for pair in pairs]
    counts, forces = Counter(cell.key for cell in cells), set(view.query().get("force", ()))
    chips = [
        Chip(key, counts[key], _narrowed(view, key) if LOOKS[key].scheme == "force" else "", key in forces)
        for key in LOOKS
        if counts[key] and key != NOT_ASSESSED
    ]
    return Legend(
        tuple(chips),
        sum(is_hollow(cell) for cell in cells),
        sum(cell.head is not None and not cell.head.is_read for cell in cells),
        sum(cell.below is not None for cell in cells),
        counts[NOT_ASSESSED],
        len(cells),
    )


def _narrowed(view: ComparisonView, force: str) -> str:
    chosen = [str(code) for code in view.query().get("force", ())]
    others = [code for code in chosen if code != force]
    return view.address(force=others if force in chosen else [*others, force], page=None)


def summary(row: Row) -> list[tuple[str, list[str]]]:
    """Return what holds for the whole of a row, the strongest first: key → the answers that show it, in words.

    What answers a question in part only, or merely describes, is not in the sentence.
    """
    found: dict[str, list[str]] = {}
    for (activity, stage), cell in row.cells.items():
        if cell.head and not is_hollow(cell) and cell.key not in ("neutral", "informational"):
            place = f"{wording.label('activity', activity)} – {wording.label('stage', stage)}"
            found.setdefault(cell.key, []).append(place)
    return sorted(found.items(), key=lambda item: FORCES.index(item[0]))


def columns(filters: Filters) -> list[Column]:
    """Return each activity with those of its stages that the filters leave."""
    stages = wording.concepts("stage")
    all_columns = [
        (activity, [stage for stage in stages if filters.has_cell(activity["code"], stage["code"])])
        for activity in wording.concepts("activity")
    ]
    return [column for column in all_columns if column[1]]


def chips(view: ComparisonView) -> list[dict[str, str]]:
    """Return name, value and `href` of each chosen value, in words; `href` is the address without it."""
    return [
        {"name": wording.filter_name(name), "value": _words(name, value), "href": view.without(name, value)}
        for name, value in view.filters.values()
    ]


def form(view: ComparisonView, countries: Iterable[Head]) -> dict[str, Any]:
    """Return the fields of the filter form: `boxes` of concepts, a choice of `countries` and `regions`, and `days`.

    `hidden` are the pairs (name, value) that the form sends along without a visible field. The region is chosen anew in
    its field; if there are several, all but the first are sent along.
    """
    chosen = view.filters.chosen
    boxes = [
        {
            "name": name,
            "label": wording.filter_name(name),
            "choices": _choices(filter_.scheme),
            "chosen": chosen.get(name, ()),
        }
        for name, filter_ in FILTERS.items()
        if filter_.kind is Kind.CONCEPT
    ]
    without_field = [name for name, filter_ in FILTERS.items() if filter_.kind in (Kind.COUNTRY, Kind.OFFICE)]
    hidden = [(name, value) for name in ("rows", *without_field) for value in view.query().get(name, [])]
    region, *others = view.query().get("region") or [""]
    hidden += [("region", value) for value in others]
    hidden += [(name, value) for name in ("layout", "empty") for value in view.query().get(name, [])]
    hidden += [("lang", named())] if named() else []
    days = [(name, wording.filter_name(name), view.filters.days.get(name, "")) for name in FILTERS if _is_day(name)]
    return {
        "boxes": boxes,
        "countries": list(countries),
        "regions": wording.regions(),
        "region": region,
        "days": days,
        "hidden": hidden,
    }


def _words(name: str, value: str) -> str:
    filter_ = FILTERS[name]
    if filter_.kind is Kind.COUNTRY:
        return request_context.country_name(value) or value
    if filter_.kind is Kind.REGION:
        return wording.region(value)
    if filter_.kind is Kind.CONCEPT:
        return wording.label(filter_.scheme, value)
    office = request_context.catalogue().office(value) if filter_.kind is Kind.OFFICE else None
    return office.name(language()).value if office else value


def _is_day(name: str) -> bool:
    return FILTERS[name].kind is Kind.DAY


def _choices(scheme: str) -> list[tuple[str, str]]:
    return [(item["code"], item["label"]) for item in wording.concepts(scheme)]
