"""Words of the vocabulary in N-Triples as we write them, where publishers write them otherwise."""

from __future__ import annotations

import re

from registry.iri.names import CONCEPT, PREFIXES
from registry.vocabulary.concepts import code_in
from registry.vocabulary.context import carried

_SCHEMA, _SCHEMA_HTTPS = PREFIXES["schema"], "https://schema.org/"
# the predicate of a line: no subject holds a blank. Neither pattern matches within a text, which has no line end
_PROPERTY = re.compile(rb"(?m)^(\S+) <https://schema\.org/(\w+)> ")
_DIRECTION = re.compile(rb'("@[A-Za-z0-9-]+?)--(?:ltr|rtl) \.\n')
_CODE = re.compile(rb" <%b([a-z-]+)/([^<>\n]*[A-Z][^<>\n]*)> \.\n" % re.escape(CONCEPT.encode()))


def canonical_words(n_triples: bytes) -> bytes:
    """Return lines of N-Triples with schema.org by http:// where we know the property, and known codes in our case.

    The direction of a text, which RDF 1.2 has and RDF 1.1 has not, is left out.
    """
    n_triples = _DIRECTION.sub(rb"\1 .\n", n_triples)
    if _SCHEMA_HTTPS.encode() in n_triples:
        n_triples = _PROPERTY.sub(_property, n_triples)
    return _CODE.sub(_code, n_triples)


def as_ours(property_: str) -> str:
    """Return the IRI of a property of schema.org that we know as we write it; any other as it is."""
    name = property_.removeprefix(_SCHEMA_HTTPS)
    return _SCHEMA + name if name != property_ and _SCHEMA + name in carried() else property_


def _property(match: re.Match[bytes]) -> bytes:
    return b"%b <%b> " % (match[1], as_ours(_SCHEMA_HTTPS + match[2].decode()).encode())


def _code(match: re.Match[bytes]) -> bytes:
    scheme, typed = match[1].decode(), match[2].decode()
    return f" <{CONCEPT}{scheme}/{code_in(typed, scheme) or typed}> .\n".encode()
