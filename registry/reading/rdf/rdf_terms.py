"""Triples as a lenient parser gives them, with what no strict parser would take mended, or left out with a remark.

A strict parser of JSON-LD drops such a value in silence, one of RDF/XML stops at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from registry.iri.names import PREFIXES, prefixed
from registry.model import NOWHERE, Remark, Severity
from registry.reading.iris import Address, iri_of, is_iri
from registry.vocabulary.language_tags import is_tag, tag_of

HOME_PAGE = PREFIXES["foaf"] + "homepage"
_LABEL = re.compile(r"[^\s<>\"\\]+")


@dataclass
class Mender:
    """Mends the triples of one document, read at `base`; `remarks` are on what it had to change or to leave out."""

    base: str
    remarks: list[Remark] = field(default_factory=list)
    _nameless: dict[str, BlankNode] = field(default_factory=dict)

    def mended(self, triples: Iterable[Triple]) -> list[Triple]:
        """Return the triples that can be kept, in their order; a subject whose IRI is none becomes a blank node."""
        kept, lost = [], []
        for triple in triples:
            subject = self._subject(triple.subject)
            number = len(self.remarks)
            predicate, value = self._predicate(triple.predicate, triple.object), None
            if predicate is not None:
                value = self._object(triple.object, predicate.value)
            node = name_of(subject)
            self.remarks[number:] = [replace(remark, node=node) for remark in self.remarks[number:]]
            if predicate is not None and value is not None:
                kept.append(Triple(subject, predicate, value))
            else:
                lost.append(len(self.remarks) - 1)
        there = {(name_of(triple.subject), triple.predicate.value) for triple in kept}
        for number in lost:
            remark = self.remarks[number]
            if remark.path and (remark.node, remark.path) not in there:  # that it is missing is the consequence
                self.remarks[number] = replace(remark, covers=(remark.path,))
        return kept

    def _subject(self, term: NamedNode | BlankNode | Triple) -> NamedNode | BlankNode | Triple:
        if isinstance(term, BlankNode):
            return self._blank(term)
        if not isinstance(term, NamedNode) or is_iri(term.value):
            return term
        if term.value in self._nameless:
            return self._nameless[term.value]
        typed, address = self._read(term.value)
        if address.iri:
            if all(remark.value != typed for remark in self.remarks):
                self.remarks.append(
                    Remark("address-encoded", node=address.iri, value=typed, facts=facts(typed, address))
                )
            return NamedNode(address.iri)
        self._nameless[term.value] = node = BlankNode(f"nameless{len(self._nameless) + 1}")
        self.remarks.append(Remark("node-name-unread", node=str(node), value=typed, facts={"typed": typed}))
        return node

    def _blank(self, node: BlankNode) -> BlankNode:
        """Return a blank node; one whose label no line of N-Triples could hold gets another, which says as little."""
        if _LABEL.fullmatch(node.value):
            return node
        return self._nameless.setdefault(str(node), BlankNode(f"nameless{len(self._nameless) + 1}"))

    def _predicate(self, term: NamedNode, value: NamedNode | BlankNode | Literal | Triple) -> NamedNode | None:
        if is_iri(term.value):
            return term
        typed, address = self._read(term.value)
        if address.iri:
            self.remarks.append(Remark("address-encoded", path=address.iri, value=typed, facts=facts(typed, address)))
            return NamedNode(address.iri)
        words = value.value if isinstance(value, NamedNode | Literal) else "…"
        self.remarks.append(
            Remark("key-without-property", value=words, facts={"key": typed, "value": shortened(words)})
        )
        return None

    def _object(
        self, term: NamedNode | BlankNode | Literal | Triple, path: str
    ) -> NamedNode | BlankNode | Literal | Triple | None:
        if isinstance(term, Literal):
            return self._literal(term, path)
        if isinstance(term, BlankNode):
            return self._blank(term)
        if isinstance(term, NamedNode) and path == HOME_PAGE and term.value.startswith("file:"):
            typed = term.value.removeprefix(self.base.rpartition("/")[0] + "/")
            self.remarks.append(
                Remark("home-page-relative", path=path, value=term.value, facts={"found": typed}, covers=(path,))
            )
            return term
        if not isinstance(term, NamedNode) or (is_iri(term.value) and iri_of(term.value) == (term.value, "", "")):
            return term
        typed, address = self._read(term.value)
        if not address.kind:
            return NamedNode(address.iri)
        self.remarks.append(address_remark(typed, address, path))
        return NamedNode(address.iri) if address.iri else None

    def _literal(self, literal: Literal, path: str) -> Literal:
        if literal.language is not None:
            if not is_tag(literal.language) or tag_of(literal.language).kind:
                tag, remark = language_remark(literal.language, literal.value, path)
                self.remarks.append(remark)
                return Literal(literal.value, language=tag) if tag else Literal(literal.value)
        elif not is_iri(literal.datatype.value):
            typed = self._read(literal.datatype.value)[0]
            facts_ = {"typed": typed, "text": shortened(literal.value)}
            self.remarks.append(Remark("datatype-unread", path=path, value=literal.value, facts=facts_))
            return Literal(literal.value)
        return literal

    def _read(self, iri: str) -> tuple[str, Address]:
        """Return an IRI as it was typed, and the address that it is; the parser has resolved a relative one."""
        folder = self.base.rpartition("/")[0] + "/"
        typed = iri.removeprefix(folder)
        address = iri_of(typed)
        if address.kind in ("relative", "no-scheme") and typed != iri:
            address = iri_of(iri)
        return typed, address


def name_of(node: NamedNode | BlankNode | Triple) -> str:
    """Return how remarks and places name a node: by its IRI, or as N-Triples writes a blank node."""
    return node.value if isinstance(node, NamedNode) else str(node)


def address_remark(typed: str, address: Address, path: str) -> Remark:
    """Return the remark on an address that is not kept as it was typed; it is worse if it is a home page."""
    is_lost = address.kind != "encoded"
    severity = Severity.VIOLATION if path == HOME_PAGE and is_lost else None
    covers = (path,) if is_lost and address.iri else ()  # the shapes would say again that it is no address
    return Remark(f"address-{address.kind}", NOWHERE, "", path, typed, facts(typed, address, path), covers, severity)


def facts(typed: str, address: Address, path: str = "") -> dict[str, str]:
    """Return what fills the gaps of a message about an address that is a value of that property."""
    words = {"found": typed, "kept": address.iri, "meant": address.meant, "key": prefixed(path)}
    return {name: shortened(word) for name, word in words.items()}


def language_remark(typed: str, text: str, path: str) -> tuple[str, Remark]:
    """Return the tag that is kept of a bad one, "" for none, and the remark on it."""
    tag = tag_of(typed).tag
    code = "text-language-mended" if tag else "text-language-unknown"
    return tag, Remark(code, path=path, value=typed, facts={"typed": typed, "kept": tag, "text": shortened(text)})


def shortened(text: str, length: int = 120) -> str:
    """Return a text for a message, in one line and not longer than a line or two."""
    plain = " ".join(text.split())
    return plain if len(plain) <= length else plain[: length - 1] + "…"
