"""Two descriptions made comparable: which offices and policies are one in both, and what each thing says.

Things are told apart by what they say, never by the names of their nodes: the reader names a node after its line, so
one more line renames all that follow. The date that a file gives to itself or to a part (dcterms:modified) says
nothing of the thing: programs write it anew without a change. Everything here takes time in proportion to the two
descriptions.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Store, Triple

from registry.authority.claims import (
    FLOSS_POLICY,
    HOME,
    IDENTIFIER,
    OFFICE,
    PAGE,
    POLICY,
    STATEMENT,
    TITLE,
    Properties,
    by_subject,
    first,
    natural,
)
from registry.iri.addresses import home
from registry.iri.names import RDF_TYPE, is_readers_node, term

_MODIFIED = term("dcterms:modified")
_DEPTH = 4  # nodes below a thing; the merging carries three

Nodes = Mapping[str, Properties]
Said = frozenset[tuple[str, frozenset[str]]]  # property → values, as both sides would write them
_Names = tuple[str, str, str]  # of a policy: identifier, normalised page, title


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two descriptions, in the words of both: `keys` are those of offices and policies."""

    nodes: Nodes
    keys: Mapping[str, str]
    issuers: Mapping[str, str]  # policy → the office that lists it as its own
    said: Mapping[str, Said]  # of every thing


def sides(old: Iterable[Triple], new: Iterable[Triple], base: str) -> tuple[Side, Side]:
    """Return both descriptions with one key for what is one office or policy in both.

    An office is the same by its home page; a policy by its identifier, else its page, else its title, as far as both
    sides give it one.
    """
    nodes = _nodes(old), _nodes(new)
    before, after = ({node: _names(side[node]) for node in typed(side, FLOSS_POLICY)} for side in nodes)
    same = _matched(before, after)
    after |= {node: before[older] for node, older in same.items()}
    keys = [_office_keys(side) | _policy_keys(names) for side, names in zip(nodes, (before, after), strict=True)]
    both = set(keys[0].values()) & set(keys[1].values())
    return _side(nodes[0], keys[0], both, base), _side(nodes[1], keys[1], both, base)


def typed(nodes: Nodes, thing: str) -> list[str]:
    """Return the nodes of one class, in the order of the file."""
    found = (node for node in nodes if any(kind.value == thing for kind in nodes[node].get(RDF_TYPE.value, ())))
    return sorted(found, key=lambda node: (natural(node), node))


def text(properties: Properties, name: str) -> Literal | None:
    """Return one text: in English if there is one, else the first."""
    texts = [value for value in properties.get(name, ()) if isinstance(value, Literal)]
    return next((text for text in texts if text.language == "en"), texts[0] if texts else None)


def _nodes(triples: Iterable[Triple]) -> Nodes:
    """Return subject → property → values, each as a store gives it back: a 12.50 put in comes out as 12.5."""
    store = Store()
    store.extend(Quad(*triple) for triple in triples if triple.predicate != _MODIFIED)
    return by_subject(quad.triple for quad in store)


def _names(policy: Properties) -> _Names:
    page, title = first(policy, PAGE), text(policy, TITLE)
    return first(policy, IDENTIFIER), home(page) if page else "", title.value if title else ""


def _matched(old: Mapping[str, _Names], new: Mapping[str, _Names]) -> dict[str, str]:
    """Return policy of the new side → the same of the old side.

    They are the same by the first of their names that both have, as long as that is nobody else's on its side.
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for place in range(3):
        before, after = _unique(old, place), _unique(new, place)
        for name in sorted(before.keys() & after.keys()):
            older, newer = before[name], after[name]
            otherwise = any(old[older][earlier] and new[newer][earlier] for earlier in range(place))
            if older not in taken and newer not in found and not otherwise:
                found[newer] = older
                taken.add(older)
    return found


def _unique(policies: Mapping[str, _Names], place: int) -> dict[str, str]:
    counts = Counter(names[place] for names in policies.values())
    return {names[place]: node for node, names in policies.items() if names[place] and counts[names[place]] == 1}


def _office_keys(nodes: Nodes) -> dict[str, str]:
    return {node: f"office {home(first(nodes[node], HOME))}" for node in typed(nodes, OFFICE)}


def _policy_keys(policies: Mapping[str, _Names]) -> dict[str, str]:
    return {
        node: next((f"policy {place} {name}" for place, name in enumerate(names) if name), "policy")
        for node, names in policies.items()
    }


def _side(nodes: Nodes, keys: Mapping[str, str], both: set[str], base: str) -> Side:
    statements = typed(nodes, STATEMENT)
    # A link to what one side alone has says no more than that thing's own change; and nothing links to a statement.
    links = {node: key if key in both else "" for node, key in keys.items()} | dict.fromkeys(statements, "")
    written = links | _inner(nodes, links, base)
    said = {node: _said(nodes[node], written) for node in (*keys, *statements)}
    offices = reversed(typed(nodes, OFFICE))  # so that the first to list a policy is its issuer
    issuers = {policy.value: office for office in offices for policy in nodes[office].get(POLICY, ())}
    return Side(nodes, keys, issuers, said)


def _inner(nodes: Nodes, links: Mapping[str, str], base: str) -> dict[str, str]:
    """Return node → what stands for it where it is part of a thing: all that it says, and a name of the publisher's.

    By rounds, one for each level, so that neither circles nor a node with many ways to it cost more.
    """
    inner = [node for node in nodes if node not in links]
    names = {node: "" if is_readers_node(base, node) else node for node in inner}
    found = dict.fromkeys(inner, "")
    for _ in range(_DEPTH):
        written = {**links, **found}
        found = {node: _digest(names[node], _said(nodes[node], written)) for node in inner}
    return found


def _digest(name: str, said: Said) -> str:
    whole = repr((name, sorted((predicate, sorted(values)) for predicate, values in said)))
    return hashlib.sha256(whole.encode()).hexdigest()


def _said(properties: Properties, written: Mapping[str, str]) -> Said:
    """Return the properties with what stands for their values; `written` knows it for nodes of the description."""
    found = {
        predicate: frozenset(
            written.get(value.value, str(value)) if isinstance(value, NamedNode) else str(value) for value in values
        )
        - {""}
        for predicate, values in properties.items()
    }
    return frozenset((predicate, values) for predicate, values in found.items() if values)
