"""The state of the comparison, all of it from the address: what is asked for, in rows of what, laid out how."""

from __future__ import annotations

from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import Complaint, Filters, filters
from registry.web.lists.paging import page_number
from registry.web.text.language import to

KINDS = {"countries": "country", "offices": "office"}  # what rows are → the field of a statement
LAYOUTS = ("matrix", "side", "statements")
PAGE = 100  # rows of a matrix at once


@dataclass(frozen=True, slots=True)
class View:
    """One state of `/compare`. `page` counts from 1; `complaints` name what of the address was not understood."""

    filters: Filters
    rows: str = "countries"
    layout: str = "matrix"
    differences: bool = False
    page: int = 1
    complaints: tuple[Complaint, ...] = ()

    @property
    def by(self) -> str:
        """The field of a statement that rows are made by."""
        return KINDS[self.rows]

    def query(self, **changes: object) -> dict[str, list[object]]:
        """Return the names and values of this state with some of them changed; None takes a name away."""
        state: dict[str, list[object]] = {}
        for name, value in self.filters.values():
            state.setdefault(name, []).append(value)
        state |= {"rows": [self.rows]} if self.rows != "countries" else {}
        state |= {"layout": [self.layout]} if self.layout != "matrix" else {}
        state |= {"differences": ["1"]} if self.differences else {}
        for name, given in changes.items():
            state[name] = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
        return {name: values for name, values in state.items() if values}

    def address(self, suffix: str = "", **changes: object) -> str:
        """Return the address of this state, changed; `suffix` is that of a download, such as ".csv"."""
        return to(f"/compare{suffix}", **self.query(**changes))

    def without(self, name: str, value: str) -> str:
        """Return the address of this state without one value of one filter."""
        return self.address("", **{name: [kept for kept in self.query().get(name, []) if kept != value]})


def read(query: MultiDict[str, str]) -> View:
    """Return the state that a query string means; what it does not understand is left out and complained of."""
    found = filters(query.items(multi=True))
    rows, layout = query.get("rows", "countries"), query.get("layout", "matrix")
    complaints = [
        Complaint(name, value, tuple(known))
        for name, value, known in (("rows", rows, KINDS), ("layout", layout, LAYOUTS))
        if value not in known
    ]
    return View(
        found,
        rows if rows in KINDS else "countries",
        layout if layout in LAYOUTS else "matrix",
        bool(query.get("differences")),
        page_number(query),
        (*found.complaints, *complaints),
    )
