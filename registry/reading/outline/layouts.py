"""The layouts of a description file: one office or policy, lists of them, a map from home page to office."""

from __future__ import annotations

from typing import Any

from registry.reading.tree import Mapping
from registry.vocabulary import nearest

LISTS = ("offices", "policies")  # keys of a file that lists several things
_OF_POLICIES = {"matrix", "statements", "instrument", "status", "issued", "issuer"}
_MAX_KEYS = 200  # of one office or policy, of which the nearest known key is looked for


def kind_of(entry: Mapping) -> str:
    """Return of which class a mapping is a thing, by its keys; "" for a map or a list of several."""
    keys = set(entry)
    if any("://" in key for key in keys) and not keys & {"url", "name", "title"}:
        return ""
    if "title" in keys and keys & _OF_POLICIES and not keys & {"name", *LISTS}:
        return "FlossPolicy"
    own = [key for key in entry if key == "name" or not isinstance(entry[key], Mapping)]
    meant = {nearest.key(key, "Office") for key in own[:_MAX_KEYS]}
    if {"url", "name"} & meant:
        return "Office"
    known = meant - {""} - {"policies"}
    if keys & set(LISTS):
        return ""
    return "Office" if known else ""


def is_file(key: str, value: Any) -> bool:
    """Return whether a value is a map from home page to office, as a list of several files has for each file.

    Under the name of a file, one home page tells; under what may be a home page itself, all keys must be some.
    """
    if not isinstance(value, Mapping) or not value:
        return False
    offices = ["://" in inner and (office is None or isinstance(office, Mapping)) for inner, office in value.items()]
    return all(offices) or ("://" not in key and any(offices))
