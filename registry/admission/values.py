"""What an admission is made of: the reading of a body, and what it changes."""

from __future__ import annotations

from dataclasses import dataclass

from registry.diff.changes import Change
from registry.model import Description, Outcome, Report, SourceState


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a body; `reason` is "" for one that is accepted, `report` and `description` None if unreadable.

    `changes` are those of an accepted description to the one before it; None where it is the first.
    """

    verdict: Outcome
    reason: str
    description: Description | None = None
    report: Report | None = None
    changes: tuple[Change, ...] | None = None

    @property
    def accepted(self) -> Description | None:
        """The description, if it is accepted."""
        return self.description if self.verdict is Outcome.ACCEPTED else None

    @property
    def is_the_same(self) -> bool:
        """Whether it is accepted and says what the accepted one before it said, be it in other bytes."""
        return self.changes == ()


@dataclass(frozen=True, slots=True)
class Admission:
    """What one fetch changes: the new state of its source, and how the store comes to hold it.

    `removed` and `added` are lines of N-Triples of the registry graph; `parts` are updates of its other graphs, and of
    old events.
    """

    state: SourceState
    removed: set[str]
    added: set[str]
    parts: list[str]
