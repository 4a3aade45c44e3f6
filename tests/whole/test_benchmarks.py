"""The benchmarks run, and what they compare does the same; how fast it is is never a test."""

import re

import pytest

from tests.benchmarks.__main__ import BENCHMARKS, main
from tests.benchmarks.attacks import attacks
from tests.benchmarks.crawling import pipeline, recrawl, throughput
from tests.benchmarks.lists import lists
from tests.benchmarks.memory import memory
from tests.benchmarks.pages import pages
from tests.benchmarks.scale import scale
from tests.benchmarks.validation import validation

FIGURE = re.compile(r"\d(×| ms| s| MB| \()")


@pytest.mark.parametrize(
    ("measure", "rows"),
    [
        (lambda: validation(most=3), 1),
        (lambda: recrawl(sources=3, rounds=1), 1),
        (lambda: throughput(sources=3, latency=0.01, rounds=1), 1),
        (lambda: pipeline(sources=3, rounds=1), 1),
        (lambda: lists(count=1), 3),
        (lambda: memory(sources=3), 1),
        (lambda: pages(offices=6, policies=6, jurisdictions=3), 4),
        (lambda: scale(offices=60, policies=12, lists=3), 5),
        (lambda: attacks(offices=6, policies=6, jurisdictions=3, seconds=0.2, rest=0), 10),
    ],
    ids=["validation", "recrawl", "throughput", "pipeline", "lists", "memory", "pages", "scale", "attacks"],
)
def test_a_benchmark_gives_lines_with_a_prediction_and_a_figure(measure, rows):
    found = measure()
    assert len(found) == rows
    for row in found:
        assert row.what
        assert re.search(r"\d", row.target)
        assert re.search(r"\d", row.predicted)
        assert FIGURE.search(row.measured)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph:DeprecationWarning")  # by rdflib of itself
def test_the_table_is_markdown_and_progress_stands_apart(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["reading"])
    table, progress = capsys.readouterr()
    assert ended.value.code == 0
    assert [line.count("|") for line in table.splitlines()] == [5] * 4
    assert progress == "measuring reading …\n"


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(SystemExit, match=", ".join(BENCHMARKS)):
        main(["nonsense"])
