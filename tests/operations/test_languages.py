"""What `ospo check`, `ospo crawl` and `ospo status` print is in the language of `--lang`, else of the environment."""

import json
import tomllib
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from registry.errors import WorkerError
from registry.model import Outcome
from registry.operations import checking, status
from registry.operations.configuration import load
from registry.operations.words import outcome_in_words, words
from registry.reasons.reasons import reason
from registry.reasons.sentences import gaps
from registry.validation.report_formats import FORMATS
from registry.validation.report_words import LANGUAGES
from tests.operations.test_cli import GOOD, configure, folder, run  # noqa: F401
from tests.support.web import answer, redirect, web

WORDS = tomllib.loads(files("registry.operations").joinpath("words.toml").read_text(encoding="utf-8"))
ROUTES = {
    "/gone": answer(status=404),
    "/moved": redirect("/gone", 301),
    "/ospo.yaml": answer(GOOD),
}
# What the answers above are in each language, in the middle of a sentence.
NOTHING = {
    "en": "http://a.example/gone answers 404, there is nothing: publish the file there",
    "fr": "http://a.example/gone répond 404, il n'y a rien : publiez-y le fichier",
    "de": "http://a.example/gone antwortet mit 404, dort ist nichts: Veröffentlichen Sie die Datei dort",
    "es": "http://a.example/gone responde 404, no hay nada: publique allí el archivo",
    "it": "http://a.example/gone risponde 404, non c'è nulla: pubblicarvi il file",
    "nl": "http://a.example/gone antwoordt 404, er is niets: publiceer het bestand daar",
}


@pytest.fixture
def site(folder):  # noqa: F811
    with web(ROUTES) as found:
        configure(folder, found, [("gone", "http://a.example/gone"), ("good", "http://b.example/ospo.yaml")])
        yield found


@pytest.mark.parametrize("name", WORDS)
def test_all_words_stand_in_six_languages_with_the_same_gaps(name):
    assert tuple(WORDS[name]) == LANGUAGES
    assert all(sorted(gaps(text)) == sorted(gaps(WORDS[name]["en"])) for text in WORDS[name].values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_says_in_each_language_what_each_address_answered(site, language):
    checked = run("check", "--lang", language, "http://a.example/moved")
    assert checked.exit_code == 2
    assert NOTHING[language] in checked.stdout
    note, *_ = [line for line in checked.stdout.splitlines() if "http://a.example/moved: 301, " in line]
    assert note.endswith(
        {
            "en": "moved for good to http://a.example/gone",
            "fr": "déplacé pour de bon vers http://a.example/gone",
            "de": "auf Dauer umgezogen nach http://a.example/gone",
            "es": "trasladado de forma definitiva a http://a.example/gone",
            "it": "spostato in modo definitivo a http://a.example/gone",
            "nl": "voorgoed verhuisd naar http://a.example/gone",
        }[language]
    )
    told = json.loads(run("check", "--lang", language, "--format", "json", "http://a.example/moved").stdout)
    assert NOTHING[language] in told["error"]
    assert note.partition("http://a.example/moved: ")[2].partition(": ")[2] in told["notes"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_crawl_and_the_status_after_it_are_told_in_each_language(site, language):
    crawled = run("crawl", "--lang", language)
    assert NOTHING[language] in crawled.stdout
    assert f"{outcome_in_words(Outcome.ACCEPTED, language):<12} good" in crawled.stdout
    counts = f"1 {outcome_in_words(Outcome.ACCEPTED, language)}, 1 {outcome_in_words(Outcome.GONE, language)}"
    assert crawled.stdout.splitlines()[-1] == words("summary", language, count=2, summary=counts)
    assert run("crawl", "--lang", language).stdout.strip() == words(
        "summary", language, count=0, summary=words("nothing_was_due", language)
    )
    told = run("status", "--lang", language)
    assert told.exit_code == 0
    assert counts in told.stdout
    titles = [words(f"status_{name}", language) for name in ("base", "clock", "served", "sources", "due", "archive")]
    assert [line.startswith(title) for line, title in zip(told.stdout.splitlines(), titles, strict=False)] == [True] * 6


def test_the_language_of_the_environment_is_kept_to_and_codes_stay_codes_for_machines(site, monkeypatch):
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    *sources, last = map(json.loads, run("crawl", "--json").stdout.splitlines())
    assert last == {"summary": {"accepted": 1, "gone": 1}}
    (gone,) = [found for found in sources if found["source"] == "gone"]
    assert gone["outcome"] == "gone"
    assert NOTHING["fr"] in gone["reason"]
    assert "publié" in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["sources"] == {"accepted": 1, "gone": 1}


def test_what_waits_and_what_is_wrong_is_told_in_the_language_that_was_asked_for(tmp_path):
    line = reason("at-line", line=6, message="policies: each entry must be described as a policy")
    found = status.Status(
        "https://atlas.example", datetime(2026, 1, 1, tzinfo=UTC), 3, None, {Outcome.HELD: 1}, 1, 0, 0, None,
        [("a", reason("held", why=reason("held-shrinks", shown=0, total=6), source="a", day="2026-02-01"))],
        [("b", Outcome.ACCEPTED, (1, 3), reason("left-out", count=1, total=3, why=line))],
        [], 0, 0, 0, [reason("internal", kind="KeyError")] * 11,
    )  # fmt: skip
    text = status.to_text(found, "fr")
    assert "il nomme 0 des 6 bureaux et politiques qui étaient publiés : rien n'est retiré avant" in text
    assert "b: accepté, 1 sur 3 laissées de côté; entrées laissées de côté : 1 sur 3 ; la première : ligne 6" in text
    assert text.count("erreur interne (KeyError)") == 10
    assert text.endswith("et 1 de plus")
    assert status.to_json(found, "fr")["held"][0]["reason"] in text
    assert "it names 0 of the 6 offices and policies" in status.to_text(found, "en")


def test_a_limit_of_the_reader_is_told_in_the_language_that_was_asked_for(folder):  # noqa: F811
    class Slow:
        def read(self, *_, **__):
            raise WorkerError(reason("worker-refused", reason=reason("worker-slow", seconds="30")))

    (folder / "office.yaml").write_text(GOOD, encoding="utf-8")
    checked = checking.check("office.yaml", load(None), Slow(), lambda: datetime.now(UTC))
    assert "le document n'a pas pu être lu sans risque : cela a duré plus de 30 secondes ; rendez-le plus petit" in (
        FORMATS["text"]([checked], "fr")
    )
