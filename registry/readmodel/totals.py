"""How much is known of each country: counts of what is there, with no judgement on it; pure."""

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
    count = {
        "offices": Counter(item.country for item in offices),
        "policies": Counter(item.country for item in policies),
        "statements": Counter(item.country for item in statements),
    }
    read = {(item.country, item.activity, item.stage) for item in statements if item.coverage != NOT_ASSESSED}
    assessed = Counter(country for country, _, _ in read)
    in_force = _values((item.country, item.activity) for item in statements if _holds(item))
    sources = _values((item.country, source) for item in offices for source in item.sources)
    issued = _values((item.country, source) for item in policies for source in item.sources)
    return tuple(
        Country(
            code,
            **{name: counted[code] for name, counted in count.items()},
            assessed=assessed[code],
            in_force=tuple(sorted(in_force.get(code, ()))),
            sources=tuple(sorted(sources.get(code, set()) | issued.get(code, set()))),
        )
        for code in sorted({*count["offices"], *count["policies"]} - {""})
    )


def _holds(item: Statement) -> bool:
    return item.coverage == STATED and legal_status(item) == IN_FORCE


def _values(pairs: Iterable[tuple[str, str]]) -> Mapping[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for country, value in pairs:
        found[country].add(value)
    return found
