"""Columns give what plain loops over plain objects do, for random worlds, changes and questions."""

import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.authority import voices_rdf
from registry.authority.ledger import Ledger
from registry.authority.resolve import resolve
from registry.iri.names import authority_graph, merged_graph, thing_of
from registry.merging.merge import pieces
from registry.model import Outcome, Source, SourceState, Verification
from registry.readmodel import totals
from registry.readmodel.comparison import rows as comparison
from registry.readmodel.comparison.filters import FILTERS, Kind, parse_comparison_filters
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.lists import country_names, entries, search
from registry.readmodel.read import read_changes, read_lists
from registry.readmodel.snapshot import Snapshot
from registry.readmodel.tables.file import ListsFile, UnusableFileError, open_lists, write_lists
from registry.readmodel.tables.lists import ListedOffice, ListedPolicy, Things, lists_of
from registry.readmodel.values import Head, Office, Policy, Statement, Text, Voice
from registry.store import replace_graph
from registry.store.embedded import EmbeddedStore
from registry.vocabulary import concepts
from registry.writer import Changes
from tests.authority.worlds import BASE, START, origins
from tests.readmodel.plain import Plain
from tests.support.places import ROOT

LANGUAGES = ("de", "fr")
TODAY = "2020-01-31"
many = settings(max_examples=60, deadline=None)


# Whole stores, and what becomes of their lists when sources come, change and go.


class World:
    """A store with the merged graph of some sources, which come, change and go."""

    def __init__(self):
        self.store, self.ledger, self.revision = EmbeddedStore(), Ledger(), 0

    def become(self, sources):
        """Let these be the sources; return what changed."""
        changes = Changes(self.revision)
        found = [origin.records for origin in sources]
        resolved = resolve(found, {}, self.ledger)
        self.ledger = self.ledger.with_entries([resolved.entries])
        for name, parts, differs in (
            (authority_graph(BASE), voices_rdf.pieces(resolved, BASE), changes.of_voices),
            (merged_graph(BASE), pieces(resolved, found, BASE), changes.of_things),
        ):
            replace_graph.replace(self.store, name, parts, partial(thing_of, BASE), differs)
        self.revision += 1
        return changes.things


@st.composite
def histories(draw):
    """Three sets of sources: of each source another version may come, and any may be away for a time."""
    versions = [[draw(origins(number)) for _ in range(2)] for number in range(draw(st.integers(1, 4)))]
    titles = st.sampled_from(("", "A list", "Another"))
    passes = []
    for _ in range(3):
        there = [draw(st.sampled_from([*own, None])) for own in versions]
        passes.append([titled(origin, draw(titles)) for origin in there if origin])
    return passes


def titled(origin, title):
    return replace(origin, state=replace(origin.state, source=replace(origin.state.source, title=title)))


def agree(lists, plain, states):
    shown = Snapshot(lists.revision, lists)
    assert list(shown.offices()) == plain.offices
    assert list(shown.policies()) == plain.policies
    assert list(lists.statements.things()) == plain.statements
    assert list(lists.reported.things()) == plain.reported
    assert list(lists.sources.things()) == sorted(states, key=lambda state: state.source.id)
    assert shown.countries(TODAY) == plain.countries(TODAY)
    for thing in (*plain.offices, *plain.policies):
        assert list(shown.voices(thing.iri)) == plain.voices[thing.iri]
    assert lists.skipped == ()


@many
@given(histories())
def test_lists_that_are_renewed_by_what_changed_are_those_of_the_whole_store(tmp_path_factory, passes):
    world, lists = World(), None
    for sources in passes:
        changed, states = world.become(sources), [origin.state for origin in sources]
        whole = read_lists(world.store, BASE, world.revision, states)
        renewed, path = whole, tmp_path_factory.mktemp("lists") / "lists"
        with ListsFile(path) as file:
            if lists is None:
                file.finish(read_lists(world.store, BASE, world.revision, states, file.keep))
            else:
                renewed = read_changes(lists, world.store, BASE, world.revision, states, changed)
                file.finish(read_changes(lists, world.store, BASE, world.revision, states, changed, file.keep))
        for number, written in enumerate((whole, renewed)):
            write_lists(written, path.with_name(f"{number}"))
            assert path.read_bytes() == path.with_name(f"{number}").read_bytes()
        lists = open_lists(path)
        plain = Plain.of_store(world.store, BASE, states)
        for read in (whole, renewed, lists):
            agree(read, plain, states)
        for name in ("offices", "policies", "statements", "reported", "sources"):
            same_columns(getattr(whole, name), getattr(lists, name))


def same_columns(one, other):
    assert one.columns.keys() == other.columns.keys()
    for name, column in one.columns.items():
        found = other.columns[name]
        assert list(column.values) == list(found.values), name
        assert [column.of_row(row) for row in range(len(column))] == [found.of_row(row) for row in range(len(found))], (
            name
        )


# Random values, and random questions about them.

CODES = ("", "FR", "DE", "XX", "EU", "INT")
WORDS = ("Loi", "numérique", "Straße", "о законе", "開放原始碼", "a-b", "", "x")
texts = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join)
some_texts = st.lists(st.builds(Text, texts, st.sampled_from(("", "fr"))), max_size=2).map(tuple)
dates = st.sampled_from(("", "2016", "2018-06", "2020-01-31", "soon"))


def codes(scheme):
    return st.sampled_from(("", "strange", *(concept.code for concept in concepts.concepts(scheme))))


def several(values):
    return st.lists(values, max_size=3, unique=True).map(tuple)


SLUGS = ("a", "b", "c", "d")
sources = several(st.sampled_from(("s1", "s2", "s3")))
office_values = st.builds(
    Office, slug=st.just(""), iri=st.just(""), other_names=some_texts, country=st.sampled_from(CODES),
    level=codes("level"), homepage=st.sampled_from(("", "https://office.example/x")), sources=sources,
    names=some_texts, kind=codes("office-kind"), layers=several(codes("assessment-kind")),
)  # fmt: skip
policy_values = st.builds(
    Policy, slug=st.just(""), iri=st.just(""), country=st.sampled_from(CODES),
    level=codes("level"), status=codes("status"), issued=dates, office=st.sampled_from(("", *SLUGS)), sources=sources,
    issuer=texts, titles=some_texts, objectives=several(codes("objective")), layers=several(codes("assessment-kind")),
)  # fmt: skip
statement_values = st.builds(
    Statement, iri=st.just(""), policy=st.sampled_from(SLUGS), source=st.sampled_from(("s1", "s2")),
    activity=st.just(""), stage=st.just(""), coverage=codes("coverage"), status=codes("status"),
    layer=codes("assessment-kind"), force=codes("force"), country=st.sampled_from(CODES), level=codes("level"),
    office=st.sampled_from(("", *SLUGS)), issued=dates, in_force_from=dates, in_force_until=dates, texts=some_texts,
    provision=texts, claimed_by=st.sampled_from(("", "", "s3")), fetched=st.sampled_from((None, START)),
    binds=several(codes("binds")), duty=codes("duty"), reach=codes("reach"), checked=codes("checked"),
    instrument=codes("instrument"), issuer=st.sampled_from(("", "CERN", "World Bank")),
)  # fmt: skip


@st.composite
def things(draw):
    offices = [
        replace(draw(office_values), slug=slug, iri=f"o/{slug}") for slug in draw(several(st.sampled_from(SLUGS)))
    ]
    policies = [
        replace(draw(policy_values), slug=slug, iri=f"p/{slug}") for slug in draw(several(st.sampled_from(SLUGS)))
    ]
    statements = []
    for number, item in enumerate(draw(st.lists(statement_values, max_size=14))):
        activity, stage = draw(st.sampled_from(CELLS[:3]))
        statements.append(replace(item, iri=f"p/{item.policy}#{number}", activity=activity, stage=stage))
    return offices, policies, statements


def tables(offices, policies, statements):
    parts = [Things(tuple(map(ListedOffice, offices)), tuple(map(ListedPolicy, policies)), tuple(statements))]
    return lists_of(1, (), parts)


@st.composite
def questions(draw):
    pairs = []
    for name, filter_ in FILTERS.items():
        if draw(st.integers(0, 3)):
            continue
        if filter_.kind is Kind.DAY:
            pairs.append((name, draw(st.sampled_from(("2016", "2018-06", "2018-07", TODAY, "2021")))))
            continue
        values = {"country": st.sampled_from(CODES), "office": st.sampled_from(SLUGS)}
        chosen = values[name] if name in values else codes(filter_.scheme)
        pairs += [(name, draw(chosen)) for _ in range(draw(st.integers(1, 3)))]
    return parse_comparison_filters(pairs)


@many
@given(things(), questions(), st.sampled_from(("row", "office")))
def test_the_comparison_shows_what_a_loop_over_all_statements_shows(made, filters, by):
    table, plain = tables(*made).statements, Plain(*made)
    heads = [
        Head(code, code, "", code)
        for code in (SLUGS if by == "office" else ("FR", "DE", "XX", "SE", "EU", "INT", "INT/cern"))
    ]
    numbers = comparison.numbers(table.columns[by], [head.code for head in heads])
    asked = comparison.Asked(filters, TODAY)
    rows = comparison.rows(table, by, heads, numbers, asked)
    found = {row.head.code: row.cells for row in rows}
    wanted = plain.rows(by, [head.code for head in heads], filters, TODAY)
    assert list(found) == list(wanted)
    for code, cells in wanted.items():
        for pair, cell in cells.items():
            assert replace(found[code][pair], statements=()) == replace(cell, statements=())
            assert list(found[code][pair].statements) == list(cell.statements)
    assert [row.head for row in rows[1:3]] == [row.head for row in rows][1:3]
    assert list(comparison.passing(table, asked)) == [it for it in plain.statements if filters.passes(it, TODAY)]


@st.composite
def searches(draw):
    kind = draw(st.sampled_from(("countries", "offices", "policies")))
    facets = {
        "countries": entries.COUNTRY_FACETS,
        "offices": (entries.REGION, *entries.OFFICE_FACETS),
        "policies": (entries.REGION, *entries.POLICY_FACETS),
    }[kind]  # fmt: skip
    values = st.sampled_from(
        (*CODES, "s1", "s2", "none", "yes", "2016", "central", "cost", "compiled", "use", "eu", "g20")
    )
    chosen = draw(st.dictionaries(st.sampled_from(facets), st.frozensets(values, min_size=1, max_size=3), max_size=2))
    query = draw(
        st.sampled_from(("", "loi", "o", "strasse", "зако", "原始", "frankreich", "x loi", "fr", "unknown", "ö"))
    )
    return kind, query, chosen, facets


@many
@given(things(), searches())
def test_a_search_finds_and_counts_what_a_loop_over_all_entries_does(made, asked):
    kind, query, chosen, facets = asked
    plain, shown = Plain(*made), Snapshot(1, tables(*made))
    table = (
        entries.country_table(shown.countries(TODAY), LANGUAGES)
        if kind == "countries"
        else entries.with_regions(getattr(shown.lists, kind))
    )
    names = {} if kind == "countries" else {"country": partial(country_names.text_of_names, languages=LANGUAGES)}
    found = search.find(table, query, chosen, facets, names)
    every = shown.countries(TODAY) if kind == "countries" else getattr(shown, kind)()
    hits, counts, without = plain.find(kind, query, chosen, facets, LANGUAGES, TODAY)
    assert [every[row] for row in found.rows.tolist()] == hits
    assert (found.counts, found.counts_without) == (counts, without)


@many
@given(things())
def test_countries_are_counted_as_by_a_loop(made):
    assert totals.countries(tables(*made), TODAY) == Plain(*made).countries(TODAY)


# Files.

STATE = SourceState(
    Source("s", "https://s.example/", title="S"), START, START + timedelta(microseconds=1), Outcome.HELD, START,
    verdict=Outcome.HELD, verifications=(Verification("host", 1, START, START),),
)  # fmt: skip
VOICE = Voice("s", "https://s.example/#1", "speaks", "host", "self-declared", heard=True)


@pytest.fixture
def file(tmp_path):
    offices = [
        ListedOffice(Office("a", "o/a", (Text("A\ud7ff", "fr"),), country="FR", other_names=(Text("Ä"),)), (VOICE,))
    ]
    write_lists(lists_of(7, [STATE], [Things(tuple(offices))]), tmp_path / "lists")
    return tmp_path / "lists"


def test_a_file_gives_back_every_value_in_its_type(file):
    lists = open_lists(file)
    assert (lists.revision, lists.read_at) == (7, STATE.last_attempt)
    (listed,) = lists.offices.things()
    assert listed.office.other_names == (Text("Ä"),)
    assert listed.office.names[0].value == "A\ud7ff"
    assert listed.voices == (VOICE,)
    (state,) = lists.sources.things()
    assert state == STATE
    assert (type(state.outcome), state.last_attempt.tzinfo) == (Outcome, START.tzinfo)


def test_a_file_that_is_damaged_anywhere_is_refused(file):
    whole = file.read_bytes()
    chance = np.random.default_rng(7)
    for place in {0, len(whole) - 1, *chance.integers(0, len(whole), 200).tolist()}:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(UnusableFileError):
            open_lists(file)
    for length in {0, 5, len(whole) // 2, len(whole) - 1}:
        file.write_bytes(whole[:length])
        with pytest.raises(UnusableFileError):
            open_lists(file)


def test_a_file_of_another_form_is_refused(file, monkeypatch):
    monkeypatch.setattr("registry.readmodel.tables.file._RULES", "another")
    with pytest.raises(UnusableFileError, match="another version"):
        open_lists(file)


def test_nothing_that_a_web_process_imports_starts_a_thread_which_a_fork_would_lose():
    program = "import os, registry.web.site, sys; print('numpy' in sys.modules, len(os.listdir('/proc/self/task')))"
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    ended = subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.stdout.split() == ["True", "1"], ended.stderr
