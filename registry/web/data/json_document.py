"""Documents of JSON to take away: what they show, where it stands, of which revision, and then the rest."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Response

from registry.web import request_context


def json_document(title: str = "", **rest: Any) -> Response:
    """Return a document of what is being asked for, called after the site, with a title of its own where it has one."""
    site = request_context.settings().title
    head = {
        "title": f"{site}: {title}" if title else site,
        "address": request_context.address(),
        "revision": request_context.catalogue().revision(),
    }
    return Response(json.dumps({**head, **rest}, ensure_ascii=False, indent=1), content_type="application/json")


def licences() -> Mapping[str, str]:
    """Return source → the licence of its data, where it names one."""
    sources = (state.source for state in request_context.catalogue().sources())
    return {source.id: source.licence for source in sources if source.licence}
