"""Names, titles and texts are in the reader's language where they are there in it, else their language is named."""

import csv
import io
import json
from datetime import timedelta

import pytest

from registry.model import Source
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES
from tests.support.merged import AT, SETTINGS, fill, received, writer_on
from tests.support.page import Page

BODY = """
url: https://lang.example
name:
  fr-FR: Bureau du libre
  en-GB: Bureau of Free Software
  de-AT: Amt für Quelloffenes
country: FR
level: central
policies:
  - id: fr-p
    title:
      fr-FR: Politique de publication
      de-AT: Richtlinie
    url: https://lang.example/p
    country: FR
    level: central
    instrument: guideline
    status: in-force
    issued: 2024
    matrix:
      produce:
        present:
          force: required
          duty: publish-code
          binds: [central]
          text:
            fr-FR: Le code est publié.
            de-AT: Code wird veröffentlicht.
          evidence: ['https://lang.example/p']
"""
NAMES = {"fr": ("Bureau du libre", "fr-fr"), "de": ("Amt für Quelloffenes", "de-at")}
TITLES = {"fr": ("Politique de publication", "fr-fr")}
TEXTS = {"fr": ("Le code est publié.", "fr-fr")}
OTHERS = ("Bureau of Free Software", "en-gb"), ("Richtlinie", "de-at"), ("Code wird veröffentlicht.", "de-at")
GERMAN = {"en": "German", "fr": "allemand", "es": "alemán", "it": "tedesco", "nl": "Duits"}
OF_NAME = (
    "/changes?kind=added",
    "/offices",
    "/offices/lang-example",
    "/policies/fr-p",
    "/search?q=bureau",
    "/compare?rows=offices",
    "/countries/FR",
)
OF_TITLE = (
    "/changes?kind=added",
    "/policies",
    "/policies/fr-p",
    "/offices/lang-example",
    "/search?q=politique",
    "/compare?layout=statements",
)
OF_TEXT = ("/policies/fr-p", "/offices/lang-example", "/countries/FR", "/compare?layout=statements")
FILES = {  # download → the columns of name, title and text
    "/offices": ("name", "", ""),
    "/policies": ("", "title", ""),
    "/compare": ("", "policy", "text"),
    "/compare-cells": ("", "head_policy", ""),
    "/new": ("", "act", ""),
    "/questions/publish-code": ("", "act", "text"),
    "/questions/offices": ("office", "", ""),
}


@pytest.fixture(scope="module")
def client():
    store, own = EmbeddedStore(), Source("own", "https://lang.example/.well-known/ospo-meta")
    writer = writer_on(store)
    # the first reading of a source counts what is new, and names nothing
    for hour, body in enumerate(("url: https://empty.example\nname: Empty\ncountry: BE\n", BODY)):
        writer.admit(received(own, body.encode(), AT + timedelta(hours=hour)))
    writer.merge()
    return create_app(SETTINGS, store).test_client()


def page(client, path, language):
    return Page(client.get(path, headers={"Accept": "text/html", "Accept-Language": language}).text)


def expected(language):
    return NAMES.get(language, OTHERS[0]), TITLES.get(language, OTHERS[1]), TEXTS.get(language, OTHERS[2])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("place", "path"),
    [(place, path) for place, paths in enumerate((OF_NAME, OF_TITLE, OF_TEXT)) for path in paths],
)
def test_every_page_shows_the_words_in_the_language_of_its_reader_and_marks_their_own(client, language, place, path):
    value, tag = expected(language)[place]
    shown = page(client, path, language)
    found = [element for element in shown.all("bdi") if element[2] == value]
    assert found, shown.text
    assert {element[1].get("lang") for element in found} == {tag}


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_there_is_nothing_in_the_readers_language_the_language_is_named(client, language):
    (heading,) = page(client, "/policies/fr-p", language).all("h1")
    is_there = language in ("fr", "de")
    assert ("(" in heading[2]) == (not is_there)
    if not is_there:
        assert heading[2] == f"Richtlinie ({GERMAN[language]})"


def test_a_regional_reader_and_a_regional_name_find_each_other(client):
    for accept, value in (("fr-CA", "Bureau du libre"), ("en-US", "Bureau of Free Software"), ("de-CH", "Amt für")):
        (heading,) = page(client, "/offices/lang-example", accept).all("h1")
        assert heading[2].startswith(value)
        assert "(" not in heading[2]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", FILES)
def test_every_download_has_the_words_of_its_reader_and_a_column_that_tells_their_language(client, language, path):
    text = client.get(f"{path}.csv?lang={language}").get_data(as_text=True)
    (row,) = [row for row in csv.DictReader(io.StringIO(text)) if any(row[name] for name in FILES[path] if name)]
    for column, (value, tag) in zip(FILES[path], expected(language), strict=True):
        if column:
            assert (row[column], row[f"{column}_language"]) == (value, tag)


def test_json_tells_the_same_as_csv(client):
    told = json.loads(client.get("/policies.json?lang=it").data)["rows"]
    assert [(row["title"], row["title_language"]) for row in told] == [("Richtlinie", "de-at")]


def test_lists_are_in_the_order_of_the_names_that_the_reader_sees():
    offices = "".join(
        f"https://{host}.example:\n  name: {{en: {english}, fr: {french}}}\n  country: FR\n"
        for host, english, french in (("a", "Apple", "Pomme"), ("b", "Pear", "Abricot"), ("c", "Zebra", "Le zèbre"))
    )
    source = Source("list", "https://list.example/all.yaml", kind="list", rank=10)
    shown = create_app(SETTINGS, fill(EmbeddedStore(), {"list": (source, offices.encode())})).test_client()
    for query in ("", "&sort=name"):
        for language, names in (("en", ["Apple", "Pear", "Zebra"]), ("fr", ["Abricot", "Le zèbre", "Pomme"])):
            text = shown.get(f"/offices.csv?lang={language}{query}").get_data(as_text=True)
            assert [row["name"] for row in csv.DictReader(io.StringIO(text))] == names
            found = page(shown, f"/offices?lang={language}{query}", "").all("th", scope="row")
            assert [element[2].partition(" (")[0] for element in found] == names
