"""How the comparison is laid out on a page: its columns, the nine cells at a glance, and the form of its filters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyoxigraph import Literal, NamedNode, Triple

from registry.catalogue import comparison
from registry.catalogue.values import Office, Row
from registry.state import RDF_TYPE
from registry.web import wording
from registry.web.wording import GLYPHS, sentence

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
    unknown = len(found.pop("not-assessed", []))
    groups = tuple(Group(key, tuple(found[key])) for key in GLYPHS if key in found)
    assessed = sum(len(group.rows) for group in groups)
    return Tally(groups, assessed, assessed + unknown)


def columns(chosen: comparison.Filters) -> list[Column]:
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


def form(chosen: Mapping[str, str], rows: Iterable[Row], offices: Iterable[Office]) -> list[dict[str, Any]]:
    """Return the fields of the filter form, each with its choices and the value that is chosen."""
    choices = {name: _choices(scheme) for name, scheme in comparison.SCHEMES.items()}
    choices["country"] = [(row.code, row.name) for row in rows]
    choices["office"] = [(office.slug, office.name.value) for office in offices]
    labels = {
        "country": sentence("Country"),
        "office": sentence("Office"),
        "activity": sentence("Activity"),
        "stage": sentence("Stage"),
        "force": sentence("Force"),
        "status": sentence("Status"),
        "level": sentence("Level"),
        "layer": sentence("Layer"),
    }
    return [
        {"name": name, "label": label, "value": chosen.get(name, ""), "choices": choices[name]}
        for name, label in labels.items()
    ]


def _choices(scheme: str) -> list[tuple[str, str]]:
    return [(item["code"], item["label"]) for item in wording.concepts(scheme)]
