"""How a crawl reports its progress: a bar on a terminal, a line a source elsewhere, JSON for machines."""

from __future__ import annotations

import json
from collections import Counter
from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from registry.model import SUCCESSFUL_OUTCOMES, Outcome, Source, told


class ProgressReporter(Protocol):
    """Where a crawl reports its progress; to be used as `with reporter:`."""

    def begin(self, total: int) -> None:
        """Take note of how many sources will be read; called again when further sources are learned."""

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Report that a source was read, with which outcome, and the reason in words, "" where there is none.

        `part` is how many of its entries are left out, and of how many (`SourceState.part_left_out`).
        """

    def warn(self, warning: str) -> None:
        """Report in words what the operator should look into, though the crawl goes on."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SilentReporter:
    """Reports nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing: no resource is held."""

    def begin(self, total: int) -> None:
        """Do nothing."""

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Do nothing."""

    def warn(self, warning: str) -> None:
        """Do nothing."""


class LineReporter(SilentReporter):
    """Prints a line for each source, for logs and pipes."""

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Print outcome, id and reason."""
        click.echo(f"{told(outcome, *part):<12} {source.id}" + (f": {reason}" if reason else ""))

    def warn(self, warning: str) -> None:
        """Print the warning."""
        click.echo(f"warning      {warning}")


class JsonReporter(SilentReporter):
    """Prints a JSON object for each source, one on each line."""

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Print id, address, outcome and reason, and how many entries are left out where any is."""
        left_out, entries = part
        record = {"source": source.id, "address": source.url, "outcome": outcome, "reason": reason}
        counts = {"left_out": left_out, "entries": entries} if left_out else {}
        click.echo(json.dumps(record | counts, ensure_ascii=False))

    def warn(self, warning: str) -> None:
        """Print an object with the warning."""
        click.echo(json.dumps({"warning": warning}, ensure_ascii=False))


class BarReporter:
    """Shows a bar with counts by outcome; above it a line for each source that needs attention."""

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
        """Set the length of the bar."""
        self._progress.update(self._task, total=total)

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Advance the bar by one source."""
        self._counts[str(outcome)] += 1
        counts = ", ".join(f"{count} {name}" for name, count in sorted(self._counts.items()))
        self._progress.update(self._task, advance=1, description=counts)
        if outcome not in SUCCESSFUL_OUTCOMES or part[0]:
            line = f"{told(outcome, *part):<12} {source.id}: {reason}"
            self._progress.console.print(escape(line), soft_wrap=True, highlight=False)

    def warn(self, warning: str) -> None:
        """Print the warning above the bar."""
        self._progress.console.print(escape(f"warning      {warning}"), soft_wrap=True, highlight=False)


def progress_reporter(*, as_json: bool) -> ProgressReporter:
    """Return the reporter that suits the standard output, or the one that prints JSON."""
    console = Console()
    return JsonReporter() if as_json else BarReporter(console) if console.is_terminal else LineReporter()
