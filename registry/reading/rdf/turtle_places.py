"""Where the values of Turtle and N-Triples stand: a walk along the tokens, not a parser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from registry.iri.names import RDF_TYPE
from registry.model import NOWHERE, Place
from registry.reading.rdf.rdf_places import Leaf, resolved
from registry.reading.rdf.turtle_tokens import Lines, Statement, Token, statements, tokens

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|\\(.)", re.DOTALL)
_LETTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}


def unescaped(text: str) -> str:
    r"""Return a text or an IRI without the escapes of Turtle (section 6.4).

    >>> unescaped(r"\"M\u00fcnchen\"")
    '"München"'
    """
    return _ESCAPE.sub(_character, text) if "\\" in text else text


def _character(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    return chr(min(int(digits, 16), 0x10FFFF)) if digits else _LETTERS.get(match[3], match[3])


def leaves(text: str, base: str) -> Iterator[Leaf]:
    """Yield the values of a document in its order."""
    lines = Lines(text)
    words = Words(base)
    for statement in statements(list(tokens(text))):
        if statement.is_directive:
            words.declare(statement)
        else:
            yield from _Walk(words, lines).leaves(statement)


@dataclass
class Words:
    """The prefixes and the base at a place of a document, and what a token means there."""

    base: str

    def __post_init__(self) -> None:
        self.prefixes: dict[str, str] = {}

    def declare(self, directive: Statement) -> None:
        """Take a directive into account."""
        iri = next((self.iri(token) for token in directive.tokens if token.kind == "iri"), "")
        if "base" in directive.tokens[0].text.lower():
            self.base = iri
        elif len(directive.tokens) > 1:
            self.prefixes[directive.tokens[1].text] = iri

    def iri(self, token: Token) -> str:
        """Return the IRI that a token stands for, "" for any other."""
        if token.kind == "iri":
            return resolved(self.base, unescaped(token.text[1:-1]))
        if token.text == "a":
            return RDF_TYPE.value
        prefix, colon, local = token.text.partition(":")
        start = self.prefixes.get(prefix + colon, "") if token.kind == "word" and colon else ""
        return start + re.sub(r"\\(.)", r"\1", local) if start else ""


@dataclass
class _Level:
    """What has been said up to here within a pair of brackets: the place of the subject, and the predicate."""

    node_at: Place
    predicate: str = ""
    key_at: Place = NOWHERE
    has_subject: bool = True
    is_list: bool = False


class _Walk:
    """A walk along one statement."""

    def __init__(self, words: Words, lines: Lines) -> None:
        self._words = words
        self._lines = lines

    def leaves(self, statement: Statement) -> Iterator[Leaf]:
        """Yield the values of a statement."""
        first = Place(*self._lines.at(statement.tokens[0].start))
        levels = [_Level(first, has_subject=False)]
        before = None
        for token in statement.tokens:
            place = Place(*self._lines.at(token.start))
            level = levels[-1]
            if token.kind == "mark":
                self._mark(token.text, place, levels)
            elif token.kind == "tag" or (before is not None and before.text == "^^"):
                pass  # the language or the datatype of the value before
            elif level.is_list or level.predicate:
                yield self._leaf(token, place, level)
            elif not level.has_subject:
                level.has_subject, level.node_at = True, place
            else:
                level.predicate, level.key_at = self._words.iri(token), place
            before = token

    def _mark(self, mark: str, place: Place, levels: list[_Level]) -> None:
        level = levels[-1]
        if mark in "[(":
            level.has_subject = True
            levels.append(_Level(place, is_list=mark == "(", predicate=level.predicate if mark == "(" else ""))
        elif mark in "])" and len(levels) > 1:
            levels.pop()
        elif mark == ";":
            level.predicate = ""

    def _leaf(self, token: Token, place: Place, level: _Level) -> Leaf:
        value = self._words.iri(token) or token.text
        if token.kind == "text":
            width = 3 if token.text.startswith(('"""', "'''")) and len(token.text) > 5 else 1
            value = unescaped(token.text[width:-width])
        predicates = frozenset([level.predicate]) if level.predicate and not level.is_list else frozenset[str]()
        return Leaf(predicates, value, place, level.key_at, level.node_at)
