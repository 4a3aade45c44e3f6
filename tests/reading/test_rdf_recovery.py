"""RDF documents with faults: what is mended, what is left out and named, and what is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, RdfFormat, parse

from registry.errors import ReadingError
from registry.iri.names import PREFIXES
from registry.model import Severity
from registry.reading.describe import describe
from registry.reading.iris import iri_of, is_iri
from registry.reading.json.json_ld import load_json
from registry.validation.validate import validate
from registry.vocabulary.language_tags import is_tag, tag_of

GRAPH = "https://atlas.example/sources/x/description"
URL = "https://office.example/data/office"
HEAD = "".join(f"@prefix {prefix}: <{PREFIXES[prefix]}> .\n" for prefix in ("ospo", "foaf", "skos", "dcterms"))
OFFICE = 'ospo:Office ; foaf:homepage <https://a.example/> ; skos:prefLabel "Office"@en ; ospo:countryCode "NO"'


def read(text, media_type="text/turtle"):
    return describe(text.encode(), media_type=media_type, url=URL, graph=GRAPH)


def remarks(text, media_type="text/turtle"):
    return [(r.code, r.value, r.place.line, r.place.column) for r in read(text, media_type).remarks]


def refusal(text, media_type="text/turtle"):
    with pytest.raises(ReadingError) as caught:
        read(text, media_type)
    return caught.value


ADDRESSES = st.text("aZ0./:?#[]@!$&'()*+,;= <>\"{}|\\^`%\u00e9\ue000\ufffe\u202e-_~", max_size=20).flatmap(
    lambda tail: st.sampled_from(["", "http://a.example/", "https://", "HTTPS://a.example", "mailto:"]).map(
        lambda head: head + tail
    )
)


@given(ADDRESSES | st.text(max_size=30))
def test_an_address_is_an_iri_or_its_problem_has_a_name_and_what_is_one_stays(text):
    found = iri_of(text)
    assert is_iri(found.iri) or (not found.iri and found.kind)
    if found.iri:
        list(parse(f"<{found.iri}> <{found.iri}> <{found.iri}> .".encode(), RdfFormat.N_TRIPLES))
        again = iri_of(found.iri)
        assert again.iri == found.iri
        assert again.kind != "encoded"
    if is_iri(text):
        assert found.iri.partition(":")[2] == text.partition(":")[2]
        assert found.iri.partition(":")[0].lower() == text.partition(":")[0].lower()


@given(st.text(max_size=12) | st.from_regex(r"[a-zA-Z]{1,9}([-_][a-zA-Z0-9]{1,9}){0,3}", fullmatch=True))
def test_a_language_is_a_tag_for_the_parser_or_none_at_all(text):
    tag, kind = tag_of(text)
    assert kind in ("", "mended", "unknown")
    assert is_tag(tag) if kind != "unknown" else not tag
    if tag:
        Literal("x", language=tag)
        assert tag_of(tag) == (tag, "")
    assert kind != "mended" or tag != text


@pytest.mark.parametrize(
    ("typed", "kind", "meant"),
    [
        ("<https://a.example/x>", "in-brackets", "https://a.example/x"),
        ("[our site](https://a.example/x)", "markdown", "https://a.example/x"),
        ("https://a.example, https://b.example", "several", "https://a.example https://b.example"),
        ("https://a.example https://b.example", "several", "https://a.example https://b.example"),
        ("https://a.example,https://b.example", "several", "https://a.example https://b.example"),
        ("ttps://a.example/x", "scheme", "https://a.example/x"),
        ("http//a.example", "scheme", "https://a.example"),
        ("https:/a.example", "scheme", "https://a.example"),
        ("code.gouv.fr", "no-scheme", "https://code.gouv.fr"),
        ("https://a.example:port/", "port", ""),
        ("https://a b.example/", "host", ""),
        ("some words", "relative", ""),
        ("", "empty", ""),
        ("https://web.archive.example/2020/https://a.example", "", ""),
    ],
)
def test_what_is_no_address_is_called_by_its_name(typed, kind, meant):
    assert iri_of(typed)[1:] == (kind, meant)


def test_a_bad_tag_or_address_costs_no_more_than_itself_and_has_its_place():
    text = (
        f'{HEAD}<https://a.example/#o> a {OFFICE} ;\n  skos:altLabel "Kontor"@nb_NO , "Bureau"@français , "x"@?? ;\n'
        "  ospo:codeSource <https://git.example/our code/> , <https://git.example:port/> .\n"
    )
    assert remarks(text) == [
        ("text-language-mended", "nb_NO", 6, 25),
        ("text-language-mended", "français", 6, 42),
        ("text-language-unknown", "??", 6, 57),
        ("address-encoded", "https://git.example/our code/", 7, 19),
        ("address-port", "https://git.example:port/", 7, 53),
    ]
    triples = {str(triple.object) for triple in read(text).triples}
    assert triples >= {'"Kontor"@nb-no', '"Bureau"@fr', '"x"', "<https://git.example/our%20code/>"}
    assert not [value for value in triples if "port" in value or "urn:" in value]


def test_a_home_page_that_is_none_is_a_violation_and_is_not_called_missing():
    report = validate(read(f"{HEAD}[] a {OFFICE.replace('//a.example', '//a.example:port')} ."))
    found = [(f.shape.rpartition("#")[2], f.severity) for f in report.findings if f.severity is Severity.VIOLATION]
    assert found == [("address-port", Severity.VIOLATION)]


GOOD = f"<https://a.example/#a> a {OFFICE} .\n"


@pytest.mark.parametrize(
    ("statement", "code", "column"),
    [
        ('<https://a.example/#b> a ospo:Office ; skos:prefLabel "the "Free" one" .', "turtle-quote-in-text", 61),
        ("<https://a.example/#b> a ospo:Office ; rdfs:label 1 .", "turtle-prefix-ours", 40),
        ("<https://a.example/#b> a ospo:Office ; x:y 1 .", "turtle-prefix", 40),
        ("<https://a.example/#b> a ospo:Office ; ospo:x .", "turtle-value-missing", 47),
        ('<https://a.example/#b> a ospo:Office ; ospo:x "\\d" .', "turtle-escape", 47),
        ("<https://a.example/#b> a ospo:Office ; ospo:x True .", "turtle-unread", 47),
        ("<https://a.example/#b> a ospo:Office\n ospo:x 1 .", "turtle-separator-missing", 2),
        ("<https://a.example/#g> { <https://a.example/#b> a ospo:Office }\n.", "turtle-graph", 24),
    ],
)
def test_a_statement_that_cannot_be_read_is_left_out_with_its_cause_and_all_others_are_read(statement, code, column):
    text = f"{HEAD}{GOOD}{statement}\n{GOOD.replace('#a', '#c')}"
    description = read(text)
    (remark,) = description.remarks
    line = 6 + (code == "turtle-separator-missing")
    assert (remark.code, remark.place.line, remark.place.column) == (code, line, column)
    assert str(line) in (remark.facts["first"], remark.facts["last"])
    subjects = {t.subject.value for t in description.triples}
    assert {"https://a.example/#a", "https://a.example/#c"} <= subjects
    finding = next(f for f in validate(description).findings if f.shape.endswith(code))
    assert "{" not in finding.message("en") + finding.message("fr")


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (f'{HEAD}{GOOD}<https://a.example/#b> ospo:x "one\ntwo" .\n{GOOD}', "turtle-text-open", 6, 31),
        (f'{HEAD}{GOOD}<https://a.example/#b> ospo:x "the "Free one" .\n{GOOD}', "turtle-quote-in-text", 6, 37),
        (f"{HEAD}{GOOD}[ ospo:x 1 .\n{GOOD}", "turtle-bracket-open", 6, 1),
        (f"@prefix ospo <{PREFIXES['ospo']}> .\n{GOOD}", "turtle-unread", 1, 9),
        (f'{HEAD}<https://a.example/#b> ospo:x "the "Free" one" .', "turtle-quote-in-text", 5, 37),
    ],
)
def test_a_document_is_refused_where_nothing_that_follows_is_certain(text, code, line, column):
    error = refusal(text)
    assert (error.code, error.line, error.column) == (code, line, column)


def test_n_triples_lose_the_bad_line_alone_whatever_quote_or_bracket_it_holds():
    good = f'<https://a.example/{{}}> <{PREFIXES["ospo"]}x> "x" .\n'
    bad = f'<https://a.example/b> <{PREFIXES["ospo"]}x> "x .\n[ .\n'
    description = read(good.format(1) + bad + good.format(2), "application/n-triples")
    assert {t.subject.value for t in description.triples} == {"https://a.example/1", "https://a.example/2"}
    assert [r.place.line for r in description.remarks] == [2, 3]


JSON_FAULTS = {
    '{"a": "x\ny"}': "json-text-open",
    '{"a": "x': "json-text-open",
    '{"a": "\\x"}': "json-escape",
    '{"a": 1} x': "json-after-end",
    '{"a": 1': "json-bracket-open",
    '{"a": 1 // x\n}': "json-comment",
    "{'a': 1}": "json-quotes",
    '{"a": 1,}': "json-trailing-comma",
    '{"a" 1}': "json-no-colon",
    '{"a": "the "Free" one"}': "json-quote-in-text",
    '{"a": 1 "b": 2}': "json-comma-missing",
    "{a: 1}": "json-no-quotes",
    '{"a": yes}': "json-word",
}


@pytest.mark.parametrize(("text", "code"), JSON_FAULTS.items())
def test_what_is_no_json_is_refused_with_its_cure(text, code):
    with pytest.raises(ReadingError) as caught:
        load_json(text, [])
    assert caught.value.code == code
    assert caught.value.line
    assert caught.value.column
    assert caught.value.message("fr") != caught.value.message("en")


OURS = "https://w3id.org/ospo/ns/context.jsonld"


def json_ld(**fields):
    office = {"url": "https://a.example/", "name": {"en": "Office"}, "country": "NO"}
    return json.dumps({"@context": OURS, "type": "Office"} | office | fields)


def test_json_ld_loses_no_address_and_no_text_in_silence():
    text = json_ld(name={"en_GB": "Office", "??": "Kontor"}, code=["https://git.example/our code/", "https://[x/"])
    description = read(text, "application/ld+json")
    assert {(r.code, r.value) for r in description.remarks} == {
        ("text-language-mended", "en_GB"),
        ("text-language-unknown", "??"),
        ("address-encoded", "https://git.example/our code/"),
        ("address-host", "https://[x/"),
    }
    values = {str(t.object) for t in description.triples}
    assert values >= {'"Office"@en-gb', '"Kontor"', "<https://git.example/our%20code/>"}


def test_an_address_that_would_end_a_line_of_n_triples_states_nothing_else():
    for tail in ("> .\n<https://a.example/x> <https://a.example/p> <https://a.example/y", "> . #", "> <https://b"):
        description = read(json_ld(code=[f"https://a.example/{tail}"]), "application/ld+json")
        assert [r.code for r in description.remarks] == ["address-encoded"]
        assert not any(t.subject == NamedNode("https://a.example/x") for t in description.triples)


def test_a_named_graph_of_json_ld_is_read_like_the_default_graph():
    text = '{"@id": "https://a.example/g", "@graph": [{"@id": "https://a.example/", "https://a.example/p": 1}]}'
    assert [str(t.subject) for t in read(text, "application/ld+json").triples] == ["<https://a.example/>"]
