"""The lists beside a published checkpoint: made of what changed, of that checkpoint alone, and never instead of it."""

import logging
import shutil
from dataclasses import replace

import pytest

from registry.errors import StoreError
from registry.model import Fetch, Outcome, Source
from registry.operations import writing
from registry.operations.writing import open_writer, rebuild
from registry.readmodel import left_lists
from registry.readmodel.catalogue import Catalogue
from registry.readmodel.read import read_lists
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.checkpoints import checkpoints_folder, find
from registry.store.open import open_store
from registry.web.app import create_app
from registry.writer import Writer
from tests.support.merged import AT, received

SOURCES = [Source(f"s{number}", f"https://office{number}.example/ospo.yaml", title="One") for number in range(3)]
BODY = """
url: https://office{number}.example
name: {name}
country: FR
policies:
  - title: {name} law
    url: https://office{number}.example/law
    country: FR
    matrix: {{use: {{present: {{force: {force}, text: {{en: Says {name}.}}}}}}}}
"""


@pytest.fixture
def settings(tmp_path):
    return Settings(base="https://atlas.example", data=str(tmp_path), reader_workers=1)


def body(number, name="Office", force="required"):
    return BODY.format(number=number, name=f"{name} {number}", force=force).encode()


def crawl(settings, *fetches):
    with open_writer(settings) as writer:
        for fetch in fetches:
            writer.admit(fetch)


def first(settings):
    crawl(settings, *(received(source, body(number)) for number, source in enumerate(SOURCES)))


def shown(settings):
    """Return the lists that a new reader shows, with what the store itself gives."""
    store = open_store(settings, read_only=True)
    catalogue = Catalogue(store, settings.base).at_one_revision()
    view = store.view()
    whole = read_lists(view, settings.base, catalogue.revision(), states(view, settings.base))
    return catalogue, whole


def assert_whole(settings):
    catalogue, whole = shown(settings)
    assert list(catalogue.offices()) == [item.office for item in whole.offices.things()]
    assert list(catalogue.policies()) == [item.policy for item in whole.policies.things()]
    assert list(catalogue.statements()) == list(whole.statements.things())
    assert list(catalogue.sources()) == list(whole.sources.things())
    assert catalogue.revision() == find(settings.store_location).manifest.revision
    return catalogue


@pytest.fixture
def only_changes(monkeypatch):
    """Let a test fail that makes all lists of a store where it should make those of what changed."""

    def refuse(*_):
        raise AssertionError("the whole store was read")

    def switch():
        monkeypatch.setattr(left_lists, "read_lists", refuse)

    return switch


def test_a_crawl_renews_the_lists_by_what_changed(settings, only_changes, caplog):
    first(settings)
    assert len(assert_whole(settings).offices()) == 3
    only_changes()
    changes = [
        [received(SOURCES[1], body(1, "Changed", "preferred"))],
        [Fetch(SOURCES[0], AT, SOURCES[0].url, 304, outcome=Outcome.UNCHANGED)],
        [received(Source("s7", "https://office7.example/ospo.yaml"), body(7)), received(SOURCES[2], body(2, "Late"))],
        [Fetch(SOURCES[1], AT, SOURCES[1].url, outcome=Outcome.WITHDRAWN)],
        [received(replace(SOURCES[2], title="Two", licence="https://licence.example/"), body(2, "Late"))],
        [],
    ]
    for fetches in changes:
        crawl(settings, *fetches)
        assert_whole(settings)
    catalogue = assert_whole(settings)
    assert [office.name("en").value for office in catalogue.offices()] == ["Late 2", "Office 0", "Office 7"]
    assert {item.source_title for item in catalogue.statements()} == {"One", "Two", "s7"}
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_one_writer_may_publish_several_times(settings, only_changes):
    first(settings)
    only_changes()
    with open_writer(settings) as writer:
        for number, source in enumerate(SOURCES):
            writer.admit(received(source, body(number, f"Version {number}")))
            writing.merge_and_publish(writer, settings)
            assert_whole(settings)
    assert_whole(settings)


@pytest.mark.parametrize("moment", ["admitted", "merged"])
def test_what_a_writer_did_that_was_killed_before_it_published_is_in_the_next_lists(settings, monkeypatch, moment):
    first(settings)

    def killed(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        target = (Writer, "merge") if moment == "admitted" else (writing, "publish")
        broken.setattr(*target, killed)
        with pytest.raises(KeyboardInterrupt):
            crawl(settings, received(SOURCES[1], body(1, "Unseen")))
    assert_whole(settings)
    crawl(settings, received(SOURCES[2], body(2, "Later")))
    names = [office.name("en").value for office in assert_whole(settings).offices()]
    assert names == ["Later 2", "Office 0", "Unseen 1"]


def test_a_rebuild_leaves_lists_and_the_next_crawl_goes_on_from_them(settings, only_changes):
    first(settings)
    rebuild(settings)
    assert_whole(settings)
    only_changes()
    crawl(settings, received(SOURCES[1], body(1, "Changed")))
    assert_whole(settings)


def gone(path):
    path.unlink()


def cut(path):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def of_another_version(path):
    content = path.read_bytes()
    path.write_bytes(content.replace(b"lists 2", b"lists 9", 1))


@pytest.mark.parametrize("harm", [gone, cut, of_another_version])
def test_lists_that_cannot_be_used_are_read_from_the_checkpoint_with_a_word_in_the_log(settings, caplog, harm):
    first(settings)
    harm(find(settings.store_location).folder / "lists")
    with caplog.at_level(logging.WARNING):
        assert len(assert_whole(settings).offices()) == 3
    assert "read from" in caplog.text
    client = create_app(settings).test_client()
    assert "Office 2" in client.get("/offices").text
    crawl(settings, received(SOURCES[1], body(1, "Changed")))
    caplog.clear()
    assert_whole(settings)
    assert caplog.text == ""


def test_lists_that_cannot_be_made_keep_no_revision_from_its_readers(settings, monkeypatch, caplog):
    first(settings)
    with monkeypatch.context() as broken:
        broken.setattr(left_lists.ListsFile, "finish", lambda *_: 1 / 0)
        crawl(settings, received(SOURCES[1], body(1, "Changed")))
    assert "cannot be left" in caplog.text
    assert not (find(settings.store_location).folder / "lists").exists()
    assert "Changed 1" in [office.name("en").value for office in assert_whole(settings).offices()]


def test_a_damaged_checkpoint_keeps_no_crawl_from_publishing(settings):
    first(settings)
    folder = find(settings.store_location).folder
    (folder / "manifest.json").write_text("{")
    with pytest.raises(StoreError):
        find(settings.store_location)
    crawl(settings, received(SOURCES[1], body(1, "Changed")))
    assert_whole(settings)


def test_lists_go_with_their_checkpoint(settings):
    first(settings)
    for number in range(8):
        crawl(settings, received(SOURCES[1], body(1, f"Version {number}")))
    left = sorted(path.parent.name for path in checkpoints_folder(settings.store_location).rglob("lists"))
    assert len(left) == 4  # the current one and the three that are kept
    assert find(settings.store_location).name == left[-1]


def test_a_reader_keeps_its_lists_when_their_file_is_gone(settings):
    first(settings)
    catalogue = Catalogue(open_store(settings, read_only=True), settings.base).at_one_revision()
    before = list(catalogue.offices())
    shutil.rmtree(find(settings.store_location).folder)
    assert list(catalogue.offices()) == before
