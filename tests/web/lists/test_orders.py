"""The orders of the lists: each page and file of an address is in the same one, and nothing is lost by it."""

import csv
import io

import pytest

from registry.readmodel.lists.orders import ORDERS
from registry.web.app import create_app
from tests.support.merged import SETTINGS, store
from tests.support.page import Page

PAIRS = [(kind, order) for kind, orders in ORDERS.items() for order in orders]


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


def rows(client, address):
    response = client.get(address)
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))


@pytest.mark.parametrize(("kind", "order"), PAIRS)
def test_page_and_files_are_in_the_same_order_and_the_page_marks_it(client, kind, order):
    shown = Page(client.get(f"/{kind}?sort={order}&lang=en", headers={"Accept": "text/html"}).text)
    (nav,) = shown.all("nav", **{"aria-label": "Order"})
    (current,) = [e for e in shown.all("a") if e[2] in nav[2] and e[1].get("aria-current") == "true"]
    assert shown.all("caption")[0][2].startswith(current[2])
    table = rows(client, f"/{kind}.csv?sort={order}&lang=en")
    assert client.get(f"/{kind}.json?sort={order}&lang=en").get_json()["rows"] == table
    pages = [f"/{kind}/" + row["page"].rpartition("/")[2] for row in table]
    heads = [e[1]["href"].partition("?")[0] for e in shown.all("a") if e[1]["href"].startswith(f"/{kind}/")]
    assert [href for href in heads if href in pages] == pages[: len(heads)]
    assert len(pages) > 1


@pytest.mark.parametrize(("kind", "order"), PAIRS)
def test_another_order_shows_the_same_things(client, kind, order):
    usual, other = (rows(client, f"/{kind}.csv{query}") for query in ("", f"?sort={order}"))
    assert sorted(row["iri"] for row in usual) == sorted(row["iri"] for row in other)


def test_the_newest_policies_come_first_and_those_without_a_day_last(client):
    days = [row["issued"] for row in rows(client, "/policies.csv?sort=-issued")]
    dated = [day for day in days if day]
    assert 1 < len(dated) < len(days)
    assert days == sorted(dated, reverse=True) + [""] * (len(days) - len(dated))


def test_policies_come_by_title_across_countries(client):
    titles = [row["title"].casefold() for row in rows(client, "/policies.csv?sort=title")]
    assert titles == sorted(titles)


def test_countries_come_by_their_number_of_policies(client):
    numbers = [int(row["policies"]) for row in rows(client, "/countries.csv?sort=-policies")]
    assert numbers == sorted(numbers, reverse=True)


def test_the_order_goes_along_with_facets_pages_and_search(client):
    shown = Page(client.get("/policies?sort=title&status=in-force").text)
    facets = [
        e[1]["href"] for e in shown.all("a") if e[1]["href"].startswith("/policies?") and "status" in e[1]["href"]
    ]
    others = [href for href in facets if "sort=" not in href]
    assert len(facets) > 3
    assert others == ["/policies?status=in-force"]  # the usual order
    assert shown.all("input", name="sort", value="title")


def test_an_order_that_does_not_exist_is_told_on_the_page_and_refused_in_files(client):
    response = client.get("/policies?sort=titel&lang=en", headers={"Accept": "text/html"})
    assert "sort=titel is not known: choose one of country, title, -issued, instrument" in Page(response.text).text
    refused = client.get("/policies.csv?sort=titel")
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
