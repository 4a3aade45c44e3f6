"""A registry of 100,000 offices in 400 lists: start, pages and memory of a web process, and the lists that it opens.

Making that registry takes minutes, so that it is measured only where it is asked for by name.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.model import Fetch
from registry.operations.writing import merge_and_publish
from registry.readmodel.read import read_changes, read_lists
from registry.readmodel.tables.file import open_lists, write_lists
from registry.readmodel.tables.lists import Lists
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.checkpoints import find, open_view
from tests.benchmarks.measure import Row, timed
from tests.benchmarks.population import opened, populate, reworded
from tests.benchmarks.visitor import visitor

# Page → addresses of it, none of which is asked for twice.
_PAGES: Mapping[str, tuple[str, ...]] = {
    "/": ("/?lang=de", "/?lang=fr", "/?lang=it"),
    "/compare": ("/compare?force=required", "/compare?on=2019-01-01", "/compare?lang=nl", "/compare?level=central"),
    "/compare?rows=offices": (
        *("/compare?rows=offices&lang=es", "/compare?rows=offices&page=700", "/compare?rows=offices&force=required"),
        *("/compare?rows=offices&country=FR", "/compare?rows=offices&on=2019-01-01&page=2"),
    ),
    "/offices?q=": (
        *("/offices?q=office+77", "/offices?q=programme", "/offices?q=o", "/offices?q=nothing"),
        *("/offices?q=example&level=regional", "/offices?q=source&country=SE", "/offices?q=open&page=900"),
    ),
    "/sources": ("/sources?lang=de", "/sources?page=2"),
}


def scale(offices: int = 100_000, policies: int = 20_000, lists: int = 400) -> list[Row]:
    """Start the web process on such a registry and ask for its pages; make its lists anew, and of one change."""
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        populate(settings, offices, policies, 200, lists)
        start = time.monotonic()
        with visitor(settings) as web:
            web.ask("/")
            first, cpu = time.monotonic() - start, web.cpu_seconds
            for page in _PAGES:
                web.ask(page.partition("?")[0])  # compiles the templates
            spent = {page: [web.ask(address) for address in addresses] for page, addresses in _PAGES.items()}
            memory = web.megabytes
        renewed, whole, size = _lists(settings, Path(folder))
        steps = _change(settings, reworded(3, offices, policies, 200, lists))
    words = f"{offices:,} offices, {policies:,} policies in {lists} lists"
    figures = "; ".join(
        f"{page} {statistics.median(of) * 1000:.0f} ms (at most {max(of) * 1000:.0f})" for page, of in spent.items()
    )
    return [
        Row(
            f"first page after the start of a web process, {words}",
            "≤ 5 s",
            "1.5 s",
            f"{first:.1f} s ({cpu:.1f} s of CPU)",
        ),
        Row("uncached pages, same registry: CPU", "≤ 100 ms", "60 ms", figures),
        Row("memory of the web process, same registry", "≤ 500 MB", "200 MB", f"{memory:.0f} MB"),
        Row(
            "the lists of a revision in which one office changed, written to the disk, same registry",
            "≤ 5 s",
            "1.5 s",
            f"{renewed[0]:.1f} s ({renewed[1]:.1f} s of CPU; {size:.0f} MB); all lists, read from the store, take "
            f"{whole:.0f} s of CPU",
        ),
        Row(
            f"a list of {offices // lists} offices changed, same registry: CPU until it is shown, without reading it",
            "≤ 5 s",
            "2 s",
            f"{sum(steps.values()):.1f} s: " + ", ".join(f"{name} {spent:.2f}" for name, spent in steps.items()),
        ),
    ]


def _change(settings: Settings, fetch: Fetch) -> dict[str, float]:
    """Return the CPU seconds of each step from the start of a writer until a change is published."""
    with ExitStack() as stack:
        spent, writer = timed(lambda: stack.enter_context(opened(settings)))
        steps: dict[str, Callable[[], object]] = {
            "to admit": lambda: writer.admit(fetch),
            "to merge": writer.merge,
            "to publish": lambda: merge_and_publish(writer, settings),
        }
        return {"to open the writer": spent} | {name: timed(step)[0] for name, step in steps.items()}


def _lists(settings: Settings, folder: Path) -> tuple[tuple[float, float], float, float]:
    """Return the seconds and CPU seconds for one change, the CPU seconds for all, and the megabytes of the file."""
    found = find(settings.store_location)
    assert found is not None
    store = open_view(found)
    assert store is not None
    sources, base = states(store, settings.base), settings.base
    before = open_lists(found.folder / "lists")
    changed = {before.offices.thing(len(before.offices) // 2).office.iri}

    def renew() -> None:
        write_lists(read_changes(before, store, base, before.revision + 1, sources, changed), folder / "lists")

    (cpu, (seconds, _)) = timed(lambda: timed(renew, time.perf_counter))
    whole, lists = timed(lambda: read_lists(store, base, before.revision, sources))
    assert isinstance(lists, Lists)
    size = (folder / "lists").stat().st_size / 1_000_000
    return (seconds, cpu), whole, size
