"""The filters of the changes in an address: read from it, in words, and as the choices of a form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from registry.readmodel.changes.changes import FILTERS, ChangeEntry, ChangeFilters, changes, parse_change_filters
from registry.readmodel.comparison.filters import Complaint
from registry.vocabulary import jurisdictions
from registry.web import request_context
from registry.web.lists.paging import page_number
from registry.web.parameters import unknown_names
from registry.web.text import wording
from registry.web.text.language import language, sentence, to

PAGE_ENTRIES = 100  # on a page, and in the feed


@dataclass(frozen=True, slots=True)
class ChangesView:
    """The state of an address of changes: the filters, and the number of the page, from 1.

    `refused` are the complaints about the address for which a download is refused.
    """

    filters: ChangeFilters
    page: int
    refused: tuple[Complaint, ...] = ()

    def address(self, path: str = "/changes", /, **changed: object) -> str:
        """Return the address of this state, on its first page, with some parameters changed.

        `changed` are parameters of the query string with their new values; None removes one.
        """
        state = {name: self.filters.chosen.get(name, ()) for name in FILTERS} | changed
        return to(path, **{name: "" if value is None else value for name, value in state.items()})

    def entries(self, size: int) -> tuple[list[ChangeEntry], bool]:
        """Return the entries of the page, at most `size`, and whether there are more after it."""
        offset = (self.page - 1) * size
        entries = changes(request_context.catalogue(), self.filters, limit=size + 1, offset=offset)
        return entries[:size], len(entries) > size


def parse_changes_address(query: MultiDict[str, str]) -> ChangesView:
    """Return the state of a query string."""
    refused = unknown_names(query, (*FILTERS, "page"))
    return ChangesView(parse_change_filters(query.items(multi=True)), page_number(query), refused)


def complaints(view: ChangesView) -> list[str]:
    """Return a sentence for each value of the address that does not exist."""
    return [
        sentence("%(name)s=%(value)s is not known, so nothing matches it.", name=name, value=value)
        for name, value in view.filters.unknown
    ]


def chips(view: ChangesView) -> list[dict[str, str]]:
    """Return name, value and `href` of each chosen value, in words; `href` is the address without it."""
    return [
        {
            "name": wording.filter_name(name),
            "value": _words(name, value),
            "href": view.address(**{name: [kept for kept in values if kept != value]}),
        }
        for name, values in view.filters.chosen.items()
        for value in values
    ]


def _words(name: str, value: str) -> str:
    """Return a value of a filter as a reader knows it: a label, a name or a title; an unknown one as it is."""
    if FILTERS[name]:
        return wording.label(FILTERS[name], value)
    if name == "region":
        return wording.region(value)
    if name == "country":
        return request_context.country_name(value) if jurisdictions.jurisdiction(value) else value
    if name == "source":
        state = request_context.catalogue().source(value)
        return (state.source.title if state else "") or value
    office = request_context.catalogue().office(value)
    return office.name(language()).value if office else value


def boxes(view: ChangesView) -> list[dict[str, Any]]:
    """Return the lists of choices in the form, but that of countries: name, label, choices and chosen values."""
    return [
        {
            "name": name,
            "label": wording.filter_name(name),
            "choices": wording.regions() if name == "region" else wording.concepts(scheme),
            "chosen": view.filters.chosen.get(name, ()),
        }
        for name, scheme in FILTERS.items()
        if scheme or name == "region"
    ]
