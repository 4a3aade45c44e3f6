"""Whom a statement binds, as far as that decides whether it may head a row; pure (codebook, sections 4 and 9.2)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from registry.readmodel.comparison.filters import Filters
from registry.readmodel.comparison.on_a_day import LAWS
from registry.readmodel.values import Statement


class RowKind(StrEnum):
    """What a row of the comparison is."""

    COUNTRY = "country"
    UNION = "EU"
    BODY = "INT"  # one international organisation
    OFFICE = "office"


class Scope(StrEnum):
    """How much of a row a statement binds; what does not bind the whole stands apart under its name."""

    WHOLE = "whole"
    ASSUMED = "assumed"  # the whole, which a law of central level that does not say whom it binds is taken to mean
    REGION = "region"
    LOCAL = "local"
    ASSOCIATION = "association"
    BODY = "body"
    SUPPLIERS = "suppliers"
    UNSTATED = "unstated"


_WHOLE: Mapping[RowKind, frozenset[str]] = {
    RowKind.COUNTRY: frozenset({"central", "whole-public-sector"}),
    RowKind.UNION: frozenset({"union-bodies", "whole-public-sector"}),
    RowKind.BODY: frozenset({"own-organisation", "whole-public-sector"}),
}
_OF_LEVEL = {"regional": Scope.REGION, "local": Scope.LOCAL, "association": Scope.ASSOCIATION}
_OF_BINDS = {  # whom it binds tells the scope by the first of these
    "own-organisation": Scope.BODY,
    "association-members": Scope.ASSOCIATION,
    "regional": Scope.REGION,
    "local": Scope.LOCAL,
    "suppliers": Scope.SUPPLIERS,
}
BELOW = (Scope.REGION, Scope.LOCAL, Scope.ASSOCIATION, Scope.BODY)  # public bodies that are a part of the whole
APART = (*BELOW, Scope.SUPPLIERS, Scope.UNSTATED)


def row_kind(country: str) -> RowKind:
    """Return what the row of a country or body is, by the code of its country."""
    return {"EU": RowKind.UNION, "INT": RowKind.BODY}.get(country, RowKind.COUNTRY)


def scope(item: Statement, kind: RowKind) -> Scope:
    """Return how much of a row of that kind a statement binds. Of an office all that it says is its own."""
    if kind is RowKind.OFFICE:
        return Scope.WHOLE
    if item.level in _OF_LEVEL:
        return _OF_LEVEL[item.level]
    if not _WHOLE[kind].isdisjoint(item.binds):
        return Scope.WHOLE
    for code, found in _OF_BINDS.items():
        if code in item.binds:
            return found
    if not item.binds and item.instrument in LAWS and item.level in ("central", "union"):
        return Scope.ASSUMED
    return Scope.UNSTATED


def asked_for(filters: Filters) -> frozenset[Scope]:
    """Return the scopes that may head a row too, because somebody asks for them: the page then names them in the head.

    Whoever chooses a level, whom it binds or an office wants to see what these say (codebook, section 9.11).
    """
    if "office" in filters.chosen:
        return frozenset(APART)
    levels, binds = (filters.chosen.get(name, frozenset()) for name in ("level", "binds"))
    return frozenset(
        {_OF_LEVEL[code] for code in levels if code in _OF_LEVEL}
        | {_OF_BINDS[code] for code in binds if code in _OF_BINDS}
    )
