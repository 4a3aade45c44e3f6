"""Feeds in Atom (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree

from flask import Response

from registry.web.text.language import language

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
NEVER = "1970-01-01T00:00:00Z"  # when a feed without entries was updated


@dataclass(frozen=True, slots=True)
class AtomEntry:
    """An entry: `iri` is its own for ever, `updated` a moment in ISO 8601, `href` the page of it, all as texts."""

    iri: str
    title: str
    updated: str
    author: str
    author_page: str
    href: str
    content: str


def atom_feed(title: str, address: str, page: str, entries: Iterable[AtomEntry]) -> Response:
    """Answer with a feed; `address` is its own, `page` that of the page that shows the same."""
    shown = list(entries)
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": language()})
    _add(root, "id", address)
    _add(root, "title", title)
    _add(root, "updated", max((entry.updated for entry in shown), default=NEVER))
    _add(root, "link", rel="self", type="application/atom+xml", href=address)
    _add(root, "link", rel="alternate", type="text/html", href=page)
    for entry in shown:
        _add_entry(root, entry)
    return Response(ElementTree.tostring(root, "utf-8", xml_declaration=True), content_type="application/atom+xml")


def _add_entry(root: ElementTree.Element, entry: AtomEntry) -> None:
    item = _add(root, "entry")
    _add(item, "id", entry.iri)
    _add(item, "title", entry.title)
    _add(item, "updated", entry.updated)
    author = _add(item, "author")
    _add(author, "name", entry.author)
    _add(author, "uri", entry.author_page)
    _add(item, "link", rel="alternate", type="text/html", href=entry.href)
    _add(item, "content", entry.content, type="text")


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    """Add an element to `parent` and return it; characters that XML 1.0 does not allow are dropped."""
    element = ElementTree.SubElement(parent, tag, {name: _NOT_XML.sub("", value) for name, value in attributes.items()})
    element.text = _NOT_XML.sub("", text) or None
    return element
