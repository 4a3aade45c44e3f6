"""The page on how to read the site tells the rule that the code obeys, in every language."""

import re

import pytest

from registry.readmodel.comparison.roll_up import FORCES
from registry.vocabulary import codebook, concepts
from registry.web.app import create_app
from registry.web.pictures.cell_looks import LOOKS
from registry.web.text.interface_words import interface_words
from registry.web.text.language import LANGUAGES
from tests.support.merged import SETTINGS, store
from tests.support.page import Page


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


def method(client, language="en"):
    return Page(client.get(f"/method?lang={language}", headers={"Accept": "text/html"}).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_that_a_statement_can_ask_for_and_how_binding_it_can_be_is_defined(client, language):
    text = method(client, language).text
    for scheme in ("duty", "force", "checked", "assessment-kind"):
        told = [item for item in concepts.concepts(scheme) if scheme != "force" or item.code in LOOKS]
        assert told
        for concept in told:
            assert " ".join(concept.definitions[language].split()) in text, concept.code


def test_the_questions_of_force_lead_to_every_force_but_a_set(client):
    shown = method(client)
    after = shown.elements[[e[1].get("id") for e in shown.elements].index("force") :]
    tags = [e[1]["class"].rpartition("f-")[2] for e in after if e[0] == "span" and "tile" in e[1].get("class", "")]
    tree = tags[:9]
    assert set(tree) == set(FORCES)
    assert tree.index("informational") == 0


def test_the_words_stand_in_the_order_in_which_they_head_a_cell(client):
    (step,) = [e[2] for e in method(client).all("li") if e[2].startswith("Of what is left")]
    labels = [interface_words()["force"][code].lower() for code in FORCES]
    places = [re.search(rf"\b{label}\b", step).start() for label in labels]
    assert places == sorted(places)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_codebook_is_named_with_its_version(client, language):
    prefix = f"?lang={language}"
    (link,) = method(client, language).all("a", href=f"/codebook{prefix}")
    assert codebook.version() in link[2]


def test_nothing_of_the_old_rule_is_left(client):
    text = method(client).text
    for told in ("unknown status", "counts as ended on every day", "counts by its status", "three layers"):
        assert told not in text
