"""Reasons are made in English and told in six languages, whatever was filled into them."""

import ast
import re
from string import ascii_letters

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from federation.robots import TOKEN
from registry.reasons.reasons import MAX_CHARACTERS, in_language, reason, table
from registry.reasons.sentences import NESTED, NUMBERS, UNBROKEN, Pattern, filled, gaps
from tests.support.code import literals
from tests.support.places import ROOT

LANGUAGES = ("en", "fr", "de", "es", "it", "nl")
TEXTS = table().texts
# Readers say these without a code: the room of reading knows no languages of notes.
UNSAID = {code for code in TEXTS if code.startswith("note-")}
MODULES = sorted(path for package in ("registry", "federation") for path in (ROOT / package).rglob("*.py"))


def calls():
    """Yield (module, code or None, names of facts or None where they are handed on) of every reason that is made."""
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            name = getattr(getattr(node, "func", None), "id", "")
            if name not in ("reason", "_BodyRefused"):
                continue
            names = {keyword.arg for keyword in node.keywords} | ({"url"} if name == "_BodyRefused" else set())
            (code,) = node.args
            for each in (code.body, code.orelse) if isinstance(code, ast.IfExp) else (code,):
                yield path.stem, getattr(each, "value", None), None if None in names else names


@pytest.mark.parametrize("code", TEXTS)
def test_every_reason_stands_in_six_languages_with_the_same_gaps(code):
    assert tuple(TEXTS[code]) == LANGUAGES
    named = gaps(TEXTS[code]["en"])
    assert len(set(named)) == len(named)
    for text in TEXTS[code].values():
        assert text
        assert sorted(gaps(text)) == sorted(named)
        assert text.count("{") == text.count("}") == len(named)
        assert "}{" not in text  # where one fact ends and the other begins could not be told


def test_no_two_reasons_say_the_same():
    assert len({texts["en"] for texts in TEXTS.values()}) == len(TEXTS)


def test_every_code_that_is_used_is_known_with_its_facts_and_every_known_one_is_used():
    made = list(calls())
    assert len(made) > 80
    wrong = [
        (module, code, names)
        for module, code, names in made
        if code is not None and names is not None and names != set(gaps(TEXTS[code]["en"]))
    ]
    assert wrong == []
    said = {text for path in MODULES for text in literals(path)}
    assert set(TEXTS) - said == UNSAID


def test_federation_says_nothing_that_is_no_reason():
    """A sentence in its code is a docstring, or a line of the log."""
    logged = {
        "unexpected error while admitting source %s",
        "unexpected error while reading source %s at %s",
    }
    found = {
        text
        for path in (ROOT / "federation").rglob("*.py")
        for text in literals(path)
        if text.count(" ") > 2 and not set(text) & set("\\[]<>") and any(letter in text for letter in ascii_letters)
    }
    assert logged <= found
    lists = {text for text in found if set(text) <= {*ascii_letters, " "} and text.startswith("html head base ")}
    assert {text for text in found - logged - lists if ";q=" not in text} == set()


def test_robots_are_told_the_name_by_which_we_ask():
    assert TOKEN in reason("robots-forbidden", robots="https://a.example/robots.txt", url="https://a.example/x")


WORDS = sorted({word for texts in TEXTS.values() for word in re.split(r"{[a-z_]+}", texts["en"])})
PIECES = st.one_of(st.text(max_size=12), st.sampled_from(WORDS), st.sampled_from(["{url}", "{", "}", " ", "404"]))
TEXT = st.lists(PIECES, max_size=5).map("".join)


def facts_of(code):
    """Return a strategy for facts of a sentence: hostile texts, other sentences' words, other sentences."""
    kinds = {}
    for name in gaps(TEXTS[code]["en"]):
        kinds[name] = TEXT
        if name in NUMBERS:
            kinds[name] = st.integers(0, 10**9)
        elif name in UNBROKEN:
            kinds[name] = TEXT.map(lambda text: "".join(text.split()))
        elif name in NESTED:
            kinds[name] = st.one_of(TEXT, st.sampled_from([text["en"] for text in TEXTS.values()]))
    return st.fixed_dictionaries(kinds)


@given(st.data(), st.sampled_from(sorted(TEXTS)), st.sampled_from(LANGUAGES[1:]))
def test_a_reason_is_told_in_each_language_with_all_its_facts(data, code, language):
    facts = data.draw(facts_of(code))
    text = reason(code, **facts)
    told = in_language(text, language)
    inside = {name: in_language(fact, language) if name in NESTED else fact for name, fact in facts.items()}
    meant = filled(TEXTS[code][language], inside)
    # where it could be several sentences, or one with several sets of facts, nothing is guessed: it stays as it is
    assert told in (meant, text)


@pytest.mark.parametrize("code", TEXTS)
def test_what_is_not_hostile_is_never_left_in_english(code):
    facts = {name: "7" if name in NUMBERS else f"https://a.example/{name}" for name in gaps(TEXTS[code]["en"])}
    for language in LANGUAGES:
        assert in_language(reason(code, **facts), language) == filled(TEXTS[code][language], facts)


@given(TEXT, st.sampled_from(LANGUAGES))
def test_what_is_no_reason_stays_as_it_is(text, language):
    mirrored = text[::-1]
    assume(not any(Pattern(each["en"]).facts(text, mirrored) for each in TEXTS.values()))
    assume(text not in {each["en"] for each in TEXTS.values()})
    assert in_language(text, language) == text


def test_a_reason_within_another_is_told_and_so_is_what_others_translate():
    robots = reason("robots-unreadable", url="https://a.example/robots.txt", status=503)
    outer = reason("others-tried", reason=reason("host-left-alone", host="a.example", reason=robots), count=3)
    assert in_language(outer, "fr") == (
        "a.example n'a plus été interrogé lors de ce passage, car : https://a.example/robots.txt répond 503, "
        "rien ne peut donc y être lu (RFC 9309) : faites-lui répondre 200, ou 404 s'il n'existe pas "
        "(autres adresses essayées : 3)"
    )
    line = reason("at-line", line=6, message="name: missing")
    assert in_language(line, "fr") == "ligne 6 : name: missing"
    told = {("name: missing", "fr"): "name : manque"}
    assert in_language(line, "fr", lambda *asked: told.get(asked)) == "ligne 6 : name : manque"


def test_a_text_that_is_too_long_is_not_looked_at():
    text = reason("file-missing", path="x" * MAX_CHARACTERS)
    assert in_language(text, "fr") == text
