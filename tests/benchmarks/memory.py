"""The most memory that the crawler holds: with some sources, and with four times as many."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.model import Outcome
from tests.benchmarks.crawling import crawl
from tests.benchmarks.measure import Row
from tests.benchmarks.origin import ROOT, Origin, hosts, origin


def memory(sources: int = 1_000) -> list[Row]:
    """Read new sources, and again when they have not changed; each crawl in a process of its own."""
    few, many = _peaks(sources), _peaks(4 * sources)
    each = (many[0] - few[0]) * 1024 / (3 * sources)
    measured = (
        f"{few[0]} MB, of {4 * sources:,} {many[0]} MB ({each:.0f} kB for each more); "
        f"unchanged {few[1]} and {many[1]} MB; workers that read aside"
    )
    what = f"memory of the crawler, {sources:,} new sources"
    return [Row(what, "≤ 300 MB, flat", "150 MB", measured)]


def _peaks(sources: int) -> tuple[int, int]:
    with origin(sources) as web, TemporaryDirectory() as folder:
        return _peak(web, folder, Outcome.ACCEPTED), _peak(web, folder, Outcome.UNCHANGED)


def _peak(web: Origin, folder: str, expected: Outcome) -> int:
    command = [sys.executable, "-m", __name__, str(web.port), str(len(web.hosts)), folder, expected]
    return int(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)


if __name__ == "__main__":
    port, count, data, outcome = sys.argv[1:]
    crawl(Origin(int(port), hosts(int(count))), Path(data), Outcome(outcome))
    # not getrusage, whose maximum begins with that of the process that started this one
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    print(next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM")))
