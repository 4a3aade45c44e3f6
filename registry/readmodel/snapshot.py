"""Snapshots: all lists of one revision of the store, read at once and kept in memory until the next revision.

When there is a new revision, a small registry is read again while the visitor waits. A large one is read in the
background, and until then pages show the old revision. A record that cannot be built is left out and counted, so that
one source never hides the others; while a revision cannot be read at all, pages show the last one that could.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from registry.authority.claims import Nodes, Properties, natural
from registry.errors import StoreError
from registry.model import Source, SourceState
from registry.readmodel import build, totals
from registry.readmodel.values import Country, Office, Policy, Skipped, Statement, Voice

_log = logging.getLogger(__name__)
T = TypeVar("T")
ReadClass = Callable[[str], Nodes]  # class (a prefixed name) → its instances in the merged graph
Voices = Mapping[str, Sequence[Voice]]  # IRI of an office or policy → the voices on it, who weighs most first

_RENEW_INLINE_MAX_SECONDS = 0.3  # a snapshot that took longer to read is renewed while the old one is shown
_MAX_READS = 3  # of one snapshot, when the store changes while it is read
_MAX_WAIT_SECONDS = 60.0  # until a revision that could not be read is tried again
_MAX_LOGGED = 20  # skipped records of one revision


@dataclass(frozen=True)
class Snapshot:
    """The lists of one revision; `seconds` is how long it took to read them; `made` holds what `keep` has made.

    `version` tells it from the lists of every other state of the store, those of the same revision included.

    `voices` is who speaks of each office and policy, `skipped` what of the merged graph cannot be built.
    """

    revision: int
    sources: tuple[SourceState, ...] = ()
    offices: tuple[Office, ...] = ()
    policies: tuple[Policy, ...] = ()
    statements: tuple[Statement, ...] = ()
    voices: Voices = field(default_factory=dict, repr=False)
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    version: object = None
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


def read_snapshot(
    revision: int, sources: tuple[SourceState, ...], voices: Nodes, read_class: ReadClass, base: str
) -> Snapshot:
    """Return the lists of a revision: offices and policies by country and name, statements by country and policy.

    `read_class` gives the instances of a class in the merged graph, `voices` are the nodes of the authority graph, and
    `base` is that of the registry's IRIs. What cannot be built of these is skipped and logged.
    """
    began = time.monotonic()
    reading = _Reading()
    origins = {state.source.id: state.source for state in sources}
    on = _by_thing(reading.built("voice", voices, build.voice))
    offices = reading.built(
        "office", read_class("ospo:Office"), lambda iri, properties: build.office(iri, properties, on.get(iri, ()))
    )
    statements_of: dict[str, dict[str, Properties]] = defaultdict(dict)  # policy → statement → properties
    for iri, properties in read_class("ospo:PolicyStatement").items():
        statements_of[build.one(properties, "dcterms:isPartOf")][iri] = properties
    policies = {
        policy.iri: policy
        for policy in reading.built(
            "policy",
            read_class("ospo:FlossPolicy"),
            lambda iri, properties: build.policy(
                iri, properties, list(statements_of.get(iri, {}).values()), on.get(iri, ())
            ),
        )
    }
    statements: list[Statement] = []
    for of, own in statements_of.items():
        make = partial(_statement, policy=policies.get(of), origins=origins, base=base)
        statements += reading.built("statement", own, make)
    _tell(revision, reading.skipped)
    return Snapshot(
        revision,
        sources,
        tuple(sorted(offices, key=lambda office: (office.country, office.name.value.casefold(), office.slug))),
        tuple(
            sorted(policies.values(), key=lambda policy: (policy.country, policy.title.value.casefold(), policy.slug))
        ),
        tuple(sorted(statements, key=lambda item: (item.country, item.policy, natural(item.iri)))),
        on,
        tuple(reading.skipped),
        time.monotonic() - began,
    )


def _by_thing(voices: Iterable[tuple[str, Voice]]) -> Voices:
    found: dict[str, list[Voice]] = defaultdict(list)
    for thing, voice in voices:
        found[thing].append(voice)
    return {thing: sorted(of, key=build.voice_order) for thing, of in found.items()}


def _statement(
    iri: str, properties: Properties, policy: Policy | None, origins: Mapping[str, Source], base: str
) -> Statement:
    if policy is None:
        raise ValueError("its policy is not shown")
    return build.statement(iri, properties, policy, origins, base)


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


def _tell(revision: int, skipped: Sequence[Skipped]) -> None:
    for it in skipped[:_MAX_LOGGED]:
        of = ", ".join(it.sources) or "no source"
        _log.error("revision %d: %s %s of %s is not shown: %s", revision, it.kind, it.thing, of, it.reason)
    if len(skipped) > _MAX_LOGGED:
        _log.error("revision %d: %d further records are not shown", revision, len(skipped) - _MAX_LOGGED)


@dataclass(frozen=True, slots=True)
class Failure:
    """That a version could not be read, how many times in a row and why; before `again` it is not tried again.

    `again` is a moment of the clock that `Latest` was given, in seconds.
    """

    version: object
    times: int
    reason: str
    again: float


class Latest:
    """The snapshot to show now; safe for threads.

    `version` tells the state of the store: any value that differs for another state; `make` reads the lists of such a
    state. One that cannot be read is not tried again at each request, but after a second, two, four, at last a minute;
    until it can be, or a new one comes, the last snapshot is shown. `clock` is in seconds, and never goes back.
    """

    def __init__(
        self,
        version: Callable[[], Any],
        make: Callable[[Any], Snapshot],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._version, self._make, self._clock = version, make, clock
        self._shown: Snapshot | None = None
        self._failure: Failure | None = None
        self._lock = threading.Lock()
        self._renewing = threading.Event()

    @property
    def failure(self) -> Failure | None:
        """That the store's revision could not be read, so that an older one is shown; None where all is well."""
        return self._failure

    @property
    def shown(self) -> Snapshot | None:
        """The snapshot that was read last, None while none could be; nothing is read for it."""
        return self._shown

    @property
    def is_renewing(self) -> bool:
        """Whether the lists of a later state are being read."""
        return self._renewing.is_set()

    def get(self) -> Snapshot:
        """Return the latest snapshot: of the store as it is, or the one before while that cannot be had yet.

        Raises StoreError where none could be read so far.
        """
        shown = self._shown
        try:
            version = self._version()
        except StoreError as error:
            if shown is None:
                raise
            if not self._waits(None):
                self._note(None, error)
            return shown
        if shown is not None and shown.version == version:
            self._failure = None
            return shown
        if shown is not None and self._waits(version):
            return shown
        if shown is not None and shown.seconds > _RENEW_INLINE_MAX_SECONDS:
            if not self._renewing.is_set():
                self._renewing.set()
                threading.Thread(target=self._renew, args=(version,), name="new revision", daemon=True).start()
            return shown
        with self._lock:
            if (self._shown is None or self._shown.version != version) and not self._waits(version):
                self._read(version)
        if self._shown is None:
            reason = self._failure.reason if self._failure else "nothing is read yet"
            raise StoreError(f"what is published cannot be read: {reason}")
        return self._shown

    def _waits(self, version: object) -> bool:
        failure = self._failure
        return failure is not None and failure.version == version and self._clock() < failure.again

    def _renew(self, version: object) -> None:
        try:
            with self._lock:
                self._read(version)
        finally:
            self._renewing.clear()

    def _read(self, version: object) -> None:
        """Read the lists, or keep why not."""
        try:
            self._shown, self._failure = self._still(), None
        except Exception as error:  # a fault of ours or of the store: what is shown stays
            self._note(version, error)

    def _note(self, version: object, error: Exception) -> None:
        """Keep that a version cannot be read, and when that is tried again."""
        before = self._failure
        times = before.times + 1 if before and before.version == version else 1
        wait = min(_MAX_WAIT_SECONDS, 2.0 ** min(times - 1, 10))
        reason = str(error) if isinstance(error, StoreError) else type(error).__name__
        self._failure = Failure(version, times, reason, self._clock() + wait)
        _log.error("what is published cannot be read; tried again in %.0f seconds", wait, exc_info=error)

    def _still(self) -> Snapshot:
        """Return a snapshot, read again if the store changed meanwhile: all its lists must be of one state."""
        for _ in range(_MAX_READS):
            version = self._version()
            snapshot = replace(self._make(version), version=version)
            if self._version() == version:
                break
        return snapshot
