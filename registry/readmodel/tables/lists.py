"""All lists of one revision as tables, and how the lists of the next revision are made of them; pure."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import MISSING, dataclass, fields, replace
from datetime import datetime
from functools import lru_cache
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

from registry.authority.claims import natural
from registry.iri.addresses import home, slug
from registry.model import Layer, SourceState
from registry.readmodel.comparison.filters import FILTERS, Kind
from registry.readmodel.lists import entries
from registry.readmodel.tables.columns import Mask
from registry.readmodel.tables.table import Choice, Table, all_of, exchanged, in_order
from registry.readmodel.values import Office, Policy, Skipped, Statement, Voice
from registry.vocabulary.lookup import FALLBACK

T = TypeVar("T")

BODIES = "INT"  # the code of the international bodies, each of which is a row of its own

# What of a statement decides where it stands in its cell and which filters of concepts it passes; and what its state.
_CONCEPTS = [name for name, filter_ in FILTERS.items() if filter_.kind is Kind.CONCEPT]
_PLACED_BY = (
    "activity stage coverage force level instrument layer binds duty reach checked claimed_by condition applies_to"
)
FACTS = tuple(dict.fromkeys((*_PLACED_BY.split(), *_CONCEPTS)))
DATES = ("status", "issued", "in_force_from", "in_force_until")
_NOT_ASSESSED = "not-assessed"  # a code of coverage
_REQUIRED = [field.name for field in fields(Statement) if field.default is MISSING]
_OF_STATEMENTS = "country row office policy source facts dates"
COLUMNS = {
    "offices": f"iri slug home {' '.join(entries.OFFICE_FACETS)} words",
    "policies": f"iri slug page office source {' '.join(entries.POLICY_FACETS)} words",
    "statements": _OF_STATEMENTS,
    "reported": _OF_STATEMENTS,
    "sources": "id licence",
}


class ListedOffice(NamedTuple):
    """An office, and who speaks of it, who weighs most first."""

    office: Office
    voices: tuple[Voice, ...] = ()


class ListedPolicy(NamedTuple):
    """A policy, and who speaks of it, who weighs most first."""

    policy: Policy
    voices: tuple[Voice, ...] = ()


@dataclass(frozen=True, slots=True)
class Things:
    """What was read of some things of the merged graph, in any order; `skipped` is what cannot be shown."""

    offices: tuple[ListedOffice, ...] = ()
    policies: tuple[ListedPolicy, ...] = ()
    statements: tuple[Statement, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class Lists:
    """The lists of a revision, in their orders: by country and name, by country and policy, sources by identifier.

    `reported` are the statements that are only reported (`is_reported`), `statements` all others: the comparison, its
    totals and its downloads know of these alone. `read_at` is when a source was asked last, None where there is none.
    """

    revision: int
    offices: Table[ListedOffice]
    policies: Table[ListedPolicy]
    statements: Table[Statement]
    reported: Table[Statement]
    sources: Table[SourceState]
    skipped: tuple[Skipped, ...] = ()
    read_at: datetime | None = None


class Keep(Protocol):
    """Makes each table of the lists, which has a name."""

    def __call__(self, name: str, table: Choice[T], /) -> Table[T]:
        """Return that table."""


def in_memory(_: str, table: Choice[T], /) -> Table[T]:
    """Make the table in memory."""
    return table.made()


def lists_of(
    revision: int,
    sources: Sequence[SourceState],
    parts: Iterable[Things],
    more: Iterable[Things] = (),
    keep: Keep = in_memory,
) -> Lists:
    """Return the lists of all these parts; `more` are further ones, without offices.

    They are taken one after the other, so that few objects live at a time, and of the offices, the largest table, the
    parts are gone when `more` are taken.
    """
    found: dict[str, list[Table[Any]]] = defaultdict(list)
    skipped: list[Skipped] = []

    def take(some: Iterable[Things]) -> None:
        for part in some:
            for name, table in _tables(part):
                found[name].append(table)
            skipped.extend(part.skipped)

    def made(name: str, order: Callable[[T], Any]) -> Table[T]:
        return keep(name, in_order(found.pop(name), order))

    take(chain((Things(),), parts))
    offices = made("offices", office_order)
    take(more)
    return Lists(
        revision,
        offices,
        made("policies", policy_order),
        made("statements", statement_order),
        made("reported", statement_order),
        keep("sources", all_of(_sources(sources))),
        tuple(skipped),
        max((state.last_attempt for state in sources), default=None),
    )


def renewed(before: Lists, new: Lists, gone: Collection[str], keep: Keep = in_memory) -> Lists:
    """Return the lists of a new revision; `new` have what is there now of those whose IRIs are in `gone`.

    Statements go with their policy. What was skipped before is in `gone`, too.
    """
    lost = before.policies.columns["iri"].having(*gone)
    slugs = _slugs(before.policies, np.flatnonzero(lost))

    def of_policies(table: Table[Statement]) -> Mask:
        return table.columns["policy"].having(*slugs)

    def made(name: str, lost: Mask, order: Callable[[T], Any]) -> Table[T]:
        table: Table[T] = getattr(before, name)
        return keep(name, exchanged(table, lost, getattr(new, name), order))

    return replace(
        new,
        offices=made("offices", before.offices.columns["iri"].having(*gone), office_order),
        policies=made("policies", lost, policy_order),
        statements=made("statements", of_policies(before.statements), statement_order),
        reported=made("reported", of_policies(before.reported), statement_order),
        sources=keep("sources", all_of(new.sources)),
    )


def stale(before: Lists, sources: Sequence[SourceState], changed: Collection[str]) -> set[str]:
    """Return the IRIs of what is to be read again after these things, or statements, have changed.

    It is also what was skipped, the statements of these policies, and the policies that have statements of a source
    whose title or licence is another now.
    """
    told = {state.source.id: (state.source.title, state.source.licence) for state in before.sources.things()}
    renamed = {
        state.source.id for state in sources if told.get(state.source.id) != (state.source.title, state.source.licence)
    }
    tables = (before.statements, before.reported) if renamed else ()
    slugs = {
        slug
        for table in tables
        for row in np.flatnonzero(table.columns["source"].having(*renamed)).tolist()
        for slug in table.columns["policy"].of_row(row)
    }
    wanted = {*changed, *(item.thing for item in before.skipped)}
    policies = before.policies.columns["iri"].having(*wanted) | before.policies.columns["slug"].having(*slugs)
    rows = np.flatnonzero(policies)
    wanted |= {item.policy.iri for item in before.policies.things(rows)}
    of_policies = _slugs(before.policies, rows)
    return wanted | {
        item.iri
        for table in (before.statements, before.reported)
        for item in table.things(np.flatnonzero(table.columns["policy"].having(*of_policies)))
    }


def _slugs(table: Table[Any], rows: Any) -> list[str]:
    return [slug for row in rows.tolist() for slug in table.columns["slug"].of_row(row)]


def _sources(states: Sequence[SourceState]) -> Table[SourceState]:
    ordered = sorted(states, key=lambda state: state.source.id)
    rows = [{"id": (state.source.id,), "licence": filter(None, [state.source.licence])} for state in ordered]
    return Table.of(SourceState, ordered, rows, COLUMNS["sources"])


def _statements(items: Iterable[Statement]) -> Table[Statement]:
    found = list(items)
    return Table.of(Statement, found, [_statement(item) for item in found], _OF_STATEMENTS)


def _tables(part: Things) -> Iterator[tuple[str, Table[Any]]]:
    """Yield each table of things, with its name, that has those of this part."""
    texts = entries.statement_texts(part.statements)
    offices = [
        _row(entries.of_office(item.office), item.office) | {"home": _normalised(item.office.homepage)}
        for item in part.offices
    ]
    policies = [
        _row(entries.of_policy(item.policy, texts.get(item.policy.slug, ())), item.policy)
        | {
            "page": _normalised(item.policy.page),
            "office": _some(item.policy.office),
            "source": item.policy.sources,
        }
        for item in part.policies
    ]
    yield "offices", Table.of(ListedOffice, part.offices, offices, COLUMNS["offices"])
    yield "policies", Table.of(ListedPolicy, part.policies, policies, COLUMNS["policies"])
    yield "statements", _statements(item for item in part.statements if not is_reported(item))
    yield "reported", _statements(item for item in part.statements if is_reported(item))


def _normalised(address: str) -> tuple[str, ...]:
    return (home(address),) if address else ()


def _row(entry: entries.Entry[Any], thing: Office | Policy) -> dict[str, Iterable[str]]:
    return {**entry.values, "iri": (thing.iri,), "slug": (thing.slug,), "words": sorted(set(entry.text.split()))}


def _statement(item: Statement) -> dict[str, Iterable[str]]:
    facts = {name: getattr(item, name) for name in FACTS} | {"claimed_by": "somebody" if item.claimed_by else ""}
    return {
        "country": _some(item.country),
        "row": _some(body_code(item.issuer) if item.country == BODIES else item.country),
        "office": _some(item.office),
        "policy": (item.policy,),
        "source": (item.source,),
        "facts": (json.dumps(facts),),
        "dates": (json.dumps({name: getattr(item, name) for name in DATES}),),
    }


def body_name(issuer: str) -> str:
    """Return the name of an international body: the issuer of what it states, without what stands in brackets after it.

    >>> body_name("CERN (with its Open Source Program Office)")
    'CERN'
    """
    return issuer.partition(" (")[0]


def body_code(issuer: str) -> str:
    """Return the code of the row of an international body, of which the name tells it from others."""
    name = body_name(issuer)
    return f"{BODIES}/{slug(name)}" if name else BODIES


@lru_cache(16384)
def reduced(values: str) -> Statement:
    """Return a statement that has only what a value of the columns `facts` or `dates` tells of one."""
    told = {name: tuple(value) if isinstance(value, list) else value for name, value in json.loads(values).items()}
    nothing: dict[str, Any] = dict.fromkeys(_REQUIRED, "")
    return Statement(**nothing | told)


def is_reported(item: Statement) -> bool:
    """Return whether a statement is what a list or table of others tells of a policy that nobody read for its cell."""
    return item.layer == Layer.IMPORTED and item.coverage == _NOT_ASSESSED


def _some(value: str) -> tuple[str, ...]:
    return (value,) if value else ()


def office_order(item: ListedOffice) -> tuple[str, str, str]:
    """Return the sort key of an office: by country, then by name as readers of English see it."""
    return item.office.country, item.office.name(FALLBACK).value.casefold(), item.office.slug


def policy_order(item: ListedPolicy) -> tuple[str, str, str]:
    """Return the sort key of a policy: by country, then by title as readers of English see it."""
    return item.policy.country, item.policy.title(FALLBACK).value.casefold(), item.policy.slug


def statement_order(item: Statement) -> tuple[str, str, tuple[object, ...]]:
    """Return the sort key of a statement: by country, then by policy, then by what its IRI adds to the policy's."""
    return item.country, item.policy, natural(item.iri.rpartition("#")[2])
