"""Which language a page is in, that every link keeps it, and that every catalogue is whole."""

import ast
import re
from importlib.resources import files
from pathlib import Path

import jinja2
import pytest
from babel.messages.pofile import read_po
from jinja2.ext import extract_from_ast

from registry.vocabulary import concepts
from registry.web.app import create_app
from registry.web.text import cell_words, wording
from registry.web.text.interface_words import interface_words
from registry.web.text.language import LANGUAGES, catalogue, endonym
from tests.support.merged import SETTINGS, store
from tests.support.page import PATHS, Page

WEB = Path(str(files("registry") / "web"))
OTHERS = [tag for tag in LANGUAGES if tag != "en"]


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


def html(client, path, accept=""):
    response = client.get(path, headers={"Accept": "text/html", "Accept-Language": accept})
    assert response.status_code == 200
    return response


def sentences():
    """Return every sentence in templates and code, as the extraction of gettext finds them."""
    found = set()
    environment = jinja2.Environment()
    for path in (WEB / "templates").iterdir():
        tree = environment.parse(path.read_text(encoding="utf-8"))
        # a tuple where the call has more arguments, of which only the first is the sentence
        found |= {text if isinstance(text, str) else text[0] for _, _, text in extract_from_ast(tree)}
    for path in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "sentence"
            if named and isinstance(node.args[0], ast.Constant):
                found.add(node.args[0].value)
    return found


# Sentences that stand in tables of the code, and reach `sentence` by a variable.
def tabled():
    from registry.readmodel.comparison.filters import FILTERS
    from registry.readmodel.questions.questions import questions
    from registry.web.corrections import words
    from registry.web.data import sparql
    from registry.web.pages import new
    from registry.web.pictures.cell_looks import _OF_ANSWERS, LOOKS

    looks = {look.words for look in (*LOOKS.values(), *_OF_ANSWERS.values())} - {""}
    filters = {it.label for it in FILTERS.values()}
    asked = {text for question in questions().values() for text in (question.ask, question.means)}
    tables = (
        wording._PROPERTIES,
        wording._STATES,
        cell_words._SCOPES,
        cell_words._WHY,
        cell_words._SHORT,
        cell_words._PARTS,
    )
    tables += (words.READ_WITH, words.CONFIDENCE, words._FIELDS, new.WHATS)
    words_of_concepts = {word for words in interface_words().values() for word in words.values()}
    return (
        looks
        | words_of_concepts
        | filters
        | asked
        | {sparql.FIRST, *sparql.EXAMPLES, *(text for table in tables for text in table.values())}
    )


@pytest.mark.parametrize(
    ("path", "accept", "language"),
    [
        ("/", "", "en"),
        ("/", "fr", "fr"),
        ("/", "fr-CA, en;q=0.5", "fr"),
        ("/", "pl, it;q=0.8, en;q=0.9", "en"),
        ("/", "pl", "en"),
        ("/", "de;q=0, nl", "nl"),
        ("/?lang=es", "fr", "es"),
        ("/?lang=xx", "fr", "fr"),
        ("/compare?lang=de&country=FR", "", "de"),
    ],
)
def test_the_address_decides_then_what_is_accepted(client, path, accept, language):
    response = html(client, path, accept)
    assert Page(response.text).all("html")[0][1]["lang"] == language
    assert response.headers["Content-Language"] == language
    assert "Accept-Language" in response.headers["Vary"]


@pytest.mark.parametrize("path", PATHS)
def test_a_named_language_goes_along_with_every_link_of_ours(client, path):
    shown = Page(html(client, path + ("&" if "?" in path else "?") + "lang=nl").text)
    hrefs = [e[1].get("href", "") for e in shown.all("a") if "hreflang" not in e[1]]
    ours = [href for href in hrefs if href.startswith("/")]
    assert len(ours) > 5
    assert [href for href in ours if not re.search(r"[?&]lang=nl(&|#|$)", href)] == []
    forms = shown.all("form")
    hidden = shown.all("input", name="lang", value="nl")
    assert len(hidden) == len(forms)


@pytest.mark.parametrize("path", PATHS)
def test_every_page_leads_to_itself_in_every_language(client, path):
    shown = Page(html(client, path).text)
    links = {e[1]["hreflang"]: e[1]["href"] for e in shown.all("a") if "hreflang" in e[1]}
    assert set(links) == set(LANGUAGES)
    for tag, href in links.items():
        assert Page(html(client, href).text).all("html")[0][1]["lang"] == tag


def test_the_extraction_finds_the_sentences():
    found = sentences()
    assert len(found) > 150
    assert {"Compare", "Nothing here is scored, ranked or weighted. Each value names its source and its date."} <= found


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_has_every_sentence_and_no_other(tag):
    wanted = sentences() | tabled()
    assert sorted(wanted - set(catalogue(tag))) == []
    assert sorted(set(catalogue(tag)) - wanted) == []
    assert [text for text, translated in catalogue(tag).items() if not translated.strip()] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_translation_has_the_same_places_to_fill_in(tag):
    places = re.compile(r"%\(\w+\)s|%")
    wrong = [
        text
        for text, translated in catalogue(tag).items()
        if sorted(places.findall(text)) != sorted(places.findall(translated))
    ]
    assert wrong == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_catalogue_is_gettext_without_fuzzy_entries(tag):
    with (WEB / "languages" / f"{tag}.po").open("rb") as file:
        found = read_po(file, locale=tag, abort_invalid=True)
    assert str(found.locale) == tag
    assert [message.id for message in found if message.fuzzy and message.id] == []


@pytest.mark.parametrize("tag", OTHERS)
def test_a_page_is_in_its_language_and_foreign_words_are_marked(client, tag):
    english = Page(html(client, "/method?lang=en").text).text
    shown = Page(html(client, f"/method?lang={tag}").text)
    assert len(shown.text) > 0.6 * len(english)
    sample = [text for text in catalogue(tag) if text in english and len(text) > 60]
    assert len(sample) > 10
    assert [text for text in sample if text in shown.text] == []


def test_languages_are_called_by_their_own_names():
    assert [endonym(tag) for tag in LANGUAGES] == [
        "Deutsch",
        "English",
        "Español",
        "Français",
        "Italiano",
        "Nederlands",
    ]


def test_every_word_of_the_pages_is_that_of_a_concept():
    for scheme, words in interface_words().items():
        assert words.keys() <= {concept.code for concept in concepts.concepts(scheme)}, scheme


@pytest.mark.parametrize("tag", LANGUAGES)
def test_the_words_of_a_scheme_tell_its_concepts_apart(client, tag):
    with client.application.test_request_context(f"/?lang={tag}"):
        client.application.preprocess_request()
        for scheme in interface_words():
            labels = [item["label"] for item in wording.concepts(scheme)]
            assert len(set(labels)) == len(labels), scheme
