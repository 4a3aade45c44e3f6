"""The mistakes of people who write YAML: each is told by its cause, in its place, with the line as it should be."""

import re

import pyoxigraph as ox
import pytest

from registry.errors import ReadingError
from registry.iri.names import SHAPES
from registry.reading.decoding import decode
from registry.reading.yaml.yaml_builder import MAX_CHARACTERS, MAX_DEPTH, MAX_NODES
from registry.reading.yaml.yaml_events import MAX_BYTES, load_with_refusals
from registry.reading.yaml.yaml_recovery import MAX_REPAIRS
from registry.validation.report_words import LANGUAGES
from tests.reading import test_json_tree
from tests.support.places import ROOT
from tests.support.trees import read_or_refused, refusals

URL = "url: https://a.example\n"  # line 1 of each text that begins with it

# text, code, line and column, and what the message holds: the line to write
MISTAKES = [
    # a sign with which no text begins
    (URL + "community: @ospo@social.example\n", "yaml-text-begins", (2, 12), 'community: "@ospo@social.example"'),
    (URL + "remark: `code` is open\n", "yaml-text-begins", (2, 9), 'remark: "`code` is open"'),
    (URL + "remark: *important* see below\n", "yaml-text-begins", (2, 9), 'remark: "*important* see below"'),
    (URL + "remark: & more\n", "yaml-text-begins", (2, 9), 'remark: "& more"'),
    (URL + "remark: %done\n", "yaml-text-begins", (2, 9), 'remark: "%done"'),
    (URL + "remark: , and\n", "yaml-text-begins", (2, 9), 'remark: ", and"'),
    (URL + "name: {en: @ospo, fr: x}\n", "yaml-text-begins", (2, 12), 'name: {en: "@ospo", fr: x}'),
    (URL + "code:\n  - @ospo\n", "yaml-text-begins", (3, 5), '- "@ospo"'),
    (URL + "@type: x\n", "yaml-text-begins", (2, 1), '"@type": x'),
    (URL + "remark: > see below\n", "yaml-block-header", (2, 9), 'remark: "> see below"'),
    (URL + "remark: | see below\n", "yaml-block-header", (2, 9), 'remark: "| see below"'),
    (URL + "remark: *important\n", "yaml-alias", (2, 9), 'remark: "*important"'),
    (URL + "code: [*x, y]\n", "yaml-alias", (2, 8), 'code: ["*x", y]'),
    (URL + "remark: &more text\n", "yaml-anchor", (2, 9), 'remark: "&more text"'),
    (URL + "remark: !important text\n", "yaml-tag", (2, 9), 'remark: "!important text"'),
    (URL + "created: !!str 2018\n", "yaml-tag", (2, 10), 'created: "2018"'),
    ("%remark\n" + URL, "yaml-directive", (1, 1), "write # instead of %"),
    ("%TAG ! x\n---\na: !b c\n", "yaml-tag", (3, 4), 'a: "!b c"'),
    # colons
    (URL + "name: OSPO: the office\n", "yaml-colon-in-text", (2, 11), 'name: "OSPO: the office"'),
    (URL + "name: “OSPO: the office”\n", "yaml-colon-in-text", (2, 12), 'name: "OSPO: the office"'),
    (URL + "name: {en: OSPO: x, fr: y}\n", "yaml-colon-in-text", (2, 16), 'name: {en: "OSPO: x", fr: y}'),
    (URL + "name: {en: A; fr: B}\n", "yaml-colon-in-brackets", (2, 17), "name: {en: A, fr: B}"),
    (URL + "name: {\n  en: A\n  fr: B\n}\n", "yaml-comma-missing", (3, 8), "en: A,"),
    ("{\nurl: https://a.example,\nname: A\ncountry: FR\n}\n", "yaml-comma-missing", (3, 8), "name: A,"),
    (URL + "policies:\n- title: P\n- title Q\n  url: x\n", "yaml-no-colon", (4, 3), "- title: Q"),
    (URL + "name: A\nof the ministry\n", "yaml-loose-line", (3, 1), "column 3 or further"),
    (URL + "description: |\n  text\n more of it\n", "yaml-loose-line", (4, 2), "column 3 or further"),
    (URL + "code:\n  - a\n  https://b.example\n", "yaml-no-dash", (4, 3), "- https://b.example"),
    (URL + "code:\n  * https://a.example\n  * b\n", "yaml-no-dash", (3, 3), "- https://a.example"),
    ("```yaml\n" + URL + "```\n", "yaml-marks", (1, 1), "Delete this line"),
    ("<<<<<<< HEAD\n" + URL, "yaml-marks", (1, 1), "one of the two versions"),
    (URL + "name:Office\ncountry: NO\n", "yaml-no-space-after-colon", (2, 5), "name: Office"),
    (URL + "policies:\n- title:P\n  country: NO\n", "yaml-no-space-after-colon", (3, 8), "- title: P"),
    (URL + "country NO\nname: A\n", "yaml-no-colon", (2, 1), "country: NO"),
    ("country NO\n" + URL, "yaml-no-colon", (1, 1), "country: NO"),
    (URL + "name = Office\ncountry: NO\n", "yaml-no-colon", (2, 1), "name: Office"),
    ("https://a.example\n  name: A\nhttps://b.example:\n", "yaml-no-colon", (1, 1), "https://a.example:"),
    (URL + "name\n  en: A\n", "yaml-no-colon", (2, 1), "name:"),
    (URL + ": x\n", "yaml-syntax", (2, 1), "name: text"),
    # quotes
    (URL + 'name: "Office\ncountry: "NO"\nx: y\n', "yaml-quote-open", (2, 7), 'name: "Office"'),
    (URL + 'name: "Office\ncountry: NO\n', "yaml-quote-open", (2, 7), 'name: "Office"'),
    (URL + "name: 'Office\ncountry: NO\n", "yaml-quote-open", (2, 7), 'name: "Office"'),
    (URL + "name: 's-Hertogenbosch\n", "yaml-quote-open", (2, 7), 'name: "s-Hertogenbosch"'),
    (URL + 'name: "Bureau" libre\n', "yaml-after-quote", (2, 16), "name: '\"Bureau\" libre'"),
    (URL + "name: 'l'office'\n", "yaml-after-quote", (2, 10), 'name: "l\'office"'),
    (URL + "name: {en: 'l'office', fr: B}\n", "yaml-after-quote", (2, 15), 'name: {en: "l\'office", fr: B}'),
    (URL + 'name: "l\\\'office"\n', "yaml-escape", (2, 9), 'Write: "l\'office"'),
    (URL + 'name: "C:\\data"\n', "yaml-escape", (2, 10), "'C:\\data'"),
    # brackets
    (URL + "code: [https://a.example/x\nname: A\n", "yaml-bracket-open", (2, 7), "code: [https://a.example/x]"),
    (URL + "name: {en: A, fr: B\ncountry: NO\n", "yaml-bracket-open", (2, 7), "name: {en: A, fr: B}"),
    (URL + "name: {en: [A}\n", "yaml-other-bracket", (2, 14), "name: {en: [A]"),
    (URL + "name: [Label](https://a.example)\n", "yaml-link", (2, 7), "name: https://a.example"),
    (URL + "name: [A] Office\n", "yaml-after-bracket", (2, 11), 'name: "[A] Office"'),
    (URL + 'code: ["a" "b"]\n', "yaml-comma-missing", (2, 12), 'code: ["a", "b"]'),
    (URL + "code: [a,,b]\n", "yaml-comma-twice", (2, 10), "code: [a,b]"),
    (URL + "}\n", "yaml-bracket-closed", (2, 1), "Delete it"),
    (URL + "name: {{ name }}\n", "yaml-key-not-text", (2, 8), "Write a plain name"),
    # indentation
    (URL + "name:\n\ten: A\n", "yaml-tab", (3, 1), "write spaces"),
    (URL + "name: A\n  country: NO\n", "yaml-deeper-than-text", (3, 3), "begin it in column 1"),
    (URL + "name:\n  en: A\n fr: B\n", "yaml-indentation", (4, 2), "column 3, as line 3 ('en: A')"),
    (URL + "policies:\n  - title: A\n   country: NO\n", "yaml-indentation", (4, 4), "column 5, as line 3"),
    (URL + "policies:\n  - title: A\n - title: B\n", "yaml-indentation", (4, 2), "column 3, as line 3"),
    (URL + "- title: A\n", "yaml-item-among-keys", (2, 1), "policies:"),
    ("- url: https://a.example\nname: A\n", "yaml-key-among-items", (2, 1), "begin it in column 3"),
    (URL + "code: - a\n", "yaml-item-on-key-line", (2, 7), "'  - a'"),
    (URL + "code:\n  -a\n  -b\n", "yaml-dash", (3, 3), "- a"),
    ("-url: https://a.example\nname: A\n", "yaml-dash", (1, 1), "- url: …"),
    (URL + "policies:\n  -title: A\n   country: NO\n", "yaml-dash", (3, 3), "Write: - title: A"),
    (URL + "policies:\n  – title:\n      en: A\n    country: NO\n", "yaml-dash", (3, 3), "Write: - title:"),
    (URL + "policies:\n  title: A\n   country: NO\n", "yaml-deeper-than-text", (4, 4), "line 3 ('title: A')"),
    # what cannot be seen
    (URL + "name:\u00a0Office\ncountry: NO\n", "yaml-odd-space", (2, 6), "name: Office"),
    (URL + "name:\n\u00a0\u00a0en: A\n", "yaml-unseen-in-key", (3, 1), "U+00A0 stands beside the key 'en'"),
    (URL + "\u200bname: A\n", "yaml-unseen-in-key", (2, 1), "U+200B stands beside the key 'name'"),
    ("---\n\ufeff" + URL, "yaml-unseen-in-key", (2, 1), "byte order mark"),
    (URL + "name: A\u202e\n", "character-not-allowed", (2, 8), "U+202E"),
    (URL + "# A\u202e\n", "character-not-allowed", (2, 4), "U+202E"),
    (URL + 'name: "\\u202e"\n', "character-not-allowed", (2, 7), "U+202E"),
    # what is not read
    (URL + "name: A\nname: B\n", "yaml-key-repeated", (3, 1), "stands in line 2 already"),
    (URL + "<<: {a: b}\n", "yaml-merge-key", (2, 1), "Write the fields out"),
    (URL + '"": x\n', "yaml-empty-key", (2, 1), "Write the name"),
    (URL + "---\nwords\n", "yaml-documents", (3, 1), "put offices under 'offices:'"),
    (URL + "name: " + "x" * (MAX_CHARACTERS + 1), "yaml-text-too-long", (2, 7), f"at most {MAX_CHARACTERS}"),
    (
        URL + "x: " + "[" * MAX_DEPTH + "]" * MAX_DEPTH,
        "yaml-too-deep",
        (2, 3 + MAX_DEPTH),
        f"more than {MAX_DEPTH} deep",
    ),
    (URL + "x: [" + "1," * MAX_NODES + "1]", "yaml-too-many-values", (2, 2 * MAX_NODES - 5), f"more than {MAX_NODES}"),
]


def first_of(text):
    found = read_or_refused(load_with_refusals, text.encode())
    return found if isinstance(found, ReadingError) else found[1]


@pytest.mark.parametrize(
    ("text", "code", "place", "words"), MISTAKES, ids=[f"{m[1]}-{n}" for n, m in enumerate(MISTAKES)]
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_a_mistake_is_told_with_its_place_and_its_cure(text, code, place, words, line_end):
    error = first_of(text.replace("\n", line_end))
    assert (error.code, (error.line, error.column)) == (code, place)
    assert words in error.message("en")
    assert error.message("fr") != error.message("en")
    assert not re.search(r"did not find|expected <|\{[a-z]+\}(?<!\{ \})", error.message("en").replace("{{ name }}", ""))


@pytest.mark.parametrize(
    ("text", "code"),
    [(text, code) for text, code, *_ in MISTAKES if text.startswith(URL) and code not in (
        "yaml-documents", "yaml-too-many-values", "yaml-item-among-keys", "yaml-bracket-closed", "yaml-syntax")],
)  # fmt: skip
def test_a_mistake_keeps_no_other_entry_out(text, code):
    entry = "".join(f"    {line}\n" for line in text.splitlines()).replace("    ", "  - ", 1)
    around = "offices:\n  - url: https://{}.example\n", "  - url: https://{}.example\n"
    document, refusal = load_with_refusals((around[0].format(1) + entry + around[1].format(2)).encode())
    assert [item["url"] for item in (document["offices"][0], document["offices"][-1])] == [
        "https://1.example",
        "https://2.example",
    ]
    assert refusal.code == code
    assert len(list(refusals(document))) >= 1


def test_more_mistakes_than_are_mended_refuse_the_whole_with_the_first():
    broken = "- url: https://a.example\n  name: @a\n"
    document, _ = load_with_refusals((broken * MAX_REPAIRS + URL.replace("url", "- url")).encode())
    assert len(document) == MAX_REPAIRS + 1
    with pytest.raises(ReadingError) as caught:
        load_with_refusals((broken * (MAX_REPAIRS + 2)).encode())
    assert (caught.value.code, caught.value.line) == ("yaml-text-begins", 2)


BYTES = [
    (b"x" * (MAX_BYTES + 1), "file-too-long", (None, None)),
    ("url: x".encode("utf-16"), "file-in-wide-characters", (1, None)),
    ("url: x".encode("utf-16-be"), "file-in-wide-characters", (1, None)),
    ("a: b\r\nc: é".encode("latin-1"), "file-encoding", (2, 4)),
    (b"a: b\rc: \xe9", "file-encoding", (2, 4)),
]


@pytest.mark.parametrize(("body", "code", "place"), BYTES)
def test_what_is_no_text_is_told_in_plain_words(body, code, place):
    with pytest.raises(ReadingError) as caught:
        decode(body, MAX_BYTES)
    assert (caught.value.code, (caught.value.line, caught.value.column)) == (code, place)
    assert set(caught.value.messages) == set(LANGUAGES)


def test_every_message_of_the_readers_is_raised_by_a_case():
    quads = ox.parse(path=ROOT / "shapes" / "reading-yaml.ttl", format=ox.RdfFormat.TURTLE)
    names = {quad.subject.value.removeprefix(SHAPES) for quad in quads if quad.subject.value.startswith(SHAPES)}
    raised = {code for _, code, *_ in [*MISTAKES, *BYTES, *test_json_tree.MISTAKES]}
    assert names - raised == {"web-page", "yaml-tag-directive"}  # tests/reading/test_format.py; see the next test


def test_a_directive_of_tags_is_nothing_where_no_tag_is():
    assert load_with_refusals(b"%TAG ! x\n---\na: b\n") == ({"a": "b"}, None)
    assert first_of("%TAG ! x\n--- !a\na: b\n") is not None
