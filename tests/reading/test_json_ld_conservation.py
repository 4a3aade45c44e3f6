"""Every value of a JSON-LD document ends in a triple or in a remark that names it, with its line."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.iri.names import PREFIXES
from registry.reading.describe import describe
from registry.validation.validate import validate

GRAPH = "https://atlas.example/sources/x/description"
OURS = "https://w3id.org/ospo/ns/context.jsonld"


def read(document):
    text = document if isinstance(document, str) else json.dumps(document)
    return describe(text.encode(), media_type="application/ld+json", url="https://a.example/o", graph=GRAPH)


def named(document):
    return [(r.code, r.value, r.place.field) for r in read(document).remarks]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"@context": OURS, "@graph": ["free", 3]}, [("free", "@graph[0]"), ("3", "@graph[1]")]),
        ({"@context": OURS, "type": "Office", "@foo": "z"}, [("z", "@foo")]),
        ({"@context": [OURS, {"note": None}], "type": "Office", "note": "to us"}, [("to us", "note")]),
        ([{"@id": "https://a.example/", "https://a.example/p": 1}, {"@value": "free"}], [("free", "[1].@value")]),
        ({"@context": OURS, "type": "Office", "name": {"en": "A"}, "alt_name": "A", "part_of": 1.50}, []),
        ({"@context": OURS, "type": "Office", "url": "x", "level": "regional", "name": {"@none": '\t"é\u2028'}}, []),
    ],
)
def test_what_the_parser_drops_is_named_with_the_way_to_it(document, expected):
    assert named(document) == [("value-without-statement", value, field) for value, field in expected]


def test_a_key_that_nothing_defines_is_named_with_its_value_and_its_line():
    description = read('{"@id": "https://a.example/",\n "https://a.example/p": 1,\n "colour": "blue"}')
    (remark,) = description.remarks
    assert (remark.code, remark.value, remark.place.line) == ("key-without-property", "blue", 3)
    finding = next(f for f in validate(description).findings if f.shape.endswith("key-without-property"))
    assert "'colour'" in finding.message("en")
    assert "« blue »" in finding.message("fr")


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=8)
ADDRESSES = st.sampled_from(
    [
        "https://x.example/our code",
        "https://x.example/[1]",
        "https://[x",
        "https://x.example:port/",
        "ttps://x.example",
        "<https://x.example/>",
        "[t](https://x.example/)",
        "https://x.example/> .\n<https://y.example/",
        "https://x.example/%",
    ]
)
TAGS = st.sampled_from(["en", "en_GB", "français", "en-GB-GB", "??", "@none", "nb-NO"])
SCALARS = WORDS | st.integers(-9, 9999) | st.booleans() | st.floats(-1e9, 1e9)
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.dictionaries(TAGS, WORDS, max_size=3),
        "code": st.lists(ADDRESSES, max_size=3),
        "country": SCALARS,
        "favourite colour": SCALARS,
        "@unknown": SCALARS,
        "https://a.example/[p]": SCALARS,
        "identifiers": st.lists(st.fixed_dictionaries({"value": WORDS, "scheme": SCALARS}), max_size=2),
        "@id": ADDRESSES,
    },
)


def scalars(value):
    if isinstance(value, dict):
        return [scalar for key, inner in value.items() if key != "@id" for scalar in scalars(inner)]
    if isinstance(value, list):
        return [scalar for inner in value for scalar in scalars(inner)]
    return [value]


@given(FIELDS, st.sampled_from([OURS, {"name": PREFIXES["skos"] + "prefLabel"}]))
def test_every_value_ends_as_a_triple_or_in_a_remark(fields, context):
    description = read({"@context": context, "type": "Office", **fields})
    stated = {triple.object.value for triple in description.triples}
    remarked = {word for remark in description.remarks for word in (remark.value, *remark.facts.values())}
    for scalar in scalars(fields):
        word = scalar if isinstance(scalar, str) else json.dumps(scalar)
        is_number = isinstance(scalar, int | float) and any(_is(text, scalar) for text in stated | remarked)
        assert word in stated | remarked or " ".join(word.split()) in remarked or is_number


def _is(text, number):
    try:
        return float(text) == number
    except ValueError:
        return False


@pytest.mark.parametrize("tag", ["a b", "en .\n<https://x.example/> ", 'en"', "", "en--ltr "])
def test_a_language_that_would_break_a_line_is_named(tag):
    document = {"@id": "https://a.example/", "https://a.example/p": {"@value": "x", "@language": tag}}
    description = read(document)
    assert [t.object.value for t in description.triples] == ["x"]
    assert [r.code for r in description.remarks] == ["text-language-unknown"]


def test_a_blank_node_may_have_any_label_and_a_text_any_direction():
    document = {"@id": "_:a b> .\n", "https://a.example/p": {"@id": "_:a b> .\n"}, "https://a.example/q": 1}
    first, second = read(document).triples
    assert first.subject == second.subject == first.object
    text = {"@value": "x", "@language": "ar", "@direction": "rtl"}
    (triple,) = read({"@id": "https://a.example/", "https://a.example/p": text}).triples
    assert str(triple.object) == '"x"@ar'
