"""The orders in which a list can be shown; pure. Each is stable: what is equal in it stands by country and name.

Names and titles are ordered as the reader of a language sees them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from registry.readmodel.lists.folding import fold
from registry.readmodel.tables.columns import Rows
from registry.readmodel.tables.table import Table
from registry.vocabulary import concepts

# List → the names of its orders, the usual one first; a minus stands for the greatest or newest first.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "countries": ("name", "-policies"),
    "offices": ("country", "name"),
    "policies": ("country", "title", "-issued", "instrument"),
}
NAMES: Mapping[str, str] = {"offices": "name", "policies": "title"}  # list → its order by what its things are called
_KEYS: Mapping[str, Callable[[Any, str], str]] = {
    "name": lambda item, language: fold(item.office.name(language).value),
    "title": lambda item, language: fold(item.policy.title(language).value),
    "-issued": lambda item, _: item.policy.issued,
    "instrument": lambda item, _: item.policy.instrument,
}


def ranks(table: Table[Any], order: str, language: str) -> Rows:
    """Return the rank of each row of the table of offices or policies in an order, for readers of a language.

    What has no value stands last.
    """
    key = _KEYS[order]
    keys = [key(item, language) for item in table.things()]
    values = _ordered(set(keys) - {""}, order)
    rank = {value: place for place, value in enumerate((*values, ""))}
    return np.array([rank[key] for key in keys], np.intp)


def _ordered(values: set[str], order: str) -> Sequence[str]:
    if order != "instrument":
        return sorted(values, reverse=order.startswith("-"))
    known = [concept.code for concept in concepts.concepts("instrument")]
    return sorted(values, key=lambda code: (known.index(code) if code in known else len(known), code))
