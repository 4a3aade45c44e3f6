"""The ledger as triples of the graph `{base}/names`, which only grows."""

from __future__ import annotations

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.ledger import Ledger
from registry.iri.names import integer, names_graph, source_iri, term, thing_iri
from registry.model import LedgerEntries
from registry.store.protocol import Store, select
from registry.store.sparql_text import bind, load

_NUMBER, _MINTED_FOR, _KNOWN_BY, _CLAIMED = (
    term(f"ospo:{name}") for name in ("nameNumber", "mintedFor", "alsoKnownBy", "claimed")
)


def to_triples(entries: LedgerEntries, before: Ledger, base: str) -> Iterator[Triple]:
    """Yield what these entries add to the graph of a ledger: keys of names, and a text `NUMBER KEY` for each claim."""
    number, claims = len(before.minted), len(before.claims)
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


def ledger(store: Store, base: str) -> Ledger:
    """Return the ledger that the store holds. Raises StoreError."""
    numbers: dict[str, int] = {}
    minted: dict[str, str] = {}
    also: list[tuple[str, str]] = []
    claims: list[tuple[int, str, str]] = []
    for row in select(store, bind(load("registry.authority", "ledger.rq"), names=names_graph(base))):
        subject, value = row["s"].value, row["o"].value
        name = subject.removeprefix(thing_iri(base, ""))
        if row["p"] == _NUMBER:
            numbers[name] = int(value)
        elif row["p"] == _MINTED_FOR:
            minted[name] = value
        elif row["p"] == _KNOWN_BY:
            also.append((value, name))
        elif row["p"] == _CLAIMED:
            place, _, key = value.partition(" ")
            claims.append((int(place), key, subject.removeprefix(source_iri(base, ""))))
    ordered = {name: minted[name] for name in sorted(minted, key=numbers.__getitem__)}
    keys = {key: name for name, key in ordered.items()} | dict(also)
    return Ledger(ordered, keys, {(key, source): place for place, key, source in sorted(claims)})
