"""A list that some filters of the comparison narrow: its address, the filters in words, and the choices of a form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import FILTERS, Complaint, Filters, parse_comparison_filters
from registry.web import request_context
from registry.web.lists.paging import page_number
from registry.web.parameters import unknown_names
from registry.web.text import wording
from registry.web.text.language import to

NARROWED_BY = ("country", "region", "activity", "stage")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The filters of an address of `path`, the parameters that only this list has, and the page, from 1.

    `complaints` are about what is not known; a download is refused for them.
    """

    path: str
    filters: Filters
    own: Mapping[str, str] = field(default_factory=dict)
    page: int = 1
    complaints: tuple[Complaint, ...] = ()

    def query(self, **changes: object) -> dict[str, object]:
        """Return the parameters of this state, on its first page, with some changed; None removes one."""
        asked: Mapping[str, Collection[str]] = self.filters.asked()
        state = {name: sorted(asked[name]) for name in NARROWED_BY if name in asked}
        return {name: value for name, value in {**state, **self.own, **changes}.items() if value is not None}

    def address(self, suffix: str = "", /, **changes: object) -> str:
        """Return the address of this state with some parameters changed; `suffix` is that of a download: ".csv"."""
        return to(f"{self.path}{suffix}", **self.query(**changes))

    def chips(self) -> list[dict[str, str]]:
        """Return name, value and `href` of each chosen value of the filters; `href` is the address without it."""
        return [
            {"name": wording.filter_name(name), "value": _words(name, value), "href": self._without(name, value)}
            for name, value in self.filters.values()
        ]

    def _without(self, name: str, value: str) -> str:
        return self.address(**{name: [kept for kept in sorted(self.filters.asked()[name]) if kept != value]})

    def boxes(self) -> list[dict[str, Any]]:
        """Return the lists of choices of the form: name, label, choices of code and label, and the chosen values."""
        countries = [
            {"code": head.code, "label": head.name} for head in request_context.heads() if "/" not in head.code
        ]
        choices = {"country": countries, "region": wording.regions()}
        asked = self.filters.asked()
        return [
            {
                "name": name,
                "label": wording.filter_name(name),
                "choices": choices.get(name) or wording.concepts(FILTERS[name].scheme),
                "chosen": asked.get(name, ()),
            }
            for name in NARROWED_BY
        ]


def parse_narrowing(path: str, query: MultiDict[str, str], own: Mapping[str, Collection[str]]) -> Narrowing:
    """Return the state of a query string.

    `own` has the values that are accepted for each parameter that only this list has, none where any is.
    """
    filters = parse_comparison_filters(pair for pair in query.items(multi=True) if pair[0] in NARROWED_BY)
    given = {name: query.get(name, "").strip() for name in own}
    chosen = {name: value for name, value in given.items() if value and value in (own[name] or (value,))}
    wrong = [Complaint(name, given[name], tuple(own[name])) for name in given if given[name] and name not in chosen]
    unknown = unknown_names(query, (*NARROWED_BY, *own, "page"))
    return Narrowing(path, filters, chosen, page_number(query), (*filters.complaints, *wrong, *unknown))


def _words(name: str, value: str) -> str:
    if name == "country":
        return request_context.country_name(value) or value
    return wording.region(value) if name == "region" else wording.label(FILTERS[name].scheme, value)
