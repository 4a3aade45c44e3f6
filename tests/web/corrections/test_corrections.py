"""The corrections: whatever the log has is on the page, in the files and in the feed, in words and with its reason."""

import csv
import io
from importlib.resources import files
from xml.etree import ElementTree

import pytest
import yaml

from registry.readmodel.corrections import coding_log
from registry.store.embedded import EmbeddedStore
from registry.vocabulary import codebook
from registry.vocabulary.regions import members
from registry.web.app import create_app
from tests.support.atom import ATOM, problems
from tests.support.merged import SETTINGS, bundled, fill, store
from tests.support.page import Page

LOG = yaml.load((files("registry") / "data" / "coding-log.yaml").read_bytes(), yaml.CBaseLoader)["entries"]


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


@pytest.fixture(scope="module")
def whole():
    """The site with the bundled sources of two countries."""
    two = {name: source for name, source in bundled().items() if name in ("compiled-fr", "compiled-us")}
    return create_app(SETTINGS, fill(EmbeddedStore(), two)).test_client()


def page(client, path):
    response = client.get(path, headers={"Accept": "text/html", "Accept-Language": "en"})
    assert response.status_code == 200, path
    return Page(response.get_data(as_text=True))


def ids(client, query=""):
    return [row["id"] for row in client.get(f"/corrections.json{query}").get_json()["rows"]]


def test_every_entry_of_the_log_is_told_once_with_each_of_its_fields(client):
    rows = client.get("/corrections.json").get_json()["rows"]
    assert sorted(row["id"] for row in rows) == sorted(entry["id"] for entry in LOG)
    fields = {row["id"]: {change["field"] for change in row["changes"]} for row in rows}
    for entry in LOG:
        told = {name for side in (entry["old"], entry["new"]) if side != "null" for name in side}
        assert fields[entry["id"]] == told


def test_identifiers_are_anchors_that_an_address_can_hold():
    assert len({item.id for item in coding_log()}) == len(LOG) > 600
    assert [item.id for item in coding_log() if not item.id.replace("-", "").isalnum() or not item.id.isascii()] == []


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("?country=FR", lambda entry: entry["country"] == "FR"),
        ("?country=EL&country=us", lambda entry: entry["country"] in ("GR", "US")),
        ("?region=eu", lambda entry: entry["country"] in members(["eu"])),
        ("?activity=produce&stage=present", lambda entry: entry["cell"] == "produce/present"),
        ("?stage=promote", lambda entry: entry["cell"].endswith("/promote")),
        ("?policy=us-m-16-21", lambda entry: entry["policy"] == "us-m-16-21"),
    ],
)
def test_filters_leave_what_passes_on_page_files_and_feed(client, query, passes):
    wanted = [entry["id"] for entry in LOG if passes(entry)]
    assert 0 < len(wanted) < len(LOG)
    assert ids(client, query) == wanted
    table = csv.DictReader(io.StringIO(client.get(f"/corrections.csv{query}").get_data(as_text=True)))
    assert list(dict.fromkeys(row["id"] for row in table)) == wanted
    shown = page(client, f"/corrections{query}").all("article")
    assert [article[1]["id"] for article in shown] == wanted[:50]
    feed = ElementTree.fromstring(client.get(f"/corrections.atom{query}").data)
    links = [link.get("href") for link in feed.iterfind(f"{ATOM}entry/{ATOM}link")]
    assert [href.partition("#")[2] for href in links] == wanted[:100]


def test_pages_have_fifty_entries_each_and_all_of_them_together(client):
    seen = [
        e[1]["id"]
        for number in range(1, len(LOG) // 50 + 2)
        for e in page(client, f"/corrections?page={number}").all("article")
    ]
    assert sorted(seen) == sorted(entry["id"] for entry in LOG)


def test_old_and_new_are_told_in_words_of_the_language_with_reason_source_and_version(client):
    english = page(client, "/corrections?policy=us-m-16-21")
    (article,) = english.all("article", id="2026-11-30-us-m-16-21-use-prioritize")
    text = " ".join(article[2].split())
    assert "How bindingbefore: Must →; now: Consider" in text
    assert "Object of dutybefore: not said →; now: Consider open source" in text
    assert "Three steps: existing federal solutions" in text
    assert "How suremedium" in text
    assert "Codebook0.1" in text
    assert english.all("a", href="https://code.gov/roadmap", rel="nofollow noopener")
    french = page(client, "/corrections?policy=us-m-16-21&lang=fr").text
    assert "Must" not in french
    assert "Doit" in french


def test_the_feed_is_valid_and_tells_the_reason(client):
    body = client.get("/corrections.atom?country=EE").get_data(as_text=True)
    assert problems(body) == []
    reasons = "".join(ElementTree.fromstring(body).itertext())
    assert all(entry["why"] in reasons for entry in LOG if entry["country"] == "EE")


def test_country_and_policy_lead_to_their_corrections_where_there_are_any(whole):
    of_country = sum(entry["country"] == "FR" for entry in LOG)
    (link,) = page(whole, "/countries/FR").all("a", href="/corrections?country=FR")
    assert link[2].endswith(f": {of_country}")
    (link,) = page(whole, "/policies/us-m-16-21").all("a", href="/corrections?policy=us-m-16-21")
    assert link[2].endswith(f": {sum(entry['policy'] == 'us-m-16-21' for entry in LOG)}")
    leads = [e[1]["href"] for e in page(whole, "/countries/KE").all("a")]
    assert [href for href in leads if href.startswith("/corrections?")] == []
    assert page(whole, "/corrections?policy=us-m-16-21").all("a", href="/policies/us-m-16-21")


def test_a_registry_without_the_bundled_sources_leads_nowhere(client):
    assert "/corrections?country=FR" not in {e[1]["href"] for e in page(client, "/countries/FR").all("a")}


@pytest.mark.parametrize("query", ["?region=atlantis", "?cell=use", "?activity=sing"])
def test_what_is_not_known_is_told_and_refused(client, query):
    assert len(page(client, f"/corrections{query}").all("p", **{"class": "note"})) == 1
    for suffix in ("csv", "json", "atom"):
        assert client.get(f"/corrections.{suffix}{query}").status_code == 400


def test_the_codebook_is_served_as_it_is_with_its_version(client):
    response = client.get("/codebook")
    assert (response.status_code, response.content_type) == (200, "text/plain; charset=utf-8")
    assert response.get_data(as_text=True) == codebook.text()
    assert f"Version {codebook.version()}," in codebook.text()
    assert f"Codebook, version {codebook.version()}" in page(client, "/corrections").text
