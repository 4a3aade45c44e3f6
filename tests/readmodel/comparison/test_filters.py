"""What a query string asks for, and that whatever it says the state of the comparison can be written down again."""

import pytest
from werkzeug.datastructures import MultiDict

from registry.readmodel.comparison.filters import NO_FILTERS, parse_comparison_filters
from registry.readmodel.values import Statement
from registry.web.app import create_app
from registry.web.compare.address_state import parse_comparison_address
from tests.support.merged import SETTINGS, store

ITEM = Statement(
    "s",
    "use",
    "present",
    "stated",
    "in-force",
    "compiled",
    "a",
    "p",
    force="required",
    country="FR",
    issued="2020-01-01",
)


@pytest.fixture(scope="module")
def app():
    return create_app(SETTINGS, store())


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ([], True),
        ([("country", "FR")], True),
        ([("country", "fr")], True),
        ([("country", "DE"), ("country", "FR")], True),
        ([("country", "DE")], False),
        ([("activity", "use"), ("force", "required")], True),
        ([("activity", "use"), ("force", "preferred")], False),
        ([("layer", "compiled")], True),
        ([("region", "eu")], True),
        ([("region", "UN-155"), ("region", "asia")], True),
        ([("region", "asia")], False),
        ([("region", "eu"), ("country", "DE")], False),
        ([("region", "eu"), ("country", "FR"), ("on", "2020")], True),
        ([("on", "2020")], True),
        ([("on", "2019-12-31")], False),
        ([("unheard-of", "x"), ("page", "2")], True),
    ],
)
def test_a_statement_passes_what_it_meets(query, passes):
    chosen = parse_comparison_filters(query)
    assert chosen.passes(ITEM) is passes
    assert chosen.complaints == ()


def test_spellings_of_a_country_are_one():
    assert parse_comparison_filters([("country", "EL")]).chosen == {"country": frozenset({"GR"})}


@pytest.mark.parametrize("asked", [[("on", "2019-12-31"), ("region", "eu")], [("region", "eu"), ("on", "2019-12-31")]])
def test_a_region_stands_for_the_countries_that_belong_to_it_on_the_day(asked):
    then, now = parse_comparison_filters(asked), parse_comparison_filters([("region", "eu")])
    assert then.chosen["country"] - now.chosen["country"] == {"GB"}
    assert now.chosen["country"] < then.chosen["country"]
    assert parse_comparison_filters([*asked, ("country", "UK"), ("country", "US")]).chosen["country"] == {"GB"}
    assert parse_comparison_filters([("region", "eu"), ("on", "1950")]).chosen == {"country": frozenset()}
    assert then.asked() == {"region": frozenset({"eu"})}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("force", "strong"),
        ("on", "yesterday"),
        ("on", "2020-13"),
        ("on", "2021-02-30"),
        ("on", "3000"),
        ("status", "\x00"),
        ("region", "atlantis"),
        ("region", "un-999"),
    ],
)
def test_what_is_not_understood_is_said_with_what_would_be(name, value):
    complaint = str(*parse_comparison_filters([(name, value)]).complaints)
    assert complaint.startswith(f"{name}={value} is")
    assert "write it as" in complaint or "choose one of" in complaint


def test_only_filters_of_statements_leave_rows_out():
    assert not NO_FILTERS.narrows
    assert not parse_comparison_filters(
        [("country", "FR"), ("activity", "use"), ("stage", "present"), ("on", "2020")]
    ).narrows
    assert parse_comparison_filters([("layer", "imported")]).narrows
    assert parse_comparison_filters([("office", "x")]).narrows


@pytest.mark.parametrize(
    "query",
    [
        "",
        "country=FR&country=DE&activity=use&on=2020-01-01",
        "rows=offices&layout=statements&force=required",
        "layout=side&differences=1&country=FR&country=DE",
        "region=eu&region=eastern-asia&on=2019",
        "region=eu&country=FR&country=CL&rows=offices",
        "region=atlantis",
    ],
)
def test_a_state_has_one_address_that_means_it(app, query):
    pairs = [tuple(pair.split("=")) for pair in query.split("&") if pair]
    with app.test_request_context(f"/compare?{query}"):
        state = parse_comparison_address(MultiDict(pairs))
        address = state.address()
    again = MultiDict([tuple(pair.split("=")) for pair in address.partition("?")[2].split("&") if pair])
    assert parse_comparison_address(again) == state
    assert sorted(again.items(multi=True)) == sorted(pairs)


def test_a_change_of_state_changes_nothing_else(app):
    with app.test_request_context("/compare?lang=fr"):
        app.preprocess_request()
        state = parse_comparison_address(MultiDict([("country", "FR"), ("country", "DE"), ("force", "required")]))
        assert state.without("country", "DE") == "/compare?country=FR&force=required&lang=fr"
        assert state.address(".csv", force=None) == "/compare.csv?country=DE&country=FR&lang=fr"


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "٣"])
def test_a_page_that_is_none_is_the_first(page):
    assert parse_comparison_address(MultiDict([("page", page)])).page == 1


@pytest.mark.parametrize(
    ("name", "value", "known"),
    [("rows", "towns", "countries, offices"), ("layout", "cube", "matrix, side, statements")],
)
def test_an_unknown_layout_is_complained_of_and_shown_as_usual(name, value, known):
    state = parse_comparison_address(MultiDict([(name, value)]))
    assert list(map(str, state.complaints)) == [f"{name}={value} is not known: choose one of {known}"]
    assert (state.rows, state.layout) == ("countries", "matrix")
