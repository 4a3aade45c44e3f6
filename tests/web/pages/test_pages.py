"""What the pages say, read from their HTML: cells, statements, sources, and foreign text that does no harm."""

import itertools
import re
from collections import Counter

import pytest
from pyoxigraph import Literal, NamedNode

from registry.iri.names import term
from registry.model import Layer, Source
from registry.store.embedded import EmbeddedStore
from registry.store.sparql_text import bind
from registry.web.app import create_app
from tests.support.merged import COMPILED, SETTINGS, SOURCES, fill, store
from tests.support.page import PATHS, Cells, Page

EVIL = "<script>alert(1)</script>\"' onload=x {{ 7*7 }} \u202etxt.exe"
LONG = "x" * 100_000
# Whatever the reader lets through or not: the pages bear these in every text, and these links in every address.
TEXTS = (
    "skos:prefLabel dcterms:title dcterms:description ospo:provision ospo:remark ospo:issuerName ospo:reason "
    "sh:resultMessage schema:email ospo:ownWord ospo:bindsNote"
)
ADDRESSES = "foaf:page foaf:homepage ospo:contactPage ospo:evidence ospo:policyPage ospo:address"
REPLACE = """DELETE { GRAPH ?g { ?s ?p ?o } } INSERT { GRAPH ?g { ?s ?p $one, $two } }
WHERE { VALUES ?p { $predicates } GRAPH ?g { ?s ?p ?o } }"""


@pytest.fixture(scope="module")
def client():
    application = create_app(SETTINGS, store())
    yield application.test_client()
    application.config["ENDPOINT"].close()


@pytest.fixture(scope="module")
def hostile():
    """The site on a store where every text and every foreign address is a trick."""
    filled = store()
    for names, values in (
        (TEXTS, (Literal(EVIL, language="en"), Literal(LONG, language="ar"))),
        (ADDRESSES, (NamedNode("javascript:alert(1)"), NamedNode("https://ok.example/'onload='x"))),
    ):
        predicates = " ".join(str(term(name)) for name in names.split())
        filled.update(bind(REPLACE.replace("$predicates", predicates), one=values[0], two=values[1]))
    return create_app(SETTINGS, filled).test_client()


def page(client, path):
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200, path
    return Page(response.get_data(as_text=True))


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_well_formed_with_one_title_landmarks_and_headings_in_order(client, path):
    shown = page(client, path)
    assert (shown.wrong, shown.open) == ([], [])
    assert [len(shown.all(tag)) for tag in ("h1", "main", "header", "footer")] == [1, 1, 1, 1]
    levels = [int(tag[1]) for tag, _, _ in shown.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    names = [attributes["id"] for _, attributes, _ in shown.elements if "id" in attributes]
    assert len(names) == len(set(names))
    assert [table for table in shown.all("table") if "caption" not in str(shown.elements)] == []
    assert [head for head in shown.all("th") if "scope" not in head[1]] == []


@pytest.mark.parametrize("path", PATHS)
def test_every_link_of_ours_leads_somewhere(client, path):
    for _, attributes, _ in page(client, path).all("a"):
        target = attributes["href"]
        if target.startswith("/"):
            address, _, fragment = target.partition("#")
            response = client.get(address, headers={"Accept": "text/html"})
            assert response.status_code == 200, target
            assert not fragment or f'id="{fragment}"' in response.get_data(as_text=True), target
        elif not target.startswith("#"):
            assert attributes["rel"] == "nofollow noopener", target


def cell(client, country, activity, stage, query=""):
    """Return the classes and the name of a cell of the matrix; a body is called by its name."""
    html = client.get(f"/compare{query or '?'}&empty=1", headers={"Accept-Language": "en"}).get_data(as_text=True)
    return Cells(html).cells[country, activity, stage]


@pytest.mark.parametrize(
    ("country", "activity", "stage", "key", "word"),
    [
        ("FR", "produce", "present", "required unread", "Must: France, Publish, Rules. text not read"),
        (
            *("FR", "use", "prioritize", "encouraged unread"),
            "Encouraged: France, Use, Priority. central (assumed from its level); text not read",
        ),
        ("FR", "use", "promote", "silent", "Says nothing: France, "),
        ("FR", "contribute", "present", "excluded", "Left out: France, "),
        ("FR", "contribute", "promote", "not-assessed", "Not assessed"),
        ("FR", "use", "present", "nothing", "No longer: France, Use, Rules. no longer in force: 1"),
        ("DE", "use", "prioritize", "preferred", "Prefer: Germany, Use, Priority. central (assumed from its level)"),
        ("CL", "use", "prioritize", "nothing", "Not adopted: Chile, Use, Priority. never came into force: 1"),
        ("GR", "use", "present", "not-assessed", "Not assessed"),
    ],
)
def test_a_cell_says_in_words_and_in_class_what_holds(client, country, activity, stage, key, word):
    class_, text = cell(client, country, activity, stage)
    assert class_.removeprefix("tile ") == f"f-{key}"
    assert text.startswith(word)


OWN = """\
url: https://own.example.org/
name: Own
country: FR
kind: office
contact: https://own.example.org/contact
email: all@own.example.org
description: {en: Helps.}
floss_policy: https://own.example.org/policy
policies:
  - {title: A guide, url: https://own.example.org/policy, country: FR, instrument: guideline}
"""


@pytest.fixture(scope="module")
def own():
    """The site of one office that speaks for itself."""
    source = Source("own", "https://own.example.org/.well-known/ospo-meta")
    application = create_app(SETTINGS, fill(EmbeddedStore(), {"own": (source, OWN.encode())}))
    yield application.test_client()
    application.config["ENDPOINT"].close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/offices/own-example-org?lang=de", ("Kontaktseite", "Büro")),
        ("/policies/a-guide?lang=de", ("Instrument", "Leitlinie")),
    ],
)
def test_properties_concepts_and_layers_are_named_in_the_language_of_the_page(own, path, words):
    (table,) = page(own, path).all("table")
    for word in words:
        assert word in table[2]
    claims = page(own, path).all("a", href="/sources/own?lang=de")
    assert len(claims) > 4
    assert "Die Stelle selbst" in table[2]
    assert "Übernommen" not in page(own, path).text


def test_a_cell_counts_the_statements_of_the_force_that_heads_it(client):
    one_in_a_field = b"- {force: comply-or-explain, duty: prefer-open-source, reach: field, text"
    assert one_in_a_field in COMPILED
    source = Source("bundled-fr", "http://bundled.ospo-atlas.example/fr.yaml", layer=Layer.COMPILED, rank=1000)
    body = COMPILED.replace(one_in_a_field, b"- {force: preferred, duty: prefer-open-source, text")
    two = create_app(SETTINGS, fill(EmbeddedStore(), {"bundled-fr": (source, body)})).test_client()
    assert "statements" not in cell(client, "DE", "use", "prioritize")[1]
    assert cell(two, "DE", "use", "prioritize")[1].endswith("; 2 statements")


def test_what_stands_beside_and_apart_is_told_with_its_country_and_side_by_side(client):
    for path in ("/countries/DE", "/compare?country=DE&layout=side"):
        shown = page(client, path)
        beside = [e[2] for e in shown.all("p", **{"class": "brief"}) if e[2].startswith("Beside it:")]
        assert beside == ["Beside it: Or explain: in one field"]
    for path in ("/countries/CL", "/compare?country=CL&layout=side"):
        apart = [e[2] for e in page(client, path).all("p", **{"class": "brief soft"})]
        assert apart == ["Apart: never came into force: 1"]


def test_the_legend_counts_every_state_that_cells_show_and_narrows_to_a_force(client):
    html = client.get("/compare", headers={"Accept-Language": "en"}).get_data(as_text=True)
    (legend,) = re.findall(r'<ul class="legend".*?</ul>', html, flags=re.DOTALL)
    chips = re.findall(r'f-([a-z-]+)"(?: href="(.*?)" rel="nofollow")?><b>(.*?)</b><small>(\d+)</small>', legend)
    counts = Counter(re.search(r"f-(\S+)", classes)[1] for classes, _ in Cells(html).cells.values())
    assert {key: int(number) for key, _, _, number in chips if key in counts} == counts - Counter(
        {"not-assessed": counts["not-assessed"]}
    )
    assert [(key, word) for key, href, word, _ in chips if href] == [
        ("required", "Must"),
        ("preferred", "Prefer"),
        ("encouraged", "Encouraged"),
    ]
    assert 'href="/compare?force=required"' in legend
    assert 'href="/compare"' in client.get("/compare?force=required").get_data(as_text=True)


def test_rows_without_an_answer_are_counted_and_can_be_shown(client):
    heads = [e[2].strip() for e in page(client, "/compare").all("th", scope="row")]
    assert "Greece" not in heads
    assert "Without any answer: 1." in page(client, "/compare").text
    more = page(client, "/compare?empty=1")
    assert "Greece" in [e[2].strip() for e in more.all("th", scope="row")]
    assert "Greece" in page(client, "/compare?country=GR").text  # whoever asks for it sees it


@pytest.mark.parametrize(("name", "country"), [("Danmark", "DK"), ("deutsch", "DE"), ("UK", "GB"), ("frankr", "FR")])
def test_a_country_is_found_by_its_name_in_any_language(client, name, country):
    found = client.get(f"/compare?name={name}&activity=use")
    assert (found.status_code, found.location) == (302, f"/compare?activity=use&country={country}")
    assert "name=Narnia is not known" in page(client, "/compare?name=Narnia").text


def test_what_a_filter_leaves_out_is_not_called_unassessed(client):
    assert cell(client, "FR", "use", "prioritize", "?force=required")[0] == "tile f-no-match"


def test_a_filter_of_an_activity_leaves_its_three_columns(client):
    shown = page(client, "/compare?activity=use")
    assert [e[2] for e in shown.all("th", scope="colgroup")] == ["Use"]
    boxes = {e[1]["value"]: "checked" in e[1] for e in shown.all("input", name="activity", type="checkbox")}
    assert boxes == {"use": True, "contribute": False, "produce": False}


def test_downloads_have_the_state_of_the_page(client):
    links = [e[1].get("href") for e in page(client, "/compare?activity=use&country=FR").all("a")]
    for suffix in ("csv", "json", "ttl", "svg"):
        assert f"/compare.{suffix}?country=FR&activity=use" in links


def test_rows_are_countries_or_offices(client):
    heads = [e[2].strip() for e in page(client, "/compare?rows=offices&empty=1").all("th", scope="row")]
    assert heads == ["Mission logiciels libres", "Open Technologies Centre"]
    assert page(client, "/compare?rows=offices&empty=1").all("input", name="office", value="code-gouv-fr")
    assert "Without any answer: 2." in page(client, "/compare?rows=offices").text


def test_a_day_shows_the_law_as_it_stood(client):
    assert cell(client, "FR", "produce", "present")[0] == "tile f-required unread"
    assert cell(client, "FR", "produce", "present", "?on=2016-10-06")[0].endswith("f-not-assessed")
    assert cell(client, "FR", "produce", "present", "?on=2016-10-07")[0].endswith("f-not-assessed")  # not in force
    assert cell(client, "FR", "produce", "present", "?on=2016-10-08")[0] == "tile f-required unread"
    assert cell(client, "DE", "use", "prioritize", "?on=2024-08-01")[1].endswith("not known whether in force: 2")
    for day, key, words in (
        ("2011-12-31", "not-assessed", "Not assessed"),
        ("2012-07-01", "nothing", "not known whether in force: 1"),  # issued in 2012
        ("2013", "required", "Must"),
        ("2020-01-01", "required", "Must"),
        ("2020-12-31", "nothing", "not known whether in force: 1"),  # until 2020
        ("2021", "nothing", "no longer in force: 1"),
    ):
        class_, text = cell(client, "FR", "use", "present", f"?on={day}")
        assert (class_.removeprefix("tile "), words in text) == (f"f-{key}", True), day
    assert "as the law stood on 2016-10-07" in page(client, "/compare?on=2016-10-07").text


def test_side_by_side_can_show_the_differences_alone(client):
    path = "/compare?country=FR&country=DE&country=CL&layout=side"
    shown = page(client, path)
    assert [e[2].split()[0] for e in shown.all("th", scope="col")][1:] == ["Chile", "France", "Germany"]
    everything = [e[2] for e in shown.all("th", scope="row")]
    assert len(everything) == 9
    differing = [e[2] for e in page(client, path + "&differences=1").all("th", scope="row")]
    assert len(differing) == 5
    assert [text for text in everything if text in differing] == differing
    assert "Contribute – Promotion" not in " ".join(differing)  # not assessed in any of them


def test_a_column_opened_has_every_statement_with_its_source_date_provision_and_whom_it_binds(client):
    shown = page(client, "/compare?activity=produce&stage=present&layout=statements")
    (row,) = [e[2] for e in shown.all("tr") if "Source code is to be opened." in e[2]]
    for part in ("France", "Must", "art. 2", "2016-10-07", "Central", "bundled-fr", "2026-11-22"):
        assert part in row
    header = page(client, "/compare").all("a", href="/compare?activity=produce&stage=present&layout=statements")
    assert header


def test_the_form_keeps_what_it_does_not_ask_for(client):
    shown = page(client, "/compare?country=FR&country=DE&rows=offices&lang=en")
    hidden = [(e[1]["name"], e[1]["value"]) for e in shown.all("input", type="hidden")]
    for pair in (("country", "FR"), ("country", "DE"), ("rows", "offices"), ("lang", "en")):
        assert pair in hidden


def test_a_page_says_how_to_cite_it_under_which_licences_and_which_query_is_behind_it(client):
    shown = page(client, "/compare?country=FR")
    assert "State of 2026-11-22, revision 4. https://atlas.example/compare?country=FR" in shown.text
    (query,) = [e[1]["href"] for e in shown.all("a") if e[2] == "The same as a SPARQL query"]
    assert query.startswith("/sparql?query=PREFIX")


def test_a_filter_that_is_not_known_is_answered_with_what_is(client):
    assert "force=strong is not known" in page(client, "/compare?force=strong").text


def test_a_country_shows_each_statement_with_who_says_so_its_source_and_its_doubts(client):
    shown = page(client, "/countries/FR")
    article = next(e[2] for e in shown.all("article") if "Source code is to be opened." in e[2])
    for part in ("Must", "In force", "art. 2", "Central", "bundled-fr", "2026-11-22", "april.org", "third party"):
        assert part in article, part
    title = next(e for e in shown.all("bdi", lang="fr") if "numérique" in e[2])
    assert title[2] == "Loi pour une République numérique"


def test_a_code_in_another_spelling_leads_to_the_country(client):
    response = client.get("/countries/EL")
    assert (response.status_code, response.location) == (301, "/countries/GR")
    assert client.get("/countries/QQ").status_code == 404


def test_where_sources_differ_an_office_shows_all_values_the_winning_one_first(client):
    (slug,) = {e[1]["href"] for e in page(client, "/countries/FR").all("a") if "/offices/" in e[1]["href"]}
    rows = [e[2] for e in page(client, slug).all("tr")]
    (first,) = [number for number, row in enumerate(rows) if "contact@code.gouv.fr" in row]
    assert "another source says:" in rows[first + 1]
    assert "floss@numerique.gouv.fr" in rows[first + 1]
    assert "sources differ" in rows[first]


def test_a_source_page_says_what_is_wrong_where_and_what_is_served(client):
    text = page(client, "/sources/broken").text
    assert "Nothing: no version of it has been accepted yet." in text
    assert "Error" in text
    assert "https://gone.example/ answers 404." in page(client, "/sources/gone").text
    assert "it is what the source says today" in page(client, "/sources/bundled-fr").text


def test_the_pages_say_where_the_bundled_data_come_from(client):
    for path in ("/", "/method", "/sources/bundled-fr"):
        text = page(client, path).text
        assert "2026-11-22" in text
        assert "loopback origin" in text or "served by this very installation" in text


BODIES = """\
policies:
  - id: int-cern
    title: {en: Open source at CERN}
    issuer: CERN
    country: INT
    level: international
    instrument: guideline
    status: in-force
    issued: 2024-11-18
    evidence: [https://home.cern/policy]
    checked: primary
    binds: [own-organisation]
    matrix:
      use:
        prioritize: {force: required, duty: prefer-open-source, reach: field, text: {en: Takes open source first.}}
  - id: int-bank
    title: {en: A bank publishes}
    issuer: World Bank
    country: INT
    level: international
    instrument: guideline
    status: in-force
    issued: 2020
    evidence: [https://worldbank.example/policy]
    checked: secondary
    binds: [own-organisation]
    matrix:
      produce: {present: {force: permitted, duty: publish-code, text: {en: Code may be published.}}}
"""


OF_BODIES = Source("bundled-int", "http://bundled.ospo-atlas.example/int.yaml", layer=Layer.COMPILED, rank=1000)


@pytest.fixture(scope="module")
def bodies():
    """The site of the small registry, and of two international bodies."""
    filled = fill(EmbeddedStore(), {**SOURCES, "bundled-int": (OF_BODIES, BODIES.encode())})
    application = create_app(SETTINGS, filled)
    yield application.test_client()
    application.config["ENDPOINT"].close()


def test_each_international_body_is_a_row_of_its_own(bodies):
    rows = [e[2].strip() for e in page(bodies, "/compare?empty=1").all("th", scope="row")]
    assert rows == ["CERN", "Chile", "France", "Germany", "Greece", "World Bank"]
    assert cell(bodies, "CERN", "use", "prioritize") == (
        "tile f-required near",
        "Must: CERN, Use, Priority. in one field",
    )
    assert cell(bodies, "World Bank", "use", "prioritize")[0].endswith("f-not-assessed")
    assert cell(bodies, "World Bank", "produce", "present") == (
        "tile f-permitted unread",
        "May: World Bank, Publish, Rules. text not read",
    )
    assert [e[2].strip() for e in page(bodies, "/compare?country=INT").all("th", scope="row")] == ["CERN", "World Bank"]


def test_the_page_of_all_bodies_has_a_row_for_each_and_no_cells_of_its_own(bodies):
    shown = page(bodies, "/countries/INT")
    assert [e[2] for e in shown.all("th", scope="row")][:2] == ["CERN", "World Bank"]
    (cern,) = shown.all("a", href="/countries/INT/cern#use-prioritize")
    assert cern[1]["class"] == "tile f-required near"
    assert shown.all("section", id="use-prioritize") == []
    assert bodies.get("/countries/int").location == "/countries/INT"


def test_the_page_of_a_body_tells_of_that_body_alone(bodies):
    shown = page(bodies, "/countries/INT/cern")
    (head,) = shown.all("h1")
    assert head[2].split()[0] == "CERN"
    assert "Takes open source first." in shown.text
    assert "Code may be published." not in shown.text
    assert shown.all("section", id="use-prioritize")
    for nobody in ("/countries/INT/nobody", "/countries/INT/CERN", "/countries/FR/cern"):
        assert bodies.get(nobody).status_code == 404


@pytest.mark.parametrize(
    "path", ["/countries/INT", "/countries/INT/cern", "/countries/INT/world-bank", "/map", "/compare", "/countries"]
)
def test_every_link_of_and_to_an_international_body_leads_somewhere(bodies, path):
    test_every_link_of_ours_leads_somewhere(bodies, path)


def test_the_hostile_name_of_a_body_is_cut_and_isolated():
    filled = fill(EmbeddedStore(), {"bundled-int": (OF_BODIES, BODIES.encode())})
    name = term("ospo:issuerName")
    replace = "DELETE { GRAPH ?g { ?s $name 'CERN' } } INSERT { GRAPH ?g { ?s $name $evil } }"
    filled.update(bind(f"{replace} WHERE {{ GRAPH ?g {{ ?s $name 'CERN' }} }}", name=name, evil=Literal(EVIL + LONG)))
    client = create_app(SETTINGS, filled).test_client()
    links = {e[1]["href"].partition("#")[0] for e in page(client, "/countries/INT").all("a")}
    (path,) = [link for link in links if link.startswith("/countries/INT/") and "bank" not in link]
    for shown in (page(client, path), page(client, "/countries/INT"), page(client, "/compare"), page(client, "/map")):
        assert (shown.wrong, shown.open, shown.all("script")) == ([], [], [])
        assert [e for e in shown.elements if any(name.startswith("on") or name == "style" for name in e[1])] == []
        assert len(shown.text) < 30_000


def test_a_page_of_what_is_not_known_offers_no_file_that_would_refuse_it(client):
    for path in ("/compare", "/map"):
        links = [e[1]["href"] for e in page(client, f"{path}?force=strong").all("a")]
        assert [link for link in links if link.startswith(("/compare.csv", "/compare.json", "/compare.ttl"))] == []
        links = [e[1]["href"] for e in page(client, f"{path}?colour=red&force=required").all("a")]
        (table,) = [link for link in links if link.startswith("/compare.csv")]
        assert table == "/compare.csv?force=required"


def test_the_fragment_of_each_statement_is_an_id_on_the_page_of_its_policy(bodies):
    names = [name for name in bodies.get("/compare.csv").text.split(",") if "/id/policy/" in name]
    assert len(names) == len(set(names)) == 11
    for name in names:
        policy, fragment = name.rpartition("/")[2].split("#")
        assert len(page(bodies, f"/policies/{policy}").all("article", id=fragment)) == 1, name
        linked = bodies.get(f"/id/policy/{policy}", headers={"Accept": "text/html"})
        assert (linked.status_code, linked.location) == (303, f"/policies/{policy}")


@pytest.mark.parametrize("path", [*PATHS, "/policies/fr-lrn", "/offices/code-gouv-fr"])
def test_hostile_text_and_links_are_shown_harmlessly(hostile, path):
    shown = page(hostile, path)
    assert (shown.wrong, shown.open, shown.all("script")) == ([], [], [])
    assert [e for e in shown.elements if any(name.startswith("on") or name == "style" for name in e[1])] == []
    links = [value for e in shown.elements for name, value in e[1].items() if name in ("href", "src", "action")]
    assert [link for link in links if link.lower().startswith("javascript:")] == []
    assert len(shown.text) < 120_000


def test_hostile_text_is_cut_isolated_and_in_its_language(hostile):
    shown = page(hostile, "/policies/fr-lrn")
    assert [e for e in shown.all("bdi", lang="en") if e[2] == EVIL]
    assert [e for e in shown.all("bdi", lang="ar") if e[2].startswith("xxx") and e[2].endswith("[…]")]
    assert "javascript:alert(1)" in [e[2] for e in shown.all("bdi")]
