"""The answers to questions: page, file and query of one address say the same, and near misses say why."""

import csv
import io
import json

import pytest

from registry.endpoint.query import read_query
from registry.endpoint.results import run
from registry.iri.names import code_of
from registry.readmodel.comparison.filters import parse_comparison_filters
from registry.readmodel.comparison.on_a_day import State, state
from registry.readmodel.comparison.roll_up import CELLS
from registry.readmodel.comparison.rows import Asked
from registry.readmodel.questions.questions import OFFICES, question_query, questions
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import JSON
from registry.vocabulary import concepts
from registry.web.app import create_app
from registry.web.data.sparql import FIRST
from tests.support.merged import SETTINGS, bundled, fill, reported
from tests.support.page import Page

NAMES = [name for name, question in questions().items() if question.kind != OFFICES]
ADDRESSES = ("", "?region=europe", "?region=eu&on=2019-06-01", "?country=FR&country=DE", "?on=1990-01-01")


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, fill(EmbeddedStore(), bundled() | reported())).test_client()


def rows(client, name, query):
    """Return the rows of the file of a question."""
    response = client.get(f"/questions/{name}.csv{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))


def page(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    return Page(response.get_data(as_text=True))


def asked(client, query):
    """Return the statements that a query finds."""
    catalogue = client.application.config["CATALOGUE"]
    text = read_query(query, SETTINGS.base, 8_192).text
    answer = run(catalogue.store._store, text, JSON, f"{SETTINGS.base}/merged", 10_000, 4_000_000)
    return json.loads(answer.body)["results"]["bindings"]


def anchors(shown):
    """Return the fragments of the statements to which the tables of a page lead."""
    return [e[1]["href"].partition("#")[2] for e in shown.all("a") if e[1].get("href", "").startswith("/policies/")]


@pytest.mark.parametrize("query", ADDRESSES)
@pytest.mark.parametrize("name", NAMES)
def test_page_file_and_query_have_the_same_rows(client, name, query):
    found = rows(client, name, query)
    yes = [row for row in found if row["answer"] == "yes"]
    shown = anchors(page(client, f"/questions/{name}{query}"))
    assert sorted(shown[: len(yes)]) == sorted(row["statement"].partition("#")[2] for row in yes)
    catalogue = client.application.config["CATALOGUE"]
    filters = parse_comparison_filters([tuple(pair.split("=")) for pair in query[1:].split("&") if pair])
    answers = asked(client, question_query(questions()[name], Asked(filters, catalogue.today()), SETTINGS.base))
    told = {row["statement"]["value"]: (row["country"]["value"], code_of(row["force"]["value"])) for row in answers}
    assert told == {row["statement"]: (row["country"], row["force"]) for row in yes}
    assert {row["statement"]["value"]: row["since"]["value"] for row in answers} == {
        row["statement"]: row["since"] for row in yes
    }


def test_the_questions_have_answers(client):
    counts = {name: sum(row["answer"] == "yes" for row in rows(client, name, "")) for name in NAMES}
    assert sum(count > 0 for count in counts.values()) >= 6  # none is known of money for others
    assert counts["publish-code"] >= 8


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_holds_for_the_whole_and_a_near_miss_says_why_not(client, name):
    catalogue = client.application.config["CATALOGUE"]
    by_iri = {item.iri: item for item in catalogue.statements()}
    question = questions()[name]
    for row in rows(client, name, ""):
        item = by_iri[row["statement"]]
        assert f"{item.activity}/{item.stage}" in question.cells
        if row["answer"] == "yes":
            assert (row["why"], state(item, "", catalogue.today())) == ("", State.HOLDS)
            assert item.level not in ("regional", "local", "association")
            assert (item.force in question.forces, item.duty in question.duties) == (True, True)
        else:
            assert row["why"]


def test_the_first_example_of_the_query_page_is_the_question_that_home_asks_first(client):
    home = page(client, "/")
    assert FIRST in home.text
    (link,) = [e[1]["href"] for e in home.all("a") if e[2] == FIRST]
    example = page(client, "/sparql").all("pre")[0][2]
    found = {row["statement"]["value"] for row in asked(client, example)}
    path, _, query = link.partition("?")
    yes = {row["statement"] for row in rows(client, path.rpartition("/")[2], f"?{query}") if row["answer"] == "yes"}
    assert found == yes
    assert len(yes) > 5


def test_on_a_day_long_ago_nothing_answers(client):
    assert [row for name in NAMES for row in rows(client, name, "?on=1970-01-01") if row["answer"] == "yes"] == []


def test_what_is_not_known_is_said(client):
    assert client.get("/questions/nothing").status_code == 404
    refused = client.get("/questions/publish-code.csv?colour=red")
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
    assert "colour is no parameter" in page(client, "/questions/publish-code?colour=red").text
    assert client.get("/questions/publish-code.csv?region=atlantis").status_code == 400


def test_who_has_an_office_counts_no_claims(client):
    listed = rows(client, "offices", "?region=europe")
    assert len(listed) > 10
    assert {row["claimed_by"] for row in listed} == {""}
    assert page(client, "/questions/offices").text.count("Open Source") > 3


def test_each_question_is_about_cells_duties_and_forces_that_there_are():
    known = {scheme: {concept.code for concept in concepts.concepts(scheme)} for scheme in ("duty", "force")}
    cells = {"/".join(cell) for cell in CELLS}
    for question in questions().values():
        assert set(question.cells) <= cells
        assert {*question.duties, *question.near} <= known["duty"]
        assert set(question.forces) <= known["force"]
    assert len(questions()) == 8
