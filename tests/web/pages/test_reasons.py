"""Why a source is as it is stands on the pages in the language of the reader, and is marked where it stays English."""

from dataclasses import replace

import pytest

from registry.model import Fetch, Outcome, Source, Step
from registry.reasons.reasons import reason
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from tests.support.merged import AT, SETTINGS, SOURCES, fill, writer_on
from tests.support.page import Page

MISSING = Source("missing", "https://missing.example/", title="Missing")
STRANGE = Source("strange", "https://strange.example/", title="Strange")
WHY = reason("status-nothing", url=MISSING.url, status=404)
STEPS = (
    Step(MISSING.url, reason("step-redirects", target="https://missing.example/x"), 302),
    Step("https://missing.example/x", "Not Found", 404),
)
PATHS = ("/sources", "/sources/missing", "/changes")


@pytest.fixture(scope="module")
def client():
    """The site of a registry with a source that is gone, and one of which a program of another version said why."""
    filled = fill(EmbeddedStore(), SOURCES)
    writer = writer_on(filled, SETTINGS)
    gone = Fetch(MISSING, AT, MISSING.url, 404, outcome=Outcome.GONE, reason=WHY, steps=STEPS)
    writer.admit(gone)
    writer.admit(replace(gone, source=STRANGE, reason="It is not there.", steps=()))
    writer.merge()
    application = create_app(SETTINGS, filled)
    yield application.test_client()
    application.config["ENDPOINT"].close()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            "https://missing.example/ answers 404, there is nothing: publish the file there, or correct the address",
        ),
        ("fr", "https://missing.example/ répond 404, il n'y a rien : publiez-y le fichier, ou corrigez l'adresse"),
        ("it", "https://missing.example/ risponde 404, non c'è nulla: pubblicarvi il file, o correggere l'indirizzo"),
    ],
)
def test_a_reason_is_told_in_the_language_of_the_page(client, path, language, told):
    page = Page(client.get(f"{path}?lang={language}").text)
    shown = [(attributes.get("lang"), text) for tag, attributes, text in page.elements if tag == "bdi"]
    assert (None, told) in shown


def test_a_reason_that_is_not_known_is_marked_as_english(client):
    shown = [(e[1].get("lang"), e[2]) for e in Page(client.get("/sources/strange?lang=fr").text).all("bdi")]
    assert ("en", "It is not there.") in shown
    shown = [(e[1].get("lang"), e[2]) for e in Page(client.get("/sources/strange?lang=en").text).all("bdi")]
    assert (None, "It is not there.") in shown


def test_the_steps_of_a_fetch_are_told_in_the_language_of_the_page(client):
    text = Page(client.get("/sources/missing?lang=de").text).text
    assert "302 https://missing.example/ leitet zu https://missing.example/x weiter" in text
    assert "404 https://missing.example/x Not Found" in text


def test_what_a_reader_found_is_told_within_the_reason(client):
    """The body of this source has no country that is known; the store holds the reason in English."""
    text = Page(client.get("/sources/broken?lang=fr").text).text
    assert "ligne 1 : " in text
    assert "line 1: " not in text


@pytest.mark.parametrize("path", ["/feed.atom", "/changes.json", "/changes.csv"])
def test_feeds_and_downloads_are_told_in_the_language_that_is_asked_for(client, path):
    assert "répond 404, il n'y a rien" in client.get(f"{path}?lang=fr").text.replace("&#39;", "'").replace(
        "&apos;", "'"
    )
    assert "answers 404, there is nothing" in client.get(f"{path}?lang=en").text
