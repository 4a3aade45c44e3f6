"""The latest changes as an Atom feed (RFC 4287), with the same filters as the page."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from flask import Blueprint, Response, request

from registry.readmodel.changes.changes import ChangeEntry
from registry.web import request_context
from registry.web.caching import cached
from registry.web.changes.filters import PAGE_ENTRIES, chips, parse_changes_address
from registry.web.changes.sentences import difference, headline, moment
from registry.web.parameters import refuse
from registry.web.text import wording
from registry.web.text.language import language, sentence, to

blueprint = Blueprint("feed", __name__)

_ATOM = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2


@blueprint.get("/feed.atom")
@cached
def feed() -> Response:
    """Answer with the latest entries as an Atom feed."""
    view, base = replace(parse_changes_address(request.args), page=1), request_context.settings().base
    refuse(view.refused)
    entries, _ = view.entries(PAGE_ENTRIES)
    address = base + view.address("/feed.atom")
    root = ElementTree.Element("feed", {"xmlns": _ATOM, "xml:lang": language()})
    _add(root, "id", address)
    title = [request_context.settings().title, sentence("What changed"), *(chip["value"] for chip in chips(view))]
    _add(root, "title", " – ".join(title))
    _add(root, "updated", moment(entries[0].when if entries else datetime.fromtimestamp(0, UTC)))
    _add(root, "link", rel="self", type="application/atom+xml", href=address)
    _add(root, "link", rel="alternate", type="text/html", href=base + view.address())
    for entry in entries:
        _add_entry(root, entry, base)
    return Response(ElementTree.tostring(root, "utf-8", xml_declaration=True), content_type="application/atom+xml")


def _add_entry(root: ElementTree.Element, entry: ChangeEntry, base: str) -> None:
    source_page = f"/sources/{entry.source}"
    item = _add(root, "entry")
    _add(item, "id", entry.iri)
    _add(item, "title", headline(entry))
    _add(item, "updated", moment(entry.when))
    author = _add(item, "author")
    _add(author, "name", wording.shorten(entry.source_title))
    _add(author, "uri", base + source_page)
    _add(item, "link", rel="alternate", type="text/html", href=base + to(entry.href or source_page))
    parts = (headline(entry), difference(entry), wording.shorten(entry.reason))
    _add(item, "content", "\n".join(filter(None, parts)), type="text")


def _add(parent: ElementTree.Element, tag: str, text: str = "", **attributes: str) -> ElementTree.Element:
    """Add an element to `parent` and return it; characters that XML 1.0 does not allow are dropped."""
    element = ElementTree.SubElement(parent, tag, {name: _NOT_XML.sub("", value) for name, value in attributes.items()})
    element.text = _NOT_XML.sub("", text) or None
    return element
