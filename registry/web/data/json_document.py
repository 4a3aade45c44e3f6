"""JSON downloads: title, address, revision, and then the content."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response

from registry.web import request_context


def json_document(title: str = "", **rest: Any) -> Response:
    """Answer with a JSON document for this request; `rest` are its further members.

    Its title is the name of the site, followed by `title`.
    """
    site = request_context.settings().title
    head = {
        "title": f"{site}: {title}" if title else site,
        "address": request_context.address(),
        "revision": request_context.catalogue().revision(),
    }
    return Response(json.dumps({**head, **rest}, ensure_ascii=False, indent=1), content_type="application/json")


def problem(complaints: Sequence[str], status: int = 400) -> Response:
    """Answer that a request asks for what there is not, with what is wrong, a sentence each (RFC 9457)."""
    document = {"type": "about:blank", "title": "Bad Request", "status": status, "detail": "; ".join(complaints)}
    text = json.dumps(document, ensure_ascii=False, indent=1)
    return Response(text, status, content_type="application/problem+json")


def licences() -> Mapping[str, str]:
    """Return identifier of a source → licence, for the sources that have one."""
    return {state.source.id: state.source.licence for state in request_context.catalogue().licensed()}
