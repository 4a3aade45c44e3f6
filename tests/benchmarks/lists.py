"""Offices in lists, as most of a large registry are: the first crawl, one without news, and one with nothing due."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.operations import crawling
from registry.operations.progress import SilentReporter
from tests.benchmarks.measure import Row, cpu_with_children
from tests.benchmarks.origin import OFFICES_A_LIST, ROOT, Origin, hosts, origin


def lists(count: int = 40) -> list[Row]:
    """Crawl so many lists (of 250 offices) three times, each time in a process of its own, and print what it costs."""
    offices = count * OFFICES_A_LIST
    with origin(count) as web, TemporaryDirectory() as folder:
        first, again, idle = (_measured(web, folder, kind) for kind in ("first", "again", "idle"))
    each = [found["cpu"] / offices * 1000 for found in (first, again)]
    what = f"{offices:,} offices in {count} lists: first crawl, CPU an office, readers included"
    return [
        Row(what, "≤ 3 ms", "3 ms", f"{each[0]:.2f} ms (the crawler holds {first['peak']:.0f} MB at most)"),
        Row("the same lists unchanged", "≤ 0.5 ms", "0.05 ms", f"{each[1]:.2f} ms ({again['peak']:.0f} MB)"),
        Row("the same, nothing due: CPU of `ospo crawl`", "≤ 2 s", "1 s", f"{idle['cpu']:.1f} s"),
    ]


def _measured(web: Origin, folder: str, kind: str) -> dict[str, float]:
    command = [sys.executable, "-m", __name__, str(web.port), str(len(web.hosts)), folder, kind]
    found = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: dict[str, float] = json.loads(found)
    return measured


_START = datetime(2026, 11, 22, 10, tzinfo=UTC)
_CLOCKS: dict[str, Callable[[], datetime]] = {
    "first": lambda: _START,
    "again": lambda: _START + timedelta(days=2),
    "idle": lambda: _START + timedelta(days=2, minutes=10),
}


def _main(port: int, count: int, folder: Path, kind: str) -> None:
    web = Origin(port, hosts(count))
    settings = web.settings(folder, listed_offices=0)
    results = crawling.crawl(settings, web.lists, _CLOCKS[kind], SilentReporter())
    outcomes = {str(outcome) for _, outcome, _ in results}
    assert outcomes == {"first": {"accepted"}, "again": {"unchanged"}, "idle": set()}[kind], outcomes
    # not getrusage, whose maximum begins with that of the process that started this one
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM"))
    print(json.dumps({"cpu": cpu_with_children(), "peak": peak}))


if __name__ == "__main__":
    _main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]), sys.argv[4])
