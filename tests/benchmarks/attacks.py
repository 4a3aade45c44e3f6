"""The site under attack, with the settings as shipped: what a visitor waits, and what is left a minute later.

Attackers and visitors are processes of their own: `python -m tests.benchmarks.attacks attack|visit HOST PORT …`.
Attackers open again what the server closes, as long as they live; they have other loopback addresses than visitors.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen

from registry.settings import Settings
from tests.benchmarks.measure import Row
from tests.benchmarks.origin import ROOT
from tests.benchmarks.population import populate
from tests.hostile import attacks as hostile
from tests.support.programs import OSPO
from tests.support.serving import children
from tests.support.sites import own_place

LARGEST = "/compare.ttl"
KINDS: dict[str, tuple[str, Any]] = {
    "50 half-sent heads": ("127.0.7.1", lambda place, of: hostile.half_heads(place, 50, of)),
    "50 half-sent bodies": ("127.0.7.2", lambda place, of: hostile.half_bodies(place, 50, of)),
    "200 idle connections": ("127.0.7.3", lambda place, of: hostile.idle(place, 200, of)),
    "40 lingering connections": ("127.0.7.4", lambda place, of: hostile.lingering(place, 40, of)),
    "20 slow readers of the largest download": (
        "127.0.7.5",
        lambda place, of: hostile.slow_readers(place, LARGEST, 20, of),
    ),
    "30 runaway queries": ("127.0.7.6", lambda place, of: hostile.runaways(place, 30, of)),
}
PREDICTED = {"all at once": "40, 60 ms"}


def attacks(
    offices: int = 10_000, policies: int = 2_000, jurisdictions: int = 200, seconds: float = 15, rest: float = 60
) -> list[Row]:
    """Visit a quiet site, the same under each attack and under all of them, and see what it holds a minute later."""
    with TemporaryDirectory() as folder:
        populate(Settings(data=f"{folder}/var"), offices, policies, jurisdictions)
        with _site(folder) as (place, process):
            quiet = _visited(place, (), seconds)
            before = _megabytes(process)
            found = {name: _visited(place, (name,), seconds) for name in KINDS}
            found["all at once"] = _visited(place, tuple(KINDS), seconds)
            peak = _megabytes(process)
            time.sleep(rest)
            after, left = _megabytes(process), _counted(place, "ospo_connections")
            calm = _visited(place, (), seconds)
    what = "p99 of /-/health, of /compare cached"
    rows = [
        Row(f"{name}, opened again when closed: {what}", "< 100, < 250 ms", guess, told)
        for name, told in found.items()
        for guess in (PREDICTED.get(name, "15, 20 ms"),)
    ]
    held = f"{before:.0f} MB before, {peak:.0f} at the end, {after:.0f} a while later; {left:.0f} connection open"
    return [
        Row(f"the site at {offices:,} offices, not attacked: {what}", "< 100, < 250 ms", "5, 10 ms", quiet),
        *rows,
        Row("memory of the web process over all attacks", "≤ + 10 %", "+ 20 MB", held),
        Row("a while after the attacks: the same", "< 100, < 250 ms", "5, 10 ms", calm),
    ]


@contextlib.contextmanager
def _site(folder: str) -> Iterator[tuple[tuple[str, int], int]]:
    place = own_place()
    (Path(folder) / "ospo.toml").write_text(f'host = "{place[0]}"\nport = {place[1]}\n', encoding="utf-8")
    with (Path(folder) / "log").open("w") as log, subprocess.Popen([OSPO, "serve"], cwd=folder, stdout=log) as server:
        try:
            deadline = time.monotonic() + 300
            while not _is_prepared(place) and time.monotonic() < deadline:
                time.sleep(0.2)
            yield place, children(server.pid)[0]
        finally:
            server.terminate()


def _is_prepared(place: tuple[str, int]) -> bool:
    try:
        with urlopen(f"http://{place[0]}:{place[1]}/-/ready") as ready:
            assert ready.status == 200
        with urlopen(f"http://{place[0]}:{place[1]}{LARGEST}") as download:
            return bool(download.read())
    except OSError:
        return False


def _visited(place: tuple[str, int], names: tuple[str, ...], seconds: float) -> str:
    """Return the waits of visitors (p99, and the largest) while these attacks go on."""
    command = [sys.executable, "-m", __name__]
    with contextlib.ExitStack() as stack:
        for name in names:
            attacker = stack.enter_context(subprocess.Popen([*command, "attack", *map(str, place), name], cwd=ROOT))
            stack.callback(attacker.kill)
        time.sleep(2 if names else 0)  # until they have begun
        asked = [*command, "visit", *map(str, place), str(seconds)]
        waits = json.loads(subprocess.run(asked, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    told = [f"{waits[path]['p99']:.0f}" for path in ("/-/health", "/compare")]
    most = ", ".join(f"{waits[path]['most']:.0f}" for path in ("/-/health", "/compare"))
    failed = sum(waits[path]["failed"] for path in waits)
    count = sum(waits[path]["count"] for path in waits)
    return f"{', '.join(told)} ms (the longest {most} ms; {count:,} visits, {failed} failed)"


def _attack(place: tuple[str, int], name: str) -> None:
    of, begin = KINDS[name]
    while True:
        with begin(place, of) as opened:
            is_over = hostile.is_cut if "slow" in name else hostile.is_closed
            until = time.monotonic() + 12
            while time.monotonic() < until and not all(map(is_over, opened)):
                time.sleep(0.1)


def _visit(place: tuple[str, int], seconds: float) -> dict[str, dict[str, float]]:
    waits: dict[str, list[float]] = {"/-/health": [], "/compare": []}
    failed = dict.fromkeys(waits, 0)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path, own in waits.items():
            begun = time.perf_counter()
            connection = http.client.HTTPConnection(*place, timeout=30)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                response.read()
                failed[path] += response.status != 200
            except (OSError, http.client.HTTPException):
                failed[path] += 1
            finally:
                connection.close()
            own.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.02)
    return {
        path: {"p99": sorted(own)[int(len(own) * 0.99)], "most": max(own), "count": len(own), "failed": failed[path]}
        for path, own in waits.items()
    }


def _counted(place: tuple[str, int], name: str) -> float:
    with urlopen(f"http://{place[0]}:{place[1]}/-/metrics") as response:
        lines = response.read().decode().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def _megabytes(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in status if line.startswith("VmRSS"))


if __name__ == "__main__":
    what, host, port, *rest_ = sys.argv[1:]
    if what == "attack":
        _attack((host, int(port)), rest_[0])
    else:
        print(json.dumps(_visit((host, int(port)), float(rest_[0]))))
