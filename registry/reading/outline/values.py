"""The values of the fields of a description file, as JSON-LD takes them; of what cannot be kept, a remark says why."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from pyoxigraph import Literal

from registry.errors import ReadingError
from registry.iri.names import CONCEPT, FIELD
from registry.model import Severity
from registry.reading.iris import iri_of
from registry.reading.outline.noted import Noted, Spot
from registry.reading.tree import At, Mapping, Sequence
from registry.vocabulary import nearest
from registry.vocabulary.concepts import code_in
from registry.vocabulary.context import KeyDefinition, key_definition, scheme_of

MAX_IRI_BYTES = 2_048
_TAG_WITHOUT_SPACE = re.compile(r"([a-z]{2}):(?=[^\s/])")  # `en:Office`, which YAML takes for a text
_HOME = ("Office", "url")  # without it, nobody is described
_PLAIN = ("email", "country", "territory", "nuts", "pso_id", "codebook", "provision", "own_word", "binds_note")
_UNTAGGED = ("@none", "none")  # JSON-LD 1.1, section 4.6.3


def field_name(key: str) -> str:
    """Return a key for JSON-LD: as it is if it stands for a property of ours, else as an IRI under `FIELD`."""
    return key if _definition(key, "") else FIELD + quote(key, safe="")


def property_of(key: str, node_type: str) -> str:
    """Return the IRI of the property for which a key stands in a node of that class."""
    definition = _definition(key, node_type)
    return definition.iri if definition else FIELD + quote(key, safe="")


def holds_text(key: str, node_type: str) -> bool:
    """Return whether the values of a key are texts for readers, not codes, addresses or dates."""
    definition = _definition(key, node_type)
    return definition is not None and definition.kind in ("text", "language")


def _definition(key: str, node_type: str) -> KeyDefinition | None:
    """Return the definition of a key; None for those that stand for no property that leads from a node to a value."""
    definition = key_definition(key, node_type)
    return None if definition is None or definition.reverse or definition.kind in ("id", "type") else definition


class Values:
    """Makes the values of a document; notes where each stands, and what is wrong with it."""

    def __init__(self, noted: Noted) -> None:
        self._noted = noted

    def of(self, spot: Spot, key: str, value: Any, at: At) -> Any:
        """Return the value of a key as JSON-LD takes it, None where nothing of it is kept; `spot` is the value's."""
        if isinstance(value, ReadingError):
            self._noted.refuse(value, spot, property_of(key, spot.type))
            return None
        definition = _definition(key, spot.type)
        kind = definition.kind if definition else ""
        if kind == "language":
            return self._texts(spot, key, value, at)
        if isinstance(value, Sequence):
            items = [self.of(spot.item(i), key, item, value.item_at(i)) for i, item in enumerate(value)]
            return [item for item in items if item is not None] or None
        if isinstance(value, Mapping):
            return self._below(spot, key, value, definition)
        if value is None:
            return None
        if kind == "iri":
            return self._address(spot, key, value, at)
        if kind == "concept":
            return self._code(spot, key, value, at)
        return self._kept(spot, key, value, value, at)

    def _kept(self, spot: Spot, key: str, json: Any, value: str, at: At, typed: str = "") -> Any:
        """Note where a value stands, and return what JSON-LD takes for it."""
        self._noted.place(spot, property_of(key, spot.type), value, at, typed if typed != value else "")
        return json

    def _below(self, spot: Spot, key: str, value: Mapping, definition: KeyDefinition | None) -> Any:
        """Return a node below another, such as one piece of evidence; or a remark for a field that holds no node."""
        path, at = property_of(key, spot.type), (value.line, value.column)
        kind = definition.kind if definition else ""
        tags = [name for name in value if name != "iri" and is_language(name)]
        if kind == "text" and tags and len(tags) == len(value):
            best = "en" if "en" in value else tags[0]
            found = ", ".join(texts_of(value))
            self._noted.remark("text-by-language", spot, at, found, path=path, key=key, tag=best)
            return self.of(spot.below(best), key, value[best], value.value_at(best))
        addresses = [name for name in value if "://" in name]
        if kind == "iri" and addresses:
            self._noted.remark("address-in-braces", spot, at, ", ".join(texts_of(value)), path=path, key=key)
            return None
        if kind in ("concept", "typed") or key in _PLAIN:
            severity = Severity.WARNING if key in _PLAIN else None
            found = ", ".join(texts_of(value))
            self._noted.remark("one-value", spot, at, found, path=path, severity=severity, key=key)
            return None
        node = Spot(self.own_iri(spot, value), "", spot.field, spot.owner or spot.node)
        fields: dict[str, Any] = {"@id": node.node}
        self._noted.place(node, "", "", at)
        for name, item in value.items():
            if name != "iri" and (made := self.of(node.below(name), name, item, value.value_at(name))) is not None:
                fields[field_name(name)] = made
        return fields

    def cut(self, spot: Spot, entry: Mapping, key: str) -> None:
        """Note a text that a `#` may have cut, since what follows it is a comment."""
        comment, text = entry.comments.get(key, ""), entry.get(key)
        if comment and isinstance(text, str):
            whole = f"{text} {comment}"
            self._noted.remark("text-cut", spot, entry.value_at(key), comment, covers=(), key=key, text=whole)

    def own_iri(self, spot: Spot, entry: Mapping) -> str:
        """Return the IRI that a node gives itself, else a blank node that is named after its line: `_:L12`."""
        given = entry.get("iri")
        own = iri_of(given).iri if isinstance(given, str) else ""
        if given is not None and not own:
            found = ", ".join(texts_of(given))
            self._noted.remark("own-iri", spot.below("iri"), entry.value_at("iri"), found)
        return own or f"_:{entry.name}"

    def _address(self, spot: Spot, key: str, value: str, at: At) -> Any:
        address = iri_of(value)
        iri, kind, path = address.iri, address.kind, property_of(key, spot.type)
        if len(iri.encode()) > MAX_IRI_BYTES:
            iri, kind = "", "long"
        if kind == "encoded":
            self._noted.remark("address-encoded", spot, at, value, path=path, covers=(), kept=iri)
        elif kind:
            severity = Severity.VIOLATION if (spot.type, key) == _HOME else None
            code, found = f"address-{kind}", value.strip()
            self._noted.remark(code, spot, at, found, path=path, severity=severity, key=key, meant=address.meant)
        return self._kept(spot, key, iri, iri, at, value) if iri else None

    def _code(self, spot: Spot, key: str, value: str, at: At) -> Any:
        """Return the IRI of a code; case does not matter, and an unknown one is left to its shape."""
        scheme, typed = scheme_of(key), value.strip()
        if "://" in typed:
            iri = iri_of(typed).iri or CONCEPT + scheme + "/" + quote(typed, safe="")
        else:
            iri = CONCEPT + scheme + "/" + (code_in(typed, scheme) or quote(typed, safe=""))
        return self._kept(spot, key, iri, iri, at, typed)

    def _texts(self, spot: Spot, key: str, value: Any, at: At) -> Any:
        """Return the texts of a field that has them by language, as a list of JSON-LD values, None for none."""
        if isinstance(value, ReadingError):
            return self.of(spot, key, value, at)
        if isinstance(value, Sequence):
            made = [self._texts(spot.item(i), key, item, value.item_at(i)) for i, item in enumerate(value)]
            return [text for texts in made if texts for text in texts] or None
        if isinstance(value, Mapping):
            return self._by_language(spot, key, value)
        if value is None:
            return None
        if (start := _TAG_WITHOUT_SPACE.match(value)) and nearest.is_language(start[1]):
            covers, tag = (), start[1]
            self._noted.remark("language-space", spot, at, value, covers=covers, tag=tag, text=value[start.end() :])
        return [self._kept(spot, key, value, value, at)]

    def _by_language(self, spot: Spot, key: str, value: Mapping) -> Any:
        found: list[Any] = []
        path = property_of(key, spot.type)
        cut = _cut_by_commas(value)
        for name, text in value.items():
            if isinstance(text, ReadingError):  # its key may be none: what cannot be read stands under its place
                self._noted.refuse(text, spot, path)
                continue
            if name in cut:
                if cut[name]:
                    at = value.value_at(name)
                    self._noted.remark("flow-comma", spot.below(name), at, cut[name], path=path, tag=name)
                continue
            tag = self._tag(spot.below(name), path, name, text, value.key_at(name))
            if tag is None or text is None:
                continue
            found += self._in_language(spot.below(name), key, tag, text, value.value_at(name))
            self.cut(spot.below(name), value, name)
        return found or None

    def _in_language(self, spot: Spot, key: str, tag: str, text: Any, at: At) -> list[Any]:
        if isinstance(text, Sequence):
            items = [self._in_language(spot.item(i), key, tag, one, text.item_at(i)) for i, one in enumerate(text)]
            return [item for several in items for item in several]
        if isinstance(text, Mapping):
            path, found = property_of(key, spot.type), ", ".join(texts_of(text))
            self._noted.remark("text-under-language", spot, at, found, path=path, key=key, tag=tag)
            return []
        if isinstance(text, ReadingError):
            self._noted.refuse(text, spot, property_of(key, spot.type))
            return []
        if text is None:
            return []
        return [self._kept(spot, key, {"@value": text, "@language": tag} if tag else text, text, at)]

    def _tag(self, spot: Spot, path: str, name: str, text: Any, at: At) -> str | None:
        """Return the language tag that a key of a language map is, "" for none, None where its text is not kept."""
        if name in _UNTAGGED:
            return ""
        if is_language(name) and not (len(name) == 3 and key_definition(name)):
            if not nearest.is_language(name) and (near := nearest.language_of_country(name)):
                self._noted.remark("language-unknown", spot, at, name, near=near)
            return name
        near = nearest.language(name) if self._noted.may_guess() else ""
        if "_" in name and is_language(near):
            self._noted.remark("language-underscore", spot, at, name, near=near)
            return near
        code = "language-named" if near else "language-field" if key_definition(name) else "language-key"
        typed = ", ".join(texts_of(text))
        covers = (path, property_of(name, spot.type)) if code == "language-field" else (path,)
        self._noted.remark(code, spot, at, name, path=path, covers=covers, near=near, text=typed)
        return None


def texts_of(value: Any) -> list[str]:
    """Return all texts of a value, keys of mappings included."""
    if isinstance(value, Mapping):
        return [text for key, inner in value.items() for text in (key, *texts_of(inner))]
    if isinstance(value, Sequence):
        return [text for inner in value for text in texts_of(inner)]
    return [] if value is None else [str(value)]


def _cut_by_commas(value: Mapping) -> dict[str, str]:
    """Return the keys of a text in flow style that its commas cut: its language with the whole text, the rest with "".

    `{en: choose, use and publish}` is a text under `en`, and a key without a value.
    """
    cut: dict[str, str] = {}
    before = ""
    for name, text in value.items():
        if text is None and before and not is_language(name):
            cut[before] = f"{cut.get(before) or value[before]}, {name}"
            cut[name] = ""
        elif isinstance(text, str):
            before = name
    return cut


def is_language(name: str) -> bool:
    """Return whether a key has the form of a language tag (RFC 5646), with a language of two or three letters."""
    if not 2 <= len(name.partition("-")[0]) <= 3:
        return name.startswith(("x-", "i-")) and _is_well_formed(name)
    return _is_well_formed(name)


def _is_well_formed(name: str) -> bool:
    try:
        Literal("", language=name)
    except ValueError:
        return False
    return True
