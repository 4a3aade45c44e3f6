"""Which format a document is in: by its media type, then by the suffix of its address, then by how it begins.

Many servers send a wrong media type, so that neither it nor the suffix decides against a beginning that can be of one
format alone. Nothing is decided by words further on in the text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pyoxigraph import RdfFormat

from registry.vocabulary.messages import unreadable

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
    "owl": "rdf-xml",
    "jsonld": "json-ld",
    "json": "json",
    "yaml": "yaml",
    "yml": "yaml",
}
_KEYWORDS = {"@context", "@graph", "@id"}
_BROKEN_KEYWORD = re.compile(r'"@(?:context|graph|id)"\s*:')  # in what is not JSON, for want of a comma
_SPACE = re.compile(r"\s*")
_COMMENT_LINES = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))*[ \t]*")
_DIRECTIVE = re.compile(r"@(?:prefix|base)\b|PREFIX\s+[^\s:]*:\s*<|BASE\s*<", re.IGNORECASE)
_NODE = re.compile(r"\[\s*(?:a\s|\]|<|[\w-]*:\S)|_:\S+\s|\(\s*[<_\[]")  # `[] a …`, `[ ex:p …`, `_:b …`, `(<…> …`
_IRI = re.compile(r"<[^<>]*>\s*(?:a\s|<|[\w-]*:[\w-])|<[^<>\s]*[/:#]")
_TAG = re.compile(r"<([A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)(?=[\s/>])")
_OF_PAGE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)
_OF_PAGES = set("html head body title meta link script style div p h1 h2 h3 table main section header nav span".split())
_YAML = re.compile(r"---|- |[\w\"'][^\r\n]*?:(?:[ \t]|[\r\n]|$)")


def detect(text: str, media_type: str, url: str) -> str:
    """Return the format of a document read at `url`: a key of `RDF_FORMATS`, "json" or "yaml".

    JSON is JSON-LD exactly if `@context`, `@graph` or `@id` is a key of it; all other JSON is our own form.
    Raises ReadingError for a web page.
    """
    declared = _declared(media_type, url)
    start = _SPACE.match(text).end()  # type: ignore[union-attr]
    content = _COMMENT_LINES.match(text, start).end()  # type: ignore[union-attr]
    if text.startswith(("{", "["), start):
        return _of_brackets(text, start, declared)
    if text.startswith("<", start):
        return _of_markup(text, start, declared)
    if _DIRECTIVE.match(text, content) or _NODE.match(text, content):
        return "n-triples" if declared == "n-triples" else "turtle"
    if text.startswith("<", content) and not text.startswith("<<:", content):
        return declared if declared in ("n-triples", "yaml") and not _IRI.match(text, content) else "turtle"
    if declared in ("", "json", "json-ld", "yaml") or _YAML.match(text, content):
        return "yaml"  # text that is not JSON, whatever the server says
    return declared


def _declared(media_type: str, url: str) -> str:
    """Return the format that the media type names, else that which the suffix of the address does, or ""."""
    path = url.partition("#")[0].partition("?")[0]
    by_suffix = _SUFFIXES.get(path.rpartition("/")[2].rpartition(".")[2].lower(), "")
    return _MEDIA_TYPES.get(media_type.partition(";")[0].strip().lower(), "") or by_suffix


def _of_brackets(text: str, start: int, declared: str) -> str:
    """Return the format of a document that begins with a bracket: JSON, Turtle, or YAML in flow style."""
    keys: set[str] = set()

    def kept(pairs: list[tuple[str, Any]]) -> None:
        keys.update(key for key, _ in pairs if key in _KEYWORDS)

    try:
        json.loads(text, object_pairs_hook=kept, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError:
        return "json-ld" if declared == "json-ld" else "json"
    except ValueError:
        if _NODE.match(text, start) and declared not in ("json", "json-ld"):
            return "turtle"
        if declared == "json-ld" or _BROKEN_KEYWORD.search(text):
            return "json-ld"
        return "json" if declared == "json" else "yaml"
    return "json-ld" if keys else "json"


def _of_markup(text: str, start: int, declared: str) -> str:
    """Return the format of a document that begins with `<`: RDF/XML, Turtle, or YAML whose first key is such a text.

    Raises ReadingError for a web page.
    """
    root = _after_prologue(text, start)
    tag = _TAG.match(text, root)
    name = tag[2] if tag else ""
    if re.compile("<!doctype html", re.IGNORECASE).match(text, root) or (
        tag and not tag[1] and name.lower() in _OF_PAGES
    ):
        raise unreadable("web-page", 1)
    if text.startswith(("<?", "<!"), start) or name == "RDF":
        return "rdf-xml"
    if text.startswith("<<:", start):
        return "yaml"
    is_turtle = _IRI.match(text, start) is not None
    if declared in ("rdf-xml", "yaml") and not is_turtle:
        return declared
    return "n-triples" if declared == "n-triples" else "turtle"


def _after_prologue(text: str, position: int) -> int:
    """Return where the root of an XML document begins: after declaration, comments, instructions and doctype."""
    while True:
        if text.startswith("<!--", position):
            end = text.find("-->", position + 4)
            after = end + 3
        elif text.startswith("<?", position):
            end = text.find("?>", position)
            after = end + 2
        elif text.startswith("<!DOCTYPE", position) and not _OF_PAGE.match(text, position):
            end = text.find(">", position)
            if (inner := text.find("[", position, max(end, position))) >= 0:
                end = text.find(">", text.find("]", inner))
            after = end + 1
        else:
            return position
        if end < 0:
            return position
        position = _SPACE.match(text, after).end()  # type: ignore[union-attr]
