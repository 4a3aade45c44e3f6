"""A name that is no parameter is told on a page with the nearest one, and refused where a program asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.web.app import create_app
from registry.web.parameters import unknown_names
from tests.support.merged import SETTINGS, store
from tests.support.page import Page

PAGES = ("/compare", "/map", "/questions", "/questions/publish-code", "/countries", "/offices", "/policies", "/changes")
FILES = (
    *("/compare.csv", "/compare.json", "/compare.ttl", "/compare-cells.csv", "/questions/publish-code.csv"),
    *(f"/{kind}.{suffix}" for kind in ("countries", "offices", "policies", "changes") for suffix in ("csv", "json")),
    "/feed.atom",
)


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_shown_with_a_note_that_names_the_nearest(client, path):
    response = client.get(f"{path}?regoin=eu&lang=en", headers={"Accept": "text/html"})
    assert response.status_code == 200
    (note,) = Page(response.text).all("p", **{"class": "note"})
    assert "regoin is no parameter of this page: did you mean region?" in note[2]


@pytest.mark.parametrize("path", FILES)
def test_a_data_format_is_refused_with_what_is_known(client, path):
    response = client.get(f"{path}?regoin=eu")
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    assert "regoin is no parameter here: did you mean region? Known are " in response.get_json()["detail"]
    assert client.get(f"{path}?lang=fr").status_code == 200


def test_the_map_has_no_layout(client):
    assert "layout is no parameter of this page" in Page(client.get("/map?layout=side&lang=en").text).text


@given(st.lists(st.text()), st.lists(st.text(), min_size=1))
def test_each_unknown_name_is_told_once_and_no_other(names, known):
    told = [complaint.name for complaint in unknown_names(names, known)]
    assert sorted(told) == sorted(set(names) - {*known, "lang", ""})
