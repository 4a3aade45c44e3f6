"""The filters of the comparison, as a query string has them; pure. Which filters there are is data: `filters.toml`."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from importlib.resources import files
from typing import NamedTuple

from registry.readmodel.comparison.on_a_day import Dated, Span, State, span, state
from registry.readmodel.values import Statement
from registry.vocabulary import concepts, jurisdictions, regions

_MOST_TOLD = 60  # of accepted values in a complaint
_DAY = re.compile(r"[12][0-9]{3}(-[0-9]{2}(-[0-9]{2})?)?")


class Kind(StrEnum):
    """What the values of a filter are."""

    CONCEPT = "concept"  # codes of a scheme
    COUNTRY = "country"  # codes, in any spelling that is in use
    REGION = "region"  # codes of `ontology/regions.toml`; they stand for countries
    OFFICE = "office"  # slugs
    DAY = "day"  # a date, or a month or a year; one at most


@dataclass(frozen=True, slots=True)
class Filter:
    """A line of `filters.toml`, which explains its fields; only a filter of concepts has a `scheme`."""

    name: str
    label: str
    kind: Kind
    narrows: bool
    scheme: str = ""
    sparql: str = ""

    def passes(self, statement: Statement, values: Collection[str]) -> bool:
        """Return whether a statement has one of these values."""
        own: str | tuple[str, ...] = getattr(statement, self.name)
        return own in values if isinstance(own, str) else not set(own).isdisjoint(values)

    def accepted(self) -> tuple[str, ...]:
        """Return the codes of its scheme, of countries or of regions; () for a filter of offices or a day."""
        if self.kind is Kind.REGION:
            return tuple(regions.regions())
        if self.kind is Kind.COUNTRY:
            return tuple(country.code for country in jurisdictions.jurisdictions())
        return tuple(sorted(concept.code for concept in concepts.concepts(self.scheme))) if self.scheme else ()


def _filters() -> Mapping[str, Filter]:
    text = (files("registry") / "readmodel" / "comparison" / "filters.toml").read_text(encoding="utf-8")
    return {name: Filter(name, **line | {"kind": Kind(line["kind"])}) for name, line in tomllib.loads(text).items()}


FILTERS = _filters()  # by name, in their order
_STANDARD_SPELLING: Mapping[Kind, Callable[[str], str]] = {
    Kind.COUNTRY: jurisdictions.country_code,
    Kind.REGION: regions.region_code,
}


class Complaint(NamedTuple):
    """A parameter of a query string whose value is not accepted; `accepted` are those that are, () for a date.

    With `is_name`, the name itself is not known, and `accepted` are the names that are.
    """

    name: str
    value: str
    accepted: tuple[str, ...] = ()
    is_name: bool = False

    @property
    def nearest(self) -> str:
        """What is accepted and most like what was written, "" where there is nothing like it."""
        written = self.name if self.is_name else self.value
        return next(iter(get_close_matches(written[:80], self.accepted, 1, 0.0)), "")

    @property
    def told(self) -> tuple[str, ...]:
        """What is accepted, or the nearest of it where that is much."""
        if len(self.accepted) <= _MOST_TOLD:
            return self.accepted
        return tuple(get_close_matches(self.value[:80], self.accepted, 8, 0.0))

    def __str__(self) -> str:
        """Return the complaint as an English sentence; `wording.complain` has it in the language of the page."""
        if self.is_name:
            known = ", ".join(self.accepted)
            return f"{self.name} is no parameter here: did you mean {self.nearest}? Known are {known}"
        if not self.accepted:
            return f"{self.name}={self.value} is not a date: write it as 2024-01-31, 2024-01 or 2024"
        return f"{self.name}={self.value} is not known: choose one of {', '.join(self.told)}"


@dataclass(frozen=True, slots=True)
class Filters:
    """The chosen values by name of filter. A filter without a chosen value lets all statements pass.

    `days` are by name, too: `on` is the day (or month or year) whose law is compared, today where it is not given;
    `from` and `to` leave what began or ended in between. `complaints` are about the query string. `regions` are the
    chosen ones: `chosen` has their countries on that day, and where `countries` are chosen with them, those of them.
    """

    chosen: Mapping[str, frozenset[str]]
    days: Mapping[str, str] = field(default_factory=dict)
    complaints: tuple[Complaint, ...] = ()
    regions: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()

    @property
    def on(self) -> str:
        """The day whose law is compared, "" for today."""
        return self.days.get("on", "")

    @property
    def between(self) -> Span | None:
        """The first and the last day in which a statement began or ended, None where that is not asked for."""
        begin, end = (span(self.days.get(name, "")) for name in ("from", "to"))
        if begin is None and end is None:
            return None
        return Span(begin.first if begin else "0000-01-01", end.last if end else "9999-12-31")

    def passes(self, statement: Statement, today: str = "") -> bool:
        """Return whether a statement passes all filters, and had begun on the day; `today` is a whole date."""
        if self.on and state(statement, self.on, today) is State.NOT_YET:
            return False
        if not self.is_between(statement):
            return False
        return all(FILTERS[name].passes(statement, values) for name, values in self.chosen.items())

    def is_between(self, item: Dated) -> bool:
        """Return whether it began or ended in the time that is asked for, as far as its dates allow."""
        if (asked := self.between) is None:
            return True
        dates = (span(item.in_force_from or item.issued), span(item.in_force_until))
        return any(date is not None and date.first <= asked.last and date.last >= asked.first for date in dates)

    def has_cell(self, activity: str, stage: str) -> bool:
        """Return whether the filters of activity and stage leave this cell."""
        return activity in self.chosen.get("activity", {activity}) and stage in self.chosen.get("stage", {stage})

    @property
    def narrows(self) -> bool:
        """Whether a row without a passing statement is left out, see `filters.toml`."""
        return any(FILTERS[name].narrows for name in (*self.chosen, *self.days))

    def values(self) -> list[tuple[str, str]]:
        """Return the pairs (filter, chosen value), in a fixed order."""
        asked = self.asked() | {name: frozenset([day]) for name, day in self.days.items()}
        return [(name, value) for name in FILTERS for value in sorted(asked.get(name, ()))]

    def asked(self) -> dict[str, frozenset[str]]:
        """Return name → its chosen values as they were asked for: regions, not their countries."""
        if not self.regions:
            return dict(self.chosen)
        given = {"region": self.regions, "country": self.countries}
        return {name: values for name, values in {**self.chosen, **given}.items() if values}

    def has_country(self, code: str) -> bool:
        """Return whether the filters of countries and regions leave this country."""
        return code in self.chosen.get("country", {code})


NO_FILTERS = Filters({})


def parse_comparison_filters(query: Iterable[tuple[str, str]]) -> Filters:
    """Return the filters of a query string; a repeated name gives a filter several values.

    A value that its filter does not accept is kept, so that nothing matches it, and gives a complaint.
    """
    chosen: dict[str, set[str]] = defaultdict(set)
    complaints: list[Complaint] = []
    days: dict[str, str] = {}
    for name, given in query:
        value, filter_ = given.strip(), FILTERS.get(name)
        if filter_ is None or not value:
            continue
        if filter_.kind is Kind.DAY:
            days.pop(name, None)
            if span(value) and _is_day(value):
                days[name] = value
            else:
                complaints.append(Complaint(name, value))
            continue
        value, accepted = _STANDARD_SPELLING.get(filter_.kind, str)(value), filter_.accepted()
        if accepted and value not in accepted:
            complaints.append(Complaint(name, value, accepted))
        chosen[name].add(value)
    asked = {name: frozenset(values) for name, values in chosen.items()}
    return _with_countries_of_regions(Filters(asked, days, tuple(complaints)))


def _with_countries_of_regions(filters: Filters) -> Filters:
    """Return the filters with the countries of the chosen regions on the day, of the chosen countries those in them."""
    chosen = dict(filters.chosen)
    if not (within := chosen.pop("region", frozenset())):
        return filters
    members, countries = regions.members(within, filters.on), chosen.get("country", frozenset())
    chosen["country"] = members & countries if countries else members
    return replace(filters, chosen=chosen, regions=within, countries=countries)


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text) and date.fromisoformat(text + "0000-01-01"[len(text) :]))
    except ValueError:
        return False
