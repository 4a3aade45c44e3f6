"""Every example in a docstring gives what it says."""

import doctest
import importlib
import re

import pytest

from tests.support.places import ROOT

MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): count
    for package in ("registry", "federation", "ontology", "shapes")
    for path in sorted((ROOT / package).rglob("*.py"))
    if (count := len(re.findall(r"^\s*>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)))
}


def test_there_are_examples():
    assert len(MODULES) >= 4
    assert sum(MODULES.values()) >= 8


@pytest.mark.parametrize("module", MODULES)
def test_every_example_of_a_module_runs_and_gives_what_it_says(module):
    failed, attempted = doctest.testmod(importlib.import_module(module))
    assert failed == 0, "the report of doctest says which"
    assert attempted == MODULES[module], "an example stands where doctest does not look"
