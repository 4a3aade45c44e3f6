"""What a crawl tells beside the outcome of each source."""

import json
import logging
from datetime import UTC, datetime, timedelta

import pytest

from registry.model import Source
from registry.operations import crawling
from registry.operations.progress import JsonReporter, LineReporter
from tests.support.visits import office
from tests.support.web import answer, web

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("days", [1, 500])
@pytest.mark.parametrize("reporter", [LineReporter, JsonReporter])
def test_sources_read_by_a_clock_that_was_ahead_are_read_now_with_one_warning(tmp_path, capsys, caplog, reporter, days):
    sources = [Source(name, f"http://{name}.example/") for name in "ab"]
    routes = {"/.well-known/ospo-meta": lambda request: answer(office(f"http://{request.host}/"))}
    with web(routes) as site:
        settings = site.settings("a.example", "b.example", data=str(tmp_path), reader_workers=1)
        crawling.crawl(settings, sources, lambda: NOW + timedelta(days=days), reporter())
        assert "clock" not in capsys.readouterr().out
        results = crawling.crawl(settings, sources, lambda: NOW, reporter())
    assert sorted((source.id, outcome) for source, outcome, _ in results) == [("a", "unchanged"), ("b", "unchanged")]
    warning, *others = capsys.readouterr().out.splitlines()
    said = json.loads(warning)["warning"] if reporter is JsonReporter else warning
    assert "the clock of this machine says 2026-01-01T12:00:00Z, but 2 sources were read later than that" in said
    assert len(others) == 2
    (logged,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert logged.getMessage() in said
