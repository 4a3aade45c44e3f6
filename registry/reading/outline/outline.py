"""A description file as one JSON-LD document: its upper levels, its fields and its matrix.

A JSON-LD context maps keys to properties. It can neither tell which mappings are offices (several layouts are in use),
nor index a statement by two properties at once, as `matrix: {use: {present: …}}` does. Only here does Python name
fields for that; all other keys are defined in `ontology/context.jsonld`.

Every value ends in the document, or in a remark that names it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.errors import ReadingError
from registry.model import Places, Remark, Severity
from registry.reading.iris import iri_of
from registry.reading.json.json_ld import needed_context
from registry.reading.outline.keys import check_key
from registry.reading.outline.layouts import LISTS, is_file, kind_of
from registry.reading.outline.matrix import Matrix
from registry.reading.outline.noted import Noted, Spot, several
from registry.reading.outline.values import MAX_IRI_BYTES, Values, field_name, holds_text, property_of, texts_of
from registry.reading.tree import At, Mapping, Sequence
from registry.vocabulary import fields, nearest
from registry.vocabulary.messages import unreadable

_BUILT = {"iri", "type", "matrix", "statements", "policies"}  # keys whose nodes are made here
_OF_FILE = ("title", "description", "licence", "modified", "language")  # what a file of several entries says of itself
_DOCUMENT = Spot("", "")
_FILE = "_:L1-of-file"
_KNOWN = {*fields.keys("Office"), *fields.keys("FlossPolicy")}
_HOME_PAGE = property_of("url", "Office")


@dataclass(frozen=True, slots=True)
class Outline:
    """A description file as JSON-LD, the places of its nodes and values, and the remarks on it."""

    document: dict[str, Any]
    places: Places
    remarks: tuple[Remark, ...]


def outline(document: Any) -> Outline:
    """Return the outline of a document that a reader of YAML, JSON or tables made.

    A node is the IRI that the publisher gave it, or else a blank node that is named after its line: `_:L12`. Raises
    ReadingError for what is no description, and where no entry can be read.
    """
    outliner = _Outliner()
    nodes = outliner.nodes(document)
    noted = outliner.noted
    entries = [node["@id"] for node in nodes if node["@id"] != _FILE]
    if entries and all(outliner.refusal(entry) for entry in entries):
        raise outliner.refusal(entries[0]) or unreadable("document-nothing")
    return Outline({"@context": needed_context(nodes), "@graph": nodes}, noted.places, tuple(noted.remarks))


class _Outliner:
    """Makes the nodes of a document; `noted` has where each stands, and what is wrong."""

    def __init__(self) -> None:
        self.noted = Noted()
        self._values = Values(self.noted)
        self._matrix = Matrix(self.noted, self._node)
        self._stubs = 0
        self._parts: dict[str, list[str]] = {}  # entry → the nodes that belong to it

    def refusal(self, entry: str) -> ReadingError | None:
        """Return why an entry, or something in it, cannot be read; None if all of it can."""
        return next((self.noted.refused[node] for node in self._parts[entry] if node in self.noted.refused), None)

    def nodes(self, document: Any) -> list[dict[str, Any]]:
        """Return the offices and policies of a document in any of the layouts that the message `layouts` names."""
        if isinstance(document, ReadingError):
            raise document
        if isinstance(document, Sequence) and document:
            return [self._entry(place, item, at, "") for place, item, at in several(_DOCUMENT, document, (1, 1))]
        if not isinstance(document, Mapping):
            raise unreadable("document-text" if document else "document-nothing", 1)
        if kind := kind_of(document):
            return [self._entry(_DOCUMENT, document, (document.line, document.column), kind)]
        if any(key in LISTS for key in document):
            return self._lists(document)
        return self._by_address(document, _DOCUMENT)

    def _lists(self, document: Mapping) -> list[dict[str, Any]]:
        """Return the entries under `offices` and `policies`, and what the file says of itself."""
        made, own = [], {}
        for key, value in document.items():
            spot, at = _DOCUMENT.below(key), document.value_at(key)
            if key in LISTS and value is not None:
                kind = "Office" if key == "offices" else "FlossPolicy"
                made += [
                    self._entry(place, item, item_at, kind) for place, item, item_at in self._listed(spot, value, at)
                ]
            elif key in _OF_FILE:
                if (kept := self._values.of(Spot(_FILE, "", key), key, value, at)) is not None:
                    own[key] = kept
            elif value is not None:
                near = next((name for name in LISTS if nearest.key(key, "Office") == name), "")
                code = "field-misspelt" if near and near not in document else "field-of-file"
                severity = Severity.VIOLATION if code == "field-misspelt" else None
                at = document.key_at(key)
                self.noted.remark(code, spot, at, key, near=near, severity=severity)
        return [*made, {"@id": _FILE} | own] if own else made

    def _by_address(self, document: Mapping, spot: Spot) -> list[dict[str, Any]]:
        """Return the offices of a map from home page to office, or of a map from file to such maps."""
        if not any("://" in key or is_file(key, value) or "." in key for key, value in document.items()):
            first = next(iter(document), "")
            raise document.refusal or unreadable("document-layout", *document.key_at(first), found=first)
        made: list[dict[str, Any]] = []
        has_files = any(is_file(*item) for item in document.items())
        for key, value in document.items():
            if is_file(key, value):
                made += self._by_address(value, spot.below(key))
            elif not value and has_files and "://" not in key:
                continue  # a file that lists nobody yet
            else:
                here, at = spot.below(key), document.value_at(key)
                made.append(self._entry(here, value, at, "Office", key, document.key_at(key)))
        if not made:
            raise unreadable("document-nothing", document.line)
        return made

    def _entry(
        self, spot: Spot, value: Any, at: At, kind: str, key: str = "", key_at: At | None = None
    ) -> dict[str, Any]:
        """Return the node of an entry; of one that cannot be read, a node with what tells it from the others."""
        where = key_at or at
        if value is None and key:
            value = Mapping(where[0] or 1, column=where[1])
        if not isinstance(value, Mapping) or (key and "://" not in key):
            node = self._unread(spot, value, kind or "Office", key, where)
            self._parts[node["@id"]] = [node["@id"]]
            return node
        before = len(self.noted.remarks)
        kind = kind or kind_of(value) or "Office"
        node = self._office(spot, value, key, where) if kind == "Office" else self._policy(spot, value)
        self._parts[node["@id"]] = [node["@id"], *(remark.node for remark in self.noted.remarks[before:])]
        return node

    def _unread(self, spot: Spot, value: Any, kind: str, key: str, at: At) -> dict[str, Any]:
        """Return the node of an entry that cannot be read, and note why."""
        node = self._stub(spot, value, kind, key, at)
        here = Spot(node["@id"], kind, spot.field)
        if isinstance(value, ReadingError):
            self.noted.refuse(value, here, covers=("*",))
        elif key and "://" not in key:
            code = "entry-host" if "." in key and ":" not in key else "entry-key"
            self.noted.remark(code, here, at, key, covers=("*",))
        else:
            code = "policy-fields" if kind == "FlossPolicy" else "entry-fields"
            self.noted.remark(code, here, at, _short(value), covers=("*",))
        return node

    def _stub(self, spot: Spot, value: Any, kind: str, key: str, at: At) -> dict[str, Any]:
        """Return the node of an entry that cannot be read: its class, and what tells it from others in every version.

        See `registry.admission.entries`. A key without scheme is the home page that it was meant to be.
        """
        self._stubs += 1
        name = f"_:L{at[0] or 1}.{self._stubs}-unread-entry"
        self.noted.place(Spot(name, kind, spot.field), "", "", at)
        told: dict[str, Any] = {}
        if key:
            url = iri_of(key if ":" in key else f"https://{key}").iri
            told = {"url": url} if url and len(url.encode()) <= MAX_IRI_BYTES else {}
        elif isinstance(value, Mapping):
            names = ["url"] if kind == "Office" else ["id", "url", "title"]
            told = {n: value[n] for n in names if isinstance(value.get(n), str) and len(value[n]) <= MAX_IRI_BYTES // 4}
            if "url" in told and not iri_of(told["url"]).iri:
                del told["url"]
        return {"@id": name, "type": kind} | told

    def _office(self, spot: Spot, entry: Mapping, key: str, at: At) -> dict[str, Any]:
        """Return the node of an office; the key of its entry is its home page."""
        node = self._node(spot, entry, "Office", at)
        here = Spot(node["@id"], "Office", spot.field)
        if key:
            url = entry.get("url")
            if isinstance(url, str) and iri_of(url).iri != iri_of(key).iri:
                self.noted.remark(
                    "address-twice", here.below("url"), entry.value_at("url"), url, path=_HOME_PAGE, key=key
                )
                self.noted.places.pop((here.node, _HOME_PAGE, iri_of(url).iri), None)  # the other one is kept
            if (home := self._values.of(here, "url", key, at)) is not None:
                node["url"] = home
        policies = entry.get("policies")
        if isinstance(policies, ReadingError):
            self.noted.refuse(policies, here.below("policies"))
        elif policies is not None:
            made = []
            for place, item, item_at in self._listed(here.below("policies"), policies, entry.value_at("policies")):
                if isinstance(item, Mapping):
                    made.append(self._policy(place, item))
                elif item is not None:
                    made.append(self._unread(place, item, "FlossPolicy", "", item_at))
            if made:
                node["policies"] = made
        return node

    def _listed(self, spot: Spot, value: Any, at: At) -> list[tuple[Spot, Any, At]]:
        """Return the items of a list; those of a map of names to things are its values."""
        if not isinstance(value, Mapping) or not value or set(value) & _KNOWN:
            return several(spot, value, at)
        if not all(isinstance(item, Mapping) for item in value.values()):
            return several(spot, value, at)
        for name in value:
            self.noted.remark("list-of-names", spot.below(name), value.key_at(name), name)
        return [(spot.below(name), item, value.value_at(name)) for name, item in value.items()]

    def _policy(self, spot: Spot, entry: Mapping) -> dict[str, Any]:
        node = self._node(spot, entry, "FlossPolicy", (entry.line, entry.column))
        here = Spot(node["@id"], "FlossPolicy", spot.field)
        statements = [*self._matrix.of_matrix(here, entry), *self._matrix.of_list(here, entry)]
        return node | ({"statements": statements} if statements else {})

    def _node(self, spot: Spot, entry: Mapping, kind: str, at: At) -> dict[str, Any]:
        """Return a mapping as a typed JSON-LD node, named after its line unless it names itself."""
        here = Spot(self._values.own_iri(spot, entry), kind, spot.field)
        node: dict[str, Any] = {"@id": here.node, "type": kind}
        self.noted.place(here, "", "", at)
        if entry.get("type") not in (None, kind):
            found = _short(entry["type"])
            self.noted.remark("type-given", here.below("type"), entry.value_at("type"), found)
        before = ""
        for key, value in entry.items():
            if value is None:  # as good as absent, but what is missing is missing there
                self.noted.place(here.below(key), property_of(key, kind), "", entry.key_at(key))
            elif key not in _BUILT & {*fields.keys(kind), "iri", "type"}:
                self._field(here, node, key, value, entry, before)
            before = key
        return node

    def _field(self, here: Spot, node: dict[str, Any], key: str, value: Any, entry: Mapping, before: str) -> None:
        """Add what a key of an entry says to its node; `before` is the key in front of it."""
        spot, at = here.below(key), entry.value_at(key)
        if not isinstance(value, ReadingError):  # the key of what cannot be read may be its place
            check_key(self.noted, spot, key, entry, before)
        if key != "policies":  # here of another class than an office: nothing can be made of it
            made = self._values.of(spot, key, value, at)
            self.noted.place(spot, property_of(key, here.type), "", at)
            if made is not None:
                node[field_name(key)] = made
                if holds_text(key, here.type):
                    self._values.cut(spot, entry, key)


def _short(value: Any) -> str:
    """Return what stands in place of fields, keys and values."""
    return ", ".join(texts_of(value))
