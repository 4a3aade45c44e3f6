"""A strict YAML reader that builds a document from parser events and checks every limit as it goes.

Every scalar is a text: `NO` is Norway, `1.10` stays `1.10`, and `2021-11-08` is checked by a shape, not by the parser.
Every mapping has the lines of its keys. Anchors, aliases, merge keys, tags, directives and further documents are
refused: a description needs none of them, and attacks on YAML readers are built from them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
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
        return _document(yaml.parse(text, _LOADER))
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


def _document(events: Iterable[Any]) -> Any:
    """Return the document that these parser events describe. Raises ReadingError at the first one beyond a limit."""
    root: list[Any] = []  # holds the document, so that every value has a parent
    parents: list[Mapping | list[Any]] = [root]
    keys: list[str | None] = [None]  # of each parent that is a mapping, the key that waits for its value
    documents = nodes = 0
    mappings_in: Counter[int] = Counter()  # line → mappings that begin there
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            parents.pop()
            keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1 or event.version or event.tags:
                raise _refusal(event, "only one document without directives is read: keep the first, drop % lines")
        if not isinstance(event, yaml.NodeEvent):
            continue
        nodes += 1
        _check_node(event, nodes, len(parents))
        mark: Any = event.start_mark
        line, parent, key = mark.line + 1, parents[-1], keys[-1]
        value: Any
        if isinstance(parent, Mapping) and key is None:
            keys[-1] = _add_key(parent, event, line)
            continue
        if isinstance(event, yaml.ScalarEvent):
            is_plain = not event.style  # None from one parser, "" from the other
            value = None if is_plain and event.value in _NULLS else event.value
        elif isinstance(event, yaml.MappingStartEvent):
            mappings_in[line] += 1
            value = Mapping(line, f"L{line}" + (f".{mappings_in[line]}" if mappings_in[line] > 1 else ""))
        else:
            value = []
        if isinstance(parent, Mapping):
            parent[str(key)], keys[-1] = value, None
        else:
            parent.append(value)
        if not isinstance(event, yaml.ScalarEvent):
            parents.append(value)
            keys.append(None)
    return root[0] if root else None


def _check_node(event: Any, number: int, depth: int) -> None:
    """Raise ReadingError for a value that is not accepted; it is the so-many-th, in so many lists and mappings."""
    if number > MAX_NODES:
        raise _refusal(event, f"more than {MAX_NODES} values: split the file into several")
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        raise _refusal(event, "anchors (&) and aliases (*) are not read: write the values out")
    if event.tag:
        raise _refusal(event, f"the tag {event.tag} is not read: take it away")
    if not isinstance(event, yaml.ScalarEvent):
        if depth > MAX_DEPTH:
            raise _refusal(event, f"nested deeper than {MAX_DEPTH} levels: make it flatter")
        return
    if len(event.value) > MAX_CHARACTERS:
        raise _refusal(event, f"a text of {len(event.value)} characters, more than {MAX_CHARACTERS}: shorten it")
    if event.style == '"' and (character := _forbidden(event.value)):  # only here are escapes; `decode` saw the text
        raise _refusal(event, f"the invisible character U+{ord(character):04X} is not allowed: delete it")


def _add_key(mapping: Mapping, event: Any, line: int) -> str:
    """Note the line of a key, and return the key. Raises ReadingError for one that is not accepted."""
    if not isinstance(event, yaml.ScalarEvent):
        raise _refusal(event, "a key must be a plain text")
    key = str(event.value)
    if key in mapping:
        raise _refusal(event, f"the key {key!r} is repeated, it stands in line {mapping.lines[key]} too: keep one")
    if key == "<<" or not key:
        raise _refusal(event, "merge keys (<<) and empty keys are not read: write the fields out")
    mapping.lines[key] = line
    return key


def _refusal(event: Any, message: str) -> ReadingError:
    return ReadingError(message, event.start_mark.line + 1, event.start_mark.column + 1)
