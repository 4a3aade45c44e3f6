"""Where the values of an RDF document stand in its text, found when somebody asks.

A reader of each syntax gives the values in the order of the text, and the parser its triples in the same order: a value
that occurs as often in both is found by counting. Where that is not so, its place is unknown.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urljoin

from registry.model import Place, Places, Remark
from registry.reading.dates import day_of
from registry.reading.rdf.rdf_words import as_ours
from registry.reading.rdf.turtle_tokens import Lines

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
Key = tuple[str, str, str]  # subject, predicate, value, as `Description.places` has them


class Leaf(NamedTuple):
    """A value in the text; `predicates` are the properties that its key may stand for, none if that is not known."""

    predicates: frozenset[str]
    value: str
    at: Place
    key_at: Place
    node_at: Place


class FoundLater(Mapping[Key, Place]):
    """Places that are looked for as soon as one is asked for: most documents have no finding."""

    def __init__(self, find: Callable[[], Mapping[Key, Place]]) -> None:
        self._find = find

    @cached_property
    def _found(self) -> Mapping[Key, Place]:
        return self._find()

    def __getitem__(self, key: Key) -> Place:
        return self._found[key]

    def __iter__(self) -> Iterator[Key]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def places(leaves: Iterable[Leaf], triples: Iterable[Key]) -> Places:
    """Return the places of triples, both in the order of the document."""
    by_value: dict[str, tuple[list[Leaf], list[Key]]] = defaultdict(lambda: ([], []))
    for leaf in leaves:
        leaf = leaf._replace(predicates=frozenset(map(as_ours, leaf.predicates)))
        by_value[_tail(leaf.value)][0].append(leaf)
    for triple in triples:
        by_value[_tail(triple[2])][1].append(triple)
    found: dict[Key, Place] = {}
    for these, those in by_value.values():
        for leaf, triple in _pairs(these, those):
            subject, predicate, value = triple
            found.setdefault((subject, predicate, value), leaf.at)
            found.setdefault((subject, predicate, leaf.value), leaf.at)
            found.setdefault((subject, predicate, ""), leaf.key_at)
            found.setdefault((subject, "", ""), leaf.node_at)
    return found


def _pairs(leaves: Sequence[Leaf], triples: Sequence[Key]) -> Iterator[tuple[Leaf, Key]]:
    """Yield which of these leaves is which of these triples; they have one value."""
    if len(leaves) == len(triples):
        pairs = list(zip(leaves, triples, strict=True))
        if all(not leaf.predicates or predicate in leaf.predicates for leaf, (_, predicate, _) in pairs):
            yield from pairs
            return
    for predicate in dict.fromkeys(triple[1] for triple in triples):
        these = [leaf for leaf in leaves if predicate in leaf.predicates]
        those = [triple for triple in triples if triple[1] == predicate]
        if len(these) == len(those):
            yield from zip(these, those, strict=True)


def resolved(base: str, reference: str) -> str:
    """Return an IRI that may be relative as the absolute one that it is at `base`, as RDF has it (RFC 3986, 5.3).

    >>> resolved("https://a.example/x/y", "../z#"), resolved("https://a.example/x", "https://b.example/ns#")
    ('https://a.example/z#', 'https://b.example/ns#')
    """
    if _SCHEME.match(reference):
        return reference
    return urljoin(base, reference) + ("#" if reference.endswith("#") else "")  # urljoin drops an empty fragment


def _tail(value: str) -> str:
    """Return the end of an IRI, which is the same in a prefixed name and in a relative one; of a text, all of it.

    What the reader writes otherwise, codes and dates, is the same as typed.
    """
    value = day_of(value) or value
    return value if " " in value else (re.split(r"[/#:]", value.rstrip("/#:"))[-1].lower() or value)


def located(remarks: Iterable[Remark], text: str, leaves: Callable[[], Iterable[Leaf]]) -> tuple[Remark, ...]:
    """Return the remarks with the places at which their values stand in quotes, in the order of the text."""
    lines, seen = Lines(text), defaultdict[str, int](int)
    fields: dict[tuple[int | None, int | None], str] = {}
    found = []
    for remark in remarks:
        if remark.place.line is None and remark.value:
            fields = fields or {(leaf.at.line, leaf.at.column): leaf.at.field for leaf in leaves()}
            spots = list(re.finditer(_quoted(remark.value), text, re.IGNORECASE))
            number = min(seen[remark.value], len(spots) - 1)
            seen[remark.value] += 1
            if spots:
                line, column = lines.at(spots[number].start())
                place = Place(line, column, fields.get((line, column), ""))
                typed = spots[number][1] if spots[number][1].lower() == remark.value.lower() else remark.value
                remark = replace(remark, place=place, value=typed, facts=_as_typed(remark, typed))
        found.append(remark)
    return tuple(found)


def _as_typed(remark: Remark, typed: str) -> Mapping[str, str]:
    """Return the facts of a remark with its value in the case in which it was typed, which a parser may change."""
    return {name: typed if fact == remark.value else fact for name, fact in remark.facts.items()}


def _quoted(value: str) -> str:
    """Return a pattern for a value in quotes or between tags, with the escapes of JSON and XML."""
    escapes = {'"': r'(?:\\"|&quot;|")', "&": "(?:&amp;|&)", "<": "(?:&lt;|<)", ">": "(?:&gt;|>)", "\\": r"\\{1,2}"}
    middle = "".join(escapes.get(c) or (r"\s+" if c.isspace() else re.escape(c)) for c in value)
    return rf"""["'>]\s*({middle})\s*["'<]"""
