"""The SPARQL query that finds the same statements as the comparison with some filters, on any copy of the data."""

from __future__ import annotations

from pyoxigraph import Literal

from registry.iri.names import concept_iri, office_iri
from registry.readmodel.comparison.filters import FILTERS, Filters, Kind
from registry.store.sparql_text import Term, bind, load, narrowed, nodes

_ROOM = "registry.readmodel.comparison"


def equivalent_query(filters: Filters, base: str) -> str:
    """Return the query for the statements that pass the filters; `base` is the site's address.

    Each row has the legal status of the statement on the day: in-force, pending, expired or failed.
    """
    used = [FILTERS[name] for name in FILTERS if name in filters.chosen]
    patterns = [filter_.sparql for filter_ in used]
    text = narrowed(load(_ROOM, "statements.rq"), [*patterns, load(_ROOM, "in_force.rq")])
    given = {filter_.name: _terms(filter_.kind, filter_.scheme, filters.chosen[filter_.name], base) for filter_ in used}
    return bind(text, day=Literal(filters.on), **given)


def _terms(kind: Kind, scheme: str, values: frozenset[str], base: str) -> list[Term]:
    if kind is Kind.COUNTRY:
        return [Literal(value) for value in sorted(values)]
    return nodes(
        concept_iri(scheme, value) if kind is Kind.CONCEPT else office_iri(base, value) for value in sorted(values)
    )
