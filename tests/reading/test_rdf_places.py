"""Where the values of RDF documents stand, and RDF/XML in its encodings and with its faults."""

import json
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Triple, serialize

from registry.errors import ReadingError
from registry.iri.names import PREFIXES, term
from registry.model import Place
from registry.reading.describe import describe

GRAPH = "https://atlas.example/sources/x/description"
URL = "https://office.example/data/office"
MEDIA_TYPES = {
    RdfFormat.TURTLE: "text/turtle",
    RdfFormat.N_TRIPLES: "application/n-triples",
    RdfFormat.RDF_XML: "application/rdf+xml",
    RdfFormat.JSON_LD: "application/ld+json",
}


def read(text, media_type):
    body = text if isinstance(text, bytes) else text.encode()
    return describe(body, media_type=media_type, url=URL, graph=GRAPH)


def place(description, value):
    (triple,) = [t for t in description.triples if t.object.value == value]
    return description.place(triple.subject.value, triple.predicate.value, value)


TURTLE = f"""@prefix ospo: <{PREFIXES["ospo"]}> .
@prefix skos: <{PREFIXES["skos"]}> .
# <https://b.example/> stands in a comment
[] a ospo:Office ;
  skos:prefLabel "Office; \\"the\\" first"@en ,
    '''Kon;
tor'''@nb ;
  ospo:staff [ ospo:unit "people" ] , [ ospo:unit "desks" ] ;
  ospo:codeSource <../code#x> , <https://b.example/> .
"""


def test_each_value_of_turtle_has_its_place():
    description = read(TURTLE, "text/turtle")
    assert place(description, 'Office; "the" first') == Place(5, 18)
    assert place(description, "Kon;\ntor") == Place(6, 5)
    assert place(description, "people") == Place(8, 26)
    assert place(description, "desks") == Place(8, 51)
    assert place(description, "https://office.example/code#x") == Place(9, 19)
    assert place(description, "https://b.example/") == Place(9, 33)
    office = next(t.subject.value for t in description.triples if t.object == term("ospo:Office"))
    assert description.place(office, "https://a.example/missing") == Place(4, 1)
    assert description.place(office, PREFIXES["ospo"] + "codeSource", "https://a.example/other") == Place(9, 3)


RDF_XML = f"""<?xml version="1.0"?>
<rdf:RDF xmlns:rdf="{PREFIXES["rdf"]}" xmlns:ospo="{PREFIXES["ospo"]}" xmlns:skos="{PREFIXES["skos"]}">
  <ospo:Office ospo:countryCode="NO">
    <skos:prefLabel xml:lang="en">Office &amp; more</skos:prefLabel>
    <ospo:staff rdf:parseType="Resource"><ospo:unit>people</ospo:unit></ospo:staff>
    <ospo:codeSource rdf:resource="../code"/>
  </ospo:Office>
</rdf:RDF>
"""


def test_each_value_of_rdf_xml_has_its_place():
    description = read(RDF_XML, "application/rdf+xml")
    assert place(description, "NO") == Place(3, 3)
    assert place(description, "Office & more") == Place(4, 5)
    assert place(description, "people") == Place(5, 42)
    assert place(description, "https://office.example/code") == Place(6, 5)


JSON_LD = """{"@context": "https://w3id.org/ospo/ns/context.jsonld", "@graph": [
  {"type": "Office",
   "url": "https://a.example/", "name": {"en": "Office"},
   "policies": [{"type": "FlossPolicy", "url": "https://a.example/", "title": "Po\\u006cicy"}]}]}
"""


def test_each_value_of_json_ld_has_its_place_and_the_way_to_it():
    description = read(JSON_LD, "application/ld+json")
    assert place(description, "Office") == Place(3, 48, "@graph[0].name.en")
    assert place(description, "Policy") == Place(4, 79, "@graph[0].policies[0].title")
    office = next(t.subject.value for t in description.triples if t.object == term("ospo:Office"))
    assert description.place(office, PREFIXES["foaf"] + "homepage", "https://a.example/").line == 3


SUBJECTS = st.sampled_from([NamedNode("https://a.example/s"), NamedNode("https://a.example/t"), BlankNode("b")])
PREDICATES = st.sampled_from([NamedNode("https://a.example/p"), NamedNode("https://a.example/q#r")])
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.sampled_from(" \n"), max_size=12)
OBJECTS = (
    TEXTS.map(Literal)
    | st.sampled_from(["x", "y"]).map(lambda text: Literal(text, language="en"))
    | st.integers(0, 99).map(Literal)
    | st.sampled_from("uvw").map(lambda name: NamedNode(f"https://a.example/{name}"))
)
TRIPLES = st.lists(st.builds(Triple, SUBJECTS, PREDICATES, OBJECTS), min_size=1, max_size=8)


@given(TRIPLES, st.sampled_from(list(MEDIA_TYPES)))
def test_a_place_that_is_told_is_one_where_the_value_stands(triples, format_):
    text = serialize(triples, format=format_).decode()
    description = read(text, MEDIA_TYPES[format_])
    lines = text.split("\n")
    for (_, _, value), found in description.places.items():
        if value and found.line:
            rest = "\n".join([lines[found.line - 1][found.column - 1 :], *lines[found.line :]])
            shown = json.dumps(value, ensure_ascii=False)[1:-1]
            marked = escape(value)
            forms = (value, shown, escape(value, quote=False), marked, marked.replace("&#x27;", "&apos;"))
            assert any(form in rest for form in forms)
    if format_ in (RdfFormat.TURTLE, RdfFormat.N_TRIPLES):
        told = {key for key in description.places if key[2]}
        asked = {(t.subject.value, t.predicate.value, t.object.value) for t in description.triples}
        assert asked - told <= {key for key in asked if not key[2]}


@pytest.mark.parametrize(
    ("name", "codec"), [("ISO-8859-1", "latin-1"), ("windows-1252", "cp1252"), ("UTF-16", "utf-16")]
)
def test_a_declared_encoding_is_read(name, codec):
    text = RDF_XML.replace('"1.0"', f'"1.0" encoding="{name}"').replace("more", "pétanque")
    assert place(read(text.encode(codec), "application/rdf+xml"), "Office & pétanque").line == 4


def refusal(body):
    with pytest.raises(ReadingError) as caught:
        read(body, "application/rdf+xml")
    return caught.value


@pytest.mark.parametrize(("name", "body"), [("ISO-8859-1", "é".encode()), ("Shift_JIS", b"x"), ("us-ascii", b"\xe9")])
def test_an_encoding_that_cannot_be_meant_or_is_not_read_is_refused(name, body):
    error = refusal(RDF_XML.replace('"1.0"', f'"1.0" encoding="{name}"').encode().replace(b"more", body))
    assert error.code == ("xml-encoding" if name == "Shift_JIS" else "xml-encoding-wrong")


@pytest.mark.parametrize(
    ("right", "wrong", "code", "line"),
    [
        ("</skos:prefLabel>", "</prefLabel>", "xml-tag", 4),
        ("&amp;", "&", "xml-sign", 4),
        ("</rdf:RDF>", "", "xml-end", 9),
        ("ospo:unit", "schema:unit", "xml-prefix", 5),
        ('="NO"', '="NO" ospo:countryCode="SE"', "xml-attribute-twice", 3),
        ("&amp;", "&nbsp;", "xml-entity", 4),
        ("</rdf:RDF>", "</rdf:RDF><rdf:RDF/>", "xml-more", 8),
        ("<?xml", "<!-- x --><?xml", "xml-declaration", 1),
        ("people", "<a/><b/>people", "rdf-xml-unread", 5),
    ],
)
def test_xml_that_is_not_well_formed_is_refused_with_its_line_and_its_cure(right, wrong, code, line):
    error = refusal(RDF_XML.replace(right, wrong).encode())
    assert (error.code, error.line) == (code, line)
    assert "{" not in error.message("en") + error.message("fr")


def test_bad_addresses_and_tags_of_rdf_xml_are_mended_where_they_stand():
    text = RDF_XML.replace('"en"', '"en_GB"').replace("../code", "https://a.example/our code")
    description = read(text, "application/rdf+xml")
    assert [(r.code, r.value, r.place.line) for r in description.remarks] == [
        ("text-language-mended", "en_GB", 4),
        ("address-encoded", "https://a.example/our code", 6),
    ]
