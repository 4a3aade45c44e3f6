"""The state of an address about changes: what is asked for, in words and as choices of a form, and what that finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from registry.readmodel.changes.changes import FILTERS, Asked, ChangeEntry, asked, changes
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.lists.paging import asked_page
from registry.web.text import wording
from registry.web.text.language import sentence, to

ENTRIES = 100  # of a page, and of the feed (RFC 4287)


@dataclass(frozen=True, slots=True)
class View:
    """The state of an address: what is asked for, and which page of it, from 1."""

    asked: Asked
    page: int

    def address(self, path: str = "/changes", /, **changed: object) -> str:
        """Return the address of this state on its first page, or on that of `changed`; None takes a name away."""
        state = {name: self.asked.chosen.get(name, ()) for name in FILTERS} | changed
        return to(path, **{name: "" if value is None else value for name, value in state.items()})

    def entries(self, size: int) -> tuple[list[ChangeEntry], bool]:
        """Return one page of entries of that size, and whether more follow."""
        found = changes(request_context.catalogue(), self.asked, limit=size + 1, offset=(self.page - 1) * size)
        return found[:size], len(found) > size


def read(query: MultiDict[str, str]) -> View:
    """Return the state that a query string means."""
    return View(asked(query.items(multi=True)), asked_page(query))


def complaints(view: View) -> list[str]:
    """Return in sentences what of the address means nothing."""
    return [
        sentence("%(name)s=%(value)s is not known, so nothing matches it.", name=name, value=value)
        for name, value in view.asked.unknown
    ]


def chips(view: View) -> list[dict[str, str]]:
    """Return every chosen value with its words, and the address without it."""
    return [
        {
            "name": wording.filter_name(name),
            "value": _words(name, value),
            "href": view.address(**{name: [kept for kept in values if kept != value]}),
        }
        for name, values in view.asked.chosen.items()
        for value in values
    ]


def _words(name: str, value: str) -> str:
    if FILTERS[name]:
        return wording.label(FILTERS[name], value)
    if name == "country":
        return request_context.name(value) if jurisdictions.jurisdiction(value) else value
    if name == "source":
        state = request_context.catalogue().source(value)
        return (state.source.title if state else "") or value
    office = request_context.catalogue().office(value)
    return office.name.value if office else value


def boxes(view: View) -> list[dict[str, Any]]:
    """Return the choices of the form, besides the country; what it has no choice for is kept by hidden fields."""
    return [
        {
            "name": name,
            "label": wording.filter_name(name),
            "choices": wording.concepts(scheme),
            "chosen": view.asked.chosen.get(name, ()),
        }
        for name, scheme in FILTERS.items()
        if scheme
    ]
