"""How the comparison is laid out on a page: its columns, the nine cells at a glance, and the form of its filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from registry.iri.names import RDF_TYPE
from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.readmodel.comparison.matrix import NOT_ASSESSED
from registry.readmodel.values import Head, Row
from registry.web import request_context
from registry.web.compare.address_state import View
from registry.web.pictures.cell_looks import LOOKS
from registry.web.text import wording
from registry.web.text.language import named

Column = tuple[dict[str, str], list[dict[str, str]]]  # an activity, and those of its stages that are shown


@dataclass(frozen=True, slots=True)
class Group:
    """The countries whose cell shows the same key."""

    key: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """One cell over all countries: who shows what, and how many of `all` somebody has assessed."""

    groups: tuple[Group, ...]
    assessed: int
    all: int


def tally(rows: Iterable[Row], activity: str, stage: str) -> Tally:
    """Return who shows what in one cell, in the order of the legend; what nobody assessed is only counted."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.cells[activity, stage].key].append(row)
    unknown = len(found.pop(NOT_ASSESSED, []))
    groups = tuple(Group(key, tuple(found[key])) for key in LOOKS if key in found)
    assessed = sum(len(group.rows) for group in groups)
    return Tally(groups, assessed, assessed + unknown)


def columns(chosen: Filters) -> list[Column]:
    """Return each activity with those of its stages that the filters leave."""
    stages = wording.concepts("stage")
    found = [
        (activity, [stage for stage in stages if chosen.has_cell(activity["code"], stage["code"])])
        for activity in wording.concepts("activity")
    ]
    return [column for column in found if column[1]]


def unnamed(triples: Iterable[Triple]) -> dict[str, list[str]]:
    """Return what is said of the nodes that have no name of their own, such as a parent body: texts, then addresses."""
    found: dict[str, list[str]] = defaultdict(list)
    for subject, predicate, value in sorted(triples, key=lambda it: (isinstance(it.object, NamedNode), str(it))):
        said = predicate != RDF_TYPE and isinstance(value, NamedNode | Literal)
        if said and isinstance(subject, NamedNode) and "/description#" in subject.value:
            found[subject.value].append(value.value)
    return dict(found)


def chips(asked: View) -> list[dict[str, str]]:
    """Return every chosen value of every filter with its words, and the address without it."""
    return [
        {"name": wording.filter_name(name), "value": _words(name, value), "href": asked.without(name, value)}
        for name, value in asked.filters.values()
    ]


def form(asked: View, countries: Iterable[Head]) -> dict[str, Any]:
    """Return the fields of the filter form: a choice of countries, boxes for the short schemes, a day, and the rest.

    `hidden` are the names and values that the form keeps although it has no field for them.
    """
    chosen = asked.filters.chosen
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
    things = [name for name, filter_ in FILTERS.items() if filter_.kind in (Kind.COUNTRY, Kind.OFFICE)]
    kept = [(name, value) for name in ("rows", *things) for value in asked.query().get(name, [])]
    kept += [("lang", named())] if named() else []
    return {"boxes": boxes, "countries": list(countries), "on": asked.filters.on, "hidden": kept}


def _words(name: str, value: str) -> str:
    filter_ = FILTERS[name]
    if filter_.kind is Kind.COUNTRY:
        return request_context.name(value) or value
    if filter_.kind is Kind.CONCEPT:
        return wording.label(filter_.scheme, value)
    office = request_context.catalogue().office(value) if filter_.kind is Kind.OFFICE else None
    return office.name.value if office else value


def _choices(scheme: str) -> list[tuple[str, str]]:
    return [(item["code"], item["label"]) for item in wording.concepts(scheme)]
