"""The query that a page of the comparison offers finds the very statements that the page shows, cell by cell."""

import json
from collections import Counter
from random import Random

import pytest

from registry.endpoint.query import read_query
from registry.endpoint.results import run
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison import equivalent_sparql
from registry.readmodel.comparison import filters as table
from registry.readmodel.comparison.equivalent_sparql import equivalent_query
from registry.readmodel.comparison.filters import FILTERS, Filter, Kind, parse_comparison_filters
from registry.readmodel.comparison.in_force import ABSENT, legal_status
from registry.readmodel.comparison.matrix import CELLS
from registry.readmodel.values import Head
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import JSON
from registry.vocabulary import concepts
from tests.support.merged import SETTINGS, bundled, fill, reported, store

STATES = (
    [],
    [("country", "FR")],
    [("country", "FR"), ("country", "DE"), ("activity", "use")],
    [("activity", "produce"), ("stage", "present"), ("force", "required")],
    [("layer", "compiled"), ("status", "in-force"), ("status", "expired")],
    [("level", "central")],
    [("office", "code-gouv-fr")],
    [("office", "nobody> } #")],
    [("on", "2017")],
    [("on", "2016-10-06")],
    [("on", "2024-07-01"), ("country", "DE")],
    [("force", "unheard-of")],
)
RANDOM_STATES = 200
# What nobody has: other things, and texts that would be syntax if they were not terms.
STRANGE = ("QQ", "unheard-of", 'a" } # \\', "x> y", "$day", "?country", "é")


@pytest.fixture(scope="module", params=["small", "bundled"])
def catalogue(request):
    """The read model of the small registry, and of the bundled sources with the table of others."""
    filled = store() if request.param == "small" else fill(EmbeddedStore(), bundled() | reported())
    return Catalogue(filled, SETTINGS.base)


def found(catalogue, chosen):
    """Return the rows of the equivalent query of a state, each as variable → text."""
    text = read_query(equivalent_query(chosen, SETTINGS.base), SETTINGS.base, 100_000).text
    answer = run(catalogue.store._store, text, JSON, f"{SETTINGS.base}/merged", 10_000, 4_000_000)
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: value["value"] for name, value in row.items()} for row in bindings]


def held(item, name):
    """Return the values of a statement by which a filter finds it."""
    value = getattr(item, name)
    return {value} - {""} if isinstance(value, str) else set(value)


def states(catalogue, count, seed=7):
    """Yield query strings made at random from what the statements have, and from what none has."""
    random, statements = Random(seed), catalogue.statements()
    had = {
        name: sorted({value for item in statements for value in held(item, name)}) or ["none"]
        for name, filter_ in FILTERS.items()
        if filter_.kind is not Kind.DAY
    }
    dates = sorted(
        {date for item in statements for date in (item.issued, item.in_force_from, item.in_force_until)} - {""}
    )
    days = [*dates, *(f"{date[:4]}-{month:02}-28" for date in dates for month in (1, 6, 12)), "1990", "2030-02"]
    for _ in range(count):
        asked = []
        for name in random.sample(list(had), random.choice((0, 1, 1, 2, 2, 3, 4))):
            values = random.sample(had[name], min(len(had[name]), random.choice((1, 1, 2, 3, 6))))
            asked += [(name, value) for value in values + random.sample(STRANGE, random.choice((0, 0, 0, 1)))]
        if random.random() < 0.6:
            day = random.choice(days)
            asked.append(("on", day[: random.choice((4, 7, 10))]))
        yield asked


def shown(catalogue, chosen, by):
    """Return (row, cell) → how many statements of which legal status the comparison shows there."""
    codes = {item.country for item in catalogue.statements()} - {""}
    rows = {
        "country": lambda: catalogue.compared([Head(code, code, "", code) for code in codes], chosen),
        "office": lambda: catalogue.compared_offices(chosen, str),
    }
    return {
        (row.head.code, *cell): Counter(legal_status(item, chosen.on) for item in row.cells[cell].statements)
        for row in rows[by]()
        for cell in CELLS
        if row.cells[cell].statements
    }


def counted(answer, by):
    """Return the same of the rows of a query."""
    cells = {}
    for row in answer:
        if by in row:
            place = tuple(row[name].rpartition("/")[2] for name in (by, "activity", "stage"))
            cells.setdefault(place, Counter())[row["legalStatus"]] += 1
    return cells


@pytest.mark.parametrize("state", STATES)
def test_the_query_finds_what_passes(catalogue, state):
    chosen = parse_comparison_filters(state)
    statements = sorted(row["statement"] for row in found(catalogue, chosen))
    assert statements == sorted(item.iri for item in catalogue.statements() if chosen.passes(item))


def test_the_states_tell_statements_apart(catalogue):
    counts = [sum(map(parse_comparison_filters(state).passes, catalogue.statements())) for state in STATES]
    assert len(set(counts)) > 5


def test_whatever_is_asked_for_the_query_counts_in_every_cell_what_the_comparison_shows(catalogue):
    answers = Counter()
    for state in states(catalogue, RANDOM_STATES):
        chosen = parse_comparison_filters(state)
        answer = found(catalogue, chosen)
        for by in ("country", "office"):
            assert counted(answer, by) == shown(catalogue, chosen, by), state
        answers[bool(answer), bool(chosen.on)] += 1
    assert min(answers[some, day] for some in (True, False) for day in (True, False)) >= 10


@pytest.mark.parametrize("name", [name for name, filter_ in FILTERS.items() if filter_.kind is not Kind.DAY])
def test_every_filter_alone_finds_what_it_lets_pass(catalogue, name):
    statements = catalogue.statements()
    for value in {value for item in statements for value in held(item, name)}:
        answer = {row["statement"] for row in found(catalogue, parse_comparison_filters([(name, value)]))}
        assert answer == {item.iri for item in statements if value in held(item, name)}
        assert answer


def test_the_query_tells_the_legal_status_of_every_statement_on_every_day(catalogue):
    for day in ("", "1999", "2016-10", "2016-10-07", "2020", "2021-01-01", "2024-07", "2040-01-01"):
        answer = {
            row["statement"]: row["legalStatus"] for row in found(catalogue, parse_comparison_filters([("on", day)]))
        }
        rule = {item.iri: legal_status(item, day) for item in catalogue.statements()}
        assert answer == {iri: status for iri, status in rule.items() if status != ABSENT}


def test_a_new_filter_is_one_line_of_the_table(catalogue, monkeypatch):
    line = Filter(
        "binds", "Binds", Kind.CONCEPT, narrows=True, scheme="binds",
        sparql="{ ?statement ospo:bindsWhom ?binds . VALUES ?binds { $binds } }",
    )  # fmt: skip
    for module in (table, equivalent_sparql):
        monkeypatch.setattr(module, "FILTERS", {**FILTERS, "binds": line})
    codes = [concept.code for concept in concepts.concepts("binds")]
    chosen = parse_comparison_filters([("binds", codes[0]), ("binds", "central"), ("binds", "strong")])
    assert [str(complaint).partition(":")[0] for complaint in chosen.complaints] == ["binds=strong is not known"]
    answer = sorted(row["statement"] for row in found(catalogue, chosen))
    wanted = [item.iri for item in catalogue.statements() if {codes[0], "central"} & set(item.binds)]
    assert answer == sorted(wanted)
    assert wanted
