"""The SPARQL query behind a state of the comparison: it finds the same statements, on this endpoint or on a copy."""

from __future__ import annotations

from pyoxigraph import Literal

from registry.iri.names import concept_iri
from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.store.sparql_text import Term, bind, load, narrowed, nodes

_ROOM = "registry.readmodel.comparison"


def query(chosen: Filters, base: str) -> str:
    """Return the query that selects the statements which pass; `base` is that of the registry's IRIs.

    Each comes with its legal status on the day: in-force, pending, expired or failed.
    """
    asked = [FILTERS[name] for name in FILTERS if name in chosen.chosen]
    patterns = [filter_.sparql for filter_ in asked]
    text = narrowed(load(_ROOM, "statements.rq"), [*patterns, load(_ROOM, "in_force.rq")])
    given = {filter_.name: _terms(filter_.kind, filter_.scheme, chosen.chosen[filter_.name], base) for filter_ in asked}
    return bind(text, day=Literal(chosen.on), **given)


def _terms(kind: Kind, scheme: str, values: frozenset[str], base: str) -> list[Term]:
    if kind is Kind.COUNTRY:
        return [Literal(value) for value in sorted(values)]
    return nodes(
        concept_iri(scheme, value) if kind is Kind.CONCEPT else f"{base}/id/office/{value}" for value in sorted(values)
    )
