"""Crawling many hosts over HTTP: the unchanged against the HTTP client alone, the new against the fastest parts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from federation.crawl import crawl as crawl_pass
from federation.transport import Transport
from registry.model import Fetch, Outcome
from registry.operations import crawling
from registry.operations.progress import SilentReporter
from registry.settings import Settings
from tests.benchmarks import bare
from tests.benchmarks.measure import Row, cpu_with_children, medians
from tests.benchmarks.origin import Origin, origin


def recrawl(sources: int = 1_000, rounds: int = 8) -> list[Row]:
    """Read sources again that have not changed: `ospo crawl --all`, the crawler without the store, and aiohttp.

    Every second round meets the store while it puts its files together: an even number counts both kinds.
    """
    with origin(sources) as web, TemporaryDirectory() as folder:
        crawl(web, Path(folder), Outcome.ACCEPTED)
        timed = {
            "whole": lambda: crawl(web, Path(folder), Outcome.UNCHANGED),
            "crawler": lambda: _pass(web, Path(folder)),
            "client": lambda: bare.fetch(web, conditional=True),
        }
        found = {name: seconds / sources * 1000 for name, seconds in medians(timed, rounds).items()}
    beyond, crawler = found["whole"] - found["client"], found["crawler"] - found["client"]
    what = f"unchanged re-crawl of {sources:,} sources: CPU a source beyond that of the HTTP client"
    parts = f"{crawler:.1f} in the crawler, {beyond - crawler:.1f} in archive, store and merging"
    measured = (
        f"{beyond:.1f} ms ({parts}; {found['whole'] / found['client']:.0f}× a client of {found['client']:.1f} ms)"
    )
    return [Row(what, "≤ 1 ms", "5 ms", measured)]


def throughput(sources: int = 1_000, latency: float = 0.05, rounds: int = 3) -> list[Row]:
    """Read sources again, each answer after 50 ms, in wall time: `ospo crawl --all` against aiohttp alone.

    Both have the shipped politeness: so many requests in flight, and so long a pause after a robots.txt.
    """
    pause = Settings().delay_seconds
    with origin(sources, latency) as web, TemporaryDirectory() as folder:
        crawl(web, Path(folder), Outcome.ACCEPTED)
        timed = {
            "whole": lambda: crawl(web, Path(folder), Outcome.UNCHANGED, pause),
            "crawler": lambda: _pass(web, Path(folder), pause),
            "client": lambda: bare.fetch(web, conditional=True, delay=pause),
        }
        found = medians(timed, rounds, time.perf_counter)
    whole, crawler, client = (found[name] for name in ("whole", "crawler", "client"))
    what = (
        f"re-crawl of {sources:,} hosts that answer after {latency * 1000:.0f} ms, with the shipped settings (a pause "
        f"of {pause:g} s after robots.txt, {bare.PLACES} requests in flight): time against an HTTP client of the same "
        "politeness"
    )
    measured = f"{whole / client:.2f}× ({whole:.1f} against {client:.1f} s; {crawler / client:.2f}× without the store)"
    return [Row(what, "≤ 1.2×", "1.15×", measured)]


def pipeline(sources: int = 300, rounds: int = 3) -> list[Row]:
    """Read new sources, against the sum of what each part takes at its fastest; starting costs are taken off."""
    with origin(sources) as web:
        documents = bare.Documents(web.hosts)
        parts = {
            "fetch": lambda: bare.fetch(web, conditional=False),
            "archive": documents.archive,
            "read": documents.read,
            "validate": documents.validate,
            "admit": documents.admit,
            "merge": documents.merge,
        }
        whole = {"start": lambda: _fresh(Origin(web.port, web.hosts[:1])), "whole": lambda: _fresh(web)}
        found = medians({**whole, **parts}, rounds, cpu_with_children)
    ours = (found["whole"] - found["start"]) / (sources - 1) * 1000
    each = {name: found[name] / sources * 1000 for name in parts}
    fastest = sum(each.values())
    listed = ", ".join(f"{name} {value:.2f}" for name, value in each.items())
    what = f"fetch to merge, {sources:,} new sources: CPU against the sum of the fastest parts"
    return [Row(what, "≤ 2×", "2×", f"{ours / fastest:.1f}× ({ours:.1f} against {fastest:.1f} ms a source: {listed})")]


def crawl(web: Origin, data: Path, expected: Outcome, pause: float = 0.0) -> None:
    """Read all sources as `ospo crawl --all` does; each must end in that outcome."""
    results = crawling.crawl(web.settings(data, pause), web.sources, _now, SilentReporter(), everything=True)
    wrong = [result for result in results if result[1] is not expected]
    assert not wrong, wrong[0]


def _fresh(web: Origin) -> None:
    with TemporaryDirectory() as folder:
        crawl(web, Path(folder), Outcome.ACCEPTED)


def _pass(web: Origin, data: Path, pause: float = 0.0) -> None:
    asyncio.run(_read_all(web, data, pause))


async def _read_all(web: Origin, data: Path, pause: float) -> None:
    settings = web.settings(data, pause)
    async with Transport(settings) as transport:
        await crawl_pass(web.known, settings=settings, transport=transport, now=_now, admit=_noted)


def _noted(fetches: Sequence[Fetch]) -> list[tuple[Outcome, str]]:
    assert all(fetch.outcome is Outcome.UNCHANGED for fetch in fetches)
    return [(Outcome.UNCHANGED, "")] * len(fetches)


def _now() -> datetime:
    return datetime.now(UTC)
