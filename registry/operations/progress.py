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

from registry.model import SUCCESSFUL_OUTCOMES, Outcome, Source
from registry.operations.words import outcome_in_words, words
from registry.vocabulary.messages import reason_in_language


class ProgressReporter(Protocol):
    """Where a crawl reports its progress; to be used as `with reporter:`."""

    def begin(self, total: int) -> None:
        """Take note of how many sources will be read; called again when further sources are learned."""

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Report that a source was read, with which outcome, and the reason as it is stored, "" where there is none.

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

    def __init__(self, language: str = "en") -> None:
        self._language = language

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Print outcome, id and reason."""
        told = reason_in_language(reason, self._language)
        click.echo(f"{outcome_in_words(outcome, self._language, part):<12} {source.id}" + (f": {told}" if told else ""))

    def warn(self, warning: str) -> None:
        """Print the warning."""
        click.echo(f"{words('warning', self._language):<12} {reason_in_language(warning, self._language)}")


class JsonReporter(SilentReporter):
    """Prints a JSON object for each source, one on each line; outcomes are codes in every language."""

    def __init__(self, language: str = "en") -> None:
        self._language = language

    def report(self, source: Source, outcome: Outcome, reason: str, part: tuple[int, int] = (0, 0)) -> None:
        """Print id, address, outcome and reason, and how many entries are left out where any is."""
        left_out, entries = part
        told = reason_in_language(reason, self._language)
        record = {"source": source.id, "address": source.url, "outcome": outcome, "reason": told}
        counts = {"left_out": left_out, "entries": entries} if left_out else {}
        click.echo(json.dumps(record | counts, ensure_ascii=False))

    def warn(self, warning: str) -> None:
        """Print an object with the warning."""
        click.echo(json.dumps({"warning": reason_in_language(warning, self._language)}, ensure_ascii=False))


class BarReporter:
    """Shows a bar with counts by outcome; above it a line for each source that needs attention."""

    def __init__(self, console: Console, language: str = "en") -> None:
        self._language = language
        columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
        self._progress = Progress(*columns, console=console)
        self._task = self._progress.add_task("", total=None)
        self._counts: Counter[Outcome] = Counter()

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
        self._counts[outcome] += 1
        self._progress.update(self._task, advance=1, description=counted_outcomes(self._counts, self._language))
        if outcome not in SUCCESSFUL_OUTCOMES or part[0]:
            told = reason_in_language(reason, self._language)
            line = f"{outcome_in_words(outcome, self._language, part):<12} {source.id}: {told}"
            self._progress.console.print(escape(line), soft_wrap=True, highlight=False)

    def warn(self, warning: str) -> None:
        """Print the warning above the bar."""
        line = f"{words('warning', self._language):<12} {reason_in_language(warning, self._language)}"
        self._progress.console.print(escape(line), soft_wrap=True, highlight=False)


def progress_reporter(language: str, *, as_json: bool) -> ProgressReporter:
    """Return the reporter that suits the standard output, or the one that prints JSON."""
    if as_json:
        return JsonReporter(language)
    console = Console()
    return BarReporter(console, language) if console.is_terminal else LineReporter(language)


def counted_outcomes(counts: Counter[Outcome], language: str) -> str:
    """Return in words how many sources ended with which outcome: "3 accepted, 1 gone"."""
    named = sorted(counts.items(), key=lambda item: str(item[0]))
    return ", ".join(f"{count} {outcome_in_words(outcome, language)}" for outcome, count in named)


def summary(counts: Counter[Outcome], stopped_by: str, undone: int, language: str) -> str:
    """Return the last line of a crawl; `stopped_by` is the signal that stopped it, "" where it came to its end.

    `undone` sources were due and were not read then.
    """
    nothing = words("none_was_read" if stopped_by else "nothing_was_due", language)
    told = words("summary", language, count=counts.total(), summary=counted_outcomes(counts, language) or nothing)
    return f"{told}; {words('stopped', language, signal=stopped_by, count=undone)}" if stopped_by else told
