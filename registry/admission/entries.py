"""The entries of a description: its offices and its policies, whether an office of the file issues them or not; pure.

A verdict is on an entry and not on the file. A policy that breaks a rule is left out alone, an office with its
policies, which rest on it. The others are served, and so is what the source said of these before, for a grace.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    POLICY,
    TITLE,
    Nodes,
    by_subject,
    first,
    natural,
)
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, skolem_iri
from registry.model import Description
from registry.settings import Settings
from registry.sources.schedule import shifted


@dataclass(frozen=True, slots=True)
class Entry:
    """An office or a policy of a description, by the IRI of its node, with all nodes that belong to it.

    What belongs to a policy does not belong to its office: a policy is an entry of its own. `key` tells an entry from
    the others of its file in every version: a home page, else an identifier, a page, or a title, for a policy with the
    office that issues it. `issuers` are the nodes of all offices of the file that issue a policy.
    """

    node: str
    key: str
    nodes: frozenset[str]
    issuers: frozenset[str] = frozenset()


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
    issuers: dict[str, set[str]] = defaultdict(set)  # policy → its offices
    offices, policies = dict[str, str](), []  # office → its key
    for iri, properties in nodes.items():
        kinds = {kind.value for kind in properties.get(RDF_TYPE.value, ())}
        if OFFICE in kinds:
            offices[iri] = f"office {home(first(properties, HOME))}"
            for issued in properties.get(POLICY, ()):
                issuers[issued.value].add(iri)
        elif FLOSS_POLICY in kinds:
            policies.append(iri)
        for whole in properties.get(PART_OF, ()):
            parts[whole.value].append(iri)
    roots = {*offices, *policies}
    found = [Entry(office, key, _belonging(office, nodes, parts, roots)) for office, key in offices.items()]
    for policy in policies:
        of = min([f" of {offices[office]}" for office in issuers[policy]], default="")
        belonging = _belonging(policy, nodes, parts, roots)
        found.append(Entry(policy, _policy_key(policy, nodes) + of, belonging, frozenset(issuers[policy])))
    return sorted(found, key=lambda entry: (entry.key, natural(entry.node)))


def _policy_key(policy: str, nodes: Nodes) -> str:
    properties = nodes[policy]
    for kind, predicate in (("id", IDENTIFIER), ("page", PAGE), ("title", TITLE)):
        if text := first(properties, predicate):
            return f"policy {kind} {' '.join(text.split())}"
    return f"policy node {policy}"


def _belonging(root: str, nodes: Nodes, parts: Mapping[str, Sequence[str]], roots: AbstractSet[str]) -> frozenset[str]:
    """Return a node and all that it leads to, statements of a policy included, but no other entry."""
    found, waiting = set[str](), [root]
    while waiting:
        node = waiting.pop()
        if node in found or node not in nodes or (node in roots and node != root):
            continue
        found.add(node)
        waiting += [value.value for values in nodes[node].values() for value in values if isinstance(value, NamedNode)]
        waiting += parts.get(node, ())
    return frozenset(found)


def sift(
    description: Description,
    faulty: AbstractSet[str],
    served: Iterable[Triple] = (),
    before: Iterable[LeftOut] = (),
    *,
    now: datetime,
    settings: Settings,
) -> Sifted | None:
    """Return what is served of a description in which these nodes break a rule; None where no entry of it can be.

    `served` is the description served until now, `before` are the entries that were left out already. Nothing that is
    served links to an entry that is not: such a link leads to what is kept of it, or is left out with it.
    """
    graph, triples = description.graph, description.triples
    every = entries(triples)
    belonging = set().union(*(entry.nodes for entry in every))
    subjects = {triple.subject.value for triple in triples}  # type: ignore[union-attr]
    every += [Entry(node, f"node {node}", frozenset({node})) for node in sorted((faulty & subjects) - belonging)]
    bad = _breaking(every, faulty)
    good = [entry for entry in every if entry.node not in bad]
    if not good or not faulty <= subjects or graph in faulty:
        return None
    staying = (subjects - belonging - faulty).union(*(entry.nodes for entry in good))
    known = {entry.key: entry for entry in before}
    over = {key for key, entry in known.items() if now >= kept_until(entry, settings)}
    old = tuple(served)
    earlier = entries(old)
    kept = _kept(bad, earlier, {entry.key for entry in good} | over)
    names = _names(kept, graph, staying)
    shown = {entry.key: names[entry.key][entry.node] for entry in kept} | {entry.key: entry.node for entry in good}
    found = {
        *_linked(triples, every, shown, [{node: node for node in staying}]),
        *_linked(old, earlier, shown, names.values()),
    }
    keys = [entry.key for entry in bad.values()]
    keys += sorted(names.keys() & known.keys() - {*keys})  # policies of an office that the new version cannot tell of
    left_out = tuple([LeftOut(key, known[key].since if key in known else now, key in names) for key in keys])
    return Sifted(tuple(sorted(found, key=str)), left_out, len(good) + len(left_out))


def _breaking(every: Iterable[Entry], faulty: AbstractSet[str]) -> dict[str, Entry]:
    """Return node → entry for those that break a rule, and for the policies all of whose offices do."""
    broken = {entry.node for entry in every if entry.nodes & faulty}
    return {entry.node: entry for entry in every if entry.node in broken or (entry.issuers and entry.issuers <= broken)}


def _kept(bad: Mapping[str, Entry], earlier: Iterable[Entry], without: AbstractSet[str]) -> list[Entry]:
    """Return the entries of the version before that are kept for those that are left out, but for these keys.

    A policy goes with its office: it is kept where the office is, although the new version may not tell of it.
    """
    own = {entry.key for entry in bad.values() if not entry.issuers or not entry.issuers <= bad.keys()} - without
    offices = {entry.node for entry in earlier if not entry.issuers and entry.key in own}
    return [entry for entry in earlier if entry.key not in without and (entry.key in own or entry.issuers & offices)]


def _names(kept: Iterable[Entry], graph: str, taken: AbstractSet[str]) -> dict[str, dict[str, str]]:
    """Return key → node → its name beside the new version, none of whose nodes is called so, for entries kept."""
    nodes: dict[str, set[str]] = defaultdict(set)
    for entry in kept:
        nodes[entry.key] |= entry.nodes
    names: dict[str, dict[str, str]] = {}
    for key, of in nodes.items():
        mark = hashlib.sha256(key.encode()).hexdigest()[:16]
        names[key] = {
            node: skolem_iri(graph, f"kept-{mark}-{place}") if node.startswith(f"{graph}#") or node in taken else node
            for place, node in enumerate(sorted(of, key=natural))
        }
    return names


def _linked(
    triples: Iterable[Triple],
    every: Iterable[Entry],
    shown: Mapping[str, str],
    names: Iterable[Mapping[str, str]],
) -> Iterator[Triple]:
    """Yield the triples about the nodes that have names, with them; links to entries lead to those that are `shown`.

    `every` are the entries of these triples, `shown` is key → node. A node has a name in each of `names` that it is in.
    """
    targets = {entry.node: shown.get(entry.key) for entry in every}
    within: dict[str, list[Mapping[str, str]]] = defaultdict(list)
    for named in names:
        for node in named:
            within[node].append(named)
    for triple in triples:
        value = triple.object
        for named in within.get(triple.subject.value, ()):  # type: ignore[union-attr]
            target: str | None = value.value if isinstance(value, NamedNode) else ""
            if target:
                target = named.get(target, targets.get(target, target))
            if target is not None:
                subject = NamedNode(named[triple.subject.value])  # type: ignore[union-attr]
                yield Triple(subject, triple.predicate, NamedNode(target) if target else value)
