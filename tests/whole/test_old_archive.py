"""What commit bf77a3b wrote: its store opens, and its archive makes the same store (tests/data/archive-bf77a3b)."""

import shutil
import tarfile

import pytest

from registry.operations import writing
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import dump
from registry.web.app import create_app
from tests.support.places import ROOT

OLD = ROOT / "tests" / "data" / "archive-bf77a3b"
BASE = "https://atlas.example"
STATES = (f"+<{BASE}/sources/", f"-<{BASE}/sources/")
WORDS = (
    "<http://www.w3.org/ns/shacl#resultMessage>",
    *(f"<https://w3id.org/ospo/ns#{name}>" for name in ("reason", "verdictReason", "notes", "steps")),
)


# Graphs that bf77a3b did not make, and that the ledger of names brought; the record that archives them is a new one.
NEW = {f"<{BASE}/names>", f"<{BASE}/authority>"}
LAST_RECORD = f"<{BASE}/registry>", "<https://w3id.org/ospo/ns#archiveRecord>"


def known(text):
    """Return these N-Quads but for the vocabulary and the new graphs, with … in place of words for people."""
    lines = set()
    for line in text.splitlines():
        subject, predicate, rest = line.split(" ", 2)
        graph = rest.removesuffix(" .").rpartition(" ")[2]
        if f"<{BASE}/vocabulary>" not in (subject, graph) and graph not in NEW:
            masked = predicate in WORDS or (subject, predicate) == LAST_RECORD
            lines.add(f"{subject} {predicate} … {graph} ." if masked else line)
    return lines


def differences(settings):
    """Return what the store of these settings has otherwise than that of bf77a3b, as lines that begin with - or +."""
    was, now = known((OLD / "canonical.nq").read_text(encoding="utf-8")), known(dump_of(settings))
    assert len(was) > 2000
    return sorted([f"-{quad}" for quad in was - now] + [f"+{quad}" for quad in now - was])


def meant():
    listed = (OLD / "differences.txt").read_text(encoding="utf-8").splitlines()
    return sorted(line for line in listed if line and not line.startswith("#"))


def dump_of(settings):
    store = EmbeddedStore(settings.store_location)
    try:
        return dump(store).decode()
    finally:
        store.close()


def state_of(settings):
    """Return what is known of each source, words for people aside."""
    store = EmbeddedStore(settings.store_location)
    try:
        return {
            state.source.id: (state.effective_outcome, state.accepted_digest, state.next_due)
            for state in states(store, BASE)
        }
    finally:
        store.close()


@pytest.fixture
def settings(tmp_path):
    """Settings of a folder with the old archive, and no store."""
    shutil.copytree(OLD / "archive", tmp_path / "archive")
    return Settings(base=BASE, data=str(tmp_path))


@pytest.fixture
def unpacked(settings, tmp_path):
    """The same with the old store beside the archive."""
    with tarfile.open(OLD / "store.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    return settings


def test_the_old_archive_makes_the_old_store_but_for_the_differences_that_are_meant(settings):
    writing.rebuild(settings)
    found = differences(settings)
    assert found == meant(), "list what is meant, with its reason, in differences.txt:\n" + "\n".join(found)


def test_the_old_store_opens_for_writing_and_has_what_it_had(unpacked):
    with writing.open_writer(unpacked):
        pass  # catches up with the archive, renews the vocabulary and merges by the rules of today
    judged = (f" <{BASE}/registry> .", "/report> .", "/description> .")
    of_states = [line for line in meant() if line.startswith(STATES) and line.endswith(judged)]
    assert len(of_states) == 190  # the sources are judged again when they are next read, or when the store is rebuilt
    assert differences(unpacked) == [line for line in meant() if line not in of_states]


def test_the_old_store_is_read_as_the_rebuilt_one_is(unpacked, tmp_path):
    old = state_of(unpacked)
    writing.rebuild(unpacked)
    assert state_of(unpacked) == old
    assert len(old) == 21


def test_the_old_store_is_served(unpacked):
    store = EmbeddedStore(unpacked.store_location)
    visitor = create_app(unpacked, store).test_client()
    try:
        assert "Act on source code" in visitor.get("/countries/NO").text
        assert [
            visitor.get(path).status_code for path in ("/", "/compare", "/sources", "/sources/gone", "/changes")
        ] == [200] * 5
    finally:
        store.close()
