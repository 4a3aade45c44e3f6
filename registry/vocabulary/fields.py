"""Which keys a thing of each class has, and by which other words they are called (`ontology/fields.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any

from registry.vocabulary.concepts import data


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(data("ontology/fields.toml").decode())


def keys(node_type: str) -> tuple[str, ...]:
    """Return the keys of a class such as `Office`, in the order in which people write them; () for another name."""
    return tuple(_table().get(node_type, {}).get("keys", ()))


def needed(node_type: str) -> tuple[str, ...]:
    """Return the keys without which a thing of that class says little or nothing."""
    return tuple(_table().get(node_type, {}).get("needed", ()))


def instead(key: str, node_type: str) -> str:
    """Return the key of that class that is meant by a key of another class, or "".

    >>> instead("title", "Office"), instead("force", "Office")
    ('name', '')
    """
    return str(_table().get(node_type, {}).get("instead", {}).get(key, ""))


def words(key: str) -> tuple[str, ...]:
    """Return by which other words people call a key."""
    return tuple(_table()["words"].get(key, ()))


def codes(scheme: str) -> Mapping[str, str]:
    """Return the code of a concept scheme that is meant by a word of everyday language."""
    found: Mapping[str, str] = _table()["codes"].get(scheme, {})
    return found


def home(key: str) -> str:
    """Return the first class that has a key, or "".

    >>> home("matrix"), home("force")
    ('FlossPolicy', 'PolicyStatement')
    """
    return next((name for name in ("Office", "FlossPolicy", "PolicyStatement") if key in keys(name)), "")
