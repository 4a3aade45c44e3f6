"""The upper shapes of a YAML file, and its matrix, as one JSON-LD document: all that the context cannot say.

This is the only place where fields are named in Python. A JSON-LD context maps keys to terms; it can neither tell
which mappings are offices (four shapes are in use), nor index a statement by two properties at once, as
`matrix: {use: {present: …}}` does. Everything below that is `ontology/context.jsonld`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from registry.errors import ReadingError
from registry.iri.names import FIELD
from registry.reading.json_ld import context_for
from registry.reading.yaml_events import Mapping
from registry.vocabulary import concepts, context

# Bytes that RFC 3987 forbids in an IRI; pyoxigraph drops a value that holds one, so that no shape could speak of it.
_ILLEGAL = re.compile(r"[\x00-\x20<>\"{}|\\^`]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")  # BCP 47, roughly: the RDF parser is exact
_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_BUILT = {"iri", "type", "matrix", "statements", "policies"}  # keys whose nodes are made here
_EXPECTED = (
    "expected one office (with url and name), a map from home page to office, a map from file to such a map, "
    "or a list of policies under `policies:`"
)


Lines = dict[tuple[str, str], int]


def outline(document: Any) -> tuple[dict[str, Any], Lines]:
    """Return the JSON-LD document for what `yaml_events.load` returned, and the lines of its nodes.

    The lines are keyed by (node, predicate IRI), where node is `_:L12` or an IRI of the publisher's choice, and the
    predicate is "" for the node itself. Raises ReadingError with the line.
    """
    if not isinstance(document, Mapping):
        what = f"a list of {len(document)} items" if isinstance(document, list) else "a text" if document else "nothing"
        raise ReadingError(f"found {what}; {_EXPECTED}", 1)
    outliner = _Outliner()
    nodes = list(outliner.nodes(document))
    return {"@context": context_for(nodes), "@graph": nodes}, outliner.lines


class _Outliner:
    """Walks down the upper shapes; `lines` grows."""

    def __init__(self) -> None:
        self.lines: Lines = {}

    def nodes(self, document: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the offices and policies of a document in any of the four shapes."""
        if "url" in document:
            yield self._office(document)
        elif "policies" in document or "offices" in document:
            for item in _several(document.get("offices")):
                yield self._office(_is_mapping(item, document, "offices"))
            for item in _several(document.get("policies")):
                yield self._policy(_is_mapping(item, document, "policies"))
        else:
            yield from self._offices(document)

    def _offices(self, document: Mapping) -> Iterator[dict[str, Any]]:
        """Yield the offices of a map from home page to office, or of a map from file to such maps."""
        for key, value in document.items():
            line = document.lines[key]
            if _is_file(value):
                yield from (self._office(_entry(value, inner), inner, value.lines[inner]) for inner in value)
            elif "://" in key and (value is None or isinstance(value, Mapping)):
                yield self._office(_entry(document, key), key, line)
            elif isinstance(value, Mapping) and value:
                raise ReadingError(
                    f"{key!r} is neither a home page (it begins with https://) nor a file that lists home pages; "
                    f"{_EXPECTED}",
                    line,
                )
            elif value or not any(map(_is_file, document.values())):  # else a file that lists nobody yet
                raise ReadingError(f"{key!r} is a field, but the file has no url on this level; {_EXPECTED}", line)

    def _office(self, entry: Mapping, key: str = "", line: int = 0) -> dict[str, Any]:
        """Return the node of an office; the key of its entry is its home page."""
        said = entry.get("url")
        if key and said not in (None, key):
            raise ReadingError(f"url says {said}, but the entry is called {key}: let them agree", entry.lines["url"])
        node = self._node(entry, "Office", line or entry.line)
        if key:
            node["url"] = _iri(key)
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
            _known("activity", activity, matrix)
            row = _is_mapping(stages, matrix, activity)
            for stage, said in row.items():
                _known("stage", stage, row)
                for item in _several(said):
                    name = f"_:{policy.name}-{activity}-{stage}"
                    yield self._statement(item, name, row.lines[stage]) | {"activity": activity, "stage": stage}

    def _statement(self, said: Any, name: str, line: int) -> dict[str, Any]:
        if isinstance(said, Mapping):
            return {"coverage": "stated"} | self._node(said, "PolicyStatement", said.line)
        if not isinstance(said, str):
            raise ReadingError("a cell holds a statement, a list of statements, or one word of coverage", line)
        self.lines[name, ""] = line
        return {"@id": name, "type": "PolicyStatement", "coverage": _iri(said)}

    def _node(self, entry: Mapping, type_: str, line: int) -> dict[str, Any]:
        """Return a mapping as a typed JSON-LD node, named after its line unless it names itself."""
        own = _iri(entry["iri"]) if isinstance(entry.get("iri"), str) else f"_:{entry.name}"
        node: dict[str, Any] = {"@id": own, "type": type_}
        self.lines[own, ""] = line
        for key, value in entry.items():
            if key in _BUILT or value is None:
                continue
            node[_field(key)] = _value(key, value, type_, entry.lines[key])
            definition = context.key_definition(key, type_)
            self.lines[own, definition.iri if definition else FIELD + _field(key)] = entry.lines[key]
        return node


def _is_file(value: Any) -> bool:
    """Return whether this is what a list of several files holds for one of them: a map from home page to office."""
    offices = isinstance(value, Mapping) and all(
        "://" in key and (inner is None or isinstance(inner, Mapping)) for key, inner in value.items()
    )
    return offices and bool(value)


def _entry(mapping: Mapping, key: str) -> Mapping:
    """Return the office under a home page; one that is only a home page is for the shapes to complete."""
    found = mapping[key]
    return found if isinstance(found, Mapping) else Mapping(mapping.lines[key])


def _known(scheme: str, code: str, mapping: Mapping) -> None:
    if code not in _codes(scheme):
        raise ReadingError(f"{code!r} is no {scheme}: write one of {', '.join(_codes(scheme))}", mapping.lines[code])


@cache
def _codes(scheme: str) -> tuple[str, ...]:
    return tuple(concept.code for concept in concepts.concepts(scheme))


def _field(key: str) -> str:
    """Return a key as JSON-LD takes it; a field nobody defined becomes a legal part of an IRI."""
    return key if context.key_definition(key) else _iri(key.replace("@", "%40").replace(":", "%3A"))


def _value(key: str, value: Any, type_: str, line: int) -> Any:
    definition = context.key_definition(key, type_)
    if isinstance(value, list):
        return [_value(key, item, type_, line) for item in value if item is not None]
    if isinstance(value, Mapping):
        fields = {name: inner for name, inner in value.items() if inner is not None}
        if definition and definition.kind == "language":
            return {_language(name, value): _texts(text, value.lines[name]) for name, text in fields.items()}
        return {_field(name): _value(name, inner, "", value.lines[name]) for name, inner in fields.items()}
    return _iri(value) if definition and definition.kind in ("iri", "concept") else value


def _language(name: str, mapping: Mapping) -> str:
    if not _LANGUAGE.fullmatch(name):
        raise ReadingError(f"{name!r} is no language tag: write a code like en, fr or pt-BR", mapping.lines[name])
    return name


def _texts(value: Any, line: int) -> Any:
    texts = value if isinstance(value, list) else [value]
    if not all(isinstance(text, str) for text in texts):
        raise ReadingError("a text, or a list of texts, belongs under a language", line)
    return value


def _iri(text: str) -> str:
    return _PERCENT.sub("%25", _ILLEGAL.sub(lambda match: f"%{ord(match[0]):02X}", text.strip()))


def _several(value: Any) -> list[Any]:
    """Return one or several values as a list."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _is_mapping(value: Any, parent: Mapping, key: str) -> Mapping:
    if not isinstance(value, Mapping):
        raise ReadingError(
            f"{key!r} holds {str(value)[:40]!r}; expected fields with values", parent.lines.get(key, parent.line)
        )
    return value
