"""Timing: medians of interleaved repeats, in CPU time of this process or in wall time."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

Task = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: what, the prediction, what was measured, and by how much it differs."""

    what: str
    predicted: str
    measured: str


def medians(
    tasks: dict[str, Task], repeats: int = 5, clock: Callable[[], float] = time.process_time
) -> dict[str, float]:
    """Return the median seconds of each task; the tasks take turns, so that noise hits all alike."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(repeats):
        for name, task in tasks.items():
            start = clock()
            task()
            times[name].append(clock() - start)
    return {name: statistics.median(values) for name, values in times.items()}
