"""What README, CONTRIBUTING and docs/ say is so: examples work; commands, paths, links and figures are the code's."""

import re
import shlex
import tomllib
from dataclasses import replace

import click
import pytest
from babel import Locale
from pyoxigraph import Store

from federation import discovery
from registry.endpoint import results
from registry.endpoint.query import read_query
from registry.endpoint.sparql import tree
from registry.front import connections, front, tally
from registry.iri.names import SHAPES
from registry.model import Severity
from registry.operations.cli import main
from registry.operations.configuration import load
from registry.reading.json import json_ld
from registry.reading.rdf import rdf
from registry.reading.yaml import yaml_builder, yaml_events
from registry.readmodel.comparison import filters
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from registry.validation.shape_index import rules
from registry.vocabulary import codebook, concepts
from registry.web.app import create_app
from registry.web.text.language import LANGUAGES
from tests import test_rooms
from tests.support import merged
from tests.support.places import ROOT

TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "ontology/codebook.md")),
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def blocks(language):
    """Return the blocks of a language, as (page, text)."""
    return [(page, body) for page, text in TEXTS.items() for kind, body in BLOCK.findall(text) if kind == language]


def spoken(page):
    """What a page gives as code within its sentences."""
    return re.findall(r"`([^`\n]+)`", BLOCK.sub("", TEXTS[page]))


def commands():
    """Every `ospo …` of the pages and of the Makefile, as its words."""
    lines = [line for _, block in blocks("sh") for line in block.split("\n")]
    lines += [code for page in TEXTS for code in spoken(page)]
    lines += re.findall(
        r"^\t\$\(BIN\)/(ospo .*)$", (ROOT / "Makefile").read_text("utf-8").replace("$(PORT)", "8000"), re.M
    )
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("ospo ")]


def test_the_pages_are_there_and_each_is_led_to_from_the_readme():
    assert {"docs/architecture.md", "docs/decisions.md", "docs/operate.md", "docs/publish.md"} < set(TEXTS)
    led_to = {target.partition("#")[0] for target in re.findall(r"\]\(([^)\s]+)\)", TEXTS["README.md"])}
    assert set(TEXTS) - {"README.md"} <= led_to


@pytest.mark.parametrize(("page", "text"), blocks("yaml"))
def test_each_example_of_a_description_is_accepted_and_none_of_its_fields_is_unknown(page, text):
    graph = "https://atlas.example/sources/own/description"
    description, report = merged.read(text.encode(), media_type="", url="https://opensource.example.gov/", graph=graph)
    assert [finding for finding in report.findings if finding.severity is Severity.VIOLATION] == []
    assert [finding.value for finding in report.findings if finding.shape.endswith("unknown-field")] == []
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#Office> .") == 1
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#PolicyStatement> .") >= 1
    assert description.notes == ()


def test_an_office_needs_no_more_than_the_page_says():
    assert "An office must have `url` and `name`" in TEXTS["docs/publish.md"]
    fields = {"url": "https://opensource.example.gov", "name": "Office"}
    for lacking in ("", *fields):
        body = "".join(f"{key}: {value}\n" for key, value in fields.items() if key != lacking) or "{}"
        if lacking == "url":
            body = f"policies: []\noffices:\n  - {body}"
        _, report = merged.read(
            body.encode(), media_type="", url="https://opensource.example.gov/", graph="https://a.example/g"
        )
        assert report.accepted is (lacking == "")


@pytest.fixture(scope="module")
def registry(tmp_path_factory):
    """The small registry of tests/support/merged.py, on disk."""
    folder = tmp_path_factory.mktemp("registry")
    store = EmbeddedStore(str(folder / "store"))
    merged.fill(store)
    store.close()
    return folder / "store"


@pytest.fixture
def opened(registry):
    """The same, opened as a query worker does."""
    return Store.read_only(str(registry))


@pytest.mark.parametrize(("page", "text"), blocks("sparql"))
def test_each_example_of_a_query_has_an_answer(opened, page, text):
    query = read_query(text, merged.SETTINGS.base, Settings().max_query_bytes)
    answer = results.run(opened, query.text, "text/csv", f"{merged.SETTINGS.base}/merged", 100, 100_000)
    assert len(answer.body.splitlines()) > 1


def test_the_first_example_of_a_query_finds_the_law_of_the_small_registry(opened):
    text = blocks("sparql")[0][1]
    answer = results.run(opened, text, "text/csv", f"{merged.SETTINGS.base}/merged", 100, 100_000)
    head, *rows = answer.body.decode().splitlines()
    assert head == "country,title,source"
    assert rows == ["FR,Loi pour une République numérique,https://atlas.example/sources/bundled-fr"]


def test_the_graphs_that_the_pages_name_are_those_of_the_store(opened):
    graphs = {graph.value.removeprefix(merged.SETTINGS.base) for graph in opened.named_graphs()}
    named = {code.removeprefix("{base}") for page in TEXTS for code in spoken(page) if code.startswith("{base}/")}
    assert named >= {"/sources/{id}/description", "/registry"}
    assert {name.replace("{id}", "list") for name in named} <= graphs | {"/vocabulary", "/peers"}


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_every_command_that_a_page_names_is_there_with_these_options(words):
    command, context = main, click.Context(main, info_name="ospo")
    words = list(words)
    while isinstance(command, click.Group):
        name = words.pop(0)
        found = command.get_command(context, name)
        assert found is not None, f"there is no command {name!r}"
        command, context = found, click.Context(found, parent=context, info_name=name)
    if words or not any(parameter.required for parameter in command.params):  # a command may be named without its rest
        command.parse_args(context, words)


def test_every_command_is_named_by_a_page():
    paths = set(_commands(main))
    assert paths == {tuple(words[: len(path)]) for words in commands() for path in paths} & paths


def test_the_options_that_the_pages_speak_of_are_there():
    comments = [line.partition("#")[2] for _, block in blocks("sh") for line in block.splitlines()]
    words = [*comments, *(code for page in TEXTS for code in spoken(page) if code.startswith("--"))]
    options = {option for text in words for option in re.findall(r"--[a-z-]+", text)}
    known = {name for command in _commands(main).values() for parameter in command.params for name in parameter.opts}
    assert options
    assert options <= known


def _commands(group, path=()):
    """Return every command by its path."""
    found = {}
    for name, command in group.commands.items():
        found |= _commands(command, (*path, name)) if isinstance(command, click.Group) else {(*path, name): command}
    return found


def test_every_limit_is_that_of_the_code():
    settings = Settings()
    fetch = f"{settings.fetch_seconds:g} s; {settings.max_redirects}"
    query = (
        f"{settings.max_query_bytes // 1024} KiB, {tree.MAX_DEPTH}, {settings.query_seconds:g} s, "
        f"{settings.max_rows:,}, {settings.max_answer_bytes // 1024**2} MiB"
    )
    yaml = (
        f"{yaml_events.MAX_BYTES // 1024} KiB, {yaml_builder.MAX_DEPTH}, {yaml_builder.MAX_NODES:,}, "
        f"{yaml_builder.MAX_CHARACTERS:,}"
    )
    graph = f"{json_ld.MAX_DEPTH}; {rdf.MAX_TRIPLES:,}, {rdf.MAX_IRI_BYTES:,}, {rdf.MAX_CHARACTERS:,}"
    table = TEXTS["docs/operate.md"].partition("| limit | value |\n| --- | --- |\n")[2].partition("\n\n")[0]
    assert dict(row.strip("| ").split(" | ") for row in table.splitlines()) == {
        "body, on the wire and decompressed": f"{settings.max_bytes // 1024**2} MiB",
        "one fetch with name look-up and redirects; redirects": fetch,
        "YAML: bytes, depth, nodes, characters of one value": yaml,
        "JSON depth; triples, bytes of an IRI, characters of a literal": graph,
        "blank nodes of one document": f"{rdf.MAX_BLANK_NODES:,}",
        "query: text, nesting, time, rows, bytes": query,
        "head of a request: time, a line, all of it, fields": (
            f"{settings.head_seconds:g} s, {connections.LINE_BYTES // 1024} KiB, {connections.HEAD_BYTES // 1024} KiB, "
            f"{connections.FIELDS}"
        ),
        "body of a request: time, bytes": f"{settings.body_seconds:g} s, {settings.max_body_bytes // 1024} KiB",
        "an answer: for the client to take the next piece": f"{settings.write_seconds:g} s",
        "an answer: to begin after the client has ended its side": f"{connections.HALF_CLOSED_SECONDS:g} s",
        "connections: in all, of one client": f"{settings.max_connections:,}, {settings.max_connections_of_one}",
        "query: operators, words and signs": f"{tree.MAX_OPERATORS}; {tree.MAX_TOKENS:,}",
    }


def test_every_waiting_room_is_as_large_as_the_page_says():
    table = TEXTS["docs/operate.md"].partition("| what is asked for | places |")[2].partition("\n\n")[0]
    told = {row.split(" | ")[0].strip("| "): row.split(" | ")[1:3] for row in table.splitlines()[2:]}
    rooms = front.rules(replace(Settings(), query_workers=7))
    pages, sparql, downloads, operator = (rooms[name] for name in tally.ROOMS)
    assert told["pages"] == ["`threads`", f"{pages.waiting}, for {pages.patience:g} s"]
    assert pages.places == Settings().threads
    assert told["`/sparql`, its page too"] == [
        "`query_workers`",
        f"{sparql.waiting // 7} a worker, for {sparql.patience:g} s",
    ]
    assert sparql.places == 7
    assert told["downloads that are not made yet"] == [
        str(downloads.places),
        f"{downloads.waiting}, for {downloads.patience:g} s",
    ]
    assert told["`/-/metrics`"] == [str(operator.places), f"{operator.waiting}, for {operator.patience:g} s"]


def test_every_figure_of_the_web_server_is_told():
    named = {code.removesuffix("_total") for code in spoken("docs/operate.md") if code.startswith("ospo_")}
    assert {figure.name for figure in tally.FIGURES} <= named


def test_publishers_are_told_the_graces_that_are_shipped():
    settings = Settings()
    copies = (
        f"for {settings.transient_grace_days:g} days, one that is gone (404, 410) for {settings.gone_grace_days:g};"
    )
    assert copies in TEXTS["docs/publish.md"]
    assert f"the last good one stays for {settings.unreadable_grace_days:g} days" in TEXTS["docs/publish.md"]
    assert f"is held, for {settings.hold_days:g} days or until" in TEXTS["docs/publish.md"]
    assert settings.interval_hours == 24  # "about once a day"


@pytest.mark.parametrize(("page", "text"), blocks("toml"))
def test_each_example_of_settings_is_understood(tmp_path, page, text):
    file = tmp_path / "ospo.toml"
    file.write_text(text, encoding="utf-8")
    settings = load(file, {})
    for name, value in tomllib.loads(text).items():
        assert name == "sources" or getattr(settings, name) == (tuple(value) if isinstance(value, list) else value)
    assert settings.sources


def test_the_addresses_where_a_description_is_looked_for_are_those_that_the_crawler_tries():
    sentence = TEXTS["docs/publish.md"].partition("Put a file like this at ")[2].partition("##")[0]
    assert f"`https://YOUR-HOST{discovery.WELL_KNOWN}` (or `….yaml`" in sentence
    assert re.findall(r"`…(\.\w+)`", sentence) == list(discovery.SUFFIXES)
    assert f"`{discovery.WELL_KNOWN}`" in TEXTS["README.md"]


BOOK = codebook.text()


def rows(head):
    """The cells of each row of the codebook's table under that head."""
    table = BOOK.partition(f"{head}\n")[2].partition("\n\n")[0]
    return [re.split(r"\s*(?<!\\)\|\s*", line.strip("| ")) for line in table.splitlines()[1:]]


def cells_in(text):
    return [f"{activity}-{stage}" for activity, stage in re.findall(r"(use|contribute|produce)/(\w+)", text)]


def core_and_beside():
    """What the codebook's table gives each object of duty: the cells that it answers, and those where it is beside."""
    head = "| code | definition | cells | example | counter-example → code |"
    return {row[0]: row[2].partition("beside:")[::2] for row in rows(head)}


def test_the_codebook_gives_each_object_of_duty_the_cells_that_the_vocabulary_gives_it():
    told = core_and_beside()
    assert set(told) == {concept.code for concept in concepts.concepts("duty")}
    for duty, (core, beside) in told.items():
        assert cells_in(core) + cells_in(beside) == list(concepts.cells_of(duty)), duty


def test_the_codebook_lists_for_each_cell_the_objects_that_answer_its_question():
    sentence = BOOK.partition("Core by cell: ")[2].partition(". All others are neighbours there")[0]
    told = {}
    for part in sentence.split(" · "):
        cell, _, duties = part.partition(" ")
        told[cell.replace("/", "-")] = {duty.strip() for duty in duties.split(",")}
    assert set(told) == {concept.code for concept in concepts.concepts("cell")}
    core = {cell: {duty for duty, (cells, _) in core_and_beside().items() if cell in cells_in(cells)} for cell in told}
    assert told == core


def test_the_codebook_names_all_codes_of_condition_and_reach():
    for scheme, start in (("condition", "`condition` (none or one): "), ("reach", "`reach`: ")):
        told = BOOK.partition(start)[2].partition(". ")[0]
        assert [c.code for c in concepts.concepts(scheme) if f"`{c.code}`" not in told] == []


def test_an_audience_is_asked_for_with_the_objects_for_which_the_codebook_makes_it_obligatory():
    told = BOOK.partition("`audience` is obligatory for ")[2].partition(".")[0].split(", ")
    page = "url: https://a.example\nname: A\npolicies: [{title: P, matrix: {produce: {present: %s}}}]\n"
    asked = []
    for duty in concepts.concepts("duty"):
        body = page.replace("%s", f"{{duty: {duty.code}, force: encouraged}}").encode()
        _, report = merged.read(body, media_type="", url="https://a.example/", graph="https://b.example/g")
        asked += [duty.code for finding in report.findings if finding.shape == SHAPES + "produce-audience"]
    assert asked == told


def test_what_the_codebook_says_is_checked_has_that_severity_and_names_that_section():
    named = {"error": Severity.VIOLATION, "warning": Severity.WARNING, "advice": Severity.INFO}
    told = {
        name: (re.findall(r"[\d.]+", sections), named[severity])
        for findings, _, sections, severity in rows("| finding | what | section | severity |")
        for name in re.findall(r"`([\w-]+)`", findings)
    }
    found = {iri.removeprefix(SHAPES): rule for iri, rule in rules().items()}
    by_the_book = {name for name, rule in found.items() if "codebook, section" in rule.messages["en"]}
    assert set(told) == by_the_book
    for name, (sections, severity) in told.items():
        assert found[name].severity is severity, name
        for language, book in (("en", r"codebook, sections? "), ("fr", r"manuel de codage, sections? ")):
            (place,) = re.findall(rf"\({book}([\d. and et]+)(?:, r\w+ \d)?\)", found[name].messages[language])
            assert re.findall(r"[\d.]+", place) == sections, name
        assert [number for number in sections if f"\n## {number.partition('.')[0]}. " not in BOOK] == []


def test_every_address_of_the_site_that_a_page_names_answers():
    named = {code for page in TEXTS for code in spoken(page) if re.fullmatch(r"/[\w/.-]+", code)}
    app = create_app(merged.SETTINGS, merged.store())
    places = app.url_map.bind("atlas.example")
    with app.test_client() as visitor:
        found = {
            path: visitor.get(path, headers={"Accept": "text/html, */*;q=0.1"}).status_code
            for path in sorted(named - {discovery.WELL_KNOWN})
            if "/ID" not in path or not places.test(path)
        }
    app.config["ENDPOINT"].close()
    assert len(found) > 12
    assert {path: status for path, status in found.items() if status != 200} == {}


def test_the_filters_of_the_comparison_are_those_that_it_understands():
    sentence = TEXTS["docs/use.md"].partition("Every state is an address: filters (")[2].partition(", each as often")[0]
    named = [name for name, filter_ in filters.FILTERS.items() if filter_.kind is not filters.Kind.DAY]
    assert re.findall(r"`(\w+)`", sentence) == named


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_to_a_file_and_to_a_heading_in_it(page):
    text = BLOCK.sub("", TEXTS[page])
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    folder = (ROOT / page).parent
    for target in targets:
        path, _, anchor = target.partition("#")
        file = (folder / path).resolve() if path else ROOT / page
        assert file.is_file(), target
        assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), target


def anchors(text):
    """Return the anchors that a page of Markdown has on the sites that show it."""
    headings = HEADING.findall(BLOCK.sub("", text))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", TEXTS)
def test_every_path_that_is_named_is_there(page):
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    words = (word.strip(",;") for code in spoken(page) for word in code.split())
    paths = {word for word in words if word.partition("/")[0] in folders and "/" in word}
    assert [path for path in sorted(paths) if not list(ROOT.glob(path.rstrip("/")))] == []


def test_pages_name_paths():
    assert sum(code.count("registry/") for page in TEXTS for code in spoken(page)) > 60


def test_every_folder_and_module_of_the_map_is_there():
    (picture,) = [block for page, block in blocks("") if page == "README.md" and "ontology/" in block]
    folders = re.findall(r"^(\w+)/", picture, re.MULTILINE)
    assert folders == ["ontology", "shapes", "federation", "registry", "tests", "docs"]
    assert all((ROOT / folder).is_dir() for folder in folders)
    for folder, start in (("federation", "federation/  reading the Web:"), ("registry", "registry/   ")):
        names = re.findall(r"[a-z]+", picture.partition(start)[2].partition("\n")[0])
        assert len(names) > 5
        here = ROOT / folder
        assert [name for name in names if not ((here / name).is_dir() or (here / f"{name}.py").is_file())] == []


def test_every_room_is_told_of_below_those_that_it_may_import():
    table = TEXTS["docs/architecture.md"].partition("| room | duty |")[2].partition("\n\n")[0]
    rooms = [
        path.rstrip("/").removesuffix(".py").replace("/", ".") for path in re.findall(r"^\| `(.*?)` ", table, re.M)
    ]
    assert set(rooms) == set(test_rooms.FLOOR)
    assert [test_rooms.FLOOR[room] for room in rooms] == sorted(test_rooms.FLOOR[room] for room in rooms)


def test_every_graph_is_told_of(opened):
    table = TEXTS["docs/architecture.md"].partition("| graph | holds |")[2].partition("\n\n")[0]
    told = set(re.findall(r"^\| `\{base\}/(.*?)` ", table, re.MULTILINE))
    held = {name.value.removeprefix(f"{merged.SETTINGS.base}/") for name in opened.named_graphs()}
    assert {re.sub("/.*/", "/{id}/", name) for name in held} <= told


def test_the_languages_that_a_page_names_are_those_of_the_site():
    told = TEXTS["docs/use.md"].partition("Pages are in ")[2].partition(" (")[0]
    assert sorted(re.findall("[A-Z][a-z]+", told)) == sorted(Locale(tag).get_language_name("en") for tag in LANGUAGES)


@pytest.mark.parametrize("page", TEXTS)
def test_every_target_of_make_that_is_named_is_in_the_makefile(page):
    named = set(re.findall(r"(?:^|`|&& )make (\w+)", TEXTS[page], re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= targets
    assert named or page.startswith(("docs/", "ontology/"))


def test_the_makefile_says_what_each_of_its_targets_is_for():
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    told = set(re.findall(r"^# make (\w+) ", text, re.MULTILINE))
    assert told == set(re.findall(r"^\.PHONY: (.*)$", text, re.MULTILINE)[0].split())


def test_the_python_that_is_asked_for_is_that_of_the_package():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.search(r'^requires-python = ">=([\d.]+)"$', project, re.MULTILINE)[1]
    assert f"Python {wanted} or newer" in TEXTS["README.md"]
    assert f"Python {wanted} or newer" in TEXTS["docs/operate.md"]


def test_the_pages_are_in_the_source_distribution():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    included = project["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]
    assert {"/" + page.partition("/")[0] for page in TEXTS} <= set(included)
