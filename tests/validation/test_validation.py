"""A report says what is wrong, the worst first, where, and how to fix it; whichever engine made it."""

from __future__ import annotations

import calendar
import dataclasses
import itertools
import random
from datetime import date
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import ReadingError
from registry.iri.names import OSPO, concept_iri
from registry.iri.names import PREFIXES as NAMESPACES
from registry.model import Description, Place, Severity
from registry.validation import engines, validate
from registry.validation.contradictions import Fact, contradictions
from registry.vocabulary import concepts
from registry.vocabulary.messages import shape_triples
from tests.support.growth import growth
from tests.support.places import ROOT

GRAPH = "https://case.example/"
OFFICE = GRAPH + "#office"
SHAPES = "https://w3id.org/ospo/shapes#"
DCTERMS = NAMESPACES["dcterms"]
XSD = "http://www.w3.org/2001/XMLSchema#"
PREFIXES = """@prefix : <https://case.example/#> . @prefix ospo: <https://w3id.org/ospo/ns#> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix schema: <http://schema.org/> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> . @prefix field: <https://w3id.org/ospo/field/> .
"""
MINIMAL = ':office a ospo:Office ; foaf:homepage <https://a.example> ; skos:prefLabel "A" ; ospo:countryCode "FR" .\n'
CASES = sorted(ROOT.joinpath("shapes", "tests").glob("*.ttl"))

PYSHACL = engines.pyshacl_engine(shape_triples())


def triples_of(path: Path) -> list[ox.Triple]:
    """The data of a case, without the results that it expects (they are blank nodes, as no description has them)."""
    quads = ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=GRAPH)
    triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
    return [t for t in triples if isinstance(t.subject, ox.NamedNode) and not isinstance(t.object, ox.BlankNode)]


def of_triples(triples: list[ox.Triple], lines: dict[tuple[str, str], int] | None = None) -> Description:
    return Description(
        GRAPH,
        ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"",
        "turtle",
        {(subject, path, ""): Place(line) for (subject, path), line in (lines or {}).items()},
    )


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


def test_a_finding_carries_the_value_and_the_words_of_its_shape_in_the_readers_language():
    report = validate.validate(of_turtle(MINIMAL.replace('"FR"', '"Frankreich"')))
    finding = report.findings[0]
    assert (finding.focus, finding.path, finding.value) == (
        OFFICE,
        "https://w3id.org/ospo/ns#countryCode",
        "Frankreich",
    )
    assert finding.message("en").startswith("country: not a code")
    assert finding.message("fr").startswith("country : code inconnu")
    assert finding.message("de").startswith("country: kein uns bekannter Code")
    assert finding.message("pl") == finding.message("en")


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
    with pytest.raises(ReadingError, match="Write at most 64 characters"):
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
    fast = engines.shifty_engine(shape_triples())
    pool = [triple for path in CASES for triple in triples_of(path)]
    found = 0
    for seed in range(200):
        description = of_triples(mutated(seed, pool))
        report = validate.validate_with(fast, description)
        assert report == validate.validate_with(PYSHACL, description), f"seed {seed}"
        found += report.total
    assert found > 500


DAYS = ("2023-12-31", "2024-01-01", "2024-02-29", "2024-03-01", "2025-01-01")
DATES = [None, *DAYS, *sorted({day[:7] for day in DAYS}), *sorted({day[:4] for day in DAYS})]
DATATYPES = {4: "gYear", 7: "gYearMonth", 10: "date"}
PROPERTIES = ("inForceFrom", "inForceUntil", "issued")


def _days(value: str) -> tuple[date, date]:
    """Return the first and the last day that a date may mean."""
    year, month, day = (*map(int, value.split("-")), 0, 0)[:3]
    first = date(year, month or 1, day or 1)
    return first, date(year, month or 12, day or calendar.monthrange(year, month or 12)[1])


def _certainly_before(one: str | None, other: str | None) -> bool:
    return bool(one and other) and _days(one)[1] < _days(other)[0]


def _dated(node: str, dates: dict[str, str | None]) -> str:
    names = {"issued": "http://purl.org/dc/terms/issued"}
    given = ((names.get(name, "https://w3id.org/ospo/ns#" + name), value) for name, value in dates.items() if value)
    return "".join(f'{node} <{name}> "{value}"^^xsd:{DATATYPES[len(value)]} .\n' for name, value in given)


def _of_dates(turtle: str) -> set[tuple[str, str]]:
    wanted = {"until-after-from", "statement-until-after-from", "in-force-before-issued"}
    quads = ox.parse(PREFIXES + turtle, ox.RdfFormat.TURTLE)
    facts = [Fact(quad.subject.value, quad.predicate.value, quad.object.value) for quad in quads]
    found = {(result.focus.rpartition("#")[2], result.shape.removeprefix(SHAPES)) for result in contradictions(facts)}
    assert {shape for _, shape in found} <= wanted
    return found


@pytest.mark.parametrize("issued", DATES)
def test_dates_contradict_each_other_only_where_no_day_is_left_that_both_may_mean(issued):
    for begin, end in itertools.product(DATES, DATES):
        dates = {"inForceFrom": begin, "inForceUntil": end, "issued": issued}
        expected = {("policy", "until-after-from")} if _certainly_before(end, begin) else set()
        if _certainly_before(begin, issued) or _certainly_before(end, issued):
            expected |= {("policy", "in-force-before-issued")}
        assert _of_dates(_dated(":policy", dates)) == expected, dates


SOME_DATES = st.fixed_dictionaries({name: st.sampled_from(DATES) for name in PROPERTIES})


@given(SOME_DATES, SOME_DATES)
def test_a_statement_is_read_with_the_dates_of_its_policy_and_answers_only_for_what_its_own_ones_change(of_policy, own):
    found = _of_dates(
        _dated(":policy", of_policy)
        + _dated(":statement", own)
        + ":statement <http://purl.org/dc/terms/isPartOf> :policy ."
    )
    begin, end, issued = (own[name] or of_policy[name] for name in PROPERTIES)
    shapes = {shape for node, shape in found if node == "statement"}
    ends = _certainly_before(end, begin) and bool(own["inForceFrom"] or own["inForceUntil"])
    assert ("until-after-from" in shapes) == (ends and bool(own["inForceFrom"] and own["inForceUntil"]))
    assert ("statement-until-after-from" in shapes) == (ends and not (own["inForceFrom"] and own["inForceUntil"]))
    early = _certainly_before(begin, issued) and (own["inForceFrom"] or own["issued"])
    late = _certainly_before(end, issued) and (own["inForceUntil"] or own["issued"])
    assert ("in-force-before-issued" in shapes) == bool(early or late)


def test_contradicting_dates_cost_no_more_than_in_proportion():
    def described(number):
        days = [f"20{year:02}-{month:02}-{day:02}" for year in range(100) for month in range(1, 13) for day in (1, 2)]
        facts = [Fact("policy", OSPO + name, day) for name in ("inForceFrom", "inForceUntil") for day in days[:number]]
        facts += [Fact(f"statement{place}", DCTERMS + "isPartOf", "policy") for place in range(number)]
        facts += [Fact("statement0", DCTERMS + "isPartOf", f"policy{place}") for place in range(number)]
        return facts + [Fact(f"statement{place}", DCTERMS + "issued", days[-1]) for place in range(number)]

    cost = growth(lambda facts: list(contradictions(facts)), described(100), described(1_600), 32)
    assert cost <= 32  # sixteen times as many; if it were quadratic, it would be 256


def _stated(duty: str, activity: str, stage: str, coverage: str = "stated") -> Description:
    codes = {"duty": duty, "activity": activity, "stage": stage, "coverage": coverage}
    values = " ; ".join(f"ospo:{name} <{concept_iri(name, code)}>" for name, code in codes.items())
    return of_turtle(f":statement a ospo:PolicyStatement ; {values} .")


DUTIES = [concept.code for concept in concepts.concepts("duty")]


@pytest.mark.parametrize("cell", [concept.code for concept in concepts.concepts("cell")])
def test_a_duty_is_out_of_place_where_the_vocabulary_does_not_give_it_the_cell_and_is_told_its_cells(cell):
    place = cell.split("-")
    shape = SHAPES + "duty-in-cell"
    for duty in DUTIES:
        findings = {finding.shape: finding for finding in validate.validate(_stated(duty, *place)).findings}
        cells = concepts.cells_of(duty)
        assert (shape in findings) == (bool(cells) and cell not in cells), duty
        if shape in findings:
            assert findings[shape].path == "https://w3id.org/ospo/ns#duty"
            for language in ("en", "fr"):
                message = findings[shape].message(language)
                assert duty in message
                assert [name for name in cells if name.replace("-", "/") not in message] == []
        assert (SHAPES + "stated-standards" in findings) == (not cells), duty


def test_a_duty_is_not_out_of_place_where_nothing_is_stated():
    assert "duty-in-cell" in shapes_of(_stated("publish-code", "use", "present"))
    for coverage in ("silent", "excluded", "not-assessed"):
        assert "duty-in-cell" not in shapes_of(_stated("publish-code", "use", "present", coverage))


def test_one_cell_without_article_is_one_finding_whatever_else_is_known_of_the_text():
    """The rule asked for evidence of a kind before there was a codebook, and asks for the article since."""
    for checked, evidence, found in (
        ("", "", 1),
        ("primary", "", 1),
        ("partial", "law-text", 1),
        ("secondary", "", 0),
        ("secondary", "law-text", 0),
        ("", "official-page", 0),
        ("", "third-party-report", 1),
    ):
        for force in ("required", "comply-or-explain"):
            turtle = f":s a ospo:PolicyStatement ; ospo:force <{concept_iri('force', force)}>"
            turtle += f" ; ospo:checked <{concept_iri('checked', checked)}>" if checked else ""
            turtle += " ; ospo:evidence :e ." if evidence else " ."
            kind = concept_iri("evidence-type", evidence)
            turtle += f" :e <http://purl.org/dc/terms/type> <{kind}> ." if evidence else ""
            about = [name for name in shapes_of(of_turtle(turtle)) if "provision" in name]
            assert about == ["required-provision"] * found, (checked, evidence, force)
