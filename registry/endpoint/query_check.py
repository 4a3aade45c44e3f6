"""Checks of a visitor's query before it runs: its length, its depth, and forms that are not offered.

The checks give clear messages. They are not the protection: a query runs in a worker that has no network and opens the
store read-only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry.errors import QueryError, QueryTooLongError

MAX_DEPTH = 32  # brackets within each other
_MAX_OPERATORS = 1_000  # unary operators and path steps, which a parser may handle by recursion

_TOKEN = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r"|<[^<>\"{}|^`\\\s]*>"
    r"|\#[^\n]*"
    r"|[?$]\w+"
    r"|[\w.-]*:[\w.:%-]*"
    r"|@?\w+"
    r"|\S",
    re.DOTALL,
)
_NOT_OFFERED = {"SERVICE": "SERVICE is not offered here: ask the other endpoint itself"} | {
    word: f"this endpoint only answers queries: {word} is an update"
    for word in ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY")
}
_KINDS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")


def words(text: str) -> Iterator[str]:
    """Yield the keywords and symbols of a query, without strings, IRIs, prefixed names, variables and comments."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] not in "\"'#?$@" and not (token[0] == "<" and len(token) > 1) and ":" not in token:
            yield token


def kind(text: str) -> str:
    """Return the form of a query: "select", "ask", "construct" or "describe"; "" for a text that is no query."""
    return next((word.lower() for word in words(text) if word.upper() in _KINDS), "")


def names_dataset(text: str) -> bool:
    """Return whether a query has a dataset clause, FROM or FROM NAMED (SPARQL 1.1 Query, section 13.2)."""
    return any(word.upper() == "FROM" for word in words(text))


def check(text: str, max_bytes: int) -> None:
    """Raise QueryTooLongError for a longer text, and QueryError for deep nesting, SERVICE and updates."""
    if len(text.encode("utf-8", "replace")) > max_bytes:
        raise QueryTooLongError(f"the query is longer than {max_bytes} bytes: shorten it")
    depth = operators = 0
    for word in words(text):
        if word.upper() in _NOT_OFFERED:
            raise QueryError(_NOT_OFFERED[word.upper()])
        depth += 1 if word in ("{", "(", "[") else -1 if word in ("}", ")", "]") else 0
        operators += word in ("!", "+", "-", "/", "|", "^")
        if depth > MAX_DEPTH or operators > _MAX_OPERATORS:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} brackets: make it flatter")
