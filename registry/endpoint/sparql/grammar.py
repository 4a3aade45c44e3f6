"""The grammar in `query.ebnf` as the table of an LL(1) parser (Aho et al., Compilers, section 4.4)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

START, END = "Query", "END"

_RULE = re.compile(r"^(\w+)\s*=(.*(?:\n[ \t].*)*)", re.MULTILINE)
_ITEM = re.compile(r"'([^']+)'|(\w+)|([|()?*+])|\s+|.")

Production = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The rules, each with its productions; a symbol without productions is a terminal, a keyword or a sign.

    `table` gives for a rule and the next token the production to go on with. `literals` are keywords and signs. Of the
    rules in `empty`, nothing need stand in a text.
    """

    rules: dict[str, tuple[Production, ...]]
    table: dict[str, dict[str, Production]]
    literals: frozenset[str]
    empty: frozenset[str]

    def leaves_node(self, rule: str) -> bool:
        """Return whether a rule has a node in the tree: its name begins with a capital."""
        return rule[0].isupper()


@cache
def grammar() -> Grammar:
    """Return the grammar. Raises ValueError where one token is not enough to choose between productions."""
    return read((files("registry.endpoint.sparql") / "query.ebnf").read_text(encoding="utf-8"))


def read(text: str, start: str = START) -> Grammar:
    """Return the grammar of a text in the form that `query.ebnf` describes."""
    reader = _Reader()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)
    for name, body in _RULE.findall(text):
        reader.read(name, body)
    rules = {name: tuple(productions) for name, productions in reader.rules.items()}
    first = _first(rules)
    follow = _follow(rules, first, start)
    table: dict[str, dict[str, Production]] = {}
    for name, productions in rules.items():
        row = table[name] = {}
        for production in productions:
            starts = _starts(production, first)
            for token in (starts - {""}) | (follow[name] if "" in starts else set()):
                if token in row:
                    raise ValueError(f"in the rule {name}, {token} may begin both {row[token]} and {production}")
                row[token] = production
    empty = frozenset(name for name, starts in first.items() if "" in starts)
    return Grammar(rules, table, frozenset(reader.literals), empty)


@dataclass(slots=True)
class _Reader:
    """Turns rules with ( ) | ? * + into plain productions, with a rule of its own for each such part."""

    rules: dict[str, list[Production]] = field(default_factory=dict)
    literals: set[str] = field(default_factory=set)

    def read(self, name: str, body: str) -> None:
        """Add a rule."""
        self.rules[name] = self._choices(name, iter([match for match in _ITEM.finditer(body) if match[0].strip()]))

    def _choices(self, name: str, items: Iterator[re.Match[str]]) -> list[Production]:
        """Return the productions up to the end or the next closing bracket."""
        choices: list[list[str]] = [[]]
        for item in items:
            literal, word, sign = item.groups()
            if sign == "|":
                choices.append([])
            elif sign == ")":
                break
            elif sign == "(":
                choices[-1].append(self._part(name, self._choices(name, items)))
            elif sign:
                choices[-1].append(self._repeated(name, choices[-1].pop(), sign))
            elif literal or word:
                self.literals.update((literal,) if literal else ())
                choices[-1].append(literal or word)
            else:
                raise ValueError(f"in the rule {name} stands {item[0]}")
        return [tuple(choice) for choice in choices]

    def _part(self, name: str, productions: list[Production]) -> str:
        part = f"{name.lower()}/{len(self.rules)}"
        self.rules[part] = productions
        return part

    def _repeated(self, name: str, symbol: str, sign: str) -> str:
        if sign == "?":
            return self._part(name, [(symbol,), ()])
        loop = self._part(name, [])
        self.rules[loop] = [(symbol, loop), ()]
        return loop if sign == "*" else self._part(name, [(symbol, loop)])


def _starts(production: Iterable[str], first: dict[str, set[str]]) -> set[str]:
    """Return the tokens that a production may begin with, "" among them if it may be empty."""
    found: set[str] = set()
    for symbol in production:
        starts = first.get(symbol, {symbol})
        found |= starts - {""}
        if "" not in starts:
            return found
    return found | {""}


def _first(rules: dict[str, tuple[Production, ...]]) -> dict[str, set[str]]:
    first: dict[str, set[str]] = {name: set() for name in rules}
    grows = True
    while grows:
        grows = False
        for name, productions in rules.items():
            for production in productions:
                starts = _starts(production, first)
                grows |= not starts <= first[name]
                first[name] |= starts
    return first


def _follow(rules: dict[str, tuple[Production, ...]], first: dict[str, set[str]], start: str) -> dict[str, set[str]]:
    follow: dict[str, set[str]] = {name: set() for name in rules}
    follow[start].add("")
    grows = True
    while grows:
        grows = False
        for name, productions in rules.items():
            for production in productions:
                for place, symbol in enumerate(production):
                    if symbol not in rules:
                        continue
                    after = _starts(production[place + 1 :], first)
                    after = (after - {""}) | (follow[name] if "" in after else set())
                    grows |= not after <= follow[symbol]
                    follow[symbol] |= after
    return follow
