"""The state of a list in its address: the search text, the chosen values of facets, and the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import FILTERS, Complaint
from registry.readmodel.lists.entries import COUNTRY_FACETS, OFFICE_FACETS, POLICY_FACETS, REGION
from registry.readmodel.lists.orders import ORDERS
from registry.readmodel.lists.search import Chosen, words
from registry.vocabulary import jurisdictions, regions
from registry.web.lists.paging import page_number
from registry.web.parameters import unknown_names
from registry.web.text.language import sentence, to

# Facets that are no filters of the comparison → the concept scheme of their values; "" if they are no concepts.
_OTHERS = {
    "instrument": "instrument",
    "kind": "office-kind",
    "known": "",
    "language": "",
    "objective": "objective",
    "source": "",
    "year": "",
}
_SCHEMES = _OTHERS | {name: filter_.scheme for name, filter_ in FILTERS.items()}
# List → its facets in their order → the concept scheme of their values, or "".
FACETS: Mapping[str, Mapping[str, str]] = {
    kind: {name: _SCHEMES[name] for name in names}
    for kind, names in {
        "countries": COUNTRY_FACETS,
        "offices": (REGION, *OFFICE_FACETS),
        "policies": (REGION, *POLICY_FACETS),
    }.items()
}
_STANDARD_SPELLING = {"country": jurisdictions.country_code, REGION: regions.region_code}
MAX_QUERY = 200  # characters of a search text


@dataclass(frozen=True, slots=True)
class Listing:
    """One state of a list: `kind` is a key of `FACETS`, `page` is from 1, `complaints` are about the address.

    `refused` are those about the address for which a download is refused: they leave open what is asked for. `sort` is
    one of the orders of the list, "" for the usual one.
    """

    kind: str
    query: str = ""
    chosen: Chosen = field(default_factory=dict)
    page: int = 1
    complaints: tuple[str, ...] = ()
    refused: tuple[Complaint, ...] = ()
    sort: str = ""

    @property
    def order(self) -> str:
        """The name of the order in which the list is shown."""
        return self.sort or ORDERS[self.kind][0]

    def values(self) -> list[tuple[str, str]]:
        """Return the pairs (facet, chosen value), in a fixed order."""
        return [(name, value) for name in FACETS[self.kind] for value in sorted(self.chosen.get(name, ()))]

    def address(self, suffix: str = "", /, **changes: object) -> str:
        """Return the address of this state, on its first page, with some parameters changed.

        `suffix` is that of a download, such as ".csv". `changes` are parameters of the query string with their new
        value or values; None removes one.
        """
        state: dict[str, object] = {"q": self.query}
        state |= {name: sorted(self.chosen[name]) for name in FACETS[self.kind] if name in self.chosen}
        state |= {"sort": self.sort} | changes
        return to(f"/{self.kind}{suffix}", **{name: "" if value is None else value for name, value in state.items()})

    def toggled(self, name: str, value: str) -> str:
        """Return the address of this state with one more chosen value, or without it if it is chosen."""
        return self.address(**{name: sorted(self.chosen.get(name, frozenset()) ^ {value})})


def parse_listing(kind: str, query: MultiDict[str, str]) -> Listing:
    """Return the state of a query string, without a check of the values of facets."""
    text = _printable(query.get("q", ""))
    complaints = []
    if len(text) > MAX_QUERY:
        complaints.append(sentence("Only the first %(count)s characters are searched for.", count=MAX_QUERY))
        text = text[:MAX_QUERY].rstrip()
    if text and not words(text):
        complaints.append(sentence("The search text has no letter or digit, so everything is shown."))
    given = {name: frozenset(filter(None, map(_printable, query.getlist(name)))) for name in FACETS[kind]}
    for name, standard_spelling in _STANDARD_SPELLING.items():
        if name in given:
            given[name] = frozenset(map(standard_spelling, given[name]))
    chosen = {name: values for name, values in given.items() if values}
    refused = unknown_names(query, ("q", *FACETS[kind], "sort", "page"))
    usual, *others = ORDERS[kind]
    sort = query.get("sort", "").strip()
    if sort not in ("", usual, *others):
        refused = (*refused, Complaint("sort", sort, ORDERS[kind]))
    sort = sort if sort in others else ""
    return Listing(kind, text, chosen, page_number(query), tuple(complaints), refused, sort)


def _printable(text: str) -> str:
    """Return a text with spaces in place of control and other invisible characters, one space at a time."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
