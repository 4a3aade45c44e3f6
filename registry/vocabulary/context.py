"""What the JSON-LD context defines for each key of a description file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from registry.iri.names import CONCEPT, PREFIXES
from registry.vocabulary.concepts import belongs_to, data

_KINDS = {"@id": "iri", "@vocab": "concept"}


@dataclass(frozen=True, slots=True)
class KeyDefinition:
    """The property that a key of a description file stands for, and the kind of its values.

    `kind` is one of: `text`; `language` (texts by language tag); `iri`; `concept` (a code of a concept scheme); `typed`
    (a literal with a datatype); `id` and `type` (aliases of `@id` and `@type`). `reverse`: the property leads from the
    value to the node (JSON-LD 1.1, section 4.8).
    """

    iri: str
    kind: str
    reverse: bool = False


@cache
def context() -> dict[str, Any]:
    """Return the value of `@context` in our published JSON-LD context. Callers must not change it."""
    document: dict[str, Any] = json.loads(data("ontology/context.jsonld"))
    contexts: dict[str, Any] = document["@context"]
    return contexts


@cache
def key_definition(key: str, node_type: str = "") -> KeyDefinition | None:
    """Return the definition of a key in a node of that type; None for a key that the context does not define.

    A type-scoped definition (JSON-LD 1.1, section 4.1.8) goes before the general one.

    >>> key_definition("url", "Office")
    KeyDefinition(iri='http://xmlns.com/foaf/0.1/homepage', kind='iri', reverse=False)
    """
    type_entry = context().get(node_type)
    scoped = type_entry.get("@context", {}) if isinstance(type_entry, dict) else {}
    entry = scoped.get(key, context().get(key))
    if entry is None or key.startswith("@"):
        return None
    if isinstance(entry, str):
        if entry.startswith("@"):
            return KeyDefinition(entry, entry.removeprefix("@"))
        return KeyDefinition(_expanded(entry), "typed")
    reverse = "@reverse" in entry
    kind = _KINDS.get(entry.get("@type", ""), "typed" if "@type" in entry else "text")
    kind = "language" if entry.get("@container") == "@language" else kind
    return KeyDefinition(_expanded(entry["@reverse" if reverse else "@id"]), kind, reverse)


@cache
def scheme_of(key: str) -> str:
    """Return the concept scheme whose codes are the values of a key of a description file, "" where they are none.

    >>> scheme_of("binds"), scheme_of("provision")
    ('binds', '')
    """
    entry = context().get(key)
    values = entry.get("@context", {}).get("@vocab", "") if isinstance(entry, dict) else ""
    return str(values).removeprefix(CONCEPT).strip("/") if str(values).startswith(CONCEPT) else ""


@cache
def carried(class_iri: str = "") -> frozenset[str]:
    """Return the properties that a publisher's word about a thing of that class brings into the merged graph.

    They are those that a key of the context stands for, where the ontology gives them no other domain; all of these for
    "", the nodes below a thing. What the registry itself states there (sources, dates, layers, offices, countries) is
    not among them, so that nobody else can state it.
    """
    names = [name for name in context() if name[0].islower()]
    scoped = [name for name in context() if name[0].isupper()]
    definitions = [key_definition(name) for name in names]
    definitions += [key_definition(name, kind) for kind in scoped for name in _scoped(kind)]
    properties = {
        found.iri for found in definitions if found and found.kind not in ("id", "type") and not found.reverse
    }
    return frozenset(name for name in properties if not class_iri or belongs_to(name, class_iri))


@cache
def date_properties() -> frozenset[str]:
    """Return the properties whose values are dates: those to whose keys the context gives xsd:date."""
    keys = [key for key, entry in context().items() if isinstance(entry, dict) and entry.get("@type") == "xsd:date"]
    return frozenset(found.iri for key in keys if (found := key_definition(key)))


def _scoped(node_type: str) -> Iterable[str]:
    entry = context()[node_type]
    return entry.get("@context", {}) if isinstance(entry, dict) else ()


def _expanded(name: str) -> str:
    """Return the IRI of a prefixed name; a name with an unknown prefix is returned as it is."""
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local if prefix in PREFIXES else name
