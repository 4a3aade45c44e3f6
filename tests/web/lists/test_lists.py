"""The lists as they are served: what is found is what is there, states are addresses, and data equal the page."""

import csv
import io
import itertools
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from registry.model import Layer, Source, SourceKind
from registry.store.embedded import EmbeddedStore
from registry.vocabulary import jurisdictions
from registry.web.app import create_app
from tests.support.merged import COMPILED, SETTINGS, fill, store
from tests.support.page import Page

KINDS = ("countries", "offices", "policies")
MANY = 120
FORMULA = '=HYPERLINK("https://evil.example")'
COUNTRIES = "AT BE BG CZ DE DK EE ES FI FR GR HR".split()


def many():
    """A list of policies of twelve countries, in no order, the first with a title that a spreadsheet would run."""
    lines = ["policies:"]
    for number in range(MANY):
        title = f"'{FORMULA}'" if number == 0 else f"Policy number {number:03}"
        lines += [
            f"  - id: p{number}",
            f"    title: {{en: {title}}}",
            f"    country: {COUNTRIES[(number * 7) % 12]}",
            f"    issued: {2000 + number % 20}",
            f"    status: {'in-force' if number % 3 else 'proposed'}",
            "    evidence: [https://a.example/]",
            f"    matrix: {{use: {{present: {{force: required, text: {{fr: Énoncé {number % 5}}}}}}}}}",
        ]
        lines += ["    language: [fr-CA]"] if number % 2 else []
    return "\n".join(lines).encode()


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


@pytest.fixture(scope="module")
def big():
    """The site on many policies."""
    source = Source("bundled-many", "http://bundled.ospo-atlas.example/many.yaml", layer=Layer.COMPILED, rank=1000)
    return create_app(SETTINGS, fill(EmbeddedStore(), {"bundled-many": (source, many())})).test_client()


def page(client, address):
    response = client.get(address, headers={"Accept": "text/html"})
    assert response.status_code == 200, address
    return Page(response.get_data(as_text=True))


def rows(client, address):
    """Return the records of a list as JSON, from the address of its page."""
    path, mark, query = address.partition("?")
    return client.get(f"{path}.json{mark}{query}").get_json()["rows"]


def shown(client, address):
    """Return the addresses of the things that one page of a list shows, in order."""
    kind = urlsplit(address).path
    found = [e[1]["href"] for e in page(client, address).all("a")]
    return [href for href in found if re.fullmatch(f"{kind}/[^/]+", href.partition("?")[0])]


def address_of(row):
    return row["page"].removeprefix(SETTINGS.base)


def text_of(element):
    return " ".join(element[2].split())


QUERIES = (
    ("policies", "", lambda row: True),
    ("policies", "country=FR", lambda row: row["country"] == "FR"),
    ("policies", "country=fr&country=EL", lambda row: row["country"] in ("FR", "GR")),
    ("policies", "status=in-force", lambda row: row["status"] == "in-force"),
    ("policies", "status=in-force&status=failed&instrument=primary-law", lambda row: row["status"] != "expired"),
    ("policies", "year=2016", lambda row: row["issued"].startswith("2016")),
    ("policies", "year=unknown", lambda row: not row["issued"]),
    ("policies", "level=unknown", lambda row: not row["level"]),
    ("policies", "language=de", lambda row: row["language"] == "de"),
    ("policies", "layer=compiled", lambda row: row["layer"] == "compiled"),
    ("policies", "layer=imported", lambda row: row["layer"] == "imported"),
    ("policies", "objective=cost", lambda row: "cost" in row["objective"].split()),
    ("policies", "q=REPUBLIQUE", lambda row: "République" in row["title"]),
    ("policies", "q=chile", lambda row: row["country"] == "CL"),
    ("policies", "q=Alemania", lambda row: row["country"] == "DE"),
    ("policies", "q=zebra", lambda row: False),
    ("offices", "", lambda row: True),
    ("offices", "country=GR", lambda row: row["country"] == "GR"),
    ("offices", "q=griechenland", lambda row: row["country"] == "GR"),
    ("offices", "q=auth.gr+technologies", lambda row: "auth.gr" in row["homepage"]),
    ("offices", "source=list", lambda row: row["source"].endswith("/sources/list")),
    ("offices", "layer=imported", lambda row: "imported" in row["layer"].split()),
    ("offices", "level=central", lambda row: row["level"] == "central"),
    ("offices", "region=southern-europe", lambda row: row["country"] == "GR"),
    ("policies", "region=eu&region=americas", lambda row: row["country"] in ("FR", "DE", "CL")),
    ("policies", "region=UN-005&country=FR", lambda row: False),
    ("countries", "known=yes", lambda row: row["offices"] != "0" or row["policies"] != "0"),
    ("countries", "region=eastern-asia", lambda row: row["country"] in "CN HK JP KP KR MN MO TW".split()),
    ("countries", "region=coe&known=yes", lambda row: row["country"] in ("FR", "DE", "GR")),
    ("countries", "region=none", lambda row: row["country"] in ("AQ", "INT")),
    ("countries", "q=frankreich", lambda row: row["country"] == "FR"),
    ("countries", "office=yes", lambda row: row["offices"] != "0"),
    ("countries", "known=yes&office=no", lambda row: row["country"] in ("CL", "DE")),
    ("countries", "activity=produce", lambda row: row["produce_present"] == "required"),
    ("countries", "known=yes&activity=none", lambda row: row["country"] in ("CL", "GR")),
)


@pytest.mark.parametrize(("kind", "query", "holds"), QUERIES)
def test_a_list_shows_what_of_all_things_meets_the_words_and_the_facets(client, kind, query, holds):
    everything = rows(client, f"/{kind}")
    wanted = [address_of(row) for row in everything if holds(row)]
    assert shown(client, f"/{kind}?{query}") == wanted
    assert [address_of(row) for row in rows(client, f"/{kind}?{query}")] == wanted
    assert len(everything) == {"policies": 4, "offices": 2, "countries": len(jurisdictions.jurisdictions())}[kind]


@pytest.mark.parametrize("state", ["?q=énoncé+3", "?country=FR&country=DE", "?status=in-force&year=2001&year=2004", ""])
def test_csv_and_json_have_the_things_of_all_pages_in_their_order(big, state):
    pages, number = [], 1
    while batch := shown(big, f"/policies{state}{'&' if state else '?'}page={number}"):
        if pages and batch[-1] == pages[-1]:
            break
        pages, number = pages + batch, number + 1
    records = rows(big, f"/policies{state}")
    assert [address_of(row) for row in records] == pages
    text = big.get(f"/policies.csv{state}").get_data(as_text=True)
    table = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["page"] for row in table] == [row["page"] for row in records]
    assert len(pages) == len(set(pages)) > 0


def test_a_page_beyond_the_last_is_the_last_and_no_number_is_the_first(big):
    first, second, last = (shown(big, f"/policies?page={number}") for number in (1, 2, 3))
    assert [len(first), len(second), len(last)] == [50, 50, MANY - 100]
    assert shown(big, "/policies?page=99") == last
    for number in ("0", "-1", "two", "٣", "9" * 99):
        assert shown(big, f"/policies?page={number}") == first


def test_the_way_from_page_to_page_keeps_the_state(big):
    query = "q=policy&status=in-force"
    (following,) = page(big, f"/policies?{query}").all("a", rel="next")
    assert following[1]["href"] == f"/policies?{query}&page=2"
    (back,) = page(big, following[1]["href"]).all("a", rel="prev")
    assert back[1]["href"] == f"/policies?{query}"


@pytest.mark.parametrize(
    ("tag", "codes"),
    [
        ("en", "AT BE BG HR CZ DK EE FI FR DE GR ES"),
        ("de", "BE BG DK DE EE FI FR GR HR AT ES CZ"),
        ("fr", "DE AT BE BG HR DK ES EE FI FR GR CZ"),
    ],
)
def test_countries_stand_in_the_order_of_their_names_in_the_language_of_the_page(big, tag, codes):
    assert [row["country"] for row in rows(big, f"/countries?lang={tag}")][: len(COUNTRIES)] == codes.split()
    assert list(dict.fromkeys(row["country"] for row in rows(big, f"/policies?lang={tag}"))) == codes.split()


def test_what_a_spreadsheet_would_run_gets_an_apostrophe_and_keeps_its_text_in_json(big):
    text = big.get("/policies.csv?q=hyperlink").get_data(as_text=True)
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    assert row["title"] == "'" + FORMULA
    assert [row["title"] for row in rows(big, "/policies?q=hyperlink")] == [FORMULA]


def choices(shown):
    """Return what can be chosen or removed, with how much that gives, as (text of the link, count, its address)."""
    starts = [at for at, element in enumerate(shown.elements) if element[0] == "li"]
    found = []
    for start, end in itertools.pairwise([*starts, len(shown.elements)]):
        item = shown.elements[start:end]
        link = next((e for e in item if e[0] == "a"), ["", {}, ""])
        counts = [e[2] for e in item if e[1].get("class") == "soft" and e[2].isdecimal()]
        if link[1].get("rel") == "nofollow" and counts:
            found.append((text_of(link), int(counts[0]), link[1]))
    return found


@pytest.mark.parametrize("state", ["/policies", "/policies?q=policy&year=2003&country=FR", "/policies?status=proposed"])
def test_each_choice_says_how_many_things_have_it_among_those_that_pass_everything_else(big, state):
    asked = parse_qs(urlsplit(state).query)
    found = choices(page(big, state))
    for name, count, attributes in found:
        following = parse_qs(urlsplit(attributes["href"]).query)
        (facet,) = [key for key in {*asked, *following} if asked.get(key) != following.get(key)]
        value = set(following.get(facet, ())) ^ set(asked.get(facet, ()))
        alone = "&".join(f"{key}={one}" for key, values in (asked | {facet: value}).items() for one in values)
        assert len(rows(big, f"/policies?{alone}")) == count, name
    assert len(found) > 5


def test_a_chosen_value_is_marked_and_removed_by_its_own_link(big):
    chosen = [it for it in choices(page(big, "/policies?country=FR&country=DE&q=policy")) if "aria-current" in it[2]]
    assert [(name, attributes["href"]) for name, _, attributes in chosen] == [
        ("France ✕, remove", "/policies?q=policy&country=DE"),
        ("Germany ✕, remove", "/policies?q=policy&country=FR"),
    ]


def test_eight_values_of_a_facet_are_shown_and_the_rest_is_folded_away(big):
    html = big.get("/policies?country=ES", headers={"Accept": "text/html"}).get_data(as_text=True)
    first, rest = re.search(r"<h3>Country</h3>(.*?)<details>(.*?)</details>", html, re.DOTALL).groups()
    assert (first.count("<li>"), rest.count("<li>")) == (8, len(COUNTRIES) - 8)
    assert first.index("Spain") < first.index("Austria")  # the chosen one, before the others by name
    assert "4 more" in rest


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_keeps_what_is_chosen_and_the_language_and_its_field_has_a_label(client, kind):
    facet, value = ("office", "yes") if kind == "countries" else ("country", "FR")
    found = page(client, f"/{kind}?q=fr&{facet}={value}&lang=fr&page=3")
    (field,) = found.all("input", id="q")
    assert (field[1]["name"], field[1]["value"]) == ("q", "fr")
    assert len(found.all("label", **{"for": "q"})) == 1
    hidden = {(e[1]["name"], e[1]["value"]) for e in found.all("input", type="hidden")}
    assert hidden == {(facet, value), ("lang", "fr")}


def test_every_link_of_a_list_stays_in_the_language_that_the_address_names(client):
    links = [e[1] for e in page(client, "/policies?lang=fr&status=in-force").all("a") if "hreflang" not in e[1]]
    ours = [attributes["href"] for attributes in links if attributes["href"].startswith("/")]
    assert len(ours) > 20
    assert [href for href in ours if "lang=fr" not in href] == []


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("/policies?status=bogus", "status=bogus is not known"),
        ("/policies?country=Narnia", "country=Narnia is not known"),
        ("/policies?year=20xx", "year=20xx is not known"),
        ("/policies?language=klingon", "language=klingon is not known"),
        ("/offices?source=nobody", "source=nobody is not known"),
        ("/countries?activity=sing", "activity=sing is not known"),
        ("/countries?region=atlantis", "region=atlantis is not known"),
        ("/offices?region=un-999", "region=un-999 is not known"),
        ("/countries?office=maybe", "office=maybe is not known"),
        ("/policies?q=%21%3F", "no letter or digit"),
        (f"/policies?q={'loi+' * 99}", "Only the first 200 characters"),
    ],
)
def test_what_is_not_understood_is_complained_of_kindly(client, address, complaint):
    found = page(client, address)
    (note,) = found.all("p", **{"class": "note"})
    assert complaint in note[2]
    path, _, query = address.partition("?")
    (message,) = client.get(f"{path}.json?{query}").get_json()["complaints"]
    assert complaint in message


@pytest.mark.parametrize(
    "address", ["/policies?level=union", "/policies?country=SE", "/policies?year=1066", "/?status=x"]
)
def test_what_can_be_meant_but_is_not_there_is_no_complaint(client, address):
    assert page(client, address).all("p", **{"class": "note"}) == []


def test_an_empty_result_says_how_to_widen_and_how_much_that_gives(client):
    found = page(client, "/policies?q=plan&status=in-force&country=FR")
    assert found.all("table") == []
    assert "Nothing matches all of these." in found.text
    ways = {name: (count, attributes["href"]) for name, count, attributes in choices(found) if "Without" in name}
    assert set(ways) == {"Without “Status”", "Without “Text”"}
    for count, href in ways.values():
        assert len(rows(client, href)) == count > 0


TRICKS = (
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=y>",
    "{{ 7*7 }}%(x)s",
    "\u202etxt.exe",
    "a\x00b\ud7ff",
    "'" * 9,
)


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("name", ["q", "country", "source", "year", "page", "lang", "level"])
@pytest.mark.parametrize("kind", [*KINDS, "search"])
def test_hostile_questions_are_shown_harmlessly(client, kind, name, trick):
    response = client.get(f"/{kind}", query_string={name: trick}, headers={"Accept": "text/html"})
    found = Page(response.get_data(as_text=True))
    assert (response.status_code, found.wrong, found.open, found.all("script"), found.all("img")) == (
        200,
        [],
        [],
        [],
        [],
    )
    assert [e for e in found.elements if any(key.startswith("on") or key == "style" for key in e[1])] == []
    assert "\x00" not in found.text
    assert "49" not in found.text.split()


@pytest.mark.parametrize("query", ["q=%FF%FE", "q=%ED%A0%80", "country=%00%ED%A0%80", "&&==", "q", "page=%F0"])
@pytest.mark.parametrize("path", ["/policies", "/policies.csv", "/policies.json", "/search"])
def test_bytes_that_are_no_text_are_no_error(client, path, query):
    assert client.get(path, query_string=query, headers={"Accept": "text/html, */*"}).status_code == 200


def test_the_search_shows_the_first_of_each_list_and_leads_to_all(big):
    found = page(big, "/search?q=policy+number")
    assert [e[2] for e in found.all("h2")] == ["Countries 0", "Offices 0", f"Policies {MANY - 1}"]
    assert len([e for e in found.all("a") if e[1]["href"].startswith("/policies/")]) == 5
    (whole,) = [e[1]["href"] for e in found.all("a") if e[1]["href"].startswith("/policies?")]
    assert len(rows(big, whole)) == MANY - 1


def test_the_search_finds_a_country_an_office_and_its_policies_by_one_word(client):
    links = [e[1]["href"] for e in page(client, "/search?q=frankreich").all("a")]
    assert {"/countries/FR", "/offices/code-gouv-fr", "/policies/fr-lrn", "/policies/fr-old"} <= set(links)
    assert "/countries/DE" not in links


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20", "?q=!!"])
def test_a_search_for_nothing_shows_the_field_alone(client, query):
    found = page(client, f"/search{query}")
    assert len(found.all("input", id="q")) == 1
    assert found.all("h2") == []


@pytest.mark.parametrize("path", ["/", "/policies", "/search?q=loi", "/nothing-here"])
def test_every_page_has_the_search_of_the_whole_site_in_its_head(client, path):
    found = Page(client.get(path, headers={"Accept": "text/html"}).get_data(as_text=True))
    (form,) = found.all("form", action="/search", **{"class": "seek"})
    assert form[1]["role"] == "search"
    assert form[1]["aria-label"]


def test_a_country_shows_its_nine_cells_in_words_and_leads_to_its_offices_and_policies(client):
    found = page(client, "/countries")
    (france,) = [e for e in found.all("tr") if "France" in e[2]]
    at = found.elements.index(france)
    within = found.elements[at : at + 30]
    prints = [e[1]["aria-label"] for e in within if e[1].get("role") == "img"]
    assert "Publish – Rules: Must, text not read." in prints[0]
    assert "Use – Rules: Nothing for the whole; no longer in force: 1." in prints[0]
    links = [e for e in within if e[0] == "a"][:3]
    assert [e[1]["href"] for e in links] == ["/countries/FR", "/offices?country=FR", "/policies?country=FR"]
    assert [int(e[2].split()[0]) for e in links[1:]] == [
        len(rows(client, "/offices?country=FR")),
        len(rows(client, "/policies?country=FR")),
    ]


def test_a_list_can_be_cited_with_its_state(client):
    found = page(client, "/policies?country=FR")
    assert f"{SETTINGS.base}/policies?country=FR" in found.text
    document = client.get("/policies.json?country=FR").get_json()
    assert document["citation"].endswith("/policies.json?country=FR")
    assert (document["count"], document["filters"]) == (2, {"country": ["FR"]})


def test_a_licence_of_many_sources_takes_one_line():
    free = "https://creativecommons.org/publicdomain/zero/1.0/"
    sources = {
        f"list-{number}": (
            Source(f"list-{number}", f"https://l{number}.example/", SourceKind.LIST, licence=free),
            f"https://o{number}.example:\n  name: Office {number}\n  country: FR\n".encode(),
        )
        for number in range(7)
    }
    found = page(create_app(SETTINGS, fill(EmbeddedStore(), sources)).test_client(), "/offices")
    assert len(found.all("a", href=free)) == 1
    assert "list-0, list-1, list-2, list-3, list-4, and 2 more" in found.text


def test_an_office_and_its_policies_are_self_declared_only_where_the_source_stands_on_its_own_host():
    policies = b"policies: [{title: P, url: 'https://a.example/p', evidence: ['https://a.example/']}]\n"
    own = Source("own", "https://opensource.example.gov/ospo.yaml")
    body = b"url: https://opensource.example.gov\nname: Own\ncountry: FR\nkind: team\n" + policies
    other = Source("other", "https://elsewhere.example/ospo.yaml")
    claim = b"url: https://claimed.example.gov\nname: Claimed\ncountry: DE\n" + policies.replace(b"/p", b"/q")
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"own": (own, body), "other": (other, claim)})).test_client()
    offices = [(row["name"], row["layer"], row["kind"]) for row in rows(client, "/offices")]
    assert offices == [("Own", "self-declared", "team"), ("Claimed", "imported", "")]
    found = [(row["country"], row["statements"], row["layer"]) for row in rows(client, "/policies")]
    assert found == [("FR", "0", "self-declared"), ("DE", "0", "imported")]


def test_a_policy_has_the_objectives_of_its_statements_and_the_languages_it_names():
    body = COMPILED.replace(
        b"issued: 2016-10-07", b"issued: 2016-10-07\n    language: [fr-FR, oc]\n    objectives: [cost]"
    )
    body = body.replace(b"provision: art. 2", b"provision: art. 2\n          objectives: [transparency]")
    source = Source("bundled-fr", "http://bundled.ospo-atlas.example/fr.yaml", layer=Layer.COMPILED, rank=1000)
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"bundled-fr": (source, body)})).test_client()
    (row,) = rows(client, "/policies?objective=transparency&language=oc")
    assert (row["page"], row["objective"], row["language"]) == (
        "https://atlas.example/policies/fr-lrn",
        "cost transparency",
        "fr oc",
    )
