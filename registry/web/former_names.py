"""Names that once stood for an office or a policy: an address that was ever given out keeps answering."""

from __future__ import annotations

from typing import Any, NoReturn
from urllib.parse import quote

from flask import abort, redirect, request

from registry.readmodel.values import FormerName
from registry.web import request_context
from registry.web.text.language import sentence
from registry.web.text.wording import shorten


def named(kind: str, name: str, place: str) -> Any:
    """Return the office or policy of that name; `place` is the path that is asked for, with {} in place of the name.

    Aborts with 301 where the same thing has another name now, with 410 where no source names the thing any more, and
    with 404 for a name that was never given.
    """
    known = request_context.catalogue()
    found = known.office(name) if kind == "office" else known.policy(name)
    return found or _abort(kind, known.former_name(kind, name), place)


def _abort(kind: str, former: FormerName | None, place: str) -> NoReturn:
    if former is None and kind == "office":
        abort(404, sentence("there is no office of that name in this registry"))
    if former is None:
        abort(404, sentence("there is no policy of that name in this registry"))
    if not former.now:
        abort(410, f"{_what_it_was(former)} {sentence('No source that is read here names it any more.')}")
    query = request.query_string.decode("ascii", "ignore")
    response = redirect(place.format(quote(former.now)) + (f"?{query}" if query else ""), 301)
    response.headers["Cache-Control"] = "no-cache"  # a source may come back, and with it the old name
    abort(response)


def _what_it_was(former: FormerName) -> str:
    """Return in a sentence what a name stood for."""
    key = former.key
    values = {"key": shorten(key.text), "source": key.within}
    if former.kind == "office":
        return sentence("This name stood for the office with the home page %(key)s.", **values)
    if key.by != "page":
        return sentence("This name stood for the policy “%(key)s” of the source %(source)s.", **values)
    if not key.within:
        return sentence("This name stood for the policy on the page %(key)s.", **values)
    country = request_context.country_name(key.within)
    return sentence("This name stood for the policy of %(country)s on the page %(key)s.", country=country, **values)
