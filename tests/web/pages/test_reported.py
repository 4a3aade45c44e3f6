"""What CSIS reports stands on the pages of its governments, under its own licence, and decides nothing."""

import csv
import io

import pytest

from registry.model import Layer
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES
from tests.support import merged
from tests.support.page import Page

LICENCE = "https://creativecommons.org/licenses/by/4.0/"
SHOWN = 20  # rows that are not folded


class Site:
    """A site, and its catalogue."""

    def __init__(self, sources):
        self.store = merged.fill(EmbeddedStore(), sources)
        app = create_app(merged.SETTINGS, self.store)
        self.client, self.catalogue = app.test_client(), app.config["CATALOGUE"]

    def get(self, path, accept="text/html"):
        response = self.client.get(path, headers={"Accept": accept})
        assert response.status_code == 200, path
        return response

    def csv(self, path):
        return list(csv.DictReader(io.StringIO(self.get(path, "text/csv").text, newline="")))


@pytest.fixture(scope="module")
def without():
    return Site(merged.SOURCES)


@pytest.fixture(scope="module")
def site():
    return Site(merged.SOURCES | merged.reported())


def test_every_row_is_a_policy_of_its_own_with_one_statement_of_the_layer_imported(site):
    found = site.catalogue.reported()
    assert len(found) == len({item.policy for item in found}) == 669
    assert {(item.layer, item.coverage, item.force, item.licence) for item in found} == {
        (Layer.IMPORTED, "not-assessed", "", LICENCE)
    }
    assert {item.policy for item in found} == {f"csis-{number:04}" for number in range(1, 670)}
    assert site.catalogue.skipped() == ()


@pytest.mark.parametrize("tag", LANGUAGES)
def test_a_country_that_only_the_table_knows_has_a_page_that_shows_it(site, tag):
    shown = site.get(f"/countries/KE?lang={tag}").text
    assert 'id="reported-csis-2022"' in shown
    assert "CSIS 2022" in shown
    assert "National ICT Policy" in shown
    assert "2019 · Directives &amp; Regulation · Procurement - advisory · Approved" in shown
    assert "The data set alone was read" not in shown  # on the page of the policy, not with each row
    assert "Lostri, E., Wood, G., and Jain, M. (2023)" in shown
    hrefs = {element[1].get("href") for element in Page(shown).all("a")}
    assert {
        LICENCE,
        "https://www.csis.org/programs/strategic-technologies-program/government-open-source-software-policies",
    } <= hrefs
    assert any(href.startswith("/policies/csis-") for href in hrefs if href)


def test_the_pages_of_all_governments_show_all_their_rows(site):
    by_country = {}
    for item in site.catalogue.reported():
        by_country.setdefault(item.country, set()).add(item.policy)
    assert len(by_country) == 109
    for code, policies in by_country.items():
        shown = Page(site.get(f"/countries/{code}").text)
        links = {element[1].get("href", "") for element in shown.all("a")}
        assert {f"/policies/{policy}" for policy in policies} <= links, code


def test_many_rows_are_folded(site):
    few, many = site.get("/countries/KE").text, site.get("/countries/AR").text
    folded = many.partition('id="reported-csis-2022"')[2].partition("<details>")
    assert folded[0].count("/policies/csis-") == SHOWN
    assert folded[2].partition("</details>")[0].count("/policies/csis-") == 69 - SHOWN
    assert "<details>" not in few.partition('id="reported-csis-2022"')[2].partition("</section>")[0]


def test_a_doubtful_year_is_shown_with_the_doubt(site):
    shown = site.get("/countries/CA").text
    assert "2006 · Strategy" in shown
    assert "The year does not agree with the document named." in shown
    assert [item.issued for item in site.catalogue.reported(country="CA")] == [""] * 8


@pytest.mark.parametrize(
    "path", ["/compare.csv", "/compare.json", "/compare.ttl", "/compare.csv?layer=imported", "/countries/FR.nt"]
)
def test_downloads_that_are_not_its_own_say_nothing_of_it(site, without, path):
    assert "csis" not in site.get(path).text.replace('"csis-2022": "https://creativecommons', "")
    if path.endswith(".csv"):
        assert site.csv(path) == without.csv(path)


def test_no_cell_and_no_total_is_another_with_it(site, without):
    def cells(of):
        heads = {item.code: item for item in of.catalogue.countries() if not item.is_only_reported}
        rows = of.csv("/countries.csv")
        return {
            row["country"]: {key: value for key, value in row.items() if key not in ("policies", "source")}
            for row in rows
            if row["country"] in heads
        }

    assert cells(site) == cells(without)
    rows = {row["country"]: row for row in site.csv("/countries.csv")}
    only = {item.code for item in site.catalogue.countries() if item.is_only_reported}
    assert {"KE", "CU"} < only
    shown = {value for code in only for key, value in rows[code].items() if "_" in key}
    assert shown == {"not-assessed"}
    assert {rows[code]["assessed"] for code in only} == {"0"}


def test_the_comparison_has_no_row_of_nothing_for_it_but_where_asked_for(site):
    assert "/countries/KE" not in site.get("/compare").text
    assert "/countries/KE" in site.get("/compare?country=KE").text


@pytest.mark.parametrize("suffix", ["csv", "ttl", "jsonld", "nt"])
def test_it_has_downloads_of_its_own_that_name_its_licence(site, suffix):
    response = site.get(f"/sources/csis-2022.{suffix}")
    assert response.headers["Link"] == f'<{LICENCE}>; rel="license"'
    assert "csis-0669" in response.text


def test_its_csv_has_all_rows_with_attribution_and_licence(site):
    rows = site.csv("/sources/csis-2022.csv")
    assert len(rows) == 669
    assert {row["licence"] for row in rows} == {LICENCE}
    assert all(row["attribution"].startswith("Lostri, E.") for row in rows)
    first = next(row for row in rows if row["policy"].endswith("/csis-0001"))
    assert (first["country"], first["title"], first["issued"]) == ("AR", "2607-D-2007", "2007")
    assert (first["own_word"], first["objective"]) == ("Procurement - advisory", "cost industry")


def test_a_source_that_reports_nothing_has_no_such_csv(site):
    assert site.client.get("/sources/bundled-fr.csv").status_code == 404
    assert site.client.get("/sources/nothing.csv").status_code == 404


def test_policies_are_marked_with_their_layer_in_lists(site):
    mark = "(Taken from a list)"
    listed = site.get("/policies?country=KE").text
    found = site.get("/search?q=National ICT Policy").text
    assert mark in listed
    assert mark in found
    assert mark not in site.get("/policies?country=FR&layer=compiled").text


def test_the_page_of_a_policy_says_that_nobody_read_it(site):
    shown = site.get("/policies/csis-0366").text
    assert "f-not-assessed" in shown
    assert "The data set alone was read" in shown
    assert LICENCE in shown


def test_the_timeline_of_a_country_draws_only_what_was_read(site, without):
    for code in ("FR", "DE", "CL"):
        pages = [of.get(f"/countries/{code}").text for of in (site, without)]
        bars = [page.partition('id="timeline"')[2].partition('id="statements"')[0] for page in pages]
        assert bars[0] == bars[1] != ""


def test_its_source_is_not_called_compiled_here(site):
    assert "compiled by OSPO Atlas, read on 2026-11-22)" not in site.get("/sources/csis-2022").text
    assert "compiled by OSPO Atlas, read on 2026-11-22)" in site.get("/sources/bundled-fr").text
