"""JSON in our own form: the tree with its places, what is refused in its place, and what a writer does wrong."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ReadingError
from registry.reading.json import json_tree
from registry.reading.json.json_ld import MAX_DEPTH
from registry.reading.tree import Mapping
from registry.reading.yaml.yaml_builder import MAX_CHARACTERS, MAX_NODES
from registry.validation.report_words import LANGUAGES
from registry.vocabulary.messages import messages
from tests.support.trees import TREES, plain, read_or_refused, scalars

MAX_BYTES = 262_144


def load(text):
    return json_tree.load_with_refusals(text.encode(), MAX_BYTES)


def test_numbers_and_words_are_texts_as_typed_and_null_is_nothing():
    document, refusal = load('{"a": 2018, "b": 1.50E+3, "c": [true, false, null], "d": -0, "e": 1e999, "f": {}}')
    assert document == {"a": "2018", "b": "1.50E+3", "c": ["true", "false", None], "d": "-0", "e": "1e999", "f": {}}
    assert refusal is None


def test_escapes_are_read():
    assert load(r'["\ud83d\ude00\/\t\"\\", "é", "\u00e9"]')[0] == ['😀/\t"\\', "é", "é"]


def test_each_key_value_and_item_has_its_place():
    document, _ = load('\ufeff{\r\n  "a": {"b": 1},\r "c":\n[ 2,\n 3]}')
    assert (document.line, document.column, document.name) == (1, 1, "L1")
    assert (document.key_at("a"), document.value_at("a")) == ((2, 3), (2, 8))
    assert (document["a"].name, document["a"].value_at("b")) == ("L2", (2, 14))
    assert (document.key_at("c"), document.value_at("c"), document["c"].items_at) == ((3, 2), (4, 1), [(4, 3), (5, 2)])


@given(TREES, st.sampled_from([None, 1, "\t"]), st.booleans())
def test_what_is_written_is_read_and_stands_in_its_place(tree, indent, ascii_alone):
    text = json.dumps(tree, indent=indent, ensure_ascii=ascii_alone)
    document, refusal = load(text)
    assert plain(document) == tree
    assert refusal is None
    lines = text.split("\n")
    for value, (line, column) in scalars(document):
        expected = "null" if value is None else json.dumps(value, ensure_ascii=ascii_alone)
        assert lines[line - 1][column - 1 :].startswith(expected)


@given(st.text(st.sampled_from("{}[]\",:\\'0a-.eun \n\t/#\ufeff\u202e"), max_size=40))
def test_any_text_is_read_as_json_reads_it_or_refused(text):
    read = read_or_refused(load, text)
    if isinstance(read, ReadingError):
        assert read.line is not None
        assert set(read.messages) == set(LANGUAGES)
    else:
        expected = json.loads(text.lstrip("\ufeff"), parse_int=str, parse_float=str)
        assert read[1] is not None or plain(read[0]) == as_texts(expected)


def as_texts(value):
    if isinstance(value, dict):
        return {key: as_texts(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_texts(inner) for inner in value]
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ('{"b": 1, "a": "\\u202e"}', "character-not-allowed", (1, 15)),
        ('{"b": 1, "a": "x\u202e"}', "character-not-allowed", (1, 17)),
        ('{"b": 1, "a": "\\ud800"}', "character-not-allowed", (1, 15)),
        ('{"b": 1, "a": 1,\n"a": 2}', "yaml-key-repeated", (2, 1)),
        ('{"b": 1, "": 2}', "yaml-empty-key", (1, 10)),
        ('{"b": 1, "a": "' + "x" * (MAX_CHARACTERS + 1) + '"}', "yaml-text-too-long", (1, 15)),
    ],
)
def test_a_value_that_is_refused_keeps_no_other_out(text, code, place):
    document, refusal = load(text)
    assert document["b"] == "1"
    assert document.refusal is refusal
    assert (refusal.code, (refusal.line, refusal.column)) == (code, place)


MISTAKES = [
    ('{"a": 1,\n}', "json-trailing-comma", (1, 8), "Delete this comma"),
    ("[1,]", "json-trailing-comma", (1, 3), "Delete this comma"),
    ("{'a': 1}", "json-quotes", (1, 2), 'Write: "a"'),
    ('{"a": “x”}', "json-quotes", (1, 7), 'Write: "x"'),
    ('{"a": "x"\n "b": 1}', "json-comma-missing", (1, 10), 'Write: {"a": "x",'),
    ('{"a": 1, // x\n}', "json-comment", (1, 10), "'// x' is a comment"),
    ("# x\n{}", "json-comment", (1, 1), "save the file as YAML"),
    ("{a: 1}", "json-no-quotes", (1, 2), 'Write: "a"'),
    ('{"a": https://a.example}', "json-no-quotes", (1, 7), 'Write: "https://a.example"'),
    ('{"a":\n ["x"', "json-bracket-open", (2, 2), "Write ] where it ends"),
    ('{"a": [1}', "json-other-bracket", (1, 9), "which ] closes"),
    ('{"a": "x\n}', "json-text-open", (1, 7), 'Close it: "x"'),
    ('{"a": "x\ty"}', "json-control-character", (1, 9), "write \\t instead"),
    ('{"a": "x\by"}', "json-control-character", (1, 9), "U+0008"),
    ('{"a": "the "best" one", "b": 1}', "json-quote-in-text", (1, 12), r': "the \"best\" one"'),
    (r'{"a": "C:\data"}', "json-escape", (1, 10), r"written twice: \\d"),
    ('{"a": 1} {"b": 2}', "json-after-end", (1, 10), "one list"),
    ('{"a": NaN}', "json-word", (1, 7), "Write null"),
    ('{"a": True}', "json-word", (1, 7), "Write true"),
    ('{"a": 2018-05-01}', "json-number", (1, 7), 'Put it in quotes: "2018-05-01"'),
    ('{"a": 007}', "json-number", (1, 7), 'Put it in quotes: "007"'),
    ('{"a" 1}', "json-no-colon", (1, 6), 'Write: "a": …'),
    ('{"a": , "b": 1}', "json-no-value", (1, 7), "where a value belongs"),
    (" \n", "json-nothing", (1, 1), "before anything was said"),
    ('{"a":' * (MAX_DEPTH + 1), "json-too-deep", (1, 5 * MAX_DEPTH + 1), f"deeper than {MAX_DEPTH}"),
    ("[" + "1," * MAX_NODES + "1]", "yaml-too-many-values", (1, 2 * MAX_NODES), f"more than {MAX_NODES}"),
]


@pytest.mark.parametrize(
    ("text", "code", "place", "words"), MISTAKES, ids=[f"{m[1]}-{n}" for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_told_with_its_place_and_its_cure_in_both_languages(text, code, place, words):
    with pytest.raises(ReadingError) as caught:
        load(text)
    error = caught.value
    assert (error.code, (error.line, error.column)) == (code, place)
    assert words in error.message("en")
    assert error.message("fr") != error.message("en")
    assert "{" not in messages(code)["fr"] or "{typed}" not in error.message("fr")


def test_the_limits_hold_at_the_limit():
    assert isinstance(load('{"a":' * MAX_DEPTH + "1" + "}" * MAX_DEPTH)[0], Mapping)
    assert len(load("[" + ",".join("1" * (MAX_NODES - 1)) + "]")[0]) == MAX_NODES - 1
    assert load(json.dumps(["x" * MAX_CHARACTERS]))[1] is None
