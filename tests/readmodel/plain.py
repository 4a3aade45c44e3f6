"""Lists, search and comparison made of plain objects, a loop at a time: what the columns must agree with."""

from collections import Counter, defaultdict
from dataclasses import replace
from functools import partial

from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT, by_subject, natural
from registry.iri.names import RDF_TYPE, authority_graph, merged_graph, term
from registry.readmodel import build
from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.roll_up import CELLS, NO_MATCH, NOT_ASSESSED, STATED, cell
from registry.readmodel.comparison.scope import RowKind, asked_for, row_kind
from registry.readmodel.lists import country_names, entries
from registry.readmodel.lists.search import words
from registry.readmodel.tables.lists import body_code
from registry.readmodel.values import Cell, Country
from registry.store.protocol import graph


class Plain:
    """Lists of objects in their orders."""

    def __init__(self, offices=(), policies=(), statements=(), voices=None):
        self.offices = sorted(offices, key=lambda item: (item.country, item.name("en").value.casefold(), item.slug))
        self.policies = sorted(policies, key=lambda item: (item.country, item.title("en").value.casefold(), item.slug))
        ordered = sorted(statements, key=lambda item: (item.country, item.policy, natural(item.iri)))
        self.reported = [it for it in ordered if (it.layer, it.coverage) == ("imported", "not-assessed")]
        self.statements = [item for item in ordered if item not in self.reported]
        self.voices = voices or {}

    @classmethod
    def of_store(cls, store, base, states):
        """Return the lists of a store, read at once from whole graphs."""
        nodes = by_subject(graph(store, merged_graph(base)))
        sources = {state.source.id: state.source for state in states}
        voices = defaultdict(list)
        for iri, properties in by_subject(graph(store, authority_graph(base))).items():
            if term("ospo:Voice") in properties.get(RDF_TYPE.value, ()):
                thing, voice = build.voice(iri, properties)
                voices[thing].append(voice)
        for spoken in voices.values():
            spoken.sort(key=build.voice_order)

        def of(kind):
            return [it for it in nodes.items() if kind in [value.value for value in it[1].get(RDF_TYPE.value, ())]]

        statements = defaultdict(dict)
        for iri, properties in of(STATEMENT):
            statements[build.one(properties, "dcterms:isPartOf")][iri] = properties
        policies = [
            build.policy(iri, properties, list(statements[iri].values()), voices[iri])
            for iri, properties in of(FLOSS_POLICY)
        ]
        return cls(
            [build.office(iri, properties, voices[iri]) for iri, properties in of(OFFICE)],
            policies,
            [
                build.statement(iri, properties, policy, sources, base)
                for policy in policies
                for iri, properties in statements[policy.iri].items()
            ],
            voices,
        )

    def countries(self, today):
        counts = [Counter(item.country for item in things) for things in (self.offices, self.policies, self.statements)]
        assessed, in_force, sources = defaultdict(set), defaultdict(set), defaultdict(set)
        for item in self.statements:
            if item.claimed_by:
                continue
            if item.coverage != NOT_ASSESSED:
                assessed[item.country].add((item.activity, item.stage))
            if item.coverage == STATED and state(item, "", today) is State.HOLDS:
                in_force[item.country].add(item.activity)
        for item in (*self.offices, *self.policies):
            sources[item.country] |= set(item.sources)
        stated = {item.policy for item in self.statements}
        reported = Counter(
            country for country, policy in {(it.country, it.policy) for it in self.reported if it.policy not in stated}
        )
        return tuple(
            Country(
                code,
                *(numbers[code] for numbers in counts),
                len(assessed[code]),
                tuple(sorted(in_force[code])),
                tuple(sorted(sources[code])),
                reported[code],
            )
            for code in sorted({*counts[0], *counts[1]} - {""})
        )

    def entries(self, kind, languages, today):
        """Return (thing, folded text, facet → values) for each thing of a list."""
        texts = entries.statement_texts([*self.statements, *self.reported])
        make = {
            "countries": (self.countries(today), partial(entries.of_country, languages=languages)),
            "offices": (self.offices, entries.of_office),
            "policies": (self.policies, lambda item: entries.of_policy(item, texts.get(item.slug, ()))),
        }
        things, entry_of = make[kind]
        for entry in map(entry_of, things):
            names = " ".join(country_names.text_of_names(code, languages) for code in entry.values.get("country", ()))
            (code,) = entry.values.get("country", ("",))
            regions = {entries.REGION: entries.regions_of_country(code)} if code else {}
            yield entry.thing, f"{entry.text} {names}", {**entry.values, **regions}

    def find(self, kind, query, chosen, facets, languages, today):
        """Return the things that match, and the counts of facets with and without their own choice."""
        matching = [
            (thing, values)
            for thing, text, values in self.entries(kind, languages, today)
            if all(word in text for word in words(query))
        ]

        def passing(chosen):
            return [it for it in matching if all(set(it[1][name]) & wanted for name, wanted in chosen.items())]

        hits = passing(chosen)
        others = {facet: passing({name: chosen[name] for name in chosen if name != facet}) for facet in facets}
        counts = {facet: dict(Counter(it for _, values in others[facet] for it in values[facet])) for facet in facets}
        return [thing for thing, _ in hits], counts, {facet: len(others[facet]) for facet in facets if facet in chosen}

    def rows(self, by, codes, filters, today):
        """Return code → its nine cells, for those codes that the filters leave; `by` is "row" or "office"."""

        def of_row(item):
            return item.office if by == "office" else body_code(item.issuer) if item.country == "INT" else item.country

        made, alive = {}, {of_row(item) for item in self.statements if filters.passes(item, today)}
        for code in codes:
            if filters.narrows and code not in alive:
                continue
            kind = RowKind.OFFICE if by == "office" else row_kind(code.partition("/")[0])
            cells = {}
            for pair in CELLS:
                own = [it for it in self.statements if (of_row(it), it.activity, it.stage) == (code, *pair)]
                left = [item for item in own if filters.passes(item, today)]
                made_of = cell(left, kind, today, filters.on, asked_for(filters))
                asked = [item for item in own if replace(filters, days={**filters.days, "on": ""}).passes(item, today)]
                cells[pair] = made_of if left or asked or not own else Cell(NO_MATCH)
            made[code] = cells
        return made
