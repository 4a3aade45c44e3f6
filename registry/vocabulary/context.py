"""What the JSON-LD context says of each key of a description file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

from registry.iri.names import PREFIXES
from registry.vocabulary.concepts import data

_KINDS = {"@id": "iri", "@vocab": "concept"}


@dataclass(frozen=True, slots=True)
class Term:
    """What the context says of a key. `kind`: text, language, iri, concept, typed, id or type."""

    iri: str
    kind: str
    reverse: bool = False


@cache
def context() -> dict[str, Any]:
    """Return the value of `@context` in our JSON-LD context; not to be changed."""
    found: dict[str, Any] = json.loads(data("ontology/context.jsonld"))["@context"]
    return found


@cache
def term(key: str, type_: str = "") -> Term | None:
    """Return what the context says of a key in a node of that type, or None for a field that nobody defined."""
    entry = context().get(type_)
    scoped = entry.get("@context", {}) if isinstance(entry, dict) else {}
    found = scoped.get(key, context().get(key))
    if found is None or key.startswith("@"):
        return None
    if isinstance(found, str):
        return Term(found, found.removeprefix("@")) if found.startswith("@") else Term(_expanded(found), "typed")
    reverse = "@reverse" in found
    kind = _KINDS.get(found.get("@type", ""), "typed" if "@type" in found else "text")
    kind = "language" if found.get("@container") == "@language" else kind
    return Term(_expanded(found["@reverse" if reverse else "@id"]), kind, reverse)


def _expanded(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name
