"""What binds records to each other: records that share no bond, even through others, are merged apart; pure.

So a change of one source concerns only the records that are bound to it, and merging these again, with the same ledger,
gives what merging everything gives (`tests/merging/test_partial.py` holds that). A bond too many costs time, one too
few would be a fault: wherever `resolve` or `merge` looks from one record to another, there is a bond here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from pyoxigraph import NamedNode

from registry.authority.claims import ALIAS, IDENTIFIER, PAGE, PART_OF, POLICY, TITLE, Key, Record, Records
from registry.authority.identity import policy_keys
from registry.iri.addresses import home, host
from registry.iri.names import is_readers_node, term

_POLICY_PAGE = term("ospo:policyPage").value
# A policy depends on all offices that speak on the host of its page, an office on the policies there. Policies on one
# host, of which no office is there, have nothing to do with each other: many countries publish on the same few hosts.
_OFFICE_AT, _POLICY_AT = "office at ", "policy at "
_KEYS = ("office ", "policy ")  # begin the keys of the ledger

Bonds = Mapping[Key, tuple[str, ...]]  # record of an office or a policy → its bonds


def bonds(source: Records, aliases: Mapping[str, str], base: str) -> Bonds:
    """Return the bonds of the offices and policies of a description; those of a statement are its policy's.

    `aliases` is the curated list of home pages of one office. Keys under which the ledger knows a thing are bonds.
    """
    found: dict[Key, dict[str, None]] = {}
    for office in source.offices:
        homes = [office.home, *(home(value.value) for value in office.properties.get(ALIAS, ()))]
        page = home(office.first(_POLICY_PAGE))
        found[office.key] = dict.fromkeys(
            [f"office {same}" for of in homes for same in _same(of, aliases)]
            + [_OFFICE_AT + host(office.homepage)] * bool(host(office.homepage))
            + [f"page {page}"] * bool(page)
            + [_node(key) for key in (office.key, *office.links(POLICY))]
            + [_node(key) for key in _below(office, base)]
        )
    keys = policy_keys(source)
    for policy in source.policies:
        page, of_source = policy.first(PAGE), policy.state.source.id
        own = [("id", policy.first(IDENTIFIER)), ("title", policy.first(TITLE))]
        found[policy.key] = dict.fromkeys(
            keys[policy.key]
            + [f"policy {kind} {of_source} {value}" for kind, value in own if value]  # unique or not: it counts them
            + [f"page {home(page)}"] * bool(page)
            + [_POLICY_AT + host(page)] * bool(host(page))
            + [_node(key) for key in (policy.key, *_below(policy, base))]
        )
    for statement in source.statements:
        policies = [key for key in statement.links(PART_OF) if key in found]
        for policy_key in policies:
            found[policy_key] |= dict.fromkeys(map(_node, (*policies, *_below(statement, base))))
    return {key: tuple(of) for key, of in found.items()}


def further(bond: str) -> Iterator[str]:
    """Yield the bonds by which to look for what is bound by this one of a record."""
    if bond.startswith(_OFFICE_AT):
        yield _POLICY_AT + bond.removeprefix(_OFFICE_AT)
    elif bond.startswith(_POLICY_AT):
        yield _OFFICE_AT + bond.removeprefix(_POLICY_AT)
    else:
        yield bond


def ledger_keys(of: Iterable[str]) -> list[str]:
    """Return those of these bonds that are keys under which the ledger may know a thing."""
    return [bond for bond in of if bond.startswith(_KEYS) and not bond.startswith((_OFFICE_AT, _POLICY_AT))]


def _same(page: str, aliases: Mapping[str, str]) -> list[str]:
    """Return a home page and those that the curated list puts in its place, one after the other."""
    found = [page]
    while (other := aliases.get(found[-1])) and other not in found:
        found.append(other)
    return found


def _node(key: Key) -> str:
    source, iri = key
    return f"node {source} {iri}"


def _below(record: Record, base: str) -> set[Key]:
    """Return the unnamed nodes that a record leads to: two records may share one."""
    found: set[str] = set()
    waiting = [record.properties]
    while waiting:
        for values in waiting.pop().values():
            for value in values:
                if isinstance(value, NamedNode) and value.value not in found and is_readers_node(base, value.value):
                    found.add(value.value)
                    waiting.append(record.nodes.get(value.value, {}))
    return {(record.state.source.id, iri) for iri in found}
