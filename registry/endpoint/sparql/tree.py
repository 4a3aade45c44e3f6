"""The tree of a query, made by a table-driven parser with a stack of its own: no text can exhaust that of Python."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.endpoint.sparql.grammar import END, START, Grammar, grammar
from registry.endpoint.sparql.tokens import Token, Tokens, terminals
from registry.errors import QueryError

MAX_DEPTH = 32  # brackets within each other
MAX_OPERATORS = 500  # operators, and parts that are joined: engines go through them by recursion
MAX_TOKENS = 8_192
_OPERATORS = frozenset({"||", "&&", "+", "-", "/", "|", "!", "^", "*", "UNION", "OPTIONAL", "MINUS", "FILTER", "BIND"})
_MAX_NAMED = 4  # things that are said to be expected


@dataclass(frozen=True, slots=True)
class Node:
    """A rule of the grammar, with the tokens and nodes of which it consists."""

    rule: str
    parts: tuple[Node | Token, ...]

    def nodes(self, *rules: str) -> Iterator[Node]:
        """Yield the parts that are nodes; with `rules`, those of these rules alone."""
        for part in self.parts:
            if isinstance(part, Node) and (not rules or part.rule in rules):
                yield part

    def tokens(self) -> Iterator[Token]:
        """Yield the tokens among the parts."""
        for part in self.parts:
            if isinstance(part, Token):
                yield part

    def walk(self) -> Iterator[Node]:
        """Yield this node and all within it, in the order of the text."""
        left = [self]
        while left:
            node = left.pop()
            yield node
            left.extend(reversed(list(node.nodes())))


def parse(text: str, max_depth: int = MAX_DEPTH) -> tuple[Node, Tokens]:
    """Return the tree of a query, and its tokens, which tell of places in it.

    Raises QueryError for a text that is no query of SPARQL 1.1, and for one that is too large or nested too deep.
    """
    known, tokens = grammar(), Tokens(text)
    limits = _Limits(max_depth)
    # What is still to come, the next thing last; None ends a node.
    pending: list[str | None] = [START]
    open_nodes: list[tuple[str, list[Node | Token]]] = [("", [])]
    following = iter(tokens)
    for token in following:
        limits.count(token)
        while True:
            symbol = pending.pop()
            if symbol is None:
                rule, parts = open_nodes.pop()
                open_nodes[-1][1].append(Node(rule, tuple(parts)))
            elif symbol not in known.rules:
                if symbol != token.kind:
                    raise _unexpected(token, following, [*pending, symbol], tokens, known)
                open_nodes[-1][1].append(token)
                break
            else:
                production = known.table[symbol].get(token.kind)
                if production is None:
                    raise _unexpected(token, following, [*pending, symbol], tokens, known)
                if known.leaves_node(symbol):
                    pending.append(None)
                    open_nodes.append((symbol, []))
                pending.extend(reversed(production))
    rule, parts = open_nodes.pop()
    return Node(rule, tuple(parts)), tokens


class _Limits:
    """Counts what engines pay for. Raises QueryError beyond it."""

    def __init__(self, max_depth: int) -> None:
        self._max_depth = max_depth
        self._depth = self._operators = self._count = 0

    def count(self, token: Token) -> None:
        """Count a token."""
        self._count += 1
        kind = token.kind
        self._depth += 1 if kind in ("{", "(", "[") else -1 if kind in ("}", ")", "]") else 0
        self._operators += kind in _OPERATORS
        if self._depth > self._max_depth:
            raise QueryError(f"the query is nested deeper than {self._max_depth} brackets: make it flatter")
        if self._operators > MAX_OPERATORS:
            raise QueryError(f"the query has more than {MAX_OPERATORS} operators, FILTERs and UNIONs: ask several")
        if self._count > MAX_TOKENS:
            raise QueryError(f"the query has more than {MAX_TOKENS} words and signs: ask several")


def _unexpected(
    token: Token, following: Iterator[Token], pending: list[str | None], tokens: Tokens, known: Grammar
) -> QueryError:
    """Return the error that another token was expected; of an update, that it is none of our operations."""
    begun = next(following) if token.kind == ";" else token
    if begun.kind in terminals().updates:
        return QueryError(f"this endpoint only answers queries: {begun.kind} is an update")
    found = "the end of the query" if token.kind == END else f"`{_short(token.text)}`"
    return tokens.error(token.start, f"{_expected(pending, known)} was expected here, not {found}")


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:30]}…"


def _expected(pending: list[str | None], known: Grammar) -> str:
    """Return in words what may come next; where that is much, only what must come."""
    may: dict[str, None] = {}
    must: dict[str, None] = {}
    for symbol in filter(None, reversed(pending)):
        must = dict.fromkeys(_named(symbol, known))
        if symbol not in known.empty:
            break
        may |= must
    words = list(may | must)
    if len(words) > _MAX_NAMED:
        words = list(must)
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _named(symbol: str, known: Grammar) -> Iterator[str]:
    """Yield the words for what a symbol may begin with."""
    words = terminals().words
    left, seen = [symbol], set[str]()
    while left:
        item = left.pop()
        if item in words or item not in known.rules:
            yield words.get(item, f"`{item}`")
            continue
        for production in known.rules[item]:
            for part in production if item not in seen else ():
                left.insert(0, part)
                if part not in known.empty:
                    break
        seen.add(item)
