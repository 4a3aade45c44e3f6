"""Finding things in long lists: folded words, facets that are counted so that one can widen them, pages; pure."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, TypeVar

T = TypeVar("T")

# Letters that Unicode does not take apart, as one types them without a keyboard that has them.
_LETTERS = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}


class _Folding(dict[int, str]):
    """Character → what is searched of it, filled as characters occur: marks are nothing, punctuation is a space."""

    def __missing__(self, code: int) -> str:
        category = unicodedata.category(chr(code))
        dropped = category in ("Mn", "Me", "Cf")  # accents; invisible hyphens and joiners
        self[code] = "" if dropped else " " if category[0] in "PZC" else chr(code)
        return self[code]


_FOLDING = _Folding(str.maketrans(_LETTERS))


def fold(text: str) -> str:
    """Return text as it is searched: without case, accents and punctuation, its words one space apart.

    >>> fold("Straße, Łódź & L’État"), fold("ΝΌΜΟΣ"), fold("Ёлка"), fold("開放原始碼")
    ('strasse lodz l etat', 'νομοσ', 'елка', '開放原始碼')
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(plain.translate(_FOLDING).split())


def words(query: str) -> tuple[str, ...]:
    """Return the words of a query, folded, each once."""
    return tuple(dict.fromkeys(fold(query).split()))


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A thing with its folded text, and its values by facet, each once and at least one."""

    thing: T
    text: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """What a search leaves, in the order of the entries.

    `counts`: facet → value → how many things would be left if this value alone were chosen of its facet.
    `without`: facet of which values are chosen → how many things would be left if none were.
    """

    hits: tuple[T, ...]
    counts: Mapping[str, Mapping[str, int]]
    without: Mapping[str, int]


Chosen = Mapping[str, frozenset[str]]  # facet → values, any of which will do


def find(entries: Iterable[Entry[T]], query: str, chosen: Chosen, facets: Iterable[str] = ()) -> Found[T]:
    """Return the things in whose text every word of the query occurs and that have a chosen value of each facet."""
    spoken = list(entries)
    for word in words(query):
        spoken = [entry for entry in spoken if word in entry.text]
    hits = _passing(spoken, chosen)
    counts, without = {}, {}
    for facet in facets:
        base = hits
        if facet in chosen:
            base = _passing(spoken, {name: values for name, values in chosen.items() if name != facet})
            without[facet] = len(base)
        counts[facet] = Counter(chain.from_iterable(entry.values[facet] for entry in base))
    return Found(tuple(entry.thing for entry in hits), counts, without)


def _passing(entries: list[Entry[T]], chosen: Chosen) -> list[Entry[T]]:
    for name, values in chosen.items():
        entries = [entry for entry in entries if not values.isdisjoint(entry.values[name])]
    return entries


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of the items; `number` counts from 1 to `pages`."""

    items: tuple[T, ...]
    number: int
    pages: int


def page(items: Sequence[T], number: int, size: int) -> Page[T]:
    """Return a page of so many items; a number beyond the last page means the last."""
    pages = max(1, -(-len(items) // size))
    number = min(max(number, 1), pages)
    return Page(tuple(items[(number - 1) * size : number * size]), number, pages)
