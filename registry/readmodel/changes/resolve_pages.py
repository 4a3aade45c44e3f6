"""Where the things are now of which a source once spoke: the pages about what it means by its names for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from registry.authority.claims import HOME, IDENTIFIER, PAGE, TITLE
from registry.iri.addresses import home
from registry.iri.names import source_iri
from registry.model import MAX_NAME_CHARACTERS
from registry.readmodel.build import Values, one
from registry.readmodel.catalogue import Catalogue, query
from registry.readmodel.values import Policy
from registry.store.protocol import Row, select
from registry.store.sparql_text import nodes


def meanings(catalogue: Catalogue, sources: Iterable[str]) -> list[Row]:
    """Return the rows of `names.rq`: which merged thing each of these sources means by which value."""
    graphs = nodes(f"{source_iri(catalogue.base, source)}/description" for source in sorted(sources))
    return select(catalogue.store, query("names", merged=catalogue.merged, graphs=graphs))


def whereabouts(catalogue: Catalogue, sources: Iterable[str]) -> Whereabouts:
    """Return where the things are that these sources speak of."""
    return Whereabouts(catalogue, _told(catalogue, sources))


@dataclass(frozen=True)
class Whereabouts:
    """Where things are now: as the source that spoke of them means them, else as any other knows them by a page."""

    catalogue: Catalogue
    told: Mapping[tuple[str, str, str], set[str]]

    def of(self, source: str, thing: str, change: Values) -> str:
        """Return the path of the page about an office, or about a policy or that of a statement; "" for none."""
        if thing == "office":
            page = one(change, "ospo:aboutOffice")
            found = self.told.get((source, HOME, page)) or self._offices.get(page, set())
        else:
            names = {IDENTIFIER: "ospo:aboutIdentifier", PAGE: "ospo:aboutPage", TITLE: "dcterms:title"}
            said = {name: _comparable(name, text) for name, of in names.items() if (text := one(change, of))}
            first = next(iter(said.items()), ("", ""))
            found = self.told.get((source, *first)) or self._others(source, said.get(PAGE, ""))
        plural = "offices" if thing == "office" else "policies"
        return f"/{plural}/{_slug(*found)}" if len(found) == 1 else ""

    def _others(self, source: str, page: str) -> set[str]:
        """Return the policies of that page which other sources alone speak of."""
        return {policy.iri for policy in self._policies.get(page, ()) if source not in policy.sources}

    @cached_property
    def _offices(self) -> dict[str, set[str]]:
        return {home(office.homepage): {office.iri} for office in self.catalogue.offices() if office.homepage}

    @cached_property
    def _policies(self) -> dict[str, list[Policy]]:
        found: dict[str, list[Policy]] = defaultdict(list)
        for policy in self.catalogue.policies():
            if policy.page:
                found[home(policy.page)].append(policy)
        return found


def _told(catalogue: Catalogue, sources: Iterable[str]) -> dict[tuple[str, str, str], set[str]]:
    """Return (source, property, value) → the IRIs of the merged things that the source means by that."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in meanings(catalogue, sources):
        source = row["graph"].value.removeprefix(source_iri(catalogue.base, "")).removesuffix("/description")
        name, value = row["property"].value, row["value"].value
        found[source, name, _comparable(name, value)].add(row["thing"].value)
    return found


def _comparable(name: str, value: str) -> str:
    return home(value) if name in (HOME, PAGE) else value[:MAX_NAME_CHARACTERS]


def _slug(iri: str) -> str:
    return iri.rpartition("/")[2]
