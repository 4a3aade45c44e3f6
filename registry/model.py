"""The words of the project as frozen values; what is done with them lives in functions elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property

from pyoxigraph import RdfFormat, Triple, parse

MAX_NAME_CHARACTERS = 300  # of a title or an identifier, in what is kept of a change


class SourceKind(StrEnum):
    """What stands at a source's address."""

    DESCRIPTION = "description"  # an office's own file, or a compiled file of policies
    LIST = "list"  # a list of offices kept by somebody else
    TABLE = "table"  # a foreign table, read through a declarative mapping (`Source.mapping`)
    REGISTRY = "registry"  # another registry


class Layer(StrEnum):
    """Who assessed a statement (concept scheme `assessment-kind`)."""

    SELF_DECLARED = "self-declared"
    IMPORTED = "imported"
    COMPILED = "compiled"


class Outcome(StrEnum):
    """How one reading of a source ended (concept scheme `outcome`)."""

    ACCEPTED = "accepted"  # read, no Violation: served
    UNCHANGED = "unchanged"  # 304, the same bytes as before, or other bytes that say the same
    REJECTED = "rejected"  # read, but breaks a shape
    HELD = "held"  # read, no Violation, but far shorter than what is served: the operator decides
    UNREADABLE = "unreadable"  # not YAML or RDF that we can parse
    REFUSED = "refused"  # we did not, or will not, read it: robots.txt, address, size
    UNREACHABLE = "unreachable"  # network, TLS, 429 or 5xx: transient
    GONE = "gone"  # 404 or 410
    MOVED = "moved"  # read and served, but behind a permanent redirect to another registrable domain
    WITHDRAWN = "withdrawn"  # the operator took it off the list: not served any more


SUCCESSFUL_OUTCOMES = frozenset(
    {Outcome.ACCEPTED, Outcome.UNCHANGED, Outcome.MOVED}
)  # what the source says today is served


class Severity(StrEnum):
    """SHACL severities, the worst first."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True, slots=True)
class Source:
    """An address that the registry reads, as the operator declared it; never changed by a crawl.

    `id` is a slug, unique in the registry. `rank` orders claims: the smaller wins, within what
    authority and layer leave open. `layer` is the layer of what the source says without authority.
    `mapping` names the table mapping of a TABLE source. `licence` is an IRI. `peer` is the id of the registry or the
    list that first told of this address; "" for one that the operator declared.
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
    """One address tried during a fetch: what was asked, and what came of it in plain words."""

    url: str
    result: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One reading of a source: either a `body`, or an `outcome` that explains why there is none.

    `at` is UTC. `outcome` is None when a body was received (its verdict is still to come), else one
    of UNCHANGED, REFUSED, UNREACHABLE, GONE. `reason` is a sentence for the publisher: what,
    where, how to mend. `headers` are the response's, names in lower case. `retry_after_seconds`
    is what the server asked for. `steps` is the whole way, discovery and redirects included.
    `named_by` is the page that names the body as its description, if both are of one registrable domain.
    `also` are further descriptions that this page names, in the order of the page.
    `seconds` is how long it all took, None where nobody measured.
    `confirmed`: the operator says that this body, which was held, is to be served.
    `moved`: the address leads for good to another registrable domain.
    `copied_from` is the id of the registry that gave its copy, while the outcome is UNREACHABLE: final address, status,
    headers and body are then those of the copy; the body is empty when that is the one served already.
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
        return next((value for key, value in self.headers if key == name), "")


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a source's last answer: for conditional requests (RFC 9110, section 13).

    `url` is where the body was found; `digest` is "sha256:…" of its bytes.
    """

    url: str = ""
    etag: str = ""
    last_modified: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """That a method (concept scheme `verification-method`) holds of what a source says of so many offices.

    `at` is when that was last seen to be so, `expires` when it counts no more.
    """

    method: str
    offices: int
    at: datetime
    expires: datetime


@dataclass(frozen=True)  # without slots, so that `triples` has a place
class Description:
    """What one source says, as a graph that the registry names `graph`.

    `n_triples` are its lines of N-Triples, sorted, without blank nodes: each blank node of the document has become an
    IRI `{graph}#…` (RDF 1.1 Concepts, section 3.5). `format` is that of the document: turtle, yaml, table …
    `lines` maps (subject IRI, predicate IRI) to the line of a YAML document that says so, and (subject IRI, "") to the
    line where the subject begins. `notes` are remarks of the reader, in English: what was left out, and why.
    """

    graph: str
    n_triples: bytes
    format: str
    lines: dict[tuple[str, str], int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @cached_property
    def triples(self) -> tuple[Triple, ...]:
        """The triples in the order of their lines, parsed once. Raises SyntaxError where the lines are no N-Triples."""
        return tuple(quad.triple for quad in parse(self.n_triples, RdfFormat.N_TRIPLES))


@dataclass(frozen=True, slots=True)
class Finding:
    """One result of validation (SHACL 1.0, section 3.6.2) with messages by language, and the line where known."""

    focus: str
    path: str
    severity: Severity
    shape: str
    value: str
    messages: dict[str, str]
    line: int | None = None

    def message(self, language: str) -> str:
        """Return the message in that language, or in English."""
        return self.messages.get(language) or self.messages.get("en", "")


@dataclass(frozen=True, slots=True)
class Report:
    """What SHACL says of one description; the worst 100 findings are kept, `total` counts them all."""

    findings: tuple[Finding, ...] = ()
    total: int = 0

    @property
    def accepted(self) -> bool:
        """True when nothing is a Violation: never pySHACL's `conforms`, which is false for a mere Warning."""
        return all(finding.severity is not Severity.VIOLATION for finding in self.findings)


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source, its clocks (UTC), the verdict on its last body and what is served of it now.

    `outcome` is that of the last attempt, `verdict` that of the last body received. `accepted_at` is
    when the served description was fetched; None means that nothing is served. `failing_since` is
    the first of the failures that have not yet been followed by a success, `gone_since` the first of them
    that said GONE. `archived`: left out of the merged view after its grace, until something is accepted.
    `accepted_record` is the archive record of the copy that is served; `copied_from` is the id of the registry
    that gave it, where it was not the origin. `named_by` is the page of the same site that names the served copy
    as its description. `revision` is that of the store at the last event. `steps`, `notes` (of the reader on
    the last body) and `also` (the further descriptions that its page names) have a line each. `verifications` are
    in the order of their methods.
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
    verifications: tuple[Verification, ...] = ()

    @property
    def effective_outcome(self) -> Outcome:
        """The outcome to show: for an unchanged body, the verdict on that body; else that of the last attempt."""
        return self.verdict if self.outcome is Outcome.UNCHANGED and self.verdict else self.outcome

    @property
    def is_well(self) -> bool:
        """Whether the last attempt found what is served, and nothing to complain of."""
        return self.verdict is Outcome.ACCEPTED and self.outcome in SUCCESSFUL_OUTCOMES

    @property
    def known(self) -> Known:
        """What a conditional request needs to know."""
        return Known(self.final_address, self.etag, self.last_modified, self.digest)


@dataclass(frozen=True, slots=True)
class PeerListing:
    """An address that another registry, or a list of offices, names.

    `outcome` is that registry's own verdict on it, to be shown and never trusted; `copy` is the address of the copy
    that it keeps. Both are "" where it names none.
    """

    address: str
    kind: SourceKind
    outcome: str = ""
    copy: str = ""
