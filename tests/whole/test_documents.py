"""What README and CONTRIBUTING say is so: their examples work, their figures and commands are those of the code."""

import re
import shlex

import click
import pytest
from pyoxigraph import Store

from federation import discovery
from registry.endpoint import query_check, results
from registry.model import Severity
from registry.operations.cli import main
from registry.reading import json_ld, rdf, yaml_events
from registry.settings import Settings
from registry.store.embedded import EmbeddedStore
from tests.support import merged
from tests.support.places import ROOT

PAGES = ("README.md", "CONTRIBUTING.md")
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(language, text=README):
    return [body for kind, body in BLOCK.findall(text) if kind == language]


def spoken(page):
    """What a page gives as code within its sentences."""
    return re.findall(r"`([^`\n]+)`", BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8")))


def commands():
    """Every `ospo …` of the two pages and of the Makefile, as its words."""
    lines = [
        line for page in PAGES for block in blocks("sh", (ROOT / page).read_text("utf-8")) for line in block.split("\n")
    ]
    lines += [code for page in PAGES for code in spoken(page)]
    lines += re.findall(
        r"^\t\$\(BIN\)/(ospo .*)$", (ROOT / "Makefile").read_text("utf-8").replace("$(PORT)", "8000"), re.M
    )
    return [shlex.split(line, comments=True)[1:] for line in lines if line.startswith("ospo ")]


def test_the_example_of_a_description_is_accepted_and_none_of_its_fields_is_unknown():
    (text,) = blocks("yaml")
    graph = "https://atlas.example/sources/own/description"
    description, report = merged.read(text.encode(), media_type="", url="https://opensource.example.gov/", graph=graph)
    assert [finding for finding in report.findings if finding.severity is Severity.VIOLATION] == []
    assert [finding.value for finding in report.findings if finding.shape.endswith("unknown-field")] == []
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#PolicyStatement> .") == 2
    assert description.n_triples.count(b"<https://w3id.org/ospo/ns#Office> .") == 1
    assert description.notes == ()


@pytest.fixture
def registry(tmp_path):
    """The small registry of tests/support/merged.py, opened as a query worker does."""
    store = EmbeddedStore(str(tmp_path / "store"))
    merged.fill(store)
    store.close()
    return Store.read_only(str(tmp_path / "store"))


def test_the_example_of_a_query_finds_the_law_of_the_small_registry(registry):
    (text,) = blocks("sparql")
    query_check.check(text, Settings().max_query_bytes)
    answer = results.run(registry, text, "text/csv", f"{merged.SETTINGS.base}/merged", 100, 100_000)
    head, *rows = answer.body.decode().splitlines()
    assert head == "country,title,source"
    assert rows == ["FR,Loi pour une République numérique,https://atlas.example/sources/bundled-fr"]


def test_the_graphs_that_the_page_names_are_those_of_the_store(registry):
    graphs = {graph.value.removeprefix(merged.SETTINGS.base) for graph in registry.named_graphs()}
    named = {code.removeprefix("{base}") for code in spoken("README.md") if code.startswith("{base}")}
    assert named == {"/sources/{id}/description", "/registry"}
    assert {name.replace("{id}", "list") for name in named} < graphs


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


def test_the_commands_of_the_whole_journey_are_among_them():
    assert {words[0] for words in commands()} >= {"sources", "check", "crawl", "serve", "rebuild", "settings"}


def test_the_options_that_the_comments_speak_of_are_there():
    comments = [line.partition("#")[2] for block in blocks("sh") for line in block.splitlines()]
    options = {option for comment in comments for option in re.findall(r"--[a-z-]+", comment)}
    known = {name for command in _commands(main) for parameter in command.params for name in parameter.opts}
    assert options
    assert options <= known


def _commands(group):
    for command in group.commands.values():
        yield from _commands(command) if isinstance(command, click.Group) else (command,)


def test_every_limit_is_that_of_the_code():
    settings = Settings()
    fetch = f"{settings.fetch_seconds:g} s; {settings.max_redirects}"
    query = (
        f"{settings.max_query_bytes // 1024} KiB, {query_check.MAX_DEPTH}, {settings.query_seconds:g} s, "
        f"{settings.max_rows:,}, {settings.max_answer_bytes // 1024**2} MiB"
    )
    yaml = (
        f"{yaml_events.MAX_BYTES // 1024} KiB, {yaml_events.MAX_DEPTH}, {yaml_events.MAX_NODES:,}, "
        f"{yaml_events.MAX_CHARACTERS:,}"
    )
    graph = f"{json_ld.MAX_DEPTH}; {rdf.MAX_TRIPLES:,}, {rdf.MAX_IRI_BYTES:,}, {rdf.MAX_CHARACTERS:,}"
    table = README.partition("| limit | value |\n| --- | --- |\n")[2].partition("\n\n")[0]
    assert dict(row.strip("| ").split(" | ") for row in table.splitlines()) == {
        "body, on the wire and decompressed": f"{settings.max_bytes // 1024**2} MiB",
        "one fetch with name look-up and redirects; redirects": fetch,
        "YAML: bytes, depth, nodes, characters of one value": yaml,
        "JSON depth; triples, bytes of an IRI, characters of a literal": graph,
        "blank nodes of one document": f"{rdf.MAX_BLANK_NODES:,}",
        "query: text, nesting, time, rows, bytes": query,
    }


def test_the_addresses_where_a_description_is_looked_for_are_those_that_the_crawler_tries():
    sentence = README.partition("Put a file like this at ")[2].partition("```")[0]
    assert f"`https://YOUR-HOST{discovery.WELL_KNOWN}` (or `….yaml`" in sentence
    assert re.findall(r"`…(\.\w+)`", sentence) == list(discovery.SUFFIXES)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_to_a_file_leads_to_one(page):
    text = BLOCK.sub("", (ROOT / page).read_text(encoding="utf-8"))
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in target]
    assert targets or page == "CONTRIBUTING.md"
    assert [target for target in targets if not (ROOT / target.partition("#")[0]).is_file()] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_is_there(page):
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    paths = {
        word for code in spoken(page) for word in code.split() if word.partition("/")[0] in folders and "/" in word
    }
    assert len(paths) > 2
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


def test_every_folder_and_module_of_the_map_is_there():
    (picture,) = [block for block in blocks("") if "ontology/" in block]
    folders = re.findall(r"^(\w+)/", picture, re.MULTILINE)
    assert folders == ["ontology", "shapes", "federation", "registry", "tests"]
    assert all((ROOT / folder).is_dir() for folder in folders)
    for folder, start in (("federation", "federation/  reading the Web:"), ("registry", "registry/   ")):
        names = re.findall(r"[a-z]+", picture.partition(start)[2].partition("\n")[0])
        assert len(names) > 5
        here = ROOT / folder
        assert [name for name in names if not ((here / name).is_dir() or (here / f"{name}.py").is_file())] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_target_of_make_that_is_named_is_in_the_makefile(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`|&& )make (\w+)", text, re.MULTILINE))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert named
    assert named <= targets


def test_the_python_that_is_asked_for_is_that_of_the_package():
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    wanted = re.search(r'^requires-python = ">=([\d.]+)"$', project, re.MULTILINE)[1]
    assert f"Python {wanted} or newer" in README
