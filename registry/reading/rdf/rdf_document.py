"""An RDF document as N-Triples, with remarks on what had to be mended or left out, and the places of its values."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pyoxigraph import RdfFormat, Triple, parse, serialize

from registry.errors import ReadingError
from registry.model import Remark
from registry.reading.iris import iri_of, is_iri
from registry.reading.json import json_ld, json_places
from registry.reading.json.json_ld_conservation import Terms, lost_values
from registry.reading.rdf import rdf, rdf_xml, turtle_places
from registry.reading.rdf.rdf_places import Leaf, located
from registry.reading.rdf.rdf_terms import HOME_PAGE, Mender
from registry.reading.rdf.turtle_recovery import Recovery
from registry.vocabulary.language_tags import tag_of
from registry.vocabulary.messages import unreadable

_NOT_OF_THE_WEB = re.compile(rb"<(?!https?://)([^<>]*)>")
_LOCAL_HOME = f"<{HOME_PAGE}> <file:".encode()
_HALF_CHARACTER = re.compile(  # a surrogate without the other one
    r"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F]"
)
_LANGUAGE = re.compile(rb'"@([A-Za-z0-9-]+) \.\n')
_ODD_BLANK = re.compile(r'"_:[^"\s\\<>]*[\s\\<>]')
_NAMED_LANGUAGE = re.compile(rb'"@([a-z]{4,}) \.\n')


@dataclass(frozen=True)
class Document:
    """The triples of a document as N-Triples in its order, and the remarks of the reader."""

    n_triples: bytes
    remarks: tuple[Remark, ...] = ()


def leaves(text: str, format_: RdfFormat, base: str) -> Iterable[Leaf]:
    """Return the values of a document that was read, in the order of its text."""
    if format_ == RdfFormat.JSON_LD:
        return json_places.leaves(text)
    return rdf_xml.leaves(text, base) if format_ == RdfFormat.RDF_XML else turtle_places.leaves(text, base)


def read(text: str, format_: RdfFormat, base: str) -> Document:
    """Return the triples of a document that was read at `base`. Raises ReadingError."""
    document = _read(text, format_, base)
    if not document.remarks:
        return document
    remarks = located(document.remarks, text, lambda: leaves(text, format_, base))
    return replace(document, remarks=remarks)


def _read(text: str, format_: RdfFormat, base: str) -> Document:
    if format_ == RdfFormat.JSON_LD:
        return _from_json_ld(text, base)
    text = rdf.guarded(text, format_)
    if format_ == RdfFormat.RDF_XML and (fault := rdf_xml.fault(text)):
        raise fault
    try:
        return _named_words(rdf.n_triples(text, format_, base), base)
    except SyntaxError:
        if format_ == RdfFormat.RDF_XML:
            return _from_faulty_xml(text, base)
    recovery = Recovery(text, format_, base)
    document = _named_words(serialize(recovery.triples(), format=RdfFormat.N_TRIPLES) or b"", base)
    return replace(document, remarks=(*recovery.remarks, *document.remarks))


def _from_faulty_xml(text: str, base: str) -> Document:
    """Return what can be read of RDF/XML with addresses or language tags that are none; all other faults refuse it.

    Behind another fault, the parser would take properties for things.
    """
    try:
        return _mended(rdf.triples(text, RdfFormat.RDF_XML, base, lenient=True), base)
    except SyntaxError as error:
        raise unreadable("rdf-xml-unread", rdf_xml.line_of_fault(text, base)) from error


def of_outline(text: str, base: str) -> bytes:
    """Return the triples of JSON-LD that was made of a file in YAML or of a table, whose values were tested before."""
    try:
        return rdf.n_triples(text, RdfFormat.JSON_LD, base)
    except SyntaxError as error:
        raise _not_json_ld(text) from error


def _not_json_ld(text: str) -> ReadingError:
    return unreadable("json-half-character" if _HALF_CHARACTER.search(text) else "json-ld-unread")


def _from_json_ld(text: str, base: str) -> Document:
    """Return the triples of JSON-LD, and remarks on all that is in none of them. Raises ReadingError."""
    values, safe = json_ld.localised(text)
    try:
        body = rdf.n_triples(safe, RdfFormat.JSON_LD, base, lenient=True)
        terms = Terms.of(body, base)
        if _is_suspect(safe, body, terms.iris):
            document = _mended(rdf.triples(safe, RdfFormat.JSON_LD, base, lenient=True), base)
            terms = Terms.of(document.n_triples, base)
        else:
            document = _named_words(body, base, terms.iris)
    except SyntaxError as error:
        raise _not_json_ld(text) from error
    named = {word for remark in document.remarks for word in (remark.value, remark.facts.get("value", ""))}
    lost = lost_values(values, text, terms, named)
    return replace(document, remarks=(*document.remarks, *lost)) if lost else document


def _is_suspect(text: str, body: bytes, iris: Iterable[str]) -> bool:
    """Return whether an IRI or a language tag of leniently made lines may be none, or a blank node have no name.

    An IRI that holds a bracket may look like the end of a line.
    """
    if ">" in text or "\\u003" in text or _ODD_BLANK.search(text) or not all(map(is_iri, iris)):
        return True
    tags = _LANGUAGE.findall(body)
    return len(tags) != body.count(b'"@') - body.count(b'\\"@') or any(tag_of(tag.decode()).kind for tag in set(tags))


def _named_words(body: bytes, base: str, iris: Iterable[str] | None = None) -> Document:
    """Return the document of these lines of N-Triples, with what is formally right but must be another word.

    `iris` are those of the lines, where somebody has looked for them.
    """
    if not _may_be_meant_otherwise(body, iris):
        return Document(body)
    return _mended([quad.triple for quad in parse(body, RdfFormat.N_TRIPLES, lenient=True)], base)


def _may_be_meant_otherwise(body: bytes, iris: Iterable[str] | None) -> bool:
    if iris is None:  # counted first, since nearly all begin alike
        begin_alike = body.count(b"<") == body.count(b"<http")
        iris = () if begin_alike else map(bytes.decode, set(_NOT_OF_THE_WEB.findall(body)))
    if any(iri_of(iri) != (iri, "", "") for iri in iris if not iri.startswith(("https://", "http://"))):
        return True
    if any(sign in body for sign in (b",http", b";http", _LOCAL_HOME)):
        return True
    return any(tag_of(tag.decode()).kind for tag in set(_NAMED_LANGUAGE.findall(body)))


def _mended(triples: Iterable[Triple], base: str) -> Document:
    mender = Mender(base)
    kept = mender.mended(triples)
    return Document(serialize(kept, format=RdfFormat.N_TRIPLES) or b"", tuple(mender.remarks))
