"""Every country has a page, each of its names leads to it, and every view can be narrowed to a region."""

import csv
import io

import pytest
from pyoxigraph import RdfFormat, parse

from registry.iri.names import term
from registry.vocabulary import jurisdictions
from registry.vocabulary.regions import members, regions
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES
from tests.support.merged import SETTINGS, store
from tests.support.page import Cells, Page

CODES = [country.code for country in jurisdictions.jurisdictions()]
KNOWN = {"FR", "DE", "CL", "GR"}
CALLED = (
    *(("Danmark", "DK"), ("Sverige", "SE"), ("Suomi", "FI"), ("Česko", "CZ"), ("Ελλάδα", "GR"), ("Britain", "GB")),
    *(("USA", "US"), ("UK", "GB"), ("EL", "GR"), ("Kenya", "KE"), ("日本", "JP"), ("Holland", "NL"), ("deu", "DE")),
)


@pytest.fixture(scope="module")
def client():
    application = create_app(SETTINGS, store())
    yield application.test_client()
    application.config["ENDPOINT"].close()


def page(client, path, status=200):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == status, path
    return Page(response.get_data(as_text=True))


def hrefs(shown, start):
    """Return the paths of the links of a page's main part that begin so, in their order, without their query."""
    everything = [e for e in shown.elements if e[0] in ("main", "a", "footer")]
    within = everything[[e[0] for e in everything].index("main") : [e[0] for e in everything].index("footer")]
    paths = [e[1]["href"].partition("?")[0] for e in within if e[0] == "a"]
    return [path for path in paths if path.startswith(start)]


@pytest.mark.parametrize("code", CODES)
def test_every_country_has_a_page_that_is_well_formed_and_bears_its_name(client, code):
    for tag in ("en", LANGUAGES[CODES.index(code) % len(LANGUAGES)]):
        shown = page(client, f"/countries/{code}?lang={tag}")
        assert (shown.wrong, shown.open) == ([], [])
        assert jurisdictions.country_name(code, tag) in shown.all("h1")[0][2]
        assert ("Nothing is known here yet" in shown.text) is (tag == "en" and code not in KNOWN)
        names = [e[1]["id"] for e in shown.elements if "id" in e[1]]
        assert len(names) == len(set(names))
    assert client.get(f"/countries/{code}.ttl").status_code == 200


@pytest.mark.parametrize(("name", "code"), CALLED)
def test_a_country_is_the_first_that_its_name_finds(client, name, code):
    for path in ("/search", "/countries"):
        shown = Page(client.get(path, query_string={"q": name}, headers={"Accept": "text/html"}).text)
        assert hrefs(shown, "/countries/")[0] == f"/countries/{code}"
    (first, *_) = client.get("/countries.json", query_string={"q": name}).get_json()["rows"]
    assert first["country"] == code


@pytest.mark.parametrize("written", ["UK", "gb", "uk", "GBR", "Britain", "Großbritannien", "Royaume-Uni", "england"])
def test_every_spelling_and_name_in_an_address_leads_to_the_one_page(client, written):
    for suffix, query in (("", ""), ("", "?lang=fr"), (".ttl", ""), ("/fingerprint.svg", "")):
        response = client.get(f"/countries/{written}{suffix}{query}", headers={"Accept": "text/html"})
        assert (response.status_code, response.location) == (301, f"/countries/GB{suffix}{query}")


def test_what_is_no_country_is_not_found(client):
    for name in ("QQ", "Narnia", "%00", "..%2f", "a" * 3000):
        page(client, f"/countries/{name}", 404)


def test_a_country_of_which_nothing_is_known_says_so_and_leads_to_its_neighbours_and_to_us(client):
    shown = page(client, "/countries/BE")
    assert "That does not say that there is none" in shown.text
    assert "no policy of this country or body" in shown.text
    assert hrefs(shown, "/countries/")[:2] == ["/countries/FR", "/countries/DE"]  # the others of Western Europe
    assert SETTINGS.contact in [e[1]["href"] for e in shown.all("a")]
    assert "/method#description" in [e[1]["href"] for e in shown.all("a")]
    assert not shown.all("table")


def test_a_country_without_known_neighbours_leads_to_those_of_the_wider_region(client):
    assert hrefs(page(client, "/countries/MX"), "/countries/")[0] == "/countries/CL"  # of Latin America
    assert not page(client, "/countries/KE").all("h2", id="neighbours")


def test_a_country_shows_its_names_its_codes_and_its_regions_since_when(client):
    shown = page(client, "/countries/GB")
    assert "GB · GBR" in shown.all("p", **{"class": "soft"})[0][2]
    assert "Also called: Britain, Great Britain" in shown.text
    assert "European Union from 1973-01-01 until 2020-01-31" in shown.text
    assert "Council of Europe since 1949-05-05" in shown.text
    assert "/compare?region=eu&on=2020-01-31" in [e[1]["href"] for e in shown.all("a")]
    own = [e for e in page(client, "/countries/FI").all("span") if "lang" in e[1]]
    assert [(e[1]["lang"], e[2]) for e in own] == [("fi", "Suomi")]  # in Swedish it is called as in English


def test_the_list_has_every_country_first_those_of_which_something_is_known(client):
    paths = [path for number in (1, 2, 3) for path in hrefs(page(client, f"/countries?page={number}"), "/countries/")]
    assert sorted(paths) == [f"/countries/{code}" for code in sorted(CODES)]
    assert {path.rpartition("/")[2] for path in paths[: len(KNOWN)]} == KNOWN
    heads = [e[2] for e in page(client, "/countries").all("th", scope="rowgroup")]
    assert heads == ["Something is known", "Nothing is known here yet"]
    assert [e[2] for e in page(client, "/countries?page=3").all("th", scope="rowgroup")] == heads[1:]


def heads(client, path):
    return set(Cells(client.get(f"{path}&empty=1", headers={"Accept": "text/html"}).text).names)


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("region=eu", {"FR", "DE", "GR"}),
        ("region=UN-151", set()),
        ("region=western-europe", {"FR", "DE"}),
        ("region=western-europe&region=americas", {"FR", "DE", "CL"}),
        ("region=eu&country=FR&country=CL", {"FR"}),
        ("region=eu&on=1980", {"FR", "DE"}),
        ("region=oecd&on=2010-05-06", {"FR", "DE", "GR"}),
        ("region=oecd&on=2010-05-07", KNOWN),
    ],
)
def test_the_comparison_has_the_countries_of_a_region_in_every_format(client, query, codes):
    assert heads(client, f"/compare?{query}") == codes
    table = csv.DictReader(io.StringIO(client.get(f"/compare.csv?{query}").text, newline=""))
    assert {row["country"] for row in table} == codes
    data = client.get(f"/compare.json?{query}").get_json()
    assert {row["country"] for row in data["rows"]} == codes
    assert data["filters"]["region"]
    turtle = parse(client.get(f"/compare.ttl?{query}").data, RdfFormat.TURTLE)
    statements = {quad.subject.value for quad in turtle if quad.object == term("ospo:PolicyStatement")}
    assert statements == {row["statement"] for row in data["rows"]} - {""}
    names = {jurisdictions.country_name(code, "en") for code in codes}
    assert {e[2].strip() for e in page(client, f"/map?{query}").all("th", scope="row")} == names
    drawing = client.get(f"/compare.svg?{query}").text.partition("</desc>")[2]
    assert all(name in drawing for name in names)


def test_the_query_behind_a_region_names_its_countries_of_that_day(client):
    (link,) = [e[1]["href"] for e in page(client, "/compare?region=eu&on=2019").all("a") if "/sparql?" in e[1]["href"]]
    shown = page(client, link).all("textarea")[0][2]
    named = set(shown.partition("VALUES ?country {")[2].partition("}")[0].replace('"', "").split())
    assert named == members(["eu"], "2019")
    assert "GB" in named


def test_a_region_that_does_not_exist_is_complained_of_with_those_that_do(client):
    for path in ("/compare", "/map"):
        (note,) = page(client, f"{path}?region=atlantis").all("p", **{"class": "note"})
        assert "region=atlantis is not known: choose one of europe, eu, eea" in note[2]
    refused = client.get("/compare.json?region=atlantis")
    assert (refused.status_code, refused.mimetype) == (400, "application/problem+json")
    assert "region=atlantis" in refused.get_json(force=True)["detail"]
    assert "region=atlantis is not known" in page(client, "/changes?region=atlantis").text


@pytest.mark.parametrize("path", ["/compare", "/map", "/changes"])
def test_the_form_offers_every_region_and_keeps_the_chosen_ones(client, path):
    shown = page(client, f"{path}?region=eu&lang=de")
    (field,) = shown.all("select", name="region")
    options = shown.elements[shown.elements.index(field) + 1 :][: len(regions()) + 1]
    assert [e[1]["value"] for e in options] == ["", *regions()]
    assert [e[2] for e in options if "selected" in e[1]] == ["Europäische Union"]
    assert shown.all("label", **{"for": field[1]["id"]})


def test_regions_beyond_the_first_are_sent_along_by_the_form(client):
    everything = page(client, "/compare?region=eu&region=g20").elements
    (form,) = [at for at, e in enumerate(everything) if e[0] == "form" and e[1].get("class") == "filters"]
    (field,) = [at for at, e in enumerate(everything) if e[0] == "select" and e[1]["name"] == "region"]
    assert [e[1]["value"] for e in everything[form:field] if e[1].get("name") == "region"] == ["g20"]
