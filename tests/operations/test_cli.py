"""The command line as an operator and a publisher meet it: exit codes, messages, and what two commands do at once."""

import csv
import io
import json
import os
import re
import socket
import subprocess
import threading

import pytest
from click.testing import CliRunner
from pyoxigraph import NamedNode, RdfFormat, parse

from registry.archive import Archive
from registry.operations.cli import main
from registry.settings import Settings, table
from registry.store.embedded import EmbeddedStore
from registry.store.protocol import digest
from tests.support import merged
from tests.support.programs import ENVIRONMENT, OSPO
from tests.support.published import show
from tests.support.waiting import LONG
from tests.support.web import answer, redirect, web

SH = "http://www.w3.org/ns/shacl#"
GOOD = """\
url: http://a.example/
name: Office
country: FR
description: {en: One.}
email: office@a.example
"""
SHORT = GOOD.partition("description")[0]  # lacks what will be required: warnings alone
INVALID = GOOD.replace("FR", "Nowhere")
UNREADABLE = "name: Office\nurl: [\n"
NOWHERE = "sources = []\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The operator's folder, without live sources; variables of the environment do not count."""
    monkeypatch.chdir(tmp_path)
    for name in set(os.environ) - set(ENVIRONMENT):
        monkeypatch.delenv(name)
    for name in (name for name in ENVIRONMENT if name.startswith("OSPO_")):
        monkeypatch.setenv(name, ENVIRONMENT[name])
    (tmp_path / "ospo.toml").write_text(NOWHERE, encoding="utf-8")
    return tmp_path


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")


def configure(folder, site, sources=(), **settings):
    """Write settings in which hosts of `a.example` and `b.example` are this site."""
    values = {"delay_seconds": 0.0, **settings}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items()]
    tables = [f'[[sources]]\nid = "{name}"\nurl = "{url}"' for name, url in sources] or [NOWHERE]
    hosts = [f'"{host}" = "127.0.0.1:{site.port}"' for host in ("a.example", "b.example")]
    text = ['allow_networks = ["127.0.0.1/32"]', *lines, *tables, "[resolve]", *hosts]
    write(folder, "ospo.toml", "\n".join(text))


def run(*arguments):
    """Run a command in this process; an exception that it does not word fails the test."""
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def program(folder, *arguments, **environment):
    """Run the real program."""
    known = ENVIRONMENT | environment
    done = subprocess.run([OSPO, *arguments], cwd=folder, env=known, capture_output=True, text=True, timeout=LONG)
    assert "Traceback" not in done.stderr
    return done


# ospo check


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        (GOOD, 0, "office.yaml: accepted (0 findings)"),
        (SHORT, 0, "office.yaml:1:1: warning: email: missing. Add a mailbox"),
        (INVALID, 1, "office.yaml:3:10: error: country: not a code that we know. Write the two capital letters"),
        (INVALID, 1, "office.yaml: rejected (1 finding)"),
        (UNREADABLE, 2, "office.yaml: cannot be read: line 2, column 6: The bracket [ before '[' is never closed"),
        (GOOD + "x: " + "y" * 262_144, 2, "at most 262144 are read. Split it into several files"),
        ("#" * 1_048_577, 2, "is larger than 1048576 bytes: split it"),
        ("", 2, "line 1: The file holds nothing that can be read"),
    ],
)
def test_the_exit_code_of_a_check_says_how_it_ended_and_the_words_say_what_where_and_how_to_fix(
    folder, text, code, message
):
    write(folder, "office.yaml", text)
    checked = program(folder, "check", "office.yaml")
    assert (checked.returncode, checked.stderr) == (code, "")
    assert message in checked.stdout


@pytest.mark.parametrize(
    ("wrong", "verdict", "code", "left_out"),
    [
        ([], "accepted", 0, 0),
        ([1], "accepted, 1 of 3 entries left out", 1, 1),
        ([0, 2], "accepted, 2 of 3 entries left out", 1, 2),
        ([0, 1, 2], "rejected", 1, 3),
    ],
)
def test_a_check_tells_how_many_entries_would_be_left_out(folder, wrong, verdict, code, left_out):
    codes = ["Estonia" if place in wrong else "EE" for place in range(3)]
    entries = [f"https://{place}.example: {{name: {place}, country: {code}}}\n" for place, code in enumerate(codes)]
    write(folder, "list.yaml", "".join(entries))
    checked = run("check", "list.yaml")
    assert checked.exit_code == code
    findings = len(checked.stdout.splitlines()) - 2  # what was understood, and the verdict
    assert checked.stdout.splitlines()[-1] == f"list.yaml: {verdict} ({findings} findings)"
    told = json.loads(run("check", "--format", "json", "list.yaml").stdout)
    assert (told["verdict"], told["entries"], told["left_out"]) == (verdict.partition(",")[0], 3, left_out)


@pytest.mark.parametrize(
    ("targets", "code"),
    [(["short.yaml", "good.yaml"], 0), (["invalid.yaml", "good.yaml"], 1), (["none.yaml", "invalid.yaml"], 2)],
)
def test_several_targets_end_with_the_code_of_the_worst(folder, targets, code):
    for name, text in (("good.yaml", GOOD), ("short.yaml", SHORT), ("invalid.yaml", INVALID)):
        write(folder, name, text)
    checked = run("check", *targets)
    assert checked.exit_code == code
    assert {line.partition(":")[0] for line in checked.stdout.splitlines()} == set(targets)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("none.yaml", "there is no file {folder}/none.yaml: put it there, or correct the address"),
        ("./none", "there is no file {folder}/none"),
        ("sub/none.yaml", "there is no file {folder}/sub/none.yaml"),
        ("x" * 300, "cannot be read"),
        ("sub", "{folder}/sub is not a file"),
        ("", "{folder} is not a file"),
        ("/proc/self/mem", "correct its permissions"),
        ("file:///none.yaml", "there is no file /none.yaml"),
        ("ftp://a.example/", "does not begin with http:// or https://: only these are read"),
        ("http://a.example:8/", "asks for port 8: only 80, 443 may be contacted"),
        ("http://127.0.0.1/", "which is not a public address"),
    ],
)
def test_what_is_not_there_is_named_plainly(folder, target, message):
    (folder / "sub").mkdir()
    checked = run("check", target)
    assert checked.exit_code == 2
    assert message.format(folder=folder) in checked.output


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "office.yaml:3:10: error: country: not a code that we know. Write the two capital letters"),
        ("fr", "office.yaml:3:10: erreur: country: code inconnu. Écrivez les deux capitales"),
    ],
)
def test_a_finding_is_given_in_the_language_that_was_asked_for(folder, language, message):
    write(folder, "office.yaml", INVALID)
    checked = run("check", "--lang", language, "office.yaml")
    assert checked.stdout.startswith(message)
    assert checked.stdout.splitlines()[0].endswith(": Nowhere)")


def test_a_language_that_the_shapes_do_not_speak_is_refused(folder):
    checked = run("check", "--lang", "pl", "office.yaml")
    assert checked.exit_code == 2
    assert "'en', 'fr', 'de', 'es', 'it', 'nl'" in checked.output


def test_the_language_of_the_environment_is_kept_to(folder, monkeypatch):
    write(folder, "office.yaml", GOOD)
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert run("check", "office.yaml").stdout.endswith("office.yaml: accepté (0 constats)\n")


def test_a_check_ends_with_what_was_understood_in_codes_and_in_words(folder):
    write(folder, "office.yaml", GOOD + "policies:\n  - {title: P, matrix: {produce: {present: {force: Required}}}}\n")
    stated = "1 statement (produce/present required (Produce, Present: Required))"
    assert f"understood: 1 office (Office, FR), 1 policy (P), {stated}\n" in run("check", "office.yaml").stdout


def test_a_message_about_several_fields_names_the_one_that_is_meant(folder):
    write(folder, "office.yaml", GOOD + "community: bluehats\n")
    assert (
        "office.yaml:6:12: warning: community: 'bluehats' is not a whole Web address"
        in run("check", "office.yaml").stdout
    )


def test_a_value_can_neither_break_a_line_nor_fill_the_screen(folder):
    write(
        folder, "office.yaml", GOOD.replace("FR", "|\n  Nowhere\n  office.yaml: accepted (0 findings)\n  " + "x" * 999)
    )
    lines = run("check", "office.yaml").stdout.splitlines()
    assert len(lines) == 3
    assert max(map(len, lines[:2])) < 400
    assert lines[2] == "office.yaml: rejected (1 finding)"


ODD = 'in valid "é".yaml'  # no name for a URN or a URI reference as it stands


@pytest.fixture
def targets(folder):
    """One accepted with a warning, two of one name that are rejected, and one that cannot be read."""
    found = {"short.yaml": SHORT, f"one/{ODD}": INVALID, f"two/{ODD}": INVALID, "unreadable.yaml": UNREADABLE}
    for name, text in found.items():
        write(folder, name, text)
    return list(found)


def test_json_is_one_object_a_line_with_all_languages(targets):
    checked = run("check", "--format", "json", *targets)
    assert checked.exit_code == 2
    results = [json.loads(line) for line in checked.stdout.splitlines()]
    verdicts = [(result["target"], result["verdict"], result["total"]) for result in results]
    assert verdicts == list(zip(targets, ("accepted", "rejected", "rejected", "unreadable"), (2, 1, 1, 0), strict=True))
    (finding,) = results[1]["findings"]
    assert (finding["severity"], finding["value"], finding["line"]) == ("Violation", "Nowhere", 3)
    assert finding["shape"] == "https://w3id.org/ospo/shapes#country-known"
    assert set(finding["messages"]) >= {"en", "fr"}
    assert (finding["column"], finding["field"]) == (10, "country")
    assert (results[3]["line"], results[3]["findings"]) == (2, [])
    assert "The bracket [ before" in results[3]["error"]


def test_turtle_is_a_shacl_report_for_each_target_that_could_be_read(targets):
    checked = run("check", "--format", "turtle", *targets)
    triples = list(parse(checked.stdout, RdfFormat.TURTLE))
    reports = {t.subject.value for t in triples if t.object == NamedNode(SH + "ValidationReport")}
    assert len(reports) == 3
    severities = sorted(
        t.object.value.removeprefix(SH) for t in triples if t.predicate == NamedNode(SH + "resultSeverity")
    )
    assert severities == ["Violation", "Violation", "Warning", "Warning"]
    assert {t.subject.value for t in triples if t.predicate == NamedNode(SH + "result")} == reports
    assert "# unreadable.yaml: cannot be read: line 2" in checked.stdout


def test_sarif_is_one_log_whatever_the_number_of_targets(targets):
    checked = run("check", "--format", "sarif", "--lang", "fr", *targets)
    log = json.loads(checked.stdout)
    assert log["version"] == "2.1.0"
    (part,) = log["runs"]
    assert part["tool"]["driver"]["name"] == "ospo check"
    results = part["results"]
    assert [result["level"] for result in results] == ["warning", "warning", "error", "error", "error"]
    assert all(result["ruleId"] and result["message"]["text"] for result in results)
    assert results[2]["message"]["text"].startswith("country : code inconnu")
    places = [result["locations"][0]["physicalLocation"] for result in results]
    assert [place["region"]["startLine"] for place in places] == [1, 1, 3, 3, 2]
    uris = [place["artifactLocation"]["uri"] for place in places]
    assert uris[1:4] == ["short.yaml", "one/in%20valid%20%22%C3%A9%22.yaml", "two/in%20valid%20%22%C3%A9%22.yaml"]


def test_a_log_without_findings_still_is_a_log(folder):
    write(folder, "office.yaml", GOOD)
    assert json.loads(run("check", "--format", "sarif", "office.yaml").stdout)["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("target", "code", "message"),
    [
        ("http://a.example/short.yaml", 0, "http://a.example/short.yaml:1:1: warning: email: missing."),
        ("http://a.example/", 1, "http://a.example/:3:10: error: country: not a code"),  # found by the page's link
        ("http://a.example/moved", 0, "http://a.example/moved: accepted (0 findings)"),
        ("http://a.example/none", 2, "http://a.example/none answers 404, there is nothing: publish the file there"),
        ("http://b.example/", 2, "robots.txt"),
        ("http://a.example/large", 2, "65536 bytes"),
    ],
)
def test_an_address_is_checked_as_a_crawl_would_read_it(folder, target, code, message):
    routes = {
        "a.example/short.yaml": answer(SHORT),
        "a.example/": answer('<html><link rel="describedby" href="/invalid.yaml">', content_type="text/html"),
        "a.example/invalid.yaml": answer(INVALID),
        "a.example/moved": redirect("/good.yaml"),
        "a.example/good.yaml": answer(GOOD),
        "a.example/large": answer("#" * 65_537),
        "b.example/robots.txt": answer("User-agent: *\nDisallow: /\n"),
        "b.example/": answer(GOOD),
    }
    with web(routes) as site:
        configure(folder, site, max_bytes=65_536)
        checked = run("check", target)
    assert checked.exit_code == code
    assert message in checked.output


def test_a_host_is_asked_over_https_and_one_that_does_not_answer_is_no_finding(folder):
    with socket.socket() as closed:  # bound, but nobody listens
        closed.bind(("127.0.0.1", 0))
        text = f'{NOWHERE}allow_networks = ["127.0.0.1/32"]\n[resolve]\n"a.example" = "127.0.0.1:%s"\n'
        write(folder, "ospo.toml", text % closed.getsockname()[1])
        checked = run("check", "a.example")
    assert checked.exit_code == 2
    assert checked.stdout.startswith("a.example: cannot be read: a.example does not accept a connection")
    assert "a.example:443" in checked.stdout


# ospo sources


def listed(*options):
    lines = run("sources", "list", *options).stdout.splitlines()
    return [tuple(line.split()) for line in lines]


def test_sources_are_added_listed_and_removed(folder):
    write(folder, "ospo.toml", '[[sources]]\nid = "own"\nurl = "https://own.example"\n')
    write(folder, "csis.csv", "a,b\n")
    for arguments, message in (
        (["https://www.a.example/ospo"], "added www-a-example-ospo: https://www.a.example/ospo\n"),
        (["b.example", "--kind", "list", "--id", "b", "--title", "B 開 😀"], "added b: https://b.example\n"),
        (["csis.csv", "--kind", "table", "--mapping", "csis"], f"added csis: file://{folder}/csis.csv\n"),
    ):
        added = run("sources", "add", *arguments)
        assert (added.exit_code, added.output) == (0, message)
    assert listed() == [
        ("own", "description", "https://own.example"),
        ("www-a-example-ospo", "description", "https://www.a.example/ospo"),
        ("b", "list", "https://b.example"),
        ("csis", "table", f"file://{folder}/csis.csv"),
    ]
    removed = run("sources", "remove", "b")
    assert (removed.exit_code, removed.output) == (0, "removed b\n")
    assert [source[0] for source in listed()] == ["own", "www-a-example-ospo", "csis"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["add", "https://a.example"], "two sources are called 'a-example' (https://a.example, https://a.example)"),
        (["add", "https://b.example", "--id", "own"], "two sources are called 'own'"),
        (["add", "https://b.example", "--id", "../own"], "'id' is '../own', but must be 1 to 60 small letters"),
        (["add", "https://b.example", "--id", "a b"], "did you mean 'a-b'?"),
        (["add", "https://b.example", "--rank", "-1"], "'rank' is -1, but must be a whole number from 0 to 1000000"),
        (["add", "https://b.example", "--title", "\x1b[31m"], "'title' is '\\x1b[31m', but must be a line"),
        (["add", "https://b.example", "--licence", "CC0"], "'licence' is 'CC0', but must be empty or an http://"),
        (["add", "none.csv", "--kind", "table", "--mapping", "csis"], "there is no file none.csv"),
        (
            ["add", "https://b.example", "--kind", "table"],
            "a table, and only a table, is read by a mapping: one of csis",
        ),
        (["add", "https://b.example", "--mapping", "csis"], "'kind' is 'description' and 'mapping' is 'csis'"),
        (["add", "https://b.example", "--mapping", "no"], "'mapping' is 'no', but must be empty or one of csis"),
        (["add", "https://b example"], "holds a space"),
        (["add", "ftp://b.example"], "does not begin with http:// or https://"),
        (["add", "https://b.example", "--kind", "book"], "'book' is not one of"),
        (["remove", "none"], "the list has no source 'none' (it has a-example)"),
        (["confirm", "own"], "nothing is held of a source 'own'"),
        (["remove", "own"], "sources of the settings are removed there"),
    ],
)
def test_a_source_that_could_not_be_read_is_refused_and_the_list_stays_as_it_is(folder, arguments, message):
    write(folder, "ospo.toml", '[[sources]]\nid = "own"\nurl = "https://own.example"\n')
    run("sources", "add", "https://a.example")
    before = (folder / "var" / "sources.toml").read_bytes()
    refused = run("sources", *arguments)
    assert refused.exit_code == 2
    assert message in refused.output
    assert (folder / "var" / "sources.toml").read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sources = 3", "'sources' is not a [[sources]] table"),
        ('[[source]]\nid = "a"', "'source' is not a [[sources]] table"),
        ("[[sources]]\nid = ", "cannot be read as TOML"),
        ('[[sources]]\nid = "a"', "source 'a': 'url' is missing: it must be an http://"),
    ],
)
def test_a_list_edited_by_hand_that_is_wrong_is_named_and_never_written_over(folder, text, message):
    write(folder, "var/sources.toml", text)
    for arguments in (["sources", "list"], ["sources", "add", "https://a.example"], ["crawl"]):
        refused = run(*arguments)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert refused.output.startswith("ospo: var/sources.toml: ")
        assert message in refused.output
    assert (folder / "var" / "sources.toml").read_text(encoding="utf-8") == text


@pytest.mark.parametrize("title", ["😀", "a\u00a0\u202e<b>", "' # [[sources]]", 'a"b\\'])
def test_whatever_stands_in_a_title_the_list_can_be_read_again(folder, title):
    assert run("sources", "add", "https://a.example", "--title", title).exit_code == 0
    assert listed() == [("a-example", "description", "https://a.example")]


# ospo query


@pytest.fixture
def filled(folder):
    """The small registry of tests/support/merged.py in this folder."""
    location = str(folder / "var" / "store")
    store = EmbeddedStore(location)
    merged.fill(store)
    store.close()
    show(Settings(base=merged.SETTINGS.base, store=location))
    write(folder, "ospo.toml", f'{NOWHERE}base = "{merged.SETTINGS.base}"\n')
    return folder


OFFICES = (
    "PREFIX ospo: <https://w3id.org/ospo/ns#> SELECT ?office ?code { ?office a ospo:Office ; ospo:countryCode ?code }"
)


def test_a_query_is_answered_from_the_merged_graph_as_csv(filled):
    answered = program(filled, "query", OFFICES + " ORDER BY ?code")
    assert (answered.returncode, answered.stderr) == (0, "")
    rows = list(csv.DictReader(io.StringIO(answered.stdout)))
    assert [row["code"] for row in rows] == ["FR", "GR"]


def test_a_query_can_stand_in_a_file_and_be_longer_than_a_name_of_a_file(filled):
    write(filled, "offices.rq", OFFICES)
    assert run("query", "offices.rq").stdout == run("query", OFFICES).stdout != ""
    assert run("query", "ASK { ?s ?p ?o } #" + "x" * 300).stdout == "true\n"


@pytest.mark.parametrize(
    ("query", "media_type", "read"),
    [
        (OFFICES, "application/sparql-results+json", lambda text: len(json.loads(text)["results"]["bindings"]) == 2),
        (OFFICES, "text/tab-separated-values", lambda text: text.startswith("?office\t?code\n")),
        ("ASK { ?s ?p ?o }", "", lambda text: text == "true\n"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "", lambda text: len(list(parse(text, RdfFormat.TURTLE))) > 50),
        ("DESCRIBE ?s { ?s ?p ?o }", "application/n-triples", lambda text: len(list(parse(text, RdfFormat.N_TRIPLES)))),
    ],
)
def test_results_come_in_the_format_that_was_asked_for_or_the_usual_one(filled, query, media_type, read):
    answered = run("query", query, *(["--format", media_type] if media_type else []))
    assert answered.exit_code == 0
    assert read(answered.stdout)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["SELECT * {"], "the query is malformed: error at 1:11"),
        (["SELECT * { SERVICE <https://x.example> { ?s ?p ?o } }"], "SERVICE is not offered here"),
        (["DELETE WHERE { ?s ?p ?o }"], "DELETE is an update"),
        (["none.rq"], "there is no file none.rq: correct the path, or give the text of a query"),
        (["var"], "var: cannot be read as a query"),
        ([OFFICES, "--format", "text/turtle"], "rows cannot be written as text/turtle: ask for one of"),
        ([OFFICES, "--store", "http://127.0.0.1:1/sparql"], "the store http://127.0.0.1:1/sparql does not answer"),
    ],
)
def test_a_query_that_cannot_be_answered_says_why(filled, arguments, message):
    refused = run("query", *arguments)
    assert refused.exit_code == 2
    assert refused.output.startswith("ospo: ")
    assert message in refused.output


def test_an_answer_that_was_cut_says_so_beside_the_results(filled):
    answered = program(filled, "query", "SELECT * { ?s ?p ?o }", OSPO_MAX_ROWS="1")
    assert answered.returncode == 0
    assert len(answered.stdout.splitlines()) == 2
    assert answered.stderr == "ospo: cut at the limit of rows\n"


# Settings


def test_the_settings_are_printed_as_the_readme_shows_them(folder):
    assert run("settings").stdout == table() + "\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"max_byte = 1", "unknown setting 'max_byte': did you mean 'max_bytes'?"),
        (b"title = x", "ospo.toml: cannot be read as TOML: Invalid value (at line 1, column 9)"),
        (b'title = "\xff"', "ospo.toml: cannot be read as TOML"),
        (b'port = "80"', "ospo.toml: setting 'port' is '80', but must be a whole number from 1 to 65535"),
        (b"port = true", "setting 'port' is True, but must be a whole number"),
        (b"a = " + b"[" * 100_000, "ospo.toml: cannot be read as TOML"),
        (b"port = " + b"9" * 5000, "ospo.toml: cannot be read as TOML"),
        (b'[[sources]]\nid = "a"\nurl = "https://a.example"\nkindd = "list"', "did you mean 'kind'?"),
    ],
)
def test_settings_that_are_wrong_give_one_line_and_nothing_is_done(folder, text, message):
    (folder / "ospo.toml").write_bytes(text)
    for arguments in (
        ["crawl"],
        ["check", "none.yaml"],
        ["rebuild"],
        ["serve"],
        ["sources", "list"],
        ["query", "ASK {}"],
    ):
        refused = run(*arguments)
        assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
        assert refused.output.startswith("ospo: ")
        assert message in refused.output
    assert not (folder / "var").exists()


def test_the_real_program_words_wrong_settings_without_a_traceback(folder):
    refused = program(folder, "crawl", OSPO_PORT="many")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        "ospo: setting 'port' (variable OSPO_PORT) is 'many', but must be a whole number from 1 to 65535\n"
    )
    refused = program(folder, "crawl", "--config", "none.toml")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "none.toml" in refused.stderr


@pytest.mark.parametrize(
    "arguments", [["crawl"], ["rebuild"], ["sources", "add", "https://a.example"], ["query", "ASK {}"]]
)
def test_a_data_folder_that_cannot_be_used_gives_one_line(folder, arguments):
    write(folder, "data", "a file")
    write(folder, "ospo.toml", f'{NOWHERE}data = "data"\n')
    refused = run(*arguments)
    assert (refused.exit_code, refused.output.count("\n")) == (2, 1)
    assert "data/" in refused.output


@pytest.mark.parametrize("port", ["0", "65536"])
def test_the_site_is_not_served_on_a_port_that_there_is_not(folder, port):
    refused = program(folder, "serve", "--port", port)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr == (
        f"ospo: setting 'port' (flag --port) is '{port}', but must be a whole number from 1 to 65535\n"
    )


# ospo crawl, ospo rebuild

SOURCES = [(name, f"http://a.example/{name}") for name in ("good", "invalid", "unreadable", "gone", "changed")]
ROUTES = {
    "a.example/good": answer(GOOD),
    "a.example/invalid": answer(INVALID),
    "a.example/unreadable": answer(UNREADABLE),
    "a.example/changed": answer(GOOD.replace("One", "Before")),
}


def test_a_crawl_is_reported_source_by_source_and_the_next_finds_nothing_due(folder):
    with web(ROUTES) as site:
        configure(folder, site, SOURCES)
        run("sources", "add", "http://b.example/added")
        site.routes["b.example/added"] = answer(GOOD.replace("a.example", "b.example"))
        crawled = program(folder, "crawl")
        asked = len(site.requests)
        again = program(folder, "crawl")
        assert len(site.requests) == asked
    assert (crawled.returncode, crawled.stderr) == (0, "")
    *lines, summary = crawled.stdout.splitlines()
    assert {tuple(line.replace(":", "").split()[:2]) for line in lines} == {
        ("accepted", "good"),
        ("accepted", "changed"),
        ("accepted", "b-example-added"),
        ("rejected", "invalid"),
        ("unreadable", "unreadable"),
        ("gone", "gone"),
    }
    assert "http://a.example/gone answers 404, there is nothing: publish the file there" in crawled.stdout
    assert summary == "6 sources: 3 accepted, 1 gone, 1 rejected, 1 unreadable"
    assert (again.returncode, again.stdout, again.stderr) == (0, "0 sources: nothing was due\n", "")


def test_what_is_left_out_is_told_with_the_outcome_at_a_check_in_a_crawl_and_by_the_status(folder):
    policy = "  - {{id: p{0}, title: P, url: http://a.example/{0}, country: FR, status: {1}}}\n"
    text = GOOD + "policies:\n" + policy.format(1, "in-force") + policy.format(2, "sometimes")
    with web({"a.example/office.yaml": answer(text)}) as site:
        configure(folder, site, [("own", "http://a.example/office.yaml")])
        checked = run("check", "http://a.example/office.yaml")
        crawled = run("crawl")
        again, _ = map(json.loads, run("crawl", "--all", "--json").stdout.splitlines())
    assert checked.exit_code == 1
    assert "office.yaml: accepted, 1 of 3 entries left out (" in checked.stdout
    assert crawled.stdout.startswith("accepted, 1 of 3 left out own: 1 of 3 entries are left out; the first: line 8: ")
    assert (again["outcome"], again["left_out"], again["entries"]) == ("unchanged", 1, 3)
    assert "left out   own: accepted, 1 of 3 left out; 1 of 3 entries are left out" in run("status").stdout
    told = json.loads(run("status", "--json").stdout)
    assert [(one["source"], one["outcome"]) for one in told["left_out"]] == [("own", "accepted, 1 of 3 left out")]


def test_a_crawl_is_reported_as_json_lines(folder):
    with web(ROUTES) as site:
        configure(folder, site, SOURCES)
        first, second = program(folder, "crawl", "--json"), program(folder, "crawl", "--json", "--all")
        third = program(folder, "crawl", "--json")
    *lines, summary = [json.loads(line) for line in first.stdout.splitlines()]
    assert {(line["source"], line["outcome"]) for line in lines} == {
        ("good", "accepted"),
        ("invalid", "rejected"),
        ("unreadable", "unreadable"),
        ("gone", "gone"),
        ("changed", "accepted"),
    }
    assert {line["source"]: line["address"] for line in lines} == dict(SOURCES)
    assert next(line["reason"] for line in lines if line["source"] == "gone").startswith(
        "http://a.example/gone answers"
    )
    assert summary == {"summary": {"accepted": 2, "rejected": 1, "unreadable": 1, "gone": 1}}
    assert json.loads(second.stdout.splitlines()[-1]) == {
        "summary": {"unchanged": 2, "gone": 1, "rejected": 1, "unreadable": 1}
    }
    assert json.loads(third.stdout) == {"summary": {}}


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        ([("a", "http://a.example/1"), ("a", "http://a.example/2")], "two sources are called 'a'"),
        ([("a b", "http://a.example/1")], "source 'a b': 'id' is 'a b', but must be 1 to 60 small letters"),
    ],
)
def test_sources_that_no_graph_can_be_called_by_are_refused_before_anything_is_read(folder, sources, message):
    with web({"/1": answer(GOOD)}) as site:
        configure(folder, site, sources)
        refused = run("crawl")
        assert site.requests == []
    assert refused.exit_code == 2
    assert message in refused.output
    assert not (folder / "var").exists()


def test_while_one_crawl_is_at_work_another_and_a_rebuild_say_so_and_do_no_harm(folder):
    asked, go_on = threading.Event(), threading.Event()

    def slow(request):
        asked.set()
        assert go_on.wait(LONG)
        return answer(GOOD)

    with web({"a.example/good": slow}) as site:
        configure(folder, site, SOURCES[:1])
        with subprocess.Popen([OSPO, "crawl"], cwd=folder, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as first:
            try:
                assert asked.wait(LONG)
                for command in ("crawl", "rebuild"):
                    refused = program(folder, command)
                    assert (refused.returncode, refused.stdout) == (2, "")
                    assert re.fullmatch(
                        r"ospo: another `ospo` command is writing to var/\w+: let it end, then try again\n",
                        refused.stderr,
                    )
            finally:
                go_on.set()
            message, _ = first.communicate(timeout=LONG)
    assert (first.returncode, message) == (0, "accepted     good\n1 sources: 1 accepted\n")
    assert run("query", OFFICES).stdout.splitlines()[1:] != []
    assert run("crawl").stdout == "0 sources: nothing was due\n"


SERVED = """SELECT ?d { GRAPH ?g { ?o <http://purl.org/dc/terms/description> ?d }
  FILTER STRENDS(STR(?g), "/description") } ORDER BY ?d"""


def stored(folder):
    """The hash of the store, opened again."""
    store = EmbeddedStore(str(folder / "var" / "store"))
    try:
        return digest(store)
    finally:
        store.close()


def test_a_rebuild_from_the_archive_makes_the_same_store(folder):
    with web(ROUTES) as site:
        configure(folder, site, SOURCES)
        first = program(folder, "crawl")
        site.routes |= {
            "a.example/changed": answer(GOOD.replace("One", "After")),  # while good, invalid, unreadable are unchanged
            "a.example/gone": answer(GOOD.replace("One", "Not gone")),
        }
        program(folder, "crawl", "--all")
        site.routes |= {"a.example/changed": answer(INVALID), "a.example/gone": answer(status=410)}
        third = program(folder, "crawl", "--all")
        before, archived = stored(folder), list(Archive(folder / "var" / "archive").records())
        assert len(archived) == 15  # what was found unchanged shares a record where it was found at about one time
        records = len(Archive(folder / "var" / "archive").names())  # those readings, and the names that merges gave
        rebuilt = program(folder, "rebuild")
        assert (rebuilt.returncode, rebuilt.stderr) == (0, "")
        assert rebuilt.stdout == f"rebuilt from {records} archive records\n"
        assert stored(folder) == before
        after = program(folder, "crawl", "--all")  # the registry goes on from there
    assert first.stdout.splitlines()[-1] == "5 sources: 2 accepted, 1 gone, 1 rejected, 1 unreadable"
    assert third.stdout.splitlines()[-1] == "5 sources: 1 gone, 2 rejected, 1 unchanged, 1 unreadable"
    assert after.stdout.splitlines()[-1] == "5 sources: 1 gone, 2 rejected, 1 unchanged, 1 unreadable"
    assert sorted(path.name for path in (folder / "var").iterdir() if path.is_dir()) == [
        "archive",
        "store",
        "store.checkpoints",
    ]
    served = run("query", SERVED)
    assert served.stdout.split() == ["d", "After.", "Not", "gone.", "One."]


def test_a_rebuild_that_cannot_end_well_leaves_the_store_alone(folder):
    with web(ROUTES) as site:
        configure(folder, site, SOURCES)
        program(folder, "crawl")
    before = stored(folder)
    empty = program(folder, "rebuild", OSPO_DATA="elsewhere", OSPO_STORE="var/store")
    assert (empty.returncode, empty.stdout) == (2, "")
    assert empty.stderr == "ospo: nothing is archived in elsewhere/archive: the store var/store stays as it is\n"
    record = sorted((folder / "var" / "archive").rglob("*.warc.gz"))[0]
    record.write_bytes(record.read_bytes()[:100])
    damaged = program(folder, "rebuild")
    assert (damaged.returncode, damaged.stdout) == (2, "")
    assert f"{record.name} is damaged" in damaged.stderr
    assert "put back a copy of it, or go on without it by `ospo rebuild --accept-loss`" in damaged.stderr
    assert stored(folder) == before


def test_a_store_on_a_server_is_not_ours_to_rebuild(folder):
    refused = run("rebuild", "--store", "http://127.0.0.1:1/sparql")
    assert refused.exit_code == 2
    assert "rebuild replaces the embedded store: give a folder with --store" in refused.output


# ospo crawl on a terminal, ospo sources remove, ospo serve


def test_on_a_terminal_a_crawl_shows_how_far_it_is_and_what_went_wrong(folder):
    with web({"a.example/ospo.yaml": answer(GOOD)}) as site:
        configure(folder, site, [("good", "http://a.example/ospo.yaml"), ("missing", "http://b.example/ospo.yaml")])
        screen, terminal = os.openpty()
        environment = ENVIRONMENT | {"TERM": "xterm", "COLUMNS": "200"}
        with subprocess.Popen([OSPO, "crawl"], cwd=folder, env=environment, stdout=terminal) as crawl:
            os.close(terminal)
            shown = b""
            try:
                while piece := os.read(screen, 65_536):
                    shown += piece
            except OSError:  # what Linux says when the other side of a terminal has closed
                pass
            finally:
                os.close(screen)
            assert crawl.wait(LONG) == 0
    text = shown.decode()
    assert "2/2" in text
    assert "1 accepted, 1 gone" in text
    assert re.search(r"gone +missing: http://b.example/ospo.yaml answers 404", text)


def test_a_rejected_source_is_reported_with_its_reason(folder):
    with web({"/ospo.yaml": answer(INVALID)}) as site:
        configure(folder, site, [("bad", "http://a.example/ospo.yaml")])
        (line, _) = program(folder, "crawl").stdout.splitlines()
    assert line.startswith("rejected     bad: line 3: country: not a code that we know.")


def test_a_source_that_is_removed_from_the_list_is_served_no_more_but_stays_archived(folder):
    with web({"/ospo.yaml": answer(GOOD)}) as site:
        configure(folder, site)
        program(folder, "sources", "add", "http://a.example/ospo.yaml", "--id", "a")
        program(folder, "crawl")
        offices = "SELECT ?o { ?o a <https://w3id.org/ospo/ns#Office> }"
        assert len(program(folder, "query", offices).stdout.splitlines()) == 2
        assert program(folder, "sources", "remove", "a").stdout == "removed a; it is not served any more\n"
        assert len(program(folder, "query", offices).stdout.splitlines()) == 1
        graph = "http://127.0.0.1:8000/sources/a/description"
        own = f"SELECT ?d {{ GRAPH <{graph}> {{ ?o <http://purl.org/dc/terms/description> ?d }} }}"
        assert program(folder, "query", own).stdout.split() == ["d", "One."]
        program(folder, "sources", "add", "http://a.example/ospo.yaml", "--id", "a")
        assert "1 unchanged" in program(folder, "crawl", "--all").stdout
        assert len(program(folder, "query", offices).stdout.splitlines()) == 2


def test_a_port_that_is_taken_is_an_error_at_once(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = program(folder, "serve", "--port", str(port))
    assert done.returncode == 2
    assert done.stderr.startswith(f"ospo: cannot listen on 127.0.0.1:{port} (Address already in use)")


def test_a_table_added_by_its_mapping_is_called_what_the_mapping_says(folder):
    write(folder, "csis.csv", "no matter")
    program(folder, "sources", "add", "csis.csv", "--kind", "table", "--mapping", "csis")
    text = (folder / "var" / "sources.toml").read_text(encoding="utf-8")
    assert "Government Open Source Software Policies Dataset, version 8.0.0 of 2023-01-10" in text
    assert 'licence = "https://creativecommons.org/licenses/by/4.0/"' in text
