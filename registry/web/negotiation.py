"""One resource, several representations: which one a request wants, by suffix or by q-values (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.exceptions import NotAcceptable

HTML = "text/html"


def wanted(offered: Sequence[str]) -> str:
    """Return the media type of `offered` that the request accepts best; the first where it does not care.

    Raises NotAcceptable, naming what is offered.
    """
    if not request.accept_mimetypes:
        return offered[0]
    best = request.accept_mimetypes.best_match(offered)
    if best is None:
        raise NotAcceptable(f"none of the accepted media types is offered: ask for one of {', '.join(offered)}")
    return best
