"""The values that all rooms share: source, fetch, description, report, state; what acts on them is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from pyoxigraph import RdfFormat, Triple, parse

MAX_NAME_CHARACTERS = 300  # of a title or an identifier, in what is kept of a change


class SourceKind(StrEnum):
    """What is found at a source's address (concept scheme `source-kind`)."""

    DESCRIPTION = "description"  # an office's own file, or a compiled file of policies
    LIST = "list"  # a list of offices, kept by somebody else
    TABLE = "table"  # a CSV table in a form of its own, read as `Source.mapping` says
    REGISTRY = "registry"  # another registry: its catalogue of sources


class Layer(StrEnum):
    """Who assessed what a source says (concept scheme `assessment-kind`)."""

    SELF_DECLARED = "self-declared"  # the office itself
    IMPORTED = "imported"  # somebody else, whose list or table is read
    COMPILED = "compiled"  # the people who keep this registry, from public documents


class Outcome(StrEnum):
    """How one reading of a source ended (concept scheme `outcome`)."""

    ACCEPTED = "accepted"  # read, no Violation: served from now on
    UNCHANGED = "unchanged"  # 304, the same bytes as before, or other bytes with the same meaning
    REJECTED = "rejected"  # read, but it breaks a shape with severity Violation
    HELD = "held"  # read, no Violation, but far shorter than what is served: the operator decides
    UNREADABLE = "unreadable"  # not YAML or RDF that we can parse
    REFUSED = "refused"  # we did not, or will not, read it: robots.txt, address, size
    UNREACHABLE = "unreachable"  # network, TLS, 429 or 5xx: it may pass
    GONE = "gone"  # 404 or 410
    MOVED = "moved"  # read and served, but after a permanent redirect to another registrable domain
    WITHDRAWN = "withdrawn"  # the operator took it off the list: no longer served
    INTERNAL = "internal"  # a failure of the registry's own: it says nothing about the source


# After these, what the source says today is what is served.
SUCCESSFUL_OUTCOMES = frozenset({Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.MOVED})


class Severity(StrEnum):
    """SHACL severities, the worst first."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True, slots=True)
class Source:
    """An address that the registry reads, as the operator declared it; a crawl never changes it.

    `id` is a slug, unique in the registry. `layer` is that of all it says about offices that are not its own. Of two
    sources with equal authority and layer, the one with the smaller `rank` wins. `licence` is an IRI. `mapping` is the
    name of a file in `registry/data/imports`, for a TABLE. `peer` is the id of the registry or list through which this
    address was found; "" for one that the operator declared.
    """

    id: str
    url: str
    kind: SourceKind = SourceKind.DESCRIPTION
    layer: Layer = Layer.IMPORTED
    rank: int = 100
    title: str = ""
    licence: str = ""
    mapping: str = ""
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a fetch: the address, what came of it in plain words, and the HTTP status if there was one."""

    url: str
    result: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One reading of a source: either a `body`, or an `outcome` that says why there is none.

    `at` is UTC. `outcome` is None with a body, whose verdict is still to come; else UNCHANGED, REFUSED, UNREACHABLE,
    GONE or WITHDRAWN. `reason` is a sentence for the publisher: what is wrong, where, how to fix it. `headers` are the
    response's, names in lower case. `steps` are all requests, discovery and redirects included; `seconds` is how long
    they took, None where nobody measured. `retry_after_seconds` is what the server asked for.

    `named_by` is the page that links to this body as its description, if both are of one registrable domain; `also`
    are further descriptions that the page links to, in its order.
    `moved`: a permanent redirect led to another registrable domain.
    `confirmed`: the operator wants this body served, although it was held.
    `copied_from` is the id of the registry whose copy this is, because the origin was UNREACHABLE, which is the outcome
    then. Final address, status, headers and body are those of the copy; no body means: the copy served already.
    """

    source: Source
    at: datetime
    final_url: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    outcome: Outcome | None = None
    reason: str = ""
    retry_after_seconds: float | None = None
    steps: tuple[Step, ...] = ()
    named_by: str = ""
    confirmed: bool = False
    seconds: float | None = None
    moved: bool = False
    copied_from: str = ""
    also: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """Return the first header of that name (lower case), or the empty string."""
        for key, value in self.headers:
            if key == name:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class LastResponse:
    """What the next fetch needs of the last response with a body, to tell whether anything is new.

    `url` is where that body was found, after redirects; `digest` is "sha256:…" of its bytes. `etag` and `last_modified`
    are for a conditional request (RFC 9110, section 13); "" unless the body is the one that is served. `named_by` is
    the page that named that body, "" if none did; None where that makes no difference.
    """

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    named_by: str | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """One way in which a source is known to be genuine, for instance that it stands on the host of its office.

    `method` is a code of the concept scheme `verification-method`; `offices` is how many offices of the source it
    holds for. `at` is when it was last checked, `expires` until when it counts.
    """

    method: str
    offices: int
    at: datetime
    expires: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a document.

    `line` and `column` count from 1, None where they are not known. `field` is the way to it in the author's own words,
    such as `policies[0].matrix.use.present.force`, "" where the document has no fields. `text` is what stands there as
    typed, "" where the value is just that.
    """

    line: int | None = None
    column: int | None = None
    field: str = ""
    text: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Remark:
    """What a reader says of one place of a document.

    `code` names a message of `shapes/`, and `facts` fill its gaps. `node` and `path` are the IRIs of the node and the
    property that it is about, "" for the document; `value` is what stands there, as typed. `covers` are the properties
    of the node about which the shapes need not say anything more, since the cause is named here: `*` for all.
    `severity` is None for that of the message. `below` is the node below that one to which it applies, if it does.
    """

    code: str
    place: Place = NOWHERE
    node: str = ""
    path: str = ""
    value: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    covers: tuple[str, ...] = ()
    severity: Severity | None = None
    below: str = ""


Places = Mapping[tuple[str, str, str], Place]


@dataclass(frozen=True)  # without slots, so that `triples` has a place
class Description:
    """What one source says, as a graph that the registry names `graph`.

    `n_triples` are its lines of N-Triples, sorted, without blank nodes: each blank node of the document has become an
    IRI `{graph}#…` (RDF 1.1 Concepts, section 3.5). `format` is that of the document: turtle, yaml, table …
    `places` has where a document says so: by (subject IRI, predicate IRI, value), by (subject IRI, predicate IRI, "")
    for the key, and by (subject IRI, "", "") for the beginning of the subject. `notes` are in English: what was left
    out, and why. `remarks` are what the reader found.
    """

    graph: str
    n_triples: bytes
    format: str
    places: Places = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def place(self, subject: str, predicate: str, value: str = "") -> Place:
        """Return where a value stands, else its key, else where its subject begins, as far as that is known."""
        for key in ((subject, predicate, value), (subject, predicate, ""), (subject, "", "")):
            if key in self.places:
                return self.places[key]
        return NOWHERE

    def placed(self, remark: Remark) -> Remark:
        """Return a remark with its place, if it has none and its node and property tell it."""
        if remark.place != NOWHERE or not remark.node:
            return remark
        told = (remark.value, remark.facts.get("text", ""))  # of a language tag, its text tells the place
        value = next((text for text in told if text and (remark.node, remark.path, text) in self.places), "")
        return replace(remark, place=self.place(remark.node, remark.path, value))

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The triples in the order of their lines, parsed once. Raises SyntaxError where the lines are no N-Triples."""
        return tuple([quad.triple for quad in parse(self.n_triples, RdfFormat.N_TRIPLES)])


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of validation (SHACL 1.0, section 3.6.2).

    `focus`, `path` and `shape` are IRIs; `path` and `value` are "" where the result has none. `messages` are by
    language; `place` is that in the document.
    """

    focus: str
    path: str
    severity: Severity
    shape: str
    value: str
    messages: Mapping[str, str]
    place: Place = NOWHERE

    @property
    def line(self) -> int | None:
        """The line of the document, None where it is not known."""
        return self.place.line

    def message(self, language: str) -> str:
        """Return the message in that language, or in English."""
        return self.messages.get(language) or self.messages.get("en", "")


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement: the IRIs of its activity, its stage and its force (or coverage, where it states nothing)."""

    activity: str
    stage: str
    word: str


@dataclass(frozen=True, slots=True)
class Understood:
    """The offices and policies that a description names, and its statements; `count` has how many there are of each.

    `offices` has the names by language and the country code of the first ones, `policies` their titles by language.
    """

    offices: tuple[tuple[dict[str, str], str], ...] = ()
    policies: tuple[dict[str, str], ...] = ()
    statements: tuple[Stated, ...] = ()
    counts: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True, slots=True)
class Report:
    """The findings on one description, the worst first; only 100 are kept, `total` counts them all.

    `faulty` are the nodes about which any of all findings is a Violation, kept or not.
    """

    findings: tuple[Finding, ...] = ()
    total: int = 0
    faulty: frozenset[str] = frozenset()
    understood: Understood = Understood()

    @property
    def accepted(self) -> bool:
        """Whether no finding is a Violation; a Warning does not count, unlike in `sh:conforms` (SHACL, 3.6.1)."""
        return Severity.VIOLATION not in [finding.severity for finding in self.findings]


@dataclass(frozen=True, slots=True)
class SourceState:
    """All that the registry remembers of a source: its last readings, and what of it is served.

    All moments are UTC. Three readings matter: the last attempt, the last one with a body, the last accepted one.

    Of the last attempt: `last_attempt`, `outcome`, `reason` (in words, for the publisher), `steps` (a line a request),
    `also` (the further descriptions that its page links to, a line each), `record` (its archive record). `next_due` is
    when to read again. `failing_since` is the first failure after the last success, `failures` their number;
    `gone_since` is the first of them that was GONE, `unreadable_since` the first that was UNREADABLE or REJECTED.
    `held_since` is when a version that takes much away was first HELD, until it or another one is served.

    Of the last body: `verdict`, `verdict_reason`, `final_address`, `etag`, `last_modified`, `digest`, the counts of
    `findings`, and `notes` of the reader (a line each). `last_change` is when its content last changed;
    `last_verified` is when what is served was last read, as a body or as unchanged.

    Of what is served: `accepted_at` is when it was fetched; None means that nothing is served. `accepted_digest`,
    `accepted_address` and `accepted_record` are those of its body, `format` that of its document; `offices`,
    `policies` and `statements` count what it describes. `named_by` is the page of the same site that links to it;
    `copied_from` is the registry that gave it, where the origin did not answer. `archived`: it failed for longer than
    its grace, so that it is left out of the merged graph until something is accepted again. `left_out` are the entries
    that break a rule (`registry.admission.entries`, a line each), of so many `entries`; "" and None where none does.

    `events` counts the source's events, `revision` is that of the store at the last one.
    `verifications` are sorted by method.
    """

    source: Source
    added: datetime
    last_attempt: datetime
    outcome: Outcome
    next_due: datetime
    verdict: Outcome | None = None
    reason: str = ""
    verdict_reason: str = ""
    last_verified: datetime | None = None
    last_change: datetime | None = None
    failing_since: datetime | None = None
    gone_since: datetime | None = None
    unreadable_since: datetime | None = None
    held_since: datetime | None = None
    failures: int = 0
    archived: bool = False
    final_address: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""
    format: str = ""
    accepted_at: datetime | None = None
    accepted_digest: str = ""
    accepted_address: str = ""
    accepted_record: str = ""
    copied_from: str = ""
    named_by: str = ""
    offices: int = 0
    policies: int = 0
    statements: int = 0
    findings: int = 0
    violations: int = 0
    warnings: int = 0
    events: int = 0
    revision: int = 0
    record: str = ""
    steps: str = ""
    notes: str = ""
    also: str = ""
    left_out: str = ""
    entries: int | None = None
    verifications: tuple[Verification, ...] = ()

    @property
    def effective_outcome(self) -> Outcome:
        """The outcome of the last attempt; that of the body, REJECTED for example, where it was UNCHANGED."""
        return self.verdict if self.outcome is Outcome.UNCHANGED and self.verdict else self.outcome

    @property
    def is_up_to_date(self) -> bool:
        """Whether the last body was accepted, and the last attempt found the source as it is served."""
        return self.verdict is Outcome.ACCEPTED and self.outcome in SUCCESSFUL_OUTCOMES

    @property
    def part_left_out(self) -> tuple[int, int]:
        """How many entries of the version that is served are left out, and of how many; (0, 0) where none is.

        The second is 0 where it is not known, in a store of before it was counted.
        """
        return (len(self.left_out.splitlines()), self.entries or 0) if self.is_up_to_date else (0, 0)

    @property
    def last_response(self) -> LastResponse:
        """What the next fetch needs; nothing while entries are left out, whose grace may have ended."""
        if self.left_out:
            return LastResponse()
        if self.verdict is not Outcome.ACCEPTED:  # a body that is not served is told by its bytes alone
            return LastResponse(self.final_address, digest=self.digest)
        return LastResponse(self.final_address, self.etag, self.last_modified, self.digest, self.named_by)


@dataclass(frozen=True, slots=True)
class PeerListing:
    """An address that another registry, a list of offices, or a page names as a source.

    `outcome` is the other registry's verdict on it, which is shown and never trusted; `copy` is the address of the copy
    that it keeps. Both are "" where there is none.
    """

    address: str
    kind: SourceKind
    outcome: str = ""
    copy: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEntries:
    """What one merge adds to the ledger of names and claims (`registry.authority.ledger`), in order.

    `names` has (name, keys): the path of an IRI below `{base}/id/`, such as `office/code-gouv-fr`, and the keys under
    which its thing is known; the first is the one it was minted for. `claims` has (key, id of the claiming source).
    """

    names: tuple[tuple[str, tuple[str, ...]], ...] = ()
    claims: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.claims)
