"""The words of the pages for concepts, where they are shorter or plainer than the labels of the vocabulary."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files


@cache
def interface_words() -> Mapping[str, Mapping[str, str]]:
    """Return scheme → code → its word, an English sentence of the language files, as `interface_words.toml` has it."""
    path = files("registry") / "web" / "text" / "interface_words.toml"
    return tomllib.loads(path.read_text(encoding="utf-8"))
