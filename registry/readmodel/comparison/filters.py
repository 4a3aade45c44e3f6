"""What of the comparison is asked for: the filters of a query string, understood or complained of; pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from registry.readmodel.comparison.in_force import ABSENT, legal_status
from registry.readmodel.values import Statement
from registry.vocabulary import concepts, jurisdictions

# Filter → the concept scheme of its values; country and office are names of things.
SCHEMES = {
    "activity": "activity",
    "stage": "stage",
    "force": "force",
    "status": "status",
    "level": "level",
    "layer": "assessment-kind",
}
NAMES = ("country", "office", *SCHEMES)
_ROWS = {"country", "activity", "stage"}  # filters that leave whole rows and columns, and the cells as they are
_DAY = re.compile(r"[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?")


class Complaint(NamedTuple):
    """A name and a value of a query string that were not understood, and the values that are; none for a date."""

    name: str
    value: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in English."""
        if not self.known:
            return f"{self.name}={self.value} is no date: write it as 2024-01-31, 2024-01 or 2024"
        return f"{self.name}={self.value} is not known: choose one of {', '.join(self.known)}"


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen values by filter; an absent filter lets everything pass. `complaints` name what was not understood.

    `on` is the day whose law is asked for (or a month or a year), "" for what the sources say now.
    """

    chosen: Mapping[str, frozenset[str]]
    on: str = ""
    complaints: tuple[Complaint, ...] = ()

    def passes(self, statement: Statement) -> bool:
        """Return whether a statement meets all filters, and existed on the day."""
        if self.on and legal_status(statement, self.on) == ABSENT:
            return False
        return all(getattr(statement, name) in values for name, values in self.chosen.items())

    def has_cell(self, activity: str, stage: str) -> bool:
        """Return whether the filters leave this cell."""
        return activity in self.chosen.get("activity", {activity}) and stage in self.chosen.get("stage", {stage})

    @property
    def narrows(self) -> bool:
        """Whether rows without a statement are to be left out: they were not asked for."""
        return bool(set(self.chosen) - _ROWS)

    def values(self) -> list[tuple[str, str]]:
        """Return every filter with each of its values, in a fixed order."""
        found = [(name, value) for name in NAMES for value in sorted(self.chosen.get(name, ()))]
        return found + ([("on", self.on)] if self.on else [])


EVERYTHING = Filters({})


def filters(query: Iterable[tuple[str, str]]) -> Filters:
    """Return the filters of a query string; a repeated name means any of its values."""
    chosen: dict[str, set[str]] = defaultdict(set)
    complaints: list[Complaint] = []
    day = ""
    for name, given in query:
        value = given.strip()
        if name == "on" and value:
            day = value if _is_day(value) else ""
            complaints += [] if day else [Complaint(name, value)]
        elif name in NAMES and value:
            value = jurisdictions.country_code(value) if name == "country" else value
            known = _known(name, value)
            if value not in known:
                complaints.append(Complaint(name, value, tuple(sorted(known))))
            chosen[name].add(value)
    return Filters({name: frozenset(values) for name, values in chosen.items()}, day, tuple(complaints))


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False


def _known(name: str, value: str) -> set[str]:
    return {concept.code for concept in concepts.concepts(SCHEMES[name])} if name in SCHEMES else {value}
