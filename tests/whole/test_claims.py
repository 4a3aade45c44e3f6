"""Who says what of whom, from the file to the page: no claim becomes a fact, and no word of a publisher ours."""

import csv
import io
import json
from datetime import timedelta

import pytest

from registry.model import Layer, Source, SourceKind
from registry.readmodel.comparison.roll_up import CELLS
from registry.store.embedded import EmbeddedStore
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES, catalogue
from tests.support.disputed import CLAIM, EVIL, OWN, VICTIM
from tests.support.merged import AT, SETTINGS, fill, received, writer_on
from tests.support.page import Page

# What is good faith in Dublin Core and PROV, and what is not, in the words that the registry uses itself.
OURS = b"""
@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix dcterms: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix prov: <http://www.w3.org/ns/prov#> . @prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix cell: <https://w3id.org/ospo/concept/coverage/> . @prefix force: <https://w3id.org/ospo/concept/force/> .
@prefix activity: <https://w3id.org/ospo/concept/activity/> . @prefix stage: <https://w3id.org/ospo/concept/stage/> .
<#o> a ospo:Office ; foaf:homepage <https://a.example/> ; skos:prefLabel "A"@en ; ospo:countryCode "FR" ;
  dcterms:source <https://victim.example/> ; ospo:flossPolicy <#p> .
<#p> a ospo:FlossPolicy ; dcterms:title "P"@en ; foaf:page <https://a.example/p> ; ospo:countryCode "FR" ;
  ospo:office <https://atlas.example/id/office/victim-example> ; ospo:issuerName "The Victim" ;
  prov:wasDerivedFrom <https://atlas.example/sources/own/description#office> .
<#s> a ospo:PolicyStatement ; dcterms:isPartOf <#p> ; dcterms:description "T."@en ;
  ospo:activity activity:use ; ospo:stage stage:present ; ospo:coverage cell:stated ; ospo:force force:required ;
  dcterms:source <https://a.example/law> ; prov:generatedAtTime %s ;
  ospo:assessmentKind <https://w3id.org/ospo/concept/assessment-kind/compiled> .
"""
OTHER = Source("other", "https://a.example/ospo.ttl")
PEER = Source("peered", "https://peered.example/ospo.yaml", SourceKind.LIST, peer="neighbour")
SHOWN = ("/", "/countries", "/compare.csv", "/-/health", "/-/metrics", "/offices", "/policies", "/map", "/compare")


def site(*sources):
    """Return a client of the site on a registry of these sources with their bodies."""
    store = fill(EmbeddedStore(), {source.id: (source, body) for source, body in sources})
    application = create_app(SETTINGS, store)
    application.config["ENDPOINT"].close()
    return application.test_client()


def page(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, path
    return response.text


def rows(client, path):
    return list(csv.DictReader(io.StringIO(client.get(path).get_data(as_text=True))))


@pytest.mark.parametrize("moment", [b'"1999-01-01T00:00:00Z"^^xsd:dateTime', b'"0 day"', b"<https://a.example/now>"])
def test_a_publisher_who_uses_our_words_is_served_with_our_facts_and_told_so(moment):
    client = site((VICTIM, OWN), (OTHER, OURS % moment))
    assert [path for path in SHOWN if client.get(path).status_code != 200] == []
    (row,) = [row for row in rows(client, "/compare.csv") if row["text"] == "T."]
    assert row["claimed_by"] == ""
    assert (row["layer"], row["fetched"][:10]) == ("self-declared", "2026-11-22")
    assert "/sources/other" in "".join(row.values())
    assert "law" not in row["source"]
    (policy,) = [row for row in rows(client, "/policies.csv") if row["title"] == "P"]
    assert (policy["office"], policy["issuer"], policy["layer"]) == ("a-example", "A", "self-declared")
    assert policy["source"] == "https://atlas.example/sources/other"
    told = Page(page(client, "/sources/other"))
    advice = [row[2] for row in told.all("tr") if "is ours to say" in row[2]]
    for name in ("dcterms:source", "prov:generatedAtTime", "ospo:office", "ospo:issuerName", "ospo:assessmentKind"):
        assert [said for said in advice if f"{name} is ours to say" in said], name
    assert "C'est au registre de dire dcterms:source" in page(client, "/sources/other?lang=fr").replace("&#39;", "'")


@pytest.mark.parametrize("source", [EVIL, PEER])
def test_an_office_that_is_only_claimed_says_so_everywhere_and_shows_no_address_of_the_claimant(source):
    client = site((source, CLAIM))
    text = page(client, "/offices/victim-example")
    head, _, rest = text.partition('id="values"')
    assert "Claimed by" in head
    assert f'href="/sources/{source.id}"' in head
    assert "nobody who may speak for it has confirmed it." in head
    main = head[head.index("<main") :]
    assert "evil@" not in main
    assert "evil.example/contact" not in main
    heard, _, claims = rest.partition('id="claims"')
    for value in ("evil@evil.example", "https://evil.example/code", "https://evil.example/contact"):
        assert value not in heard
        assert value in claims
        assert f'href="{value}"' not in claims
    assert "No authority over it" in claims
    statements = "/compare?activity=use&stage=present&layout=statements"
    by_office = ("/compare?rows=offices&empty=1", "/compare?rows=offices&layout=side")
    of_policy = ("/policies/victim-example-policy", "/countries/FR", statements)
    for path in ("/offices", "/countries/DE", "/search?q=evil", "/policies", *by_office, *of_policy):
        assert "(Claimed)" in page(client, path), path
        assert "evil@" not in page(client, path), path
    (row,) = rows(client, "/offices.csv")
    assert (row["layer"], row["email"], row["contact"]) == ("imported", "", "")
    for path in ("/offices", "/policies", "/compare"):
        told = json.loads(client.get(f"{path}.json").data)["rows"]
        assert rows(client, f"{path}.csv") == told
        claimants = {row["claimed_by"] for row in told if row["source"]}
        assert claimants == {f"https://atlas.example/sources/{source.id}"}, path
    assert "claimed by others" in client.get("/offices/victim-example/badge.svg").get_data(as_text=True)
    assert "evil@" not in client.get("/offices/victim-example.ttl").get_data(as_text=True)


def test_of_an_office_that_speaks_for_itself_a_claim_changes_nothing_and_is_shown_as_one():
    alone, both = site((VICTIM, OWN)), site((VICTIM, OWN), (EVIL, CLAIM))
    for path in ("/offices.csv", "/policies.csv", "/compare.csv", "/countries.csv"):
        assert rows(alone, path) == rows(both, path), path
    for path in ("/offices.json", "/policies.json"):
        first, second = (json.loads(client.get(path).data) for client in (alone, both))
        assert first.keys() == second.keys()
        assert [key for key in first if first[key] != second[key]] == ["revision", "citation"], path
    office = page(both, "/offices/victim-example")
    before, _, claims = office.partition('id="claims"')
    assert "own@victim.example" in before
    assert "(The office itself: Well-known address):" in office
    assert "Claimed by" not in before
    assert not [word for word in ("evil", "Evil") if word in before]
    for value in ("Office of Evil", "evil@evil.example", "https://evil.example/code"):
        assert value in claims
    assert 'href="/sources/evil"' in claims
    policy = page(both, "/policies/own-policy")
    assert "Issuing office</a>" in policy
    assert "(Claimed)" not in policy + office + page(both, "/compare?rows=offices&empty=1") + page(
        both, "/countries/FR"
    )
    assert "Invented law" not in policy.partition('id="claims"')[0]
    assert "Invented law" in policy.partition('id="claims"')[2]
    assert "Says evil." not in policy + page(both, "/countries/FR")
    badge = both.get("/offices/victim-example/badge.svg").get_data(as_text=True)
    assert badge == alone.get("/offices/victim-example/badge.svg").get_data(as_text=True)


@pytest.mark.parametrize("layer", list(Layer))
def test_what_an_office_says_itself_has_one_label_in_statements_values_lists_and_badge(layer):
    """Whatever the setting of the source says of it."""
    client = site((Source("own", VICTIM.url, layer=layer), OWN))
    assert {row["layer"] for row in rows(client, "/offices.csv")} == {"self-declared"}
    assert {row["layer"] for row in rows(client, "/policies.csv")} == {"self-declared"}
    assert {row["layer"] for row in rows(client, "/compare.csv") if row["text"]} == {"self-declared"}
    for path in ("/offices/victim-example", "/policies/own-policy"):
        text = page(client, path)
        assert "The office itself" in text
        assert not [label for label in ("Taken from a list", "Read by us") if label in text], path
    assert "self-published" in client.get("/offices/victim-example/badge.svg").get_data(as_text=True)


def test_each_value_of_a_head_leads_to_who_says_it_and_when():
    listed = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
    client = site((VICTIM, OWN.replace(b"level: central\n", b"")), (listed, CLAIM.replace(b"DE", b"FR\nlevel: local")))
    shown = Page(page(client, "/offices/victim-example"))
    (said,) = [
        element for element in shown.all("p", **{"class": "soft"}) if element[2].startswith("The office itself: ")
    ]
    assert (
        said[2] == "The office itself: Name, Country code, Home page, E-mail. Taken from a list: Level, Contact page."
    )
    anchors = {
        link[2]: link[1]["href"].removeprefix("#") for link in shown.all("a") if "#said-" in link[1].get("href", "")
    }
    for name, anchor in anchors.items():
        (row,) = [element for element in shown.all("th") if element[1].get("id") == anchor]
        assert row[2].startswith(name)
    table = page(client, "/offices/victim-example").partition('id="values"')[2]
    assert "Taken from a list, <time" in table
    assert "The office itself, <time" in table


def test_a_page_of_claims_says_so_in_every_language():
    client = site((EVIL, CLAIM))
    for tag in LANGUAGES:
        text = page(client, f"/offices/victim-example?lang={tag}").replace("&#39;", "'")
        words = catalogue(tag)
        for sentence in ("Claimed by", "nobody who may speak for it has confirmed it.", "What others claim"):
            assert (words.get(sentence) or sentence) in text, (tag, sentence)


def test_claims_of_thousands_fill_no_page():
    many = [
        (Source(f"evil{n}", f"https://evil{n}.example/o.yaml"), CLAIM.replace(b"evil@", b"evil%d@" % n))
        for n in range(60)
    ]
    text = page(site((VICTIM, OWN), *many), "/offices/victim-example")
    assert text.count("@evil.example") == 50
    assert "More is said of it than is shown here" in text


def test_a_claimant_of_thousands_of_values_fills_no_page():
    names = "\n".join(f"  - https://evil.example/code/{number}" for number in range(1_000))
    body = CLAIM.replace(b"code: [https://evil.example/code]", b"code:\n" + names.encode())
    text = page(site((VICTIM, OWN), (EVIL, body)), "/offices/victim-example")
    assert text.count("https://evil.example/code/") < 20
    assert "evil@evil.example" in text
    assert "More is said of it than is shown here" in text


@pytest.mark.parametrize("order", [("evil", "own"), ("own", "evil")])
def test_a_law_that_a_stranger_invents_on_the_site_of_an_office_is_in_no_cell_and_no_file(order):
    store = EmbeddedStore()
    writer = writer_on(store)
    invented = CLAIM.replace(b"https://victim.example/policy", b"https://victim.example/invented")
    bodies = {"own": (VICTIM, OWN), "evil": (EVIL, invented)}
    for days, name in enumerate(order):
        writer.admit(received(*bodies[name], AT + timedelta(days=days)))
        writer.merge()
    application = create_app(SETTINGS, store)
    application.config["ENDPOINT"].close()
    client = application.test_client()
    stated = [row["text"] for row in rows(client, "/compare.csv") if row["text"]]
    assert stated == ["Says the victim."]
    assert "Says evil" not in page(client, "/compare") + page(client, "/countries/FR") + page(
        client, "/offices/victim-example"
    )
    (claimed,) = [row for row in rows(client, "/policies.csv") if row["policy_url"].endswith("/invented")]
    assert (claimed["office"], claimed["statements"]) == ("", "0")


def test_an_office_that_one_file_describes_a_thousand_times_has_a_page_of_bounded_size():
    record = """<#v{n}> a ospo:Office ; foaf:homepage <https://victim.example/#x{n}> ; skos:prefLabel "V{n}"@en ;
  ospo:countryCode "FR" ; schema:email "e{n}@victim.example" ."""
    prefixes = """@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix ospo: <https://w3id.org/ospo/ns#> . @prefix schema: <http://schema.org/> ."""
    body = "\n".join((prefixes, *(record.format(n=number) for number in range(1_000)))).encode()
    client = site((Source("own", "https://victim.example/.well-known/ospo-meta"), body))
    text = page(client, "/offices/victim-example")
    assert len(text) < 300_000
    assert text.count('"mailto:') <= 60
    assert "More is said of it than is shown here" in text


def test_what_is_only_claimed_heads_no_cell_and_counts_nowhere():
    client = site((EVIL, CLAIM))
    countries = rows(client, "/countries.csv?known=yes")
    assert {row[f"{activity}_{stage}"] for row in countries for activity, stage in CELLS} == {"not-assessed"}
    assert {(row["assessed"], row["activity"]) for row in countries} == {("0", "")}
    assert rows(client, "/compare.csv")[0]["claimed_by"] != ""
    for path in ("/", "/compare", "/map", *(f"/countries/{row['country']}" for row in countries)):
        links = [
            (facts.get("class") or "").split() for tag, facts, _ in Page(page(client, path)).elements if tag == "a"
        ]
        assert [names for names in links if "cell" in names and "f-required" in names] == [], path
        assert path in ("/", "/map") or any("f-not-assessed" in names for names in links), path
