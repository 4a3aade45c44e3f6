"""The example of a description, as an office would publish it."""

from __future__ import annotations

from functools import cache

from registry.vocabulary.concepts import data


@cache
def office() -> str:
    """Return the whole description of an office, in YAML."""
    return data("ontology/examples/office.yaml").decode("utf-8")
