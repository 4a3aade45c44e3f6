"""The entries of a description: an office with its policies, or a policy that no office of the file issues; pure.

A verdict is on an entry and not on the file. One that breaks a rule is left out; the others are served, and so is what
the source said of that one before, for a grace.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta

from pyoxigraph import NamedNode, Triple

from registry.authority.claims import (
    FLOSS_POLICY,
    HOME,
    IDENTIFIER,
    OFFICE,
    PAGE,
    PART_OF,
    TITLE,
    Nodes,
    by_subject,
    first,
)
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, skolem_iri
from registry.settings import Settings
from registry.sources.schedule import shifted


@dataclass(frozen=True, slots=True)
class Entry:
    """An office or a policy of a description, by the IRI of its node, with all nodes that belong to it.

    `key` tells it from the others of its file in every version: a home page, else an identifier, a page, or a title.
    """

    node: str
    key: str
    nodes: frozenset[str]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that is left out: its key, since when, and whether what was said of it before is still served."""

    key: str
    since: datetime
    kept: bool = False


def to_text(left_out: Iterable[LeftOut]) -> str:
    """Return these entries as the state of a source holds them: one a line, `2026-11-30T10:00:00+00:00 kept KEY`."""
    return "\n".join(f"{entry.since.isoformat()} {'kept' if entry.kept else 'gone'} {entry.key}" for entry in left_out)


def left_out_of(text: str) -> list[LeftOut]:
    """Return the entries that a text of `to_text` tells."""
    found = []
    for line in text.splitlines():
        since, kept, key = line.split(" ", 2)
        found.append(LeftOut(key, datetime.fromisoformat(since), kept == "kept"))
    return found


def kept_until(entry: LeftOut, settings: Settings) -> datetime:
    """Return when what was said before of an entry that is left out is served no more."""
    return shifted(entry.since, timedelta(days=settings.unreadable_grace_days))


@dataclass(frozen=True, slots=True)
class Sifted:
    """What is served of a description: its triples, the entries that are left out, and how many there are in all."""

    triples: tuple[Triple, ...]
    left_out: tuple[LeftOut, ...]
    total: int


def entries(triples: Iterable[Triple]) -> list[Entry]:
    """Return the entries of a description, sorted by their keys."""
    nodes = by_subject(triples)
    parts: dict[str, list[str]] = defaultdict(list)  # policy → its statements
    offices, policies = [], []
    for iri, properties in nodes.items():
        kinds = {kind.value for kind in properties.get(RDF_TYPE.value, ())}
        if OFFICE in kinds:
            offices.append(iri)
        elif FLOSS_POLICY in kinds:
            policies.append(iri)
        for whole in properties.get(PART_OF, ()):
            parts[whole.value].append(iri)
    found, issued = [], set[str]()
    for office in offices:
        belonging = _belonging(office, nodes, parts, {*offices} - {office})
        issued |= belonging
        found.append(Entry(office, f"office {home(first(nodes[office], HOME))}", belonging))
    for policy in policies:
        if policy not in issued:
            others = {*offices, *policies} - {policy}
            found.append(Entry(policy, _policy_key(policy, nodes), _belonging(policy, nodes, parts, others)))
    return sorted(found, key=lambda entry: (entry.key, entry.node))


def _policy_key(policy: str, nodes: Nodes) -> str:
    properties = nodes[policy]
    for kind, predicate in (("id", IDENTIFIER), ("page", PAGE), ("title", TITLE)):
        if text := first(properties, predicate):
            return f"policy {kind} {' '.join(text.split())}"
    return f"policy node {policy}"


def _belonging(
    root: str,
    nodes: Nodes,
    parts: Mapping[str, Sequence[str]],
    others: AbstractSet[str],
) -> frozenset[str]:
    """Return a node and all that it leads to, statements of a policy included, but no other entry."""
    found, waiting = set[str](), [root]
    while waiting:
        node = waiting.pop()
        if node in found or node not in nodes or node in others:
            continue
        found.add(node)
        waiting += [value.value for values in nodes[node].values() for value in values if isinstance(value, NamedNode)]
        waiting += parts.get(node, ())
    return frozenset(found)


def sift(
    triples: Sequence[Triple],
    faulty: AbstractSet[str],
    served: Iterable[Triple],
    before: Mapping[str, datetime],
    *,
    graph: str,
    now: datetime,
    grace_ends: Mapping[str, datetime],
) -> Sifted | None:
    """Return what is served of a description in which these nodes break a rule; None where nothing of it can be.

    `served` is the description served until now, `before` tells since when which entries were left out already, and
    `grace_ends` until when what was said of these before is kept. `graph` is the name of the description.
    """
    every = entries(triples)
    bad = [entry for entry in every if entry.nodes & faulty]
    good = [entry for entry in every if not entry.nodes & faulty]
    known = set().union(*(entry.nodes for entry in every))
    subjects = {triple.subject.value for triple in triples}  # type: ignore[union-attr]
    if not good or (faulty & {graph}) or not faulty <= subjects:
        return None
    staying = set().union(*(entry.nodes for entry in good)) | (subjects - known - faulty)
    found = [triple for triple in triples if triple.subject.value in staying]  # type: ignore[union-attr]
    old = list(served)
    earlier = {entry.key: entry for entry in entries(old)}
    left_out = []
    for entry in bad:
        previous = earlier.get(entry.key)
        if previous is not None and entry.key in grace_ends and now >= grace_ends[entry.key]:
            previous = None
        if previous is not None:
            found += _renamed(previous, old, graph, staying)
        left_out.append(LeftOut(entry.key, before.get(entry.key, now), previous is not None))
    return Sifted(tuple(sorted(found, key=str)), tuple(left_out), len(every))


def _renamed(entry: Entry, triples: Iterable[Triple], graph: str, taken: AbstractSet[str]) -> list[Triple]:
    """Return the triples of an entry of the version before, none of whose nodes is called as one of the new version."""
    mark = hashlib.sha256(entry.key.encode()).hexdigest()[:16]
    names: dict[str, str] = {}
    for place, node in enumerate(sorted(entry.nodes)):
        is_free = not node.startswith(f"{graph}#") and node not in taken
        names[node] = node if is_free else skolem_iri(graph, f"kept-{mark}-{place}")

    def new(term: object) -> object:
        return NamedNode(names[term.value]) if isinstance(term, NamedNode) and term.value in names else term

    return [
        Triple(new(triple.subject), triple.predicate, new(triple.object))  # type: ignore[arg-type]
        for triple in triples
        if triple.subject.value in entry.nodes  # type: ignore[union-attr]
    ]
