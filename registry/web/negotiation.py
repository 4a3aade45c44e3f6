"""Content negotiation: the representation that a request prefers (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

HTML = "text/html"
NONE_OFFERED = "none of the accepted media types is offered: ask for one of {}"


def preferred(offered: Sequence[str]) -> str | None:
    """Return the media type of `offered` that the request prefers, None if it accepts none of them."""
    return _accepted_types().best_match(offered)


def accepted(offered: Sequence[str]) -> tuple[str, ...]:
    """Return the media types of `offered` that the request accepts, the preferred one first; () without preferences.

    Raises NotAcceptable (406) if it accepts none of them.
    """
    if not request.accept_mimetypes:
        return ()
    quality = _accepted_types().quality
    media_types = sorted((media_type for media_type in offered if quality(media_type)), key=quality, reverse=True)
    if not media_types:
        raise NotAcceptable(NONE_OFFERED.format(", ".join(offered)))
    return tuple(media_types)


def wanted(offered: Sequence[str]) -> str:
    """Return the media type of `offered` that the request prefers; the first one without preferences.

    Raises NotAcceptable (406) if it accepts none of them.
    """
    if not request.accept_mimetypes:
        return offered[0]
    best = preferred(offered)
    if best is None:
        raise NotAcceptable(NONE_OFFERED.format(", ".join(offered)))
    return best


def is_browser() -> bool:
    """Return whether it is a browser that asks, as for a link of a page: it names HTML, and no type of tables."""
    named = {media_type for media_type, quality in _accepted_types() if quality}
    return HTML in named and "text/csv" not in named


def _accepted_types() -> MIMEAccept:
    """Return the Accept header without parameters (a charset, a profile of JSON-LD): no type is offered in several."""
    return MIMEAccept((kind.partition(";")[0].strip(), quality) for kind, quality in request.accept_mimetypes)
