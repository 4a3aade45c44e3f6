"""The questions, each a query of `registry/queries/` turned into values; lists are kept for as long as the revision."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode, Triple

from registry import vocabulary
from registry.catalogue.values import Country, Event, Office, Policy, Property, Said, Statement, Text
from registry.model import Finding, Severity
from registry.records import natural
from registry.state import SourceState, registry_graph, source_iri, states, term
from registry.store import Row, Store, bind, construct, select

Values = Mapping[str, list[Any]]  # predicate → objects
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
        return [_event(row) for row in rows if not wanted or row["source"].value == wanted][:limit]

    def findings(self, source: str) -> list[Finding]:
        """Return the findings on the last body of a source, the worst first, then by line."""
        rows = select(self.store, bind(query("findings"), report=f"{source_iri(self.base, source)}/report"))
        results: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            results[row["result"].value].append(row)
        found = [_finding(results[name]) for name in sorted(results, key=natural)]
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
            if state and row["property"].value not in _MACHINERY:
                said[row["property"].value].append(_said(row, state, holds))
        return [_property(name, said[name]) for name in sorted(said, key=_place_of)]

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
        found = [_statement(iri, values, policies) for iri, values in self._things("ospo:PolicyStatement").items()]
        return tuple(sorted(found, key=lambda item: (item.country, item.policy, natural(item.iri))))

    def _policies(self) -> tuple[Policy, ...]:
        counts: Counter[str] = Counter()
        for values in self._things("ospo:PolicyStatement").values():
            counts[_one(values, "dcterms:isPartOf")] += 1
        found = [_policy(iri, values, counts[iri]) for iri, values in self._things("ospo:FlossPolicy").items()]
        return tuple(sorted(found, key=lambda policy: (policy.country, policy.title.value.casefold(), policy.slug)))

    def _offices(self) -> tuple[Office, ...]:
        found = [_office(iri, values) for iri, values in self._things("ospo:Office").items()]
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


_MACHINERY = {term(name).value for name in ("rdf:type", "dcterms:isPartOf")}


def _values(values: Values, name: str) -> list[Any]:
    return sorted(values.get(term(name).value, []), key=str)


def _one(values: Values, name: str) -> str:
    return next((str(value.value) for value in _values(values, name)), "")


def _code(values: Values, name: str) -> str:
    return vocabulary.code(_one(values, name))


def _codes(values: Values, name: str) -> tuple[str, ...]:
    return tuple(vocabulary.code(value.value) for value in _values(values, name))


def _texts(values: Values, name: str) -> tuple[Text, ...]:
    return tuple(Text(value.value, getattr(value, "language", None) or "") for value in _values(values, name))


def _text(values: Values, name: str) -> Text:
    """Return one text: in English if there is one, else the first by language."""
    texts = _texts(values, name)
    return next((text for text in texts if text.language == "en"), texts[0] if texts else Text(""))


def _slug(iri: str) -> str:
    return iri.partition("#")[0].rpartition("/")[2]


def _sources(values: Values) -> tuple[str, ...]:
    return tuple(_slug(value.value) for value in _values(values, "dcterms:source"))


def _statement(iri: str, values: Values, policies: Mapping[str, Policy]) -> Statement:
    policy = policies[_one(values, "dcterms:isPartOf")]
    fetched = _one(values, "prov:generatedAtTime")
    return Statement(
        iri=iri,
        activity=_code(values, "ospo:activity"),
        stage=_code(values, "ospo:stage"),
        coverage=_code(values, "ospo:coverage"),
        status=_code(values, "ospo:status"),
        layer=_code(values, "ospo:assessmentKind"),
        source=_sources(values)[0],
        policy=policy.slug,
        force=_code(values, "ospo:force"),
        country=_one(values, "ospo:countryCode"),
        level=policy.level,
        issuer=policy.issuer,
        office=policy.office,
        policy_title=policy.title,
        policy_url=policy.page,
        instrument=policy.instrument,
        issued=policy.issued,
        in_force_from=_one(values, "ospo:inForceFrom"),
        in_force_until=_one(values, "ospo:inForceUntil"),
        texts=_texts(values, "dcterms:description"),
        provision=", ".join(text.value for text in _texts(values, "ospo:provision")),
        binds=_codes(values, "ospo:bindsWhom"),
        binds_note=_one(values, "ospo:bindsNote"),
        applies_to=_codes(values, "ospo:appliesTo"),
        audience=_codes(values, "ospo:audience"),
        exceptions=_codes(values, "ospo:exception"),
        evidence=tuple(value.value for value in _values(values, "ospo:evidence")),
        checked=_code(values, "ospo:checked"),
        accessed=_one(values, "ospo:accessed"),
        own_word=_one(values, "ospo:ownWord"),
        remarks=_texts(values, "ospo:remark"),
        fetched=datetime.fromisoformat(fetched) if fetched else None,
    )


def _policy(iri: str, values: Values, statements: int) -> Policy:
    return Policy(
        slug=_slug(iri),
        iri=iri,
        title=_text(values, "dcterms:title"),
        country=_one(values, "ospo:countryCode"),
        level=_code(values, "ospo:level"),
        instrument=_code(values, "ospo:instrument"),
        status=_code(values, "ospo:status"),
        issued=_one(values, "dcterms:issued"),
        page=_one(values, "foaf:page"),
        issuer=_one(values, "ospo:issuerName"),
        office=_slug(_one(values, "ospo:office")),
        sources=_sources(values),
        statements=statements,
    )


def _office(iri: str, values: Values) -> Office:
    return Office(
        slug=_slug(iri),
        iri=iri,
        name=_text(values, "skos:prefLabel"),
        country=_one(values, "ospo:countryCode"),
        level=_code(values, "ospo:level"),
        homepage=_one(values, "foaf:homepage"),
        email=_one(values, "schema:email"),
        contact=_one(values, "ospo:contactPage"),
        sources=_sources(values),
        policies=tuple(_slug(value.value) for value in _values(values, "ospo:flossPolicy")),
    )


def _event(row: Row) -> Event:
    texts = {name: value.value for name, value in row.items()}
    return Event(
        source=_slug(texts["source"]),
        title=texts.get("title", ""),
        at=datetime.fromisoformat(texts["at"]),
        outcome=vocabulary.code(texts["outcome"]),
        reason=texts.get("reason", ""),
        status=texts.get("status", ""),
        record=texts["record"],
    )


def _finding(rows: list[Row]) -> Finding:
    first = {name: value.value for name, value in rows[0].items()}
    return Finding(
        focus=first["focus"],
        path=first.get("path", ""),
        severity=Severity(vocabulary.code(first["severity"])),
        shape=first["shape"],
        value=first.get("value", ""),
        messages={getattr(row["message"], "language", None) or "": row["message"].value for row in rows},
        line=int(first["line"]) if "line" in first else None,
    )


def _said(row: Row, state: SourceState, holds: set[tuple[Any, Any]]) -> Said:
    value, predicate = row["value"], row["property"]
    iri = isinstance(value, NamedNode)
    concept = iri and value.value.startswith(vocabulary.CONCEPT)
    return Said(
        value=value.value,
        language=(value.language or "") if isinstance(value, Literal) else "",
        iri=iri,
        concept=concept,
        label=vocabulary.label(value.value, "en") if concept else value.value,
        source=state.source.id,
        layer=str(state.source.layer),
        fetched=state.accepted_at,
        holds=(predicate, value) in holds,
    )


def _property(iri: str, said: list[Said]) -> Property:
    by_source = {
        source: {item.value for item in said if item.source == source} for source in {item.source for item in said}
    }
    differ = len({frozenset(values) for values in by_source.values()}) > 1
    values = tuple(sorted(said, key=lambda item: (not item.holds, item.source, item.language, item.value)))
    return Property(iri, vocabulary.label(iri, "en"), values, differ)


_ORDER = [
    term(name).value
    for name in (
        "skos:prefLabel",
        "dcterms:title",
        "foaf:homepage",
        "foaf:page",
        "ospo:countryCode",
        "dcterms:description",
    )
]


def _place_of(predicate: str) -> tuple[int, str]:
    return (_ORDER.index(predicate) if predicate in _ORDER else len(_ORDER), predicate)
