"""The tokens of a query: escapes of codepoints are resolved, then the longest terminal is taken (section 19)."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from registry.endpoint.sparql.grammar import END, grammar
from registry.errors import QueryError

# A backslash escaped by another begins no escape of a codepoint.
_CODEPOINT = re.compile(r"\\\\|\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_LINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Token:
    """A terminal, or a keyword or sign by its spelling in the grammar; its text; where it begins in the query."""

    kind: str
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class Terminals:
    """How tokens look: what stands between them, the terminals, and the names of operations that change data."""

    ignored: re.Pattern[str]
    patterns: tuple[tuple[str, re.Pattern[str]], ...]
    updates: frozenset[str]
    words: dict[str, str]


@cache
def terminals() -> Terminals:
    """Return the terminals, with the keywords and signs of the grammar among them."""
    table = tomllib.loads((files("registry.endpoint.sparql") / "terminals.toml").read_text(encoding="utf-8"))
    known: dict[str, str] = {}
    for name, pattern in (*table["parts"].items(), *table["terminals"].items()):
        known[name] = re.sub(r"\{([A-Z_]+)\}", lambda part: known[part[1]], pattern)
    patterns = {name: re.compile(known[name]) for name in table["terminals"]}
    literals = sorted({*grammar().literals, *table["updates"]} - {"a"}, key=len, reverse=True)
    # Letters of either case, of ASCII: else ſ would be an S.
    patterns["keyword"] = re.compile("|".join(map(re.escape, literals)), re.IGNORECASE | re.ASCII)
    patterns["a"] = re.compile("a")
    return Terminals(re.compile(table["ignored"]), tuple(patterns.items()), frozenset(table["updates"]), table["words"])


class Tokens:
    """The tokens of one text, read one after the other, the last of kind END."""

    def __init__(self, text: str) -> None:
        self._source = text
        self._ends: list[int] = []  # in the resolved text, of each escape
        self._shifts = [0]  # how much longer the source is up to there
        self._text = self._resolved(text)

    def __iter__(self) -> Iterator[Token]:
        """Yield the tokens. Raises QueryError where none can be read."""
        known, text = terminals(), self._text
        spellings = {literal.lower(): literal for literal in (*grammar().literals, *known.updates)}
        position = 0
        while True:
            position = known.ignored.match(text, position).end()  # type: ignore[union-attr]
            if position == len(text):
                yield Token(END, "", position)
                return
            kind, end = "", position
            for name, pattern in known.patterns:
                match = pattern.match(text, position)
                if match and match.end() > end:
                    kind, end = name, match.end()
            if not kind:
                raise self.error(position, self._stray(position))
            if kind == "keyword":
                kind = spellings[text[position:end].lower()]
            yield Token(kind, text[position:end], position)
            position = end

    def error(self, position: int, what: str) -> QueryError:
        """Return the error that the query is malformed there, for that reason."""
        place = position + self._shifts[bisect_right(self._ends, position)]
        before = _LINE.split(self._source[:place])
        return QueryError(f"the query is malformed: error at {len(before)}:{len(before[-1]) + 1}: {what}")

    def _stray(self, position: int) -> str:
        sign, word = self._text[position], re.compile(r"\w+").match(self._text, position)
        if word:
            return f"`{word[0][:30]}` is no word of SPARQL"
        if sign in "\"'":
            return "a text begins here that does not end"
        return f"`{sign}` begins nothing" if sign.isprintable() else f"the character U+{ord(sign):04X} begins nothing"

    def _resolved(self, text: str) -> str:
        pieces, end, length = [], 0, 0
        for escape in _CODEPOINT.finditer(text):
            digits = escape[1] or escape[2]
            if digits is None:
                continue
            number = int(digits, 16)
            if number > 0x10FFFF or 0xD800 <= number <= 0xDFFF:
                raise self.error(length + escape.start() - end, f"{escape[0]} is the number of no character")
            pieces += [text[end : escape.start()], chr(number)]
            length += escape.start() - end + 1
            end = escape.end()
            self._ends.append(length)
            self._shifts.append(end - length)
        return "".join((*pieces, text[end:]))
