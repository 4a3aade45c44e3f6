"""A report says what is wrong, the worst first, where, and how to fix it; whichever engine made it."""

from __future__ import annotations

import dataclasses
import random
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.errors import ReadingError
from registry.model import Description, Severity
from registry.validation import engines, validate
from tests.support.growth import growth
from tests.support.places import ROOT

GRAPH = "https://case.example/"
OFFICE = GRAPH + "#office"
SHAPES = "https://w3id.org/ospo/shapes#"
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = """@prefix : <https://case.example/#> . @prefix ospo: <https://w3id.org/ospo/ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix field: <https://w3id.org/ospo/field/> .
"""
MINIMAL = ':office a ospo:Office ; foaf:homepage <https://a.example> ; skos:prefLabel "A" ; ospo:countryCode "FR" .\n'
CASES = sorted(ROOT.joinpath("shapes", "tests").glob("*.ttl"))

PYSHACL = engines.pyshacl_engine(engines.shape_triples())


def triples_of(path: Path) -> list[ox.Triple]:
    """The data of a case, without the results that it expects (they are blank nodes, as no description has them)."""
    quads = ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=GRAPH)
    triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
    return [t for t in triples if isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.BlankNode)]


def of_triples(triples: list[ox.Triple], lines: dict[tuple[str, str], int] | None = None) -> Description:
    return Description(GRAPH, ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", "turtle", lines or {})


def of_turtle(turtle: str, lines: dict[tuple[str, str], int] | None = None) -> Description:
    quads = ox.parse(PREFIXES + turtle, ox.RdfFormat.TURTLE)
    return of_triples([ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads], lines)


def shapes_of(description: Description) -> list[str]:
    return [finding.shape.removeprefix(SHAPES) for finding in validate.validate(description).findings]


def test_an_office_with_address_name_and_country_is_accepted_with_warnings():
    report = validate.validate(of_turtle(MINIMAL))
    assert report.accepted
    assert {finding.severity for finding in report.findings} == {Severity.WARNING}


@pytest.mark.parametrize("turtle", ["", ":office a ospo:Ofice .", '<http://x.example/> rdf:value "1" .'])
def test_what_describes_nothing_is_never_accepted(turtle):
    report = validate.validate(of_turtle(turtle))
    assert not report.accepted
    assert report.findings[0].shape == SHAPES + "something-described"


def test_findings_stand_the_worst_first_and_then_by_line():
    lines = {(OFFICE, ""): 3, (OFFICE, "http://schema.org/foundingDate"): 9, (OFFICE, "http://schema.org/email"): 5}
    wrong = ':office a ospo:Office ; schema:foundingDate "soon"^^xsd:date ; schema:email "a.b@c.de", "none" .\n'
    findings = validate.validate(of_turtle(wrong, lines)).findings
    order = [(finding.severity.value, finding.line, finding.shape.removeprefix(SHAPES)) for finding in findings]
    assert order == [
        ("Violation", 3, "office-name"),
        ("Violation", 3, "office-home-page"),
        ("Violation", 9, "office-created"),
        ("Warning", 3, "office-description"),
        ("Warning", 3, "office-country"),
        ("Warning", 5, "email-address"),
        ("Info", 5, "email-shared"),
    ]


def test_a_finding_carries_the_value_and_the_words_of_its_shape_in_two_languages():
    report = validate.validate(of_turtle(MINIMAL.replace('"FR"', '"Frankreich"')))
    finding = report.findings[0]
    assert (finding.focus, finding.path, finding.value) == (
        OFFICE,
        "https://w3id.org/ospo/ns#countryCode",
        "Frankreich",
    )
    assert finding.message("en").startswith("country: not a code")
    assert finding.message("fr").startswith("country : code inconnu")
    assert finding.message("de") == finding.message("en")


def test_a_shape_of_several_properties_names_the_one_that_holds_the_value():
    report = validate.validate(of_turtle(MINIMAL + ":office ospo:community <relative:/bluehats> ."))
    assert report.findings[-1].path == "https://w3id.org/ospo/ns#community"


def test_a_hundred_findings_are_kept_and_all_are_counted():
    codes = ", ".join(f"<relative:/{number}>" for number in range(150))
    bad = MINIMAL.replace('"FR"', '"Nowhere"') + f":office ospo:codeSource {codes} ."
    report = validate.validate(of_turtle(bad))
    assert (len(report.findings), report.total) == (100, 153)
    assert not report.accepted  # the one Violation is among those kept


def test_an_unknown_field_is_advice_that_names_the_nearest_known_one():
    lines = {(OFFICE, "https://w3id.org/ospo/field/contry"): 7}
    report = validate.validate(of_turtle(MINIMAL + ':office field:contry "FR" ; field:gr%C3%B6%C3%9Fe "L" .', lines))
    unknown = {finding.value: finding for finding in report.findings if finding.shape == SHAPES + "unknown-field"}
    assert report.accepted
    assert set(unknown) == {"contry", "größe"}
    assert "Did you mean 'country'?" in unknown["contry"].message("en")
    assert "Vouliez-vous dire « country »" in unknown["contry"].message("fr")
    assert unknown["contry"].line == 7
    assert "Did you mean" not in unknown["größe"].message("en")


def test_a_fact_of_the_registry_is_advice_that_names_it_once_a_node():
    source, origin = "http://purl.org/dc/terms/source", "http://www.w3.org/ns/prov#wasDerivedFrom"
    said = f":office <{source}> <https://a.example/law>, <https://a.example/other> ; <{origin}> :x ."
    report = validate.validate(of_turtle(MINIMAL + said, {(OFFICE, source): 8}))
    found = {finding.value: finding for finding in report.findings if finding.shape == SHAPES + "registry-fact"}
    assert report.accepted
    assert {name: (it.severity, it.line) for name, it in found.items()} == {
        "dcterms:source": (Severity.INFO, 8),
        "prov:wasDerivedFrom": (Severity.INFO, None),
    }
    assert found["dcterms:source"].message("en").startswith("dcterms:source is ours to say")
    assert "C'est au registre de dire dcterms:source" in found["dcterms:source"].message("fr")


@pytest.mark.parametrize("number", ["1e999999999", "1" * 65, "1E+10000"])
def test_a_number_that_would_fill_the_memory_is_refused_before_any_engine_sees_it(number):
    description = of_turtle(MINIMAL + f':office ospo:staff [ rdf:value "{number}"^^xsd:decimal ] .')
    with pytest.raises(ReadingError, match="too long: write at most 64 characters"):
        validate.validate(description)


def test_a_number_within_the_limits_is_validated():
    year = 'ospo:year "2025"^^xsd:gYear ; ospo:unit "FTE"'
    description = of_turtle(MINIMAL + f':office ospo:staff :y . :y {year} ; rdf:value "{"1" * 64}"^^xsd:decimal .')
    assert "year-value" not in shapes_of(description)


def test_a_text_typed_as_a_string_is_the_same_text():
    plain, typed = of_turtle(MINIMAL), of_turtle(MINIMAL)
    typed = dataclasses.replace(typed, n_triples=typed.n_triples.replace(b'"FR"', f'"FR"^^<{XSD}string>'.encode()))
    assert typed != plain
    for engine in (PYSHACL, engines.engine()):
        assert validate.validate_with(engine, typed) == validate.validate_with(engine, plain)


@pytest.mark.parametrize("engine", [PYSHACL, engines.engine()], ids=["reference", "chosen"])
def test_markup_and_huge_mailboxes_cost_no_more_than_in_proportion(engine):
    def described(length):
        nested, mailbox = "<b>" * length, "a@" + "." * (5 * length) + " "
        html = f'"{nested}"^^rdf:HTML, "{nested}"^^rdf:XMLLiteral'
        return of_turtle(MINIMAL + f':office ospo:remark {html} ; schema:email "{mailbox}" .')

    cost = growth(partial(validate.validate_with, engine), described(1_250), described(20_000), 32)
    assert cost <= 32  # sixteen times as much text; if it were quadratic, it would be 256


def test_the_reference_engine_takes_over_where_the_fast_one_is_not_installed(monkeypatch):
    monkeypatch.setattr(engines, "shifty", None)
    engines.engine.cache_clear()
    assert engines.engine().__qualname__.startswith("pyshacl_engine")
    engines.engine.cache_clear()


def _typed(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))


ODD = [
    *(_typed(value, "date") for value in ("2024-01-01Z", "+99:99", "0000-01-01", "2020-02-30", "2020-01-01")),
    *(_typed(value, "gYear") for value in ("-2024", " 2020 ", "2020")),
    *(_typed(value, "decimal") for value in ("1e99", "1.50", "", "12")),
    *(_typed(value, kind) for value, kind in (("007", "integer"), ("2020-13", "gYearMonth"), ("TRUE", "boolean"))),
    *(ox.Literal(value) for value in ("", "x" * 3000, ' \n"\\ é\u2028', "a@b.c", "A.b@c.de", "gr", "Fr", "EL")),
    *(ox.NamedNode(value) for value in ("http://", "urn:x", "relative:/a%20b", OFFICE)),
    ox.Literal("x", language="de-CH"),
]


def mutated(seed: int, pool: list[ox.Triple]) -> list[ox.Triple]:
    """Two cases in one, with up to eight triples dropped, changed or added."""
    chance = random.Random(seed)
    triples = triples_of(chance.choice(CASES)) + triples_of(chance.choice(CASES))
    values = [triple.object for triple in pool] + ODD * 8
    for _ in range(chance.randint(1, 8)):
        victim = triples.pop(chance.randrange(len(triples)))
        kept, predicate = chance.random(), chance.choice(pool).predicate
        if kept < 0.6:
            triples.append(ox.Triple(victim.subject, victim.predicate, chance.choice(values)))
        elif kept < 0.8:
            triples += [victim, ox.Triple(victim.subject, predicate, chance.choice(values))]
        elif kept < 0.9:
            triples += [victim, ox.Triple(victim.subject, predicate, victim.object)]
    return triples


@pytest.mark.skipif(not engines.has_shifty(), reason="the fast engine (extra `fast`) is not installed")
def test_both_engines_make_the_same_report_of_two_hundred_mutated_descriptions():
    fast = engines.shifty_engine(engines.shape_triples())
    pool = [triple for path in CASES for triple in triples_of(path)]
    found = 0
    for seed in range(200):
        description = of_triples(mutated(seed, pool))
        report = validate.validate_with(fast, description)
        assert report == validate.validate_with(PYSHACL, description), f"seed {seed}"
        found += report.total
    assert found > 500
