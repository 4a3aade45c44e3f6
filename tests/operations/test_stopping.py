"""A crawl that is stopped: what was read until then is kept and told, and the rest stays due."""

import json
import os
import signal
import subprocess
import threading

import pytest

from registry.operations.stopping import Stop, stop_on_signals
from registry.settings import Settings
from registry.sources.state_rdf import states
from registry.store.embedded import EmbeddedStore
from tests.support.programs import ENVIRONMENT, OSPO
from tests.support.visits import office
from tests.support.waiting import LONG
from tests.support.web import answer, web

HOSTS = [f"{letter}.example" for letter in "abcd"]


@pytest.fixture
def folder(tmp_path):
    """A folder with settings for these hosts, each of which has a description; and the Web that they are."""

    def respond(request):
        if request.headers.get("if-none-match"):
            return answer(status=304, content_length=None)
        return answer(office(f"http://{request.host}/"), content_type="application/yaml", etag='"1"')

    with web({"/ospo.yaml": respond}) as site:
        resolve = "".join(f'"{host}" = "127.0.0.1:{site.port}"\n' for host in HOSTS)
        sources = "".join(f'[[sources]]\nid = "{host[0]}"\nurl = "http://{host}/ospo.yaml"\n' for host in HOSTS)
        (tmp_path / "ospo.toml").write_text(
            f"delay_seconds = 0.0\nconnect_seconds = {LONG}\nfetch_seconds = {LONG}\nreader_seconds = {LONG}\n"
            f'concurrency = 1\nallow_networks = ["127.0.0.1/32"]\n{sources}[resolve]\n{resolve}',
            encoding="utf-8",
        )
        yield tmp_path, site


def started(folder):
    pipe = subprocess.PIPE
    command = [OSPO, "crawl", "--all", "--json"]
    return subprocess.Popen(command, cwd=folder, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True)


def told(process):
    """Return the outcome of each source that the crawl tells, and its summary."""
    output, _ = process.communicate(timeout=LONG)
    *lines, summary = [json.loads(line) for line in output.splitlines()]
    return {line["source"]: line["outcome"] for line in lines}, summary


def known(folder):
    store = EmbeddedStore(str(folder / "var" / "store"))
    try:
        return {state.source.id: (state.outcome, state.last_attempt) for state in states(store, Settings().base)}
    finally:
        store.close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_crawl_that_is_stopped_tells_what_it_read_and_the_rest_stays_due(folder, number):
    folder, site = folder
    with started(folder) as process:
        outcomes, summary = told(process)
    assert (outcomes, summary) == (dict.fromkeys("abcd", "accepted"), {"summary": {"accepted": 4}})
    before, respond = known(folder), site.routes["/ospo.yaml"]
    asked, go_on = threading.Event(), threading.Event()
    requests = []

    def hanging(request):
        requests.append(request.host)
        if len(requests) == 3:  # one host is read after the other, so that two are found unchanged by now
            asked.set()
            assert go_on.wait(LONG)
        return respond(request)

    site.routes["/ospo.yaml"] = hanging
    with started(folder) as process:
        assert asked.wait(LONG)
        os.kill(process.pid, number)
        outcomes, summary = told(process)
    go_on.set()
    assert process.returncode == 128 + number
    read = [host[0] for host in requests[:2]]
    assert outcomes == dict.fromkeys(read, "unchanged")
    assert summary == {"summary": {"unchanged": 2}, "stopped": number.name, "unread": 2}
    after = known(folder)
    for name in "abcd":
        assert (after[name] == before[name]) is (name not in read)
    with started(folder) as process:
        outcomes, summary = told(process)
    assert (process.returncode, outcomes) == (0, dict.fromkeys("abcd", "unchanged"))


def test_a_first_crawl_that_is_stopped_at_its_first_source_tells_how_many_it_did_not_read(folder):
    folder, site = folder
    asked, go_on = threading.Event(), threading.Event()

    def hanging(request):
        asked.set()
        assert go_on.wait(LONG)
        return answer(status=404)

    site.routes["/robots.txt"] = site.routes["/ospo.yaml"] = hanging
    pipe = subprocess.PIPE
    with subprocess.Popen([OSPO, "crawl"], cwd=folder, env=ENVIRONMENT, stdout=pipe, stderr=pipe, text=True) as process:
        assert asked.wait(LONG)
        os.kill(process.pid, signal.SIGTERM)
        output, _ = process.communicate(timeout=LONG)
    go_on.set()
    assert output == "0 sources: none was read; stopped by SIGTERM: 4 were not read, and stay due\n"
    told_ = subprocess.run([OSPO, "status"], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    assert "due        4 now (4 never read)" in told_.stdout
    assert told_.returncode == 0


@pytest.fixture
def usual_signals():
    """Signals act as they do in a terminal; a test run in the background of a script is started with SIGINT ignored."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in usual.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("usual_signals")
def test_the_first_signal_asks_and_the_second_acts_as_usual():
    asked = []
    with stop_on_signals() as stop:
        with stop.calling(lambda: asked.append("now")):
            signal.raise_signal(signal.SIGINT)
        assert (stop.signal, asked) == (signal.SIGINT, ["now"])
        with stop.calling(lambda: asked.append("before")):
            assert asked == ["now", "before"]
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_outside_the_main_thread_nobody_asks():
    found = []

    def elsewhere():
        with stop_on_signals() as stop:
            found.append(stop.signal)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join(LONG)
    assert found == [None]


def test_what_is_asked_for_before_it_begins_is_called_at_once():
    stop, called = Stop(), []
    stop.ask(signal.SIGTERM)
    with stop.calling(lambda: called.append(stop.signal)):
        pass
    assert called == [signal.SIGTERM]
