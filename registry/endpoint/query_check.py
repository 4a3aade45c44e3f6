"""What can be said of a visitor's query before it is run: its words, its depth, and what is not offered.

The scan is a courtesy that gives a clear answer; what holds is that a query runs in a worker without network.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from registry.errors import QueryError, QueryTooLongError

MAX_DEPTH = 32

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
    """Yield the keywords and symbols of a query; strings, IRIs, names, variables and comments are left out."""
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token[0] not in "\"'#?$@" and not (token[0] == "<" and len(token) > 1) and ":" not in token:
            yield token


def kind(text: str) -> str:
    """Return select, ask, construct or describe; "" when the query has none of them."""
    return next((word.lower() for word in words(text) if word.upper() in _KINDS), "")


def names_dataset(text: str) -> bool:
    """Return whether a query says itself, by FROM, which graphs it is about (SPARQL 1.1 Query, section 13.2)."""
    return any(word.upper() == "FROM" for word in words(text))


def check(text: str, max_bytes: int) -> None:
    """Raise QueryTooLongError, or QueryError for a text that is too deeply nested or asks for what is not offered."""
    if len(text.encode("utf-8", "replace")) > max_bytes:
        raise QueryTooLongError(f"the query is longer than {max_bytes} bytes: shorten it")
    depth = chain = 0
    for word in words(text):
        if word.upper() in _NOT_OFFERED:
            raise QueryError(_NOT_OFFERED[word.upper()])
        depth += 1 if word in ("{", "(", "[") else -1 if word in ("}", ")", "]") else 0
        chain = chain + 1 if word in ("!", "+", "-", "/", "|", "^") else chain
        if depth > MAX_DEPTH or chain > 1_000:
            raise QueryError(f"the query is nested deeper than {MAX_DEPTH} brackets: make it flatter")
