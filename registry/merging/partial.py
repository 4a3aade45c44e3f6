"""Merging again what a change concerns, and nothing else: the records that are bound to those of the changed sources.

The result is that of merging everything, in the time of the part: what is left as it is shares no bond with the part.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import cache, partial
from importlib.resources import files
from itertools import chain

from pyoxigraph import NamedNode, Triple

from registry.authority import voices_rdf
from registry.authority.claims import PART_OF, Key, Records
from registry.authority.resolve import Resolved
from registry.iri.names import authority_graph, is_readers_node, merged_graph, term, thing_iri, thing_of
from registry.merging.bonds import Bonds, bonds, further, ledger_keys
from registry.merging.merge import MERGE_RULES, pieces
from registry.merging.merge_index import MergeIndex, Noted, Row
from registry.model import SourceState
from registry.store import replace_graph
from registry.store.protocol import Store, ask, construct, select
from registry.store.sparql_text import bind, load

Describe = Callable[[SourceState], Records]  # what a source says, as it is served
KnownBy = Callable[[Iterable[str]], Mapping[str, Iterable[str]]]  # keys → names of the ledger → all their keys
Differs = Callable[[set[Triple], set[Triple]], None]  # is told what some subjects have before and after a change

_JURISDICTION = term("ospo:jurisdiction")
# What decides how records are merged, beside the records and the ledger: the code, and these files.
_TABLES = (
    ("ontology", "context.jsonld"),
    ("ontology", "ospo.ttl"),
    ("ontology", "jurisdictions.ttl"),
    ("registry", "data/aliases.toml"),
)


@cache
def rules() -> str:
    """Return what tells these rules of merging from those of another version of this program."""
    tables = b"".join((files(package) / name).read_bytes() for package, name in _TABLES)
    return f"{MERGE_RULES}-{hashlib.sha256(tables).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Part:
    """What has to be merged again: the records of it, source by source, and of which things these were before.

    `things` are IRIs, with those of names that the ledger knows for them; None where the part is everything. `marks`
    and `fresh` are what the index is to note of the sources that changed. `is_more`: there are others that changed.
    """

    sources: tuple[Records, ...]
    things: frozenset[str] | None
    marks: Mapping[str, str | None] = field(repr=False)
    fresh: Mapping[str, Bonds] = field(repr=False)
    is_more: bool = False


def is_known(index: MergeIndex, of: str, store: Store, base: str) -> bool:
    """Begin a merge after the one that `of` tells; return whether the index knows what the graphs were merged from.

    Of empty graphs an empty index knows all. A first merge that broke off may have written of authority alone.
    """
    query = load("registry.merging", "holds.rq")
    graphs = authority_graph(base), merged_graph(base)
    return index.begin(of) or not any(ask(store, bind(query, graph=graph)) for graph in graphs)


def part(
    index: MergeIndex,
    served: Sequence[SourceState],
    describe: Describe,
    aliases: Mapping[str, str],
    known_by: KnownBy,
    base: str,
    *,
    everything: bool,
    enough: int,
) -> Part:
    """Return what has to be merged again where the index was of the last merge; else, or if asked, everything.

    `served` are the states of the sources that count, one for each file. Of many changes the part has those that came
    first, until they are enough: so many offices and policies.
    """
    states = {state.source.id: state for state in served}
    marks = {identifier: _mark(state) for identifier, state in states.items()}
    if not everything:
        try:
            return _bound_part(index, states, marks, describe, aliases, known_by, base, enough)
        except sqlite3.DatabaseError as error:
            index.make_anew(error)
    sources = tuple(map(describe, served))
    fresh = {state.source.id: bonds(of, aliases, base) for state, of in zip(served, sources, strict=True)}
    return Part(sources, None, marks, fresh)


def _bound_part(
    index: MergeIndex,
    states: Mapping[str, SourceState],
    marks: Mapping[str, str],
    describe: Describe,
    aliases: Mapping[str, str],
    known_by: KnownBy,
    base: str,
    enough: int,
) -> Part:
    known = index.marks()
    differ = {name for name in marks.keys() | known.keys() if marks.get(name) != known.get(name)}
    changed = _first(differ, states, enough)
    now = {name: describe(states[name]) for name in sorted(changed & states.keys())}
    fresh = {name: bonds(of, aliases, base) for name, of in now.items()}
    before = [row for name in sorted(changed & known.keys()) for row in index.of_source(name)]
    seeds = [bond for row in before for bond in row.bonds]
    seeds += [bond for made in fresh.values() for of in made.values() for bond in of]
    bound, called = _closure(index, seeds, changed, known_by)
    things = {row.thing for row in (*before, *bound.values())} | called
    others: dict[str, set[Key]] = defaultdict(set)
    for key in bound:
        others[key[0]].add(key)
    sources = (*now.values(), *(_only(describe(states[name]), keys) for name, keys in sorted(others.items())))
    return Part(
        sources,
        frozenset(thing_iri(base, thing) for thing in things),
        {name: marks.get(name) for name in changed},
        fresh,
        is_more=changed != differ,
    )


def _first(differ: Set[str], states: Mapping[str, SourceState], enough: int) -> set[str]:
    """Return the sources that are gone, and of the others those that came first until they are enough."""
    arrival = {name: (states[name].accepted_record, states[name].added, name) for name in differ & states.keys()}
    found, size = set(differ - states.keys()), 0
    for name in sorted(arrival, key=arrival.__getitem__):
        if size >= enough:
            break
        found.add(name)
        size += 1 + states[name].offices + states[name].policies
    return found


def _closure(
    index: MergeIndex, seeds: Iterable[str], changed: Set[str], known_by: KnownBy
) -> tuple[dict[Key, Row], set[str]]:
    """Return the records of unchanged sources that are bound to these bonds, also through others, and the names.

    Things that the ledger knows by one name are bound, too. It is asked once a round, in which all are one step away.
    """
    bound: dict[Key, Row] = {}
    called: set[str] = set()
    waiting = list(dict.fromkeys(seeds))
    met = set(waiting)
    looked: set[str] = set()

    def meet(of: Iterable[str]) -> None:
        fresh = [bond for bond in of if bond not in met]
        met.update(fresh)
        waiting.extend(fresh)

    while waiting:
        together, waiting = waiting, []
        for name, keys in known_by(ledger_keys(together)).items():
            called.add(name)
            meet(keys)
        for other in chain.from_iterable(map(further, together)):
            if other not in looked:
                looked.add(other)
                for row in index.bound(other):
                    if row.key[0] not in changed and row.key not in bound:
                        bound[row.key] = row
                        meet(row.bonds)
    return bound, called


def _only(source: Records, keys: Set[Key]) -> Records:
    """Return these records of a source, and the statements of these policies."""
    return Records(
        tuple(record for record in source.offices if record.key in keys),
        tuple(record for record in source.policies if record.key in keys),
        tuple(record for record in source.statements if not keys.isdisjoint(record.links(PART_OF))),
    )


def write(store: Store, of: Part, resolved: Resolved, base: str, differs: Differs, voices_differ: Differs) -> None:
    """Bring the graphs of authority and of merged things up to date with a part, in small updates."""
    authority, merged = authority_graph(base), merged_graph(base)
    thing = partial(thing_of, base)
    voices, made = voices_rdf.pieces(resolved, base), pieces(resolved, of.sources, base)
    if of.things is None:
        replace_graph.replace(store, authority, voices, thing, voices_differ)
        replace_graph.replace(store, merged, made, thing, differs)
        return
    now = {thing_iri(base, one.name) for one in (*resolved.offices, *resolved.policies)}
    things = sorted(of.things | now)
    old_voices = {*things, *_found(store, "voices_of_things.rq", authority, things)}
    replace_graph.replace(store, authority, voices, thing, voices_differ, among=old_voices)
    old, countries = _subjects(store, merged, things, base)
    new = list(made)
    countries |= {_iri(triple.object) for piece in new for triple in piece if triple.predicate == _JURISDICTION}
    mine = old | {_iri(triple.subject) for piece in new for triple in piece}
    shared = {country for country in countries if _is_named_beside(store, merged, country, mine)}
    kept = ({triple for triple in piece if _iri(triple.subject) not in shared} for piece in new) if shared else new
    replace_graph.replace(store, merged, kept, thing, differs, among=old | countries - shared)


def noted(of: Part, resolved: Resolved) -> Noted:
    """Return what the index is to note of a part: with the thing that each record speaks of, heard or not."""
    things = {
        voice.record.key: thing.name
        for thing in (*resolved.offices, *resolved.policies)
        for voice in (*thing.heard, *thing.claims)
    }
    return Noted(of.marks, of.fresh, things)


def _subjects(store: Store, graph: str, things: Sequence[str], base: str) -> tuple[set[str], set[str]]:
    """Return the subjects of these things in the merged graph, with unnamed nodes below; and their jurisdictions."""
    found: set[str] = set()
    countries: set[str] = set()
    waiting = {*things, *_found(store, "statements_of_things.rq", graph, things)}
    while waiting:
        found |= waiting
        held = construct(store, bind(load("registry.store", "of_subjects.rq"), graph=graph, subjects=sorted(waiting)))
        countries |= {_iri(triple.object) for triple in held if triple.predicate == _JURISDICTION}
        waiting = {_iri(triple.object) for triple in held if is_readers_node(base, _iri(triple.object))} - found
    return found, countries


def _is_named_beside(store: Store, graph: str, country: str, mine: Set[str]) -> bool:
    """Return whether something else than these subjects names a jurisdiction: its labels stay as they are."""
    query = load("registry.merging", "things_of_jurisdiction.rq")
    rows = select(store, bind(query, graph=graph, jurisdiction=country, limit=len(mine) + 1))
    return any(row["subject"].value not in mine for row in rows)


def _found(store: Store, query: str, graph: str, things: Sequence[str]) -> Iterator[str]:
    text = bind(load("registry.merging", query), graph=graph, things=things)
    return (row["subject"].value for row in select(store, text))


def _iri(node: object) -> str:
    return node.value if isinstance(node, NamedNode) else ""


def _mark(state: SourceState) -> str:
    """Return what tells what is merged of a source from what was merged of it before."""
    accepted = state.accepted_at, state.accepted_digest, state.accepted_address, state.accepted_record
    facts = repr((state.source, state.added, state.named_by, state.copied_from, accepted))
    return hashlib.sha256(facts.encode("utf-8", "surrogatepass")).hexdigest()[:32]
