"""What changed between two versions of a description: which offices, policies and statements; pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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
from registry.diff.match import Content, Version, match, of_class, texts
from registry.iri.addresses import home
from registry.iri.names import CONCEPT, term
from registry.model import MAX_NAME_CHARACTERS
from registry.vocabulary import jurisdictions

MAX_PROPERTIES = 20  # in one change
MAX_NAMES = 30  # of a thing in one change: in all languages of the Union, and some
_LABEL = term("skos:prefLabel").value
_ACTIVITY, _STAGE, _FORCE, _COVERAGE = (
    term(f"ospo:{name}").value for name in ("activity", "stage", "force", "coverage")
)


class ChangeKind(StrEnum):
    """How a thing changed (concept scheme `change-kind`)."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    """One office, policy or statement that differs between two versions of a description.

    `thing` is the IRI of its class. `names` are those of the office, or the titles of the policy, by language, at most
    `MAX_NAMES`; `office` is the normalised home page of the office, or of the one that issues the policy; `identifier`
    and `page` are the policy's. Of a statement, `activity`, `stage`, and its force `before` and `after` (else its
    coverage) are IRIs of concepts.
    `properties` are the IRIs of those whose values differ, of a thing in both versions.
    """

    kind: ChangeKind
    thing: str
    names: tuple[Literal, ...] = ()
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
    """Return the changes from one version of a description to the next, none if both mean the same.

    Offices come first, then policies, then statements, each in the order of the new version. Offices and policies are
    matched as `match` says, statements by their policy and cell: of several in one cell those with the same content are
    the same, and of the others the first is matched with the first. What is below a thing is part of it.
    `base` is that of the registry's IRIs.
    """
    before, after = match(old, new, base)
    found: list[Change] = []
    for class_ in (OFFICE, FLOSS_POLICY, STATEMENT):
        old_groups, new_groups = _groups(class_, before), _groups(class_, after)
        for key in dict.fromkeys((*new_groups, *old_groups)):
            old_nodes, new_nodes = old_groups.get(key, []), new_groups.get(key, [])
            old_content = Counter([before.content[node] for node in old_nodes])
            same = old_content & Counter([after.content[node] for node in new_nodes])
            old_rest, new_rest = _without(old_nodes, before, same), _without(new_nodes, after, same)
            for old_node, new_node in zip_longest(old_rest, new_rest):
                found.append(_change(class_, old_node, new_node, before, after))
    return found


def _groups(class_: str, version: Version) -> dict[tuple[str, ...], list[str]]:
    """Return the nodes of a class by what matches them with nodes of the other version, in the order of the file."""
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for node in of_class(version.nodes, class_):
        if class_ == STATEMENT:
            properties = version.nodes[node]
            policy = first(properties, PART_OF)
            key = version.keys.get(policy, policy), first(properties, _ACTIVITY), first(properties, _STAGE)
            groups[key].append(node)
        else:
            groups[version.keys[node],].append(node)
    return groups


def _without(nodes: Iterable[str], version: Version, same: Counter[Content]) -> list[str]:
    """Return the nodes without as many of each content as `same` counts."""
    left_out, rest = same.copy(), []
    for node in nodes:
        if left_out[version.content[node]]:
            left_out[version.content[node]] -= 1
        else:
            rest.append(node)
    return rest


def _change(class_: str, old: str | None, new: str | None, before: Version, after: Version) -> Change:
    """Return the change of a thing, given its node in each version; None where that version lacks it."""
    version, node = (before, old) if new is None else (after, new)
    assert node is not None
    is_statement = class_ == STATEMENT
    properties = version.nodes[node]
    policy = {OFFICE: "", FLOSS_POLICY: node}.get(class_, first(properties, PART_OF))
    office = version.issuers.get(policy, "") if policy else node
    of_policy, of_office = version.nodes.get(policy, {}), version.nodes.get(office, {})
    country = jurisdictions.jurisdiction(first(of_policy, COUNTRY) or first(of_office, COUNTRY))
    differing = {name for name, _ in before.content[old] ^ after.content[new]} if old and new else set()
    return Change(
        kind=ChangeKind.ADDED if old is None else ChangeKind.REMOVED if new is None else ChangeKind.CHANGED,
        thing=class_,
        names=_names(texts(of_policy, TITLE) if policy else texts(of_office, _LABEL)),
        country=country.code if country else "",
        office=home(first(of_office, HOME)),
        identifier=first(of_policy, IDENTIFIER)[:MAX_NAME_CHARACTERS],
        page=_iri(of_policy, PAGE),
        activity=_concept(properties, _ACTIVITY) if is_statement else "",
        stage=_concept(properties, _STAGE) if is_statement else "",
        before=_force(before.nodes[old]) if old and is_statement else "",
        after=_force(after.nodes[new]) if new and is_statement else "",
        properties=tuple(sorted(differing)[:MAX_PROPERTIES]),
    )


def _iri(properties: Properties, name: str) -> str:
    """Return the first value of a property that is an IRI, "" where there is none."""
    return next((value.value for value in properties.get(name, ()) if isinstance(value, NamedNode)), "")


def _concept(properties: Properties, name: str) -> str:
    """Return the concept of ours that is the value of a property, "" where there is none."""
    iri = _iri(properties, name)
    return iri if iri.startswith(CONCEPT) else ""


def _force(statement: Properties) -> str:
    """Return the force of a statement, or else its coverage."""
    return _concept(statement, _FORCE) or _concept(statement, _COVERAGE)


def _names(all_names: Sequence[Literal]) -> tuple[Literal, ...]:
    return tuple([_cut(name) for name in all_names[:MAX_NAMES]])


def _cut(name: Literal) -> Literal:
    if len(name.value) <= MAX_NAME_CHARACTERS:
        return name
    return Literal(name.value[:MAX_NAME_CHARACTERS] + "…", language=name.language)
