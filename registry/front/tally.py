"""What the web server counts of itself, in memory that all its processes share."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

ROOMS = ("pages", "sparql", "downloads", "operator")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number that is counted, for each value of its labels; a gauge goes up and down, and is of living processes.

    `unit` is what one count stands for.
    """

    name: str
    help: str
    labels: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ((),)
    is_gauge: bool = False
    unit: float = 1


def _each(*reasons: str) -> tuple[tuple[str, ...], ...]:
    return tuple((room, reason) for room in ROOMS for reason in reasons)


def _one(*values: str) -> tuple[tuple[str, ...], ...]:
    return tuple((value,) for value in values)


FIGURES = (
    Figure("ospo_connections", "Connections that are open", is_gauge=True),
    Figure(
        "ospo_connections_refused",
        "Connections refused: there were too many in all, or of one address",
        ("reason",),
        _one("all", "address"),
    ),
    Figure(
        "ospo_connections_closed",
        "Connections closed since the client let a time pass (head, body, answer), sent too long a head (long), waited "
        "while others came (crowd), or had an answer under way while too many bytes were unsent (unsent)",
        ("reason",),
        _one("head", "body", "answer", "long", "crowd", "unsent"),
    ),
    Figure("ospo_unsent_bytes", "Bytes of answers that clients have not taken yet", is_gauge=True),
    Figure("ospo_room_working", "Requests that have a place in a room", ("room",), _one(*ROOMS), is_gauge=True),
    Figure("ospo_room_waiting", "Requests that wait for a place in a room", ("room",), _one(*ROOMS), is_gauge=True),
    Figure("ospo_room_answers", "Answers made in a room, or at once", ("room",), _one(*ROOMS, "at-once")),
    Figure("ospo_room_seconds", "Seconds for which places were taken", ("room",), _one(*ROOMS), unit=1e-6),
    Figure(
        "ospo_room_refused",
        "Requests refused with 503: the room was full, its client had its share, or no place came in time",
        ("room", "reason"),
        _each("full", "share", "late"),
    ),
    Figure("ospo_room_left", "Requests whose client left before the answer was made", ("room",), _one(*ROOMS)),
    Figure(
        "ospo_workers_ended",
        "Worker processes killed or dead: the request was stopped, took its time, or ended the worker",
        ("room", "reason"),
        _each("stopped", "time", "died"),
    ),
    Figure(
        "ospo_store_queries_left",
        "Queries that the server of the store may still be at, though nobody waits for them; each has a place",
        is_gauge=True,
    ),
    Figure("ospo_processes_restarted", "Web processes that died and were started again"),
    Figure("ospo_log_lines_dropped", "Lines of the request log that nobody took in time"),
)
_CELLS = {key: number for number, key in enumerate((it.name, *values) for it in FIGURES for values in it.values)}


class Tally:
    """The numbers of all processes; make it before the processes are forked. The parent has the slot beyond theirs."""

    def __init__(self, processes: int) -> None:
        self.processes = processes
        self._numbers = memoryview(mmap.mmap(-1, 8 * len(_CELLS) * (processes + 1))).cast("q")

    def counts(self, process: int) -> Counts:
        """Return where the process of that number counts, from 0."""
        start = process * len(_CELLS)
        return Counts(self._numbers[start : start + len(_CELLS)])

    def total(self, name: str, *values: str) -> int:
        """Return the sum of all processes, in counts."""
        return sum(self._numbers[_CELLS[name, *values] :: len(_CELLS)])

    def figures(self) -> Iterator[tuple[Figure, list[tuple[tuple[str, ...], float]]]]:
        """Yield each figure with the values of its labels and the sum of all processes for each."""
        for figure in FIGURES:
            yield figure, [(values, self.total(figure.name, *values) * figure.unit) for values in figure.values]


class Counts:
    """The numbers of one process; only one thread of it may count."""

    def __init__(self, numbers: memoryview) -> None:
        self._numbers = numbers

    def add(self, name: str, *values: str, count: int = 1) -> None:
        """Add to a number; the values are those of its labels."""
        self._numbers[_CELLS[name, *values]] += count

    def forget_gauges(self) -> None:
        """Set to nothing what is of living processes only."""
        for figure in FIGURES:
            for values in figure.values if figure.is_gauge else ():
                self._numbers[_CELLS[figure.name, *values]] = 0
