"""What a new description says otherwise than the one before it: which offices, policies and statements changed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import zip_longest

from pyoxigraph import Literal, NamedNode, Triple

from registry.authority.claims import (
    COUNTRY,
    FLOSS_POLICY,
    HOME,
    IDENTIFIER,
    OFFICE,
    PAGE,
    PART_OF,
    STATEMENT,
    TITLE,
    Properties,
    first,
)
from registry.diff.match import Said, Side, sides, text, typed
from registry.iri.addresses import home
from registry.iri.names import CONCEPT, term
from registry.model import MAX_NAME_CHARACTERS
from registry.vocabulary import jurisdictions

MAX_PROPERTIES = 20  # named in one change
_LABEL = term("skos:prefLabel").value
_ACTIVITY, _STAGE, _FORCE, _COVERAGE = (
    term(f"ospo:{name}").value for name in ("activity", "stage", "force", "coverage")
)

_Pair = tuple[str | None, str | None]  # the node in the old description, and in the new one


class ChangeKind(StrEnum):
    """What became of a thing (concept scheme `change-kind`)."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that two descriptions do not both describe in the same way.

    `thing` is the IRI of its class, `name` what the office or the policy is called. `office` is the normalised home
    page of the office, or of the one that issues the policy; `identifier` and `page` are the policy's. `activity`,
    `stage` and what is said `before` and `after` (a force, else a coverage) are IRIs of concepts, of statements only.
    `properties` are those whose values differ, for a thing that was there and still is.
    """

    kind: ChangeKind
    thing: str
    name: Literal | None = None
    country: str = ""
    office: str = ""
    identifier: str = ""
    page: str = ""
    activity: str = ""
    stage: str = ""
    before: str = ""
    after: str = ""
    properties: tuple[str, ...] = ()


def changes(old: set[Triple], new: set[Triple], base: str) -> list[Change]:
    """Return what changed: offices, then policies, then statements, each in the order of the new description.

    Offices and policies are the same as `sides` says; a statement by its policy and cell. Of several in one cell, those
    that did not change are the same, and of the others the first is the first. Nodes below a thing are part of it.
    Nothing changed when the file says the same in other bytes, or with another date of its own (dcterms:modified).
    `base` is that of the registry's IRIs: a node that its reader named says nothing by its name.
    """
    before, after = sides(old, new, base)
    return [
        _change(thing, pair, before, after)
        for thing in (OFFICE, FLOSS_POLICY, STATEMENT)
        for pair in _pairs(thing, before, after)
    ]


def _pairs(thing: str, before: Side, after: Side) -> Iterator[_Pair]:
    """Yield the nodes of one thing that are not the same on both sides, None where one side lacks it."""
    old, new = _groups(thing, before), _groups(thing, after)
    for key in dict.fromkeys((*new, *old)):
        same = Counter(before.said[node] for node in old[key]) & Counter(after.said[node] for node in new[key])
        yield from zip_longest(_left(old[key], before, same), _left(new[key], after, same))


def _groups(thing: str, side: Side) -> dict[tuple[str, ...], list[str]]:
    """Return the nodes that cannot be told apart but by what they say, in their order, under what they share."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for node in typed(side.nodes, thing):
        said = side.nodes[node]
        policy = first(said, PART_OF)
        cell = side.keys.get(policy, policy), first(said, _ACTIVITY), first(said, _STAGE)
        groups[cell if thing == STATEMENT else (side.keys[node],)].append(node)
    return groups


def _left(nodes: Iterable[str], side: Side, same: Counter[Said]) -> list[str]:
    """Return the nodes without those that are the same on the other side, as many of each as `same` counts."""
    rest, left = same.copy(), []
    for node in nodes:
        if rest[side.said[node]]:
            rest[side.said[node]] -= 1
        else:
            left.append(node)
    return left


def _change(thing: str, pair: _Pair, before: Side, after: Side) -> Change:
    old, new = pair
    side, node = (before, old) if new is None else (after, new)
    assert node is not None
    policy = {OFFICE: "", FLOSS_POLICY: node}.get(thing, first(side.nodes[node], PART_OF))
    office = side.issuers.get(policy, "") if policy else node
    of_policy, of_office = side.nodes.get(policy, {}), side.nodes.get(office, {})
    place = jurisdictions.jurisdiction(first(of_policy, COUNTRY) or first(of_office, COUNTRY))
    differing = {name for name, _ in before.said[old] ^ after.said[new]} if old and new else set()
    return Change(
        kind=ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED,
        thing=thing,
        name=_cut(text(of_policy, TITLE) if policy else text(of_office, _LABEL)),
        country=place.code if place else "",
        office=home(first(of_office, HOME)),
        identifier=first(of_policy, IDENTIFIER)[:MAX_NAME_CHARACTERS],
        page=_iri(of_policy, PAGE),
        activity=_concept(side.nodes[node], _ACTIVITY) if thing == STATEMENT else "",
        stage=_concept(side.nodes[node], _STAGE) if thing == STATEMENT else "",
        before=_stance(before.nodes[old]) if old and thing == STATEMENT else "",
        after=_stance(after.nodes[new]) if new and thing == STATEMENT else "",
        properties=tuple(sorted(differing)[:MAX_PROPERTIES]),
    )


def _iri(properties: Properties, name: str) -> str:
    return next((value.value for value in properties.get(name, ()) if isinstance(value, NamedNode)), "")


def _concept(properties: Properties, name: str) -> str:
    found = _iri(properties, name)
    return found if found.startswith(CONCEPT) else ""


def _stance(statement: Properties) -> str:
    return _concept(statement, _FORCE) or _concept(statement, _COVERAGE)


def _cut(name: Literal | None) -> Literal | None:
    if name is None or len(name.value) <= MAX_NAME_CHARACTERS:
        return name
    return Literal(name.value[:MAX_NAME_CHARACTERS] + "…", language=name.language)
