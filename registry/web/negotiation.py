"""One resource, several representations: which one a request wants, by suffix or by q-values (RFC 9110, section 12)."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

HTML = "text/html"
NONE_OFFERED = "none of the accepted media types is offered: ask for one of {}"


def preferred(offered: Sequence[str]) -> str | None:
    """Return the media type of `offered` that the request accepts best, None where it accepts none of them.

    Parameters of what it accepts (a charset, a profile of JSON-LD) are left aside: there is one kind of each.
    """
    plain = ((kind.partition(";")[0].strip(), quality) for kind, quality in request.accept_mimetypes)
    return MIMEAccept(plain).best_match(offered)


def accepted(offered: Sequence[str]) -> tuple[str, ...]:
    """Return the media types of `offered` that the request accepts, the best first; () where it does not care.

    Raises NotAcceptable where it accepts none of them.
    """
    if not request.accept_mimetypes:
        return ()
    plain = [(kind.partition(";")[0].strip(), quality) for kind, quality in request.accept_mimetypes]
    welcome = MIMEAccept(plain)
    found = sorted((type_ for type_ in offered if welcome.quality(type_)), key=welcome.quality, reverse=True)
    if not found:
        raise NotAcceptable(NONE_OFFERED.format(", ".join(offered)))
    return tuple(found)


def wanted(offered: Sequence[str]) -> str:
    """Return the media type of `offered` that the request accepts best; the first where it does not care.

    Raises NotAcceptable, naming what is offered.
    """
    if not request.accept_mimetypes:
        return offered[0]
    best = preferred(offered)
    if best is None:
        raise NotAcceptable(NONE_OFFERED.format(", ".join(offered)))
    return best
