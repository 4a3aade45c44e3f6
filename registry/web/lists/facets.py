"""The facets of a list in words: their names, their values in order, and the address of each choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nsmallest

from babel import Locale

from registry.readmodel.comparison.filters import FILTERS
from registry.readmodel.lists.entries import NO, NONE, REGION, UNKNOWN, YES
from registry.readmodel.lists.folding import fold
from registry.readmodel.lists.orders import ORDERS
from registry.readmodel.lists.search import SearchResult
from registry.vocabulary import concepts, jurisdictions, regions
from registry.web import request_context
from registry.web.lists.listing import FACETS, Listing
from registry.web.text import wording
from registry.web.text.language import language, sentence

MAX_CHOICES = 250  # of one facet on a page: enough for all countries, but not for ten thousand sources
_LAST = (UNKNOWN, NONE)  # values that stand after all others
_IN_ORDER = {REGION: list(regions.regions()), "known": [YES, NO]}  # facets that are no concepts, and have an order


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet, and how many things have it; `href` adds it to the chosen values, or removes it."""

    name: str
    count: int
    chosen: bool
    href: str


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its choices, the chosen ones first; `more` is the number of choices that are left out."""

    code: str
    name: str
    choices: tuple[Choice, ...]
    more: int


@dataclass(frozen=True, slots=True)
class WiderSearch:
    """The name of a facet, or of the text, the address without it, and how many things match then."""

    name: str
    href: str
    count: int


def facets(listing: Listing, result: SearchResult) -> list[Facet]:
    """Return the facets of a list that leave a choice, or have a chosen value."""
    every = (_facet(listing, code, result.counts[code]) for code in FACETS[listing.kind])
    return [facet for facet in every if len(facet.choices) > 1 or facet.code in listing.chosen]


def _facet(listing: Listing, code: str, counts: Mapping[str, int]) -> Facet:
    chosen = listing.chosen.get(code, frozenset())
    ranks = _ranks(FACETS[listing.kind][code], code, {**dict.fromkeys(chosen, 0), **counts})
    shown = nsmallest(MAX_CHOICES, ranks, key=lambda value: (value not in chosen, value in _LAST, ranks[value], value))
    names = value_names(listing.kind, code, shown)
    # sorted again, by name among equals: only now, since ten thousand sources need no name to be left out
    shown.sort(key=lambda value: (value not in chosen, value in _LAST, ranks[value], fold(names[value])))
    choices = (
        Choice(names[value], counts.get(value, 0), value in chosen, listing.toggled(code, value)) for value in shown
    )
    return Facet(code, facet_names()[code], tuple(choices), len(ranks) - len(shown))


def _ranks(scheme: str, code: str, counts: Mapping[str, int]) -> dict[str, int]:
    """Return value → rank: the position in its scheme; for years, the latest first; else the most frequent first."""
    if scheme or code in _IN_ORDER:
        order = _IN_ORDER.get(code) or [concept.code for concept in concepts.concepts(scheme)]
        return {value: order.index(value) if value in order else len(order) for value in counts}
    if code == "year":
        return {value: -int(value) if _is_year(value) else 0 for value in counts}
    return {value: -count for value, count in counts.items()}


def chips(listing: Listing) -> list[dict[str, str]]:
    """Return name, value and `href` of the text and of each chosen value, in words; `href` is without it."""
    names = facet_names()
    text = (
        [{"name": sentence("Text"), "value": listing.query, "href": listing.address(q=None)}] if listing.query else []
    )
    return text + [
        {
            "name": names[name],
            "value": value_names(listing.kind, name, [value])[value],
            "href": listing.toggled(name, value),
        }
        for name, value in listing.values()
    ]


def wider_searches(listing: Listing, result: SearchResult, count_without_text: int) -> list[WiderSearch]:
    """Return the searches, each without one facet or the text, that find something.

    `count_without_text` is how many things match without the text.
    """
    names = facet_names()
    searches = [
        WiderSearch(names[name], listing.address(**{name: None}), count)
        for name, count in result.counts_without.items()
    ]
    if listing.query:
        searches.append(WiderSearch(sentence("Text"), listing.address(q=None), count_without_text))
    return [search for search in searches if search.count]


def is_valid(kind: str, name: str, value: str) -> bool:
    """Return whether a facet can have that value, even if no thing has it now."""
    scheme = FACETS[kind][name]
    if scheme:
        return value in {concept.code for concept in concepts.concepts(scheme)}
    if name == "country":
        return jurisdictions.jurisdiction(value) is not None
    if name in _IN_ORDER:
        return value in _IN_ORDER[name]
    return name == "year" and _is_year(value)


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) == 4


def orders(kind: str) -> Mapping[str, str]:
    """Return the name of each order of a list → the order in words."""
    words = {
        "countries": (
            sentence("First what is known, each part in alphabetical order"),
            sentence("By the number of policies, the most first"),
        ),
        "offices": (sentence("By country, then by name"), sentence("By name")),
        "policies": (
            sentence("By country, then by title"),
            sentence("By title"),
            sentence("By day of issue, the newest first"),
            sentence("By instrument, then by country"),
        ),
    }
    return dict(zip(ORDERS[kind], words[kind], strict=True))


def facet_names() -> Mapping[str, str]:
    """Return facet → its name on the page: that of the filter of the comparison, or one of its own."""
    return {name: sentence(filter_.label) for name, filter_ in FILTERS.items()} | {
        "activity": sentence("Statement in force on"),
        "instrument": sentence("Instrument"),
        "kind": sentence("Kind"),
        "known": sentence("In this registry"),
        "language": sentence("Language"),
        "objective": sentence("Objective"),
        "source": sentence("Source"),
        "year": sentence("Year of issue"),
    }


def value_names(kind: str, name: str, values: Iterable[str]) -> dict[str, str]:
    """Return value → its name on the page; an unknown value keeps its code."""
    names = _names(FACETS[kind][name], name, set(values))
    other = {UNKNOWN: sentence("Unknown"), NONE: sentence("None")}
    return {value: names.get(value) or other.get(value) or value for value in values}


def _names(scheme: str, name: str, values: set[str]) -> Mapping[str, str]:
    if scheme:
        return {item["code"]: item["label"] for item in wording.concepts(scheme)}
    if name == "country":
        return {code: request_context.country_name(code) for code in values if jurisdictions.jurisdiction(code)}
    if name == "language":
        languages = Locale.parse(language()).languages
        return {tag: languages[tag][:1].upper() + languages[tag][1:] for tag in values if tag in languages}
    if name == "source":
        states = map(request_context.catalogue().source, values)
        return {state.source.id: state.source.title for state in states if state}
    if name == REGION:
        return {code: wording.region(code) for code in values if code in regions.regions()}
    if name == "known":
        return {YES: sentence("Something is known"), NO: sentence("Nothing is known here yet")}
    return {YES: sentence("With an office"), NO: sentence("Without an office")} if name == "office" else {}
