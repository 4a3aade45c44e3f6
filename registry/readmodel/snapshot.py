"""All lists of one revision, read from the store at once, and kept by whoever shows them until the next.

A small registry is read anew while a visitor waits; a large one in the background, while the last revision is shown.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from registry.authority.claims import Nodes, Properties, natural
from registry.model import SourceState
from registry.readmodel import build, totals
from registry.readmodel.values import Country, Office, Policy, Statement

T = TypeVar("T")
Ask = Callable[[str], Nodes]  # class (a prefixed name) → the things of that class in the merged graph

_RENEW_INLINE_MAX_SECONDS = 0.3  # a snapshot that took longer to read is renewed while the old one is shown
_MAX_READS = 3  # of one snapshot, when the store changes while it is read


@dataclass(frozen=True)
class Snapshot:
    """The lists of one revision; `seconds` is how long it took to read them. What is made of them is kept in `made`."""

    revision: int
    sources: tuple[SourceState, ...] = ()
    offices: tuple[Office, ...] = ()
    policies: tuple[Policy, ...] = ()
    statements: tuple[Statement, ...] = ()
    seconds: float = 0.0
    made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def keep(self, name: str, make: Callable[[], T]) -> T:
        """Return what was made under that name, or make it now."""
        if name not in self.made:
            self.made[name] = make()
        found: T = self.made[name]
        return found

    @cached_property
    def countries(self) -> tuple[Country, ...]:
        """Every jurisdiction that has an office or a policy, by code."""
        return totals.countries(self.offices, self.policies, self.statements)

    @cached_property
    def office_by_slug(self) -> Mapping[str, Office]:
        """Slug → office."""
        return {office.slug: office for office in self.offices}

    @cached_property
    def policy_by_slug(self) -> Mapping[str, Policy]:
        """Slug → policy."""
        return {policy.slug: policy for policy in self.policies}

    @cached_property
    def source_by_id(self) -> Mapping[str, SourceState]:
        """Identifier → state of the source."""
        return {state.source.id: state for state in self.sources}


def read_snapshot(revision: int, sources: tuple[SourceState, ...], ask: Ask, base: str) -> Snapshot:
    """Return the lists that the merged graph makes: offices and policies by country and name, statements by cell."""
    began = time.monotonic()
    states = {state.source.id: state for state in sources}
    origins = {state.source.id: state.source for state in sources}
    offices = [build.office(iri, properties, states) for iri, properties in ask("ospo:Office").items()]
    home_pages = {office.iri: office.homepage for office in offices}

    statements_of: dict[str, dict[str, Properties]] = defaultdict(dict)  # policy → statement → properties
    for iri, properties in ask("ospo:PolicyStatement").items():
        statements_of[build.one(properties, "dcterms:isPartOf")][iri] = properties
    policies: list[Policy] = []
    statements: list[Statement] = []
    for iri, properties in ask("ospo:FlossPolicy").items():
        home_page = home_pages.get(build.one(properties, "ospo:office"), "")
        own_statements = statements_of.get(iri, {})
        policy = build.policy(iri, properties, list(own_statements.values()), home_page, states)
        policies.append(policy)
        statements += [build.statement(name, values, policy, origins, base) for name, values in own_statements.items()]
    return Snapshot(
        revision,
        sources,
        tuple(sorted(offices, key=lambda office: (office.country, office.name.value.casefold(), office.slug))),
        tuple(sorted(policies, key=lambda policy: (policy.country, policy.title.value.casefold(), policy.slug))),
        tuple(sorted(statements, key=lambda item: (item.country, item.policy, natural(item.iri)))),
        time.monotonic() - began,
    )


class Latest:
    """The snapshot to show now; safe for threads. `revision` tells the store's revision, `make` reads its lists."""

    def __init__(self, revision: Callable[[], int], make: Callable[[int], Snapshot]) -> None:
        self._revision, self._make = revision, make
        self._shown: Snapshot | None = None
        self._lock = threading.Lock()
        self._renewing = threading.Event()

    def get(self) -> Snapshot:
        """Return the lists of the store's revision, or those of the last one while the new ones are being read."""
        shown = self._shown
        revision = self._revision()
        if shown is not None and shown.revision == revision:
            return shown
        if shown is not None and shown.seconds > _RENEW_INLINE_MAX_SECONDS:
            if not self._renewing.is_set():
                self._renewing.set()
                threading.Thread(target=self._renew, name="new revision", daemon=True).start()
            return shown
        with self._lock:
            if self._shown is None or self._shown.revision != revision:
                self._shown = self._read()
            return self._shown

    def _renew(self) -> None:
        try:
            with self._lock:
                self._shown = self._read()
        finally:
            self._renewing.clear()

    def _read(self) -> Snapshot:
        """Read until the store stands still: the lists of one snapshot must be of one revision."""
        found = self._make(self._revision())
        for _ in range(_MAX_READS - 1):
            if found.revision == self._revision():
                break
            found = self._make(self._revision())
        return found
