"""What is new: page, file and feed tell the same of the dates of laws and policies, whenever they were read."""

import csv
import io
from datetime import date
from xml.etree import ElementTree

import pytest

from registry.model import Layer, Source
from registry.readmodel.catalogue import Catalogue
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from tests.support.atom import ATOM, problems
from tests.support.merged import SETTINGS, fill
from tests.support.page import Page

PAGE = b"""
policies:
  - title: Old, renewed
    id: renewed
    country: FR
    level: central
    instrument: primary-law
    status: in-force
    issued: 1999-01-01
    in_force_from: 1999-02-01
    url: https://law.example/renewed
    matrix:
      produce:
        present:
          force: required
          duty: publish-code
          provision: art. 2
          in_force_from: 2026-03-01
          changes: [Loi 7]
          text: {en: Publish.}
      use: {prioritize: {force: encouraged, duty: prefer-open-source, text: {en: Old.}}}
  - title: Circular
    id: circular
    url: https://law.example/circular
    country: FR
    level: central
    instrument: guideline
    status: in-force
    issued: 2025-05-05
    in_force_until: 2027-05-05
    matrix: {use: {present: {force: informational, duty: organise, text: {en: Helps.}}}}
  - title: Entwurf
    id: draft
    url: https://law.example/draft
    country: DE
    level: central
    instrument: primary-law
    status: proposed
    issued: 2026-10-10
    matrix: {use: {prioritize: {force: preferred, duty: prefer-open-source, text: {en: First.}}}}
  - title: Plan
    id: plan
    url: https://law.example/plan
    country: DE
    level: central
    instrument: strategy
    status: expired
    issued: 2020-01-01
    in_force_until: 2025
    matrix: {use: {prioritize: {force: preferred, duty: prefer-open-source, text: {en: First.}}}}
  - title: Soon
    id: soon
    url: https://law.example/soon
    country: NO
    level: central
    instrument: secondary-law
    status: adopted
    issued: 2026-11-11
    in_force_from: 2027-01-01
    matrix: {use: {prioritize: {force: considered, duty: consider-open-source, text: {en: Look.}}}}
"""
ALL = [
    ("2027-05-05", "ends", "Circular"),
    ("2027-01-01", "begins", "Soon"),
    ("2026-10-10", "planned", "Entwurf"),
    ("2026-03-01", "changed", "Old, renewed"),
    ("2025-05-05", "began", "Circular"),
    ("2025", "ended", "Plan"),
]


@pytest.fixture(scope="module")
def client():
    source = Source("compiled-x", "http://bundled.ospo-atlas.example/x.yaml", layer=Layer.COMPILED, rank=1000)
    store = fill(EmbeddedStore(), {"x": (source, PAGE)})
    application = create_app(SETTINGS, store)
    application.config["CATALOGUE"] = Catalogue(store, SETTINGS.base, lambda: date(2026, 12, 1))
    return application.test_client()


def rows(client, query=""):
    body = client.get(f"/new.csv{query}").get_data(as_text=True)
    return [(row["day"], row["what"], row["act"]) for row in csv.DictReader(io.StringIO(body))]


def page(client, query=""):
    response = client.get(f"/new{query}", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert response.status_code == 200
    return Page(response.get_data(as_text=True))


def test_the_file_has_what_dates_tell_the_latest_first(client):
    assert rows(client) == ALL


@pytest.mark.parametrize(
    ("query", "passes"),
    [
        ("", lambda row: True),
        ("?country=DE", lambda row: row[2] in ("Entwurf", "Plan")),
        ("?region=eu", lambda row: row[2] != "Soon"),
        ("?activity=produce&stage=present", lambda row: row[2] == "Old, renewed"),
        *((f"?what={what}", lambda row, what=what: row[1] == what) for _, what, _ in ALL),
        ("?what=issued", lambda row: False),
    ],
)
def test_page_file_and_feed_tell_the_same(client, query, passes):
    wanted = [row for row in ALL if passes(row)]
    assert rows(client, query) == wanted
    shown = page(client, query)
    assert [head[2] for head in shown.all("th", scope="row")] == [act for _, _, act in wanted]
    feed = client.get(f"/new.atom{query}").get_data(as_text=True)
    assert problems(feed) == []
    titles = [entry.find(f"{ATOM}title").text for entry in ElementTree.fromstring(feed).iter(f"{ATOM}entry")]
    assert [title.split(":")[0] for title in titles] == [day for day, _, _ in wanted]


def test_a_row_tells_cell_force_article_whom_it_binds_and_leads_to_its_statement(client):
    shown = page(client, "?what=changed")
    text = " ".join(shown.all("tbody")[0][2].split())
    for part in ("2026-03-01", "France", "art. 2", "Publish – Rules", "Must", "central (assumed from its level)"):
        assert part in text
    (href,) = [e[1]["href"] for e in shown.all("a") if e[1]["href"].startswith("/policies/renewed#")]
    path, _, anchor = href.partition("#")
    assert f'id="{anchor}"' in client.get(path).get_data(as_text=True)
    assert shown.all("a", href="https://law.example/renewed")


@pytest.mark.parametrize("query", ["?what=new", "?regoin=eu", "?stage=sing"])
def test_what_is_not_known_is_told_and_refused(client, query):
    assert len(page(client, query).all("p", **{"class": "note"})) == 1
    for suffix in ("csv", "atom"):
        response = client.get(f"/new.{suffix}{query}")
        assert (response.status_code, response.mimetype) == (400, "application/problem+json")


def test_home_and_changes_lead_here(client):
    for path in ("/", "/changes"):
        assert Page(client.get(path, headers={"Accept": "text/html"}).text).all("a", href="/new")
