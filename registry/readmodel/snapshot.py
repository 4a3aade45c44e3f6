"""Snapshots: all lists of one revision of the store, read at once and kept in memory until the next revision.

When there is a new revision, a small registry is read again while the visitor waits. A large one is read in the
background, and until then pages show the old revision.
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
ReadClass = Callable[[str], Nodes]  # class (a prefixed name) → its instances in the merged graph

_RENEW_INLINE_MAX_SECONDS = 0.3  # a snapshot that took longer to read is renewed while the old one is shown
_MAX_READS = 3  # of one snapshot, when the store changes while it is read


@dataclass(frozen=True)
class Snapshot:
    """The lists of one revision; `seconds` is how long it took to read them; `made` holds what `keep` has made."""

    revision: int
    sources: tuple[SourceState, ...] = ()
    offices: tuple[Office, ...] = ()
    policies: tuple[Policy, ...] = ()
    statements: tuple[Statement, ...] = ()
    seconds: float = 0.0
    made: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def keep(self, name: str, make: Callable[[], T]) -> T:
        """Return the result of `make`, which is called only for the first time that the name is asked for."""
        if name not in self.made:
            self.made[name] = make()
        value: T = self.made[name]
        return value

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


def read_snapshot(revision: int, sources: tuple[SourceState, ...], read_class: ReadClass, base: str) -> Snapshot:
    """Return the lists of a revision: offices and policies by country and name, statements by country and policy.

    `read_class` gives the instances of a class in the merged graph; `base` is that of the registry's IRIs.
    """
    began = time.monotonic()
    states = {state.source.id: state for state in sources}
    origins = {state.source.id: state.source for state in sources}
    offices = [build.office(iri, properties, states) for iri, properties in read_class("ospo:Office").items()]
    home_pages = {office.iri: office.homepage for office in offices}

    statements_of: dict[str, dict[str, Properties]] = defaultdict(dict)  # policy → statement → properties
    for iri, properties in read_class("ospo:PolicyStatement").items():
        statements_of[build.one(properties, "dcterms:isPartOf")][iri] = properties
    policies: list[Policy] = []
    statements: list[Statement] = []
    for iri, properties in read_class("ospo:FlossPolicy").items():
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
    """Keeps the latest snapshot; safe for threads.

    `revision` returns the revision of the store now, and `make` reads the snapshot of a revision.
    """

    def __init__(self, revision: Callable[[], int], make: Callable[[int], Snapshot]) -> None:
        self._revision, self._make = revision, make
        self._shown: Snapshot | None = None
        self._lock = threading.Lock()
        self._renewing = threading.Event()

    def get(self) -> Snapshot:
        """Return the latest snapshot; of a large registry the old one while the new one is being read."""
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
        """Return a snapshot, read again if the store changed meanwhile: all its lists must be of one revision."""
        snapshot = self._make(self._revision())
        for _ in range(_MAX_READS - 1):
            if snapshot.revision == self._revision():
                break
            snapshot = self._make(self._revision())
        return snapshot
