"""What it costs the writer to show readers a revision of a large registry, and a reader to open it."""

from __future__ import annotations

import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from registry.settings import Settings
from registry.store.checkpoints import Manifest, checkpoints_folder, find, open_view, publish
from registry.store.embedded import EmbeddedStore
from tests.benchmarks.measure import Row, timed
from tests.benchmarks.population import populate

_CHANGE = 'INSERT DATA { GRAPH <https://a.example/g> { <https://a.example/s> <https://a.example/p> "%d" } }'


def checkpoint(offices: int = 10_000, policies: int = 2_000, jurisdictions: int = 200, repeats: int = 9) -> list[Row]:
    """Publish again and again after one small change, and open what was published."""
    with TemporaryDirectory() as folder:
        settings = Settings(data=folder)
        populate(settings, offices, policies, jurisdictions)
        location = settings.store_location
        store = EmbeddedStore(location)
        before = _bytes(location)
        written, worked, opened = [], [], []
        for number in range(repeats):
            store.update(_CHANGE % number)
            manifest = Manifest(settings.base, "benchmark", number)
            start = time.process_time()
            written.append(timed(lambda manifest=manifest: publish(store, location, manifest), time.perf_counter)[0])
            worked.append(time.process_time() - start)
            found = find(location)
            assert found is not None
            opened.append(timed(lambda found=found: open_view(found), time.perf_counter)[0])
        more = (_bytes(location) - before) / 1_000_000
        size = before / 1_000_000
        store.close()
    figures = (
        f"{statistics.median(written) * 1000:.0f} ms (the slowest {max(written) * 1000:.0f}; CPU "
        f"{statistics.median(worked) * 1000:.0f} ms); opened in "
        f"{statistics.median(opened) * 1000:.0f} ms; {more:.2f} MB more on the disk than the {size:.0f} MB there were"
    )
    return [Row(f"a checkpoint after a small change, at {offices:,} offices: time", "≤ 200 ms", "50 ms", figures)]


def _bytes(location: str) -> int:
    """Return what the store and its checkpoints take, a file that is linked several times counted once."""
    folders = (Path(location), checkpoints_folder(location))
    return sum({p.stat().st_ino: p.stat().st_size for f in folders for p in f.rglob("*") if p.is_file()}.values())
