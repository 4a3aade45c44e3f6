"""The facts that are shipped: the files of registry/data/sources, their policies and statements, and the coding log."""

import re

import yaml

from registry.reading.yaml import yaml_events
from tests.support.places import ROOT

FOLDER = ROOT / "registry" / "data" / "sources"
FILES = sorted(FOLDER.glob("*.yaml"))
LOG = ROOT / "registry" / "data" / "coding-log.yaml"


# A file of ours has more values than are read of a file from outside. All values are texts, as there, but for null.
class _Texts(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    pass


_Texts.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("null"), ["n"])
_Texts.add_constructor("tag:yaml.org,2002:null", lambda loader, node: None)


def load(path):
    return yaml_events.load(path.read_bytes())


def several(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def documents():
    """Return the document of each file, by the file's name without its end."""
    return {path.stem: load(path) for path in FILES}


def policies_of(document):
    """Return the policies of a file: those that stand alone, then those of its offices."""
    return [
        *document["policies"],
        *(each for office in document.get("offices", []) for each in office.get("policies", [])),
    ]


def cells(policy):
    """Yield (activity/stage, item) of a policy's matrix; an item is a statement or a word of coverage."""
    for activity, stages in policy.get("matrix", {}).items():
        for stage, said in stages.items():
            yield from ((f"{activity}/{stage}", item) for item in several(said))


def statements(policy):
    """Return what a policy states, by (cell, place in the cell), counted from 1: the fragment of a statement's IRI."""
    found = {}
    for cell, item in cells(policy):
        if not isinstance(item, str):
            found[cell, 1 + sum(cell == other for other, _ in found)] = item
    return found


def log():
    """Return the entries of the coding log."""
    return yaml.load(LOG.read_bytes(), _Texts)["entries"]


def place(entry):
    """Return (cell, place in the cell) of the statement that an entry of the log is about."""
    rest = entry["id"].removeprefix(f"{entry['date']}-{entry['policy']}-{entry['cell'].replace('/', '-')}")
    return entry["cell"], int(rest.removeprefix("-") or 1)
