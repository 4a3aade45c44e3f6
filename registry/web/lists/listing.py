"""The state of a list, all of it from the address: the words searched for, the chosen values of facets, the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import FILTERS
from registry.readmodel.lists.search import Chosen, words
from registry.vocabulary import jurisdictions
from registry.web.lists.paging import page_number
from registry.web.text.language import sentence, to

# Facets that are no filters of the comparison, with the concept scheme of their values, "" for names of things.
_OTHERS = {
    "instrument": "instrument",
    "kind": "office-kind",
    "language": "",
    "objective": "objective",
    "source": "",
    "year": "",
}
_SCHEMES = _OTHERS | {name: filter_.scheme for name, filter_ in FILTERS.items()}
# List → its facets in their order, each with that scheme.
FACETS: Mapping[str, Mapping[str, str]] = {
    kind: {name: _SCHEMES[name] for name in names.split()}
    for kind, names in {
        "countries": "activity office",
        "offices": "country level kind layer source",
        "policies": "country level instrument status year objective language layer",
    }.items()
}
MAX_QUERY = 200  # characters of a query that are searched for


@dataclass(frozen=True, slots=True)
class Listing:
    """One state of a list. `kind`: what is listed; `page` counts from 1; `complaints` name what was not understood."""

    kind: str
    query: str = ""
    chosen: Chosen = field(default_factory=dict)
    page: int = 1
    complaints: tuple[str, ...] = ()

    def values(self) -> list[tuple[str, str]]:
        """Return every facet with each of its chosen values, in a fixed order."""
        return [(name, value) for name in FACETS[self.kind] for value in sorted(self.chosen.get(name, ()))]

    def address(self, suffix: str = "", /, **changes: object) -> str:
        """Return the address of this state, changed, on its first page; `suffix` is that of a download, such as ".csv".

        A change is the value, or the values, that a name gets; None takes the name away.
        """
        state: dict[str, object] = {"q": self.query}
        state |= {name: sorted(self.chosen[name]) for name in FACETS[self.kind] if name in self.chosen}
        state |= changes
        return to(f"/{self.kind}{suffix}", **{name: "" if value is None else value for name, value in state.items()})

    def toggled(self, name: str, value: str) -> str:
        """Return the address of this state with a value of a facet, or without it where it is chosen."""
        return self.address(**{name: sorted(self.chosen.get(name, frozenset()) ^ {value})})


def read(kind: str, query: MultiDict[str, str]) -> Listing:
    """Return the state that a query string means; which values a facet can have is not looked at here."""
    asked = _shown(query.get("q", ""))
    complaints = []
    if len(asked) > MAX_QUERY:
        complaints.append(sentence("Only the first %(count)s characters are searched for.", count=MAX_QUERY))
        asked = asked[:MAX_QUERY].rstrip()
    if asked and not words(asked):
        complaints.append(sentence("There is no letter or figure in what is searched for, so everything is shown."))
    given = {name: frozenset(filter(None, map(_shown, query.getlist(name)))) for name in FACETS[kind]}
    if "country" in given:
        given["country"] = frozenset(map(jurisdictions.country_code, given["country"]))
    chosen = {name: values for name, values in given.items() if values}
    return Listing(kind, asked, chosen, page_number(query), tuple(complaints))


def _shown(text: str) -> str:
    """Return text without what cannot be seen, such as control characters, in a page or an address."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
