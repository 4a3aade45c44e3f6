"""The questions, each a query of `registry/queries/` turned into values; lists are kept for as long as the revision."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pyoxigraph import Triple

from registry.catalogue import building
from registry.catalogue.building import Values
from registry.catalogue.values import Country, Event, Office, Policy, Property, Said, Statement
from registry.model import Finding, Severity
from registry.records import natural
from registry.state import SourceState, registry_graph, source_iri, states, term
from registry.store import Row, Store, bind, construct, select

T = TypeVar("T")


@cache
def query(name: str) -> str:
    """Return the text of a query, without its comments."""
    text = (files("registry") / "queries" / f"{name}.rq").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("#"))


class Catalogue:
    """Asks one store about one registry; safe for threads, since what it keeps is only ever replaced whole."""

    def __init__(self, store: Store, base: str) -> None:
        self.store, self.base = store, base
        self.merged = f"{base}/merged"
        self._kept: dict[str, Any] = {}
        self._kept_at = -1

    def revision(self) -> int:
        """Return the revision of the store, 0 for an empty one."""
        text = bind(query("revision"), registry=registry_graph(self.base), property=term("ospo:revision"))
        return max((int(row["revision"].value) for row in select(self.store, text)), default=0)

    def statements(self) -> tuple[Statement, ...]:
        """Return all statements, by country, policy and cell."""
        return self._keep("statements", self._statements)

    def offices(self) -> tuple[Office, ...]:
        """Return all offices, by country and name."""
        return self._keep("offices", self._offices)

    def policies(self) -> tuple[Policy, ...]:
        """Return all policies, by country and title."""
        return self._keep("policies", self._policies)

    def countries(self) -> tuple[Country, ...]:
        """Return every jurisdiction that has an office or a policy, by code."""
        return self._keep("countries", self._countries)

    def sources(self) -> list[SourceState]:
        """Return the state of every source, by identifier."""
        return states(self.store, self.base)

    def office(self, slug: str) -> Office | None:
        """Return an office, or None."""
        return next((office for office in self.offices() if office.slug == slug), None)

    def policy(self, slug: str) -> Policy | None:
        """Return a policy, or None."""
        return next((policy for policy in self.policies() if policy.slug == slug), None)

    def source(self, identifier: str) -> SourceState | None:
        """Return the state of a source, or None."""
        return next((state for state in self.sources() if state.source.id == identifier), None)

    def events(self, source: str = "", limit: int = 20) -> list[Event]:
        """Return the latest events, of one source or of all."""
        rows = select(self.store, bind(query("events"), registry=registry_graph(self.base)))
        wanted = source_iri(self.base, source) if source else ""
        return [building.event(row) for row in rows if not wanted or row["source"].value == wanted][:limit]

    def findings(self, source: str) -> list[Finding]:
        """Return the findings on the last body of a source, the worst first, then by line."""
        rows = select(self.store, bind(query("findings"), report=f"{source_iri(self.base, source)}/report"))
        results: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            results[row["result"].value].append(row)
        found = [building.finding(results[name]) for name in sorted(results, key=natural)]
        return sorted(found, key=lambda finding: (list(Severity).index(finding.severity), finding.line or 0))

    def properties(self, iri: str) -> list[Property]:
        """Return what every source says of a merged thing, property by property."""
        derived = term("prov:wasDerivedFrom")
        rows = select(self.store, bind(query("records"), merged=self.merged, thing=iri, derived=derived))
        known = {f"{source_iri(self.base, state.source.id)}/description": state for state in self.sources()}
        holds = {(triple.predicate, triple.object) for triple in self.description(iri) if triple.subject.value == iri}  # type: ignore[union-attr]
        said: dict[str, list[Said]] = defaultdict(list)
        for row in rows:
            state = known.get(row["graph"].value)
            if state and row["property"].value not in building.MACHINERY:
                said[row["property"].value].append(building.said(row, state, holds))
        return [building.property_(name, said[name]) for name in sorted(said, key=building.place_of)]

    def description(self, iri: str) -> list[Triple]:
        """Return the merged graph's triples about a thing, its statements and its unnamed nodes."""
        return construct(self.store, bind(query("description"), merged=self.merged, thing=iri))

    def graph(self, name: str) -> list[Triple]:
        """Return all triples of a graph."""
        return construct(self.store, bind(query("graph"), graph=name))

    def comparison_graph(self) -> list[Triple]:
        """Return all statements and policies as triples."""
        return construct(self.store, bind(query("comparison"), merged=self.merged))

    def _keep(self, name: str, ask: Callable[[], T]) -> T:
        revision = self.revision()
        if revision != self._kept_at:
            self._kept, self._kept_at = {}, revision
        kept = self._kept
        if name not in kept:
            kept[name] = ask()
        found: T = kept[name]
        return found

    def _things(self, type_: str) -> dict[str, Values]:
        rows = select(self.store, bind(query("things"), merged=self.merged, type=term(type_)))
        things: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        for row in rows:
            things[row["thing"].value][row["property"].value].append(row["value"])
        return dict(things)

    def _statements(self) -> tuple[Statement, ...]:
        policies = {policy.iri: policy for policy in self._keep("policies", self._policies)}
        sources = {state.source.id: state.source for state in self.sources()}
        things = self._things("ospo:PolicyStatement")
        found = [building.statement(iri, values, policies, sources) for iri, values in things.items()]
        return tuple(sorted(found, key=lambda item: (item.country, item.policy, natural(item.iri))))

    def _policies(self) -> tuple[Policy, ...]:
        text = bind(query("statement_counts"), merged=self.merged, type=term("ospo:PolicyStatement"))
        counts = {row["policy"].value: int(row["count"].value) for row in select(self.store, text) if "policy" in row}
        found = [
            building.policy(iri, values, counts.get(iri, 0)) for iri, values in self._things("ospo:FlossPolicy").items()
        ]
        return tuple(sorted(found, key=lambda policy: (policy.country, policy.title.value.casefold(), policy.slug)))

    def _offices(self) -> tuple[Office, ...]:
        found = [building.office(iri, values) for iri, values in self._things("ospo:Office").items()]
        return tuple(sorted(found, key=lambda office: (office.country, office.name.value.casefold(), office.slug)))

    def _countries(self) -> tuple[Country, ...]:
        offices = Counter(office.country for office in self.offices())
        policies = Counter(policy.country for policy in self.policies())
        statements = Counter(item.country for item in self.statements())
        cells = {
            (item.country, item.activity, item.stage) for item in self.statements() if item.coverage != "not-assessed"
        }
        assessed = Counter(country for country, _, _ in cells)
        codes = sorted({*offices, *policies} - {""})
        return tuple(Country(code, offices[code], policies[code], statements[code], assessed[code]) for code in codes)
