"""The format of a document: by media type, then suffix, then by how it begins; never by words further on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ReadingError
from registry.reading.format import detect
from tests.support.trees import read_or_refused

WELL_KNOWN = "https://office.example/.well-known/ospo-meta"
YAML = "url: https://office.example\nname: Office\n"
TYPES = [
    "",
    "text/plain",
    "application/octet-stream",
    "text/html",
    "application/yaml",
    "text/turtle",
    "application/json",
]


@pytest.mark.parametrize("media_type", TYPES)
@pytest.mark.parametrize(
    ("text", "format_"),
    [
        (YAML, "yaml"),
        (YAML + "description:\n  fr: |\n    Base juridique : décret\n    prefix ex: <x>\n", "yaml"),
        ("remark: >\n  @prefix a: <b>\n" + YAML, "yaml"),
        ("---\n- url: https://a.example\n", "yaml"),
        ("- url: https://a.example\n", "yaml"),
        ("https://a.example:\n  name: A\n", "yaml"),
        ("Base: x\n", "yaml"),
        ("prefix: <x>\n", "yaml"),
        ('{"url": "https://a.example", "twitter": "@handle"}', "json"),
        ('{"remark": "write \\"@id\\": x"}', "json"),
        ('[{"url": "https://a.example"}]', "json"),
        ('{"name": "A", "policies": [{"\\u0040id": "x"}]}', "json-ld"),
        ('[{"a": {"@graph": []}}]', "json-ld"),
        ('\n {"@context": {}}', "json-ld"),
        ('{"@context": {}, "p": NaN}', "json-ld"),
        ('<?xml version="1.0"?><rdf:RDF/>', "rdf-xml"),
        ("<!-- by hand -->\n<?xml-stylesheet href='x'?><!DOCTYPE rdf:RDF [<!ENTITY a '>'>]>\n<rdf:RDF/>", "rdf-xml"),
        ("<rdf:RDF xmlns:rdf='x'>", "rdf-xml"),
        ("<RDF xmlns='x'>", "rdf-xml"),
        ("# by hand\n\n# again\n@prefix a: <https://a.example/> .\n", "turtle"),
        ("PREFIX a: <https://a.example/>\n", "turtle"),
        ("base <https://a.example/>\n", "turtle"),
        ("# Office\n<https://a.example/#o> a <https://b.example/O> .", "turtle"),
        ("<https://a.example/#o> a <https://b.example/O> .", "turtle"),
        ("<#o> a <https://b.example/O> .", "turtle"),
        ("<https://a.example/our code> a <https://b.example/O> .", "turtle"),
        ("_:b <https://a.example/p> 1 .", "turtle"),
        ("[] a <https://b.example/O> .", "turtle"),
    ],
)
def test_the_bytes_are_read_whatever_the_server_says(text, format_, media_type):
    if media_type == "application/json" and text.startswith("[] a"):
        return  # begins like JSON, and is said to be JSON
    assert detect(text, media_type, WELL_KNOWN) == format_


@pytest.mark.parametrize(
    ("text", "media_type", "url", "format_"),
    [
        ("a:b a:c a:d .", "text/turtle", WELL_KNOWN, "turtle"),
        ("a:b a:c a:d .", "", "https://a.example/x.ttl?y=1.yaml", "turtle"),
        ("a:b a:c a:d .", "text/yaml", "https://a.example/x.ttl", "yaml"),
        ("<https://a.example/> <b> <c> .", "application/n-triples", WELL_KNOWN, "n-triples"),
        ('{"a": 1,}', "application/json; charset=utf-8", WELL_KNOWN, "json"),
        ('{"a": 1,}', "", "file:///x/ospo.json", "json"),
        ('{"a": 1,}', "", "file:///x/ospo.jsonld", "json-ld"),
        ('{"a": 1,}', "", WELL_KNOWN, "yaml"),
        ('{"@id": "x",}', "", WELL_KNOWN, "json-ld"),
        ("{en: x}", "application/json", WELL_KNOWN, "json"),
        ("{en: x}", "", WELL_KNOWN, "yaml"),
        ("<<: {a: 1}", "", WELL_KNOWN, "yaml"),
        ("[" * 100_000, "", WELL_KNOWN, "json"),
        ("", "", WELL_KNOWN, "yaml"),
        ("# to be filled in\n", "", WELL_KNOWN, "yaml"),
    ],
)
def test_what_may_be_several_is_what_the_server_or_the_suffix_says(text, media_type, url, format_):
    assert detect(text, media_type, url) == format_


@pytest.mark.parametrize(
    "page",
    [
        "<!DOCTYPE html><html>",
        "  <HTML lang=fr>",
        "<!-- saved -->\n<!doctype HTML>",
        '<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="z">',
        "<head><title>x</title>",
        "<p>Not found</p>",
    ],
)
@pytest.mark.parametrize("media_type", TYPES)
def test_a_web_page_is_told_from_a_description(page, media_type):
    with pytest.raises(ReadingError, match="a web page"):
        detect(page, media_type, WELL_KNOWN)


@given(
    st.text(st.sampled_from("<>[](){}@#:/_?!-ab \n\"'"), max_size=40),
    st.sampled_from(TYPES),
    st.sampled_from([WELL_KNOWN, "x.json", "x.rdf", "x.nt", "x.jsonld"]),
)
def test_any_text_has_a_format_or_is_a_web_page(text, media_type, url):
    found = read_or_refused(detect, text, media_type, url)
    assert getattr(found, "code", found) in {"yaml", "json", "json-ld", "turtle", "n-triples", "rdf-xml", "web-page"}
