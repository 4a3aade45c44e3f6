"""Readers of an embedded store see whole checkpoints: published at once, held while read, bounded in number."""

import json
import multiprocessing
import shutil
import threading

import pytest
from pyoxigraph import Literal, NamedNode, Triple

from registry.errors import StoreError
from registry.store.checkpoints import (
    KEPT,
    CheckpointStore,
    Manifest,
    check_base,
    checkpoints_folder,
    find,
    open_view,
    publish,
)
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import ask, select
from registry.store.sparql_text import drop, insert_data

BASE = "https://atlas.example"
G = "https://a.example/g"
ANY = "ASK { GRAPH ?g { ?s ?p ?o } }"
VALUES = "SELECT ?o WHERE { GRAPH ?g { ?s ?p ?o } }"


def of_version(number, size=20):
    """Return the update that makes the graph hold so many triples of that version, and nothing else."""
    value = NamedNode("https://a.example/v"), Literal(str(number))
    data = [Triple(NamedNode(f"https://a.example/{n}"), *value) for n in range(size)]
    return f"{drop(G)} ;\n{insert_data(G, data)}"


def versions(store):
    return {row["o"].value for row in select(store, VALUES)}


@pytest.fixture
def location(tmp_path):
    return str(tmp_path / "store")


@pytest.fixture
def writer(location):
    store = EmbeddedStore(location)
    yield store
    store.close()


def shown(writer, location, revision, **facts):
    return publish(writer, location, Manifest(**{"base": BASE, "history": "h", "revision": revision} | facts))


def names(location):
    return sorted(path.name for path in checkpoints_folder(location).iterdir() if not path.is_symlink())


def test_a_reader_sees_what_was_published_last_and_cannot_write(writer, location):
    reader = CheckpointStore(location, BASE)
    assert not ask(reader, ANY)
    writer.update(of_version(1))
    assert not ask(reader, ANY)
    shown(writer, location, 1)
    writer.update(of_version(2))
    assert versions(reader) == {"1"}
    shown(writer, location, 2)
    assert versions(reader) == {"2"}
    for store in (reader, reader.view()):
        with pytest.raises(StoreError):
            store.update(drop(G))


def test_a_view_stays_what_it_was_whatever_is_published_after_it(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 1)
    reader = CheckpointStore(location, BASE)
    view = reader.view()
    for number in range(2, 12):
        writer.update(of_version(number))
        shown(writer, location, number)
        assert versions(view) == {"1"}
        assert versions(reader) == {str(number)}
    assert view.name in names(location)


def test_old_checkpoints_go_but_the_last_few_and_those_that_are_read(writer, location):
    held = None
    for number in range(1, 12):
        writer.update(of_version(number))
        name = shown(writer, location, number)
        if number == 2:
            held = open_view(find(location))
    assert len(names(location)) == 1 + KEPT + 1
    assert name in names(location)
    assert held.name in names(location)
    del held
    shown(writer, location, 12)
    assert len(names(location)) == 1 + KEPT


def test_a_store_that_was_made_again_is_seen_although_its_revision_is_the_same(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 7)
    reader = CheckpointStore(location, BASE)
    assert versions(reader) == {"1"}
    writer.update(of_version(2))
    shown(writer, location, 7)
    assert versions(reader) == {"2"}


def test_what_a_crash_left_half_done_is_never_shown_and_is_cleared_away(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 1)
    folder = checkpoints_folder(location)
    (folder / ".000000000002-dead").mkdir()
    (folder / ".x.link").symlink_to("nowhere")
    assert versions(CheckpointStore(location, BASE)) == {"1"}
    shown(writer, location, 2)
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]


def test_a_store_of_another_base_or_format_is_refused_with_what_helps(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 1, base="http://old.example")
    with pytest.raises(StoreError, match=r"made for the base http://old\.example.*ospo rebuild"):
        CheckpointStore(location, BASE).query(ANY, "application/sparql-results+json")
    with pytest.raises(StoreError, match=r"old\.example"):
        check_base(find(location), BASE, location)
    shown(writer, location, 2, format=99)
    with pytest.raises(StoreError, match=r"another version.*ospo rebuild"):
        CheckpointStore(location, BASE).view()


@pytest.mark.parametrize("damage", ["manifest", "empty manifest", "list", "store", "bytes"])
def test_a_damaged_checkpoint_says_what_helps_and_is_never_an_empty_site(writer, location, damage):
    writer.update(of_version(1, size=2_000))
    shown(writer, location, 1)
    found = find(location)
    manifest = found.folder / "manifest.json"
    if damage == "store":
        shutil.rmtree(found.store)
    elif damage == "bytes":
        for path in found.store.glob("*.sst"):
            content = bytearray(path.read_bytes())
            content[: len(content) // 2] = bytes(len(content) // 2)
            path.unlink()  # it is linked to the writer's own
            path.write_bytes(content)
        for path in found.store.glob("*.log"):
            path.unlink()
    else:
        manifest.write_text({"manifest": "{", "empty manifest": "", "list": "[]"}[damage], encoding="ascii")
    with pytest.raises(StoreError, match=r"ospo rebuild|did not answer"):
        select(CheckpointStore(location, BASE), VALUES)
    shown(writer, location, 2)
    assert versions(CheckpointStore(location, BASE)) == {"1"}


def test_a_reader_keeps_its_view_while_the_next_one_is_damaged(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 1)
    reader = CheckpointStore(location, BASE)
    view = reader.view()
    shown(writer, location, 2)
    (find(location).folder / "manifest.json").write_text("", encoding="ascii")
    assert versions(view) == {"1"}
    with pytest.raises(StoreError):
        reader.view()


def _read(location, ended, found):
    reader = CheckpointStore(location, BASE)
    count = 0
    while not ended.is_set():
        view = reader.view()
        for _ in range(3):
            rows = [row["o"].value for row in select(view, VALUES)]
            if len(rows) != 20 or len(set(rows)) != 1:
                found.put(f"half a version: {rows}")
            count += 1
    found.put(count)


def test_readers_in_other_processes_see_whole_versions_while_the_writer_publishes(writer, location):
    writer.update(of_version(0))
    shown(writer, location, 0)
    context = multiprocessing.get_context("spawn")
    ended, found = context.Event(), context.Queue()
    readers = [context.Process(target=_read, args=(location, ended, found)) for _ in range(2)]
    for reader in readers:
        reader.start()
    for number in range(1, 60):
        writer.update(of_version(number))
        shown(writer, location, number)
    ended.set()
    counts = [found.get(timeout=120) for _ in readers]
    for reader in readers:
        reader.join(120)
    assert all(isinstance(count, int) and count for count in counts), counts
    assert [reader.exitcode for reader in readers] == [0, 0]
    shown(writer, location, 99)
    assert len(names(location)) == 1 + KEPT


def test_many_threads_share_one_view(writer, location):
    writer.update(of_version(1))
    shown(writer, location, 1)
    reader, seen = CheckpointStore(location, BASE), []
    threads = [threading.Thread(target=lambda: seen.append(reader.view())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(view) for view in seen}) == 1


def test_the_manifest_is_what_was_published(writer, location):
    name = shown(writer, location, 3)
    assert find(location).manifest == Manifest(BASE, "h", 3)
    assert json.loads((checkpoints_folder(location) / name / "manifest.json").read_text())["format"] == 1
