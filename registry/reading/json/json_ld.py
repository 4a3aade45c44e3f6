"""What is checked and changed in JSON-LD before the RDF parser sees it: depth, repeated keys, contexts.

No context is ever fetched. Our own is put in place of its address; any other address of a context is an error.
"""

from __future__ import annotations

import json
import re
from functools import partial
from math import isinf
from typing import Any

from registry.iri.names import CONTEXT_IRIS, PREFIXES
from registry.reading.json.json_tree import MAX_DEPTH, not_json
from registry.vocabulary import context
from registry.vocabulary.messages import unreadable

MAX_TERMS = 1_000  # of one context: the parser looks terms up within each other, and for each object anew
_LONG_NUMBER = re.compile(r"[0-9]{4301,}")
_ROUND = bytes.maketrans(b"[{]}", b"(())")
_NO_MARKS = bytes(set(range(256)) - set(b'[{]}"'))


def with_local_context(text: str) -> str:
    """Return a JSON-LD document that names no context by its address; see `localised`."""
    return localised(text)[1]


def localised(text: str) -> tuple[Any, str]:
    """Return a JSON-LD document as values, and as a text that names no context by its address.

    Our context is written out in its place. A document without a context, whose numbers are all integers, is returned
    as it is. Raises ReadingError for what is not JSON, nested too deeply, or names another context than ours.
    """
    reasons: list[str] = []
    document = load_json(text, reasons)
    return document, json.dumps(_with_contexts(document, needed_context(document))) if reasons else text


def load_json(text: str, reasons: list[str]) -> Any:
    """Return a JSON document as Python values, with all limits checked.

    `reasons` is appended to for whatever must be written again before pyoxigraph sees it: "@context" for a context,
    and each number that is no integer, of which pyoxigraph would keep more digits than a double has.
    Raises ReadingError for deep nesting, repeated keys, NaN, and what is not JSON (RFC 8259).
    """
    if not _is_flat(text):
        _guard_json_depth(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=partial(_unique, reasons),
            parse_float=partial(_rounded, reasons),
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise not_json(text) from error
    except ValueError as error:  # Python's own limit
        raise unreadable("number-too-long", number=_LONG_NUMBER.findall(text)[0][:20]) from error


def _is_flat(text: str) -> bool:
    """Return whether well-formed JSON has no more than `MAX_DEPTH` levels, without saying where it has more.

    Everything is deleted but brackets and quotes, then the strings, then the innermost brackets, once for each level:
    what is left is too deep. `_guard_json_depth` finds the line, but takes twenty times as long.
    """
    if "\\" in text:
        text = text.replace("\\\\", "").replace('\\"', "")
    marks = text.encode().translate(_ROUND, _NO_MARKS)
    marks = re.sub(rb'"[^"]*"', b"", marks.replace(b'""', b""))
    for _ in range(MAX_DEPTH):
        marks = marks.replace(b"()", b"")
    return not marks


def _guard_json_depth(text: str) -> None:
    """Raise ReadingError with the line at which the text is nested too deeply."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(match[0], 0)
        if depth > MAX_DEPTH:
            line = text.count("\n", 0, match.start()) + 1
            raise unreadable("json-too-deep", line, limit=str(MAX_DEPTH))


def _unique(reasons: list[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise unreadable("json-key-twice", key=twice)
    if "@context" in members:
        reasons.append("@context")
    return members


def _rounded(reasons: list[str], number: str) -> float:
    reasons.append(number)
    if isinf(rounded := float(number)):
        raise unreadable("number-too-large", number=number[:20])
    return rounded


def _no_constant(name: str) -> Any:
    raise unreadable("json-constant", name=name)


def needed_context(document: Any) -> dict[str, Any]:
    """Return the part of our published context that a document uses: the parser spends most of its time on contexts.

    A term is used if it is a key, a value, or the prefix of one. No other term has an effect, since no term of our
    context is defined by another.
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
    """Return a document with the part `ours` of our context in place of its address, at every level."""
    if isinstance(value, list):
        return [_with_contexts(item, ours) for item in value]
    if isinstance(value, dict):
        return {
            key: _context(item, ours) if key == "@context" else _with_contexts(item, ours)
            for key, item in value.items()
        }
    return value


def _context(value: Any, ours: dict[str, Any]) -> Any:
    """Return the value of an `@context` with our context in place of its address; no other address is accepted."""
    if isinstance(value, list):
        return [_context(item, ours) for item in value]
    if isinstance(value, str):
        if re.sub("^http:", "https:", value) not in CONTEXT_IRIS:
            raise unreadable("json-ld-context", address=value, ours=min(CONTEXT_IRIS, key=len))
        return ours
    if isinstance(value, dict):
        if value == context.context():
            return ours
        if len(value) > MAX_TERMS:
            raise unreadable("json-ld-terms", terms=str(len(value)), limit=str(MAX_TERMS))
        if "@import" in value:
            raise unreadable("json-ld-import", address=str(value["@import"]))
        return {key: _scoped(item, ours) for key, item in value.items()}
    return value


def _scoped(definition: Any, ours: dict[str, Any]) -> Any:
    """Return a term definition with our context in place of its address in its scoped context, if it has one."""
    if isinstance(definition, dict):
        return {key: _context(item, ours) if key == "@context" else item for key, item in definition.items()}
    return definition
