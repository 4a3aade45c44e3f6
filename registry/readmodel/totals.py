"""The totals of each country: counts of its offices, policies, statements and assessed cells; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

import numpy as np

from registry.readmodel.comparison.in_force import IN_FORCE, legal_status
from registry.readmodel.comparison.matrix import NOT_ASSESSED, STATED
from registry.readmodel.lists.entries import UNKNOWN
from registry.readmodel.tables.columns import Column
from registry.readmodel.tables.lists import Lists, reduced
from registry.readmodel.tables.table import Table
from registry.readmodel.values import Country, Statement


def countries(lists: Lists) -> tuple[Country, ...]:
    """Return every jurisdiction that has an office or a policy, by code."""
    columns = {name: getattr(lists, name).columns["country"] for name in ("offices", "policies", "statements")}
    counts = {name: _counts(column) for name, column in columns.items()}
    assessed, in_force = _cells(lists.statements)
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


def _cells(statements: Table[Statement]) -> tuple[Mapping[str, set[tuple[str, str]]], Mapping[str, set[str]]]:
    """Return country → its assessed cells, and country → its activities with a statement in force."""
    assessed: dict[str, set[tuple[str, str]]] = defaultdict(set)
    in_force: dict[str, set[str]] = defaultdict(set)
    facts = {text: reduced(text) for text in statements.columns["facts"].values}
    for country, text in _pairs(statements.columns["country"], statements.columns["facts"]):
        item = facts[text]
        if item.claimed_by:  # by somebody who may not speak for it
            continue
        if item.coverage != NOT_ASSESSED:
            assessed[country].add((item.activity, item.stage))
        if item.coverage == STATED and legal_status(item) == IN_FORCE:  # today, which its status alone decides
            in_force[country].add(item.activity)
    return assessed, in_force


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
