"""`ospo status`: one screen that tells what is served, what waits for the operator, and what is damaged."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from click.testing import CliRunner

from registry.model import Fetch, Outcome, Source, SourceKind
from registry.operations import source_list, status
from registry.operations.cli import main
from registry.operations.writing import open_writer
from registry.settings import Settings

NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
SOURCE = Source("list", "https://list.example/all.yaml", SourceKind.LIST)
LIST = b"".join(b"https://%d.example:\n  name: Office\n  country: FR\n" % number for number in range(10))


def fetched(body, at=NOW):
    return Fetch(SOURCE, at, SOURCE.url, 200, (("content-type", "text/yaml"),), body)


def test_an_empty_registry_says_what_to_do(tmp_path):
    found = status.status(Settings(data=str(tmp_path)), NOW)
    assert (found.revision, found.served, found.exit_code) == (None, 0, 1)
    assert "run `ospo crawl`" in status.to_text(found)


def test_sources_of_the_operator_that_were_never_read_are_due(tmp_path):
    learned = replace(SOURCE, id="learned", peer="list")
    settings = Settings(data=str(tmp_path), sources=(SOURCE, replace(SOURCE, id="other")))
    assert status.status(settings, NOW).due == 2
    with open_writer(settings):
        pass  # a first crawl that is stopped before it has read anything
    source_list.add(settings, "https://third.example/", "third")
    found = status.status(settings, NOW)
    assert (found.due, found.unread, found.faults, found.exit_code) == (3, 3, [], 0)
    assert "due        3 now (3 never read)" in status.to_text(found)
    with open_writer(settings) as writer:
        writer.admit(fetched(LIST))
        writer.admit(replace(fetched(LIST), source=learned))
    found = status.status(settings, NOW + timedelta(hours=1))
    assert (found.due, found.unread) == (2, 2)
    found = status.status(settings, NOW + timedelta(days=9))
    assert (found.due, found.unread) == (4, 2)
    source_list.remove(settings, "third", NOW)
    (tmp_path / "sources.toml").write_text("nonsense", encoding="utf-8")
    assert "sources.toml" in status.to_text(status.status(settings, NOW))


def test_what_is_served_due_and_held_is_told(tmp_path):
    settings = Settings(base="https://atlas.example", data=str(tmp_path), sources=(SOURCE,))
    with open_writer(settings) as writer:
        writer.admit(fetched(LIST))
    found = status.status(settings, NOW + timedelta(hours=1))
    assert (found.served, found.due, found.exit_code, found.held) == (1, 0, 0, [])
    assert found.revision == 1
    assert found.archive_files == 2  # the reading, and the names that the merge gave
    assert found.store_bytes > 0
    with open_writer(settings) as writer:
        writer.admit(fetched(LIST[: len(LIST) // 10], NOW + timedelta(days=2)))
    found = status.status(settings, NOW + timedelta(days=9))
    assert found.exit_code == 1
    assert found.due == 1
    assert "ospo sources confirm list" in status.to_text(found)
    assert json.loads(json.dumps(status.to_json(found)))["held"][0]["source"] == "list"


def test_a_record_set_aside_and_a_clock_set_back_are_told(tmp_path, monkeypatch):
    settings = Settings(base="https://atlas.example", data=str(tmp_path))
    with monkeypatch.context() as broken, open_writer(settings) as writer:
        for name in ("admit", "admit_failure"):
            broken.setattr(f"registry.writer.{name}", lambda *_, **__: 1 / 0)
        assert writer.admit(fetched(LIST)).outcome is Outcome.INTERNAL
    found = status.status(settings, NOW - timedelta(days=1))
    text = status.to_text(found)
    assert "set aside" in text
    assert "ZeroDivisionError" in text
    assert "the clock was set back" in text


def test_a_missing_archive_file_is_told_and_stops_crawl_until_the_loss_is_accepted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings(data=str(tmp_path / "var"))
    with open_writer(settings) as writer:
        for day in range(3):
            writer.admit(fetched(LIST, NOW + timedelta(days=day)))
            writer.admit(replace(fetched(b""), outcome=Outcome.GONE, status=404, at=NOW + timedelta(days=day)))
    victim = sorted((tmp_path / "var" / "archive").rglob("*.warc.gz"))[1]
    victim.unlink()
    run = CliRunner().invoke
    for command in (["status"], ["crawl", "--json"], ["rebuild"]):
        refused = run(main, command)
        assert refused.exit_code == (1 if command == ["status"] else 2)
        assert "000000002 is missing" in refused.output
    assert run(main, ["rebuild", "--accept-loss"]).exit_code == 0
    assert "missing" not in run(main, ["status"]).output
    assert run(main, ["crawl"]).exit_code == 0
