"""The pictures: squares and cells that show what the comparison shows, in files that any reader of XML accepts."""

import re
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from pyoxigraph import Literal

from registry.archive import Archive
from registry.iri.names import concept_iri, term
from registry.model import Fetch, Layer, Source
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.comparison import roll_up
from registry.readmodel.comparison.filters import NO_FILTERS
from registry.readmodel.comparison.scope import RowKind
from registry.readmodel.values import Cell, Head, Row, Statement
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.store.sparql_text import bind
from registry.vocabulary import concepts, jurisdictions
from registry.web.app import create_app
from registry.web.pictures import tile_map
from registry.web.pictures.cell_looks import COLOURS, HATCH, LOOKS, NEAR, YES, paint
from registry.writer import Writer
from tests.support.merged import COMPILED, SETTINGS, fill, read, store

SVG = "{http://www.w3.org/2000/svg}"
FILES = (
    "/map.svg",
    "/map.svg?stage=present&layer=compiled",
    "/map.svg?activity=none-such",
    "/compare.svg",
    "/compare.svg?rows=offices&activity=use",
    "/compare.svg?force=permitted",
    "/countries/FR/fingerprint.svg",
    "/countries/AQ/fingerprint.svg",
    "/offices/code-gouv-fr/badge.svg",
)
EVIL = "\u202e]]></text><script>alert(1)</script>&amp;\"' onload=x {{ 7*7 }} \x01\x0b\ufffe" + "x" * 3000
EVIL_TITLE = "".join(filter(str.isprintable, EVIL))[:200]  # settings allow no more
OWN = b"""
url: https://opentech.auth.gr
name: Open Technologies Centre
country: GR
"""
# What the small registry says of an activity as a whole: (country, activity) -> what its square shows.
WHOLE = [
    ("FR", "use", "encouraged"),  # although a required one has expired, and one stage is silent
    ("FR", "contribute", "not-assessed"),  # one stage is excluded, the others nobody has read
    ("FR", "produce", "required"),
    ("DE", "use", "preferred"),  # although one field has a stronger one
    ("CL", "use", "nothing"),  # what never came into force stands apart
    ("GR", "use", "not-assessed"),
]


@pytest.fixture(scope="module")
def client():
    return create_app(SETTINGS, store()).test_client()


@pytest.fixture(scope="module")
def rows():
    """The rows of the comparison, made from the catalogue without any view."""
    known = Catalogue(store(), SETTINGS.base)
    heads = [Head(country.code, country.code, "", country.code) for country in known.countries()]
    return known.compared(heads, NO_FILTERS)


@pytest.fixture(scope="module")
def hostile():
    """The site, with a hostile title, on a store where every name is a trick."""
    filled = store()
    replace = """DELETE { GRAPH ?g { ?s $name ?o } } INSERT { GRAPH ?g { ?s $name $evil } }
    WHERE { GRAPH ?g { ?s $name ?o } }"""
    filled.update(bind(replace, name=term("skos:prefLabel"), evil=Literal(EVIL)))
    return create_app(Settings(base="https://atlas.example", data="nowhere", title=EVIL_TITLE), filled).test_client()


def drawn(client, path, **headers):
    response = client.get(path, headers=headers)
    assert (response.status_code, response.content_type) == (200, "image/svg+xml"), path
    return ElementTree.fromstring(response.data)


def page(client, path):
    """The maps of a page, by activity, each as an element."""
    html = client.get(path).get_data(as_text=True)
    maps = re.findall(r'<svg class="map".*?</svg>', html, flags=re.DOTALL)
    found = [ElementTree.fromstring(text.replace("<svg", f'<svg xmlns="{SVG[1:-1]}"', 1)) for text in maps]
    return {element.get("aria-label"): element for element in found}


def shown(picture):
    """Code -> key of each square, by its class."""
    found = {}
    for element in [*picture.iter(f"{SVG}a"), *picture.iter(f"{SVG}g")]:
        if "cell" in element.get("class", ""):
            found[element.find(f"{SVG}text").text] = element.get("class").removeprefix("cell f-")
    return found


def text(element):
    return " ".join("".join(element.itertext()).split())


@pytest.mark.parametrize("path", FILES)
def test_a_file_is_well_formed_and_says_what_it_is_in_its_language(client, path):
    picture = drawn(client, path)
    assert picture.tag == f"{SVG}svg"
    assert picture.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert picture.find(f"{SVG}title").text
    assert picture.find(f"{SVG}desc").text
    assert client.get(path).data.startswith(b"<?xml")


@pytest.mark.parametrize("path", FILES)
def test_a_file_needs_nothing_else(client, path):
    for element in drawn(client, path).iter():
        assert element.tag not in (f"{SVG}script", f"{SVG}style", f"{SVG}image", f"{SVG}foreignObject")
        assert [name for name in element.attrib if name == "style" or name.startswith("on")] == []
        values = [value for value in element.attrib.values() if "var(" in value or "url(" in value]
        assert set(values) <= {"url(#hatch)"}


@pytest.mark.parametrize("path", [path for path in FILES if "badge" not in path])
def test_a_file_says_its_day_revision_address_and_licence(client, path):
    words = text(drawn(client, path))
    for part in ("State of 2026-11-22", "revision", f"https://atlas.example{path.partition('?')[0]}"):
        assert part in words


def test_a_file_names_the_licence_of_its_data():
    cc0 = "https://creativecommons.org/publicdomain/zero/1.0/"
    source = Source("own", "https://opentech.auth.gr/ospo.yaml", title="Auth", licence=cc0)
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"own": (source, OWN)})).test_client()
    assert f"Licences: Auth ({cc0})" in text(drawn(client, "/compare.svg"))


@pytest.mark.parametrize("path", ["/map", *FILES])
def test_a_picture_is_not_sent_twice(client, path):
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    assert client.get(path, headers={"Accept-Language": "fr"}).headers["ETag"] != tag


@pytest.mark.parametrize("stage", roll_up.STAGES)
def test_a_square_shows_what_the_cell_of_the_comparison_shows(client, rows, stage):
    maps = page(client, f"/map?stage={stage}")
    for activity, (label, picture) in zip(roll_up.ACTIVITIES, maps.items(), strict=True):
        assert label == concepts.label(concept_iri("activity", activity), "en")
        found = shown(picture)
        assert {row.head.code: found[row.head.code] for row in rows} == {
            row.head.code: row.cells[activity, stage].key for row in rows
        }
        assert {key for code, key in found.items() if code not in {row.head.code for row in rows}} == {"not-assessed"}


@pytest.mark.parametrize(("country", "activity", "key"), WHOLE)
def test_a_square_of_all_stages_shows_the_strongest_and_a_silence_only_where_all_was_read(
    client, country, activity, key
):
    label = concepts.label(concept_iri("activity", activity), "en")
    assert shown(page(client, "/map")[label])[country] == key


def made(*facts):
    """Return the cell of these statements of a country today; each binds the whole of it, unless it says otherwise."""
    whole = {"coverage": "stated", "status": "in-force", "binds": ("central",), "duty": "plan-adoption"}
    usual = {"iri": "i", "activity": "use", "stage": "present", "layer": "compiled", "source": "s", "policy": "p"}
    return roll_up.cell([Statement(**usual | whole | each) for each in facts], RowKind.COUNTRY, "2026-11-30")


SILENT, EXCLUDED = made({"coverage": "silent"}), made({"coverage": "excluded"})
PERMITTED, PREFERRED = made({"force": "permitted"}), made({"force": "preferred"})


@pytest.mark.parametrize(
    ("cells", "key"),
    [
        ([PERMITTED, PREFERRED], "preferred"),
        ([made({"force": "required", "status": "expired"}), made({"force": "encouraged"})], "encouraged"),
        ([made({"force": "required", "binds": ("regional",)}), made({"force": "neutral"})], "neutral"),
        ([made({"force": "required", "reach": "field"}), PERMITTED], "permitted"),
        ([made({"force": "required", "duty": "standards"}), PERMITTED], "permitted"),
        ([made({"force": "required", "duty": "standards"}), made({"force": "neutral", "reach": "field"})], "neutral"),
        ([made({"force": "required", "status": "proposed"}), Cell("not-assessed")], "nothing"),
        ([made({"force": "required", "binds": ("suppliers",)}), SILENT], "nothing"),
        ([SILENT] * 3, "silent"),
        ([SILENT, Cell("not-assessed")], "not-assessed"),
        ([SILENT, EXCLUDED], "excluded"),
        ([Cell("not-assessed"), Cell("no-match")], "no-match"),
    ],
)
def test_several_stages_are_shown_as_one(cells, key):
    assert tile_map.combined_key(cells) == key


def test_a_square_of_a_file_has_the_colour_of_its_key(client):
    picture = drawn(client, "/map.svg?activity=produce")
    found = {}
    for link in picture.iter(f"{SVG}a"):
        label, box = link.find(f"{SVG}text"), link.find(f"{SVG}rect")
        found[label.text] = box.get("fill"), label.get("fill"), label.find(f"{SVG}tspan").text
    assert found["FR"] == (COLOURS["paper"].light, COLOURS["ink"].light, "●")  # in outline: its text was not read
    assert found["DE"] == (HATCH, COLOURS["blank-ink"].light, "?")


def test_what_a_filter_leaves_out_is_neither_coloured_nor_called_unassessed(client):
    found = shown(page(client, "/map?force=required")["Use"])
    assert (found["FR"], found["DE"], found["GR"], found["SE"]) == (
        "nothing",
        "no-match",
        "not-assessed",
        "not-assessed",
    )
    found = shown(page(client, "/map?country=FR")["Produce"])
    assert {code for code, key in found.items() if key != "no-match"} == {"FR"}


def test_the_map_keeps_its_filters_from_link_to_link(client):
    html = client.get("/map?layer=compiled&on=2026&stage=present&lang=fr").get_data(as_text=True)
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(/map[^"]*)"', html)]
    for address in (
        "/map.svg?stage=present&layer=compiled&on=2026&lang=fr",
        "/map?stage=promote&layer=compiled&on=2026&lang=fr",
        "/map?layer=compiled&on=2026&lang=fr",
        "/map?stage=present&layer=compiled&lang=fr",
    ):
        assert address in links
        assert client.get(address).status_code == 200


def test_the_same_stands_in_words_below_the_map(client):
    html = client.get("/map").get_data(as_text=True)
    (line,) = re.findall(r'<tr><th scope="row"><a href="/countries/FR">.*?</tr>', html)
    assert re.findall(r'class="word">(.*?)<', line) == ["Encouraged", "Not assessed", "Required"]


def test_each_square_of_the_registry_is_a_link_named_in_words(client):
    names = {link.get("href"): text(link.find(f"{SVG}title")) for link in page(client, "/map")["Use"].iter(f"{SVG}a")}
    said = "France – Use – Prioritize: Encouraged, central (assumed from its level), text not read"
    assert names["/countries/FR"].startswith(said)
    assert len(names) == 4
    for address in names:
        assert client.get(address).status_code == 200


@pytest.mark.parametrize("path", ["/map?stage=promote&lang=de", "/map.svg?stage=promote&lang=de"])
def test_a_square_of_one_stage_leads_to_its_cell_in_the_language_of_the_page(client, path):
    links = re.findall(
        r'href="(?:https://atlas.example)?(/countries/FR[^"]*)"', client.get(path).get_data(as_text=True)
    )
    assert [link for link in links if "#" in link] == [
        f"/countries/FR?lang=de#{activity}-promote" for activity in roll_up.ACTIVITIES
    ]
    assert 'id="use-promote"' in client.get("/countries/FR?lang=de").get_data(as_text=True)


def test_every_country_of_the_bundled_sources_has_a_square_of_its_own():
    texts = [path.read_text(encoding="utf-8") for path in (files("registry") / "data" / "sources").iterdir()]
    codes = {code for whole in texts for code in re.findall(r"\bcountry: ([A-Z]+)", whole)}
    assert len(codes) > 50
    assert {jurisdictions.jurisdiction(code).code for code in codes} <= set(tile_map.fixed_positions())


def test_no_two_squares_share_a_place_whoever_has_data():
    known = {place.code for place in jurisdictions.jurisdictions()}
    assert set(tile_map.fixed_positions()) <= known
    found = tile_map.positions(known)
    assert set(found) == known
    assert len(set(found.values())) == len(known)


def test_the_two_parts_of_the_map_do_not_run_into_each_other():
    columns = sorted(
        {column for column, _ in tile_map.positions(place.code for place in jurisdictions.jurisdictions()).values()}
    )
    assert tile_map.BEYOND - 1 not in columns
    assert (columns[0], columns[-1]) == (tile_map.EUROPE, tile_map.COLUMNS)


@pytest.mark.parametrize(
    ("west", "east"),
    [("PT", "ES"), ("IE", "GB"), ("FR", "CH"), ("DE", "PL"), ("NO", "SE"), ("SE", "FI"), ("GR", "TR"), ("IN", "BD")],
)
def test_neighbours_stand_side_by_side_from_west_to_east(west, east):
    (column, row), right = tile_map.fixed_positions()[west], tile_map.fixed_positions()[east]
    assert right == (column + 1, row)


@pytest.mark.parametrize("line", ["FI EE", "DE CH IT MT", "GL CA US MX CO PE CL", "KZ IN LK", "TN NG CM ZA"])
def test_the_south_lies_below_the_north(line):
    latitudes = [tile_map.fixed_positions()[code][1] for code in line.split()]
    assert [pair for pair in pairwise(latitudes) if pair[0] > pair[1]] == []


def test_a_matrix_shows_the_rows_of_the_comparison_with_words_glyphs_and_counts(client, rows):
    picture = drawn(client, "/compare.svg")
    groups = [group for group in picture.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    by_code = {row.head.code: row for row in rows}
    cells = [by_code[code].cells[pair] for code in ("CL", "FR", "DE", "GR") for pair in roll_up.CELLS]
    fills = [paint(c.key, file=True).fill if not c.head or c.head.is_read else COLOURS["paper"].light for c in cells]
    assert [group.find(f"{SVG}rect").get("fill") for group in groups] == fills
    assert [text(group.find(f"{SVG}text")) for group in groups] == [
        LOOKS[c.key].glyph + (f"×{c.head.count}" if c.head and c.head.count > 1 else "") for c in cells
    ]
    titles = [text(group.find(f"{SVG}title")) for group in groups]
    assert "Use – Prioritize: Preferred, central (assumed from its level); Comply or explain: in one field" in titles
    assert "Produce – Present: Required, text not read" in titles
    assert "Use – Prioritize: Nothing for the whole; never came into force: 1" in titles


def test_what_nobody_has_read_is_outlined_in_the_colour_of_its_force(client):
    france = drawn(client, "/compare.svg?country=FR&activity=produce&stage=present")
    (group,) = [group for group in france.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    box = group.find(f"{SVG}rect")
    assert (box.get("fill"), box.get("stroke")) == (COLOURS["paper"].light, COLOURS["required"].light)


def test_the_number_in_a_cell_counts_what_has_the_force_that_heads_it():
    again = COMPILED.replace(
        b"- {force: comply-or-explain, duty: prefer-open-source, reach: field, text",
        b"- {force: preferred, duty: consider-open-source, text",
    )
    source = Source("bundled-fr", "http://bundled.ospo-atlas.example/fr.yaml", layer=Layer.COMPILED, rank=1000)
    client = create_app(SETTINGS, fill(EmbeddedStore(), {"bundled-fr": (source, again)})).test_client()
    picture = drawn(client, "/compare.svg?country=DE&activity=use&stage=prioritize")
    (group,) = [group for group in picture.iter(f"{SVG}g") if group.find(f"{SVG}title") is not None]
    assert text(group.find(f"{SVG}text")) == "◑×2"
    assert text(group.find(f"{SVG}title")).startswith("Use – Prioritize: Preferred ×2, ")


def test_a_matrix_keeps_to_filters_rows_and_page(client):
    assert "Germany" not in text(drawn(client, "/compare.svg?country=FR"))
    assert "Produce" not in text(drawn(client, "/compare.svg?activity=use"))
    assert "Open Technologies Centre" in text(drawn(client, "/compare.svg?rows=offices&page=99"))
    assert "Nothing matches." in text(drawn(client, "/compare.svg?force=permitted"))
    assert "Filters in use: Force: Permitted" in text(drawn(client, "/compare.svg?force=permitted"))


def test_a_fingerprint_has_nine_cells_and_another_spelling_leads_to_it(client):
    picture = drawn(client, "/countries/FR/fingerprint.svg")
    assert text(picture).count("Contribute – ") == 3
    assert "Produce – Present: Required" in text(picture)
    moved = client.get("/countries/EL/fingerprint.svg")
    assert (moved.status_code, moved.location) == (301, "/countries/GR/fingerprint.svg")
    assert client.get("/countries/QQ/fingerprint.svg").status_code == 404


def test_a_badge_says_whose_word_it_is_and_when_that_was_read(client, tmp_path):
    assert "listed by others · 2026-11-22" in text(drawn(client, "/offices/opentech-auth-gr/badge.svg"))
    filled = store()
    writer = Writer(filled, Archive(str(tmp_path)), read, SETTINGS)
    own = Source("own", "https://opentech.auth.gr/.well-known/ospo-meta")
    day = datetime(2026, 11, 25, tzinfo=UTC)
    writer.admit(Fetch(own, day, own.url, 200, (("content-type", "text/yaml"),), OWN))
    writer.merge()
    speaking = create_app(SETTINGS, filled).test_client()
    badge = text(drawn(speaking, "/offices/opentech-auth-gr/badge.svg"))
    assert "self-published · 2026-11-25" in badge
    assert "Open Technologies Centre is in " in badge
    assert "listed by others · 2026-11-22" in text(drawn(speaking, "/offices/code-gouv-fr/badge.svg"))
    assert client.get("/offices/nobody/badge.svg").status_code == 404


@pytest.mark.parametrize("path", [*FILES, "/map.svg?country=%00%1B%3Cscript%3E&office=%EF%BF%BE"])
def test_hostile_names_make_no_other_picture(hostile, path):
    picture = drawn(hostile, path)
    assert [element for element in picture.iter() if element.tag == f"{SVG}script"] == []
    assert [name for element in picture.iter() for name in element.attrib if name.startswith("on")] == []
    whole = hostile.get(path).get_data(as_text=True)
    assert [sign for sign in "\x00\x01\x0b\x1b\u202e\ufffe" if sign in whole] == []
    assert len(whole) < 300_000


@pytest.mark.parametrize(("asked", "accepted"), [("?lang=fr", "de"), ("", "fr;q=0.9, en;q=0.5")])
def test_a_picture_speaks_the_language_that_is_asked_for(client, asked, accepted):
    picture = drawn(client, f"/map.svg{asked}", **{"Accept-Language": accepted})
    assert picture.get("{http://www.w3.org/XML/1998/namespace}lang") == "fr"
    for word in ("Obligatoire", "Allemagne", "Utiliser"):
        assert word in text(picture)


def test_the_style_sheet_has_the_colours_of_the_table_and_a_class_for_every_key():
    sheet = (files("registry") / "web" / "static" / "site.css").read_text(encoding="utf-8")
    themes = {
        name: (light, dark) for name, light, dark in re.findall(r"--([a-z0-9-]+): light-dark\((.+?), (.+?)\)", sheet)
    }
    assert {name: themes.get(name) for name in COLOURS} == COLOURS
    assert set(re.findall(r"\.f-([a-z-]+)", sheet)) == {*LOOKS, YES, NEAR}


def test_every_force_and_coverage_has_a_look_and_legends_keep_the_order_of_forces():
    forces = [key for key, look in LOOKS.items() if look.scheme == "force"]
    assert {concept.code for concept in concepts.concepts("force")} == set(forces) == set(tuple(LOOKS)[:9])
    assert tuple(key for key in forces if key in roll_up.FORCES) == roll_up.FORCES
    coverages = {key for key, look in LOOKS.items() if look.scheme == "coverage"}
    known = {concept.code for concept in concepts.concepts("coverage")}
    assert coverages == known - {roll_up.STATED}  # what is stated is shown by its force
    assert all(bool(look.scheme) != bool(look.words) for look in LOOKS.values())
    for look in LOOKS.values():
        assert {look.fill, look.ink, look.edge} <= {*COLOURS, HATCH, ""}


def test_no_two_keys_look_alike():
    assert len({look.glyph for look in LOOKS.values()}) == len(LOOKS)
    paints = {paint(key) for key in LOOKS}
    assert len(paints) >= len(LOOKS) - 3  # two that inform, and three that do not hold


def test_what_the_file_of_the_map_draws_stands_within_it(client):
    picture = drawn(client, "/map.svg")
    _, _, width, height = map(float, picture.get("viewBox").split())
    boxes = [box for box in picture.iter(f"{SVG}rect") if box.get("rx")]
    assert len(boxes) > 3 * 190
    assert max(float(box.get("x")) + float(box.get("width")) for box in boxes) < width - 20
    assert max(float(line.get("y")) for line in picture.iter(f"{SVG}text")) < height


def test_a_territory_with_data_stands_beside_the_map_which_grows_when_there_are_many():
    few, many = (["FO", "GI"], [place.code for place in jurisdictions.jurisdictions()])
    small, large = (
        tile_map.figure({"code": "use"}, [{"code": "present"}], [], [_row(code) for code in codes], NO_FILTERS)
        for codes in (few, many)
    )
    beside = {tile.code for tile in small.tiles if tile.row >= tile_map.BESIDE}
    assert beside == {"EU", "INT", "FO", "GI"}
    assert large.height > small.height


def _row(code):
    return Row(Head(code, code, "", code), dict.fromkeys(roll_up.CELLS, Cell("not-assessed")))
