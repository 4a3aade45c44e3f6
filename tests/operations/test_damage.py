"""What an operator loses or spoils in the data folder is named, and nothing more is lost without a word."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

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


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b""), lambda path: path.write_bytes(b"x" * 500)])
def test_a_damaged_archive_file_is_named_by_the_next_crawl(tmp_path, monkeypatch, damage):
    monkeypatch.chdir(tmp_path)
    settings = Settings(data=str(tmp_path / "var"))
    with open_writer(settings) as writer:
        for day in range(3):
            writer.admit(fetched(LIST, NOW + timedelta(days=day)))
    victim = sorted((tmp_path / "var" / "archive").rglob("*.warc.gz"))[1]
    damage(victim)
    refused = CliRunner().invoke(main, ["crawl", "--all"])
    assert refused.exit_code == 2
    assert victim.name in refused.output
    victim.unlink()
    assert CliRunner().invoke(main, ["crawl", "--accept-loss"]).exit_code == 0
    assert CliRunner().invoke(main, ["crawl"]).exit_code == 0


def test_an_archive_is_read_a_share_at_a_time_and_round_and_round(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_CHECKED_AT_ONCE", 2)
    read = []
    monkeypatch.setattr(Archive, "damaged", lambda archive, names: read.append(list(names)) or [])
    settings = Settings(data=str(tmp_path))
    with open_writer(settings) as writer:
        for day in range(3):
            writer.admit(fetched(b"%d" % day, NOW + timedelta(days=day)))
    for _ in range(3):
        with open_writer(settings):
            pass
    first, second, third = Archive(tmp_path / "archive").names()
    assert read == [[], [first, second], [third, first], [second, third]]
