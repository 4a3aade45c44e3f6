"""What the pages say, read from their HTML: cells, statements, sources, and foreign text that does no harm."""

import itertools
import re
from html.parser import HTMLParser

import pytest
from pyoxigraph import Literal, NamedNode

from registry.state import term
from registry.store import bind
from registry.web.application import create_app
from tests.merged import SETTINGS, store

PATHS = (
    "/",
    "/compare",
    "/countries",
    "/countries/FR",
    "/offices",
    "/policies",
    "/sources",
    "/sources/bundled-fr",
    "/sources/broken",
    "/sources/gone",
    "/method",
)
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
VOID = {"meta", "link", "br", "input", "img", "hr", "col"}


class Page(HTMLParser):
    """The elements of a page as (tag, attributes, text), whether its tags match, and its identifiers."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.open, self.wrong = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = [tag, dict(attrs), ""]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_endtag(self, tag):
        if not self.open or self.open[-1][0] != tag:
            self.wrong.append(tag)
        else:
            self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element[2] += data

    def all(self, tag, **attributes):
        return [e for e in self.elements if e[0] == tag and all(e[1].get(k) == v for k, v in attributes.items())]

    @property
    def text(self):
        return " ".join(self.elements[0][2].split())


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


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
    (found,) = page(client, f"/compare{query}").all("a", href=f"/countries/{country}#{activity}-{stage}")
    return found[1]["class"], " ".join(found[2].split())


@pytest.mark.parametrize(
    ("country", "activity", "stage", "key", "word"),
    [
        ("FR", "produce", "present", "required", "Required"),
        ("FR", "use", "prioritize", "encouraged", "Encouraged"),
        ("FR", "use", "promote", "silent", "Silent"),
        ("FR", "contribute", "present", "excluded", "Excluded"),
        ("FR", "contribute", "promote", "not-assessed", "Not assessed"),
        ("FR", "use", "present", "expired", "No longer in force"),
        ("DE", "use", "prioritize", "comply-or-explain", "Comply or explain"),
        ("CL", "use", "prioritize", "failed", "Never came into force"),
        ("GR", "use", "present", "not-assessed", "Not assessed"),
    ],
)
def test_a_cell_says_in_words_and_in_class_what_holds(client, country, activity, stage, key, word):
    class_, text = cell(client, country, activity, stage)
    assert class_ == f"cell f-{key}"
    assert word in text


def test_a_cell_counts_its_statements(client):
    assert cell(client, "DE", "use", "prioritize")[1].endswith("2 statements")


def test_the_legend_names_every_state_a_cell_can_show(client):
    legend = next(e for e in page(client, "/compare").all("ul") if e[1].get("class") == "legend")
    words = ("Required", "Permitted", "Encouraged", "Silent", "Excluded", "Not assessed", "No longer in force")
    assert [word for word in words if word not in legend[2]] == []


def test_what_a_filter_leaves_out_is_not_called_unassessed(client):
    assert cell(client, "FR", "use", "prioritize", "?force=required")[0] == "cell f-no-match"


def test_a_filter_of_an_activity_leaves_its_three_columns(client):
    shown = page(client, "/compare?activity=use")
    assert [e[2] for e in shown.all("th", scope="colgroup")] == ["Use"]
    (chosen,) = [e for e in shown.all("option", value="use") if "selected" in e[1]]
    assert chosen[2] == "Use"


def test_downloads_have_the_state_of_the_page(client):
    links = [e[1]["href"] for e in page(client, "/compare?activity=use&country=FR").all("a")]
    for suffix in ("csv", "json", "ttl"):
        assert f"/compare.{suffix}?activity=use&country=FR" in links


def test_a_filter_that_is_not_known_is_answered_with_what_is(client):
    assert "force=strong is not known" in page(client, "/compare?force=strong").text


def test_a_country_shows_each_statement_with_who_says_so_its_source_and_its_doubts(client):
    shown = page(client, "/countries/FR")
    said = next(e[2] for e in shown.all("article") if "Source code is to be opened." in e[2])
    for part in ("Required", "In force", "art. 2", "Central", "bundled-fr", "2026-11-22", "april.org", "third party"):
        assert part in said, part
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
    assert "also said:" in rows[first + 1]
    assert "floss@numerique.gouv.fr" in rows[first + 1]
    assert "sources differ" in rows[first]


def test_a_passport_says_what_is_wrong_where_and_what_is_served(client):
    text = page(client, "/sources/broken").text
    assert "Nothing: no version of it has been accepted yet." in text
    assert "To be mended" in text
    assert "https://gone.example/ answers 404." in page(client, "/sources/gone").text
    assert "it is what the source says today" in page(client, "/sources/bundled-fr").text


def test_the_pages_say_where_the_bundled_data_come_from(client):
    for path in ("/", "/method", "/sources/bundled-fr"):
        text = page(client, path).text
        assert "2026-11-22" in text
        assert "loopback origin" in text or "served by this very installation" in text


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
