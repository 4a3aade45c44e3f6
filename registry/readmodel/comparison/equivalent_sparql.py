"""The SPARQL queries that find the same as the comparison with some filters, on any copy of the data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pyoxigraph import Literal

from registry.iri.names import authority_graph, concept_iri, office_iri
from registry.readmodel.comparison.filters import FILTERS, Filter, Filters, Kind
from registry.readmodel.comparison.on_a_day import span
from registry.readmodel.comparison.roll_up import CELLS, FORCES, core
from registry.readmodel.comparison.rows import Asked
from registry.readmodel.comparison.scope import asked_for
from registry.store.sparql_text import Term, bind, filled, load, nodes

_ROOM = "registry.readmodel.comparison"


def statements_query(asked: Asked, base: str) -> str:
    """Return the query for the statements that pass the filters; `base` is the site's address.

    Each row has the state of the statement on the day, see `on_a_day.State`; of a past day, those that began later are
    not among them.
    """
    texts = [_part("statement"), *_patterns(asked.filters), _part("state")]
    texts += [_part("begun")] if asked.filters.on else []
    texts += [_part("between")] if asked.filters.between else []
    return bind(filled(load(_ROOM, "statements.rq"), texts), **_given(asked, base))


def heads_query(asked: Asked, base: str) -> str:
    """Return the query for what heads each cell of each country and international body."""
    duties = [f"{activity}-{stage}/{duty}" for activity, stage in CELLS for duty in sorted(core(activity, stage))]
    text = filled(load(_ROOM, "heads.rq"), [*_scoped(asked.filters), _part("place")])
    return bind(text, core=_words(duties), **_given(asked, base), **_rules(asked, base))


def answers_query(
    asked: Asked, base: str, cells: Sequence[Term], duties: Sequence[Term], forces: Sequence[Term], case: Sequence[Term]
) -> str:
    """Return the query for the statements of these cells, duties and forces that hold for the whole of their row.

    `case` are conditions and kinds of software, one of which a statement has; any where there are none.
    """
    texts = [*_scoped(asked.filters), _part("answer"), *([_part("case")] if case else [])]
    given = {"cells": cells, "duties": duties, "forces": forces} | ({"case": case} if case else {})
    return bind(filled(load(_ROOM, "question.rq"), texts), **given, **_given(asked, base), **_rules(asked, base))


def _scoped(filters: Filters) -> list[str]:
    """Return the parts of a query that tell of each statement whether it may head a cell, and how much it binds."""
    between = [_part("between")] if filters.between else []
    return [_part("statement"), *_patterns(filters), _part("state"), _part("begun"), *between, _part("scope")]


def _rules(asked: Asked, base: str) -> dict[str, Term | str]:
    """Return what the rule of the roll-up needs: the forces, the scopes that are asked for, and who speaks of what."""
    return {
        "authority": authority_graph(base),
        "order": _words(FORCES),
        "asked": _words(sorted(asked_for(asked.filters))),
    }


def _part(name: str) -> str:
    """Return a part of a query, without its comments and what sets it in: a query has 8 KiB at the most."""
    lines = map(str.strip, load(_ROOM, f"{name}.rq").splitlines())
    return "\n".join(line for line in lines if not line.startswith("#"))


def _patterns(filters: Filters) -> list[str]:
    return [FILTERS[name].sparql for name in FILTERS if name in filters.chosen]


def _given(asked: Asked, base: str) -> dict[str, list[Term] | Literal]:
    filters = asked.filters
    day = span(filters.on)
    given: dict[str, list[Term] | Literal] = {
        "day": Literal(day.first if day else asked.today),
        "today": Literal(asked.today),
    }
    if filters.between:
        given |= {"from": Literal(filters.between.first), "to": Literal(filters.between.last)}
    for name, values in filters.chosen.items():
        given[name] = _terms(FILTERS[name], values, base)
    return given


def _terms(filter_: Filter, values: Iterable[str], base: str) -> list[Term]:
    if filter_.kind is Kind.COUNTRY:
        return [Literal(value) for value in sorted(values)]
    is_concept = filter_.kind is Kind.CONCEPT
    iris = (concept_iri(filter_.scheme, value) if is_concept else office_iri(base, value) for value in sorted(values))
    return nodes(iris)


def _words(words: Iterable[str]) -> Literal:
    return Literal(f" {' '.join(words)} ")
