"""The ledger as triples of the graph `{base}/names`, which only grows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.identity import names_for
from registry.authority.ledger import Concern, Ledger, Size
from registry.iri.names import integer, names_graph, source_iri, term, thing_iri
from registry.model import LedgerEntries
from registry.store.protocol import Store, construct, graph, select
from registry.store.sparql_text import bind, insert_data, load, together

_NUMBER, _MINTED_FOR, _KNOWN_BY, _CLAIMED = (
    term(f"ospo:{name}") for name in ("nameNumber", "mintedFor", "alsoKnownBy", "claimed")
)
_AT_ONCE = 1_000  # keys or names of one question


class StoredLedger:
    """The ledger that a store holds, for its one writer. Every method raises StoreError."""

    def __init__(self, store: Store, base: str) -> None:
        self._store, self._base, self._graph = store, base, names_graph(base)
        row = select(store, bind(load("registry.authority", "ledger_size.rq"), names=self._graph))[0]
        self.size = Size(int(row["named"].value), int(row["claimed"].value))

    def whole(self) -> Ledger:
        """Return all of it."""
        return self._read(graph(self._store, self._graph))

    def part(self, of: Concern) -> Ledger:
        """Return what concerns these records."""
        sources = {source_iri(self._base, source) for source in of.sources}
        known = [*self._said_of({*self._names_of(of.keys), *sources}), *self._wanted(of.wishes)]
        return self._read(known)

    def known_by(self, keys: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Return each name that was ever noted for one of these keys → all keys for which it was."""
        found: dict[str, list[str]] = defaultdict(list)
        for triple in self._said_of(self._names_of(keys)):
            if triple.predicate in (_MINTED_FOR, _KNOWN_BY):
                found[self._name(triple)].append(triple.object.value)  # type: ignore[union-attr]
        return {name: tuple(of) for name, of in found.items()}

    def before(self, entries: LedgerEntries) -> Ledger:
        """Return what there is of the names and keys in these entries, but no claims."""
        keys = frozenset(key for _, of in entries.names for key in of)
        return self.part(Concern(keys, frozenset(), frozenset(name for name, _ in entries.names)))

    def add(self, entries: LedgerEntries, before: Ledger, noted: str = "") -> None:
        """Add these entries, which concern that part; `noted` is an update that is carried out with that."""
        new = insert_data(self._graph, _to_triples(entries, before, self._base))
        self._store.update(together((new, noted)))
        self.size = before.with_entries([entries]).size

    def _names_of(self, keys: Iterable[str]) -> set[str]:
        """Return the IRIs of all names that were ever noted for these keys."""
        text = load("registry.authority", "names_of_keys.rq")
        asked = (bind(text, names=self._graph, keys=list(map(Literal, some))) for some in _shares(keys))
        return {row["name"].value for query in asked for row in select(self._store, query)}

    def _wanted(self, wishes: Iterable[str]) -> Iterator[Triple]:
        """Yield what is said of the names that are given in the place of these wishes.

        Numbers are given without a gap (`identity.mint`), so that behind one that is free all are.
        """
        waiting, first, last = set(wishes), 0, 1
        while waiting:
            said = self._said_of(
                thing_iri(self._base, name) for wish in waiting for name in names_for(wish, first, last)
            )
            yield from said
            given = {self._name(triple) for triple in said}
            waiting = {wish for wish in waiting if not given.isdisjoint(names_for(wish, last, last))}
            first, last = last + 1, 2 * last + 1

    def _said_of(self, subjects: Iterable[str]) -> list[Triple]:
        text = load("registry.store", "of_subjects.rq")
        asked = (bind(text, graph=self._graph, subjects=some) for some in _shares(subjects))
        return [triple for query in asked for triple in construct(self._store, query)]

    def _name(self, triple: Triple) -> str:
        return triple.subject.value.removeprefix(thing_iri(self._base, ""))  # type: ignore[union-attr]

    def _read(self, triples: Iterable[Triple]) -> Ledger:
        numbers: dict[str, int] = {}
        minted: dict[str, str] = {}
        also: dict[str, str] = {}
        claims: list[tuple[int, str, str]] = []
        for triple in triples:
            value: str = triple.object.value  # type: ignore[union-attr]
            if triple.predicate == _NUMBER:
                numbers[self._name(triple)] = int(value)
            elif triple.predicate == _MINTED_FOR:
                minted[self._name(triple)] = value
            elif triple.predicate == _KNOWN_BY:
                also[value] = self._name(triple)
            elif triple.predicate == _CLAIMED:
                number, _, key = value.partition(" ")
                source = triple.subject.value.removeprefix(source_iri(self._base, ""))  # type: ignore[union-attr]
                claims.append((int(number), key, source))
        ordered = sorted(minted, key=numbers.__getitem__)
        keys = {minted[name]: name for name in reversed(ordered)} | also  # the name that was noted first
        by_number = {(key, source): number for number, key, source in sorted(claims)}
        return Ledger({name: minted[name] for name in ordered}, keys, by_number, self.size)


def _to_triples(entries: LedgerEntries, before: Ledger, base: str) -> Iterator[Triple]:
    """Yield what these entries add to the graph of a ledger: keys of names, and a text `NUMBER KEY` for each claim."""
    number, claims = before.size
    new, noted = set[str](), set(before.keys)
    for name, keys in entries.names:
        subject = NamedNode(thing_iri(base, name))
        if name not in before.minted and name not in new:
            number += 1
            new.add(name)
            yield Triple(subject, _NUMBER, integer(number))
            yield Triple(subject, _MINTED_FOR, Literal(keys[0]))
            noted.add(keys[0])
        for key in keys[1:]:
            if key not in noted:
                noted.add(key)
                yield Triple(subject, _KNOWN_BY, Literal(key))
    for place, (key, source) in enumerate(entries.claims, claims + 1):
        yield Triple(NamedNode(source_iri(base, source)), _CLAIMED, Literal(f"{place:012} {key}"))


def _shares(of: Iterable[str]) -> Iterator[list[str]]:
    """Yield these texts, each once, as many at a time as one question takes."""
    distinct = sorted(set(of))
    return (distinct[start : start + _AT_ONCE] for start in range(0, len(distinct), _AT_ONCE))
