"""The values of the read model, which templates and downloads lay out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from registry.authority.ledger import Key
from registry.vocabulary.lookup import choose


class Text(NamedTuple):
    """A text with its language tag, "" if the source gives none."""

    value: str
    language: str = ""


NO_TEXT = Text("")


def in_language(texts: Iterable[Text], language: str) -> tuple[Text, ...]:
    """Return those of these texts that a reader of a language is given: they have one tag (`vocabulary.lookup`)."""
    given = tuple(texts)
    tag = choose({text.language for text in given}, language)
    return tuple([text for text in given if text.language == tag])


def one_text(texts: Iterable[Text], language: str) -> Text:
    """Return the one text that a reader of a language is given, `NO_TEXT` where there is none."""
    return min(in_language(texts, language), default=NO_TEXT)


@dataclass(frozen=True, slots=True)
class Voice:
    """What the authority graph tells of one record of a source on an office or a policy.

    `source` is the identifier of the source, `record` the IRI of the node in its description; `standing` and `because`
    are codes of the schemes `standing` and `authority`, `layer` one of `assessment-kind`: the label of all that this
    record says of the thing. `heard`: what it says enters the merged graph, else it is only shown as a claim.
    """

    source: str
    record: str
    standing: str
    because: str
    layer: str
    heard: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A record of the merged graph, or a voice on one, that cannot be shown, and why.

    `kind` is office, policy, statement or voice; `thing` is its IRI, `sources` are the identifiers of those it names.
    """

    kind: str
    thing: str
    sources: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement of a policy about one cell, with the facts of its policy and its source.

    Concepts are codes, and dates are as they were written. `policy` and `office` are slugs; `policy_titles` are the
    titles of the policy in all languages. `source` is the identifier
    of the source, `source_title` and `licence` are from the operator's list, `fetched` is when the copy was read.
    `claimed_by` is that of the policy. `duty` is the object of duty, `reach` is general or field. `changes` are the
    acts that changed the provision, `copy_of` is the official address of a copy that was read, `quotes` are sentences
    of the act itself, `codebook` is the version by which it was coded.
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
    policy_titles: tuple[Text, ...] = ()
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
    claimed_by: str = ""
    duty: str = ""
    condition: str = ""
    reach: str = ""
    territory: str = ""
    changes: tuple[str, ...] = ()
    copy_of: str = ""
    quotes: tuple[Text, ...] = ()
    codebook: str = ""

    def policy_title(self, language: str) -> Text:
        """Return the title of its policy for readers of a language."""
        return one_text(self.policy_titles, language)


@dataclass(frozen=True, slots=True)
class Office:
    """A merged office; `sources` are the identifiers of all sources that are heard on it.

    `names` are its name in all languages, `other_names` all others by which it is found; `layers` are those of the
    voices that are heard on it. `claimed_by` is the source that claims it where nobody who may speak for it, and no
    list chosen here, has confirmed it; else "".
    """

    slug: str
    iri: str
    names: tuple[Text, ...]
    country: str = ""
    level: str = ""
    homepage: str = ""
    email: str = ""
    contact: str = ""
    sources: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    other_names: tuple[Text, ...] = ()
    kind: str = ""
    layers: tuple[str, ...] = ()
    claimed_by: str = ""

    def name(self, language: str) -> Text:
        """Return its name for readers of a language."""
        return one_text(self.names, language)


@dataclass(frozen=True, slots=True)
class Policy:
    """A merged policy; `statements` is the number of statements of all sources.

    `titles` are its title in all languages. `languages` (primary subtags of BCP 47) are those it is written in, if
    known. `objectives` are its own and those of its statements; `layers` and `claimed_by` are like those of an office.
    """

    slug: str
    iri: str
    titles: tuple[Text, ...]
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
    objectives: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    claimed_by: str = ""

    def title(self, language: str) -> Text:
        """Return its title for readers of a language."""
        return one_text(self.titles, language)


@dataclass(frozen=True, slots=True)
class Claim:
    """One value that one source gives for one property of an office or a policy.

    `iri`, `concept` and `unnamed`: the value is an IRI, that of a concept, and one that replaces a blank node. `voice`
    is that of the record that states it, `fetched` is when that was read. `holds`: the merged graph has the value, so
    it takes precedence.
    """

    value: str
    language: str
    iri: bool
    concept: bool
    unnamed: bool
    voice: Voice
    fetched: datetime | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Property:
    """One property with what sources say of it, what takes precedence first; `differ`: sources disagree."""

    iri: str
    claims: tuple[Claim, ...]
    differ: bool


@dataclass(frozen=True, slots=True)
class FormerName:
    """A name in the ledger that no office and no policy has now.

    `kind` is office or policy; `key` the key that it was made for (`registry.authority.ledger`), `now` the name by
    which the same thing is known now, "" where no source names it.
    """

    kind: str
    key: Key
    now: str


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of an office or policy: what counts, and mere claims; `more`: there are more claims than these."""

    heard: tuple[Property, ...]
    claimed: tuple[Property, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class CellHead:
    """What is told of the statement that heads a cell, beside its force (codebook, section 9).

    `tier` is general, field or neighbour; `scope` is that of `comparison.scope.Scope`. `is_read`: its text was read, by
    more than others' accounts; `checked` is how well, "" where nobody says so. `layer` is who says it. `count`
    statements of `of` in that tier have this force.
    """

    tier: str
    duty: str
    condition: str
    scope: str
    is_read: bool
    checked: str
    layer: str
    count: int
    of: int


@dataclass(frozen=True, slots=True)
class Beside:
    """What is told beside the head: the strongest of another tier, and what it asks for."""

    tier: str
    force: str
    duty: str


@dataclass(frozen=True, slots=True)
class Below:
    """What goes before the head in a part of the whole, a region or a body: its scope, tier and force."""

    scope: str
    tier: str
    force: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row; `key` is what it shows: the force of its head, a coverage, "nothing" or "no-match".

    The statement that heads it comes first. `apart` counts, by kind, what does not hold or binds less than the whole;
    `below` is the strictest of that in a part of the whole, where it is stricter than the head or nothing heads.
    `place` is what takes precedence among cells (`comparison.roll_up.SLOTS`), None where no statement is shown.
    """

    key: str
    statements: Sequence[Statement] = ()
    head: CellHead | None = None
    beside: tuple[Beside, ...] = ()
    below: Below | None = None
    apart: Mapping[str, int] = field(default_factory=dict)
    place: int | None = None

    @property
    def shows(self) -> tuple[str, str]:
        """What it shows at a glance, as far as cells are the same or not: key and tier."""
        return self.key, self.head.tier if self.head else ""


@dataclass(frozen=True, slots=True)
class Head:
    """The country, body or office of a row; `country` is its own code, or that of the office's country.

    The code of an international body is made of its name. `claimed_by` is that of the office, `language` the tag of an
    office's name; that of others is in the language of the page.
    """

    code: str
    name: str
    href: str
    country: str
    claimed_by: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A head with its nine cells by (activity, stage)."""

    head: Head
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One cell of several rows side by side."""

    activity: str
    stage: str
    cells: tuple[Cell, ...]

    @property
    def differs(self) -> bool:
        """Whether the cells show different things."""
        return len({cell.shows for cell in self.cells}) > 1


@dataclass(frozen=True, slots=True)
class Country:
    """The totals of a country; `assessed` is the number of its nine cells that somebody has assessed.

    `in_force` are the activities with a statement in force; `sources` are those of its offices and policies. `reported`
    is the number of its policies that are only reported: lists or tables of others tell of them, and nobody read them.
    """

    code: str
    offices: int
    policies: int
    statements: int
    assessed: int
    in_force: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    reported: int = 0

    @property
    def is_only_reported(self) -> bool:
        """Whether nothing of it is known but what is only reported."""
        return not self.offices and self.policies == self.reported

    @property
    def is_known(self) -> bool:
        """Whether the registry knows an office or a policy of it."""
        return bool(self.offices or self.policies)


@dataclass(frozen=True, slots=True)
class ListingPeer:
    """Another registry that lists a source: its identifier here, when its list was read, and its verdict or ""."""

    peer: str
    at: datetime
    outcome: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A change of the outcome or content of a source; `exchange` are technical facts such as "HTTP 200"."""

    source: str
    title: str
    at: datetime
    outcome: str
    reason: str = ""
    status: str = ""
    record: str = ""
    address: str = ""
    exchange: tuple[str, ...] = ()
