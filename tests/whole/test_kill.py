"""A crawl that is killed at any moment: the store opens, nothing accepted is lost or halved, the next crawl goes on.

`OSPO_KILLS=100 pytest tests/whole/test_kill.py` kills it that often.
"""

import contextlib
import gc
import os
import random
import subprocess

import pytest

from registry.iri.names import source_iri
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest, select
from tests.support.programs import ENVIRONMENT, OSPO
from tests.support.waiting import LONG

BASE = Settings().base
KILLS = int(os.environ.get("OSPO_KILLS", "6"))


def crawl(folder):
    """Start a crawl of the bundled sources alone, which tells of each on a line as soon as the store has it."""
    pipe, quiet = subprocess.PIPE, subprocess.DEVNULL
    command = [OSPO, "crawl", "--bundled", "--all"]
    return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=pipe, stderr=quiet)


def crawled(folder):
    """Crawl to the end and return of how many sources was told."""
    with crawl(folder) as process:
        *lines, _ = process.stdout
    assert process.returncode == 0
    return len(lines)


def killed(folder, sources, seconds=0.0):
    """Crawl until so many sources have been told of, and so long beyond that; then kill the crawl."""
    with crawl(folder) as process:
        for _ in range(sources):
            process.stdout.readline()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.kill()


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
    """What a crawl that nobody disturbs serves, and of how many sources it tells."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "ospo.toml").write_text("sources = []\n", encoding="utf-8")
    sources = crawled(folder)
    return served(folder), policies(folder), sources


def test_a_crawl_that_is_killed_loses_nothing_and_goes_on(folder, whole):
    expected, merged, sources = whole
    chance = random.Random(KILLS)
    known = {}
    for _ in range(KILLS):
        killed(folder, chance.randint(0, sources), chance.uniform(0.0, 0.5))
        if not (folder / "var" / "store").exists():
            continue  # killed before anything was written
        found = served(folder)
        assert set(found) >= set(known)
        assert {name: found[name] for name in found} == {name: expected[name] for name in found}
        known = found
        assert all(said == merged[policy] for policy, said in policies(folder).items())
    assert crawled(folder) == sources
    assert (served(folder), policies(folder)) == (expected, merged)


def test_what_a_killed_crawl_left_behind_is_rebuilt_the_same(folder, whole):
    _, _, sources = whole
    killed(folder, sources // 2)
    assert crawled(folder) == sources
    before = whole_digest(folder)
    done = subprocess.run([OSPO, "rebuild"], cwd=folder, capture_output=True, text=True, timeout=LONG)
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
