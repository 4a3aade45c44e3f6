"""The totals of each country: counts of its offices, policies, statements and assessed cells; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.roll_up import NOT_ASSESSED, STATED
from registry.readmodel.lists.entries import UNKNOWN
from registry.readmodel.tables.columns import Column
from registry.readmodel.tables.lists import Lists, reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Country, Statement
from registry.vocabulary import jurisdictions


def places(known: Iterable[Country]) -> tuple[Country, ...]:
    """Return every jurisdiction, by code: these countries, and those of which nothing is known."""
    nothing = {item.code: Country(item.code, 0, 0, 0, 0) for item in jurisdictions.jurisdictions()}
    return tuple(item for _, item in sorted((nothing | {item.code: item for item in known}).items()))


def countries(lists: Lists, today: str) -> tuple[Country, ...]:
    """Return every jurisdiction that has an office or a policy, by code; `today` is a whole date."""
    columns = {name: getattr(lists, name).columns["country"] for name in ("offices", "policies", "statements")}
    counts = {name: _counts(column) for name, column in columns.items()}
    assessed, in_force = _cells(lists.statements, today)
    reported = _reported(lists)
    sources: dict[str, set[str]] = defaultdict(set)
    for table in (lists.offices, lists.policies):
        for country, source in _pairs(table.columns["country"], table.columns["source"]):
            sources[country].add(source)
    return tuple(
        Country(
            code,
            **{name: numbers.get(code, 0) for name, numbers in counts.items()},
            assessed=len(assessed.get(code, ())),
            in_force=tuple(sorted(in_force.get(code, ()))),
            sources=tuple(sorted(sources.get(code, set()) - {UNKNOWN})),
            reported=reported[code],
        )
        for code in sorted((counts["offices"].keys() | counts["policies"].keys()) - {UNKNOWN})
    )


def _reported(lists: Lists) -> Counter[str]:
    """Return country → how many of its policies are only reported."""
    columns = lists.reported.columns
    stated = set(lists.statements.columns["policy"].values)
    return Counter(country for country, policy in _pairs(columns["country"], columns["policy"]) if policy not in stated)


def _counts(column: Column) -> Mapping[str, int]:
    return dict(zip(column.values, column.counts(np.ones(len(column), np.bool_)).tolist(), strict=True))


def _cells(
    statements: Table[Statement], today: str
) -> tuple[Mapping[str, set[tuple[str, str]]], Mapping[str, set[str]]]:
    """Return country → its assessed cells, and country → its activities of which a statement holds today."""
    assessed: dict[str, set[tuple[str, str]]] = defaultdict(set)
    holding: dict[str, set[str]] = defaultdict(set)
    facts, dates = ([reduced(text) for text in statements.columns[name].values] for name in ("facts", "dates"))
    kinds = [statements.columns[name].codes.astype(np.int64) for name in ("facts", "dates")]
    countries, starts = statements.columns["country"], statements.columns["country"].starts
    has_country = np.diff(starts) > 0
    codes = countries.codes[starts[:-1][has_country]].astype(np.int64)
    combined = (codes * len(facts) + kinds[0][has_country]) * len(dates) + kinds[1][has_country]
    for number in np.unique(combined).tolist():
        rest, date = divmod(number, len(dates))
        country, fact = divmod(rest, len(facts))
        item = facts[fact]
        if item.claimed_by:  # by somebody who may not speak for it
            continue
        name = countries.values[country]
        if item.coverage != NOT_ASSESSED:
            assessed[name].add((item.activity, item.stage))
        if item.coverage == STATED and item.activity not in holding[name]:
            dated = replace(dates[date], instrument=item.instrument)
            if state(dated, "", today) is State.HOLDS:
                holding[name].add(item.activity)
    return assessed, holding


def _pairs(one: Column, other: Column) -> set[tuple[str, str]]:
    """Return the pairs of values that occur together in a row; in `one` a row has one value at the most."""
    lengths: Any = np.diff(other.starts) * np.diff(one.starts)
    rows = np.repeat(np.arange(len(one)), lengths)
    kept = np.repeat(np.diff(one.starts), np.diff(other.starts)) > 0
    pairs = one.codes[one.starts[rows]].astype(np.int64) * len(other.values) + other.codes[kept]
    return {
        (one.values[first], other.values[second])
        for first, second in (divmod(pair, len(other.values)) for pair in np.unique(pairs).tolist())
    }
