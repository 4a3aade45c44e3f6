"""The words around the findings of `ospo check`, in each language, from `words.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from registry.model import Severity

LANGUAGES = ("en", "fr", "de", "es", "it", "nl")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("registry.validation").joinpath("words.toml").read_text(encoding="utf-8"))


def words(name: str, language: str, **facts: object) -> str:
    """Return the words of that name in one of `LANGUAGES`, with their gaps filled."""
    text: str = _table()[name][language]
    return text.format(**facts)


def severity(kind: Severity, language: str) -> str:
    """Return the word for a severity: error, warning or advice."""
    text: str = _table()["severity"][kind][language]
    return text


def counted(name: str, count: int, language: str) -> str:
    """Return a number of things in words.

    >>> counted("offices", 1, "en"), counted("policies", 0, "fr")
    ('1 office', '0 politiques')
    """
    text: str = _table()[name]["one" if count == 1 else "other"][language]
    return text.format(count=count)


def language_of(environment: dict[str, str]) -> str:
    """Return the language of messages that an environment asks for (POSIX, section 8.2), one of `LANGUAGES`.

    >>> language_of({"LANG": "fr_FR.UTF-8"}), language_of({"LC_ALL": "C", "LANG": "fr"}), language_of({})
    ('fr', 'en', 'en')
    """
    asked = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    tag = asked[:2].lower()
    return tag if tag in LANGUAGES else "en"
