"""Documents as they come: what is read, what is refused, and which line the fault is in."""

import json
import re
import tracemalloc
from collections import Counter
from importlib.resources import files

import pytest
from pyoxigraph import RdfFormat

from registry.errors import ReadingError
from registry.iri.names import FIELD, PREFIXES, code_of, concept_iri, term
from registry.model import Place
from registry.reading.decoding import decode
from registry.reading.describe import describe
from registry.reading.format import detect
from registry.reading.json import json_ld
from registry.reading.outline.outline import outline
from registry.reading.rdf import rdf
from registry.reading.yaml import yaml_builder, yaml_events
from registry.vocabulary import concepts, context

GRAPH = "https://atlas.example/sources/x/description"
URL = "https://office.example/.well-known/ospo-meta"


def read(text, media_type="", url=URL):
    body = text if isinstance(text, bytes) else text.encode()
    return describe(body, media_type=media_type, url=url, graph=GRAPH)


def objects(description, key, type_=""):
    predicate = context.key_definition(key, type_).iri
    return sorted(t.object.value for t in description.triples if t.predicate.value == predicate)


def types(description):
    found = [t.object.value for t in description.triples if t.predicate.value.endswith("#type")]
    return sorted(code_of(value) for value in found)


OFFICE = "url: https://office.example\nname: Office\ncountry: NO\n"


@pytest.mark.parametrize(
    ("text", "offices"),
    [
        (OFFICE, 1),
        ("https://a.example:\n  name: A\nhttps://b.example/x:\n  name: B\n", 2),
        (
            "one.yaml:\n  https://a.example:\n    name: A\n"
            "two.yaml:\n  https://b.example:\n    name: B\n  https://c.example:\n    name: C\n",
            3,
        ),
        ("policies:\n  - title: P\n    country: FR\n", 0),
        ("offices:\n  - url: https://a.example\n    name: A\npolicies: []\n", 1),
        ("https://a.example:\n", 1),
        ("https://x.example/all.yml:\n  https://a.example:\n    name: A\n  https://b.example:\n", 2),
        ("one.yaml:\n  https://a.example:\n    name: A\ntwo.yaml: {}\nthree.yaml:\n", 1),
        ('{"url": "https://a.example", "name": "A"}', 1),
    ],
)
def test_the_four_shapes_of_a_yaml_file_are_read(text, offices):
    assert types(read(text)).count("Office") == offices


def test_every_scalar_of_yaml_is_text():
    description = read(
        "url: https://a.example\nname: 1.10\ncountry: NO\npso_id: 00042\nemail: 12:30:45\ncreated: 2021-02-30\n"
    )
    assert objects(description, "country") == ["NO"]
    assert objects(description, "name") == ["1.10"]
    assert objects(description, "pso_id") == ["00042"]
    assert objects(description, "email") == ["12:30:45"]
    assert objects(description, "created") == ["2021-02-30"]


def test_a_field_without_a_value_is_as_good_as_absent_and_a_quoted_one_is_not():
    description = read(
        "url: https://a.example\nname: A\nemail:\ncode: [~, https://b.example/]\ncountry: null\npso_id: 'null'\n"
    )
    assert objects(description, "email") == objects(description, "country") == []
    assert objects(description, "code") == ["https://b.example/"]
    assert objects(description, "pso_id") == ["null"]


def test_a_date_of_less_precision_gets_its_true_type():
    for written, type_ in (("2018", "gYear"), ("2018-12", "gYearMonth"), ("2018-12-01", "date"), ("soon", "date")):
        triples = read(f"{OFFICE}created: {written}\n").n_triples.decode()
        assert f'"{written}"^^<http://www.w3.org/2001/XMLSchema#{type_}>' in triples


def test_fields_that_nobody_defined_are_kept():
    triples = read(f"{OFFICE}favourite colour: blue\n'a:b': c\n'@id': x\n").n_triples.decode()
    for field in ("favourite%20colour", "a%3Ab", "%40id"):
        assert f"<{FIELD}{field}>" in triples


def test_a_code_that_nobody_knows_is_kept_so_that_its_shape_can_name_it():
    description = read("url: https://a.example\nname: A\nlevel: very high\n")
    assert objects(description, "level") == [concept_iri("level", "very%20high")]


def test_statements_in_one_cell_in_flow_and_block_style_and_as_words_stay_apart():
    text = (
        "policies:\n  - title: P\n    matrix: {use: {present: silent, promote: excluded}, produce: "
        "{present: [{force: required}, {force: permitted}]}}\n  - title: Q\n    matrix: {use: {present: silent}}\n"
    )
    description = read(text)
    assert types(description).count("PolicyStatement") == 5
    assert [code_of(value) for value in objects(description, "coverage")] == [
        "excluded",
        "silent",
        "silent",
        "stated",
        "stated",
    ]


IN_YAML = """
url: https://a.example
policies:
  - title: P
    matrix:
      produce:
        present:
          - duty: share-with-administrations
            condition: on-request
            quote: {es: Las administraciones pondrán a disposición las aplicaciones.}
            changes: [Ley 1/2024, Ley 2/2025]
            issued: 2024-05
            evidence: [{page: https://copy.example/act, copy_of: https://law.example/act}, https://law.example/news]
          - {duty: publish-code, reach: field, territory: ES-AN, nuts: ES61, codebook: "0.2", copy_of: https://law.example/act}
"""
IN_JSON_LD = """
{"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": "Office", "url": "https://a.example",
 "policies": [{"type": "FlossPolicy", "title": "P", "statements": [
  {"type": "PolicyStatement", "activity": "produce", "stage": "present", "coverage": "stated",
   "duty": "share-with-administrations", "condition": "on-request", "issued": "2024-05",
   "quote": {"es": "Las administraciones pondrán a disposición las aplicaciones."},
   "changes": ["Ley 1/2024", "Ley 2/2025"],
   "evidence": [{"page": "https://copy.example/act", "copy_of": "https://law.example/act"}, "https://law.example/news"]},
  {"type": "PolicyStatement", "activity": "produce", "stage": "present", "coverage": "stated",
   "duty": "publish-code", "reach": "field", "territory": "ES-AN", "nuts": "ES61", "codebook": "0.2",
   "copy_of": "https://law.example/act"}]}]}
"""
IN_TURTLE = """
@prefix c: <https://w3id.org/ospo/concept/> . @prefix ospo: <https://w3id.org/ospo/ns#> .
@prefix dcterms: <http://purl.org/dc/terms/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
[] a ospo:Office ; foaf:homepage <https://a.example> ; ospo:flossPolicy _:p .
_:p a ospo:FlossPolicy ; dcterms:title "P" .
[] a ospo:PolicyStatement ; dcterms:isPartOf _:p ; ospo:activity c:activity\\/produce ; ospo:stage c:stage\\/present ;
  ospo:coverage c:coverage\\/stated ; ospo:duty c:duty\\/share-with-administrations ;
  ospo:condition c:condition\\/on-request ; dcterms:issued "2024-05"^^xsd:gYearMonth ;
  ospo:quote "Las administraciones pondrán a disposición las aplicaciones."@es ;
  ospo:changedBy "Ley 1/2024" , "Ley 2/2025" ;
  ospo:evidence [ foaf:page <https://copy.example/act> ; ospo:copyOf <https://law.example/act> ] ,
    <https://law.example/news> .
[] a ospo:PolicyStatement ; dcterms:isPartOf _:p ; ospo:activity c:activity\\/produce ; ospo:stage c:stage\\/present ;
  ospo:coverage c:coverage\\/stated ; ospo:duty c:duty\\/publish-code ; ospo:reach c:reach\\/field ;
  ospo:territoryCode "ES-AN" ; ospo:nutsCode "ES61" ; ospo:codebook "0.2" ; ospo:copyOf <https://law.example/act> .
"""


def unnamed(description):
    """Return the triples with one mark for all nodes without a name of their own, and how often each is there."""
    text = description.n_triples.decode()
    return Counter(re.sub(f"<{GRAPH}#[^>]*>", "_", text).splitlines())


def test_two_statements_of_a_cell_with_all_that_the_codebook_asks_are_the_same_in_all_syntaxes():
    as_yaml, as_json_ld, as_turtle = map(read, (IN_YAML, IN_JSON_LD, IN_TURTLE))
    assert types(as_yaml) == ["FlossPolicy", "Office", "PolicyStatement", "PolicyStatement"]
    assert [code_of(value) for value in objects(as_yaml, "duty")] == ["publish-code", "share-with-administrations"]
    assert objects(as_yaml, "changes") == ["Ley 1/2024", "Ley 2/2025"]
    assert unnamed(as_yaml) == unnamed(as_json_ld) == unnamed(as_turtle)


def test_a_copy_that_was_read_is_a_node_of_evidence_with_the_address_of_the_original():
    triples = read(IN_YAML).triples
    copies = {t.subject: t.object.value for t in triples if t.predicate == term("ospo:copyOf")}
    evidence = {t.object for t in triples if t.predicate == term("ospo:evidence")}
    pages = {t.subject: t.object.value for t in triples if t.predicate == term("foaf:page")}
    (copy,) = copies.keys() & evidence
    assert (pages[copy], copies[copy]) == ("https://copy.example/act", "https://law.example/act")


def test_lines_lead_from_a_node_and_a_property_to_the_file():
    description = read("# comment\nhttps://a.example:\n  name: A\n\n  country: FR\n")
    (office,) = {subject for subject, *_ in description.places}
    assert office.startswith(f"{GRAPH}#L")
    assert description.place(office, "").line == 2
    assert description.place(office, context.key_definition("country").iri) == Place(
        5, 12, "[https://a.example].country"
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "stands in line 1 already"),
        ("a: &x 1\nb: *x\n", 1, "anchor"),
        ("<<: {a: 1}\n", 1, "merge key"),
        ("a: !!python/object:os.system x\n", 1, "tag"),
        ("a: 1\n---\nb: 2\n", 3, "further document"),
        ("a:\n\t- b\n", 2, "A tab"),
        ("name: Office: the first\n", 1, "quotes"),
        ("a: [1\n", 1, "never closed"),
        ("? [a]\n: b\n", 1, "plain name"),
        ("a: \u202eevil\n", 1, r"U\+202E"),
        ('a: "\\0"\n', 1, r"U\+0000"),
        ('a: 1\nb: "\\u202E"\n', 2, r"U\+202E"),
        ('a: 1\n"\\x9F": 2\n', 2, r"U\+009F"),
    ],
)
def test_yaml_that_is_not_read_is_refused_with_its_line(text, line, message):
    with pytest.raises(ReadingError, match=message) as caught:
        yaml_events.load(text.encode())
    assert caught.value.line == line


@pytest.mark.parametrize("body", [b"\xff\xfea\x00", b"caf\xe9: x", b"a: \xed\xa0\x80"])
def test_what_is_not_utf_8_is_refused(body):
    with pytest.raises(ReadingError, match="UTF-8"):
        read(body)


FORBIDDEN = [*range(9), 11, 12, *range(14, 32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)]


def test_what_cannot_be_seen_is_refused_with_its_place_and_all_else_is_read():
    for code in {*FORBIDDEN, 0xFFFE, 0xFFFF} - {0x85}:
        with pytest.raises(ReadingError, match=f"U\\+{code:04X}") as caught:
            decode(f"a\nbc{chr(code)}{chr(code)}".encode(), 100)
        assert (caught.value.line, caught.value.column) == (2, 3)
    others = {*range(0x11000), 0x10FFFF} - {*FORBIDDEN, 0xFFFE, 0xFFFF, *range(0xD800, 0xE000)} | {0x85}
    text = "".join(map(chr, sorted(others)))
    assert decode(text.encode(), yaml_events.MAX_BYTES) == text


def test_one_byte_order_mark_and_windows_line_ends_do_no_harm():
    assert objects(read(b"\xef\xbb\xbf" + OFFICE.replace("\n", "\r\n").encode()), "country") == ["NO"]


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))


@pytest.mark.parametrize("text", [BOMB, "[" * 50_000, "- " * 50_000, "{a: " * 20_000, "? " * 20_000])
def test_yaml_bombs_end_in_a_plain_refusal(text):
    with pytest.raises(ReadingError):
        read(text)


def nested(depth):
    return "a: " + "[" * (depth - 1) + "x" + "]" * (depth - 1)


def test_the_limits_of_yaml_hold_at_the_limit_and_one_beyond():
    yaml_events.load(nested(yaml_builder.MAX_DEPTH).encode())
    yaml_events.load(b"a: " + b"x" * yaml_builder.MAX_CHARACTERS)
    yaml_events.load(b"a: x" + b" " * (yaml_events.MAX_BYTES - 4))
    yaml_events.load(b"[" + b"x," * (yaml_builder.MAX_NODES - 1) + b"]")
    for text in (
        nested(yaml_builder.MAX_DEPTH + 1).encode(),
        b"a: " + b"x" * (yaml_builder.MAX_CHARACTERS + 1),
        b"a: x" + b" " * (yaml_events.MAX_BYTES - 3),
        b"[" + b"x," * yaml_builder.MAX_NODES + b"]",
    ):
        with pytest.raises(ReadingError):
            yaml_events.load(text)


TURTLE = (
    "@prefix ospo: <https://w3id.org/ospo/ns#> .\n"
    "[] a ospo:Office ; <http://xmlns.com/foaf/0.1/homepage> <https://a.example> .\n"
)
RDF_XML = (
    '<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
    ' xmlns:o="https://w3id.org/ospo/ns#">'
    "<o:Office><o:countryCode>FR</o:countryCode></o:Office></rdf:RDF>"
)
JSON_LD = json.dumps(
    {"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": "Office", "url": "https://a.example"}
)
N_TRIPLES = (
    "<https://a.example/o> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/ospo/ns#Office> .\n"
)


@pytest.mark.parametrize(
    ("text", "media_type", "format_"),
    [
        (TURTLE, "text/turtle", "turtle"),
        (TURTLE, "text/plain", "turtle"),
        (TURTLE, "application/octet-stream", "turtle"),
        (RDF_XML, "application/rdf+xml", "rdf-xml"),
        (RDF_XML, "", "rdf-xml"),
        (JSON_LD, "application/json", "json-ld"),
        (JSON_LD, "text/html", "json-ld"),
        (N_TRIPLES, "application/n-triples", "n-triples"),
        (N_TRIPLES, "text/plain", "turtle"),
        (OFFICE, "text/plain", "yaml"),
        (OFFICE, "application/octet-stream", "yaml"),
        ('"@context": https://w3id.org/ospo/ns/context.jsonld\ntype: Office\nurl: https://a.example\n', "", "yaml"),
    ],
)
def test_the_format_is_told_by_the_bytes_even_where_the_media_type_is_wrong(text, media_type, format_):
    description = read(text, media_type)
    assert description.format == format_
    assert types(description) == ["Office"]


@pytest.mark.parametrize("page", ["<!DOCTYPE html><html>", "  <HTML lang=fr>", "<!doctype HTML>"])
def test_a_web_page_is_told_from_a_description(page):
    with pytest.raises(ReadingError, match="a web page"):
        detect(page, "text/turtle", URL)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"@context": "https://evil.example/c.jsonld"}', "evil.example"),
        ('{"@context": ["https://w3id.org/ospo/ns/context.jsonld", "/c.jsonld"]}', "/c.jsonld"),
        ('{"@context": {"@import": "https://evil.example/c"}, "@id": "x"}', "@import"),
        ('{"@context": {"a": {"@id": "https://a.example/", "@context": "https://evil.example/c"}}}', "evil.example"),
        ('{"@context": "file:///etc/hostname"}', "file:"),
        ('{"@context": "https://W3ID.org/ospo/ns/context.jsonld"}', "W3ID"),
        ('{"@id": "https://a.example/", "@id": "https://b.example/"}', "repeated"),
        ('{"@context": {}, "https://a.example/p": NaN}', "NaN is no number of JSON"),
        ('{"\\u0040context": "https://evil.example/c.jsonld"}, "@id": "x"}', "stands after the end of the document"),
        ('{"\\u0040context": "https://evil.example/c.jsonld", "@id": "x"}', "evil.example"),
        ('[{"@id": "x", "https://a.example/p": {"@context": "https://evil.example/c.jsonld"}}]', "evil.example"),
        ('[{"@id": "x", "https://a.example/p": 1, "\\u0040id": "y"}]', "'@id' is repeated"),
        ('{"@id": "x", "https://a.example/p": "\\ud800"}', "half a character"),
        ('{"@context": {}, "@id": "x", "https://a.example/p": "\\ud800"}', "half a character"),
        ('{"@id": "x", "https://a.example/p": 1e400}', "he number 1e400 is too large"),
        ('{"@id": "x", "https://a.example/p": ' + "9" * 5000 + "}", "9… is too long to be meant"),
        ('{"@id": "x", "https://a.example/p": 1' + "1" * 64 + "}", "too long"),
        ('{"@x":' * 40 + "1" + "}" * 40, "nested deeper than 32"),
        ("@prefix a: <https://a.example/> .\n<https://x.example/g> { a:b a:c a:d }", "has no graphs"),
        ("@prefix a: <https://a.example/> .\na:b a:c <<( a:b a:c a:d )>> .", "riple terms"),
        ("@prefix a: <https://a.example/> .\na:b a:c " + "<<( a:b a:c " * 30_000, "riple terms"),
        ("@prefix a: <https://a.example/> .\na:b a:c 1e99999 .", "too long"),
        ('@prefix a: <https://a.example/> .\na:b a:c "x\\u0000" .', "U\\+0000"),
        ('<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><rdf:RDF/>', "DOCTYPE"),
        ('<?xml version="1.0"?><!doctype x><rdf:RDF/>', "DOCTYPE"),
        ('<?xml version="1.0"?><r>' + "<a>" * 80, "nested deeper than 64"),
    ],
)
def test_hostile_rdf_is_refused_in_plain_words(text, message):
    with pytest.raises(ReadingError, match=message):
        read(text)


S_P = "<https://a.example/s> <https://a.example/p> "
P_O = "<https://a.example/p> <https://a.example/o>"


def statements(count):
    return S_P + ", ".join(f"<https://a.example/{n}>" for n in range(count)) + " ."


def address(length):
    return f"<https://a.example/{'x' * (length - 18)}>"


def number(digits, type_="integer"):
    return f'{S_P}"{"1" * digits}"^^<http://www.w3.org/2001/XMLSchema#{type_}> .'


@pytest.mark.parametrize(
    ("make", "limit"),
    [
        (statements, rdf.MAX_TRIPLES),
        (lambda length: f'{S_P}"{"x" * length}" .', rdf.MAX_CHARACTERS),
        (lambda length: f'{S_P}"{"é" * length}"@fr .', rdf.MAX_CHARACTERS),
        (lambda length: f'{S_P}"{chr(92) * 2 * length}" .', rdf.MAX_CHARACTERS),
        (lambda length: f"{S_P}{address(length)} .", rdf.MAX_IRI_BYTES),
        (lambda length: f"{address(length)} {P_O} .", rdf.MAX_IRI_BYTES),
        (lambda length: f"_:b {address(length)} _:c .", rdf.MAX_IRI_BYTES),
        (lambda count: "".join(f"_:b{n} {P_O} .\n" for n in range(count)), rdf.MAX_BLANK_NODES),
        (lambda count: "".join(f"{S_P}_:b{n} , _:b{n}, 1, 2 .\n" for n in range(count)), rdf.MAX_BLANK_NODES),
        (lambda count: S_P + "[], " * (count - 1) + "[] .", rdf.MAX_BLANK_NODES),
        (number, 64),
        (lambda digits: number(digits, "unsignedShort"), 64),
        (lambda digits: f"{S_P}1e{'1' * digits} .", 3),
        (lambda digits: f"{S_P}1E-{'1' * digits} .", 3),
    ],
)
def test_the_limits_of_rdf_hold_at_the_limit_and_one_beyond(make, limit):
    assert read(make(limit), "text/turtle").n_triples
    with pytest.raises(ReadingError, match=r"more than|too long"):
        read(make(limit + 1), "text/turtle")


@pytest.mark.parametrize(
    ("faults", "message"),
    [
        (f'{S_P}"{"x" * 20_001}" .\n{S_P}5 5 .', "a text of 20001 characters"),
        (f"{S_P}5 5 .\n{S_P}{address(2_049)} .", "an address of more than"),
        (f"{S_P}1e9999 .\n{statements(20_001)}", "too long to be meant"),
        (f"{statements(20_001)}\n{S_P}1e9999 .", "20000 triples"),
        (f"{S_P}{address(2_049)} .\n{S_P}1e9999 .", "an address of more than"),
        (f"<https://a.example/s> <http://www.w3.org/2002/07/owl#sameAs> {address(2_049)} .", "an address of more than"),
    ],
)
def test_of_several_faults_the_first_is_reported(faults, message):
    with pytest.raises(ReadingError, match=message):
        read(faults, "text/turtle")


def test_a_prefix_that_is_used_often_fills_no_memory_and_what_is_merely_large_is_read():
    bomb = f"@prefix a: <https://a.example/{'x' * 5_000}> .\na:b a:c {'a:d, ' * 100_000} a:e ."
    tracemalloc.start()
    with pytest.raises(ReadingError, match="an address of more than"):
        read(bomb, "text/turtle")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * rdf.MAX_N_TRIPLES_BYTES  # of a hundred megabytes for the first 20,000 triples
    large = f"@prefix a: <https://a.example/{'x' * 1_000}> .\na:b a:c {', '.join(f'a:{n}' for n in range(6_000))} ."
    body = read(large, "text/turtle").n_triples
    assert len(body) > rdf.MAX_N_TRIPLES_BYTES
    assert body.count(b"\n") == 6_000


CONTROLS = [*range(9), 11, 12, *range(14, 32), 127, *range(128, 133), *range(134, 160)]


def test_control_characters_are_refused_in_turtle_and_json_ld_however_they_are_written():
    for code in range(0xA1):
        texts = (
            f'{S_P}"a\\u{code:04X}b" .',
            f'{{"@id": "https://a.example/s", "https://a.example/p": "a\\u{code:04x}b"}}',
        )
        for text, media_type in zip(texts, ("text/turtle", "application/ld+json"), strict=True):
            if code in CONTROLS:
                with pytest.raises(ReadingError, match=f"control character U\\+{code:04X}"):
                    read(text, media_type)
            else:
                (triple,) = read(text, media_type).triples
                assert triple.object.value == f"a{chr(code)}b"


def nested_json(depth, inner='"x"'):
    return (
        '{"@id": "https://a.example/s",\n"https://a.example/p":\n' + "[" * (depth - 1) + inner + "]" * (depth - 1) + "}"
    )


STRINGS = ('"[[["', '"]]]"', r'"\"[[["', r'"\\"', r'"\\\"{{{"', '"[", "", "]"', r'"\\", "{\"", "}"')


@pytest.mark.parametrize("inner", STRINGS)
def test_the_limit_of_json_holds_whatever_the_strings_hold(inner):
    assert read(nested_json(json_ld.MAX_DEPTH, inner), "application/ld+json").n_triples
    with pytest.raises(ReadingError, match="nested deeper than 32") as caught:
        read(nested_json(json_ld.MAX_DEPTH + 1, inner), "application/ld+json")
    assert caught.value.line == 3


@pytest.mark.parametrize("around", [r'"\\"', r'"\""', r'"\\\""', '""', '"[", "]"'])
def test_no_strings_around_it_hide_what_is_nested_too_deep(around):
    def text(depth):
        return f'{{"@id": "https://a.example/s", "https://a.example/p": [{around}, {inner(depth - 2)}, {around}]}}'

    def inner(depth):
        return "[" * depth + "1" + "]" * depth

    assert read(text(json_ld.MAX_DEPTH), "application/ld+json").n_triples
    with pytest.raises(ReadingError, match="nested deeper than 32"):
        read(text(json_ld.MAX_DEPTH + 1), "application/ld+json")


@pytest.mark.parametrize(
    "text",
    [
        nested_json(100_000),
        nested_json(100_000).rstrip("]}"),
        '{"@id":\n\n' + '{"a":' * 100_000,
        '{"@id":\n\n' + '[{"a":"\\\\",\t"b":' * 30_000 + "1",
        '{"@id":\n\n' + "[" * 100_000 + '"' + "]" * 100_000 + '"}',
    ],
)
def test_json_that_would_exhaust_the_stack_is_refused_with_its_line(text):
    with pytest.raises(ReadingError, match="nested deeper than 32") as caught:
        read(text, "application/ld+json")
    assert caught.value.line == 3


def test_what_in_a_text_looks_like_a_statement_or_an_unnamed_node_stays_a_text():
    texts = ("_:a", "see _:a .", '" _:a .', "x\n_:a <https://a.example/p> _:b .\n", '"^^<_:a', "<<( _:a )>>", "\\u0000")
    for text in texts:
        document = {"@id": "_:a", "https://a.example/p": [{"@value": text, "@language": "en"}, text, {"@id": "_:b"}]}
        triples = read(json.dumps(document), "application/ld+json").triples
        assert {triple.subject.value for triple in triples} == {f"{GRAPH}#b1"}
        assert sorted(triple.object.value for triple in triples) == sorted([text, text, f"{GRAPH}#b2"])


def test_unnamed_nodes_are_numbered_as_they_appear_in_what_is_kept():
    same = "http://www.w3.org/2002/07/owl#sameAs"
    text = f"_:z <{same}> _:y .\n_:c {P_O} .\n{S_P}_:z, _:L7 .\n_:y <https://a.example/p> _:c ."
    one, two, three, seven = (f"<{GRAPH}#{name}>" for name in ("b1", "b2", "b3", "L7"))
    expected = [f"{one} {P_O} .", f"{S_P}{two} .", f"{S_P}{seven} .", f"{three} <https://a.example/p> {one} ."]
    assert read(text, "text/turtle").n_triples.decode().splitlines() == sorted(expected)


def test_the_label_of_an_unnamed_node_that_only_json_ld_can_write_is_read():
    node = {"@id": "_:a:b", "http://www.w3.org/2002/07/owl#sameAs": {"@id": "_:c:d"}}
    dates = {"https://a.example/p": {"@type": "http://www.w3.org/2001/XMLSchema#date", "@value": "2018"}}
    triples = read(json.dumps(node | dates), "application/ld+json").n_triples.decode()
    assert triples == f'<{GRAPH}#b1> <https://a.example/p> "2018"^^<http://www.w3.org/2001/XMLSchema#gYear> .\n'


def test_a_number_of_json_is_a_double_with_or_without_a_context():
    for written, read_as in (("12.50", "1.25E1"), ("1e2", "100"), ("0.1000000000000000055", "1.0E-1"), ("-0", "0")):
        for given in ("", '"@context": {}, '):
            text = f'{{{given}"@id": "https://a.example/s", "https://a.example/p": {written}}}'
            (triple,) = read(text, "application/ld+json").triples
            assert triple.object.value == read_as


EXAMPLES = [
    *(f"ontology/examples/{name}.yaml" for name in ("minimal", "office", "policies")),
    "ontology/examples/office.jsonld",
]


def test_the_terms_that_a_document_does_not_use_make_no_difference():
    bodies = [concepts.data(name) for name in EXAMPLES]
    bodies += [file.read_bytes() for file in sorted((files("registry") / "data" / "sources").iterdir(), key=str)]
    for body in bodies:
        document = json.loads(body) if body.startswith(b"{") else outline(yaml_events.load(body)).document
        whole, part = (
            rdf.n_triples(json.dumps(document | {"@context": given}), RdfFormat.JSON_LD, "relative:/")
            for given in (context.context(), json_ld.needed_context(document))
        )
        assert canonical(whole) == canonical(part)


def canonical(triples):
    """Return N-Triples with unnamed nodes numbered as they appear."""
    names = rdf.BLANK.findall(b"\n" + triples)
    return rdf.BLANK.sub(lambda node: b"_:%d" % names.index(node[0]), b"\n" + triples)


def test_a_term_is_kept_for_a_key_a_value_a_prefix_and_a_definition_of_the_publisher():
    document = {"name": "level", "x": [{"y": "code:z"}], "@context": [{"mine": {"@id": "title"}}, context.context()]}
    assert json_ld.needed_context(document).keys() - json_ld.needed_context({}).keys() == {
        "name",
        "level",
        "code",
        "title",
    }


def test_no_term_of_the_context_is_defined_by_another_that_may_be_left_out():
    kept = json_ld.needed_context({}).keys() | {"http", "https"}
    assert len(kept) > 10
    for key, entry in context.context().items():
        values = [entry]
        for value in values:
            values += value.values() if isinstance(value, dict) else []
        used = {value.partition(":")[0] for value in values if isinstance(value, str) and not value.startswith("@")}
        assert used <= kept, key


def test_statements_about_the_meaning_of_words_are_left_out_and_counted():
    text = TURTLE + (
        "<https://a.example/x> <http://www.w3.org/2000/01/rdf-schema#subClassOf> ospo:Office ;"
        " <http://www.w3.org/2002/07/owl#sameAs> <https://b.example/> ; a <http://www.w3.org/2002/07/owl#Class> ."
        "<https://w3id.org/ospo/shapes#office-name> <http://www.w3.org/ns/shacl#deactivated> true ."
    )
    description = read(text)
    assert len(description.n_triples.splitlines()) == 2
    assert description.notes == ("4 statements about the meaning of words (rdfs:, owl:, sh:) were left out",)


@pytest.mark.parametrize(
    ("statement", "kept"),
    [
        ('sh:name "x"', False),
        ("sh:path a:o", False),
        ("owl:sameAs a:o", False),
        ("owl:sameAs _:b", False),
        ("owl:versionInfo 1", False),
        ("rdfs:domain a:o", False),
        ("rdfs:subPropertyOf a:o", False),
        ("a rdfs:Class", False),
        ("a sh:NodeShape", False),
        ("a:v#type owl:Thing", False),
        ("a:v#type a:o", True),
        ("a rdfs:Resource", True),
        ('rdfs:label "x"', True),
        ("a:p owl:Thing", True),
        ('a:p "<http://www.w3.org/2002/07/owl#sameAs>"', True),
    ],
)
def test_a_triple_that_defines_vocabulary_is_recognised_by_its_predicate_and_its_class(statement, kept):
    prefixes = "".join(f"@prefix {name}: <{PREFIXES[name]}> .\n" for name in ("owl", "rdfs", "sh"))
    statement = statement.replace("a:v#type", "<https://a.example/v#type>")
    description = read(f"{prefixes}@prefix a: <https://a.example/> .\na:s {statement} .", "text/turtle")
    assert (len(description.n_triples.splitlines()), len(description.notes)) == ((1, 0) if kept else (0, 1))


def test_the_same_bytes_give_the_same_description_and_no_blank_nodes():
    for text in (TURTLE * 1 + "[] a ospo:Office .", JSON_LD, OFFICE, RDF_XML):
        one, other = read(text), read(text)
        assert one == other
        assert b"_:" not in one.n_triples


def test_turtle_errors_carry_line_and_column():
    with pytest.raises(ReadingError) as caught:
        read("@prefix a: <https://a.example/> .\n\na:b 5 .\n")
    assert (caught.value.line, caught.value.column) == (3, 5)
