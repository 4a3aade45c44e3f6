"""The totals of each country: counts of its offices, policies, statements and assessed cells; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from registry.readmodel.comparison.in_force import IN_FORCE, legal_status
from registry.readmodel.comparison.matrix import NOT_ASSESSED, STATED
from registry.readmodel.values import Country, Office, Policy, Statement


def countries(
    offices: Sequence[Office], policies: Sequence[Policy], statements: Sequence[Statement]
) -> tuple[Country, ...]:
    """Return every jurisdiction that has an office or a policy, by code."""
    counts = {
        "offices": Counter(item.country for item in offices),
        "policies": Counter(item.country for item in policies),
        "statements": Counter(item.country for item in statements),
    }
    assessed_cells = {(item.country, item.activity, item.stage) for item in statements if item.coverage != NOT_ASSESSED}
    assessed = Counter(country for country, _, _ in assessed_cells)
    in_force = _values((item.country, item.activity) for item in statements if _is_in_force(item))
    sources_of_offices = _values((item.country, source) for item in offices for source in item.sources)
    sources_of_policies = _values((item.country, source) for item in policies for source in item.sources)
    return tuple(
        Country(
            code,
            **{name: numbers[code] for name, numbers in counts.items()},
            assessed=assessed[code],
            in_force=tuple(sorted(in_force.get(code, ()))),
            sources=tuple(sorted(sources_of_offices.get(code, set()) | sources_of_policies.get(code, set()))),
        )
        for code in sorted({*counts["offices"], *counts["policies"]} - {""})
    )


def _is_in_force(item: Statement) -> bool:
    return item.coverage == STATED and legal_status(item) == IN_FORCE


def _values(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    """Return country → its values."""
    by_country: dict[str, set[str]] = defaultdict(set)
    for country, value in pairs:
        by_country[country].add(value)
    return by_country
