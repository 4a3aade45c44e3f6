"""Two versions of a description made comparable: which offices and policies are the same, and what is stated of each.

Things are matched by what is stated of them, not by their IRIs: the reader names most nodes after their lines, so that
a line inserted in the file renames all nodes after it. The date of a document (dcterms:modified) is left out: programs
change it without any other change. All functions are pure and take time in proportion to the two versions.
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
    Nodes,
    Properties,
    by_subject,
    first,
    natural,
)
from registry.iri.addresses import home
from registry.iri.names import PREFIXES, RDF_TYPE, XSD, is_readers_node, term
from registry.vocabulary.lookup import FALLBACK, lookup

MAX_DEPTH = 4  # levels of nodes below a thing that are compared; the merged graph has three

_MODIFIED = term("dcterms:modified")
_STRINGS = {XSD + "string", PREFIXES["rdf"] + "langString"}

Content = frozenset[tuple[str, frozenset[str]]]  # property → values, written in the same way in both versions
_Names = tuple[str, str, str]  # of a policy: identifier, normalised page, title; "" for those that it lacks


@dataclass(frozen=True, slots=True)
class Version:
    """One of two versions of a description, comparable with the other.

    `keys` maps each office and policy to a text that is the same in both versions if the thing is. `issuers` maps a
    policy to the office that lists it. `content` is what is stated of each office, policy and statement, with all that
    is below it.
    """

    nodes: Nodes
    keys: Mapping[str, str]
    issuers: Mapping[str, str]
    content: Mapping[str, Content]


def match(old: Iterable[Triple], new: Iterable[Triple], base: str) -> tuple[Version, Version]:
    """Return both versions. `base` is that of the registry's IRIs, by which nodes that the reader named are known.

    An office is the same if its home page is; a policy if its identifier is, or else its page, or else its title: the
    first of these that both versions give, where it is unique in each.
    """
    nodes = _comparable(old), _comparable(new)
    old_names, new_names = (
        {node: _names(version[node]) for node in of_class(version, FLOSS_POLICY)} for version in nodes
    )
    for new_policy, old_policy in _same_policies(old_names, new_names).items():
        new_names[new_policy] = old_names[old_policy]  # from here on, both have the same names
    keys = _keys(nodes[0], old_names), _keys(nodes[1], new_names)
    shared = set(keys[0].values()) & set(keys[1].values())
    return _version(nodes[0], keys[0], shared, base), _version(nodes[1], keys[1], shared, base)


def of_class(nodes: Nodes, class_: str) -> list[str]:
    """Return the nodes of a class (an IRI), in the order of the file."""
    members = [
        node for node, properties in nodes.items() if class_ in [it.value for it in properties.get(RDF_TYPE.value, ())]
    ]
    return sorted(members, key=lambda node: (natural(node), node))


def texts(properties: Properties, name: str) -> list[Literal]:
    """Return the texts of a property, by language and value."""
    found = [value for value in properties.get(name, ()) if isinstance(value, Literal)]
    return sorted(found, key=lambda text: (text.language or "", text.value))


def _comparable(triples: Iterable[Triple]) -> Nodes:
    """Return the triples by subject, with literals in the form that a store gives them: 12.50 becomes 12.5."""
    store, kept = Store(), []
    for triple in triples:
        if triple.predicate == _MODIFIED:
            continue
        if isinstance(triple.object, Literal) and triple.object.datatype.value not in _STRINGS:
            store.add(Quad(*triple))
        else:
            kept.append(triple)
    return by_subject([*kept, *[quad.triple for quad in store]])


def _names(policy: Properties) -> _Names:
    page, titles = first(policy, PAGE), {text.language or "": text.value for text in texts(policy, TITLE)}
    return first(policy, IDENTIFIER), home(page) if page else "", lookup(titles, FALLBACK)[1]


def _same_policies(old: Mapping[str, _Names], new: Mapping[str, _Names]) -> dict[str, str]:
    """Return new policy → the same policy of the old version, by the names of each."""
    same: dict[str, str] = {}
    matched: set[str] = set()  # old policies
    for rank in range(3):
        old_unique, new_unique = _unique(old, rank), _unique(new, rank)
        for name in sorted(old_unique.keys() & new_unique.keys()):
            old_policy, new_policy = old_unique[name], new_unique[name]
            # A better name that both have would have matched them already, were it the same.
            contradicted = any(old[old_policy][better] and new[new_policy][better] for better in range(rank))
            if not contradicted and old_policy not in matched and new_policy not in same:
                same[new_policy] = old_policy
                matched.add(old_policy)
    return same


def _unique(policies: Mapping[str, _Names], rank: int) -> dict[str, str]:
    """Return name → the only policy with it, for identifiers (rank 0), pages (1) or titles (2)."""
    counts = Counter([names[rank] for names in policies.values()])
    return {names[rank]: node for node, names in policies.items() if names[rank] and counts[names[rank]] == 1}


def _keys(nodes: Nodes, policy_names: Mapping[str, _Names]) -> dict[str, str]:
    """Return the keys of offices and policies, see `Version`."""
    keys = {node: f"office {home(first(nodes[node], HOME))}" for node in of_class(nodes, OFFICE)}
    for node, names in policy_names.items():
        keys[node] = next((f"policy {rank} {name}" for rank, name in enumerate(names) if name), "policy")
    return keys


def _version(nodes: Nodes, keys: Mapping[str, str], shared: set[str], base: str) -> Version:
    statements = of_class(nodes, STATEMENT)
    # A link to an office or policy stands for its key; but to one that the other version lacks, for nothing: that the
    # thing was added or removed is a change of its own. Nothing links to a statement.
    links = {node: key if key in shared else "" for node, key in keys.items()} | dict.fromkeys(statements, "")
    links |= _digests(nodes, links, base)
    content = {node: _content(nodes[node], links) for node in (*keys, *statements)}
    issuers: dict[str, str] = {}
    for office in of_class(nodes, OFFICE):
        for policy in nodes[office].get(POLICY, ()):
            issuers.setdefault(policy.value, office)
    return Version(nodes, keys, issuers, content)


def _digests(nodes: Nodes, links: Mapping[str, str], base: str) -> dict[str, str]:
    """Return what a link to a node below a thing stands for: a digest of what is stated of the node and below it.

    The IRI of a node is part of it if the publisher chose it. Each round takes in one level more, so that neither
    circles nor many ways to the same node cost more.
    """
    below = [node for node in nodes if node not in links]
    names = {node: "" if is_readers_node(base, node) else node for node in below}
    digests = dict.fromkeys(below, "")
    for _ in range(MAX_DEPTH):
        written = {**links, **digests}
        for node in below:
            content = sorted([(name, sorted(values)) for name, values in _content(nodes[node], written)])
            digests[node] = hashlib.sha256(repr((names[node], content)).encode()).hexdigest()
    return digests


def _content(properties: Properties, links: Mapping[str, str]) -> Content:
    """Return the properties with texts for their values; `links` are the texts for nodes of this description."""
    content = []
    for name, terms in properties.items():
        texts = [links.get(value.value, str(value)) if isinstance(value, NamedNode) else str(value) for value in terms]
        if values := frozenset(texts) - {""}:
            content.append((name, values))
    return frozenset(content)
