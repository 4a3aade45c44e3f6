"""A record that cannot be shown is left out, logged and counted, and hides nobody else."""

from contextlib import contextmanager, suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from pyoxigraph import Literal, NamedNode, Triple

from registry.errors import StoreError
from registry.iri.names import RDF_TYPE, XSD, concept_iri, integer, registry_graph, term
from registry.readmodel.catalogue import Catalogue
from registry.store.sparql_text import delete_data, insert_data, together
from registry.web.app import create_app
from tests.support.merged import SETTINGS, store
from tests.support.waiting import until

BASE = SETTINGS.base
MERGED = f"{BASE}/merged"
LRN = f"{BASE}/id/policy/fr-lrn"
STATEMENT = f"{LRN}#produce-present-1"
ASKED = ("/", "/countries", "/compare.csv", "/-/health", "/-/metrics", "/offices", "/policies", "/map", "/compare")
PROPERTIES = (
    "rdf:type dcterms:source dcterms:isPartOf prov:generatedAtTime prov:wasDerivedFrom ospo:assessmentKind "
    "ospo:activity ospo:stage ospo:coverage ospo:force ospo:status ospo:countryCode ospo:level ospo:office "
    "ospo:issuerName ospo:flossPolicy ospo:inForceFrom ospo:inForceUntil dcterms:issued dcterms:title "
    "skos:prefLabel foaf:homepage foaf:page dcterms:language ospo:objective ospo:evidence schema:email"
).split()
CLASSES = [term(f"ospo:{name}") for name in ("Office", "FlossPolicy", "PolicyStatement", "Voice", "Source")]
SUBJECTS = [
    *(NamedNode(f"{BASE}/id/{name}") for name in ("office/code-gouv-fr", "policy/fr-lrn", "policy/new", "office/new")),
    NamedNode(STATEMENT),
    NamedNode(f"{LRN}#nowhere"),
    NamedNode(f"{BASE}/sources/list/voices/1"),
    NamedNode("urn:x"),
    NamedNode("https://evil.example/"),
]
WORDS = [
    "",
    "0 day",
    "1999-01-01T00:00:00",
    "9999-12-31T23:59:59Z",
    "-0001-01-01T00:00:00Z",
    "law",
    "FR",
    "XX",
    "\ud7ff\u202e",
]
OBJECTS = [
    *SUBJECTS,
    *CLASSES,
    *(NamedNode(concept_iri(scheme, "nonsense")) for scheme in ("activity", "coverage", "force", "assessment-kind")),
    *(NamedNode(concept_iri("assessment-kind", code)) for code in ("compiled", "self-declared")),
    NamedNode(f"{BASE}/sources/law"),
    *(Literal(word) for word in WORDS),
    *(Literal(word, datatype=NamedNode(f"{XSD}dateTime")) for word in WORDS),
    Literal("x" * 5_000, language="ar"),
]
TRIPLES = st.builds(
    Triple,
    st.sampled_from(SUBJECTS),
    st.one_of(st.just(RDF_TYPE), st.sampled_from([term(name) for name in PROPERTIES])),
    st.sampled_from(OBJECTS),
)


class Registry:
    """The small registry, whose merged graph a test changes."""

    def __init__(self):
        self.store, self.revision = store(), 4

    @property
    def catalogue(self):
        """One that has read nothing yet, so that it shows the store as it is."""
        return Catalogue(self.store, BASE)

    @property
    def merged(self):
        return self.catalogue.graph(MERGED)

    def shown(self, client):
        """Wait until the site shows the store as it is, or says that it cannot; return what it says of its health."""
        said = []

        def told():
            with suppress(StoreError):  # that nothing could ever be read, which health says too
                client.application.config["CATALOGUE"].version()
            said.append(client.get("/-/health").json)
            return says(said[-1], self.revision)

        until(told)
        return said[-1]["status"]

    def replace(self, old, new):
        """Take triples out of the merged graph and put others into it, and let readers see that the store changed."""
        graph = registry_graph(BASE)
        now, then = (Triple(NamedNode(graph), term("ospo:revision"), integer(self.revision + n)) for n in (0, 1))
        self.store.update(together((delete_data(MERGED, old), insert_data(MERGED, new))))
        self.store.update(together((delete_data(graph, [now]), insert_data(graph, [then]))))
        self.revision += 1

    @contextmanager
    def changed(self, new, old=()):
        """Let the merged graph have these triples, and others not, as long as the block lasts."""
        present = set(self.merged)
        old, new = set(old) & present, set(new) - present
        self.replace(old, new)
        try:
            yield
        finally:
            self.replace(new, old)


@pytest.fixture(scope="module")
def registry():
    return Registry()


@pytest.fixture(scope="module")
def client(registry):
    application = create_app(SETTINGS, registry.store)
    yield application.test_client()
    application.config["ENDPOINT"].close()


def says(health, revision):
    return "failures" in health or (health["revision"] == revision and not health["behind"])


def skipped(client):
    families = text_string_to_metric_families(client.get("/-/metrics").get_data(as_text=True))
    samples = [sample for family in families for sample in family.samples if sample.name == "ospo_records_skipped"]
    return {sample.labels["kind"]: int(sample.value) for sample in samples}


@settings(max_examples=60, deadline=timedelta(seconds=60), suppress_health_check=list(HealthCheck))
@given(new=st.lists(TRIPLES, max_size=8), lost=st.lists(st.integers(0, 10_000), max_size=3))
def test_whatever_stands_in_the_merged_graph_the_site_answers(registry, client, new, lost):
    everything = sorted(registry.merged, key=str)
    with registry.changed(new, [everything[number % len(everything)] for number in lost]):
        health = registry.shown(client)
        answers = {path: client.get(path).status_code for path in ASKED}
    assert health == "ok"
    assert answers == dict.fromkeys(ASKED, 200)


def test_nothing_is_skipped_of_what_the_registry_wrote(registry, client):
    assert registry.shown(client) == "ok"
    assert skipped(client) == {"office": 0, "policy": 0, "statement": 0, "voice": 0}


CASES = [
    ("prov:generatedAtTime", Literal("0 day"), "Invalid isoformat"),
    ("prov:generatedAtTime", Literal("2026-01-01T00:00:00"), "no offset from UTC"),
    ("ospo:assessmentKind", NamedNode(concept_iri("assessment-kind", "gossip")), "gossip"),
    ("ospo:activity", NamedNode(concept_iri("activity", "sell")), "sell"),
    ("dcterms:source", NamedNode(f"{BASE}/sources/law"), "its source is not known"),
    ("dcterms:isPartOf", NamedNode(f"{BASE}/id/policy/law"), "its policy is not shown"),
]


@pytest.mark.parametrize(("name", "value", "why"), CASES)
def test_a_statement_that_cannot_be_shown_is_named_in_the_log_and_all_others_stay(
    registry, client, caplog, name, value, why
):
    subject, predicate = NamedNode(STATEMENT), term(name)
    was = [triple for triple in registry.merged if (triple.subject, triple.predicate) == (subject, predicate)]
    before = {item.iri for item in registry.catalogue.statements()}
    with registry.changed([Triple(subject, predicate, value)], was):
        catalogue = registry.catalogue
        assert before - {item.iri for item in catalogue.statements()} == {STATEMENT}
        (left_out,) = catalogue.skipped()
        assert (left_out.kind, left_out.thing) == ("statement", STATEMENT)
        assert why in left_out.reason
        (line,) = [record.getMessage() for record in caplog.records]
        assert f"statement {STATEMENT} of {'law' if predicate.value.endswith('source') else 'bundled-fr'}" in line
        assert why in line
        assert registry.shown(client) == "ok"
        assert skipped(client)["statement"] == 1
        shown = client.get("/countries/FR", headers={"Accept": "text/html"}).text
    assert "Source code is to be opened." not in shown
    assert "Asks administrations to encourage free software." in shown


def test_of_many_skipped_records_the_log_names_a_few_and_counts_the_rest(registry, caplog):
    lost = [NamedNode(f"{BASE}/id/policy/lost-{number}#use-present-1") for number in range(30)]
    with registry.changed([Triple(iri, RDF_TYPE, term("ospo:PolicyStatement")) for iri in lost]):
        assert len(registry.catalogue.skipped()) == 30
    lines = [record.getMessage() for record in caplog.records]
    assert len([line for line in lines if "is not shown" in line]) == 20
    assert [line for line in lines if "10 further records are not shown" in line]
