"""The vocabulary keeps its promises: complete in its languages, defined where used, one graph in every format."""

import json
from collections import Counter, defaultdict

import pytest
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, parse

from registry.iri.names import PREFIXES, code_of, concept_iri, term
from registry.reading.dates import with_exact_date
from registry.reading.outline.outline import outline
from registry.reading.rdf import rdf
from registry.reading.yaml import yaml_events
from registry.vocabulary import concepts, context, jurisdictions

SCHEMES = (
    "activity stage cell coverage force status instrument binds applies-to audience exception objective measure "
    "evidence-type assessment-kind checked level office-kind office-status outcome source-kind change-kind "
    "verification-method standing authority duty condition reach"
).split()
LANGUAGES = {"en", "fr", "de", "es", "it", "nl"}
LABEL, DEFINITION, DEFINED_BY = (term(name) for name in ("rdfs:label", "skos:definition", "rdfs:isDefinedBy"))
NAME, SCHEME, TYPE = (term(name) for name in ("skos:prefLabel", "skos:inScheme", "rdf:type"))
OWN = sorted({t.subject.value for t in concepts.vocabulary_triples() if t.predicate == DEFINED_BY})
REUSED = tuple(iri for name, iri in PREFIXES.items() if name != "ospo")


def typed(*names):
    """Return the IRIs of what is of one of these types."""
    types = [term(name) for name in names]
    found = (t for t in concepts.vocabulary_triples() if t.predicate == TYPE and t.object in types)
    return sorted({t.subject.value for t in found if isinstance(t.subject, NamedNode)})


JURISDICTIONS = typed("ospo:Jurisdiction")
CONCEPTS = typed("skos:Concept", "skos:Collection", "skos:OrderedCollection")
CONCEPT_SCHEMES = typed("skos:ConceptScheme")
TERMS = typed("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "rdf:Property")
DEFINED = sorted({*CONCEPTS, *CONCEPT_SCHEMES} - {*JURISDICTIONS})


def texts(iri, predicate):
    """Return language and text of each literal, one that a language has twice included."""
    found = (
        t.object for t in concepts.vocabulary_triples() if t.subject == NamedNode(iri) and t.predicate == predicate
    )
    return [(value.language, value.value) for value in found if isinstance(value, Literal)]


def complete(iri, predicate, languages=LANGUAGES):
    """Say whether it has exactly one text in each of these languages, and none is empty or padded."""
    found = texts(iri, predicate)
    counted = Counter(language for language, _ in found)
    return counted == dict.fromkeys(languages, 1) and all(text and text == text.strip() for _, text in found)


def test_the_terms_the_concepts_and_the_schemes_were_found():
    assert len(OWN) > 90
    assert TERMS == OWN
    assert len(DEFINED) > 130
    assert len(JURISDICTIONS) > 240
    codes = {code_of(iri) for iri in CONCEPT_SCHEMES}
    assert codes == {*SCHEMES, "jurisdiction"}
    assert all(concepts.concepts(scheme) for scheme in SCHEMES)


@pytest.mark.parametrize("iri", TERMS)
def test_every_class_and_property_is_named_in_all_languages_and_defined_in_english_and_french(iri):
    assert complete(iri, LABEL)
    assert complete(iri, DEFINITION, {"en", "fr"})


@pytest.mark.parametrize("iri", DEFINED)
def test_every_concept_scheme_and_collection_is_named_and_defined_in_all_languages(iri):
    assert complete(iri, NAME)
    assert complete(iri, DEFINITION)


@pytest.mark.parametrize("iri", DEFINED)
def test_no_definition_was_left_in_english(iri):
    definitions = dict(texts(iri, DEFINITION))
    assert [language for language in ("de", "es", "it", "nl") if definitions[language] == definitions["en"]] == []


def test_every_jurisdiction_is_named_in_all_languages():
    assert [iri for iri in JURISDICTIONS if not complete(iri, NAME)] == []


def test_no_two_concepts_of_a_scheme_have_the_same_label_in_a_language():
    scheme = {t.subject: t.object.value for t in concepts.vocabulary_triples() if t.predicate == SCHEME}
    named = defaultdict(list)
    for t in concepts.vocabulary_triples():
        if t.predicate == NAME and t.subject in scheme:
            named[scheme[t.subject], t.object.language, t.object.value.casefold()].append(t.subject.value)
    assert len(named) > 6 * 350
    assert {key: iris for key, iris in named.items() if len(iris) > 1} == {}


def test_the_nine_cells_ask_nine_questions():
    cells = {concept.code for concept in concepts.concepts("cell")}
    assert cells == {f"{a.code}-{s.code}" for a in concepts.concepts("activity") for s in concepts.concepts("stage")}
    assert len({concepts.question(*code.split("-"), "fr") for code in cells}) == 9


def test_the_ordered_forces_come_first_and_the_collection_names_its_members():
    forces = {concept.code: concept for concept in concepts.concepts("force")}
    assert list(forces)[:5] == ["required", "comply-or-explain", "preferred", "considered", "permitted"]
    members = {code_of(member) for member in forces["required-to-preferred"].members}
    assert members == {"required", "comply-or-explain", "preferred"}


def test_the_order_of_a_scheme_is_a_list_of_its_concepts():
    forces, coverages = concepts.ordered("force"), concepts.ordered("coverage")
    assert [code for code in forces if code != "required-to-preferred"] == [
        "required",
        "comply-or-explain",
        "preferred",
        "considered",
        "permitted",
    ]
    for scheme, order in (("force", forces), ("coverage", coverages)):
        assert len(set(order)) == len(order)
        assert set(order) <= {concept.code for concept in concepts.concepts(scheme)}
    assert len(coverages) == len(concepts.concepts("coverage"))
    assert concepts.ordered("stage") == ()


def test_a_set_stands_after_what_it_may_be_at_most_and_before_what_it_is_at_least():
    order = concepts.ordered("force")
    sets = [concept for concept in concepts.concepts("force") if concept.members]
    assert sets
    for concept in sets:
        places = sorted(order.index(code_of(member)) for member in concept.members)
        assert places[0] < order.index(concept.code) < places[-1]


@pytest.mark.parametrize("key", [key for key in context.context() if context.key_definition(key)])
def test_every_key_of_the_context_leads_to_a_defined_term(key):
    iri = context.key_definition(key).iri
    if context.key_definition(key).kind not in ("id", "type") and not iri.endswith(("#", "/")):
        assert iri in OWN or iri.startswith(REUSED), iri


def concept_terms():
    """Yield key, scheme and code for every concept that may be written under every key bound to its scheme."""
    for key, entry in context.context().items():
        if isinstance(entry, dict) and entry.get("@type") == "@vocab":
            scheme = code_of(entry["@context"]["@vocab"].rstrip("/"))
            yield from ((key, scheme, concept.code) for concept in concepts.concepts(scheme))


def test_every_code_written_under_its_key_becomes_its_concept():
    """A code that is also a key would become that key's term (a trap of `@type: @vocab`)."""
    cases = list(concept_terms())
    assert len(cases) > 80
    wrong = []
    for key, scheme, code in cases:
        document = json.dumps({"@context": context.context(), "@id": "_:x", key: code})
        (quad,) = parse(document, RdfFormat.JSON_LD)
        if quad.object.value != concept_iri(scheme, code):
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
    assert jurisdictions.jurisdiction(written).code == code


def iris(names):
    return {term(name).value for name in names.split()}


MERGED = "dcterms:source prov:wasDerivedFrom prov:generatedAtTime ospo:assessmentKind ospo:office ospo:issuerName"


def test_what_the_registry_alone_states_is_known_as_such():
    facts = concepts.registry_facts()
    assert iris(f"{MERGED} ospo:jurisdiction ospo:nameNumber ospo:verdict ospo:heard ospo:expires") <= facts
    assert not facts & iris("dcterms:title ospo:status ospo:accessed foaf:page")


@pytest.mark.parametrize("kind", ["", *typed("owl:Class")])
def test_no_word_of_a_publisher_reaches_the_merged_graph_as_a_fact_of_the_registry(kind):
    assert context.carried(kind) & concepts.registry_facts() == frozenset()


def test_every_property_of_a_record_of_the_registry_is_a_fact_of_the_registry():
    domains = {
        t.subject.value: t.object.value for t in concepts.vocabulary_triples() if t.predicate == term("rdfs:domain")
    }
    own = {term(f"ospo:{name}").value for name in ("Source", "Sighting", "Change", "Verification", "Voice")}
    of_records = {iri for iri, domain in domains.items() if domain in own}
    assert len(of_records) > 40
    assert of_records <= concepts.registry_facts()


def test_what_is_no_country_is_none_and_names_are_there_in_every_language():
    assert jurisdictions.jurisdiction("ZZ") is None
    assert jurisdictions.jurisdiction("") is None
    for language in LANGUAGES:
        assert all(jurisdictions.country_name(place.code, language) for place in jurisdictions.jurisdictions())
    assert jurisdictions.country_name("INT", "it") == "Internazionale"


def canonical(name):
    """Return the canonical form of an example's graph (RDFC-1.0), with its blank nodes."""
    body = concepts.data(f"ontology/examples/{name}")
    if name.endswith(".yaml"):
        document = outline(yaml_events.load(body)).document
        triples = rdf.triples(json.dumps(document), RdfFormat.JSON_LD, "relative:/")
    else:
        format_ = RdfFormat.JSON_LD if name.endswith("jsonld") else RdfFormat.TURTLE
        triples = rdf.triples(rdf.guarded(body.decode(), format_), format_, "https://x.example/")
    dataset = Dataset(Quad(t.subject, t.predicate, t.object) for t in map(with_exact_date, triples))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return sorted(str(quad) for quad in dataset)


def test_the_same_office_in_yaml_json_ld_and_turtle_is_one_graph():
    yaml, json_ld, turtle = (canonical(f"office.{suffix}") for suffix in ("yaml", "jsonld", "ttl"))
    assert len(yaml) > 50
    assert yaml == json_ld
    assert yaml == turtle
