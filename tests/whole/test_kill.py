"""A crawl that is killed at any moment: the store opens, nothing accepted is lost or halved, the next crawl goes on.

`OSPO_KILLS=100 pytest tests/whole/test_kill.py` kills it that often.
"""

import gc
import os
import random
import signal
import subprocess
import time

import pytest

from registry.iri.names import source_iri
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from tests.support.programs import ENVIRONMENT, OSPO

BASE = Settings().base
KILLS = int(os.environ.get("OSPO_KILLS", "6"))


def crawl(folder):
    """Start a crawl of the bundled sources alone."""
    quiet = subprocess.DEVNULL
    return subprocess.Popen(
        [OSPO, "crawl", "--bundled", "--all"], cwd=folder, env=ENVIRONMENT, stdout=quiet, stderr=quiet
    )


def served(folder):
    """Return the description that the store holds of each accepted source, as sorted triples."""
    store = EmbeddedStore(str(folder / "var" / "store"))
    try:
        found = {}
        for state in states(store, BASE):
            graph = source_iri(BASE, state.source.id) + "/description"
            rows = select(store, f"SELECT ?s ?p ?o WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}")
            if state.accepted_at:
                found[state.source.id] = sorted(f"{row['s']} {row['p']} {row['o']}" for row in rows)
        return found
    finally:
        store.close()
        del store
        gc.collect()  # the lock of the store goes with its last reference


def policies(folder):
    """Return what the merged graph says of each policy and its statements, but for the days of reading."""
    store = EmbeddedStore(str(folder / "var" / "store"))
    try:
        found = {}
        for row in select(store, f"SELECT ?s ?p ?o WHERE {{ GRAPH <{BASE}/merged> {{ ?s ?p ?o }} }}"):
            subject, said = row["s"].value, f"{row['s']} {row['p']} {row['o']}"
            if subject.startswith(f"{BASE}/id/policy/") and "generatedAtTime" not in said:
                found.setdefault(subject.partition("#")[0], set()).add(said)
        return found
    finally:
        store.close()
        del store
        gc.collect()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "ospo.toml").write_text("sources = []\n", encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a crawl that nobody disturbs serves, and how long it takes."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "ospo.toml").write_text("sources = []\n", encoding="utf-8")
    start = time.monotonic()
    with crawl(folder) as process:
        assert process.wait(120) == 0
    return served(folder), policies(folder), time.monotonic() - start


def test_a_crawl_that_is_killed_loses_nothing_and_goes_on(folder, whole):
    expected, merged, seconds = whole
    chance = random.Random(KILLS)
    known = {}
    for _ in range(KILLS):
        with crawl(folder) as process:
            try:
                process.wait(chance.uniform(0.2, seconds))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                process.wait(30)
        if not (folder / "var" / "store").exists():
            continue  # killed before anything was written
        found = served(folder)
        assert set(found) >= set(known)
        assert {name: found[name] for name in found} == {name: expected[name] for name in found}
        known = found
        assert all(said == merged[policy] for policy, said in policies(folder).items())
    with crawl(folder) as process:
        assert process.wait(120) == 0
    assert (served(folder), policies(folder)) == (expected, merged)


def test_what_a_killed_crawl_left_behind_is_rebuilt_the_same(folder, whole):
    _, _, seconds = whole
    with crawl(folder) as process:
        time.sleep(seconds * 0.6)
        process.send_signal(signal.SIGKILL)
        process.wait(30)
    with crawl(folder) as process:
        assert process.wait(120) == 0
    before = whole_digest(folder)
    done = subprocess.run([OSPO, "rebuild"], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert whole_digest(folder) == before


def whole_digest(folder):
    store = EmbeddedStore(str(folder / "var" / "store"))
    try:
        return digest(store)
    finally:
        store.close()
        del store
        gc.collect()
