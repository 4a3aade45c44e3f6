"""Where the values of a JSON document stand: by their order in the text, with the way to each in the author's words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

from registry.iri.names import RDF_TYPE
from registry.model import Place
from registry.reading.rdf.rdf_places import Leaf
from registry.reading.rdf.turtle_tokens import Lines
from registry.vocabulary import context

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_NO_VALUES = frozenset({"@id", "@language", "@direction", "@index", "@base", "@vocab", "@version", "id"})


class Scalar(NamedTuple):
    """A scalar of a JSON document: the keys and numbers that lead to it, its value, and the place of its object."""

    path: tuple[str | int, ...]
    value: str | float | bool | None
    at: Place
    key_at: Place
    object_at: Place

    @property
    def key(self) -> str:
        """The nearest key above it that is no keyword for the same value, such as `name` of `name: {"@value": …}`."""
        keys = [step for step in self.path if isinstance(step, str)]
        while len(keys) > 1 and keys[-1] in ("@value", "@list", "@set", "@id"):
            keys.pop()
        return keys[-1] if keys else ""


class _Level:
    """An open object or array."""

    def __init__(self, at: Place, is_object: bool) -> None:
        self.at, self.is_object, self.step = at, is_object, "" if is_object else 0
        self.key_at, self.has_key = at, False


def scalars(text: str) -> Iterator[Scalar]:
    """Yield the scalars of well-formed JSON in the order of the text."""
    lines, levels = Lines(text), list[_Level]()
    for match in _TOKEN.finditer(text):
        word, at = match[0], Place(*lines.at(match.start()))
        level = levels[-1] if levels else None
        if word in "[{":
            levels.append(_Level(at, word == "{"))
        elif word in "]}":
            levels.pop()
        elif word == ",":
            if level and level.is_object:
                level.has_key = False
            elif level:
                level.step = int(level.step) + 1
        elif level and level.is_object and not level.has_key:
            level.step, level.key_at, level.has_key = json.loads(word, strict=False), at, True
        elif word != ":":
            path = tuple(each.step for each in levels)
            node = next((each for each in reversed(levels) if each.is_object), None)
            key_at = node.key_at if node else at
            place = Place(at.line, at.column, written(path))
            yield Scalar(path, json.loads(word), place, key_at, node.at if node else at)


def written(path: tuple[str | int, ...]) -> str:
    """Return a way through a document as people write it.

    >>> written(("@graph", 0, "name", "en"))
    '@graph[0].name.en'
    """
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def leaves(text: str) -> Iterator[Leaf]:
    """Yield the values of JSON-LD in the order of the text, without those of its contexts."""
    for scalar in scalars(text):
        last = scalar.path[-1] if scalar.path else ""
        if "@context" in scalar.path or scalar.value is None or (last in _NO_VALUES and scalar.key == last):
            continue
        yield Leaf(
            _predicates(scalar.key, scalar.path), _text(scalar.value), scalar.at, scalar.key_at, scalar.object_at
        )


def _predicates(key: str, path: tuple[str | int, ...]) -> frozenset[str]:
    """Return the properties that a key of our context may stand for; none for others."""
    if key in ("type", "@type"):
        return frozenset([RDF_TYPE.value])
    keys = [step for step in path if isinstance(step, str)]
    for candidate in (key, keys[-2] if len(keys) > 1 else ""):  # below it may stand a language
        found = [context.key_definition(candidate, type_) for type_ in ("", "FlossPolicy")]
        if candidate and any(found):
            return frozenset(definition.iri for definition in found if definition)
    return frozenset()


def _text(value: str | float | bool) -> str:
    return value if isinstance(value, str) else json.dumps(value)
