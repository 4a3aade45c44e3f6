"""A strict YAML reader that builds a document from parser events and checks every limit as it goes.

Every scalar is a text: `NO` is Norway, `1.10` stays `1.10`, and `2021-11-08` is checked by a shape, not by the parser.
Every mapping has the lines of its keys. Anchors, aliases, merge keys, tags, directives and further documents are
refused: a description needs none of them, and attacks on YAML readers are built from them.

A value that is refused is replaced by its ReadingError, so that `load_with_refusals` can give the other entries of a
list; `load` raises the first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import yaml

from registry.errors import ReadingError
from registry.reading.tree import Mapping, Sequence

MAX_BYTES = 262_144
MAX_DEPTH = 16  # lists and mappings within each other
MAX_NODES = 20_000  # scalars, lists and mappings
MAX_CHARACTERS = 20_000  # of one scalar

# Not allowed: C0 controls but tab and line ends; C1 controls; lone surrogates; non-characters; and the bidirectional
# overrides and isolates, which can make a text look like another (Unicode UTR 36, section 2.5). The marks U+200E and
# U+200F are allowed: Arabic and Hebrew need them. A match of what is allowed is twice as fast as a search for the rest.
_ALLOWED = re.compile("[\t\n\r -~\x85\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]*")
_REFUSED = re.compile(f"[^{_ALLOWED.pattern[1:-2]}]")
_MAX_REFUSED = 100  # invisible characters of a document: of more, it is refused as a whole
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was built in; ten times faster
_NULLS = ("", "~", "null", "Null", "NULL")  # YAML 1.2.2, section 10.2.1.1


def load(body: bytes, max_bytes: int = MAX_BYTES) -> Any:
    """Return a YAML document as `Mapping`, list, str and None.

    Raises ReadingError with line and column for what is not YAML or not accepted here, and no other exception.
    """
    document, refusal = load_with_refusals(body, max_bytes)
    if refusal is not None:
        raise refusal
    return document


def load_with_refusals(body: bytes, max_bytes: int = MAX_BYTES) -> tuple[Any, ReadingError | None]:
    """Return the same as `load`, but with a ReadingError in place of each value that is refused, and the first of them.

    Raises ReadingError for what is not YAML, and for what is refused in no single place.
    """
    text = decode_any(body, max_bytes)
    try:
        return _document(*_visible(text))
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
    text = decode_any(body, max_bytes)
    if character := _forbidden(text):
        raise _invisible(text, text.index(character))
    return text


def decode_any(body: bytes, max_bytes: int) -> str:
    """Return the same as `decode`, but with all characters that are not allowed."""
    if len(body) > max_bytes:
        raise ReadingError(f"the file has {len(body)} bytes, more than {max_bytes}: split it into several files")
    try:
        text = body.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise ReadingError("the file is not in UTF-8: save it in that encoding", line) from error
    return text


def _invisible(text: str, position: int) -> ReadingError:
    """Return the error of the character at this position, which is not allowed."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return ReadingError(f"the invisible character U+{ord(text[position]):04X} is not allowed: delete it", line, column)


def _visible(text: str) -> tuple[Iterator[Any], list[tuple[int, ReadingError]]]:
    """Return the parser events of a text, and the position and error of each character that is not allowed.

    The parser sees U+FFFD in their place, since it would not go on after some of them. Raises ReadingError for more
    than 100.
    """
    positions = [match.start() for match in islice(_REFUSED.finditer(text), _MAX_REFUSED + 1)]
    if len(positions) > _MAX_REFUSED:
        raise _invisible(text, positions[0])
    faults = [(position, _invisible(text, position)) for position in positions]
    return yaml.parse(_REFUSED.sub("\ufffd", text) if faults else text, _LOADER), faults


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


def _document(events: Iterable[Any], invisible: list[tuple[int, ReadingError]]) -> tuple[Any, ReadingError | None]:
    """Return the document that these parser events describe, and the first refusal in it.

    `invisible` are the positions and errors of characters that are not allowed; those of a value are its refusal.
    Raises ReadingError for what is refused in no single place: too many values, further documents, a bad comment.
    """
    root = Sequence()  # holds the document, so that every value has a parent
    parents: list[Mapping | Sequence] = [root]
    keys: list[str | None] = [None]  # of each parent that is a mapping, the key that waits for its value
    documents = nodes = 0
    left_out = 0  # lists and mappings within each other that have begun in a refused value
    mappings_in: Counter[int] = Counter()  # line → mappings that begin there
    invisible = invisible[::-1]  # the next one last
    first: ReadingError | None = None
    for event in events:
        if isinstance(event, yaml.CollectionEndEvent):
            if left_out:
                left_out -= 1
            else:
                parents.pop()
                keys.pop()
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
        nodes += isinstance(event, yaml.NodeEvent)
        _check_event(event, documents, nodes)
        if not isinstance(event, yaml.NodeEvent):
            continue
        is_collection = isinstance(event, yaml.CollectionStartEvent)
        refusal = _fault(event, len(parents), invisible)
        if left_out:
            left_out += is_collection
            if left_out > MAX_DEPTH:  # an attack, and the parser takes the square of the depth
                raise refusal or _refusal(event, f"nested deeper than {MAX_DEPTH} levels: make it flatter")
            continue
        mark: Any = event.start_mark
        at = (mark.line + 1, mark.column + 1)
        line, parent, key = mark.line + 1, parents[-1], keys[-1]
        if isinstance(parent, Mapping) and key is None:
            if is_collection:
                raise refusal or _refusal(event, "a key must be a plain text")
            keys[-1], refusal = _add_key(parent, event, line, refusal)
        elif isinstance(parent, Mapping) and isinstance(parent.get(str(key)), ReadingError):
            left_out, keys[-1] = int(is_collection), None  # the value of a refused key
        else:
            value: Any = refusal or _value(event, at, mappings_in)
            if refusal is not None:
                left_out = int(is_collection)
            if isinstance(parent, Mapping):
                parent[str(key)], keys[-1] = value, None
                parent.values_at[str(key)] = at
            else:
                parent.append(value)
                parent.items_at.append(at)
            if is_collection and refusal is None:
                parents.append(value)
                keys.append(None)
        if refusal is not None:
            first = first or refusal
            for outer in [parent for parent in parents if isinstance(parent, Mapping) and parent.refusal is None]:
                outer.refusal = refusal
    if invisible:
        raise invisible[-1][1]
    return root[0] if root else None, first


def _check_event(event: Any, documents: int, nodes: int) -> None:
    """Raise ReadingError if this event of the so-many-th document, and of so many nodes, refuses the whole."""
    if isinstance(event, yaml.DocumentStartEvent) and (documents > 1 or event.version or event.tags):
        raise _refusal(event, "only one document without directives is read: keep the first, drop % lines")
    if nodes > MAX_NODES:
        raise _refusal(event, f"more than {MAX_NODES} values: split the file into several")


def _value(event: Any, at: tuple[int, int], mappings_in: Counter[int]) -> Any:
    """Return the value that begins with this event in this place; a list or a mapping is still empty."""
    line, column = at
    if isinstance(event, yaml.ScalarEvent):
        is_plain = not event.style  # None from one parser, "" from the other
        return None if is_plain and event.value in _NULLS else event.value
    if not isinstance(event, yaml.MappingStartEvent):
        return Sequence()
    mappings_in[line] += 1
    return Mapping(line, f"L{line}" + (f".{mappings_in[line]}" if mappings_in[line] > 1 else ""), column)


def _fault(event: Any, depth: int, invisible: list[tuple[int, ReadingError]]) -> ReadingError | None:
    """Return why a value is not accepted, if so; it stands in so many lists and mappings.

    Characters of `invisible` that the value holds are taken from there. Raises ReadingError for one before the value,
    which stands in a comment or between values.
    """
    found = None
    while invisible and invisible[-1][0] < event.end_mark.index:
        position, error = invisible.pop()
        if position < event.start_mark.index:
            raise error
        found = found or error
    if found is not None:
        return found
    if isinstance(event, yaml.AliasEvent) or event.anchor:
        return _refusal(event, "anchors (&) and aliases (*) are not read: write the values out")
    if event.tag:
        return _refusal(event, f"the tag {event.tag} is not read: take it away")
    if not isinstance(event, yaml.ScalarEvent):
        return _refusal(event, f"nested deeper than {MAX_DEPTH} levels: make it flatter") if depth > MAX_DEPTH else None
    if len(event.value) > MAX_CHARACTERS:
        return _refusal(event, f"a text of {len(event.value)} characters, more than {MAX_CHARACTERS}: shorten it")
    if event.style == '"' and (character := _forbidden(event.value)):  # an escape: the others were seen in the text
        return _refusal(event, f"the invisible character U+{ord(character):04X} is not allowed: delete it")
    return None


def _add_key(mapping: Mapping, event: Any, line: int, refusal: ReadingError | None) -> tuple[str, ReadingError | None]:
    """Note a key with its line, and return it with why it is refused, if so; then this is its value, too.

    A key that is itself unfit is called after its place.
    """
    key = str(event.value) if refusal is None else f"{line}:{event.start_mark.column + 1}"
    if key in mapping:
        message = f"the key {key!r} is repeated, it stands in line {mapping.key_at(key)[0]} too: keep one"
        refusal = refusal or _refusal(event, message)
    elif key == "<<" or not key:
        refusal = refusal or _refusal(event, "merge keys (<<) and empty keys are not read: write the fields out")
    if refusal is not None:
        mapping[key] = refusal
    mapping.keys_at.setdefault(key, (line, event.start_mark.column + 1))
    return key, refusal


def _refusal(event: Any, message: str) -> ReadingError:
    return ReadingError(message, event.start_mark.line + 1, event.start_mark.column + 1)
