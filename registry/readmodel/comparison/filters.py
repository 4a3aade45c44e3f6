"""What of the comparison is asked for: the filters of a query string, understood or complained of; pure.

Which filters there are is data: `filters.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.resources import files
from typing import NamedTuple

from registry.readmodel.comparison.in_force import ABSENT, legal_status
from registry.readmodel.values import Statement
from registry.vocabulary import concepts, jurisdictions

_DAY = re.compile(r"[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?")


class Kind(StrEnum):
    """What the values of a filter are."""

    CONCEPT = "concept"  # codes of a scheme
    COUNTRY = "country"  # codes, in any spelling that is in use
    OFFICE = "office"  # slugs
    DAY = "day"  # a date, or a month or a year; one at most


@dataclass(frozen=True, slots=True)
class Filter:
    """A line of `filters.toml`, where its fields are explained; `scheme` is "" but for concepts."""

    name: str
    label: str
    kind: Kind
    narrows: bool
    scheme: str = ""
    sparql: str = ""

    def passes(self, statement: Statement, values: Collection[str]) -> bool:
        """Return whether a statement has one of these values."""
        held: str | tuple[str, ...] = getattr(statement, self.name)
        return held in values if isinstance(held, str) else not set(held).isdisjoint(values)

    def known(self) -> tuple[str, ...]:
        """Return the codes that can be asked for, sorted; () where it takes names of things, or a date."""
        return tuple(sorted(concept.code for concept in concepts.concepts(self.scheme))) if self.scheme else ()


def _filters() -> Mapping[str, Filter]:
    text = (files("registry") / "readmodel" / "comparison" / "filters.toml").read_text(encoding="utf-8")
    return {name: Filter(name, **line | {"kind": Kind(line["kind"])}) for name, line in tomllib.loads(text).items()}


FILTERS = _filters()  # by name, in their order


class Complaint(NamedTuple):
    """A name and a value of a query string that were not understood, and the values that are; none for a date."""

    name: str
    value: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Say it in English."""
        if not self.known:
            return f"{self.name}={self.value} is not a date: write it as 2024-01-31, 2024-01 or 2024"
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
        return all(FILTERS[name].passes(statement, values) for name, values in self.chosen.items())

    def has_cell(self, activity: str, stage: str) -> bool:
        """Return whether the filters leave this cell."""
        return activity in self.chosen.get("activity", {activity}) and stage in self.chosen.get("stage", {stage})

    @property
    def narrows(self) -> bool:
        """Whether rows without a statement are to be left out: they were not asked for."""
        return any(FILTERS[name].narrows for name in self.chosen)

    def values(self) -> list[tuple[str, str]]:
        """Return every filter with each of its values, in a fixed order."""
        days = [self.on] if self.on else []
        return [
            (name, value)
            for name, filter_ in FILTERS.items()
            for value in (days if filter_.kind is Kind.DAY else sorted(self.chosen.get(name, ())))
        ]


EVERYTHING = Filters({})


def filters(query: Iterable[tuple[str, str]]) -> Filters:
    """Return the filters of a query string; a repeated name means any of its values."""
    chosen: dict[str, set[str]] = defaultdict(set)
    complaints: list[Complaint] = []
    day = ""
    for name, given in query:
        value, filter_ = given.strip(), FILTERS.get(name)
        if filter_ is None or not value:
            continue
        if filter_.kind is Kind.DAY:
            day = value if _is_day(value) else ""
            complaints += [] if day else [Complaint(name, value)]
            continue
        value = jurisdictions.country_code(value) if filter_.kind is Kind.COUNTRY else value
        if filter_.scheme and value not in filter_.known():
            complaints.append(Complaint(name, value, filter_.known()))
        chosen[name].add(value)
    return Filters({name: frozenset(values) for name, values in chosen.items()}, day, tuple(complaints))


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False
