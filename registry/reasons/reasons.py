"""The reasons of outcomes: made in English of a code and facts, and told in the language of who reads them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from registry.reasons.sentences import Sentences

MAX_CHARACTERS = 20_000  # of a text that is looked at: a loop of addresses can be as long
_MOST_INSIDE = 4  # sentences within sentences

Translate = Callable[[str, str], str | None]


@cache
def table() -> Sentences:
    """Return all sentences of `reasons.toml`."""
    return Sentences(tomllib.loads(files("registry.reasons").joinpath("reasons.toml").read_text(encoding="utf-8")))


def reason(code: str, **facts: object) -> str:
    """Return the sentence of that code in English, as archive and store keep it.

    >>> reason("redirects-many", limit=5, url="https://a.example/")
    'more than 5 redirects, the last to https://a.example/: give the final address'
    """
    return table().text(code, "en", facts)


def in_language(text: str, language: str, inside: Translate = lambda text, language: None) -> str:
    """Return a sentence that `reason` made in another language; a text that is none, or may be several, as it is.

    `inside` translates what may stand in a reason, or in place of one, and is none, such as the message of a shape: it
    returns None for what it does not know.

    >>> in_language("more than 5 redirects, the last to https://a.example/: give the final address", "fr")
    "plus de 5 redirections, la dernière vers https://a.example/ : donnez l'adresse finale"
    """
    if language == "en" or not text or len(text) > MAX_CHARACTERS:
        return text
    return _translated(text, language, inside, _MOST_INSIDE) or inside(text, language) or text


def _translated(text: str, language: str, inside: Translate, depth: int) -> str | None:
    def inner(part: str) -> str:
        told = _translated(part, language, inside, depth - 1) if depth else None
        return told or inside(part, language) or part

    return table().translated(text, language, inner)
