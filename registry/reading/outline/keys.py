"""The keys of an office, a policy or a statement: which are misspelt, and which belong to another thing."""

from __future__ import annotations

from registry.model import Severity
from registry.reading.outline.noted import Noted, Spot
from registry.reading.outline.values import is_language, property_of
from registry.reading.tree import Mapping
from registry.vocabulary import fields, nearest
from registry.vocabulary.context import key_definition

_WORDS = {"Office": "office", "FlossPolicy": "policy", "PolicyStatement": "statement"}
_BUILT = ("matrix", "policies", "statements")  # of which nothing can be made in another place


def check_key(noted: Noted, spot: Spot, key: str, entry: Mapping, before: str) -> None:
    """Note a key of an entry that is misspelt, or belongs to another thing; `before` is the key in front of it."""
    if key in fields.keys(spot.type):
        return
    if fields.home(key):
        _of_another(noted, spot, key, entry)
    elif key_definition(key, spot.type) is None:
        _unknown(noted, spot, key, entry, before)


def _unknown(noted: Noted, spot: Spot, key: str, entry: Mapping, before: str) -> None:
    at, path = entry.key_at(key), property_of(key, spot.type)
    if is_language(key) and _lacks_texts(before, entry, spot.type):
        covers = path, property_of(before, spot.type)
        noted.remark("language-outside", spot, at, key, path=path, covers=covers, near=before)
    elif (near := nearest.key(key, spot.type) if noted.may_guess() else "") and near not in entry:
        covers = path, property_of(near, spot.type)
        severity = Severity.VIOLATION if near in fields.needed(spot.type) else None
        noted.remark("field-misspelt", spot, at, key, path=path, covers=covers, severity=severity, near=near)


def _of_another(noted: Noted, spot: Spot, key: str, entry: Mapping) -> None:
    at, path = entry.key_at(key), property_of(key, spot.type)
    near = fields.instead(key, spot.type)
    is_open = near != "" and near not in entry
    covers = (path, property_of(near, spot.type)) if is_open else (path,)
    is_needed = key in _BUILT or (is_open and near in fields.needed(spot.type))
    code = "field-instead" if near else f"field-of-{_WORDS[fields.home(key)]}"
    severity = Severity.VIOLATION if is_needed else None
    noted.remark(code, spot, at, key, path=path, covers=covers, severity=severity, near=near)


def _lacks_texts(key: str, entry: Mapping, kind: str) -> bool:
    """Return whether a key of an entry has texts by language, and none is given."""
    definition = key_definition(key, kind) if key and entry[key] is None else None
    return definition is not None and definition.kind == "language"
