"""The IRIs of a query in full: prefixes and BASE are carried out (SPARQL 1.1 Query, section 4.1.1)."""

from __future__ import annotations

import re

from pyoxigraph import NamedNode, RdfFormat, parse

from registry.endpoint.sparql.tokens import Token, Tokens
from registry.endpoint.sparql.tree import Node

_ESCAPE = re.compile(r"\\(.)")


class Names:
    """The prefixes of one query, and its base."""

    def __init__(self, query: Node, tokens: Tokens) -> None:
        self._tokens, self._base = tokens, ""
        self._prefixes: dict[str, str] = {}
        for declaration in query.nodes("Base", "Prefix"):
            *_, last = declaration.tokens()
            iri = self._absolute(last)
            if declaration.rule == "Base":
                self._base = iri
            else:
                self._prefixes[list(declaration.tokens())[1].text] = iri

    def iri(self, node: Node) -> str:
        """Return the IRI of an `Iri` node. Raises QueryError for an unknown prefix and for what is no IRI."""
        (token,) = node.tokens()
        if token.kind == "IRIREF":
            return self._absolute(token)
        prefix, colon, local = token.text.partition(":")
        if prefix + colon not in self._prefixes:
            raise self._tokens.error(token.start, f"the prefix `{prefix}{colon}` is not declared: add PREFIX")
        return self._checked(self._prefixes[prefix + colon] + _ESCAPE.sub(r"\1", local), token)

    def _absolute(self, token: Token) -> str:
        """Return an IRI relative to the base (RFC 3986, section 5.2), which the library of RDF does as engines do."""
        written = token.text[1:-1]
        try:
            return NamedNode(written).value
        except ValueError:
            if not self._base:
                raise self._no_iri(token) from None
        try:
            (quad,) = parse(f"{token.text} a <urn:x> .", RdfFormat.TURTLE, base_iri=self._base)
        except (SyntaxError, ValueError):
            raise self._no_iri(token) from None
        return self._checked(quad.subject.value, token)

    def _checked(self, iri: str, token: Token) -> str:
        try:
            return NamedNode(iri).value
        except ValueError:
            raise self._no_iri(token) from None

    def _no_iri(self, token: Token) -> Exception:
        return self._tokens.error(token.start, f"`{token.text[:60]}` is no IRI that begins with a scheme, like https:")
