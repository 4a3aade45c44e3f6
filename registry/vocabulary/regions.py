"""Regions and groups of countries, such as the European Union or Eastern Europe: who belongs to them, since when."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale

from registry.vocabulary.concepts import data


@dataclass(frozen=True, slots=True)
class Membership:
    """That a country belongs to a region.

    It did so from `since` on, a day or a year, "" for every day; until the day or year `until`, "" where it still does.
    """

    country: str
    since: str = ""
    until: str = ""

    def holds(self, on: str = "") -> bool:
        """Return whether it holds on a day (or in a month or a year), "" for now.

        Two dates are compared to the precision of the shorter one; on the day of its end it holds still.
        """
        return not (_later(self.since, on) or _later(on, self.until)) if on else not self.until


def _later(one: str, other: str) -> bool:
    precision = min(len(one), len(other))
    return one[:precision] > other[:precision]


@dataclass(frozen=True, slots=True)
class Region:
    """A region of `ontology/regions.toml`, which explains its fields; `memberships` are those of its parts, too."""

    code: str
    source: str
    memberships: tuple[Membership, ...]
    labels: Mapping[str, str]
    m49: str = ""

    def members(self, on: str = "") -> frozenset[str]:
        """Return the codes of the countries that belong to it on a day, "" for now."""
        return frozenset(item.country for item in self.memberships if item.holds(on))

    def label(self, language: str) -> str:
        """Return its name in a language: ours, else that of CLDR."""
        return self.labels.get(language) or Locale.parse(language).territories[self.m49]


@cache
def regions() -> Mapping[str, Region]:
    """Return code → region, in the order of the file."""
    lines = tomllib.loads(data("ontology/regions.toml").decode())
    source = lines.pop("m49_source")
    return {
        code: Region(
            code,
            line.get("source", source),
            tuple(_memberships(lines, code)),
            line.get("label", {}),
            line.get("m49", ""),
        )
        for code, line in lines.items()
    }


def _memberships(lines: Mapping[str, Any], code: str) -> Iterable[Membership]:
    line = lines[code]
    yield from map(Membership, line.get("always", "").split())
    for period, countries in line.get("members", {}).items():
        since, _, until = period.partition("/")
        yield from (Membership(country, since, until) for country in countries.split())
    for part in line.get("of", ()):
        yield from _memberships(lines, part)


@cache
def _spellings() -> Mapping[str, str]:
    """Return spelling → code: its code itself, and that of M49 with un- before it."""
    return {f"un-{region.m49}": code for code, region in regions().items() if region.m49} | {
        code: code for code in regions()
    }


def region_code(spelling: str) -> str:
    """Return the code of a region in its standard spelling (eastern-europe for UN-151); an unknown one as it is."""
    return _spellings().get(spelling.strip().lower(), spelling)


def members(codes: Iterable[str], on: str = "") -> frozenset[str]:
    """Return the countries that belong to one of these regions on a day, "" for now; an unknown region has none."""
    known = regions()
    return frozenset().union(*(known[code].members(on) for code in codes if code in known))


@cache
def regions_of(country: str) -> tuple[tuple[Region, Membership], ...]:
    """Return the regions that a country belongs to or belonged to, in the order of the file."""
    return tuple(
        (region, item) for region in regions().values() for item in region.memberships if item.country == country
    )
