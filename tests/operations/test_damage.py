"""What an operator loses or spoils in the data folder is named, and nothing more is lost without a word."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from registry.archive import Archive
from registry.model import Fetch, Outcome, Source, SourceKind
from registry.operations import writing
from registry.operations.cli import main
from registry.operations.writing import archive_folder, open_writer
from registry.settings import Settings
from registry.store.checkpoints import find

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SOURCE = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
LIST = b"".join(b"https://%d.example:\n  name: Office\n  country: FR\n" % number for number in range(3))


def fetched(body, at):
    return Fetch(SOURCE, at, SOURCE.url, 200, (("content-type", "text/yaml"),), body)


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """A registry that has read a list a few times, and the folder it is in as the current one."""
    monkeypatch.chdir(tmp_path)
    given = Settings(data="var")
    with open_writer(given) as writer:
        for day in range(3):
            writer.admit(fetched(LIST, NOW + timedelta(days=day)))
            gone = replace(fetched(b"", NOW + timedelta(days=day, hours=1)), outcome=Outcome.GONE, status=404)
            writer.admit(gone)
    return given


def run(*arguments):
    return CliRunner().invoke(main, arguments)


def files(settings):
    folder = archive_folder(settings)
    return [folder / name for name in Archive(folder).names()]


def lose_end(settings, count=2):
    """Remove the index and the last files of the archive; return their names."""
    lost = files(settings)[-count:]
    for path in (archive_folder(settings) / "index.json", *lost):
        path.unlink()
    return [path.name for path in lost]


@pytest.mark.parametrize("store", ["whole", "broken", "gone"])
def test_a_rebuild_loses_no_end_of_the_archive_that_the_store_or_its_checkpoint_has_seen(settings, store):
    before = find(settings.store_location)
    number_before, last = lose_end(settings)
    current = archive_folder(settings).with_name("store") / "CURRENT"
    if store == "broken":
        current.write_bytes(b"")
    elif store == "gone":
        shutil.rmtree(current.parent)
    for command, code in (("rebuild", 2), ("status", 1)):
        refused = run(command)
        assert refused.exit_code == code
        assert f"{last}, which the store has seen, is missing" in refused.output
        assert f"{number_before.partition('-')[0]} is missing" in refused.output
        assert "index.json is missing" in refused.output
    assert find(settings.store_location) == before
    count = len(files(settings))
    accepted = run("rebuild", "--accept-loss")
    assert (accepted.exit_code, accepted.stdout) == (0, f"rebuilt from {count} archive records\n")
    for command in ("rebuild", "crawl", "status"):  # once is enough
        assert run(command).exit_code == 0, run(command).output


def test_a_crawl_that_accepts_the_loss_gives_no_number_again_and_the_next_one_goes_on(settings):
    before = len(files(settings))
    _, last = lose_end(settings)
    refused = run("crawl", "--all")
    assert refused.exit_code == 2
    assert last in refused.output
    assert "--accept-loss" in refused.output
    assert run("crawl", "--accept-loss").exit_code == 0
    assert run("crawl", "--all").exit_code == 0
    with open_writer(settings) as writer:
        writer.admit(fetched(LIST + b"# more\n", NOW + timedelta(days=9)))
    assert files(settings)[before - 2].name.startswith(f"{before + 1:09}-")
    assert run("rebuild").exit_code == 0


def test_another_archive_in_place_of_that_of_the_store_is_refused(settings):
    other = Settings(data="other")
    with open_writer(other) as writer:
        for day in range(4):
            writer.admit(fetched(LIST, NOW + timedelta(days=day)))
            writer.admit(fetched(LIST + b"# changed\n", NOW + timedelta(days=day, hours=1)))
    shutil.rmtree(archive_folder(settings))
    shutil.copytree(archive_folder(other), archive_folder(settings))
    for command, code in (("rebuild", 2), ("status", 1)):
        refused = run(command)
        assert refused.exit_code == code
        assert "it is another archive than the store was made of" in refused.output
        assert "which the store has seen: put back that one" in refused.output
    assert run("rebuild", "--accept-loss").exit_code == 0
    assert run("rebuild").exit_code == 0


def overwritten(paths):
    content = bytearray(paths[1].read_bytes())
    content[len(content) // 2] ^= 1
    paths[1].write_bytes(content)
    return paths[1:2]


def emptied(paths):
    paths[1].write_bytes(b"")
    return paths[1:2]


def swapped(paths):
    first, second = paths[1].read_bytes(), paths[2].read_bytes()
    paths[1].write_bytes(second)
    paths[2].write_bytes(first)
    return paths[1:3]


@pytest.mark.parametrize("damage", [overwritten, emptied, swapped])
def test_a_record_that_was_admitted_and_is_damaged_since_stops_a_crawl_until_it_is_put_back(settings, damage):
    before = [path.read_bytes() for path in files(settings)]
    victims = damage(files(settings))
    for _ in range(2):  # not only once
        refused = run("crawl", "--all")
        assert refused.exit_code == 2
        assert [path.name for path in files(settings) if f"{path.name} is damaged" in refused.output] == [
            path.name for path in victims
        ]
    assert ("is empty" in run("status").output) is (damage is emptied)
    for path, content in zip(files(settings), before, strict=True):
        path.write_bytes(content)
    assert run("crawl", "--all").exit_code == 0


@pytest.mark.parametrize("command", ["crawl", "rebuild"])
@pytest.mark.parametrize("damage", [overwritten, emptied, swapped])
def test_the_loss_of_a_damaged_record_is_accepted_once(settings, damage, command):
    victims = {path: path.read_bytes() for path in files(settings)}
    damaged = damage(files(settings))
    assert run(command, "--accept-loss").exit_code == 0
    for again in ("crawl", "rebuild", "status"):
        assert run(again, *(["--all"] if again == "crawl" else [])).exit_code == 0, again
    archive = Archive(archive_folder(settings))
    archive.accept_faults()  # keeps what was accepted before
    assert all(archive.read(name) == [] for name in archive.names() if archive_folder(settings) / name in damaged)
    for path in damaged:
        path.write_bytes(victims[path])
    assert all(archive.read(name) for name in archive.names()[:3])  # what is put back counts again


def test_each_crawl_goes_on_with_the_next_share_until_all_is_checked(settings, monkeypatch):
    monkeypatch.setattr(writing, "_SHARE_FILES", 2)
    count = len(files(settings))
    overwritten(files(settings)[-2:])
    codes = [run("crawl", "--all").exit_code for _ in range(count)]
    assert codes[0] == 0  # the beginning is sound
    assert codes[(count - 1) // 2 :] == [2] * (count - (count - 1) // 2)


@given(st.integers(1, 9), st.integers(1, 5), st.integers(1, 3000), st.data())
@hypothesis_settings(max_examples=40, deadline=None)
def test_whatever_is_damaged_is_found_within_a_round(count, most_files, most_bytes, data):
    with TemporaryDirectory() as folder:
        archive = Archive(folder)
        names = [archive.append(fetched(b"%d" % number, NOW)) for number in range(count)]
        victims = data.draw(st.sets(st.sampled_from(names)))
        for name in victims:
            with (Path(folder) / name).open("ab") as file:
                file.write(b"more")
        found, position, shares = set(), "", 0
        while shares == 0 or position:
            damaged, position = archive.check(position, most_files, most_bytes)
            found.update(damaged)
            shares += 1
        assert found == victims
        assert -(-count // most_files) <= shares <= count
        archive.give_up(sorted(victims))
        assert Archive(folder).check("", count, 10**9) == ([], "")
        assert archive.check("9999/12/999999999-gone", 1, 1) == ([], "")  # beyond the end one begins again


@pytest.mark.parametrize("damage", [overwritten, emptied])
def test_a_damaged_file_may_be_taken_away_and_its_loss_accepted(settings, damage):
    (victim,) = damage(files(settings))
    assert run("crawl", "--all").exit_code == 2
    victim.unlink()
    assert run("crawl", "--accept-loss").exit_code == 0
    assert run("crawl", "--all").exit_code == 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda store: shutil.rmtree(store), "var/store, of the store, is missing"),
        (lambda store: (store / "CURRENT").unlink(), "var/store/CURRENT, of the store, is missing"),
        (lambda store: (store / "CURRENT").write_bytes(b""), "var/store/CURRENT of the store is empty"),
    ],
)
@pytest.mark.parametrize("published", [True, False])
def test_a_store_that_is_seen_to_be_lost_is_named_with_what_helps(settings, spoil, words, published):
    assert run("status").exit_code == 0
    spoil(Path(settings.store_location))
    if not published:
        shutil.rmtree(f"{settings.store_location}.checkpoints")
    told = run("status")
    assert told.exit_code == 1
    assert f"{words}: `ospo rebuild` makes the store again" in told.stdout
    assert run("rebuild").exit_code == 0
    assert run("status").exit_code == 0


def test_a_crawl_without_its_store_loses_no_end_of_the_archive_that_the_checkpoint_has_seen(settings):
    _, last = lose_end(settings)
    shutil.rmtree(settings.store_location)
    refused = run("crawl", "--all")
    assert refused.exit_code == 2
    assert f"{last}, which the store has seen, is missing" in refused.output
    assert not Path(settings.store_location).exists()
    assert run("crawl", "--accept-loss").exit_code == 0
    assert run("crawl", "--all").exit_code == 0
