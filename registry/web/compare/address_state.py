"""The state of the comparison in its address: filters, rows of countries or offices, layout, and page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import FILTERS, Complaint, Filters, parse_comparison_filters
from registry.web.lists.paging import page_number
from registry.web.parameters import unknown_names
from registry.web.text.language import to

ROW_FIELDS = {"countries": "country", "offices": "office"}  # what rows are → the field of a statement with their code
LAYOUTS = ("matrix", "side", "statements")
PAGE_ROWS = 100  # of a matrix
OF_MATRIX = ("rows", "layout", "differences", "empty", "page")  # parameters beside the filters


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """One state of `/compare`; `empty`: with the rows that have no answer, `page` is from 1.

    `complaints` are about the address.
    """

    filters: Filters
    rows: str = "countries"
    layout: str = "matrix"
    differences: bool = False
    empty: bool = False
    page: int = 1
    complaints: tuple[Complaint, ...] = ()

    @property
    def by(self) -> str:
        """The field of a statement that holds the code of its row."""
        return ROW_FIELDS[self.rows]

    def query(self, **changes: object) -> dict[str, list[object]]:
        """Return the parameters of this state, with some changed to a new value or values; None removes one."""
        state: dict[str, list[object]] = {}
        for name, value in self.filters.values():
            state.setdefault(name, []).append(value)
        state |= {"rows": [self.rows]} if self.rows != "countries" else {}
        state |= {"layout": [self.layout]} if self.layout != "matrix" else {}
        state |= {"differences": ["1"]} if self.differences else {}
        state |= {"empty": ["1"]} if self.empty else {}
        for name, given in changes.items():
            state[name] = [] if given is None else list(given) if isinstance(given, list | tuple) else [given]
        return {name: values for name, values in state.items() if values}

    def address(self, suffix: str = "", **changes: object) -> str:
        """Return the address of this state with some parameters changed; `suffix` is that of a download: ".csv"."""
        return to(f"/compare{suffix}", **self.query(**changes))

    def without(self, name: str, value: str) -> str:
        """Return the address of this state without one value of a filter."""
        return self.address("", **{name: [kept for kept in self.query().get(name, []) if kept != value]})


def parse_comparison_address(query: MultiDict[str, str], beside: Iterable[str] = OF_MATRIX) -> ComparisonView:
    """Return the state of a query string; rows and a layout that do not exist are replaced by the default ones.

    Each value that is not accepted, and each name that is neither a filter nor among those `beside`, gives a complaint.
    """
    filters, beside = parse_comparison_filters(query.items(multi=True)), tuple(beside)
    rows, layout = query.get("rows", "countries"), query.get("layout", "matrix")
    complaints = [
        Complaint(name, value, tuple(accepted))
        for name, value, accepted in (("rows", rows, ROW_FIELDS), ("layout", layout, LAYOUTS))
        if name in beside and value not in accepted
    ]
    complaints += unknown_names(query, (*FILTERS, *beside))
    return ComparisonView(
        filters,
        rows if rows in ROW_FIELDS else "countries",
        layout if layout in LAYOUTS else "matrix",
        bool(query.get("differences")),
        bool(query.get("empty")),
        page_number(query),
        (*filters.complaints, *complaints),
    )
