"""Dates, codes and properties that publishers write otherwise than we do, in every format."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.iri.names import CONCEPT, PREFIXES, XSD
from registry.reading.dates import day_of
from registry.reading.describe import describe
from registry.validation.validate import validate

GRAPH = "https://atlas.example/sources/x/description"
HEAD = "".join(f"@prefix {p}: <{PREFIXES[p]}> .\n" for p in ("ospo", "foaf", "skos", "dcterms", "schema", "xsd"))
OFFICE = (
    '[] a ospo:Office ; foaf:homepage <https://a.example/> ; skos:prefLabel "Office"@en ; ospo:countryCode "NO" ; '
    'schema:email "ospo@a.example" ; dcterms:description "Helps."@en'
)


def read(text, media_type="text/turtle", url="https://a.example/office"):
    return describe(text.encode(), media_type=media_type, url=url, graph=GRAPH)


def codes(description):
    return [finding.shape.rpartition("#")[2] for finding in validate(description).findings]


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ('"2021-11-08T00:00:00Z"^^xsd:dateTime', "2021-11-08"),
        ('"2021-11-08T09:37:25.626+01:00"^^xsd:dateTimeStamp', "2021-11-08"),
        ('"2021-11-08T00:00:00"', "2021-11-08"),
        ('"2021-11-08+01:00"^^xsd:date', "2021-11-08"),
        ('"2021-11-08T00:00"^^schema:DateTime', "2021-11-08"),
    ],
)
def test_a_date_with_a_time_is_its_day_and_the_publisher_is_told(typed, day):
    description = read(f"{HEAD}{OFFICE} ;\n  schema:foundingDate {typed} .")
    assert f'"{day}"^^<{XSD}date>'.encode() in description.n_triples
    assert codes(description) == ["date-with-time"]
    assert [(r.place.line, r.place.column) for r in description.remarks] == [(8, 23)]


@pytest.mark.parametrize(
    ("typed", "exact"),
    [
        ('"2021-11-08"', f'"2021-11-08"^^<{XSD}date>'),
        ('"2021-11"', f'"2021-11"^^<{XSD}gYearMonth>'),
        ('"2021"^^xsd:date', f'"2021"^^<{XSD}gYear>'),
        ('"2021-11-08"^^schema:Date', f'"2021-11-08"^^<{XSD}date>'),
    ],
)
def test_a_date_is_typed_in_silence_whatever_type_it_came_with(typed, exact):
    description = read(f"{HEAD}{OFFICE} ; schema:foundingDate {typed} .")
    assert exact.encode() in description.n_triples
    assert codes(description) == []


@pytest.mark.parametrize("typed", ['"2021-02-30"', '"soon"', '"08/11/2021"', '"2021-02-30T00:00:00Z"^^xsd:dateTime'])
def test_a_day_that_does_not_exist_is_left_to_the_shapes(typed):
    assert "office-created" in codes(read(f"{HEAD}{OFFICE} ; schema:foundingDate {typed} ."))


def test_a_text_that_looks_like_a_date_stays_a_text_where_none_belongs():
    description = read(f'{HEAD}{OFFICE} ; skos:altLabel "2021-11-08", "2021-11-08T00:00:00Z" .')
    assert description.n_triples.count(b'"2021-11-08" .') == 1
    assert not description.remarks


@given(st.dates(), st.times(), st.sampled_from(["", "Z", "+02:00", "-1130"]))
def test_every_day_with_a_time_is_that_day(day, time, zone):
    assert day_of(f"{day.isoformat()}T{time.isoformat()}{zone}") == day.isoformat()
    assert day_of(day.isoformat()) == ""


def test_schema_org_by_https_is_schema_org_where_the_property_is_known_and_nowhere_else():
    text = f'{HEAD}{OFFICE}, "see\\n <https://schema.org/email> x" .'.replace("<http://schema", "<https://schema")
    description = read(text)
    assert b' <http://schema.org/email> "ospo@a.example"' in description.n_triples
    assert b"<https://schema.org/email> x" in description.n_triples
    assert codes(description) == []


@pytest.mark.parametrize(
    ("text", "media_type"),
    [
        (f"{HEAD}{OFFICE} ; ospo:level <{CONCEPT}level/Regional> .", "text/turtle"),
        (
            '{"@context": "https://w3id.org/ospo/ns/context.jsonld", "type": "Office", "level": "Regional"}',
            "application/ld+json",
        ),
        ("url: https://a.example/\nlevel: Regional\n", "text/yaml"),
    ],
)
def test_the_case_of_a_code_does_not_matter(text, media_type):
    assert f"<{CONCEPT}level/regional>".encode() in read(text, media_type).n_triples


@pytest.mark.parametrize("typed", ["</>", "<>", "<office>"])
def test_a_relative_home_page_of_a_local_file_is_called_one_with_its_place(typed):
    text = f"{HEAD}{OFFICE} .".replace("<https://a.example/>", typed)
    description = read(text, url="file:///home/someone/office.ttl")
    assert codes(description) == ["home-page-relative"]
    assert description.remarks[0].place.line == 7
    assert codes(read(text)) == []
