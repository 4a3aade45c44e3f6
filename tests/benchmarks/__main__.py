"""The table of measured figures: `python -m tests.benchmarks [NAME…]`; being slow is never a failure."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from tests.benchmarks.attacks import attacks
from tests.benchmarks.checkpoint import checkpoint
from tests.benchmarks.crawling import pipeline, recrawl, throughput
from tests.benchmarks.lists import lists
from tests.benchmarks.measure import Row
from tests.benchmarks.memory import memory
from tests.benchmarks.merging import merging
from tests.benchmarks.pages import pages
from tests.benchmarks.queries import overhead, runaway
from tests.benchmarks.reading import reading
from tests.benchmarks.scale import scale
from tests.benchmarks.validation import validation

_ALL = (
    validation,
    reading,
    recrawl,
    throughput,
    pipeline,
    lists,
    memory,
    merging,
    pages,
    attacks,
    checkpoint,
    overhead,
    runaway,
)
_BY_NAME = (scale,)  # which take minutes: measured only where they are named
BENCHMARKS: dict[str, Callable[[], list[Row]]] = {function.__name__: function for function in (*_ALL, *_BY_NAME)}


def main(names: list[str]) -> None:
    """Print the table of these benchmarks, or of the quick ones; the exit code is 1 when one of them crashed."""
    unknown = sorted(set(names) - set(BENCHMARKS))
    if unknown:
        sys.exit(f"no benchmark is called {', '.join(unknown)}: choose from {', '.join(BENCHMARKS)}")
    print("| what | target | predicted | measured |\n| --- | --- | --- | --- |", flush=True)
    crashed = False
    for name in names or [function.__name__ for function in _ALL]:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        try:
            rows = BENCHMARKS[name]()
        except Exception as error:  # the others are measured all the same
            traceback.print_exc()
            crashed, rows = True, [Row(name, "", "", f"crashed: {type(error).__name__}")]
        for row in rows:
            print(f"| {row.what} | {row.target} | {row.predicted} | {row.measured} |", flush=True)
    sys.exit(crashed)


if __name__ == "__main__":
    main(sys.argv[1:])
