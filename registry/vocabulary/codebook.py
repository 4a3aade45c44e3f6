"""The codebook: how a provision becomes a statement, and which statement heads a cell. It says its version."""

from __future__ import annotations

import re
from functools import cache

from registry.vocabulary.concepts import data

_VERSION = re.compile(r"^Version (?P<version>[0-9]+(\.[0-9]+)+), (?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})\.", re.MULTILINE)


@cache
def text() -> str:
    """Return the codebook, in Markdown and in English."""
    return data("ontology/codebook.md").decode("utf-8")


@cache
def version() -> str:
    """Return the version of the codebook, such as 0.2."""
    found = _VERSION.search(text())
    assert found, "the codebook says its version in a line of its own"
    return found["version"]
