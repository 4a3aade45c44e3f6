"""The names of the parameters in an address: each page knows some, and says of every other which one may be meant.

A page is shown all the same, with a note; a data format is refused, since a program reads no notes.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import abort

from registry.readmodel.comparison.filters import Complaint
from registry.web.data.json_document import problem

_EVERYWHERE = ("lang",)


def unknown_names(query: Iterable[str], known: Iterable[str]) -> tuple[Complaint, ...]:
    """Return a complaint about each name of a query string, "" aside, that is not among those that its page knows.

    >>> [complaint.nearest for complaint in unknown_names(["contry", "lang"], ["country", "page"])]
    ['country']
    """
    names = (*known, *_EVERYWHERE)
    others = (name for name in dict.fromkeys(query) if name and name not in names)
    return tuple(Complaint(name, "", names, is_name=True) for name in others)


def refuse(complaints: Iterable[Complaint]) -> None:
    """Abort with 400 (RFC 9457), and with all complaints in English, where there are any."""
    if texts := list(map(str, complaints)):
        abort(problem(texts))
