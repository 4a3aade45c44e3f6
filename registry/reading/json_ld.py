"""JSON-LD before the RDF parser sees it: depth, repeated keys, and contexts, which are never fetched."""

from __future__ import annotations

import json
import re
from functools import partial
from math import isinf
from typing import Any

from registry.errors import ReadingError
from registry.iri.names import CONTEXT_IRIS, PREFIXES
from registry.vocabulary import context

MAX_DEPTH = 32

_ROUND = bytes.maketrans(b"[{]}", b"(())")
_NO_MARKS = bytes(set(range(256)) - set(b'[{]}"'))


def without_addresses(text: str) -> str:
    """Return a JSON-LD document without addresses of contexts: as it stands, or written anew where it has to be.

    Raises ReadingError for what is not JSON, too deep, or names another context than ours.
    """
    noted: list[str] = []
    document = load_json(text, noted)
    return json.dumps(_with_contexts(document, context_for(document))) if noted else text


def load_json(text: str, noted: list[str]) -> Any:
    """Return a JSON document. Raises ReadingError for deep nesting, repeated keys and what only looks like JSON.

    `noted` receives what pyoxigraph must not see as it stands: contexts, and numbers that are no integers, of which
    it would keep more digits than a double has.
    """
    if not _is_flat(text):
        _guard_json_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=partial(_unique, noted),
            parse_float=partial(_rounded, noted),
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise ReadingError(f"not JSON: {error.msg}", error.lineno, error.colno) from error
    except ValueError as error:  # Python's own limit
        raise ReadingError("a number of more than 4300 digits is too long to be meant: write a smaller one") from error


def _is_flat(text: str) -> bool:
    """Return whether well-formed JSON is not too deep; counting says where it is, but takes twenty times as long.

    All goes but brackets and quotes, then the strings, then the innermost brackets, one level at a time.
    """
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    marks = text.encode().translate(_ROUND, _NO_MARKS)
    marks = re.sub(rb'"[^"]*"', b"", marks.replace(b'""', b""))
    for _ in range(MAX_DEPTH):
        marks = marks.replace(b"()", b"")
    return not marks


def _guard_json_depth(text: str) -> None:
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise ReadingError(f"nested deeper than {MAX_DEPTH} levels: make it flatter", line)


def _unique(noted: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ReadingError(f"the key {twice!r} is repeated in one object: keep one")
    if "@context" in found:
        noted.append("@context")
    return found


def _rounded(noted: list[str], number: str) -> float:
    noted.append(number)
    if isinf(rounded := float(number)):
        raise ReadingError(f"the number {number[:20]} is too large: write a smaller one")
    return rounded


def _no_constant(name: str) -> Any:
    raise ReadingError(f"{name} is not JSON: write a number or null")


def context_for(document: Any) -> dict[str, Any]:
    """Return our published context without the terms that the document does not use: most of the time goes there.

    A term that is neither a key nor a value nor the prefix of one has no effect; no term is defined by another.
    """
    words: set[str] = set()
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            words.add(value)
        elif isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict) and value != context.context():
            words.update(value)
            waiting.extend(value.values())
    words |= PREFIXES.keys() | {word.partition(":")[0] for word in words}
    return {term: entry for term, entry in context.context().items() if term in words or term.startswith("@")}


def _with_contexts(value: Any, ours: dict[str, Any]) -> Any:
    """Return the document with our published context put in place of its address, and no other address left."""
    if isinstance(value, list):
        return [_with_contexts(item, ours) for item in value]
    if isinstance(value, dict):
        return {
            key: _context(item, ours) if key == "@context" else _with_contexts(item, ours)
            for key, item in value.items()
        }
    return value


def _context(value: Any, ours: dict[str, Any]) -> Any:
    if isinstance(value, list):
        return [_context(item, ours) for item in value]
    if isinstance(value, str):
        if value not in CONTEXT_IRIS:
            known = " or ".join(sorted(CONTEXT_IRIS))
            raise ReadingError(f"the context {value} is not read from the Web: write it into the file, or name {known}")
        return ours
    if isinstance(value, dict):
        if value == context.context():
            return ours
        if "@import" in value:
            raise ReadingError(f"@import of {value['@import']} is not read from the Web: write the terms into the file")
        return {key: _scoped(item, ours) for key, item in value.items()}
    return value


def _scoped(definition: Any, ours: dict[str, Any]) -> Any:
    """Return a term definition in which a scoped context, too, names no address."""
    if isinstance(definition, dict):
        return {key: _context(item, ours) if key == "@context" else item for key, item in definition.items()}
    return definition
