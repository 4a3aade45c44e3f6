"""Every value of generated documents, with bad addresses and tags, ends in a triple or in a remark that names it."""

import json
import re
from html import escape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, parse

from registry.errors import ReadingError
from registry.iri.names import PREFIXES, SHAPES
from registry.reading.describe import describe
from registry.validation.shape_index import rules
from registry.vocabulary.concepts import data
from registry.vocabulary.messages import messages

GRAPH = "https://atlas.example/sources/x/description"
URL = "https://office.example/data/office"

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=9)
TAGS = st.sampled_from(["", "en", "nb-NO", "en_GB", "français", "english", "en-GB-GB", "abcdefghi", "1"])
ADDRESSES = st.sampled_from(
    [
        "https://x.example/",
        "https://x.example/our code",
        "https://x.example/[1]",
        "https://x.example/a#b#c",
        "https://x.example:port/",
        "https://x y.example/",
        "https://x.example/100%",
        "HTTPS://x.example/",
        "relative one",
    ]
)
STATEMENTS = st.lists(
    st.tuples(st.sampled_from("st"), st.sampled_from("pq"), st.tuples(TEXTS, TAGS) | ADDRESSES), min_size=1, max_size=6
)


def turtle(statements):
    """Return the statements as Turtle, each in its line, which is N-Triples too if no address is relative."""
    lines = []
    for subject, predicate, value in statements:
        head = f"<https://a.example/{subject}> <https://a.example/{predicate}>"
        lines.append(f"{head} <{value}> ." if isinstance(value, str) else f"{head} {quoted(*value)} .")
    return "\n".join(lines)


def quoted(text, tag):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"' + (f"@{tag}" if tag else "")


def rdf_xml(statements):
    nodes = []
    for subject, predicate, value in statements:
        if isinstance(value, str):
            inner = f'<a:{predicate} rdf:resource="{escape(value)}"/>'
        else:
            text, tag = value
            language = f' xml:lang="{tag}"' if tag else ""
            inner = f"<a:{predicate}{language}>{escape(text)}</a:{predicate}>"
        nodes.append(f'<rdf:Description rdf:about="https://a.example/{subject}">{inner}</rdf:Description>')
    head = f'<?xml version="1.0"?>\n<rdf:RDF xmlns:rdf="{PREFIXES["rdf"]}" xmlns:a="https://a.example/">\n'
    return head + "\n".join(nodes) + "\n</rdf:RDF>"


@pytest.mark.parametrize(
    ("write", "media_type"),
    [(turtle, "text/turtle"), (turtle, "application/n-triples"), (rdf_xml, "application/rdf+xml")],
)
@given(statements=STATEMENTS)
def test_every_value_ends_as_a_triple_or_in_a_remark(write, media_type, statements):
    if media_type == "application/n-triples":
        statements = [s for s in statements if not isinstance(s[2], str) or ":" in s[2]] or [("s", "p", ("x", ""))]
    if write is rdf_xml:  # it ends lines as XML does
        statements = [
            s if isinstance(s[2], str) else (*s[:2], (s[2][0].replace("\r", " "), s[2][1])) for s in statements
        ]
    description = describe(write(statements).encode(), media_type=media_type, url=URL, graph=GRAPH)
    stated = {(t.object.value, getattr(t.object, "language", None) or "") for t in description.triples}
    remarked = {remark.value for remark in description.remarks}
    for *_, value in statements:
        if isinstance(value, str):
            normal = value.replace("HTTPS:", "https:")
            assert normal in {text for text, _ in stated} or value in remarked
        else:
            text, tag = value
            assert text in {text for text, _ in stated}
            assert (text, tag.lower()) in stated or tag in remarked
    for remark in description.remarks:
        rest = write(statements).split("\n")[remark.place.line - 1][remark.place.column - 1 :]
        assert re.search(re.escape(escape(remark.value) if write is rdf_xml else remark.value), rest)


REFUSALS = {
    "json-constant": ('{"@id": NaN}', None),
    "json-too-deep": ("\n" + '{"@x":' * 40 + "1" + "}" * 40, 2),
    "json-key-twice": ('{"@id": 1, "@id": 2}', None),
    "json-half-character": ('{"x:y": "\\ud800", "@id": "x:z"}', None),
    "json-ld-context": ('{"@context": "https://b.example/", "@id": "x:y"}', None),
    "json-ld-import": ('{"@context": {"@import": "https://b.example/"}, "@id": "x:y"}', None),
    "json-ld-terms": (
        json.dumps({"@context": {f"a{n}": f"a{n + 1}:x" for n in range(1_001)}, "@id": "x:y"}),
        None,
    ),
    "json-ld-unread": ('{"@context": 1, "@id": "x:y"}', None),
    "number-too-long": ('{"@id": ' + "9" * 5000 + "}", None),
    "number-too-large": ('{"@id": 1e400}', None),
    "too-many-triples": ("<x:y> <x:z> " + ", ".join(f"<x:{n}>" for n in range(20_001)) + " .", None),
    "too-many-blank-nodes": ("<x:y> <x:z> " + "[], " * 2_000 + "[] .", None),
    "iri-too-long": (f"<x:y> <x:z> <x:{'z' * 2_047}> .", None),
    "text-too-long": (f'<x:y> <x:z> "{"x" * 20_001}" .', None),
    "control-character": ('<x:y> <x:z> "\\u0001" .', None),
    "triple-term": ("<x:y> <x:z> <<( <x:y> <x:z> 1 )>> .", None),
    "xml-doctype": (rdf_xml([]).replace("<rdf:RDF", "<!DOCTYPE x>\n<rdf:RDF"), 2),
    "xml-too-deep": (rdf_xml([]).replace("</rdf:RDF>", "<a:p>" * 70 + "</a:p>" * 70 + "</rdf:RDF>"), 4),
    "xml-unread": (rdf_xml([]).replace("</rdf:RDF>", "&#0;</rdf:RDF>"), 4),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_says_why_in_both_languages(code):
    text, line = REFUSALS[code]
    kind = "application/rdf+xml" if code.startswith("xml") else "text/turtle"
    kind = "application/ld+json" if text.lstrip().startswith("{") else kind
    with pytest.raises(ReadingError) as caught:
        describe(text.encode(), media_type=kind, url=URL, graph=GRAPH)
    assert (caught.value.code, caught.value.line) == (code, line)
    assert not re.search(r"\{[a-z_]+\}", caught.value.message("en") + caught.value.message("fr"))


def of_rdf():
    quads = parse(data("shapes/reading-rdf.ttl"), RdfFormat.TURTLE)
    return sorted({q.subject.value.removeprefix(SHAPES) for q in quads if q.predicate.value.endswith("#message")})


# a document for each message, with the line that it tells
CASES = {
    "node-name-unread": ('{"@id": "https://[x",\n"https://a.example/p": 1}', "jsonld", 1),
    "datatype-unread": ('{"@id": "x:y", "x:z":\n{"@value": "v", "@type": "a b"}}', "jsonld", 2),
    "text-language-mended": ('<x:y> <x:z>\n "v"@en_GB .', "turtle", 2),
    "text-language-unknown": ('<x:y> <x:z>\n "v"@?? .', "turtle", 2),
    "key-without-property": ('{"@id": "x:y",\n"z": "v"}', "jsonld", 2),
    "value-without-statement": ('[{"@id": "x:y", "x:z": 1},\n"v"]', "jsonld", 2),
    "date-with-time": (f'<x:y> <{PREFIXES["dcterms"]}issued>\n "2021-01-01T00:00:00Z" .', "turtle", 2),
    "home-page-relative": (f"<x:y> <{PREFIXES['foaf']}homepage>\n <> .", "local", 2),
}
MEDIA_TYPES = {"jsonld": "application/ld+json", "turtle": "text/turtle", "local": "text/turtle"}


@pytest.mark.parametrize("code", CASES)
def test_a_remark_tells_the_line(code):
    text, kind, line = CASES[code]
    url = "file:///x/office.ttl" if kind == "local" else URL
    found = describe(text.encode(), media_type=MEDIA_TYPES[kind], url=url, graph=GRAPH).remarks
    assert [(remark.code, remark.place.line) for remark in found] == [(code, line)]
    texts = messages(code, **found[0].facts)
    assert not re.search(r"\{[a-z_]+\}", texts["en"] + texts["fr"])


def test_every_message_of_the_rdf_reader_is_held_by_a_case():
    tests = [path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py")]
    assert [code for code in of_rdf() if f'"{code}"' not in "".join(tests)] == []
    assert set(of_rdf()) <= {iri.removeprefix(SHAPES) for iri in rules()}
