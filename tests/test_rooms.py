"""The picture of the rooms: a room imports only rooms above it, and every module stands in one."""

import ast
import re

import pytest
from pyoxigraph import Literal, Store

from registry.iri import names
from registry.store.sparql_text import bind, together
from tests.support.code import literals
from tests.support.places import ROOT

# A room a word, from the foundations up: a room imports only rooms of the lines above it.
ROOMS = """
ontology shapes
registry.reasons
registry.errors
registry.iri
registry.model registry.setting_types
registry.settings registry.vocabulary
registry.archive registry.reading registry.sandbox
registry.validation
registry.store
registry.endpoint
registry.sources
registry.authority
registry.diff
registry.admission registry.merging
registry.leads
registry.writer
registry.readmodel registry.front
registry.web federation
registry.operations
"""
FLOOR = {room: floor for floor, line in enumerate(ROOMS.split("\n")) for room in line.split()}
# All that `federation` may know.
VALUES = {
    "registry.reasons",
    "registry.errors",
    "registry.model",
    "registry.iri",
    "registry.setting_types",
    "registry.settings",
}
# Foreign libraries that only these rooms may import.
ONLY = {
    "SPARQLWrapper": {"registry.store"},
    "pyshacl": {"registry.validation"},
    "shifty": {"registry.validation"},
    "rdflib": {"registry.validation"},
    "flask": {"registry.web"},
    "werkzeug": {"registry.web"},
    "prometheus_client": {"registry.web"},
    "xlsxwriter": {"registry.web"},
    "cachetools": {"federation", "registry.web"},
    "click": {"registry.operations"},
    "rich": {"registry.operations"},
    "yaml": {"registry.reading"},
    "aiohttp": {"federation", "registry.front"},
    "yarl": {"federation", "registry.iri"},
    "publicsuffixlist": {"federation"},
    "protego": {"federation"},
    "warcio": {"registry.archive"},
    "msgspec": {"registry.readmodel"},
    "numpy": {"registry.readmodel"},
    "babel": {"registry.vocabulary", "registry.web"},
}


def modules():
    """Return module → file, of all packages."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for package in ("registry", "federation", "ontology", "shapes")
        for path in (ROOT / package).rglob("*.py")
    }


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def room(module):
    """Return the room in which a module stands, "" for the bare package `registry`."""
    return next((name for name in FLOOR if f"{module}.".startswith(f"{name}.")), "")


def arrows():
    """Yield (module, what it imports of ours) for every import between rooms."""
    known = modules()
    for module, path in known.items():
        for imported in imports(path):
            target = next((name for name in (imported, imported.rpartition(".")[0]) if name in known), None)
            if target and room(target) != room(module):
                yield module, target


def test_every_module_stands_in_a_room_and_every_room_exists():
    known = modules()
    assert {room(module) for module in known} - {""} == set(FLOOR)
    assert [module for module in known if not room(module) and module not in ("registry", "registry.data")] == []


def test_a_room_imports_only_rooms_above_it():
    found = list(arrows())
    assert len(found) > 100
    assert [
        f"{module} imports {target}" for module, target in found if FLOOR[room(target)] >= FLOOR[room(module)]
    ] == []


def test_federation_knows_only_values():
    assert {room(target) for module, target in arrows() if room(module) == "federation"} <= VALUES


def test_nobody_stands_beside_the_rooms():
    assert len([item for item in (ROOT / "registry").iterdir() if item.is_file()]) <= 10


def test_a_foreign_library_is_imported_in_one_room_alone():
    wrong = [
        f"{module} imports {imported}"
        for module, path in modules().items()
        for imported in imports(path)
        for library, places in ONLY.items()
        if imported.split(".")[0] == library and not any(f"{module}.".startswith(f"{place}.") for place in places)
    ]
    assert wrong == []


# What a text of SPARQL has and a sentence has not. Docstrings may speak of it.
SPARQL = re.compile(
    r"\b(SELECT|CONSTRUCT|ASK|DESCRIBE|INSERT|DELETE|WHERE|VALUES|GRAPH|OPTIONAL|UNION)\b[^{}]*\{"
    r"|\bFILTER\s*(NOT\s+EXISTS\s*)?[({]|\bBIND\s*\(|\bPREFIX\s+\w*:\s*<|\b(LIMIT|OFFSET)\s+\S|\bDROP\s+SILENT\b",
    re.DOTALL,
)
PREFIXES = "".join(f"PREFIX {prefix}: <{names.PREFIXES[prefix]}>\n" for prefix in ("ospo", "dcterms", "xsd"))
QUERIES = sorted(path for package in ("registry", "federation") for path in (ROOT / package).rglob("*.r[qu]"))


def test_sparql_stands_in_files_and_is_written_by_one_module():
    found = {module for module, path in modules().items() if any(map(SPARQL.search, literals(path)))}
    assert found == {"registry.store.sparql_text"}


def test_every_query_stands_in_the_folder_of_its_room_and_is_asked_for_there():
    assert len(QUERIES) > 20
    for path in QUERIES:
        room, folder = path.parent.parent, path.parent.name
        said = {text for module in room.rglob("*.py") for text in literals(module)}
        assert folder == "queries"
        assert {path.name, path.stem} & said, f"nobody in {room.name} asks {path.name}"


@pytest.mark.parametrize("path", QUERIES, ids=lambda path: path.name)
def test_every_query_can_be_parsed_once_its_terms_are_bound(path):
    text = path.read_text(encoding="utf-8")
    given = dict.fromkeys(re.findall(r"\$(\w+)", text), "https://a.example/x")
    several = re.findall(r"VALUES \?\w+ \{ \$(\w+) \}", text)
    given |= {name: ["https://a.example/x", Literal("x")] for name in several}
    given |= dict.fromkeys(re.findall(r"(?:LIMIT|OFFSET) \$(\w+)", text), 3)
    store, bound = Store(), bind(text, **given)
    if path.suffix == ".ru":
        store.update(together((bound, bound)))
    else:
        # A part of a query is parsed as what it is: patterns of one, which has the prefixes.
        is_whole = re.match(r"(\s*#[^\n]*\n)*\s*(PREFIX|SELECT|ASK|CONSTRUCT|DESCRIBE)\b", bound)
        store.query(bound if is_whole else f"{PREFIXES}SELECT * {{ {bound} }}")


def test_no_function_is_longer_than_sixty_lines():
    lengths = {
        f"{module}.{node.name}": node.end_lineno - node.lineno + 1
        for module, path in modules().items()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert len(lengths) > 500
    assert [name for name, lines in lengths.items() if lines > 60] == []
