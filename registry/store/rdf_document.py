"""Triples as a document in any RDF syntax, so that every reader can parse it."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pyoxigraph import (
    RdfFormat,
    Triple,
    serialize,
)

# What XML 1.0 cannot hold, escaped or not (section 2.2), though a query can make it.
_NOT_IN_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_NO_PROPERTY = {
    _RDF + name
    for name in (
        "Description RDF ID about aboutEach aboutEachPrefix bagID datatype li nodeID parseType resource".split()
    )
}
_XMLNS = "http://www.w3.org/2000/xmlns/"
_FIRST = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_NAME = re.compile(f"[{_FIRST}][{_FIRST}.0-9\xb7\u0300-\u036f\u203f\u2040-]*$")


def xml_safe(body: bytes) -> bytes:
    """Return XML without what XML cannot hold; a carriage return is escaped, else it would be read as a line feed."""
    return _NOT_IN_XML.sub("\ufffd".encode(), body).replace(b"\r", b"&#xD;")


def write(triples: Iterable[Triple], format_: RdfFormat, prefixes: dict[str, str] | None = None) -> tuple[bytes, int]:
    """Return triples in a format, and how many of them RDF/XML had to leave out: not every property has a name in XML.

    Without this, pyoxigraph would write such a property as XML that nobody can parse.
    """
    if format_ != RdfFormat.RDF_XML:
        return serialize(triples, format=format_, prefixes=prefixes) or b"", 0
    found = list(triples)
    kept = [triple for triple in found if _is_named(triple.predicate.value)]
    return xml_safe(serialize(kept, format=format_) or b""), len(found) - len(kept)


def _is_named(property_: str) -> bool:
    reserved = property_ in _NO_PROPERTY or property_.startswith(_XMLNS)
    return not reserved and _NAME.search(property_) is not None
