"""How a crawl is told while it goes on: a bar on a terminal, a line a source elsewhere, JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.model import SUCCESSFUL_OUTCOMES, Outcome, Source


class Teller(Protocol):
    """What hears of a crawl; to be used as `with teller:`."""

    def begin(self, total: int) -> None:
        """Hear how many sources are due."""

    def note(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Hear what became of one of them."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Quiet:
    """Tells nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is held open."""

    def begin(self, total: int) -> None:
        """Say nothing."""

    def note(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Say nothing."""


class Lines(Quiet):
    """A line a source, for logs and pipes."""

    def note(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Write the line of a source."""
        click.echo(f"{outcome:<12} {source.id}" + (f": {reason}" if reason else ""))


class JsonLines(Quiet):
    """A JSON object a source, one on each line."""

    def note(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Write the object of a source."""
        said = {"source": source.id, "address": source.url, "outcome": outcome, "reason": reason}
        click.echo(json.dumps(said, ensure_ascii=False))


class Bar:
    """A bar with counts by outcome; what is not well stays above it as a line."""

    def __init__(self, console: Console) -> None:
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console)
        self._task = self._progress.add_task("", total=None)
        self._counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, total: int) -> None:
        """Know where the bar ends."""
        self._progress.update(self._task, total=total)

    def note(self, source: Source, outcome: Outcome, reason: str) -> None:
        """Move on by one source."""
        self._counts[str(outcome)] += 1
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, description=counts)
        if outcome not in SUCCESSFUL_OUTCOMES:
            self._progress.console.print(
                escape(f"{outcome:<12} {source.id}: {reason}"), soft_wrap=True, highlight=False
            )


def teller(*, as_json: bool) -> Teller:
    """Return who tells of a crawl on this standard output."""
    console = Console()
    return JsonLines() if as_json else Bar(console) if console.is_terminal else Lines()
