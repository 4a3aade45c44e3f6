"""The latest changes as an Atom feed, with the same filters as the page."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, Response, request

from registry.readmodel.changes.changes import ChangeEntry
from registry.web import request_context
from registry.web.caching import cached
from registry.web.changes.filters import PAGE_ENTRIES, chips, parse_changes_address
from registry.web.changes.sentences import difference, headline, moment
from registry.web.data.atom import AtomEntry, atom_feed
from registry.web.parameters import refuse
from registry.web.text import wording
from registry.web.text.language import sentence, to

blueprint = Blueprint("feed", __name__)


@blueprint.get("/feed.atom")
@cached
def feed() -> Response:
    """Answer with the latest entries as an Atom feed."""
    view, base = replace(parse_changes_address(request.args), page=1), request_context.settings().base
    refuse(view.refused)
    entries, _ = view.entries(PAGE_ENTRIES)
    title = [request_context.settings().title, sentence("What changed"), *(chip["value"] for chip in chips(view))]
    shown = (_entry(entry, base) for entry in entries)
    return atom_feed(" – ".join(title), base + view.address("/feed.atom"), base + view.address(), shown)


def _entry(entry: ChangeEntry, base: str) -> AtomEntry:
    source_page = f"/sources/{entry.source}"
    return AtomEntry(
        iri=entry.iri,
        title=headline(entry),
        updated=moment(entry.when),
        author=wording.shorten(entry.source_title),
        author_page=base + source_page,
        href=base + to(entry.href or source_page),
        content="\n".join(
            filter(None, (headline(entry), difference(entry), wording.shorten(wording.told(entry.reason))))
        ),
    )
