"""What can be read with certainty of Turtle and N-Triples that are not all well-formed.

Addresses and language tags that are none are mended where they stand. A statement that the parser cannot read is left
out, where its end is certain: a quote that is never closed, or a bracket, may swallow what follows, and a prefix or a
base concerns all that follows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

from pyoxigraph import BlankNode, NamedNode, RdfFormat, Triple, parse

from registry.errors import ReadingError
from registry.iri.names import RDF_TYPE, prefixed, term
from registry.model import Place, Remark, Severity
from registry.reading.iris import Address, encoded, iri_of, is_iri
from registry.reading.rdf import rdf
from registry.reading.rdf.rdf_places import resolved
from registry.reading.rdf.rdf_terms import HOME_PAGE, address_remark, language_remark, name_of
from registry.reading.rdf.turtle_faults import cause
from registry.reading.rdf.turtle_places import Words, unescaped
from registry.reading.rdf.turtle_tokens import Edits, Lines, Statement, Token, statements, tokens
from registry.vocabulary.language_tags import tag_of
from registry.vocabulary.messages import unreadable

_MAX_LEFT_OUT = 25  # statements: of a document with more faults, too little would be left to be sure of it
_MAX_MENDED = 300  # addresses and tags, for the same reason
_PLACEHOLDER = "urn:ospo-atlas:unread:"  # in place of an address that is none, until its triple is left out
_TELLING = {RDF_TYPE.value, *(term(name).value for name in ("foaf:homepage", "foaf:page"))}


@dataclass
class Recovery:
    """The reading of one document, `text`, at `base`."""

    text: str
    format_: RdfFormat
    base: str
    remarks: list[Remark] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = Lines(self.text)
        self.edits = Edits(self.text)
        self.tokens = list(tokens(self.text))
        self.statements = list(self._statements())
        self.marked: dict[str, int] = {}  # an address in the changed text → the number of its remark

    def triples(self) -> list[Triple]:
        """Return the triples that can be read. Raises ReadingError where nothing can be read with certainty."""
        self._refuse_what_is_open()
        self._mend_terms()
        left_out: list[tuple[Statement, Remark]] = []
        while True:
            changed = self.edits.result()
            try:
                found = rdf.triples(changed, self.format_, self.base)
                break
            except SyntaxError as error:
                left_out.append(self._leave_out(error, changed, left_out))
        found = self._without_placeholders(found)
        if left_out and not found:
            raise self._refusal(left_out[0][1])
        for statement, remark in left_out:
            stub = _stub(statement, self.statements, self.base)
            found += stub
            node = name_of(stub[0].subject) if stub else ""
            self.remarks.append(replace(remark, node=node, covers=("*",) if node else ()))
        return found

    def _refuse_what_is_open(self) -> None:
        """Raise ReadingError for a quote or a bracket that is never closed; in N-Triples, it ends with its line."""
        if self.format_ == RdfFormat.N_TRIPLES:
            return
        for index, token in enumerate(self.tokens):
            if token.kind == "stray" and token.text in "\"'":
                raise self._refusal(cause(self.tokens, index, self.lines, ()))
        stack: list[Token] = []
        for token in self.tokens:
            if token.kind == "mark" and token.text in "[(":
                stack.append(token)
            elif token.kind == "mark" and token.text in "])" and stack:
                stack.pop()
        if stack:
            line, column = self.lines.at(stack[0].start)
            raise unreadable("turtle-bracket-open", line, column, found=stack[0].text)

    def _mend_terms(self) -> None:
        for before, token in zip([None, *self.tokens], self.tokens, strict=False):
            if token.kind == "iri":
                self._mend_iri(token)
            elif token.kind == "tag" and before is not None and before.kind == "text":
                self._mend_tag(token, before)
            if len(self.remarks) > _MAX_MENDED:
                raise self._refusal(self.remarks[0])

    def _mend_iri(self, token: Token) -> None:
        typed = unescaped(token.text[1:-1])
        if self._is_read(token.text):
            return
        address = iri_of(typed)
        if address.kind in ("relative", "no-scheme") and self._is_read(f"<{encoded(typed)}>"):
            address = Address(encoded(typed), "encoded")
        remark = replace(address_remark(typed, address, ""), place=Place(*self.lines.at(token.start)))
        mark = address.iri or f"{_PLACEHOLDER}{len(self.marked)}"
        self.marked[resolved(self.base, mark)] = len(self.remarks)
        self.remarks.append(remark)
        self.edits.put(token.start, token.end, f"<{mark}>")

    def _is_read(self, iri: str) -> bool:
        """Return whether the parser takes an IRI, which may be relative, as it stands."""
        try:
            list(parse(f"<> <> {iri} .".encode(), RdfFormat.TURTLE, base_iri=self.base))
        except (SyntaxError, UnicodeEncodeError):
            return False
        return True

    def _mend_tag(self, token: Token, text: Token) -> None:
        if not tag_of(token.text[1:]).kind:
            return
        tag, remark = language_remark(token.text[1:], text.text.strip("\"'"), "")
        self.remarks.append(replace(remark, place=Place(*self.lines.at(token.start))))
        self.edits.put(token.start, token.end, f"@{tag}" if tag else "")

    def _statements(self) -> Iterator[Statement]:
        """Yield the statements of the document: in N-Triples, each line is one."""
        if self.format_ != RdfFormat.N_TRIPLES:
            yield from statements(self.tokens)
            return
        for _, line in groupby(self.tokens, lambda token: self.lines.at(token.start)[0]):
            yield Statement(tuple(line))

    def _leave_out(
        self, error: SyntaxError, changed: str, left_out: list[tuple[Statement, Remark]]
    ) -> tuple[Statement, Remark]:
        """Take the statement in which the parser stopped out of the text, and return it with a remark on the cause."""
        offset = self.edits.before(Lines(changed).offset(error.lineno or 1, error.offset or 1))
        gone = {statement.tokens[0].start for statement, _ in left_out}
        there = [s for s in self.statements if s.tokens[0].start <= offset and s.tokens[0].start not in gone]
        if not there:
            raise unreadable("turtle-unread", *self.lines.at(offset), found="", first="1", last="1")
        statement = there[-1]
        index = bisect_right(self.tokens, offset, key=lambda token: token.start) - 1
        declared = {s.tokens[1].text for s in self.statements if s.is_directive and len(s.tokens) > 2}
        remark = cause(self.tokens, index, self.lines, declared, error.msg)
        first, last = statement.tokens[0].start, statement.tokens[-1].end
        lines = {"first": str(self.lines.at(first)[0]), "last": str(self.lines.at(last - 1)[0])}
        remark = replace(remark, facts=dict(remark.facts) | lines)
        if statement.is_directive or len(left_out) == _MAX_LEFT_OUT:
            raise self._refusal(left_out[0][1] if left_out else remark)
        self.edits.put(first, last, re.sub(r"[^\r\n]", "", self.text[first:last]))
        return statement, remark

    def _refusal(self, remark: Remark) -> ReadingError:
        return unreadable(remark.code, remark.place.line, remark.place.column, **remark.facts)

    def _without_placeholders(self, found: list[Triple]) -> list[Triple]:
        """Return the triples without those that hold an address that is none, and name their nodes in the remarks."""
        kept = []
        for triple in found:
            iris = [part.value for part in triple if isinstance(part, NamedNode)]
            for number in {self.marked[iri] for iri in iris if iri in self.marked}:
                self.remarks[number] = _named(self.remarks[number], triple)
            if not any(iri.startswith(_PLACEHOLDER) for iri in iris):
                kept.append(triple)
        return kept


def _named(remark: Remark, triple: Triple) -> Remark:
    """Return a remark on an address with the node and the property that it stands with, if these can be named."""
    subject, path = name_of(triple.subject), triple.predicate.value
    if remark.node or subject.startswith(_PLACEHOLDER) or path.startswith(_PLACEHOLDER):
        return remark
    is_lost = remark.code != "address-encoded"
    severity = Severity.VIOLATION if is_lost and path == HOME_PAGE else None
    facts = dict(remark.facts) | {"key": prefixed(path)}
    covers = (path,) if is_lost else ()
    return replace(remark, node=subject, path=path, severity=severity, covers=covers, facts=facts)


def _stub(statement: Statement, every: list[Statement], base: str) -> list[Triple]:
    """Return what tells the thing of a statement from others, as far as it can be read: its type and addresses.

    It stands in for the thing, so that the others are not refused with it.
    """
    words = Words(base)
    for directive in every:
        if directive.is_directive:
            words.declare(directive)
    iris = [words.iri(token) for token in statement.tokens]
    told = [
        (NamedNode(predicate), NamedNode(value))
        for predicate, value in pairwise(iris)
        if predicate in _TELLING and is_iri(value)
    ]
    if not any(predicate == RDF_TYPE for predicate, _ in told):
        return []
    subject = NamedNode(iris[0]) if is_iri(iris[0]) else BlankNode(f"unread{statement.tokens[0].start}")
    return [Triple(subject, predicate, value) for predicate, value in dict(told).items()]
