"""The copies of what this registry read, for other registries to show while an origin cannot be reached.

A copy is foreign bytes. It is sent as a file to be saved, which no browser shows as a page of this site.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Response, abort, request
from werkzeug.http import http_date
from werkzeug.urls import iri_to_uri

from registry.archive import read
from registry.errors import ArchiveError
from registry.web import request_context
from registry.web.data.published import is_kept
from registry.web.text.language import sentence

blueprint = Blueprint("copies", __name__)

_TYPES = {
    *("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml", "text/plain"),
    *("application/ld+json", "application/json", "text/turtle", "application/n-triples", "application/rdf+xml"),
}


@blueprint.get("/sources/<identifier>/copy")
def copy(identifier: str) -> Response:
    """Answer with the bytes of the served version of a source, as they were read (a memento: RFC 7089)."""
    state = request_context.catalogue().source(identifier)
    if state is None or not is_kept(state) or state.accepted_at is None:
        abort(404, sentence("this registry publishes no copy of that source"))
    try:
        fetches = read(Path(request_context.settings().data, "archive", state.accepted_record))
    except ArchiveError:
        abort(404, sentence("this registry publishes no copy of that source"))
    fetch = next((fetch for fetch in fetches if fetch.source.id == identifier), None)
    if fetch is None:
        abort(404, sentence("this registry publishes no copy of that source"))
    media_type = fetch.header("content-type").partition(";")[0].strip().lower()
    response = Response(fetch.body, mimetype=media_type if media_type in _TYPES else "application/octet-stream")
    response.headers["Content-Disposition"] = f"attachment; filename={quote(identifier, safe='')}"
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Memento-Datetime"] = http_date(state.accepted_at)
    response.headers["Link"] = f'<{iri_to_uri(state.accepted_address)}>; rel="original"'
    response.set_etag(state.accepted_digest.removeprefix("sha256:"))
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response
