"""Downloads as files: the same bytes as from memory, made once, bounded, whole or in ranges, and gone in the end."""

import os
import signal
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.errors import WorkerError
from registry.front.bridge import Answer, FilePart
from registry.settings import Settings
from registry.web.app import create_app
from registry.web.at_once import fitted
from registry.web.made_files import MadeFiles, folder_for_files, keep, kept, trim
from registry.web.site import PREPARED
from tests.benchmarks.population import renew
from tests.hostile.attacks import answer, connect, head
from tests.support.serving import children, command, filled, is_gone, served
from tests.support.sites import shows
from tests.support.waiting import LONG, until

OTHERS = (
    "/compare.csv?activity=use",
    "/policies.xlsx",
    "/compare-cells.xlsx?lang=fr",
    "/compare.ttl?stage=promote&lang=fr",
    "/sources/compiled-ad.ttl",
)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with served(filled(tmp_path_factory.mktemp("registry"))) as found:
        yield found


@pytest.fixture(scope="module")
def client(site):
    settings = Settings(data=str(site.folder / "var"))
    return create_app(settings).test_client()


def asked(site, path, *lines, method="GET"):
    with connect(site.place) as one:
        one.sendall(head(path, *lines, method=method))
        return answer(one, method)


@pytest.mark.parametrize("path", [*PREPARED, *OTHERS])
def test_a_file_has_the_bytes_and_headers_of_the_answer_from_memory(site, client, path):
    expected = client.get(path)
    assert expected.status_code == 200
    for _ in range(2):
        status, headers, body = asked(site, path)
        assert (status, body) == (200, expected.data)
        assert {name: headers[name] for name in set(expected.headers.keys()) - {"Date"}} == {
            name: value for name, value in expected.headers.items() if name != "Date"
        }
    status, headers, body = asked(site, path, f"If-None-Match: {headers['ETag']}")
    assert (status, body) == (304, b"")
    assert asked(site, path, method="HEAD")[1]["Content-Length"] == str(len(expected.data))
    status, headers, body = asked(site, path, "Range: bytes=10-19")
    assert (status, body) == (206, expected.data[10:20])
    assert headers["Content-Range"] == f"bytes 10-19/{len(expected.data)}"
    status, headers, body = asked(site, path, f"Range: bytes=-{10 * len(expected.data)}")
    assert (status, body) == (206, expected.data)
    assert headers["Content-Range"] == f"bytes 0-{len(body) - 1}/{len(body)}"


def test_a_browser_and_a_program_have_a_file_of_csv_each_and_one_of_all_others(site):
    folder = next((site.folder / "var" / "downloads").glob("of-*"))
    for path, files in (("/offices.csv?lang=it", 2), ("/offices.json?lang=it", 1), ("/offices.xlsx?lang=it", 1)):
        before = len(list(folder.glob("*/*.body")))
        bodies = [
            asked(site, path, f"Accept: {accept}")[2] for accept in ("text/html,*/*;q=0.8", "text/csv, */*;q=0.1")
        ]
        assert (bodies[0] != bodies[1]) == (files == 2)
        assert bodies[0].removeprefix(b"\xef\xbb\xbf") == bodies[1]
        assert len(list(folder.glob("*/*.body"))) == before + files


def test_what_is_no_file_is_answered_as_it_is(site):
    assert asked(site, "/sources/nobody.ttl")[0] == 404
    assert asked(site, "/countries/ad.ttl")[0] == 301
    assert asked(site, "/compare.csv", method="POST")[0] == 405
    status, headers, body = asked(site, "/compare.csv?force=strong")
    assert (status, headers["Content-Type"]) == (400, "application/problem+json")
    assert b"force=strong is not known" in body


def test_another_state_of_the_store_has_other_files(site, tmp_path):
    with served(filled(tmp_path)) as own:
        before = asked(own, "/compare.json")[2]
        renew(Settings(data=str(tmp_path / "var")))
        shows(own.site, tmp_path)
        after = until(lambda: (body := asked(own, "/compare.json")[2]) != before and body)
        assert b'"revision"' in after


def test_a_maker_that_dies_is_replaced(site):
    asked(site, "/compare.csv?force=required")
    (process,) = site.processes
    makers = [pid for pid in children(process) if "make_files" in command(pid)]
    for pid in makers:
        os.kill(pid, signal.SIGKILL)
    until(lambda: all(map(is_gone, makers)))
    answers = [asked(site, f"/compare.csv?force={force}")[0] for force in ("preferred", "permitted", "encouraged")]
    assert answers[-1] == 200
    assert set(answers) <= {200, 503}


def test_the_end_takes_the_files_away(tmp_path):
    with served(filled(tmp_path)) as own:
        assert asked(own, "/compare.csv")[0] == 200
        assert list((tmp_path / "var" / "downloads").iterdir())
    assert list((tmp_path / "var" / "downloads").iterdir()) == []


def test_what_a_killed_process_left_is_taken_away_and_what_another_uses_stays(tmp_path):
    settings = Settings(data=str(tmp_path))
    left = tmp_path / "downloads" / "of-left"
    left.mkdir(parents=True)
    (left / "lock").touch()
    with folder_for_files(settings) as first:
        assert not left.exists()
        with folder_for_files(settings) as second:
            assert first.exists()
            assert second.exists()
        assert first.exists()
        assert not second.exists()
    assert list((tmp_path / "downloads").iterdir()) == []


class Maker:
    """Stands for the pool with the maker: it counts, and waits until it may go on."""

    def __init__(self, folder):
        self.folder, self.asked, self.go_on = folder, 0, threading.Event()

    def ask(self, request, body, wait):
        self.asked += 1
        assert self.go_on.wait(LONG)
        keep(self.folder / "s", request["key"], Answer(200, (("ETag", '"x"'),), b"made"))
        return {"state": "s"}, b""


def test_equal_requests_in_flight_are_answered_once(tmp_path):
    files = MadeFiles(Settings(data=str(tmp_path)), tmp_path)
    files._pool, found = Maker(tmp_path), []
    threads = [threading.Thread(target=lambda: found.append(files.answer("/a.csv", "en", "s"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    until(lambda: files._flights._locks and next(iter(files._flights._locks.values()))[1] == 8)
    files._pool.go_on.set()
    for thread in threads:
        thread.join(LONG)
    assert files._pool.asked == 1
    assert [b"".join(one.body) for one in found] == [b"made"] * 8


def test_a_fault_of_the_store_is_told_without_its_text(tmp_path):
    class Faulty:
        def ask(self, request, body, wait):
            return {"error": "store", "message": "the secret place"}, b""

    files = MadeFiles(Settings(data=str(tmp_path)), tmp_path)
    files._pool = Faulty()
    with pytest.raises(WorkerError) as caught:
        files.answer("/a.csv", "en", "s")
    assert "secret" not in str(caught.value)


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 200))
def test_the_folder_is_bounded_and_the_last_file_stays(sizes, most):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, size in enumerate(sizes):
            keep(folder / f"state-{number % 3}", str(number), Answer(200, (), b"x" * size))
            trim(folder, most, str(number))
            assert kept(folder / f"state-{number % 3}", str(number)).length == size
            total = sum(path.stat().st_size for path in folder.glob("*/*.body"))
            assert total <= max(most, size)
            assert len(list(folder.glob("*/*.json"))) == len(list(folder.glob("*/*.body")))


@given(st.integers(0, 300), st.integers(0, 400) | st.none(), st.integers(0, 400) | st.none())
def test_a_range_is_the_part_that_it_names(tmp_path_factory, size, first, last):
    body = bytes(number % 251 for number in range(size))
    path = tmp_path_factory.getbasetemp() / f"part-{os.getpid()}"
    path.write_bytes(body)
    whole = Answer(200, (("ETag", '"t"'), ("Content-Type", "text/plain")), FilePart(path, 0, size))
    text = f"bytes={'' if first is None else first}-{'' if last is None else last}"
    found = fitted(whole, {"REQUEST_METHOD": "GET", "HTTP_RANGE": text})
    sent = found.body if isinstance(found.body, bytes) else b"".join(found.body)
    if found.status == 200:
        assert sent == body
    elif found.status == 206:
        start = max(0, size - last) if first is None else first
        stop = size if first is None or last is None else min(size, last + 1)
        assert sent == body[start:stop]
        assert dict(found.headers)["Content-Range"] == f"bytes {start}-{stop - 1}/{size}"
    else:
        assert found.status == 416
        assert size == 0 if first is None else first >= size
    for other in ('"u"', "yesterday"):
        assert fitted(whole, {"REQUEST_METHOD": "GET", "HTTP_RANGE": text, "HTTP_IF_RANGE": other}) == whole
