"""The examples in docstrings are true."""

import doctest
import importlib
import re

import pytest

from tests.support.places import ROOT

WITH_EXAMPLES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts): number
    for folder in ("registry", "federation")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if (number := len(re.findall(r"^\s*>>> ", path.read_text(encoding="utf-8"), re.MULTILINE)))
}


@pytest.mark.parametrize("name", WITH_EXAMPLES)
def test_the_examples_of_a_module_give_what_they_promise(name):
    result = doctest.testmod(importlib.import_module(name))
    assert result.attempted == WITH_EXAMPLES[name], "an example stands where doctest does not look"
    assert result.failed == 0


def test_modules_with_examples_are_found():
    assert {"registry.iri.addresses", "registry.vocabulary.context"} <= set(WITH_EXAMPLES)
