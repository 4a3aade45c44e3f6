"""A strict YAML reader that builds a document from parser events and checks every limit as it goes.

Every scalar is a text: `NO` is Norway, `1.10` stays `1.10`, and `2021-11-08` is checked by a shape, not by the parser.
Every mapping has the lines of its keys. Anchors, aliases, merge keys, tags, directives and further documents are
refused: a description needs none of them, and attacks on YAML readers are built from them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

from registry.errors import ReadingError

MAX_BYTES = 262_144
MAX_DEPTH = 16  # lists and mappings within each other
MAX_NODES = 20_000  # scalars, lists and mappings
MAX_CHARACTERS = 20_000  # of one scalar

# Not allowed: C0 controls but tab and line ends; C1 controls; lone surrogates; non-characters; and the bidirectional
# overrides and isolates, which can make a text look like another (Unicode UTR 36, section 2.5). The marks U+200E and
# U+200F are allowed: Arabic and Hebrew need them. A match of what is allowed is twice as fast as a search for the rest.
_ALLOWED = re.compile("[\t\n\r -~\x85\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in; ten times faster
_NULLS = ("", "~", "null", "Null", "NULL")  # YAML 1.2.2, section 10.2.1.1


class Mapping(dict[str, Any]):
    """A mapping with the line (from 1) where it begins; `lines` has the line of each key.

    `name` is unique in its document: L12, or L12.2 for the second mapping that begins in line 12.
    """

    def __init__(self, line: int, name: str = "") -> None:
        super().__init__()
        self.line = line
        self.name = name or f"L{line}"
        self.lines: dict[str, int] = {}


def load(body: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """Return a YAML document as `Mapping`, list, str and None.

    Raises ReadingError with line and column for what is not YAML or not accepted here, and no other exception.
    """
    text = decode(body, max_bytes)
    try:
        return _Builder().document(yaml.parse(text, _LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        position = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise ReadingError(f"not YAML: {_problem(error, text)}", *position) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ReadingError(f"not YAML: {error}") from error


def decode(body: bytes, max_bytes: int = MAX_BYTES) -> str:
    """Return the text of a document in UTF-8, without a byte order mark.

    Raises ReadingError for more than `max_bytes`, for another encoding, and for a character that is not allowed.
    """
    if len(body) > max_bytes:
        raise ReadingError(f"the file has {len(body)} bytes, more than {max_bytes}: split it into several files")
    try:
        text = body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ReadingError("the file is not in UTF-8: save it in that encoding", line) from error
    if character := _forbidden(text):
        position = text.index(character)
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        raise ReadingError(f"the invisible character U+{ord(character):04X} is not allowed: delete it", line, column)
    return text


def _forbidden(text: str) -> str:
    """Return the first character that is not allowed, or ""."""
    allowed = _ALLOWED.match(text)
    return text[allowed.end() :][:1] if allowed else ""


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    """Return the parser's message, with advice for the two most frequent mistakes."""
    message = error.problem or error.context or str(error)
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return f"{message}; indent with spaces, not tabs"
    if re.match(r"[^'\"#]*: .*: ", line):
        return f"{message}; put a text that holds a colon into quotes"
    return message


class _Builder:
    """Builds one document from parser events; raises ReadingError at the first event beyond a limit."""

    def __init__(self) -> None:
        self._stack: list[Mapping | list[Any]] = []
        self._keys: list[tuple[str, int] | None] = []  # the key that waits for its value, for each open mapping
        self._root: Any = None
        self._nodes = 0
        self._in_line: Counter[int] = Counter()

    def document(self, events: Iterator[Any]) -> Any:
        documents = 0
        for event in events:
            if isinstance(event, yaml.NodeEvent):
                self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._stack.pop()
                self._keys.pop()
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1 or event.version or event.tags:
                    raise _refusal(event, "only one document without directives is read: keep the first, drop % lines")
        return self._root

    def _node(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _refusal(event, f"more than {MAX_NODES} values: split the file into several")
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise _refusal(event, "anchors (&) and aliases (*) are not read: write the values out")
        if event.tag:
            raise _refusal(event, f"the tag {event.tag} is not read: take it away")
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        else:
            self._collection(event)

    def _scalar(self, event: Any) -> None:
        value = event.value
        if len(value) > MAX_CHARACTERS:
            raise _refusal(event, f"a text of {len(value)} characters, more than {MAX_CHARACTERS}: shorten it")
        if event.style == '"' and (character := _forbidden(value)):  # only here are escapes; `decode` saw the text
            raise _refusal(event, f"the invisible character U+{ord(character):04X} is not allowed: delete it")
        if self._stack and isinstance(self._stack[-1], Mapping) and self._keys[-1] is None:
            self._key(event, value)
        else:
            plain = not event.style  # None from one parser, "" from the other
            self._put(None if plain and value in _NULLS else value)

    def _key(self, event: Any, key: str) -> None:
        mapping = self._stack[-1]
        assert isinstance(mapping, Mapping)
        line = event.start_mark.line + 1
        if key in mapping:
            raise _refusal(event, f"the key {key!r} is repeated, it stands in line {mapping.lines[key]} too: keep one")
        if key == "<<" or not key:
            raise _refusal(event, "merge keys (<<) and empty keys are not read: write the fields out")
        mapping.lines[key] = line
        self._keys[-1] = (key, line)

    def _collection(self, event: Any) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _refusal(event, f"nested deeper than {MAX_DEPTH} levels: make it flatter")
        if self._stack and isinstance(self._stack[-1], Mapping) and self._keys[-1] is None:
            raise _refusal(event, "a key must be a plain text")
        value: Mapping | list[Any] = self._mapping(event) if isinstance(event, yaml.MappingStartEvent) else []
        self._put(value)
        self._stack.append(value)
        self._keys.append(None)

    def _mapping(self, event: Any) -> Mapping:
        line = event.start_mark.line + 1
        self._in_line[line] += 1
        return Mapping(line, f"L{line}" + (f".{self._in_line[line]}" if self._in_line[line] > 1 else ""))

    def _put(self, value: Any) -> None:
        if not self._stack:
            self._root = value
            return
        parent = self._stack[-1]
        if isinstance(parent, list):
            parent.append(value)
            return
        key = self._keys[-1]
        assert key is not None
        parent[key[0]] = value
        self._keys[-1] = None


def _refusal(event: Any, message: str) -> ReadingError:
    return ReadingError(message, event.start_mark.line + 1, event.start_mark.column + 1)
