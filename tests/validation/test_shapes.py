"""Each shape is broken by a case of its own, and both engines find the same in every case."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pyoxigraph as ox
import pytest

from registry.iri.names import CONCEPT, SHAPES, code_of
from registry.model import Description
from registry.validation import engines, validate
from registry.validation.report_words import LANGUAGES
from registry.validation.shape_index import rules
from registry.vocabulary import concepts as vocabulary
from registry.vocabulary import context, jurisdictions
from registry.vocabulary.messages import shape_triples
from tests.support.places import ROOT

CASES = sorted(ROOT.joinpath("shapes", "tests").glob("*.ttl"))
BASE = "https://case.example/"
SH = "http://www.w3.org/ns/shacl#"

ENGINES = {"pyshacl": engines.pyshacl_engine(shape_triples())}
if engines.has_shifty():
    ENGINES["shifty"] = engines.shifty_engine(shape_triples())


def read(path: Path) -> Description:
    quads = ox.parse(path=path, format=ox.RdfFormat.TURTLE, base_iri=BASE)
    triples = [ox.Triple(quad.subject, quad.predicate, quad.object) for quad in quads]
    return Description(BASE, ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b"", "turtle")


def expected(description: Description) -> list[tuple[str, str, str, str]]:
    store = ox.Store()
    store.load(description.n_triples, ox.RdfFormat.N_TRIPLES)
    rows = store.query(
        f"""PREFIX sh: <{SH}> SELECT ?focus ?path ?severity ?shape WHERE {{
        ?result sh:focusNode ?focus ; sh:resultSeverity ?severity ; sh:sourceShape ?shape
        OPTIONAL {{ ?result sh:resultPath ?path }} }}"""
    )
    return sorted(
        (row["focus"].value, row["path"].value if row["path"] else "", row["severity"].value, row["shape"].value)
        for row in rows
    )


def found(engine: engines.Engine, description: Description) -> list[tuple[str, str, str, str]]:
    report = validate.validate_with(engine, description)
    return sorted((f.focus, f.path, SH + f.severity, f.shape) for f in report.findings)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_case_finds_what_it_expects_and_nothing_else(engine, path):
    description = read(path)
    assert found(ENGINES[engine], description) == expected(description)


def test_the_cases_are_found():
    assert len(CASES) >= 75


def test_every_shape_that_can_be_broken_is_broken_by_a_case():
    broken = {shape for path in CASES for *_, shape in expected(read(path))}
    # the last part of another message; entries of YAML, of which tests/admission/test_entries.py has many
    assert set(rules()) - broken - of_readers() == {
        SHAPES + name for name in ("nearest-field", "nearest-value", "entry-unread")
    }


def of_readers():
    """The messages of the readers, which tests/reading/ holds."""
    triples = [ox.parse(path=path, format=ox.RdfFormat.TURTLE) for path in ROOT.joinpath("shapes").glob("reading*.ttl")]
    return {quad.subject.value for quads in triples for quad in quads if quad.predicate.value == SH + "message"}


def test_every_shape_says_what_to_do_in_all_languages_of_the_site_with_the_same_gaps():
    for shape, rule in rules().items():
        assert re.fullmatch(r"https://w3id\.org/ospo/shapes#[a-z][a-z-]+", shape)
        assert set(rule.messages) == set(LANGUAGES), shape
        gaps = {language: sorted(re.findall(r"\{\w+\}", text)) for language, text in rule.messages.items()}
        assert len({tuple(found) for found in gaps.values()}) == 1, (shape, gaps)


def test_no_message_stands_twice_in_a_language():
    texts = [(t.subject, t.object.language) for t in shape_triples() if t.predicate.value == SH + "message"]
    assert len(texts) == len(set(texts)) > 400


def test_no_pattern_nests_quantifiers_and_each_has_a_length_beside_it():
    predicates: dict[object, dict[str, ox.Term]] = {}
    for triple in shape_triples():
        predicates.setdefault(triple.subject, {})[triple.predicate.value] = triple.object
    patterned = [values for values in predicates.values() if SH + "pattern" in values]
    assert len(patterned) >= 10
    for values in patterned:
        assert SH + "maxLength" in values
        assert not re.search(r"[+*}]\)?[+*{]", values[SH + "pattern"].value)


def test_no_shape_runs_a_query_or_a_script_or_fetches_an_import():
    used = {triple.predicate.value for triple in shape_triples()}
    assert not used & {SH + name for name in ("sparql", "js", "rule", "select", "target")}
    assert "http://www.w3.org/2002/07/owl#imports" not in used


def test_the_keys_that_messages_begin_with_are_keys_of_the_context_for_the_property_in_question():
    classes = ("", "Office", "FlossPolicy", "PolicyStatement", "YearRecord")
    of_shapes = {iri: rule for iri, rule in rules().items() if iri not in of_readers()}
    heads = {iri: re.match(r"([a-z_]+(, [a-z_]+)*): ", rule.messages["en"]) for iri, rule in of_shapes.items()}
    keyed = {iri: head[1].split(", ") for iri, head in heads.items() if head}
    assert len(keyed) >= 60
    for iri, keys in keyed.items():
        definitions = [context.key_definition(key, type_) for key in keys for type_ in classes]
        properties = {definition.iri for definition in definitions if definition}
        assert properties, iri
        assert iri.endswith("#evidence-type-known") or properties & set(rules()[iri].paths), iri


def lists() -> dict[str, list[str]]:
    """The accepted values of each shape that lists them."""
    triples = shape_triples()
    first, rest = (
        {t.subject: t.object for t in triples if t.predicate.value.endswith(end)} for end in ("#first", "#rest")
    )

    def items(node):
        while node in first:
            yield first[node].value
            node = rest[node]

    accepted = {engines.text(t.subject): list(items(t.object)) for t in triples if t.predicate.value == SH + "in"}
    return {shape: values for shape, values in accepted.items() if shape in rules()}


def test_every_list_of_codes_is_its_concept_scheme_and_its_message_names_them_all():
    listed = lists()
    assert len(listed) >= 16
    for shape, values in listed.items():
        scheme = values[0].removeprefix(CONCEPT).split("/")[0]
        concepts = {concept.iri for concept in vocabulary.concepts(scheme)}
        assert set(values) == concepts, shape
        for message in rules()[shape].messages.values():
            assert [value for value in values if code_of(value) not in message] == [], shape


def test_the_country_codes_are_those_of_all_jurisdictions_in_either_case():
    known = {code for item in jurisdictions.jurisdictions() for code in (item.code, *item.accepted)}
    shape = ox.NamedNode(SHAPES + "country-known")
    pattern = next(t.object.value for t in shape_triples() if (t.subject, t.predicate.value) == (shape, SH + "pattern"))
    letters = string.ascii_uppercase
    possible = {a + b for a in letters for b in letters} | {
        a + b + c for a in letters for b in letters for c in letters
    }
    matched = {code for code in possible | known if re.search(pattern, code)}
    assert len(known) > 250
    assert matched == known
