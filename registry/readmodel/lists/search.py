"""Search in lists: folded words, facets with counts, and pages; pure functions."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")

# Letters that Unicode does not decompose, and how people write them on other keyboards.
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}


class _Folding(dict[int, str]):
    """Code point → its replacement, filled in as code points occur: "" for accents and marks, " " for punctuation."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        dropped = category in ("Mn", "Me", "Cf")  # accents; invisible hyphens and joiners
        self[code] = "" if dropped else " " if category[0] in "PZC" else chr(code)
        return self[code]


_FOLDING = _Folding(str.maketrans(_LETTERS))


def fold(text: str) -> str:
    """Return a text in the form in which texts are compared: no case, accents or punctuation, one space between words.

    >>> fold("Straße, Łódź & L’État"), fold("ΝΌΜΟΣ"), fold("Ёлка"), fold("開放原始碼")
    ('strasse lodz l etat', 'νομοσ', 'елка', '開放原始碼')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(plain.translate(_FOLDING).split())


def words(query: str) -> tuple[str, ...]:
    """Return the folded words of a search text, each once."""
    return tuple(dict.fromkeys(fold(query).split()))


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A thing of a list with its folded search text, and facet → its values, at least one and each once."""

    thing: T
    text: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SearchResult(Generic[T]):
    """The things that match, in the order of the entries, and how many would match another choice.

    `counts`: facet → value → how many things match if this value is the only chosen one of its facet.
    `counts_without`: facet with chosen values → how many things match if none of its values is chosen.
    """

    hits: tuple[T, ...]
    counts: Mapping[str, Mapping[str, int]]
    counts_without: Mapping[str, int]


Chosen = Mapping[str, frozenset[str]]  # facet → chosen values; a thing needs one of them


def find(entries: Iterable[Entry[T]], query: str, chosen: Chosen, facets: Iterable[str] = ()) -> SearchResult[T]:
    """Return the things whose text holds every word of the query and that have a chosen value of each facet.

    `facets` are those that are counted.
    """
    matching = list(entries)
    for word in words(query):
        matching = [entry for entry in matching if word in entry.text]
    hits = _passing(matching, chosen)
    counts, counts_without = {}, {}
    for facet in facets:
        base = hits
        if facet in chosen:
            base = _passing(matching, {name: values for name, values in chosen.items() if name != facet})
            counts_without[facet] = len(base)
        counts[facet] = Counter(chain.from_iterable(entry.values[facet] for entry in base))
    return SearchResult(tuple(entry.thing for entry in hits), counts, counts_without)


def _passing(entries: list[Entry[T]], chosen: Chosen) -> list[Entry[T]]:
    for name, values in chosen.items():
        entries = [entry for entry in entries if not values.isdisjoint(entry.values[name])]
    return entries


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """The items of one page; `number` is from 1 to `pages`."""

    items: tuple[T, ...]
    number: int
    pages: int


def paginate(items: Sequence[T], number: int, size: int) -> Page[T]:
    """Return the page of that number, of `size` items; the last page for a higher number."""
    pages = max(1, -(-len(items) // size))
    number = min(max(number, 1), pages)
    return Page(tuple(items[(number - 1) * size : number * size]), number, pages)
