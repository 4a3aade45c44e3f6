"""Trees as text again, in the one form that every engine reads alike: full IRIs, one kind of quotes, no comments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode

from registry.endpoint.sparql import scope
from registry.endpoint.sparql.grammar import END
from registry.endpoint.sparql.names import Names
from registry.endpoint.sparql.tokens import Token, Tokens, terminals
from registry.endpoint.sparql.tree import MAX_DEPTH, Node, parse
from registry.store.sparql_text import bind, filled, load

_MAX_COUNT = 2**31 - 1  # of LIMIT and OFFSET, which every engine can hold
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
_MEANT = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
_WRITTEN = {"\\": "\\\\", '"': '\\"', **{meant: f"\\{letter}" for letter, meant in _MEANT.items()}}
_TO_ESCAPE = re.compile(r'[\\"\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]')
_LEFT_OUT = ("Base", "Prefix", "Dataset")
_NESTED = 4  # brackets that DESCRIBE adds


class Writer:
    """Writes the parts of one query. Before each name of a variable or blank node goes `mark`."""

    def __init__(self, names: Names, tokens: Tokens, mark: str = "") -> None:
        self._names, self._tokens, self._mark = names, tokens, mark
        self._terminals = {name for name, _ in terminals().patterns}
        self._labels: dict[str, str] = {}

    def text(self, *parts: Node | Token) -> str:
        """Return the parts as text, without prologue and dataset. Raises QueryError."""
        written, before = [], ""
        for piece in self._pieces(parts):
            # between tokens a space, but for a function: pyoxigraph 0.5 does not know CONCAT ( ) then
            written += [piece] if piece[0] == "(" and before.isidentifier() else [" ", piece]
            before = piece
        return "".join(written).strip()

    def _pieces(self, parts: tuple[Node | Token, ...]) -> Iterator[str]:
        left = list(reversed(parts))
        while left:
            part = left.pop()
            if isinstance(part, Token):
                yield from self._token(part)
            elif part.rule == "Iri":
                yield str(NamedNode(self._names.iri(part)))
            elif part.rule == "Text":
                yield self._literal(part)
            elif part.rule == "Count":
                yield self._count(part)
            elif part.rule not in _LEFT_OUT:
                left.extend(reversed(self._parts(part)))

    def _parts(self, node: Node) -> tuple[Node | Token, ...]:
        """Return what is written for a node."""
        return node.parts

    def _token(self, token: Token) -> Iterator[str]:
        """Yield a token; a keyword is spelled as in the grammar."""
        if token.kind in ("VAR1", "VAR2"):
            yield f"?{self._mark}{token.text[1:]}"
        elif token.kind == "BLANK_NODE_LABEL":
            yield self._labels.setdefault(token.text, f"_:{self._mark}b{len(self._labels)}")
        elif token.kind.startswith("STRING"):
            yield _quoted(token)
        elif token.kind in ("NIL", "ANON"):
            yield token.text[0] + token.text[-1]
        elif token.kind != END:
            yield token.text if token.kind in self._terminals else token.kind

    def _literal(self, node: Node) -> str:
        string, *more = node.parts
        assert isinstance(string, Token)
        written = _quoted(string)
        for part in more:
            if isinstance(part, Node):
                written += f"^^<{self._names.iri(part)}>"
            elif part.kind == "LANGTAG":
                try:
                    written += f"@{Literal('', language=part.text[1:]).language}"
                except ValueError:
                    raise self._tokens.error(part.start, f"`{part.text[:60]}` is no tag of a language") from None
        return written

    def _count(self, node: Node) -> str:
        (token,) = node.tokens()
        if len(token.text) > len(str(_MAX_COUNT)) or int(token.text) > _MAX_COUNT:
            raise self._tokens.error(token.start, f"a number up to {_MAX_COUNT} was expected here")
        return token.text


class _WithinGraph(Writer):
    """Writes a query so that a graph is its default one, and GRAPH reaches only those whose names begin alike."""

    def __init__(self, names: Names, tokens: Tokens, graph: str, beginning: str) -> None:
        super().__init__(names, tokens)
        self._graph, self._beginning = graph, beginning
        self._wrapped: set[int] = set()

    def _parts(self, node: Node) -> tuple[Node | Token, ...]:
        if node.rule == "Group" and id(node) not in self._wrapped:
            # the outermost one, or that of an EXISTS beside it: those within are in that graph with it
            self._wrapped.update(id(inner) for inner in node.walk())
            graph = Token("IRIREF", f"<{self._graph}>", 0)
            return (*_words("{", "GRAPH"), graph, node, *_words("}"))
        if node.rule == "Graph" and (variable := next(node.nodes("Var"), None)):
            beginning = Token("STRING_LITERAL2", f'"{self._beginning}"', 0)
            tested: tuple[Node | Token, ...] = (
                *_words("STRSTARTS", "(", "STR", "("),
                variable,
                *_words(")", ","),
                beginning,
                *_words(")"),
            )
            return (*_words("{"), *node.parts, *_words("FILTER", "("), *tested, *_words(")", "}"))
        return node.parts


def _words(*kinds: str) -> tuple[Token, ...]:
    return tuple(Token(kind, kind, 0) for kind in kinds)


def within_graph(text: str, graph: str, beginning: str) -> str:
    """Return a query, as written here, so that on any store its default graph is this one.

    GRAPH with a variable reaches the graphs alone whose names have this beginning. What a server takes for the default
    graph, and which other graphs it has, makes no difference then.
    """
    tree, tokens = parse(text, MAX_DEPTH + _NESTED)
    return _WithinGraph(Names(tree, tokens), tokens, graph, beginning).text(tree)


def described(query: Node, operation: Node, visible: Iterable[str], names: Names, tokens: Tokens) -> str:
    """Return the CONSTRUCT that gives what DESCRIBE asks for: all that the default graph says of the resources.

    Engines describe in ways of their own (SPARQL 1.1 Query, section 16.4), and some tell of other things with it.
    """
    targets = list(operation.nodes("Iri", "Var"))
    variables = [scope.name(node) for node in targets if node.rule == "Var"] if targets else sorted(visible)
    branches = []
    for number, variable in enumerate(dict.fromkeys(variables if any(operation.nodes("Group")) else ())):
        mark = f"of{number}_"  # a blank node label stands in one pattern alone
        writer = Writer(names, tokens, mark)
        after = writer.text(*operation.parts[1 + (len(targets) or 1) :], *query.nodes("Values"))
        branches.append(" ".join(("{", "SELECT", "(", f"?{mark}{variable}", "AS", "?described", ")", after, "}")))
    resources = [names.iri(node) for node in targets if node.rule == "Iri"]
    if branches and not resources:  # Virtuoso 7 finds nothing beside a branch that is empty
        found = load("registry.endpoint", "describe_found.rq").partition("\n")[2]
        return filled(found, [" UNION ".join(branches)]).strip()
    text = bind(load("registry.endpoint", "describe.rq").partition("\n")[2], resources=resources)
    head, first, rest = text.partition("} }")
    return " ".join((head, first, *(f"UNION {branch}" for branch in branches), rest.strip()))


def _quoted(token: Token) -> str:
    """Return a text in double quotes, with an escape for what engines may stumble over."""
    marks = 3 if token.kind.startswith("STRING_LITERAL_LONG") else 1
    meant = _ESCAPED.sub(lambda escape: _MEANT.get(escape[1], escape[1]), token.text[marks:-marks])
    return '"' + _TO_ESCAPE.sub(lambda found: _WRITTEN.get(found[0], f"\\u{ord(found[0]):04X}"), meant) + '"'
