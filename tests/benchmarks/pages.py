"""The comparison of a large registry in a web process of its own: cached, uncached, of a new revision; its memory."""

from __future__ import annotations

import statistics
from tempfile import TemporaryDirectory

from registry.settings import Settings
from registry.store.checkpoints import find
from tests.benchmarks.measure import Row
from tests.benchmarks.population import populate, renew
from tests.benchmarks.visitor import Visitor, visitor

_FILTERS = (
    "country=FR",
    "force=required",
    "status=in-force",
    "level=central",
    "layer=compiled",
    "activity=use",
    "stage=promote&force=preferred",
    "lang=en",
)


def pages(offices: int = 10_000, policies: int = 2_000, jurisdictions: int = 200) -> list[Row]:
    """Ask for /compare in all these ways."""
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        populate(settings, offices, policies, jurisdictions)
        with visitor(settings) as web:
            web.ask("/compare")  # compiles the templates
            firsts, waits = zip(*(_first(web, settings) for _ in range(3)), strict=True)
            later = [web.ask(f"/compare?{query}") for query in _FILTERS]
            cached = statistics.median(web.ask("/compare", 500) for _ in range(5))
            memory = web.megabytes
    usual = statistics.median(later)
    size = f"{offices:,} offices"
    return [
        Row(
            f"/compare cached, at {size}: requests a second on one core",
            "≥ 1,000",
            "2,000",
            f"{1 / cached:,.0f} ({usual / cached:.0f}× as fast as uncached)",
        ),
        Row(
            f"/compare uncached with another filter, at {size}, {policies:,} policies, {jurisdictions} jurisdictions",
            "< 100 ms",
            "150 ms",
            f"{usual * 1000:.0f} ms (the slowest of {len(later)} filters {max(later) * 1000:.0f} ms)",
        ),
        Row(
            "/compare, the first request after a new revision, same registry",
            "< 100 ms",
            "1,500 ms",
            f"{statistics.median(firsts) * 1000:,.0f} ms (the new one is shown {statistics.median(waits):.1f} s later)",
        ),
        Row("memory of the web process, same registry", "≤ 500 MB", "300 MB", f"{memory:.0f} MB"),
    ]


def _first(web: Visitor, settings: Settings) -> tuple[float, float]:
    """Return the CPU seconds of the first request after a new revision, and the seconds until that is shown."""
    renew(settings)
    return web.ask("/compare"), web.settle(find(settings.store_location).manifest.revision)
