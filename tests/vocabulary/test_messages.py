"""Messages of the shapes are known again where a stored reason holds them."""

import pytest

from registry.reasons.reasons import reason
from registry.reasons.sentences import NUMBERS, filled, gaps
from registry.vocabulary.messages import _templates, joined, messages, reason_in_language

CODES = sorted(_templates())


def facts_of(code):
    """Return a fact for each gap of a message: digits where its name says so."""
    return {name: "7" if name in NUMBERS else f"«{name}»" for name in gaps(_templates()[code]["en"])}


@pytest.mark.parametrize("code", CODES)
def test_the_message_within_a_reason_is_told_in_french(code):
    texts = messages(code, **facts_of(code))
    stored = reason("left-out", count=1, total=3, why=reason("at-line", line=6, message=texts["en"]))
    assert reason_in_language(stored, "fr") == (
        f"entrées laissées de côté : 1 sur 3 ; la première : ligne 6 : {texts['fr']}"
    )


def test_a_message_that_ends_with_the_nearest_word_is_told_as_a_whole():
    texts = joined(messages("unknown-field", field="nme"), messages("nearest-field", near="name"))
    assert reason_in_language(texts["en"], "fr") == texts["fr"]


def test_a_message_is_in_the_language_of_the_sentence_around_it():
    told = messages("country-known")
    found = reason_in_language(reason("at-column", line=6, column=2, message=told["en"]), "de")
    assert found == filled("Zeile {line}, Spalte {column}: {message}", {"line": 6, "column": 2, "message": told["de"]})
