"""Which format a document is in: by how it begins, then by its media type, then by the suffix of its address."""

from __future__ import annotations

import re

from pyoxigraph import RdfFormat

from registry.errors import ReadingError

RDF_FORMATS = {
    "turtle": RdfFormat.TURTLE,
    "n-triples": RdfFormat.N_TRIPLES,
    "rdf-xml": RdfFormat.RDF_XML,
    "json-ld": RdfFormat.JSON_LD,
}
_MEDIA_TYPES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "application/n-triples": "n-triples",
    "application/rdf+xml": "rdf-xml",
    "application/ld+json": "json-ld",
    "application/json": "json",
    "application/yaml": "yaml",
    "application/x-yaml": "yaml",
    "text/yaml": "yaml",
    "text/x-yaml": "yaml",
    "application/ld+yaml": "yaml",
}
_SUFFIXES = {
    "ttl": "turtle",
    "nt": "n-triples",
    "rdf": "rdf-xml",
    "jsonld": "json-ld",
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
}
_LOOKED_AT = 2_000  # characters from the beginning of a document


def detect(text: str, media_type: str, url: str) -> str:
    """Return the format of a document read at `url`: a key of `RDF_FORMATS`, or "yaml".

    The beginning of the text counts more than its media type, since many servers send a wrong one. JSON is JSON-LD if
    it has a keyword such as "@id"; all other JSON is read as YAML, which includes it (YAML 1.2).
    Raises ReadingError for a web page.
    """
    start = text.lstrip()[:_LOOKED_AT]
    if re.match(r"<!doctype html|<html", start, re.IGNORECASE):
        raise ReadingError(
            "found a web page, not a description: give the address of the file, or let the page name it with "
            '<link rel="describedby" href="…">'
        )
    starts_like_turtle = re.match(r"\[\s*(a\s|\]|<|\w*:)", start)  # a blank node as subject: `[] a …`, `[ ex:p …`
    if start.startswith(("{", "[")) and not starts_like_turtle:
        return "json-ld" if '"@' in text else "yaml"
    if start.startswith("<?xml") or re.match(r"<(\w+:)?RDF\b", start):
        return "rdf-xml"
    if re.search(r"^\s*(@prefix|@base|PREFIX|BASE)\s", start, re.MULTILINE | re.IGNORECASE):
        return "turtle"
    by_media_type = _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "")
    if by_media_type not in ("", "json"):  # text that is not JSON, whatever the server says
        return by_media_type
    if re.match(r"(<[^<>\s]*>|_:\S+)\s+(<|a\s|[\w-]*:)", start):  # a triple, with or without prefixes
        return "turtle"
    by_suffix = _SUFFIXES.get(url.partition("?")[0].rpartition(".")[2].lower(), "")
    return by_suffix if by_suffix not in ("", "json") else "yaml"
