"""The values of an admission: the function that reads a body, what came of it, and what it changes in the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from registry.admission.entries import Sifted
from registry.diff.changes import Change
from registry.model import Description, Outcome, Report, SourceState


class Read(Protocol):
    """A function that parses and validates a body, as `validation.readers.Readers.read` does in a worker process."""

    def __call__(
        self, body: bytes, *, media_type: str, url: str, graph: str, mapping: str = ""
    ) -> tuple[Description, Report]:
        """Return the description and the report on it. Raises ReadingError and WorkerError."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of a body: its verdict, and why.

    `verdict` is ACCEPTED, REJECTED, HELD, UNREADABLE or REFUSED; `reason` is "" for ACCEPTED. `description` and
    `report` are None for what could not be read. `changes` are those from the description accepted before to this
    accepted one: () where both mean the same, None where there is nothing to compare. `sifted` tells which entries
    break a rule and are left out of the description, and `reason` then how many; None where none does.
    """

    verdict: Outcome
    reason: str
    description: Description | None = None
    report: Report | None = None
    changes: tuple[Change, ...] | None = None
    sifted: Sifted | None = None

    @property
    def accepted(self) -> Description | None:
        """The description, if it is accepted."""
        return self.description if self.verdict is Outcome.ACCEPTED else None


@dataclass(frozen=True, slots=True)
class Admission:
    """What one fetch changes: the new state of its source, and the parts of the update that writes it.

    `removed` and `added` are lines of N-Triples to take out of the registry graph and to put into it. `updates` are
    SPARQL updates that empty the source's own graphs (description, report), and those that delete events that are too
    old; `graphs` are the graphs that are then filled: name → lines of N-Triples.
    """

    state: SourceState
    removed: set[str]
    added: set[str]
    updates: Sequence[str] = ()
    graphs: Mapping[str, str] = field(default_factory=dict)
