"""The count of values of a JSON-LD document, in and out: the RDF parser drops in silence what says nothing to it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Container, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from registry.model import Remark
from registry.reading.json.json_places import scalars, written
from registry.reading.rdf.rdf_places import resolved
from registry.reading.rdf.rdf_terms import shortened
from registry.reading.rdf.turtle_places import unescaped

# What stands under these keys is no value: it names, types or orders one, and is tested with that.
_NO_VALUES = frozenset(
    {
        "@context",
        "@language",
        "@direction",
        "@index",
        "@base",
        "@vocab",
        "@version",
        "@type",
        "@id",
        "id",
        "iri",
        "type",
    }
)
_TERM = re.compile(rb'"(?:[^"\\]|\\.)*"|<[^<>]*>')
_SEPARATOR = re.compile(r"[/#:]")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")


@dataclass(frozen=True)  # without slots, so that the sets have a place
class Terms:
    """The terms of N-Triples that were read at `base`: how often each literal stands there, and the IRIs."""

    literals: Counter[str]
    iris: frozenset[str]
    base: str

    @classmethod
    def of(cls, n_triples: bytes, base: str) -> Terms:
        """Return the terms of these lines."""
        found = _TERM.findall(n_triples)
        iris = frozenset([term[1:-1].decode() for term in set(found) if term.startswith(b"<")])
        texts = Counter([term for term in found if term.startswith(b'"')])
        return cls(Counter({unescaped(text[1:-1].decode()): count for text, count in texts.items()}), iris, base)

    def hold(self, value: str, count: int) -> bool:
        """Return whether a value stands in the terms as often as in the document, as a text, an IRI or a number."""
        if self.literals[value] >= count or value in self.iris:
            return True
        if _NUMBER.fullmatch(value) and float(value) in self._numbers:
            return True
        return _tail(value) in self._tails or resolved(self.base, value) in self.iris

    @cached_property
    def _tails(self) -> set[str]:
        """The ends of the IRIs: of a prefixed name and of a code, only that is as it was typed."""
        return set(map(_tail, self.iris))

    @cached_property
    def _numbers(self) -> set[float]:
        return {float(literal) for literal in self.literals if _NUMBER.fullmatch(literal)}


def lost_values(document: Any, text: str, terms: Terms, named: Container[str]) -> list[Remark]:
    """Return a remark for each scalar of a document that stands in none of its triples, and is not `named` already.

    `text` is the document as it was written. Values of one text are counted: a text that stands there twice must be
    stated twice.
    """
    counted = Counter(_values(document))
    lost = {value for value, count in counted.items() if value not in named and not terms.hold(value, count)}
    if not lost:
        return []
    return [
        Remark("value-without-statement", scalar.at, value=value, facts=facts)
        for scalar in scalars(text)
        if (value := _word(scalar.value)) in lost and not _NO_VALUES & set(scalar.path)
        for facts in [{"path": written(scalar.path), "value": shortened(value)}]
    ]


def _tail(iri: str) -> str:
    return _SEPARATOR.split(iri.rstrip("/#:"))[-1]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _values(document: Any) -> Iterator[str]:
    """Yield the scalars of a document that should be stated, null excepted."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting.extend(value)
        elif isinstance(value, dict):
            waiting.extend(inner for key, inner in value.items() if key not in _NO_VALUES)
        elif value is not None:
            yield _word(value)
