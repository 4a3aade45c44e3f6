"""Reads the lists of a revision from the store: all of them, or what has changed since the last ones.

A record that cannot be built is left out and counted, so that one source never hides the others.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import TypeVar

from registry.authority.claims import FLOSS_POLICY, OFFICE, STATEMENT, Nodes, Properties, by_subject
from registry.iri.names import RDF_TYPE, authority_graph, merged_graph, thing_of
from registry.model import Source, SourceState
from registry.readmodel import build
from registry.readmodel.tables.lists import (
    Keep,
    ListedOffice,
    ListedPolicy,
    Lists,
    Things,
    in_memory,
    lists_of,
    renewed,
    stale,
)
from registry.readmodel.values import Policy, Skipped, Statement, Voice
from registry.store.protocol import Store, construct, each
from registry.store.sparql_text import bind, load, nodes

_log = logging.getLogger(__name__)
T = TypeVar("T")

_AT_ONCE = 500  # subjects of one question: an answer of a megabyte, of which Python makes ten
_OFFICES, _POLICIES = (OFFICE,), (FLOSS_POLICY, STATEMENT)
_MAX_LOGGED = 20  # skipped records of one revision


def read_lists(store: Store, base: str, revision: int, sources: Sequence[SourceState], keep: Keep = in_memory) -> Lists:
    """Return the lists of the store as it is; `base` is that of the registry's IRIs, `sources` are all its sources.

    What cannot be built is skipped and logged. `keep` is that of `lists_of`.
    """
    offices, policies = (
        _parts(store, base, sources, _of_class(store, base, classes)) for classes in (_OFFICES, _POLICIES)
    )
    lists = lists_of(revision, sources, offices, policies, keep)
    _tell(revision, lists.skipped)
    return lists


def read_changes(
    before: Lists,
    store: Store,
    base: str,
    revision: int,
    sources: Sequence[SourceState],
    changed: Collection[str],
    keep: Keep = in_memory,
) -> Lists:
    """Return the lists of the store as it is, made of those of an earlier revision.

    `changed` are the IRIs of all offices, policies and statements of which the merged graph says something else since
    then, and of those offices and policies of which somebody else speaks.
    """
    if any(item.kind == "voice" for item in before.skipped):  # nobody knows any more on what
        return read_lists(store, base, revision, sources, keep)
    wanted = stale(before, sources, {*changed, *(thing_of(base, iri) for iri in changed)})
    new = lists_of(revision, sources, _parts(store, base, sources, wanted))
    lists = renewed(before, new, wanted, keep)
    _tell(revision, lists.skipped)
    return lists


def _of_class(store: Store, base: str, classes: Sequence[str]) -> Iterator[str]:
    """Yield all that the merged graph has of these classes."""
    for of in classes:
        query = bind(load("registry.readmodel", "of_class.rq"), graph=merged_graph(base), **{"class": of})
        yield from (row["subject"].value for row in each(store, query))


def _parts(store: Store, base: str, sources: Sequence[SourceState], subjects: Iterable[str]) -> Iterator[Things]:
    """Yield what there is of these subjects, some at a time: a policy and its statements together."""
    thing = partial(thing_of, base)
    groups = groupby(sorted(subjects, key=thing), thing)
    yield from (read_things(store, base, some, sources) for some in _gathered(list(group) for _, group in groups))


def read_things(store: Store, base: str, subjects: Collection[str], sources: Sequence[SourceState]) -> Things:
    """Return the offices, policies and statements among these subjects; a policy comes with all its statements."""
    named = {"graph": merged_graph(base), "subjects": nodes(sorted(subjects))}
    of_class: dict[str, dict[str, Properties]] = defaultdict(dict)
    for iri, properties in by_subject(
        construct(store, bind(load("registry.store", "of_subjects.rq"), **named))
    ).items():
        for kind in properties.get(RDF_TYPE.value, ()):
            of_class[kind.value][iri] = properties
    spoken = {"authority": authority_graph(base), "things": nodes(sorted({*of_class[OFFICE], *of_class[FLOSS_POLICY]}))}
    voices = by_subject(construct(store, bind(load("registry.readmodel", "voices.rq"), **spoken)))
    return _built(of_class, voices, {state.source.id: state.source for state in sources}, base)


def _built(of_class: Mapping[str, Nodes], voices: Nodes, sources: Mapping[str, Source], base: str) -> Things:
    reading = _Reading()
    on: dict[str, list[Voice]] = defaultdict(list)
    for thing, voice in reading.built("voice", voices, build.voice):
        on[thing].append(voice)
    heard = {thing: tuple(sorted(of, key=build.voice_order)) for thing, of in on.items()}
    offices = reading.built(
        "office",
        of_class[OFFICE],
        lambda iri, properties: ListedOffice(build.office(iri, properties, heard.get(iri, ())), heard.get(iri, ())),
    )
    statements_of: dict[str, dict[str, Properties]] = defaultdict(dict)  # policy → statement → properties
    for iri, properties in of_class[STATEMENT].items():
        of = build.one(properties, "dcterms:isPartOf")
        statements_of[of if of == thing_of(base, iri) else ""][iri] = properties
    policies = reading.built(
        "policy",
        of_class[FLOSS_POLICY],
        lambda iri, properties: ListedPolicy(
            build.policy(iri, properties, list(statements_of.get(iri, {}).values()), heard.get(iri, ())),
            heard.get(iri, ()),
        ),
    )
    shown = {item.policy.iri: item.policy for item in policies}
    statements: list[Statement] = []
    for of, own in statements_of.items():
        statements += reading.built(
            "statement", own, partial(_statement, policy=shown.get(of), sources=sources, base=base)
        )
    return Things(tuple(offices), tuple(policies), tuple(statements), tuple(reading.skipped))


def _statement(
    iri: str, properties: Properties, policy: Policy | None, sources: Mapping[str, Source], base: str
) -> Statement:
    if policy is None:
        raise ValueError("its policy is not shown")
    return build.statement(iri, properties, policy, sources, base)


class _Reading:
    """Builds values of what the store holds, and keeps what cannot be built."""

    def __init__(self) -> None:
        self.skipped: list[Skipped] = []

    def built(self, kind: str, things: Nodes, make: Callable[[str, Properties], T]) -> list[T]:
        """Return what can be made of these things."""
        found = []
        for iri, values in things.items():
            try:
                found.append(make(iri, values))
            except Exception as error:  # whatever is wrong with one record must not hide all others
                reason = f"{type(error).__name__}: {error}"
                self.skipped.append(Skipped(kind, iri, build.origins(values), reason))
        return found


def _gathered(groups: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Yield these groups of subjects, several in one, as long as they are not enough for a question."""
    together: list[str] = []
    for group in groups:
        together += group
        if len(together) >= _AT_ONCE:
            yield together
            together = []
    if together:
        yield together


def _tell(revision: int, skipped: Sequence[Skipped]) -> None:
    for it in skipped[:_MAX_LOGGED]:
        of = ", ".join(it.sources) or "no source"
        _log.error("revision %d: %s %s of %s is not shown: %s", revision, it.kind, it.thing, of, it.reason)
    if len(skipped) > _MAX_LOGGED:
        _log.error("revision %d: %d further records are not shown", revision, len(skipped) - _MAX_LOGGED)
