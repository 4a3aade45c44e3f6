"""The facets of a list in words: what each and its values are called, in which order, and where a click leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest
from typing import Any

from babel import Locale

from registry.readmodel.comparison.filters import FILTERS
from registry.readmodel.lists.entries import NO, NONE, UNKNOWN, YES
from registry.readmodel.lists.search import Found, fold
from registry.vocabulary import concepts, jurisdictions
from registry.web import request_context
from registry.web.lists.listing import FACETS, Listing
from registry.web.text import wording
from registry.web.text.language import language, sentence

_LAST = (UNKNOWN, NONE)
MOST = 250  # choices of one facet on a page: all countries, but not ten thousand sources


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet with how many things have it; `href` adds it to what is chosen, or takes it away."""

    name: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its choices, the chosen ones first; `more` are left out."""

    code: str
    name: str
    choices: tuple[Choice, ...]
    more: int


@dataclass(frozen=True, slots=True)
class Wider:
    """What can be taken away, the address without it, and how many things that leaves."""

    name: str
    href: str
    count: int


def facets(asked: Listing, found: Found[Any]) -> list[Facet]:
    """Return the facets by which what is found can be narrowed, or widened again."""
    every = (_facet(asked, code, found.counts[code]) for code in FACETS[asked.kind])
    return [facet for facet in every if len(facet.choices) > 1 or facet.code in asked.chosen]


def _facet(asked: Listing, code: str, counts: Mapping[str, int]) -> Facet:
    chosen = asked.chosen.get(code, frozenset())
    numbers = _numbers(FACETS[asked.kind][code], code, {**dict.fromkeys(chosen, 0), **counts})
    shown = nsmallest(MOST, numbers, key=lambda value: (value not in chosen, value in _LAST, numbers[value], value))
    names = value_names(asked.kind, code, shown)
    # again, since those with equal numbers stand by name, and ten thousand names are not wanted for that
    shown.sort(key=lambda value: (value not in chosen, value in _LAST, numbers[value], fold(names[value])))
    choices = (Choice(names[it], counts.get(it, 0), it in chosen, asked.toggled(code, it)) for it in shown)
    return Facet(code, facet_names()[code], tuple(choices), len(numbers) - len(shown))


def _numbers(scheme: str, code: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Return what values are ordered by: their place in the scheme, the latest year first, or the most frequent."""
    if scheme:
        order = [concept.code for concept in concepts.concepts(scheme)]
        return {value: order.index(value) if value in order else len(order) for value in counts}
    if code == "year":
        return {value: -int(value) if _is_year(value) else 0 for value in counts}
    return {value: -count for value, count in counts.items()}


def chips(asked: Listing) -> list[dict[str, str]]:
    """Return all that is asked for with its words, and the address without it."""
    names = facet_names()
    found = [{"name": sentence("Text"), "value": asked.query, "href": asked.address(q=None)}] if asked.query else []
    for name, value in asked.values():
        words = value_names(asked.kind, name, [value])[value]
        found.append({"name": names[name], "value": words, "href": asked.toggled(name, value)})
    return found


def wider(asked: Listing, found: Found[Any], without_words: int) -> list[Wider]:
    """Return what could be taken away to find something; `without_words` is how many things the facets alone leave."""
    names = facet_names()
    ways = [Wider(names[name], asked.address(**{name: None}), count) for name, count in found.without.items()]
    if asked.query:
        ways.append(Wider(sentence("Text"), asked.address(q=None), without_words))
    return [way for way in ways if way.count]


def is_known(kind: str, name: str, value: str) -> bool:
    """Return whether a value of a facet can mean anything, whether or not some thing has it."""
    scheme = FACETS[kind][name]
    if scheme:
        return value in {concept.code for concept in concepts.concepts(scheme)}
    if name == "country":
        return jurisdictions.jurisdiction(value) is not None
    return name == "year" and _is_year(value)


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) == 4


def facet_names() -> Mapping[str, str]:
    """Return what each facet is called: as the filter of the comparison, or by a name of its own."""
    return {name: sentence(filter_.label) for name, filter_ in FILTERS.items()} | {
        "activity": sentence("Statement in force on"),
        "instrument": sentence("Instrument"),
        "kind": sentence("Kind"),
        "language": sentence("Language"),
        "objective": sentence("Objective"),
        "source": sentence("Source"),
        "year": sentence("Year of issue"),
    }


def value_names(kind: str, name: str, values: Iterable[str]) -> dict[str, str]:
    """Return what these values of a facet are called; what nobody knows, as it was asked for."""
    known = _names(FACETS[kind][name], name, set(values))
    other = {UNKNOWN: sentence("Unknown"), NONE: sentence("None")}
    return {value: known.get(value) or other.get(value) or value for value in values}


def _names(scheme: str, name: str, values: set[str]) -> Mapping[str, str]:
    if scheme:
        return {item["code"]: item["label"] for item in wording.concepts(scheme)}
    if name == "country":
        return {code: request_context.name(code) for code in values if jurisdictions.jurisdiction(code)}
    if name == "language":
        spoken = Locale.parse(language()).languages
        return {tag: spoken[tag][:1].upper() + spoken[tag][1:] for tag in values if tag in spoken}
    if name == "source":
        sources = (state.source for state in request_context.catalogue().sources())
        return {source.id: source.title for source in sources if source.id in values}
    return {YES: sentence("With an office"), NO: sentence("Without an office")} if name == "office" else {}
