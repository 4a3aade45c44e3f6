"""A YAML file as one JSON-LD document: its upper levels and its matrix, which the context cannot describe.

A JSON-LD context maps keys to properties. It can neither tell which mappings are offices (four layouts are in use), nor
index a statement by two properties at once, as `matrix: {use: {present: …}}` does. Only here does Python name fields
for that; all other keys are defined in `ontology/context.jsonld`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from registry.errors import ReadingError
from registry.iri.names import FIELD
from registry.model import Place, Places, Remark
from registry.reading.json_ld import needed_context
from registry.reading.rdf import MAX_IRI_BYTES
from registry.reading.tree import Mapping
from registry.vocabulary import concepts, context

# Characters that RFC 3987 forbids in an IRI. They are percent-encoded: pyoxigraph would drop the value, and then no
# shape could report it.
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # BCP 47, roughly: the RDF parser is exact
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BUILT = {"iri", "type", "matrix", "statements", "policies"}  # keys whose nodes are made here
_EXPECTED = (
    "expected one office (with url and name), a map from home page to office, a map from file to such a map, "
    "or a list of policies under `policies:`"
)


def outline(document: Any) -> tuple[dict[str, Any], Places, tuple[Remark, ...]]:
    """Return the JSON-LD document of a YAML document that `yaml_events` returned, and the lines of its nodes.

    An entry of a list that cannot be read keeps no other out: it is a node with only what tells it from the others, and
    comes with the reason as the third part. Where no entry can be read, the reason of the first is raised.

    A node is the IRI that the publisher gave it, or else a blank node that is named after its line: `_:L12`. Raises
    ReadingError.
    """
    if not isinstance(document, Mapping):
        what = f"a list of {len(document)} items" if isinstance(document, list) else "a text" if document else "nothing"
        raise ReadingError(f"found {what}; {_EXPECTED}", 1)
    outliner = _Outliner()
    nodes = list(outliner.nodes(document))
    unread = outliner.unread
    if unread and len(unread) == len(nodes):
        raise outliner.first or ReadingError("")
    return {"@context": needed_context(nodes), "@graph": nodes}, outliner.places, tuple(unread)


class _Outliner:
    """Makes nodes of the upper levels of a document; notes the line of each node and property in `lines`.

    `unread` are the entries that cannot be read.
    """

    def __init__(self) -> None:
        self.places: dict[tuple[str, str, str], Place] = {}
        self.unread: list[Remark] = []
        self.first: ReadingError | None = None

    def nodes(self, document: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the offices and policies of a document in any of the four layouts that `_EXPECTED` names."""
        if "url" in document:
            yield self._office(_sound(document))
        elif "policies" in document or "offices" in document:
            for key, value in document.items():
                if key not in ("offices", "policies"):
                    _sound(value)
            for item in _several(document.get("offices")):
                yield self._or_unread(partial(self._listed, self._office, item, document, "offices"), "Office", item)
            for item in _several(document.get("policies")):
                make = partial(self._listed, self._policy, item, document, "policies")
                yield self._or_unread(make, "FlossPolicy", item)
        else:
            yield from self._offices(document)

    def _offices(self, document: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the offices of a map from home page to office, or of a map from file to such maps."""
        for key, value in document.items():
            if _is_file(key, value):
                for inner, office in value.items():
                    yield self._or_unread(partial(self._keyed_office, value, inner), "Office", office, inner)
            elif value or "://" in key or not any(_is_file(*item) for item in document.items()):
                yield self._or_unread(partial(self._keyed_office, document, key), "Office", value, key)
            # else a file that lists nobody yet

    def _or_unread(self, make: Callable[[], dict[str, Any]], type_: str, value: Any, key: str = "") -> dict[str, Any]:
        """Return the node that `make` makes of an entry with this value; if it raises, one that names the entry.

        `key` is that of the entry. What was noted of a node that is not made is taken back.
        """
        places, self.places = self.places, {}
        try:
            node = make()
        except ReadingError as error:
            self.places = {}
            self.first = self.first or error
            name = f"_:L{error.line or 1}.{len(self.unread) + 1}-unread-entry"
            node = {"@id": name, "type": type_} | _told_by(value, key, type_)
            place = Place(error.line, error.column)
            self.unread.append(Remark("entry-unread", place, name, facts={"problem": error.args[0]}, covers=("*",)))
            self.places[name, "", ""] = Place(error.line or 1, error.column)
        places.update(self.places)
        self.places = places
        return node

    @staticmethod
    def _listed(make: Callable[[Mapping], dict[str, Any]], item: Any, document: Mapping, key: str) -> dict[str, Any]:
        """Return the node that `make` makes of an item of the list under that key."""
        return make(_is_mapping(_sound(item), document, key))

    def _keyed_office(self, mapping: Mapping, key: str) -> dict[str, Any]:
        """Return the node of the office whose home page is the key of its entry."""
        value, line = _sound(mapping[key]), (mapping.key_at(key)[0] or 1)
        if "://" in key:
            return self._office(_is_mapping(Mapping(line) if value is None else value, mapping, key), key, line)
        if isinstance(value, Mapping) and value:
            raise ReadingError(
                f"{key!r} is neither a home page (it begins with https://) nor a file that lists home pages; "
                f"{_EXPECTED}",
                line,
            )
        raise ReadingError(f"{key!r} is a field, but the file has no url on this level; {_EXPECTED}", line)

    def _office(self, entry: Mapping, key: str = "", line: int = 0) -> dict[str, Any]:
        """Return the node of an office; the key of its entry is its home page."""
        url = entry.get("url")
        if key and url not in (None, key):
            raise ReadingError(
                f"url is {url}, but the entry is called {key}: write the same address twice",
                (entry.key_at("url")[0] or 1),
            )
        node = self._node(entry, "Office", line or entry.line)
        if key:
            node["url"] = _address(key, line)
        if policies := _several(entry.get("policies")):
            node["policies"] = [self._policy(_is_mapping(item, entry, "policies")) for item in policies]
        return node

    def _policy(self, entry: Mapping) -> dict[str, Any]:
        node = self._node(entry, "FlossPolicy", entry.line)
        statements = list(self._matrix(entry))
        for item in _several(entry.get("statements")):
            statement = _is_mapping(item, entry, "statements")
            statements.append(self._node(statement, "PolicyStatement", statement.line))
        return node | ({"statements": statements} if statements else {})

    def _matrix(self, policy: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the statements of a policy's matrix: activity → stage → one, several, or a word of coverage."""
        if policy.get("matrix") is None:
            return
        matrix = _is_mapping(policy["matrix"], policy, "matrix")
        for activity, stages in matrix.items():
            _check_code("activity", activity, matrix)
            row = _is_mapping(stages, matrix, activity)
            for stage, cell in row.items():
                _check_code("stage", stage, row)
                for item in _several(cell):
                    name = f"_:{policy.name}-{activity}-{stage}"
                    yield self._statement(item, name, (row.key_at(stage)[0] or 1)) | {
                        "activity": activity,
                        "stage": stage,
                    }

    def _statement(self, item: Any, name: str, line: int) -> dict[str, Any]:
        """Return the node of one item of a cell: a statement with fields, or one word of coverage such as `silent`."""
        if isinstance(item, Mapping):
            return {"coverage": "stated"} | self._node(item, "PolicyStatement", item.line)
        if not isinstance(item, str):
            raise ReadingError("a cell holds a statement, a list of statements, or one word of coverage", line)
        self.places[name, "", ""] = Place(line)
        return {"@id": name, "type": "PolicyStatement", "coverage": _iri(item)}

    def _node(self, entry: Mapping, type_: str, line: int) -> dict[str, Any]:
        """Return a mapping as a typed JSON-LD node, named after its line unless it names itself."""
        own = _iri(entry["iri"]) if isinstance(entry.get("iri"), str) else f"_:{entry.name}"
        node: dict[str, Any] = {"@id": own, "type": type_}
        self.places[own, "", ""] = Place(line, entry.column)
        for key, value in entry.items():
            if key in _BUILT or value is None:
                continue
            node[_field(key)] = _value(key, value, type_, (entry.key_at(key)[0] or 1))
            definition = context.key_definition(key, type_)
            self.places[own, definition.iri if definition else FIELD + _field(key), ""] = Place(*entry.value_at(key))
        return node


def _sound(value: Any) -> Any:
    """Return a value of the file. Raises the ReadingError that it is or holds, if so."""
    refusal = value.refusal if isinstance(value, Mapping) else value
    if isinstance(refusal, list):
        for item in refusal:
            _sound(item)
    if isinstance(refusal, ReadingError):
        raise refusal
    return value


def _is_file(key: str, value: Any) -> bool:
    """Return whether a value is a map from home page to office, as a list of several files has for each file.

    Under the name of a file, one home page tells; under what may be a home page itself, all keys must be some.
    """
    if not isinstance(value, Mapping) or not value:
        return False
    offices = ["://" in inner and (office is None or isinstance(office, Mapping)) for inner, office in value.items()]
    return all(offices) or ("://" not in key and any(offices))


def _told_by(value: Any, key: str, type_: str) -> dict[str, Any]:
    """Return the fields that tell an entry from the others of its file in every version, as far as they are given.

    See `registry.admission.entries`. A key without scheme is the home page that it was meant to be.
    """
    if key:
        url = _iri(key if ":" in key else f"https://{key}")
        return {"url": url} if len(url.encode()) <= MAX_IRI_BYTES else {}
    fields = value if isinstance(value, Mapping) else {}
    names = ("url",) if type_ == "Office" else ("id", "url", "title")
    given = {name: fields[name] for name in names if isinstance(fields.get(name), str)}
    return {name: _value(name, text, type_, 0) for name, text in given.items() if len(text) <= MAX_IRI_BYTES // 4}


def _check_code(scheme: str, code: str, mapping: Mapping) -> None:
    """Raise ReadingError if a key of the matrix is no code of its concept scheme."""
    if code not in _codes(scheme):
        raise ReadingError(
            f"{code!r} is no {scheme}: write one of {', '.join(_codes(scheme))}", (mapping.key_at(code)[0] or 1)
        )


@cache
def _codes(scheme: str) -> tuple[str, ...]:
    return tuple(concept.code for concept in concepts.concepts(scheme))


def _field(key: str) -> str:
    """Return a key for JSON-LD: as it is if the context defines it, else as a part of an IRI under `FIELD`."""
    return key if context.key_definition(key) else _iri(key.replace("@", "%40").replace(":", "%3A"))


def _value(key: str, value: Any, type_: str, line: int) -> Any:
    """Return the value of a key as JSON-LD takes it; `type_` is the class of its node, "" for a nested one."""
    definition = context.key_definition(key, type_)
    if isinstance(value, list):
        return [_value(key, item, type_, line) for item in value if item is not None]
    if isinstance(value, Mapping):
        fields = {name: inner for name, inner in value.items() if inner is not None}
        if definition and definition.kind == "language":
            return {_language(name, value): _texts(text, (value.key_at(name)[0] or 1)) for name, text in fields.items()}
        return {_field(name): _value(name, inner, "", (value.key_at(name)[0] or 1)) for name, inner in fields.items()}
    return _address(value, line) if definition and definition.kind in ("iri", "concept") else value


def _address(text: str, line: int) -> str:
    """Return a text as an IRI; the parser of RDF would refuse a longer one with the whole file."""
    iri = _iri(text)
    if len(iri.encode()) > MAX_IRI_BYTES:
        raise ReadingError(f"an address of more than {MAX_IRI_BYTES} bytes: {iri[:60]}…; shorten it", line)
    return iri


def _language(name: str, mapping: Mapping) -> str:
    if not _LANGUAGE.fullmatch(name):
        raise ReadingError(
            f"{name!r} is no language tag: write a code like en, fr or pt-BR", (mapping.key_at(name)[0] or 1)
        )
    return name


def _texts(value: Any, line: int) -> Any:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ReadingError("a text, or a list of texts, belongs under a language", line)
    return value


def _iri(text: str) -> str:
    """Return a text with the characters that no IRI may hold percent-encoded (RFC 3987, section 3.1)."""
    return _PERCENT.sub("%25", _ILLEGAL.sub(lambda match: f"%{ord(match[0]):02X}", text.strip()))


def _several(value: Any) -> list[Any]:
    """Return a list as it is, a single value as a list of one, and None as an empty list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_mapping(value: Any, parent: Mapping, key: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise ReadingError(f"{key!r} holds {str(value)[:40]!r}; expected fields with values", parent.key_at(key)[0])
    return value
