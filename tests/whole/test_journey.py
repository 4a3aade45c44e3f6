"""The whole way with the real programs: a file on a site, `ospo crawl`, `ospo serve`, and what a visitor then reads."""

import csv
import io
import json
import re
import subprocess
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlencode

import pytest

from tests.support.places import shared
from tests.support.programs import OSPO
from tests.support.sites import get, own_place, shows, started
from tests.support.waiting import LONG
from tests.support.web import answer, web

OFFICE = """\
url: http://ospo.example/
name: {en: Office of Norway}
country: NO
description: {en: Helps the ministries.}
email: ospo@ospo.example
policies:
  - title: {en: Act on source code}
    url: http://ospo.example/act
    instrument: primary-law
    issued: 2024-05-17
    status: in-force
    matrix:
      produce:
        present:
          force: required
          text: {en: Source code is published.}
          provision: art. 9
          binds: [central]
          audience: [public]
          evidence: [http://ospo.example/act#9]
      use: {promote: silent}
"""
QUESTION = """
PREFIX ospo: <https://w3id.org/ospo/ns#>
SELECT ?c WHERE {
  ?s ospo:activity <https://w3id.org/ospo/concept/activity/produce> ;
     ospo:stage <https://w3id.org/ospo/concept/stage/present> ;
     ospo:force <https://w3id.org/ospo/concept/force/required> ;
     ospo:countryCode ?c }
"""


@pytest.fixture
def registry(tmp_path):
    """A folder with settings that let this machine stand for the Web, and a function that runs `ospo` in it."""

    def configure(site, sources):
        hosts = ("ospo.example", "lists.example")
        resolve = "".join(f'"{host}" = "127.0.0.1:{site.port}"\n' for host in hosts)
        tables = "".join("[[sources]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in s.items()) for s in sources)
        (tmp_path / "ospo.toml").write_text(
            f"delay_seconds = 0.0\nconnect_seconds = {LONG}\nfetch_seconds = {LONG}\nreader_seconds = {LONG}\n"
            f'query_seconds = {LONG}\nallow_networks = ["127.0.0.1/32"]\n{tables}[resolve]\n{resolve}',
            encoding="utf-8",
        )

    def run(*arguments):
        return subprocess.run([OSPO, *arguments], cwd=tmp_path, capture_output=True, text=True, timeout=LONG)

    run.configure, run.folder = configure, tmp_path
    return run


@contextmanager
def serving(folder):
    """Serve the site of that folder and yield where (address:port)."""
    address, port = own_place()
    command = [OSPO, "serve", "--host", address, "--port", str(port)]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL) as server:
        try:
            started(f"{address}:{port}")
            yield f"{address}:{port}"
        finally:
            server.terminate()


def ask(site, query, accept="text/csv"):
    return get(site, "/sparql?" + urlencode({"query": query}), Accept=accept)


def test_a_file_on_a_site_becomes_a_compared_country_and_a_bad_one_takes_nothing_away(registry):
    with web({"/.well-known/ospo-meta": answer(OFFICE, content_type="application/yaml")}) as site:
        registry.configure(site, [{"id": "norway", "url": "http://ospo.example/"}])
        crawled = registry("crawl")
        assert (crawled.returncode, crawled.stdout.splitlines()[-1]) == (0, "1 sources: 1 accepted")
        with serving(registry.folder) as place:
            at = partial(get, place)
            cell = re.search(r'<a class="tile f-([^" ]+)[^"]*" href="/countries/NO#produce-present"', at("/compare"))
            assert cell[1] == "required"
            country = at("/countries/NO")
            for said in (
                "Source code is published.",
                "art. 9",
                "The office itself",
                "/sources/norway",
                "Office of Norway",
            ):
                assert said in country
            (row,) = [row for row in csv.DictReader(io.StringIO(at("/compare.csv"))) if row["force"]]
            assert (row["country"], row["issuer"], row["layer"]) == ("NO", "Office of Norway", "self-declared")
            assert ask(place, QUESTION).split() == ["c", "NO"]
            before = at("/offices/ospo-example.nt")

            site.routes["/.well-known/ospo-meta"] = answer(OFFICE.replace("NO", "Norway").replace("required", "must"))
            assert "1 rejected" in registry("crawl", "--all").stdout
            shows(place, registry.folder)
            source_page = at("/sources/norway")  # by the same process, which now sees the new revision
            assert "because what was read since could not be accepted" in source_page
            assert "force: write one, and one only, of required" in source_page
            assert at("/offices/ospo-example.nt") == before
            assert ask(place, QUESTION).split() == ["c", "NO"]


def test_the_two_real_lists_are_18_offices_that_say_which_list_states_what(registry):
    files = {
        "/fr.yml": shared("data/codegouvfr/fr-public-sector-ospo.yml"),
        "/all.yml": shared("data/floss-pso/all_public_sector_ospos.yaml"),
    }
    sources = [
        {"id": "dinum", "url": "http://lists.example/fr.yml", "kind": "list", "rank": 10},
        {"id": "floss-pso", "url": "http://lists.example/all.yml", "kind": "list", "rank": 20},
    ]
    with web({path: answer(file.read_bytes()) for path, file in files.items()}) as site:
        registry.configure(site, sources)
        assert "2 accepted" in registry("crawl").stdout
    offices = ask_offline(
        registry,
        "PREFIX ospo: <https://w3id.org/ospo/ns#> PREFIX dcterms: <http://purl.org/dc/terms/> "
        "SELECT ?office ?source WHERE { ?office a ospo:Office ; dcterms:source ?source }",
    )
    by_office = {}
    for row in offices:
        by_office.setdefault(row["office"], set()).add(row["source"].rpartition("/")[2])
    assert len(by_office) == 18
    assert sorted(map(len, by_office.values())) == [1] * 9 + [2] * 9
    with serving(registry.folder) as place:
        page = get(place, "/offices/code-gouv-fr")
        assert "/sources/dinum" in page
        assert "/sources/floss-pso" in page
        assert "another source says:" in page


def ask_offline(registry, query):
    answered = registry("query", query)
    assert answered.returncode == 0, answered.stderr
    return list(csv.DictReader(io.StringIO(answered.stdout)))
