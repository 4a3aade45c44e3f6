"""What one changed source costs to be merged into a large registry, against merging everything."""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.archive import Archive
from registry.merging.merge_index import MergeIndex
from registry.settings import Settings
from registry.store.open import open_store
from registry.writer import Writer
from tests.benchmarks.measure import Row, timed
from tests.benchmarks.population import changed, populate, unvalidated


def merging(offices: int = 10_000, policies: int = 2_000, jurisdictions: int = 200, repeats: int = 5) -> list[Row]:
    """Change one list after the other, and merge; then everything, as without an index."""
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        populate(settings, offices, policies, jurisdictions)
        store = open_store(settings)
        with MergeIndex(str(Path(folder) / "index.sqlite")) as index:
            writer = Writer(store, Archive(Path(folder) / "archive"), unvalidated, settings, index)
            whole = _merged(writer, settings, 0)
            parts = [_merged(writer, settings, number) for number in range(1, repeats + 1)]
        store.close()
    part = sorted(parts)[repeats // 2]
    figures = (
        f"{part * 1000:.0f} ms of CPU for a list of {offices // jurisdictions} offices (the slowest of {repeats}: "
        f"{max(parts) * 1000:.0f} ms); everything takes {whole:.1f} s, {whole / part:.0f} times as long"
    )
    return [Row(f"a changed list merged, at {offices:,} offices", "≤ 1 s", "60 ms", figures)]


def _merged(writer: Writer, settings: Settings, number: int) -> float:
    writer.admit(changed(settings, number))
    return timed(writer.merge, time.process_time)[0]
