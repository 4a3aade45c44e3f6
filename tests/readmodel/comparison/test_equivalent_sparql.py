"""The queries that a page of the comparison offers find the very statements and heads that the page shows."""

import json
from collections import Counter
from datetime import date
from random import Random

import pytest

from registry.endpoint.query import read_query
from registry.endpoint.results import run
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison import equivalent_sparql
from registry.readmodel.comparison import filters as table
from registry.readmodel.comparison.equivalent_sparql import heads_query, statements_query
from registry.readmodel.comparison.filters import FILTERS, Filter, Kind, parse_comparison_filters
from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.comparison.rows import Asked
from registry.readmodel.tables.lists import body_code
from registry.readmodel.values import Head
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import JSON
from registry.vocabulary import concepts, regions
from tests.support.merged import SETTINGS, bundled, fill, reported, store

STATES = (
    [],
    [("country", "FR")],
    [("country", "FR"), ("country", "DE"), ("activity", "use")],
    [("activity", "produce"), ("stage", "present"), ("force", "required")],
    [("layer", "compiled"), ("status", "in-force"), ("status", "expired")],
    [("level", "central")],
    [("office", "code-gouv-fr")],
    [("region", "eu")],
    [("region", "southern-europe"), ("region", "un-005"), ("on", "2020")],
    [("region", "eu"), ("country", "FR"), ("country", "CL"), ("on", "2019-05-05")],
    [("region", "eu"), ("on", "1950")],
    [("region", "atlantis")],
    [("office", "nobody> } #")],
    [("on", "2017")],
    [("on", "2016-10-06")],
    [("on", "2024-07-01"), ("country", "DE")],
    [("force", "unheard-of")],
    [("from", "2016"), ("to", "2018-06")],
    [("binds", "central"), ("checked", "primary")],
    [("reach", "general"), ("level", "regional")],
)
TODAY = "2026-11-22"
RANDOM_STATES = 200
# What nobody has: other things, and texts that would be syntax if they were not terms.
STRANGE = ("QQ", "unheard-of", 'a" } # \\', "x> y", "$day", "?country", "é")


@pytest.fixture(scope="module", params=["small", "bundled"])
def catalogue(request):
    """The read model of the small registry, and of the bundled sources with the table of others."""
    filled = store() if request.param == "small" else fill(EmbeddedStore(), bundled() | reported())
    return Catalogue(filled, SETTINGS.base, lambda: date.fromisoformat(TODAY))


def found(catalogue, chosen, query=statements_query):
    """Return the rows of the equivalent query of a state, each as variable → text."""
    text = read_query(query(Asked(chosen, TODAY), SETTINGS.base), SETTINGS.base, 8_192).text
    answer = run(catalogue.store._store, text, JSON, f"{SETTINGS.base}/merged", 10_000, 4_000_000)
    bindings = json.loads(answer.body)["results"]["bindings"]
    return [{name: value["value"] for name, value in row.items()} for row in bindings]


def held(item, name):
    """Return the values of a statement by which a filter finds it."""
    if name == "region":
        return {region.code for region, membership in regions.regions_of(item.country) if membership.holds()}
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
    """Return (row, cell) → how many statements of which state the comparison shows there."""
    codes = row_codes(catalogue)
    rows = {
        "country": lambda: catalogue.compared([Head(code, code, "", code) for code in codes], chosen),
        "office": lambda: catalogue.compared_offices(chosen, str),
    }
    return {
        (row.head.code, *cell): Counter(state(item, chosen.on, TODAY).value for item in row.cells[cell].statements)
        for row in rows[by]()
        for cell in CELLS
        if row.cells[cell].statements
    }


def grouped(cells):
    """Return the cells of the bodies as those of one row."""
    found = {}
    for (code, *cell), counts in cells.items():
        found[code.partition("/")[0], *cell] = found.get((code.partition("/")[0], *cell), Counter()) + counts
    return found


def row_codes(catalogue):
    """Return the codes of all rows of countries and bodies."""
    items = [item for item in catalogue.statements() if item.country]
    return {body_code(item.issuer) if item.country == "INT" else item.country for item in items}


def heads(catalogue, chosen):
    """Return row and cell → force, tier and count of its head, as the comparison shows it."""
    rows = catalogue.compared([Head(code, code, "", code) for code in row_codes(catalogue)], chosen)
    cells = {(row.head.code, *cell): row.cells[cell] for row in rows for cell in CELLS}
    return {place: (cell.key, cell.head.tier, cell.head.count) for place, cell in cells.items() if cell.head}


def headed(answer):
    """Return the same of the rows of a query."""
    return {
        (
            body_code(row["body"]) if row["country"] == "INT" else row["country"],
            *(row[name].rpartition("/")[2] for name in ("activity", "stage")),
        ): (row["head"], row["tier"], int(row["count"]))
        for row in answer
        if row["head"]
    }


def counted(answer, by):
    """Return the same of the rows of a query."""
    cells = {}
    for row in answer:
        if by in row:
            place = tuple(row[name].rpartition("/")[2] for name in (by, "activity", "stage"))
            cells.setdefault(place, Counter())[row["state"]] += 1
    return cells


@pytest.mark.parametrize("state", STATES)
def test_the_query_finds_what_passes(catalogue, state):
    chosen = parse_comparison_filters(state)
    statements = sorted(row["statement"] for row in found(catalogue, chosen))
    assert statements == sorted(item.iri for item in catalogue.statements() if chosen.passes(item, TODAY))


def test_the_states_tell_statements_apart(catalogue):
    counts = [
        sum(parse_comparison_filters(state).passes(item, TODAY) for item in catalogue.statements()) for state in STATES
    ]
    assert len(set(counts)) > 5


def test_whatever_is_asked_for_the_query_counts_in_every_cell_what_the_comparison_shows(catalogue):
    answers = Counter()
    for asked in states(catalogue, RANDOM_STATES):
        chosen = parse_comparison_filters(asked)
        answer = found(catalogue, chosen)
        for by in ("country", "office"):
            assert counted(answer, by) == grouped(shown(catalogue, chosen, by)), asked
        answers[bool(answer), bool(chosen.on)] += 1
    assert min(answers[some, day] for some in (True, False) for day in (True, False)) >= 10


@pytest.mark.parametrize("name", [name for name, filter_ in FILTERS.items() if filter_.kind is not Kind.DAY])
def test_every_filter_alone_finds_what_it_lets_pass(catalogue, name):
    statements = catalogue.statements()
    for value in {value for item in statements for value in held(item, name)}:
        answer = {row["statement"] for row in found(catalogue, parse_comparison_filters([(name, value)]))}
        assert answer == {item.iri for item in statements if value in held(item, name)}
        assert answer


DAYS = ("", "1999", "2016-10", "2016-10-07", "2018-02-28", "2020", "2021-01-01", "2024-07", TODAY, "2040-01-01")


def test_the_query_tells_the_state_of_every_statement_on_every_day(catalogue):
    for day in DAYS:
        answer = {row["statement"]: row["state"] for row in found(catalogue, parse_comparison_filters([("on", day)]))}
        rule = {item.iri: state(item, day, TODAY) for item in catalogue.statements()}
        assert answer == {iri: found for iri, found in rule.items() if not day or found is not State.NOT_YET}


@pytest.mark.parametrize("state", [*STATES, *([("on", day)] for day in DAYS)])
def test_the_query_finds_the_heads_that_the_comparison_shows(catalogue, state):
    chosen = parse_comparison_filters(state)
    assert headed(found(catalogue, chosen, heads_query)) == heads(catalogue, chosen)


def test_whatever_is_asked_for_the_query_finds_the_heads(catalogue):
    compared = 0
    for asked in states(catalogue, 60, seed=8):
        chosen = parse_comparison_filters(asked)
        if len(heads_query(Asked(chosen, TODAY), SETTINGS.base)) <= 8_192:  # else the page offers none
            assert headed(found(catalogue, chosen, heads_query)) == heads(catalogue, chosen), asked
            compared += 1
    assert compared > 40


def test_a_new_filter_is_one_line_of_the_table(catalogue, monkeypatch):
    line = Filter(
        "audience", "Audience", Kind.CONCEPT, narrows=True, scheme="audience",
        sparql="{ ?statement ospo:audience ?audience . VALUES ?audience { $audience } }",
    )  # fmt: skip
    for module in (table, equivalent_sparql):
        monkeypatch.setattr(module, "FILTERS", {**FILTERS, "audience": line})
    codes = [concept.code for concept in concepts.concepts("audience")]
    chosen = parse_comparison_filters([("audience", codes[0]), ("audience", "on-request"), ("audience", "strong")])
    assert [str(complaint).partition(":")[0] for complaint in chosen.complaints] == ["audience=strong is not known"]
    answer = sorted(row["statement"] for row in found(catalogue, chosen))
    wanted = [item.iri for item in catalogue.statements() if {codes[0], "on-request"} & set(item.audience)]
    assert answer == sorted(wanted)
    assert wanted
