"""The picture of the layers: a module imports only what stands above it, and every module stands in the picture."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent

# From the foundations up; a name that ends in `.*` stands for a package whose modules may import one another.
LAYERS = (
    {"ontology", "shapes", "registry"},
    {
        "registry.errors",
        "registry.model",
        "registry.iri.*",
        "registry.seccomp",
        "registry.frames",
        "registry.targets",
    },
    {"registry.vocabulary.*", "registry.settings", "registry.store", "registry.query_text"},
    {"registry.embedded", "registry.remote", "registry.results", "registry.shacl"},
    {
        "registry.stores",
        "registry.state",
        "registry.archive",
        "registry.sourcelist",
        "registry.locking",
        "registry.progress",
        "registry.replacing",
        "registry.rules",
    },
    {"registry.reports", "registry.records", "registry.reading.*", "registry.validation"},
    {
        "registry.clocks",
        "registry.verification",
        "registry.sides",
        "registry.grouping",
        "registry.checking",
        "registry.worker",
        "registry.sandbox",
    },
    {"registry.changes"},
    {"registry.change_triples"},
    {"registry.admission_update"},
    {"registry.transitions"},
    {"registry.admission", "registry.merging", "registry.sightings", "registry.catalogue.*"},
    {"registry.indexes"},
    {"registry.registrar"},
    {"federation.*", "registry.web.*"},
    {"registry.bundled", "registry.serving", "registry.listkeeping"},
    {"registry.operations"},
    {"registry.cli"},
)
# Foreign libraries that only these modules may import.
ONLY = {
    "SPARQLWrapper": {"registry.remote"},
    "pyshacl": {"registry.shacl"},
    "shifty": {"registry.shacl"},
    "rdflib": {"registry.shacl"},
    "flask": {"registry.web.*"},
    "gunicorn": {"registry.serving"},
    "prometheus_client": {"registry.web.metrics"},
    "rich": {"registry.progress"},
    "yaml": {"registry.reading.*"},
    "aiohttp": {"federation.transport", "federation.dialling"},
    "warcio": {"registry.archive"},
    "protego": {"federation.robots"},
    "socket": {"federation.dialling", "registry.serving"},
}


def modules():
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


def stands_in(module, names):
    return any(module == name or (name.endswith(".*") and f"{module}.".startswith(name[:-1])) for name in names)


def layer(module):
    return next((number for number, names in enumerate(LAYERS) if stands_in(module, names)), None)


def _is_room(path):
    return path.name == "__init__.py"


def test_every_module_stands_in_the_picture_and_every_name_in_it_exists():
    known = modules()
    assert len(known) > 20
    assert [module for module, path in known.items() if layer(module) is None and not _is_room(path)] == []
    for names in LAYERS:
        assert [name for name in names if not any(stands_in(module, {name}) for module in known)] == []


def test_a_module_imports_only_what_stands_above_it():
    known = modules()
    wrong = []
    for module, path in known.items():
        for imported in imports(path):
            target = next((name for name in (imported, imported.rpartition(".")[0]) if name in known), None)
            if target is None or target == module or _is_room(known[target]):
                continue
            same_package = module.split(".")[:2] == target.split(".")[:2] or module.split(".")[0] == "federation"
            if layer(target) > layer(module) or (layer(target) == layer(module) and not same_package):
                wrong.append(f"{module} imports {target}")
    assert wrong == []


def test_federation_and_web_never_import_each_other():
    for module, path in modules().items():
        for imported in imports(path):
            assert not (module.startswith("federation") and imported.startswith("registry.web"))
            assert not (module.startswith("registry.web") and imported.startswith("federation"))


def test_a_foreign_library_is_imported_in_one_place_alone():
    wrong = [
        f"{module} imports {imported}"
        for module, path in modules().items()
        for imported in imports(path)
        for library, places in ONLY.items()
        if imported.split(".")[0] == library and not stands_in(module, places)
    ]
    assert wrong == []
