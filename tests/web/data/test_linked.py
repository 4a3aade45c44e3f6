"""Linked data: one resource and one graph, whatever the suffix or the Accept header; the vocabulary and the shapes."""

import csv
import io
import xml.etree.ElementTree as ElementTree
from urllib.parse import quote

import pytest
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Triple,
    parse,
)
from rdflib import Graph

from registry.iri.names import term
from registry.model import Layer, Source
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import construct
from registry.store.sparql_text import bind
from registry.vocabulary import concepts
from registry.web.app import create_app
from tests.support import merged
from tests.support.merged import SETTINGS, fill
from tests.support.places import ROOT

FOLDER = ROOT
BASE = SETTINGS.base
FORMATS = {
    "ttl": ("text/turtle", RdfFormat.TURTLE),
    "jsonld": ("application/ld+json", RdfFormat.JSON_LD),
    "rdf": ("application/rdf+xml", RdfFormat.RDF_XML),
    "nt": ("application/n-triples", RdfFormat.N_TRIPLES),
    "json": ("application/json", RdfFormat.JSON_LD),
}
THINGS = (
    "/offices/code-gouv-fr",
    "/offices/opentech-auth-gr",
    "/policies/fr-lrn",
    "/policies/cl-bill",
    "/countries/FR",
    "/countries/GR",  # an office and no policy
    "/countries/ZW",  # nothing but the country itself
    "/sources/bundled-fr",
    "/sources/list",
    "/sources/gone",  # nothing is served of it
)
WORDS = ("/ns", "/ns.ttl", "/ns.jsonld", "/ns.rdf", "/ns.nt", "/ns/context.jsonld", "/ns/1.0/context.jsonld", "/shapes")


class Site:
    """The site on a store, and what the graphs of that store say of a thing."""

    def __init__(self, store):
        self.store, self.client = store, create_app(SETTINGS, store).test_client()
        self.merged = self.graph(f"{BASE}/merged")

    def graph(self, name):
        return set(
            construct(self.store, bind("CONSTRUCT { ?s ?p ?o } WHERE { GRAPH $graph { ?s ?p ?o } }", graph=name))
        )

    def get(self, path, status=200, **headers):
        response = self.client.get(path, headers=headers)
        assert response.status_code == status, (path, response.status_code)
        return response

    def expected_triples(self, path):
        """Return what is known of the thing at that address: of a source what it says, of all else what is merged.

        Of an office and a policy it is told, too, who speaks of it.
        """
        _, kind, name = path.split("/")
        if kind == "sources":
            return self.graph(f"{BASE}/sources/{name}/description")
        if kind != "countries":
            thing = NamedNode(f"{BASE}/id/{ {'offices': 'office', 'policies': 'policy'}[kind] }/{name}")
            return self.merged_of(thing) | self.voices_on(thing)
        place = NamedNode(f"https://w3id.org/ospo/concept/jurisdiction/{name}")
        found = {triple for triple in concepts.vocabulary_triples() if triple.subject == place}
        for thing in (triple.subject for triple in self.merged if triple.predicate == term("ospo:countryCode")):
            if "#" not in thing.value and Triple(thing, term("ospo:countryCode"), Literal(name)) in self.merged:
                found |= self.merged_of(thing)
        return found

    def merged_of(self, thing):
        parts = {t.subject for t in self.merged if t.predicate == term("dcterms:isPartOf") and t.object == thing}
        nodes = {t.object for t in self.merged if t.subject == thing and "/description#" in t.object.value}
        return {triple for triple in self.merged if triple.subject in parts | nodes | {thing}}

    def voices_on(self, thing):
        authority = self.graph(f"{BASE}/authority")
        voices = {t.subject for t in authority if t.predicate == term("dcterms:subject") and t.object == thing}
        return {triple for triple in authority if triple.subject in voices}


@pytest.fixture(scope="module")
def site():
    return Site(fill(EmbeddedStore()))


@pytest.fixture(scope="module")
def bundled():
    """The site on a store filled from all bundled sources by the real path."""
    return Site(fill(EmbeddedStore(), merged.bundled()))


def triples(body, format_):
    found = [quad.triple for quad in parse(body, format_)]
    assert [t for t in found if isinstance(t.subject, BlankNode) or isinstance(t.object, BlankNode)] == []
    assert len(found) == len(set(found))
    return set(found)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("path", THINGS)
def test_a_thing_is_one_graph_in_every_format(site, path, suffix):
    response = site.get(f"{path}.{suffix}")
    media_type, format_ = FORMATS[suffix]
    assert response.mimetype == media_type
    assert triples(response.data, format_) == site.expected_triples(path)
    assert site.expected_triples(path) or path == "/sources/gone"


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # rdflib warns of its own reader of JSON-LD
@pytest.mark.parametrize("path", THINGS)
def test_an_independent_library_reads_the_same_graph_from_every_format(site, path):
    names = {"ttl": "turtle", "jsonld": "json-ld", "rdf": "xml", "nt": "nt", "json": "json-ld"}
    graphs = [set(Graph().parse(data=site.get(f"{path}.{suffix}").text, format=names[suffix])) for suffix in names]
    assert len(graphs[0]) == len(site.expected_triples(path))
    assert all(graph == graphs[0] for graph in graphs)


@pytest.mark.parametrize("kind", ["offices", "policies", "countries", "sources"])
def test_every_bundled_thing_is_one_graph_in_every_format(bundled, kind):
    catalogue = bundled.client.application.config["CATALOGUE"]
    names = {
        "offices": [office.slug for office in catalogue.offices()],
        "policies": [policy.slug for policy in catalogue.policies()],
        "countries": [country.code for country in catalogue.countries()],
        "sources": [state.source.id for state in catalogue.sources() if state.accepted_at],
    }[kind]
    seen = set()
    for name in names:
        path = f"/{kind}/{name}"
        graph = triples(bundled.get(f"{path}.nt").data, RdfFormat.N_TRIPLES)
        assert graph, path
        for suffix in FORMATS.keys() - {"nt"}:
            assert triples(bundled.get(f"{path}.{suffix}").data, FORMATS[suffix][1]) == graph, (path, suffix)
        seen |= graph
    if kind == "sources":
        wanted = {triple for name in names for triple in bundled.graph(f"{BASE}/sources/{name}/description")}
    else:
        types = {"offices": ("Office",), "policies": ("FlossPolicy", "PolicyStatement")}
        types["countries"] = types["offices"] + types["policies"]
        kinds = {term(f"ospo:{name}") for name in types[kind]}
        things = {triple.subject for triple in bundled.merged if triple.object in kinds}
        wanted = {triple for triple in bundled.merged if triple.subject in things}
    assert len(names) > 40
    assert wanted - seen == set()


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("path", THINGS)
def test_who_accepts_rdf_is_led_from_the_page_to_the_data(site, path, suffix):
    media_type = FORMATS[suffix][0]
    response = site.get(path, 303, Accept=media_type)
    assert response.location == f"{path}.{suffix}"
    assert "Accept" in response.vary
    assert site.get(response.location, Accept=media_type).mimetype == media_type
    assert site.get(path, Accept="text/html").mimetype == "text/html"


@pytest.mark.parametrize("thing", ["office/code-gouv-fr", "policy/fr-lrn"])
def test_the_name_of_a_thing_leads_to_what_is_accepted_best(site, thing):
    path = {"office": "/offices/", "policy": "/policies/"}[thing.partition("/")[0]] + thing.partition("/")[2]
    for accept, ending in {
        "": "",
        "*/*": "",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "",
        "text/turtle": ".ttl",
        "text/turtle;charset=utf-8": ".ttl",
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"': ".jsonld",
        "application/json": ".json",
        "application/rdf+xml;q=0.9, text/turtle;q=0.3, */*;q=0.1": ".rdf",
        "text/html;q=0.2, application/n-triples;q=0.8": ".nt",
        "text/html;q=0.8, application/n-triples;q=0.2": "",
        "text/html;q=0, text/turtle;q=0, application/*;q=0.5": ".jsonld",
        "text/*;q=0.2, text/turtle;q=0.1, application/rdf+xml;q=0.15": "",
    }.items():
        for address in (f"/id/{thing}", path):
            if address == path and not ending:
                assert site.get(path, Accept=accept).mimetype == "text/html", accept
                continue
            response = site.get(address, 303, Accept=accept)
            assert (response.location, "Accept" in response.vary) == (path + ending, True), accept
            assert site.get(response.location, Accept=accept)


def test_every_iri_of_ours_in_the_merged_graph_leads_somewhere(bundled):
    named = {
        term for triple in bundled.merged for term in (triple.subject, triple.object) if isinstance(term, NamedNode)
    }
    ours = {iri.value.partition("#")[0].removeprefix(BASE) for iri in named if iri.value.startswith(f"{BASE}/id/")}
    assert len(ours) > 200
    for path in ours:
        assert bundled.get(bundled.get(path, 303, Accept="text/turtle").location)


@pytest.mark.parametrize("path", ["/countries/EL", "/countries/gr", "/countries/el"])
def test_a_code_in_another_spelling_leads_to_the_data_of_the_country(site, path):
    for suffix in FORMATS:
        response = site.get(f"{path}.{suffix}", 301)
        assert response.location == f"/countries/GR.{suffix}"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/offices/nobody", "there is no office"),
        ("/policies/nobody", "there is no policy"),
        ("/sources/nobody", "there is no source"),
        ("/countries/QQ", "there is no country or body"),
    ],
)
def test_what_is_not_known_is_not_found_and_said_in_words(site, path, words):
    for suffix in FORMATS:
        response = site.get(f"{path}.{suffix}", 404)
        assert response.mimetype == "text/plain"
        assert response.text.startswith(f"404 Not Found: {words}")
    assert words in site.get(path, 404, Accept="text/html").text
    assert site.get(f"/id{path}", 404)
    assert site.get(f"{path}.xlsx", 404)


@pytest.mark.parametrize("path", [*THINGS, "/id/office/code-gouv-fr", "/id/policy/fr-lrn", "/ns"])
def test_what_is_not_offered_is_not_acceptable_and_what_is_offered_is_named(site, path):
    for accept in ("image/png", "application/rdf+xml;q=0, text/plain", "nonsense"):
        response = site.get(path, 406, Accept=accept)
        assert response.mimetype == "text/plain"
        assert response.text.startswith(
            "406 Not Acceptable: none of the accepted media types is offered: ask for one of "
        )
        assert "application/ld+json" in response.text
        assert "Accept" in response.vary


@pytest.mark.parametrize("path", [*(f"{thing}.{suffix}" for thing in THINGS for suffix in ("ttl", "json")), *WORDS])
def test_what_has_not_changed_is_not_sent_again(site, path):
    first = site.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    again = site.get(path, 304, If_None_Match=tag)
    assert (again.data, again.headers["ETag"]) == (b"", tag)
    for response in (first, again, site.client.head(path)):
        assert {"Accept", "Accept-Language"} <= set(response.vary)
        assert response.headers["ETag"] == tag
    assert site.get(path, If_None_Match='"other"').data == first.data


def test_each_representation_has_its_own_tag(site):
    tags = [site.get(f"/offices/code-gouv-fr.{suffix}").headers["ETag"] for suffix in FORMATS]
    tags += [site.get("/offices/code-gouv-fr", Accept="text/html").headers["ETag"]]
    assert len(set(tags)) == len(tags)


def test_new_data_have_a_new_tag():
    site = Site(fill(EmbeddedStore()))
    first = site.get("/offices/opentech-auth-gr.ttl")
    body = b"url: https://opentech.auth.gr/\nname: Renamed\ncountry: GR\n"
    fill(site.store, {"own": (Source("own", "https://opentech.auth.gr/.well-known/ospo-meta"), body)})
    second = site.get("/offices/opentech-auth-gr.ttl", If_None_Match=first.headers["ETag"])
    assert "Renamed" in second.text
    assert "Renamed" not in first.text


def canonical(body, format_):
    dataset = Dataset(Quad(*quad.triple) for quad in parse(body, format_, rename_blank_nodes=True))
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_the_vocabulary_is_one_graph_in_every_format_and_is_what_the_package_holds(site):
    files = sorted((FOLDER / "ontology").glob("*.ttl"))
    packaged = canonical(b"".join(path.read_bytes() for path in files), RdfFormat.TURTLE)
    assert any("https://w3id.org/ospo/ns#PolicyStatement" in quad for quad in packaged)
    for suffix in ("ttl", "jsonld", "rdf", "nt"):
        media_type, format_ = FORMATS[suffix]
        by_suffix, by_accept = site.get(f"/ns.{suffix}"), site.get("/ns", Accept=media_type)
        assert by_suffix.data == by_accept.data
        assert by_suffix.mimetype == by_accept.mimetype == media_type
        assert canonical(by_suffix.data, format_) == packaged
    assert site.get("/ns").mimetype == "text/turtle"


@pytest.mark.parametrize("path", ["/ns/context.jsonld", "/ns/1.0/context.jsonld"])
def test_the_context_is_the_packaged_file_byte_for_byte_for_every_site(site, path):
    response = site.get(path)
    assert response.data == (FOLDER / "ontology" / "context.jsonld").read_bytes()
    assert response.mimetype == "application/ld+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.get_json()["@context"]["url"]["@id"] == "foaf:homepage"


def test_a_version_of_the_context_that_was_never_published_is_not_found(site):
    assert site.get("/ns/2.0/context.jsonld", 404)


def test_the_shapes_are_those_of_the_package(site):
    response = site.get("/shapes")
    assert response.mimetype == "text/turtle"
    packaged = [path.read_bytes() for path in sorted((FOLDER / "shapes").glob("*.ttl"))]
    served = canonical(response.data, RdfFormat.TURTLE)
    assert served == canonical(b"\n".join(packaged), RdfFormat.TURTLE)
    assert len([quad for quad in served if "http://www.w3.org/ns/shacl#NodeShape" in quad]) > 3


# What hostile sources say.

TRICKS = "</rdf:Description>\u202e\u0000\u0008\ufffe\r\n]]>&amp;\"'\\<script>"
# By Turtle of a publisher: properties that have no name in XML, or a name that RDF/XML keeps for itself.
DESCRIPTION = """
@prefix ospo: <https://w3id.org/ospo/ns#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
<#a> a ospo:Office ; <http://xmlns.com/foaf/0.1/homepage> <https://a.example/> ; ospo:countryCode "FR" ;
  <http://www.w3.org/2004/02/skos/core#prefLabel> "A\\r\\n" ; <https://e.example/123> "1" ; <https://e.example/> "2" ;
  rdf:li "3" ; rdf:about "4" ; <http://www.w3.org/2000/xmlns/x> "5" ; <https://e.example/a=> "6" ; rdf:_1 "7" ;
  <https://e.example/e'e> "8" ; <https://e.example/название> "9" ; <https://e.example/a&b> "10" ; <urn:x-> "11" .
"""
UNNAMED = {"1", "2", "3", "4", "5", "6"}


@pytest.fixture(scope="module")
def hostile():
    """The site on a store with hostile properties and texts, and with names that no slug would be."""
    source = Source("evil", "https://a.example/.well-known/ospo-meta.ttl")
    store = fill(EmbeddedStore())
    fill(store, {"evil": (source, DESCRIPTION.encode())})
    for kind, (old, new) in NAMES.items():
        iris = {"old": f"{BASE}/id/{kind}/{old}", "new": f"{BASE}/id/{kind}/{new}"}
        for old_triple, new_triple in (("$old ?p ?o", "$new ?p ?o"), ("?s ?p $old", "?s ?p $new")):
            rename = "DELETE { GRAPH ?g { OLD } } INSERT { GRAPH ?g { NEW } } WHERE { GRAPH ?g { OLD } }"
            store.update(bind(rename.replace("OLD", old_triple).replace("NEW", new_triple), **iris))
    store.update(
        bind(
            """DELETE { GRAPH ?g { ?s $title ?o } } INSERT { GRAPH ?g { ?s $title $text } }
            WHERE { GRAPH ?g { ?s $title ?o } }""",
            title=term("dcterms:title"),
            text=Literal(TRICKS, language="en"),
        )
    )
    return Site(store)


NAMES = {
    "office": ("opentech-auth-gr", "é%0d%0aX-Evil:1';()&=開"),
    "policy": ("cl-bill", "%22%3E..%2F..%2F@evil.example:80"),
}


@pytest.mark.parametrize("suffix", FORMATS)
def test_properties_that_xml_cannot_name_are_left_out_of_rdf_xml_alone_and_that_is_said(hostile, suffix):
    response = hostile.get(f"/sources/evil.{suffix}")
    found = triples(response.data, FORMATS[suffix][1])
    whole = hostile.expected_triples("/sources/evil")
    assert {triple.object.value for triple in whole} > UNNAMED
    if suffix != "rdf":
        assert found == whole
        return
    assert {triple.object.value for triple in whole - found} == UNNAMED
    assert ElementTree.fromstring(response.data) is not None
    assert "6 triples are left out" in response.text
    assert len(Graph().parse(data=response.text, format="xml")) == len(found)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("path", ["/policies/fr-lrn", "/countries/FR", "/sources/bundled-fr"])
def test_hostile_texts_are_written_so_that_they_are_read_again(hostile, path, suffix):
    response = hostile.get(f"{path}.{suffix}")
    found = triples(response.data, FORMATS[suffix][1])
    titles = {triple.object.value for triple in found if triple.predicate == term("dcterms:title")}
    # XML has no way to write control characters.
    readable = TRICKS.translate(dict.fromkeys(map(ord, "\0\b\ufffe"), "\ufffd"))
    assert titles == {readable if suffix == "rdf" else TRICKS}
    if suffix == "rdf":
        assert readable in {element.text for element in ElementTree.fromstring(response.data).iter()}


def test_hostile_texts_are_written_in_the_turtle_of_the_comparison_too(hostile):
    found = triples(hostile.get("/compare.ttl").data, RdfFormat.TURTLE)
    assert {triple.object.value for triple in found if triple.predicate == term("dcterms:title")} == {TRICKS}


@pytest.mark.parametrize("kind", NAMES)
def test_hostile_names_lead_where_they_should_and_nowhere_else(hostile, kind):
    path = f"/{ {'office': 'offices', 'policy': 'policies'}[kind] }/{quote(NAMES[kind][1])}"
    for suffix, (media_type, format_) in FORMATS.items():
        for address in (f"/id/{kind}/{quote(NAMES[kind][1])}", path):
            response = hostile.get(address, 303, Accept=media_type)
            assert response.location == f"{path}.{suffix}"
            assert "X-Evil" not in response.headers
        assert triples(hostile.get(response.location).data, format_)
    assert hostile.get(f"/id/{kind}/{quote(NAMES[kind][1])}", 303).location == path
    assert hostile.get(path, Accept="text/html")


@pytest.mark.parametrize("name", ["a%0d%0aX-Evil:1", "%E2%80%AE", "%00", "%ff%fe", "%3Cscript%3E", "..", "x" * 5_000])
@pytest.mark.parametrize("accept", ["text/turtle", "text/html"])
def test_a_name_that_nobody_has_is_not_found_whatever_is_in_it(site, name, accept):
    for kind, plural in (("office", "offices"), ("policy", "policies")):
        response = site.get(f"/id/{kind}/{name}", 404, Accept=accept)
        assert "X-Evil" not in response.headers
        if name != "..":  # which a client takes for the folder above
            direct = site.client.get(f"/{plural}/{name}", headers={"Accept": accept}, follow_redirects=True)
            assert direct.status_code == 404
            assert site.get(f"/{plural}/{name}.ttl", 404, Accept=accept)
    assert site.get(f"/countries/{name}.ttl", 404)
    assert site.get(f"/sources/{name}.ttl", 404)


def test_a_policy_brings_the_unnamed_nodes_of_its_statements_along():
    body = b"""
policies:
  - title: P
    country: FR
    matrix:
      use:
        present:
          force: required
          text: {en: T.}
          evidence: [{page: https://law.example/2, evidence_type: law-text}]
"""
    source = Source("a", "https://a.example/a.yaml", layer=Layer.COMPILED)
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"a": (source, body)})).test_client()
    found = triples(client.get("/policies/p.ttl").data, RdfFormat.TURTLE)
    evidence = {triple.object for triple in found if triple.predicate == term("ospo:evidence")}
    (node,) = evidence - {NamedNode("https://law.example/2")}
    assert {triple.object.value for triple in found if triple.subject == node} == {
        "https://law.example/2",
        "https://w3id.org/ospo/concept/evidence-type/law-text",
    }
    (row,) = [row for row in csv.DictReader(io.StringIO(client.get("/compare.csv").text)) if row["force"]]
    assert row["evidence"] == "https://law.example/2"


def test_an_address_that_looks_like_a_node_of_the_reader_is_what_its_publisher_wrote():
    page = "https://law.example/description#b1"
    body = f"""
offices:
  - url: https://office.example
    name: Office
    country: FR
    part_of: {{name: Ministry}}
    contact: {page}
    policies:
      - title: P
        matrix:
          use:
            present: {{force: required, text: {{en: T.}}, evidence: [{page}]}}
"""
    source = Source("a", "https://a.example/a.yaml", layer=Layer.COMPILED)
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"a": (source, body.encode())})).test_client()
    (row,) = [row for row in csv.DictReader(io.StringIO(client.get("/compare.csv").text)) if row["force"]]
    assert row["evidence"] == page
    shown = client.get("/offices/office-example", headers={"Accept": "text/html"}).text
    assert f'href="{page}"' in shown
    assert "Ministry" in shown
