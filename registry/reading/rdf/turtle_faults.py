"""Why a parser of Turtle or N-Triples stopped at a token, in words that lead to the repair."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from registry.iri.names import PREFIXES
from registry.model import Place, Remark
from registry.reading.rdf.rdf_terms import shortened
from registry.reading.rdf.turtle_tokens import Lines, Token

_ESCAPE = re.compile(r"(?:[^\\]|\\(?:[tbnrf\"'\\]|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}))*")
_NUMBER_OR_WORD = re.compile(r"[+-]?[0-9.]+([eE][+-]?[0-9]+)?|true|false|a")
_VALUES = ("text", "iri", "word", "tag")


def cause(found: Sequence[Token], index: int, lines: Lines, declared: Container[str], expected: str = "") -> Remark:
    """Return the remark on the token at which a parser stopped.

    `declared` are the prefixes, with their colons; `expected` is what the parser said.
    """
    index = _end_of_text(found, index, lines)
    token, before = found[index], found[index - 1] if index else None
    code, facts = _code(token, before, lines, declared, expected)
    facts = {"found": shortened(token.text, 40), "first": "", "last": "", "prefix": "", "namespace": ""} | facts
    return Remark(code, Place(*lines.at(token.start)), value=token.text, facts=facts)


def _end_of_text(found: Sequence[Token], index: int, lines: Lines) -> int:
    """Return the number of the token behind a text that ended too early in the same line, if a quote stands alone."""
    if found[index].kind == "stray":
        line = lines.at(found[index].start)[0]
        for number in range(index, 0, -1):
            if lines.at(found[number - 1].start)[0] != line:
                break
            if found[number - 1].kind == "text" and _is_bare(found[number], found[number - 1]):
                return number
    return index


def _code(
    token: Token, before: Token | None, lines: Lines, declared: Container[str], expected: str
) -> tuple[str, dict[str, str]]:
    same_line = before is not None and lines.at(before.end)[0] == lines.at(token.start)[0]
    if before is not None and before.kind == "text" and same_line and _is_bare(token, before):
        return "turtle-quote-in-text", {}
    if token.kind == "stray" and token.text in "\"'":
        return "turtle-text-open", {}
    if token.kind == "text" and not _ESCAPE.fullmatch(token.text):
        return "turtle-escape", {}
    prefix = token.text.partition(":")[0]
    if token.kind == "word" and ":" in token.text and f"{prefix}:" not in declared and prefix != "_":
        namespace = PREFIXES.get(prefix, "")
        return "turtle-prefix-ours" if namespace else "turtle-prefix", {"prefix": prefix, "namespace": namespace}
    if token.kind == "mark" and token.text in ".;,])":
        return ("turtle-value-missing" if "not a valid RDF object" in expected else "turtle-unread"), {}
    if token.kind == "mark" and token.text in "{}":
        return "turtle-graph", {}
    if before is not None and before.kind in _VALUES and token.kind in _VALUES and not same_line:
        return "turtle-separator-missing", {"last_line": str(lines.at(before.start)[0])}
    return "turtle-unread", {}


def _is_bare(token: Token, before: Token) -> bool:
    """Return whether a token is a piece of a text that has ended too early."""
    if token.kind in ("stray", "text"):
        return True
    return (
        token.kind == "word"
        and not _NUMBER_OR_WORD.fullmatch(token.text)
        and (":" not in token.text or token.start == before.end)
    )
