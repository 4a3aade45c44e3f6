"""Timing: medians of interleaved repeats, in CPU time or in wall time, and the lines that come of them."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Task = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `target` is that of the design, `predicted` was written before the first measurement."""

    what: str
    target: str
    predicted: str
    measured: str


def timed(task: Callable[[], T], clock: Clock = time.process_time) -> tuple[float, T]:
    """Return the seconds that a task took, and its result."""
    start = clock()
    result = task()
    return clock() - start, result


def medians(tasks: dict[str, Task], repeats: int = 5, clock: Clock = time.process_time) -> dict[str, float]:
    """Return the median seconds of each task; the tasks take turns, so that noise hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            times[name].append(timed(task, clock)[0])
    return {name: statistics.median(values) for name, values in times.items()}


def cpu_with_children() -> float:
    """Return the CPU seconds of this process and of those of its children that have ended."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
