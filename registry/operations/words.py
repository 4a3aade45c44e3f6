"""What `ospo crawl` and `ospo status` print, in each language: the words around, from `words.toml`, and outcomes."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from registry.iri.names import concept_iri
from registry.model import Outcome
from registry.reasons.sentences import filled
from registry.vocabulary.concepts import label


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(files("registry.operations").joinpath("words.toml").read_text(encoding="utf-8"))


def words(name: str, language: str, **facts: object) -> str:
    """Return the words of that name in a language, with their gaps filled."""
    return filled(_table()[name][language], facts)


def outcome_in_words(outcome: Outcome, language: str, part: tuple[int, int] = (0, 0)) -> str:
    """Return an outcome with how many of its entries are left out, and of how many, 0 where that is not known.

    In English it is the code, which settings and queries use.

    >>> outcome_in_words(Outcome.ACCEPTED, "en", (2, 40)), outcome_in_words(Outcome.GONE, "fr")
    ('accepted, 2 of 40 left out', 'disparu')
    """
    named = label(concept_iri("outcome", outcome), language)
    shown = str(outcome) if language == "en" else named[:1].lower() + named[1:]
    left_out, total = part
    name = "left_out_of_total" if total else "left_out"
    return words(name, language, outcome=shown, count=left_out, total=total) if left_out else shown
