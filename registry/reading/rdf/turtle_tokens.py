"""Turtle and N-Triples as tokens with their places, also where a parser would stop; and as statements."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

# RDF 1.1 Turtle, section 6.5, but an IRI may hold what it must not, and a tag may be any word
_TOKEN = re.compile(
    r"""
    (?P<space>[\ \t\r\n\ufeff]+)
    |(?P<comment>\#[^\r\n]*)
    |(?P<text>\"{3}(?:\"{0,2}(?:[^"\\]|\\.))*?\"{3}|'{3}(?:'{0,2}(?:[^'\\]|\\.))*?'{3}
        |"(?!"")(?:[^"\\\r\n]|\\.)*"|'(?!'')(?:[^'\\\r\n]|\\.)*'|""(?!")|''(?!'))
    |(?P<iri><(?!<\()[^<>\r\n]*>)
    |(?P<tag>@[^\s.,;\[\](){}"'<>\#^]*)
    |(?P<mark>\^\^|[.,;\[\](){}])
    |(?P<word>(?:\\.|[^\s,;.\[\](){}"'<>\#\\^]|\.+(?=[^\s,;.\[\](){}"'<>\#\\^]|\\.))+)
    |(?P<stray>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPEN, _CLOSED = "[({", "])}"


@dataclass(frozen=True, slots=True)
class Token:
    """One token: its kind is text, iri, tag, mark, word or stray; `start` is its offset in the document."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """The offset behind the token."""
        return self.start + len(self.text)


@dataclass(frozen=True, slots=True)
class Statement:
    """The tokens of a statement with its dot, or of a directive."""

    tokens: tuple[Token, ...]

    @property
    def is_directive(self) -> bool:
        """Whether it is a prefix or a base, on which all that follows depends."""
        return self.tokens[0].text.lower() in ("@prefix", "@base", "prefix", "base")


class Lines:
    """The lines of a text: offsets as line and column, from 1, and the other way round."""

    def __init__(self, text: str) -> None:
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        """Return the line and the column of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and a column."""
        return self._starts[min(line, len(self._starts)) - 1] + column - 1


def tokens(text: str) -> Iterator[Token]:
    """Yield the tokens of a document; blanks and comments are none."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup not in ("space", "comment"):
            yield Token(match.lastgroup or "", match[0], match.start())


def statements(found: Sequence[Token]) -> Iterator[Statement]:
    """Yield the statements that these tokens make; the last one may lack its dot."""
    depth, current = 0, list[Token]()
    for token in found:
        current.append(token)
        if token.kind == "mark":
            depth += (token.text in _OPEN) - (token.text in _CLOSED)
            if token.text == "." and depth <= 0:
                yield Statement(tuple(current))
                depth, current = 0, []
        elif token.kind == "iri" and current[0].text.lower() in ("prefix", "base"):
            yield Statement(tuple(current))  # as SPARQL writes it: without a dot
            current = []
    if current:
        yield Statement(tuple(current))


@dataclass
class Edits:
    """Changes of a text, each of a part of it, and where what stands in the changed text stood before."""

    text: str
    _parts: dict[tuple[int, int], str] = field(default_factory=dict)

    def put(self, start: int, end: int, new: str) -> None:
        """Put a text in place of a part; what was put within that part before is forgotten."""
        self._parts = {part: put for part, put in self._parts.items() if not start <= part[0] < end}
        self._parts[start, end] = new

    def result(self) -> str:
        """Return the changed text."""
        pieces, done = [], 0
        for (start, end), new in sorted(self._parts.items()):
            pieces += [self.text[done:start], new]
            done = end
        return "".join([*pieces, self.text[done:]])

    def before(self, offset: int) -> int:
        """Return the offset in the text before the changes of an offset in the changed one."""
        shift = 0
        for (start, end), new in sorted(self._parts.items()):
            if offset < start + shift:
                break
            if offset < start + shift + len(new):
                return start
            shift += len(new) - (end - start)
        return offset - shift
