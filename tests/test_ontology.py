"""The vocabulary keeps its promises: complete in its languages, defined where used, one graph in every format."""

import json

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, parse

from registry import vocabulary
from registry.reading import rdf, yaml_events
from registry.reading.describe import precise
from registry.reading.outline import outline
from registry.state import term

SCHEMES = (
    "activity stage cell coverage force status instrument binds applies-to audience exception objective measure "
    "evidence-type assessment-kind checked level office-kind office-status outcome source-kind"
).split()
LANGUAGES = {"en", "fr", "de", "es", "it", "nl"}
LABEL, DEFINITION, DEFINED_BY = (term(name) for name in ("rdfs:label", "skos:definition", "rdfs:isDefinedBy"))
OWN = sorted({t.subject.value for t in vocabulary.vocabulary_triples() if t.predicate == DEFINED_BY})
REUSED = tuple(iri for name, iri in vocabulary.PREFIXES.items() if name != "ospo")


def languages(iri, predicate):
    found = (
        t.object for t in vocabulary.vocabulary_triples() if t.subject == NamedNode(iri) and t.predicate == predicate
    )
    return {value.language for value in found if isinstance(value, Literal)}


def test_the_terms_were_found():
    assert len(OWN) > 90


@pytest.mark.parametrize("iri", OWN)
def test_every_term_has_a_label_and_a_definition_in_english_and_french(iri):
    assert languages(iri, LABEL) >= {"en", "fr"}
    assert languages(iri, DEFINITION) >= {"en", "fr"}


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_concept_is_named_in_all_languages_and_defined(scheme):
    concepts = vocabulary.concepts(scheme)
    assert concepts
    for concept in concepts:
        assert set(concept.labels) == LANGUAGES, concept.code
        assert set(concept.definitions) >= ({"en", "fr"} if scheme != "cell" else LANGUAGES), concept.code


def test_the_nine_cells_ask_nine_questions():
    cells = {concept.code for concept in vocabulary.concepts("cell")}
    assert cells == {
        f"{a.code}-{s.code}" for a in vocabulary.concepts("activity") for s in vocabulary.concepts("stage")
    }
    assert len({vocabulary.question(*code.split("-"), "fr") for code in cells}) == 9


def test_the_ordered_forces_come_first_and_the_collection_names_its_members():
    forces = {concept.code: concept for concept in vocabulary.concepts("force")}
    assert list(forces)[:5] == ["required", "comply-or-explain", "preferred", "considered", "permitted"]
    members = {vocabulary.code(member) for member in forces["required-to-preferred"].members}
    assert members == {"required", "comply-or-explain", "preferred"}


@pytest.mark.parametrize("key", [key for key in vocabulary.context() if vocabulary.term(key)])
def test_every_key_of_the_context_leads_to_a_defined_term(key):
    iri = vocabulary.term(key).iri
    if vocabulary.term(key).kind not in ("id", "type") and not iri.endswith(("#", "/")):
        assert iri in OWN or iri.startswith(REUSED), iri


def concept_terms():
    """Yield key, scheme and code for every concept that may be written under every key bound to its scheme."""
    for key, entry in vocabulary.context().items():
        if isinstance(entry, dict) and entry.get("@type") == "@vocab":
            scheme = vocabulary.code(entry["@context"]["@vocab"].rstrip("/"))
            yield from ((key, scheme, concept.code) for concept in vocabulary.concepts(scheme))


def test_every_code_written_under_its_key_becomes_its_concept():
    """A code that is also a key would become that key's term (a trap of `@type: @vocab`)."""
    cases = list(concept_terms())
    assert len(cases) > 80
    wrong = []
    for key, scheme, code in cases:
        document = json.dumps({"@context": vocabulary.context(), "@id": "_:x", key: code})
        (quad,) = parse(document, RdfFormat.JSON_LD)
        if quad.object.value != vocabulary.concept_iri(scheme, code):
            wrong.append((key, code, quad.object.value))
    assert wrong == []


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("EL", "GR"),
        ("UK", "GB"),
        ("xk", "XK"),
        ("XKX", "XK"),
        ("1A0", "XK"),
        ("NO", "NO"),
        ("NA", "NA"),
        ("tw", "TW"),
        ("EU", "EU"),
    ],
)
def test_a_country_is_known_by_every_spelling_in_use(written, code):
    assert vocabulary.jurisdiction(written).code == code


def test_what_is_no_country_is_none_and_names_are_there_in_every_language():
    assert vocabulary.jurisdiction("ZZ") is None
    assert vocabulary.jurisdiction("") is None
    for language in LANGUAGES:
        assert all(vocabulary.country_name(place.code, language) for place in vocabulary.jurisdictions())
    assert vocabulary.country_name("INT", "it") == "Internazionale"


def canonical(name):
    """Return the canonical form of an example's graph (RDFC-1.0), with its blank nodes."""
    body = vocabulary.data(f"ontology/examples/{name}")
    if name.endswith(".yaml"):
        document, _ = outline(yaml_events.load(body))
        triples = rdf.triples(json.dumps(document), RdfFormat.JSON_LD, "relative:/")
    else:
        format_ = RdfFormat.JSON_LD if name.endswith("jsonld") else RdfFormat.TURTLE
        triples = rdf.triples(rdf.guarded(body.decode(), format_), format_, "https://x.example/")
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in map(precise, triples))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in dataset)


def test_the_same_office_in_yaml_json_ld_and_turtle_is_one_graph():
    yaml, json_ld, turtle = (canonical(f"office.{suffix}") for suffix in ("yaml", "jsonld", "ttl"))
    assert len(yaml) > 50
    assert yaml == json_ld
    assert yaml == turtle
