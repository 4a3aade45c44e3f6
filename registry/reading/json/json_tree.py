"""JSON in our own form, from its bytes to the same tree as YAML: the place of each key and value, numbers as typed.

A strict reader of RFC 8259. A value that is refused is replaced by its ReadingError, as in YAML.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from json import JSONDecodeError
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any

from registry.errors import ReadingError
from registry.reading import decoding
from registry.reading.json.json_mistakes import Stop, mistake, mistake_in_text
from registry.reading.tree import Mapping, Sequence, refusal_of
from registry.reading.yaml.yaml_builder import MAX_CHARACTERS, MAX_NODES, repeated_key
from registry.vocabulary.messages import unreadable

MAX_DEPTH = 32  # arrays and objects within each other

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?(?![0-9A-Za-z.+-])")
_WORD = re.compile(r"(?:true|false|null)\b")
_LINE_BEGIN = re.compile("\r\n?|\n")


def load_with_refusals(body: bytes, max_bytes: int) -> tuple[Any, ReadingError | None]:
    """Return a JSON document as `Mapping`, `Sequence`, str and None, with the first refused value in it.

    Raises ReadingError with line and column for what is not JSON, and for what is refused in no single place.
    """
    reader = _Reader(decoding.decode_any(body, max_bytes))
    document = reader.document()
    return document, refusal_of(document)


def not_json(text: str) -> ReadingError:
    """Return why a text that another parser refused is not JSON (RFC 8259), with line and column."""
    try:
        _Reader(text).document()
    except ReadingError as error:
        return error
    return unreadable("json-ld-unread")


class _Reader:
    """Reads one text, from a position to the next; each method returns what it read and where that ends."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._begins = [0, *(match.end() for match in _LINE_BEGIN.finditer(text))]
        self._open: list[int] = []  # where each bracket that is open begins
        self._nodes = 0
        self._mappings_in: Counter[int] = Counter()  # line → mappings that begin there

    def document(self) -> Any:
        try:
            value, end = self._value(self._skip(0))
            if end < len(self._text):
                raise Stop("end", end)
        except Stop as stop:
            opened = self._open[-1] if self._open else None
            code, position, facts = mistake(self._text, stop, opened)
            raise self._refusal(code, position, facts) from None
        return value

    def _refusal(self, code: str, position: int, facts: dict[str, str]) -> ReadingError:
        line, column = self._place(position)
        return unreadable(code, line, column, **facts)

    def _place(self, position: int) -> tuple[int, int]:
        line = bisect_right(self._begins, position)
        return line, position - self._begins[line - 1] + 1

    def _skip(self, position: int) -> int:
        """Return the next position that is no white space."""
        return _SPACE.match(self._text, position).end()  # type: ignore[union-attr]

    def _value(self, position: int) -> tuple[Any, int]:
        """Return the value that begins here, and the position of what follows it and white space."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise unreadable("yaml-too-many-values", *self._place(position), limit=str(MAX_NODES))
        character = self._text[position : position + 1]
        if character == '"':
            return self._string(position)
        if character in ("{", "["):
            if len(self._open) >= MAX_DEPTH:
                raise unreadable("json-too-deep", *self._place(position), limit=str(MAX_DEPTH))
            self._open.append(position)
            value, end = self._object(position) if character == "{" else self._array(position)
            self._open.pop()
            return value, self._skip(end)
        found = _NUMBER.match(self._text, position) or _WORD.match(self._text, position)
        if found is None:
            raise Stop("value", position)
        return self._sound(None if found[0] == "null" else found[0], position), self._skip(found.end())

    def _string(self, position: int) -> tuple[Any, int]:
        try:
            value, end = scanstring(self._text, position + 1, True)
        except JSONDecodeError as error:
            code, at, facts = mistake_in_text(self._text, position, error)
            raise self._refusal(code, at, facts) from None
        if character := decoding.forbidden(value):
            typed = self._text.find(character, position, end)  # -1 for an escape
            return decoding.unseen(character, *self._place(max(typed, position))), self._skip(end)
        return self._sound(value, position), self._skip(end)

    def _sound(self, value: str | None, position: int) -> Any:
        """Return a text, or the ReadingError of one that is too long."""
        if value is None or len(value) <= MAX_CHARACTERS:
            return value
        facts = {"characters": str(len(value)), "limit": str(MAX_CHARACTERS)}
        return self._refusal("yaml-text-too-long", position, facts)

    def _array(self, position: int) -> tuple[Sequence, int]:
        found = Sequence()
        position = self._skip(position + 1)
        if self._text[position : position + 1] == "]":
            return found, position + 1
        while True:
            found.items_at.append(self._place(position))
            value, end = self._value(position)
            found.append(value)
            found.refusal = found.refusal or refusal_of(value)
            if self._text[end : end + 1] == "]":
                return found, end + 1
            position = self._comma(end)

    def _object(self, position: int) -> tuple[Mapping, int]:
        line, column = self._place(position)
        self._mappings_in[line] += 1
        nth = self._mappings_in[line]
        mapping = Mapping(line, f"L{line}" + (f".{nth}" if nth > 1 else ""), column)
        position = self._skip(position + 1)
        if self._text[position : position + 1] == "}":
            return mapping, position + 1
        while True:
            end = self._member(mapping, position)
            if self._text[end : end + 1] == "}":
                return mapping, end + 1
            position = self._comma(end)

    def _comma(self, position: int) -> int:
        if self._text[position : position + 1] != ",":
            raise Stop("comma", position)
        return self._skip(position + 1)

    def _member(self, mapping: Mapping, position: int) -> int:
        """Add a key and its value to a mapping, and return the position after them; an unfit key has its reason."""
        if self._text[position : position + 1] != '"':
            raise Stop("key", position)
        at = self._place(position)
        self._nodes += 1
        key, colon = self._string(position)
        if self._text[colon : colon + 1] != ":":
            raise Stop("colon", colon)
        begin = self._skip(colon + 1)
        value, end = self._value(begin)
        if isinstance(key, ReadingError):
            key, value = f"{at[0]}:{at[1]}", key
        elif key in mapping:
            value = repeated_key(mapping, key, *at)
        elif not key:
            value = unreadable("yaml-empty-key", *at)
        mapping[key] = value
        mapping.keys_at.setdefault(key, at)
        mapping.values_at[key] = self._place(begin)
        mapping.refusal = mapping.refusal or refusal_of(value)
        return end
