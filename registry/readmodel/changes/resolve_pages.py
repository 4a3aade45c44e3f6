"""The page of the office or policy that a change is about, found by the names that the change recorded.

A change keeps the names of its time: home page, identifier, page, title. Since then the office or policy may have been
merged with another, renamed or removed; so its page is looked up by these names when the change is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from registry.authority.claims import HOME, IDENTIFIER, PAGE, TITLE, Properties
from registry.iri.addresses import home
from registry.iri.names import authority_graph, description_graph, name_of, source_of
from registry.model import MAX_NAME_CHARACTERS
from registry.readmodel.build import one
from registry.readmodel.catalogue import Catalogue, query
from registry.store.protocol import Row, select
from registry.store.sparql_text import nodes

# The properties by which a policy is looked up, the most reliable first → the property of the change that records them.
_RECORDED_NAMES = {IDENTIFIER: "ospo:aboutIdentifier", PAGE: "ospo:aboutPage", TITLE: "dcterms:title"}


def names_in_sources(catalogue: Catalogue, sources: Iterable[str]) -> list[Row]:
    """Return the rows of `names.rq`: the names that these sources use now, each with the merged thing it belongs to.

    What a source says of a record of another one, by its IRI, is no name that this other one uses.
    """
    graphs = nodes(description_graph(catalogue.base, source) for source in sorted(sources))
    rows = select(catalogue.store, query("names", authority=authority_graph(catalogue.base), graphs=graphs))
    return [
        row
        for row in rows
        if source_of(catalogue.base, row["graph"].value) == source_of(catalogue.base, row["source"].value)
    ]


def page_resolver(catalogue: Catalogue, sources: Iterable[str]) -> PageResolver:
    """Return a resolver for the changes of these sources."""
    by_name: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in names_in_sources(catalogue, sources):
        source = source_of(catalogue.base, row["graph"].value)
        name, value = row["property"].value, row["value"].value
        by_name[source, name, _comparable(name, value)].add(row["thing"].value)
    return PageResolver(catalogue, by_name)


@dataclass(frozen=True)
class PageResolver:
    """Finds pages by names. `by_name`: (source, property, value) → IRIs of the merged things with that name there."""

    catalogue: Catalogue
    by_name: Mapping[tuple[str, str, str], set[str]]

    def path(self, source: str, kind: str, change: Properties) -> str:
        """Return the path of the page about the office or policy of a change; for a statement, that of its policy.

        The names that `source`, the source of the change, uses now go before those of all others. The result is "" if
        nothing has the recorded name any more, or more than one thing has it.
        """
        if kind == "office":
            page = one(change, "ospo:aboutOffice")
            offices = self.catalogue.offices(home=page)
            iris = self.by_name.get((source, HOME, page)) or {office.iri for office in offices}
        else:
            texts = {name: one(change, recorded) for name, recorded in _RECORDED_NAMES.items()}
            names = {name: _comparable(name, text) for name, text in texts.items() if text}
            first_name = next(iter(names.items()), ("", ""))
            iris = self.by_name.get((source, *first_name)) or self._policies_of_others(source, names.get(PAGE, ""))
        plural = "offices" if kind == "office" else "policies"
        return f"/{plural}/{name_of(*iris)}" if len(iris) == 1 else ""

    def _policies_of_others(self, source: str, page: str) -> set[str]:
        """Return the policies with that page that this source does not describe."""
        return {policy.iri for policy in self.catalogue.policies(page=page) if source not in policy.sources}


def _comparable(name: str, value: str) -> str:
    """Return a name in the form in which changes record it: an address normalised, a text cut."""
    return home(value) if name in (HOME, PAGE) else value[:MAX_NAME_CHARACTERS]
