"""A reader gets a text in the own language where there is one, and otherwise always the same one (RFC 4647)."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.vocabulary.lookup import choose, lookup, primary_language

READERS = ("en", "fr", "de", "es", "it", "nl", "fr-CA", "zh-Hant-TW", "")
TAGS = "en EN en-GB en-US fr fr-FR FR-fr fr-CA fra de de-AT de-Latn-AT zh-Hant zh-Hans-CN x-private i-klingon français"
tags = st.sampled_from(("", *TAGS.split(), *"sr-Latn und mul en-GB-oed - a--b".split()))
several = st.lists(tags | st.text(max_size=8), max_size=6)


@pytest.mark.parametrize(
    ("given_tags", "language", "chosen"),
    [
        ("fr-FR en-GB", "fr", "fr-FR"),
        ("fr-FR en-GB", "en", "en-GB"),
        ("fr-FR en-GB de-AT", "de", "de-AT"),
        ("fr-FR en-GB de-AT", "it", "en-GB"),
        ("fr fr-FR fr-CA", "fr", "fr"),
        ("fr fr-FR fr-CA", "fr-CA", "fr-CA"),
        ("fr fr-FR", "fr-CA", "fr"),  # RFC 4647, section 3.4: the subtag CA is taken off
        ("fr-FR fr-BE en", "fr-CA", "fr-BE"),
        ("de-Latn-AT de-CH", "de", "de-CH"),
        ("zh-Hant zh", "zh-Hant-TW", "zh-Hant"),
        ("zh-Hans zh", "zh-Hant-TW", "zh"),
        ("FR de", "fr", "FR"),
        ("fr-fr FR-FR", "fr", "FR-FR"),
        ("fra en", "fr", "fra"),
        ("fra fr", "fr", "fr"),
        ("nl de", "fr", "de"),
        ("de-AT frr", "fr", "de-AT"),  # North Frisian begins like French, and is another language
    ],
)
def test_the_nearest_tag_is_chosen(given_tags, language, chosen):
    assert choose(given_tags.split(), language) == chosen


def test_without_the_readers_language_comes_english_then_what_has_none_then_the_first_by_tag():
    assert [choose(found, "fr") for found in (["de", "", "en-US"], ["de", ""], ["nl", "it", "de"], [""], [])] == [
        "en-US",
        "",
        "de",
        "",
        None,
    ]


@given(several, st.sampled_from(READERS) | st.text(max_size=8))
def test_one_of_the_tags_is_always_chosen_whatever_their_order(found, language):
    chosen = choose(found, language)
    assert (chosen is None) == (not found)
    if found:
        assert chosen in found
    shuffled = list(found)
    random.Random(len(found)).shuffle(shuffled)
    assert {choose(order, language) for order in (shuffled, sorted(found), sorted(found, reverse=True))} == {chosen}


@given(several, st.sampled_from([tag for tag in READERS if tag]))
def test_the_tag_itself_beats_its_regions_and_these_beat_all_other_languages(found, language):
    chosen = choose(found, language)
    own = [tag for tag in found if tag and primary_language(tag) == primary_language(language)]
    if language in found:
        assert chosen == language
    elif own:
        assert chosen in own
    elif english := [tag for tag in found if primary_language(tag) == "en"]:
        assert chosen in english
    elif "" in found:
        assert chosen == ""


@given(several, st.sampled_from(READERS))
def test_case_of_what_is_asked_for_and_of_what_is_there_does_not_matter(found, language):
    ascii_tags = [tag for tag in found if tag.isascii()]
    chosen = choose(ascii_tags, language)
    if chosen is not None:
        assert choose(ascii_tags, language.upper()).lower() == chosen.lower()
        assert choose([tag.upper() for tag in ascii_tags], language).lower() == chosen.lower()


@given(st.dictionaries(tags, st.text(max_size=5), max_size=5), st.sampled_from(READERS))
def test_the_text_is_that_of_the_chosen_tag(texts, language):
    tag, text = lookup(texts, language)
    assert (tag, text) == (("", "") if not texts else (choose(texts, language), texts[tag]))
