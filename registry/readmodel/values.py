"""What the questions answer with: frozen values that templates and downloads only lay out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple


class Text(NamedTuple):
    """A text with its language tag, "" where the source names none."""

    value: str
    language: str = ""


NO_TEXT = Text("")


@dataclass(frozen=True, slots=True)
class Statement:
    """What one policy says in one cell, complete in itself; codes stand for concepts, dates are as they were written.

    `policy` and `office` are slugs, `source` is the identifier of the source that says so, `source_title` and `licence`
    what the operator says of it, and `fetched` when that copy was read.
    """

    iri: str
    activity: str
    stage: str
    coverage: str
    status: str
    layer: str
    source: str
    policy: str
    force: str = ""
    country: str = ""
    level: str = ""
    issuer: str = ""
    office: str = ""
    policy_title: Text = NO_TEXT
    policy_url: str = ""
    instrument: str = ""
    issued: str = ""
    in_force_from: str = ""
    in_force_until: str = ""
    texts: tuple[Text, ...] = ()
    provision: str = ""
    binds: tuple[str, ...] = ()
    binds_note: str = ""
    applies_to: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    checked: str = ""
    accessed: str = ""
    own_word: str = ""
    remarks: tuple[Text, ...] = ()
    fetched: datetime | None = None
    source_title: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Office:
    """An office as merged; `sources` are the identifiers of all that speak of it.

    `names` are all it is called, in any language; `layers` say who assessed it, as the sources' authority goes.
    """

    slug: str
    iri: str
    name: Text
    country: str = ""
    level: str = ""
    homepage: str = ""
    email: str = ""
    contact: str = ""
    sources: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    names: tuple[Text, ...] = ()
    kind: str = ""
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as merged; `statements` counts those of all sources.

    `titles` are those in every language; `languages` (primary subtags of BCP 47) are what it is written in, as far as
    that is known; `objectives` are its own and those of its statements; `layers` say who assessed it.
    """

    slug: str
    iri: str
    title: Text
    country: str = ""
    level: str = ""
    instrument: str = ""
    status: str = ""
    issued: str = ""
    page: str = ""
    issuer: str = ""
    office: str = ""
    sources: tuple[str, ...] = ()
    statements: int = 0
    titles: tuple[Text, ...] = ()
    objectives: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that one source gives for one property of an office or a policy.

    `iri`, `concept` and `unnamed` tell whether the value is an IRI, one of a concept scheme, and one that stands for a
    blank node of the document. `source` is the identifier of the source, `layer` who assessed what it says of this
    thing. `holds`: the value is in effect, that is, the merged graph has it.
    """

    value: str
    language: str
    iri: bool
    concept: bool
    unnamed: bool
    source: str
    layer: str
    fetched: datetime | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Property:
    """One property with the claims of all sources, those in effect first; `differ` where sources disagree."""

    iri: str
    claims: tuple[Claim, ...]
    differ: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """One activity × stage of one row. `key`: a force, a coverage, or expired, pending, failed, no-match."""

    key: str
    statements: tuple[Statement, ...] = ()

    @property
    def count(self) -> int:
        """How many statements stand behind it."""
        return len(self.statements)


@dataclass(frozen=True, slots=True)
class Head:
    """What a row is about: a country (or body of countries) or an office; `country` is the code of where it belongs."""

    code: str
    name: str
    href: str
    country: str


@dataclass(frozen=True, slots=True)
class Row:
    """A head with its nine cells, by (activity, stage)."""

    head: Head
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One activity × stage of a few rows side by side."""

    activity: str
    stage: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether not all show the same."""
        return len({cell.key for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Country:
    """How much is known of a country; `assessed` counts its cells, of nine, that somebody has read.

    `in_force` are the activities of which a statement is in force; `sources` all that speak of it.
    """

    code: str
    offices: int
    policies: int
    statements: int
    assessed: int
    in_force: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingPeer:
    """Another registry that lists a source: its identifier here, when its list was read, and its verdict or ""."""

    peer: str
    at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of a source's outcome or content; `exchange` is what was sent and measured, in short."""

    source: str
    title: str
    at: datetime
    outcome: str
    reason: str = ""
    status: str = ""
    record: str = ""
    address: str = ""
    exchange: tuple[str, ...] = ()
